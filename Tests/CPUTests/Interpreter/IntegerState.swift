import CPU
import Fabric
import TestSupport

/// The registers and the memory before a recorded instruction: a function of its word and seed, the same as
/// `prepare` of scripts/vectors/integer.c computes.
struct IntegerState {
  static let window: Range<UInt64> = 0x80_0000..<(0x80_0000 + 18 * 4096)
  static let slot: UInt64 = 0x87_8000

  /// X0 to X30 and SP.
  var x = [UInt64](repeating: 0, count: 32)
  var v = [SIMD2<UInt64>](repeating: .zero, count: 32)
  var nzcv: UInt64 = 0
  /// The load-exclusive before a store-exclusive.
  private(set) var companion: UInt32?
  private var generator: UInt64

  init(word: UInt32, seed: UInt32) {
    generator = (UInt64(seed) &* 0x1_0000_0001) ^ UInt64(word)
    for index in 0..<32 { x[index] = value() }
    nzcv = next() >> 28 & 0xf
    for index in 0..<32 { v[index] = SIMD2(next(), next()) }
    if word & 0x0a00_0000 == 0x0800_0000 && word & 0x3b00_0000 != 0x1800_0000 { prepareAddress(word, seed) }
    if word & 0x3fc0_0000 == 0x0800_0000 && seed & 3 != 0 {
      let isPair = word.bit(21)
      companion = (word & 0xffe0_03e0) | 0x0040_0000 | (isPair ? 0x741f : 0x7c1f)
    }
  }

  /// SplitMix64
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  private mutating func next() -> UInt64 {
    generator &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(generator)
  }

  private mutating func value() -> UInt64 {
    let r = next()
    let n = (r >> 8) & 63
    switch r & 15 {
    case 0: return 0
    case 1: return ~0
    case 2: return 1
    case 3: return 1 << 63
    case 4: return ~0 >> 1
    case 5: return ((r >> 8) & 255) &- 128
    case 6: return 1 << n
    case 7: return (1 << n) - 1
    case 8: return ~(1 << n)
    case 9: return 0x8000_0000
    case 10: return 0x7fff_ffff
    case 11: return 0xffff_ffff
    case 12: return next() >> 32
    case 13: return UInt64(bitPattern: Int64(bitPattern: next()) >> 32)
    default: return next()
    }
  }

  private func extended(_ value: UInt64, _ bits: Int) -> UInt64 { value.signExtended(from: bits) }

  /// Chooses the base (and index) of a load or store so that it accesses the window.
  private mutating func prepareAddress(_ word: UInt32, _ seed: UInt32) {
    let r = next()
    let rn = Int(word.bits(9, 5))
    let rm = Int(word.bits(20, 16))
    let size = UInt64(word.bits(31, 30))
    var address = Self.window.lowerBound + 0x1000 * (1 + (r & 15))
    if r & 0xf00 == 0xf00 { address = Self.window.upperBound }
    address = address &+ (r & 0x1000 != 0 ? (r >> 16) & 0xfff : ((r >> 16) & 63) &- 32)
    var offset: UInt64 = 0
    if word & 0x3f00_0000 == 0x0800_0000 {
      let bytes = (UInt64(1) << size) << UInt64(word.bits(21, 21))
      let isStoreExclusive = word & 0x3fc0_0000 == 0x0800_0000
      let isChecked = !word.bit(23) && !(isStoreExclusive && seed & 3 == 0)
      if !isChecked || r & 0xe000 != 0 { address &= ~(bytes - 1) }
    } else if word & 0x3a00_0000 == 0x2800_0000 {
      let scale = word.bit(26) ? 2 + size : 2 + size >> 1
      if word.bits(24, 23) != 1 { offset = extended(UInt64(word >> 15), 7) << scale }
    } else {
      let scale: UInt64 = word.bit(26) && word.bit(23) && size == 0 ? 4 : size
      if word.bit(24) {
        offset = UInt64(word.bits(21, 10)) << scale
      } else if word.bit(21) {
        let option = word.bits(15, 13)
        var index = extended(r >> 32, 12)
        if r & 0x0e00_0000_0000 == 0 {
          index = value()
        } else if option == 2 {
          index = (next() << 32) | (index & 0xfff)
        } else if option == 6 {
          index = (next() << 32) | (index & 0xffff_ffff)
        }
        if rm == 31 { index = 0 } else { x[rm] = index }
        offset = option == 2 ? index & 0xffff_ffff : option == 6 ? extended(index, 32) : index
        if word.bit(12) { offset <<= scale }
      } else if word.bits(11, 10) != 1 {
        offset = extended(UInt64(word >> 12), 9)
      }
    }
    x[rn] = address &- offset
  }
}
