/// Symbols of a 64-bit little-endian AArch64 ELF file (System V ABI, chapter 4; "ELF for the Arm 64-bit
/// Architecture", 5.5): functions, labels and data of `.symtab`, or of `.dynsym` where that is all there is.
enum ELFSymbols {
  static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

  /// - Throws: ``SymbolFault`` for anything that is no whole AArch64 program with symbols.
  static func table(_ bytes: [UInt8], source: String) throws(SymbolFault) -> SymbolTable {
    let view = ByteView(bytes)
    let file = ELFReader(view: view, source: source)
    let sections = try file.sections()
    let tables = sections.filter { $0.kind == SectionKind.symbols }
    let chosen = tables.isEmpty ? sections.filter { $0.kind == SectionKind.dynamicSymbols } : tables
    guard !chosen.isEmpty else {
      throw SymbolFault(
        source, "has no symbol table (it is stripped)",
        remedy: "give the unstripped file, as a -dbg package has it")
    }
    var builder = SymbolTableBuilder()
    // A program has one of them; a damaged file could name the same one a thousand times.
    for section in chosen.prefix(4) { try file.read(section, names: sections, into: &builder) }
    guard builder.count > 0 else {
      throw SymbolFault(
        source, "its symbol table names no code or data", remedy: "give the unstripped file of the program")
    }
    return SymbolTable(source: source, builder)
  }
}

private enum SectionKind {
  static let symbols: UInt32 = 2
  static let strings: UInt32 = 3
  static let dynamicSymbols: UInt32 = 11
}

private struct ELFSection {
  var header: Int
  var kind: UInt32
  var link: Int
  var contents: Range<Int>?
  var entrySize: UInt64
}

private struct ELFReader {
  var view: ByteView
  var source: String

  private func fault(at offset: Int?, _ problem: String, remedy: String? = nil) -> SymbolFault {
    SymbolFault(
      source, at: offset.map { "offset \(hexadecimal(UInt64(max(0, $0))))" }, problem,
      remedy: remedy ?? "the file is truncated or damaged: fetch or build it again")
  }

  // MARK: Headers

  func sections() throws(SymbolFault) -> [ELFSection] {
    guard let fileClass = view.byte(4), let order = view.byte(5), let kind = view.half(16),
      let machine = view.half(18), let offset = view.long(0x28), let entrySize = view.half(0x3a),
      var count = view.half(0x3c).map(UInt64.init)
    else { throw fault(at: view.count, "ends within the ELF header") }
    let wanted = "give the symbols of an arm64 program"
    guard fileClass == 2 else { throw fault(at: 4, "is no 64-bit ELF file", remedy: wanted) }
    guard order == 1 else { throw fault(at: 5, "is a big-endian ELF file", remedy: wanted) }
    guard machine == 183 else {
      throw fault(at: 18, "is an ELF file of machine \(machine), not of AArch64 (183)", remedy: wanted)
    }
    guard kind != 1 else {
      throw fault(
        at: 16, "is an object file, whose symbols have no addresses until it is loaded",
        remedy: "give the linked program")
    }
    guard offset != 0 else {
      throw fault(at: 0x28, "has no section headers", remedy: "give the unstripped file")
    }
    guard entrySize >= 64 else {
      throw fault(at: 0x3a, "has section headers of \(entrySize) bytes instead of 64")
    }
    if count == 0 {
      // More than 0xff00 sections: the number is the first header's size.
      guard let first = view.range(offset, size: 64), let size = view.long(first.lowerBound + 0x20) else {
        throw fault(at: 0x28, "has its section headers at \(hexadecimal(offset)), behind its end")
      }
      count = size
    }
    let (total, overflow) = count.multipliedReportingOverflow(by: UInt64(entrySize))
    guard !overflow, let all = view.range(offset, size: total) else {
      throw fault(at: 0x3c, "tells of \(count) section headers at \(hexadecimal(offset)), behind its end")
    }
    var sections: [ELFSection] = []
    var header = all.lowerBound
    while header < all.upperBound {
      sections.append(try section(header))
      header += Int(entrySize)
    }
    return sections
  }

  private func section(_ header: Int) throws(SymbolFault) -> ELFSection {
    guard let kind = view.word(header + 4), let offset = view.long(header + 0x18),
      let size = view.long(header + 0x20), let link = view.word(header + 0x28),
      let entrySize = view.long(header + 0x38)
    else { throw fault(at: header, "ends within a section header") }
    return ELFSection(
      header: header, kind: kind, link: Int(link), contents: view.range(offset, size: size),
      entrySize: entrySize)
  }

  // MARK: Symbols

  func read(
    _ section: ELFSection, names sections: [ELFSection], into builder: inout SymbolTableBuilder
  ) throws(SymbolFault) {
    guard let contents = section.contents else {
      throw fault(at: section.header, "has a symbol table that reaches behind its end")
    }
    guard section.entrySize >= 24, section.entrySize <= 1 << 16 else {
      throw fault(at: section.header, "has symbols of \(section.entrySize) bytes instead of 24")
    }
    guard sections.indices.contains(section.link), sections[section.link].kind == SectionKind.strings,
      let names = sections[section.link].contents
    else { throw fault(at: section.header, "has a symbol table without names") }
    var origin: ArraySlice<UInt8> = []
    var entry = contents.lowerBound
    while contents.upperBound - entry >= 24 {
      try read(entry, names: names, origin: &origin, into: &builder)
      guard !builder.isFull else {
        throw fault(
          at: entry, "has more than \(SymbolTableBuilder.limit) symbols or names too long for them",
          remedy: "give a file with fewer symbols")
      }
      entry += Int(section.entrySize)
    }
  }

  private func read(
    _ entry: Int, names: Range<Int>, origin: inout ArraySlice<UInt8>, into builder: inout SymbolTableBuilder
  ) throws(SymbolFault) {
    guard let nameOffset = view.word(entry), let info = view.byte(entry + 4),
      let section = view.half(entry + 6), let value = view.long(entry + 8), let size = view.long(entry + 16)
    else { throw fault(at: entry, "ends within a symbol") }
    let kind: Symbol.Kind
    switch info & 0xf {
    case 0: kind = .label
    case 1: kind = .object
    case 2, 10: kind = .function
    case 4:
      origin = view.string(names.lowerBound + Int(nameOffset), limit: names.upperBound) ?? []
      return
    default: return
    }
    // Undefined (0), absolute and common symbols (0xfff1, 0xfff2) are no places in the program.
    guard section != 0, section != 0xfff1, section != 0xfff2, nameOffset != 0 else { return }
    guard let name = view.string(names.lowerBound + Int(nameOffset), limit: names.upperBound) else {
      throw fault(at: entry, "has a symbol whose name lies behind the names")
    }
    let binding: Symbol.Binding
    switch info >> 4 {
    case 0: binding = .local
    case 2: binding = .weak
    default: binding = .global
    }
    builder.add(
      name: name, origin: binding == .local ? origin : [], address: value, size: size == 0 ? nil : size,
      kind: kind, binding: binding)
  }
}
