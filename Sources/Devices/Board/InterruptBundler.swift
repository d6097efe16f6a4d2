import Fabric

/// Broadcom "L2" interrupt controller: 32 latched sources behind one line, with a mask.
///
/// Address: 0xFEF0_0100 (HDMI sources). Line out: `interrupt` (SPI 96), asserted while
/// `STATUS & ~MASK_STATUS` is not zero. All sources are masked at reset.
public final class InterruptBundler: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case status = 0x00
    case set = 0x04
    case clear = 0x08
    case maskStatus = 0x0c
    case maskSet = 0x10
    case maskClear = 0x14
  }

  static let layout = RegisterLayout<Register>(size: 0x30) {
    $0.ro(.status, "STATUS")
    $0.wo(.set, "SET")
    $0.wo(.clear, "CLEAR")
    $0.ro(.maskStatus, "MASK_STATUS", reset: ~0)
    $0.wo(.maskSet, "MASK_SET")
    $0.wo(.maskClear, "MASK_CLEAR")
  }

  public static let windowSize: UInt64 = 0x30
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine

  public init(name: String, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() {
    registers.reset()
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() { interrupt.set(registers[.status] & ~registers[.maskStatus] != 0) }

  /// Latches the sources in `bits`.
  public func raise(_ bits: UInt32) {
    registers[.status] |= bits
    didLoadState()
  }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .set: registers[.status] |= new
    case .clear: registers[.status] &= ~new
    case .maskSet: registers[.maskStatus] |= new
    case .maskClear: registers[.maskStatus] &= ~new
    case .status, .maskStatus: break
    }
    didLoadState()
  }
}
