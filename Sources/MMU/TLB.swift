import Fabric

/// The entries of one software TLB (data or fetch) and what makes maintenance by address cheap.
///
/// Every entry maps one 4 KiB page, whatever the size of the block it came from; the block's size is in the
/// entry's info. A TLBI by VA must remove every page of the block. A filter remembers which blocks of more
/// than one page may have entries, so that the usual TLBI for a page touches one slot; only when the filter
/// says so are all entries looked at (and the filter made anew from what is left).
struct TLB {
  /// SAFETY: `count × TLBLayout.entryWords` words, and `TLBLayout.pageWords` before them for data, owned by the
  /// TranslationUnit or by who gave them to it.
  let entries: UnsafeMutablePointer<UInt64>
  let count: Int
  /// Entries for one index, one in each `count / ways`.
  let ways: Int
  let isFetch: Bool
  /// SAFETY: `filterWords + 1` words; the last one holds the block sizes seen, bit n for 2^n bytes.
  private let filter: UnsafeMutablePointer<UInt64>
  private static let filterWords = 64

  private let ownsEntries: Bool

  init(count: Int, ways: Int = 1, isFetch: Bool, storage: UnsafeMutablePointer<UInt64>?) {
    self.count = count
    self.ways = ways
    self.isFetch = isFetch
    ownsEntries = storage == nil
    let spare = isFetch ? 0 : TLBLayout.pageWords
    entries = storage ?? .allocate(capacity: count * TLBLayout.entryWords + spare) + spare
    filter = .allocate(capacity: Self.filterWords + 1)
    removeAll()
  }

  func deallocate() {
    if ownsEntries { (isFetch ? entries : entries - TLBLayout.pageWords).deallocate() }
    filter.deallocate()
  }

  func removeAll() {
    entries.initialize(repeating: TLBLayout.empty, count: count * TLBLayout.entryWords)
    forgetPages()
    filter.initialize(repeating: 0, count: Self.filterWords + 1)
  }

  /// Empties what generated code remembers of a data TLB.
  @inline(__always)
  func forgetPages() {
    guard !isFetch else { return }
    (entries - TLBLayout.pageWords).initialize(repeating: 0, count: TLBLayout.pageCount)
  }

  @inline(__always)
  private var sizes: UInt64 {
    get { filter[Self.filterWords] }
    nonmutating set { filter[Self.filterWords] = newValue }
  }

  /// Bit index in the filter for the block of 2^bits bytes around `address`.
  @inline(__always)
  private static func filterBit(_ address: UInt64, bits: UInt64) -> UInt64 {
    let block = (address & 0x00ff_ffff_ffff_ffff) &>> bits
    return ((block &+ bits &<< 50) &* 0x9e37_79b9_7f4a_7c15) &>> 52
  }

  /// Notes that an entry for `address` belongs to a block of 2^bits bytes.
  @inline(__always)
  func noteBlock(_ address: UInt64, bits: UInt64) {
    guard bits > 12 else { return }
    sizes |= 1 &<< bits
    let bit = Self.filterBit(address, bits: bits)
    filter[Int(truncatingIfNeeded: bit &>> 6)] |= 1 &<< (bit & 63)
  }

  @inline(__always)
  private func mayHoldBlock(around address: UInt64) -> Bool {
    var rest = sizes
    while rest != 0 {
      let bits = UInt64(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest &- 1
      let bit = Self.filterBit(address, bits: bits)
      if filter[Int(truncatingIfNeeded: bit &>> 6)].bit(Int(truncatingIfNeeded: bit & 63)) { return true }
    }
    return false
  }

  /// The entry's tag; a data entry may have only one of two.
  @inline(__always)
  private func tag(_ entry: UnsafeMutablePointer<UInt64>) -> UInt64 {
    entry[0] == TLBLayout.empty && !isFetch ? entry[1] : entry[0]
  }

  @inline(__always)
  private func clear(_ entry: UnsafeMutablePointer<UInt64>) {
    entry[0] = TLBLayout.empty
    if isFetch { entry[2] = 0 } else { entry[1] = TLBLayout.empty }
  }

  /// Removes the entries in `scope`.
  func remove(_ scope: InvalidationScope, contexts: borrowing TranslationContexts) {
    forgetPages()
    var entry = entries
    for _ in 0..<count {
      let tag = tag(entry)
      if tag != TLBLayout.empty,
        scope.contains(contexts.record(tag), isGlobal: !TLBInfo(rawValue: entry[3]).contains(.notGlobal))
      {
        clear(entry)
      }
      entry += TLBLayout.entryWords
    }
  }

  /// Removes the entries in `scope` that belong to a block or page around `address` (bits 55:12 count).
  func remove(_ scope: InvalidationScope, address: UInt64, contexts: borrowing TranslationContexts) {
    forgetPages()
    if mayHoldBlock(around: address) {
      removeBlocks(scope, address: address, contexts: contexts)
      return
    }
    let sets = count / ways
    let index = (address &>> 12) & UInt64(truncatingIfNeeded: sets &- 1)
    var entry = entries + Int(truncatingIfNeeded: index) &* TLBLayout.entryWords
    for _ in 0..<ways {
      let tag = tag(entry)
      if tag != TLBLayout.empty, (tag ^ address) & 0x00ff_ffff_ffff_f000 == 0,
        scope.contains(contexts.record(tag), isGlobal: !TLBInfo(rawValue: entry[3]).contains(.notGlobal))
      {
        clear(entry)
      }
      entry += sets &* TLBLayout.entryWords
    }
  }

  /// The same by looking at all entries; makes the filter anew.
  @inline(never)
  private func removeBlocks(
    _ scope: InvalidationScope, address: UInt64, contexts: borrowing TranslationContexts
  ) {
    filter.update(repeating: 0, count: Self.filterWords + 1)
    var entry = entries
    for _ in 0..<count {
      let tag = tag(entry)
      if tag != TLBLayout.empty {
        let info = TLBInfo(rawValue: entry[3])
        let bits = UInt64(info.blockBits)
        let isSame = ((tag ^ address) & 0x00ff_ffff_ffff_ffff) &>> bits == 0
        if isSame && scope.contains(contexts.record(tag), isGlobal: !info.contains(.notGlobal)) {
          clear(entry)
        } else {
          noteBlock(tag, bits: bits)
        }
      }
      entry += TLBLayout.entryWords
    }
  }
}
