/// Collects symbols and sorts them into a ``SymbolTable``.
struct SymbolTableBuilder {
  /// More than any kernel has; a file that claims more is refused before it fills the host's memory.
  static let limit = 1 << 22

  private(set) var records: [SymbolRecord] = []
  private(set) var text: [UInt8] = []

  init(capacity: Int = 0) {
    records.reserveCapacity(min(capacity, Self.limit))
    text.reserveCapacity(min(capacity, Self.limit) * 24)
  }

  var count: Int { records.count }
  var isFull: Bool { records.count >= Self.limit || text.count > 1 << 28 }

  /// Adds a symbol, unless its name says that it is none that a person would look for: mapping symbols
  /// (`$x`, `$d`: "ELF for the Arm 64-bit Architecture", 5.5), section names and compiler-made labels.
  mutating func add(
    name: some Collection<UInt8>, origin: some Collection<UInt8>, address: UInt64, size: UInt64?,
    kind: Symbol.Kind, binding: Symbol.Binding
  ) {
    guard !isFull, let first = name.first, first != UInt8(ascii: "$"), first != UInt8(ascii: ".") else {
      return
    }
    // A symbol may not wrap around the end of the address space.
    let room = UInt64.max - address
    let start = UInt32(truncatingIfNeeded: text.count)
    text.append(contentsOf: origin.prefix(Self.longestName))
    let middle = UInt32(truncatingIfNeeded: text.count)
    text.append(contentsOf: name.prefix(Self.longestName))
    records.append(
      SymbolRecord(
        address: address, size: size.map { min($0, room) } ?? 0, originStart: start, nameStart: middle,
        nameEnd: UInt32(truncatingIfNeeded: text.count), hasSize: size != nil, kind: kind, binding: binding))
  }

  mutating func add(_ symbol: Symbol) {
    add(
      name: Array(symbol.name.utf8), origin: Array((symbol.origin ?? "").utf8), address: symbol.address,
      size: symbol.size, kind: symbol.kind, binding: symbol.binding)
  }

  static let longestName = 1 << 16
}

/// A symbol as the table keeps it: its texts are ranges of one array, so that a kernel's 150,000 names are
/// not as many objects.
struct SymbolRecord: Sendable {
  var address: UInt64
  /// 0 when `hasSize` is false.
  var size: UInt64
  var originStart: UInt32
  var nameStart: UInt32
  var nameEnd: UInt32
  var hasSize: Bool
  var kind: Symbol.Kind
  var binding: Symbol.Binding

  /// The first address behind it, if its size is known.
  var end: UInt64 { address &+ size }

  /// Which of two names of an address is the better one to show: lower is better (docs/symbols.md).
  ///
  /// Code before labels before data; what has a size before what has none; global, weak, local. A name that
  /// only marks the edge of a section comes last: a function may start there too.
  func rank(isEdge: Bool) -> UInt8 {
    var rank: UInt8 = isEdge ? 64 : 0
    if !hasSize || size == 0 { rank += 32 }
    rank += kind.rawValue * 8
    return rank + binding.rawValue
  }
}
