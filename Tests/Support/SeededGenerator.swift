/// SplitMix64: the same numbers in every run and on every host.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// True once in `n` times.
  public mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

  public mutating func pick<C: RandomAccessCollection>(_ values: C) -> C.Element {
    let offset = Int.random(in: 0..<values.count, using: &self)
    return values[values.index(values.startIndex, offsetBy: offset)]
  }

  /// Zero, small, extreme or any number.
  public mutating func adversarial() -> UInt64 {
    let bit = UInt64.random(in: 0...63, using: &self)
    switch Int.random(in: 0...9, using: &self) {
    case 0: return 0
    case 1: return ~0
    case 2: return 1 << bit
    case 3: return (1 << bit) &- 1
    case 4: return ~(1 << bit)
    case 5: return next() >> 32
    case 6: return UInt64(bitPattern: Int64.random(in: -128...127, using: &self))
    default: return next()
    }
  }
}
