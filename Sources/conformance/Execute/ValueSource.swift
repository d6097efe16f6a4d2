/// Seeded values that instructions are likely to treat specially.
struct ValueSource {
  var random: SplitMix

  mutating func next() -> UInt64 { random.next() }

  /// A 64-bit integer: zero, ±1, extremes, powers of two and their neighbours, or anything.
  mutating func integer() -> UInt64 {
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
    case 7: return (1 << n) &- 1
    case 8: return ~(1 << n)
    case 9: return 0x8000_0000
    case 10: return 0x7fff_ffff
    case 11: return 0xffff_ffff
    case 12: return next() >> 32
    case 13: return UInt64(bitPattern: Int64(bitPattern: next()) >> 32)
    default: return next()
    }
  }

  /// A floating-point datum with `e` bits of exponent and `f` of fraction: zeros, denormals, infinities,
  /// quiet and signalling NaNs with payloads, numbers near the limits of other formats and of integers.
  mutating func special(_ e: UInt64, _ f: UInt64) -> UInt64 {
    let r = next()
    let m = next()
    let top: UInt64 = (1 << e) - 1
    let bias = top >> 1
    let low2 = (r >> 16) & 3
    let exponent: UInt64
    switch (r >> 8) & 15 {
    case 0: exponent = 0
    case 1: exponent = low2
    case 2: exponent = top
    case 3: exponent = top &- low2
    case 4: exponent = bias &- 1 &+ low2
    case 5: exponent = bias &+ f &- 2 &+ low2
    case 6: exponent = bias &+ 28 &+ ((r >> 16) & 7)
    case 7: exponent = bias &+ 60 &+ ((r >> 16) & 7)
    case 8: exponent = bias &- f &- 2 &+ low2
    case 9: exponent = (bias >> 1) &+ low2
    case 10: exponent = bias &- 1 &+ ((r >> 16) & 31)
    case 11: exponent = bias &+ 14 &+ low2
    case 12: exponent = bias &- 16 &+ low2
    case 13: exponent = bias &- 24 &+ ((r >> 16) & 15)
    case 14: exponent = bias &+ (bias >> 1) &+ low2
    default: exponent = (r >> 16) & top
    }
    let mask: UInt64 = (1 << f) - 1
    let fraction: UInt64
    switch (r >> 32) & 7 {
    case 0: fraction = 0
    case 1: fraction = 1
    case 2: fraction = mask
    case 3: fraction = 1 << (f - 1)
    case 4: fraction = 1 << (m % f)
    case 5: fraction = mask << (m % f)
    case 6: fraction = m & (mask << (f / 2))
    default: fraction = m
    }
    return ((r & 1) << (e + f)) | ((exponent & top) << f) | (fraction & mask)
  }

  /// An ordinary number: exponent within `spread` of the bias.
  private mutating func ordinary(_ e: UInt64, _ f: UInt64, _ spread: UInt64) -> UInt64 {
    let r = next()
    let m = next()
    let bias: UInt64 = (1 << (e - 1)) - 1
    let exponent = bias - spread + (r >> 8) % (2 * spread + 1)
    return ((r & 1) << (e + f)) | (exponent << f) | (m & ((1 << f) - 1))
  }

  private mutating func extreme(_ bits: UInt64) -> UInt64 {
    let r = next()
    let mask: UInt64 = bits == 64 ? ~0 : (1 << bits) - 1
    let value: UInt64
    switch r & 7 {
    case 0: value = 0
    case 1: value = ~0
    case 2: value = 1 << (bits - 1)
    case 3: value = (1 << (bits - 1)) - 1
    case 4: value = 1
    case 5: value = ((r >> 8) & 15) &- 8
    case 6: value = 1 << ((r >> 8) % bits)
    default: value = r >> 5
    }
    return value & mask
  }

  /// Half a vector register of one of 16 flavours.
  mutating func half(_ flavour: UInt64) -> UInt64 {
    var value: UInt64 = 0
    switch flavour {
    case 1: value = special(11, 52)
    case 2: for shift in [0, 32] as [UInt64] { value |= special(8, 23) << shift }
    case 3: for lane in 0..<4 as Range<UInt64> { value |= special(5, 10) << (lane * 16) }
    case 4: value = ordinary(11, 52, 20)
    case 5: for lane in 0..<2 as Range<UInt64> { value |= ordinary(8, 23, 10) << (lane * 32) }
    case 6: for lane in 0..<8 as Range<UInt64> { value |= extreme(8) << (lane * 8) }
    case 7: for lane in 0..<4 as Range<UInt64> { value |= extreme(16) << (lane * 16) }
    case 8: for lane in 0..<2 as Range<UInt64> { value |= extreme(32) << (lane * 32) }
    case 9: value = extreme(64)
    case 10: for lane in 0..<8 as Range<UInt64> { value |= (next() % 40) << (lane * 8) }
    case 11: value = special(11, 52)
    case 12: for lane in 0..<2 as Range<UInt64> { value |= special(8, 23) << (lane * 32) }
    default: value = next()
    }
    return value
  }

  /// Something near `value`: itself, its neighbour, its negative as floating point.
  mutating func near(_ value: UInt64) -> UInt64 {
    let r = next()
    switch r & 7 {
    case 0: return value ^ 1 << 63
    case 1: return value ^ 0x8000_0000_8000_0000
    case 2: return value &+ 1
    case 3: return value ^ 1 << ((r >> 8) & 63)
    default: return value
    }
  }
}
