#if os(Linux) && arch(x86_64)
  import TestSupport
  import Testing

  @testable import CPU

  /// Loops of several blocks are compiled as one, and differ from single blocks in nothing but speed.
  @Suite("Traces")
  struct HostTraceTests {
    private static let code: UInt64 = 0x10_0000

    private static func bench(_ engine: ExecutionEngine, translated: Bool = false) -> CPUBench {
      let bench = CPUBench(isTranslated: translated, rules: TranslationRules(engine: engine, threshold: 1))
      if translated { bench.core.enter(level: 1) }
      bench.core.pc = code
      return bench
    }

    private static func traces(_ bench: CPUBench) -> Int { bench.cluster.cache.host?.traceCount ?? 0 }

    /// Counts in X0, adds three to X1 in odd rounds, and counts X2 down.
    private static let loop: [UInt32] = [
      A64.add(0, 0, 1), 0x3600_0040, A64.add(1, 1, 3), A64.subs(2, 2, 1), 0x54ff_ff81, A64.b(0),
    ]

    private static func state(_ bench: CPUBench) -> [UInt64] {
      (0..<8).map { bench.core[x: $0] } + [bench.core.pc, UInt64(bench.core.flags)]
    }

    @Test("A slice ends at its budget, whichever way the loop goes", arguments: 1...40)
    func budget(slice: Int) {
      let (host, reference) = (Self.bench(.hostCode), Self.bench(.interpreter))
      for bench in [host, reference] {
        bench.put(Self.loop, at: Self.code)
        bench.core[x: 2] = 400
      }
      for _ in 0..<(2000 / slice) {
        #expect(host.run(slice) == reference.run(slice))
        #expect(Self.state(host) == Self.state(reference))
      }
      // In shorter slices nothing is linked.
      if slice > 6 { #expect(Self.traces(host) == 1) }
    }

    @Test("Code that changes leaves the trace at its next block", arguments: [0, 8, 12])
    func changed(offset: UInt64) {
      let (host, reference) = (Self.bench(.hostCode), Self.bench(.interpreter))
      for bench in [host, reference] {
        bench.put(Self.loop, at: Self.code)
        bench.core[x: 2] = 100_000
      }
      for round in 0..<6 {
        #expect(host.run(333) == reference.run(333))
        #expect(Self.state(host) == Self.state(reference))
        if round == 0 { #expect(Self.traces(host) == 1) }
        let register = offset == 12 ? 2 : Int(offset / 8)
        let word = offset == 12 ? A64.subs(register, register, round + 1) : A64.add(register, register, round + 5)
        for bench in [host, reference] { bench.put([word], at: Self.code + offset) }
      }
      #expect(Self.traces(host) > 1)
    }

    @Test("A trace that writes its own next block sees what it wrote")
    func rewriting() {
      // X4 is stored over the instruction behind the branch, which adds X5 to X1, and is next round's other.
      let loop: [UInt32] = [
        A64.add(0, 0, 1), A64.str(4, 3, size: 2), 0x3600_0040, A64.addRegister(1, 1, 5), A64.subs(2, 2, 1),
        0x54ff_ff61, A64.b(0),
      ]
      let (host, reference) = (Self.bench(.hostCode, translated: true), Self.bench(.interpreter, translated: true))
      for bench in [host, reference] {
        bench.put(loop, at: Self.code)
        bench.core[x: 2] = 100_000
        bench.core[x: 3] = 0x20_0000
        bench.core[x: 4] = UInt64(A64.addRegister(1, 1, 6))
        bench.core[x: 5] = 3
        bench.core[x: 6] = 1000
      }
      for round in 0..<8 {
        if round == 4 { for bench in [host, reference] { bench.core[x: 3] = Self.code + 12 } }
        #expect(host.run(301) == reference.run(301))
        #expect(Self.state(host) == Self.state(reference))
      }
      #expect(Self.traces(host) > 0)
    }

    @Test("Vector registers and flags survive every way out of a trace", arguments: 1...30)
    func vectors(slice: Int) {
      // fadd d0, d0, d1; fcmp d0, d2; b.mi +8; fsub d0, d0, d3; add x1; subs x2; b.ne back
      let loop: [UInt32] = [
        0x1e61_2800, 0x1e62_2000, 0x5400_0064, 0x1e63_3800, A64.add(1, 1, 1), A64.subs(2, 2, 1), 0x54ff_ff41, A64.b(0),
      ]
      let (host, reference) = (Self.bench(.hostCode), Self.bench(.interpreter))
      for bench in [host, reference] {
        bench.put(loop, at: Self.code)
        bench.core[x: 2] = 1000
        for (number, value) in [(0, 0.0), (1, 0.7), (2, 10), (3, 9.5)] {
          bench.core.r[Slot.v0 + number * 2] = value.bitPattern
        }
      }
      for _ in 0..<(3000 / slice) {
        #expect(host.run(slice) == reference.run(slice))
        #expect(Self.state(host) == Self.state(reference))
        #expect(host.core.r[Slot.v0] == reference.core.r[Slot.v0])
        #expect(host.core.r[Slot.fpsr] == reference.core.r[Slot.fpsr])
      }
      if slice > 6 { #expect(Self.traces(host) == 1) }
    }
  }
#endif
