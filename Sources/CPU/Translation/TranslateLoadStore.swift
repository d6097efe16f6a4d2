import Fabric

extension BlockBuilder {
  /// Loads and stores of general and SIMD&FP registers (Arm DDI 0487, C4.1.4). Write-back is a micro-op
  /// after the access, so that a faulting access leaves the base as it was.
  mutating func translateLoadStore(_ instruction: Instruction, _ word: UInt32) -> Bool {
    let size = word.bits(31, 30)
    let imm9 = UInt64(word.bits(20, 12)).signExtended(from: 9)
    let floatSize = (word.bits(23, 23) &<< 2) | size
    switch instruction {
    case .strImmediateUnsigned: single(word, store: size, at: UInt64(word.bits(21, 10)) &<< UInt64(size))
    case .ldrImmediateUnsigned: single(word, load: size, at: UInt64(word.bits(21, 10)) &<< UInt64(size))
    case .ldrsImmediateUnsigned: single(word, signed: size, at: UInt64(word.bits(21, 10)) &<< UInt64(size))
    case .stur: single(word, store: size, at: imm9)
    case .ldur: single(word, load: size, at: imm9)
    case .ldurs: single(word, signed: size, at: imm9)
    case .strImmediatePostIndex: single(word, store: size, at: 0, writeBack: imm9)
    case .ldrImmediatePostIndex: single(word, load: size, at: 0, writeBack: imm9)
    case .ldrsImmediatePostIndex: single(word, signed: size, at: 0, writeBack: imm9)
    case .strImmediatePreIndex: single(word, store: size, at: imm9, writeBack: imm9)
    case .ldrImmediatePreIndex: single(word, load: size, at: imm9, writeBack: imm9)
    case .ldrsImmediatePreIndex: single(word, signed: size, at: imm9, writeBack: imm9)
    case .strRegisterOffset: indexed(word, Self.storeR[Int(size)], rt: Self.source(word.bits(4, 0)), size)
    case .ldrRegisterOffset: indexed(word, Self.loadR[Int(size)], rt: Self.target(word.bits(4, 0)), size)
    case .ldrsRegisterOffset:
      indexed(word, Self.signedLoad(size, word, Self.signedR), rt: Self.target(word.bits(4, 0)), size)
    case .sttr, .ldtr, .ldtrs: unprivileged(instruction, word, imm9)
    case .ldrLiteral, .ldrswLiteral, .ldrFPLiteral: literal(instruction, word)
    case .prfmLiteral, .prfum, .prfmRegisterOffset, .prfmImmediateUnsigned: break
    case .strFPImmediateUnsigned, .ldrFPImmediateUnsigned:
      float(instruction == .strFPImmediateUnsigned, word, at: UInt64(word.bits(21, 10)) &<< UInt64(floatSize))
    case .sturFP: float(true, word, at: imm9)
    case .ldurFP: float(false, word, at: imm9)
    case .strFPImmediatePostIndex: float(true, word, at: 0, writeBack: imm9)
    case .ldrFPImmediatePostIndex: float(false, word, at: 0, writeBack: imm9)
    case .strFPImmediatePreIndex: float(true, word, at: imm9, writeBack: imm9)
    case .ldrFPImmediatePreIndex: float(false, word, at: imm9, writeBack: imm9)
    case .strFPRegisterOffset, .ldrFPRegisterOffset:
      if mode & BlockMode.floatingPointTrapped != 0 {
        end(.floatTrap)
      } else {
        let table = instruction == .strFPRegisterOffset ? Self.floatStoreR : Self.floatLoadR
        indexed(word, table[Int(min(floatSize, 4))], rt: Self.vector(word.bits(4, 0)), floatSize)
      }
    default: return translatePairOrExclusive(instruction, word)
    }
    return true
  }

  // Rows by size: 8, 16, 32, 64 (, 128) bits.
  private static let load: [Operation] = [.ldr8, .ldr16, .ldr32, .ldr64]
  private static let loadR: [Operation] = [.ldr8R, .ldr16R, .ldr32R, .ldr64R]
  private static let store: [Operation] = [.str8, .str16, .str32, .str64]
  private static let storeR: [Operation] = [.str8R, .str16R, .str32R, .str64R]
  /// To 64 bits, then to 32.
  private static let signed: [Operation] = [.ldrs8x64, .ldrs16x64, .ldrs32x64, .ldrs8x32, .ldrs16x32]
  private static let signedR: [Operation] = [.ldrs8x64R, .ldrs16x64R, .ldrs32x64R, .ldrs8x32R, .ldrs16x32R]
  private static let floatLoad: [Operation] = [.ldrV8, .ldrV16, .ldrV32, .ldrV64, .ldrV128]
  private static let floatLoadR: [Operation] = [.ldrV8R, .ldrV16R, .ldrV32R, .ldrV64R, .ldrV128R]
  private static let floatStore: [Operation] = [.str8, .str16, .str32, .str64, .strV128]
  private static let floatStoreR: [Operation] = [.str8R, .str16R, .str32R, .str64R, .strV128R]

  private static func signedLoad(_ size: UInt32, _ word: UInt32, _ table: [Operation]) -> Operation {
    table[Int(min(size, 2)) + (word.bit(22) ? 3 : 0)]
  }

  // MARK: Common parts

  /// Checks that precede an access in the rarer modes.
  private mutating func prepare(base: UInt32, offset: UInt64, bytes: UInt32, isStore: Bool) {
    requireAlignedStack(base: base)
    if mode & BlockMode.strictAlignment != 0 && bytes > 1 {
      emit(.checkAlignment, rd: isStore ? 1 : 0, rn: Self.orSP(base), aux: bytes, imm: offset)
    }
  }

  private mutating func writeBack(_ base: UInt32, _ amount: UInt64?) {
    guard let amount else { return }
    emit(.addI64, rd: Self.orSP(base), rn: Self.orSP(base), imm: amount)
    noteStackWrite(base: base, added: amount)
  }

  private var isBigEndian: Bool { mode & BlockMode.bigEndian != 0 }

  /// A load of `bytes` into `rd`; in big-endian mode through a byte swap.
  private mutating func load(
    _ op: Operation, rd: UInt8, base: UInt8, offset: UInt64, bytes: UInt32, signedTo: UInt32 = 0
  ) {
    guard isBigEndian && bytes > 1 else { return emit(op, rd: rd, rn: base, imm: offset) }
    let plain = Self.load[bytes == 2 ? 1 : bytes == 4 ? 2 : 3]
    let scratch = UInt8(Slot.temporary2)
    emit(plain, rd: scratch, rn: base, imm: offset)
    emit(.byteSwap, rd: signedTo == 0 ? rd : scratch, rn: scratch, aux: bytes)
    if signedTo != 0 {
      emit(signedTo == 64 ? .sbfx64 : .sbfx32, rd: rd, rn: scratch, imm: UInt64(bytes &* 8))
    }
  }

  private mutating func store(_ op: Operation, rt: UInt8, base: UInt8, offset: UInt64, bytes: UInt32) {
    guard isBigEndian && bytes > 1 else { return emit(op, rd: rt, rn: base, imm: offset) }
    let scratch = UInt8(Slot.temporary2)
    emit(.byteSwap, rd: scratch, rn: rt, aux: bytes)
    emit(op, rd: scratch, rn: base, imm: offset)
  }

  private mutating func single(_ word: UInt32, store size: UInt32, at offset: UInt64, writeBack: UInt64? = nil) {
    let base = word.bits(9, 5)
    prepare(base: base, offset: offset, bytes: 1 &<< size, isStore: true)
    store(
      Self.store[Int(size)], rt: Self.source(word.bits(4, 0)), base: Self.orSP(base), offset: offset,
      bytes: 1 &<< size)
    self.writeBack(base, writeBack)
  }

  private mutating func single(_ word: UInt32, load size: UInt32, at offset: UInt64, writeBack: UInt64? = nil) {
    let base = word.bits(9, 5)
    prepare(base: base, offset: offset, bytes: 1 &<< size, isStore: false)
    load(
      Self.load[Int(size)], rd: Self.target(word.bits(4, 0)), base: Self.orSP(base), offset: offset,
      bytes: 1 &<< size)
    self.writeBack(base, writeBack)
  }

  private mutating func single(
    _ word: UInt32, signed size: UInt32, at offset: UInt64, writeBack: UInt64? = nil
  ) {
    let base = word.bits(9, 5)
    prepare(base: base, offset: offset, bytes: 1 &<< size, isStore: false)
    load(
      Self.signedLoad(size, word, Self.signed), rd: Self.target(word.bits(4, 0)), base: Self.orSP(base),
      offset: offset, bytes: 1 &<< size, signedTo: word.bit(22) ? 32 : 64)
    self.writeBack(base, writeBack)
  }

  /// Base + extended register. In the rarer modes the address is computed first.
  private mutating func indexed(_ word: UInt32, _ op: Operation, rt: UInt8, _ size: UInt32) {
    let base = word.bits(9, 5)
    let option = word.bits(15, 13)
    let shift = word.bit(12) ? size : 0
    requireAlignedStack(base: base)
    let plain = mode & (BlockMode.strictAlignment | BlockMode.bigEndian) == 0
    if plain && option & 6 == 2 {
      // LSL, or UXTW as a mask.
      emit(
        op, rd: rt, rn: Self.orSP(base), rm: Self.source(word.bits(20, 16)), aux: shift,
        imm: option == 3 ? ~0 : 0xffff_ffff)
      return
    }
    let index = extend(word.bits(20, 16), option: option, shift: shift)
    if plain {
      emit(op, rd: rt, rn: Self.orSP(base), rm: index, imm: ~0)
      return
    }
    // The scratch registers proper may be needed for the data.
    let scratch = UInt8(Slot.sink)
    emit(.addR64, rd: scratch, rn: Self.orSP(base), rm: index)
    let bytes = UInt32(1) &<< min(size, 4)
    if mode & BlockMode.strictAlignment != 0 && bytes > 1 {
      // opc of a load: odd, or 2 where that is no store of a quadword.
      let isLoad = word.bit(22) || word.bit(23) && !word.bit(26)
      emit(.checkAlignment, rd: isLoad ? 0 : 1, rn: scratch, aux: bytes)
    }
    if isBigEndian && bytes > 1 {
      bigEndianIndexed(word, rt: rt, base: scratch, bytes: bytes)
    } else {
      emit(op, rd: rt, rn: scratch)
    }
  }

  private mutating func bigEndianIndexed(_ word: UInt32, rt: UInt8, base: UInt8, bytes: UInt32) {
    let plain = bytes == 2 ? 1 : bytes == 4 ? 2 : 3
    let isFloat = word.bit(26)
    if bytes == 16 {
      floatAccess(!word.bit(22), 4, rt, base, 0)
    } else if word.bits(23, 22) == 0 || (isFloat && !word.bit(22)) {
      store(Self.store[plain], rt: rt, base: base, offset: 0, bytes: bytes)
    } else if !isFloat && word.bit(23) {
      load(.ldr8, rd: rt, base: base, offset: 0, bytes: bytes, signedTo: word.bit(22) ? 32 : 64)
    } else {
      load(Self.load[plain], rd: rt, base: base, offset: 0, bytes: bytes)
      if isFloat { emit(.movImmediate, rd: rt &+ 1) }
    }
  }

  private mutating func unprivileged(_ instruction: Instruction, _ word: UInt32, _ offset: UInt64) {
    let base = word.bits(9, 5)
    let bytes = UInt32(1) &<< word.bits(31, 30)
    prepare(base: base, offset: offset, bytes: bytes, isStore: instruction == .sttr)
    let rn = Self.orSP(base)
    if isBigEndian && bytes > 1 {
      bigEndianUnprivileged(instruction, word, offset, bytes)
      return
    }
    switch instruction {
    case .sttr: emit(.unprivilegedStore, rd: Self.source(word.bits(4, 0)), rn: rn, aux: bytes, imm: offset)
    case .ldtr: emit(.unprivilegedLoad, rd: Self.target(word.bits(4, 0)), rn: rn, aux: bytes, imm: offset)
    default:
      let form = Core.LoadForm.signed | (word.bit(22) ? Core.LoadForm.to32 : 0)
      emit(.unprivilegedLoad, rd: Self.target(word.bits(4, 0)), rn: rn, aux: bytes | form, imm: offset)
    }
  }

  private mutating func bigEndianUnprivileged(
    _ instruction: Instruction, _ word: UInt32, _ offset: UInt64, _ bytes: UInt32
  ) {
    let rn = Self.orSP(word.bits(9, 5))
    let scratch = UInt8(Slot.temporary)
    if instruction == .sttr {
      emit(.byteSwap, rd: scratch, rn: Self.source(word.bits(4, 0)), aux: bytes)
      emit(.unprivilegedStore, rd: scratch, rn: rn, aux: bytes, imm: offset)
      return
    }
    let rd = Self.target(word.bits(4, 0))
    emit(.unprivilegedLoad, rd: scratch, rn: rn, aux: bytes, imm: offset)
    emit(.byteSwap, rd: instruction == .ldtr ? rd : scratch, rn: scratch, aux: bytes)
    if instruction == .ldtrs {
      emit(word.bit(22) ? .sbfx32 : .sbfx64, rd: rd, rn: scratch, imm: UInt64(bytes &* 8))
    }
  }

  private mutating func literal(_ instruction: Instruction, _ word: UInt32) {
    let target = displacement &+ (UInt64(word.bits(23, 5)) &<< 2).signExtended(from: 21)
    let scratch = UInt8(Slot.temporary)
    let rt = word.bits(4, 0)
    if instruction == .ldrFPLiteral && mode & BlockMode.floatingPointTrapped != 0 { return end(.floatTrap) }
    emit(.addPC, rd: scratch, imm: target)
    // LDRSW's size is that of opc = 0, too.
    let opc = instruction == .ldrswLiteral ? 0 : word.bits(31, 30)
    let size: UInt32 = 4 &<< opc
    if mode & BlockMode.strictAlignment != 0 && size > 4 {
      emit(.checkAlignment, rd: 0, rn: scratch, aux: size)
    }
    switch instruction {
    case .ldrLiteral:
      let wide = word.bit(30)
      load(wide ? .ldr64 : .ldr32, rd: Self.target(rt), base: scratch, offset: 0, bytes: wide ? 8 : 4)
    case .ldrswLiteral:
      load(.ldrs32x64, rd: Self.target(rt), base: scratch, offset: 0, bytes: 4, signedTo: 64)
    default: floatAccess(false, Int(word.bits(31, 30)) + 2, Self.vector(rt), scratch, 0)
    }
  }

  // MARK: SIMD&FP

  private mutating func float(_ isStore: Bool, _ word: UInt32, at offset: UInt64, writeBack: UInt64? = nil) {
    if mode & BlockMode.floatingPointTrapped != 0 { return end(.floatTrap) }
    let size = Int(min((word.bits(23, 23) &<< 2) | word.bits(31, 30), 4))
    let base = word.bits(9, 5)
    prepare(base: base, offset: offset, bytes: 1 &<< UInt32(size), isStore: isStore)
    floatAccess(isStore, size, Self.vector(word.bits(4, 0)), Self.orSP(base), offset)
    self.writeBack(base, writeBack)
  }

  /// One FP register of 1 << size bytes.
  private mutating func floatAccess(
    _ isStore: Bool, _ size: Int, _ rt: UInt8, _ base: UInt8, _ offset: UInt64
  ) {
    let bytes = UInt32(1) &<< UInt32(size)
    if !isBigEndian || bytes == 1 {
      emit(isStore ? Self.floatStore[size] : Self.floatLoad[size], rd: rt, rn: base, imm: offset)
      return
    }
    if bytes < 16 {
      if isStore {
        store(Self.store[size], rt: rt, base: base, offset: offset, bytes: bytes)
      } else {
        load(Self.load[size], rd: rt, base: base, offset: offset, bytes: bytes)
        emit(.movImmediate, rd: rt &+ 1)
      }
      return
    }
    // A quadword is one big-endian number: high half first.
    let (a, b) = (UInt8(Slot.temporary), UInt8(Slot.temporary2))
    if isStore {
      emit(.byteSwap, rd: a, rn: rt &+ 1, aux: 8)
      emit(.byteSwap, rd: b, rn: rt, aux: 8)
      emit(.stp64, rd: a, rn: base, rm: b, imm: offset)
    } else {
      emit(.ldp64, rd: a, rn: base, rm: b, imm: offset)
      emit(.byteSwap, rd: rt &+ 1, rn: a, aux: 8)
      emit(.byteSwap, rd: rt, rn: b, aux: 8)
    }
  }

  // MARK: Pairs, exclusives, ordered

  private mutating func translatePairOrExclusive(_ instruction: Instruction, _ word: UInt32) -> Bool {
    switch instruction {
    case .stnp, .stpOffset, .ldnp, .ldpOffset, .ldpswOffset: pair(word, offset: true, writeBack: false)
    case .stpPostIndex, .ldpPostIndex, .ldpswPostIndex: pair(word, offset: false, writeBack: true)
    case .stpPreIndex, .ldpPreIndex, .ldpswPreIndex: pair(word, offset: true, writeBack: true)
    case .stnpFP, .stpFPOffset, .ldnpFP, .ldpFPOffset: floatPair(word, offset: true, writeBack: false)
    case .stpFPPostIndex, .ldpFPPostIndex: floatPair(word, offset: false, writeBack: true)
    case .stpFPPreIndex, .ldpFPPreIndex: floatPair(word, offset: true, writeBack: true)
    case .ldar, .stlr:
      let bytes = UInt32(1) &<< word.bits(31, 30)
      let base = word.bits(9, 5)
      requireAlignedStack(base: base)
      if bytes > 1 {
        emit(.checkAlignment, rd: instruction == .stlr ? 3 : 2, rn: Self.orSP(base), aux: bytes)
      }
      let size = Int(word.bits(31, 30))
      if instruction == .ldar {
        load(Self.load[size], rd: Self.target(word.bits(4, 0)), base: Self.orSP(base), offset: 0, bytes: bytes)
      } else {
        store(Self.store[size], rt: Self.source(word.bits(4, 0)), base: Self.orSP(base), offset: 0, bytes: bytes)
      }
    case .ldxr, .ldaxr, .stxr, .stlxr, .ldxp, .ldaxp, .stxp, .stlxp: exclusive(instruction, word)
    default: return false
    }
    return true
  }

  private mutating func exclusive(_ instruction: Instruction, _ word: UInt32) {
    let base = word.bits(9, 5)
    let rn = Self.orSP(base)
    let bytes = UInt32(1) &<< word.bits(31, 30)
    requireAlignedStack(base: base)
    let rt = word.bits(4, 0)
    let rt2 = word.bits(14, 10)
    let status = Self.target(word.bits(20, 16))
    let swap = isBigEndian && bytes > 1
    switch instruction {
    case .ldxr, .ldaxr:
      emit(.loadExclusive, rd: Self.target(rt), rn: rn, aux: bytes)
      if swap { emit(.byteSwap, rd: Self.target(rt), rn: Self.target(rt), aux: bytes) }
    case .ldxp, .ldaxp:
      emit(.loadExclusivePair, rd: Self.target(rt), rn: rn, rm: Self.target(rt2), aux: bytes)
      if swap {
        emit(.byteSwap, rd: Self.target(rt), rn: Self.target(rt), aux: bytes)
        emit(.byteSwap, rd: Self.target(rt2), rn: Self.target(rt2), aux: bytes)
      }
    case .stxr, .stlxr:
      var data = Self.source(rt)
      if swap {
        emit(.byteSwap, rd: UInt8(Slot.temporary), rn: data, aux: bytes)
        data = UInt8(Slot.temporary)
      }
      emit(.storeExclusive, rd: data, rn: rn, rm: status, aux: bytes)
    default:
      var (first, second) = (Self.source(rt), Self.source(rt2))
      if swap {
        emit(.byteSwap, rd: UInt8(Slot.temporary), rn: first, aux: bytes)
        emit(.byteSwap, rd: UInt8(Slot.temporary2), rn: second, aux: bytes)
        (first, second) = (UInt8(Slot.temporary), UInt8(Slot.temporary2))
      }
      emit(.storeExclusivePair, rd: first, rn: rn, rm: status, aux: bytes, imm: UInt64(second))
    }
  }

  private mutating func pair(_ word: UInt32, offset hasOffset: Bool, writeBack hasWriteBack: Bool) {
    let wide = word.bit(31)
    let isSigned = word.bits(31, 30) == 1
    let bytes: UInt32 = wide ? 8 : 4
    let amount = UInt64(word.bits(21, 15)).signExtended(from: 7) &* UInt64(bytes)
    let offset = hasOffset ? amount : 0
    let base = word.bits(9, 5)
    let rn = Self.orSP(base)
    let isLoad = word.bit(22)
    let (rt, rt2) = (word.bits(4, 0), word.bits(14, 10))
    prepare(base: base, offset: offset, bytes: bytes, isStore: !isLoad)
    if isLoad {
      let (first, second) = (Self.target(rt), Self.target(rt2))
      if isBigEndian {
        emit(wide ? .ldp64 : .ldp32, rd: first, rn: rn, rm: second, imm: offset)
        for register in [first, second] {
          emit(.byteSwap, rd: register, rn: register, aux: bytes)
          if isSigned { emit(.sxtw, rd: register, rn: register) }
        }
      } else {
        emit(isSigned ? .ldpsw : wide ? .ldp64 : .ldp32, rd: first, rn: rn, rm: second, imm: offset)
      }
    } else {
      var (first, second) = (Self.source(rt), Self.source(rt2))
      if isBigEndian {
        emit(.byteSwap, rd: UInt8(Slot.temporary), rn: first, aux: bytes)
        emit(.byteSwap, rd: UInt8(Slot.temporary2), rn: second, aux: bytes)
        (first, second) = (UInt8(Slot.temporary), UInt8(Slot.temporary2))
      }
      emit(wide ? .stp64 : .stp32, rd: first, rn: rn, rm: second, imm: offset)
    }
    writeBack(base, hasWriteBack ? amount : nil)
  }

  private mutating func floatPair(_ word: UInt32, offset hasOffset: Bool, writeBack hasWriteBack: Bool) {
    if mode & BlockMode.floatingPointTrapped != 0 { return end(.floatTrap) }
    let size = Int(word.bits(31, 30)) + 2
    let bytes = UInt32(1) &<< UInt32(size)
    let amount = UInt64(word.bits(21, 15)).signExtended(from: 7) &* UInt64(bytes)
    let offset = hasOffset ? amount : 0
    let base = word.bits(9, 5)
    let rn = Self.orSP(base)
    let isLoad = word.bit(22)
    let (first, second) = (Self.vector(word.bits(4, 0)), Self.vector(word.bits(14, 10)))
    prepare(base: base, offset: offset, bytes: bytes, isStore: !isLoad)
    if isBigEndian && isLoad && size < 4 {
      let (a, b) = (UInt8(Slot.temporary), UInt8(Slot.temporary2))
      emit(size == 3 ? .ldp64 : .ldp32, rd: a, rn: rn, rm: b, imm: offset)
      for (scratch, register) in [(a, first), (b, second)] {
        emit(.byteSwap, rd: register, rn: scratch, aux: bytes)
        emit(.movImmediate, rd: register &+ 1)
      }
    } else if isBigEndian {
      let next = offset &+ UInt64(bytes)
      if isLoad {
        // Both must be readable before a register is written.
        let sink = UInt8(Slot.sink)
        for part in [offset, next] { emit(.ldp64, rd: sink, rn: rn, rm: sink, imm: part) }
      }
      floatAccess(!isLoad, size, first, rn, offset)
      floatAccess(!isLoad, size, second, rn, next)
    } else {
      let loads: [Operation] = [.ldpV32, .ldpV64, .ldpV128]
      let stores: [Operation] = [.stp32, .stp64, .stpV128]
      let row = min(size - 2, 2)
      emit(isLoad ? loads[row] : stores[row], rd: first, rn: rn, rm: second, imm: offset)
    }
    writeBack(base, hasWriteBack ? amount : nil)
  }
}
