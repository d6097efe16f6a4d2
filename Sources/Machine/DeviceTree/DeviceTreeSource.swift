import Fabric

extension DeviceTree {
  /// The tree as device-tree source that `dtc` reads back to the same blob.
  ///
  /// A blob does not say what a value means: text that looks like strings is printed as strings, other
  /// multiples of four bytes as cells, the rest as bytes.
  public func sourceText() -> String {
    var text = "/dts-v1/;\n\n"
    for entry in reservations { text += "/memreserve/\t\(entry.address.hex(16)) \(entry.size.hex(16));\n" }
    Self.append(root, name: "/", indent: "", to: &text)
    return text
  }

  private static func append(_ node: Node, name: String, indent: String, to text: inout String) {
    text += "\(indent)\(name) {\n"
    let inner = indent + "\t"
    for property in node.properties {
      let value = sourceValue(property.value)
      text += value.isEmpty ? "\(inner)\(property.name);\n" : "\(inner)\(property.name) = \(value);\n"
    }
    for (index, child) in node.children.enumerated() {
      if index > 0 || !node.properties.isEmpty { text += "\n" }
      append(child, name: child.name, indent: inner, to: &text)
    }
    text += "\(indent)};\n"
  }

  /// A property value in source notation; empty for a flag.
  static func sourceValue(_ value: [UInt8]) -> String {
    if value.isEmpty { return "" }
    if let strings = printableStrings(value) {
      return strings.map { "\"\($0)\"" }.joined(separator: ", ")
    }
    if value.count % 4 == 0 {
      let cells = stride(from: 0, to: value.count, by: 4).map { BigEndian.word(value, at: $0).hex() }
      return "<\(cells.joined(separator: " "))>"
    }
    let digits = value.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return "[\(digits.joined(separator: " "))]"
  }

  /// The value as strings with their quotes escaped, when it is one or more printable, non-empty strings.
  private static func printableStrings(_ value: [UInt8]) -> [String]? {
    guard value.last == 0 else { return nil }
    let parts = value.dropLast().split(separator: 0, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x20 && $0 < 0x7f } }) else { return nil }
    return parts.map { part in
      var text = ""
      for byte in part {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text += "\\" }
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
      return text
    }
  }
}
