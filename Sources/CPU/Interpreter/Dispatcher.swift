import Fabric
import MMU

extension Core {
  /// Executes up to `instructions` retired instructions of virtual time that ends at `sliceEnd` ns.
  /// Returns early when the core waits, yields, is ahead of time or stops; the rest of its slice is then
  /// virtual time in which it did nothing.
  public func run(instructions: Int64, sliceEnd end: UInt64) {
    sliceEnd = end
    sliceInstructions = UInt64(bitPattern: instructions)
    r[Slot.budget] = sliceInstructions
    yielded = false
    fallenThrough = 0
    let listener = cluster.listener
    while Int64(bitPattern: r[Slot.budget]) > 0 && !yielded {
      if r[Slot.attention] != 0 && !attend() { break }
      guard let block = dispatch() else {
        listener?.didExecute(nil, on: self)
        continue
      }
      let exit = execute(block)
      listener?.didExecute(ExecutedBlock(block, exit), on: self)
    }
    let left = Int64(bitPattern: r[Slot.budget])
    r[Slot.retired] = r[Slot.retired] &+ UInt64(bitPattern: instructions &- left)
    exportMonitor()
    listener?.didEndTurn(of: self)
  }

  /// Runs blocks and restores what a cut-short block replaced.
  private func execute(_ block: BlockPointer) -> BlockExit {
    let debug = UInt64(block.pointee.mode) & (BlockMode.softwareStep | BlockMode.breakpoints)
    let exit = executeBlocks(block)
    if let stoppedAt {
      stoppedAt.pointee = stoppedOp
      if stoppedFusion != 0 {
        (stoppedAt - 1).pointee.op = stoppedFusion
        stoppedFusion = 0
      }
      self.stoppedAt = nil
    }
    if exit != .link { linkFrom = nil }
    if debug != 0 { didStep(exit, mode: debug) }
    return exit
  }

  /// Makes `block` stop after `budget` (< count) instructions by replacing the next micro-op.
  func stop(_ block: BlockPointer, after budget: Int64) {
    let place = block.ops + Int(block.map[Int(truncatingIfNeeded: budget)])
    stoppedAt = place
    stoppedOp = place.pointee
    place.pointee = MicroOp(
      op: Operation.sliceEnd.rawValue, aux: UInt32(truncatingIfNeeded: budget))
    // A NOP has no micro-op, so that there need not be one before.
    let before = place - 1
    if before >= block.ops, let alone = Operation(rawValue: before.pointee.op)?.withoutBranch {
      stoppedFusion = before.pointee.op
      before.pointee.op = alone.rawValue
    }
  }

  /// Looks at what `Slot.attention` announces. False: the core does not go on now.
  private func attend() -> Bool {
    synchronizeTime(budget: Int64(bitPattern: r[Slot.budget]))
    if stopReason != nil || waiting == .stopped {
      waiting = .stopped
      return false
    }
    if waiting != .running {
      guard wakeIfNeeded() else { return false }
    }
    let interrupted = takePendingInterrupt()
    if stalledUntil > time.now && !interrupted { return false }
    stalledUntil = 0
    r[Slot.attention] &= ~(Attention.waiting | Attention.debug)
    return waiting == .running && stopReason == nil
  }

  /// The block at `Slot.pc`, translated if need be and linked to the exit that led here; nil after an
  /// exception.
  private func dispatch() -> BlockPointer? {
    let pc = r[Slot.pc]
    var from = linkFrom
    linkFrom = nil
    if _slowPath(r[Slot.mode] & BlockMode.softwareStep != 0), takesPendingStep() { return nil }
    if pc & 3 != 0 {
      consumeOne()
      pcAlignmentFault(pc)
      return nil
    }
    let context = r[Slot.fetchContext &+ Int(truncatingIfNeeded: (pc &>> 55) & 1)]
    let tag = (pc & ~0xfff) | context
    let entry: UnsafeMutablePointer<UInt64>
    if let found = TLBLayout.fetchEntry(unit.fetchEntries, tag) {
      entry = found
    } else {
      let canonical = canonicalBranchTarget(pc)
      if canonical != pc {
        r[Slot.pc] = canonical
        return nil
      }
      switch unit.lookup(pc, .execute, exceptionLevel: currentEL) {
      case .fault(let fault):
        consumeOne()
        instructionAbort(fault, address: pc)
        return nil
      case .success(let physical, let info):
        if info.contains(.io) {
          consumeOne()
          externalInstructionAbort(address: pc)
          return nil
        }
        guard let filled = TLBLayout.fetchEntry(unit.fetchEntries, tag) else {
          return translateUncached(pc, physical.rawValue)
        }
        entry = filled
      }
    }
    let physicalPage = entry[1] & 0x0000_ffff_ffff_f000
    guard bus.ram.isRAM(physicalPage, count: 4096) else {
      consumeOne()
      externalInstructionAbort(address: pc)
      return nil
    }
    if cache.isNearlyFull {
      cluster.reclaimCode()
      from = nil
    }
    let cache = self.cache
    let page = cache.codePage(at: physicalPage)
    // Without it the engines' own look-ups miss.
    if cache.rules.linksBlocks { entry[2] = UInt64(UInt(bitPattern: TranslationCache.table(page))) }
    let offset = Int(truncatingIfNeeded: pc & 0xffc)
    let mode = UInt32(truncatingIfNeeded: r[Slot.mode])
    if mode & UInt32(BlockMode.softwareStep | BlockMode.breakpoints) != 0 {
      guard debugAllowsExecution(at: physicalPage &+ UInt64(truncatingIfNeeded: offset)) else { return nil }
    }
    let block =
      cache.find(page, offset: offset, mode: mode)
      ?? BlockBuilder.build(in: cache, page: page, offset: offset, mode: mode)
    if let from, pc == linkTarget, from.isValid, from.pointee.mode == mode,
      linkPC & ~0xfff == pc & ~0xfff, from.pointee.physical & ~0xfff == physicalPage
    {
      cache.link(from, linkExit, to: block)
    }
    return block
  }

  /// A fetch whose translation the TLB does not keep: rare; looked up by physical address each time.
  private func translateUncached(_ pc: UInt64, _ physical: UInt64) -> BlockPointer? {
    guard bus.ram.isRAM(physical & ~0xfff, count: 4096) else {
      consumeOne()
      externalInstructionAbort(address: pc)
      return nil
    }
    if cache.isNearlyFull { cluster.reclaimCode() }
    let page = cache.codePage(at: physical & ~0xfff)
    let mode = UInt32(truncatingIfNeeded: r[Slot.mode])
    let offset = Int(truncatingIfNeeded: pc & 0xffc)
    if mode & UInt32(BlockMode.softwareStep | BlockMode.breakpoints) != 0 {
      guard debugAllowsExecution(at: physical) else { return nil }
    }
    return cache.find(page, offset: offset, mode: mode)
      ?? BlockBuilder.build(in: cluster.cache, page: page, offset: offset, mode: mode)
  }

  /// An exception that no instruction pays for costs one, so that a vector that faults for ever still ends.
  private func consumeOne() {
    r[Slot.budget] = r[Slot.budget] &- 1
    synchronizeTime(budget: Int64(bitPattern: r[Slot.budget]))
  }
}

extension Cluster {
  /// Makes room in the translation cache.
  func reclaimCode() {
    cache.reclaim()
    for core in cores {
      core.linkFrom = nil
      for index in 0..<TLBLayout.fetchEntries * TLBLayout.fetchWays {
        core.unit.fetchEntries[index * TLBLayout.entryWords + 2] = 0
      }
    }
  }
}

extension Core {
  /// Whether the core has anything to do in a slice that starts at `now` ns. Exact for a core that rests:
  /// what could wake it sets `attention` or its event register.
  public func isReady(at now: UInt64) -> Bool {
    if waiting == .running && stalledUntil <= now { return true }
    if waiting == .stopped { return false }
    if stalledUntil > now { return r[Slot.attention] & Attention.interrupt != 0 && hasUnmaskedInterrupt }
    time.now = now
    return wakeIfNeeded()
  }
}
