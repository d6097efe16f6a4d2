/// Operations on two vectors of equal lanes (Arm DDI 0487, C4.1.96.23 "Advanced SIMD three same"), in whole
/// 128-bit arithmetic. Widening and by-element instructions prepare their operands and come here too.
enum IntegerOp: UInt8, Sendable {
  case add, sub, mul, mla, mls
  case cmeq, cmgt, cmge, cmhi, cmhs, cmtst
  case smax, smin, umax, umin, sabd, uabd, saba, uaba
  case shadd, uhadd, srhadd, urhadd, shsub, uhsub
  case sqadd, uqadd, sqsub, uqsub
  // Comparisons with zero: of the first operand only.
  case cmgtZero, cmgeZero, cmeqZero, cmleZero, cmltZero
  case abs, neg
}

// MARK: One operation for each lane width

@inline(__always)
private func each<A: SIMD, B: SIMD, C: SIMD, D: SIMD>(
  _ size: Int, _ a: Bytes, _ b: Bytes, _ f8: (Bytes, Bytes) -> A, _ f16: (Halves, Halves) -> B,
  _ f32: (Words, Words) -> C, _ f64: (Doublewords, Doublewords) -> D
) -> Bytes {
  switch size {
  case 0: asBytes(f8(a, b))
  case 1: asBytes(f16(asHalves(a), asHalves(b)))
  case 2: asBytes(f32(asWords(a), asWords(b)))
  default: asBytes(f64(asDoublewords(a), asDoublewords(b)))
  }
}

@inline(__always)
private func eachSigned<A: SIMD, B: SIMD, C: SIMD, D: SIMD>(
  _ size: Int, _ a: Bytes, _ b: Bytes, _ f8: (SignedBytes, SignedBytes) -> A,
  _ f16: (SignedHalves, SignedHalves) -> B, _ f32: (SignedWords, SignedWords) -> C,
  _ f64: (SignedDoublewords, SignedDoublewords) -> D
) -> Bytes {
  switch size {
  case 0: asBytes(f8(asSigned(a), asSigned(b)))
  case 1: asBytes(f16(asSigned(asHalves(a)), asSigned(asHalves(b))))
  case 2: asBytes(f32(asSigned(asWords(a)), asSigned(asWords(b))))
  default: asBytes(f64(asSigned(asDoublewords(a)), asSigned(asDoublewords(b))))
  }
}

@inline(__always)
private func eachMask<A, B, C, D>(
  _ size: Int, _ a: Bytes, _ b: Bytes, _ f8: (Bytes, Bytes) -> SIMDMask<A>,
  _ f16: (Halves, Halves) -> SIMDMask<B>, _ f32: (Words, Words) -> SIMDMask<C>,
  _ f64: (Doublewords, Doublewords) -> SIMDMask<D>
) -> Bytes {
  switch size {
  case 0: asBytes(f8(a, b))
  case 1: asBytes(f16(asHalves(a), asHalves(b)))
  case 2: asBytes(f32(asWords(a), asWords(b)))
  default: asBytes(f64(asDoublewords(a), asDoublewords(b)))
  }
}

@inline(__always)
private func eachSignedMask<A, B, C, D>(
  _ size: Int, _ a: Bytes, _ b: Bytes, _ f8: (SignedBytes, SignedBytes) -> SIMDMask<A>,
  _ f16: (SignedHalves, SignedHalves) -> SIMDMask<B>, _ f32: (SignedWords, SignedWords) -> SIMDMask<C>,
  _ f64: (SignedDoublewords, SignedDoublewords) -> SIMDMask<D>
) -> Bytes {
  switch size {
  case 0: asBytes(f8(asSigned(a), asSigned(b)))
  case 1: asBytes(f16(asSigned(asHalves(a)), asSigned(asHalves(b))))
  case 2: asBytes(f32(asSigned(asWords(a)), asSigned(asWords(b))))
  default: asBytes(f64(asSigned(asDoublewords(a)), asSigned(asDoublewords(b))))
  }
}

@inline(__always)
private func plus(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(size, a, b, { $0 &+ $1 }, { $0 &+ $1 }, { $0 &+ $1 }, { $0 &+ $1 })
}

@inline(__always)
private func minus(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(size, a, b, { $0 &- $1 }, { $0 &- $1 }, { $0 &- $1 }, { $0 &- $1 })
}

@inline(__always)
private func times(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(size, a, b, { $0 &* $1 }, { $0 &* $1 }, { $0 &* $1 }, { $0 &* $1 })
}

@inline(__always)
private func equal(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  eachMask(size, a, b, { $0 .== $1 }, { $0 .== $1 }, { $0 .== $1 }, { $0 .== $1 })
}

/// `a` > `b` as lanes of ones and zeros.
@inline(__always)
private func greater(_ size: Int, signed: Bool, _ a: Bytes, _ b: Bytes) -> Bytes {
  signed
    ? eachSignedMask(size, a, b, { $0 .> $1 }, { $0 .> $1 }, { $0 .> $1 }, { $0 .> $1 })
    : eachMask(size, a, b, { $0 .> $1 }, { $0 .> $1 }, { $0 .> $1 }, { $0 .> $1 })
}

/// Bits of `a` where `mask` is set, else of `b`.
@inline(__always)
private func choose(_ mask: Bytes, _ a: Bytes, _ b: Bytes) -> Bytes { (a & mask) | (b & ~mask) }

@inline(__always)
private func maximum(_ size: Int, signed: Bool, _ a: Bytes, _ b: Bytes) -> Bytes {
  signed
    ? eachSigned(
      size, a, b, { $0.replacing(with: $1, where: $1 .> $0) }, { $0.replacing(with: $1, where: $1 .> $0) },
      { $0.replacing(with: $1, where: $1 .> $0) }, { $0.replacing(with: $1, where: $1 .> $0) })
    : each(
      size, a, b, { $0.replacing(with: $1, where: $1 .> $0) }, { $0.replacing(with: $1, where: $1 .> $0) },
      { $0.replacing(with: $1, where: $1 .> $0) }, { $0.replacing(with: $1, where: $1 .> $0) })
}

@inline(__always)
private func minimum(_ size: Int, signed: Bool, _ a: Bytes, _ b: Bytes) -> Bytes {
  signed
    ? eachSigned(
      size, a, b, { $0.replacing(with: $1, where: $1 .< $0) }, { $0.replacing(with: $1, where: $1 .< $0) },
      { $0.replacing(with: $1, where: $1 .< $0) }, { $0.replacing(with: $1, where: $1 .< $0) })
    : each(
      size, a, b, { $0.replacing(with: $1, where: $1 .< $0) }, { $0.replacing(with: $1, where: $1 .< $0) },
      { $0.replacing(with: $1, where: $1 .< $0) }, { $0.replacing(with: $1, where: $1 .< $0) })
}

@inline(__always)
private func absoluteDifference(_ size: Int, signed: Bool, _ a: Bytes, _ b: Bytes) -> Bytes {
  minus(size, maximum(size, signed: signed, a, b), minimum(size, signed: signed, a, b))
}

/// Every lane shifted right by one.
@inline(__always)
private func halved(_ size: Int, signed: Bool, _ a: Bytes) -> Bytes {
  signed
    ? eachSigned(
      size, a, a, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 })
    : each(size, a, a, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 })
}

/// Lanes of ones where the sign bit is set.
@inline(__always)
private func negative(_ size: Int, _ a: Bytes) -> Bytes {
  greater(size, signed: true, Bytes(repeating: 0), a)
}

/// In each lane only the lowest bit.
@inline(__always)
private func ones(_ size: Int) -> Bytes {
  switch size {
  case 0: Bytes(repeating: 1)
  case 1: asBytes(Halves(repeating: 1))
  case 2: asBytes(Words(repeating: 1))
  default: asBytes(Doublewords(repeating: 1))
  }
}

/// The largest signed lane, with the sign of `a` in front flipped: where saturation of a sum goes.
@inline(__always)
private func limit(_ size: Int, _ a: Bytes) -> Bytes {
  let largest = halved(size, signed: false, Bytes(repeating: 0xff))
  return negative(size, a) ^ largest
}

// MARK: Even and odd lanes

/// Even lanes of `a` below those of `b`: UZP1.
@inline(__always)
func evens(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(
    size, a, b, { Bytes(lowHalf: $0.evenHalf, highHalf: $1.evenHalf) },
    { Halves(lowHalf: $0.evenHalf, highHalf: $1.evenHalf) },
    { Words(lowHalf: $0.evenHalf, highHalf: $1.evenHalf) }, { Doublewords($0[0], $1[0]) })
}

/// Odd lanes of `a` below those of `b`: UZP2.
@inline(__always)
func odds(_ size: Int, _ a: Bytes, _ b: Bytes) -> Bytes {
  each(
    size, a, b, { Bytes(lowHalf: $0.oddHalf, highHalf: $1.oddHalf) },
    { Halves(lowHalf: $0.oddHalf, highHalf: $1.oddHalf) },
    { Words(lowHalf: $0.oddHalf, highHalf: $1.oddHalf) }, { Doublewords($0[1], $1[1]) })
}

// MARK: The operations

/// `d` op (`a`, `b`), for operands prepared by the caller.
@inline(never)
func combine(
  _ operation: UInt8, _ size: Int, _ d: Bytes, _ a: Bytes, _ b: Bytes, _ registers: Regs
) -> Bytes {
  combine(operation, size, d, a, b, within: Bytes(repeating: 0xff), registers)
}

/// `d` op (`a`, `b`); sets QC if a lane saturates that lies within `mask`.
@inline(__always)
private func combine(
  _ operation: UInt8, _ size: Int, _ d: Bytes, _ a: Bytes, _ b: Bytes, within mask: Bytes,
  _ registers: Regs
) -> Bytes {
  let zero = Bytes(repeating: 0)
  switch unsafeBitCast(operation, to: IntegerOp.self) {
  case .add: return plus(size, a, b)
  case .sub: return minus(size, a, b)
  case .mul: return times(size, a, b)
  case .mla: return plus(size, d, times(size, a, b))
  case .mls: return minus(size, d, times(size, a, b))

  case .cmeq: return equal(size, a, b)
  case .cmgt: return greater(size, signed: true, a, b)
  case .cmge: return ~greater(size, signed: true, b, a)
  case .cmhi: return greater(size, signed: false, a, b)
  case .cmhs: return ~greater(size, signed: false, b, a)
  case .cmtst: return ~equal(size, a & b, zero)
  case .cmgtZero: return greater(size, signed: true, a, zero)
  case .cmgeZero: return ~negative(size, a)
  case .cmeqZero: return equal(size, a, zero)
  case .cmleZero: return ~greater(size, signed: true, a, zero)
  case .cmltZero: return negative(size, a)

  case .smax: return maximum(size, signed: true, a, b)
  case .smin: return minimum(size, signed: true, a, b)
  case .umax: return maximum(size, signed: false, a, b)
  case .umin: return minimum(size, signed: false, a, b)
  case .sabd: return absoluteDifference(size, signed: true, a, b)
  case .uabd: return absoluteDifference(size, signed: false, a, b)
  case .saba: return plus(size, d, absoluteDifference(size, signed: true, a, b))
  case .uaba: return plus(size, d, absoluteDifference(size, signed: false, a, b))

  case .shadd: return plus(size, a & b, halved(size, signed: true, a ^ b))
  case .uhadd: return plus(size, a & b, halved(size, signed: false, a ^ b))
  case .srhadd: return minus(size, a | b, halved(size, signed: true, a ^ b))
  case .urhadd: return minus(size, a | b, halved(size, signed: false, a ^ b))
  case .shsub: return halvedDifference(size, signed: true, a, b)
  case .uhsub: return halvedDifference(size, signed: false, a, b)

  case .sqadd:
    let sum = plus(size, a, b)
    let overflow = negative(size, (sum ^ a) & (sum ^ b)) & mask
    return saturate(sum, where: overflow, to: limit(size, a), registers)
  case .sqsub:
    let difference = minus(size, a, b)
    let overflow = negative(size, (difference ^ a) & (a ^ b)) & mask
    return saturate(difference, where: overflow, to: limit(size, a), registers)
  case .uqadd:
    let sum = plus(size, a, b)
    return saturate(sum, where: greater(size, signed: false, a, sum) & mask, to: ~zero, registers)
  case .uqsub:
    let overflow = greater(size, signed: false, b, a) & mask
    return saturate(minus(size, a, b), where: overflow, to: zero, registers)

  case .abs: return choose(negative(size, a), minus(size, zero, a), a)
  case .neg: return minus(size, zero, a)
  }
}

@inline(__always)
private func halvedDifference(_ size: Int, signed: Bool, _ a: Bytes, _ b: Bytes) -> Bytes {
  let difference = minus(size, halved(size, signed: signed, a), halved(size, signed: signed, b))
  return minus(size, difference, ~a & b & ones(size))
}

@inline(__always)
private func saturate(_ value: Bytes, where mask: Bytes, to limit: Bytes, _ registers: Regs) -> Bytes {
  let words = asDoublewords(mask)
  if words[0] | words[1] == 0 { return value }
  registers.setSaturated()
  return choose(mask, limit, value)
}

/// Three same, and the two-register operations that `IntegerOp` has.
@inline(never)
func executeInteger(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let mask = u.reach
  let result = combine(
    u.vectorOperation, u.size, r.bytes(u.rd), r.bytes(u.rn), r.bytes(u.rm), within: mask, r)
  r.setBytes(u.rd, result & mask)
}

/// Pairwise operations: those of `executeInteger` on even and odd lanes of the concatenated operands.
@inline(never)
func executePairwise(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  var (a, b) = (r.bytes(u.rn), r.bytes(u.rm))
  if !u.q {
    a = asBytes(Doublewords(r.d(u.rn), r.d(u.rm)))
    b = a
  }
  let even = evens(u.size, a, b)
  let odd = odds(u.size, a, b)
  let result: Bytes
  switch u.operation(as: IntegerOp.self) {
  case .add: result = plus(u.size, even, odd)
  case .smax: result = maximum(u.size, signed: true, even, odd)
  case .smin: result = minimum(u.size, signed: true, even, odd)
  case .umax: result = maximum(u.size, signed: false, even, odd)
  default: result = minimum(u.size, signed: false, even, odd)
  }
  r.setBytes(u.rd, result & u.reach)
}

/// Across lanes (C4.1.96.21) and the scalar ADDP.
enum ReductionOp: UInt8, Sendable { case addv, saddlv, uaddlv, smaxv, sminv, umaxv, uminv, addpScalar }

/// Neighbouring lanes combined until one is left; the operations do not care about the order.
@inline(__always)
private func reduced(_ size: Int, _ count: Int, _ v: Bytes, _ step: (Bytes, Bytes) -> Bytes) -> Bytes {
  var result = v
  var left = count
  while left > 1 {
    result = step(evens(size, result, result), odds(size, result, result))
    left = left &>> 1
  }
  return result
}

@inline(never)
func executeReduction(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let size = u.size
  let v = r.bytes(u.rn)
  let count = (u.q ? 16 : 8) &>> size
  let result: Bytes
  switch u.operation(as: ReductionOp.self) {
  case .addv: result = reduced(size, count, v) { plus(size, $0, $1) }
  case .saddlv:
    let sums = pairSums(v, size, signed: true)
    result = reduced(size &+ 1, count &>> 1, sums) { plus(size &+ 1, $0, $1) }
  case .uaddlv:
    let sums = pairSums(v, size, signed: false)
    result = reduced(size &+ 1, count &>> 1, sums) { plus(size &+ 1, $0, $1) }
  case .smaxv: result = reduced(size, count, v) { maximum(size, signed: true, $0, $1) }
  case .sminv: result = reduced(size, count, v) { minimum(size, signed: true, $0, $1) }
  case .umaxv: result = reduced(size, count, v) { maximum(size, signed: false, $0, $1) }
  case .uminv: result = reduced(size, count, v) { minimum(size, signed: false, $0, $1) }
  default:
    r.setD(u.rd, r.d(u.rn) &+ r.half(u.rn, 1))
    return
  }
  r.setD(u.rd, asDoublewords(result)[0] & u.imm)
}

/// Sums of neighbouring lanes of `size`, in lanes of twice the width.
@inline(__always)
func pairSums(_ v: Bytes, _ size: Int, signed: Bool) -> Bytes {
  switch (size, signed) {
  case (0, false): return asBytes((asHalves(v) & 0xff) &+ (asHalves(v) &>> 8))
  case (0, true):
    let w = asSigned(asHalves(v))
    return asBytes(((w &<< 8) &>> 8) &+ (w &>> 8))
  case (1, false): return asBytes((asWords(v) & 0xffff) &+ (asWords(v) &>> 16))
  case (1, true):
    let w = asSigned(asWords(v))
    return asBytes(((w &<< 16) &>> 16) &+ (w &>> 16))
  case (_, false): return asBytes((asDoublewords(v) & 0xffff_ffff) &+ (asDoublewords(v) &>> 32))
  case (_, true):
    let w = asSigned(asDoublewords(v))
    return asBytes(((w &<< 32) &>> 32) &+ (w &>> 32))
  }
}

/// SADDLP, UADDLP, SADALP, UADALP.
enum PairSumOp: UInt8, Sendable { case saddlp, uaddlp, sadalp, uadalp }

@inline(never)
func executePairSums(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let v = r.bytes(u.rn)
  let result: Bytes
  switch u.operation(as: PairSumOp.self) {
  case .saddlp: result = pairSums(v, u.size, signed: true)
  case .uaddlp: result = pairSums(v, u.size, signed: false)
  case .sadalp: result = plus(u.size &+ 1, r.bytes(u.rd), pairSums(v, u.size, signed: true))
  default: result = plus(u.size &+ 1, r.bytes(u.rd), pairSums(v, u.size, signed: false))
  }
  r.setBytes(u.rd, result & u.reach)
}

/// MLA, MLS and MUL by element.
@inline(never)
func executeIntegerElement(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let element = splat(r.lane(u.rm, u.low4, u.size), u.size)
  let product = times(u.size, r.bytes(u.rn), element)
  let result: Bytes
  switch u.operation(as: IntegerOp.self) {
  case .mla: result = plus(u.size, r.bytes(u.rd), product)
  case .mls: result = minus(u.size, r.bytes(u.rd), product)
  default: result = product
  }
  r.setBytes(u.rd, result & u.reach)
}

/// A lane copied to all lanes.
@inline(__always)
func splat(_ value: UInt64, _ size: Int) -> Bytes { asBytes(Doublewords(repeating: splat64(value, size))) }

@inline(__always)
func splat64(_ value: UInt64, _ size: Int) -> UInt64 {
  switch size {
  case 0: (value & 0xff) &* 0x0101_0101_0101_0101
  case 1: (value & 0xffff) &* 0x0001_0001_0001_0001
  case 2: (value & 0xffff_ffff) &* 0x0000_0001_0000_0001
  default: value
  }
}

// MARK: Bitwise

enum BitwiseOp: UInt8, Sendable { case and, bic, orr, orn, eor, bsl, bit, bif, not }

@inline(never)
func executeBitwise(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let a = r.bytes(u.rn)
  let b = r.bytes(u.rm)
  let result: Bytes
  switch u.operation(as: BitwiseOp.self) {
  case .and: result = a & b
  case .bic: result = a & ~b
  case .orr: result = a | b
  case .orn: result = a | ~b
  case .eor: result = a ^ b
  case .bsl: result = choose(r.bytes(u.rd), a, b)
  case .bit: result = choose(b, a, r.bytes(u.rd))
  case .bif: result = choose(b, r.bytes(u.rd), a)
  case .not: result = ~a
  }
  r.setBytes(u.rd, result & u.reach)
}
