/// The symbols of one program, sorted by address.
///
/// An address belongs to the innermost symbol whose size covers it; where none does, to the nearest symbol
/// before it, if that one has no size. Of several names of one address the same one is always chosen: code
/// before labels before data, sized before unsized, global before weak before local, then the name with
/// fewer leading underscores, the shorter, and the first in byte order.
public struct SymbolTable: Sendable {
  /// What it was read from, for messages.
  public let source: String

  /// By address, the preferred name of an address first.
  private let records: [SymbolRecord]
  private let text: [UInt8]
  /// For each record the record that encloses it, or -1: the innermost earlier one whose size covers its
  /// start.
  private let enclosing: [Int32]

  public init(source: String, symbols: some Sequence<Symbol>) {
    var builder = SymbolTableBuilder()
    for symbol in symbols { builder.add(symbol) }
    self.init(source: source, builder)
  }

  init(source: String, _ builder: consuming SymbolTableBuilder) {
    self.source = source
    let text = builder.text
    var keyed: [(record: SymbolRecord, rank: UInt8)] = builder.records.map { record in
      (record, record.rank(isEdge: isEdgeName(text[Int(record.nameStart)..<Int(record.nameEnd)])))
    }
    keyed.sort { first, second in
      if first.record.address != second.record.address { return first.record.address < second.record.address }
      if first.rank != second.rank { return first.rank < second.rank }
      return isBetterName(first.record, second.record, in: text)
    }
    records = keyed.map(\.record)
    self.text = text
    enclosing = Self.enclosing(records)
  }

  public var count: Int { records.count }
  public var isEmpty: Bool { records.isEmpty }

  /// The lowest address, nil for an empty table.
  public var firstAddress: UInt64? { records.first?.address }

  /// All symbols by address; of one address the preferred first.
  public var symbols: some Sequence<Symbol> { records.indices.lazy.map { self[$0] } }

  public subscript(index: Int) -> Symbol {
    let record = records[index]
    let origin = string(record.originStart, record.nameStart)
    return Symbol(
      address: record.address, size: record.hasSize ? record.size : nil,
      name: string(record.nameStart, record.nameEnd), origin: origin.isEmpty ? nil : origin,
      kind: record.kind, binding: record.binding)
  }

  // MARK: Address to name

  /// The symbol that `address` belongs to, by the rules above; nil where there is none.
  public func symbol(for address: UInt64) -> SymbolLocation? {
    guard let index = index(covering: address) else { return nil }
    return SymbolLocation(symbol: self[index], offset: address - records[index].address, table: source)
  }

  /// Every name of exactly this address, the preferred first.
  public func names(of address: UInt64) -> [String] {
    var index = firstIndex(notBelow: address)
    var names: [String] = []
    while index < records.count, records[index].address == address {
      names.append(string(records[index].nameStart, records[index].nameEnd))
      index += 1
    }
    return names
  }

  /// The addresses of the symbol that `address` belongs to: by its size, or up to the next symbol.
  public func range(around address: UInt64) -> Range<UInt64>? {
    index(covering: address).map(range)
  }

  /// Functions and labels with their ranges, one for each address, for counting by function.
  public var functions: [(symbol: Symbol, range: Range<UInt64>)] {
    var functions: [(symbol: Symbol, range: Range<UInt64>)] = []
    for index in records.indices {
      let isFirst = index == 0 || records[index - 1].address != records[index].address
      guard isFirst, records[index].kind != .object, !isEnd(index) else { continue }
      let range = range(of: index)
      if !range.isEmpty { functions.append((self[index], range)) }
    }
    return functions
  }

  // MARK: Name to address

  /// The symbols of this name, by address. `file.c#name` chooses among local ones.
  public func symbols(named name: String) -> [Symbol] {
    var found = matches(Array(name.utf8), origin: nil)
    if found.isEmpty, let hash = name.lastIndex(of: "#") {
      found = matches(Array(name[name.index(after: hash)...].utf8), origin: Array(name[..<hash].utf8))
    }
    return found
  }

  /// The addresses of this name, ascending and each once.
  public func addresses(of name: String) -> [UInt64] {
    var addresses: [UInt64] = []
    for symbol in symbols(named: name) where addresses.last != symbol.address {
      addresses.append(symbol.address)
    }
    return addresses
  }

  // MARK: Parts

  private func matches(_ name: [UInt8], origin: [UInt8]?) -> [Symbol] {
    // Sorting a kernel's names costs more than comparing their lengths, and look-ups by name are rare.
    var found: [Symbol] = []
    for index in records.indices {
      let record = records[index]
      guard Int(record.nameEnd - record.nameStart) == name.count,
        text[Int(record.nameStart)..<Int(record.nameEnd)].elementsEqual(name)
      else { continue }
      if let origin {
        guard text[Int(record.originStart)..<Int(record.nameStart)].elementsEqual(origin) else { continue }
      }
      found.append(self[index])
    }
    return found
  }

  private func index(covering address: UInt64) -> Int? {
    let next = firstIndex(notBelow: address == .max ? address : address + 1)
    guard next > 0 else { return nil }
    // Back to the preferred name of that address.
    let nearest = firstIndex(notBelow: records[next - 1].address)
    var index = nearest
    while index >= 0 {
      let record = records[index]
      if record.hasSize, record.size > 0, address < record.end { return index }
      index = Int(enclosing[index])
    }
    let record = records[nearest]
    let isOpen = !record.hasSize || record.size == 0
    return isOpen && !isEnd(nearest) && range(of: nearest).contains(address) ? nearest : nil
  }

  private func range(of index: Int) -> Range<UInt64> {
    let record = records[index]
    if record.hasSize, record.size > 0 { return record.address..<record.end }
    var next = index + 1
    while next < records.count, records[next].address == record.address { next += 1 }
    let limit = record.address.addingReportingOverflow(Self.lastReach)
    let end = next < records.count ? records[next].address : limit.overflow ? .max : limit.partialValue
    return record.address..<end
  }

  /// How far the last symbol reaches that has no size.
  private static let lastReach: UInt64 = 0x1000

  /// Whether the name stands for the end of something, so that what follows is not its own.
  private func isEnd(_ index: Int) -> Bool {
    isEndName(text[Int(records[index].nameStart)..<Int(records[index].nameEnd)])
  }

  private func firstIndex(notBelow address: UInt64) -> Int {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].address < address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func string(_ start: UInt32, _ end: UInt32) -> String {
    String(decoding: text[Int(start)..<Int(end)], as: UTF8.self)
  }

  private static func enclosing(_ records: [SymbolRecord]) -> [Int32] {
    var parents = [Int32](repeating: -1, count: records.count)
    var open: [Int] = []
    for index in records.indices {
      while let last = open.last, records[last].end <= records[index].address { open.removeLast() }
      parents[index] = Int32(truncatingIfNeeded: open.last ?? -1)
      guard records[index].hasSize, records[index].size > 0 else { continue }
      // One that reaches less far than an open one nests in it; one that reaches further closes it for
      // good, or a hostile table of overlaps would make the search as long as the table.
      while let last = open.last, records[last].end <= records[index].end { open.removeLast() }
      if open.count < deepestNesting { open.append(index) }
    }
    return parents
  }

  private static let deepestNesting = 64
}

/// `_etext`, `__init_end`: names by which a linker script marks the end of a section.
private func isEndName(_ name: ArraySlice<UInt8>) -> Bool {
  hasEdgeForm(name, endings: ["_end", "_etext", "_einittext", "_eextratext", "_edata", "_einitdata"])
}

/// The same, or the beginning of one: `_stext`, `__bss_start`.
private func isEdgeName(_ name: ArraySlice<UInt8>) -> Bool {
  hasEdgeForm(name, endings: ["_end", "_start", "_begin", "text", "data"])
}

private func hasEdgeForm(_ name: ArraySlice<UInt8>, endings: [StaticString]) -> Bool {
  guard name.first == UInt8(ascii: "_") else { return false }
  return endings.contains { ending in
    ending.withUTF8Buffer { name.suffix($0.count).elementsEqual($0) }
  }
}

/// The rule between two names of the same rank: fewer leading underscores, shorter, first in byte order.
private func isBetterName(_ first: SymbolRecord, _ second: SymbolRecord, in text: [UInt8]) -> Bool {
  let left = text[Int(first.nameStart)..<Int(first.nameEnd)]
  let right = text[Int(second.nameStart)..<Int(second.nameEnd)]
  let leftScore = left.prefix { $0 == UInt8(ascii: "_") }.count
  let rightScore = right.prefix { $0 == UInt8(ascii: "_") }.count
  if leftScore != rightScore { return leftScore < rightScore }
  if left.count != right.count { return left.count < right.count }
  if !left.elementsEqual(right) { return left.lexicographicallyPrecedes(right) }
  let leftOrigin = text[Int(first.originStart)..<Int(first.nameStart)]
  let rightOrigin = text[Int(second.originStart)..<Int(second.nameStart)]
  if !leftOrigin.elementsEqual(rightOrigin) { return leftOrigin.lexicographicallyPrecedes(rightOrigin) }
  if first.size != second.size { return first.size < second.size }
  return first.originStart < second.originStart
}
