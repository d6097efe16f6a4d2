import Fabric

/// Gigabit Ethernet controller GENET v5 (BCM2711) with no cable.
///
/// Address: 0xFD58_0000, 64 KiB. Lines out: `interrupts[0]` (SPI 157, INTRL2_0) and `interrupts[1]`
/// (SPI 158, INTRL2_1). The driver finds the controller and its transceiver and brings an interface up that
/// never has a carrier. A frame handed to a transmit ring is consumed and dropped.
///
/// Not modelled: the network, reception, filters, counters (read as zero), wake-up. Every register that is
/// not named here is storage.
public final class EthernetController: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case revision = 0x000
    case portControl = 0x004
    case extPower = 0x080
    case rgmiiControl = 0x08c
    case receiveBufferControl = 0x300
    case transmitBackPressure = 0x60c
    case halfDuplexBackPressure = 0x804
    case command = 0x808
    case pauseQuanta = 0x818
    case mode = 0x844
    case energyControl = 0x864
    case mdioCommand = 0xe14
    case mdioConfiguration = 0xe18
    case receiveControl = 0x3044
    case receiveStatus = 0x3048
    case transmitControl = 0x5044
    case transmitStatus = 0x5048
  }

  static let layout = RegisterLayout<Register>(size: 0x10000) {
    // Major revision 6 is GENET v5.
    $0.ro(.revision, "SYS_REV_CTRL", reset: 0x0600_0000)
    $0.rw(.portControl, "SYS_PORT_CTRL", reset: 3)
    $0.rw(.extPower, "EXT_EXT_PWR_MGMT", reset: 0x051f_02c3)
    $0.rw(.rgmiiControl, "EXT_RGMII_OOB_CTRL", reset: 0x00f0_0050)
    $0.rw(.receiveBufferControl, "RBUF_CTRL", reset: 0xc040)
    $0.rw(.transmitBackPressure, "TBUF_BP_MC", reset: 0xffff)
    $0.rw(.halfDuplexBackPressure, "UMAC_HD_BKP_CTRL", reset: 0x14)
    $0.rw(.command, "UMAC_CMD")
    $0.rw(.pauseQuanta, "UMAC_PAUSE_QUANTA", reset: 0xffff)
    $0.ro(.mode, "UMAC_MODE", reset: 0x1a)
    $0.rw(.energyControl, "UMAC_EEE_CTRL", reset: 0x48)
    $0.fields(
      .mdioCommand, "UMAC_MDIO_CMD",
      [
        .rw("DATA", 0...15), .rw("REG", 16...20), .rw("PMD", 21...25), .rw("OP", 26...27),
        .ro("READ_FAIL", 28), .wo("START_BUSY", 29),
      ])
    $0.rw(.mdioConfiguration, "UMAC_MDIO_CFG", reset: 0x91)
    $0.rw(.receiveControl, "RDMA_CTRL")
    $0.ro(.receiveStatus, "RDMA_STATUS")
    $0.rw(.transmitControl, "TDMA_CTRL")
    $0.ro(.transmitStatus, "TDMA_STATUS")
  }

  private static let words = 0x10000 / 4
  /// Transmit rings: 17 of 0x40 bytes; the consumer index is the hardware's, the producer's the driver's.
  private static let transmitRings: Range<UInt32> = 0x4c00..<(0x4c00 + 17 * 0x40)
  private static let mibCounters: Range<UInt32> = 0xc00..<0xd00

  public static let windowSize: UInt64 = 0x10000
  public let name = "genet"
  public let registers: RegisterBlock<Register>
  /// SPI 157 and 158.
  public var interrupts: [InterruptLine] { [controllers.0.interrupt, controllers.1.interrupt] }

  private let controllers: (InterruptBundler, InterruptBundler)
  private let log: GuestLog
  private var phy = EthernetPHY()
  private var storage = [UInt32](repeating: 0, count: words)

  public init(log: GuestLog) {
    self.log = log
    registers = RegisterBlock(Self.layout, name: "genet", log: log)
    controllers = (InterruptBundler(name: "genet0", log: log), InterruptBundler(name: "genet1", log: log))
  }

  // MARK: State

  public func reset() {
    registers.reset()
    controllers.0.reset()
    controllers.1.reset()
    phy = EthernetPHY()
    storage = [UInt32](repeating: 0, count: Self.words)
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    controllers.0.visitState(&visitor)
    controllers.1.visitState(&visitor)
    phy.visitState(&visitor)
    visitor.visit("storage", &storage)
    if storage.count != Self.words { storage = [UInt32](repeating: 0, count: Self.words) }
  }

  public func didLoadState() {
    controllers.0.didLoadState()
    controllers.1.didLoadState()
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    // Bit 0, DISABLED, is the inverse of the enable bit.
    case .receiveStatus: return ~registers[.receiveControl] & 1
    case .transmitStatus: return ~registers[.transmitControl] & 1
    case .revision, .portControl, .extPower, .rgmiiControl, .receiveBufferControl,
      .transmitBackPressure, .halfDuplexBackPressure, .command, .pauseQuanta, .mode, .energyControl,
      .mdioCommand, .mdioConfiguration, .receiveControl, .transmitControl:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .mdioCommand: if new.bit(29) { transferMDIO(new) }
    case .revision, .portControl, .extPower, .rgmiiControl, .receiveBufferControl,
      .transmitBackPressure, .halfDuplexBackPressure, .command, .pauseQuanta, .mode, .energyControl,
      .mdioConfiguration, .receiveControl, .receiveStatus, .transmitControl, .transmitStatus:
      break
    }
  }

  public func readUndeclared(offset: UInt32) -> UInt32? {
    if let bundler = bundler(offset) {
      return UInt32(
        truncatingIfNeeded: bundler.registers.read(bundler, offset: UInt64(offset & 0x3f), size: 4))
    }
    if Self.mibCounters.contains(offset) { return 0 }
    return storage[Int(truncatingIfNeeded: offset >> 2) % Self.words]
  }

  public func writeUndeclared(offset: UInt32, value: UInt32) -> Bool {
    if let bundler = bundler(offset) {
      bundler.registers.write(bundler, offset: UInt64(offset & 0x3f), value: UInt64(value), size: 4)
      return true
    }
    storage[Int(truncatingIfNeeded: offset >> 2) % Self.words] = value
    if Self.transmitRings.contains(offset), offset & 0x3f == 0x0c { drop(offset, upTo: value) }
    return true
  }

  private func bundler(_ offset: UInt32) -> InterruptBundler? {
    switch offset & ~0x3f {
    case 0x200: controllers.0
    case 0x240: controllers.1
    default: nil
    }
  }

  // MARK: MDIO

  private static let readFailed: UInt32 = 1 << 28

  /// Bits 27:26: 1 writes, 2 reads; 25:21 transceiver; 20:16 register. Done at once.
  private func transferMDIO(_ command: UInt32) {
    var result = command & 0x0fff_ffff
    if command.bits(25, 21) != EthernetPHY.address {
      result = result | 0xffff | Self.readFailed
    } else if command.bits(27, 26) == 1 {
      phy.write(command.bits(20, 16), UInt16(truncatingIfNeeded: command))
    } else {
      result = (result & ~0xffff) | UInt32(phy.read(command.bits(20, 16)))
    }
    registers[.mdioCommand] = result
    controllers.0.raise(1 << 23)
  }

  // MARK: Transmission

  /// Consumes what the driver queued on the ring of the producer index at `offset`.
  private func drop(_ offset: UInt32, upTo producer: UInt32) {
    guard registers[.transmitControl].bit(0) else { return }
    storage[Int(truncatingIfNeeded: (offset &- 4) >> 2) % Self.words] = producer & 0xffff
    log.once(.notModelled, source: name, key: "transmit", message: "frames are sent to no network")
    let ring = (offset &- Self.transmitRings.lowerBound) >> 6
    if ring == 16 { controllers.0.raise(1 << 16) } else { controllers.1.raise(1 &<< ring) }
  }
}
