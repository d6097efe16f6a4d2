/// Reads the text of ``InstructionTable``.
struct TableParser {
  private(set) var rows: [InstructionRow] = []
  private(set) var faults: [String] = []

  private var section = ""
  private var shared: [TextPiece] = []

  private init() { rows.reserveCapacity(Instruction.allCases.count) }

  static func parse(_ texts: [String]) -> TableParser {
    var parser = TableParser()
    for text in texts {
      TextPiece.forEachLine(of: text) { parser.read($0) }
      parser.shared = []
    }
    if parser.rows.count != Instruction.allCases.count { parser.faults.append("a case has no row") }
    return parser
  }

  /// The first column of each row, in order. It is not looked at otherwise: rows stand in the order of the cases,
  /// as a test proves.
  static func names(in texts: [String]) -> [String] {
    var names: [String] = []
    for text in texts {
      TextPiece.forEachLine(of: text) { line in
        var rest = line
        let head = rest.take(upTo: "|").trimmed
        if !head.isEmpty && head[0] != UInt8(ascii: "#") { names.append(head.string) }
      }
    }
    return names
  }

  private mutating func read(_ line: TextPiece) {
    var rest = line
    let head = rest.take(upTo: "|").trimmed
    guard !head.isEmpty else { return }
    let second = rest.take(upTo: "|").trimmed
    if head[0] == UInt8(ascii: "#") {
      section = head.dropFirst(1).trimmed.string
      shared = Self.items(second)
      return
    }
    let third = rest.take(upTo: "|").trimmed
    let template = rest.take(upTo: "|").trimmed
    let alias = rest.trimmed
    guard !template.isEmpty,
      let instruction = Instruction(rawValue: UInt16(truncatingIfNeeded: rows.count))
    else {
      faults.append("not a row: \(line.string)")
      return
    }
    var shape = PatternReader()
    second.forEach(separatedBy: " ") { shape.read($0) }
    if shape.position != 0 { faults.append("\(head.string): pattern is not 32 bits wide") }

    var attributes: InstructionAttributes = []
    var excluded: [BitPattern] = []
    func exclude(_ conditions: TextPiece) {
      if let pattern = shape.pattern(of: conditions) {
        // A condition that contradicts the row's own bits excludes nothing.
        excluded.append(pattern)
      } else {
        faults.append("\(head.string): cannot read exclusion \(conditions.string)")
      }
    }
    for item in shared + Self.items(third) {
      if item == "bitmask" {
        for text in Self.reservedBitmasks { TextPiece.forEachLine(of: text, exclude) }
      } else if item.starts(with: "not ") {
        exclude(item.dropFirst(4))
      } else if let attribute = InstructionAttributes(named: item) {
        attributes.insert(attribute)
      } else {
        faults.append("\(head.string): unknown attribute \(item.string)")
      }
    }
    rows.append(
      InstructionRow(
        instruction: instruction, section: section, pattern: shape.fixed, excluded: excluded,
        fields: shape.fields, attributes: attributes, template: template.string,
        alias: alias.isEmpty ? nil : alias.string))
  }

  /// DecodeBitMasks is reserved where the element's size cannot be told or the run would fill it, and
  /// a 32-bit instruction has no 64-bit element (Arm DDI 0487, J1.1, shared/functions/integer).
  private static let reservedBitmasks = [
    "sf=0 N=1", "N=1 imms=111111", "N=0 imms=x11111", "N=0 imms=1x1111", "N=0 imms=11x111",
    "N=0 imms=111x11", "N=0 imms=1111x1", "N=0 imms=11111x",
  ]

  private static func items(_ text: TextPiece) -> [TextPiece] {
    var items: [TextPiece] = []
    text.forEach(separatedBy: ",") { piece in
      let item = piece.trimmed
      if !item.isEmpty { items.append(item) }
    }
    return items
  }
}

extension InstructionAttributes {
  fileprivate init?(named name: TextPiece) {
    for (text, attribute) in Self.names where name == text {
      self = attribute
      return
    }
    return nil
  }

  private static let names: [(StaticString, InstructionAttributes)] = [
    ("ends", .ends), ("memory", .memory), ("load", .load), ("store", .store), ("fp", .fp), ("simd", .simd),
    ("exception", .exception), ("system", .system), ("privileged", .privileged), ("flags", .flags),
    ("exclusive", .exclusive), ("ordered", .ordered),
  ]
}

/// Places the tokens of a bit pattern, from bit 31 down.
private struct PatternReader {
  private(set) var fixed = BitPattern()
  private(set) var fields: [InstructionField] = []
  /// Number of bits not yet placed; 0 at the end of a correct pattern.
  private(set) var position = 32

  mutating func read(_ token: TextPiece) {
    if let bits = Self.bits(token) {
      position -= token.count
      guard position >= 0 else { return }
      fixed.mask |= bits.mask << position
      fixed.value |= bits.value << position
    } else {
      var width = token
      let name = width.take(upTo: ":")
      let bits = width.isEmpty ? 1 : Int(truncatingIfNeeded: width.number ?? 0)
      position -= bits
      fields.append(InstructionField(name: name.string, position: position, width: bits))
    }
  }

  /// The words in which all of `conditions` (`size=11 Q=0`) hold; nil if one does not fit its field.
  func pattern(of conditions: TextPiece) -> BitPattern? {
    var result = BitPattern()
    var rest = conditions
    while !rest.isEmpty {
      var wanted = rest.take(upTo: " ")
      guard !wanted.isEmpty else { continue }
      let name = wanted.take(upTo: "=")
      guard let field = fields.first(where: { name.bytes.elementsEqual($0.name.utf8) }),
        let bits = Self.bits(wanted), wanted.count == field.width
      else { return nil }
      result.mask |= bits.mask << field.position
      result.value |= bits.value << field.position
    }
    return result
  }

  /// What a run of `0`, `1` and `x` demands; nil if it is none.
  private static func bits(_ text: TextPiece) -> BitPattern? {
    var result = BitPattern()
    for digit in text.bytes {
      result.mask <<= 1
      result.value <<= 1
      switch digit {
      case 0x30: result.mask |= 1
      case 0x31:
        result.mask |= 1
        result.value |= 1
      case 0x78: break
      default: return nil
      }
    }
    return result
  }
}
