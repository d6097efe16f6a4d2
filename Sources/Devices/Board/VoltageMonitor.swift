import Fabric

/// Adaptive voltage scaling (AVS) monitor, used for its thermometer (BCM2711).
///
/// Address: 0xFD5D_2000. Lines out: none. Temperature in m°C = 410 040 − 487 × code.
///
/// Not modelled: everything but the temperature, which never changes.
public final class VoltageMonitor: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case temperatureStatus = 0x200
  }

  static let layout = RegisterLayout<Register>(size: 0xf00) {
    // Bits 16 and 10: valid. Code 0x2F0 is 43.8 °C.
    $0.ro(.temperatureStatus, "AVS_RO_TEMP_STATUS", reset: 0x0001_06f0)
  }

  public static let windowSize: UInt64 = 0x1000
  public let name = "avs-monitor"
  public let registers: RegisterBlock<Register>

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "avs-monitor", log: log) }

  public func reset() { registers.reset() }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}
  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }
  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
