import Fabric

/// Doorbells between the ARM and the VideoCore, used by VCHIQ.
///
/// Address: 0xFE00_B840. Lines out: `interrupts[0]` (SPI 34, bell 0) and `interrupts[1]` (SPI 35, bell 1);
/// bells 2 and 3 ring at the VideoCore. A write rings; a read answers bit 2 if the bell had rung and
/// silences it.
///
/// Not modelled: anything at the other end. Nobody answers bells 2 and 3.
public final class Doorbells: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case bell0 = 0x00
    case bell1 = 0x04
    case bell2 = 0x08
    case bell3 = 0x0c

    var index: Int { Int(rawValue >> 2) }
  }

  static let layout = RegisterLayout<Register>(size: 0x40) {
    for register in Register.allCases { $0.wo(register, "BELL\(register.index)") }
  }

  public static let windowSize: UInt64 = 0x3c
  public let name = "doorbells"
  public let registers: RegisterBlock<Register>
  /// SPI 34 and 35.
  public let interrupts = [InterruptLine("doorbell0"), InterruptLine("doorbell1")]
  private var isRinging = [false, false, false, false]

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "doorbells", log: log) }

  public func reset() {
    isRinging = [false, false, false, false]
    registers.reset()
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("isRinging", &isRinging)
    if isRinging.count != 4 { isRinging = [false, false, false, false] }
  }

  public func didLoadState() {
    for (index, line) in interrupts.enumerated() { line.set(isRinging[index]) }
  }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    let value: UInt32 = isRinging[register.index] ? 1 << 2 : 0
    isRinging[register.index] = false
    didLoadState()
    return value
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    isRinging[register.index] = true
    didLoadState()
  }
}
