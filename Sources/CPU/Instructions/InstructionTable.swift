/// What the engines must know about an instruction before they execute it.
public struct InstructionAttributes: OptionSet, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The instruction is the last one of a block: it branches, or changes what the next fetch means.
  public static let ends = InstructionAttributes(rawValue: 1 << 0)
  /// The instruction accesses memory through the data side and may fault.
  public static let memory = InstructionAttributes(rawValue: 1 << 1)
  public static let load = InstructionAttributes(rawValue: 1 << 2)
  public static let store = InstructionAttributes(rawValue: 1 << 3)
  /// Scalar floating-point, or a load or store of a SIMD&FP register: CPACR_EL1.FPEN applies.
  public static let fp = InstructionAttributes(rawValue: 1 << 4)
  /// Advanced SIMD: CPACR_EL1.FPEN applies.
  public static let simd = InstructionAttributes(rawValue: 1 << 5)
  /// The instruction exists to take an exception.
  public static let exception = InstructionAttributes(rawValue: 1 << 6)
  /// A hint, a barrier, or an access to system state (encodings with op0 of the System class).
  public static let system = InstructionAttributes(rawValue: 1 << 7)
  /// UNDEFINED or trapped at EL0 whatever its operands are (DAIFSet and DAIFClr only if SCTLR_EL1.UMA is 0).
  public static let privileged = InstructionAttributes(rawValue: 1 << 8)
  /// Writes PSTATE.{N,Z,C,V}.
  public static let flags = InstructionAttributes(rawValue: 1 << 9)
  /// Takes part in the exclusive monitor.
  public static let exclusive = InstructionAttributes(rawValue: 1 << 10)
  /// Load-Acquire or Store-Release ordering.
  public static let ordered = InstructionAttributes(rawValue: 1 << 11)
}

/// Bits that must have given values.
public struct BitPattern: Sendable, Hashable {
  public var mask: UInt32 = 0
  public var value: UInt32 = 0

  @inline(__always)
  public func matches(_ word: UInt32) -> Bool { word & mask == value }
}

/// A named run of bits of an instruction word.
public struct InstructionField: Sendable, Hashable {
  public let name: String
  /// Number of the lowest bit.
  public let position: Int
  public let width: Int

  /// The bits the field occupies, in place.
  public var mask: UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(1) &<< UInt64(truncatingIfNeeded: width)) &- 1)
      &<< UInt32(truncatingIfNeeded: position)
  }

  @inline(__always)
  public func value(in word: UInt32) -> UInt32 {
    (word & mask) &>> UInt32(truncatingIfNeeded: position)
  }
}

/// One line of the manual: an instruction, its encoding, and how it is written.
public struct InstructionRow: Sendable {
  public let instruction: Instruction
  /// The title of the manual's section the encoding stands in (Arm DDI 0487, C4.1).
  public let section: String
  /// The bits that identify the encoding.
  public let pattern: BitPattern
  /// Operand values within the pattern that are UNALLOCATED in Armv8.0 or belong to another row.
  public let excluded: [BitPattern]
  /// The named fields, from the most significant bit down.
  public let fields: [InstructionField]
  public let attributes: InstructionAttributes
  /// The assembler template of the instruction itself, and of its unconditional alias if it has one.
  public let template: String
  public let alias: String?

  /// Whether the row decodes `word`.
  public func accepts(_ word: UInt32) -> Bool {
    pattern.matches(word) && !excluded.contains { $0.matches(word) }
  }

  /// The field the manual calls `name`, if this encoding has it.
  public func field(_ name: String) -> InstructionField? {
    fields.first { $0.name == name }
  }
}

/// The A64 instruction set of the Cortex-A72: Armv8.0-A with CRC32, FP and Advanced SIMD.
///
/// Decoder, interpreter, disassembler and tests all read this one statement of it. LSE, RDM, FP16
/// arithmetic, pointer authentication and the cryptographic extension (absent from BCM2711) have no
/// rows; their encodings are UNALLOCATED, except those in the hint space, which are NOPs.
///
/// A row is a line
///
///     case | bit pattern | attributes | operand template | template of the alias
///
/// - The pattern runs from bit 31 to bit 0. A run of `0`, `1` and `x` (ignored) stands for itself, any
///   other word names a field: `sf` has one bit, `imm12:12` twelve.
/// - Attributes are those of ``InstructionAttributes``, separated by commas. `not size=11 Q=0` excludes
///   the words in which all these fields have these values; `bitmask` excludes the reserved logical
///   immediates. What is excluded is UNALLOCATED unless another row accepts it.
/// - In a template, `<Rd.rsp>` writes the field Rd with the formatter `rsp`, `<bitmask>` whatever that
///   formatter makes of the whole word; see ``Disassembler``. The fifth column is optional.
///
/// A line `# title | attributes` opens a section, whose attributes all its rows share. A line ending in
/// a backslash continues on the next one. Rows stand in the order of ``Instruction``'s cases. CONSTRAINED
/// UNPREDICTABLE encodings decode like any other.
public enum InstructionTable {
  /// Every row, in the order of the text, which is that of the cases.
  public static let rows: [InstructionRow] = parsed.rows

  /// What is wrong with the text: lines that could not be read. Empty, as a test proves.
  static let faults: [String] = parsed.faults
  /// The first column of every row, which names its case.
  static var names: [String] { TableParser.names(in: texts) }

  private static let texts = [baseText, loadStoreText, floatingPointText, simdText, simdScalarText]
  private static let parsed: (rows: [InstructionRow], faults: [String]) = {
    let parser = TableParser.parse(texts)
    return (parser.rows, parser.faults)
  }()

  /// The row of an instruction.
  public static func row(of instruction: Instruction) -> InstructionRow {
    rows[Int(instruction.rawValue)]
  }
}
