/// Things a guest did that deserve a line to the person: an access that is not modelled, an odd value.
/// Each distinct key is reported once.
public final class GuestLog {
  public enum Kind: String, Sendable { case notModelled = "not modelled", odd = "odd", info = "info" }

  public struct Entry: Sendable {
    public let kind: Kind
    public let source: String
    public let message: String
  }

  private var seen: Set<String> = []
  public private(set) var entries: [Entry] = []
  /// Bounds memory against a guest that makes up new oddities without end.
  private let limit = 10_000
  /// Called for each new entry.
  public var sink: ((Entry) -> Void)?

  public init() {}

  /// Reports once per `source` and `key`.
  public func once(_ kind: Kind, source: String, key: String, message: @autoclosure () -> String) {
    guard entries.count < limit, seen.insert(source + "\u{0}" + key).inserted else { return }
    let entry = Entry(kind: kind, source: source, message: message())
    entries.append(entry)
    sink?(entry)
  }
}

/// The far end of a serial line.
public protocol BytePort: AnyObject {
  func transmit(_ byte: UInt8)
}
