/// An IEEE 754 interchange format, of at most 64 bits, held right-aligned in 64.
struct FPFormat: Sendable, Equatable {
  let exponentBits: Int
  let fractionBits: Int

  @inline(__always) static var half: FPFormat { FPFormat(exponentBits: 5, fractionBits: 10) }
  @inline(__always) static var single: FPFormat { FPFormat(exponentBits: 8, fractionBits: 23) }
  @inline(__always) static var double: FPFormat { FPFormat(exponentBits: 11, fractionBits: 52) }

  @inline(__always) var isHalf: Bool { exponentBits == 5 }
  @inline(__always) var bias: Int { (1 &<< (exponentBits &- 1)) &- 1 }
  /// The all-ones exponent field.
  @inline(__always) var specialExponent: Int { (1 &<< exponentBits) &- 1 }
  @inline(__always) var signShift: Int { exponentBits &+ fractionBits }
  @inline(__always) var signMask: UInt64 { 1 &<< UInt64(truncatingIfNeeded: signShift) }
  @inline(__always) var fractionMask: UInt64 { (1 &<< UInt64(truncatingIfNeeded: fractionBits)) &- 1 }
  @inline(__always) var quietBit: UInt64 { 1 &<< UInt64(truncatingIfNeeded: fractionBits &- 1) }

  @inline(__always)
  func signOf(_ bits: UInt64) -> Bool { bits & signMask != 0 }

  @inline(__always)
  func pack(_ sign: Bool, _ exponent: Int, _ fraction: UInt64) -> UInt64 {
    let high = (sign ? signMask : 0)
    return high | (UInt64(truncatingIfNeeded: exponent) &<< UInt64(truncatingIfNeeded: fractionBits))
      | (fraction & fractionMask)
  }

  /// FPZero
  @inline(__always) func zero(_ sign: Bool) -> UInt64 { sign ? signMask : 0 }
  /// FPInfinity
  @inline(__always) func infinity(_ sign: Bool) -> UInt64 { pack(sign, specialExponent, 0) }
  /// FPMaxNormal
  @inline(__always) func maxNormal(_ sign: Bool) -> UInt64 { pack(sign, specialExponent &- 1, ~0) }
  /// FPTwo
  @inline(__always) func two(_ sign: Bool) -> UInt64 { pack(sign, bias &+ 1, 0) }
  /// FPOnePointFive
  @inline(__always) func onePointFive(_ sign: Bool) -> UInt64 { pack(sign, bias, quietBit) }
  /// FPDefaultNaN
  @inline(__always) var defaultNaN: UInt64 { pack(false, specialExponent, quietBit) }
}

/// A floating-point datum taken apart by `SoftFloat.unpack` (the pseudocode's FPType, sign and value).
struct FPNumber: Sendable {
  /// Ordered so that the two kinds of NaN compare above everything else.
  enum Kind: UInt8, Sendable { case zero, finite, infinity, quietNaN, signallingNaN }

  var kind: Kind
  var sign: Bool
  /// For `finite`: the value is ±`significand` × 2^(`exponent` − 63), with bit 63 of the significand set.
  var exponent: Int = 0
  var significand: UInt64 = 0

  @inline(__always) var isNaN: Bool { kind == .quietNaN || kind == .signallingNaN }
  @inline(__always) var isInfinity: Bool { kind == .infinity }
  @inline(__always) var isZero: Bool { kind == .zero }
}

/// `value` shifted right; the lowest bit of the result also stands for everything shifted out ("sticky").
@inline(__always)
func shiftRightSticky(_ value: UInt64, _ count: Int) -> UInt64 {
  if count <= 0 { return value }
  if count > 63 { return value != 0 ? 1 : 0 }
  let shift = UInt64(truncatingIfNeeded: count)
  let lost = value &<< (64 &- shift)
  return (value &>> shift) | (lost != 0 ? 1 : 0)
}

@inline(__always)
func shiftRightSticky(_ value: UInt128, _ count: Int) -> UInt128 {
  if count <= 0 { return value }
  if count > 127 { return value != 0 ? 1 : 0 }
  let shift = UInt128(truncatingIfNeeded: count)
  let lost = value &<< (128 &- shift)
  return (value &>> shift) | (lost != 0 ? 1 : 0)
}
