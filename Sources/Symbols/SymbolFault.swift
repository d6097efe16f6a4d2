/// A symbol file or a symbol option that cannot be used: where, what, and what to do about it.
///
/// Prints as `FILE:PLACE: problem; remedy`, as every message about a person's input does.
public struct SymbolFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the option, that holds the fault.
  public var source: String
  /// Where in it: `line 14`, `offset 0x40`; nil when it is the whole.
  public var place: String?
  public var problem: String
  public var remedy: String

  public init(_ source: String, at place: String? = nil, _ problem: String, remedy: String) {
    self.source = source
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String {
    let location = place.map { "\(source):\($0)" } ?? source
    return "\(location): \(problem); \(remedy)"
  }
}

/// `0x` and lower-case hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
