import Testing

@testable import Symbols

@Suite("An address belongs to one symbol, always the same")
struct SymbolTableTests {
  private func table(_ symbols: [Symbol]) -> SymbolTable { SymbolTable(source: "t", symbols: symbols) }

  @Test func addressWithinSizedFunctionIsFound() {
    let table = table([
      Symbol(address: 0x1000, size: 0x20, name: "f"), Symbol(address: 0x1040, size: 8, name: "g"),
    ])
    #expect(table.symbol(for: 0xfff) == nil)
    #expect(table.symbol(for: 0x1000)?.description == "f")
    #expect(table.symbol(for: 0x101f)?.description == "f+0x1f")
    #expect(table.symbol(for: 0x1020) == nil)
    #expect(table.symbol(for: 0x1047)?.description == "g+0x7")
    #expect(table.symbol(for: 0x1048) == nil)
    #expect(table.symbol(for: 0x1047)?.isSizeKnown == true)
  }

  @Test func unsizedLabelReachesToTheNextSymbol() {
    let table = table([Symbol(address: 0x1000, name: "a"), Symbol(address: 0x1100, name: "b")])
    #expect(table.symbol(for: 0x10ff)?.description == "a+0xff")
    #expect(table.symbol(for: 0x10ff)?.isSizeKnown == false)
    #expect(table.symbol(for: 0x1100)?.description == "b")
    #expect(table.symbol(for: 0x20ff)?.description == "b+0xfff")
    #expect(table.symbol(for: 0x2100) == nil, "the last one reaches one page")
    #expect(table.range(around: 0x1001) == 0x1000..<0x1100)
  }

  @Test func labelWithinFunctionYieldsToIt() {
    let table = table([
      Symbol(address: 0x1000, size: 0x100, name: "f"),
      Symbol(address: 0x1080, name: "label", kind: .label, binding: .local),
    ])
    #expect(table.symbol(for: 0x1090)?.description == "f+0x90")
  }

  @Test func innermostOfNestedFunctionsIsFound() {
    let table = table([
      Symbol(address: 0x1000, size: 0x100, name: "outer"), Symbol(address: 0x1040, size: 0x10, name: "inner"),
    ])
    #expect(table.symbol(for: 0x1048)?.name == "inner")
    #expect(table.symbol(for: 0x1050)?.description == "outer+0x50")
  }

  @Test func nothingFollowsTheEndOfASection() {
    let table = table([Symbol(address: 0x1000, name: "f"), Symbol(address: 0x1100, name: "_etext")])
    #expect(table.symbol(for: 0x1100) == nil)
    #expect(table.functions.map(\.symbol.name) == ["f"])
  }

  /// The same names in every order: one is always chosen, and it is the better one.
  @Test func aliasesAreRanked() {
    let ranked = [
      Symbol(address: 8, size: 4, name: "good"),
      Symbol(address: 8, size: 4, name: "longer"),
      Symbol(address: 8, size: 4, name: "__good"),
      Symbol(address: 8, size: 4, name: "weak", binding: .weak),
      Symbol(address: 8, size: 4, name: "local", binding: .local),
      Symbol(address: 8, size: 4, name: "label", kind: .label),
      Symbol(address: 8, size: 4, name: "data", kind: .object),
      Symbol(address: 8, name: "unsized"),
      Symbol(address: 8, name: "_stext"),
    ]
    for first in ranked.indices {
      for second in ranked.indices where second > first {
        for pair in [[ranked[first], ranked[second]], [ranked[second], ranked[first]]] {
          #expect(table(pair).names(of: 8).first == ranked[first].name)
        }
      }
    }
  }

  @Test func nameGivesAllItsAddresses() {
    let table = table([
      Symbol(address: 0x20, name: "init", origin: "b.c", binding: .local),
      Symbol(address: 0x10, name: "init", origin: "a.c", binding: .local),
      Symbol(address: 0x30, name: "initial"),
    ])
    #expect(table.addresses(of: "init") == [0x10, 0x20])
    #expect(table.addresses(of: "b.c#init") == [0x20])
    #expect(table.addresses(of: "c.c#init") == [])
    #expect(table.addresses(of: "") == [])
  }

  @Test func edgesOfTheAddressSpaceAreNoTrap() {
    let table = table([
      Symbol(address: 0, size: 1, name: "zero"), Symbol(address: .max, size: .max, name: "last"),
      Symbol(address: 0x10, size: .max, name: "all"), Symbol(address: .max - 4, name: "open"),
    ])
    #expect(table.symbol(for: 0)?.name == "zero")
    #expect(table.symbol(for: 0x11)?.name == "all")
    #expect(table.symbol(for: 1 << 63)?.name == "all")
    _ = table.symbol(for: .max)
    _ = table.functions
    #expect(SymbolTable(source: "t", symbols: []).symbol(for: 5) == nil)
  }

  /// Against a search that looks at every symbol.
  @Test func lookUpAgreesWithAPlainSearch() {
    var state: UInt64 = 0x9e37_79b9
    func next(_ below: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % below
    }
    for _ in 0..<200 {
      // Properly nested or disjoint ranges, so that "innermost" has one meaning.
      var symbols: [Symbol] = []
      var start: UInt64 = 0
      for number in 0..<20 {
        start += next(8)
        let size = 1 + next(32)
        symbols.append(Symbol(address: start, size: size, name: "s\(number)"))
        if size > 4 {
          symbols.append(Symbol(address: start + 1, size: 1 + next(size - 2), name: "n\(number)"))
        }
        start += size
      }
      let table = table(symbols)
      for address in 0..<(start + 4) {
        let covering = symbols.filter { $0.address <= address && address < $0.address + ($0.size ?? 0) }
        let wanted = covering.max { $0.address < $1.address }
        #expect(table.symbol(for: address)?.name == wanted?.name)
      }
    }
  }
}
