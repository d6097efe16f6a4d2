/// Puts one hypercall into words.
struct HypercallDecoder {
  let number: UInt64
  let arguments: [UInt64]
  let version: XenVersion?
  let read: GuestReader

  private var tables: InterfaceTables { .shared }

  private func argument(_ index: Int) -> UInt64 { arguments.indices.contains(index) ? arguments[index] : 0 }

  // MARK: Call

  func call() -> DecodedCall {
    guard let row = tables.hypercalls[number] else {
      return DecodedCall(
        name: XenInterface.name(of: number),
        fields: arguments.prefix(5).enumerated().map { CallField("x\($0)", hexadecimal($1)) }, isKnown: false)
    }
    var call = DecodedCall(name: row.name)
    call.note = note(row)
    let operation = operationRow(row)
    switch operation {
    case .none: break
    case .unreadable:
      call.operation = "operation unreadable"
      call.isKnown = false
    case .unknown(let value):
      call.operation = "operation \(value) (unknown)"
      call.isKnown = false
    case .known(let known):
      call.operation = known.name
      call.note = call.note ?? note(known)
    }
    let known = operation.row
    call.fields = fields(of: row, operation: known) { !$0.isOutput }
    addSpecial(row, operation: known, to: &call)
    if known?.fields.isEmpty ?? true, let pointer = row.pointer, argument(pointer) != 0 {
      if row.operation != .structure { call.fields.append(CallField("arg", hexadecimal(argument(pointer)))) }
    }
    return call
  }

  /// Fields that Xen wrote.
  func outputs() -> [CallField] {
    guard let row = tables.hypercalls[number], let operation = operationRow(row).row else { return [] }
    return fields(of: row, operation: operation) { $0.isOutput }
  }

  func result(_ value: UInt64) -> String {
    if let name = XenInterface.errorName(value) { return name }
    if let row = tables.hypercalls[number], row.name == "xen_version", argument(0) == 0 {
      return "\(value >> 16 & 0xffff).\(value & 0xffff)"
    }
    return value < 1 << 32 ? String(value) : hexadecimal(value)
  }

  // MARK: Operation

  private enum Operation {
    case none
    case unreadable
    case unknown(UInt64)
    case known(OperationRow)

    var row: OperationRow? {
      if case .known(let row) = self { return row }
      return nil
    }
  }

  private func operationRow(_ row: HypercallRow) -> Operation {
    let value: UInt64
    switch row.operation {
    case .none: return row.name == "dm_op" ? deviceModelOperation(row) : .none
    case .register(let mask): value = argument(0) & 0xffff_ffff & mask
    case .structure:
      guard let word = memory(argument(0), size: 4) else { return .unreadable }
      value = word
    }
    return tables.operation(value, of: row).map { .known($0) } ?? .unknown(value)
  }

  /// dm_op's operation is the first word of its first buffer, whose address is the first long of the list.
  private func deviceModelOperation(_ row: HypercallRow) -> Operation {
    guard let buffer = memory(argument(2), size: 8), let value = memory(buffer, size: 4) else {
      return .unreadable
    }
    return tables.operation(value, of: row).map { .known($0) } ?? .unknown(value)
  }

  private func note(_ row: HypercallRow) -> String? {
    if !row.isOnArm { return "not on Arm" }
    if let version, let after = row.after, version <= after { return "not in Xen \(version)" }
    return nil
  }

  private func note(_ row: OperationRow) -> String? {
    guard let version else { return nil }
    if let after = row.after, version <= after { return "not in Xen \(version)" }
    if let gone = row.gone, version >= gone { return "no longer in Xen \(version)" }
    return nil
  }

  // MARK: Fields

  private func fields(
    of row: HypercallRow, operation: OperationRow?, where isWanted: (CallFieldRow) -> Bool
  ) -> [CallField] {
    let wanted = (row.fields + (operation?.fields ?? [])).filter { isWanted($0) && $0.isThere(in: version) }
    let base = row.pointer.map(argument) ?? 0
    // One read for the whole structure; where that fails, one for each member.
    let end =
      wanted.map { field -> Int in
        if case .memory(let offset) = field.place { offset + field.kind.size } else { 0 }
      }.max() ?? 0
    let isText = wanted.contains { if case .text = $0.kind { true } else { false } }
    let whole = end > 0 && base != 0 && !isText ? bytes(base, count: end) : nil
    return wanted.map { field in
      var value = text(of: field, base: base, structure: whole)
      if case .list(let size, let count) = field.kind, case .memory(let offset) = field.place {
        let counter = wanted.first { $0.path == count }.map { text(of: $0, base: base, structure: whole) }
        value = list(pointer: base &+ UInt64(offset), size: size, count: counter.flatMap(UInt64.init))
      }
      return CallField(field.shownName(operation: operation?.name ?? ""), value)
    }
  }

  /// The first of the numbers that the pointer at `address` points to.
  private func list(pointer address: UInt64, size: Int, count: UInt64?) -> String {
    guard let start = memory(address, size: 8) else { return "?" }
    guard let count else { return "? at \(hexadecimal(start))" }
    var elements: [String] = []
    for index in 0..<min(count, Self.longestList) {
      guard let element = memory(start &+ index &* UInt64(size), size: size) else {
        return "? at \(hexadecimal(start))"
      }
      elements.append(hexadecimal(element))
    }
    if count > Self.longestList { elements.append("...") }
    return "[" + elements.joined(separator: ",") + "]"
  }

  private static let longestList: UInt64 = 4

  private func text(of field: CallFieldRow, base: UInt64, structure: [UInt8]?) -> String {
    switch field.place {
    case .register(let index): return field.kind.text(argument(index), values: tables.values)
    case .memory(let offset):
      guard base != 0 else { return "?" }
      let address = base &+ UInt64(offset)
      if case .text(let limit) = field.kind { return string(address, limit: limit) }
      let size = field.kind.size
      if let structure, offset + size <= structure.count {
        return field.kind.text(littleEndian(structure[offset..<(offset + size)]), values: tables.values)
      }
      guard let value = memory(address, size: size) else { return "?" }
      return field.kind.text(value, values: tables.values)
    }
  }

  /// What needs more than its fields: texts, and calls within calls.
  private func addSpecial(_ row: HypercallRow, operation: OperationRow?, to call: inout DecodedCall) {
    switch row.name {
    case "console_io" where operation?.name == "write":
      let count = argument(1) & 0xffff_ffff
      call.fields.removeAll { $0.name == "buffer" }
      let shown = Int(min(count, UInt64(Self.longestText)))
      let text = bytes(argument(2), count: shown).map { quoted($0, isCut: count > UInt64(shown)) }
      call.fields.append(CallField("text", text ?? "? at \(hexadecimal(argument(2)))"))
    case "hypfs_op":
      let count = Int(min(argument(2), UInt64(Self.longestText)))
      guard operation?.name != "get_version", let path = bytes(argument(1), count: count) else { break }
      call.fields.append(CallField("path", quoted(path.prefix { $0 != 0 })))
    case "multicall":
      // An entry is 64 bytes and begins with the number.
      let count = min(argument(1) & 0xffff_ffff, 4)
      var names: [String] = []
      for index in 0..<count {
        let inner = memory(argument(0) &+ index &* 64, size: 8)
        names.append(inner.map { XenInterface.name(of: $0) } ?? "?")
      }
      if argument(1) & 0xffff_ffff > count { names.append("...") }
      call.fields.append(CallField("calls", names.joined(separator: ",")))
    default: break
    }
  }

  private static let longestText = 96

  // MARK: Memory

  /// The bytes there if the reader gives all of them.
  private func bytes(_ address: UInt64, count: Int) -> [UInt8]? {
    guard count > 0 else { return [] }
    guard let bytes = read(address, count), bytes.count == count else { return nil }
    return bytes
  }

  private func memory(_ address: UInt64, size: Int) -> UInt64? {
    bytes(address, count: size).map { littleEndian($0[...]) }
  }

  private func string(_ address: UInt64, limit: Int) -> String {
    // The whole need not be mapped; the text ends before.
    var text: [UInt8] = []
    while text.count < min(limit, Self.longestText) {
      guard let next = bytes(address &+ UInt64(text.count), count: 1)?.first else { break }
      if next == 0 { return quoted(text) }
      text.append(next)
    }
    return text.isEmpty ? "?" : quoted(text, isCut: true)
  }

  private func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
