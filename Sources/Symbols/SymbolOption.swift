/// What `--symbols` says: `[SCOPE=]FILE[@OFFSET]`.
///
/// SCOPE is `el2` (or `xen`), `dom0`, `el1`, `vmidN`, `el0` or `el3`; without one the file's addresses
/// decide. OFFSET, decimal or `0x` hexadecimal and perhaps negative, is added to every address of the file.
public struct SymbolOption: Hashable, Sendable, CustomStringConvertible {
  public var scope: SymbolScope?
  public var path: String
  public var offset: Int64

  public init(scope: SymbolScope? = nil, path: String, offset: Int64 = 0) {
    self.scope = scope
    self.path = path
    self.offset = offset
  }

  /// - Parameter option: what the message names as the place of the fault.
  /// - Throws: ``SymbolFault`` for a scope or an offset that is none, or a missing file name.
  public init(parsing text: String, option: String = "--symbols") throws(SymbolFault) {
    var rest = Substring(text)
    var scope: SymbolScope?
    // A scope is a word; a file name with "=" in it has a "/" before or is written ./NAME.
    if let equals = rest.firstIndex(of: "="), !rest[..<equals].contains("/") {
      let word = String(rest[..<equals])
      scope = SymbolScope(word)
      guard scope != nil else {
        throw SymbolFault(
          option, "\"\(word)\" is no place for symbols",
          remedy:
            "use el2, dom0, el1, vmidN (0 to 65535), el0 or el3 before the =, or ./ before such a file name")
      }
      rest = rest[rest.index(after: equals)...]
    }
    var offset: Int64 = 0
    if let at = rest.lastIndex(of: "@") {
      let word = rest[rest.index(after: at)...]
      // What does not look like a number is part of the file's name.
      if let first = word.first, "+-0123456789".contains(first) {
        guard let value = Self.number(word) else {
          throw SymbolFault(
            option, "\"@\(word)\" is no offset",
            remedy: "write @ and a number, as @0x80000 or @-4096, of less than 64 bits")
        }
        offset = value
        rest = rest[..<at]
      } else if word.isEmpty {
        throw SymbolFault(option, "has no offset behind the @", remedy: "write a number there, or no @")
      }
    }
    guard !rest.isEmpty else {
      throw SymbolFault(option, "names no file", remedy: "write --symbols FILE or --symbols el2=FILE")
    }
    self.init(scope: scope, path: String(rest), offset: offset)
  }

  /// A signed number; hexadecimal ones may use all 64 bits.
  private static func number(_ word: Substring) -> Int64? {
    let isNegative = word.first == "-"
    let digits = word.first == "-" || word.first == "+" ? word.dropFirst() : word
    guard let first = digits.first, first.isHexDigit else { return nil }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      let hex = digits.dropFirst(2)
      guard let start = hex.first, start.isHexDigit, let value = UInt64(hex, radix: 16) else { return nil }
      let signed = Int64(bitPattern: value)
      return isNegative ? 0 &- signed : signed
    }
    guard let value = Int64(digits) else { return nil }
    return isNegative ? -value : value
  }

  public var description: String {
    let place = scope.map { "\($0)=" } ?? ""
    return place + path + (offset == 0 ? "" : "@\(offset)")
  }
}
