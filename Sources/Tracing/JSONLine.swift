/// A line of JSON, written as it comes: no dictionary, no order but that of the calls.
struct JSONLine {
  private(set) var bytes: [UInt8] = []
  /// Whether a comma has to come before the next value.
  private var needsComma = false

  init() { bytes.reserveCapacity(1 << 16) }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  // MARK: Structure

  mutating func open(_ key: StaticString? = nil) { open(key, UInt8(ascii: "{")) }
  mutating func openArray(_ key: StaticString? = nil) { open(key, UInt8(ascii: "[")) }
  mutating func close() { close(UInt8(ascii: "}")) }
  mutating func closeArray() { close(UInt8(ascii: "]")) }

  mutating func endLine() {
    bytes.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  private mutating func open(_ key: StaticString?, _ bracket: UInt8) {
    begin(key)
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func begin(_ key: StaticString?) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
    guard let key else { return }
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  // MARK: Values

  mutating func number(_ key: StaticString?, _ value: UInt64) {
    begin(key)
    appendDecimal(value)
  }

  mutating func number(_ key: StaticString?, _ value: some BinaryInteger) {
    number(key, UInt64(truncatingIfNeeded: value))
  }

  /// As a string, `"0x1f"`: JSON's numbers have no 64 bits.
  mutating func hexadecimal(_ key: StaticString?, _ value: UInt64) {
    begin(key)
    bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "0"), UInt8(ascii: "x")])
    var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) & ~3
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
      bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      shift -= 4
    }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func flag(_ key: StaticString?, _ value: Bool) {
    begin(key)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func string(_ key: StaticString?, _ value: String) {
    begin(key)
    appendQuoted(value)
  }

  /// With a key that is only known now.
  mutating func string(named key: String, _ value: String) {
    begin(nil)
    appendQuoted(key)
    bytes.append(UInt8(ascii: ":"))
    appendQuoted(value)
  }

  private mutating func appendDecimal(_ value: UInt64) {
    guard value > 9 else {
      bytes.append(0x30 + UInt8(truncatingIfNeeded: value))
      return
    }
    let start = bytes.count
    var value = value
    while value > 0 {
      bytes.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
      value /= 10
    }
    bytes[start...].reverse()
  }

  private mutating func appendQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x0a: bytes.append(contentsOf: "\\n".utf8)
      case 0x00..<0x20, 0x7f:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
