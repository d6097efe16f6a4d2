import Fabric

/// PACTL_CS: which of the peripherals on a shared SPI asserts its line (BCM2711 ARM Peripherals, 6.2.4).
///
/// Address: 0xFE20_4E00. Lines in: `connect`. Lines out: none.
public final class PeripheralActivity: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case status = 0x00
  }

  static let layout = RegisterLayout<Register>(size: 4) {
    $0.ro(.status, "PACTL_CS")
  }

  /// Bits of the UARTs; UART1 is the mini UART and has its own register.
  public enum Bit {
    public static let uart0 = 20
    public static let uart2 = 19
    public static let uart3 = 18
    public static let uart4 = 17
    public static let uart5 = 16
  }

  public static let windowSize: UInt64 = 4
  public let name = "pactl"
  public let registers: RegisterBlock<Register>
  private var levels: UInt32 = 0

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "pactl", log: log) }

  /// Shows the level of `line` in bit `bit`.
  public func connect(_ line: InterruptLine, bit: Int) {
    let mask: UInt32 = 1 &<< UInt32(truncatingIfNeeded: bit)
    line.connect { [self] level in levels = level ? levels | mask : levels & ~mask }
  }

  public func reset() { registers.reset() }
  /// The lines' levels belong to their owners.
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}
  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { levels }
  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
