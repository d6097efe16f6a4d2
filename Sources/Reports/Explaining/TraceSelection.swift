import Machine

/// Which events of a trace are meant.
public struct TraceSelection: Sendable {
  /// nil: all.
  public var events: Set<String>?
  public var number: UInt64?
  public var vmid: UInt64?
  public var ipa: ClosedRange<UInt64>?

  public init() {}

  /// Adds an event by its name; `hypervisor` and `all` do not select.
  public mutating func add(event: String) throws(BadInput) {
    if event == "all" {
      events = nil
      return
    }
    let known = TraceKind.allCases.map(\.rawValue)
    guard known.contains(event) else {
      throw BadInput("--event \(event)", "is no event", remedy: "use all, or one of " + known.joined(separator: ", "))
    }
    events = (events ?? []).union([event])
  }

  /// Reads `A` or `A-B`, both ends included.
  public static func range(_ text: String) -> ClosedRange<UInt64>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count <= 2, let low = ends.first.flatMap(Self.number), let high = ends.last.flatMap(Self.number),
      low <= high
    else { return nil }
    return low...high
  }

  public static func number(_ text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  func matches(_ record: TraceRecord, _ trace: Trace) -> Bool {
    if let number, record.number != number { return false }
    if let events, !events.contains(record.event) { return false }
    if let vmid, record.core == nil || record.guest.vmid != vmid { return false }
    guard let ipa else { return true }
    guard record.kind == .stageTwoFault || record.kind == .stageTwoFaultEnd else { return false }
    if let value = trace.fields(of: record).word("ipa") { return ipa.contains(value) }
    guard let of = record.of, let index = trace.index(of: of) else { return false }
    return trace.fields(of: trace.records[index]).word("ipa").map(ipa.contains) ?? false
  }
}
