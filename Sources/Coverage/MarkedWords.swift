import CPU

/// What ran of some address spaces, by virtual address.
///
/// Code that ran at its physical address, before the MMU was on or while it was switched, counts for the
/// virtual address at which its page ran otherwise, or lies at the end.
final class MarkedWords {
  private let code: ExecutedCode
  private let spaces: [ExecutedCode.Space]
  private let physical: (ExecutedCode.Space, UInt64) -> UInt64?
  /// What was put together before; nil where nothing ran.
  private var known: [UInt64: ExecutedCode.Page?] = [:]

  init(
    _ code: ExecutedCode, spaces: [ExecutedCode.Space],
    physical: @escaping (ExecutedCode.Space, UInt64) -> UInt64?
  ) {
    self.code = code
    self.spaces = spaces
    self.physical = physical
  }

  func isMarked(_ address: UInt64) -> Bool {
    page(at: address & ~0xfff)?.isMarked(offset: Int(address & 0xfff)) ?? false
  }

  /// Instructions in a range that ran.
  func count(in range: Range<UInt64>) -> Int {
    var count = 0
    var address = range.lowerBound
    while address < range.upperBound {
      let rest = min(range.upperBound &- address, 0x1000 &- (address & 0xfff))
      if let page = page(at: address & ~0xfff) {
        count += page.markedCount(from: Int(address & 0xfff), bytes: Int(rest))
      }
      let (next, overflow) = address.addingReportingOverflow(rest)
      if overflow { break }
      address = next
    }
    return count
  }

  private func page(at address: UInt64) -> ExecutedCode.Page? {
    if let page = known[address] { return page }
    var found: ExecutedCode.Page?
    for space in spaces {
      let own = code.page(space, at: address)
      for page in [own, early(space, own?.physical ?? physical(space, address), unlike: address)] {
        guard let page else { continue }
        found = found?.union(page) ?? page
      }
    }
    known.updateValue(found, forKey: address)
    return found
  }

  /// What ran of a page at its physical address.
  private func early(
    _ space: ExecutedCode.Space, _ physical: UInt64?, unlike address: UInt64
  ) -> ExecutedCode.Page? {
    guard let place = physical.map({ $0 & ~0xfff }), place != address, let page = code.page(space, at: place)
    else { return nil }
    return page.physical == place ? page : nil
  }
}
