import Fabric

/// What caches could hold of memory: a bit for each word that a core has stored to its cache and not cleaned,
/// and one for each word that a master wrote and no core has invalidated since. It is no cache: nothing is
/// ever evicted, so that what is right by luck on the board is wrong here.
final class CacheShadow {
  static let lineSize: UInt64 = 64

  private struct Line {
    /// A bit for each of the 16 words.
    var dirty: UInt16 = 0
    var unclean: UInt16 = 0
  }

  /// Lines of 2 MiB of memory, once one of them was touched: with all memory touched, a sixteenth of it.
  private var chunks: [UnsafeMutablePointer<Line>?]
  /// Maintenance by set and way empties all; a chunk of an older count does so when it is looked at.
  private var counts: [UInt32]
  private var count: UInt32 = 0
  private static let chunkBits: UInt64 = 21
  private static let chunkLines = 1 << 15

  /// - Parameter limit: the end of memory.
  init(limit: UInt64) {
    let number = Int(clamping: (limit &+ (1 << Self.chunkBits) &- 1) >> Self.chunkBits)
    chunks = [UnsafeMutablePointer<Line>?](repeating: nil, count: number)
    counts = [UInt32](repeating: 0, count: number)
  }

  deinit { for chunk in chunks { chunk?.deallocate() } }

  /// The line of an address of memory; nil: nothing is known of it, and nothing is to be.
  private func line(_ address: UInt64, makes: Bool) -> UnsafeMutablePointer<Line>? {
    let number = Int(clamping: address >> Self.chunkBits)
    guard number < chunks.count else { return nil }
    let index = Int(truncatingIfNeeded: address >> 6) & (Self.chunkLines - 1)
    if let chunk = chunks[number] {
      if counts[number] != count {
        guard makes else { return nil }
        chunk.update(repeating: Line(), count: Self.chunkLines)
        counts[number] = count
      }
      return chunk + index
    }
    guard makes else { return nil }
    let chunk = UnsafeMutablePointer<Line>.allocate(capacity: Self.chunkLines)
    chunk.initialize(repeating: Line(), count: Self.chunkLines)
    chunks[number] = chunk
    counts[number] = count
    return chunk + index
  }

  /// The words of the line at `line` that a range touches, or has as a whole.
  private static func words(_ line: UInt64, _ range: Range<UInt64>, whole: Bool) -> UInt16 {
    let slack: UInt64 = whole ? 3 : 0
    let first = (max(range.lowerBound, line) &- line &+ slack) >> 2
    let end = (min(range.upperBound, line &+ lineSize) &- line &+ 3 &- slack) >> 2
    guard first < end else { return 0 }
    return UInt16(truncatingIfNeeded: (1 as UInt32) << UInt32(end) &- (1 as UInt32) << UInt32(first))
  }

  private func eachLine(_ range: Range<UInt64>, _ body: (UInt64) -> Void) {
    var line = range.lowerBound & ~(Self.lineSize - 1)
    while line < range.upperBound {
      body(line)
      line &+= Self.lineSize
    }
  }

  // MARK: Cores

  /// A store; what is not cached replaces what was.
  func store(_ range: Range<UInt64>, isCached: Bool) {
    eachLine(range) { address in
      guard let line = line(address, makes: isCached) else { return }
      let words = Self.words(address, range, whole: false)
      line.pointee.unclean &= ~words
      if isCached { line.pointee.dirty |= words } else { line.pointee.dirty &= ~words }
    }
  }

  /// A load through the cache. True: of a word that a master wrote and that was not invalidated; it counts
  /// once.
  func loadIsStale(_ range: Range<UInt64>) -> Bool {
    var isStale = false
    eachLine(range) { address in
      guard let line = line(address, makes: false) else { return }
      let words = Self.words(address, range, whole: false)
      if line.pointee.unclean & words != 0 { isStale = true }
      line.pointee.unclean &= ~words
    }
    return isStale
  }

  /// Maintenance of the line at an address.
  func maintain(_ address: UInt64, invalidates: Bool) {
    guard let line = line(address, makes: false) else { return }
    line.pointee.dirty = 0
    if invalidates { line.pointee.unclean = 0 }
  }

  func removeAll() { count &+= 1 }

  // MARK: Masters

  /// The first line of which a master reads words that are only in a cache.
  func dirtyLine(read range: Range<UInt64>) -> UInt64? {
    var found: UInt64?
    eachLine(range) { address in
      guard found == nil, let line = line(address, makes: false) else { return }
      if line.pointee.dirty & Self.words(address, range, whole: true) != 0 { found = address }
    }
    return found
  }

  /// A master writes. The first line of which a cache holds something that would be written over it.
  func write(_ range: Range<UInt64>) -> UInt64? {
    var found: UInt64?
    eachLine(range) { address in
      guard let line = line(address, makes: true) else { return }
      if line.pointee.dirty != 0 && found == nil { found = address }
      let words = Self.words(address, range, whole: true)
      line.pointee.dirty &= ~words
      line.pointee.unclean |= words
    }
    return found
  }
}
