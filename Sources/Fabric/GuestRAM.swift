#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The board's SDRAM: one lazily committed host reservation in which the byte at physical address P lies
/// at `base + P`, plus which physical ranges are populated.
///
/// SAFETY: `base` is valid for `limit` bytes for the life of the object; callers must check `isRAM` first.
public final class GuestRAM {
  public let base: UnsafeMutableRawPointer
  private let reservation: UnsafeMutableRawPointer
  /// One past the highest populated physical address.
  public let limit: UInt64
  public let ranges: [Range<UInt64>]
  /// One byte of `PageFlag`s per 4 KiB physical page up to `limit`. A page with any flag set gets no write
  /// tag in any TLB.
  public let pageFlags: UnsafeMutablePointer<UInt8>

  /// - Parameter ranges: populated physical ranges, page aligned, ascending, not overlapping.
  public init?(ranges: [Range<UInt64>]) {
    guard let top = ranges.last?.upperBound, top <= 1 << 36 else { return nil }
    var flags = MAP_PRIVATE
    #if os(Linux)
      flags |= Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE)
    #else
      flags |= MAP_ANON | MAP_NORESERVE
    #endif
    // Aligned for huge pages: a guest that scrubs all its memory would fault once per 4 KiB page otherwise.
    let hugePage = 1 << 21
    let mapping = mmap(nil, Int(top) + hugePage, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return nil }
    let aligned = mapping + (hugePage - Int(bitPattern: mapping) & (hugePage - 1)) & (hugePage - 1)
    let flagBytes = mmap(nil, Int(top >> 12), PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let flagBytes, flagBytes != MAP_FAILED else {
      munmap(mapping, Int(top) + hugePage)
      return nil
    }
    #if os(Linux)
      madvise(aligned, Int(top), MADV_HUGEPAGE)
    #endif
    reservation = mapping
    base = aligned
    limit = top
    self.ranges = ranges
    pageFlags = flagBytes.assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    munmap(reservation, Int(limit) + (1 << 21))
    munmap(pageFlags, Int(limit >> 12))
  }

  /// Whether all of `count` bytes from `address` are populated.
  @inlinable
  public func isRAM(_ address: UInt64, count: UInt64 = 1) -> Bool {
    for range in ranges where range.contains(address) {
      return count <= range.upperBound &- address
    }
    return false
  }

  /// Total populated bytes.
  public var size: UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }

  /// Gives every populated byte the value `byte`, which commits all of it on the host.
  public func fill(with byte: UInt8) {
    for range in ranges { memset(base + Int(range.lowerBound), Int32(byte), range.count) }
  }

  /// Copies `bytes` to `address`; false when the range is not all RAM.
  @discardableResult
  public func load(_ bytes: [UInt8], at address: UInt64) -> Bool {
    guard isRAM(address, count: UInt64(bytes.count)) else { return bytes.isEmpty }
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress {
        (base + Int(address)).copyMemory(from: start, byteCount: source.count)
      }
    }
    return true
  }

  /// Lets `fill` write `count` bytes at `address`; false, without a call, when the range is not all RAM.
  public func load(_ count: Int, at address: UInt64, fill: (UnsafeMutableRawBufferPointer) -> Void) -> Bool {
    guard count > 0, isRAM(address, count: UInt64(count)) else { return count == 0 }
    fill(UnsafeMutableRawBufferPointer(start: base + Int(address), count: count))
    return true
  }

  /// `count` bytes from `address`; nil when the range is not all RAM.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, isRAM(address, count: UInt64(count)) else { return nil }
    return [UInt8](UnsafeRawBufferPointer(start: base + Int(address), count: count))
  }

  /// Adds all non-zero pages to `hasher`, keyed by page number, so that untouched pages count as zero.
  public func hash(into hasher: inout StateHasher) {
    let pageSize: UInt64 = 4096
    let commitment = HostCommitment()
    for range in ranges {
      var page = range.lowerBound
      while page < range.upperBound {
        // 512 pages (2 MiB) at a time: skip what the host never committed.
        let end = min(range.upperBound, page &+ 512 &* pageSize)
        let count = Int((end - page) / pageSize)
        let isCommitted = commitment.pages(base + Int(page), count: count)
        for index in 0..<count where isCommitted[index] {
          let words = (base + Int(page) + index * 4096).assumingMemoryBound(to: UInt64.self)
          var any: UInt64 = 0
          for word in 0..<512 { any |= words[word] }
          guard any != 0 else { continue }
          hasher.combine(page / pageSize &+ UInt64(index))
          for word in 0..<512 { hasher.combine(words[word]) }
        }
        page = end
      }
    }
  }
}

/// Which pages of an anonymous mapping the host has anything for, in memory or swapped out; the others are
/// zero, and reading them would only commit them. Without /proc every page counts as committed.
private final class HostCommitment {
  private let file: Int32

  init() {
    #if os(Linux)
      file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    #else
      file = -1
    #endif
  }

  deinit {
    if file >= 0 { close(file) }
  }

  /// For each of `count` 4 KiB pages from `start`, whether it is present (bit 63) or swapped (bit 62).
  func pages(_ start: UnsafeMutableRawPointer, count: Int) -> [Bool] {
    let all = [Bool](repeating: true, count: count)
    guard file >= 0, sysconf(Int32(_SC_PAGESIZE)) == 4096 else { return all }
    var entries = [UInt64](repeating: 0, count: count)
    let offset = off_t(UInt(bitPattern: start) / 4096 * 8)
    guard pread(file, &entries, count * 8, offset) == count * 8 else { return all }
    return entries.map { $0 >> 62 != 0 }
  }
}

/// Why stores to a physical page must take the slow path.
public enum PageFlag {
  /// Blocks were translated from this page.
  public static let code: UInt8 = 1
  /// Another core's exclusive monitor watches a granule in this page.
  public static let monitored: UInt8 = 2
  /// A debugger or checker watches this page.
  public static let watched: UInt8 = 4
}
