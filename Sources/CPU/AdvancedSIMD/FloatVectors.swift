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

/// The host's result for four singles, or nil if a lane may need `SoftFloat`; see ``FP``.
@inline(__always)
private func hostSingles(_ operation: FloatOp, _ d: Bytes, _ a: Bytes, _ b: Bytes) -> Bytes? {
  let x = unsafeBitCast(a, to: SIMD4<Float>.self)
  let y = unsafeBitCast(b, to: SIMD4<Float>.self)
  let value: SIMD4<Float>
  switch operation {
  case .add: value = x + y
  case .sub: value = x - y
  case .mul: value = x * y
  case .div: value = x / y
  default: return nil
  }
  let magnitude = unsafeBitCast(value, to: Words.self) & 0x7fff_ffff
  let range = UInt32.infinity &- (UInt32.minNormal &+ 1)
  let isOrdinary = (magnitude &- (UInt32.minNormal &+ 1)) .< Words(repeating: range)
  var accepted = asDoublewords(asBytes(isOrdinary))
  if operation.rawValue <= FloatOp.sub.rawValue {
    accepted |= asDoublewords(asBytes(magnitude .== Words(repeating: 0)))
  } else if operation == .mul {
    let operands = unsafeBitCast(a, to: Words.self) & unsafeBitCast(b, to: Words.self)
    // Only for zeros of equal pattern: enough for the common +0 × +0.
    let product = magnitude | operands
    accepted |= asDoublewords(asBytes(product .== Words(repeating: 0))) & zeroOperands(a, b)
  }
  return accepted[0] & accepted[1] == ~0 ? asBytes(value) : nil
}

/// Lanes of ones where `a` or `b` is a single zero.
@inline(__always)
private func zeroOperands(_ a: Bytes, _ b: Bytes) -> Doublewords {
  let zero = Words(repeating: 0)
  let x = (asWords(a) & 0x7fff_ffff) .== zero
  let y = (asWords(b) & 0x7fff_ffff) .== zero
  return asDoublewords(asBytes(x .| y))
}

@inline(never)
func executeFloatVector(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  guard let operation = FloatOp(rawValue: u.vectorOperation) else { return }
  let control = FPControl(r)
  var status = r.status
  if u.low4 == 4 && operation.rawValue <= FloatOp.div.rawValue && control.isHostLike(status),
    let value = hostSingles(operation, r.bytes(u.rd), r.bytes(u.rn), r.bytes(u.rm))
  {
    r.setBytes(u.rd, value)
    return
  }
  apply(operation, r, u, r.pair(u.rn), r.pair(u.rm), control, &status)
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
  guard let operation = FloatOp(rawValue: u.vectorOperation) else { return }
  var status = r.status
  let element = splat64(r.lane(u.rm, u.high8, u.size), u.size)
  apply(operation, r, u, r.pair(u.rn), VectorPair(element, element), FPControl(r), &status)
}

/// `low4` is the number of result lanes; one lane means the scalar form, which takes the pair from Vn.
@inline(never)
func executeFloatPairwise(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  guard let operation = FloatOp(rawValue: u.vectorOperation) else { return }
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
  guard let operation = FloatOp(rawValue: u.vectorOperation) else { return }
  let control = FPControl(r)
  var status = r.status
  let v = r.words(u.rn)
  let low = float(operation, 0, v[0], v[1], control, &status)
  let high = float(operation, 0, v[2], v[3], control, &status)
  let result = float(operation, 0, low, high, control, &status)
  r.status = status
  r.setS(u.rd, result)
}
