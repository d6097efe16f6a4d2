import CPU
import Symbols

/// A function of a program, and how much of it ran.
public struct FunctionCoverage: Hashable, Sendable {
  public var name: String
  /// The virtual address where it runs, and its end.
  public var range: Range<UInt64>
  /// Instructions of it that ran, of `instructions`.
  public var executed: Int

  public var instructions: Int { Int(truncatingIfNeeded: (range.upperBound &- range.lowerBound) / 4) }
  public var isHit: Bool { executed > 0 }
}

/// The functions of one symbol table, by address.
public struct ImageCoverage {
  /// Whose code it is and where its symbols came from: `el2/xen`.
  public var name: String
  /// The symbol table's source.
  public var source: String
  /// Added to the addresses of the program as it is linked.
  public var offset: UInt64
  public var functions: [FunctionCoverage]
  let marks: MarkedWords

  public var hitCount: Int { functions.count { $0.isHit } }
}

/// Attributes what ran to the functions of a symbol map.
public struct CoverageAttribution {
  private let code: ExecutedCode
  private let map: SymbolMap
  private let physical: (ExecutedCode.Space, UInt64) -> UInt64?

  /// - Parameter physical: where a virtual address of a space lies now; asked for code that ran at its physical
  ///   address only, before the MMU was on.
  public init(
    _ code: ExecutedCode, _ map: SymbolMap, physical: @escaping (ExecutedCode.Space, UInt64) -> UInt64?
  ) {
    self.code = code
    self.map = map
    self.physical = physical
  }

  /// Whether a map has any functions that can be attributed to.
  public static func isPossible(with map: SymbolMap) -> Bool {
    map.tables.contains { $0.scope != .el0 && !$0.table.isEmpty }
  }

  /// An image for each table that names anything which no table before it does.
  public var images: [ImageCoverage] {
    var images: [ImageCoverage] = []
    let tables = map.tables
    for index in tables.indices where tables[index].scope != .el0 {
      let (scope, table, offset) = tables[index]
      let earlier = tables[..<index].filter { $0.scope == scope }
      let marks = MarkedWords(code, spaces: spaces(of: scope), physical: physical)
      let named = table.functions
      var names = UniqueNames(capacity: named.count)
      var functions: [FunctionCoverage] = []
      functions.reserveCapacity(named.count)
      for (symbol, range) in named {
        let start = range.lowerBound &+ offset
        // More is no function, whatever a file says.
        let length = (range.upperBound &- range.lowerBound) & ~3
        guard start & 3 == 0, length > 0, length <= Self.longestFunction else { continue }
        let (end, overflow) = start.addingReportingOverflow(length)
        if overflow || earlier.contains(where: { $0.table.symbol(for: start &- $0.offset) != nil }) { continue }
        functions.append(
          FunctionCoverage(
            name: names.unique(symbol), range: start..<end, executed: marks.count(in: start..<end)))
      }
      guard !functions.isEmpty else { continue }
      var name = "\(scope)/\(Self.fileName(of: table.source))"
      let namesakes = images.count { $0.name == name || $0.name.hasPrefix(name + "~") }
      if namesakes > 0 { name += "~\(namesakes + 1)" }
      images.append(
        ImageCoverage(name: name, source: table.source, offset: offset, functions: functions, marks: marks))
    }
    return images
  }

  private static let longestFunction: UInt64 = 1 << 20

  /// `xen` of `xen (built in)`, `xen-syms` of `images/xen-syms`.
  private static func fileName(of source: String) -> String {
    var name = source.split(separator: "/").last ?? "symbols"
    if name.hasSuffix(")"), let space = name.lastIndex(of: "("), space > name.startIndex {
      name = name[..<name.index(before: space)]
    }
    return String(name)
  }

  /// The spaces whose code a scope names, as ``SymbolMap/symbol(for:regime:vmid:)`` has it.
  private func spaces(of scope: SymbolScope) -> [ExecutedCode.Space] {
    let first = code.pages.first { $0.space.level == 1 && $0.space.vmid != 0 }?.space
    switch scope {
    case .el3: return [ExecutedCode.Space(level: 3, vmid: 0)]
    case .el2: return [ExecutedCode.Space(level: 2, vmid: 0)]
    case .el0: return []
    case .domain(let vmid): return [ExecutedCode.Space(level: 1, vmid: vmid)]
    case .firstDomain: return [ExecutedCode.Space(level: 1, vmid: 0)] + (first.map { [$0] } ?? [])
    case .el1:
      let scopes = map.tables.map(\.scope)
      var spaces: [ExecutedCode.Space] = []
      for page in code.pages where page.space.level == 1 && !spaces.contains(page.space) {
        let isFirst = page.space.vmid == 0 || page.space == first
        if scopes.contains(.domain(vmid: page.space.vmid)) { continue }
        if isFirst && scopes.contains(.firstDomain) { continue }
        spaces.append(page.space)
      }
      return spaces
    }
  }
}

/// Names as LCOV takes them, each once.
private struct UniqueNames {
  private var counts: [String: Int] = [:]

  init(capacity: Int) { counts.reserveCapacity(capacity) }

  mutating func unique(_ symbol: Symbol) -> String {
    var name = clean(symbol.name)
    if counts[name] != nil { name = clean(symbol.qualifiedName) }
    let count = (counts[name] ?? 0) + 1
    counts[name] = count
    guard count > 1 else { return name }
    return unique(Symbol(address: 0, name: "\(name)~\(count)"))
  }

  private func clean(_ name: String) -> String {
    if name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != 0x7f }) { return name }
    let scalars = name.unicodeScalars.map { $0.value <= 0x20 || $0 == "," || $0.value == 0x7f ? "_" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}
