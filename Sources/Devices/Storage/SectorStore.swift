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
