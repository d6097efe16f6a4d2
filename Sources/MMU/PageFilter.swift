/// Where physical pages may have fast write tags: in no set of the data TLB, in one, or in several. It may say more
/// than there is, never less. Most pages that get a `PageFlag` have none in most cores' TLBs, and else one.
struct PageFilter {
  enum Place { case none, one(Int), several }

  /// SAFETY: `count` words, owned by the TranslationUnit; indices are masked. 0 = none, `several`, or the number of
  /// the set + 1.
  private let words: UnsafeMutablePointer<UInt16>
  private static let count = 4096
  private static let several = UInt16.max

  init() {
    words = .allocate(capacity: Self.count)
    removeAll()
  }

  func deallocate() { words.deallocate() }

  func removeAll() { words.initialize(repeating: 0, count: Self.count) }

  @inline(__always)
  private static func index(_ page: UInt64) -> Int {
    Int(truncatingIfNeeded: ((page &>> 12) &* 0x9e37_79b9_7f4a_7c15) &>> 52)
  }

  /// Adds the page of a physical address that has a tag in a set.
  @inline(__always)
  func insert(_ page: UInt64, set: Int) {
    let index = Self.index(page)
    let word = UInt16(truncatingIfNeeded: set &+ 1)
    if words[index] == 0 {
      words[index] = word
    } else if words[index] != word {
      words[index] = Self.several
    }
  }

  @inline(__always)
  func place(of page: UInt64) -> Place {
    let word = words[Self.index(page)]
    if word == 0 { return .none }
    return word == Self.several ? .several : .one(Int(word) &- 1)
  }
}
