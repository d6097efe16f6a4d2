import Fabric

/// Asynchronous AXI bridges (ASB) of the power domains.
///
/// Addresses: 0xFE00_A000 (H.264, ISP) and 0xFEC1_1000 (V3D, RPIVid). Lines out: none. A control word
/// acknowledges a stop request at once; writes need 0x5A in bits 31:24. The identifier at +0x20 is what
/// the power driver checks first.
///
/// Not modelled: the bridges themselves; nothing is behind them.
public final class AsyncBridge: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case version = 0x00
    case processorControl = 0x04
    case v3dSlave = 0x08
    case v3dMaster = 0x0c
    case ispSlave = 0x10
    case ispMaster = 0x14
    case h264Slave = 0x18
    case h264Master = 0x1c
    case identifier = 0x20
  }

  static let layout = RegisterLayout<Register>(size: 0x24) {
    $0.ro(.version, "BRDG_VERSION")
    let controls: [(Register, String)] = [
      (.processorControl, "CPR_CTRL"), (.v3dSlave, "V3D_S_CTRL"), (.v3dMaster, "V3D_M_CTRL"),
      (.ispSlave, "ISP_S_CTRL"), (.ispMaster, "ISP_M_CTRL"), (.h264Slave, "H264_S_CTRL"),
      (.h264Master, "H264_M_CTRL"),
    ]
    for (register, name) in controls {
      // EMPTY reads one: no transfer is ever in flight.
      $0.fields(
        register, name, reset: 4, password: 0x5a,
        [.rw("REQ_STOP", 0), .ro("ACK", 1), .ro("EMPTY", 2), .ro("FULL", 3)])
    }
    $0.ro(.identifier, "AXI_BRDG_ID", reset: 0x6272_6467)
  }

  public static let windowSize: UInt64 = 0x1000
  public let name: String
  public let registers: RegisterBlock<Register>

  public init(name: String, log: GuestLog) {
    self.name = name
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() { registers.reset() }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .version, .identifier: return stored
    case .processorControl, .v3dSlave, .v3dMaster, .ispSlave, .ispMaster, .h264Slave, .h264Master:
      return stored.bit(0) ? stored | 2 : stored & ~2
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
