import Fabric
import MMU
import Testing

@testable import CPU

@Suite("Self-hosted debug")
struct DebugTests {
  /// Debug unlocked, MDSCR_EL1 as given.
  private func bench(_ status: UInt64) throws -> SystemBench {
    let bench = try SystemBench()
    try bench.write("OSLAR_EL1", 0)
    bench.enter(1)
    try bench.write("MDSCR_EL1", status)
    return bench
  }

  @Test("OSLAR_EL1 and OSLSR_EL1: locked at reset, OSLM = 0b10")
  func osLock() throws {
    let bench = try SystemBench()
    #expect(try bench.read("OSLSR_EL1") == 0xa)
    try bench.write("OSLAR_EL1", 0)
    #expect(try bench.read("OSLSR_EL1") == 8)
    try bench.write("OSLAR_EL1", 1)
    #expect(try bench.read("OSLSR_EL1") == 0xa)
  }

  @Test("Claim tags set and clear")
  func claim() throws {
    let bench = try SystemBench()
    #expect(try bench.read("DBGCLAIMSET_EL1") == 0xff)
    try bench.write("DBGCLAIMSET_EL1", 0x35)
    try bench.write("DBGCLAIMCLR_EL1", 0x11)
    #expect(try bench.read("DBGCLAIMCLR_EL1") == 0x24)
  }

  @Test("A kernel steps user code: return with SS, one instruction, Software Step exception at EL1")
  func stepUser() throws {
    let bench = try bench(1)
    let core = bench.core
    core[.spsrEL1] = 1 << 21
    core[.elrEL1] = 0x8000
    #expect(core.exceptionReturn())
    #expect(core.r[Slot.mode] & BlockMode.softwareStep != 0)
    #expect(core.r[Slot.softwareStep] == 1)
    #expect(!core.takesPendingStep() && !core.takesBreakpoint())
    core.advanceSoftwareStep()
    core.r[Slot.pc] = 0x8004
    #expect(core.takesPendingStep() || core.takesBreakpoint())
    #expect(core.level == 1)
    #expect(core[.esrEL1] == 0x32 << 26 | 1 << 25 | 1 << 24 | 0b100010)
    #expect(core[.elrEL1] == 0x8004)
    #expect(core.r[Slot.mode] & BlockMode.softwareStep == 0)
  }

  @Test("The syndrome of a step: ISV = 0 when nothing was stepped, EX after a Load-Exclusive")
  func stepSyndrome() throws {
    let bench = try bench(1)
    let core = bench.core
    core[.spsrEL1] = 0
    #expect(core.exceptionReturn())
    #expect(core.takesPendingStep() || core.takesBreakpoint())
    #expect(core[.esrEL1] == 0x32 << 26 | 1 << 25 | 0b100010)
    core[.spsrEL1] = 1 << 21
    #expect(core.exceptionReturn())
    #expect(!core.takesPendingStep() && !core.takesBreakpoint())
    core.steppedWord = 0x885f_7c00  // ldxr w0, [x0]
    core.advanceSoftwareStep()
    #expect(core.takesPendingStep() || core.takesBreakpoint())
    #expect(core[.esrEL1] == 0x32 << 26 | 1 << 25 | 1 << 24 | 1 << 6 | 0b100010)
  }

  @Test("A stepped SVC saves SS = 0; a stepped instruction that faults saves SS = 1")
  func stepWithException() throws {
    let bench = try bench(1)
    let core = bench.core
    core[.spsrEL1] = 1 << 21
    #expect(core.exceptionReturn())
    core.supervisorCall(0)
    #expect(core[.spsrEL1] & 1 << 21 == 0)
    core[.spsrEL1] = 1 << 21
    #expect(core.exceptionReturn())
    core.undefinedInstruction()
    #expect(core[.spsrEL1] & 1 << 21 != 0)
    #expect(core.r[Slot.softwareStep] == 0)
  }

  /// Level, MDSCR_EL1.KDE, PSTATE.D, MDCR_EL2.TDE, whether debug exceptions are generated (D2.3).
  @Test(
    "Debug exceptions are generated below ELd, and at ELd with KDE and PSTATE.D = 0",
    arguments: [
      (0, false, true, false, true), (1, false, false, false, false), (1, true, false, false, true),
      (1, true, true, false, false), (2, true, false, false, false), (1, false, true, true, true),
      (2, false, false, true, false), (2, true, false, true, true), (2, true, true, true, false),
      (3, true, false, true, false),
    ] as [(Int, Bool, Bool, Bool, Bool)])
  func enabled(level: Int, kde: Bool, masked: Bool, tde: Bool, generated: Bool) throws {
    let bench = try bench(kde ? 1 << 13 : 0)
    if tde { bench.set(.mdcrEL2, 1 << 8) }
    bench.enter(level, masks: masked ? 1 << 9 : 0)
    #expect(bench.core.generatesDebugExceptions == generated)
    try bench.write("OSLAR_EL1", 1)
    bench.core[.osLock] = 1
    #expect(!bench.core.generatesDebugExceptions)
  }

  @Test("A breakpoint on an address at EL0")
  func addressBreakpoint() throws {
    let bench = try bench(1 << 15)
    // E, PMC = EL0, BAS = 1111.
    try bench.write("DBGBCR2_EL1", 1 | 2 << 1 | 0xf << 5)
    try bench.write("DBGBVR2_EL1", 0x40_0100)
    bench.enter(1)
    #expect(!bench.core.breakpointMatches(0x40_0100))
    bench.enter(0, pc: 0x40_0100)
    #expect(bench.core.r[Slot.mode] & BlockMode.breakpoints != 0)
    #expect(!bench.core.breakpointMatches(0x40_0104))
    #expect(bench.core.takesBreakpoint())
    #expect(bench.core[.esrEL1] == 0x30 << 26 | 1 << 25 | 0b100010)
    #expect(bench.core[.elrEL1] == 0x40_0100)
    bench.clear(.mdscrEL1, 1 << 15)
    bench.enter(0)
    #expect(!bench.core.breakpointMatches(0x40_0100))
  }

  @Test("A linked breakpoint also needs its context to match")
  func linkedBreakpoint() throws {
    let bench = try bench(1 << 15)
    // Breakpoint 0: linked address match with 5; 5: linked Context ID match.
    try bench.write("DBGBCR0_EL1", 1 | 2 << 1 | 0xf << 5 | 5 << 16 | 1 << 20)
    try bench.write("DBGBVR0_EL1", 0x8000)
    try bench.write("DBGBCR5_EL1", 1 | 2 << 1 | 0xf << 5 | 3 << 20)
    try bench.write("DBGBVR5_EL1", 0x1235)
    try bench.write("CONTEXTIDR_EL1", 0x1234)
    bench.enter(0)
    #expect(!bench.core.breakpointMatches(0x8000))
    bench.core[.contextidrEL1] = 0x1235
    #expect(bench.core.breakpointMatches(0x8000))
    #expect(!bench.core.breakpointMatches(0x9000))
  }

  @Test("DC ZVA is a store of its whole block to a watchpoint")
  func watchedZeroing() throws {
    let bench = try bench(1 << 15)
    bench.mapIdentity()
    bench.set(.sctlrEL1, 1 << 14)  // DZE
    // E, PAC = EL0, stores, all bytes.
    try bench.write("DBGWCR1_EL1", 1 | 2 << 1 | 2 << 3 | 0xff << 5)
    try bench.write("DBGWVR1_EL1", 0x2_0020)
    bench.enter(0)
    let zero = try bench.encoding("DC_ZVA")
    #expect(bench.core.systemInstruction(zero, value: 0x2_0040, rt: 3))
    #expect(!bench.core.systemInstruction(zero, value: 0x2_0008, rt: 3))
    #expect(bench.core[.esrEL1] >> 26 == 0x34)
    #expect(bench.core[.esrEL1].bit(6))
  }

  /// BAS, MASK, value, access address, size, whether it is a hit.
  @Test(
    "A watchpoint selects bytes by BAS and ranges by MASK",
    arguments: [
      (0xff, 0, 0x1000, 0x1000, 8, true), (0xff, 0, 0x1000, 0x1008, 8, false),
      (0xff, 0, 0x1000, 0x0ffc, 8, true), (0x01, 0, 0x1000, 0x1001, 1, false),
      (0x02, 0, 0x1000, 0x1001, 1, true), (0xf0, 0, 0x1000, 0x1000, 4, false),
      (0xf0, 0, 0x1000, 0x1002, 4, true), (0x0f, 0, 0x1004, 0x1004, 4, true),
      (0x0f, 0, 0x1004, 0x1000, 4, false), (0xff, 12, 0x3000, 0x3fff, 1, true),
      (0xff, 12, 0x3000, 0x4000, 4, false),
    ] as [(UInt64, UInt64, UInt64, UInt64, UInt64, Bool)])
  func watchpoint(bas: UInt64, mask: UInt64, value: UInt64, address: UInt64, size: UInt64, hit: Bool) throws {
    let bench = try bench(1 << 15)
    // E, PAC = EL0, loads and stores.
    try bench.write("DBGWCR1_EL1", 1 | 2 << 1 | 3 << 3 | bas << 5 | mask << 24)
    try bench.write("DBGWVR1_EL1", value)
    bench.enter(0)
    #expect(bench.core.hasWatchpoints)
    #expect(bench.core.r[Slot.dataContext] == TLBLayout.contextMask, "no TLB entry can match")
    #expect(bench.core.watchpointHit(address: address, size: size, isWrite: true) == hit)
    if hit {
      #expect(bench.core[.esrEL1] == 0x34 << 26 | 1 << 25 | 1 << 6 | 0b100010)
      #expect(bench.core[.farEL1] == address)
      #expect(bench.core.r[Slot.dataContext] != TLBLayout.contextMask)
    }
  }

  @Test("A watchpoint of loads ignores stores, and LDTR counts as EL0")
  func watchpointKinds() throws {
    let bench = try bench(1 << 15 | 1 << 13)
    try bench.write("DBGWCR0_EL1", 1 | 2 << 1 | 1 << 3 | 0xff << 5)
    try bench.write("DBGWVR0_EL1", 0x1000)
    bench.enter(1)
    #expect(!bench.core.watchpointHit(address: 0x1000, size: 4, isWrite: false))
    #expect(!bench.core.watchpointHit(address: 0x1000, size: 4, isWrite: true, isUnprivileged: true))
    #expect(bench.core.watchpointHit(address: 0x1000, size: 4, isWrite: false, isUnprivileged: true))
    // Taken at EL1 from EL1.
    #expect(bench.exceptionClass == 0x35)
  }
}

@Suite("Performance monitors")
struct PerformanceMonitorTests {
  @Test("PMCR_EL0: six counters, Cortex-A72; N shows HPMN to EL1")
  func control() throws {
    let bench = try SystemBench()
    #expect(try bench.read("PMCR_EL0") == 0x4102_3000)
    try bench.write("MDCR_EL2", 4)
    bench.enter(1)
    #expect(try bench.read("PMCR_EL0") == 0x4102_2000)
  }

  @Test("The cycle counter and INST_RETIRED advance with the core's time, SW_INCR by PMSWINC")
  func counting() throws {
    let bench = try SystemBench()
    bench.enter(1)
    try bench.write("PMEVTYPER0_EL0", 0x08)
    try bench.write("PMEVTYPER1_EL0", 0x00)
    try bench.write("PMEVTYPER2_EL0", 0x03)
    try bench.write("PMCNTENSET_EL0", 1 << 31 | 7)
    try bench.write("PMCR_EL0", 1)
    bench.time.advance(to: 1000)
    try bench.write("PMSWINC_EL0", 2)
    #expect(try bench.read("PMCCNTR_EL0") == 1000)
    #expect(try bench.read("PMEVCNTR0_EL0") == 1000)
    #expect(try bench.read("PMEVCNTR1_EL0") == 1)
    #expect(try bench.read("PMEVCNTR2_EL0") == 0, "cache refills are not modelled")
    try bench.write("PMCR_EL0", 0)
    bench.time.advance(to: 2000)
    #expect(try bench.read("PMCCNTR_EL0") == 1000)
    try bench.write("PMCR_EL0", 6)
    #expect(try bench.read("PMCCNTR_EL0") == 0)
    #expect(try bench.read("PMEVCNTR0_EL0") == 0)
  }

  @Test("PMEVTYPER filters by level")
  func filtering() throws {
    let bench = try SystemBench()
    bench.enter(1)
    // P: not at EL1.
    try bench.write("PMCCFILTR_EL0", 1 << 31)
    try bench.write("PMCNTENSET_EL0", 1 << 31)
    try bench.write("PMCR_EL0", 1)
    bench.time.advance(to: 1000)
    bench.core[.spsrEL1] = 0
    #expect(bench.core.exceptionReturn())
    bench.time.advance(to: 1500)
    bench.core.supervisorCall(0)
    bench.time.advance(to: 9000)
    #expect(try bench.read("PMCCNTR_EL0") == 500)
  }

  @Test("Nothing is counted while the core waits")
  func waiting() throws {
    let bench = try SystemBench()
    bench.enter(1, masks: 0x3c0)
    try bench.write("PMCNTENSET_EL0", 1 << 31)
    try bench.write("PMCR_EL0", 1)
    bench.time.advance(to: 100)
    #expect(bench.core.waitForInterrupt())
    bench.time.advance(to: 5000)
    bench.core.setInterrupt(.irq, level: true)
    #expect(bench.core.wakeIfNeeded())
    bench.time.advance(to: 5050)
    #expect(try bench.read("PMCCNTR_EL0") == 150)
  }

  @Test("An overflow sets PMOVS and, with its interrupt enabled, the line")
  func overflow() throws {
    let bench = try SystemBench()
    bench.enter(1)
    try bench.write("PMEVTYPER3_EL0", 0x11)
    try bench.write("PMEVCNTR3_EL0", 0xffff_ff00)
    try bench.write("PMINTENSET_EL1", 8)
    try bench.write("PMCNTENSET_EL0", 8)
    try bench.write("PMCR_EL0", 1)
    bench.time.advance(to: 255)
    #expect(!bench.core.performanceMonitorLine.level)
    bench.time.advance(to: 256)
    #expect(bench.core.performanceMonitorLine.level)
    #expect(try bench.read("PMOVSSET_EL0") == 8)
    try bench.write("PMOVSCLR_EL0", 8)
    #expect(!bench.core.performanceMonitorLine.level)
  }
}
