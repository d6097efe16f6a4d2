/// Bytes of a text that outlives it: the tables are read at every start of the program, and reading them by
/// `Substring` took longer than booting a small guest.
///
/// SAFETY: pieces exist only inside `withPieces`, which keeps the text; every piece lies inside the one that it was
/// cut from.
struct TextPiece {
  private var start: UnsafePointer<UInt8>
  private(set) var count: Int

  private init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    self.start = start
    self.count = count
  }

  /// Hands `body` each line of `text`.
  static func forEachLine(of text: String, _ body: (TextPiece) -> Void) {
    var text = text
    text.withUTF8 { bytes in
      guard let start = bytes.baseAddress else { return }
      TextPiece(start, bytes.count).forEach(separatedBy: "\n", body)
    }
  }

  var isEmpty: Bool { count == 0 }
  var string: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  subscript(index: Int) -> UInt8 { start[index] }

  static func == (piece: TextPiece, text: StaticString) -> Bool {
    piece.count == text.utf8CodeUnitCount && piece.starts(with: text)
  }

  func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where start[index] != text.utf8Start[index] { return false }
    return true
  }

  func dropFirst(_ number: Int) -> TextPiece {
    let dropped = min(number, count)
    return TextPiece(start + dropped, count - dropped)
  }

  /// Without spaces at its ends.
  var trimmed: TextPiece {
    var piece = self
    while piece.count > 0, piece.start[0] == 0x20 { piece = piece.dropFirst(1) }
    while piece.count > 0, piece.start[piece.count - 1] == 0x20 { piece.count -= 1 }
    return piece
  }

  /// Cuts off what lies before the next separator, and the separator; all of it if there is none.
  mutating func take(upTo separator: Unicode.Scalar) -> TextPiece {
    let byte = UInt8(ascii: separator)
    var length = 0
    while length < count, start[length] != byte { length &+= 1 }
    let piece = TextPiece(start, length)
    self = dropFirst(length &+ 1)
    return piece
  }

  /// Hands `body` what lies between separators and is not empty.
  func forEach(separatedBy separator: Unicode.Scalar, _ body: (TextPiece) -> Void) {
    var rest = self
    while !rest.isEmpty {
      let piece = rest.take(upTo: separator)
      if !piece.isEmpty { body(piece) }
    }
  }

  /// What lies between separators and is not empty.
  func pieces(at separator: Unicode.Scalar) -> [TextPiece] {
    var pieces: [TextPiece] = []
    forEach(separatedBy: separator) { pieces.append($0) }
    return pieces
  }

  /// A decimal number, or a hexadecimal one after `0x`.
  var number: UInt64? {
    let isHexadecimal = starts(with: "0x")
    let digits = isHexadecimal ? dropFirst(2) : self
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in digits.bytes {
      let digit: UInt64
      switch byte {
      case 0x30...0x39: digit = UInt64(byte) - 0x30
      case 0x61...0x66 where isHexadecimal: digit = UInt64(byte) - 0x57
      case 0x41...0x46 where isHexadecimal: digit = UInt64(byte) - 0x37
      default: return nil
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: isHexadecimal ? 16 : 10)
      guard !overflow, product <= .max - digit else { return nil }
      value = product + digit
    }
    return value
  }
}
