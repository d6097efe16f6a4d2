import Fabric
import MMU

/// Stores to a page that holds code, but beside the code: small programs keep data there, and so does code that was
/// made at run time. Such a page has no tag that lets stores through; they are done here before anything else is
/// asked, and invalidate nothing.
extension Core {
  /// Performs a store of 1 to 8 bytes if it is one beside code; false if it is any other.
  @inline(__always)
  func storeBesideCode(_ address: UInt64, _ size: UInt64, _ value: UInt64) -> Bool {
    let entry = unit.dataEntries + TLBLayout.dataIndex(address)
    // What may be read inline is RAM that is written inline, too, but for flags of the page.
    let tag = dataTag(r, address, size)
    guard entry[0] == tag, entry[1] == tag | TLBLayout.slow, !hasWatchpoints else { return false }
    let physical = (entry[3] & TLBInfo.pageMask) | (address & 0xfff)
    guard cache.isBesideCode(physical, size) else { return false }
    // SAFETY: the tag's compare covers the last byte, and a translation without `io` is of RAM.
    let pointer = bus.ram.base + Int(truncatingIfNeeded: physical)
    pointer.store(value, size: size)
    return true
  }
}

extension TranslationCache {
  /// Whether bytes of one page of RAM lie in a page with code, of which nothing else wants to see stores, and in
  /// granules that no block covers. Counts those that do.
  @inline(__always)
  func isBesideCode(_ physical: UInt64, _ size: UInt64) -> Bool {
    let number = Int(truncatingIfNeeded: physical >> 12)
    guard ram.pageFlags[number] == PageFlag.code, pageIndex[number] != 0 else { return false }
    let page = (arenaBase + Int(pageIndex[number]) * 16).assumingMemoryBound(to: CodePage.self)
    let offset = physical & 0xfff
    let touched = 1 &<< (offset &>> 6) | 1 &<< ((offset &+ size &- 1) &>> 6)
    guard page.pointee.granules & touched == 0 else { return false }
    storesBesideCode &+= 1
    return true
  }
}
