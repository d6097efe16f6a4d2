import CPU
import Symbols
import Testing

@testable import Coverage

@Suite("Coverage")
struct CoverageTests {
  private let el2 = ExecutedCode.Space(level: 2, vmid: 0)
  private let dom0 = ExecutedCode.Space(level: 1, vmid: 1)
  private let domU = ExecutedCode.Space(level: 1, vmid: 2)
  private let kernel: UInt64 = 0xffff_8000_0801_0000

  private func map(_ scope: SymbolScope, _ symbols: [Symbol], source: String = "prog (symbols)") -> SymbolMap {
    var map = SymbolMap()
    map.add(SymbolTable(source: source, symbols: symbols), scope: scope)
    return map
  }

  private func images(
    _ code: ExecutedCode, _ map: SymbolMap,
    physical: @escaping (ExecutedCode.Space, UInt64) -> UInt64? = { _, _ in nil }
  ) -> [ImageCoverage] {
    CoverageAttribution(code, map, physical: physical).images
  }

  private func text(_ images: [ImageCoverage]) -> String {
    String(decoding: CoverageFile(images, programs: []).bytes, as: UTF8.self)
  }

  @Test("A function is hit by any of its instructions, and by no neighbour's")
  func functions() {
    let code = ExecutedCode()
    code.mark(el2, 0x20_0010, physical: 0x8_0000, count: 4)
    let images = images(
      code,
      map(
        .el2,
        [
          Symbol(address: 0x20_0000, size: 0x10, name: "before"), Symbol(address: 0x20_0010, size: 8, name: "first"),
          Symbol(address: 0x20_0018, size: 12, name: "second"), Symbol(address: 0x20_0024, size: 4, name: "after"),
          Symbol(address: 0x20_0030, size: 8, name: "data", kind: .object),
        ]))
    #expect(images.map(\.name) == ["el2/prog"])
    #expect(images[0].functions.map(\.executed) == [0, 2, 2, 0])
    #expect(images[0].functions.map(\.instructions) == [4, 2, 3, 1])
    #expect(
      text(images) == """
        TN:
        SF:el2/prog
        FN:1,before
        FN:2,first
        FN:3,second
        FN:4,after
        FNDA:0,before
        FNDA:1,first
        FNDA:1,second
        FNDA:0,after
        FNF:4
        FNH:2
        DA:1,0
        DA:2,1
        DA:3,1
        DA:4,0
        LF:4
        LH:2
        end_of_record

        """)
    #expect(
      CoverageFile(images, programs: []).summary
        == ["el2/prog: 2 of 4 (50.0 %) functions, 4 of 10 (40.0 %) instructions ran"])
  }

  @Test("Counts in a page are those of the marks one by one", arguments: [(0, 4096), (4, 8), (252, 8), (256, 1024), (4092, 4)])
  func counts(from offset: Int, bytes: Int) throws {
    let code = ExecutedCode()
    for word in stride(from: 0, to: 1024, by: 3) { code.mark(el2, UInt64(word * 4), physical: 0, count: 1 + word % 2) }
    let page = try #require(code.page(el2, at: 0x123))
    let expected = stride(from: offset, to: offset + bytes, by: 4).count { page.isMarked(offset: $0) }
    #expect(page.markedCount(from: offset, bytes: bytes) == expected)
    #expect(page.isMarked(offset: 12) && page.isMarked(offset: 16) && !page.isMarked(offset: 20))
  }

  @Test("A function across pages counts in each of them")
  func pages() {
    let code = ExecutedCode()
    code.mark(el2, 0x20_0ff8, physical: 0x8_0000, count: 2)
    code.mark(el2, 0x20_1000, physical: 0x9_0000, count: 1)
    code.mark(el2, 0x20_3000, physical: 0xa_0000, count: 5)
    let images = images(code, map(.el2, [Symbol(address: 0x20_0ffc, size: 0x2008, name: "long")]))
    #expect(images.first?.functions.map(\.executed) == [3])
  }

  @Test("The same address at another level or in another domain is another one")
  func spaces() {
    let code = ExecutedCode()
    code.mark(dom0, kernel, physical: 0x8_0000, count: 1)
    code.mark(domU, kernel + 8, physical: 0x18_0000, count: 1)
    code.mark(el2, kernel + 16, physical: 0x28_0000, count: 1)
    let symbols = (0..<3).map { Symbol(address: kernel + UInt64($0 * 8), size: 8, name: "f\($0)") }
    func hits(_ scope: SymbolScope) -> [Bool]? { images(code, map(scope, symbols)).first?.functions.map(\.isHit) }
    #expect(hits(.firstDomain) == [true, false, false])
    #expect(hits(.domain(vmid: 2)) == [false, true, false])
    #expect(hits(.el2) == [false, false, true])
    #expect(hits(.el1) == [true, true, false])
    #expect(hits(.el0) == nil)
    // With a table of Dom0's own, el1 is the others.
    var both = map(.firstDomain, symbols)
    both.append(map(.el1, symbols, source: "others"))
    #expect(images(code, both).map { $0.functions.map(\.isHit) } == [[true, false, false], [false, true, false]])
  }

  @Test("What ran before the MMU was on counts where the page ran later, or lies at the end")
  func early() {
    let code = ExecutedCode()
    // One page runs at both addresses, one only before the MMU is on.
    code.mark(dom0, 0x8_0000, physical: 0x8_0000, count: 2)
    code.mark(dom0, kernel + 0x100, physical: 0x8_0000, count: 2)
    code.mark(dom0, 0x9_0000, physical: 0x9_0000, count: 2)
    let map = map(
      .firstDomain,
      [
        Symbol(address: kernel, size: 8, name: "head"), Symbol(address: kernel + 0x100, size: 8, name: "later"),
        Symbol(address: kernel + 0x1_0000, size: 8, name: "only_early"),
      ])
    func hits(_ images: [ImageCoverage]) -> [Bool]? { images.first?.functions.map(\.isHit) }
    #expect(hits(images(code, map)) == [true, true, false])
    let mapped = images(code, map) { [kernel] space, address in
      space == ExecutedCode.Space(level: 1, vmid: 1) ? address &- kernel &+ 0x8_0000 : nil
    }
    #expect(hits(mapped) == [true, true, true])
    // A page that has code of others later is not taken for it.
    code.mark(dom0, kernel + 0x10_0000, physical: 0x8_0000, count: 1)
    code.mark(dom0, kernel + 0x10_0000, physical: 0xc_0000, count: 1)
    #expect(hits(images(code, map)) == [true, true, false])
  }

  @Test("Of two tables for the same addresses the first one counts")
  func precedence() {
    let code = ExecutedCode()
    var both = map(.el2, [Symbol(address: 0x1000, size: 8, name: "given")], source: "dir/xen-syms")
    both.append(
      map(.el2, [Symbol(address: 0x1000, name: "built_in"), Symbol(address: 0x1008, name: "rest")], source: "xen (built in)"))
    let images = images(code, both)
    #expect(images.map(\.name) == ["el2/xen-syms", "el2/xen"])
    #expect(images.map { $0.functions.map(\.name) } == [["given"], ["rest"]])
  }

  @Test("Names are unique, and what would break the format is replaced")
  func names() {
    let symbols = [
      Symbol(address: 0x1000, size: 4, name: "same"), Symbol(address: 0x1004, size: 4, name: "same", origin: "a.c"),
      Symbol(address: 0x1008, size: 4, name: "same", origin: "a.c"), Symbol(address: 0x100c, size: 4, name: "same"),
      Symbol(address: 0x1010, size: 4, name: "a,b\nend_of_record"),
    ]
    let images = images(ExecutedCode(), map(.el2, symbols, source: "x\ny"))
    #expect(images[0].functions.map(\.name) == ["same", "a.c#same", "a.c#same~2", "same~2", "a_b_end_of_record"])
    #expect(text(images).contains("SF:el2/x_y\n"))
  }

  @Test("No range of a symbol file is too large, too high or askew")
  func ranges() {
    let code = ExecutedCode()
    code.mark(el2, ~0xfff, physical: 0, count: 1024)
    let symbols = [
      Symbol(address: 0, size: .max, name: "all"), Symbol(address: 0x1001, size: 8, name: "odd"),
      Symbol(address: 0x2000, size: 3, name: "short"), Symbol(address: .max - 3, size: 4, name: "last"),
      Symbol(address: .max - 7, size: 4, name: "top"), Symbol(address: .max - 15, size: 100, name: "over"),
    ]
    let images = images(code, map(.el2, symbols))
    // One that reaches beyond the last address is cut there.
    #expect(images.first?.functions.map(\.name) == ["over", "top"])
    #expect(images.first?.functions.map(\.executed) == [3, 1])
  }
}
