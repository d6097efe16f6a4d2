import Fabric

/// Where a walk gets its descriptors from. The unit reads RAM; a test or a debugger may substitute a reader
/// that records what a walk touches.
protocol DescriptorReader {
  /// The 8 little-endian bytes at physical `address` (aligned down); nil is an external abort.
  mutating func descriptor(at address: UInt64) -> UInt64?
}

/// Reads descriptors from RAM without touching a reference count: the populated ranges as raw words.
///
/// SAFETY: `base` is the RAM's host reservation, valid for every populated physical address; `bounds` holds
/// `count` pairs of lower and upper bound. Both are kept alive by the TranslationUnit that owns this value.
struct MemoryReader: DescriptorReader {
  let base: UnsafeMutableRawPointer
  let bounds: UnsafeMutablePointer<UInt64>
  let count: Int

  init(ram: GuestRAM) {
    base = ram.base
    count = ram.ranges.count
    bounds = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, count * 2))
    for (index, range) in ram.ranges.enumerated() {
      bounds[index * 2] = range.lowerBound
      bounds[index * 2 + 1] = range.upperBound
    }
  }

  func deallocate() { bounds.deallocate() }

  /// Whether the 4 KiB page of `address` is RAM.
  @inline(__always)
  func isRAM(_ address: UInt64) -> Bool {
    var index = 0
    while index < count &* 2 {
      if address >= bounds[index] && address < bounds[index &+ 1] { return true }
      index &+= 2
    }
    return false
  }

  @inline(__always)
  func descriptor(at address: UInt64) -> UInt64? {
    let aligned = address & ~7
    guard isRAM(aligned) else { return nil }
    return UInt64(littleEndian: (base + Int(truncatingIfNeeded: aligned)).load(as: UInt64.self))
  }
}
