/// Writes instructions in assembly language, from the templates of ``InstructionTable``.
///
/// The default writes every instruction under its own name, as `llvm-objdump -M no-aliases` does; on
/// request the preferred alias is written where the manual names one.
public enum Disassembler {
  /// The instruction `word` at `address`, or nil if it is UNALLOCATED.
  ///
  /// - Parameter aliases: Whether to prefer aliases, such as `mov`, `cmp` or `lsl`.
  public static func text(word: UInt32, address: UInt64, aliases: Bool = false) -> String? {
    guard let instruction = Decoder.decode(word) else { return nil }
    let row = InstructionTable.row(of: instruction)
    if aliases, let alias = PreferredAlias.template(of: instruction, word: word, row: row) {
      return format(Template(alias), word: word, address: address, row: row)
    }
    return format(templates[Int(instruction.rawValue)], word: word, address: address, row: row)
  }

  private static func format(
    _ template: Template, word: UInt32, address: UInt64, row: InstructionRow
  ) -> String {
    var text = ""
    for piece in template.pieces {
      switch piece {
      case .literal(let literal): text += literal
      case .operand(let field, let formatter):
        let field = field.flatMap(row.field)
        text += formatter(Operand(word: word, address: address, row: row, field: field))
      }
    }
    return text
  }

  /// The rows' templates by the instruction's raw value.
  private static let templates: [Template] = Instruction.allCases.map {
    Template(InstructionTable.row(of: $0).template)
  }

  /// A template, split into what stands for itself and what is formatted.
  struct Template {
    enum Piece {
      case literal(String)
      case operand(field: String?, formatter: Operand.Formatter)
    }

    private(set) var pieces: [Piece] = []
    /// Placeholders no formatter is named after. None, as a test proves.
    private(set) var unknown: [String] = []

    init(_ text: String) {
      var rest = Substring(text)
      while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
        if open > rest.startIndex { pieces.append(.literal(String(rest[..<open]))) }
        let placeholder = rest[rest.index(after: open)..<close]
        let names = placeholder.split(separator: ".")
        if let name = names.last, let formatter = Operand.formatters[String(name)] {
          pieces.append(
            .operand(field: names.count == 2 ? String(names[0]) : nil, formatter: formatter))
        } else {
          unknown.append(String(placeholder))
        }
        rest = rest[rest.index(after: close)...]
      }
      if !rest.isEmpty { pieces.append(.literal(String(rest))) }
    }
  }
}
