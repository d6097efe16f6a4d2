/// RecipEstimate: `a` in 256..<512 stands for 0.5..<1; the result in 256..<512 for 1..<2.
@inline(__always)
func reciprocalEstimate(_ a: UInt32) -> UInt32 {
  let divisor = (a &<< 1) | 1
  let quotient = (1 &<< 19) / (divisor | 1)
  return (quotient &+ 1) &>> 1
}

/// RecipSqrtEstimate: `a` in 128..<512 stands for 0.25..<1; the result in 256..<512 for 1..<2.
@inline(__always)
func reciprocalSquareRootEstimate(_ a: UInt32) -> UInt32 {
  let scaled: UInt32 = a < 256 ? (a &<< 1) &+ 1 : ((a & ~1) &+ 1) &<< 1
  var b: UInt32 = 512
  while b < 1024 && scaled &* (b &+ 1) &* (b &+ 1) < (1 &<< 28) { b &+= 1 }
  return (b &+ 1) &>> 1
}

/// UnsignedRecipEstimate
@inline(__always)
func unsignedReciprocalEstimate(_ value: UInt32) -> UInt32 {
  if value &>> 31 == 0 { return ~0 }
  return reciprocalEstimate(value &>> 23) &<< 23
}

/// UnsignedRSqrtEstimate
@inline(__always)
func unsignedReciprocalSquareRootEstimate(_ value: UInt32) -> UInt32 {
  if value &>> 30 == 0 { return ~0 }
  return reciprocalSquareRootEstimate(value &>> 23) &<< 23
}

extension SoftFloat {
  /// The exponent field and, left-aligned below bit 52, the fraction.
  @inline(__always)
  private static func fields(_ a: UInt64, _ format: FPFormat) -> (exponent: Int, fraction: UInt64) {
    let exponent = Int(truncatingIfNeeded: a &>> UInt64(truncatingIfNeeded: format.fractionBits))
      & format.specialExponent
    let fraction = (a & format.fractionMask) &<< UInt64(truncatingIfNeeded: 52 &- format.fractionBits)
    return (exponent, fraction)
  }

  @inline(__always)
  private static func pack(
    _ sign: Bool, _ exponent: Int, fraction52: UInt64, _ format: FPFormat
  ) -> UInt64 {
    format.pack(sign, exponent, fraction52 &>> UInt64(truncatingIfNeeded: 52 &- format.fractionBits))
  }

  /// FPRecipEstimate
  @inline(never)
  static func reciprocalEstimate(
    _ a: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN { return processNaN(x.kind, a, format, control, &status) }
    if x.isInfinity { return format.zero(x.sign) }
    if x.isZero {
      status |= FPStatus.divideByZero
      return format.infinity(x.sign)
    }
    // Below 2^-128 (single) or 2^-1024 (double) the reciprocal overflows.
    if x.exponent < 0 &- format.bias &- 1 {
      status |= FPStatus.overflow | FPStatus.inexact
      let toInfinity: Bool
      switch control.rounding {
      case .plusInfinity: toInfinity = !x.sign
      case .minusInfinity: toInfinity = x.sign
      case .zero: toInfinity = false
      default: toInfinity = true
      }
      return toInfinity ? format.infinity(x.sign) : format.maxNormal(x.sign)
    }
    // From 2^126 or 2^1022 up it would be denormal.
    if control.flushesToZero && x.exponent >= format.bias &- 1 {
      status |= FPStatus.underflow
      return format.zero(x.sign)
    }
    var (exponent, fraction) = fields(a, format)
    let top: UInt64 = 1 &<< 51
    if exponent == 0 {
      if fraction & top == 0 {
        exponent = -1
        fraction = fraction &<< 2
      } else {
        fraction = fraction &<< 1
      }
      fraction &= (1 &<< 52) &- 1
    }
    let scaled = 256 | (UInt32(truncatingIfNeeded: fraction &>> 44) & 255)
    let estimate = UInt64(CPU.reciprocalEstimate(scaled) & 255)
    var resultExponent = 2 &* format.bias &- 1 &- exponent
    var result = estimate &<< 44
    if resultExponent == 0 {
      result = top | (result &>> 1)
    } else if resultExponent == -1 {
      result = (1 &<< 50) | (result &>> 2)
      resultExponent = 0
    }
    return pack(x.sign, resultExponent, fraction52: result, format)
  }

  /// FPRSqrtEstimate
  @inline(never)
  static func reciprocalSquareRootEstimate(
    _ a: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN { return processNaN(x.kind, a, format, control, &status) }
    if x.isZero {
      status |= FPStatus.divideByZero
      return format.infinity(x.sign)
    }
    if x.sign { return invalid(format, &status) }
    if x.isInfinity { return format.zero(false) }
    // Normalised, so that denormals need no case of their own.
    let exponent = x.exponent &+ format.bias
    let top = UInt32(truncatingIfNeeded: x.significand &>> 55) & 511
    let scaled = exponent & 1 == 0 ? top : top &>> 1
    let estimate = UInt64(CPU.reciprocalSquareRootEstimate(scaled) & 255)
    let resultExponent = (3 &* format.bias &- 1 &- exponent) &>> 1
    return pack(false, resultExponent, fraction52: estimate &<< 44, format)
  }

  /// FPRecpX: the exponent inverted, the fraction cleared.
  @inline(never)
  static func reciprocalExponent(
    _ a: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN { return processNaN(x.kind, a, format, control, &status) }
    let (exponent, _) = fields(a, format)
    let inverted = exponent == 0 ? format.specialExponent &- 1 : ~exponent & format.specialExponent
    return format.pack(x.sign, inverted, 0)
  }
}
