import Fabric

/// General-purpose I/O and pin multiplexing (BCM2711 ARM Peripherals, chapter 5).
///
/// Address: 0xFE20_0000, one page. 58 pins in two banks (0 to 31, 32 to 57). Lines out: `interrupts[0…3]`
/// (SPI 113 to 116): bank 0, bank 1, a mirror of bank 1, any bank. A pin's level is its output latch when
/// it is an output, else what `drive` puts on it, else its pull resistor. Edge and level detection latch
/// bits in `GPEDS`. Reset values are what the firmware hands over with `enable_uart=1`.
///
/// Not modelled: alternate functions (such a pin keeps its resting level), the legacy pull registers of
/// the BCM2835 (storage, as on the chip), the effect of the multiplexer at 0xD0.
public final class GPIO: RegisterDevice {
  public enum Register: RegisterName {
    case functionSelect(Int)
    case set(Int)
    case clear(Int)
    case level(Int)
    case eventDetect(Int)
    case risingEdge(Int)
    case fallingEdge(Int)
    case highLevel(Int)
    case lowLevel(Int)
    case asyncRising(Int)
    case asyncFalling(Int)
    case legacyPull
    case legacyPullClock(Int)
    case multiplexer
    case pull(Int)

    public var offset: UInt32 {
      switch self {
      case .functionSelect(let index): Self.word(0x00, index)
      case .set(let bank): Self.word(0x1c, bank)
      case .clear(let bank): Self.word(0x28, bank)
      case .level(let bank): Self.word(0x34, bank)
      case .eventDetect(let bank): Self.word(0x40, bank)
      case .risingEdge(let bank): Self.word(0x4c, bank)
      case .fallingEdge(let bank): Self.word(0x58, bank)
      case .highLevel(let bank): Self.word(0x64, bank)
      case .lowLevel(let bank): Self.word(0x70, bank)
      case .asyncRising(let bank): Self.word(0x7c, bank)
      case .asyncFalling(let bank): Self.word(0x88, bank)
      case .legacyPull: 0x94
      case .legacyPullClock(let bank): Self.word(0x98, bank)
      case .multiplexer: 0xd0
      case .pull(let index): Self.word(0xe4, index)
      }
    }

    private static func word(_ base: UInt32, _ index: Int) -> UInt32 {
      base &+ UInt32(truncatingIfNeeded: index) &* 4
    }
  }

  /// Pins of each bank.
  private static let bankMask: [UInt32] = [0xffff_ffff, 0x03ff_ffff]

  static let layout = RegisterLayout<Register>(size: 0xf4) {
    // GPIO14/15 on ALT5 (mini UART), 28/29 on ALT5 (Ethernet MDIO), 30–39 on ALT3 (Bluetooth, WiFi).
    let functions: [UInt32] = [0, 0x0001_2000, 0x1200_0000, 0x3fff_ffff, 0x64, 0]
    for (index, value) in functions.enumerated() {
      let mask: UInt32 = index == 5 ? 0x00ff_ffff : 0x3fff_ffff
      $0.rw(.functionSelect(index), "GPFSEL\(index)", reset: value, mask: mask)
    }
    for bank in 0...1 {
      let mask = bankMask[bank]
      $0.wo(.set(bank), "GPSET\(bank)", mask: mask)
      $0.wo(.clear(bank), "GPCLR\(bank)", mask: mask)
      $0.ro(.level(bank), "GPLEV\(bank)")
      $0.w1c(.eventDetect(bank), "GPEDS\(bank)", mask: mask)
      $0.rw(.risingEdge(bank), "GPREN\(bank)", mask: mask)
      $0.rw(.fallingEdge(bank), "GPFEN\(bank)", mask: mask)
      $0.rw(.highLevel(bank), "GPHEN\(bank)", mask: mask)
      $0.rw(.lowLevel(bank), "GPLEN\(bank)", mask: mask)
      $0.rw(.asyncRising(bank), "GPAREN\(bank)", mask: mask)
      $0.rw(.asyncFalling(bank), "GPAFEN\(bank)", mask: mask)
      $0.rw(.legacyPullClock(bank), "GPPUDCLK\(bank)", mask: mask)
    }
    $0.rw(.legacyPull, "GPPUD", mask: 3)
    $0.rw(.multiplexer, "pin multiplexer", reset: 1, mask: 3)
    let pulls: [UInt32] = [0xaaa9_5555, 0xa0aa_aaaa, 0x50aa_a95a, 0x0005_5555]
    for (index, value) in pulls.enumerated() {
      let mask: UInt32 = index == 3 ? 0x000f_ffff : ~0
      $0.rw(.pull(index), "GPIO_PUP_PDN_CNTRL_REG\(index)", reset: value, mask: mask)
    }
  }

  public static let pinCount = 58
  public static let windowSize: UInt64 = 0x1000
  public let name = "gpio"
  public let registers: RegisterBlock<Register>
  /// SPI 113 to 116.
  public let interrupts = (0..<4).map { InterruptLine("gpio\($0)") }

  /// Output latches, pins driven from outside, and the levels they are driven to; bit n is pin n.
  private var latch: UInt64 = 0
  private var driven: UInt64 = 0
  private var drivenLevel: UInt64 = 0
  /// Levels after the last change, from which edges are seen.
  private var levels: UInt64 = 0

  public init(log: GuestLog) {
    registers = RegisterBlock(Self.layout, name: "gpio", log: log)
    levels = currentLevels
  }

  // MARK: State

  public func reset() {
    registers.reset()
    latch = 0
    driven = 0
    drivenLevel = 0
    levels = currentLevels
    updateLines()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("latch", &latch)
    visitor.visit("driven", &driven)
    visitor.visit("drivenLevel", &drivenLevel)
    visitor.visit("levels", &levels)
  }

  public func didLoadState() { updateLines() }

  // MARK: Board side

  /// Puts `level` on `pin` from outside; nil lets go of it.
  public func drive(_ pin: Int, _ level: Bool?) {
    guard pin >= 0, pin < Self.pinCount else { return }
    let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: pin)
    driven = level == nil ? driven & ~mask : driven | mask
    drivenLevel = level == true ? drivenLevel | mask : drivenLevel & ~mask
    updateEvents()
  }

  /// The level of `pin` as a meter would see it.
  public func level(of pin: Int) -> Bool {
    pin >= 0 && pin < Self.pinCount && currentLevels.bit(pin)
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    // "gpio": what the write-only registers read as on the chip.
    case .set, .clear: return 0x6770_696f
    case .level(let bank): return word(levels, bank)
    case .functionSelect, .eventDetect, .risingEdge, .fallingEdge, .highLevel, .lowLevel, .asyncRising,
      .asyncFalling, .legacyPull, .legacyPullClock, .multiplexer, .pull:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .set(let bank):
      latch |= UInt64(new) &<< bankShift(bank)
      updateEvents()
    case .clear(let bank):
      latch &= ~(UInt64(new) &<< bankShift(bank))
      updateEvents()
    case .functionSelect, .pull, .eventDetect, .highLevel, .lowLevel: updateEvents()
    case .level, .risingEdge, .fallingEdge, .asyncRising, .asyncFalling, .legacyPull, .legacyPullClock,
      .multiplexer:
      break
    }
  }

  // MARK: Levels and events

  private func bankShift(_ bank: Int) -> UInt64 { bank == 0 ? 0 : 32 }
  private func word(_ pins: UInt64, _ bank: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: pins &>> bankShift(bank))
  }

  private var currentLevels: UInt64 {
    var result: UInt64 = 0
    for pin in 0..<Self.pinCount {
      let function = (registers[.functionSelect(pin / 10)] &>> UInt32(pin % 10 * 3)) & 7
      let pull = (registers[.pull(pin / 16)] &>> UInt32(pin % 16 * 2)) & 3
      let isHigh: Bool
      if function == 1 {
        isHigh = latch.bit(pin)
      } else if driven.bit(pin) {
        isHigh = drivenLevel.bit(pin)
      } else {
        isHigh = pull == 1
      }
      if isHigh { result |= 1 &<< UInt64(pin) }
    }
    return result
  }

  private func updateEvents() {
    let before = levels
    levels = currentLevels
    let rose = levels & ~before
    let fell = before & ~levels
    for bank in 0...1 {
      var events = word(rose, bank) & (registers[.risingEdge(bank)] | registers[.asyncRising(bank)])
      events |= word(fell, bank) & (registers[.fallingEdge(bank)] | registers[.asyncFalling(bank)])
      events |= word(levels, bank) & registers[.highLevel(bank)]
      events |= ~word(levels, bank) & registers[.lowLevel(bank)] & Self.bankMask[bank]
      registers[.eventDetect(bank)] |= events
    }
    updateLines()
  }

  private func updateLines() {
    let bank0 = registers[.eventDetect(0)] != 0
    let bank1 = registers[.eventDetect(1)] != 0
    let states = [bank0, bank1, bank1, bank0 || bank1]
    for (line, state) in zip(interrupts, states) { line.set(state) }
  }
}
