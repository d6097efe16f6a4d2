/// The parsed `RegisterText` and `TrapText`: a dense index from the 16-bit encoding to rows.
final class SystemRegisterTable: Sendable {
  static let shared = SystemRegisterTable()

  /// Row 0 is the one that does not exist.
  /// SAFETY: as for `index`.
  nonisolated(unsafe) let rows: UnsafePointer<RegisterRow>
  let rowCount: Int
  /// SAFETY: as for `index`.
  nonisolated(unsafe) let rules: UnsafePointer<TrapRule>
  let ruleCount: Int
  let names: [String]
  let ruleNames: [String]
  /// What is wrong with the texts; a test demands that nothing is.
  let problems: [String]
  /// SAFETY: 65536 row numbers below `rowCount`, indexed by a `UInt16`; immutable after `init` and never
  /// released, like `rows` and `rules`.
  nonisolated(unsafe) private let index: UnsafePointer<UInt16>

  private init() {
    var parser = RegisterTextParser()
    parser.parse()
    rows = UnsafePointer(Self.copy(parser.rows))
    rowCount = parser.rows.count
    rules = UnsafePointer(Self.copy(parser.rules))
    ruleCount = parser.rules.count
    names = parser.names
    ruleNames = parser.ruleNames
    var found = parser.problems
    let table = UnsafeMutablePointer<UInt16>.allocate(capacity: 65536)
    table.initialize(repeating: 0, count: 65536)
    for (number, row) in parser.rows.enumerated().dropFirst() {
      let encoding = Int(row.encoding)
      if table[encoding] != 0 { found.append("\(parser.names[Int(row.name)]): encoding used twice") }
      table[encoding] = UInt16(truncatingIfNeeded: number)
    }
    index = UnsafePointer(table)
    problems = found
  }

  private static func copy<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
    pointer.initialize(from: values, count: values.count)
    return pointer
  }

  /// The row for op0:op1:CRn:CRm:op2, or row 0.
  @inline(__always)
  func row(_ encoding: UInt32) -> UnsafePointer<RegisterRow> {
    rows + Int(truncatingIfNeeded: index[Int(truncatingIfNeeded: encoding & 0xffff)])
  }

  func name(_ row: UnsafePointer<RegisterRow>) -> String { names[Int(row.pointee.name)] }

  /// The row of a register by its architectural name (tests, diagnosis).
  func row(named name: String) -> UnsafePointer<RegisterRow>? {
    for number in 0..<rowCount where names[Int(rows[number].name)] == name { return rows + number }
    return nil
  }

  /// The generic name of an encoding: `S3_1_C15_C2_0`.
  static func genericName(_ encoding: UInt32) -> String {
    let op0 = encoding.bits(15, 14), op1 = encoding.bits(13, 11), crn = encoding.bits(10, 7)
    return "S\(op0)_\(op1)_C\(crn)_C\(encoding.bits(6, 3))_\(encoding.bits(2, 0))"
  }
}

/// Reads the two texts. Mistakes are collected, not fatal: the texts are data of the program.
private struct RegisterTextParser {
  var rows: [RegisterRow] = []
  var rules: [TrapRule] = []
  var names: [String] = [""]
  var ruleNames: [String] = []
  var problems: [String] = []
  private let slots = Self.storageSlots()
  private let behaviours = Self.behaviourNames()

  /// Slots by architectural name without underscores, in lower case.
  private static func storageSlots() -> [String: Int] {
    var slots: [String: Int] = [:]
    for register in SystemRegister.allCases {
      slots["\(register)".lowercased()] = Slot.system + register.rawValue
    }
    return slots
  }

  private static func behaviourNames() -> [String: RegisterBehaviour] {
    var names: [String: RegisterBehaviour] = [:]
    for behaviour in RegisterBehaviour.allCases { names["\(behaviour)"] = behaviour }
    return names
  }

  private func slot(_ name: TextPiece) -> Int? { slot(name.string) }

  private func slot(_ name: String) -> Int? {
    slots[String(decoding: name.utf8.lazy.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self).lowercased()]
  }

  mutating func parse() {
    rows.append(RegisterRow.missing)
    TextPiece.forEachLine(of: TrapText.rows) { if !$0.starts(with: "//") { parseRule($0) } }
    TextPiece.forEachLine(of: RegisterText.rows) { if !$0.starts(with: "//") { parseRow($0) } }
    addDebugPairs()
    addReservedIdentification()
  }

  private mutating func parseRule(_ line: TextPiece) {
    let words = line.pieces(at: " ")
    guard words.count == 7, let control = slot(words[3]) else {
      problems.append("trap: \(line.string)")
      return
    }
    var rule = TrapRule(
      levels: 0, reads: words[2].bytes.contains(UInt8(ascii: "r")),
      writes: words[2].bytes.contains(UInt8(ascii: "w")), control: UInt16(truncatingIfNeeded: control),
      bits: 0, whenSet: words[5] == "set", outcome: .undefined, followsTGE: false)
    for level in words[1].bytes {
      guard let value = Self.level(level) else { problems.append("trap: \(line.string)"); return }
      rule.levels |= UInt8(1) << value
    }
    for bit in words[4].pieces(at: ",") {
      guard let value = bit.number, value < 64 else { problems.append("trap: \(line.string)"); return }
      rule.bits |= 1 << value
    }
    if let level = Self.level(words[6][0]), let outcome = TrapRule.Outcome(rawValue: level) {
      rule.outcome = outcome
    }
    rule.followsTGE = words[3] == "MDCR_EL2" && rule.bits & (1 << 8) != 0
    ruleNames.append(words[0].string)
    rules.append(rule)
  }

  /// The Exception level that a digit names.
  private static func level(_ digit: UInt8) -> UInt8? {
    let level = digit &- UInt8(ascii: "0")
    return level < 4 ? level : nil
  }

  private mutating func parseRow(_ line: TextPiece) {
    let words = line.pieces(at: " ")
    guard words.count >= 9, let behaviour = behaviours[words[7].string] else {
      problems.append("register: \(line.string)")
      return
    }
    let fields = words[1...5].compactMap(\.number)
    guard fields.count == 5, fields[0] < 4, fields[1] < 8, fields[2] < 16, fields[3] < 16, fields[4] < 8
    else {
      problems.append("register: \(line.string)")
      return
    }
    let high = fields[0] << 14 | fields[1] << 11 | fields[2] << 7
    var row = RegisterRow.missing
    row.encoding = UInt16(high | fields[3] << 3 | fields[4])
    row.behaviour = behaviour
    row.readLevel = level("r", in: words[6])
    row.writeLevel = level("w", in: words[6])
    row.mask = ~0
    row.slot = UInt16(slot(words[0]) ?? Slot.zr)
    parseTraps(words[8].string, into: &row)
    for word in words.dropFirst(9) { parseOption(word, into: &row, line: line) }
    append(row, name: words[0].string)
  }

  private func level(_ letter: Unicode.Scalar, in access: TextPiece) -> UInt8 {
    var rest = access
    _ = rest.take(upTo: letter)
    return rest.isEmpty ? 4 : Self.level(rest[0]) ?? 4
  }

  private mutating func parseTraps(_ text: String, into row: inout RegisterRow) {
    guard text != "-" else { return }
    var position = 0
    TextPiece.forEachLine(of: text) { line in
      line.forEach(separatedBy: ",") { word in
        var direction = word
        let name = direction.take(upTo: ".").string
        guard position < 4, let rule = ruleNames.firstIndex(of: name) else {
          problems.append("trap \(word.string) of: \(text)")
          return
        }
        row.rules |= UInt32(rule) << UInt32(8 * position)
        row.ruleLevels |= rules[rule].levels
        row.ruleCount = UInt8(position + 1)
        if !direction.isEmpty {
          let exclusion: UInt8 = direction == "r" ? 2 : 1
          row.ruleExclusions |= exclusion << UInt8(2 * position)
        }
        position += 1
      }
    }
  }

  private mutating func parseOption(_ word: TextPiece, into row: inout RegisterRow, line: TextPiece) {
    var text = word
    let name = text.take(upTo: "=")
    if name == "slot", let slot = slot(text) {
      row.slot = UInt16(slot)
      return
    }
    guard let value = text.number else {
      problems.append("option \(word.string) of: \(line.string)")
      return
    }
    if name == "reset" {
      row.reset = value
    } else if name == "mask" {
      row.mask = value
    } else if name == "ones" {
      row.ones = value
    } else {
      problems.append("option \(word.string) of: \(line.string)")
    }
  }

  private mutating func append(_ row: RegisterRow, name: String) {
    var row = row
    row.name = UInt16(names.count)
    names.append(name)
    rows.append(row)
    if Self.stores.contains(row.behaviour) && row.slot == UInt16(Slot.zr) {
      problems.append("\(name): no storage")
    }
  }

  /// Behaviours that write the stored word, which must not be the zero register's.
  private static let stores: Set<RegisterBehaviour> = [
    .storage, .translation1, .translation2, .translation3, .mode, .hcr, .scr, .debugControl, .mdscr,
    .monitorControl, .eventStream, .cntvoff, .fpexc, .pmSet, .pmClear,
  ]

  private mutating func addDebugPairs() {
    for pair in RegisterText.debugPairs {
      for number in 0..<pair.count {
        var row = RegisterRow.missing
        row.encoding = UInt16(2 << 14 | number << 3 | pair.op2)
        row.readLevel = 1
        row.writeLevel = 1
        row.behaviour = .debugControl
        row.mask = pair.mask
        let name = "\(pair.name)\(number)_EL1"
        row.slot = UInt16(slot(name) ?? Slot.zr)
        parseTraps("TDA,TDA3", into: &row)
        append(row, name: name)
      }
    }
  }

  /// op0 = 3, op1 = 0, CRn = 0, CRm = 1...7: what is not allocated reads as zero (D12.3.1) and is under
  /// HCR_EL2.TID3. With CRm = 0 it is UNDEFINED like any other.
  private mutating func addReservedIdentification() {
    let used = Set(rows.map(\.encoding))
    for low in 8..<64 {
      let encoding = UInt16(3 << 14 | low)
      guard !used.contains(encoding) else { continue }
      var row = RegisterRow.missing
      row.encoding = encoding
      row.readLevel = 1
      row.behaviour = .constant
      parseTraps("TID3", into: &row)
      append(row, name: SystemRegisterTable.genericName(UInt32(encoding)))
    }
  }
}

extension RegisterRow {
  /// A register that does not exist: nobody may read or write it.
  static let missing = RegisterRow(
    encoding: 0, readLevel: 4, writeLevel: 4, behaviour: .discard, slot: UInt16(Slot.zr), rules: 0,
    ruleCount: 0, ruleLevels: 0, ruleExclusions: 0, reset: 0, mask: 0, ones: 0, name: 0)
}

extension SystemRegister {
  /// Whether MSR at an Exception level, unless trapped, only stores: nothing at that level depends on it before
  /// the next change of level.
  static func isStored(_ encoding: UInt32, exceptionLevel: Int) -> Bool {
    let row = SystemRegisterTable.shared.row(encoding).pointee
    guard exceptionLevel >= Int(row.writeLevel) else { return false }
    switch row.behaviour {
    case .storage: return true
    case .translation1: return exceptionLevel >= 2
    default: return false
    }
  }

  /// Whether a system instruction at an Exception level above EL0 is cache maintenance that, unless trapped, at
  /// most checks the translation of its address.
  static func maintainsCaches(_ encoding: UInt32, exceptionLevel: Int) -> Bool {
    let row = SystemRegisterTable.shared.row(encoding).pointee
    guard exceptionLevel > 0, exceptionLevel >= Int(row.writeLevel) else { return false }
    switch row.behaviour {
    case .cacheNone, .icIVAU, .dcClean: return true
    default: return false
    }
  }

  /// The word of the register block that MRS or MSR may access directly at an Exception level: a register
  /// that is plain storage, all of whose bits are writable if it is written, and that nothing can trap
  /// there. Nil: ask `readSystemRegister` or `writeSystemRegister`.
  static func untrappedSlot(_ encoding: UInt32, exceptionLevel: Int, write: Bool) -> Int? {
    let table = SystemRegisterTable.shared
    let row = table.row(encoding).pointee
    let lowest = write ? row.writeLevel : row.readLevel
    guard row.behaviour == .storage, exceptionLevel >= Int(lowest) else { return nil }
    if row.ones != 0 || (write && row.mask != ~0) { return nil }
    for position in 0..<UInt32(row.ruleCount) {
      let rule = table.rules[Int((row.rules >> (8 * position)) & 0xff)]
      let applies = (rule.levels >> UInt8(exceptionLevel & 3)) & 1 != 0
      if applies && (write ? rule.writes : rule.reads) { return nil }
    }
    return Int(row.slot)
  }
}
