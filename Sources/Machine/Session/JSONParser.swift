/// Reads JSON text (RFC 8259) into nodes that know their places. Strict: no comments, no trailing commas,
/// no key twice, nothing after the value.
public struct JSONParser {
  private static let deepestNesting = 64

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// - Parameter file: the name that complaints carry.
  public static func parse(_ bytes: [UInt8], file: String) throws(BadInput) -> JSONNode {
    var parser = JSONParser(bytes, file: file)
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { parser.position = 3 }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw BadInput(
        file, "is not UTF-8 text", remedy: "save it as UTF-8, or check that it is the right file")
    }
    parser.skipSpace()
    let node = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw parser.fault("there is something after the end of the value", remedy: "remove it")
    }
    return node
  }

  // MARK: Values

  private mutating func value() throws(BadInput) -> JSONNode {
    let place = place(at: position)
    guard let byte = peek else {
      throw fault("the text ends where a value should be", remedy: "check that the file is complete")
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepestNesting else {
      throw fault(
        "lists and objects are nested too deeply", remedy: "use at most \(Self.deepestNesting) levels")
    }
    let content: JSONNode.Content
    switch byte {
    case UInt8(ascii: "{"): content = .object(try members())
    case UInt8(ascii: "["): content = .array(try elements())
    case UInt8(ascii: "\""): content = .string(try string())
    case UInt8(ascii: "-"), 0x30...0x39: content = .number(try number())
    default: content = try word()
    }
    return JSONNode(place: place, content: content)
  }

  private mutating func members() throws(BadInput) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    var seen: Set<String> = []
    position += 1
    skipSpace()
    if take("}") { return [] }
    while true {
      skipSpace()
      let keyPlace = place(at: position)
      guard peek == UInt8(ascii: "\"") else {
        throw fault("a key in double quotes should be here", remedy: "write \"key\": value")
      }
      let key = try string()
      guard seen.insert(key).inserted else {
        throw BadInput(
          file, at: keyPlace, "the key \"\(key)\" is here for the second time", remedy: "keep one of them")
      }
      skipSpace()
      guard take(":") else { throw fault("a colon should be here", remedy: "write \"\(key)\": value") }
      skipSpace()
      members.append(JSONNode.Member(key: key, keyPlace: keyPlace, value: try value()))
      skipSpace()
      if take("}") { return members }
      guard take(",") else {
        throw fault("a comma or } should be here", remedy: "check the member \"\(key)\" before it")
      }
    }
  }

  private mutating func elements() throws(BadInput) -> [JSONNode] {
    var elements: [JSONNode] = []
    position += 1
    skipSpace()
    if take("]") { return [] }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw fault("a comma or ] should be here", remedy: "check the list before it") }
    }
  }

  private mutating func word() throws(BadInput) -> JSONNode.Content {
    let words: [(String, JSONNode.Content)] = [
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null),
    ]
    for (text, content) in words where bytes[position...].starts(with: text.utf8) {
      position += text.utf8.count
      return content
    }
    throw fault("this is not a JSON value", remedy: "texts stand in double quotes")
  }

  private mutating func number() throws(BadInput) -> String {
    let start = position
    _ = take("-")
    let integerStart = position
    skipDigits()
    let hasInteger = position > integerStart
    let hasLeadingZero = position > integerStart + 1 && bytes[integerStart] == 0x30
    var isWhole = true
    if take(".") {
      let fraction = position
      skipDigits()
      isWhole = position > fraction
    }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      let exponent = position
      skipDigits()
      isWhole = isWhole && position > exponent
    }
    guard hasInteger, !hasLeadingZero, isWhole else {
      throw BadInput(
        file, at: place(at: start), "this is not a number", remedy: "write it like 120 or 0.5, or as a text")
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skipDigits() {
    while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
  }

  // MARK: Strings

  private mutating func string() throws(BadInput) -> String {
    let start = position
    position += 1
    var units: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &units)
      case 0..<0x20:
        position -= 1
        throw fault(
          "a text cannot hold a line end or another control character",
          remedy: "write \\n, or close the quotes")
      default: units.append(byte)
      }
    }
    throw BadInput(file, at: place(at: start), "this text has no end", remedy: "close it with a double quote")
  }

  private mutating func escape(into units: inout [UInt8]) throws(BadInput) {
    let place = place(at: position - 1)
    guard let byte = peek else { return }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0c)
    case UInt8(ascii: "n"): units.append(0x0a)
    case UInt8(ascii: "r"): units.append(0x0d)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"):
      var pair = [try hexUnit(place)]
      if UTF16.isLeadSurrogate(pair[0]), bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        pair.append(try hexUnit(place))
      }
      units += Array(String(decoding: pair, as: UTF16.self).utf8)
    default:
      throw BadInput(
        file, at: place, "this escape does not exist in JSON", remedy: "write \\\\ for a backslash")
    }
  }

  private mutating func hexUnit(_ place: String) throws(BadInput) -> UInt16 {
    let digits = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16) else {
      throw BadInput(file, at: place, "\\u needs four hexadecimal digits", remedy: "write it like \\u001b")
    }
    position += 4
    return unit
  }

  // MARK: Text

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = peek, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private func place(at offset: Int) -> String {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $0 + ($1 == 0x0a ? 1 : 0) }
    let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
    return "\(line):\(column)"
  }

  private func fault(_ problem: String, remedy: String) -> BadInput {
    BadInput(file, at: place(at: position), problem, remedy: remedy)
  }
}
