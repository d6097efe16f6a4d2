/// A set of physical pages that may answer "perhaps" for a page that is not in it, never "no" for one that
/// is: which pages may have fast write tags. Most pages that get a `PageFlag` have none in most cores' TLBs.
struct PageFilter {
  /// SAFETY: `wordCount` words, owned by the TranslationUnit; indices are masked.
  private let words: UnsafeMutablePointer<UInt64>
  private static let wordCount = 64

  init() {
    words = .allocate(capacity: Self.wordCount)
    removeAll()
  }

  func deallocate() { words.deallocate() }

  func removeAll() { words.initialize(repeating: 0, count: Self.wordCount) }

  @inline(__always)
  private static func bit(_ page: UInt64) -> UInt64 {
    ((page &>> 12) &* 0x9e37_79b9_7f4a_7c15) &>> 52
  }

  /// Adds the page of a physical address.
  @inline(__always)
  func insert(_ page: UInt64) {
    let bit = Self.bit(page)
    words[Int(truncatingIfNeeded: bit &>> 6)] |= 1 &<< (bit & 63)
  }

  @inline(__always)
  func mayContain(_ page: UInt64) -> Bool {
    let bit = Self.bit(page)
    return words[Int(truncatingIfNeeded: bit &>> 6)] & (1 &<< (bit & 63)) != 0
  }
}
