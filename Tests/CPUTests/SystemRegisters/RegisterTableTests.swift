import Fabric
import Testing

@testable import CPU

@Suite("System register table")
struct RegisterTableTests {
  @Test("Both texts parse without a complaint, and no register stores into the zero register")
  func parses() {
    #expect(SystemRegisterTable.shared.problems.isEmpty, "\(SystemRegisterTable.shared.problems)")
  }

  @Test("Every storage slot lies in the system part of the register block")
  func slotsFit() {
    #expect(Slot.system + SystemRegister.allCases.count <= Slot.count)
  }

  @Test(
    "Identification registers hold the values of a Cortex-A72 r0p3",
    arguments: [
      ("MIDR_EL1", 0x410f_d083), ("MPIDR_EL1", 0x8000_0000), ("REVIDR_EL1", 0), ("ID_AA64PFR0_EL1", 0x2222),
      ("ID_AA64PFR1_EL1", 0), ("ID_AA64DFR0_EL1", 0x1030_5106), ("ID_AA64DFR1_EL1", 0),
      ("ID_AA64ISAR0_EL1", 0x1_0000), ("ID_AA64ISAR1_EL1", 0), ("ID_AA64MMFR0_EL1", 0x1124),
      ("ID_AA64MMFR1_EL1", 0), ("ID_AA64MMFR2_EL1", 0), ("CTR_EL0", 0x8444_c004), ("CLIDR_EL1", 0x0a20_0023),
      ("DCZID_EL0", 4), ("PMCR_EL0", 0x4102_3000), ("MVFR0_EL1", 0x1011_0222), ("MVFR1_EL1", 0x1211_1111),
      ("MVFR2_EL1", 0x43), ("SCTLR_EL1", 0x00c5_0838), ("SCTLR_EL2", 0x00c5_0838),
      ("SCTLR_EL3", 0x00c5_0838), ("AIDR_EL1", 0), ("ID_PFR0_EL1", 0x131), ("ID_PFR1_EL1", 0x11011),
      ("ID_DFR0_EL1", 0x0301_0066), ("ID_MMFR0_EL1", 0x1020_1105), ("ID_MMFR1_EL1", 0x4000_0000),
      ("ID_MMFR2_EL1", 0x0126_0000), ("ID_MMFR3_EL1", 0x0210_2211), ("ID_ISAR0_EL1", 0x0210_1110),
      ("ID_ISAR1_EL1", 0x1311_2111), ("ID_ISAR2_EL1", 0x2123_2042), ("ID_ISAR3_EL1", 0x0111_2131),
      ("ID_ISAR4_EL1", 0x0001_1142), ("ID_ISAR5_EL1", 0x0001_0001), ("ID_ISAR6_EL1", 0),
      ("OSLSR_EL1", 0xa), ("RVBAR_EL3", 0), ("CNTHCTL_EL2", 3), ("VPIDR_EL2", 0x410f_d083),
      ("VMPIDR_EL2", 0x8000_0000), ("MDCR_EL2", 6),
    ] as [(String, UInt64)])
  func identification(name: String, value: UInt64) throws {
    let bench = try SystemBench()
    #expect(try bench.read(name) == value, "\(name)")
  }

  @Test("MPIDR_EL1 of the second core has Aff0 = 1")
  func affinity() throws {
    let bench = try SystemBench()
    #expect(bench.other.readSystemRegister(encode(3, 0, 0, 0, 5), rt: 0) == 0x8000_0001)
  }

  @Test(
    "CCSIDR_EL1 follows CSSELR_EL1: 32 KiB L1D, 48 KiB L1I, 1 MiB L2",
    arguments: [(0, 0x701f_e00a), (1, 0x201f_e012), (2, 0x707f_e07a)] as [(UInt64, UInt64)])
  func cacheSize(selection: UInt64, value: UInt64) throws {
    let bench = try SystemBench()
    try bench.write("CSSELR_EL1", selection)
    #expect(try bench.read("CCSIDR_EL1") == value)
  }

  @Test("The space op0=3 op1=0 CRn=0 CRm=1...7 reads without UNDEFINED at EL1, CRm=0 only where allocated")
  func reservedIdentification() throws {
    let bench = try SystemBench()
    bench.enter(1)
    for crm in 1..<UInt32(8) {
      for op2 in 0..<UInt32(8) {
        #expect(bench.core.readSystemRegister(encode(3, 0, 0, crm, op2), rt: 0) != nil)
      }
    }
    for op2 in [1, 2, 3, 4, 7] as [UInt32] {
      bench.enter(1)
      #expect(bench.core.readSystemRegister(encode(3, 0, 0, 0, op2), rt: 0) == nil)
    }
    bench.enter(1)
    // CRm = 7, op2 = 7 is allocated to nothing.
    #expect(bench.core.readSystemRegister(encode(3, 0, 0, 7, 7), rt: 0) == 0)
  }

  @Test(
    "Registers that came after ARMv8.0 or that the Cortex-A72 lacks are UNDEFINED even at EL3",
    arguments: [
      ("ICC_SRE_EL3", encode(3, 6, 12, 12, 5)), ("ICC_IAR1_EL1", encode(3, 0, 12, 12, 0)),
      ("LORC_EL1", encode(3, 0, 10, 4, 3)), ("PAN", encode(3, 0, 4, 2, 3)), ("UAO", encode(3, 0, 4, 2, 4)),
      ("CONTEXTIDR_EL2", encode(3, 4, 13, 0, 1)), ("TTBR1_EL2", encode(3, 4, 2, 0, 1)),
      ("SCTLR_EL12", encode(3, 5, 1, 0, 0)), ("CNTHV_CTL_EL2", encode(3, 4, 14, 3, 1)),
      ("RNDR", encode(3, 3, 2, 4, 0)), ("APIAKeyLo_EL1", encode(3, 0, 2, 1, 0)),
      ("DISR_EL1", encode(3, 0, 12, 1, 1)), ("TRCPRGCTLR", encode(2, 1, 0, 1, 0)),
      ("ZCR_EL1", encode(3, 0, 1, 2, 0)), ("CNTVCTSS_EL0", encode(3, 3, 14, 0, 6)),
      ("DBGBVR6_EL1", encode(2, 0, 0, 6, 4)), ("DBGWVR4_EL1", encode(2, 0, 0, 4, 6)),
      ("RVBAR_EL2", encode(3, 4, 12, 0, 1)), ("PMEVCNTR6_EL0", encode(3, 3, 14, 8, 6)),
    ] as [(String, UInt32)])
  func absent(name: String, encoding: UInt32) throws {
    let bench = try SystemBench()
    bench.enter(3, pc: 0x1000)
    #expect(bench.core.readSystemRegister(encoding, rt: 0) == nil)
    #expect(bench.exceptionClass == 0)
    #expect(bench.core[.elrEL3] == 0x1000)
    #expect(bench.log.entries.count == 1)
    #expect(!bench.core.writeSystemRegister(encoding, value: 0, rt: 0))
    #expect(bench.log.entries.count == 1, "reported once only")
  }

  @Test(
    "RES0 bits stay zero and RES1 bits one",
    arguments: [
      // All ones written at EL3, what reads back.
      ("HCR_EL2", 0x3_dfff_ffff), ("SCR_EL3", 0x3fbf), ("CPTR_EL2", 0x8000_37ff), ("CPTR_EL3", 0x8000_0400),
      ("CPACR_EL1", 0x0030_0000), ("VBAR_EL1", 0xffff_ffff_ffff_f800), ("TCR_EL1", 0x77_ffff_ffbf),
      ("VTTBR_EL2", 0x00ff_ffff_ffff_ffff), ("TTBR0_EL2", 0x0000_ffff_ffff_ffff), ("ESR_EL1", 0xffff_ffff),
      ("CNTKCTL_EL1", 0x3ff), ("CNTHCTL_EL2", 0xff), ("CSSELR_EL1", 0xf), ("HPFAR_EL2", 0xff_ffff_fff0),
      ("TPIDR_EL0", 0xffff_ffff_ffff_ffff), ("PMUSERENR_EL0", 0xf), ("FPCR", 0x07c0_0000),
      ("FPSR", 0xf800_009f), ("ACTLR_EL1", 0), ("AFSR0_EL1", 0), ("PMSELR_EL0", 0x1f),
      ("SCTLR_EL2", 0x32cd_183f),
    ] as [(String, UInt64)])
  func masks(name: String, value: UInt64) throws {
    let bench = try SystemBench()
    bench.core[.cpacrEL1] = 3 << 20
    try bench.write(name, ~0)
    #expect(try bench.read(name) == value, "\(name)")
  }

  @Test(
    "A register below its lowest Exception level is UNDEFINED",
    arguments: [
      ("SCTLR_EL1", 0), ("TPIDR_EL1", 0), ("MIDR_EL1", 0), ("HCR_EL2", 1), ("VBAR_EL2", 1), ("SP_EL1", 1),
      ("SCR_EL3", 2), ("SP_EL2", 2), ("VBAR_EL3", 2), ("CNTHP_CTL_EL2", 1), ("RMR_EL3", 2),
    ] as [(String, Int)])
  func undefinedBelow(name: String, level: Int) throws {
    let bench = try SystemBench()
    bench.enter(level)
    #expect(try bench.read(name) == nil)
    #expect(bench.exceptionClass == 0)
    #expect(bench.core.level == max(1, level))
    bench.enter(level + 1)
    #expect(try bench.read(name) != nil)
  }

  @Test("CNTFRQ_EL0, TPIDRRO_EL0 and PMUSERENR_EL0 read lower than they write")
  func readOnlyBelow() throws {
    let bench = try SystemBench()
    bench.set(.cntkctlEL1, 3)
    bench.enter(2)
    #expect(try !bench.write("CNTFRQ_EL0", 1))
    bench.enter(0)
    #expect(try bench.read("CNTFRQ_EL0") != nil)
    #expect(try bench.read("TPIDRRO_EL0") != nil)
    #expect(try !bench.write("TPIDRRO_EL0", 1))
  }

  @Test("Non-secure EL1 sees VPIDR_EL2 and VMPIDR_EL2 as MIDR_EL1 and MPIDR_EL1")
  func virtualIdentity() throws {
    let bench = try SystemBench()
    bench.set(.vpidrEL2, 0)
    bench.core[.vpidrEL2] = 0x1234
    bench.core[.vmpidrEL2] = 0x8000_0777
    bench.enter(1)
    #expect(try bench.read("MIDR_EL1") == 0x1234)
    #expect(try bench.read("MPIDR_EL1") == 0x8000_0777)
    bench.enter(1, secure: true)
    #expect(try bench.read("MIDR_EL1") == 0x410f_d083)
    bench.enter(2)
    #expect(try bench.read("MPIDR_EL1") == 0x8000_0000)
  }

  @Test("SP_EL0 by name is UNDEFINED while it is the current stack pointer")
  func stackPointerByName() throws {
    let bench = try SystemBench()
    bench.enter(1)
    try bench.write("SP_EL0", 0x5000)
    #expect(try bench.read("SP_EL0") == 0x5000)
    bench.enter(1, selection: 0)
    #expect(bench.core.r[Slot.sp] == 0x5000)
    #expect(try bench.read("SP_EL0") == nil)
    #expect(bench.exceptionClass == 0)
  }

  @Test("Direct slots are offered only for untrappable whole storage")
  func untrappedSlots() {
    let tpidr = SystemRegister.untrappedSlot(encode(3, 3, 13, 0, 2), exceptionLevel: 0, write: true)
    #expect(tpidr == Slot.system + SystemRegister.tpidrEL0.rawValue)
    // ESR_EL1: TVM and TRVM may trap it at EL1, not at EL2; its upper half is RES0 on writes.
    #expect(SystemRegister.untrappedSlot(encode(3, 0, 5, 2, 0), exceptionLevel: 1, write: false) == nil)
    #expect(SystemRegister.untrappedSlot(encode(3, 0, 5, 2, 0), exceptionLevel: 2, write: false) != nil)
    #expect(SystemRegister.untrappedSlot(encode(3, 0, 5, 2, 0), exceptionLevel: 2, write: true) == nil)
    // TPIDR_EL1 does not exist for EL0.
    #expect(SystemRegister.untrappedSlot(encode(3, 0, 13, 0, 4), exceptionLevel: 0, write: false) == nil)
  }
}
