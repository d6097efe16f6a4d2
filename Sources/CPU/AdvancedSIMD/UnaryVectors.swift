/// Operations on one vector (Arm DDI 0487, C4.1.96.20 "Advanced SIMD two-register miscellaneous") that are
/// quickest in general registers.
enum UnaryOp: UInt8, Sendable {
  case rev64, rev32, rev16, rbit, cnt
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

@inline(__always)
private func unary(_ operation: UnaryOp, _ size: Int, _ v: UInt64) -> UInt64 {
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
  }
}

@inline(never)
func executeUnary(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let operation = u.operation(as: UnaryOp.self)
  let v = r.pair(u.rn)
  let low = unary(operation, u.size, v.low)
  let high = u.q ? unary(operation, u.size, v.high) : 0
  r.setPair(u.rd, VectorPair(low, high))
}
