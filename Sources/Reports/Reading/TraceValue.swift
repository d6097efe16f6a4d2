/// A JSON value of a trace (docs/trace-format.md).
indirect enum TraceValue: Equatable, Sendable {
  case null
  case flag(Bool)
  case number(UInt64)
  /// A number that the format has no use for: a fraction, or one below zero or above 64 bits.
  case otherNumber
  /// `"0x1f"`, written as the format writes it.
  case hexadecimal(UInt64)
  case text(String)
  case list([TraceValue])
  case fields(TraceFields)

  /// What kind of value it is, in words.
  var kind: String {
    switch self {
    case .null: "null"
    case .flag: "true or false"
    case .number: "a number"
    case .otherNumber: "a number that is not whole, or out of range"
    case .hexadecimal: "a hexadecimal text"
    case .text: "a text"
    case .list: "a list"
    case .fields: "an object"
    }
  }
}

/// A JSON object of a trace, in the order in which it was written.
struct TraceFields: Equatable, Sendable {
  struct Member: Equatable, Sendable {
    var key: String
    var value: TraceValue
  }

  var members: [Member] = []

  subscript(key: String) -> TraceValue? {
    for member in members where member.key == key { return member.value }
    return nil
  }

  func number(_ key: String) -> UInt64? {
    if case .number(let value) = self[key] { return value }
    return nil
  }

  /// An address, a register or another 64-bit value.
  func word(_ key: String) -> UInt64? {
    if case .hexadecimal(let value) = self[key] { return value }
    return nil
  }

  func text(_ key: String) -> String? {
    switch self[key] {
    case .text(let text): return text
    // A text that happens to look like a number: a decoded argument.
    case .hexadecimal(let value): return hexadecimal(value)
    default: return nil
    }
  }

  func flag(_ key: String) -> Bool { self[key] == .flag(true) }

  func fields(_ key: String) -> TraceFields? {
    if case .fields(let fields) = self[key] { return fields }
    return nil
  }

  /// The values of a list; empty when there is none.
  func list(_ key: String) -> [TraceValue] {
    if case .list(let values) = self[key] { return values }
    return []
  }

  /// The texts of a list.
  func texts(_ key: String) -> [String] {
    list(key).compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  /// The objects of a list.
  func objects(_ key: String) -> [TraceFields] {
    list(key).compactMap { if case .fields(let fields) = $0 { fields } else { nil } }
  }
}
