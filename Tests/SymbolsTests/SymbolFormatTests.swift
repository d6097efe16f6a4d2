import Testing

@testable import Symbols

@Suite("Symbol files are read, and damaged ones refused with a sentence")
struct SymbolFormatTests {
  private func read(_ bytes: [UInt8]) throws -> SymbolTable { try SymbolFile.table(bytes, source: "f") }

  private func text(_ lines: String) throws -> SymbolTable { try read(Array(lines.utf8)) }

  // MARK: ELF

  private var program: ELFBuilder {
    ELFBuilder(entries: [
      .init(name: "traps.c", info: 4, section: 0xfff1, value: 0),
      ELFBuilder.function("helper", 0x1100, 0x10, binding: 0),
      .init(name: "$x", info: 0, value: 0x1000),
      .init(name: "$d.12", info: 0, value: 0x1010),
      ELFBuilder.function("main", 0x1000, 0x40),
      .init(name: "label", info: 0x10, value: 0x1200),
      .init(name: "data", info: 0x11, value: 0x2000, size: 8),
      .init(name: "undefined", info: 0x12, section: 0, value: 0),
      .init(name: "constant", info: 0x10, section: 0xfff1, value: 0x1234),
      .init(name: "section", info: 3, value: 0x1000),
    ])
  }

  @Test(arguments: [UInt32(2), 11]) func elfSymbolsAreRead(kind: UInt32) throws {
    var program = program
    program.tableKind = kind
    let table = try read(program.build())
    #expect(table.symbols.map(\.qualifiedName) == ["main", "traps.c#helper", "label", "data"])
    #expect(table.symbol(for: 0x103f)?.description == "main+0x3f")
    #expect(table.symbol(for: 0x1040) == nil)
    #expect(table.symbol(for: 0x1210)?.description == "label+0x10")
  }

  /// Every truncation and every damaged byte gives a table or a fault, and never a crash.
  @Test func damagedELFIsNoCrash() {
    let whole = program.build()
    for size in 0..<whole.count { _ = try? read(Array(whole[..<size])) }
    var refused = 0
    for place in whole.indices {
      for value in [0, 0x7f, 0x80, 0xff] as [UInt8] {
        var bytes = whole
        bytes[place] = value
        do { _ = try read(bytes) } catch { refused += 1 }
      }
    }
    #expect(refused > 100)
  }

  @Test(arguments: [
    (4, UInt8(1), "64-bit"), (5, 2, "big-endian"), (18, 62, "machine 62"), (16, 1, "object file"),
    (0x3d, 0xff, "section headers"), (0x3a, 9, "section headers of 9"), (64 + 64 + 4, 7, "no symbol table"),
    (64 + 64 + 0x1f, 0x7f, "reaches behind"), (64 + 64 + 0x27, 0xff, "reaches behind"),
    (64 + 64 + 0x38, 3, "symbols of 3"), (64 + 64 + 0x28, 1, "without names"),
    (64 + 64 + 0x28, 99, "without names"),
    (64 + 192 + 24 + 24 + 3, 0x7f, "name lies behind"),
  ]) func faultOfELFIsTold(place: Int, value: UInt8, words: String) {
    var bytes = program.build()
    bytes[place] = value
    let fault = #expect(throws: SymbolFault.self) { try read(bytes) }
    #expect(fault?.description.contains(words) == true, "\(fault.map(\.description) ?? "")")
    #expect(fault?.description.hasPrefix("f:") == true)
  }

  // MARK: Text

  @Test func mapsAreRead() throws {
    let table = try text(
      """
      ffff800080000000 T _text
      ffff800080010000 t gic_handle_irq
      0xffff800080010100 T xen_way
      ffff800080010200 t traps.c#do_trap\t
      0000000000000008 A absolute
                       U undefined_is_skipped_too
      ffff800080020000 t probe\t[bcm2835_wdt]
      """.replacing("                 U undefined_is_skipped_too\n", with: ""))
    #expect(
      table.symbols.map(\.qualifiedName)
        == ["_text", "gic_handle_irq", "xen_way", "traps.c#do_trap", "bcm2835_wdt#probe"])
    #expect(table.symbol(for: 0xffff_8000_8001_0204)?.description == "do_trap+0x4")
  }

  @Test func placeholderOfDebianIsExplained() {
    let fault = #expect(throws: SymbolFault.self) {
      try text("ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n")
    }
    #expect(fault?.description.contains("kernel image itself") == true)
  }

  @Test func hiddenAddressesAreExplained() {
    let fault = #expect(throws: SymbolFault.self) { try text("0 T _text\n0000000000000000 t a\n") }
    #expect(fault?.description.contains("kptr_restrict") == true)
  }

  @Test(arguments: [
    "1000 T a\nnonsense\n", "1000 T a\n1000 T\n", "1000 T a\n11112222333344445 T b\n", "1000 T a\n1 2 3",
  ])
  func badLineIsTold(text: String) {
    let fault = #expect(throws: SymbolFault.self) { try self.text(text) }
    #expect(fault?.place == "line 2")
  }

  @Test(
    arguments: [[], [0], Array("hello\n".utf8), [UInt8](repeating: 0, count: 4096), [0x1f, 0x8b, 8]]
      as [[UInt8]])
  func otherFilesAreRefused(bytes: [UInt8]) {
    #expect(throws: SymbolFault.self) { try read(bytes) }
  }

  @Test func gzipIsExpanded() throws {
    let table = try SymbolFile.table([0x1f, 0x8b], source: "f", expand: { _ in Array("1000 T a\n".utf8) })
    #expect(table.addresses(of: "a") == [0x1000])
    #expect(throws: SymbolFault.self) { try SymbolFile.table([0x1f, 0x8b], source: "f", expand: { $0 }) }
  }

  // MARK: Images

  private func image(_ layout: ImageBuilder.Layout, count: Int = 700) -> ImageBuilder {
    let base: UInt64 = layout == .xen ? 0x20_0000 : 0xffff_8000_0820_0000
    var symbols: [(UInt64, String, String)] = []
    for number in 0..<count {
      let type = number % 3 == 0 ? "T" : "t"
      let local = layout == .xen && type == "t" ? "traps.c#" : ""
      symbols.append((base + UInt64(number / 2 * 0x40), type, "\(local)do_vgic_\(number)_handler"))
    }
    symbols[5].2 = "long_" + String(repeating: "xyz", count: 60)
    return ImageBuilder(layout: layout, base: base, symbols: symbols)
  }

  @Test(arguments: [ImageBuilder.Layout.xen, .linuxBefore, .linuxBehind], [255, 256, 257, 700])
  func symbolsInsideAnImageAreFound(layout: ImageBuilder.Layout, count: Int) throws {
    let builder = image(layout, count: count)
    let table = try read(builder.build())
    let found: [String] = table.symbols.map { (symbol: Symbol) -> String in
      "\(symbol.address) \(symbol.qualifiedName)"
    }
    let written: [String] = builder.symbols.map { "\($0.0) \($0.2)" }
    #expect(found.sorted() == written.sorted())
    #expect(SymbolFile.usualScope(of: table) == (layout == .xen ? nil : .el1))
  }

  @Test(arguments: [ImageBuilder.Layout.linuxBefore, .linuxBehind])
  func baseComesFromTheRelocation(layout: ImageBuilder.Layout) throws {
    var builder = image(layout)
    builder.isRelocated = true
    let table = try LinuxKallsyms.table(builder.build())
    #expect(table.firstAddress == builder.base)
    #expect(table.addresses(of: "do_vgic_9_handler") == [builder.base + 4 * 0x40])
  }

  @Test func imageWithoutBaseIsExplained() {
    var builder = image(.linuxBefore)
    builder.isRelocated = true
    var bytes = builder.build()
    bytes.removeLast(24)
    let fault = #expect(throws: SymbolFault.self) { try LinuxKallsyms.table(bytes) }
    #expect(fault?.problem.contains("neither their base") == true)
  }

  @Test func imageOfTheOtherKindIsRefused() {
    #expect(throws: SymbolFault.self) { try LinuxKallsyms.table(image(.xen).build()) }
    #expect(throws: SymbolFault.self) { try XenEmbeddedSymbols.table(image(.linuxBehind).build()) }
    let (map, faults) = SymbolMap.automatic(xen: [], kernel: image(.linuxBehind).build())
    #expect(map.tables.map(\.scope) == [.firstDomain])
    #expect(faults.count == 1)
  }

  @Test(arguments: [ImageBuilder.Layout.xen, .linuxBefore, .linuxBehind])
  func damagedImageIsNoCrash(layout: ImageBuilder.Layout) {
    let whole = image(layout, count: 40).build()
    var size = 0
    while size < whole.count {
      _ = try? read(Array(whole[..<size]))
      size += 13
    }
    var place = 0
    while place < whole.count {
      for value in [0, 1, 0x80, 0xff] as [UInt8] {
        var bytes = whole
        bytes[place] = value
        _ = try? read(bytes)
      }
      place += 7
    }
  }

  /// A file of small numbers that all could be counts of names: the search gives up.
  @Test func endlessSearchIsCut() throws {
    var bytes = image(.xen, count: 300).build()
    let tail = bytes.suffix(2048)
    var noise = Bytes()
    noise.pad(to: 0x38)
    noise.bytes += Array("ARM\u{64}".utf8)
    for number in 0..<100_000 { noise.word(UInt32(1 + number % 60_000)) }
    bytes = noise.bytes + Array(tail)
    _ = try? read(bytes)
  }
}
