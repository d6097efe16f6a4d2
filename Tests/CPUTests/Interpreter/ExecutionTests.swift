import Fabric
import MMU
import Testing

@testable import CPU

@Suite("Execution: what one store, one link or one step must not miss")
struct ExecutionTests {
  private static let nop: UInt32 = 0xd503_201f
  private static let yield: UInt32 = 0xd503_203f
  private static let branchToSelf: UInt32 = 0x1400_0000

  private func load(_ program: [UInt32], at address: UInt64, _ bench: SystemBench) {
    for (index, word) in program.enumerated() {
      (bench.core.bus.ram.base + Int(address) + index * 4).storeBytes(of: word, as: UInt32.self)
    }
  }

  /// EL1 with the first GiB mapped onto itself, for EL1 alone (what EL0 may write, EL1 may not execute).
  private func mapped() throws -> SystemBench {
    let bench = try SystemBench()
    bench.mapIdentity()
    let block: UInt64 = 1 << 10 | 3 << 8 | 1
    (bench.core.bus.ram.base + 0x10000).storeBytes(of: block, as: UInt64.self)
    bench.enter(1, masks: 0x3c0)
    return bench
  }

  private func run(_ core: Core, _ instructions: Int64) {
    core.run(instructions: instructions, sliceEnd: core.sliceEnd &+ UInt64(instructions))
  }

  @Test("A store through a translation that is older than the code it changes is seen")
  func selfModification() throws {
    let bench = try mapped()
    let core = bench.core
    load(
      [
        0xb900_0001,  // str w1, [x0]
        0xd63f_0000,  // blr x0
        0xaa05_03e6,  // mov x6, x5
        0xb900_0002,  // str w2, [x0]
        0xd503_3fdf,  // isb
        0xd63f_0000,  // blr x0
        Self.branchToSelf,
      ], at: 0x8000, bench)
    load([Self.nop, 0xd65f_03c0], at: 0x2_0000, bench)
    core.r[0] = 0x2_0000
    core.r[1] = 0x5280_0025  // movz w5, #1
    core.r[2] = 0x5280_0045  // movz w5, #2
    run(core, 20)
    #expect(core.r[Slot.pc] == 0x8018)
    #expect(core.r[6] == 1)
    #expect(core.r[5] == 2)
  }

  @Test("A core's store clears another core's monitor, though its own was the first in that page")
  func monitors() throws {
    let bench = try mapped()
    let (core, other) = (bench.core, bench.other)
    for slot in 0..<Slot.count { other.r[slot] = core.r[slot] }
    other.system.translationIsStale = true
    other.contextDidChange()
    load([0xf900_0029, 0xc85f_7c02, 0xf900_0029], at: 0x8000, bench)  // str x9,[x1]; ldxr x2,[x0]; str x9,[x1]
    load([0xc85f_7c22, 0xc803_7c24], at: 0x9000, bench)  // ldxr x2, [x1]; stxr w3, x4, [x1]
    other.r[Slot.pc] = 0x9000
    for each in [core, other] {
      each.r[0] = 0x2_0000
      each.r[1] = 0x2_0100
      each.r[9] = 7
    }
    run(core, 2)
    run(other, 1)
    #expect(other.r[Slot.exclusive] != 0)
    run(core, 1)
    #expect(other.r[Slot.exclusive] == 0)
    run(other, 1)
    #expect(other.r[3] == 1)
    #expect((core.bus.ram.base + 0x2_0100).load(as: UInt64.self) == 7)
  }

  // MARK: Debug

  /// A program at 0x8000 for EL0, MMU off; the vectors of EL1 stand still.
  private func debugged(_ program: [UInt32], status: UInt64) throws -> SystemBench {
    let bench = try SystemBench()
    load(program, at: 0x8000, bench)
    load([Self.branchToSelf], at: 0x3_0400, bench)
    try bench.write("OSLAR_EL1", 0)
    bench.enter(1, masks: 0x3c0)
    bench.core[.vbarEL1] = 0x3_0000
    try bench.write("MDSCR_EL1", status)
    bench.core[.elrEL1] = 0x8000
    return bench
  }

  /// Has EL1 step one instruction of EL0; where the Software Step exception was taken.
  private func step(_ core: Core) -> UInt64? {
    core[.spsrEL1] = 1 << 21
    guard core.exceptionReturn() else { return nil }
    // YIELD and WFI end a turn.
    for _ in 0..<2 { run(core, 10) }
    return core.level == 1 && core[.esrEL1] >> 26 == 0x32 ? core[.elrEL1] : nil
  }

  @Test("Steps go one instruction at a time through code that was stepped before")
  func stepLoop() throws {
    let bench = try debugged([Self.nop, 0xd61f_0000], status: 1)  // nop; br x0
    bench.core.r[0] = 0x8000
    for _ in 0..<4 {
      #expect(step(bench.core) == 0x8004)
      #expect(step(bench.core) == 0x8000)
    }
  }

  @Test("YIELD and WFE are steps, too", arguments: [Self.yield, 0xd503_205f] as [UInt32])
  func stepHint(word: UInt32) throws {
    let bench = try debugged([word, Self.nop, Self.nop], status: 1)
    bench.set(.sctlrEL1, 1 << 18)  // nTWE
    #expect(step(bench.core) == 0x8004)
    #expect(step(bench.core) == 0x8008)
  }

  @Test("A breakpoint set on linked code is hit")
  func breakpointInLoop() throws {
    let bench = try debugged([Self.nop, 0x17ff_ffff], status: 1 << 15)  // nop; b .-4
    let core = bench.core
    // E, PMC = EL0, BAS = 1111.
    try bench.write("DBGBCR2_EL1", 1 | 2 << 1 | 0xf << 5)
    try bench.write("DBGBVR2_EL1", 0x9000)
    core[.spsrEL1] = 0
    #expect(core.exceptionReturn())
    run(core, 20)
    #expect(core.level == 0)
    #expect(core.r[Slot.pc] == 0x8000)
    core.setIndexed(.dbgbvr0EL1, 2, 0x8004)
    run(core, 20)
    #expect(core.level == 1)
    #expect(core[.elrEL1] == 0x8004)
    #expect(core[.esrEL1] >> 26 == 0x30)
  }
}
