import Fabric
import TestSupport
import Testing

@testable import CPU

/// New instructions are executed once the architecture says so: after the store, IC IVAU, DSB and ISB (Arm
/// DDI 0487, B2.4.4), whoever stored them and however.
@Suite("Code that changes", .everyEngine)
struct SelfModifyingCodeTests {
  private let bench = CPUBench(cores: 2, isTranslated: true)
  private static let code: UInt64 = 0x10_0000
  private static let old = A64.movz(0, 1)
  private static let new = A64.movz(0, 2)

  /// A way to store the 8 bytes in X1 and X2 (the same) to the address in X3, which is 16-byte aligned.
  struct Store: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let words: [UInt32]
  }
  static let stores: [Store] = [
    Store(testDescription: "STR", words: [A64.str(1, 3)]),
    Store(testDescription: "STR of 32 bits", words: [A64.str(1, 3, size: 2)]),
    Store(testDescription: "STRB of the byte that differs", words: [A64.str(1, 3, size: 0)]),
    Store(testDescription: "STUR across pages", words: [A64.stur(4, 3, -4)]),
    Store(testDescription: "STP", words: [A64.stp(1, 2, 3)]),
    Store(testDescription: "STP across pages", words: [A64.stp(2, 1, 3, -8)]),
    Store(testDescription: "STR of a quadword", words: [A64.strV(1, 3, size: 4)]),
    Store(testDescription: "ST1", words: [A64.st1(1, 3, size: 0)]),
    Store(testDescription: "STXR", words: [A64.ldxr(5, 3), A64.stxr(5, 1, 3)]),
    Store(testDescription: "STLR", words: [A64.stlr(1, 3)]),
  ]

  /// X1 and V1 hold the new instruction and RET, X4 holds them at an offset of 4 bytes, X3 where they go.
  private func prepare(_ core: Core, target: UInt64) {
    let pair = UInt64(Self.new) | UInt64(A64.ret()) << 32
    core[x: 1] = pair
    core[x: 2] = pair
    core[x: 4] = UInt64(Self.new) << 32 | UInt64(A64.nop)
    core[v: 1] = SIMD2(pair, pair)
    core[x: 3] = target
    core.enter(level: 1)
  }

  /// Calls the function at X3, stores over it and calls it again.
  private func program(_ store: Store) -> [UInt32] {
    let call: [UInt32] = [0xd63f_0060]  // blr x3
    let synchronize: [UInt32] = [A64.icIVAU(3), A64.dsb, A64.isb]
    let keep: [UInt32] = [A64.add(10, 0, 0)]
    return call + keep + store.words + synchronize + call
  }

  @Test("A store to code of another page counts after ISB", arguments: stores)
  func otherPage(store: Store) {
    let core = bench.core
    prepare(core, target: 0x20_0000)
    bench.put([Self.old, A64.ret()], at: 0x20_0000)
    let words = program(store)
    bench.run(words, at: Self.code, count: words.count + 4)
    #expect(core[x: 10] == 1)
    #expect(core[x: 0] == 2)
  }

  @Test("A store to code of the same page counts after ISB", arguments: stores)
  func samePage(store: Store) {
    let core = bench.core
    prepare(core, target: Self.code + 0x1000)
    bench.put([Self.old, A64.ret()], at: Self.code + 0x1000)
    let words = program(store)
    bench.run(words, at: Self.code + 0x1000 + 0x100, count: words.count + 4)
    #expect(core[x: 10] == 1)
    #expect(core[x: 0] == 2)
  }

  @Test("A store that begins beside code and ends in it counts", arguments: 1...4)
  func intoCode(bytes: Int) {
    let core = bench.core
    prepare(core, target: 0x20_0040)
    bench.put([Self.old, A64.ret()], at: 0x20_0040)
    // The first byte tells the new instruction from the old; what stands before is data, in 64 bytes of its own.
    let place = UInt64(8 - bytes)
    core[x: 4] = UInt64(Self.new) << (place * 8)
    core[x: 5] = 0x20_0040 - place
    core[x: 6] = 0x20_0800
    // One far from the code goes first: the translation is known then.
    let words = program(Store(testDescription: "", words: [A64.str(1, 6), A64.str(4, 5)]))
    bench.run(words, at: Self.code, count: words.count + 4)
    #expect(core[x: 10] == 1)
    #expect(core[x: 0] == 2)
  }

  @Test("A store through a translation made before the page had code counts", arguments: stores)
  func pageThatWasData(store: Store) {
    let core = bench.core
    prepare(core, target: 0x20_0000)
    // The page is written first, so that the TLB lets stores through; only then it becomes code.
    core[x: 3] = 0x20_0000
    bench.run([A64.str(31, 3, 64)] + store.words, at: Self.code)
    bench.put([Self.old, A64.ret()], at: 0x20_0000)
    core[x: 5] = 0
    let words = program(store)
    bench.run(words, at: Self.code, count: words.count + 4)
    #expect(core[x: 10] == 1)
    #expect(core[x: 0] == 2)
  }

  @Test("A store by another core counts", arguments: stores)
  func otherCore(store: Store) {
    let (first, second) = (bench.cluster.cores[0], bench.cluster.cores[1])
    first.enter(level: 1)
    prepare(second, target: 0x20_0000)
    bench.run([A64.str(31, 3, 64)], at: 0x30_0000, core: 1)
    bench.put([Self.old, A64.ret()], at: 0x20_0000)
    first[x: 30] = 0x40_0000
    first.pc = 0x20_0000
    bench.run(2)
    #expect(first[x: 0] == 1)
    bench.run(store.words, at: 0x30_0000, core: 1)
    first.pc = 0x20_0000
    bench.run(2)
    #expect(first[x: 0] == 2)
  }

  @Test("A loop that another core changes between slices goes on with the new code")
  func changedLoop() {
    let (first, second) = (bench.cluster.cores[0], bench.cluster.cores[1])
    bench.put([A64.add(0, 0, 1), A64.nop, A64.nop, A64.b(-12)], at: Self.code)
    first.pc = Self.code
    bench.run(4 * 25 + 2)
    #expect(first[x: 0] == 26)
    // The first core is in the middle of the block.
    second[x: 1] = UInt64(A64.add(0, 0, 16))
    second[x: 3] = Self.code
    bench.run([A64.str(1, 3, size: 2)], at: 0x30_0000, core: 1)
    bench.run(2 + 4 * 10)
    #expect(first[x: 0] == 26 + 160)
  }

  @Test("What a DMA master writes is executed")
  func dma() {
    bench.core.enter(level: 1)
    bench.run([Self.old, A64.b(-4)], at: Self.code, count: 10)
    #expect(bench.core[x: 0] == 1)
    bench.put([Self.new], at: Self.code)
    bench.run(4)
    #expect(bench.core[x: 0] == 2)
  }

  @Test("DC ZVA clears code")
  func zeroed() {
    let core = bench.core
    core.enter(level: 1)
    core.set(.vbarEL1, 0x40_0000)
    core[x: 3] = 0x20_0010
    bench.put([Self.old, A64.ret()], at: 0x20_0000)
    core[x: 30] = Self.code
    core.pc = 0x20_0000
    bench.run(2)
    bench.run([A64.dcZVA(3), A64.isb], at: Self.code)
    core.pc = 0x20_0000
    bench.run(1)
    #expect(core.get(.elrEL1) == 0x20_0000)
    #expect(core.exceptionClass() == 0)
  }

  @Test("The next instruction of the same block is the new one after ISB, translated before or not")
  func nextInstruction() {
    let core = bench.core
    for round in 1...5 {
      core[x: 1] = UInt64(A64.movz(0, round))
      core[x: 3] = Self.code + 8
      bench.run(
        [A64.str(1, 3, size: 2), A64.isb, A64.movz(0, 100), A64.add(0, 0, 1)], at: Self.code, count: 4)
      #expect(core[x: 0] == UInt64(round + 1))
    }
  }

  @Test("A chained block that changes is not entered any more")
  func chained() {
    let core = bench.core
    // A: falls through into B at +0x100 by direct branches, both in one page.
    bench.put([A64.add(1, 1, 1), A64.b(0xfc)], at: Self.code)
    bench.put([A64.add(2, 2, 1), A64.b(-0x104)], at: Self.code + 0x100)
    core.pc = Self.code
    bench.run(400)
    #expect(core[x: 1] == 100)
    #expect(core[x: 2] == 100)
    bench.put([A64.add(2, 2, 3)], at: Self.code + 0x100)
    bench.run(400)
    #expect(core[x: 1] == 200)
    #expect(core[x: 2] == 400)
  }

  @Test("Code and data in one page stay coherent")
  func mixedPage() {
    let core = bench.core
    // A counter in the literal pool behind the loop that counts it.
    let literal = Self.code + 0x40
    bench.put([A64.ldrLiteral(0, 0x40), A64.add(0, 0, 1), A64.str(0, 1), A64.b(-12)], at: Self.code)
    bench.write(0, at: literal)
    core[x: 1] = literal
    core.pc = Self.code
    bench.run(4000)
    #expect(bench.read(at: literal) == 1000)
    #expect(bench.cluster.cache.translatedBlocks < 10, "data is not taken for code")
  }

  @Test("Code is found again after all of it was forgotten")
  func recycling() {
    let bench = CPUBench(codeArenaSize: (1 << 17) + 0x8000, isTranslated: true)
    let core = bench.core
    // One call each into 200 pages, twice; each adds its number.
    for page in 0..<200 {
      bench.put([A64.add(0, 0, page), A64.ret()], at: 0x20_0000 + UInt64(page) * 0x1000)
    }
    // loop: blr x2; add x2, x2, #0x1000; subs x3, x3, #1; cbnz x3, loop
    bench.put([0xd63f_0040, 0x9140_0442, A64.subs(3, 3, 1), A64.cbnz(3, -12)], at: Self.code)
    for _ in 1...2 {
      core[x: 0] = 0
      core[x: 2] = 0x20_0000
      core[x: 3] = 200
      core.pc = Self.code
      bench.run(200 * 6)
      #expect(core[x: 0] == 199 * 200 / 2)
    }
    #expect(bench.cluster.cache.reclaims > 10)
  }
}
