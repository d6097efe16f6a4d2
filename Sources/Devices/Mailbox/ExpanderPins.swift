import Fabric

/// The firmware's GPIO expander, numbers 128 to 135: BT_ON, WL_ON, PWR_LED_OFF, GLOBAL_RESET,
/// VDD_SD_IO_SEL (1 is 1.8 V), CAM_GPIO, SD_PWR_ON, and one reserved.
struct ExpanderPins {
  private static let count = 8
  private static let wordsPerPin = 5
  /// For each pin: direction (1 is output), polarity, termination enable, pull-up, state.
  private var words: [UInt32]

  init() {
    words = []
    let high: Set<Int> = [3, 6]  // GLOBAL_RESET is released and the SD card has power at hand-off.
    for pin in 0..<Self.count { words += [1, 0, 0, 0, high.contains(pin) ? 1 : 0] }
  }

  /// The pin of GPIO number `number`; nil when it is not on the expander.
  static func index(_ number: UInt32) -> Int? {
    number >= 128 && number < 128 + UInt32(count) ? Int(number - 128) : nil
  }

  func level(_ pin: Int) -> UInt32 { words[pin * Self.wordsPerPin + 4] }
  mutating func setLevel(_ pin: Int, _ value: UInt32) { words[pin * Self.wordsPerPin + 4] = value & 1 }

  func configuration(_ pin: Int) -> [UInt32] {
    Array(words[(pin * Self.wordsPerPin)..<((pin + 1) * Self.wordsPerPin)])
  }

  /// - Parameter values: direction, polarity, termination enable, pull-up, state.
  mutating func configure(_ pin: Int, _ values: [UInt32]) {
    for (index, value) in values.prefix(Self.wordsPerPin).enumerated() {
      words[pin * Self.wordsPerPin + index] = value
    }
  }

  mutating func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("expander", &words)
    if words.count != Self.count * Self.wordsPerPin { self = ExpanderPins() }
  }
}
