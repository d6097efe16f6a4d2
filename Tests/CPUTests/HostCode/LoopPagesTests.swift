#if os(Linux) && arch(x86_64)
  import MMU
  import TestSupport
  import Testing

  @testable import CPU

  /// Loops that remember the pages of their loads and stores, and compare again rather than keep flags, do what the
  /// interpreter does, whatever happens to those pages meanwhile.
  @Suite("Pages that loops remember")
  struct LoopPagesTests {
    private static let code: UInt64 = 0x10_0000
    private static let data: UInt64 = 0x80_0000

    /// The same machine in host code and in the interpreter.
    struct Pair {
      let host: CPUBench
      let reference: CPUBench
      var both: [CPUBench] { [host, reference] }

      init(_ loop: [UInt32], cores: Int = 1, level: Int = 1) {
        host = CPUBench(cores: cores, isTranslated: true, rules: TranslationRules(engine: .hostCode, threshold: 1))
        reference = CPUBench(cores: cores, isTranslated: true, rules: TranslationRules(engine: .interpreter))
        for bench in both {
          bench.put(loop, at: LoopPagesTests.code)
          // Exceptions of EL1 and of EL0 stop at their vectors.
          for vector: UInt64 in [0x200, 0x400] { bench.put([A64.b(0)], at: vector) }
          for core in bench.cluster.cores {
            core.enter(level: level)
            core.pc = LoopPagesTests.code
          }
          for word in UInt64(0)..<2048 { bench.write(word &* 0x9e37_79b9, at: LoopPagesTests.data + word * 8) }
        }
      }

      /// Sets registers of both.
      func set(_ values: [Int: UInt64], core: Int = 0) {
        for bench in both { for (number, value) in values { bench.cluster.cores[core][x: number] = value } }
      }

      /// Runs both, which then do not differ.
      func run(_ count: Int, core: Int = 0) {
        #expect(host.run(count, core: core) == reference.run(count, core: core))
        #expect(state(host, core) == state(reference, core))
      }

      private func state(_ bench: CPUBench, _ index: Int) -> [UInt64] {
        let core = bench.cluster.cores[index]
        return (0..<31).map { core[x: $0] } + [
          core.pc, core.flags, core.r[Slot.currentEL], core.r[Slot.exclusive], core.get(.esrEL1), core.get(.farEL1),
          core.get(.elrEL1), core.get(.spsrEL1),
        ]
      }

      /// How many pages the first core's loop has in mind.
      var remembered: Int {
        (0..<TLBLayout.pageCount).count { host.core.r[HostSlot.pageLimits + $0] != 0 }
      }
    }

    /// Copies X2 words from X0 to X1: the count first, as compilers do.
    private static func copy(_ subtraction: UInt32, condition: UInt32) -> [UInt32] {
      [
        subtraction, A64.ldr(3, 0), A64.str(3, 1), A64.add(0, 0, 8), A64.add(1, 1, 8),
        0x5400_0000 | UInt32(bitPattern: -5) << 5 & 0xff_ffe0 | condition, A64.b(0),
      ]
    }

    @Test("Copies over pages and unaligned addresses", arguments: [0, 1, 4, 4089, 4092, 4095])
    func copies(offset: UInt64) {
      for slice in [7, 50, 333] {
        let pair = Pair(Self.copy(A64.subs(2, 2, 1), condition: 1))
        pair.set([0: Self.data + offset, 1: Self.data + 0x8000 - offset, 2: 1500])
        for _ in 0..<(6000 / slice) { pair.run(slice) }
        if slice == 333 { #expect(pair.remembered == 2) }
        for word in UInt64(0)..<1500 {
          let address = Self.data + 0x8000 - offset + word * 8
          #expect(pair.host.read(1, at: address) == pair.reference.read(1, at: address))
        }
      }
    }

    /// Pages that are neighbours for the guest and none in memory.
    private static func scatter(_ pair: Pair) {
      for bench in pair.both {
        for page in UInt64(0)..<16 {
          let address = data + page * 0x1000
          bench.map(address..<address + 0x1000, as: CPUBench.Page.user, to: data + (page * 5 & 15) * 0x1000)
        }
      }
    }

    private static func expectSameMemory(_ pair: Pair) {
      for word in UInt64(0)..<0x2000 {
        let address = data + word * 8
        #expect(pair.host.read(at: address) == pair.reference.read(at: address))
      }
    }

    /// Loads and stores of every size: from X0 to X1.
    private static let accesses: [[UInt32]] = [
      [A64.ldr(3, 0, size: 0), A64.str(3, 1, size: 0)], [A64.ldr(3, 0, size: 1), A64.str(3, 1, size: 1)],
      [A64.ldr(3, 0, size: 2), A64.str(3, 1, size: 2)], [A64.ldr(3, 0), A64.str(3, 1)],
      [A64.ldur(3, 0, -5), A64.stur(3, 1, 9)], [0xa940_1003, 0xa900_1023], [0x2940_1003, 0x2900_1023],
      [A64.ldrV(3, 0, size: 4), A64.strV(3, 1, size: 4)], [A64.ldpV(3, 4, 0, size: 4), A64.stpV(3, 4, 1, size: 4)],
      [A64.ldtr(3, 0), A64.sttr(3, 1)],
    ]

    @Test("An access that begins before a remembered page is none to it", arguments: accesses, [1, 8, 31])
    func crossing(access: [UInt32], step: Int) {
      for isDescending in [true, false] {
        for (from, to) in [(3, 5), (4095, 4090), (16, 4088)] as [(UInt64, UInt64)] {
          let move = UInt32(isDescending ? 0x4000_0000 : 0)
          let pair = Pair(access + [
            A64.add(0, 0, step) | move, A64.add(1, 1, step) | move, A64.subs(2, 2, 1), 0x54ff_ff61, A64.b(0),
          ])
          Self.scatter(pair)
          pair.set([0: Self.data + 0x4000 + from, 1: Self.data + 0xa000 + to, 2: UInt64(0x3000 / step)])
          for _ in 0..<3 { pair.run(0x6000 * 2 / step) }
          Self.expectSameMemory(pair)
        }
      }
    }

    @Test("The stack's page is not the one before it", arguments: [0, 8, 16, 4080])
    func stack(offset: UInt64) {
      // ldr x1, [sp]; ldur x2, [sp, #-4]; stur x1, [sp, #-3]; ldp x3, x4, [sp, #-8]; stp x1, x2, [sp, #8];
      // add x5, x5, x2; add x5, x5, x3; b back
      let code: [UInt32] = [
        A64.ldr(1, 31), A64.ldur(2, 31, -4), A64.stur(1, 31, -3), 0xa97f_93e3, 0xa900_8be1,
        A64.addRegister(5, 5, 2), A64.addRegister(5, 5, 3), A64.b(-28),
      ]
      let pair = Pair(code)
      Self.scatter(pair)
      for page in UInt64(1)..<12 {
        for bench in pair.both { bench.core.sp = Self.data + page * 0x1000 + offset }
        pair.run(100)
      }
      Self.expectSameMemory(pair)
      // The lowest page of memory has nothing before it.
      for bench in pair.both {
        bench.map(0x20_1000..<0x20_2000, as: CPUBench.Page.user, to: 0)
        bench.core.sp = 0x20_1000
      }
      pair.run(100)
    }

    /// subs x2, x2, #1; subs w2, w2, #1; cmp x2, #700; subs x4, x2, x5; subs x2, x2, #4095.
    private static let subtractions: [UInt32] = [
      A64.subs(2, 2, 1), 0x7100_0442, 0xf10a_f05f, 0xeb05_0044, A64.subs(2, 2, 4095),
    ]

    @Test("A fault in the loop finds the flags", arguments: subtractions, [0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13] as [UInt32])
    func flags(subtraction: UInt32, condition: UInt32) {
      for absent: UInt64 in [0x1000, 0x9000] {
        let pair = Pair(Self.copy(subtraction, condition: condition))
        for bench in pair.both { bench.map(Self.data + absent..<Self.data + absent + 0x1000, as: CPUBench.Page.absent) }
        // Counts that make the condition hold for a while, from several sides.
        for count: UInt64 in [900, 0x8000_0100, 1 << 63, ~0, 1 << 63 + 200] {
          for bench in pair.both {
            bench.core.enter(level: 1)
            bench.core.pc = Self.code
          }
          pair.set([0: Self.data, 1: Self.data + 0x8000, 2: count, 5: count &- 17])
          for _ in 0..<20 { pair.run(211) }
        }
      }
    }

    @Test("Another core takes the page away, or gives another")
    func remapping() {
      let pair = Pair(Self.copy(A64.subs(2, 2, 1), condition: 1), cores: 2)
      // X0 and X1 stay: the same word again and again.
      for bench in pair.both {
        bench.put([0xd503_201f, 0xd503_201f], at: Self.code + 12)
        // tlbi vmalle1is; dsb ish; b .
        bench.put([0xd508_831f, 0xd503_3b9f, A64.b(0)], at: Self.code + 0x1000)
        bench.cluster.cores[1].pc = Self.code + 0x1000
      }
      pair.set([0: Self.data, 1: Self.data + 0x8000, 2: 1 << 40])
      let table = CPUBench.ramSize - (1 << 20) + 0x2000
      for round in UInt64(0)..<4 {
        pair.run(500)
        #expect(pair.remembered == 2)
        let page = round == 3 ? 0 : CPUBench.Page.user | (Self.data + (round + 1) * 0x1000)
        for bench in pair.both {
          bench.write(page, at: table + (Self.data >> 12) * 8)
          bench.cluster.cores[1].pc = Self.code + 0x1000
        }
        pair.run(5, core: 1)
        pair.run(500)
        if round < 3 { #expect(pair.host.core[x: 3] == (round + 1) * 512 &* 0x9e37_79b9) }
      }
      #expect(pair.host.core.exceptionClass() == 0x25)
    }

    @Test("A page that becomes code has its stores seen")
    func becomesCode() {
      let pair = Pair(Self.copy(A64.subs(2, 2, 1), condition: 1), cores: 2)
      for bench in pair.both {
        bench.put([0xd503_201f, 0xd503_201f], at: Self.code + 12)
        bench.map(0x30_0000..<0x30_1000, as: CPUBench.Page.kernel)
        bench.put([A64.add(7, 7, 1), A64.add(8, 8, 1), A64.b(-8)], at: 0x30_0000)
        bench.cluster.cores[1].pc = 0x30_0000
      }
      pair.set([0: Self.data, 1: 0x30_0000, 2: 1 << 40])
      for round in 0..<6 {
        let words = UInt64(A64.add(7, 7, round * 3 + 1)) | UInt64(A64.add(8, 8, round)) << 32
        for bench in pair.both { bench.write(words, at: Self.data) }
        pair.run(100)
        pair.run(100, core: 1)
        pair.run(100)
        pair.run(100, core: 1)
      }
    }

    @Test("What EL1 may read, EL0 may not, nor LDTR")
    func rights() {
      // ldr x3, [x0]; ldtr x4, [x0]; subs; b.ne
      let pair = Pair([A64.ldr(3, 0), A64.subs(2, 2, 1), 0x54ff_ffc1, A64.ldtr(4, 0), A64.b(0)])
      for bench in pair.both { bench.map(Self.data..<Self.data + 0x1000, as: CPUBench.Page.kernel) }
      pair.set([0: Self.data, 2: 200])
      pair.run(601)
      #expect(pair.host.core.exceptionClass() == 0x25)

      let other = Pair([A64.ldr(3, 0), A64.subs(2, 2, 1), 0x54ff_ffc1, A64.b(0)])
      for bench in other.both {
        bench.map(Self.data..<Self.data + 0x1000, as: CPUBench.Page.kernel)
        bench.map(Self.code..<Self.code + 0x1000, as: CPUBench.Page.userReadOnly)
      }
      other.set([0: Self.data, 2: 1 << 40])
      other.run(600)
      for bench in other.both {
        bench.core.enter(level: 0)
        bench.core.pc = Self.code
      }
      other.run(10)
      #expect(other.host.core.exceptionClass() == 0x24)
    }

    @Test("LDTR and STTR in a loop, up to a page of the kernel's")
    func unprivileged() {
      var loop = Self.copy(A64.subs(2, 2, 1), condition: 1)
      loop[1] = A64.ldtr(3, 0)
      loop[2] = A64.sttr(3, 1)
      for absent: UInt64 in [0x2000, 0x9000] {
        let pair = Pair(loop)
        let page = Self.data + absent
        for bench in pair.both { bench.map(page..<page + 0x1000, as: CPUBench.Page.kernel) }
        pair.set([0: Self.data + 4, 1: Self.data + 0x8000, 2: 5000])
        for _ in 0..<30 { pair.run(301) }
        #expect(pair.host.core.exceptionClass() == 0x25)
      }
    }

    @Test("Two cores count under a lock", arguments: [1, 2, 3, 5, 8, 13, 97])
    func lock(slice: Int) {
      // 1: ldxr w3, [x0]; cbnz w3, 1b; stxr w4, w5, [x0]; cbnz w4, 1b; ldr; add; str x6, [x1]; stlr wzr, [x0]; b 1b
      let loop: [UInt32] = [
        A64.ldxr(3, 0, size: 2), 0x35ff_ffe3, A64.stxr(4, 5, 0, size: 2), 0x35ff_ffa4, A64.ldr(6, 1), A64.add(6, 6, 1),
        A64.str(6, 1), A64.stlr(31, 0, size: 2), A64.b(-32),
      ]
      let pair = Pair(loop, cores: 2)
      for core in 0...1 { pair.set([0: Self.data + 0x4000, 1: Self.data + 0x5000, 5: 1], core: core) }
      for bench in pair.both {
        bench.write(0, at: Self.data + 0x4000)
        bench.write(0, at: Self.data + 0x5000)
      }
      for turn in 0..<400 { pair.run(slice + turn % 7, core: turn & 1) }
      let count = pair.host.read(at: Self.data + 0x5000)
      #expect(count == pair.reference.read(at: Self.data + 0x5000) && count > 20)
      // An address that is not aligned faults, whatever is remembered.
      pair.set([0: Self.data + 0x4002])
      for _ in 0..<4 { pair.run(50) }
      #expect(pair.host.core.exceptionClass() == 0x25)
    }
  }
#endif
