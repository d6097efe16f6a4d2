/// A set of sectors: one bit for each, in chunks that are there where the set has something. It takes no more than
/// a 4096th of the card, whatever the guest writes, and a sector more or less costs the same everywhere.
public struct SectorSet {
  fileprivate struct Chunk {
    /// None when all sectors of the chunk are in the set.
    var words: [UInt64]
    var count: Int
  }

  private static let chunkBits: UInt64 = 15
  private static let chunkSize = 1 << 15
  private static let wordCount = chunkSize / 64

  /// By the upper bits of the sector; never one without sectors.
  private var chunks: [UInt64: Chunk] = [:]

  public init() {}

  /// No card has more (SD Physical Layer Simplified Specification 6.00, 5.3.3: 2 TiB).
  private static let end: UInt64 = 1 << 33

  /// From the bounds of ranges, as `bounds` gives them; what is not ascending, or no card's, is left out.
  public init(bounds: [UInt64]) {
    var index = 0
    while index + 1 < bounds.count {
      let (lower, upper) = (bounds[index], min(bounds[index + 1], Self.end))
      if lower < upper { insert(lower..<upper) }
      index += 2
    }
  }

  public var isEmpty: Bool { chunks.isEmpty }

  public func contains(_ sector: UInt64) -> Bool {
    guard let chunk = chunks[sector >> Self.chunkBits] else { return false }
    let index = Int(sector & UInt64(Self.chunkSize - 1))
    return chunk.words.isEmpty || chunk.words[index >> 6] >> UInt64(index & 63) & 1 != 0
  }

  public mutating func insert(_ range: Range<UInt64>) {
    Self.forEachChunk(range) { number, part in
      if part.count == Self.chunkSize {
        chunks[number] = Chunk(words: [], count: Self.chunkSize)
      } else {
        chunks[number, default: Chunk(words: Self.words(0), count: 0)].set(part)
      }
    }
  }

  public mutating func remove(_ range: Range<UInt64>) {
    guard !chunks.isEmpty else { return }
    Self.forEachChunk(range) { number, part in
      if part.count == Self.chunkSize {
        chunks[number] = nil
      } else if chunks[number]?.clear(part) == true {
        chunks[number] = nil
      }
    }
  }

  /// Lower and upper bound of each range of sectors in turn, ascending; they neither touch nor overlap.
  public var bounds: [UInt64] {
    var bounds: [UInt64] = []
    func add(_ lower: UInt64, _ upper: UInt64) {
      if bounds.last == lower { bounds[bounds.count - 1] = upper } else { bounds += [lower, upper] }
    }
    for number in chunks.keys.sorted() {
      guard let chunk = chunks[number] else { continue }
      let base = number << Self.chunkBits
      if chunk.words.isEmpty { add(base, base + UInt64(Self.chunkSize)) }
      for (index, word) in chunk.words.enumerated() where word != 0 {
        let start = base + UInt64(index * 64)
        var rest = word
        while rest != 0 {
          let lower = rest.trailingZeroBitCount
          let length = (~(rest >> UInt64(lower))).trailingZeroBitCount
          add(start + UInt64(lower), start + UInt64(lower + length))
          // All ones shifted by 64 are 0.
          rest &= ~UInt64(0) << UInt64(lower + length)
        }
      }
    }
    return bounds
  }

  private static func words(_ value: UInt64) -> [UInt64] { [UInt64](repeating: value, count: wordCount) }

  private static func forEachChunk(_ range: Range<UInt64>, _ body: (UInt64, Range<Int>) -> Void) {
    var sector = range.lowerBound
    while sector < range.upperBound {
      let number = sector >> chunkBits
      let first = Int(sector & UInt64(chunkSize - 1))
      let count = min(UInt64(chunkSize - first), range.upperBound - sector)
      body(number, first..<first + Int(count))
      sector += count
    }
  }
}

extension SectorSet.Chunk {
  /// Calls `body` with each word that has bits of the range, and which.
  private static func forEachWord(_ range: Range<Int>, _ body: (Int, UInt64) -> Void) {
    var bit = range.lowerBound
    while bit < range.upperBound {
      let count = min(64 - bit & 63, range.upperBound - bit)
      body(bit >> 6, (~UInt64(0) >> UInt64(64 - count)) << UInt64(bit & 63))
      bit += count
    }
  }

  fileprivate mutating func set(_ range: Range<Int>) {
    guard !words.isEmpty else { return }
    Self.forEachWord(range) { index, mask in
      count += (mask & ~words[index]).nonzeroBitCount
      words[index] |= mask
    }
    if count == words.count * 64 { words = [] }
  }

  /// Whether nothing is left.
  fileprivate mutating func clear(_ range: Range<Int>) -> Bool {
    if words.isEmpty { words = [UInt64](repeating: ~0, count: count / 64) }
    Self.forEachWord(range) { index, mask in
      count -= (mask & words[index]).nonzeroBitCount
      words[index] &= ~mask
    }
    return count == 0
  }
}
