import Fabric
import TestSupport
import Testing

@testable import CPU

/// A device that answers anything, with errors in between.
private final class OddDevice: Device {
  let name = "odd"
  private var value: UInt64 = 1

  func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    if offset & 0x40 != 0 { throw .slave }
    value = value &* 0x5851_f42d_4c95_7f2d &+ offset
    return value & UInt64.mask(width: Int(access.size) * 8)
  }
  func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    if offset & 0x80 != 0 { throw .slave }
    self.value ^= value
  }
  func reset() { value = 1 }
  func visitState<V: StateVisitor>(_ visitor: inout V) { visitor.visit("value", &value) }
  func didLoadState() {}
}

/// Random instruction words, registers and system registers at one Exception level: whatever they do, the
/// emulator goes on.
private final class HostileGuest {
  static let code: UInt64 = 0x10_0000
  static let vectors: UInt64 = 0x20_0000
  static let slice = 200

  let bench: CPUBench
  private let level: Int
  private var generator: SeededGenerator
  private static let rows = InstructionTable.rows
  private static let system = rows.filter { $0.attributes.contains(.system) }
  private static let memory = rows.filter { $0.attributes.contains(.memory) }
  private static let registers = SystemRegisterTable.shared

  init(level: Int, seed: UInt64) throws {
    self.level = level
    generator = SeededGenerator(seed: seed)
    bench = CPUBench(cores: 2, codeArenaSize: 1 << 19)
    try bench.bus.map(OddDevice(), at: PhysicalAddress(0x4000_0000), size: 0x1_0000)
    bench.cluster.cores[1].enter(level: 1)
  }

  private func randomWord() -> UInt32 {
    let word = UInt32(truncatingIfNeeded: generator.next())
    let rows: [InstructionRow]
    switch generator.pick(0..<8) {
    case 0, 1: return word
    case 2, 3: rows = Self.system
    case 4, 5: rows = Self.memory
    default: rows = Self.rows
    }
    let row = generator.pick(rows)
    if row.instruction == .mrs || row.instruction == .msrRegister || row.instruction == .sys, generator.oneIn(2) {
      // A register that exists.
      let register = Self.registers.rows[generator.pick(1..<Self.registers.rowCount)]
      let kind: UInt32 = row.instruction == .mrs ? 1 << 21 : 0
      return 0xd500_0000 | kind | UInt32(register.encoding) << 5 | (word & 31)
    }
    return (word & ~row.pattern.mask) | row.pattern.value
  }

  private func adversarialAddress() -> UInt64 {
    switch generator.pick(0..<6) {
    case 0: return generator.adversarial()
    case 1: return 0x4000_0000 + generator.next() & 0xffff
    case 2: return Self.code + generator.next() & 0xfff
    default: return generator.next() % CPUBench.ramSize
    }
  }

  /// The level's registers for one round; in some rounds with handlers that step over what failed.
  private func prepare() {
    let core = bench.core
    core.reset()
    bench.put((0..<1024).map { _ in randomWord() }, at: Self.code)
    for index in 0..<31 { core[x: index] = adversarialAddress() }
    for index in 0..<32 { core[v: index] = SIMD2(generator.adversarial(), generator.adversarial()) }
    core.sp = adversarialAddress()
    core.enter(level: level)
    installHandlers()
    let random = generator.pick([0, 0, 2, 10])
    core.r[Slot.currentEL] = 3
    core.r[Slot.spsel] = 1
    for _ in 0..<random {
      let row = Self.registers.rows[generator.pick(1..<Self.registers.rowCount)]
      _ = core.writeSystemRegister(UInt32(row.encoding), value: generator.adversarial(), rt: 0)
    }
    if generator.oneIn(2) { core.setInterrupt(generator.pick([.irq, .fiq, .virtualIRQ, .sError]), level: true) }
    core.r[Slot.daif] = generator.next() & 0x3c0
    core.r[Slot.currentEL] = UInt64(level)
    core.r[Slot.spsel] = level == 0 ? 0 : generator.next() & 1
    core.didLoadState()
  }

  private func installHandlers() {
    let core = bench.core
    for (index, vbar) in [SystemRegister.vbarEL1, .vbarEL2, .vbarEL3].enumerated() {
      let base = Self.vectors + UInt64(index) * 0x1000
      core.set(vbar, generator.oneIn(4) ? generator.adversarial() & ~0x7ff : base)
      // mrs x29, elr_elN; add x29, x29, #4; msr elr_elN, x29; eret
      let level: UInt32 = [0, 4, 6][index] << 16
      let handler = [0xd538_403d | level, A64.add(29, 29, 4), 0xd518_403d | level, A64.eret]
      for entry in UInt64(0)..<16 { bench.put(handler, at: base + entry * 0x80) }
    }
  }

  private func aim() {
    let core = bench.core
    core.pc = Self.code + UInt64(generator.pick(0..<1024)) * 4
    if generator.oneIn(50) { core.pc = generator.adversarial() }
    if generator.oneIn(8) { core[x: generator.pick(0..<31)] = adversarialAddress() }
  }

  /// Runs `rounds` pages of words; returns a hash of the state at the end.
  func run(rounds: Int) -> UInt64 {
    let core = bench.core
    let other = bench.cluster.cores[1]
    for _ in 0..<rounds {
      prepare()
      for turn in 0..<40 {
        if core.stopReason != nil { prepare() }
        if core.waiting != .running { core.waiting = .running }
        core.stalledUntil = 0
        if turn % 2 == 0 { aim() }
        let retired = bench.run(Self.slice)
        #expect(retired <= Self.slice)
        // The other core runs the same words.
        if turn % 8 == 7 {
          other.waiting = .running
          other.stopReason = nil
          other.pc = Self.code
          #expect(bench.run(Self.slice, core: 1) <= Self.slice)
        }
      }
    }
    var hasher = StateHasher()
    for core in bench.cluster.cores { core.visitState(&hasher) }
    bench.ram.hash(into: &hasher)
    return hasher.value
  }
}

@Suite("Hostile guests", .everyEngine)
struct HostileFuzzTests {
  static let rounds = 26

  @Test(
    "Random words, registers and system registers neither stop the emulator nor make two runs differ",
    .timeLimit(.minutes(2)), arguments: 0...3)
  func fuzz(level: Int) throws {
    // 26 pages of 1024 words at each of four levels: 106,496 words.
    let first = try HostileGuest(level: level, seed: UInt64(level) &+ 1)
    let hash = first.run(rounds: Self.rounds)
    #expect(first.bench.log.entries.count <= 10_000)
    #expect(first.bench.cluster.cache.translatedInstructions > 5_000)
    let second = try HostileGuest(level: level, seed: UInt64(level) &+ 1)
    #expect(second.run(rounds: Self.rounds) == hash)
  }
}
