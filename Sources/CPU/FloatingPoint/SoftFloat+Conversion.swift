extension SoftFloat {
  /// The integer part of a finite magnitude and, in units of 2^-64, the rest; the integer must fit.
  @inline(__always)
  private static func split(_ significand: UInt64, exponent: Int) -> (integer: UInt64, rest: UInt64) {
    let shift = 63 &- exponent
    if shift <= 0 { return (significand, 0) }
    if shift >= 64 { return (0, shiftRightSticky(significand, shift &- 64)) }
    let count = UInt64(truncatingIfNeeded: shift)
    return (significand &>> count, significand &<< (64 &- count))
  }

  /// FPRoundInt; sets IXC only when `exact`.
  @inline(never)
  static func roundToIntegral(
    _ a: UInt64, _ rounding: FPRounding, exact: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN { return processNaN(x.kind, a, format, control, &status) }
    if x.isInfinity { return format.infinity(x.sign) }
    if x.isZero { return format.zero(x.sign) }
    if x.exponent >= format.fractionBits { return a }
    var (integer, rest) = split(x.significand, exponent: x.exponent)
    if roundsUp(rounding, sign: x.sign, odd: integer & 1 != 0, rest: rest) { integer &+= 1 }
    if rest != 0 && exact { status |= FPStatus.inexact }
    if integer == 0 { return format.zero(x.sign) }
    let leading = integer.leadingZeroBitCount
    return round(
      sign: x.sign, exponent: 63 &- leading, significand: integer &<< UInt64(truncatingIfNeeded: leading),
      format, .zero, control, &status)
  }

  /// FPToFixed: an integer of `width` (32 or 64) bits, with `fractionBits` of them after the point.
  @inline(never)
  static func toFixed(
    _ a: UInt64, fractionBits: Int, unsigned: Bool, width: Int, _ rounding: FPRounding,
    _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN {
      status |= FPStatus.invalidOperation
      return 0
    }
    if x.isZero { return 0 }
    let ones: UInt64 = width == 64 ? ~0 : 0xffff_ffff
    // The largest magnitudes of the destination: with and without a sign.
    let limit: UInt64 = unsigned ? (x.sign ? 0 : ones) : (ones &>> 1) &+ (x.sign ? 1 : 0)
    let exponent = x.exponent &+ fractionBits
    if x.isInfinity || exponent > 63 {
      status |= FPStatus.invalidOperation
      return (x.sign ? 0 &- limit : limit) & ones
    }
    var (integer, rest) = split(x.significand, exponent: exponent)
    if roundsUp(rounding, sign: x.sign, odd: integer & 1 != 0, rest: rest) { integer &+= 1 }
    if integer > limit {
      status |= FPStatus.invalidOperation
      integer = limit
    } else if rest != 0 {
      status |= FPStatus.inexact
    }
    return (x.sign ? 0 &- integer : integer) & ones
  }

  /// FixedToFP: `value` is a 64-bit integer, sign- or zero-extended from the source's width.
  @inline(never)
  static func fromFixed(
    _ value: UInt64, fractionBits: Int, unsigned: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    if value == 0 { return 0 }
    let sign = !unsigned && value &>> 63 != 0
    let magnitude = sign ? 0 &- value : value
    let leading = magnitude.leadingZeroBitCount
    return round(
      sign: sign, exponent: 63 &- leading &- fractionBits,
      significand: magnitude &<< UInt64(truncatingIfNeeded: leading), format, control, &status)
  }

  /// FPConvert between formats; FCVTXN passes `rounding` odd, everything else that of FPCR.
  @inline(never)
  static func convert(
    _ a: UInt64, from source: FPFormat, to target: FPFormat, _ rounding: FPRounding,
    _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, source, control, &status)
    let toAlternative = target.isHalf && control.usesAlternativeHalf
    switch x.kind {
    case .quietNaN, .signallingNaN:
      if x.kind == .signallingNaN || toAlternative { status |= FPStatus.invalidOperation }
      if toAlternative { return target.zero(x.sign) }
      if control.usesDefaultNaN { return target.defaultNaN }
      return convertNaN(a, x.sign, from: source, to: target)
    case .infinity:
      if toAlternative {
        status |= FPStatus.invalidOperation
        return target.pack(x.sign, target.specialExponent, ~0)
      }
      return target.infinity(x.sign)
    case .zero:
      return target.zero(x.sign)
    case .finite:
      return round(
        sign: x.sign, exponent: x.exponent, significand: x.significand, target, rounding, control, &status)
    }
  }

  /// FPConvertNaN: the payload keeps its top bits.
  @inline(__always)
  private static func convertNaN(
    _ a: UInt64, _ sign: Bool, from source: FPFormat, to target: FPFormat
  ) -> UInt64 {
    let fraction = a & source.fractionMask
    let difference = target.fractionBits &- source.fractionBits
    let count = UInt64(truncatingIfNeeded: difference < 0 ? 0 &- difference : difference)
    let moved = difference < 0 ? fraction &>> count : fraction &<< count
    return target.pack(sign, target.specialExponent, moved | target.quietBit)
  }
}
