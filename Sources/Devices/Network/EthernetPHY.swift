import Fabric

/// Gigabit Ethernet transceiver BCM54213PE on the MDIO bus of GENET, with its cable unplugged.
///
/// Not modelled: a link. Shadow and expansion registers are storage.
struct EthernetPHY {
  /// The transceiver's address on the Pi 4's bus.
  static let address: UInt32 = 1

  private var registers: [UInt16]
  /// Register 0x18, selected by its low three bits, and 0x1C, by bits 14:10.
  private var auxiliary: [UInt16]
  private var shadow: [UInt16]
  private var auxiliarySelect: UInt8 = 0
  private var shadowSelect: UInt8 = 0

  init() {
    registers = [UInt16](repeating: 0, count: 32)
    auxiliary = [UInt16](repeating: 0, count: 8)
    shadow = [UInt16](repeating: 0, count: 32)
    registers[0x00] = 0x1140  // Auto-negotiation, full duplex, 1000 Mb/s.
    registers[0x01] = 0x7949  // Capabilities; no link, negotiation not complete.
    registers[0x02] = 0x600d
    registers[0x03] = 0x84a2
    registers[0x04] = 0x01e1
    registers[0x09] = 0x0300
    registers[0x0f] = 0x3000
    auxiliary[7] = 0x71e7
  }

  func read(_ register: UInt32) -> UInt16 {
    switch register & 31 {
    case 0x18: auxiliary[Int(auxiliarySelect & 7)]
    case 0x1c: shadow[Int(shadowSelect & 31)] | UInt16(shadowSelect & 31) << 10
    default: registers[Int(truncatingIfNeeded: register & 31)]
    }
  }

  mutating func write(_ register: UInt32, _ value: UInt16) {
    switch register & 31 {
    case 0x00:
      if value.bit(15) {
        self = EthernetPHY()
      } else {
        registers[0] = value & ~0x0200  // Restarting negotiation completes the request at once.
      }
    case 0x01, 0x02, 0x03, 0x05, 0x06, 0x0a, 0x0f: break
    case 0x18:
      // Shadow 7 with bits 14:12 equal to 7 only selects what the next read shows.
      auxiliarySelect = UInt8(truncatingIfNeeded: value & 7)
      if auxiliarySelect == 7, !value.bit(15) {
        auxiliarySelect = UInt8(truncatingIfNeeded: value.bits(14, 12))
      } else {
        auxiliary[Int(auxiliarySelect & 7)] = value & ~0x8000
      }
    case 0x1c:
      shadowSelect = UInt8(truncatingIfNeeded: value.bits(14, 10))
      if value.bit(15) { shadow[Int(shadowSelect & 31)] = value & 0x03ff }
    default: registers[Int(truncatingIfNeeded: register & 31)] = value
    }
  }

  mutating func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("phy", &registers)
    visitor.visit("phy auxiliary", &auxiliary)
    visitor.visit("phy shadow", &shadow)
    visitor.visit("phy auxiliary select", &auxiliarySelect)
    visitor.visit("phy shadow select", &shadowSelect)
    let isWhole = registers.count == 32 && auxiliary.count == 8 && shadow.count == 32
    if !isWhole { self = EthernetPHY() }
  }
}
