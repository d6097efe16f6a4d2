import Fabric

// MARK: Copies, permutations, immediates

private func permute(_ operation: PermuteOp, _ f: VectorFields, low: UInt32 = 0) -> MicroOp {
  MicroOp(.permute, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size, low: low)
}

/// Size and index from imm5: the lowest set bit gives the size.
private func element(_ imm5: Int) -> (size: Int, index: UInt32) {
  let size = min(3, imm5.trailingZeroBitCount)
  return (size, UInt32(truncatingIfNeeded: imm5 &>> (size &+ 1)))
}

private func copy(_ operation: CopyOp, _ f: VectorFields, rd: UInt8, rn: UInt8) -> MicroOp {
  let (size, index) = element(f.field(20, 16))
  return MicroOp(.copy, operation.rawValue, rd: rd, rn: rn, q: f.q, size: size, low: index)
}

private func insert(_ operation: CopyOp, _ f: VectorFields, rn: UInt8, from imm4: Int) -> MicroOp {
  let (size, index) = element(f.field(20, 16))
  return MicroOp(
    .copy, operation.rawValue, rd: f.rd, rn: rn, q: true, size: size,
    low: UInt32(truncatingIfNeeded: imm4 &>> size), high: index)
}

private func immediate(_ operation: CopyOp, _ f: VectorFields, _ value: UInt64) -> MicroOp {
  MicroOp(.copy, operation.rawValue, rd: f.rd, q: f.q, imm: value)
}

func decodeMoves(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .tbl: return permute(.tbl, f, low: f.word.bits(14, 13) &+ 1)
  case .tbx: return permute(.tbx, f, low: f.word.bits(14, 13) &+ 1)
  case .uzp1: return permute(.uzp1, f)
  case .uzp2: return permute(.uzp2, f)
  case .trn1: return permute(.trn1, f)
  case .trn2: return permute(.trn2, f)
  case .zip1: return permute(.zip1, f)
  case .zip2: return permute(.zip2, f)
  case .ext: return permute(.ext, f, low: f.word.bits(14, 11))

  case .dupElement: return copy(.dupElement, f, rd: f.rd, rn: f.rn)
  case .dupElementScalar: return copy(.dupScalar, f, rd: f.rd, rn: f.rn)
  case .dupGeneral: return copy(.dupGeneral, f, rd: f.rd, rn: f.xn)
  case .umov: return copy(.umov, f, rd: f.xd, rn: f.rn)
  case .smov: return copy(f.q ? .smovX : .smovW, f, rd: f.xd, rn: f.rn)
  case .insGeneral: return insert(.insGeneral, f, rn: f.xn, from: 0)
  case .insElement: return insert(.insElement, f, rn: f.rn, from: f.field(14, 11))

  case .moviWord, .moviHalf, .moviMasked, .moviByte, .moviScalar, .moviDouble, .fmovVectorSingle,
    .fmovVectorDouble:
    return immediate(.movi, f, expandedImmediate(f.word))
  case .mvniWord, .mvniHalf, .mvniMasked: return immediate(.movi, f, ~expandedImmediate(f.word))
  case .orrVectorWord, .orrVectorHalf: return immediate(.orrImmediate, f, expandedImmediate(f.word))
  case .bicVectorWord, .bicVectorHalf: return immediate(.andImmediate, f, ~expandedImmediate(f.word))
  default: return nil
  }
}

/// AdvSIMDExpandImm
private func expandedImmediate(_ word: UInt32) -> UInt64 {
  let imm8 = UInt64(word.bits(18, 16) &<< 5 | word.bits(9, 5))
  let cmode = word.bits(15, 12)
  switch cmode &>> 1 {
  case 0, 1, 2, 3:
    return splat64(imm8 &<< UInt64((cmode &>> 1) &* 8), 2)
  case 4, 5:
    return splat64(imm8 &<< UInt64(((cmode &>> 1) & 1) &* 8), 1)
  case 6:
    return splat64(cmode & 1 == 0 ? imm8 &<< 8 | 0xff : imm8 &<< 16 | 0xffff, 2)
  default:
    if cmode & 1 == 0 {
      if !word.bit(29) { return splat64(imm8, 0) }
      // Each bit becomes a byte.
      var value: UInt64 = 0
      for bit in 0..<8 where imm8.bit(bit) { value |= 0xff &<< UInt64(truncatingIfNeeded: bit &* 8) }
      return value
    }
    return word.bit(29)
      ? expandedFloat(imm8, .double) : splat64(expandedFloat(imm8, .single), 2)
  }
}

/// VFPExpandImm: sign, three bits of exponent, four of fraction.
func expandedFloat(_ imm8: UInt64, _ format: FPFormat) -> UInt64 {
  let high = imm8.bit(6)
  // NOT(imm8<6>) : Replicate(imm8<6>) : imm8<5:4>
  let repeated = high ? ((1 &<< (format.exponentBits &- 3)) &- 1) &<< 2 : 0
  let exponent = (high ? 0 : 1 &<< (format.exponentBits &- 1)) | repeated
    | Int(truncatingIfNeeded: imm8.bits(5, 4))
  let fraction = imm8.bits(3, 0) &<< UInt64(truncatingIfNeeded: format.fractionBits &- 4)
  return format.pack(imm8.bit(7), exponent, fraction)
}

// MARK: Shifts by an immediate, narrowing

private func right(_ operation: ShiftOp, _ f: VectorFields) -> MicroOp {
  let size = f.shiftSize
  return MicroOp(
    .shiftImmediate, operation.rawValue, rd: f.rd, rn: f.rn, rm: rightShift(f), q: f.q, size: size,
    imm: f.mask(size))
}

private func left(_ operation: ShiftOp, _ f: VectorFields) -> MicroOp {
  let size = f.shiftSize
  return MicroOp(
    .shiftImmediate, operation.rawValue, rd: f.rd, rn: f.rn, rm: leftShift(f), q: f.q, size: size,
    imm: f.mask(size))
}

/// (2 × width) − immh:immb
private func rightShift(_ f: VectorFields) -> UInt8 {
  UInt8(truncatingIfNeeded: (16 &<< f.shiftSize) &- f.immediate)
}

/// immh:immb − width
private func leftShift(_ f: VectorFields) -> UInt8 {
  UInt8(truncatingIfNeeded: f.immediate &- (8 &<< f.shiftSize))
}

/// Lanes of a narrow result: always half a register, or one.
private func narrowing(_ operation: NarrowingOp, _ f: VectorFields, _ size: Int, _ shift: UInt8) -> MicroOp {
  MicroOp(
    .narrowing, operation.rawValue, rd: f.rd, rn: f.rn, rm: shift, q: f.q, size: size,
    low: f.isScalar ? 1 : UInt32(truncatingIfNeeded: 8 &>> size), imm: f.mask(size))
}

func decodeShifts(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .sshrVector, .sshrScalar: return right(.sshr, f)
  case .ushrVector, .ushrScalar: return right(.ushr, f)
  case .ssraVector, .ssraScalar: return right(.ssra, f)
  case .usraVector, .usraScalar: return right(.usra, f)
  case .srshrVector, .srshrScalar: return right(.srshr, f)
  case .urshrVector, .urshrScalar: return right(.urshr, f)
  case .srsraVector, .srsraScalar: return right(.srsra, f)
  case .ursraVector, .ursraScalar: return right(.ursra, f)
  case .sriVector, .sriScalar: return right(.sri, f)
  case .shlVector, .shlScalar: return left(.shl, f)
  case .sliVector, .sliScalar: return left(.sli, f)
  case .sqshlImmediateVector, .sqshlImmediateScalar: return left(.sqshl, f)
  case .uqshlImmediateVector, .uqshlImmediateScalar: return left(.uqshl, f)
  case .sqshluVector, .sqshluScalar: return left(.sqshlu, f)

  case .shrnVector: return narrowing(.truncate, f, f.shiftSize, rightShift(f))
  case .rshrnVector: return narrowing(.rshrn, f, f.shiftSize, rightShift(f))
  case .sqshrnVector, .sqshrnScalar: return narrowing(.signed, f, f.shiftSize, rightShift(f))
  case .uqshrnVector, .uqshrnScalar: return narrowing(.unsigned, f, f.shiftSize, rightShift(f))
  case .sqshrunVector, .sqshrunScalar:
    return narrowing(.signedToUnsigned, f, f.shiftSize, rightShift(f))
  case .sqrshrnVector, .sqrshrnScalar: return narrowing(.signedRounding, f, f.shiftSize, rightShift(f))
  case .uqrshrnVector, .uqrshrnScalar: return narrowing(.unsignedRounding, f, f.shiftSize, rightShift(f))
  case .sqrshrunVector, .sqrshrunScalar:
    return narrowing(.signedToUnsignedRounding, f, f.shiftSize, rightShift(f))
  case .sshllVector: return narrowing(.sshll, f, f.shiftSize, leftShift(f))
  case .ushllVector: return narrowing(.ushll, f, f.shiftSize, leftShift(f))

  case .xtnVector: return narrowing(.truncate, f, f.size, 0)
  case .sqxtnVector, .sqxtnScalar: return narrowing(.signed, f, f.size, 0)
  case .uqxtnVector, .uqxtnScalar: return narrowing(.unsigned, f, f.size, 0)
  case .sqxtunVector, .sqxtunScalar: return narrowing(.signedToUnsigned, f, f.size, 0)
  case .shllVector: return narrowing(.ushll, f, f.size, UInt8(truncatingIfNeeded: 8 &<< f.size))
  default: return nil
  }
}

// MARK: Lanes of different widths

private func widening(_ operation: IntegerOp, _ form: WideningForm, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .widening, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size,
    low: (f.isUnsigned ? 0 : 1) | UInt32(form.rawValue) &<< 2)
}

private func wideningElement(_ operation: IntegerOp, _ f: VectorFields) -> MicroOp {
  let (index, rm) = f.element(f.size)
  return MicroOp(
    .widening, operation.rawValue, rd: f.rd, rn: f.rn, rm: rm, q: f.q, size: f.size,
    low: f.isUnsigned ? 0 : 1, high: 128 | index)
}

private func doubling(_ operation: DoublingOp, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .doubling, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size,
    low: f.isScalar ? 1 : UInt32(truncatingIfNeeded: 8 &>> f.size))
}

private func doublingElement(_ operation: DoublingOp, _ f: VectorFields) -> MicroOp {
  let (index, rm) = f.element(f.size)
  return MicroOp(
    .doubling, operation.rawValue, rd: f.rd, rn: f.rn, rm: rm, q: f.q, size: f.size,
    low: f.isScalar ? 1 : UInt32(truncatingIfNeeded: 8 &>> f.size), high: 128 | index)
}

func decodeWidening(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .saddlVector, .uaddlVector: return widening(.add, .long, f)
  case .ssublVector, .usublVector: return widening(.sub, .long, f)
  case .saddwVector, .uaddwVector: return widening(.add, .wide, f)
  case .ssubwVector, .usubwVector: return widening(.sub, .wide, f)
  case .smullVector, .umullVector: return widening(.mul, .long, f)
  case .smlalVector, .umlalVector: return widening(.mla, .long, f)
  case .smlslVector, .umlslVector: return widening(.mls, .long, f)
  case .sabdlVector: return widening(.sabd, .long, f)
  case .uabdlVector: return widening(.uabd, .long, f)
  case .sabalVector: return widening(.saba, .long, f)
  case .uabalVector: return widening(.uaba, .long, f)
  case .addhnVector: return widening(.add, .highNarrow, f)
  case .subhnVector: return widening(.sub, .highNarrow, f)
  case .raddhnVector: return widening(.add, .highNarrowRounding, f)
  case .rsubhnVector: return widening(.sub, .highNarrowRounding, f)
  case .smullByElement, .umullByElement: return wideningElement(.mul, f)
  case .smlalByElement, .umlalByElement: return wideningElement(.mla, f)
  case .smlslByElement, .umlslByElement: return wideningElement(.mls, f)
  case .sqdmullVector, .sqdmullScalar: return doubling(.sqdmull, f)
  case .sqdmlalVector, .sqdmlalScalar: return doubling(.sqdmlal, f)
  case .sqdmlslVector, .sqdmlslScalar: return doubling(.sqdmlsl, f)
  case .pmullVector: return doubling(.pmull, f)
  case .sqdmullByElement, .sqdmullScalarByElement: return doublingElement(.sqdmull, f)
  case .sqdmlalByElement, .sqdmlalScalarByElement: return doublingElement(.sqdmlal, f)
  case .sqdmlslByElement, .sqdmlslScalarByElement: return doublingElement(.sqdmlsl, f)
  default: return nil
  }
}
