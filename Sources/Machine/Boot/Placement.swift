/// Hands out load addresses: who lies where, and what is still free in the banks of the board.
struct Placement {
  private struct Holding {
    let name: String
    let range: Range<UInt64>
  }

  private let banks: [Range<UInt64>]
  /// Ascending by address.
  private var taken: [Holding]

  /// - Parameter reservesStub: whether our boot stub lies at address 0.
  init(banks: [Range<UInt64>], reservesStub: Bool = true) {
    self.banks = banks
    taken = reservesStub ? [Holding(name: "the boot stub", range: 0..<Armstub.reservedSize)] : []
  }

  /// Takes `size` bytes at exactly `address`.
  mutating func take(_ name: String, size: UInt64, at address: UInt64) throws(BootError) {
    let (end, overflow) = address.addingReportingOverflow(max(size, 1))
    let range = overflow ? address..<UInt64.max : address..<end
    guard !overflow, banks.contains(where: { $0.contains(address) && end <= $0.upperBound }) else {
      throw .outsideMemory(file: name, range: range, banks: banks)
    }
    if let other = taken.first(where: { $0.range.overlaps(range) }) {
      throw .overlap(file: name, range: range, other: other.name, otherRange: other.range)
    }
    let index = taken.firstIndex { $0.range.lowerBound > range.lowerBound } ?? taken.count
    taken.insert(Holding(name: name, range: range), at: index)
  }

  /// Takes the lowest free `size` bytes that begin `offset` bytes above a multiple of `alignment`, from
  /// `start` on and below `limit`.
  mutating func take(
    _ name: String, size: UInt64, alignment: UInt64, offset: UInt64 = 0, from start: UInt64,
    below limit: UInt64
  ) throws(BootError) -> UInt64 {
    for bank in banks {
      let end = min(bank.upperBound, limit)
      var base = Self.aligned(max(bank.lowerBound, start), alignment)
      // Bounded by the number of holdings: each turn either succeeds or steps past one of them.
      while base < end, size <= end - base, offset <= end - base - size {
        let range = base + offset..<base + offset + max(size, 1)
        guard let obstacle = taken.first(where: { $0.range.overlaps(range) }) else {
          try take(name, size: size, at: range.lowerBound)
          return range.lowerBound
        }
        base = Self.aligned(obstacle.range.upperBound, alignment)
      }
    }
    throw .doesNotFit(file: name, size: size, limit: min(limit, banks.last?.upperBound ?? 0))
  }

  /// `address`, or the next multiple of `alignment` (a power of two) above it.
  private static func aligned(_ address: UInt64, _ alignment: UInt64) -> UInt64 {
    (address &+ (alignment &- 1)) & ~(alignment &- 1)
  }
}
