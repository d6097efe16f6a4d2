/// Reads the text of ``InstructionTable``.
struct TableParser {
  private(set) var rows: [InstructionRow] = []
  private(set) var faults: [String] = []

  private var section = ""
  private var shared: [Substring] = []
  private let cases: [String: Instruction]

  private init() {
    var cases: [String: Instruction] = [:]
    for instruction in Instruction.allCases { cases[String(describing: instruction)] = instruction }
    self.cases = cases
  }

  static func parse(_ texts: [String]) -> TableParser {
    var parser = TableParser()
    for text in texts {
      for line in text.pieces(at: "\n") { parser.read(line) }
    }
    return parser
  }

  private mutating func read(_ line: Substring) {
    var columns = line.pieces(at: "|", keepingEmpty: true).map(Self.trimmed)
    guard let head = columns.first, !head.isEmpty else { return }
    if head.utf8.first == UInt8(ascii: "#") {
      section = String(Self.trimmed(head.dropFirst()))
      shared = columns.count > 1 ? Self.items(columns[1]) : []
      return
    }
    guard columns.count >= 4, let instruction = cases[String(head)] else {
      faults.append("not a row: \(line)")
      return
    }
    if columns.count == 4 { columns.append("") }
    var shape = PatternReader()
    for token in columns[1].pieces(at: " ") { shape.read(token) }
    if shape.position != 0 { faults.append("\(head): pattern is not 32 bits wide") }

    var attributes: InstructionAttributes = []
    var excluded: [BitPattern] = []
    for item in shared + Self.items(columns[2]) {
      if item == "bitmask" {
        for text in Self.reservedBitmasks { exclude(Substring(text)) }
      } else if item.hasPrefix("not ") {
        exclude(item.dropFirst(4))
      } else if let attribute = InstructionAttributes.names[String(item)] {
        attributes.insert(attribute)
      } else {
        faults.append("\(head): unknown attribute \(item)")
      }
    }
    func exclude(_ conditions: Substring) {
      if let pattern = shape.pattern(of: conditions) {
        // A condition that contradicts the row's own bits excludes nothing.
        excluded.append(pattern)
      } else {
        faults.append("\(head): cannot read exclusion \(conditions)")
      }
    }
    rows.append(
      InstructionRow(
        instruction: instruction, section: section, pattern: shape.fixed, excluded: excluded,
        fields: shape.fields, attributes: attributes, template: String(columns[3]),
        alias: columns[4].isEmpty ? nil : String(columns[4])))
  }

  /// DecodeBitMasks is reserved where the element's size cannot be told or the run would fill it, and
  /// a 32-bit instruction has no 64-bit element (Arm DDI 0487, J1.1, shared/functions/integer).
  private static let reservedBitmasks = [
    "sf=0 N=1", "N=1 imms=111111", "N=0 imms=x11111", "N=0 imms=1x1111", "N=0 imms=11x111",
    "N=0 imms=111x11", "N=0 imms=1111x1", "N=0 imms=11111x",
  ]

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.utf8
    while text.first == UInt8(ascii: " ") { text.removeFirst() }
    while text.last == UInt8(ascii: " ") { text.removeLast() }
    return Substring(text)
  }

  private static func items(_ text: Substring) -> [Substring] {
    text.pieces(at: ",").map(trimmed).filter { !$0.isEmpty }
  }
}

/// Places the tokens of a bit pattern, from bit 31 down.
private struct PatternReader {
  private(set) var fixed = BitPattern()
  private(set) var fields: [InstructionField] = []
  /// Number of bits not yet placed; 0 at the end of a correct pattern.
  private(set) var position = 32

  mutating func read(_ token: Substring) {
    if token.utf8.allSatisfy({ $0 == 0x30 || $0 == 0x31 || $0 == 0x78 }) {
      position -= token.utf8.count
      guard position >= 0, let bits = Self.bits(token) else { return }
      fixed.mask |= bits.mask << position
      fixed.value |= bits.value << position
    } else {
      let parts = token.pieces(at: ":")
      let width = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
      position -= width
      fields.append(InstructionField(name: String(parts[0]), position: position, width: width))
    }
  }

  /// The words in which all of `conditions` (`size=11 Q=0`) hold; nil if one does not fit its field.
  func pattern(of conditions: Substring) -> BitPattern? {
    var result = BitPattern()
    for condition in conditions.pieces(at: " ") {
      let sides = condition.pieces(at: "=")
      guard sides.count == 2, let field = fields.first(where: { $0.name == sides[0] }),
        let bits = Self.bits(sides[1]), sides[1].utf8.count == field.width
      else { return nil }
      result.mask |= bits.mask << field.position
      result.value |= bits.value << field.position
    }
    return result
  }

  private static func bits(_ text: Substring) -> BitPattern? {
    var result = BitPattern()
    for digit in text.utf8 {
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

extension StringProtocol where SubSequence == Substring {
  /// What lies between separators. Works on bytes: the tables are read at every start of the program.
  func pieces(at separator: Unicode.Scalar, keepingEmpty: Bool = false) -> [Substring] {
    let whole = self[...].utf8
    let byte = UInt8(ascii: separator)
    return whole.split(separator: byte, omittingEmptySubsequences: !keepingEmpty).map { Substring($0) }
  }
}
