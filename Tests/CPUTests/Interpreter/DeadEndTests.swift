import Fabric
import Testing

@testable import CPU

@Suite("Dead ends: loops that only a reset leaves")
struct DeadEndTests {
  private static let masks: UInt64 = 0x3c0  // D, A, I and F
  private static let wfi: UInt32 = 0xd503_207f
  private static let wfe: UInt32 = 0xd503_205f
  private static let dsb: UInt32 = 0xd503_3f9f
  private static let nop: UInt32 = 0xd503_201f

  private func branch(_ words: Int) -> UInt32 { 0x1400_0000 | UInt32(words & 0x03ff_ffff) }

  private func isDeadEnd(
    _ program: [UInt32], level: Int = 2, masks: UInt64 = DeadEndTests.masks, at start: UInt64 = 0x8000
  ) throws -> Bool {
    let bench = try SystemBench()
    for (index, word) in program.enumerated() {
      (bench.core.bus.ram.base + 0x8000 + index * 4).storeBytes(of: word, as: UInt32.self)
    }
    bench.enter(level, masks: masks, pc: start)
    let inputs = bench.core.interruptInputs
    defer { #expect(bench.core.interruptInputs == inputs) }
    return bench.core.isInDeadEnd
  }

  @Test("Xen's and Linux's halted cores are in one, wherever in the loop they are")
  func halted() throws {
    let program = [Self.wfi, branch(-1)]
    #expect(try isDeadEnd(program))
    #expect(try isDeadEnd(program, at: 0x8004))
    #expect(try isDeadEnd([branch(0)]))
    #expect(try isDeadEnd([Self.wfe, Self.wfi, branch(-2)], level: 1))
    #expect(try isDeadEnd([Self.dsb, Self.nop, Self.wfi, branch(-3)]))
    #expect(try isDeadEnd([branch(2), Self.nop, Self.wfi, branch(-1)]))
  }

  @Test("So are cores that wait in WFE, which only another core could end")
  func parked() throws {
    let bench = try SystemBench()
    // The boot stub's spin table: wfe; ldr x0, [x1]; cbz x0, back.
    for (index, word) in [Self.wfe, 0xf940_0020, 0xb4ff_ffc0].enumerated() {
      (bench.core.bus.ram.base + 0x8000 + index * 4).storeBytes(of: word, as: UInt32.self)
    }
    bench.enter(2, masks: Self.masks)
    #expect(!bench.core.isInDeadEnd)
    bench.core.run(instructions: 10, sliceEnd: 10)
    #expect(bench.core.isInDeadEnd)
    bench.set(.cnthctlEL2, 1 << 2)  // EVNTEN
    #expect(!bench.core.isInDeadEnd)
    bench.set(.cnthctlEL2, 0)
    bench.core.r[Slot.event] = 1
    #expect(!bench.core.isInDeadEnd)
  }

  @Test("An interrupt that could be taken leads out")
  func unmasked() throws {
    #expect(try !isDeadEnd([Self.wfi, branch(-1)], level: 1, masks: 0x340))
    let bench = try SystemBench()
    (bench.core.bus.ram.base + 0x8000).storeBytes(of: branch(0), as: UInt32.self)
    bench.enter(2, masks: 0x340)
    // Routed to EL1, a physical interrupt is never taken at EL2; routed to EL2, it is.
    #expect(bench.core.isInDeadEnd)
    bench.set(.hcrEL2, 1 << 4)  // IMO
    #expect(!bench.core.isInDeadEnd)
  }

  @Test("Under a hypervisor that takes physical interrupts, a guest's masks do not matter")
  func guest() throws {
    let bench = try SystemBench()
    (bench.core.bus.ram.base + 0x8000).storeBytes(of: branch(0), as: UInt32.self)
    bench.enter(1, masks: Self.masks)
    #expect(bench.core.isInDeadEnd)
    bench.set(.hcrEL2, 1 << 4)  // IMO
    #expect(!bench.core.isInDeadEnd)
  }

  @Test("A WFI that is trapped leads out")
  func trapped() throws {
    let bench = try SystemBench()
    (bench.core.bus.ram.base + 0x8000).storeBytes(of: Self.wfi, as: UInt32.self)
    (bench.core.bus.ram.base + 0x8004).storeBytes(of: branch(-1), as: UInt32.self)
    bench.enter(1, masks: Self.masks)
    #expect(bench.core.isInDeadEnd)
    bench.set(.hcrEL2, 1 << 13)  // TWI
    #expect(!bench.core.isInDeadEnd)
  }

  @Test(
    "A loop that looks at memory, counts or branches on a condition leads out",
    arguments: [
      0xf940_0020,  // LDR X0, [X1]
      0xd100_0400,  // SUB X0, X0, #1
      0xb400_0040,  // CBZ X0, .+8
      0xd65f_03c0,  // RET
      0xd400_0002,  // HVC #0
      0xd53b_e020,  // MRS X0, CNTPCT_EL0
      0x9400_0000,  // BL .
      0x0000_0000,  // UDF
    ] as [UInt32])
  func busy(word: UInt32) throws { #expect(try !isDeadEnd([Self.wfi, word, branch(-2)])) }

  @Test("Code that does not come back within sixteen instructions, or leaves memory, is none")
  func long() throws {
    #expect(try !isDeadEnd([UInt32](repeating: Self.nop, count: 17) + [branch(-17)]))
    #expect(try !isDeadEnd([branch(0x80_0000)]))
    #expect(try !isDeadEnd([branch(0)], at: 0x8002))
  }
}
