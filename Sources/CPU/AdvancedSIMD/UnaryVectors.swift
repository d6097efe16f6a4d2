/// Operations on one vector (Arm DDI 0487, C4.1.96.20 "Advanced SIMD two-register miscellaneous") that are
/// quickest in general registers.
enum UnaryOp: UInt8, Sendable {
  case rev64, rev32, rev16, rbit, cnt
  case saddlp, uaddlp, sadalp, uadalp
}

@inline(__always)
private func swappedHalves(_ v: UInt64) -> UInt64 {
  let mask: UInt64 = 0x0000_ffff_0000_ffff
  return ((v &>> 16) & mask) | ((v & mask) &<< 16)
}

@inline(__always)
private func swappedBytes(_ v: UInt64) -> UInt64 {
  let mask: UInt64 = 0x00ff_00ff_00ff_00ff
  return ((v &>> 8) & mask) | ((v & mask) &<< 8)
}

@inline(__always)
private func swappedWords(_ v: UInt64) -> UInt64 { (v &<< 32) | (v &>> 32) }

@inline(__always)
private func reversedBits(_ v: UInt64) -> UInt64 {
  var x = v
  x = ((x &>> 1) & 0x5555_5555_5555_5555) | ((x & 0x5555_5555_5555_5555) &<< 1)
  x = ((x &>> 2) & 0x3333_3333_3333_3333) | ((x & 0x3333_3333_3333_3333) &<< 2)
  return ((x &>> 4) & 0x0f0f_0f0f_0f0f_0f0f) | ((x & 0x0f0f_0f0f_0f0f_0f0f) &<< 4)
}

@inline(__always)
private func bitCounts(_ v: UInt64) -> UInt64 {
  var x = v &- ((v &>> 1) & 0x5555_5555_5555_5555)
  x = (x & 0x3333_3333_3333_3333) &+ ((x &>> 2) & 0x3333_3333_3333_3333)
  return (x &+ (x &>> 4)) & 0x0f0f_0f0f_0f0f_0f0f
}

/// Sums of neighbouring lanes of `size`, in lanes of twice the width.
@inline(__always)
private func pairSums(_ v: UInt64, _ size: Int, signed isSigned: Bool) -> UInt64 {
  var result = VectorPair()
  let source = VectorPair(v)
  for index in 0..<(4 &>> size) {
    let a = source.lane(index &* 2, size)
    let b = source.lane(index &* 2 &+ 1, size)
    let sum = isSigned ? UInt64(bitPattern: signed(a, size) &+ signed(b, size)) : a &+ b
    result.fill(index, size &+ 1, sum)
  }
  return result.low
}

@inline(__always)
private func laneSums(_ a: UInt64, _ b: UInt64, _ size: Int) -> UInt64 {
  var result = VectorPair()
  for index in 0..<(8 &>> size) {
    result.fill(index, size, VectorPair(a).lane(index, size) &+ VectorPair(b).lane(index, size))
  }
  return result.low
}

@inline(__always)
private func unary(_ operation: UnaryOp, _ size: Int, _ d: UInt64, _ v: UInt64) -> UInt64 {
  switch operation {
  case .rev64:
    switch size {
    case 0: return v.byteSwapped
    case 1: return swappedHalves(swappedWords(v))
    default: return swappedWords(v)
    }
  case .rev32: return size == 0 ? swappedBytes(swappedHalves(v)) : swappedHalves(v)
  case .rev16: return swappedBytes(v)
  case .rbit: return reversedBits(v)
  case .cnt: return bitCounts(v)
  case .saddlp: return pairSums(v, size, signed: true)
  case .uaddlp: return pairSums(v, size, signed: false)
  case .sadalp: return laneSums(d, pairSums(v, size, signed: true), size &+ 1)
  case .uadalp: return laneSums(d, pairSums(v, size, signed: false), size &+ 1)
  }
}

@inline(never)
func executeUnary(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  guard let operation = UnaryOp(rawValue: u.vectorOperation) else { return }
  let v = r.pair(u.rn)
  let d = r.pair(u.rd)
  let low = unary(operation, u.size, d.low, v.low)
  let high = u.q ? unary(operation, u.size, d.high, v.high) : 0
  r.setPair(u.rd, VectorPair(low, high))
}

/// Across lanes (C4.1.96.21) and the scalar ADDP.
enum ReductionOp: UInt8, Sendable { case addv, saddlv, uaddlv, smaxv, sminv, umaxv, uminv, addpScalar }

@inline(never)
func executeReduction(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  guard let operation = ReductionOp(rawValue: u.vectorOperation) else { return }
  let size = u.size
  let v = r.pair(u.rn)
  if operation == .addpScalar {
    r.setD(u.rd, v.low &+ v.high)
    return
  }
  let count = (u.q ? 16 : 8) &>> size
  var result = v.lane(0, size)
  if operation == .saddlv { result = UInt64(bitPattern: signed(result, size)) }
  for index in 1..<count {
    let lane = v.lane(index, size)
    switch operation {
    case .saddlv: result = result &+ UInt64(bitPattern: signed(lane, size))
    case .smaxv: result = signed(lane, size) > signed(result, size) ? lane : result
    case .sminv: result = signed(lane, size) < signed(result, size) ? lane : result
    case .umaxv: result = lane > result ? lane : result
    case .uminv: result = lane < result ? lane : result
    default: result = result &+ lane
    }
  }
  let isLong = operation == .saddlv || operation == .uaddlv
  r.setD(u.rd, result & laneMask(isLong ? size &+ 1 : size))
}
