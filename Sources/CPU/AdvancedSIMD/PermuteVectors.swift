/// Permutations (Arm DDI 0487, C4.1.96.13 "extract", .14 "table lookup", .15 "permute").
enum PermuteOp: UInt8, Sendable { case zip1, zip2, uzp1, uzp2, trn1, trn2, ext, tbl, tbx }

/// `low4`: for EXT the number of bytes, for TBL and TBX the number of registers.
@inline(never)
func executePermute(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  switch u.operation(as: PermuteOp.self) {
  case .zip1, .zip2: zip(r, u)
  case .uzp1, .uzp2: unzip(r, u)
  case .trn1, .trn2: transpose(r, u)
  case .ext: extract(r, u)
  case .tbl: lookUp(r, u, VectorPair())
  case .tbx: lookUp(r, u, r.pair(u.rd))
  }
}

/// Interleaves the low lanes of two halves.
@inline(__always)
private func interleaved(_ a: Bytes, _ b: Bytes, _ size: Int, high: Bool) -> Bytes {
  switch size {
  case 0:
    let (x, y) = high ? (a.highHalf, b.highHalf) : (a.lowHalf, b.lowHalf)
    // A lane of x below one of y is a lane of twice the width.
    return asBytes(Halves(truncatingIfNeeded: x) | (Halves(truncatingIfNeeded: y) &<< 8))
  case 1:
    let (v, w) = (asHalves(a), asHalves(b))
    let (x, y) = high ? (v.highHalf, w.highHalf) : (v.lowHalf, w.lowHalf)
    return asBytes(Words(truncatingIfNeeded: x) | (Words(truncatingIfNeeded: y) &<< 16))
  case 2:
    let (v, w) = (asWords(a), asWords(b))
    let (x, y) = high ? (v.highHalf, w.highHalf) : (v.lowHalf, w.lowHalf)
    return asBytes(Words(x[0], y[0], x[1], y[1]))
  default:
    let (x, y) = (asDoublewords(a), asDoublewords(b))
    return asBytes(high ? Doublewords(x[1], y[1]) : Doublewords(x[0], y[0]))
  }
}

@inline(__always)
private func zip(_ r: Regs, _ u: MicroOp) {
  let isSecond = u.vectorOperation == PermuteOp.zip2.rawValue
  if u.q {
    r.setBytes(u.rd, interleaved(r.bytes(u.rn), r.bytes(u.rm), u.size, high: isSecond))
  } else {
    // Of the interleaved 64-bit operands, ZIP1 is the lower half.
    let whole = asDoublewords(interleaved(r.bytes(u.rn), r.bytes(u.rm), u.size, high: false))
    r.setD(u.rd, isSecond ? whole[1] : whole[0])
  }
}

@inline(__always)
private func unzip(_ r: Regs, _ u: MicroOp) {
  var (a, b) = (r.bytes(u.rn), r.bytes(u.rm))
  if !u.q {
    a = asBytes(Doublewords(r.d(u.rn), r.d(u.rm)))
    b = a
  }
  let isSecond = u.vectorOperation == PermuteOp.uzp2.rawValue
  r.setBytes(u.rd, (isSecond ? odds(u.size, a, b) : evens(u.size, a, b)) & u.reach)
}

@inline(__always)
private func transpose(_ r: Regs, _ u: MicroOp) {
  let (a, b) = (r.pair(u.rn), r.pair(u.rm))
  let isSecond = u.vectorOperation == PermuteOp.trn2.rawValue
  if u.size == 3 {
    r.setPair(u.rd, isSecond ? VectorPair(a.high, b.high) : VectorPair(a.low, b.low))
    return
  }
  let bits = UInt64(truncatingIfNeeded: 8 &<< u.size)
  let even = splat64(laneMask(u.size), u.size &+ 1)
  let low: UInt64
  let high: UInt64
  if isSecond {
    low = ((a.low &>> bits) & even) | (b.low & ~even)
    high = ((a.high &>> bits) & even) | (b.high & ~even)
  } else {
    low = (a.low & even) | ((b.low & even) &<< bits)
    high = (a.high & even) | ((b.high & even) &<< bits)
  }
  r.setPair(u.rd, VectorPair(low, u.q ? high : 0))
}

/// 64 bits from bit `shift` (0...63) of `high`:`low` on.
@inline(__always)
private func funnel(_ high: UInt64, _ low: UInt64, _ shift: UInt64) -> UInt64 {
  // Two shifts left, so that a shift of 0 gives 64.
  (low &>> shift) | ((high &<< 1) &<< (63 &- shift))
}

@inline(__always)
private func extract(_ r: Regs, _ u: MicroOp) {
  let (a, b) = (r.pair(u.rn), r.pair(u.rm))
  let shift = UInt64(truncatingIfNeeded: (u.low4 & 7) &* 8)
  if !u.q {
    r.setD(u.rd, funnel(b.low, a.low, shift))
  } else if u.low4 < 8 {
    r.setPair(u.rd, VectorPair(funnel(a.high, a.low, shift), funnel(b.low, a.high, shift)))
  } else {
    r.setPair(u.rd, VectorPair(funnel(b.low, a.high, shift), funnel(b.high, b.low, shift)))
  }
}

@inline(__always)
private func lookUp(_ r: Regs, _ u: MicroOp, _ other: VectorPair) {
  let indices = r.pair(u.rm)
  let low = lookUp(r, u, indices.low, other.low)
  r.setPair(u.rd, VectorPair(low, u.q ? lookUp(r, u, indices.high, other.high) : 0))
}

@inline(__always)
private func lookUp(_ r: Regs, _ u: MicroOp, _ indices: UInt64, _ other: UInt64) -> UInt64 {
  // SAFETY: the list of registers wraps from V31 to V0, and the offset into their 512 bytes with it.
  let registers = UnsafeRawPointer(r + Slot.v0)
  let first = UInt64(truncatingIfNeeded: u.rn) &* 16
  let limit = UInt64(truncatingIfNeeded: u.low4) &* 16
  var result: UInt64 = 0
  var shift: UInt64 = 0
  while shift < 64 {
    let index = (indices &>> shift) & 0xff
    if index < limit {
      let offset = Int(truncatingIfNeeded: (first &+ index) & 511)
      result |= UInt64(registers.load(fromByteOffset: offset, as: UInt8.self)) &<< shift
    } else {
      result |= other & (0xff &<< shift)
    }
    shift &+= 8
  }
  return result
}
