import Fabric

/// The micro-operation for a scalar floating-point or Advanced SIMD instruction that does not touch memory,
/// without its `op`; nil if the instruction is none of these.
///
/// Reserved operands are the instruction table's business: `word` must be one it decodes to `instruction`.
func decodeVector(_ instruction: Instruction, word: UInt32) -> MicroOp? {
  let fields = VectorFields(word: word)
  if let operation = decodeThreeSame(instruction, fields) { return operation }
  if let operation = decodeTwoRegister(instruction, fields) { return operation }
  if let operation = decodeMoves(instruction, fields) { return operation }
  if let operation = decodeShifts(instruction, fields) { return operation }
  if let operation = decodeWidening(instruction, fields) { return operation }
  if let operation = decodeVectorFloat(instruction, fields) { return operation }
  return decodeScalarFloat(instruction, fields)
}

/// The fields of the Advanced SIMD and floating-point encodings, under the manual's names.
struct VectorFields {
  let word: UInt32

  @inline(__always)
  private func register(_ low: Int) -> UInt8 { UInt8(truncatingIfNeeded: word.bits(low &+ 4, low)) }
  @inline(__always)
  func field(_ high: Int, _ low: Int) -> Int { Int(truncatingIfNeeded: word.bits(high, low)) }

  var rd: UInt8 { register(0) }
  var rn: UInt8 { register(5) }
  var rm: UInt8 { register(16) }
  /// Register number 31 as a general register: the zero register as a source, the sink as a destination.
  var xn: UInt8 { rn == 31 ? UInt8(Slot.zr) : rn }
  var xd: UInt8 { rd == 31 ? UInt8(Slot.sink) : rd }

  /// Bit 28 distinguishes Advanced SIMD scalar from vector encodings.
  var isScalar: Bool { word.bit(28) }
  /// Q; scalar instructions have a one where it would be.
  var q: Bool { word.bit(30) && !isScalar }
  var isUnsigned: Bool { word.bit(29) }
  var size: Int { field(23, 22) }
  /// Single precision is size 2, double size 3.
  var floatSize: Int { word.bit(22) ? 3 : 2 }
  /// immh:immb
  var immediate: Int { field(22, 16) }
  /// log2 of the lane width in bytes from the highest bit of immh.
  var shiftSize: Int { 3 &- field(22, 19).leadingZeros4 }

  /// How many lanes of `size` take part.
  func lanes(_ size: Int) -> UInt32 {
    if isScalar { return 1 }
    return UInt32(truncatingIfNeeded: (q ? 16 : 8) &>> size)
  }

  /// The bits of the low half that take part when Q is 0.
  func mask(_ size: Int) -> UInt64 { isScalar ? laneMask(size) : ~0 }

  /// Index and register of a by-element operand: H:L:M and M:Rm by size.
  func element(_ size: Int) -> (index: UInt32, rm: UInt8) {
    let h = word.bits(11, 11)
    let l = word.bits(21, 21)
    let m = word.bits(20, 20)
    switch size {
    case 1: return (h &<< 2 | l &<< 1 | m, rm & 15)
    case 2: return (h &<< 1 | l, rm)
    default: return (h, rm)
    }
  }
}

extension Int {
  /// Leading zeros of a 4-bit value; 3 also for zero, which the table excludes.
  fileprivate var leadingZeros4: Int {
    if self & 8 != 0 { return 0 }
    if self & 4 != 0 { return 1 }
    return self & 2 != 0 ? 2 : 3
  }
}

// MARK: Three same

private func integer(_ operation: IntegerOp, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .integer, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size,
    imm: f.mask(f.size))
}

private func pairwise(_ operation: IntegerOp, _ f: VectorFields) -> MicroOp {
  MicroOp(.pairwise, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size)
}

private func lanewise(_ operation: LaneOp, _ f: VectorFields) -> MicroOp {
  MicroOp(
    .lanes, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q, size: f.size, low: f.lanes(f.size))
}

private func bitwise(_ operation: BitwiseOp, _ f: VectorFields) -> MicroOp {
  MicroOp(.bitwise, operation.rawValue, rd: f.rd, rn: f.rn, rm: f.rm, q: f.q)
}

private func integerElement(_ operation: IntegerOp, _ f: VectorFields) -> MicroOp {
  let (index, rm) = f.element(f.size)
  return MicroOp(
    .integerElement, operation.rawValue, rd: f.rd, rn: f.rn, rm: rm, q: f.q, size: f.size, low: index)
}

private func lanewiseElement(_ operation: LaneOp, _ f: VectorFields) -> MicroOp {
  let (index, rm) = f.element(f.size)
  return MicroOp(
    .lanes, operation.rawValue, rd: f.rd, rn: f.rn, rm: rm, q: f.q, size: f.size, low: f.lanes(f.size),
    high: 128 | index)
}

private func decodeThreeSame(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .andVector: return bitwise(.and, f)
  case .bicVector: return bitwise(.bic, f)
  case .orrVector: return bitwise(.orr, f)
  case .ornVector: return bitwise(.orn, f)
  case .eorVector: return bitwise(.eor, f)
  case .bslVector: return bitwise(.bsl, f)
  case .bitVector: return bitwise(.bit, f)
  case .bifVector: return bitwise(.bif, f)
  case .notVector: return bitwise(.not, f)

  case .addVector, .addScalar: return integer(.add, f)
  case .subVector, .subScalar: return integer(.sub, f)
  case .mulVector: return integer(.mul, f)
  case .mlaVector: return integer(.mla, f)
  case .mlsVector: return integer(.mls, f)
  case .cmeqVector, .cmeqScalar: return integer(.cmeq, f)
  case .cmgtVector, .cmgtScalar: return integer(.cmgt, f)
  case .cmgeVector, .cmgeScalar: return integer(.cmge, f)
  case .cmhiVector, .cmhiScalar: return integer(.cmhi, f)
  case .cmhsVector, .cmhsScalar: return integer(.cmhs, f)
  case .cmtstVector, .cmtstScalar: return integer(.cmtst, f)
  case .smaxVector: return integer(.smax, f)
  case .sminVector: return integer(.smin, f)
  case .umaxVector: return integer(.umax, f)
  case .uminVector: return integer(.umin, f)
  case .sabdVector: return integer(.sabd, f)
  case .uabdVector: return integer(.uabd, f)
  case .sabaVector: return integer(.saba, f)
  case .uabaVector: return integer(.uaba, f)
  case .shaddVector: return integer(.shadd, f)
  case .uhaddVector: return integer(.uhadd, f)
  case .srhaddVector: return integer(.srhadd, f)
  case .urhaddVector: return integer(.urhadd, f)
  case .shsubVector: return integer(.shsub, f)
  case .uhsubVector: return integer(.uhsub, f)
  case .sqaddVector, .sqaddScalar: return integer(.sqadd, f)
  case .uqaddVector, .uqaddScalar: return integer(.uqadd, f)
  case .sqsubVector, .sqsubScalar: return integer(.sqsub, f)
  case .uqsubVector, .uqsubScalar: return integer(.uqsub, f)

  case .addpVector: return pairwise(.add, f)
  case .smaxpVector: return pairwise(.smax, f)
  case .sminpVector: return pairwise(.smin, f)
  case .umaxpVector: return pairwise(.umax, f)
  case .uminpVector: return pairwise(.umin, f)

  case .sshlVector, .sshlScalar: return lanewise(.sshl, f)
  case .ushlVector, .ushlScalar: return lanewise(.ushl, f)
  case .srshlVector, .srshlScalar: return lanewise(.srshl, f)
  case .urshlVector, .urshlScalar: return lanewise(.urshl, f)
  case .sqshlRegisterVector, .sqshlRegisterScalar: return lanewise(.sqshl, f)
  case .uqshlRegisterVector, .uqshlRegisterScalar: return lanewise(.uqshl, f)
  case .sqrshlVector, .sqrshlScalar: return lanewise(.sqrshl, f)
  case .uqrshlVector, .uqrshlScalar: return lanewise(.uqrshl, f)
  case .sqdmulhVector, .sqdmulhScalar: return lanewise(.sqdmulh, f)
  case .sqrdmulhVector, .sqrdmulhScalar: return lanewise(.sqrdmulh, f)
  case .pmulVector: return lanewise(.pmul, f)

  case .mulByElement: return integerElement(.mul, f)
  case .mlaByElement: return integerElement(.mla, f)
  case .mlsByElement: return integerElement(.mls, f)
  case .sqdmulhByElement, .sqdmulhScalarByElement: return lanewiseElement(.sqdmulh, f)
  case .sqrdmulhByElement, .sqrdmulhScalarByElement: return lanewiseElement(.sqrdmulh, f)
  default: return nil
  }
}

// MARK: Two-register miscellaneous, across lanes

private func unary(_ operation: UnaryOp, _ f: VectorFields) -> MicroOp {
  MicroOp(.unary, operation.rawValue, rd: f.rd, rn: f.rn, q: f.q, size: f.size)
}

private func pairSums(_ operation: PairSumOp, _ f: VectorFields) -> MicroOp {
  MicroOp(.pairSums, operation.rawValue, rd: f.rd, rn: f.rn, q: f.q, size: f.size)
}

/// `imm` is the mask of the result, a scalar.
private func reduction(_ operation: ReductionOp, _ f: VectorFields, long: Bool = false) -> MicroOp {
  MicroOp(
    .reduction, operation.rawValue, rd: f.rd, rn: f.rn, q: f.q, size: f.size,
    imm: laneMask(long ? f.size &+ 1 : f.size))
}

private func decodeTwoRegister(_ instruction: Instruction, _ f: VectorFields) -> MicroOp? {
  switch instruction {
  case .absVector, .absScalar: return integer(.abs, f)
  case .negVector, .negScalar: return integer(.neg, f)
  case .cmgtZeroVector, .cmgtZeroScalar: return integer(.cmgtZero, f)
  case .cmgeZeroVector, .cmgeZeroScalar: return integer(.cmgeZero, f)
  case .cmeqZeroVector, .cmeqZeroScalar: return integer(.cmeqZero, f)
  case .cmleZeroVector, .cmleZeroScalar: return integer(.cmleZero, f)
  case .cmltZeroVector, .cmltZeroScalar: return integer(.cmltZero, f)
  case .suqaddVector, .suqaddScalar: return lanewise(.suqadd, f)
  case .usqaddVector, .usqaddScalar: return lanewise(.usqadd, f)
  case .sqabsVector, .sqabsScalar: return lanewise(.sqabs, f)
  case .sqnegVector, .sqnegScalar: return lanewise(.sqneg, f)
  case .clsVector: return lanewise(.cls, f)
  case .clzVector: return lanewise(.clz, f)
  case .rev64Vector: return unary(.rev64, f)
  case .rev32Vector: return unary(.rev32, f)
  case .rev16Vector: return unary(.rev16, f)
  case .rbitVector: return unary(.rbit, f)
  case .cntVector: return unary(.cnt, f)
  case .saddlpVector: return pairSums(.saddlp, f)
  case .uaddlpVector: return pairSums(.uaddlp, f)
  case .sadalpVector: return pairSums(.sadalp, f)
  case .uadalpVector: return pairSums(.uadalp, f)
  case .addvVector: return reduction(.addv, f)
  case .saddlvVector: return reduction(.saddlv, f, long: true)
  case .uaddlvVector: return reduction(.uaddlv, f, long: true)
  case .smaxvVector: return reduction(.smaxv, f)
  case .sminvVector: return reduction(.sminv, f)
  case .umaxvVector: return reduction(.umaxv, f)
  case .uminvVector: return reduction(.uminv, f)
  case .addpScalar: return reduction(.addpScalar, f)
  default: return nil
  }
}
