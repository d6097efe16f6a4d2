import Fabric

/// DVP: clock gates and resets of the two HDMI blocks (BCM2711).
///
/// Address: 0xFEF0_0000, 16 bytes. Lines out: none.
///
/// Not modelled: the blocks that it clocks; the registers are storage.
public final class DisplayClock: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case misc0 = 0x00
    case reset = 0x04
    case gates = 0x08
    case misc3 = 0x0c
  }

  static let layout = RegisterLayout<Register>(size: 0x10) {
    $0.rw(.misc0, "DVP_HT_RPI_MISC")
    $0.rw(.reset, "DVP_HT_RPI_SW_INIT")
    $0.rw(.gates, "DVP_HT_RPI_MISC_CONFIG")
    $0.rw(.misc3, "DVP_HT_RPI_3")
  }

  public static let windowSize: UInt64 = 0x10
  public let name = "dvp"
  public let registers: RegisterBlock<Register>

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "dvp", log: log) }

  public func reset() { registers.reset() }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}
  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }
  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
