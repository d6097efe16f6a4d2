import Fabric

/// Pulse-width modulator (BCM2711 ARM Peripherals, chapter 8).
///
/// Addresses: 0xFE20_C000 and 0xFE20_C800. Lines out: none.
///
/// Not modelled: the outputs; the registers are storage.
public final class PulseWidthModulator: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case control = 0x00
    case status = 0x04
    case dma = 0x08
    case range1 = 0x10
    case data1 = 0x14
    case fifo = 0x18
    case range2 = 0x20
    case data2 = 0x24
  }

  static let layout = RegisterLayout<Register>(size: 0x28) {
    $0.rw(.control, "CTL", mask: 0xbfff)
    $0.fields(.status, "STA", reset: 2, [.ro("FIFO", 0...1), .w1c("errors", 2...8), .ro("STA", 9...12)])
    $0.rw(.dma, "DMAC", reset: 0x707, mask: 0x8000_ffff)
    $0.rw(.range1, "RNG1", reset: 0x20)
    $0.rw(.data1, "DAT1")
    $0.wo(.fifo, "FIF1")
    $0.rw(.range2, "RNG2", reset: 0x20)
    $0.rw(.data2, "DAT2")
  }

  public static let windowSize: UInt64 = 0x28
  public let name: String
  public let registers: RegisterBlock<Register>

  public init(name: String, log: GuestLog) {
    self.name = name
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() { registers.reset() }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}
  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }
  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
