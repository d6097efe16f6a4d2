import Testing

@testable import Symbols

@Suite("Symbols by exception level and domain")
struct SymbolMapTests {
  private func table(_ name: String, _ address: UInt64 = 0x1000) -> SymbolTable {
    SymbolTable(source: name, symbols: [Symbol(address: address, size: 0x100, name: name)])
  }

  @Test func eachRegimeHasItsOwn() {
    var map = SymbolMap()
    map.add(table("xen"), scope: .el2)
    map.add(table("any"), scope: .el1)
    map.add(table("dom0"), scope: .firstDomain)
    map.add(table("two"), scope: .domain(vmid: 2))
    map.add(table("user"), scope: .el0)
    func name(_ regime: SymbolRegime, _ vmid: UInt16 = 0) -> String? {
      map.symbol(for: 0x1010, regime: regime, vmid: vmid)?.name
    }
    #expect(name(.el2, 7) == "xen")
    #expect(name(.el0, 7) == "user")
    #expect(name(.el3) == nil)
    #expect(name(.el1, 1) == "dom0", "any could be the first until one was seen")
    map.see(vmid: 0)
    map.see(vmid: 1)
    map.see(vmid: 2)
    #expect(map.firstVMID == 1)
    #expect(name(.el1, 1) == "dom0")
    #expect(name(.el1, 2) == "two")
    #expect(name(.el1, 3) == "any")
    #expect(name(.el1, 0) == "dom0")
  }

  @Test func offsetMovesATable() {
    var map = SymbolMap()
    map.add(table("xen"), scope: .el2, offset: 0x4000)
    map.add(table("low"), scope: .el2, offset: UInt64(bitPattern: -0x1000))
    #expect(map.symbol(for: 0x5004, regime: .el2)?.description == "xen+0x4")
    #expect(map.symbol(for: 0x5004, regime: .el2)?.symbol.address == 0x5000)
    #expect(map.symbol(for: 0x4, regime: .el2)?.description == "low+0x4")
    #expect(map.addresses(of: "xen", regime: .el2) == [0x5000])
    #expect(map.places(named: "low").map(\.symbol.address) == [0])
    #expect(map.places(named: "low", scope: .el1).isEmpty)
  }

  @Test func fileTellsItsScope() throws {
    func scope(_ text: String) throws -> SymbolScope? {
      var map = SymbolMap()
      try map.add(SymbolOption(path: "f"), bytes: Array(text.utf8))
      return map.tables.first?.scope
    }
    #expect(try scope("200000 T _start\n201000 T start_xen\n") == .el2)
    #expect(try scope("a0000200000 T _start\na0000201000 T start_xen\n") == .el2)
    #expect(try scope("ffff800080000000 T _text\n") == .el1)
    let fault = #expect(throws: SymbolFault.self) { try scope("400000 T main\n") }
    #expect(fault?.remedy.contains("el2=f") == true)
  }

  @Test(
    arguments: [
      ("xen-syms", nil, "xen-syms", 0), ("el2=a/b", .el2, "a/b", 0),
      ("vmid2=f@0x10", .domain(vmid: 2), "f", 16),
      ("el1=f@-16", .el1, "f", -16), ("dom0=f@+7", .firstDomain, "f", 7), ("f@g", nil, "f@g", 0),
      ("./a=b", nil, "./a=b", 0), ("el0=f@0xffff800000000000", .el0, "f", -0x8000_0000_0000),
      ("f@2@3", nil, "f@2", 3), ("el3=x", .el3, "x", 0), ("xen=x", .el2, "x", 0),
    ] as [(String, SymbolScope?, String, Int64)])
  func optionIsRead(text: String, scope: SymbolScope?, path: String, offset: Int64) throws {
    #expect(try SymbolOption(parsing: text) == SymbolOption(scope: scope, path: path, offset: offset))
  }

  @Test(arguments: [
    "", "el2=", "el4=f", "vmid=f", "vmid65536=f", "vmid-1=f", "f@", "f@0x", "f@12z", "f@--1",
    "f@0x10000000000000000",
    "f@99999999999999999999", "@4", "EL2=f", "f@-", "f@0x-1",
  ]) func badOptionIsRefused(text: String) {
    let fault = #expect(throws: SymbolFault.self) { try SymbolOption(parsing: text) }
    #expect(fault?.source == "--symbols")
    #expect(fault?.remedy.isEmpty == false)
  }

  @Test(arguments: ["el2=f@16", "vmid3=f", "f", "f@-5"]) func optionPrintsAsItIsRead(text: String) throws {
    #expect(try SymbolOption(parsing: text).description == text)
  }
}
