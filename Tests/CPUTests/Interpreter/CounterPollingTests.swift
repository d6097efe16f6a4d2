import CPU
import Fabric
import Machine
import TestSupport
import Testing

/// The rule for delay loops (docs/time.md).
@Suite("Polling a counter", .everyEngine)
struct CounterPollingTests {
  private let bench = CPUBench(cores: 2)
  private static let code: UInt64 = 0x10_0000
  private var core: Core { bench.core }

  /// loop: mrs x0, cntvct_el0; `padding` no-operations; subs xzr, x0, x1 by way of x2; b.lo loop; b .
  private func waitLoop(padding: Int) -> [UInt32] {
    let compare: UInt32 = 0xeb01_001f  // cmp x0, x1
    let branch = UInt32(0x5400_0003) | UInt32((-(padding + 2)) & 0x7ffff) << 5
    return [A64.mrsCounter(0)] + [UInt32](repeating: A64.nop, count: padding) + [compare, branch, A64.b(0)]
  }

  /// Waits `ns` in a loop; returns the instructions retired and the time when it ended.
  /// The other core waits for an interrupt or, `besideWork`, runs all the time.
  private func wait(
    _ ns: UInt64, padding: Int, besideWork: Bool = false
  ) -> (retired: UInt64, ended: UInt64) {
    // 54 MHz: a tick is 18.5 ns.
    core[x: 1] = ns * 54 / 1000
    bench.put(waitLoop(padding: padding), at: Self.code)
    core.pc = Self.code
    core.enter(level: 1)
    let end = Self.code + UInt64(padding + 3) * 4
    let loop = RunLoop(cluster: bench.cluster, time: bench.time, quantum: 1000)
    bench.cluster.cores[1].pc = Self.code + 0x1000
    bench.put([besideWork ? A64.nop : A64.wfi, A64.b(0)], at: Self.code + 0x1000)
    while core.pc != end && bench.time.now < ns * 2 + 1_000_000 {
      _ = loop.run(until: bench.time.now + 10_000) { false }
    }
    // What the loop saw last.
    return (core.retiredInstructions, core[x: 0] * 1000 / 54)
  }

  @Test("A long wait costs few instructions and is overshot by a sixteenth at most", arguments: [
    1_000_000, 100_000_000, 3_000_000_000,
  ] as [UInt64])
  func longWait(ns: UInt64) {
    let (retired, ended) = wait(ns, padding: 0)
    #expect(ended + 20 >= ns)
    #expect(ended <= ns + ns / 16 + 2000)
    // What is left of the last step is executed behind the loop.
    #expect(retired < 20_000)
  }

  @Test("Each of many short waits, one after the other, is a wait of its own")
  func manyWaits() {
    // repeat x3: x1 = counter + x2; the loop; until x3 is 0.
    let words = [
      A64.mrsCounter(0), 0x8b02_0001, A64.mrsCounter(0), 0xeb01_001f, 0x54ff_ffc3, 0xf100_0463, 0x54ff_ff41,
    ]
    bench.put(words + [A64.b(0)], at: Self.code)
    core[x: 2] = 54_000
    core[x: 3] = 1000
    core.enter(level: 1)
    core.pc = Self.code
    let loop = RunLoop(cluster: bench.cluster, time: bench.time, quantum: 1000)
    bench.cluster.cores[1].pc = Self.code + 0x1000
    bench.put([A64.wfi, A64.b(0)], at: Self.code + 0x1000)
    while core.pc != Self.code + 28 && bench.time.now < 3_000_000_000 {
      _ = loop.run(until: bench.time.now + 100_000) { false }
    }
    #expect(core[x: 3] == 0)
    #expect(bench.time.now <= 1_000_000_000 + 1_000_000_000 / 16 + 2_000_000)
    #expect(core.retiredInstructions < 5_000_000)
  }

  @Test("Another core that works does not make it costly")
  func besideWork() {
    let (retired, ended) = wait(10_000_000, padding: 0, besideWork: true)
    #expect(ended <= 10_000_000 + 10_000_000 / 16 + 2000)
    #expect(retired < 100_000)
  }

  @Test("A short wait is executed")
  func shortWait() {
    let (retired, ended) = wait(200, padding: 10)
    #expect(ended <= 250)
    #expect(retired > 150)
  }

  @Test("Reads further apart than 64 instructions are no polling")
  func farApart() {
    let (retired, ended) = wait(1_000_000, padding: 80)
    // The core works all the time; what it executes behind the loop is part of its slice.
    #expect(ended <= 1_000_200)
    #expect(retired >= 1_000_000)
  }

  @Test("Reads at different places are no polling")
  func places() {
    // Two reads per iteration, each ends the other's run.
    let words = [A64.mrsCounter(0), A64.nop, A64.mrsCounter(2), A64.nop]
    bench.put(words + [A64.b(-16)], at: Self.code)
    core.enter(level: 1)
    core.pc = Self.code
    #expect(bench.run(10_000) == 10_000)
    #expect(core.isReady(at: bench.time.now))
  }

  @Test("An interrupt ends the rest")
  func interrupt() {
    bench.put([A64.mrsCounter(0), A64.b(-4)], at: Self.code)
    core.enter(level: 1)
    core.set(.vbarEL1, 0x40_0000)
    core.r[Slot.daif] = 0
    core.pc = Self.code
    while core.isReady(at: bench.time.now) && bench.time.now < 10_000_000 { bench.run(1000) }
    #expect(!core.isReady(at: bench.time.now))
    core.setInterrupt(.irq, level: true)
    #expect(core.isReady(at: bench.time.now))
    bench.put([A64.movz(9, 1)], at: 0x40_0280)
    bench.run(1)
    #expect(core[x: 9] == 1)
  }

  @Test("A masked interrupt does not")
  func maskedInterrupt() {
    bench.put([A64.mrsCounter(0), A64.b(-4)], at: Self.code)
    core.enter(level: 1)
    core.pc = Self.code
    while core.isReady(at: bench.time.now) && bench.time.now < 10_000_000 { bench.run(1000) }
    core.setInterrupt(.irq, level: true)
    #expect(!core.isReady(at: bench.time.now))
  }
}
