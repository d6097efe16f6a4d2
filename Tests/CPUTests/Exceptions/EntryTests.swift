import Fabric
import MMU
import Testing

@testable import CPU

@Suite("Exception entry")
struct EntryTests {
  /// Where from, PSTATE.SP there, where to, and the offset that Arm DDI 0487, D1.10.2 gives.
  static let offsets: [(source: Int, selection: UInt64, target: Int, offset: UInt64)] = [
    (0, 0, 1, 0x400), (0, 0, 2, 0x400), (0, 0, 3, 0x400), (1, 0, 1, 0x000), (1, 1, 1, 0x200),
    (1, 1, 2, 0x400), (1, 0, 3, 0x400), (2, 0, 2, 0x000), (2, 1, 2, 0x200), (2, 1, 3, 0x400),
    (3, 0, 3, 0x000), (3, 1, 3, 0x200),
  ]
  static let vectors: [(Core.Vector, UInt64)] = [
    (.synchronous, 0), (.irq, 0x80), (.fiq, 0x100), (.sError, 0x180),
  ]

  @Test("The vector follows from where the exception comes and what it is", arguments: offsets)
  func vector(row: (source: Int, selection: UInt64, target: Int, offset: UInt64)) throws {
    for (vector, add) in Self.vectors {
      let bench = try SystemBench()
      bench.core.setBanked(.vbarEL1, row.target, 0xffff_0000_0001_0800)
      bench.enter(row.source, selection: row.selection)
      bench.core.takeException(to: row.target, vector, returnAddress: 0x1234, syndrome: nil)
      #expect(bench.core.r[Slot.pc] == 0xffff_0000_0001_0800 + row.offset + add)
      #expect(bench.core.level == row.target)
    }
  }

  @Test("SPSR holds the old PSTATE, and the new one is masked at ELxh", arguments: offsets)
  func state(row: (source: Int, selection: UInt64, target: Int, offset: UInt64)) throws {
    let bench = try SystemBench()
    let core = bench.core
    bench.enter(row.source, selection: row.selection, masks: 0x140)
    core.r.setNZCV(0xa000_0000)
    core.r[Slot.illegal] = 1
    core.r[Slot.softwareStep] = 1
    core.takeException(
      to: row.target, .synchronous, returnAddress: 0xabc0, syndrome: 0x5600_0000, faultAddress: 7)
    // N, C; SS bit 21; IL bit 20; A and F; M.
    let mode = UInt64(row.source) << 2 | row.selection
    #expect(core.banked(.spsrEL1, row.target) == 0xa000_0000 | 1 << 21 | 1 << 20 | 0x140 | mode)
    #expect(core.banked(.elrEL1, row.target) == 0xabc0)
    #expect(core.banked(.esrEL1, row.target) == 0x5600_0000)
    #expect(core.banked(.farEL1, row.target) == 7)
    #expect(core.processorState == 0xa000_0000 | 0x3c0 | UInt64(row.target) << 2 | 1)
  }

  @Test("Interrupts leave ESR and FAR alone")
  func keepsSyndrome() throws {
    let bench = try SystemBench()
    bench.core[.esrEL1] = 0x1111
    bench.core[.farEL1] = 0x2222
    bench.enter(0)
    bench.core.takeException(to: 1, .irq, returnAddress: 0, syndrome: nil)
    #expect(bench.core[.esrEL1] == 0x1111)
    #expect(bench.core[.farEL1] == 0x2222)
  }

  @Test("Stack pointers are banked by level and PSTATE.SP")
  func stackPointers() throws {
    let bench = try SystemBench()
    let core = bench.core
    for bank in 0...3 { core.setStackPointer(bank, 0x1000 * UInt64(bank + 1)) }
    bench.enter(0)
    #expect(core.r[Slot.sp] == 0x1000)
    core.r[Slot.sp] = 0x1010
    core.takeException(to: 1, .synchronous, returnAddress: 0, syndrome: 0)
    #expect(core.r[Slot.sp] == 0x2000)
    #expect(core.stackPointer(0) == 0x1010)
    core.r[Slot.sp] = 0x2020
    #expect(core.msrImmediate(field: 0b000_101, imm: 0))
    #expect(core.r[Slot.sp] == 0x1010)
    #expect(core.stackPointer(1) == 0x2020)
    core.takeException(to: 2, .synchronous, returnAddress: 0, syndrome: 0)
    #expect(core.r[Slot.sp] == 0x3000)
    core.takeException(to: 3, .synchronous, returnAddress: 0, syndrome: 0)
    #expect(core.r[Slot.sp] == 0x4000)
  }

  @Test("Cold reset: EL3h at address 0, all masked, MMU off, OS lock locked, Non-secure off")
  func reset() throws {
    let core = try SystemBench().core
    #expect(core.r[Slot.pc] == 0)
    #expect(core.processorState & 0x3cf == 0x3cd)
    #expect(core[.sctlrEL3] == 0x00c5_0838)
    #expect(core[.scrEL3] == 0x30)
    #expect(core[.osLock] == 1)
    #expect(core.r[Slot.mode] & BlockMode.levelMask == 3)
    #expect(core.waiting == .running)
  }
}

@Suite("Synchronous exceptions")
struct CauseTests {
  @Test(
    "SVC goes to EL1, to EL2 with TGE, or stays", 
    arguments: [(0, false, 1), (0, true, 2), (1, false, 1), (2, false, 2), (3, false, 3)]
      as [(Int, Bool, Int)])
  func supervisorCall(level: Int, trapGeneral: Bool, target: Int) throws {
    let bench = try SystemBench()
    if trapGeneral { bench.set(.hcrEL2, 1 << 27) }
    bench.enter(level, pc: 0x8000)
    bench.core.supervisorCall(0x1234)
    #expect(bench.core.level == target)
    #expect(bench.core.banked(.esrEL1, target) == 0x15 << 26 | 1 << 25 | 0x1234)
    #expect(bench.core.banked(.elrEL1, target) == 0x8004)
  }

  /// Level, Secure, SCR_EL3.HCE, target and class.
  @Test(
    "HVC",
    arguments: [
      (0, false, true, 1, 0), (1, false, true, 2, 0x16), (1, true, true, 1, 0), (1, false, false, 1, 0),
      (2, false, true, 2, 0x16), (2, false, false, 2, 0), (3, false, true, 3, 0x16),
    ] as [(Int, Bool, Bool, Int, UInt64)])
  func hypervisorCall(level: Int, secure: Bool, enabled: Bool, target: Int, kind: UInt64) throws {
    let bench = try SystemBench()
    bench.enter(level, secure: secure, pc: 0x8000)
    if !enabled { bench.clear(.scrEL3, 1 << 8) }
    bench.core.hypervisorCall(0xea1)
    #expect(bench.core.level == target)
    #expect(bench.exceptionClass == kind)
    #expect(bench.specific == (kind == 0 ? 0 : 0xea1))
    #expect(bench.core.banked(.elrEL1, target) == (kind == 0 ? 0x8000 : 0x8004))
  }

  /// Level, HCR_EL2.TSC, SCR_EL3.SMD, target, class and return offset.
  @Test(
    "SMC",
    arguments: [
      (0, false, false, 1, 0, 0), (1, false, false, 3, 0x17, 4), (1, true, false, 2, 0x17, 0),
      (1, true, true, 2, 0x17, 0), (1, false, true, 1, 0, 0), (2, true, false, 3, 0x17, 4),
      (2, false, true, 2, 0, 0), (3, false, false, 3, 0x17, 4), (3, false, true, 3, 0, 0),
    ] as [(Int, Bool, Bool, Int, UInt64, UInt64)])
  func secureMonitorCall(level: Int, tsc: Bool, smd: Bool, target: Int, kind: UInt64, offset: UInt64) throws {
    let bench = try SystemBench()
    if tsc { bench.set(.hcrEL2, 1 << 19) }
    if smd { bench.set(.scrEL3, 1 << 7) }
    bench.enter(level, pc: 0x8000)
    bench.core.secureMonitorCall(9)
    #expect(bench.core.level == target)
    #expect(bench.exceptionClass == kind)
    #expect(bench.core.banked(.elrEL1, target) == 0x8000 + offset)
  }

  @Test("BRK goes to EL1, to EL2 with MDCR_EL2.TDE or HCR_EL2.TGE, or stays")
  func breakpointInstruction() throws {
    let rows: [(Int, Bool, Bool, Int)] = [
      (0, false, false, 1), (0, true, false, 2), (0, false, true, 2), (1, false, false, 1),
      (1, true, false, 2), (2, false, false, 2), (3, false, false, 3),
    ]
    for (level, tde, tge, target) in rows {
      let bench = try SystemBench()
      if tde { bench.set(.mdcrEL2, 1 << 8) }
      if tge { bench.set(.hcrEL2, 1 << 27) }
      bench.enter(level, pc: 0x8000)
      bench.core.breakpointInstruction(0x800)
      #expect(bench.core.level == target)
      #expect(bench.core.banked(.esrEL1, target) == 0x3c << 26 | 1 << 25 | 0x800)
      #expect(bench.core.banked(.elrEL1, target) == 0x8000)
    }
  }

  @Test("Misaligned PC and SP, illegal state and UNDEFINED have their classes")
  func classes() throws {
    let bench = try SystemBench()
    bench.enter(1, pc: 0x8002)
    bench.core.pcAlignmentFault(0x8002)
    #expect(bench.exceptionClass == 0x22)
    #expect(bench.core[.farEL1] == 0x8002)
    #expect(bench.core[.elrEL1] == 0x8002)
    bench.enter(1)
    bench.core.spAlignmentFault()
    #expect(bench.exceptionClass == 0x26)
    bench.enter(1)
    bench.core.illegalStateException()
    #expect(bench.core[.esrEL1] == 0x0e << 26 | 1 << 25)
    bench.enter(0)
    bench.core.haltInstruction(1)
    #expect(bench.core[.esrEL1] == 1 << 25)
    bench.enter(2)
    bench.core.debugStateSwitch()
    #expect(bench.core[.esrEL2] == 1 << 25)
  }

  /// Control, level, target of the trap (nil: none), EC.
  @Test(
    "Floating point traps by CPACR_EL1.FPEN, CPTR_EL2.TFP, CPTR_EL3.TFP",
    arguments: [
      (0, 0, false, false, 1, 0x07), (1, 0, false, false, 1, 0x07), (3, 0, false, false, nil, 0),
      (0, 1, false, false, 1, 0x07), (1, 1, false, false, nil, 0), (2, 1, false, false, 1, 0x07),
      (0, 2, false, false, nil, 0), (3, 1, true, false, 2, 0x07), (3, 2, true, false, 2, 0x07),
      (0, 1, true, false, 1, 0x07), (3, 0, false, true, 3, 0x07), (0, 3, false, true, 3, 0x07),
      (0, 3, true, false, nil, 0),
    ] as [(UInt64, Int, Bool, Bool, Int?, UInt64)])
  func floatingPoint(fpen: UInt64, level: Int, el2: Bool, el3: Bool, target: Int?, kind: UInt64) throws {
    let bench = try SystemBench()
    bench.core[.cpacrEL1] = fpen << 20
    if el2 { bench.set(.cptrEL2, 1 << 10) }
    if el3 { bench.set(.cptrEL3, 1 << 10) }
    bench.enter(level)
    #expect(bench.core.isFloatingPointEnabled == (target == nil))
    #expect(bench.core.floatingPointTrap() == (target == nil))
    if let target {
      #expect(bench.core.level == target)
      #expect(bench.core.banked(.esrEL1, target) == kind << 26 | 1 << 25 | 0x1e0_0000)
    }
  }

  @Test("A floating-point trap that TGE takes to EL2 is reported as unknown")
  func floatingPointGeneral() throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, 1 << 27)
    bench.enter(0)
    #expect(!bench.core.floatingPointTrap())
    #expect(bench.core.level == 2)
    #expect(bench.exceptionClass == 0)
  }
}

@Suite("Aborts")
struct AbortTests {
  static let load = AccessSyndrome.register(7, sizeLog2: 2, signExtends: false, is64: false)

  @Test("A stage-1 fault at EL0 goes to EL1 without an instruction syndrome")
  func stageOne() throws {
    let bench = try SystemBench()
    bench.enter(0, pc: 0x8000)
    bench.core.dataAbort(
      TranslationFault(.translation, level: 3), address: 0x1_2345, isWrite: true, syndrome: Self.load)
    #expect(bench.core[.esrEL1] == 0x24 << 26 | 1 << 25 | 1 << 6 | 0b000111)
    #expect(bench.core[.farEL1] == 0x1_2345)
    #expect(bench.core[.elrEL1] == 0x8000)
  }

  @Test("A fault at the level that takes it has the class without level change")
  func sameLevel() throws {
    let bench = try SystemBench()
    bench.enter(1)
    bench.core.dataAbort(TranslationFault(.permission, level: 2), address: 8, isWrite: false, syndrome: .none)
    #expect(bench.core[.esrEL1] == 0x25 << 26 | 1 << 25 | 0b001110)
    bench.enter(2)
    bench.core.instructionAbort(TranslationFault(.accessFlag, level: 1), address: 0x9000)
    #expect(bench.core[.esrEL2] == 0x21 << 26 | 1 << 25 | 0b001001)
    #expect(bench.core[.elrEL2] == 0x9000)
    #expect(bench.core[.farEL2] == 0x9000)
  }

  @Test("A stage-2 fault goes to EL2 with HPFAR and a valid instruction syndrome")
  func stageTwo() throws {
    let bench = try SystemBench()
    bench.enter(1, pc: 0x8000)
    let fault = TranslationFault(.translation, level: 2, isStageTwo: true, ipa: 0xff84_1104)
    let syndrome = AccessSyndrome.register(31, sizeLog2: 2, signExtends: false, is64: false)
    bench.core.dataAbort(fault, address: 0xffff_0000_0000_1104, isWrite: true, syndrome: syndrome)
    #expect(bench.core.level == 2)
    // ISV, SAS = word, SRT = 31, WnR, translation fault level 2.
    #expect(bench.core[.esrEL2] == 0x24 << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 31 << 16 | 1 << 6 | 0b000110)
    #expect(bench.core[.farEL2] == 0xffff_0000_0000_1104)
    #expect(bench.core[.hpfarEL2] == 0xff_8410)
  }

  @Test("A sign-extending byte load into X4 with acquire has SSE, SF, AR")
  func syndromeBits() {
    let syndrome = AccessSyndrome.register(
      4, sizeLog2: 0, signExtends: true, is64: true, acquiresOrReleases: true)
    #expect(syndrome.rawValue == 1 << 24 | 1 << 21 | 4 << 16 | 1 << 15 | 1 << 14)
  }

  @Test("A stage-2 fault on a stage-1 walk sets S1PTW and has no instruction syndrome")
  func stageOneWalk() throws {
    let bench = try SystemBench()
    bench.enter(0)
    let fault = TranslationFault(
      .accessFlag, level: 3, isStageTwo: true, isStageOneWalk: true, ipa: 0x1_2345_6008)
    bench.core.dataAbort(fault, address: 0x7000, isWrite: false, syndrome: Self.load)
    #expect(bench.core[.esrEL2] == 0x24 << 26 | 1 << 25 | 1 << 7 | 0b001011)
    #expect(bench.core[.hpfarEL2] == 0x12_3456 << 4)
    bench.enter(1)
    bench.core.instructionAbort(fault, address: 0x9000)
    #expect(bench.core[.esrEL2] == 0x20 << 26 | 1 << 25 | 1 << 7 | 0b001011)
  }

  @Test("External aborts go to EL3 with SCR_EL3.EA")
  func external() throws {
    let bench = try SystemBench()
    bench.enter(1)
    bench.core.externalAbort(address: 0x100, isWrite: false)
    #expect(bench.core[.esrEL1] == 0x25 << 26 | 1 << 25 | 0b010000)
    bench.set(.scrEL3, 1 << 3)
    bench.enter(1)
    bench.core.externalAbort(address: 0x100, isWrite: true)
    #expect(bench.core.level == 3)
    #expect(bench.core[.esrEL3] == 0x24 << 26 | 1 << 25 | 1 << 6 | 0b010000)
    bench.enter(1)
    bench.core.externalInstructionAbort(address: 0x100)
    #expect(bench.core[.esrEL3] == 0x20 << 26 | 1 << 25 | 0b010000)
    // An ordinary fault still stays at EL1.
    bench.enter(1)
    bench.core.alignmentFault(address: 3, isWrite: false)
    #expect(bench.core[.esrEL1] == 0x25 << 26 | 1 << 25 | 0b100001)
  }

  @Test("With TGE the faults of EL0 go to EL2")
  func trapGeneral() throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, 1 << 27)
    bench.enter(0)
    let fault = TranslationFault(.translation, level: 1)
    bench.core.dataAbort(fault, address: 8, isWrite: false, syndrome: .none)
    #expect(bench.core.level == 2)
    #expect(bench.core[.esrEL2] == 0x24 << 26 | 1 << 25 | 0b000101)
  }
}
