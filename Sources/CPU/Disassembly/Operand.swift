/// One placeholder of an assembler template, applied to one instruction word.
struct Operand {
  let word: UInt32
  /// Where the instruction is, for targets relative to the PC.
  let address: UInt64
  let row: InstructionRow
  /// The field named before the dot, if the placeholder names one.
  let field: InstructionField?

  /// Writes an operand. The formatters are in ``Operand/formatters``.
  typealias Formatter = @Sendable (Operand) -> String

  /// The value of the placeholder's field.
  var value: UInt32 { field?.value(in: word) ?? 0 }

  /// The value of the placeholder's field as a signed number.
  var signedValue: Int64 {
    guard let field else { return 0 }
    let unused = 64 - field.width
    return (Int64(field.value(in: word)) << Int64(unused)) >> Int64(unused)
  }

  /// The value of another field; 0 if the encoding does not have it.
  func value(of name: String) -> UInt32 { row.field(name)?.value(in: word) ?? 0 }

  func has(_ name: String) -> Bool { row.field(name) != nil }

  /// All formatters by the name templates use.
  static let formatters: [String: Formatter] = generalFormatters.merging(loadStoreFormatters) { $1 }
    .merging(systemFormatters) { $1 }.merging(vectorFormatters) { $1 }

  static func hex(_ value: some BinaryInteger) -> String {
    value < 0
      ? "#-0x" + String(value.magnitude, radix: 16) : "#0x" + String(value, radix: 16)
  }
}
