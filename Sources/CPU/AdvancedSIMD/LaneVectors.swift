/// Operations done lane by lane in general registers: shifts by a register, saturating doubling products
/// and the like, which the host's vectors do not have.
enum LaneOp: UInt8, Sendable {
  case sshl, ushl, srshl, urshl, sqshl, uqshl, sqrshl, uqrshl
  case sqdmulh, sqrdmulh, pmul
  // Of one operand, or of it and the destination.
  case suqadd, usqadd, sqabs, sqneg, cls, clz
}

/// A shift of `value` (of lanes of `size`) by a signed count: left if positive, else right.
@inline(__always)
private func shifted(
  _ value: Int128, by count: Int, _ size: Int, unsigned: Bool, rounding: Bool, saturating: Bool,
  _ saturated: inout Bool
) -> Int128 {
  let bits = 8 &<< size
  if count < 0 {
    let right = 0 &- count
    if right > bits { return rounding || value >= 0 ? 0 : -1 }
    let constant: Int128 = rounding ? 1 &<< Int128(truncatingIfNeeded: right &- 1) : 0
    return (value &+ constant) &>> Int128(truncatingIfNeeded: right)
  }
  if count >= bits {
    if value == 0 || !saturating { return 0 }
    saturated = true
    let limit = Int128(truncatingIfNeeded: unsigned ? laneMask(size) : laneMask(size) &>> 1)
    return value < 0 ? ~limit : limit
  }
  let result = value &<< Int128(truncatingIfNeeded: count)
  if !saturating { return result }
  return unsigned ? clampUnsigned(result, size, &saturated) : clamp(result, size, &saturated)
}

/// One lane of an operation.
@inline(__always)
private func lane(
  _ operation: LaneOp, _ size: Int, _ d: UInt64, _ a: UInt64, _ b: UInt64, _ saturated: inout Bool
) -> UInt64 {
  let count = Int(Int8(truncatingIfNeeded: b))
  let x = signed(a, size)
  let y = signed(b, size)
  let wideX = Int128(x)
  let wideA = Int128(truncatingIfNeeded: a)
  let result: Int128
  switch operation {
  case .sshl:
    let distance = Int64(truncatingIfNeeded: count)
    if distance < 0 { return UInt64(bitPattern: x &>> min(0 &- distance, 63)) }
    return distance > 63 ? 0 : UInt64(bitPattern: x &<< distance)
  case .ushl:
    if count > 63 || count < -63 { return 0 }
    let distance = UInt64(truncatingIfNeeded: count < 0 ? 0 &- count : count)
    return count < 0 ? a &>> distance : a &<< distance
  case .srshl:
    result = shifted(wideX, by: count, size, unsigned: false, rounding: true, saturating: false, &saturated)
  case .urshl:
    result = shifted(wideA, by: count, size, unsigned: true, rounding: true, saturating: false, &saturated)
  case .sqshl:
    result = shifted(wideX, by: count, size, unsigned: false, rounding: false, saturating: true, &saturated)
  case .uqshl:
    result = shifted(wideA, by: count, size, unsigned: true, rounding: false, saturating: true, &saturated)
  case .sqrshl:
    result = shifted(wideX, by: count, size, unsigned: false, rounding: true, saturating: true, &saturated)
  case .uqrshl:
    result = shifted(wideA, by: count, size, unsigned: true, rounding: true, saturating: true, &saturated)
  case .sqdmulh, .sqrdmulh:
    // (2ab + rounding) >> bits, with the doubling taken out; exact in 64 bits for lanes of 16 and 32.
    let shift = Int64(truncatingIfNeeded: (8 &<< size) &- 1)
    let rounding: Int64 = operation == .sqrdmulh ? 1 &<< (shift &- 1) : 0
    let product = (x &* y &+ rounding) &>> shift
    let limit = Int64(bitPattern: laneMask(size) &>> 1)
    // Only the product of the two most negative lanes does not fit.
    if product <= limit { return UInt64(bitPattern: product) }
    saturated = true
    return UInt64(bitPattern: limit)
  case .pmul:
    return polynomialProduct(a, b)
  case .suqadd:
    result = clamp(Int128(signed(d, size)) &+ wideA, size, &saturated)
  case .usqadd:
    result = clampUnsigned(Int128(truncatingIfNeeded: d) &+ wideX, size, &saturated)
  case .sqabs:
    result = clamp(wideX < 0 ? 0 &- wideX : wideX, size, &saturated)
  case .sqneg:
    result = clamp(0 &- wideX, size, &saturated)
  case .cls:
    let folded = UInt64(bitPattern: x ^ (x &>> 63))
    return UInt64(truncatingIfNeeded: folded.leadingZeroBitCount &- 65 &+ (8 &<< size))
  case .clz:
    return UInt64(truncatingIfNeeded: a.leadingZeroBitCount &- 64 &+ (8 &<< size))
  }
  return UInt64(truncatingIfNeeded: result)
}

/// `low4`: the number of lanes, 0 standing for 16. `high8`: bit 7 by element, 3:0 the index.
@inline(never)
func executeLanes(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: LaneOp.self)
  let size = u.size
  let d = r.pair(u.rd)
  let n = r.pair(u.rn)
  var m = r.pair(u.rm)
  if u.high8 & 128 != 0 {
    let element = splat64(r.lane(u.rm, u.high8 & 15, size), size)
    m = VectorPair(element, element)
  }
  let count = u.low4 == 0 ? 16 : u.low4
  var result = VectorPair()
  var saturated = false
  for index in 0..<count {
    let value = lane(
      operation, size, d.lane(index, size), n.lane(index, size), m.lane(index, size), &saturated)
    result.fill(index, size, value)
  }
  if saturated { r.setSaturated() }
  r.setPair(u.rd, result)
}
