/// Floating-point operations on two vectors (Arm DDI 0487, C4.1.96.23), and their scalar forms, which have
/// one lane. `size` is 2 for single and 3 for double precision, `low4` the number of lanes.
enum FloatOp: UInt8, Sendable {
  case add, sub, mul, div, mla, mls
  case mulx, max, min, maxnm, minnm, abd
  case cmeq, cmge, cmgt, acge, acgt
  case recps, rsqrts
}

extension VectorPair {
  @inline(__always)
  func element<L: FPLane>(_ index: Int, as _: L.Type) -> L {
    L(wide: lane(index, L.bitWidth == 32 ? 2 : 3))
  }

  @inline(__always)
  mutating func fill<L: FPLane>(_ index: Int, element: L) {
    fill(index, L.bitWidth == 32 ? 2 : 3, element.wide)
  }
}

/// One lane.
@inline(__always)
private func float<L: FPLane>(
  _ operation: FloatOp, _ d: L, _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
) -> L {
  switch operation {
  case .add: return FP.add(a, b, control, &status)
  case .sub: return FP.subtract(a, b, control, &status)
  case .mul: return FP.multiply(a, b, control, &status)
  case .div: return FP.divide(a, b, control, &status)
  case .mla: return FP.multiplyAdd(d, a, b, control, &status)
  case .mls: return FP.multiplySubtract(d, a, b, control, &status)
  case .mulx: return FP.multiplyExtended(a, b, control, &status)
  case .max: return FP.select(a, b, larger: true, prefersNumbers: false, control, &status)
  case .min: return FP.select(a, b, larger: false, prefersNumbers: false, control, &status)
  case .maxnm: return FP.select(a, b, larger: true, prefersNumbers: true, control, &status)
  case .minnm: return FP.select(a, b, larger: false, prefersNumbers: true, control, &status)
  case .abd: return FP.absoluteDifference(a, b, control, &status)
  case .cmeq:
    return FP.compare(a, b, signalsQuietNaNs: false, control, &status) == .equal ? ~0 : 0
  case .cmge: return isGreaterOrEqual(a, b, control, &status) ? ~0 : 0
  case .cmgt:
    return FP.compare(a, b, signalsQuietNaNs: true, control, &status) == .greater ? ~0 : 0
  case .acge: return isGreaterOrEqual(a & ~L.signMask, b & ~L.signMask, control, &status) ? ~0 : 0
  case .acgt:
    let order = FP.compare(a & ~L.signMask, b & ~L.signMask, signalsQuietNaNs: true, control, &status)
    return order == .greater ? ~0 : 0
  case .recps: return FP.reciprocalStep(a, b, control, &status)
  case .rsqrts: return FP.reciprocalSquareRootStep(a, b, control, &status)
  }
}

/// FPCompareGE
@inline(__always)
private func isGreaterOrEqual<L: FPLane>(
  _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
) -> Bool {
  let order = FP.compare(a, b, signalsQuietNaNs: true, control, &status)
  return order == .greater || order == .equal
}

@inline(never)
private func singles(
  _ operation: FloatOp, _ count: Int, _ d: VectorPair, _ a: VectorPair, _ b: VectorPair,
  _ control: FPControl, _ status: inout UInt32
) -> VectorPair {
  var result = VectorPair()
  for index in 0..<count {
    let value = float(
      operation, d.element(index, as: UInt32.self), a.element(index, as: UInt32.self),
      b.element(index, as: UInt32.self), control, &status)
    result.fill(index, element: value)
  }
  return result
}

@inline(never)
private func doubles(
  _ operation: FloatOp, _ count: Int, _ d: VectorPair, _ a: VectorPair, _ b: VectorPair,
  _ control: FPControl, _ status: inout UInt32
) -> VectorPair {
  let low = float(operation, d.low, a.low, b.low, control, &status)
  if count < 2 { return VectorPair(low) }
  return VectorPair(low, float(operation, d.high, a.high, b.high, control, &status))
}

// MARK: Whole vectors at once

/// Whether all lanes are ones.
@inline(__always)
private func areAll(_ mask: SIMDMask<SIMD4<Int32>>) -> Bool {
  let words = asDoublewords(asBytes(mask))
  return words[0] & words[1] == ~0
}

/// The host's sum, difference, product, quotient or fused sum of four singles, or nil if a lane may need
/// `SoftFloat`; see ``FP``.
@inline(__always)
private func hostArithmetic(_ operation: FloatOp, _ d: Words, _ a: Words, _ b: Words) -> Words? {
  let x = unsafeBitCast(a, to: SIMD4<Float>.self)
  let y = unsafeBitCast(b, to: SIMD4<Float>.self)
  let zero = SignedWords(repeating: 0)
  let value: SIMD4<Float>
  switch operation {
  case .add: value = x + y
  case .sub: value = x - y
  case .mul: value = x * y
  case .div: value = x / y
  default:
    let z = unsafeBitCast(d, to: SIMD4<Float>.self)
    let negated = unsafeBitCast(a ^ 0x8000_0000, to: SIMD4<Float>.self)
    value = z.addingProduct(operation == .mls ? negated : x, y)
  }
  let bits = unsafeBitCast(value, to: SignedWords.self)
  let magnitude = bits & 0x7fff_ffff
  let isOrdinary = (magnitude .> SignedWords(repeating: 0x0080_0000))
    .& (magnitude .< SignedWords(repeating: 0x7f80_0000))
  if areAll(isOrdinary) { return unsafeBitCast(bits, to: Words.self) }
  if operation.rawValue > FloatOp.mul.rawValue { return nil }
  // A sum is zero only exactly; a product is if a factor is zero.
  var isExact = magnitude .== zero
  if operation == .mul {
    let isZeroFactor = ((asSigned(a) & 0x7fff_ffff) .== zero) .| ((asSigned(b) & 0x7fff_ffff) .== zero)
    isExact = isExact .& isZeroFactor
  }
  return areAll(isOrdinary .| isExact) ? unsafeBitCast(bits, to: Words.self) : nil
}

/// The same for two doubles, without zeros.
@inline(__always)
private func hostArithmetic(
  _ operation: FloatOp, _ d: Doublewords, _ a: Doublewords, _ b: Doublewords
) -> Doublewords? {
  let x = unsafeBitCast(a, to: SIMD2<Double>.self)
  let y = unsafeBitCast(b, to: SIMD2<Double>.self)
  let value: SIMD2<Double>
  switch operation {
  case .add: value = x + y
  case .sub: value = x - y
  case .mul: value = x * y
  case .div: value = x / y
  default:
    let z = unsafeBitCast(d, to: SIMD2<Double>.self)
    let negated = unsafeBitCast(a ^ 0x8000_0000_0000_0000, to: SIMD2<Double>.self)
    value = z.addingProduct(operation == .mls ? negated : x, y)
  }
  let bits = unsafeBitCast(value, to: Doublewords.self)
  return bits[0].isUnexceptional && bits[1].isUnexceptional ? bits : nil
}

/// The host's choice or comparison of four singles, or nil if there is a NaN, or zeros to choose from.
@inline(__always)
private func hostComparison(_ operation: FloatOp, _ first: Words, _ second: Words) -> Words? {
  let isAbsolute = operation == .acge || operation == .acgt
  let a = isAbsolute ? first & 0x7fff_ffff : first
  let b = isAbsolute ? second & 0x7fff_ffff : second
  let x = unsafeBitCast(a, to: SIMD4<Float>.self)
  let y = unsafeBitCast(b, to: SIMD4<Float>.self)
  let isLess = x .< y
  let isGreater = x .> y
  switch operation {
  case .max, .maxnm, .min, .minnm:
    let isSame = (x .== y) .& (asSigned(a) .== asSigned(b))
    if !areAll(isLess .| isGreater .| isSame) { return nil }
    let takesSecond = operation == .max || operation == .maxnm ? isLess : isGreater
    let chosen = x.replacing(with: y, where: takesSecond)
    return unsafeBitCast(chosen, to: Words.self)
  case .cmeq, .cmge, .cmgt, .acge, .acgt:
    let isEqual = x .== y
    if !areAll(isLess .| isGreater .| isEqual) { return nil }
    let holds: SIMDMask<SIMD4<Int32>>
    switch operation {
    case .cmeq: holds = isEqual
    case .cmgt, .acgt: holds = isGreater
    default: holds = isGreater .| isEqual
    }
    return unsafeBitCast(holds, to: Words.self)
  default:
    return nil
  }
}

@inline(never)
func executeFloatVector(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  executeFloat(u.operation(as: FloatOp.self), r, u, r.bytes(u.rn), r.bytes(u.rm))
}

/// Whole vectors by the host's arithmetic if possible, else lane by lane.
@inline(__always)
private func executeFloat(_ operation: FloatOp, _ r: Regs, _ u: MicroOp, _ a: Bytes, _ b: Bytes) {
  let control = FPControl(r)
  var status = r.status
  if u.low4 &<< u.size == 16 {
    if operation.rawValue <= FloatOp.mls.rawValue {
      if control.isHostLike(status) {
        if u.size == 2 {
          if let value = hostArithmetic(operation, r.words(u.rd), asWords(a), asWords(b)) {
            return r.setBytes(u.rd, asBytes(value))
          }
        } else if let value = hostArithmetic(
          operation, r.doublewords(u.rd), asDoublewords(a), asDoublewords(b))
        {
          return r.setBytes(u.rd, asBytes(value))
        }
      }
    } else if u.size == 2 && !control.flushesToZero,
      let value = hostComparison(operation, asWords(a), asWords(b))
    {
      return r.setBytes(u.rd, asBytes(value))
    }
  }
  let (x, y) = (asDoublewords(a), asDoublewords(b))
  apply(operation, r, u, VectorPair(x[0], x[1]), VectorPair(y[0], y[1]), control, &status)
}

@inline(__always)
private func apply(
  _ operation: FloatOp, _ r: Regs, _ u: MicroOp, _ a: VectorPair, _ b: VectorPair, _ control: FPControl,
  _ status: inout UInt32
) {
  let d = r.pair(u.rd)
  let result = u.size == 2
    ? singles(operation, u.low4, d, a, b, control, &status)
    : doubles(operation, u.low4, d, a, b, control, &status)
  r.status = status
  r.setPair(u.rd, result)
}

/// `high8`: the lane of Vm.
@inline(never)
func executeFloatElement(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let element = splat(r.lane(u.rm, u.high8, u.size), u.size)
  executeFloat(u.operation(as: FloatOp.self), r, u, r.bytes(u.rn), element)
}

/// `low4` is the number of result lanes; one lane means the scalar form, which takes the pair from Vn.
@inline(never)
func executeFloatPairwise(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatOp.self)
  var status = r.status
  let (n, m) = (r.bytes(u.rn), r.bytes(u.rm))
  let concatenated = u.low4 == 2 && u.size == 2
  let a = concatenated ? asBytes(Doublewords(r.d(u.rn), r.d(u.rm))) : n
  let b = concatenated ? a : m
  let even = asDoublewords(evens(u.size, a, b))
  let odd = asDoublewords(odds(u.size, a, b))
  apply(
    operation, r, u, VectorPair(even[0], even[1]), VectorPair(odd[0], odd[1]), FPControl(r), &status)
}

/// FMAXV and its kin: over four singles, as a tree.
@inline(never)
func executeFloatReduction(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: FloatOp.self)
  let control = FPControl(r)
  var status = r.status
  let v = r.words(u.rn)
  let low = float(operation, 0, v[0], v[1], control, &status)
  let high = float(operation, 0, v[2], v[3], control, &status)
  let result = float(operation, 0, low, high, control, &status)
  r.status = status
  r.setS(u.rd, result)
}
