import Fabric

// MARK: Advanced SIMD

private func float(_ operation: FloatOp, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .floatVector, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.floatSize,
    low: f.lanes(f.floatSize))
}

private func pairwise(_ operation: FloatOp, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .floatPairwise, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.floatSize,
    low: f.lanes(f.floatSize))
}

private func element(_ operation: FloatOp, _ f: VectorFields) -> MicroOp {
  let (index, rm) = f.element(f.floatSize)
  return MicroOp(
    .floatElement, operation.rawValue, rd: f.rd, rn: f.rn, rm: rm, q: f.q, size: f.floatSize,
    low: f.lanes(f.floatSize), high: index)
}

private func reduction(_ operation: FloatOp, _ f: VectorFields) -> MicroOp {
  MicroOp(.floatReduction, operation.rawValue, rd: f.rd, rn: f.rn)
}

private func unary(_ operation: FloatUnaryOp, _ f: VectorFields, _ rounding: FPRounding = .zero) -> MicroOp {
  MicroOp(
    .floatUnary, operation.rawValue, rd: f.rd, rn: f.rn, rm: rounding.rawValue, q: f.q, size: f.floatSize,
    low: f.lanes(f.floatSize))
}

/// Fixed-point conversions: immh says which precision, immh:immb how many fraction bits.
private func fixed(_ operation: FloatUnaryOp, _ f: VectorFields) -> MicroOp {
  let size = f.shiftSize
  return MicroOp(
    .floatUnary, operation.rawValue, rd: f.rd, rn: f.rn, rm: FPRounding.zero.rawValue, q: f.q, size: size,
    low: f.lanes(size), high: UInt32(truncatingIfNeeded: (16 &<< size) &- f.immediate))
}

/// `sz` chooses between half and single (0) and single and double precision (1).
private func precision(
  _ operation: FloatPrecisionOp, _ other: FloatPrecisionOp, _ f: VectorFields
) -> MicroOp {
  let isDouble = f.word.bit(22)
  return MicroOp(
    .floatPrecision, (isDouble ? other : operation).rawValue, rd: f.rd, rn: f.rn, q: f.q,
    low: f.isScalar ? 1 : isDouble ? 2 : 4, imm: f.mask(2))
}

func decodeVectorFloat(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .faddVector: return float(.add, f)
  case .fsubVector: return float(.sub, f)
  case .fmulVector: return float(.mul, f)
  case .fdivVector: return float(.div, f)
  case .fmlaVector: return float(.mla, f)
  case .fmlsVector: return float(.mls, f)
  case .fmulxVector, .fmulxScalar: return float(.mulx, f)
  case .fmaxVector: return float(.max, f)
  case .fminVector: return float(.min, f)
  case .fmaxnmVector: return float(.maxnm, f)
  case .fminnmVector: return float(.minnm, f)
  case .fabdVector, .fabdScalar: return float(.abd, f)
  case .fcmeqVector, .fcmeqScalar: return float(.cmeq, f)
  case .fcmgeVector, .fcmgeScalar: return float(.cmge, f)
  case .fcmgtVector, .fcmgtScalar: return float(.cmgt, f)
  case .facgeVector, .facgeScalar: return float(.acge, f)
  case .facgtVector, .facgtScalar: return float(.acgt, f)
  case .frecpsVector, .frecpsScalar: return float(.recps, f)
  case .frsqrtsVector, .frsqrtsScalar: return float(.rsqrts, f)
  case .faddpVector, .faddpScalar: return pairwise(.add, f)
  case .fmaxpVector, .fmaxpScalar: return pairwise(.max, f)
  case .fminpVector, .fminpScalar: return pairwise(.min, f)
  case .fmaxnmpVector, .fmaxnmpScalar: return pairwise(.maxnm, f)
  case .fminnmpVector, .fminnmpScalar: return pairwise(.minnm, f)
  case .fmlaByElement, .fmlaScalarByElement: return element(.mla, f)
  case .fmlsByElement, .fmlsScalarByElement: return element(.mls, f)
  case .fmulByElement, .fmulScalarByElement: return element(.mul, f)
  case .fmulxByElement, .fmulxScalarByElement: return element(.mulx, f)
  case .fmaxvVector: return reduction(.max, f)
  case .fminvVector: return reduction(.min, f)
  case .fmaxnmvVector: return reduction(.maxnm, f)
  case .fminnmvVector: return reduction(.minnm, f)

  case .fabsVector: return unary(.abs, f)
  case .fnegVector: return unary(.neg, f)
  case .fsqrtVector: return unary(.sqrt, f)
  case .frintnVector: return unary(.rint, f, .tieEven)
  case .frintpVector: return unary(.rint, f, .plusInfinity)
  case .frintmVector: return unary(.rint, f, .minusInfinity)
  case .frintzVector: return unary(.rint, f, .zero)
  case .frintaVector: return unary(.rint, f, .tieAway)
  case .frintxVector: return unary(.rintx, f)
  case .frintiVector: return unary(.rinti, f)
  case .frecpeVector, .frecpeScalar: return unary(.recpe, f)
  case .frsqrteVector, .frsqrteScalar: return unary(.rsqrte, f)
  case .frecpxScalar: return unary(.recpx, f)
  case .urecpeVector: return unary(.urecpe, f)
  case .ursqrteVector: return unary(.ursqrte, f)
  case .fcvtnsVector, .fcvtnsScalar: return unary(.toSigned, f, .tieEven)
  case .fcvtnuVector, .fcvtnuScalar: return unary(.toUnsigned, f, .tieEven)
  case .fcvtpsVector, .fcvtpsScalar: return unary(.toSigned, f, .plusInfinity)
  case .fcvtpuVector, .fcvtpuScalar: return unary(.toUnsigned, f, .plusInfinity)
  case .fcvtmsVector, .fcvtmsScalar: return unary(.toSigned, f, .minusInfinity)
  case .fcvtmuVector, .fcvtmuScalar: return unary(.toUnsigned, f, .minusInfinity)
  case .fcvtzsVector, .fcvtzsScalar: return unary(.toSigned, f, .zero)
  case .fcvtzuVector, .fcvtzuScalar: return unary(.toUnsigned, f, .zero)
  case .fcvtasVector, .fcvtasScalar: return unary(.toSigned, f, .tieAway)
  case .fcvtauVector, .fcvtauScalar: return unary(.toUnsigned, f, .tieAway)
  case .scvtfVector, .scvtfScalar: return unary(.fromSigned, f)
  case .ucvtfVector, .ucvtfScalar: return unary(.fromUnsigned, f)
  case .fcmgtZeroVector, .fcmgtZeroScalar: return unary(.cmgtZero, f)
  case .fcmgeZeroVector, .fcmgeZeroScalar: return unary(.cmgeZero, f)
  case .fcmeqZeroVector, .fcmeqZeroScalar: return unary(.cmeqZero, f)
  case .fcmleZeroVector, .fcmleZeroScalar: return unary(.cmleZero, f)
  case .fcmltZeroVector, .fcmltZeroScalar: return unary(.cmltZero, f)
  case .scvtfFixedVector, .scvtfFixedScalar: return fixed(.fromSigned, f)
  case .ucvtfFixedVector, .ucvtfFixedScalar: return fixed(.fromUnsigned, f)
  case .fcvtzsFixedVector, .fcvtzsFixedScalar: return fixed(.toSigned, f)
  case .fcvtzuFixedVector, .fcvtzuFixedScalar: return fixed(.toUnsigned, f)
  case .fcvtlVector: return precision(.halfToSingle, .singleToDouble, f)
  case .fcvtnVector: return precision(.singleToHalf, .doubleToSingle, f)
  case .fcvtxnVector, .fcvtxnScalar: return precision(.doubleToSingleOdd, .doubleToSingleOdd, f)
  default: return nil
  }
}

// MARK: Scalar floating-point

/// `single` is the operation in single precision, the one after it in double.
private func scalar(_ single: FloatScalarOp, _ f: VectorFields, condition: Int = 0) -> MicroOp {
  let operation = single.rawValue | (f.word.bit(22) ? 1 : 0)
  return MicroOp(
    .floatScalar, operation, rd: f.rd, rn: f.rn, rm: f.rm, low: UInt32(truncatingIfNeeded: condition))
}

private func rounded(
  _ operation: FloatUnaryOp, _ f: VectorFields, _ rounding: FPRounding = .zero
) -> MicroOp {
  MicroOp(
    .floatUnary, operation.rawValue, rd: f.rd, rn: f.rn, rm: rounding.rawValue, size: f.floatSize, low: 1)
}

private func fused(_ negations: UInt8, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .floatFused, negations | (f.word.bit(22) ? 1 : 0), rd: f.rd, rn: f.rn, rm: f.rm,
    high: f.word.bits(14, 10))
}

private func compare(_ kind: UInt8, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .floatCompare, kind | (f.word.bit(22) ? 1 : 0), rd: 0, rn: f.rn, rm: f.rm, low: f.word.bits(15, 12),
    high: f.word.bits(3, 0))
}

/// Width and signedness as `FloatConvertOp` wants them; bit 16 of the word says unsigned.
private func form(_ f: VectorFields) -> UInt32 { f.word.bits(16, 16) | f.word.bits(31, 31) &<< 1 }

/// In the fixed-point forms, scale is 64 − the fraction bits.
private func fractionBits(_ f: VectorFields) -> UInt32 { 64 &- f.word.bits(15, 10) }

private func toGeneral(_ f: VectorFields, _ rounding: FPRounding, fraction: UInt32 = 0) -> MicroOp {
  let operation: FloatConvertOp = f.word.bit(22) ? .doubleToGeneral : .singleToGeneral
  return MicroOp(
    .floatConvert, operation.rawValue, rd: f.xd, rn: f.rn, rm: rounding.rawValue, low: form(f),
    high: fraction)
}

private func fromGeneral(_ f: VectorFields, fraction: UInt32 = 0) -> MicroOp {
  let operation: FloatConvertOp = f.word.bit(22) ? .generalToDouble : .generalToSingle
  return MicroOp(.floatConvert, operation.rawValue, rd: f.rd, rn: f.xn, low: form(f), high: fraction)
}

private func convert(_ operation: FloatConvertOp, rd: UInt8, rn: UInt8) -> MicroOp {
  MicroOp(.floatConvert, operation.rawValue, rd: rd, rn: rn)
}

/// FCVT: ftype and opc name the source and the target, 0 single, 1 double, 3 half.
private func precision(_ f: VectorFields) -> MicroOp? {
  switch (f.field(23, 22), f.field(16, 15)) {
  case (0, 1): return convert(.singleToDouble, rd: f.rd, rn: f.rn)
  case (0, 3): return convert(.singleToHalf, rd: f.rd, rn: f.rn)
  case (1, 0): return convert(.doubleToSingle, rd: f.rd, rn: f.rn)
  case (1, 3): return convert(.doubleToHalf, rd: f.rd, rn: f.rn)
  case (3, 0): return convert(.halfToSingle, rd: f.rd, rn: f.rn)
  case (3, 1): return convert(.halfToDouble, rd: f.rd, rn: f.rn)
  default: return nil
  }
}

func decodeScalarFloat(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .faddScalar: return scalar(.addS, f)
  case .fsubScalar: return scalar(.subS, f)
  case .fmulScalar: return scalar(.mulS, f)
  case .fdivScalar: return scalar(.divS, f)
  case .fnmulScalar: return scalar(.nmulS, f)
  case .fmaxScalar: return scalar(.maxS, f)
  case .fminScalar: return scalar(.minS, f)
  case .fmaxnmScalar: return scalar(.maxnmS, f)
  case .fminnmScalar: return scalar(.minnmS, f)
  case .fmovRegister: return scalar(.movS, f)
  case .fabsScalar: return scalar(.absS, f)
  case .fnegScalar: return scalar(.negS, f)
  case .fsqrtScalar: return scalar(.sqrtS, f)
  case .fcsel: return scalar(.cselS, f, condition: f.field(15, 12))
  case .frintnScalar: return rounded(.rint, f, .tieEven)
  case .frintpScalar: return rounded(.rint, f, .plusInfinity)
  case .frintmScalar: return rounded(.rint, f, .minusInfinity)
  case .frintzScalar: return rounded(.rint, f, .zero)
  case .frintaScalar: return rounded(.rint, f, .tieAway)
  case .frintxScalar: return rounded(.rintx, f)
  case .frintiScalar: return rounded(.rinti, f)
  case .fmadd: return fused(0, f)
  case .fmsub: return fused(2, f)
  case .fnmadd: return fused(6, f)
  case .fnmsub: return fused(4, f)
  case .fcmp: return compare(0, f)
  case .fcmpe: return compare(2, f)
  case .fcmpZero: return compare(4, f)
  case .fcmpeZero: return compare(6, f)
  case .fccmp: return compare(8, f)
  case .fccmpe: return compare(10, f)
  case .fmovImmediate:
    let imm8 = UInt64(f.word.bits(20, 13))
    let value = expandedFloat(imm8, f.word.bit(22) ? .double : .single)
    return MicroOp(.copy, CopyOp.movi.rawValue, rd: f.rd, imm: value)
  case .fcvt: return precision(f)
  case .fmovToGeneral:
    return convert(f.word.bit(31) ? .moveToX : .moveToW, rd: f.xd, rn: f.rn)
  case .fmovFromGeneral:
    return convert(f.word.bit(31) ? .moveFromX : .moveFromW, rd: f.rd, rn: f.xn)
  case .fmovTopToGeneral: return convert(.moveTopToX, rd: f.xd, rn: f.rn)
  case .fmovTopFromGeneral: return convert(.moveTopFromX, rd: f.rd, rn: f.xn)
  case .fcvtnsGeneral, .fcvtnuGeneral: return toGeneral(f, .tieEven)
  case .fcvtpsGeneral, .fcvtpuGeneral: return toGeneral(f, .plusInfinity)
  case .fcvtmsGeneral, .fcvtmuGeneral: return toGeneral(f, .minusInfinity)
  case .fcvtzsGeneral, .fcvtzuGeneral: return toGeneral(f, .zero)
  case .fcvtasGeneral, .fcvtauGeneral: return toGeneral(f, .tieAway)
  case .scvtfGeneral, .ucvtfGeneral: return fromGeneral(f)
  case .fcvtzsGeneralFixed, .fcvtzuGeneralFixed:
    return toGeneral(f, .zero, fraction: fractionBits(f))
  case .scvtfGeneralFixed, .ucvtfGeneralFixed: return fromGeneral(f, fraction: fractionBits(f))
  default: return nil
  }
}
