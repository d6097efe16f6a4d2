/// What `executeVector` does, in two steps: the group picks a function, the group's own enumeration a case
/// in it. Both live in `MicroOp.aux`:
///
///     7:0 operation   15:8 group   16 Q   18:17 size   23:20 and 31:24 as the group says
///
/// `imm` holds, for groups that write lanes of one operation over the whole vector, the mask of the bits of
/// the low half that take part when Q is 0: all ones for 64-bit vectors, one lane for scalars.
enum VectorGroup: UInt8, Sendable {
  case bitwise, integer, pairwise, integerElement, widening, doubling, lanes
  case shiftImmediate, narrowing, unary, pairSums, reduction, copy, permute
  case floatVector, floatPairwise, floatElement, floatUnary, floatReduction, floatPrecision
  case floatScalar, floatFused, floatConvert, floatCompare
}

/// Executes one operation of Advanced SIMD or scalar floating-point that does not touch memory.
///
/// Registers are read and written in `registers`, which must be 16-byte aligned; FPCR is obeyed, FPSR
/// accumulates. `operation` must come from `decodeVector`.
@inline(never)
func executeVector(_ registers: Regs, _ operation: UnsafePointer<MicroOp>) {
  switch operation.pointee.vectorGroup {
  case .bitwise: executeBitwise(registers, operation)
  case .integer: executeInteger(registers, operation)
  case .pairwise: executePairwise(registers, operation)
  case .integerElement: executeIntegerElement(registers, operation)
  case .widening: executeWidening(registers, operation)
  case .doubling: executeDoubling(registers, operation)
  case .lanes: executeLanes(registers, operation)
  case .shiftImmediate: executeShiftImmediate(registers, operation)
  case .narrowing: executeNarrowing(registers, operation)
  case .unary: executeUnary(registers, operation)
  case .pairSums: executePairSums(registers, operation)
  case .reduction: executeReduction(registers, operation)
  case .copy: executeCopy(registers, operation)
  case .permute: executePermute(registers, operation)
  case .floatVector: executeFloatVector(registers, operation)
  case .floatPairwise: executeFloatPairwise(registers, operation)
  case .floatElement: executeFloatElement(registers, operation)
  case .floatUnary: executeFloatUnary(registers, operation)
  case .floatReduction: executeFloatReduction(registers, operation)
  case .floatPrecision: executeFloatPrecision(registers, operation)
  case .floatScalar: executeFloatScalar(registers, operation)
  case .floatFused: executeFloatFused(registers, operation)
  case .floatConvert: executeFloatConvert(registers, operation)
  case .floatCompare: executeFloatCompare(registers, operation)
  }
}

/// The fields of a vector micro-operation.
extension MicroOp {
  @inline(__always)
  init(
    _ group: VectorGroup, _ operation: UInt8, rd: UInt8, rn: UInt8 = 0, rm: UInt8 = 0, q: Bool = false,
    size: Int = 0, low: UInt32 = 0, high: UInt32 = 0, imm: UInt64 = ~0
  ) {
    var aux = UInt32(operation) | UInt32(group.rawValue) &<< 8
    aux |= (q ? 1 &<< 16 : 0) | UInt32(truncatingIfNeeded: size & 3) &<< 17
    aux |= (low & 15) &<< 20 | (high & 255) &<< 24
    self.init(op: 0, rd: rd, rn: rn, rm: rm, aux: aux, imm: imm)
  }

  @inline(__always) var vectorOperation: UInt8 { UInt8(truncatingIfNeeded: aux) }
  // SAFETY: `decodeVector` writes these two fields from values of the enumerations.
  @inline(__always)
  var vectorGroup: VectorGroup {
    unsafeBitCast(UInt8(truncatingIfNeeded: aux &>> 8), to: VectorGroup.self)
  }
  @inline(__always)
  func operation<Operation>(as _: Operation.Type) -> Operation {
    unsafeBitCast(vectorOperation, to: Operation.self)
  }
  /// The operation covers the whole register, or takes the upper half of its narrow operand.
  @inline(__always) var q: Bool { aux & 0x1_0000 != 0 }
  @inline(__always) var part: Int { Int(truncatingIfNeeded: aux &>> 16) & 1 }
  /// log2 of the lane's width in bytes.
  @inline(__always) var size: Int { Int(truncatingIfNeeded: aux &>> 17) & 3 }
  /// Bits 23:20.
  @inline(__always) var low4: Int { Int(truncatingIfNeeded: aux &>> 20) & 15 }
  /// Bits 31:24.
  @inline(__always) var high8: Int { Int(truncatingIfNeeded: aux &>> 24) & 255 }
  @inline(__always) var high8Register: UInt8 { UInt8(truncatingIfNeeded: aux &>> 24) & 31 }
}

extension MicroOp {
  /// Ones where the operation reaches: 128 bits, or what `imm` says of the low half.
  @inline(__always)
  var reach: Bytes { asBytes(Doublewords(imm, 0 &- UInt64(truncatingIfNeeded: part))) }
}
