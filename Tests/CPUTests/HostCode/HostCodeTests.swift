#if os(Linux) && arch(x86_64)
  import Fabric
  import TestSupport
  import Testing

  @testable import CPU

  /// Host code comes into being, goes with the code that it was made of, and does not grow without bound.
  @Suite("Host code")
  struct HostCodeTests {
    private static let eager = TranslationRules(engine: .hostCode, threshold: 1)
    private static let code: UInt64 = 0x10_0000

    @Test("A block is compiled when it has run often enough, not before")
    func threshold() {
      let bench = CPUBench(rules: TranslationRules(engine: .hostCode, threshold: 10))
      bench.put([A64.add(0, 0, 1), A64.b(-4)], at: Self.code)
      bench.core.pc = Self.code
      bench.run(2 * 9)
      #expect(bench.cluster.compiledBlocks == 0)
      bench.run(2 * 9)
      #expect(bench.cluster.compiledBlocks == 1)
      #expect(bench.core[x: 0] == 18)
      #expect(bench.cluster.engine == .hostCode)
    }

    @Test("The interpreter alone compiles nothing")
    func interpreter() {
      let bench = CPUBench(rules: TranslationRules(engine: .interpreter, threshold: 1))
      bench.put([A64.add(0, 0, 1), A64.b(-4)], at: Self.code)
      bench.core.pc = Self.code
      bench.run(1000)
      #expect(bench.cluster.compiledBlocks == 0)
      #expect(bench.core[x: 0] == 500)
      #expect(bench.cluster.engine == .interpreter)
    }

    @Test("A slice ends at its budget in a loop that stays in host code", arguments: 1...40)
    func budgetOfLoop(slice: Int) {
      let bench = CPUBench(rules: Self.eager)
      bench.put([A64.add(0, 0, 1), A64.add(1, 1, 2), A64.subs(2, 2, 1), 0x54ff_ffa1], at: Self.code)
      bench.core[x: 2] = 1000
      bench.core.pc = Self.code
      var left = 4000
      while left > 0 {
        let count = min(slice, left)
        #expect(bench.run(count) == count)
        left -= count
        let done = 4000 - left
        #expect(bench.core.pc == Self.code + UInt64(done % 4) * 4 || done == 4000)
        #expect(bench.core[x: 0] == UInt64((done + 3) / 4))
      }
      #expect(bench.core[x: 2] == 0)
      #expect(bench.core.flags == 0b0110)
      #expect(bench.cluster.compiledBlocks > 0)
    }

    @Test("Fresh code without end starts afresh when the arena is full")
    func freshCode() {
      let bench = CPUBench(codeArenaSize: 1 << 19, rules: Self.eager)
      // Blocks of two instructions, one every 16 bytes, over 8 MiB; the last one goes back.
      let start: UInt64 = 0x10_0000
      let count = (8 << 20) / 16
      var words: [UInt32] = []
      for _ in 0..<(count - 1) { words += [A64.add(0, 0, 1), A64.b(12), 0, 0] }
      words += [A64.add(0, 0, 1), A64.b(-16 * (count - 1) - 4), 0, 0]
      bench.put(words, at: start)
      bench.core.pc = start
      bench.run(count * 2 * 2)
      #expect(bench.core[x: 0] == UInt64(count * 2))
      #expect(bench.core.pc == start)
      #expect(bench.cluster.cache.reclaims > 4)
    }

    @Test("Code that rewrites itself in a loop leaves host code each time")
    func rewriting() {
      let bench = CPUBench(codeArenaSize: 1 << 20, isTranslated: true, rules: Self.eager)
      let core = bench.core
      core.enter(level: 1)
      // X3: the instruction that is rewritten; X1: what it becomes, MOVZ X0 with the next value in bits 20:5.
      let loop: [UInt32] = [
        A64.add(1, 1, 1 << 5), A64.str(1, 3, size: 2), A64.dsb, A64.icIVAU(3), A64.dsb, A64.isb,
        0xd63f_0060, A64.addRegister(4, 4, 0), A64.subs(2, 2, 1), 0x54ff_fee1,
      ]
      bench.put(loop, at: Self.code)
      bench.put([A64.movz(0, 0), A64.ret()], at: 0x20_0000)
      core[x: 1] = UInt64(A64.movz(0, 0))
      core[x: 2] = 20_000
      core[x: 3] = 0x20_0000
      core.pc = Self.code
      bench.run(20_000 * 12)
      #expect(core[x: 2] == 0)
      #expect(core[x: 4] == 20_000 * 20_001 / 2)
      #expect(bench.cluster.cache.invalidatedBlocks > 19_900)
    }

    @Test("One page of code at a thousand addresses is compiled once")
    func aliases() {
      let bench = CPUBench(isTranslated: true, rules: Self.eager)
      let core = bench.core
      core.enter(level: 1)
      bench.put([A64.add(0, 0, 1), A64.ret()], at: 0x20_0000)
      for alias in 0..<1000 {
        let address = 0x30_0000 + UInt64(alias) * 4096
        bench.map(address..<(address + 4096), as: CPUBench.Page.kernel, to: 0x20_0000)
      }
      bench.put([0xd63f_0060, A64.addRegister(3, 3, 5), A64.subs(2, 2, 1), 0x54ff_ffa1], at: Self.code)
      core[x: 2] = 1000
      core[x: 3] = 0x30_0000
      core[x: 5] = 4096
      core.pc = Self.code
      bench.run(6000)
      #expect(core[x: 0] == 1000)
      #expect(core[x: 2] == 0)
      #expect(bench.cluster.compiledBlocks < 8)
    }

    @Test("A link to code that changed is made again")
    func relinked() {
      let bench = CPUBench(isTranslated: true, rules: Self.eager)
      let core = bench.core
      core.enter(level: 1)
      bench.put([A64.add(1, 1, 1), A64.b(0xfc)], at: Self.code)
      bench.put([A64.add(2, 2, 1), A64.b(-0x104)], at: Self.code + 0x100)
      core.pc = Self.code
      bench.run(400)
      bench.put([A64.add(2, 2, 3)], at: Self.code + 0x100)
      bench.run(400)
      #expect(core[x: 1] == 200)
      #expect(core[x: 2] == 100 + 300)
      guard
        let from = bench.cluster.cache.find(
          bench.cluster.cache.codePage(at: Self.code), offset: 0, mode: UInt32(truncatingIfNeeded: core.r[Slot.mode]))
      else {
        Issue.record("the first block is gone")
        return
      }
      #expect(from.pointee.chain0?.isValid == true)
    }

    @Test("An exit is linked to where it leads, not to where the core was sent meanwhile")
    func linkedWhereItLeads() {
      let bench = CPUBench(rules: Self.eager)
      bench.put([A64.add(0, 0, 1), A64.b(0xfc)], at: Self.code)
      bench.put([A64.add(1, 1, 1), A64.b(-0x104)], at: Self.code + 0x100)
      for _ in 0..<10 {
        // The slice ends at the exit; then a debugger moves the core.
        bench.core.pc = Self.code
        bench.run(2)
      }
      #expect(bench.core.pc == Self.code + 0x100)
      #expect(bench.core[x: 0] == 10)
      #expect(bench.core[x: 1] == 0)
    }
  }
#endif
