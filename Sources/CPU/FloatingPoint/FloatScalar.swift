/// Scalar floating-point with one and two sources (Arm DDI 0487, C4.1.96.32 and .36). Bit 0 of the
/// operation chooses double precision.
enum FloatScalarOp: UInt8, Sendable {
  case addS, addD, subS, subD, mulS, mulD, divS, divD, nmulS, nmulD
  case maxS, maxD, minS, minD, maxnmS, maxnmD, minnmS, minnmD
  case movS, movD, absS, absD, negS, negD, sqrtS, sqrtD
  /// FCSEL; `low4` is the condition.
  case cselS, cselD
}

extension UnsafeMutablePointer where Pointee == UInt64 {
  /// ConditionHolds
  @inline(__always)
  func holds(_ condition: Int) -> Bool {
    let n = self[Slot.flagN] &>> 63 != 0
    let z = self[Slot.flagZ] == 0
    let c = self[Slot.flagC] != 0
    let v = self[Slot.flagV] != 0
    let result: Bool
    switch condition &>> 1 {
    case 0: result = z
    case 1: result = c
    case 2: result = n
    case 3: result = v
    case 4: result = c && !z
    case 5: result = n == v
    case 6: result = n == v && !z
    default: return true
    }
    return result != (condition & 1 != 0)
  }
}

@inline(never)
func executeFloatScalar(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatScalarOp.self)
  let control = FPControl(r)
  var status = r.status
  let a = r.d(u.rn)
  let b = r.d(u.rm)
  let s = UInt32(truncatingIfNeeded: a)
  let t = UInt32(truncatingIfNeeded: b)
  let sign32 = UInt32.signMask
  let sign64 = UInt64.signMask
  switch operation {
  case .addS: r.setS(u.rd, FP.add(s, t, control, &status))
  case .addD: r.setD(u.rd, FP.add(a, b, control, &status))
  case .subS: r.setS(u.rd, FP.subtract(s, t, control, &status))
  case .subD: r.setD(u.rd, FP.subtract(a, b, control, &status))
  case .mulS: r.setS(u.rd, FP.multiply(s, t, control, &status))
  case .mulD: r.setD(u.rd, FP.multiply(a, b, control, &status))
  case .divS: r.setS(u.rd, FP.divide(s, t, control, &status))
  case .divD: r.setD(u.rd, FP.divide(a, b, control, &status))
  case .nmulS: r.setS(u.rd, FP.multiply(s, t, control, &status) ^ sign32)
  case .nmulD: r.setD(u.rd, FP.multiply(a, b, control, &status) ^ sign64)
  case .maxS: r.setS(u.rd, FP.select(s, t, larger: true, prefersNumbers: false, control, &status))
  case .maxD: r.setD(u.rd, FP.select(a, b, larger: true, prefersNumbers: false, control, &status))
  case .minS: r.setS(u.rd, FP.select(s, t, larger: false, prefersNumbers: false, control, &status))
  case .minD: r.setD(u.rd, FP.select(a, b, larger: false, prefersNumbers: false, control, &status))
  case .maxnmS: r.setS(u.rd, FP.select(s, t, larger: true, prefersNumbers: true, control, &status))
  case .maxnmD: r.setD(u.rd, FP.select(a, b, larger: true, prefersNumbers: true, control, &status))
  case .minnmS: r.setS(u.rd, FP.select(s, t, larger: false, prefersNumbers: true, control, &status))
  case .minnmD: r.setD(u.rd, FP.select(a, b, larger: false, prefersNumbers: true, control, &status))
  case .movS: r.setS(u.rd, s)
  case .movD: r.setD(u.rd, a)
  case .absS: r.setS(u.rd, s & ~sign32)
  case .absD: r.setD(u.rd, a & ~sign64)
  case .negS: r.setS(u.rd, s ^ sign32)
  case .negD: r.setD(u.rd, a ^ sign64)
  case .sqrtS: r.setS(u.rd, FP.squareRoot(s, control, &status))
  case .sqrtD: r.setD(u.rd, FP.squareRoot(a, control, &status))
  case .cselS: r.setS(u.rd, r.holds(u.low4) ? s : t)
  case .cselD: r.setD(u.rd, r.holds(u.low4) ? a : b)
  }
  r.status = status
}

/// FMADD, FMSUB, FNMADD, FNMSUB (C4.1.96.38). Bit 0 double precision, bit 1 negates Vn, bit 2 the addend;
/// `high8` is Ra.
@inline(never)
func executeFloatFused(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let control = FPControl(r)
  var status = r.status
  let a = r.d(u.rn)
  let b = r.d(u.rm)
  let c = r.d(u.high8Register)
  let negatesProduct = u.vectorOperation & 2 != 0
  let negatesAddend = u.vectorOperation & 4 != 0
  if u.vectorOperation & 1 != 0 {
    let x = negatesProduct ? a ^ UInt64.signMask : a
    let z = negatesAddend ? c ^ UInt64.signMask : c
    r.setD(u.rd, FP.multiplyAdd(z, x, b, control, &status))
  } else {
    let s = UInt32(truncatingIfNeeded: a)
    let t = UInt32(truncatingIfNeeded: c)
    let x = negatesProduct ? s ^ UInt32.signMask : s
    let z = negatesAddend ? t ^ UInt32.signMask : t
    r.setS(u.rd, FP.multiplyAdd(z, x, UInt32(truncatingIfNeeded: b), control, &status))
  }
  r.status = status
}

/// FCMP, FCMPE, FCCMP, FCCMPE. Bit 0 double precision, bit 1 signals quiet NaNs, bit 2 compares with zero,
/// bit 3 is conditional: `low4` the condition, `high8` the flags otherwise.
@inline(never)
func executeFloatCompare(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.vectorOperation
  if operation & 8 != 0 && !r.holds(u.low4) {
    r.setNZCV(UInt64(truncatingIfNeeded: u.high8 & 15) &<< 28)
    return
  }
  let control = FPControl(r)
  var status = r.status
  let a = r.d(u.rn)
  let b = operation & 4 != 0 ? 0 : r.d(u.rm)
  let signals = operation & 2 != 0
  let order: FPOrder
  if operation & 1 != 0 {
    order = FP.compare(a, b, signalsQuietNaNs: signals, control, &status)
  } else {
    order = FP.compare(
      UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b), signalsQuietNaNs: signals, control,
      &status)
  }
  r.status = status
  r.setNZCV(order.nzcv)
}

/// Conversions of scalars between formats, and to and from general registers (C4.1.96.30, .31).
enum FloatConvertOp: UInt8, Sendable {
  case singleToDouble, doubleToSingle, singleToHalf, halfToSingle, doubleToHalf, halfToDouble
  /// `low4`: bit 0 unsigned, bit 1 a 64-bit general register. `high8`: fraction bits. `rm`: the rounding.
  case singleToGeneral, doubleToGeneral, generalToSingle, generalToDouble
  /// FMOV
  case moveToW, moveToX, moveFromW, moveFromX, moveTopToX, moveTopFromX
}

@inline(never)
func executeFloatConvert(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatConvertOp.self)
  switch operation {
  case .moveToW:
    r.setX(u.rd, UInt64(r.s(u.rn)))
    return
  case .moveToX:
    r.setX(u.rd, r.d(u.rn))
    return
  case .moveFromW:
    r.setD(u.rd, r.x(u.rn) & 0xffff_ffff)
    return
  case .moveFromX:
    r.setD(u.rd, r.x(u.rn))
    return
  case .moveTopToX:
    r.setX(u.rd, r.half(u.rn, 1))
    return
  case .moveTopFromX:
    r.setLane(u.rd, 1, 3, r.x(u.rn))
    return
  default:
    break
  }
  let control = FPControl(r)
  var status = r.status
  let isUnsigned = u.low4 & 1 != 0
  let width = u.low4 & 2 != 0 ? 64 : 32
  let rounding = unsafeBitCast(u.rm, to: FPRounding.self)
  switch operation {
  case .singleToDouble: r.setD(u.rd, FP.widen(r.s(u.rn), control, &status))
  case .doubleToSingle: r.setS(u.rd, FP.narrow(r.d(u.rn), control, &status))
  case .singleToHalf: r.setD(u.rd, UInt64(FP.toHalf(r.s(u.rn), control, &status)))
  case .doubleToHalf: r.setD(u.rd, UInt64(FP.toHalf(r.d(u.rn), control, &status)))
  case .halfToSingle: r.setS(u.rd, FP.fromHalf(r.h(u.rn), as: UInt32.self, control, &status))
  case .halfToDouble: r.setD(u.rd, FP.fromHalf(r.h(u.rn), as: UInt64.self, control, &status))
  case .singleToGeneral:
    let value = FP.toFixed(
      r.s(u.rn), fractionBits: u.high8, unsigned: isUnsigned, width: width, rounding, control, &status)
    r.setX(u.rd, value)
  case .doubleToGeneral:
    let value = FP.toFixed(
      r.d(u.rn), fractionBits: u.high8, unsigned: isUnsigned, width: width, rounding, control, &status)
    r.setX(u.rd, value)
  case .generalToSingle:
    let value = general(r.x(u.rn), width: width, unsigned: isUnsigned)
    let result = FP.fromFixed(
      value, fractionBits: u.high8, unsigned: isUnsigned, as: UInt32.self, control, &status)
    r.setS(u.rd, result)
  case .generalToDouble:
    let value = general(r.x(u.rn), width: width, unsigned: isUnsigned)
    let result = FP.fromFixed(
      value, fractionBits: u.high8, unsigned: isUnsigned, as: UInt64.self, control, &status)
    r.setD(u.rd, result)
  default:
    break
  }
  r.status = status
}

/// A general register's value extended to 64 bits.
@inline(__always)
private func general(_ value: UInt64, width: Int, unsigned: Bool) -> UInt64 {
  if width == 64 { return value }
  let low = UInt32(truncatingIfNeeded: value)
  return unsigned ? UInt64(low) : UInt64(bitPattern: Int64(Int32(bitPattern: low)))
}
