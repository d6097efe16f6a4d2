/// Reads one line of a trace: a JSON object (RFC 8259).
struct TraceLineParser {
  /// What is wrong, and at which byte of the file.
  struct Fault: Error, Equatable {
    var offset: Int
    var problem: String
    var remedy: String
  }

  /// A walk within a walk is the deepest that the format has.
  private static let deepestNesting = 16

  private let bytes: [UInt8]
  private let end: Int
  private var position: Int
  private var depth = 0

  /// - Parameter range: the line within `bytes`, without its end.
  static func parse(_ bytes: [UInt8], _ range: Range<Int>) throws(Fault) -> TraceFields {
    var parser = TraceLineParser(bytes: bytes, end: range.upperBound, position: range.lowerBound)
    parser.skipSpace()
    guard parser.peek == UInt8(ascii: "{") else { throw parser.fault("is not an event: a line begins with {") }
    let fields = try parser.object()
    parser.skipSpace()
    guard parser.position == parser.end else { throw parser.fault("something follows the event") }
    return fields
  }

  private init(bytes: [UInt8], end: Int, position: Int) {
    self.bytes = bytes
    self.end = end
    self.position = position
  }

  private var peek: UInt8? { position < end ? bytes[position] : nil }

  private func fault(_ problem: String) -> Fault {
    guard position < end else {
      return Fault(
        offset: end, problem: "the line ends in the middle of an event",
        remedy: "the run or the disk ended before it was written: remove the line, or trace again")
    }
    return Fault(
      offset: position, problem: problem, remedy: "remove the line, or trace again; the format is docs/trace-format.md")
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0d { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  // MARK: Values

  private mutating func value() throws(Fault) -> TraceValue {
    skipSpace()
    switch peek {
    case UInt8(ascii: "\""):
      if let number = shortHexadecimal() { return .hexadecimal(number) }
      return .text(try string())
    case UInt8(ascii: "{"): return .fields(try object())
    case UInt8(ascii: "["): return .list(try array())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(0x30...0x39), UInt8(ascii: "-"): return try number()
    default: throw fault("this is not a JSON value")
    }
  }

  private mutating func word(_ text: StaticString, _ value: TraceValue) throws(Fault) -> TraceValue {
    for offset in 0..<text.utf8CodeUnitCount {
      guard take(text.utf8Start[offset]) else { throw fault("this is not a JSON value") }
    }
    return value
  }

  private mutating func nest() throws(Fault) {
    depth += 1
    guard depth <= Self.deepestNesting else { throw fault("lists and objects are nested too deeply") }
  }

  private mutating func object() throws(Fault) -> TraceFields {
    try nest()
    defer { depth -= 1 }
    var fields = TraceFields()
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return fields }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw fault("a key in double quotes should be here") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("a colon should be here") }
      fields.members.append(TraceFields.Member(key: key, value: try value()))
      skipSpace()
      if take(UInt8(ascii: "}")) { return fields }
      guard take(UInt8(ascii: ",")) else { throw fault("a comma or } should be here") }
    }
  }

  private mutating func array() throws(Fault) -> [TraceValue] {
    try nest()
    defer { depth -= 1 }
    var values: [TraceValue] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return values }
    while true {
      values.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw fault("a comma or ] should be here") }
    }
  }

  private mutating func number() throws(Fault) -> TraceValue {
    let start = position
    var value: UInt64 = 0
    var fits = peek != UInt8(ascii: "-")
    if !fits { position += 1 }
    let digits = position
    while let byte = peek, byte &- 0x30 < 10 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- 0x30))
      fits = fits && !overflow && !carry
      value = sum
      position += 1
    }
    guard position > digits, position == digits + 1 || bytes[digits] != 0x30 else {
      position = start
      throw fault("this is not a number")
    }
    while let byte = peek, isOfNumber(byte) {
      fits = false
      position += 1
    }
    return fits ? .number(value) : .otherNumber
  }

  /// What may follow the digits of a number that is not whole.
  private func isOfNumber(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "-")
  }

  // MARK: Strings

  /// `"0x1f"` as the writer writes it: no leading zeros, small letters. Anything else is a text.
  private mutating func shortHexadecimal() -> UInt64? {
    let first = position + 3
    guard first < end, bytes[position + 1] == 0x30, bytes[position + 2] == UInt8(ascii: "x") else { return nil }
    var at = first
    var value: UInt64 = 0
    while at < end, at < first + 17 {
      let byte = bytes[at]
      if byte &- 0x30 < 10 {
        value = value << 4 | UInt64(byte &- 0x30)
      } else if byte &- 0x61 < 6 {
        value = value << 4 | UInt64(byte &- 0x57)
      } else {
        break
      }
      at += 1
    }
    let count = at - first
    guard count > 0, count <= 16, at < end, bytes[at] == UInt8(ascii: "\"") else { return nil }
    guard count == 1 || bytes[first] != 0x30 else { return nil }
    position = at + 1
    return value
  }

  private mutating func string() throws(Fault) -> String {
    position += 1
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if peek == UInt8(ascii: "\"") {
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    return try escapedString(begun: Array(bytes[start..<position]))
  }

  private mutating func escapedString(begun: [UInt8]) throws(Fault) -> String {
    var units = begun
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &units)
      case 0..<0x20: throw fault("a text cannot hold a control character")
      default:
        units.append(byte)
        position += 1
      }
    }
    throw fault("this text has no end")
  }

  private mutating func escape(into units: inout [UInt8]) throws(Fault) {
    guard let byte = peek else { throw fault("this text has no end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0c)
    case UInt8(ascii: "n"): units.append(0x0a)
    case UInt8(ascii: "r"): units.append(0x0d)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"):
      var pair = [try unit()]
      if UTF16.isLeadSurrogate(pair[0]), position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        pair.append(try unit())
      }
      units += Array(String(decoding: pair, as: UTF16.self).utf8)
    default:
      position -= 1
      throw fault("this escape does not exist in JSON")
    }
  }

  private mutating func unit() throws(Fault) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw fault("\\u needs four hexadecimal digits")
      }
      value = value << 4 | UInt16(truncatingIfNeeded: digit)
      position += 1
    }
    return value
  }
}
