/// Operations between lanes of different widths (Arm DDI 0487, C4.1.96.22 "Advanced SIMD three different").
///
/// The operands are widened and then go through `combine` at the wider size; ADDHN and its kin take the
/// upper halves of what comes out.
enum WideningForm: UInt8, Sendable {
  /// Both operands narrow: SADDL, SMULL, ...
  case long
  /// The first operand wide: SADDW, SSUBW.
  case wide
  /// Both wide, the result narrow: ADDHN, SUBHN; and rounding.
  case highNarrow, highNarrowRounding
}

/// Half a register with its lanes (of `size`) doubled in width.
@inline(__always)
func widened(_ half: UInt64, _ size: Int, signed: Bool) -> Bytes {
  switch (size, signed) {
  case (0, false):
    return asBytes(Halves(truncatingIfNeeded: unsafeBitCast(half, to: SIMD8<UInt8>.self)))
  case (0, true):
    return asBytes(SignedHalves(truncatingIfNeeded: unsafeBitCast(half, to: SIMD8<Int8>.self)))
  case (1, false):
    return asBytes(Words(truncatingIfNeeded: unsafeBitCast(half, to: SIMD4<UInt16>.self)))
  case (1, true):
    return asBytes(SignedWords(truncatingIfNeeded: unsafeBitCast(half, to: SIMD4<Int16>.self)))
  case (_, false):
    return asBytes(Doublewords(half & 0xffff_ffff, half &>> 32))
  case (_, true):
    let low = Int64(Int32(truncatingIfNeeded: half))
    return asBytes(SignedDoublewords(low, Int64(bitPattern: half) &>> 32))
  }
}

/// The low halves of the lanes of a vector whose lanes are twice `size`.
@inline(__always)
func narrowed(_ wide: Bytes, _ size: Int) -> UInt64 {
  switch size {
  case 0: unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: asHalves(wide)), to: UInt64.self)
  case 1: unsafeBitCast(SIMD4<UInt16>(truncatingIfNeeded: asWords(wide)), to: UInt64.self)
  default: unsafeBitCast(SIMD2<UInt32>(truncatingIfNeeded: asDoublewords(wide)), to: UInt64.self)
  }
}

extension UnsafeMutablePointer where Pointee == UInt64 {
  /// Writes a narrow result: the low half and zeros above it, or for the "2" forms the high half only.
  @inline(__always)
  func setNarrow(_ u: MicroOp, _ value: UInt64) {
    setPair(u.rd, u.q ? VectorPair(d(u.rd), value) : VectorPair(value & u.imm, 0))
  }
}

/// Long and wide forms. `low4`: bit 0 signed, bits 3:2 the form. `high8`: bit 7 by element, 3:0 the index.
@inline(never)
func executeWidening(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let isSigned = u.low4 & 1 != 0
  let size = u.size
  let form = unsafeBitCast(UInt8(truncatingIfNeeded: u.low4 &>> 2), to: WideningForm.self)
  if form == .highNarrow || form == .highNarrowRounding {
    executeHighNarrow(r, u, rounding: form == .highNarrowRounding)
    return
  }
  let a = form == .wide ? r.bytes(u.rn) : widened(r.half(u.rn, u.part), size, signed: isSigned)
  let second = u.high8 & 128 != 0 ? splat64(r.lane(u.rm, u.high8 & 15, size), size) : r.half(u.rm, u.part)
  let b = widened(second, size, signed: isSigned)
  r.setBytes(u.rd, combine(u.vectorOperation, size &+ 1, r.bytes(u.rd), a, b, r))
}

@inline(__always)
private func executeHighNarrow(_ r: Regs, _ u: MicroOp, rounding: Bool) {
  let wideSize = u.size &+ 1
  let bits = UInt64(truncatingIfNeeded: 8 &<< u.size)
  var value = combine(u.vectorOperation, wideSize, r.bytes(u.rd), r.bytes(u.rn), r.bytes(u.rm), r)
  if rounding {
    let constant = splat(1 &<< (bits &- 1), wideSize)
    value = combine(IntegerOp.add.rawValue, wideSize, value, value, constant, r)
  }
  let words = asDoublewords(value)
  // The upper half of each lane moves down; what else moves is cut off by narrowing.
  let moved = asBytes(Doublewords(words[0] &>> bits, words[1] &>> bits))
  r.setNarrow(u, narrowed(moved, u.size))
}

/// SQDMULL, SQDMLAL, SQDMLSL (vector, scalar, by element) and PMULL on bytes.
enum DoublingOp: UInt8, Sendable { case sqdmull, sqdmlal, sqdmlsl, pmull }

/// `low4`: the number of lanes. `high8`: bit 7 by element, 3:0 the index.
@inline(never)
func executeDoubling(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let size = u.size
  let n = r.half(u.rn, u.part)
  let m = u.high8 & 128 != 0 ? splat64(r.lane(u.rm, u.high8 & 15, size), size) : r.half(u.rm, u.part)
  let accumulator = r.pair(u.rd)
  var result = VectorPair()
  var saturated = false
  for lane in 0..<u.low4 {
    let a = VectorPair(n).lane(lane, size)
    let b = VectorPair(m).lane(lane, size)
    let value: UInt64
    if u.vectorOperation == DoublingOp.pmull.rawValue {
      value = polynomialProduct(a, b)
    } else {
      // Twice the product of the two most negative lanes is the one that does not fit.
      let product = Int128(signed(a, size)) &* Int128(signed(b, size)) &* 2
      var total = clamp(product, size &+ 1, &saturated)
      let addend = Int128(signed(accumulator.lane(lane, size &+ 1), size &+ 1))
      if u.vectorOperation == DoublingOp.sqdmlal.rawValue {
        total = clamp(addend &+ total, size &+ 1, &saturated)
      } else if u.vectorOperation == DoublingOp.sqdmlsl.rawValue {
        total = clamp(addend &- total, size &+ 1, &saturated)
      }
      value = UInt64(truncatingIfNeeded: total)
    }
    result.fill(lane, size &+ 1, value)
  }
  if saturated { r.setSaturated() }
  r.setPair(u.rd, result)
}

/// The product of two 8-bit polynomials over {0, 1}.
@inline(__always)
func polynomialProduct(_ a: UInt64, _ b: UInt64) -> UInt64 {
  var product: UInt64 = 0
  for bit in 0..<8 {
    let shift = UInt64(truncatingIfNeeded: bit)
    product ^= (a &<< shift) & (0 &- ((b &>> shift) & 1))
  }
  return product
}

/// `value` limited to the signed range of lanes of `size`.
@inline(__always)
func clamp(_ value: Int128, _ size: Int, _ saturated: inout Bool) -> Int128 {
  let limit = Int128(truncatingIfNeeded: laneMask(size) &>> 1)
  if value > limit {
    saturated = true
    return limit
  }
  if value < ~limit {
    saturated = true
    return ~limit
  }
  return value
}

/// `value` limited to the unsigned range of lanes of `size`.
@inline(__always)
func clampUnsigned(_ value: Int128, _ size: Int, _ saturated: inout Bool) -> Int128 {
  let limit = Int128(truncatingIfNeeded: laneMask(size))
  if value > limit {
    saturated = true
    return limit
  }
  if value < 0 {
    saturated = true
    return 0
  }
  return value
}
