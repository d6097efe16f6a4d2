import Fabric

/// Pulse-width modulator (BCM2711 ARM Peripherals, chapter 8).
///
/// Addresses: 0xFE20_C000 and 0xFE20_C800. Lines out: `request`, to the DMA controller, while DMAC.ENAB is
/// set and the FIFO holds no more words than DMAC.DREQ says.
///
/// A channel that is enabled and uses the FIFO takes a word from it in each period, which is its range in
/// cycles of the 54 MHz oscillator.
///
/// Not modelled: the outputs, the clock manager's choice of clock, panic requests.
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
    $0.fields(
      .control, "CTL",
      [.rw("channel 1", 0...5), .wo("CLRF", 6), .rw("MSEN1, channel 2", 7...13), .rw("MSEN2", 15)])
    $0.fields(.status, "STA", reset: 2, [.ro("FIFO", 0...1), .w1c("errors", 2...8), .ro("STA", 9...12)])
    $0.rw(.dma, "DMAC", reset: 0x707, mask: 0x8000_ffff)
    $0.rw(.range1, "RNG1", reset: 0x20)
    $0.rw(.data1, "DAT1")
    $0.wo(.fifo, "FIF1")
    $0.rw(.range2, "RNG2", reset: 0x20)
    $0.rw(.data2, "DAT2")
  }

  private static let depth: UInt32 = 64
  private static let clock = ClockDomain(frequency: 54_000_000)

  public static let windowSize: UInt64 = 0x28
  public let name: String
  public let registers: RegisterBlock<Register>
  public let request: DREQLine
  private let time: VirtualTime
  private var event: VirtualTime.Event?
  /// Words in the FIFO; nothing shows what they are.
  private var held: UInt32 = 0
  /// Virtual time at which the next word is taken; zero when none is.
  private var nextWord: UInt64 = 0

  public init(name: String, time: VirtualTime, log: GuestLog) {
    self.name = name
    self.time = time
    request = DREQLine(name)
    registers = RegisterBlock(Self.layout, name: name, log: log)
    event = time.event(name) { [unowned self] _ in takeWords() }
  }

  // MARK: State

  public func reset() {
    registers.reset()
    held = 0
    nextWord = 0
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("held", &held)
    visitor.visit("nextWord", &nextWord)
  }

  public func didLoadState() {
    if let event { time.schedule(event, at: nextWord == 0 ? .max : nextWord) }
    updateRequest()
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    guard register == .status else { return stored }
    let empty: UInt32 = held == 0 ? 2 : 0
    return stored & ~3 | empty | (held >= Self.depth ? 1 : 0)
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .control: if new.bit(6) { held = 0 }
    case .fifo:
      // WERR1: the FIFO is full.
      if held < Self.depth { held &+= 1 } else { registers[.status] |= 1 << 2 }
    case .status, .dma, .range1, .data1, .range2, .data2: break
    }
    start()
    updateRequest()
  }

  // MARK: FIFO

  /// How many channels take words: PWEN and USEF of each.
  private var takers: UInt32 {
    let control = registers[.control]
    return (control & 0x21 == 0x21 ? 1 : 0) &+ (control & 0x2100 == 0x2100 ? 1 : 0)
  }

  /// The range of the first channel that takes words, in ns, and at least a microsecond.
  private var period: UInt64 {
    let range = registers[registers[.control] & 0x21 == 0x21 ? .range1 : .range2]
    return max(1000, Self.clock.nanoseconds(atTick: UInt64(range)))
  }

  private func start() {
    let takes = takers > 0 && held > 0
    if !takes {
      nextWord = 0
      if let event { time.cancel(event) }
    } else if nextWord == 0, let event {
      nextWord = time.now &+ period
      time.schedule(event, at: nextWord)
    }
  }

  private func takeWords() {
    nextWord = 0
    held &-= min(held, takers)
    start()
    updateRequest()
  }

  private func updateRequest() {
    let control = registers[.dma]
    request.set(control.bit(31) && held <= control & 0xff && held < Self.depth)
  }
}
