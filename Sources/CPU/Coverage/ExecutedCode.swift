import Fabric

/// Which instructions ran, by virtual address: a bit for each, in pages by exception level and domain.
///
/// A block is translated only when it is about to run, so that its instructions are marked then, once, and
/// what runs again costs nothing. Marks are never taken back: code that is unmapped after its last use, as
/// the `init` sections of Xen and Linux are, stays known by the address where it ran.
///
/// Not marked is EL0: the same page of code is at other addresses in other programs, and is translated in one
/// of them only. What an exception in the middle of a block's first turn kept from running is marked all the
/// same.
public final class ExecutedCode {
  /// Whose address space a page belongs to.
  public struct Space: Hashable, Sendable {
    /// 1...3.
    public let level: UInt8
    /// VTTBR_EL2.VMID of EL1 under stage 2, else 0.
    public let vmid: UInt16

    public init(level: UInt8, vmid: UInt16) {
      self.level = level
      self.vmid = vmid
    }
  }

  public struct Page: Sendable {
    public let space: Space
    /// The virtual address of its first byte.
    public let address: UInt64
    /// The physical address that it had when code in it was last translated.
    public internal(set) var physical: UInt64
    /// A bit for each of the 1024 instructions.
    var marks = [UInt64](repeating: 0, count: 16)
  }

  private struct Key: Hashable {
    var space: Space
    var address: UInt64
  }

  /// In the order in which they first ran.
  public private(set) var pages: [Page] = []
  private var places: [Key: Int] = [:]
  /// Most blocks lie in the page of the one before.
  private var last = Key(space: Space(level: 0, vmid: 0), address: 0)
  private var lastPlace = 0

  /// Pages at most, a GiB of code: against a guest that rewrites its code at ever new addresses.
  private static let limit = 1 << 18

  public init() {}

  /// Notes `count` instructions from `address`, none of them in another page.
  public func mark(_ space: Space, _ address: UInt64, physical: UInt64, count: Int) {
    guard let place = place(of: Key(space: space, address: address & ~0xfff)) else { return }
    pages[place].physical = physical & ~0xfff
    let first = Int(truncatingIfNeeded: address >> 2) & 1023
    for word in first..<max(first, min(1024, first + count)) {
      pages[place].marks[word >> 6] |= 1 << UInt64(word & 63)
    }
  }

  private func place(of key: Key) -> Int? {
    if key == last { return lastPlace }
    let place: Int
    if let known = places[key] {
      place = known
    } else {
      guard pages.count < Self.limit else { return nil }
      place = pages.count
      pages.append(Page(space: key.space, address: key.address, physical: 0))
      places[key] = place
    }
    last = key
    lastPlace = place
    return place
  }

  /// The marks of a page by instruction; nil where none ran.
  public func page(_ space: Space, at address: UInt64) -> Page? {
    places[Key(space: space, address: address & ~0xfff)].map { pages[$0] }
  }
}

extension ExecutedCode.Page {
  /// Whether the instruction at that offset ran.
  public func isMarked(offset: Int) -> Bool {
    let word = (offset >> 2) & 1023
    return marks[word >> 6] >> UInt64(word & 63) & 1 != 0
  }

  /// How many instructions ran of those in `bytes` from an offset, both multiples of 4.
  public func markedCount(from offset: Int, bytes: Int) -> Int {
    var word = min(max(0, offset >> 2), 1024)
    let end = min(1024, word &+ max(0, bytes >> 2))
    var count = 0
    while word < end {
      let width = min(64 - word & 63, end - word)
      let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width) - 1) << UInt64(word & 63)
      count += (marks[word >> 6] & mask).nonzeroBitCount
      word += width
    }
    return count
  }

  /// The instructions that ran here or there.
  public func union(_ other: ExecutedCode.Page) -> ExecutedCode.Page {
    var union = self
    for index in 0..<16 { union.marks[index] |= other.marks[index] }
    return union
  }
}

extension Cluster {
  /// Notes what runs from now on; to be called before anything does. The guest does not notice.
  public func recordExecutedCode() -> ExecutedCode {
    let code = cache.executed ?? ExecutedCode()
    cache.executed = code
    return code
  }
}

extension Core {
  /// Translates the block that is about to run.
  func translate(
    _ pc: UInt64, _ cache: TranslationCache, _ page: TranslationCache.PagePointer, offset: Int, mode: UInt32
  ) -> BlockPointer {
    let block = BlockBuilder.build(in: cache, page: page, offset: offset, mode: mode)
    if let executed = cache.executed, currentEL > 0 {
      // HCR_EL2.VM (D13.2.46).
      let isVirtualised = currentEL == 1 && self[.hcrEL2] & 1 != 0
      let space = ExecutedCode.Space(
        level: UInt8(truncatingIfNeeded: currentEL & 3), vmid: isVirtualised ? vmid : 0)
      executed.mark(
        space, pc, physical: page.pointee.physical, count: Int(truncatingIfNeeded: block.pointee.count))
    }
    return block
  }
}
