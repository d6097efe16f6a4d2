import Fabric

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Pre-decoded code by physical address, shared by all cores (they take turns on one host thread).
///
/// Each RAM page that holds translated code has a `CodePage`: a table of 1024 block offsets, one per
/// instruction, and a bitmap of the 64-byte granules that blocks cover. Stage-1 and stage-2 remapping
/// costs nothing; a store to a covered granule invalidates exactly the blocks that it touches.
///
/// SAFETY: the arena and the page index are host mappings owned by this object; offsets into the arena are
/// produced here only.
final class TranslationCache {
  struct CodePage {
    /// One bit per 64-byte granule that a block covers.
    var granules: UInt64
    var physical: UInt64
    /// Stores since the page's last block went: see `quietStores`.
    var stores: UInt64
  }

  let ram: GuestRAM
  /// The code generator; nil where there is none or the interpreter is to do everything.
  let host: HostCode?
  /// Changes only before anything is translated.
  var rules: TranslationRules
  /// Start of the arena, for the interpreter's inline look-up.
  let arenaBase: UnsafeMutableRawPointer
  private var arena: UnsafeMutableRawPointer { arenaBase }
  private let arenaSize: Int
  /// Where the next block comes to lie, and where its segment of the arena ends (`reclaim`).
  var used = 64
  var segmentEnd: Int
  /// Where the segment ends that was used last in the first round; what lies behind was never written.
  var highWater: Int
  let segmentSize: Int
  /// Arena offset of the `CodePage`, in 16-byte units, by page number; 0 = none.
  let pageIndex: UnsafeMutablePointer<UInt32>
  var livePages: [UInt32] = []
  /// Called when a page gets its first code: write tags for it must go.
  var pageGainedCode: (UInt64) -> Void = { _ in }
  /// A mistake to translate; nil but in tests of tests.
  var plantedDifference: PlantedDifference?
  /// Offsets in a page of a debugger's breakpoints.
  var checkedOffsets: Set<Int> = []
  /// Hears of each word that is translated; nil but in tests of what programs execute.
  var translationListener: ((UInt32) -> Void)?
  /// What ran, if somebody wants to know.
  var executed: ExecutedCode?
  /// Counts, for reports.
  private(set) var translatedInstructions: UInt64 = 0
  private(set) var translatedBlocks: UInt64 = 0
  var reclaims: UInt64 = 0
  var reclaimedBlocks: UInt64 = 0
  private(set) var invalidatedBlocks: UInt64 = 0
  var storesBesideCode: UInt64 = 0

  static let tableOffset = 32
  static let codePageSize = tableOffset + 1024 * 4

  init(ram: GuestRAM, arenaSize: Int = 1 << 28, rules: TranslationRules = .standard) {
    self.ram = ram
    let hostSize = max(1 << 21, arenaSize / 2)
    host = rules.engine == .hostCode ? HostCode(arenaSize: hostSize, linksBlocks: rules.linksBlocks) : nil
    self.rules = rules
    self.arenaSize = arenaSize
    segmentSize = arenaSize / TranslationCache.segments & ~4095
    segmentEnd = segmentSize
    highWater = segmentSize
    arenaBase = TranslationCache.reserve(arenaSize)
    pageIndex = TranslationCache.reserve(Int(ram.limit >> 12) * 4).assumingMemoryBound(to: UInt32.self)
  }

  deinit {
    munmap(arenaBase, arenaSize)
    munmap(pageIndex, Int(ram.limit >> 12) * 4)
  }

  private static func reserve(_ size: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE)
    #else
      let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE
    #endif
    guard let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else {
      // The host has no address space left: nothing the guest did, nothing to continue with.
      fatalError("tayberry: cannot reserve \(size) bytes for the translation cache")  // SAFETY: host failure
    }
    return mapping
  }

  typealias PagePointer = UnsafeMutablePointer<CodePage>

  /// The block table of a page.
  @inline(__always)
  static func table(_ page: PagePointer) -> UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(page) + tableOffset).assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always)
  func block(at offset: UInt32) -> BlockPointer {
    BlockPointer(arenaOffset: offset, base: arena)
  }

  /// The code page at a physical page address in RAM, made on demand.
  func codePage(at physical: UInt64) -> PagePointer {
    let number = Int(truncatingIfNeeded: physical >> 12)
    if pageIndex[number] != 0 {
      return (arena + Int(pageIndex[number]) * 16).assumingMemoryBound(to: CodePage.self)
    }
    let raw = allocate(TranslationCache.codePageSize)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: TranslationCache.codePageSize)
    let page = raw.assumingMemoryBound(to: CodePage.self)
    page.pointee.physical = physical
    pageIndex[number] = UInt32(truncatingIfNeeded: (raw - arena) / 16)
    livePages.append(UInt32(truncatingIfNeeded: number))
    return page
  }

  private func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let result = arena + used
    used += (bytes + 15) & ~15
    return result
  }

  /// The valid block at `physical` for `mode`, or nil.
  func find(_ page: PagePointer, offset: Int, mode: UInt32) -> BlockPointer? {
    let table = TranslationCache.table(page)
    let slot = (offset >> 2) & 1023
    guard table[slot] != 0 else { return nil }
    let head = block(at: table[slot])
    if head.pointee.mode == mode { return head }
    var previous = head
    while let candidate = previous.pointee.alternate {
      if candidate.pointee.mode == mode {
        // Move to the front: code that runs in two modes alternates in phases.
        previous.pointee.alternate = candidate.pointee.alternate
        candidate.pointee.alternate = head
        table[slot] = offsetUnits(candidate)
        return candidate
      }
      previous = candidate
    }
    return nil
  }

  private func offsetUnits(_ block: BlockPointer) -> UInt32 {
    UInt32(truncatingIfNeeded: (UnsafeMutableRawPointer(block) - arena) / 16)
  }

  /// Stores a translated block and returns it.
  func insert(
    _ page: PagePointer, offset: Int, mode: UInt32, ops: [MicroOp], map: [UInt8]
  ) -> BlockPointer {
    let count = map.count
    let bytes = BlockHeader.size + ops.count * 16 + count
    let raw = allocate(bytes)
    let block = raw.bindMemory(to: BlockHeader.self, capacity: 1)
    let table = TranslationCache.table(page)
    let slot = (offset >> 2) & 1023
    let alternate: BlockPointer? = table[slot] == 0 ? nil : self.block(at: table[slot])
    block.initialize(
      to: BlockHeader(
        guardCount: Int64(count), count: Int32(count), opCount: Int32(ops.count), mode: mode,
        pageOffset: UInt16(truncatingIfNeeded: offset), traceTries: 0, chain0: nil, chain1: nil,
        alternate: alternate, physical: page.pointee.physical | UInt64(offset), heat: rules.threshold))
    let opsPointer = block.ops
    for index in 0..<ops.count { opsPointer[index] = ops[index] }
    let mapPointer = block.map
    for index in 0..<count { mapPointer[index] = map[index] }
    table[slot] = offsetUnits(block)
    let first = offset >> 6
    let last = (offset + count * 4 - 1) >> 6
    for granule in first...max(first, min(last, 63)) { page.pointee.granules |= 1 << UInt64(granule) }
    if !checkedOffsets.isEmpty || UInt64(block.pointee.mode) & BlockMode.observed != 0 { check(block) }
    translatedBlocks &+= 1
    translatedInstructions &+= UInt64(count)
    let number = Int(page.pointee.physical >> 12)
    if ram.pageFlags[number] & PageFlag.code == 0 {
      ram.pageFlags[number] |= PageFlag.code
      pageGainedCode(page.pointee.physical)
    }
    return block
  }

  /// Drops the blocks that contain any of `count` bytes from `physical` (all in RAM).
  func willWrite(_ physical: UInt64, count: UInt64) {
    guard count > 0 else { return }
    var address = physical
    let end = physical &+ count
    while address < end {
      let pageEnd = (address & ~0xfff) &+ 0x1000
      let stop = min(end, pageEnd)
      let number = Int(truncatingIfNeeded: address >> 12)
      if address < ram.limit && pageIndex[number] != 0 {
        invalidate(
          (arena + Int(pageIndex[number]) * 16).assumingMemoryBound(to: CodePage.self),
          from: Int(address & 0xfff), to: Int((stop &- 1) & 0xfff))
      }
      address = stop
    }
  }

  /// Stores to a page without code after which it counts as data: code that is written anew again and again
  /// would have the tags of all TLBs changed each time.
  private static let quietStores: UInt64 = 256

  private func invalidate(_ page: PagePointer, from first: Int, to last: Int) {
    if page.pointee.granules == 0 {
      page.pointee.stores &+= 1
      if page.pointee.stores > TranslationCache.quietStores {
        ram.pageFlags[Int(page.pointee.physical >> 12)] &= ~PageFlag.code
      }
      return
    }
    var touched: UInt64 = 0
    for granule in (first >> 6)...(last >> 6) { touched |= 1 << UInt64(granule) }
    guard page.pointee.granules & touched != 0 else {
      storesBesideCode &+= 1
      return
    }
    let table = TranslationCache.table(page)
    // What covers one of the granules begins in it or at most a block's length before.
    var slot = max(0, (first >> 6) * 16 - BlockBuilder.limit + 1)
    let end = min(1023, (last >> 6) * 16 + 15)
    var granules: UInt64 = 0
    while slot <= end {
      if table[slot] != 0 { granules |= invalidate(slot, of: table, from: first, to: last) }
      slot += 1
    }
    page.pointee.granules = (page.pointee.granules & ~touched) | (granules & touched)
    page.pointee.stores = 0
  }

  /// The same for the blocks that begin at one instruction: the granules of those that stay.
  private func invalidate(
    _ slot: Int, of table: UnsafeMutablePointer<UInt32>, from first: Int, to last: Int
  ) -> UInt64 {
    var granules: UInt64 = 0
    var link: BlockPointer? = block(at: table[slot])
    while let block = link {
      link = block.pointee.alternate
      let start = Int(block.pointee.pageOffset)
      let end = start + Int(block.pointee.count) * 4 - 1
      if start <= last && end >= first {
        block.pointee.guardCount = BlockHeader.invalid
        unlinkAll(block)
        host?.invalidate(block)
        invalidatedBlocks &+= 1
        remove(block, from: table)
      } else {
        for granule in (start >> 6)...max(start >> 6, min(63, end >> 6)) { granules |= 1 << UInt64(granule) }
      }
    }
    return granules
  }

  /// Lets direct exit `exit` of a block lead to another block of the same page.
  func link(_ from: BlockPointer, _ exit: Int, to block: BlockPointer) {
    guard rules.linksBlocks else { return }
    let entry = UInt64(UInt(bitPattern: from)) | UInt64(truncatingIfNeeded: exit & 1)
    if exit == 0 {
      guard from.pointee.chain0 == nil else { return }
      from.pointee.chain0 = block
      from.pointee.nextIncoming0 = block.pointee.incoming
    } else {
      guard from.pointee.chain1 == nil else { return }
      from.pointee.chain1 = block
      from.pointee.nextIncoming1 = block.pointee.incoming
    }
    block.pointee.incoming = entry
  }

  /// Undoes all links to a block that is no more, so that what follows is looked up again, and those from it, so
  /// that nobody keeps its address.
  func unlinkAll(_ block: BlockPointer) {
    var entry = block.pointee.incoming
    block.pointee.incoming = 0
    while let from = BlockPointer(bitPattern: UInt(truncatingIfNeeded: entry & ~1)) {
      let exit = Int(truncatingIfNeeded: entry & 1)
      entry = exit == 0 ? from.pointee.nextIncoming0 : from.pointee.nextIncoming1
      if exit == 0 { from.pointee.chain0 = nil } else { from.pointee.chain1 = nil }
      host?.unlink(from, exit)
    }
    forgetExit(block, 0)
    forgetExit(block, 1)
  }

  /// Takes an exit of a block that is no more out of the list of the block to which it leads.
  private func forgetExit(_ from: BlockPointer, _ exit: Int) {
    guard let target = exit == 0 ? from.pointee.chain0 : from.pointee.chain1 else { return }
    let entry = UInt64(UInt(bitPattern: from)) | UInt64(truncatingIfNeeded: exit & 1)
    let next = exit == 0 ? from.pointee.nextIncoming0 : from.pointee.nextIncoming1
    if exit == 0 { from.pointee.chain0 = nil } else { from.pointee.chain1 = nil }
    if target.pointee.incoming == entry {
      target.pointee.incoming = next
      return
    }
    var link = target.pointee.incoming
    while let holder = BlockPointer(bitPattern: UInt(truncatingIfNeeded: link & ~1)) {
      let isFirst = link & 1 == 0
      link = isFirst ? holder.pointee.nextIncoming0 : holder.pointee.nextIncoming1
      guard link == entry else { continue }
      if isFirst { holder.pointee.nextIncoming0 = next } else { holder.pointee.nextIncoming1 = next }
      return
    }
  }

  func remove(_ block: BlockPointer, from table: UnsafeMutablePointer<UInt32>) {
    let slot = Int(block.pointee.pageOffset) >> 2
    guard table[slot] != 0 else { return }
    var candidate = self.block(at: table[slot])
    if candidate == block {
      table[slot] = block.pointee.alternate.map(offsetUnits) ?? 0
      return
    }
    while let next = candidate.pointee.alternate {
      if next == block {
        candidate.pointee.alternate = block.pointee.alternate
        return
      }
      candidate = next
    }
  }
}
