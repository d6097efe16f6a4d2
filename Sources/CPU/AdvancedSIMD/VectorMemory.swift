import Fabric

/// The data side of memory as loads and stores of structures see it.
///
/// A refused access has already taken its exception (or recorded it): the instruction then stops and leaves
/// all registers as they were.
protocol VectorMemory {
  /// `size` (1, 2, 4 or 8) bytes, zero-extended, or nil after a fault.
  func load(_ address: UInt64, size: Int) -> UInt64?
  /// Stores the low `size` bytes; false after a fault.
  func store(_ address: UInt64, size: Int, value: UInt64) -> Bool
  /// Whether an access must be aligned to its size (SCTLR_ELx.A). While it need not, elements are moved
  /// eight bytes at a time wherever they lie; otherwise only if the address is aligned to that.
  var checksAlignment: Bool { get }
}

extension VectorMemory {
  @inline(__always) var checksAlignment: Bool { true }
}

/// What `executeVectorMemory` does. In `MicroOp`: bit 0 of the operation store, bit 1 writes the base back,
/// the bits above the form; `low4` the number of registers, `high8` the lane; `rm` and `imm` are both added
/// to the base when it is written back.
enum VectorMemoryForm: UInt8, Sendable {
  /// LD1 and ST1 of whole registers: memory in order.
  case linear
  /// LD2 to LD4 and ST2 to ST4 of whole registers.
  case interleaved
  /// One lane of each register.
  case single
  /// LD1R to LD4R.
  case replicate
}

/// The micro-operation for a load or store of Advanced SIMD structures, without its `op`; nil if the
/// instruction is none. `rn` is the base's slot (31 is SP).
func decodeVectorMemory(_ instruction: Instruction, word: UInt32) -> MicroOp? {
  switch instruction {
  case .ld1Multiple1, .ld1Multiple1PostIndex, .st1Multiple1, .st1Multiple1PostIndex:
    return multiple(.linear, word, registers: 1)
  case .ld1Multiple2, .ld1Multiple2PostIndex, .st1Multiple2, .st1Multiple2PostIndex:
    return multiple(.linear, word, registers: 2)
  case .ld1Multiple3, .ld1Multiple3PostIndex, .st1Multiple3, .st1Multiple3PostIndex:
    return multiple(.linear, word, registers: 3)
  case .ld1Multiple4, .ld1Multiple4PostIndex, .st1Multiple4, .st1Multiple4PostIndex:
    return multiple(.linear, word, registers: 4)
  case .ld2Multiple, .ld2MultiplePostIndex, .st2Multiple, .st2MultiplePostIndex:
    return multiple(.interleaved, word, registers: 2)
  case .ld3Multiple, .ld3MultiplePostIndex, .st3Multiple, .st3MultiplePostIndex:
    return multiple(.interleaved, word, registers: 3)
  case .ld4Multiple, .ld4MultiplePostIndex, .st4Multiple, .st4MultiplePostIndex:
    return multiple(.interleaved, word, registers: 4)
  case .ld1Single, .ld1SinglePostIndex, .st1Single, .st1SinglePostIndex: return single(word, registers: 1)
  case .ld2Single, .ld2SinglePostIndex, .st2Single, .st2SinglePostIndex: return single(word, registers: 2)
  case .ld3Single, .ld3SinglePostIndex, .st3Single, .st3SinglePostIndex: return single(word, registers: 3)
  case .ld4Single, .ld4SinglePostIndex, .st4Single, .st4SinglePostIndex: return single(word, registers: 4)
  case .ld1Replicate, .ld1ReplicatePostIndex: return replicate(word, registers: 1)
  case .ld2Replicate, .ld2ReplicatePostIndex: return replicate(word, registers: 2)
  case .ld3Replicate, .ld3ReplicatePostIndex: return replicate(word, registers: 3)
  case .ld4Replicate, .ld4ReplicatePostIndex: return replicate(word, registers: 4)
  default: return nil
  }
}

/// Bit 23 of all these encodings says post-indexed; Rm 31 then stands for the number of bytes moved.
private func operation(
  _ form: VectorMemoryForm, _ word: UInt32, registers: Int, size: Int, index: Int, bytes: Int
) -> MicroOp {
  let f = VectorFields(word: word)
  let isPostIndexed = word.bit(23)
  let isImmediate = f.rm == 31
  let kind = form.rawValue &<< 2 | (isPostIndexed ? 2 : 0) | (word.bit(22) ? 0 : 1)
  return MicroOp(
    .bitwise, kind, rd: f.rd, rn: f.rn,
    rm: isPostIndexed && !isImmediate ? f.rm : UInt8(Slot.zr), q: f.q, size: size,
    low: UInt32(truncatingIfNeeded: registers), high: UInt32(truncatingIfNeeded: index),
    imm: isPostIndexed && isImmediate ? UInt64(truncatingIfNeeded: bytes) : 0)
}

private func multiple(_ form: VectorMemoryForm, _ word: UInt32, registers: Int) -> MicroOp {
  let size = Int(truncatingIfNeeded: word.bits(11, 10))
  let bytes = registers &* (word.bit(30) ? 16 : 8)
  return operation(form, word, registers: registers, size: size, index: 0, bytes: bytes)
}

/// Size and index share opcode<2:1>, S, size and Q.
private func single(_ word: UInt32, registers: Int) -> MicroOp {
  let q = Int(truncatingIfNeeded: word.bits(30, 30))
  let s = Int(truncatingIfNeeded: word.bits(12, 12))
  let low = Int(truncatingIfNeeded: word.bits(11, 10))
  let size: Int
  let index: Int
  switch word.bits(15, 14) {
  case 0:
    size = 0
    index = q &<< 3 | s &<< 2 | low
  case 1:
    size = 1
    index = q &<< 2 | s &<< 1 | low &>> 1
  default:
    size = low & 1 == 0 ? 2 : 3
    index = size == 2 ? q &<< 1 | s : q
  }
  return operation(.single, word, registers: registers, size: size, index: index, bytes: registers &<< size)
}

private func replicate(_ word: UInt32, registers: Int) -> MicroOp {
  let size = Int(truncatingIfNeeded: word.bits(11, 10))
  return operation(.replicate, word, registers: registers, size: size, index: 0, bytes: registers &<< size)
}

/// Executes a load or store of structures; false if an access faulted, with all registers unchanged.
@inline(__always)
func executeVectorMemory<M: VectorMemory>(
  _ registers: Regs, _ operation: UnsafePointer<MicroOp>, _ memory: M
) -> Bool {
  let u = operation.pointee
  let isStore = u.vectorOperation & 1 != 0
  let base = registers.x(u.rn)
  let isDone: Bool
  switch unsafeBitCast(u.vectorOperation &>> 2, to: VectorMemoryForm.self) {
  case .linear:
    isDone = isStore ? storeLinear(registers, u, base, memory) : loadLinear(registers, u, base, memory)
  case .interleaved:
    isDone = isStore
      ? storeInterleaved(registers, u, base, memory) : loadInterleaved(registers, u, base, memory)
  default:
    isDone = isStore ? storeLanes(registers, u, base, memory) : loadLanes(registers, u, base, memory)
  }
  if !isDone { return false }
  if u.vectorOperation & 2 != 0 {
    registers.setX(u.rn, base &+ registers.x(u.rm) &+ u.imm)
  }
  return true
}

/// Up to four registers' worth of memory, in order.
private typealias Block = SIMD8<UInt64>

/// Register `index` of the list that starts at `first`; the list wraps from V31 to V0.
@inline(__always)
private func listed(_ first: UInt8, _ index: Int) -> UInt8 {
  (first &+ UInt8(truncatingIfNeeded: index)) & 31
}

/// Whether elements can be moved in eights.
@inline(__always)
private func movesInEights<M: VectorMemory>(_ address: UInt64, _ memory: M) -> Bool {
  address & 7 == 0 || !memory.checksAlignment
}

@inline(__always)
private func loadBlock<M: VectorMemory>(
  _ address: UInt64, words: Int, size: Int, _ memory: M
) -> Block? {
  var block = Block()
  if movesInEights(address, memory) {
    for index in 0..<words {
      let offset = UInt64(truncatingIfNeeded: index &* 8)
      guard let value = memory.load(address &+ offset, size: 8) else { return nil }
      block[index & 7] = value
    }
    return block
  }
  let perWord = 8 &>> size
  for index in 0..<(words &* perWord) {
    let offset = UInt64(truncatingIfNeeded: index &<< size)
    guard let value = memory.load(address &+ offset, size: 1 &<< size) else { return nil }
    let shift = (offset & 7) &* 8
    block[((index &<< size) &>> 3) & 7] |= value &<< shift
  }
  return block
}

@inline(__always)
private func storeBlock<M: VectorMemory>(
  _ address: UInt64, _ block: Block, words: Int, size: Int, _ memory: M
) -> Bool {
  if movesInEights(address, memory) {
    for index in 0..<words {
      let offset = UInt64(truncatingIfNeeded: index &* 8)
      if !memory.store(address &+ offset, size: 8, value: block[index & 7]) { return false }
    }
    return true
  }
  let perWord = 8 &>> size
  for index in 0..<(words &* perWord) {
    let offset = UInt64(truncatingIfNeeded: index &<< size)
    let value = (block[((index &<< size) &>> 3) & 7] &>> ((offset & 7) &* 8)) & laneMask(size)
    if !memory.store(address &+ offset, size: 1 &<< size, value: value) { return false }
  }
  return true
}

@inline(never)
private func loadLinear<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  let perRegister = u.q ? 2 : 1
  guard let block = loadBlock(base, words: u.low4 &* perRegister, size: u.size, memory) else {
    return false
  }
  for index in 0..<u.low4 {
    let low = block[(index &* perRegister) & 7]
    let high = u.q ? block[(index &* 2 &+ 1) & 7] : 0
    r.setPair(listed(u.rd, index), VectorPair(low, high))
  }
  return true
}

@inline(never)
private func storeLinear<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  let perRegister = u.q ? 2 : 1
  var block = Block()
  for index in 0..<u.low4 {
    let value = r.pair(listed(u.rd, index))
    block[(index &* perRegister) & 7] = value.low
    if u.q { block[(index &* 2 &+ 1) & 7] = value.high }
  }
  return storeBlock(base, block, words: u.low4 &* perRegister, size: u.size, memory)
}

@inline(never)
private func loadInterleaved<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  let count = u.low4
  let words = count &* (u.q ? 2 : 1)
  guard let block = loadBlock(base, words: words, size: u.size, memory) else { return false }
  let lanes = (u.q ? 16 : 8) &>> u.size
  let mask = laneMask(u.size)
  for index in 0..<count {
    var value = VectorPair()
    var byte = index &<< u.size
    for lane in 0..<lanes {
      let word = block[(byte &>> 3) & 7] &>> UInt64(truncatingIfNeeded: (byte & 7) &* 8)
      value.fill(lane, u.size, word & mask)
      byte &+= count &<< u.size
    }
    r.setPair(listed(u.rd, index), value)
  }
  return true
}

@inline(never)
private func storeInterleaved<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  let count = u.low4
  let lanes = (u.q ? 16 : 8) &>> u.size
  var block = Block()
  for index in 0..<count {
    let value = r.pair(listed(u.rd, index))
    var byte = index &<< u.size
    for lane in 0..<lanes {
      let shift = UInt64(truncatingIfNeeded: (byte & 7) &* 8)
      block[(byte &>> 3) & 7] |= value.lane(lane, u.size) &<< shift
      byte &+= count &<< u.size
    }
  }
  return storeBlock(base, block, words: count &* (u.q ? 2 : 1), size: u.size, memory)
}

@inline(never)
private func loadLanes<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  var values = SIMD4<UInt64>()
  for index in 0..<u.low4 {
    let offset = UInt64(truncatingIfNeeded: index &<< u.size)
    guard let value = memory.load(base &+ offset, size: 1 &<< u.size) else { return false }
    values[index & 3] = value
  }
  let replicates = u.vectorOperation &>> 2 == VectorMemoryForm.replicate.rawValue
  for index in 0..<u.low4 {
    let register = listed(u.rd, index)
    if replicates {
      let value = splat64(values[index & 3], u.size)
      r.setPair(register, VectorPair(value, u.q ? value : 0))
    } else {
      r.setLane(register, u.high8, u.size, values[index & 3])
    }
  }
  return true
}

@inline(never)
private func storeLanes<M: VectorMemory>(_ r: Regs, _ u: MicroOp, _ base: UInt64, _ memory: M) -> Bool {
  for index in 0..<u.low4 {
    let offset = UInt64(truncatingIfNeeded: index &<< u.size)
    let value = r.lane(listed(u.rd, index), u.high8, u.size)
    if !memory.store(base &+ offset, size: 1 &<< u.size, value: value) { return false }
  }
  return true
}
