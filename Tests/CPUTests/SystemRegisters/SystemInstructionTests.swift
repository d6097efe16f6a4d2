import Fabric
import Testing

@testable import CPU

@Suite("System instructions")
struct SystemInstructionTests {
  private func sys(_ bench: SystemBench, _ name: String, _ value: UInt64 = 0) throws -> Bool {
    bench.core.systemInstruction(try bench.encoding(name), value: value, rt: 3)
  }

  @Test(
    "Cache and TLB maintenance traps to EL2",
    arguments: [
      ("DC_ISW", 22, 1), ("DC_CSW", 22, 1), ("DC_CISW", 22, 1), ("DC_CIVAC", 23, 1), ("DC_CVAC", 23, 1),
      ("DC_IVAC", 23, 1), ("DC_CVAU", 24, 1), ("IC_IVAU", 24, 1), ("IC_IALLU", 24, 1), ("IC_IALLUIS", 24, 1),
      ("TLBI_VMALLE1", 25, 1), ("TLBI_VAE1IS", 25, 1), ("TLBI_ASIDE1", 25, 1), ("DC_ZVA", 28, 1),
      ("DC_CIVAC", 23, 0), ("IC_IVAU", 24, 0), ("DC_ZVA", 28, 0),
    ] as [(String, Int, Int)])
  func traps(name: String, bit: Int, level: Int) throws {
    let bench = try SystemBench()
    bench.mapIdentity()
    bench.set(.sctlrEL1, 1 << 26 | 1 << 14)
    bench.enter(level)
    #expect(try sys(bench, name, 0x1000))
    bench.set(.hcrEL2, 1 << UInt64(bit))
    bench.enter(level)
    #expect(try !sys(bench, name, 0x1000))
    #expect(bench.core.level == 2)
    #expect(bench.exceptionClass == 0x18)
  }

  @Test(
    "EL0 needs SCTLR_EL1.UCI or DZE",
    arguments: [("DC_CVAU", 26), ("DC_CIVAC", 26), ("IC_IVAU", 26), ("DC_ZVA", 14)] as [(String, Int)])
  func userMaintenance(name: String, bit: Int) throws {
    let bench = try SystemBench()
    bench.mapIdentity()
    bench.enter(0)
    #expect(try !sys(bench, name, 0x1000))
    #expect(bench.core.level == 1)
    #expect(bench.exceptionClass == 0x18)
    bench.set(.sctlrEL1, 1 << UInt64(bit))
    bench.enter(0)
    #expect(try sys(bench, name, 0x1000))
  }

  @Test("DC ZVA of Device memory is an Alignment fault of a write, without CM")
  func zeroDeviceMemory() throws {
    let bench = try SystemBench()
    bench.enter(1)
    #expect(try !sys(bench, "DC_ZVA", 0x1008))
    #expect(bench.exceptionClass == 0x25)
    #expect(bench.specific == 1 << 6 | 0b100001)
    #expect(bench.core[.farEL1] == 0x1008)
  }

  @Test(
    "What EL0 and EL1 may not do is UNDEFINED",
    arguments: [
      ("TLBI_VMALLE1", 0), ("DC_IVAC", 0), ("IC_IALLU", 0), ("TLBI_ALLE2", 1), ("AT_S12E1R", 1),
      ("TLBI_ALLE3", 2),
    ] as [(String, Int)])
  func undefined(name: String, level: Int) throws {
    let bench = try SystemBench()
    bench.enter(level)
    #expect(try !sys(bench, name))
    #expect(bench.exceptionClass == 0)
  }

  @Test("TLBI of EL2 at EL3 is UNDEFINED while SCR_EL3.NS is 0")
  func hypervisorTLB() throws {
    let bench = try SystemBench()
    bench.enter(3, secure: true)
    #expect(try !sys(bench, "TLBI_ALLE2"))
    bench.enter(3)
    #expect(try sys(bench, "TLBI_ALLE2"))
  }

  @Test("SYSL is UNDEFINED")
  func systemWithResult() throws {
    let bench = try SystemBench()
    bench.enter(1)
    #expect(bench.core.systemInstructionWithResult(encode(1, 0, 7, 1, 0), rt: 0) == nil)
    #expect(bench.exceptionClass == 0)
  }

  @Test("AT with stage 1 off gives the address itself, Device-nGnRnE or by HCR_EL2.DC Normal")
  func addressTranslation() throws {
    let bench = try SystemBench()
    bench.enter(1)
    #expect(try sys(bench, "AT_S1E1R", 0x12345))
    let par = bench.core[.parEL1]
    #expect(par & 1 == 0)
    #expect(par.bits(47, 12) == 0x12)
    #expect(par.bits(63, 56) == 0)
    #expect(par.bit(9))
  }

  @Test("AT through a mapping gives its attributes, shareability and Security")
  func mappedTranslation() throws {
    let bench = try SystemBench()
    bench.mapIdentity()
    bench.enter(1)
    #expect(try sys(bench, "AT_S1E0W", 0x12345))
    // Normal Write-Back, Inner Shareable, NS, RES1.
    #expect(bench.core[.parEL1] == 0xff00_0000_0001_2b80)
  }

  @Test("AT reports a failed stage 1 in PAR_EL1 and does not take it")
  func failedTranslation() throws {
    let bench = try SystemBench()
    // Stage 1 of EL1 on, 48 bits, tables at 0x10000, all invalid: translation fault, level 0.
    bench.core[.tcrEL1] = 16
    bench.core[.ttbr0EL1] = 0x10000
    bench.enter(2)
    bench.set(.sctlrEL1, 1)
    #expect(try sys(bench, "AT_S1E1R", 0x5000))
    #expect(bench.core[.parEL1] == 0x800 | 0b000100 << 1 | 1)
    #expect(bench.core.level == 2)
  }

  @Test("Maintenance of an unmapped address is a Data Abort with CM and WnR")
  func maintenanceFault() throws {
    let bench = try SystemBench()
    bench.core[.tcrEL1] = 16
    bench.core[.ttbr0EL1] = 0x10000
    bench.set(.sctlrEL1, 1)
    bench.enter(1, pc: 0x4000)
    #expect(try !sys(bench, "DC_CVAC", 0x5040))
    #expect(bench.exceptionClass == 0x25)
    #expect(bench.specific == 1 << 8 | 1 << 6 | 0b000100)
    #expect(bench.core[.farEL1] == 0x5040)
    #expect(bench.core[.elrEL1] == 0x4000)
  }

  @Test("DCZID_EL0.DZP says whether DC ZVA would trap")
  func zeroingProhibited() throws {
    let bench = try SystemBench()
    bench.enter(0)
    #expect(try bench.read("DCZID_EL0") == 0x14)
    bench.set(.sctlrEL1, 1 << 14)
    bench.enter(0)
    #expect(try bench.read("DCZID_EL0") == 4)
    bench.set(.hcrEL2, 1 << 28)
    bench.enter(1)
    #expect(try bench.read("DCZID_EL0") == 0x14)
    bench.enter(2)
    #expect(try bench.read("DCZID_EL0") == 4)
  }
}
