import Fabric

/// SPI master (BCM2711 ARM Peripherals, chapter 9) with nothing on its bus.
///
/// Addresses: 0xFE20_4000 and +0x600 to +0xC00. Line out: `interrupt`; the board joins all on SPI 118. Each
/// byte written while a transfer is active comes back as 0xFF at once, as long as the receive FIFO has room.
///
/// With CS.DMAEN the FIFOs are accessed in words, DLEN counts the bytes of a transfer, and `transmitRequest`
/// and `receiveRequest` ask the DMA controller for words by the thresholds in DC.
///
/// Not modelled: devices, LoSSI, the time a byte takes, panic requests.
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
        .rw("DMAEN", 8), .rw("INTD", 9), .rw("INTR", 10), .rw("options", 11...15),
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
  public let transmitRequest: DREQLine
  public let receiveRequest: DREQLine
  /// Bytes in the receive FIFO; they all are 0xFF.
  private var received: UInt32 = 0
  /// Bytes in the transmit FIFO, which wait for room in the other.
  private var waiting: UInt32 = 0
  /// Bytes of a DMA transfer still to shift.
  private var remaining: UInt32 = 0

  public init(name: String, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    transmitRequest = DREQLine(name + ".transmit")
    receiveRequest = DREQLine(name + ".receive")
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() {
    registers.reset()
    received = 0
    waiting = 0
    remaining = 0
    updateLine()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("received", &received)
    visitor.visit("waiting", &waiting)
    visitor.visit("remaining", &remaining)
  }

  public func didLoadState() { updateLine() }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .control: return status
    case .fifo: return readFIFO()
    case .clock, .dataLength, .holdDelay, .dmaThresholds: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .control: writeControl(old: old, new: new)
    case .fifo: writeFIFO(new)
    case .clock, .dataLength, .holdDelay, .dmaThresholds: break
    }
    updateLine()
  }

  private var isActive: Bool { registers[.control].bit(7) }
  private var usesDMA: Bool { registers[.control].bit(8) }

  private func writeControl(old: UInt32, new: UInt32) {
    if new.bit(4) { waiting = 0 }
    if new.bit(5) { received = 0 }
    if !new.bit(7) {
      waiting = 0
      remaining = 0
    } else if !old.bit(7) {
      remaining = registers[.dataLength]
    }
    shift()
  }

  // MARK: FIFOs

  /// A byte, or with DMAEN a word.
  private func readFIFO() -> UInt32 {
    let count = min(received, usesDMA ? 4 : 1)
    received &-= count
    shift()
    updateLine()
    return UInt32.mask(width: Int(count) * 8)
  }

  private func writeFIFO(_ value: UInt32) {
    if isActive {
      waiting = min(waiting &+ (usesDMA ? 4 : 1), Self.depth)
      shift()
    } else if usesDMA {
      // The first word sets the low byte of CS, and DLEN.
      let old = registers[.control]
      registers[.control] = old & ~0xff | value & 0xcf
      registers[.dataLength] = value >> 16
      writeControl(old: old, new: registers[.control])
    }
  }

  /// Moves bytes from the transmit FIFO, over a line that is high, to the receive FIFO.
  private func shift() {
    guard isActive else { return }
    var count = min(waiting, Self.depth &- min(received, Self.depth))
    if usesDMA {
      count = min(count, remaining)
      remaining &-= count
    }
    waiting &-= count
    received &+= count
    // What the last word has too much.
    if usesDMA && remaining == 0 { waiting = 0 }
  }

  // MARK: Status

  private var isDone: Bool { isActive && waiting == 0 && (!usesDMA || remaining == 0) }

  /// 16 DONE, 17 RXD, 18 TXD, 19 RXR (three quarters full), 20 RXF.
  private var status: UInt32 {
    var value = registers[.control] & ~(0x1f << 16)
    if isDone { value |= 1 << 16 }
    if received > 0 { value |= 1 << 17 }
    if waiting < Self.depth { value |= 1 << 18 }
    if received >= Self.depth / 4 * 3 { value |= 1 << 19 }
    if received >= Self.depth { value |= 1 << 20 }
    return value
  }

  private func updateLine() {
    let value = status
    interrupt.set(value.bit(9) && value.bit(16) || value.bit(10) && value.bit(19))
    let thresholds = registers[.dmaThresholds]
    let wantsMore = !isActive || remaining > waiting
    transmitRequest.set(usesDMA && wantsMore && waiting <= thresholds.bits(7, 0))
    let isLast = remaining == 0 && received > 0
    receiveRequest.set(usesDMA && (isLast || received > thresholds.bits(23, 16)))
  }
}
