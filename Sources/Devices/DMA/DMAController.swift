import Fabric

/// DMA controller: channels 0 to 10 of the legacy kind (BCM2711 ARM Peripherals, chapter 4).
///
/// Address: 0xFE00_7000, one page. Lines out: `interrupts[n]` for channel n (SPI 80 to 88, where the board
/// joins 7 with 8 and 9 with 10; SPI 89 to 92 for channels 11 to 14). Memory: through the ports that the
/// board gives, with bus addresses.
///
/// Not modelled: the 40-bit channels 11 to 14 (idle, their registers are storage), transfers to and from
/// peripherals (only memory answers), DREQ pacing.
public final class DMAController: Device {
  static let legacyChannels = 11
  public static let allChannels = 15

  public static let windowSize: UInt64 = 0x1000
  public let name = "dma"
  /// One line for each of the channels 0 to 14.
  public let interrupts: [InterruptLine]

  private let channels: [DMAChannel]
  private let wideChannels: [WideDMAChannel]
  private let log: GuestLog
  private var enable: UInt32 = 0x7fff

  /// - Parameter ports: of the channels 0 to 14.
  public init(time: VirtualTime, ports: [DMAPort], log: GuestLog) {
    precondition(ports.count == Self.allChannels, "a port for each channel")
    self.log = log
    channels = (0..<Self.legacyChannels).map {
      DMAChannel(number: $0, time: time, port: ports[$0], log: log)
    }
    let wide = Self.legacyChannels..<Self.allChannels
    wideChannels = wide.map { WideDMAChannel(number: $0, log: log) }
    interrupts = channels.map(\.interrupt) + wide.map { InterruptLine("dma\($0)") }
  }

  public func reset() {
    for channel in channels { channel.reset() }
    for channel in wideChannels { channel.registers.reset() }
    enable = 0x7fff
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    for channel in channels { channel.visitState(&visitor) }
    for channel in wideChannels { channel.registers.visitState(&visitor) }
    visitor.visit("enable", &enable)
  }

  public func didLoadState() { for channel in channels { channel.didLoadState() } }

  public func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    let number = Int(truncatingIfNeeded: offset &>> 8)
    if number < Self.legacyChannels {
      return channels[number].registers.read(channels[number], offset: offset & 0xff, size: access.size)
    }
    if number < Self.allChannels {
      let channel = wideChannels[number &- Self.legacyChannels]
      return channel.registers.read(channel, offset: offset & 0xff, size: access.size)
    }
    switch offset & 0xfff {
    case 0xfe0: return UInt64(interruptStatus)
    case 0xff0: return UInt64(enable)
    default:
      log.once(.notModelled, source: name, key: offset.hex(), message: "read at offset \(offset.hex(3))")
      return 0
    }
  }

  public func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    let number = Int(truncatingIfNeeded: offset &>> 8)
    let size = access.size
    if number < Self.legacyChannels {
      channels[number].registers.write(channels[number], offset: offset & 0xff, value: value, size: size)
    } else if number < Self.allChannels {
      let channel = wideChannels[number &- Self.legacyChannels]
      channel.registers.write(channel, offset: offset & 0xff, value: value, size: size)
    } else if offset & 0xfff == 0xff0 {
      // Bits 14:0 enable channels; 27:24 and 31:28 choose 1 GiB pages for wide masters.
      enable = UInt32(truncatingIfNeeded: value) & 0xff00_7fff
    } else {
      log.once(.notModelled, source: name, key: offset.hex(), message: "write at offset \(offset.hex(3))")
    }
  }

  /// INT_STATUS: one bit for each channel.
  private var interruptStatus: UInt32 {
    var value: UInt32 = 0
    for (number, line) in interrupts.enumerated() where line.level { value |= 1 &<< UInt32(number) }
    return value
  }
}

/// One of the 40-bit channels 11 to 14: registers without an engine.
final class WideDMAChannel: RegisterClient {
  enum Register: UInt32, RegisterName, CaseIterable {
    case status = 0x00
    case controlBlock = 0x04
    case debug = 0x0c
    case information = 0x10
    case source = 0x14
    case sourceInformation = 0x18
    case destination = 0x1c
    case destinationInformation = 0x20
    case length = 0x24
    case nextControlBlock = 0x28
    case debug2 = 0x2c
  }

  static let layout = RegisterLayout<Register>(size: 0x100) {
    $0.fields(
      .status, "CS",
      [
        .notModelled("ACTIVE", 0), .w1c("END", 1), .w1c("INT", 2), .ro("status", 3...15),
        .rw("QOS", 16...23), .ro("BUSY", 24...25), .rw("control", 28...29), .wo("ABORT", 30),
        .wo("HALT", 31),
      ])
    $0.rw(.controlBlock, "CB")
    $0.ro(.debug, "DEBUG", reset: 0x1000_0000)
    $0.ro(.information, "TI")
    $0.ro(.source, "SRC")
    $0.ro(.sourceInformation, "SRCI")
    $0.ro(.destination, "DEST")
    $0.ro(.destinationInformation, "DESTI")
    $0.ro(.length, "LEN")
    $0.rw(.nextControlBlock, "NEXT_CB")
    $0.ro(.debug2, "DEBUG2")
  }

  let registers: RegisterBlock<Register>

  init(number: Int, log: GuestLog) {
    registers = RegisterBlock(Self.layout, name: "dma\(number)", log: log)
  }

  func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }
  func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
