import CPU
import Fabric
import TestSupport

/// A program of 1 to 64 random instructions and a branch back to its start, with loads, stores, branches,
/// exclusives, exceptions and, if asked for, stores to its own code.
///
/// Loads and stores go to a few bases in X20 to X25 and SP, which drift by what is written back; X26 is a
/// small index, X27 the start of the program, X28 an instruction word. Results go to X0 to X15.
struct RandomProgram {
  static let code: UInt64 = 0x10_0000
  static let data: UInt64 = 0x80_0000
  static let vectors: UInt64 = 0x20_0000

  private(set) var words: [UInt32] = []
  private var generator: SeededGenerator
  /// Where the stores to code are.
  private var patches: [Int] = []

  private static let dataProcessing = InstructionTable.rows.filter {
    $0.attributes.isDisjoint(with: [.ends, .memory, .system, .privileged, .exception])
  }
  private static let memory = InstructionTable.rows.filter { $0.attributes.contains(.memory) }
  /// Vector table entry for synchronous exceptions at EL1: goes on behind the instruction, which SVC is already.
  private static let handler: [UInt32] = [
    0xd538_521d,  // mrs x29, esr_el1
    0xd35a_ffbd,  // lsr x29, x29, #26
    0xf100_57bf,  // cmp x29, #0x15
    0x5400_0080,  // b.eq to eret
    0xd538_403d,  // mrs x29, elr_el1
    0x9100_13bd,  // add x29, x29, #4
    0xd518_403d,  // msr elr_el1, x29
    A64.eret,
  ]

  init(seed: UInt64, modifiesItself: Bool = false) {
    generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...64, using: &generator)
    while words.count < count {
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<50: words.append(randomDataProcessing())
      case 50..<75: words.append(randomMemory())
      case 75..<90: words.append(branch(in: count))
      case 90..<93:
        words.append(A64.ldxr(generator.pick(0...15), generator.pick(20...22)))
        words.append(A64.stxr(generator.pick(0...7), generator.pick(8...15), generator.pick(20...22)))
      case 93..<95: words.append(A64.svc)
      case 95: words.append(generator.pick([A64.nop, A64.isb, A64.clrex, A64.dsb]))
      case 96: words.append(A64.dcZVA(generator.pick(20...25)))
      case 97: words.append(A64.add(31, 31, generator.pick([8, -8, 16, -16, 4])))
      default: if modifiesItself { appendPatch() }
      }
    }
    aimPatches()
    words.append(A64.b(-4 * words.count))
  }

  /// A store of the word in X28 over some instruction of the program, and ISB.
  private mutating func appendPatch() {
    patches.append(words.count)
    words += [A64.nop, A64.isb]
  }

  /// Patches spare each other and their ISBs: before that, old and new code are both right.
  private mutating func aimPatches() {
    let targets = words.indices.filter { !patches.contains($0) && !patches.contains($0 - 1) }
    for place in patches where !targets.isEmpty {
      words[place] = A64.str(28, 27, generator.pick(targets) * 4, size: 2)
    }
  }

  private mutating func random(_ row: InstructionRow) -> UInt32 {
    while true {
      var word = UInt32(truncatingIfNeeded: generator.next()) & ~row.pattern.mask | row.pattern.value
      for field in row.fields where field.width > 2 && generator.oneIn(4) {
        let value = generator.pick([0, ~0, UInt32(1) << UInt32(field.width - 1)])
        word = set(field, value, in: word)
      }
      if row.accepts(word) { return word }
    }
  }

  private func set(_ field: InstructionField, _ value: UInt32, in word: UInt32) -> UInt32 {
    (word & ~field.mask) | ((value << UInt32(field.position)) & field.mask)
  }

  /// A destination of its own for each of the row's results.
  private mutating func confineDestinations(_ row: InstructionRow, _ word: UInt32) -> UInt32 {
    var free = Array(0...15).shuffled(using: &generator)
    var word = word
    for name in ["Rd", "Rt", "Rt2", "Rs"] {
      guard let field = row.field(name) else { continue }
      word = set(field, UInt32(free.removeLast()), in: word)
    }
    return word
  }

  private mutating func randomDataProcessing() -> UInt32 {
    let row = generator.pick(Self.dataProcessing)
    return confineDestinations(row, random(row))
  }

  private mutating func randomMemory() -> UInt32 {
    let row = generator.pick(Self.memory)
    var word = confineDestinations(row, random(row))
    if let base = row.field("Rn") { word = set(base, UInt32(generator.pick([20, 21, 22, 23, 24, 25, 31])), in: word) }
    if let index = row.field("Rm") { word = set(index, generator.oneIn(3) ? 31 : 26, in: word) }
    if let literal = row.field("imm19") { word = set(literal, UInt32(generator.pick(0..<16)), in: word) }
    return word
  }

  /// To some instruction of the program; through a register in some cases.
  private mutating func branch(in count: Int) -> UInt32 {
    let offset = (generator.pick(0..<count) - words.count) * 4
    let register = generator.pick(0..<16)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return A64.b(offset)
    case 1: return A64.bl(offset)
    case 2: return A64.cbz(register, offset) & ~(generator.oneIn(2) ? 1 << 31 : 0)
    case 3: return A64.cbnz(register, offset) & ~(generator.oneIn(2) ? 1 << 31 : 0)
    case 4:
      let bit = generator.next() & 0x8100_0000_00f8_0000
      return 0x3600_0000 | UInt32(truncatingIfNeeded: bit) | UInt32(offset & 0xfffc) << 3 | UInt32(register)
    case 5: return A64.ret()
    default:
      let condition = generator.pick(UInt32(0)..<16)
      return 0x5400_0000 | UInt32((offset >> 2) & 0x7ffff) << 5 | condition
    }
  }

  /// What the program runs under.
  enum Surroundings: CaseIterable, Sendable {
    /// EL1 with Normal memory.
    case plain
    /// EL1 with SCTLR_EL1.A.
    case strict
    /// EL1 with big-endian data and the MMU off.
    case bigEndian
    /// EL0, with floating point trapped.
    case user
  }

  /// Puts the program and the registers it starts with into `bench`.
  func install(in bench: CPUBench, seed: UInt64, surroundings: Surroundings = .plain) {
    var generator = SeededGenerator(seed: seed)
    let core = bench.core
    bench.put(words, at: Self.code)
    for offset in [UInt64(0x000), 0x200, 0x400] { bench.put(Self.handler, at: Self.vectors + offset) }
    for index in 0..<31 { core[x: index] = generator.adversarial() }
    for index in 0..<32 { core[v: index] = SIMD2(generator.adversarial(), generator.adversarial()) }
    for index in 20...25 { core[x: index] = Self.data + generator.next() & 0x3fff }
    // Exclusives need aligned bases, mostly.
    for index in 20...22 { core[x: index] &= ~(generator.oneIn(4) ? 0 : 15) }
    core[x: 26] = UInt64(generator.pick(0...64))
    core[x: 27] = Self.code
    core[x: 28] = UInt64(A64.add(3, 3, 1))
    core[x: 30] = Self.code
    core.flags = generator.next() & 15
    core.set(.vbarEL1, Self.vectors)
    core.set(.elrEL1, Self.code)
    core.enter(level: surroundings == .user ? 0 : 1)
    switch surroundings {
    case .plain: break
    case .strict: core.change(.sctlrEL1, set: 2)
    case .bigEndian: core.change(.sctlrEL1, set: 1 << 25, clear: 1)
    case .user:
      core.set(.cpacrEL1, 1 << 20)
      bench.map(Self.code..<(Self.code + 0x1000), as: CPUBench.Page.userReadOnly)
    }
    core.sp = Self.data + 0x2000
    core.pc = Self.code
  }
}
