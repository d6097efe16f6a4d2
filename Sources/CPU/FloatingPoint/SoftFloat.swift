/// Floating-point arithmetic in integers, operation by operation as the shared pseudocode of the Arm ARM
/// states it (Arm DDI 0487, J1.3 "shared/functions/float"), for any `FPFormat`.
///
/// Bit patterns come in and go out right-aligned in 64 bits. Cumulative exception bits are ORed into
/// `status` (an FPSR image). Nothing here looks at the host's floating-point environment.
enum SoftFloat {
  // MARK: Taking apart

  /// FPUnpack. Denormals are zeros under FPCR.FZ, except in half precision, where v8.0 has no flushing.
  @inline(__always)
  static func unpack(
    _ bits: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> FPNumber {
    let sign = format.signOf(bits)
    let fraction = bits & format.fractionMask
    let field = Int(truncatingIfNeeded: bits &>> UInt64(truncatingIfNeeded: format.fractionBits))
      & format.specialExponent
    if field == 0 {
      if fraction == 0 { return FPNumber(kind: .zero, sign: sign) }
      if control.flushesToZero && !format.isHalf {
        status |= FPStatus.inputDenormal
        return FPNumber(kind: .zero, sign: sign)
      }
      let leading = fraction.leadingZeroBitCount
      let exponent = 63 &- leading &- format.fractionBits &+ 1 &- format.bias
      return FPNumber(
        kind: .finite, sign: sign, exponent: exponent,
        significand: fraction &<< UInt64(truncatingIfNeeded: leading))
    }
    if field == format.specialExponent && !(format.isHalf && control.usesAlternativeHalf) {
      if fraction == 0 { return FPNumber(kind: .infinity, sign: sign) }
      return FPNumber(kind: fraction & format.quietBit != 0 ? .quietNaN : .signallingNaN, sign: sign)
    }
    let shift = UInt64(truncatingIfNeeded: 63 &- format.fractionBits)
    return FPNumber(
      kind: .finite, sign: sign, exponent: field &- format.bias,
      significand: (1 &<< 63) | (fraction &<< shift))
  }

  // MARK: Putting together

  /// Whether `rest`/2^64 of a unit in the last place, dropped, must be made up by adding one such unit.
  @inline(__always)
  static func roundsUp(_ rounding: FPRounding, sign: Bool, odd: Bool, rest: UInt64) -> Bool {
    let half: UInt64 = 1 &<< 63
    switch rounding {
    case .tieEven: return rest > half || (rest == half && odd)
    case .plusInfinity: return rest != 0 && !sign
    case .minusInfinity: return rest != 0 && sign
    case .tieAway: return rest >= half
    case .zero, .odd: return false
    }
  }

  /// FPRound: ±`significand` × 2^(`exponent` − 63), with bit 63 set and bit 0 sticky, in `format`.
  ///
  /// Tininess is detected before rounding. Under FPCR.FZ a tiny result is zero and sets only UFC.
  @inline(__always)
  static func round(
    sign: Bool, exponent: Int, significand: UInt64, _ format: FPFormat,
    _ rounding: FPRounding, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let minimum = 1 &- format.bias
    if exponent < minimum && control.flushesToZero && !format.isHalf {
      status |= FPStatus.underflow
      return format.zero(sign)
    }
    var biased = exponent &- minimum &+ 1
    var scaled = significand
    if biased <= 0 {
      scaled = shiftRightSticky(significand, 1 &- biased)
      biased = 0
    }
    let dropped = UInt64(truncatingIfNeeded: 63 &- format.fractionBits)
    var mantissa = scaled &>> dropped
    let rest = scaled &<< (64 &- dropped)
    var inexact = rest != 0
    if biased == 0 && inexact { status |= FPStatus.underflow }

    let implicit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: format.fractionBits)
    if roundsUp(rounding, sign: sign, odd: mantissa & 1 != 0, rest: rest) {
      mantissa &+= 1
      if mantissa == implicit &<< 1 {
        mantissa = implicit
        biased &+= 1
      }
    }
    if biased == 0 && mantissa == implicit { biased = 1 }
    if inexact && rounding == .odd { mantissa |= 1 }

    if format.isHalf && control.usesAlternativeHalf {
      if biased > format.specialExponent {
        status |= FPStatus.invalidOperation
        return format.pack(sign, format.specialExponent, ~0)
      }
    } else if biased >= format.specialExponent {
      status |= FPStatus.overflow | FPStatus.inexact
      let toInfinity: Bool
      switch rounding {
      case .plusInfinity: toInfinity = !sign
      case .minusInfinity: toInfinity = sign
      case .zero, .odd: toInfinity = false
      case .tieEven, .tieAway: toInfinity = true
      }
      inexact = true
      return toInfinity ? format.infinity(sign) : format.maxNormal(sign)
    }
    if inexact { status |= FPStatus.inexact }
    return format.pack(sign, biased, mantissa)
  }

  /// FPRound with the rounding mode of FPCR.
  @inline(__always)
  static func round(
    sign: Bool, exponent: Int, significand: UInt64, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    round(
      sign: sign, exponent: exponent, significand: significand, format, control.rounding, control, &status)
  }

  // MARK: NaNs

  /// FPProcessNaN
  @inline(__always)
  static func processNaN(
    _ kind: FPNumber.Kind, _ bits: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    var result = bits
    if kind == .signallingNaN {
      result |= format.quietBit
      status |= FPStatus.invalidOperation
    }
    return control.usesDefaultNaN ? format.defaultNaN : result
  }

  /// FPProcessNaNs: a signalling NaN before a quiet one, the first operand before the second.
  @inline(__always)
  static func processNaNs(
    _ x: FPNumber.Kind, _ y: FPNumber.Kind, _ a: UInt64, _ b: UInt64, _ format: FPFormat,
    _ control: FPControl, _ status: inout UInt32
  ) -> UInt64? {
    if x == .signallingNaN { return processNaN(x, a, format, control, &status) }
    if y == .signallingNaN { return processNaN(y, b, format, control, &status) }
    if x == .quietNaN { return processNaN(x, a, format, control, &status) }
    if y == .quietNaN { return processNaN(y, b, format, control, &status) }
    return nil
  }

  /// The invalid operation that makes a NaN out of numbers.
  @inline(__always)
  static func invalid(_ format: FPFormat, _ status: inout UInt32) -> UInt64 {
    status |= FPStatus.invalidOperation
    return format.defaultNaN
  }

  /// The sign of an exact zero sum.
  @inline(__always)
  static func zeroSum(_ format: FPFormat, _ control: FPControl) -> UInt64 {
    format.zero(control.rounding == .minusInfinity)
  }
}
