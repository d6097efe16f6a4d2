/// Operations on two vectors of equal lanes (Arm DDI 0487, C4.1.96.23 "Advanced SIMD three same"), in whole
/// 128-bit arithmetic. Widening and by-element instructions prepare their operands and come here too.
enum IntegerOp: UInt8, Sendable {
  case add, sub, mul, mla, mls
  case cmeq, cmgt, cmge, cmhi, cmhs, cmtst
  case smax, smin, umax, umin, sabd, uabd, saba, uaba
  case shadd, uhadd, srhadd, urhadd, shsub, uhsub
  case sqadd, uqadd, sqsub, uqsub
  case addp, smaxp, sminp, umaxp, uminp
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
    ? eachSigned(size, a, a, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 })
    : each(size, a, a, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 }, { v, _ in v &>> 1 })
}

/// Lanes of ones where the sign bit is set.
@inline(__always)
private func negative(_ size: Int, _ a: Bytes) -> Bytes { greater(size, signed: true, Bytes(repeating: 0), a) }

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

/// `d` op (`a`, `b`); sets QC if a lane saturates.
@inline(never)
func combine(
  _ operation: UInt8, _ size: Int, _ d: Bytes, _ a: Bytes, _ b: Bytes, _ registers: Regs
) -> Bytes {
  let zero = Bytes(repeating: 0)
  switch IntegerOp(rawValue: operation) {
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
    return saturate(size, sum, where: (sum ^ a) & (sum ^ b), to: limit(size, a), registers)
  case .sqsub:
    let difference = minus(size, a, b)
    return saturate(size, difference, where: (difference ^ a) & (a ^ b), to: limit(size, a), registers)
  case .uqadd:
    let sum = plus(size, a, b)
    return saturate(sum, where: greater(size, signed: false, a, sum), to: ~zero, registers)
  case .uqsub:
    return saturate(minus(size, a, b), where: greater(size, signed: false, b, a), to: zero, registers)

  case .addp: return plus(size, evens(size, a, b), odds(size, a, b))
  case .smaxp: return maximum(size, signed: true, evens(size, a, b), odds(size, a, b))
  case .sminp: return minimum(size, signed: true, evens(size, a, b), odds(size, a, b))
  case .umaxp: return maximum(size, signed: false, evens(size, a, b), odds(size, a, b))
  case .uminp: return minimum(size, signed: false, evens(size, a, b), odds(size, a, b))

  case .abs: return choose(negative(size, a), minus(size, zero, a), a)
  case .neg: return minus(size, zero, a)
  case nil: return d
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

/// Saturates the lanes in which the sign bit of `overflow` is set.
@inline(__always)
private func saturate(
  _ size: Int, _ value: Bytes, where overflow: Bytes, to limit: Bytes, _ registers: Regs
) -> Bytes {
  saturate(value, where: negative(size, overflow), to: limit, registers)
}

/// Three same, and the two-register operations that `IntegerOp` has.
@inline(never)
func executeInteger(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let result = combine(
    u.vectorOperation, u.size, r.operand(u.rd, u), r.operand(u.rn, u), r.operand(u.rm, u), r)
  r.setResult(u, result)
}

/// Pairwise operations: `executeInteger` on the concatenation of the operands.
@inline(never)
func executePairwise(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  var (a, b) = (r.bytes(u.rn), r.bytes(u.rm))
  if !u.q {
    a = asBytes(Doublewords(r.d(u.rn), r.d(u.rm)))
    b = a
  }
  r.setResult(u, combine(u.vectorOperation, u.size, a, a, b, r))
}

/// MLA, MLS and MUL by element.
@inline(never)
func executeIntegerElement(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let element = splat(r.lane(u.rm, u.low4, u.size), u.size)
  r.setResult(u, combine(u.vectorOperation, u.size, r.operand(u.rd, u), r.operand(u.rn, u), element, r))
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
  switch BitwiseOp(rawValue: u.vectorOperation) {
  case .and: result = a & b
  case .bic: result = a & ~b
  case .orr: result = a | b
  case .orn: result = a | ~b
  case .eor: result = a ^ b
  case .bsl: result = choose(r.bytes(u.rd), a, b)
  case .bit: result = choose(b, a, r.bytes(u.rd))
  case .bif: result = choose(b, r.bytes(u.rd), a)
  case .not: result = ~a
  case nil: return
  }
  r.setResult(u, result)
}
