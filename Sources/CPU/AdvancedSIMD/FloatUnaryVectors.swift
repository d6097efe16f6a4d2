/// Floating-point operations on one vector (Arm DDI 0487, C4.1.96.20) and their scalar forms.
///
/// `size` 2 is single, 3 double precision; `low4` is the number of lanes, `rm` an `FPRounding` where one
/// is named, `high8` the number of fraction bits of a fixed-point conversion.
enum FloatUnaryOp: UInt8, Sendable {
  case abs, neg, sqrt, rint, rintx, rinti
  case recpe, rsqrte, recpx
  case toSigned, toUnsigned, fromSigned, fromUnsigned
  case cmgtZero, cmgeZero, cmeqZero, cmleZero, cmltZero
  case urecpe, ursqrte
}

@inline(__always)
private func unary<L: FPLane>(
  _ operation: FloatUnaryOp, _ u: MicroOp, _ a: L, _ control: FPControl, _ status: inout UInt32
) -> L {
  let rounding = unsafeBitCast(u.rm, to: FPRounding.self)
  let width = L.bitWidth
  switch operation {
  case .abs: return a & ~L.signMask
  case .neg: return a ^ L.signMask
  case .sqrt: return FP.squareRoot(a, control, &status)
  case .rint: return FP.roundToIntegral(a, rounding, exact: false, control, &status)
  case .rintx: return FP.roundToIntegral(a, control.rounding, exact: true, control, &status)
  case .rinti: return FP.roundToIntegral(a, control.rounding, exact: false, control, &status)
  case .recpe: return FP.reciprocalEstimate(a, control, &status)
  case .rsqrte: return FP.reciprocalSquareRootEstimate(a, control, &status)
  case .recpx: return FP.reciprocalExponent(a, control, &status)
  case .toSigned:
    let value = FP.toFixed(
      a, fractionBits: u.high8, unsigned: false, width: width, rounding, control, &status)
    return L(wide: value)
  case .toUnsigned:
    let value = FP.toFixed(
      a, fractionBits: u.high8, unsigned: true, width: width, rounding, control, &status)
    return L(wide: value)
  case .fromSigned:
    let value = UInt64(bitPattern: signed(a.wide, width == 32 ? 2 : 3))
    return FP.fromFixed(value, fractionBits: u.high8, unsigned: false, as: L.self, control, &status)
  case .fromUnsigned:
    return FP.fromFixed(a.wide, fractionBits: u.high8, unsigned: true, as: L.self, control, &status)
  case .cmgtZero:
    return FP.compare(a, 0, signalsQuietNaNs: true, control, &status) == .greater ? ~0 : 0
  case .cmgeZero:
    let order = FP.compare(a, 0, signalsQuietNaNs: true, control, &status)
    return order == .greater || order == .equal ? ~0 : 0
  case .cmeqZero:
    return FP.compare(a, 0, signalsQuietNaNs: false, control, &status) == .equal ? ~0 : 0
  case .cmleZero:
    let order = FP.compare(a, 0, signalsQuietNaNs: true, control, &status)
    return order == .less || order == .equal ? ~0 : 0
  case .cmltZero:
    return FP.compare(a, 0, signalsQuietNaNs: true, control, &status) == .less ? ~0 : 0
  case .urecpe:
    return L(wide: UInt64(unsignedReciprocalEstimate(UInt32(truncatingIfNeeded: a))))
  case .ursqrte:
    return L(wide: UInt64(unsignedReciprocalSquareRootEstimate(UInt32(truncatingIfNeeded: a))))
  }
}

@inline(never)
func executeFloatUnary(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatUnaryOp.self)
  let control = FPControl(r)
  var status = r.status
  let v = r.pair(u.rn)
  var result = VectorPair()
  if u.size == 2 {
    for index in 0..<u.low4 {
      let value = unary(operation, u, v.element(index, as: UInt32.self), control, &status)
      result.fill(index, element: value)
    }
  } else {
    for index in 0..<u.low4 {
      let value = unary(operation, u, v.element(index, as: UInt64.self), control, &status)
      result.fill(index, element: value)
    }
  }
  r.status = status
  r.setPair(u.rd, result)
}

/// Conversions between precisions: the upper half of the narrow register when Q is set.
enum FloatPrecisionOp: UInt8, Sendable {
  case halfToSingle, singleToDouble, singleToHalf, doubleToSingle, doubleToSingleOdd
}

/// `low4`: the number of lanes.
@inline(never)
func executeFloatPrecision(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatPrecisionOp.self)
  let control = FPControl(r)
  var status = r.status
  let narrow = VectorPair(r.half(u.rn, u.part))
  let wide = r.pair(u.rn)
  var result = VectorPair()
  for index in 0..<u.low4 {
    switch operation {
    case .halfToSingle:
      let half = UInt16(truncatingIfNeeded: narrow.lane(index, 1))
      result.fill(index, element: FP.fromHalf(half, as: UInt32.self, control, &status))
    case .singleToDouble:
      result.fill(index, element: FP.widen(narrow.element(index, as: UInt32.self), control, &status))
    case .singleToHalf:
      let half = FP.toHalf(wide.element(index, as: UInt32.self), control, &status)
      result.fill(index, 1, UInt64(half))
    case .doubleToSingle:
      result.fill(index, element: FP.narrow(wide.element(index, as: UInt64.self), control, &status))
    case .doubleToSingleOdd:
      result.fill(index, element: FP.narrowToOdd(wide.element(index, as: UInt64.self), control, &status))
    }
  }
  r.status = status
  if operation == .halfToSingle || operation == .singleToDouble {
    r.setPair(u.rd, result)
  } else {
    r.setNarrow(u, result.low)
  }
}
