import Fabric

/// Room for new code. Both arenas, that of the blocks and that of their host code, are rings of segments: when one
/// is full, the next is emptied, so that an eighth of what was translated is forgotten, the oldest.
extension TranslationCache {
  static let segments = 8
  /// More than a block and a page's table ever take.
  private static let room = 1 << 14

  /// True when a block may not fit; the caller reclaims before it holds any pointer.
  var isNearlyFull: Bool { used + TranslationCache.room > segmentEnd || hostIsFull }
  private var hostIsFull: Bool { host.map { $0.isNearlyFull } ?? false }

  /// Empties the next segment of the arena that is full. No block may be executing, and nobody may keep the address
  /// of a block or of a page's table.
  func reclaim() {
    var blocks: Range<Int> = 0..<0
    if used + TranslationCache.room > segmentEnd {
      let start = segmentEnd + segmentSize > segmentSize * TranslationCache.segments ? 0 : segmentEnd
      segmentEnd = start + segmentSize
      // Offset 0 says that there is no block.
      used = max(64, start)
      if start < highWater { blocks = start..<segmentEnd }
      highWater = max(highWater, segmentEnd)
    }
    let code = host?.startSegment() ?? 0..<0
    guard !blocks.isEmpty || !code.isEmpty else { return }
    reclaims &+= 1
    forget(blocks, code)
  }

  /// Forgets the blocks that lie in a part of the arena or whose page's table does, and those whose host code lies
  /// in a part of its arena.
  private func forget(_ blocks: Range<Int>, _ code: Range<Int>) {
    var kept: [UInt32] = []
    for number in livePages {
      let offset = Int(pageIndex[Int(number)]) * 16
      let page = (arenaBase + offset).assumingMemoryBound(to: CodePage.self)
      let isDropped = blocks.contains(offset)
      let table = TranslationCache.table(page)
      var hasBlocks = false
      for slot in 0..<1024 where table[slot] != 0 {
        var link: BlockPointer? = block(at: table[slot])
        while let block = link {
          link = block.pointee.alternate
          let place = UnsafeMutableRawPointer(block) - arenaBase
          guard isDropped || blocks.contains(place) || host?.lies(block, in: code) ?? false else { continue }
          block.pointee.guardCount = BlockHeader.invalid
          unlinkAll(block)
          host?.invalidate(block)
          remove(block, from: table)
          reclaimedBlocks &+= 1
        }
        if table[slot] != 0 { hasBlocks = true }
      }
      if !hasBlocks {
        page.pointee.granules = 0
        ram.pageFlags[Int(number)] &= ~PageFlag.code
      }
      if isDropped { pageIndex[Int(number)] = 0 } else { kept.append(number) }
    }
    livePages = kept
  }
}
