/// A member of a structure, or a register.
struct CallFieldRow: Sendable {
  enum Place: Hashable, Sendable {
    case register(Int)
    case memory(Int)
  }

  /// The member as C writes it: `u.max_mem.max_memkb`.
  var path: String
  var kind: FieldKind
  var place: Place
  /// Written by Xen, so that it means nothing before the call returns.
  var isOutput: Bool
  /// The last compared release whose structure is different.
  var after: XenVersion?
  /// The first compared release whose structure is different.
  var gone: XenVersion?

  /// Whether the structure of that release has it; one that is not known counts as the newest.
  func isThere(in release: XenVersion?) -> Bool {
    guard let release else { return gone == nil }
    return (after.map { release > $0 } ?? true) && (gone.map { release < $0 } ?? true)
  }

  init?(_ word: Substring) {
    after = nil
    gone = nil
    guard let colon = word.firstIndex(of: ":") else { return nil }
    path = String(word[..<colon])
    var rest = word[word.index(after: colon)...]
    if let mark = rest.firstIndex(where: { $0 == ">" || $0 == "<" }) {
      guard let release = XenVersion(rest[rest.index(after: mark)...]) else { return nil }
      if rest[mark] == ">" { after = release } else { gone = release }
      rest = rest[..<mark]
    }
    isOutput = rest.hasSuffix("!")
    if isOutput { rest = rest.dropLast() }
    guard let mark = rest.firstIndex(where: { $0 == "@" || $0 == "=" }), let kind = FieldKind(rest[..<mark])
    else { return nil }
    self.kind = kind
    let value = rest[rest.index(after: mark)...]
    if rest[mark] == "@" {
      guard let offset = Int(value) else { return nil }
      place = .memory(offset)
    } else {
      guard let register = registerNumber(value) else { return nil }
      place = .register(register)
    }
  }

  /// The name to show: unions are a matter of C, and the operation has been named already.
  func shownName(operation: String) -> String {
    let parts = path.split(separator: ".").filter { $0 != "u" && $0 != "a" && $0 != operation }
    return parts.isEmpty ? path : parts.joined(separator: ".")
  }
}

/// `x3` is 3.
private func registerNumber(_ word: some StringProtocol) -> Int? {
  guard word.first == "x", let number = Int(word.dropFirst()), (0...4).contains(number) else { return nil }
  return number
}

struct HypercallRow: Sendable {
  enum Operation: Hashable, Sendable {
    case none
    case register(mask: UInt64)
    /// The first word of the structure that x0 points to.
    case structure
  }

  var number: UInt64
  var name: String
  var isOnArm: Bool
  /// The last compared release without it.
  var after: XenVersion?
  var operation: Operation
  var prefix: String
  /// The register that points to the operation's structure.
  var pointer: Int?
  var fields: [CallFieldRow]

  init?(_ words: [Substring]) {
    guard words.count >= 5, let number = UInt64(words[0]) else { return nil }
    self.number = number
    name = String(words[1])
    isOnArm = words[2].hasPrefix("arm")
    after = words[2].firstIndex(of: ">").flatMap { XenVersion(words[2][words[2].index(after: $0)...]) }
    switch words[3] {
    case "-": operation = .none
    case "[x0]": operation = .structure
    case "x0": operation = .register(mask: .max)
    default:
      guard words[3].hasPrefix("x0&"), let mask = UInt64(words[3].dropFirst(3), radix: 16) else { return nil }
      operation = .register(mask: mask)
    }
    let parts = words[4].split(separator: ":")
    prefix = parts.first.map(String.init) ?? ""
    pointer = parts.count > 1 ? registerNumber(parts[1]) : nil
    fields = words[5...].compactMap(CallFieldRow.init)
    guard fields.count == words.count - 5 else { return nil }
  }
}

struct OperationRow: Sendable {
  var number: UInt64
  var name: String
  /// The last compared release without it.
  var after: XenVersion?
  /// The first compared release that has it no longer.
  var gone: XenVersion?
  var structure: String?
  var fields: [CallFieldRow]

  init?(_ words: [Substring]) {
    guard words.count >= 3, let number = UInt64(words[1]) else { return nil }
    self.number = number
    name = String(words[2])
    fields = []
    for word in words[3...] {
      if word.hasPrefix("after=") {
        after = XenVersion(word.dropFirst(6))
      } else if word.hasPrefix("gone=") {
        gone = XenVersion(word.dropFirst(5))
      } else if word.hasPrefix("struct=") {
        structure = String(word.dropFirst(7))
      } else {
        guard let field = CallFieldRow(word) else { return nil }
        fields.append(field)
      }
    }
  }
}

/// Names of values, by table.
struct ValueNames: Sendable {
  private var names: [String: [Int64: String]] = [:]
  private var bitNames: [String: [(bit: UInt64, name: String)]] = [:]

  /// The number of lines that are none.
  private(set) var faults = 0

  init(_ text: String) {
    for words in rows(of: text) {
      guard words.count == 3, let value = Int64(words[1]) else {
        faults += 1
        continue
      }
      if words[0].hasSuffix("+") {
        bitNames[String(words[0].dropLast()), default: []].append((UInt64(value) & 63, String(words[2])))
      } else {
        names[String(words[0]), default: [:]][value] = String(words[2])
      }
    }
  }

  func name(of value: Int64, in table: String) -> String? { names[table]?[value] }

  /// All values of a table, ascending.
  func all(in table: String) -> [(value: Int64, name: String)] {
    (names[table] ?? [:]).map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  /// `host_map|readonly`; nil if the table does not name bits.
  func bits(of value: UInt64, in table: String) -> String? {
    guard let known = bitNames[table] else { return nil }
    var rest = value
    var words: [String] = []
    for (bit, name) in known where rest >> bit & 1 != 0 {
      words.append(name)
      rest &= ~(1 << bit)
    }
    if rest != 0 || words.isEmpty { words.append("0x" + String(rest, radix: 16)) }
    return words.joined(separator: "|")
  }
}

/// The tables, read when the first name is asked for.
struct InterfaceTables: Sendable {
  static let shared = InterfaceTables()

  private(set) var hypercalls: [UInt64: HypercallRow] = [:]
  private(set) var operations: [String: [UInt64: OperationRow]] = [:]
  let values: ValueNames
  /// The number of lines that are none.
  private(set) var faults = 0

  private init() {
    values = ValueNames(valueTable)
    for words in rows(of: hypercallTable) {
      guard let row = HypercallRow(words), hypercalls[row.number] == nil else {
        faults += 1
        continue
      }
      hypercalls[row.number] = row
    }
    for words in rows(of: operationTable) {
      let name = String(words[0])
      guard let row = OperationRow(words), operations[name]?[row.number] == nil else {
        faults += 1
        continue
      }
      operations[name, default: [:]][row.number] = row
    }
    faults += values.faults
  }

  func operation(_ number: UInt64, of hypercall: HypercallRow) -> OperationRow? {
    operations[operationsOfAnother[hypercall.name] ?? hypercall.name]?[number]
  }
}

/// The words of each line of a table; lines of comments are left out, indented ones continue the line before.
func rows(of text: String) -> [[Substring]] {
  var rows: [[Substring]] = []
  for line in text.split(separator: "\n") where !line.hasPrefix("#") {
    let words = line.split(separator: " ")
    if line.hasPrefix(" "), !rows.isEmpty {
      rows[rows.count - 1] += words
    } else {
      rows.append(words)
    }
  }
  return rows
}
