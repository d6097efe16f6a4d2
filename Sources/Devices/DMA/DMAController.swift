import Fabric

/// DMA controller (BCM2711 ARM Peripherals, chapter 4; docs/dma.md): channels 0 to 6, 7 to 10 of the Lite
/// kind, 11 to 14 with 40-bit addresses. Channel 15 is VideoCore's and not here.
///
/// Address: 0xFE00_7000, one page. Lines out: `interrupts[n]` for channel n (SPI 80 to 88, where the board
/// joins 7 with 8 and 9 with 10; SPI 89 to 92 for channels 11 to 14). Lines in: `requests`, from peripherals.
/// Memory and peripherals: through the ports that the board gives, with bus addresses.
///
/// Not modelled: arbitration and priorities, outstanding writes.
public final class DMAController: Device {
  static let legacyChannels = 11
  private static let firstLite = 7
  public static let allChannels = 15

  public static let windowSize: UInt64 = 0x1000
  public let name = "dma"
  /// One line for each of the channels 0 to 14.
  public let interrupts: [InterruptLine]
  /// Where peripherals connect their data requests.
  public let requests = DMARequests()

  private let channels: [LegacyDMAChannel]
  private let wideChannels: [WideDMAChannel]
  private let engines: [DMAEngine]
  private let ports: [DMAPort]
  private let log: GuestLog
  private static let enableAtReset: UInt32 = 0x7fff
  private var enable = enableAtReset

  /// - Parameter ports: of the channels 0 to 14.
  public init(time: VirtualTime, ports: [DMAPort], log: GuestLog) {
    precondition(ports.count == Self.allChannels, "a port for each channel")
    self.log = log
    self.ports = ports
    let requests = requests
    channels = (0..<Self.legacyChannels).map {
      LegacyDMAChannel(number: $0, time: time, port: ports[$0], requests: requests, log: log)
    }
    wideChannels = (Self.legacyChannels..<Self.allChannels).map {
      WideDMAChannel(number: $0, time: time, port: ports[$0], requests: requests, log: log)
    }
    interrupts = channels.map(\.interrupt) + wideChannels.map(\.interrupt)
    engines = channels.map(\.engine) + wideChannels.map(\.engine)
    requests.didChange = { [unowned self] number in
      for engine in engines where engine.block.request == number { engine.update() }
    }
  }

  // MARK: State

  public func reset() {
    for channel in channels { channel.reset() }
    for channel in wideChannels { channel.reset() }
    enable = Self.enableAtReset
    applyEnable()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    for channel in channels { channel.visitState(&visitor) }
    for channel in wideChannels { channel.visitState(&visitor) }
    visitor.visit("enable", &enable)
  }

  public func didLoadState() {
    applyEnable()
    for channel in channels { channel.didLoadState() }
    for channel in wideChannels { channel.didLoadState() }
  }

  // MARK: Registers

  public func registerName(at offset: UInt64) -> String? {
    let number = Int(truncatingIfNeeded: offset &>> 8)
    if number < Self.legacyChannels { return channels[number].registers.name(at: offset & 0xff) }
    if number < Self.allChannels {
      return wideChannels[number &- Self.legacyChannels].registers.name(at: offset & 0xff)
    }
    switch offset & 0xffc {
    case 0xfe0: return "INT_STATUS"
    case 0xff0: return "ENABLE"
    default: return nil
    }
  }

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
      writeEnable(UInt32(truncatingIfNeeded: value))
    } else if offset & 0xfff != 0xfe0 {
      log.once(.notModelled, source: name, key: offset.hex(), message: "write at offset \(offset.hex(3))")
    }
  }

  /// ENABLE: bits 14:0 enable channels; PAGE (27:24) and PAGELITE (31:28) choose which GiB of memory the
  /// channels 0 to 6 and 7 to 10 see at 0xC000_0000.
  private func writeEnable(_ value: UInt32) {
    enable = value & 0xff00_7fff
    applyEnable()
    for engine in engines { engine.update() }
  }

  private func applyEnable() {
    for (number, engine) in engines.enumerated() { engine.isEnabled = enable.bit(number) }
    for number in 0..<Self.legacyChannels {
      ports[number].select(page: UInt64(number < Self.firstLite ? enable.bits(27, 24) : enable.bits(31, 28)))
    }
  }

  /// INT_STATUS: one bit for each channel.
  private var interruptStatus: UInt32 {
    var value: UInt32 = 0
    for (number, line) in interrupts.enumerated() where line.level { value |= 1 &<< UInt32(number) }
    return value
  }
}
