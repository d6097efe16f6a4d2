extension FP {
  /// FPRoundInt
  @inline(__always)
  static func roundToIntegral<L: FPLane>(
    _ a: L, _ rounding: FPRounding, exact: Bool, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    L(wide: SoftFloat.roundToIntegral(a.wide, rounding, exact: exact, L.format, control, &status))
  }

  /// FPToFixed into `width` (32 or 64) bits.
  @inline(__always)
  static func toFixed<L: FPLane>(
    _ a: L, fractionBits: Int, unsigned: Bool, width: Int, _ rounding: FPRounding, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    if rounding == .zero && fractionBits == 0 && !control.flushesToZero {
      // Truncation to 32 bits by way of 64, when the value is safely inside.
      let value = L.native(a)
      let limit = L.bound(width: width)
      if value < limit && value > -limit && (!unsigned || a & L.signMask == 0) {
        let integer = L.integer(value)
        if L.native(integer: integer) != value { status |= FPStatus.inexact }
        let bits = UInt64(bitPattern: integer)
        return width == 64 ? bits : bits & 0xffff_ffff
      }
    }
    return SoftFloat.toFixed(
      a.wide, fractionBits: fractionBits, unsigned: unsigned, width: width, rounding, L.format, control,
      &status)
  }

  /// FixedToFP from a value sign- or zero-extended to 64 bits.
  @inline(__always)
  static func fromFixed<L: FPLane>(
    _ value: UInt64, fractionBits: Int, unsigned: Bool, as _: L.Type, _ control: FPControl,
    _ status: inout UInt32
  ) -> L {
    let integer = Int64(bitPattern: value)
    if fractionBits == 0 && (integer >= 0 || !unsigned) {
      // Up to 2^24 every integer is a single, up to 2^53 a double.
      let limit: Int64 = 1 &<< Int64(truncatingIfNeeded: L.format.fractionBits)
      if integer <= limit && integer >= 0 &- limit { return L.bits(L.native(integer: integer)) }
      if control.isHostLike(status) { return L.bits(L.native(integer: integer)) }
    }
    let result = SoftFloat.fromFixed(
      value, fractionBits: fractionBits, unsigned: unsigned, L.format, control, &status)
    return L(wide: result)
  }

  /// FCVT single to double: exact for all numbers.
  @inline(__always)
  static func widen(_ a: UInt32, _ control: FPControl, _ status: inout UInt32) -> UInt64 {
    if a.isUnexceptional || a.isZeroPattern { return Double(Float(bitPattern: a)).bitPattern }
    return SoftFloat.convert(a.wide, from: .single, to: .double, control.rounding, control, &status)
  }

  /// FCVT double to single.
  @inline(__always)
  static func narrow(_ a: UInt64, _ control: FPControl, _ status: inout UInt32) -> UInt32 {
    if control.isHostLike(status) {
      let result = Float(Double(bitPattern: a)).bitPattern
      if result.isUnexceptional || a.isZeroPattern { return result }
    }
    return UInt32(
      truncatingIfNeeded: SoftFloat.convert(
        a, from: .double, to: .single, control.rounding, control, &status))
  }

  /// FCVTXN: double to single, rounding to odd.
  @inline(__always)
  static func narrowToOdd(_ a: UInt64, _ control: FPControl, _ status: inout UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: SoftFloat.convert(a, from: .double, to: .single, .odd, control, &status))
  }

  /// FCVT from half precision.
  @inline(__always)
  static func fromHalf<L: FPLane>(
    _ a: UInt16, as _: L.Type, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    L(
      wide: SoftFloat.convert(
        UInt64(a), from: .half, to: L.format, control.rounding, control, &status))
  }

  /// FCVT to half precision.
  @inline(__always)
  static func toHalf<L: FPLane>(_ a: L, _ control: FPControl, _ status: inout UInt32) -> UInt16 {
    UInt16(
      truncatingIfNeeded: SoftFloat.convert(
        a.wide, from: L.format, to: .half, control.rounding, control, &status))
  }
}
