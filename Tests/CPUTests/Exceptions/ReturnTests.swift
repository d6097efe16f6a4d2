import Fabric
import Testing

@testable import CPU

@Suite("Exception return")
struct ReturnTests {
  @Test(
    "A legal return restores PSTATE, PC and stack pointer",
    arguments: [
      (1, 0b0000), (1, 0b0100), (1, 0b0101), (2, 0b0000), (2, 0b0101), (2, 0b1000), (2, 0b1001), (3, 0b0000),
      (3, 0b0101), (3, 0b1001), (3, 0b1100), (3, 0b1101),
    ] as [(Int, UInt64)])
  func legal(level: Int, mode: UInt64) throws {
    let bench = try SystemBench()
    let core = bench.core
    for bank in 0...3 { core.setStackPointer(bank, 0x1000 * UInt64(bank + 1)) }
    bench.enter(level, masks: 0x3c0)
    core.setBanked(.elrEL1, level, 0x7777_0000)
    core.setBanked(.spsrEL1, level, 0x6000_0240 | mode)
    core.r[Slot.exclusive] = 0x1001
    core.r[Slot.event] = 0
    #expect(core.exceptionReturn())
    #expect(core.processorState == 0x6000_0240 | mode)
    #expect(core.r[Slot.pc] == 0x7777_0000)
    let bank = mode & 1 == 0 ? 0 : mode >> 2
    #expect(core.r[Slot.sp] == 0x1000 * (bank + 1))
    #expect(core.r[Slot.exclusive] == 0, "the local monitor is cleared")
    #expect(core.r[Slot.event] == 1, "the event register is set")
    #expect(core.r[Slot.mode] & 3 == mode >> 2)
  }

  @Test(
    "An illegal return sets PSTATE.IL and keeps the level",
    arguments: [
      // To a higher level; M[1] set; EL0 with SP_EL1; reserved and AArch32 modes of AArch64 levels.
      (1, 0b01001), (1, 0b01101), (2, 0b01101), (1, 0b00010), (2, 0b00111), (2, 0b00001), (3, 0b00001),
      (1, 0b10011), (2, 0b10011), (3, 0b11010), (2, 0b10110), (2, 0b11111), (1, 0b10111), (2, 0b11000),
    ] as [(Int, UInt64)])
  func illegal(level: Int, mode: UInt64) throws {
    let bench = try SystemBench()
    let core = bench.core
    bench.enter(level)
    core.setBanked(.elrEL1, level, 0x7000)
    core.setBanked(.spsrEL1, level, 0x9000_03c0 | mode)
    #expect(core.exceptionReturn())
    #expect(core.level == level)
    #expect(core.r[Slot.spsel] == 1)
    #expect(core.processorState == 0x9000_03c0 | 1 << 20 | UInt64(level) << 2 | 1)
    #expect(core.r[Slot.pc] == 0x7000)
    #expect(core.r[Slot.mode] & BlockMode.illegalState != 0)
  }

  @Test("EL3 cannot return to EL2 in Secure state, and nobody to EL1 with TGE")
  func illegalByState() throws {
    let bench = try SystemBench()
    bench.enter(3, secure: true)
    bench.core[.spsrEL3] = 0b1001
    #expect(bench.core.exceptionReturn())
    #expect(bench.core.r[Slot.illegal] == 1)
    #expect(bench.core.level == 3)
    bench.set(.hcrEL2, 1 << 27)
    bench.enter(2)
    bench.core.r[Slot.illegal] = 0
    bench.core[.spsrEL2] = 0b0101
    #expect(bench.core.exceptionReturn())
    #expect(bench.core.r[Slot.illegal] == 1)
    #expect(bench.core.level == 2)
  }

  @Test("Nobody returns to AArch64 at EL0 below an EL1 in AArch32, with HCR_EL2.TGE or without (D1.11.2)")
  func illegalBelowAArch32() throws {
    for hcr: UInt64 in [0, 1 << 27] {
      let bench = try SystemBench()
      bench.enter(2)
      bench.core[.hcrEL2] = hcr
      bench.core[.spsrEL2] = 0
      #expect(bench.core.exceptionReturn())
      #expect(bench.core.r[Slot.illegal] == 1)
      #expect(bench.core.level == 2)
    }
  }

  @Test("The armstub's SPSR 0x3C9 with SCR_EL3 0x5B1 enters EL2h, masked")
  func armstub() throws {
    let bench = try SystemBench()
    let core = bench.core
    #expect(try bench.write("SCR_EL3", 0x5b1))
    #expect(core[.scrEL3] == 0x5b1)
    try bench.write("SPSR_EL3", 0x3c9)
    try bench.write("ELR_EL3", 0x200000)
    #expect(core.exceptionReturn())
    #expect(core.processorState & 0xffff_ffff & ~0xf000_0000 == 0x3c9)
    #expect(core.r[Slot.pc] == 0x200000)
  }

  @Test("ERET is UNDEFINED at EL0")
  func atEL0() throws {
    let bench = try SystemBench()
    bench.enter(0)
    #expect(!bench.core.exceptionReturn())
    #expect(bench.core.level == 1)
    #expect(bench.exceptionClass == 0)
  }

  @Test("A legal return to AArch32 stops the core with a reason")
  func aarch32() throws {
    let bench = try SystemBench()
    bench.enter(1)
    bench.core[.spsrEL1] = 0b10000
    #expect(!bench.core.exceptionReturn())
    #expect(bench.core.stopReason?.contains("AArch32") == true)
    #expect(bench.core.waiting == .stopped)
    #expect(!bench.core.wakeIfNeeded())
    #expect(bench.log.entries.count == 1)
  }

  @Test("With SCR_EL3.RW = 0 a return to AArch64 EL1 is illegal")
  func registerWidth() throws {
    let bench = try SystemBench()
    bench.enter(2)
    bench.clear(.hcrEL2, 1 << 31)
    bench.core[.spsrEL2] = 0b0101
    #expect(bench.core.exceptionReturn())
    #expect(bench.core.r[Slot.illegal] == 1)
  }
}
