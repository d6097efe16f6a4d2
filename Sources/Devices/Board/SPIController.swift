import Fabric

/// SPI master (BCM2711 ARM Peripherals, chapter 9) with nothing on its bus.
///
/// Addresses: 0xFE20_4000 and +0x600 to +0xC00. Line out: `interrupt`; the board joins all on SPI 118. Each
/// byte written while a transfer is active comes back as 0xFF at once.
///
/// Not modelled: devices, DMA, LoSSI, the time a byte takes.
public final class SPIController: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case control = 0x00
    case fifo = 0x04
    case clock = 0x08
    case dataLength = 0x0c
    case holdDelay = 0x10
    case dmaThresholds = 0x14
  }

  static let layout = RegisterLayout<Register>(size: 0x18, narrowWrite: .zeroExtends) {
    $0.fields(
      .control, "CS", reset: 0x0004_1000,
      [
        .rw("mode", 0...3), .wo("CLEAR", 4...5), .rw("CSPOL", 6), .rw("TA", 7),
        .notModelled("DMAEN", 8), .rw("INTD", 9), .rw("INTR", 10), .rw("options", 11...15),
        .ro("status", 16...20), .rw("polarity", 21...25),
      ])
    $0.wo(.fifo, "FIFO")
    $0.rw(.clock, "CLK", mask: 0xffff)
    $0.rw(.dataLength, "DLEN", mask: 0xffff)
    $0.rw(.holdDelay, "LTOH", reset: 1, mask: 0xf)
    $0.rw(.dmaThresholds, "DC", reset: 0x3020_1020)
  }

  private static let depth: UInt32 = 64

  public static let windowSize: UInt64 = 0x200
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine
  /// Bytes in the receive FIFO; they all are 0xFF.
  private var received: UInt32 = 0

  public init(name: String, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() {
    registers.reset()
    received = 0
    updateLine()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("received", &received)
  }

  public func didLoadState() { updateLine() }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .control: return status
    case .fifo:
      guard received > 0 else { return 0 }
      received &-= 1
      updateLine()
      return 0xff
    case .clock, .dataLength, .holdDelay, .dmaThresholds: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .control: if new.bit(5) { received = 0 }
    case .fifo: if isActive { received = min(received &+ 1, Self.depth) }
    case .clock, .dataLength, .holdDelay, .dmaThresholds: break
    }
    updateLine()
  }

  private var isActive: Bool { registers[.control].bit(7) }

  /// 16 DONE, 17 RXD, 18 TXD, 19 RXR (three quarters full), 20 RXF.
  private var status: UInt32 {
    var value = registers[.control] & ~(0x1f << 16) | 1 << 18
    if isActive { value |= 1 << 16 }
    if received > 0 { value |= 1 << 17 }
    if received >= Self.depth / 4 * 3 { value |= 1 << 19 }
    if received >= Self.depth { value |= 1 << 20 }
    return value
  }

  private func updateLine() {
    let value = status
    interrupt.set(value.bit(9) && value.bit(16) || value.bit(10) && value.bit(19))
  }
}
