import Fabric

/// What an SD card keeps its data in: sectors of 512 bytes.
///
/// A sector that was never written reads as what the store began with. All calls are synchronous, and a write
/// that has returned is as durable as the store makes it after the next `flush`.
public protocol SectorStore: AnyObject {
  /// How many sectors the card is to have; at least 1.
  var sectorCount: UInt64 { get }
  /// Whether the card is to refuse writes.
  var isReadOnly: Bool { get }
  /// The 512 bytes of a sector; nil when they cannot be read.
  func read(_ sector: UInt64) -> [UInt8]?
  /// Stores 512 bytes; false when that failed.
  func write(_ bytes: [UInt8], to sector: UInt64) -> Bool
  /// Makes sectors read as zeros; false when that failed.
  func erase(_ sectors: Range<UInt64>) -> Bool
  /// The guest may take all that it has written for durable now; false when it is not.
  func flush() -> Bool
  /// Describes all sectors that differ from what the store began with, in order.
  func visitState<V: StateVisitor>(_ visitor: inout V)
}

public enum Sector {
  public static let size = 512
}

/// A set of sectors as ascending ranges that neither touch nor overlap.
public struct SectorRanges: Hashable, Sendable {
  public private(set) var ranges: [Range<UInt64>] = []

  public init() {}

  /// From the bounds of ranges, as `bounds` gives them; what is not ascending is left out.
  public init(bounds: [UInt64]) {
    var index = 0
    while index + 1 < bounds.count {
      if bounds[index] < bounds[index + 1] { insert(bounds[index]..<bounds[index + 1]) }
      index += 2
    }
  }

  /// Lower and upper bound of each range in turn.
  public var bounds: [UInt64] { ranges.flatMap { [$0.lowerBound, $0.upperBound] } }

  public var isEmpty: Bool { ranges.isEmpty }

  public func contains(_ sector: UInt64) -> Bool {
    let index = firstIndex(endingAfter: sector)
    return index < ranges.count && ranges[index].lowerBound <= sector
  }

  public mutating func insert(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    var first = firstIndex(endingAfter: range.lowerBound)
    if first > 0, ranges[first - 1].upperBound == range.lowerBound { first -= 1 }
    var last = first
    var merged = range
    while last < ranges.count, ranges[last].lowerBound <= range.upperBound {
      merged = min(merged.lowerBound, ranges[last].lowerBound)..<max(merged.upperBound, ranges[last].upperBound)
      last += 1
    }
    ranges.replaceSubrange(first..<last, with: [merged])
  }

  public mutating func remove(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let first = firstIndex(endingAfter: range.lowerBound)
    var last = first
    var rest: [Range<UInt64>] = []
    while last < ranges.count, ranges[last].lowerBound < range.upperBound {
      let old = ranges[last]
      if old.lowerBound < range.lowerBound { rest.append(old.lowerBound..<range.lowerBound) }
      if old.upperBound > range.upperBound { rest.append(range.upperBound..<old.upperBound) }
      last += 1
    }
    if first < last { ranges.replaceSubrange(first..<last, with: rest) }
  }

  /// The index of the first range that ends after `sector`, by binary search.
  private func firstIndex(endingAfter sector: UInt64) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= sector { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
