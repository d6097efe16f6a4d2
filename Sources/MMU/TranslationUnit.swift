import Fabric

/// The MMU of one Cortex-A72 core: control registers as last set, TLB contexts, the TLB and the walks
/// (Arm DDI 0487, chapter D5).
///
/// The CPU calls `setControls` after any write to a translation register, copies `contexts` into its register
/// block then and on every change of exception level, compares tags inline, and calls `lookup` when the
/// comparison fails.
///
/// Not modelled: 16 KiB granule, and all of VHE, PAN, hardware access flag and dirty state, HPDS and 52-bit
/// addresses, which this core does not have; AArch32 table formats.
public final class TranslationUnit {
  public let bus: PhysicalBus
  /// SAFETY: `TLBLayout.dataWays × dataWayWords` words owned by this object.
  public let dataEntries: UnsafeMutablePointer<UInt64>
  /// SAFETY: `TLBLayout.fetchWays × fetchWayWords` words owned by this object.
  public let fetchEntries: UnsafeMutablePointer<UInt64>
  public private(set) var controls = TranslationControls()

  let dataTLB: TLB
  let fetchTLB: TLB
  let walkCache = WalkCache()
  /// False makes every TLB miss walk all tables (for comparison).
  public var isWalkCacheEnabled = true
  /// Pages that may have write tags without the slow bit.
  private let writablePages = PageFilter()
  let reader: MemoryReader
  /// SAFETY: as `GuestRAM.pageFlags`, which `bus` keeps alive.
  private let pageFlags: UnsafeMutablePointer<UInt8>
  var contexts = TranslationContexts()

  /// Context numbers, two per exception level: lower and upper half; and one for stage 2.
  ///
  /// SAFETY: 9 words owned by this object, indices masked.
  private let numbers: UnsafeMutablePointer<UInt64>
  /// Which regimes' numbers must be looked up again: EL1&0, EL2, EL3.
  private var needsEL10 = true
  private var needsEL2 = true
  private var needsEL3 = true

  var lowerEL10: StageOneControls
  var upperEL10: StageOneControls
  var onlyEL2: StageOneControls
  var onlyEL3: StageOneControls
  var stageTwo: StageTwoControls

  /// - Parameters:
  ///   - data: `TLBLayout.dataWays × dataWayWords` words for the data TLB that outlive this object, and `pageWords`
  ///     before them; own ones if nil.
  ///   - fetch: the same for instructions, `TLBLayout.fetchWays × fetchWayWords` words.
  public init(
    bus: PhysicalBus, data: UnsafeMutablePointer<UInt64>? = nil, fetch: UnsafeMutablePointer<UInt64>? = nil
  ) {
    self.bus = bus
    dataTLB = TLB(
      count: TLBLayout.dataEntries * TLBLayout.dataWays, ways: TLBLayout.dataWays, isFetch: false, storage: data)
    fetchTLB = TLB(
      count: TLBLayout.fetchEntries * TLBLayout.fetchWays, ways: TLBLayout.fetchWays, isFetch: true,
      storage: fetch)
    dataEntries = dataTLB.entries
    fetchEntries = fetchTLB.entries
    reader = MemoryReader(ram: bus.ram)
    pageFlags = bus.ram.pageFlags
    numbers = .allocate(capacity: 9)
    numbers.initialize(repeating: 0, count: 9)
    let controls = TranslationControls()
    lowerEL10 = StageOneControls(el10: controls, isUpper: false)
    upperEL10 = StageOneControls(el10: controls, isUpper: true)
    onlyEL2 = StageOneControls(singleRange: controls, regime: .el2)
    onlyEL3 = StageOneControls(singleRange: controls, regime: .el3)
    stageTwo = StageTwoControls(controls)
  }

  deinit {
    dataTLB.deallocate()
    fetchTLB.deallocate()
    reader.deallocate()
    contexts.deallocate()
    walkCache.deallocate()
    writablePages.deallocate()
    numbers.deallocate()
  }

  /// VTTBR_EL2.VMID.
  public var vmid: UInt16 { controls.vmid }

  // MARK: Controls and contexts

  /// Takes over the control registers. Nothing is flushed; context numbers may change, so the caller copies
  /// `contexts(exceptionLevel:)` again.
  public func setControls(_ new: TranslationControls) {
    let old = controls
    guard new != old else { return }
    controls = new
    let isEL10Changed =
      new.sctlrEL1 != old.sctlrEL1 || new.tcrEL1 != old.tcrEL1 || new.ttbr0EL1 != old.ttbr0EL1
      || new.ttbr1EL1 != old.ttbr1EL1 || new.mairEL1 != old.mairEL1 || new.hcrEL2 != old.hcrEL2
      || new.vtcrEL2 != old.vtcrEL2 || new.vttbrEL2 != old.vttbrEL2 || new.scrEL3 != old.scrEL3
      || new.sctlrEL2 != old.sctlrEL2
    if isEL10Changed {
      lowerEL10 = StageOneControls(el10: new, isUpper: false)
      upperEL10 = StageOneControls(el10: new, isUpper: true)
      stageTwo = StageTwoControls(new)
      needsEL10 = true
    }
    if new.sctlrEL2 != old.sctlrEL2 || new.tcrEL2 != old.tcrEL2 || new.ttbr0EL2 != old.ttbr0EL2
      || new.mairEL2 != old.mairEL2
    {
      onlyEL2 = StageOneControls(singleRange: new, regime: .el2)
      needsEL2 = true
    }
    if new.sctlrEL3 != old.sctlrEL3 || new.tcrEL3 != old.tcrEL3 || new.ttbr0EL3 != old.ttbr0EL3
      || new.mairEL3 != old.mairEL3 || new.scrEL3 != old.scrEL3
    {
      onlyEL3 = StageOneControls(singleRange: new, regime: .el3)
      needsEL3 = true
    }
  }

  /// The context numbers for data and fetch at an exception level: lower and upper half (VA bit 55).
  ///
  /// Numbers hold until `setControls` or `flushAll`. Asking for another regime than the one last asked for
  /// may, when numbers run out, make the latter's invalid: the register block may hold the numbers of one
  /// regime only (EL0 and EL1 belong together).
  public func contexts(exceptionLevel: Int) -> (lower: UInt64, upper: UInt64) {
    resolve(exceptionLevel)
    let index = (exceptionLevel & 3) &* 2
    return (numbers[index], numbers[index &+ 1])
  }

  @inline(__always)
  private func resolve(_ exceptionLevel: Int) {
    switch exceptionLevel & 3 {
    case 2: if needsEL2 { resolveSingle(.el2) }
    case 3: if needsEL3 { resolveSingle(.el3) }
    default: if needsEL10 { resolveEL10() }
    }
  }

  private func makeRoom() {
    guard !contexts.hasRoom else { return }
    flushAll()
  }

  @inline(never)
  private func resolveSingle(_ regime: TranslationRegime) {
    makeRoom()
    let configuration = contexts.number(of: RegimeConfiguration(controls, regime: regime))
    let level = regime == .el2 ? 2 : 3
    let record = ContextRecord(regime: regime, vmid: 0, asid: 0)
    let number = contexts.number(
      record: record, exceptionLevel: level, isUpper: false, configuration: configuration)
    numbers[level &* 2] = number
    numbers[level &* 2 &+ 1] = number
    if level == 2 { needsEL2 = false } else { needsEL3 = false }
  }

  @inline(never)
  private func resolveEL10() {
    makeRoom()
    let regime: TranslationRegime = controls.isNonSecure ? .nonSecureEL10 : .secureEL10
    let configuration = contexts.number(of: RegimeConfiguration(controls, regime: regime))
    let asid = controls.asid
    let own = ContextRecord(regime: regime, vmid: controls.effectiveVMID, asid: asid)
    var shared = ContextRecord(regime: regime, vmid: controls.effectiveVMID, asid: 0)
    shared.rawValue |= ContextRecord.shared
    for level in 0...1 {
      numbers[level &* 2] = contexts.number(
        record: own, exceptionLevel: level, isUpper: false, configuration: configuration)
      var upper = contexts.number(
        record: shared, exceptionLevel: level, isUpper: true, configuration: configuration)
      let record = contexts.record(upper)
      if record.rawValue & ContextRecord.claimed != 0 && record.asid != UInt64(asid) {
        upper = contexts.number(
          record: own, exceptionLevel: level, isUpper: true, configuration: configuration)
      }
      numbers[level &* 2 &+ 1] = upper
    }
    // Stage 2 is tagged by VMID alone; no exception level has this place.
    let machine = ContextRecord(regime: regime, vmid: controls.effectiveVMID, asid: 0)
    numbers[8] = contexts.number(
      record: machine, exceptionLevel: 2, isUpper: true, configuration: configuration)
    needsEL10 = false
  }

  // MARK: Lookup

  @inline(__always)
  func stageOne(_ exceptionLevel: Int, _ address: UInt64) -> StageOneControls {
    switch exceptionLevel & 3 {
    case 2: return onlyEL2
    case 3: return onlyEL3
    default: return address.bit(55) ? upperEL10 : lowerEL10
    }
  }

  /// Whether stage 1 is off and makes all data of an exception level Device memory, so that every access must
  /// be aligned (Arm DDI 0487, D5.2.9). The tags of RAM are then not slow: who takes the inline path checks
  /// the alignment itself.
  public func isFlatDevice(_ exceptionLevel: Int) -> Bool {
    let controls = stageOne(exceptionLevel, 0)
    return !controls.isEnabled && !controls.isDefaultCacheable
  }

  /// Translates one address for an access that does not cross a 4 KiB page, and fills the TLB.
  ///
  /// - Parameters:
  ///   - exceptionLevel: the level whose rights apply: 0 for LDTR and STTR at EL1.
  ///   - isAligned: false makes Device memory an alignment fault; pass false for DC ZVA, too.
  public func lookup(
    _ address: UInt64, _ kind: AccessKind, exceptionLevel: Int, isAligned: Bool = true
  ) -> TranslationResult {
    resolve(exceptionLevel)
    let half = Int(truncatingIfNeeded: (address &>> 55) & 1)
    let context = numbers[(exceptionLevel & 3) &* 2 &+ half]
    let tag = TLBLayout.tag(address, size: 1, context: context)
    if kind == .execute {
      if let entry = TLBLayout.fetchEntry(fetchEntries, tag)
        ?? TLBLayout.fetchEntry(fetchEntries, tag | TLBLayout.slow)
      {
        return hit(entry, address)
      }
      return fillFetch(address, exceptionLevel: exceptionLevel, tag: tag)
    }
    let entry = dataEntries + TLBLayout.dataIndex(address)
    let word = kind == .write ? 1 : 0
    if entry[word] & ~TLBLayout.slow != tag { bringForward(entry, word, tag) }
    let found = entry[word]
    let mayAlign = isAligned || !TLBInfo(rawValue: entry[3]).contains(.deviceMemory)
    guard found & ~TLBLayout.slow == tag, mayAlign else {
      // An alignment fault takes a walk, too, which tells whose stage's it is.
      return fillData(
        address, kind, exceptionLevel: exceptionLevel, isAligned: isAligned, tag: tag, entry: entry)
    }
    if kind == .write && found != tag { restoreWriteTag(entry, tag: tag) }
    return hit(entry, address)
  }

  @inline(__always)
  private func hit(_ entry: UnsafeMutablePointer<UInt64>, _ address: UInt64) -> TranslationResult {
    let word = entry[3]
    let physical = (word & TLBInfo.pageMask) | (address & 0xfff)
    return .success(PhysicalAddress(physical), TLBInfo(rawValue: word & ~TLBInfo.pageMask))
  }

  /// Exchanges the first entry of a set with the one that has `tag` in `word`, if there is one.
  @inline(__always)
  private func bringForward(_ first: UnsafeMutablePointer<UInt64>, _ word: Int, _ tag: UInt64) {
    var entry = first
    for _ in 1..<TLBLayout.dataWays {
      entry += TLBLayout.dataWayWords
      guard entry[word] & ~TLBLayout.slow == tag else { continue }
      for word in 0..<TLBLayout.entryWords {
        let held = first[word]
        first[word] = entry[word]
        entry[word] = held
      }
      return
    }
  }

  /// Makes the first entry of a set free by moving it and others on by one: up to an empty one, or else the oldest
  /// is lost.
  @inline(__always)
  private func makeRoom(_ first: UnsafeMutablePointer<UInt64>, ways: Int, wayWords: Int, isFetch: Bool) {
    var way = 0
    while way < ways &- 1 {
      let entry = first + way &* wayWords
      if entry[0] == TLBLayout.empty && (isFetch || entry[1] == TLBLayout.empty) { break }
      way &+= 1
    }
    while way > 0 {
      let to = first + way &* wayWords
      let from = to - wayWords
      for word in 0..<TLBLayout.entryWords { to[word] = from[word] }
      way &-= 1
    }
  }

  /// A write tag may lose its slow bit once the page's flags are gone.
  @inline(__always)
  private func restoreWriteTag(_ entry: UnsafeMutablePointer<UInt64>, tag: UInt64) {
    let word = entry[3]
    guard word & TLBInfo.io.rawValue == 0 else { return }
    if word & TLBInfo.deviceMemory.rawValue != 0 && entry[0] & TLBLayout.slow != 0 { return }
    let page = word & TLBInfo.pageMask
    guard !hasFlags(page) else { return }
    entry[1] = tag
    writablePages.insert(page, set: set(of: entry))
  }

  /// The number of the set of a first entry.
  @inline(__always)
  private func set(of entry: UnsafeMutablePointer<UInt64>) -> Int { (entry - dataEntries) / TLBLayout.entryWords }

  /// Whether any `PageFlag` of a RAM page is set.
  @inline(__always)
  private func hasFlags(_ page: UInt64) -> Bool { pageFlags[Int(truncatingIfNeeded: page &>> 12)] != 0 }

  @inline(__always)
  private func outcome(
    _ address: UInt64, _ kind: AccessKind, exceptionLevel: Int, isAligned: Bool, stages: TranslationStages,
    cache: TwoStageTables<MemoryReader>.CacheUse?
  ) -> TranslationOutcome {
    let hasStageTwo = exceptionLevel & 2 == 0
    let translation = TwoStageTranslation(
      stageOne: stageOne(exceptionLevel, address), stageTwo: hasStageTwo ? stageTwo : StageTwoControls())
    var tables = TwoStageTables(stageTwo: translation.stageTwo, reader: reader, cache: cache)
    return translation.translate(
      address, kind, isPrivileged: exceptionLevel & 3 != 0, isAligned: isAligned, stages: stages,
      tables: &tables)
  }

  /// The walk cache for an address; EL0 and EL1 share their tables and so what is cached of them.
  @inline(__always)
  private func cacheUse(_ address: UInt64, _ exceptionLevel: Int) -> TwoStageTables<MemoryReader>.CacheUse? {
    guard isWalkCacheEnabled else { return nil }
    let owner = max(1, exceptionLevel & 3)
    let half = Int(truncatingIfNeeded: (address &>> 55) & 1)
    return TwoStageTables<MemoryReader>.CacheUse(
      cache: walkCache, stageOneContext: numbers[owner &* 2 &+ half], stageTwoContext: numbers[8])
  }

  /// The info word of an entry, with the physical page.
  @inline(__always)
  private func infoWord(_ output: TranslationOutput, isRAM: Bool) -> UInt64 {
    var flags = TLBInfo(rawValue: 0)
    if !isRAM { flags.insert(.io) }
    if output.attributes.isDevice { flags.insert(.deviceMemory) }
    if output.permissions.contains(.read) { flags.insert(.readable) }
    if output.permissions.contains(.write) { flags.insert(.writable) }
    if output.isSecure { flags.insert(.secure) }
    if output.notGlobal { flags.insert(.notGlobal) }
    return flags.rawValue | (output.address & TLBInfo.pageMask) | UInt64(output.blockBits & 0x3f) &<< 48
      | UInt64(output.attributes.shareability & 3) &<< 54 | UInt64(output.attributes.encoding) &<< 56
  }

  @inline(__always)
  private func noteFill(_ output: TranslationOutput, tag: UInt64) {
    let context = tag & TLBLayout.contextMask
    contexts.markUsed(context)
    if output.notGlobal {
      contexts.claim(context, asid: controls.asid)
    } else {
      contexts.noteGlobal(context)
    }
  }

  @inline(never)
  private func fillData(
    _ address: UInt64, _ kind: AccessKind, exceptionLevel: Int, isAligned: Bool, tag: UInt64,
    entry: UnsafeMutablePointer<UInt64>
  ) -> TranslationResult {
    let output: TranslationOutput
    switch outcome(
      address, kind, exceptionLevel: exceptionLevel, isAligned: isAligned, stages: .both,
      cache: cacheUse(address, exceptionLevel))
    {
    case .fault(let fault): return .fault(fault)
    case .output(let value): output = value
    }
    forgetPages()
    let page = output.address & TLBInfo.pageMask
    let isRAM = reader.isRAM(page)
    let isSlow = !isRAM || (output.attributes.isDevice && !isFlatDevice(exceptionLevel))
    let isWriteSlow = isSlow || hasFlags(page)
    let readTag = isSlow ? tag | TLBLayout.slow : tag
    let writeTag = isWriteSlow ? tag | TLBLayout.slow : tag
    // Not if it is another right to the same page that is missing.
    if entry[0] & ~TLBLayout.slow != tag && entry[1] & ~TLBLayout.slow != tag {
      makeRoom(entry, ways: TLBLayout.dataWays, wayWords: TLBLayout.dataWayWords, isFetch: false)
    }
    entry[0] = output.permissions.contains(.read) ? readTag : TLBLayout.empty
    entry[1] = output.permissions.contains(.write) ? writeTag : TLBLayout.empty
    if !isWriteSlow { writablePages.insert(page, set: set(of: entry)) }
    let host = UInt64(UInt(bitPattern: reader.base)) &+ page
    entry[2] = isRAM ? host &- (address & ~0xfff) : 0
    entry[3] = infoWord(output, isRAM: isRAM)
    noteFill(output, tag: tag)
    dataTLB.noteBlock(address, bits: UInt64(output.blockBits))
    return hit(entry, address)
  }

  @inline(never)
  private func fillFetch(_ address: UInt64, exceptionLevel: Int, tag: UInt64) -> TranslationResult {
    let output: TranslationOutput
    switch outcome(
      address, .execute, exceptionLevel: exceptionLevel, isAligned: true, stages: .both,
      cache: cacheUse(address, exceptionLevel))
    {
    case .fault(let fault): return .fault(fault)
    case .output(let value): output = value
    }
    let page = output.address & TLBInfo.pageMask
    let isRAM = reader.isRAM(page)
    let entry = fetchEntries + TLBLayout.fetchIndex(address)
    makeRoom(entry, ways: TLBLayout.fetchWays, wayWords: TLBLayout.fetchWayWords, isFetch: true)
    entry[0] = isRAM ? tag : tag | TLBLayout.slow
    entry[1] = page
    entry[2] = 0
    entry[3] = infoWord(output, isRAM: isRAM)
    noteFill(output, tag: tag)
    fetchTLB.noteBlock(address, bits: UInt64(output.blockBits))
    return hit(entry, address)
  }

  /// A translation that neither uses nor fills the TLB: AT instructions, debuggers.
  ///
  /// With `stages: .one` the address is the output of stage 1, intermediate if stage 2 is on, and a fault
  /// with `isStageOneWalk` comes from stage 2. Attributes are in the info's `attributes`.
  public func probe(
    _ address: UInt64, _ kind: AccessKind, exceptionLevel: Int, stages: TranslationStages
  ) -> TranslationResult {
    switch outcome(
      address, kind, exceptionLevel: exceptionLevel, isAligned: true, stages: stages, cache: nil)
    {
    case .fault(let fault): return .fault(fault)
    case .output(let output):
      let word = infoWord(output, isRAM: reader.isRAM(output.address))
      return .success(PhysicalAddress(output.address), TLBInfo(rawValue: word & ~TLBInfo.pageMask))
    }
  }

  // MARK: Maintenance

  /// Empties what generated code remembers of the TLB in the current context: to be called when that changes.
  @inline(__always)
  public func forgetPages() { dataTLB.forgetPages() }

  /// Makes write tags for a physical page slow, after the page got a `PageFlag`.
  ///
  /// - Parameter physicalPage: any physical address in the page (not the page's number).
  public func dropWriteTags(physicalPage: UInt64) {
    let page = physicalPage & TLBInfo.pageMask
    switch writablePages.place(of: page) {
    case .none: return
    case .one(let set):
      forgetPages()
      var entry = dataEntries + set &* TLBLayout.entryWords
      for _ in 0..<TLBLayout.dataWays {
        if entry[3] & TLBInfo.pageMask == page { entry[1] |= TLBLayout.slow }
        entry += TLBLayout.dataWayWords
      }
    case .several: dropWriteTagsAnywhere(page)
    }
  }

  /// The same by looking at all entries; makes the filter anew.
  @inline(never)
  private func dropWriteTagsAnywhere(_ page: UInt64) {
    forgetPages()
    writablePages.removeAll()
    for way in 0..<TLBLayout.dataWays {
      var entry = dataEntries + way &* TLBLayout.dataWayWords
      for set in 0..<TLBLayout.dataEntries {
        if entry[1] & TLBLayout.slow == 0 {
          let held = entry[3] & TLBInfo.pageMask
          if held == page { entry[1] |= TLBLayout.slow } else { writablePages.insert(held, set: set) }
        }
        entry += TLBLayout.entryWords
      }
    }
  }

  /// A TLB maintenance operation as issued by this core now: adds VMID, security state and ASID size.
  public func invalidation(
    _ operation: TLBInvalidation.Operation, operand: UInt64 = 0
  ) -> TLBInvalidation {
    // With an 8-bit ASID the upper half of the operand's field is RES0 (D5.10.2).
    let limited = controls.hasWideASID ? operand : operand & 0x00ff_ffff_ffff_ffff
    return TLBInvalidation(
      operation, operand: limited, vmid: controls.vmid, isSecure: !controls.isNonSecure)
  }

  /// Applies a maintenance operation of this or another core. True: context numbers changed, and the caller copies
  /// `contexts(exceptionLevel:)` again.
  @discardableResult
  public func invalidate(_ invalidation: TLBInvalidation) -> Bool {
    if !invalidation.isLastLevelOnly { walkCache.removeStageOne() }
    if invalidation.coversStageTwo { walkCache.removeStageTwo() }
    let scope = invalidation.scope
    if invalidation.isByAddress {
      let address = invalidation.virtualAddress
      dataTLB.remove(scope, address: address, contexts: contexts)
      fetchTLB.remove(scope, address: address, contexts: contexts)
      return false
    }
    forgetPages()
    let renewal = contexts.renew(scope)
    if renewal.ranOut {
      flushAll()
      return true
    }
    if renewal.leavesSome {
      dataTLB.remove(scope, contexts: contexts)
      fetchTLB.remove(scope, contexts: contexts)
    }
    guard renewal.changed else { return false }
    needsEL10 = true
    needsEL2 = true
    needsEL3 = true
    return true
  }

  /// Empties the TLB and forgets all context numbers, as at reset or before a snapshot: what follows does
  /// not depend on what came before. The caller copies `contexts(exceptionLevel:)` again.
  public func flushAll() {
    dataTLB.removeAll()
    fetchTLB.removeAll()
    walkCache.removeAll()
    writablePages.removeAll()
    contexts.reset()
    needsEL10 = true
    needsEL2 = true
    needsEL3 = true
  }
}

/// A finished lookup.
public enum TranslationResult: Sendable {
  case success(PhysicalAddress, TLBInfo)
  case fault(TranslationFault)
}
