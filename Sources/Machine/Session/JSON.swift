/// A JSON value (RFC 8259), with numbers as they were written.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  /// Members in the order in which they are written.
  case object([Member])

  public struct Member: Hashable, Sendable {
    public var key: String
    public var value: JSONValue
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// The value as indented text, with a newline at the end.
  public var text: String {
    var text = ""
    write(to: &text, indent: "")
    return text + "\n"
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let digits): text += digits
    case .string(let string): text += Self.quoted(string)
    case .array(let elements):
      Self.writeList(elements.map { (nil, $0) }, brackets: ("[", "]"), to: &text, indent: indent)
    case .object(let members):
      Self.writeList(members.map { ($0.key, $0.value) }, brackets: ("{", "}"), to: &text, indent: indent)
    }
  }

  private static func writeList(
    _ items: [(key: String?, value: JSONValue)], brackets: (String, String), to text: inout String,
    indent: String
  ) {
    text += brackets.0
    // A list of plain numbers reads best on one line.
    let isShort = items.allSatisfy { item in
      if case .number = item.value { item.key == nil } else { false }
    }
    let inner = isShort ? "" : "\n" + indent + "  "
    for (index, item) in items.enumerated() {
      text += index > 0 ? (isShort ? ", " : ",") : ""
      text += inner
      if let key = item.key { text += quoted(key) + ": " }
      item.value.write(to: &text, indent: indent + "  ")
    }
    text += items.isEmpty || isShort ? brackets.1 : "\n" + indent + brackets.1
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

/// A JSON value that knows where in its file it stands, so that a complaint about it can say so.
public struct JSONNode: Sendable {
  public indirect enum Content: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([Member])
  }

  public struct Member: Sendable {
    public let key: String
    public let keyPlace: String
    public let value: JSONNode
  }

  /// Line and column, both from 1: `3:14`.
  public let place: String
  public let content: Content

  /// What kind of value this is, in words.
  public var kind: String {
    switch content {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
