import Fabric
import MMU

/// The slow memory path: performs the access, whatever it is, or takes the exception.
///
/// `block` and `op` say where the core is; they are turned into an exact PC and time only when somebody
/// needs to know (a device, a fault).
extension Core {
  // MARK: Position

  /// Number of the instruction of `op` in its block.
  private func index(_ block: BlockPointer, _ op: OpPointer) -> UInt64 {
    UInt64(truncatingIfNeeded: block.instructionIndex(of: op))
  }

  /// Makes `Slot.pc` the address of the current instruction and `time.now` the core's exact time.
  func position(_ block: BlockPointer, _ op: OpPointer) {
    let number = index(block, op)
    r[Slot.pc] = r[Slot.pc] &+ (number &<< 2)
    let left = Int64(bitPattern: r[Slot.budget]) &+ Int64(block.pointee.count) &- Int64(bitPattern: number)
    synchronizeTime(budget: left)
  }

  /// Instructions since reset before the current one.
  func position(of op: OpPointer, in block: BlockPointer) -> UInt64 {
    retiredSoFar &- UInt64(truncatingIfNeeded: block.pointee.count) &+ index(block, op)
  }

  /// Undoes what `position` did to `Slot.pc`: the instruction completed and the block goes on.
  func resume(_ block: BlockPointer, _ op: OpPointer) {
    r[Slot.pc] = r[Slot.pc] &- (index(block, op) &<< 2)
    if _slowPath(r[Slot.attention] & Attention.pause != 0) { cut(block, behind: op) }
  }

  /// Gives back the budget of the instructions after the current one, which took an exception.
  func abandon(_ block: BlockPointer, _ op: OpPointer) {
    let unexecuted = UInt64(truncatingIfNeeded: Int64(block.pointee.count)) &- index(block, op) &- 1
    r[Slot.budget] = r[Slot.budget] &+ unexecuted
  }

  /// After an instruction that made SP aligned or misaligned, other than the mode says. True: the mode
  /// changed, and the block was left after that instruction.
  @inline(never)
  func stackAlignmentDidChange(_ block: BlockPointer, _ op: OpPointer) -> Bool {
    guard checksStackAlignment else { return false }
    abandon(block, op)
    r[Slot.pc] = r[Slot.pc] &+ ((index(block, op) &+ 1) &<< 2)
    adoptContext()
    return true
  }

  /// Sets `time.now` to this core's time with `budget` instructions left in the slice.
  func synchronizeTime(budget: Int64) {
    let left = UInt64(bitPattern: max(0, budget)) &* cluster.nanosecondsPerInstruction
    time.now = sliceEnd &- min(left, sliceEnd)
  }

  // MARK: Single accesses

  @inline(never)
  func loadSlow(_ address: UInt64, _ size: UInt64, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    readGuest(address, size, currentEL, block, op)
  }

  @inline(never)
  func storeSlow(
    _ address: UInt64, _ size: UInt64, _ value: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    storeBesideCode(address, size, value) || writeGuest(address, size, value, currentEL, block, op)
  }

  @inline(never)
  func loadPairSlow(_ address: UInt64, _ size: UInt64, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    if isRefusedQuadword(address, .read, block, op) { return false }
    guard readGuest(address, size, currentEL, block, op) else { return false }
    let first = r[Slot.result]
    guard readGuest(address &+ size, size, currentEL, block, op) else { return false }
    r[Slot.result2] = r[Slot.result]
    r[Slot.result] = first
    return true
  }

  @inline(never)
  func storePairSlow(
    _ address: UInt64, _ size: UInt64, _ first: UInt64, _ second: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    if isRefusedQuadword(address, .write, block, op) { return false }
    guard canWriteAcross(address, size &* 2, block, op) else { return false }
    return writeGuest(address, size, first, currentEL, block, op)
      && writeGuest(address &+ size, size, second, currentEL, block, op)
  }

  /// A quadword, though moved as two doublewords, must be aligned to its 16 bytes in Device memory (Arm DDI 0487,
  /// B2.5.2; Mem[] of J1.1.3 translates both halves as parts of an unaligned access). True: an exception was
  /// taken.
  private func isRefusedQuadword(
    _ address: UInt64, _ kind: AccessKind, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    guard address & 15 != 0, accessesQuadwords(block, op) else { return false }
    guard let (_, info) = translate(address, kind, currentEL, block, op) else { return true }
    guard info.contains(.deviceMemory) else { return false }
    misaligned(address, isWrite: kind == .write, block, op)
    return true
  }

  /// Whether the current instruction loads or stores Q registers as a whole (C4.1.4).
  private func accessesQuadwords(_ block: BlockPointer, _ op: OpPointer) -> Bool {
    let address = block.pointee.physical &+ (index(block, op) &<< 2)
    guard bus.ram.isRAM(address, count: 4) else { return false }
    let word = (bus.ram.base + Int(truncatingIfNeeded: address)).load(as: UInt32.self)
    guard word.bit(26) else { return false }
    switch word.bits(29, 27) {
    case 0b111: return word.bits(31, 30) == 0 && word.bit(23)
    case 0b101, 0b011: return word.bits(31, 30) == 2
    default: return false
    }
  }

  /// What crosses a page must be writable to its end before anything of it is written.
  private func canWriteAcross(
    _ address: UInt64, _ size: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let last = (address &+ (size &- 1)) & ~0xfff
    if address & ~0xfff == last { return true }
    // The first page's fault comes first.
    return translate(address, .write, currentEL, block, op) != nil
      && translate(last, .write, currentEL, block, op) != nil
  }

  func loadPair128(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let d = unit.dataEntries
    let address = r.x(u.rn) &+ u.imm
    guard loadPair64(r, d, address, block, op) else { return false }
    let (a, b) = (r[Slot.result], r[Slot.result2])
    guard loadPair64(r, d, address &+ 16, block, op) else { return false }
    setVector(r, u.rd, a, b)
    setVector(r, u.rm, r[Slot.result], r[Slot.result2])
    return true
  }

  func storePair128(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let d = unit.dataEntries
    let address = r.x(u.rn) &+ u.imm
    guard canWriteAcross(address, 32, block, op) else { return false }
    return storePair64(r, d, address, r.x(u.rd), r.x(u.rd &+ 1), block, op)
      && storePair64(r, d, address &+ 16, r.x(u.rm), r.x(u.rm &+ 1), block, op)
  }

  // MARK: Engine

  /// Translates, or takes the data abort.
  func translate(
    _ address: UInt64, _ kind: AccessKind, _ level: Int, _ block: BlockPointer, _ op: OpPointer
  ) -> (physical: UInt64, info: TLBInfo)? {
    let fault: TranslationFault
    switch unit.lookup(address, kind, exceptionLevel: level) {
    case .success(let physical, let info): return (physical.rawValue, info)
    case .fault(let value): fault = value
    }
    position(block, op)
    dataAbort(fault, address: address, isWrite: kind == .write, syndrome: accessSyndrome(block, op))
    abandon(block, op)
    return nil
  }

  /// Reads 1...8 bytes into `Slot.result`.
  func readGuest(
    _ address: UInt64, _ size: UInt64, _ level: Int, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    if _slowPath((address & 0xfff) &+ size > 0x1000) { return readCrossing(address, size, level, block, op) }
    guard let (physical, info) = translate(address, .read, level, block, op) else { return false }
    if isWatched(address, physical, size, isWrite: false, info, level, block, op) { return false }
    if !info.contains(.io) {
      if address & (size &- 1) != 0 && info.contains(.deviceMemory) {
        misaligned(address, isWrite: false, as: level, block, op)
        return false
      }
      let pointer = bus.ram.base + Int(truncatingIfNeeded: physical)
      switch size {
      case 1: r[Slot.result] = UInt64(pointer.load(as: UInt8.self))
      case 2: r[Slot.result] = UInt64(pointer.loadUnaligned(as: UInt16.self))
      case 4: r[Slot.result] = UInt64(pointer.loadUnaligned(as: UInt32.self))
      default: r[Slot.result] = pointer.loadUnaligned(as: UInt64.self)
      }
      return true
    }
    if address & (size &- 1) != 0 {
      if info.contains(.deviceMemory) {
        misaligned(address, isWrite: false, as: level, block, op)
        return false
      }
      var value: UInt64 = 0
      for byte in 0..<size {
        guard readDevice(physical &+ byte, 1, info, address &+ byte, block, op) else { return false }
        value |= r[Slot.result] &<< (byte &* 8)
      }
      r[Slot.result] = value
      return true
    }
    return readDevice(physical, size, info, address, block, op)
  }

  private func readDevice(
    _ physical: UInt64, _ size: UInt64, _ info: TLBInfo, _ address: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    position(block, op)
    let access = BusAccess(
      address: PhysicalAddress(physical), size: UInt8(truncatingIfNeeded: size),
      isSecure: info.contains(.secure), initiator: initiator)
    do throws(BusFault) {
      r[Slot.result] = try bus.read(access)
    } catch {
      externalAbort(address: address, isWrite: false)
      abandon(block, op)
      return false
    }
    resume(block, op)
    return true
  }

  private func readCrossing(
    _ address: UInt64, _ size: UInt64, _ level: Int, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    var value: UInt64 = 0
    for byte in 0..<size {
      let at = address &+ byte
      guard let (_, info) = translate(at, .read, level, block, op) else { return false }
      if info.contains(.deviceMemory) {
        misaligned(at, isWrite: false, as: level, block, op)
        return false
      }
      guard readGuest(at, 1, level, block, op) else { return false }
      value |= r[Slot.result] &<< (byte &* 8)
    }
    r[Slot.result] = value
    return true
  }

  /// Writes 1...8 bytes.
  func writeGuest(
    _ address: UInt64, _ size: UInt64, _ value: UInt64, _ level: Int, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    if _slowPath((address & 0xfff) &+ size > 0x1000) {
      return writeCrossing(address, size, value, level, block, op)
    }
    guard let (physical, info) = translate(address, .write, level, block, op) else { return false }
    if isWatched(address, physical, size, isWrite: true, info, level, block, op) { return false }
    if !info.contains(.io) {
      if address & (size &- 1) != 0 && info.contains(.deviceMemory) {
        misaligned(address, isWrite: true, as: level, block, op)
        return false
      }
      if _slowPath(cluster.willStore(physical, size, from: index)) {
        announceStore(physical, size, info, block, op)
      }
      let pointer = bus.ram.base + Int(truncatingIfNeeded: physical)
      pointer.store(value, size: size)
      return true
    }
    if address & (size &- 1) != 0 {
      if info.contains(.deviceMemory) {
        misaligned(address, isWrite: true, as: level, block, op)
        return false
      }
      for byte in 0..<size {
        guard
          writeDevice(physical &+ byte, 1, (value &>> (byte &* 8)) & 0xff, info, address &+ byte, block, op)
        else { return false }
      }
      return true
    }
    return writeDevice(physical, size, value, info, address, block, op)
  }

  private func writeDevice(
    _ physical: UInt64, _ size: UInt64, _ value: UInt64, _ info: TLBInfo, _ address: UInt64,
    _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    position(block, op)
    let access = BusAccess(
      address: PhysicalAddress(physical), size: UInt8(truncatingIfNeeded: size),
      isSecure: info.contains(.secure), initiator: initiator)
    do throws(BusFault) {
      try bus.write(access, size >= 8 ? value : value & UInt64.mask(width: Int(size &* 8)))
    } catch {
      externalAbort(address: address, isWrite: true)
      abandon(block, op)
      return false
    }
    resume(block, op)
    return true
  }

  private func writeCrossing(
    _ address: UInt64, _ size: UInt64, _ value: UInt64, _ level: Int, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let second = (address &+ size) & ~0xfff
    for at in [address, second] {
      guard let (_, info) = translate(at, .write, level, block, op) else { return false }
      if info.contains(.deviceMemory) {
        misaligned(at, isWrite: true, as: level, block, op)
        return false
      }
    }
    for byte in 0..<size {
      guard writeGuest(address &+ byte, 1, (value &>> (byte &* 8)) & 0xff, level, block, op) else {
        return false
      }
    }
    return true
  }

  // MARK: Faults

  /// A misaligned access where every access must be aligned. SCTLR.A, and whether the access is an acquire or
  /// release, is looked at before the address is translated (D5.2.11, AArch64.CheckAlignment); that memory is
  /// Device shows only after that, so that a fault of the translation goes first, and it is a fault of the stage
  /// that says Device (J1.1.5, AArch64.SecondStageTranslate).
  @inline(never)
  func misaligned(
    _ address: UInt64, isWrite: Bool, isOrdered: Bool = false, as accessLevel: Int? = nil,
    _ block: BlockPointer, _ op: OpPointer
  ) {
    if !isOrdered && !banked(.sctlrEL1, max(1, level)).bit(SCTLR.a),
      case .fault(let fault) = unit.lookup(
        address, isWrite ? .write : .read, exceptionLevel: accessLevel ?? currentEL, isAligned: false)
    {
      position(block, op)
      dataAbort(fault, address: address, isWrite: isWrite, syndrome: .none)
      return abandon(block, op)
    }
    alignmentFault(address, isWrite: isWrite, block, op)
  }

  func alignmentFault(_ address: UInt64, isWrite: Bool, _ block: BlockPointer, _ op: OpPointer) {
    position(block, op)
    alignmentFault(address: address, isWrite: isWrite)
    abandon(block, op)
  }

  /// A watchpoint that matches takes its exception before the access; a debugger's makes the core pause before
  /// the instruction.
  private func isWatched(
    _ address: UInt64, _ physical: UInt64, _ size: UInt64, isWrite: Bool, _ info: TLBInfo, _ level: Int,
    _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    guard hasWatchpoints else { return false }
    position(block, op)
    let isUnprivileged = level < currentEL
    if watchpointHit(address: address, size: size, isWrite: isWrite, isUnprivileged: isUnprivileged) {
      abandon(block, op)
      return true
    }
    if cluster.observesAllMemory { announceAccess(physical, size, isWrite: isWrite, info) }
    resume(block, op)
    return cluster.debugger.isWatching
      && isWatchedByDebugger(address, physical, size, isWrite: isWrite, level, block, op)
  }

  /// A debugger's watchpoint: the core pauses before the instruction, unless it did so already.
  @inline(never)
  func isWatchedByDebugger(
    _ address: UInt64, _ physical: UInt64, _ size: UInt64, isWrite: Bool, _ level: Int, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    position(block, op)
    if !hasReported(r[Slot.pc], position(of: op, in: block)),
      let reason = debuggerWatches(address, physical, size: size, isWrite: isWrite, level: level)
    {
      pauseBefore(block, op, reason)
      return true
    }
    resume(block, op)
    return false
  }

  /// The ISS of the current load or store, for a stage-2 data abort: decoded from the instruction word
  /// again, as this is rare.
  func accessSyndrome(_ block: BlockPointer, _ op: OpPointer) -> AccessSyndrome {
    let address = block.pointee.physical &+ (index(block, op) &<< 2)
    guard bus.ram.isRAM(address, count: 4) else { return AccessSyndrome.none }
    let word = (bus.ram.base + Int(truncatingIfNeeded: address)).load(as: UInt32.self)
    return AccessSyndrome(loadStore: word)
  }
}
