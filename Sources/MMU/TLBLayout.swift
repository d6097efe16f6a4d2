/// The shape of the software TLB that the CPU's fast path (and, later, generated code) reads inline.
///
/// Data entry, 4 words: read tag, write tag, addend (host address − VA), info.
/// Fetch entry, 4 words: tag, physical page, opaque word owned by the translation cache (0 = none), info.
/// A tag is `VA & ~0xfff | context` with an 11-bit context number; bit 11 (`slow`) in a tag makes the inline
/// compare miss, so that device pages, code pages, watched pages … reach the slow path, which finds the
/// translation by comparing without that bit. An empty tag is all ones.
/// `info` holds the physical page in bits 47:12 and `TLBInfo` flags in bits 11:0 and 63:48.
public enum TLBLayout {
  public static let entryWords = 4
  /// Sets of the data TLB; inline code looks at the first entry of each. The others, `dataWayWords` apart, take
  /// what it pushes out, so that levels and machines with equal or close addresses do not walk each time.
  public static let dataEntries = 1024
  public static let dataWays = 4
  public static let dataWayWords = dataEntries * entryWords
  /// Sets of the fetch TLB; entries of one set lie `fetchWayWords` apart, the latest first, so that code of
  /// several levels and machines at the same addresses does not push each other out.
  public static let fetchEntries = 256
  public static let fetchWays = 4
  public static let fetchWayWords = fetchEntries * entryWords
  public static let slow: UInt64 = 0x800
  public static let contextMask: UInt64 = 0x7ff
  public static let empty: UInt64 = ~0

  /// Before the data TLB's entries lie `pageWords` words for `pageCount` pages of the current context with a hit in it:
  /// their limits, then their addresses, then their addends. An access hits if its address lies less than the limit
  /// behind the page's; a limit of 0 makes a page empty. Generated code looks there first where it expects few
  /// pages; every change of the TLB and of the context empties them.
  public static let pageWords = 3 * pageCount
  public static let pageCount = 16
  /// The limit of a page that is not empty: 32 bytes from there do not leave it. Others look into the TLB.
  public static let pageLimit: UInt64 = 4096 - 31

  /// Pages of accesses of one kind: a page that may be read with EL0's rights is not one that may be written.
  public enum PageBank: Sendable {
    case read, write, unprivilegedRead, unprivilegedWrite

    @inlinable public var first: Int {
      switch self {
      case .read: 0
      case .write: 6
      case .unprivilegedRead: 12
      case .unprivilegedWrite: 14
      }
    }

    @inlinable public var count: Int {
      switch self {
      case .read, .write: 5
      case .unprivilegedRead, .unprivilegedWrite: 2
      }
    }

    /// The page at the stack pointer.
    @inlinable public var stack: Int? {
      switch self {
      case .read, .write: first + count
      case .unprivilegedRead, .unprivilegedWrite: nil
      }
    }
  }

  /// The fetch entry with a tag, among those of its set.
  @inlinable @inline(__always)
  public static func fetchEntry(
    _ entries: UnsafeMutablePointer<UInt64>, _ tag: UInt64
  ) -> UnsafeMutablePointer<UInt64>? {
    var entry = entries + fetchIndex(tag)
    if entry[0] == tag { return entry }
    for _ in 1..<fetchWays {
      entry += fetchWayWords
      if entry[0] == tag { return entry }
    }
    return nil
  }

  /// Word index of the data entry for `address`.
  @inlinable @inline(__always)
  public static func dataIndex(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address &>> 12) & UInt64(truncatingIfNeeded: dataEntries &- 1)) &* entryWords
  }

  @inlinable @inline(__always)
  public static func fetchIndex(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address &>> 12) & UInt64(truncatingIfNeeded: fetchEntries &- 1)) &* entryWords
  }

  /// The tag that an access of `size` bytes at `address` must find; an access that crosses a page
  /// computes the tag of the second page, sits in the first page's slot and so misses.
  @inlinable @inline(__always)
  public static func tag(_ address: UInt64, size: UInt64, context: UInt64) -> UInt64 {
    ((address &+ (size &- 1)) & ~0xfff) | context
  }
}

/// What the slow path must know of a page, beside its physical address.
public struct TLBInfo: OptionSet, Sendable {
  public let rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Not RAM: the access goes to the bus.
  public static let io = TLBInfo(rawValue: 1 << 0)
  /// Device memory type: unaligned accesses fault.
  public static let deviceMemory = TLBInfo(rawValue: 1 << 1)
  public static let readable = TLBInfo(rawValue: 1 << 2)
  public static let writable = TLBInfo(rawValue: 1 << 3)
  /// The output address is in the Secure physical address space.
  public static let secure = TLBInfo(rawValue: 1 << 4)
  /// nG: the translation belongs to one ASID.
  public static let notGlobal = TLBInfo(rawValue: 1 << 5)

  /// Bits 47:12 of an entry's info word: the physical page.
  public static let pageMask: UInt64 = 0x0000_ffff_ffff_f000

  /// Memory type and shareability, in bits 63:56 and 55:54.
  @inlinable public var attributes: MemoryAttributes {
    MemoryAttributes(
      encoding: UInt8(truncatingIfNeeded: rawValue &>> 56),
      shareability: UInt8(truncatingIfNeeded: rawValue &>> 54) & 3)
  }

  /// log2 of the size of the block that the page belongs to, in bits 53:48.
  @inlinable public var blockBits: UInt8 { UInt8(truncatingIfNeeded: rawValue &>> 48) & 0x3f }
}
