import Fabric
import TestSupport
import Testing

@testable import CPU

/// Software step while instructions execute (Arm DDI 0487, D2.12).
@Suite("Software step of executed instructions")
struct StepExecutionTests {
  /// EL1 that steps itself: KDE, SS, debug exceptions enabled, PSTATE.SS set.
  private func bench() -> CPUBench {
    let bench = CPUBench()
    let core = bench.core
    core.enter(level: 1)
    core.set(.vbarEL1, 0x8000)
    core.set(.osLock, 0)
    core.set(.mdscrEL1, 1 << 13 | 1)
    core.r[Slot.daif] = 0
    core.r[Slot.softwareStep] = 1
    core.didLoadState()
    core.contextDidChange()
    return bench
  }

  @Test("An instruction that masks debug exceptions was stepped: PSTATE.SS is 0 behind it")
  func masking() {
    let bench = bench()
    let core = bench.core
    core.r[Slot.x0] = 0x3c0
    bench.put([0xd51b_4220, 0xd420_0020], at: 0x1_0000)  // msr daif, x0; brk #1
    core.pc = 0x1_0000
    bench.run(2)
    #expect(core.get(.esrEL1) >> 26 == 0x3c)
    #expect(core.get(.elrEL1) == 0x1_0004)
    #expect(core.get(.spsrEL1) & (1 << 21) == 0)
  }

  @Test(
    "A pending step comes before a misaligned PC, and before a fetch that fails",
    arguments: [0x1_0002, 1 << 50])
  func beforeFetch(target: UInt64) {
    let bench = bench()
    let core = bench.core
    core.r[Slot.x0] = target
    bench.put([0xd61f_0000], at: 0x1_0000)  // br x0
    // The exception costs no instruction: the second one is the handler's.
    bench.put([A64.nop], at: 0x8200)
    core.pc = 0x1_0000
    bench.run(2)
    #expect(core.get(.esrEL1) == 0x33 << 26 | 1 << 25 | 1 << 24 | 0b100010)
    #expect(core.get(.elrEL1) == target)
  }
}
