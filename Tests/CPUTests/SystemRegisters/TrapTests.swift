import Fabric
import Testing

@testable import CPU

/// One access and the control that traps it, after the trap tables of Arm DDI 0487, D1.14 and the
/// description of each control bit.
struct TrapCase: CustomTestStringConvertible, Sendable {
  var register: String
  var write: Bool
  var level: Int
  var control: SystemRegister
  var bits: UInt64
  /// The bits enable the access: clear traps.
  var whenClear: Bool
  var target: Int

  init(
    _ register: String, _ write: Bool, _ level: Int, _ control: SystemRegister, _ bit: Int,
    whenClear: Bool = false, to target: Int
  ) {
    self.register = register
    self.write = write
    self.level = level
    self.control = control
    bits = 1 << UInt64(bit)
    self.whenClear = whenClear
    self.target = target
  }

  var testDescription: String { "\(write ? "write" : "read") \(register) at EL\(level), \(control)" }
}

@Suite("System register traps")
struct TrapTests {
  static let cases: [TrapCase] = [
    // HCR_EL2.TVM: writes of the virtual memory controls.
    TrapCase("SCTLR_EL1", true, 1, .hcrEL2, 26, to: 2), TrapCase("TTBR0_EL1", true, 1, .hcrEL2, 26, to: 2),
    TrapCase("TTBR1_EL1", true, 1, .hcrEL2, 26, to: 2), TrapCase("TCR_EL1", true, 1, .hcrEL2, 26, to: 2),
    TrapCase("ESR_EL1", true, 1, .hcrEL2, 26, to: 2), TrapCase("FAR_EL1", true, 1, .hcrEL2, 26, to: 2),
    TrapCase("AFSR0_EL1", true, 1, .hcrEL2, 26, to: 2), TrapCase("AFSR1_EL1", true, 1, .hcrEL2, 26, to: 2),
    TrapCase("MAIR_EL1", true, 1, .hcrEL2, 26, to: 2), TrapCase("AMAIR_EL1", true, 1, .hcrEL2, 26, to: 2),
    TrapCase("CONTEXTIDR_EL1", true, 1, .hcrEL2, 26, to: 2),
    // HCR_EL2.TRVM: their reads.
    TrapCase("SCTLR_EL1", false, 1, .hcrEL2, 30, to: 2), TrapCase("FAR_EL1", false, 1, .hcrEL2, 30, to: 2),
    TrapCase("CONTEXTIDR_EL1", false, 1, .hcrEL2, 30, to: 2),
    // HCR_EL2.TID1, TID2, TID3, TIDCP, TACR.
    TrapCase("REVIDR_EL1", false, 1, .hcrEL2, 16, to: 2), TrapCase("AIDR_EL1", false, 1, .hcrEL2, 16, to: 2),
    TrapCase("CTR_EL0", false, 1, .hcrEL2, 17, to: 2), TrapCase("CCSIDR_EL1", false, 1, .hcrEL2, 17, to: 2),
    TrapCase("CLIDR_EL1", false, 1, .hcrEL2, 17, to: 2), TrapCase("CSSELR_EL1", false, 1, .hcrEL2, 17, to: 2),
    TrapCase("CSSELR_EL1", true, 1, .hcrEL2, 17, to: 2),
    TrapCase("ID_AA64PFR0_EL1", false, 1, .hcrEL2, 18, to: 2),
    TrapCase("ID_ISAR5_EL1", false, 1, .hcrEL2, 18, to: 2),
    TrapCase("MVFR2_EL1", false, 1, .hcrEL2, 18, to: 2),
    TrapCase("ID_AA64MMFR2_EL1", false, 1, .hcrEL2, 18, to: 2),
    TrapCase("CPUACTLR_EL1", false, 1, .hcrEL2, 20, to: 2),
    TrapCase("L2CTLR_EL1", false, 1, .hcrEL2, 20, to: 2),
    TrapCase("ACTLR_EL1", true, 1, .hcrEL2, 21, to: 2), TrapCase("ACTLR_EL1", false, 1, .hcrEL2, 21, to: 2),
    // CPTR_EL2.TCPAC, CPTR_EL3.TCPAC.
    TrapCase("CPACR_EL1", true, 1, .cptrEL2, 31, to: 2), TrapCase("CPACR_EL1", false, 1, .cptrEL3, 31, to: 3),
    TrapCase("CPACR_EL1", false, 2, .cptrEL3, 31, to: 3), TrapCase("CPTR_EL2", true, 2, .cptrEL3, 31, to: 3),
    // MDCR_EL2.TDA, TDOSA, TDRA, TDE, TPM, TPMCR.
    TrapCase("MDSCR_EL1", true, 1, .mdcrEL2, 9, to: 2), TrapCase("DBGBVR0_EL1", false, 1, .mdcrEL2, 9, to: 2),
    TrapCase("MDSCR_EL1", false, 1, .mdcrEL2, 8, to: 2), TrapCase("OSLAR_EL1", true, 1, .mdcrEL2, 10, to: 2),
    TrapCase("OSDLR_EL1", false, 1, .mdcrEL2, 10, to: 2), TrapCase("OSLSR_EL1", false, 1, .mdcrEL2, 8, to: 2),
    TrapCase("MDRAR_EL1", false, 1, .mdcrEL2, 11, to: 2),
    TrapCase("PMCCNTR_EL0", false, 1, .mdcrEL2, 6, to: 2),
    TrapCase("PMUSERENR_EL0", true, 1, .mdcrEL2, 6, to: 2),
    TrapCase("PMCR_EL0", false, 1, .mdcrEL2, 5, to: 2),
    // MDCR_EL3.TDA, TDOSA, TPM.
    TrapCase("MDSCR_EL1", true, 2, .mdcrEL3, 9, to: 3), TrapCase("MDCR_EL2", true, 2, .mdcrEL3, 9, to: 3),
    TrapCase("OSLAR_EL1", true, 2, .mdcrEL3, 10, to: 3), TrapCase("PMCR_EL0", true, 2, .mdcrEL3, 6, to: 3),
    // SCTLR_EL1.UCT, UMA.
    TrapCase("CTR_EL0", false, 0, .sctlrEL1, 15, whenClear: true, to: 1),
    TrapCase("DAIF", false, 0, .sctlrEL1, 9, whenClear: true, to: 1),
    TrapCase("DAIF", true, 0, .sctlrEL1, 9, whenClear: true, to: 1),
    // PMUSERENR_EL0.
    TrapCase("PMCR_EL0", false, 0, .pmuserenrEL0, 0, whenClear: true, to: 1),
    TrapCase("PMSWINC_EL0", true, 0, .pmuserenrEL0, 1, whenClear: true, to: 1),
    TrapCase("PMCCNTR_EL0", false, 0, .pmuserenrEL0, 2, whenClear: true, to: 1),
    TrapCase("PMEVCNTR0_EL0", false, 0, .pmuserenrEL0, 3, whenClear: true, to: 1),
    TrapCase("PMSELR_EL0", true, 0, .pmuserenrEL0, 3, whenClear: true, to: 1),
    TrapCase("PMCCNTR_EL0", true, 0, .pmuserenrEL0, 0, whenClear: true, to: 1),
    // CNTKCTL_EL1, CNTHCTL_EL2.
    TrapCase("CNTPCT_EL0", false, 0, .cntkctlEL1, 0, whenClear: true, to: 1),
    TrapCase("CNTVCT_EL0", false, 0, .cntkctlEL1, 1, whenClear: true, to: 1),
    TrapCase("CNTFRQ_EL0", false, 0, .cntkctlEL1, 1, whenClear: true, to: 1),
    TrapCase("CNTV_CTL_EL0", true, 0, .cntkctlEL1, 8, whenClear: true, to: 1),
    TrapCase("CNTP_CVAL_EL0", true, 0, .cntkctlEL1, 9, whenClear: true, to: 1),
    TrapCase("CNTPCT_EL0", false, 1, .cnthctlEL2, 0, whenClear: true, to: 2),
    TrapCase("CNTP_CTL_EL0", true, 1, .cnthctlEL2, 1, whenClear: true, to: 2),
    TrapCase("CNTP_TVAL_EL0", false, 1, .cnthctlEL2, 1, whenClear: true, to: 2),
    // MDSCR_EL1.TDCC.
    TrapCase("MDCCSR_EL0", false, 0, .mdscrEL1, 12, to: 1),
    // ACTLR_EL2, ACTLR_EL3: write access to the implementation-defined controls.
    TrapCase("CPUECTLR_EL1", true, 2, .actlrEL3, 1, whenClear: true, to: 3),
  ]

  private func access(_ bench: SystemBench, _ trap: TrapCase) throws -> Bool {
    trap.write ? try bench.write(trap.register, 0) : try bench.read(trap.register) != nil
  }

  @Test("A control traps what it names, with the encoding in the syndrome", arguments: cases)
  func trapped(_ trap: TrapCase) throws {
    let bench = try SystemBench()
    let encoding = UInt64(try bench.encoding(trap.register))
    if trap.whenClear { bench.clear(trap.control, trap.bits) } else { bench.set(trap.control, trap.bits) }
    bench.enter(trap.level, pc: 0x4000)
    #expect(try !access(bench, trap))
    #expect(bench.core.level == trap.target)
    #expect(bench.exceptionClass == 0x18)
    #expect(bench.core.banked(.elrEL1, trap.target) == 0x4000)
    // ISS: Op0 21:20, Op2 19:17, Op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1, direction 0.
    #expect(bench.specific.bits(21, 20) == encoding.bits(15, 14))
    #expect(bench.specific.bits(19, 17) == encoding.bits(2, 0))
    #expect(bench.specific.bits(16, 14) == encoding.bits(13, 11))
    #expect(bench.specific.bits(13, 10) == encoding.bits(10, 7))
    #expect(bench.specific.bits(9, 5) == 5)
    #expect(bench.specific.bits(4, 1) == encoding.bits(6, 3))
    #expect(bench.specific.bit(0) == !trap.write)
  }

  @Test("Without the control the access goes through", arguments: cases)
  func notTrapped(_ trap: TrapCase) throws {
    let bench = try SystemBench()
    // What else could stand in the way at EL0 is open.
    bench.set(.cnthctlEL2, 3)
    if trap.whenClear { bench.set(trap.control, trap.bits) } else { bench.clear(trap.control, trap.bits) }
    bench.enter(trap.level)
    #expect(try access(bench, trap))
    #expect(bench.core.level == trap.level)
  }

  @Test("Traps to EL2 do not apply in Secure state")
  func secureState() throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, 1 << 26)
    bench.enter(1, secure: true)
    #expect(try bench.write("SCTLR_EL1", 0x00c5_0838))
    bench.enter(1)
    #expect(try !bench.write("SCTLR_EL1", 0x00c5_0838))
    #expect(bench.core.level == 2)
  }

  @Test("HCR_EL2.TGE sends traps from EL0 to EL2")
  func trapGeneral() throws {
    let bench = try SystemBench()
    bench.clear(.sctlrEL1, 1 << 15)
    bench.set(.hcrEL2, 1 << 27)
    bench.enter(0)
    #expect(try bench.read("CTR_EL0") == nil)
    #expect(bench.core.level == 2)
    #expect(bench.exceptionClass == 0x18)
  }

  @Test("CNTPS registers: Secure EL1 with SCR_EL3.ST, a trap without, UNDEFINED in Non-secure state")
  func secureTimer() throws {
    let bench = try SystemBench()
    bench.enter(1, secure: true)
    #expect(try bench.read("CNTPS_CTL_EL1") == nil)
    #expect(bench.core.level == 3)
    #expect(bench.exceptionClass == 0x18)
    bench.set(.scrEL3, 1 << 11)
    bench.enter(1, secure: true)
    #expect(try bench.read("CNTPS_CTL_EL1") != nil)
    bench.enter(2)
    #expect(try bench.read("CNTPS_CTL_EL1") == nil)
    #expect(bench.core.level == 2)
    #expect(bench.exceptionClass == 0)
  }

  @Test("Unallocated implementation-defined encodings: UNDEFINED, or trapped by TIDCP")
  func implementationDefined() throws {
    let bench = try SystemBench()
    bench.enter(1)
    #expect(bench.core.readSystemRegister(encode(3, 1, 15, 7, 7), rt: 0) == nil)
    #expect(bench.core.level == 1)
    #expect(bench.exceptionClass == 0)
    bench.set(.hcrEL2, 1 << 20)
    bench.enter(1)
    #expect(bench.core.readSystemRegister(encode(3, 1, 15, 7, 7), rt: 0) == nil)
    #expect(bench.core.level == 2)
    #expect(bench.exceptionClass == 0x18)
  }

  @Test("MSR DAIFSet at EL0 without SCTLR_EL1.UMA traps with op0 = 0 and CRn = 4")
  func immediateMasks() throws {
    let bench = try SystemBench()
    bench.enter(0)
    #expect(!bench.core.msrImmediate(field: 0b011_110, imm: 2))
    #expect(bench.core.level == 1)
    #expect(bench.exceptionClass == 0x18)
    // op0 0, op2 6, op1 3, CRn 4, Rt 31, CRm 2, write.
    let expected: UInt64 = 6 << 17 | 3 << 14 | 4 << 10 | 31 << 5 | 2 << 1
    #expect(bench.specific == expected)
    bench.set(.sctlrEL1, 1 << 9)
    bench.enter(0)
    #expect(bench.core.msrImmediate(field: 0b011_110, imm: 0xf))
    #expect(bench.core.r[Slot.daif] == 0x3c0)
    #expect(bench.core.msrImmediate(field: 0b011_111, imm: 0x5))
    #expect(bench.core.r[Slot.daif] == 0x280)
  }

  @Test("MSR to PAN, UAO and SPSel at EL0 is UNDEFINED")
  func immediateUndefined() throws {
    let bench = try SystemBench()
    for (level, field) in [(1, UInt32(0b000_100)), (1, 0b000_011), (0, 0b000_101)] {
      bench.enter(level)
      #expect(!bench.core.msrImmediate(field: field, imm: 1))
      #expect(bench.exceptionClass == 0)
    }
  }
}
