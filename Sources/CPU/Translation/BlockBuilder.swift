import Fabric

/// Decodes instructions from a physical page into micro-ops until the block ends: at a branch or a change
/// of context, at the end of the page, or after `limit` instructions. What a block contains depends only on
/// the code and the mode, never on what ran before.
struct BlockBuilder {
  /// Instructions in a block at most.
  static let limit = 64

  var ops: [MicroOp] = []
  var map: [UInt8] = []
  /// Byte offset of the current instruction from the start of the block.
  var displacement: UInt64 = 0
  let mode: UInt64
  var ended = false
  let planted: PlantedDifference?

  init(mode: UInt32, planted: PlantedDifference?) {
    self.mode = UInt64(mode)
    self.planted = planted
    ops.reserveCapacity(160)
    map.reserveCapacity(BlockBuilder.limit)
  }

  /// Builds and stores the block at `offset` of `page`.
  static func build(
    in cache: TranslationCache, page: TranslationCache.PagePointer, offset: Int, mode: UInt32
  ) -> BlockPointer {
    var builder = BlockBuilder(mode: mode, planted: cache.plantedDifference)
    let base = cache.ram.base + Int(truncatingIfNeeded: page.pointee.physical)
    let single = UInt64(mode) & (BlockMode.softwareStep | BlockMode.breakpoints) != 0
    let limit = single ? 1 : cache.rules.instructionsPerBlock
    var position = offset
    while !builder.ended {
      builder.map.append(builder.place)
      let word = (base + position).load(as: UInt32.self)
      cache.translationListener?(word)
      builder.translate(builder.planted?.disturb(word) ?? word)
      position += 4
      builder.displacement &+= 4
      if !builder.ended && (position >= 4096 || builder.map.count >= limit || builder.ops.count > 180) {
        builder.emit(.next, aux: UInt32(truncatingIfNeeded: builder.displacement))
        builder.ended = true
      }
    }
    return cache.insert(page, offset: offset, mode: mode, ops: builder.ops, map: builder.map)
  }

  /// The micro-op with which the next instruction begins.
  private var place: UInt8 {
    if planted == .place && map.count == 5 { return map[4] }
    return UInt8(truncatingIfNeeded: ops.count)
  }

  // MARK: Emission

  @inline(__always)
  mutating func emit(
    _ op: Operation, rd: UInt8 = UInt8(Slot.sink), rn: UInt8 = UInt8(Slot.zr), rm: UInt8 = UInt8(Slot.zr),
    aux: UInt32 = 0, imm: UInt64 = 0
  ) {
    ops.append(MicroOp(op: op.rawValue, rd: rd, rn: rn, rm: rm, aux: aux, imm: imm))
  }

  /// Emits a closing micro-op.
  mutating func end(_ op: Operation, rn: UInt8 = UInt8(Slot.zr), aux: UInt32 = 0, imm: UInt64 = 0) {
    emit(op, rn: rn, aux: aux, imm: imm)
    ended = true
  }

  /// Displacement of the next instruction from the start of the block.
  var following: UInt32 { UInt32(truncatingIfNeeded: displacement &+ 4) }

  // MARK: Register slots

  /// Source register, 31 = XZR.
  static func source(_ number: UInt32) -> UInt8 {
    number == 31 ? UInt8(Slot.zr) : UInt8(truncatingIfNeeded: number & 31)
  }

  /// Destination register, 31 = XZR.
  static func target(_ number: UInt32) -> UInt8 {
    number == 31 ? UInt8(Slot.sink) : UInt8(truncatingIfNeeded: number & 31)
  }

  /// Register or SP.
  static func orSP(_ number: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: number & 31) }

  /// Slot of the low half of V`number`.
  static func vector(_ number: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 64 &+ (number & 31) &* 2) }

  // MARK: Dispatch by class

  mutating func translate(_ word: UInt32) {
    if mode & BlockMode.illegalState != 0 { return end(.undefined) }
    guard let instruction = Decoder.decode(word) else { return end(.undefined) }
    // One of the classes knows it; the order is that of frequency in real code.
    if translateDataProcessing(instruction, word) { return }
    if translateLoadStore(instruction, word) { return }
    if translateBranch(instruction, word) { return }
    if translateSystem(instruction, word) { return }
    translateVector(instruction, word)
  }

  mutating func translateVector(_ instruction: Instruction, _ word: UInt32) {
    if mode & BlockMode.floatingPointTrapped != 0 { return end(.floatTrap) }
    if var op = decodeVectorMemory(instruction, word: word) {
      requireAlignedStack(base: word.bits(9, 5))
      op.op = Operation.vectorMemory.rawValue
      ops.append(op)
      noteStackWrite(base: word.bits(9, 5), writes: word.bit(23))
      return
    }
    if var op = decodeVector(instruction, word: word) {
      op.op = Operation.vector.rawValue
      ops.append(op)
      return
    }
    end(.undefined)
  }

  /// In the misaligned-SP mode every access with SP as base is checked.
  mutating func requireAlignedStack(base: UInt32) {
    if base == 31 && mode & BlockMode.stackMisaligned != 0 { emit(.requireAlignedSP) }
  }

  /// After an instruction that wrote SP, if `base` is SP; it is the last micro-op of its instruction.
  /// Adding `amount` to SP does not change its alignment when that is a multiple of 16.
  mutating func noteStackWrite(base: UInt32, writes: Bool = true, added amount: UInt64 = 1) {
    if base == 31 && writes && amount & 15 != 0 { emit(.checkStackPointer) }
  }
}
