import Fabric
import MMU

extension Core {
  /// Executes up to `instructions` retired instructions of virtual time that ends at `sliceEnd` ns.
  /// Returns early when the core waits, yields, is ahead of time or stops; the rest of its slice is then
  /// virtual time in which it did nothing.
  /// With `isPaused` the turn is not over: `continueTurn` goes on with it.
  public func run(instructions: Int64, sliceEnd end: UInt64) {
    sliceEnd = end
    sliceInstructions = UInt64(bitPattern: instructions)
    r[Slot.budget] = sliceInstructions
    yielded = false
    fallenThrough = 0
    blockRest = 0
    continueTurn()
  }

  /// Goes on with a turn, from its start or after a pause.
  public func continueTurn() {
    if pausing.isPaused {
      pausing.isPaused = false
      if r[Slot.attention] & Attention.pause == 0 { pausing.reasons.removeAll() }
    }
    let isStepping = pausing.isStepping && Int64(bitPattern: r[Slot.budget]) > 0 && !yielded
    if isStepping { holdBack(r[Slot.budget] &- 1) }
    if blockRest != 0 && !yielded { finishBlock() }
    while Int64(bitPattern: r[Slot.budget]) > 0 && !yielded {
      if r[Slot.attention] != 0 && !attend() { break }
      runBlock()
    }
    if isStepping {
      if Int64(bitPattern: r[Slot.budget]) <= 0 { requestPause(.step) }
      giveBack(pausing.heldBack)
    }
    if r[Slot.attention] & Attention.pause != 0 { return pauseTurn() }
    let left = r[Slot.budget]
    r[Slot.retired] = r[Slot.retired] &+ (sliceInstructions &- left)
    exportMonitor()
    cluster.listener?.didEndTurn(of: self)
  }

  /// Executes what is at `Slot.pc`, and what follows without the dispatcher.
  @inline(__always)
  func runBlock() {
    let listener = cluster.listener
    guard let block = dispatch() else {
      blockRest = 0
      listener?.didExecute(nil, on: self)
      return
    }
    let exit = execute(block)
    listener?.didExecute(ExecutedBlock(block, exit), on: self)
  }

  /// Runs blocks and restores what a cut-short block replaced.
  private func execute(_ block: BlockPointer) -> BlockExit {
    let debug = UInt64(block.pointee.mode) & (BlockMode.softwareStep | BlockMode.breakpoints)
    blockRest = 0
    let exit = executeBlocks(block)
    if stoppedAt != nil {
      restoreStopped()
      if exit == .budget {
        blockRest = stoppedRest
        if pausing.wasCut, let reason = pausing.reasonAtCut { requestPause(reason) }
      }
      if pausing.wasCut { pausing.reasonAtCut = nil }
    }
    if exit != .link { linkFrom = nil }
    if debug != 0 && blockRest == 0 { didStep(exit, mode: debug) }
    return exit
  }

  /// Undoes `stop(_:after:)`.
  func restoreStopped() {
    guard let stoppedAt else { return }
    stoppedAt.pointee = stoppedOp
    if stoppedFusion != 0 {
      (stoppedAt - 1).pointee.op = stoppedFusion
      stoppedFusion = 0
    }
    self.stoppedAt = nil
  }

  /// Makes `block` stop after `budget` (< count) instructions by replacing the next micro-op.
  func stop(_ block: BlockPointer, after budget: Int64) {
    let place = block.ops + Int(block.map[Int(truncatingIfNeeded: budget)])
    stoppedAt = place
    stoppedRest = Int64(block.pointee.count) &- budget
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
    if r[Slot.attention] & Attention.pause != 0 { return false }
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
    // A step leads into the handler, but not further; or somebody waits for the exception.
    if interrupted && pausing.isStepping { requestPause(.step) }
    return waiting == .running && stopReason == nil && r[Slot.attention] & Attention.pause == 0
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
      ?? translate(pc, cache, page, offset: offset, mode: mode)
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
      ?? translate(pc, cluster.cache, page, offset: offset, mode: mode)
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
