/// JSON as it is written: objects and lists opened and closed by hand, bytes that depend on nothing but the calls.
struct JSONText {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false
  /// For JSON within an HTML page: `<`, `>` and `&` are spelled out, so that no text can end the element.
  var isForPage = false

  mutating func open(_ key: StaticString? = nil) { begin(key); append("{"); needsComma = false }
  mutating func close() { append("}"); needsComma = true }
  mutating func openList(_ key: StaticString? = nil) { begin(key); append("["); needsComma = false }
  mutating func closeList() { append("]"); needsComma = true }
  mutating func endLine() { bytes.append(0x0a) }

  mutating func number(_ key: StaticString? = nil, _ value: UInt64) { begin(key); append(String(value)) }
  mutating func number(_ key: StaticString? = nil, _ value: Int) { begin(key); append(String(value)) }

  /// Nanoseconds as microseconds with three decimals.
  mutating func microseconds(_ key: StaticString? = nil, _ value: UInt64) {
    begin(key)
    let rest = value % 1000
    append("\(value / 1000).\(rest < 10 ? "00" : rest < 100 ? "0" : "")\(rest)")
  }

  mutating func text(_ key: StaticString? = nil, _ value: String) {
    begin(key)
    quote(value)
  }

  mutating func text(named key: String, _ value: String) {
    begin(nil)
    quote(key)
    append(":")
    quote(value)
  }

  mutating func flag(_ key: StaticString? = nil, _ value: Bool) { begin(key); append(value ? "true" : "false") }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func begin(_ key: StaticString?) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
    guard let key else { return }
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    append("\":")
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028
        || scalar.value == 0x2029 || isForPage && (scalar == "<" || scalar == ">" || scalar == "&"):
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
      default: bytes.append(contentsOf: String(scalar).utf8)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
