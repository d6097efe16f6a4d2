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
    var firstBlock: BlockPointer?
    /// One bit per 64-byte granule that a block covers.
    var granules: UInt64
    var physical: UInt64
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
  private var used = 64
  /// Arena offset of the `CodePage`, in 16-byte units, by page number; 0 = none.
  private let pageIndex: UnsafeMutablePointer<UInt32>
  private var livePages: [UInt32] = []
  /// Called when a page gets its first code: write tags for it must go.
  var pageGainedCode: (UInt64) -> Void = { _ in }
  /// A mistake to translate; nil but in tests of tests.
  var plantedDifference: PlantedDifference?
  /// Hears of each word that is translated; nil but in tests of what programs execute.
  var translationListener: ((UInt32) -> Void)?
  /// Counts, for reports.
  private(set) var translatedInstructions: UInt64 = 0
  private(set) var translatedBlocks: UInt64 = 0
  private(set) var recycles: UInt64 = 0
  private(set) var invalidatedBlocks: UInt64 = 0

  static let tableOffset = 32
  static let codePageSize = tableOffset + 1024 * 4

  init(ram: GuestRAM, arenaSize: Int = 1 << 28, rules: TranslationRules = .standard) {
    self.ram = ram
    host = rules.engine == .hostCode ? HostCode(linksBlocks: rules.linksBlocks) : nil
    self.rules = rules
    self.arenaSize = arenaSize
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

  /// True when a block of at most `bytes` may not fit; the caller recycles before it holds any pointer.
  var isNearlyFull: Bool { used + (1 << 17) > arenaSize || hostIsFull }
  private var hostIsFull: Bool { host.map { $0.isNearlyFull } ?? false }

  /// Forgets everything. No block may be executing, and all fetch TLB entries must be flushed by the caller.
  func recycle() {
    recycles &+= 1
    for number in livePages {
      pageIndex[Int(number)] = 0
      ram.pageFlags[Int(number)] &= ~PageFlag.code
    }
    livePages.removeAll(keepingCapacity: true)
    host?.recycle()
    used = 64
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
        alternate: alternate, nextInPage: page.pointee.firstBlock,
        physical: page.pointee.physical | UInt64(offset), heat: rules.threshold))
    let opsPointer = block.ops
    for index in 0..<ops.count { opsPointer[index] = ops[index] }
    let mapPointer = block.map
    for index in 0..<count { mapPointer[index] = map[index] }
    table[slot] = offsetUnits(block)
    page.pointee.firstBlock = block
    let first = offset >> 6
    let last = (offset + count * 4 - 1) >> 6
    for granule in first...max(first, min(last, 63)) { page.pointee.granules |= 1 << UInt64(granule) }
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

  private func invalidate(_ page: PagePointer, from first: Int, to last: Int) {
    var touched: UInt64 = 0
    for granule in (first >> 6)...(last >> 6) { touched |= 1 << UInt64(granule) }
    guard page.pointee.granules & touched != 0 else { return }
    let table = TranslationCache.table(page)
    var granules: UInt64 = 0
    var link = page.pointee.firstBlock
    var kept: BlockPointer?
    page.pointee.firstBlock = nil
    while let block = link {
      link = block.pointee.nextInPage
      let start = Int(block.pointee.pageOffset)
      let end = start + Int(block.pointee.count) * 4 - 1
      if start <= last && end >= first {
        block.pointee.guardCount = BlockHeader.invalid
        unlinkAll(block)
        host?.invalidate(block)
        invalidatedBlocks &+= 1
        remove(block, from: table)
        continue
      }
      for granule in (start >> 6)...min(63, end >> 6) { granules |= 1 << UInt64(granule) }
      block.pointee.nextInPage = kept
      kept = block
    }
    page.pointee.firstBlock = kept
    page.pointee.granules = granules
    if kept == nil { ram.pageFlags[Int(page.pointee.physical >> 12)] &= ~PageFlag.code }
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

  /// Undoes all links to a block that is no more, so that what follows is looked up again.
  private func unlinkAll(_ block: BlockPointer) {
    var entry = block.pointee.incoming
    block.pointee.incoming = 0
    while let from = BlockPointer(bitPattern: UInt(truncatingIfNeeded: entry & ~1)) {
      let exit = Int(truncatingIfNeeded: entry & 1)
      entry = exit == 0 ? from.pointee.nextIncoming0 : from.pointee.nextIncoming1
      if exit == 0 { from.pointee.chain0 = nil } else { from.pointee.chain1 = nil }
      host?.unlink(from, exit)
    }
  }

  private func remove(_ block: BlockPointer, from table: UnsafeMutablePointer<UInt32>) {
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
