import Fabric

/// PCI Express root complex (brcmstb; BCM2711) with nothing on the link.
///
/// Address: 0xFD50_0000, 0x9310 bytes. Lines out: `interrupt` (SPI 148, MSI); INTA to INTD (SPI 143 to 146)
/// never assert. The status register says "root complex, no link", upon which drivers give up;
/// configuration space behind the root port reads as ones.
///
/// Not modelled: the link, devices, address windows. Every register that is not named here is storage.
public final class PCIeRootComplex: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case identity = 0x0000
    case classCode = 0x0008
    case headerType = 0x000c
    case capabilities = 0x0034
    case pcieCapability = 0x00ac
    case classValue = 0x043c
    case mdioAddress = 0x1100
    case mdioWriteData = 0x1104
    case mdioReadData = 0x1108
    case pcieStatus = 0x4068
    case revision = 0x406c
    case softwareReset = 0x9210
  }

  static let layout = RegisterLayout<Register>(size: 0x9310) {
    $0.ro(.identity, "vendor and device", reset: 0x2711_14e4)
    $0.ro(.classCode, "class and revision", reset: 0x0604_0020)
    $0.fields(
      .headerType, "header type", reset: 0x0001_0000, [.rw("line size", 0...7), .ro("type", 16...23)])
    $0.ro(.capabilities, "capability pointer", reset: 0xac)
    // Version 2 capability of a root port.
    $0.ro(.pcieCapability, "PCI Express capability", reset: 0x0042_0010)
    $0.rw(.classValue, "RC_CFG_PRIV1_ID_VAL3", reset: 0x0006_0400)
    $0.rw(.mdioAddress, "RC_DL_MDIO_ADDR")
    $0.rw(.mdioWriteData, "RC_DL_MDIO_WR_DATA")
    $0.ro(.mdioReadData, "RC_DL_MDIO_RD_DATA")
    // Bit 7: strapped as root complex. Bits 5 and 4, data link active and PHY up, stay zero.
    $0.ro(.pcieStatus, "MISC_PCIE_STATUS", reset: 0x80)
    $0.ro(.revision, "MISC_REVISION", reset: 0x0304)
    $0.rw(.softwareReset, "RGR1_SW_INIT_1", reset: 3)
  }

  private static let words = 0x9310 / 4
  private static let configurationWindow: Range<UInt32> = 0x8000..<0x9000

  public static let windowSize: UInt64 = 0x9310
  public let name = "pcie"
  public let registers: RegisterBlock<Register>
  /// SPI 148.
  public var interrupt: InterruptLine { messages.interrupt }

  private let messages: InterruptBundler
  private var storage = [UInt32](repeating: 0, count: words)

  public init(log: GuestLog) {
    registers = RegisterBlock(Self.layout, name: "pcie", log: log)
    messages = InterruptBundler(name: "pcie.msi", log: log)
  }

  // MARK: State

  public func reset() {
    registers.reset()
    messages.reset()
    storage = [UInt32](repeating: 0, count: Self.words)
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    messages.visitState(&visitor)
    visitor.visit("storage", &storage)
    if storage.count != Self.words { storage = [UInt32](repeating: 0, count: Self.words) }
  }

  public func didLoadState() { messages.didLoadState() }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .classCode: return registers[.classValue] &<< 8 | stored & 0xff
    // The driver waits for bit 31 to clear after a write and to set after a read.
    case .mdioWriteData: return stored & 0x7fff_ffff
    // Spread-spectrum status: supported and running.
    case .mdioReadData: return 0x8000_0c00
    case .identity, .headerType, .capabilities, .pcieCapability, .classValue, .mdioAddress, .pcieStatus,
      .revision, .softwareReset:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}

  public func readUndeclared(offset: UInt32) -> UInt32? {
    if isMessageRegister(offset) {
      return UInt32(
        truncatingIfNeeded: messages.registers.read(messages, offset: UInt64(offset & 0x3f), size: 4))
    }
    if Self.configurationWindow.contains(offset) { return ~0 }
    let word = Int(truncatingIfNeeded: offset >> 2)
    return word < Self.words ? storage[word] : nil
  }

  public func writeUndeclared(offset: UInt32, value: UInt32) -> Bool {
    let word = Int(truncatingIfNeeded: offset >> 2)
    if isMessageRegister(offset) {
      messages.registers.write(messages, offset: UInt64(offset & 0x3f), value: UInt64(value), size: 4)
      return true
    }
    guard word < Self.words else { return false }
    if !Self.configurationWindow.contains(offset) { storage[word] = value }
    return true
  }

  private func isMessageRegister(_ offset: UInt32) -> Bool { offset >= 0x4500 && offset < 0x4518 }
}
