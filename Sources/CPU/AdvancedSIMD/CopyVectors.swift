/// Moves between lanes and registers (Arm DDI 0487, C4.1.96.18 "Advanced SIMD copy") and immediates
/// (C4.1.96.25 "Advanced SIMD modified immediate").
enum CopyOp: UInt8, Sendable {
  /// DUP (element), vector and scalar; DUP (general).
  case dupElement, dupScalar, dupGeneral
  case insGeneral, insElement
  /// UMOV; SMOV to 32 and to 64 bits.
  case umov, smovW, smovX
  /// MOVI, MVNI and FMOV; ORR and BIC of an immediate, BIC with it inverted.
  case movi, orrImmediate, andImmediate
}

/// `low4`: index of the (source's) lane. `high8`: index of the destination's lane. General registers are
/// slots of the register block.
@inline(never)
func executeCopy(_ r: Regs, _ u: UnsafePointer<MicroOp>) {
  let u = u.pointee
  let size = u.size
  switch u.operation(as: CopyOp.self) {
  case .movi:
    r.setPair(u.rd, VectorPair(u.imm, u.q ? u.imm : 0))
  case .dupElement:
    let value = splat64(r.lane(u.rn, u.low4, size), size)
    r.setPair(u.rd, VectorPair(value, u.q ? value : 0))
  case .dupScalar:
    r.setD(u.rd, r.lane(u.rn, u.low4, size))
  case .dupGeneral:
    let value = splat64(r.x(u.rn), size)
    r.setPair(u.rd, VectorPair(value, u.q ? value : 0))
  case .insGeneral:
    r.setLane(u.rd, u.high8, size, r.x(u.rn))
  case .insElement:
    r.setLane(u.rd, u.high8, size, r.lane(u.rn, u.low4, size))
  case .umov:
    r.setX(u.rd, r.lane(u.rn, u.low4, size))
  case .smovW:
    let value = signed(r.lane(u.rn, u.low4, size), size)
    r.setX(u.rd, UInt64(UInt32(truncatingIfNeeded: value)))
  case .smovX:
    r.setX(u.rd, UInt64(bitPattern: signed(r.lane(u.rn, u.low4, size), size)))
  case .orrImmediate:
    let d = r.pair(u.rd)
    r.setPair(u.rd, VectorPair(d.low | u.imm, u.q ? d.high | u.imm : 0))
  case .andImmediate:
    let d = r.pair(u.rd)
    r.setPair(u.rd, VectorPair(d.low & u.imm, u.q ? d.high & u.imm : 0))
  }
}
