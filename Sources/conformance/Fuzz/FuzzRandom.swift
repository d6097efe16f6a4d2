/// SplitMix64: the same numbers in every run and on every host.
struct FuzzRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator for one of many independent things that share a seed.
  init(seed: UInt64, stream: UInt64) {
    state = Self.mix(seed &+ Self.mix(stream))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(state)
  }

  mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next() >> 32) }

  /// A number below `limit`, which is small.
  mutating func below(_ limit: UInt64) -> UInt64 { (next() >> 8) % limit }
}
