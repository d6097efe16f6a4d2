/// Shifts by an immediate that keep the lane width (Arm DDI 0487, C4.1.96.26 "shift by immediate").
enum ShiftOp: UInt8, Sendable {
  case sshr, ushr, ssra, usra, srshr, urshr, srsra, ursra
  case shl, sri, sli
  case sqshl, uqshl, sqshlu
}

@inline(__always)
private func each(
  _ size: Int, _ a: Bytes, _ f8: (Bytes) -> Bytes, _ f16: (Halves) -> Halves, _ f32: (Words) -> Words,
  _ f64: (Doublewords) -> Doublewords
) -> Bytes {
  switch size {
  case 0: f8(a)
  case 1: asBytes(f16(asHalves(a)))
  case 2: asBytes(f32(asWords(a)))
  default: asBytes(f64(asDoublewords(a)))
  }
}

/// Shift by `count` in 1...width less one, then by one: the count may thus be the width itself.
@inline(__always)
private func shiftedRight(_ size: Int, _ a: Bytes, _ count: UInt8, signed: Bool, rounding: Bool) -> Bytes {
  let first = count &- 1
  let c8 = first
  let c16 = UInt16(truncatingIfNeeded: first)
  let c32 = UInt32(truncatingIfNeeded: first)
  let c64 = UInt64(truncatingIfNeeded: first)
  if signed {
    let partial = each(
      size, a, { asBytes(asSigned($0) &>> Int8(bitPattern: c8)) },
      { asHalves(asSigned($0) &>> Int16(bitPattern: c16)) },
      { asWords(asSigned($0) &>> Int32(bitPattern: c32)) },
      { asDoublewords(asSigned($0) &>> Int64(bitPattern: c64)) })
    return each(
      size, partial,
      { asBytes(asSigned($0) &>> 1) &+ (rounding ? $0 & 1 : Bytes(repeating: 0)) },
      { asHalves(asSigned($0) &>> 1) &+ (rounding ? $0 & 1 : Halves(repeating: 0)) },
      { asWords(asSigned($0) &>> 1) &+ (rounding ? $0 & 1 : Words(repeating: 0)) },
      { asDoublewords(asSigned($0) &>> 1) &+ (rounding ? $0 & 1 : Doublewords(repeating: 0)) })
  }
  let partial = each(size, a, { $0 &>> c8 }, { $0 &>> c16 }, { $0 &>> c32 }, { $0 &>> c64 })
  return each(
    size, partial, { ($0 &>> 1) &+ (rounding ? $0 & 1 : Bytes(repeating: 0)) },
    { ($0 &>> 1) &+ (rounding ? $0 & 1 : Halves(repeating: 0)) },
    { ($0 &>> 1) &+ (rounding ? $0 & 1 : Words(repeating: 0)) },
    { ($0 &>> 1) &+ (rounding ? $0 & 1 : Doublewords(repeating: 0)) })
}

@inline(__always)
private func shiftedLeft(_ size: Int, _ a: Bytes, _ count: UInt8) -> Bytes {
  let c16 = UInt16(truncatingIfNeeded: count)
  let c32 = UInt32(truncatingIfNeeded: count)
  let c64 = UInt64(truncatingIfNeeded: count)
  return each(size, a, { $0 &<< count }, { $0 &<< c16 }, { $0 &<< c32 }, { $0 &<< c64 })
}

@inline(__always)
private func plus(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(
    size, a, { $0 &+ b }, { $0 &+ asHalves(b) }, { $0 &+ asWords(b) }, { $0 &+ asDoublewords(b) })
}

/// `rm` holds the count: 1...width to the right, 0..<width to the left.
@inline(never)
func executeShiftImmediate(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let size = u.size
  let count = u.rm
  let a = r.bytes(u.rn)
  let result: Bytes
  switch u.operation(as: ShiftOp.self) {
  case .sshr: result = shiftedRight(size, a, count, signed: true, rounding: false)
  case .ushr: result = shiftedRight(size, a, count, signed: false, rounding: false)
  case .ssra:
    result = plus(size, r.bytes(u.rd), shiftedRight(size, a, count, signed: true, rounding: false))
  case .usra:
    result = plus(size, r.bytes(u.rd), shiftedRight(size, a, count, signed: false, rounding: false))
  case .srshr: result = shiftedRight(size, a, count, signed: true, rounding: true)
  case .urshr: result = shiftedRight(size, a, count, signed: false, rounding: true)
  case .srsra:
    result = plus(size, r.bytes(u.rd), shiftedRight(size, a, count, signed: true, rounding: true))
  case .ursra:
    result = plus(size, r.bytes(u.rd), shiftedRight(size, a, count, signed: false, rounding: true))
  case .shl: result = shiftedLeft(size, a, count)
  case .sri:
    let mask = shiftedRight(size, Bytes(repeating: 0xff), count, signed: false, rounding: false)
    let moved = shiftedRight(size, a, count, signed: false, rounding: false)
    result = moved | (r.bytes(u.rd) & ~mask)
  case .sli:
    let mask = shiftedLeft(size, Bytes(repeating: 0xff), count)
    result = shiftedLeft(size, a, count) | (r.bytes(u.rd) & ~mask)
  case .sqshl, .uqshl, .sqshlu:
    saturatingShift(r, u)
    return
  }
  r.setBytes(u.rd, result & u.reach)
}

@inline(__always)
private func saturatingShift(_ r: Regs, _ u: MicroOp) {
  let size = u.size
  let reached = asDoublewords(r.bytes(u.rn) & u.reach)
  let a = VectorPair(reached[0], reached[1])
  let count = Int128(truncatingIfNeeded: u.rm)
  var result = VectorPair()
  var saturated = false
  // Lanes beyond the operand are zero and stay so.
  for index in 0..<(16 &>> size) {
    let lane = a.lane(index, size)
    let value: Int128
    switch u.operation(as: ShiftOp.self) {
    case .sqshl: value = clamp(Int128(signed(lane, size)) &<< count, size, &saturated)
    case .sqshlu: value = clampUnsigned(Int128(signed(lane, size)) &<< count, size, &saturated)
    default: value = clampUnsigned(Int128(truncatingIfNeeded: lane) &<< count, size, &saturated)
    }
    result.fill(index, size, UInt64(truncatingIfNeeded: value))
  }
  if saturated { r.setSaturated() }
  r.setPair(u.rd, result)
}

/// Narrowing with or without a shift, and the long shifts.
enum NarrowingOp: UInt8, Sendable {
  /// XTN and SHRN.
  case truncate
  case rshrn
  /// SQXTN and SQSHRN, UQXTN and UQSHRN, SQXTUN and SQSHRUN.
  case signed, unsigned, signedToUnsigned
  case signedRounding, unsignedRounding, signedToUnsignedRounding
  /// SSHLL and USHLL (SXTL and UXTL when the count is 0), SHLL.
  case sshll, ushll
}

/// `rm` holds the count, `low4` the number of lanes; `size` is that of the narrow lanes.
@inline(never)
func executeNarrowing(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let size = u.size
  let operation = u.operation(as: NarrowingOp.self)
  switch operation {
  case .sshll, .ushll:
    let wide = widened(r.half(u.rn, u.part), size, signed: operation == .sshll)
    r.setBytes(u.rd, shiftedLeft(size &+ 1, wide, u.rm))
    return
  case .truncate:
    let count = UInt64(truncatingIfNeeded: u.rm)
    let words = r.doublewords(u.rn)
    // What a shift moves into a lane from above never reaches its low half.
    let moved = asBytes(Doublewords(words[0] &>> count, words[1] &>> count))
    r.setNarrow(u, narrowed(moved, size))
    return
  default:
    break
  }
  let n = r.pair(u.rn)
  // With a rounding shift the last place is shifted out separately, so that nothing can overflow.
  let rounds = operation == .rshrn || operation.rawValue >= NarrowingOp.signedRounding.rawValue
  let count = UInt64(truncatingIfNeeded: rounds ? u.rm &- 1 : u.rm)
  let signedCount = Int64(truncatingIfNeeded: count)
  let limit = laneMask(size)
  let signedLimit = Int64(bitPattern: limit)
  var result = VectorPair()
  var saturated = false
  for index in 0..<u.low4 {
    let lane = n.lane(index, size &+ 1)
    var positive = lane &>> count
    var value = signed(lane, size &+ 1) &>> signedCount
    if rounds {
      positive = (positive &>> 1) &+ (positive & 1)
      value = (value &>> 1) &+ (value & 1)
    }
    var narrow = UInt64(bitPattern: value)
    switch operation {
    case .signed, .signedRounding:
      let largest = signedLimit &>> 1
      let clamped = min(max(value, ~largest), largest)
      saturated = saturated || clamped != value
      narrow = UInt64(bitPattern: clamped)
    case .unsigned, .unsignedRounding:
      narrow = min(positive, limit)
      saturated = saturated || narrow != positive
    case .signedToUnsigned, .signedToUnsignedRounding:
      let clamped = min(max(value, 0), signedLimit)
      saturated = saturated || clamped != value
      narrow = UInt64(bitPattern: clamped)
    default:
      break
    }
    result.fill(index, size, narrow)
  }
  if saturated { r.setSaturated() }
  r.setNarrow(u, result.low)
}
