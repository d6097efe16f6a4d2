/// How a value is shown.
///
/// In the tables: `u32` and `s32` decimal, `x32` hexadecimal, `dom` a domain id (16 bits), `gfn` a frame
/// number and `addr` an address (64 bits), `text.N` characters up to a zero, `list32.MEMBER` and
/// `list64.MEMBER` a pointer to as many numbers as MEMBER says, `TABLE.BITS` a name of
/// ``valueTable``.
enum FieldKind: Hashable, Sendable {
  case unsigned(bits: Int)
  case signed(bits: Int)
  case hexadecimal(bits: Int)
  case domain
  case text(limit: Int)
  case named(table: String, bits: Int)
  /// A pointer to numbers, as many as another member says.
  case list(elementSize: Int, count: String)

  init?(_ word: some StringProtocol) {
    switch word {
    case "dom": self = .domain
    case "gfn", "addr": self = .hexadecimal(bits: 64)
    default:
      if let dot = word.firstIndex(of: ".") {
        let table = String(word[..<dot])
        if table == "list32" || table == "list64" {
          self = .list(elementSize: table == "list32" ? 4 : 8, count: String(word[word.index(after: dot)...]))
          return
        }
        guard let number = Int(word[word.index(after: dot)...]) else { return nil }
        self = table == "text" ? .text(limit: number) : .named(table: table, bits: number)
        return
      }
      guard let bits = Int(word.dropFirst()), [8, 16, 32, 64].contains(bits) else { return nil }
      switch word.first {
      case "u": self = .unsigned(bits: bits)
      case "s": self = .signed(bits: bits)
      case "x": self = .hexadecimal(bits: bits)
      default: return nil
      }
    }
  }

  /// Bytes in memory.
  var size: Int {
    switch self {
    case .unsigned(let bits), .signed(let bits), .hexadecimal(let bits), .named(_, let bits): bits / 8
    case .domain: 2
    case .text(let limit): limit
    case .list: 8
    }
  }

  /// The value as text; `raw` may have more bits than the kind, as a register has.
  func text(_ raw: UInt64, values: ValueNames) -> String {
    switch self {
    case .unsigned(let bits): return String(Self.cut(raw, to: bits))
    case .signed(let bits): return String(Self.extended(raw, from: bits))
    case .hexadecimal(let bits): return "0x" + String(Self.cut(raw, to: bits), radix: 16)
    case .domain:
      let id = Self.cut(raw, to: 16)
      return values.name(of: Int64(id), in: "domid") ?? "d\(id)"
    case .text, .list: return "0x" + String(raw, radix: 16)
    case .named(let table, let bits):
      if let bitNames = values.bits(of: Self.cut(raw, to: bits), in: table) { return bitNames }
      let value = Self.extended(raw, from: bits)
      return values.name(of: value, in: table) ?? String(value)
    }
  }

  private static func cut(_ value: UInt64, to bits: Int) -> UInt64 {
    bits >= 64 ? value : value & (1 << UInt64(bits) - 1)
  }

  private static func extended(_ value: UInt64, from bits: Int) -> Int64 {
    let shift = UInt64(max(0, 64 - bits))
    return Int64(bitPattern: value << shift) >> Int64(shift)
  }
}

/// Text of a guest in quotes: what cannot be printed is escaped, and what is too long is cut.
func quoted(_ bytes: some Sequence<UInt8>, isCut: Bool = false) -> String {
  var text = "\""
  for byte in bytes {
    switch byte {
    case UInt8(ascii: "\n"): text += "\\n"
    case UInt8(ascii: "\r"): text += "\\r"
    case UInt8(ascii: "\t"): text += "\\t"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
    case 32..<127: text.unicodeScalars.append(UnicodeScalar(byte))
    default:
      let digits = String(byte, radix: 16)
      text += "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
  }
  return text + (isCut ? "\"..." : "\"")
}
