/// A page as it grows. Texts only get in escaped; markup only as literals of this module.
struct HTMLText {
  private(set) var bytes: [UInt8] = []

  /// Markup that is written in this program.
  mutating func markup(_ literal: StaticString) { literal.withUTF8Buffer { bytes.append(contentsOf: $0) } }

  /// Anything else: what a trace, and thereby a guest, may have chosen.
  mutating func text(_ text: String) {
    for byte in shown(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// Several lines, for `<pre>`.
  mutating func lines(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      self.text(String(line))
      bytes.append(0x0a)
    }
  }

  mutating func number(_ value: Int) { text(String(value)) }
  mutating func number(_ value: UInt64) { text(grouped(value)) }

  /// The style sheet and the script, which come from this module, and data that is escaped already.
  mutating func trusted(_ text: [UInt8]) { bytes.append(contentsOf: text) }

  mutating func cell(_ value: String) {
    markup("<td>")
    text(value)
    markup("</td>")
  }

  mutating func codeCell(_ value: String) {
    markup("<td class=c>")
    text(value)
    markup("</td>")
  }

  mutating func numberCell(_ value: String) {
    markup("<td class=n>")
    text(value)
    markup("</td>")
  }
}
