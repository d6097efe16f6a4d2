import CPU

/// A program for the whole board, and the runs of its words that belong together.
struct BoardProgram {
  var program: FuzzProgram
  /// Each unit does what it does as a whole: branches go to the begin of units, and a failure is made smaller
  /// by whole units.
  var units: [Range<Int>] = []
}

/// Makes random programs of 1 to 64 units whose result the architecture defines, whatever they run on
/// (docs/fuzzing.md lists what is left out, and why). Every program ends: all ways back go through X19, which is
/// counted down, and all exceptions through X18.
///
/// X16 is an address that can be accessed, X17 holds what a unit needs, X18 the exceptions left, X19 the ways
/// back left, X20 to X25 and SP addresses, X26 a small index, X27 the begin. X28 and X29 belong to the handlers.
/// Results go to X0 to X15 and X30.
struct BoardGenerator {
  var make: InstructionMaker
  private let level: FuzzProgram.Level
  var settings: Set<FuzzProgram.Setting> = []
  private var base = FuzzLayout.code
  var words: [UInt32] = []
  private var units: [Range<Int>] = []
  /// Branches whose distance is set when all units are there.
  private var branches: [(place: Int, distance: Distance, unit: Int)] = []
  /// Stores to code: the place of the instructions with the offset, and of those that it may replace.
  private var patches: [Int] = []
  /// Whether an ERET may lead to EL0, which may not read the code of other levels: DC CVAU faults there, but not
  /// on QEMU, so that there are either such returns or patches.
  private(set) var goesToEL0 = false
  private var plainUnits: [Int] = []

  static let longest = 192

  init(seed: UInt64, number: UInt64, level: FuzzProgram.Level) {
    make = InstructionMaker(seed: seed, number: number ^ 0xb0a2_d000_0000_0000)
    self.level = level
  }

  // MARK: A program

  mutating func program() -> BoardProgram {
    var program = FuzzProgram()
    program.level = level
    let chances: [(FuzzProgram.Setting, Int)] = [
      (.strictAlignment, 20), (.bigEndian, 15), (.untranslated, 10), (.floatTrapped, 12),
      (.hypervisorTraps, 30), (.holes, 60), (.restrictedUser, 30), (.watchpoint, 8), (.breakpoint, 6),
      (.softwareStep, 4),
    ]
    for (setting, percent) in chances where make.chance(percent) { settings.insert(setting) }
    program.settings = settings
    if make.chance(50) { base += 0x1000 - 4 * UInt64(1 + make.below(80)) }
    program.base = base
    program.dataSeed = make.random.next()
    make.setRegisters(&program)
    program.x[16] = FuzzLayout.data + 0x1_0000 + (make.random.below(0x3000) & ~15)
    program.x[17] = 0
    program.x[18] = UInt64(settings.contains(.softwareStep) ? 100 : 8 + make.below(24))
    program.x[26] = make.random.below(33)
    let length = 1 + make.below(64)
    while units.count < length && words.count < Self.longest - 20 { appendUnit(program, length) }
    resolve()
    words.append(Self.end)
    units.append(words.count - 1..<words.count)
    program.words = words
    return BoardProgram(program: program, units: units)
  }

  /// BRK #0xfff0: every handler knows it.
  private static let end: UInt32 = 0xd43f_fe00

  private mutating func appendUnit(_ program: FuzzProgram, _ length: Int) {
    let start = words.count
    let isQuiet = settings.contains(.breakpoint) && units.count < 5
    switch isQuiet ? 0 : make.below(100) {
    case 0..<38:
      plainUnits.append(start)
      words.append(make.dataProcessing(InstructionMaker.plain, fixed: true))
    case 38..<64: appendAccess()
    case 64..<72:
      words.append(make.dataProcessing(InstructionMaker.compares, fixed: true))
      appendBranch(length, isConditional: true)
    case 72..<80: appendBranch(length, isConditional: false)
    case 80..<83: appendExclusives()
    case 83..<86: appendLoop()
    case 86..<88: appendWayBack(length)
    default: appendSystem(program, length)
    }
    units.append(start..<words.count)
  }

  private mutating func resolve() {
    for (place, distance, unit) in branches {
      let target = unit < units.count ? units[unit].lowerBound : words.count
      words[place] = distance.set(target - place, in: words[place])
    }
    for place in patches where !plainUnits.isEmpty {
      let offset = UInt32(truncatingIfNeeded: make.pick(plainUnits))
      words[place] = words[place] | offset << 10
      words[place + 1] = words[place + 1] | offset << 12
    }
  }

  // MARK: Branches

  /// Where a branch has its distance.
  private enum Distance {
    case near, test, far

    func set(_ distance: Int, in word: UInt32) -> UInt32 {
      let value = UInt32(truncatingIfNeeded: distance)
      return switch self {
      case .near: word | (value & 0x7ffff) << 5
      case .test: word | (value & 0x3fff) << 5
      case .far: word | value & 0x3ff_ffff
      }
    }
  }

  /// To a unit ahead, or to the end.
  private mutating func appendBranch(_ length: Int, isConditional: Bool) {
    let half: UInt32 = make.chance(50) ? 1 << 31 : 0
    let word: UInt32
    var distance = Distance.near
    switch isConditional ? 9 : make.below(8) {
    case 0: (word, distance) = (0x1400_0000, Distance.far)
    case 1: (word, distance) = (0x9400_0000, Distance.far)
    case 2: word = 0x3400_0000 | half | make.register()
    case 3: word = 0x3500_0000 | half | make.register()
    case 4: (word, distance) = (0x3600_0000 | make.random.next32() & 0x81f8_0000 | make.register(), Distance.test)
    default: word = 0x5400_0000 | UInt32(make.below(16))
    }
    let ahead = max(1, length - units.count - 1)
    branches.append((words.count, distance, units.count + 1 + make.below(min(ahead, 12))))
    words.append(word)
  }

  /// X19 goes down, and as long as it is not negative back to some unit.
  private mutating func appendLoop() {
    words.append(Self.countDown)
    branches.append((words.count, .test, make.below(units.count + 1)))
    words.append(0xb6f8_0013)  // tbz x19, #63
  }

  private static let countDown: UInt32 = 0xd100_0673  // sub x19, x19, #1

  /// RET, BR, BLR or ERET, as long as X19 allows; nothing is between the look at X19 and the branch, to which an
  /// exception could return.
  private mutating func appendWayBack(_ length: Int) {
    var branch: UInt32
    switch make.below(5) {
    case 0: branch = 0xd65f_03c0  // ret
    case 1: branch = 0xd61f_0000 | make.pick([27, 30]) << 5
    case 2: branch = 0xd63f_0360  // blr x27
    case 3 where make.chance(50) && !settings.contains(.untranslated):
      branch = 0xd61f_0000 | make.register() << 5  // anywhere
    default:
      branch = 0xd69f_03e0  // eret
      if make.chance(70) { words += exceptionReturn() }
    }
    words += [Self.countDown, 0xb7f8_0053, branch]  // tbnz x19, #63, behind it
  }

  /// ELR_ELx and SPSR_ELx are set for an ERET. Without AArch32, which Tayberry does not have, and without
  /// SPSR_ELx.SS unless steps are on.
  private mutating func exceptionReturn() -> [UInt32] {
    let bank: UInt32 = level == .el2 ? 4 << 16 : 0
    // EL0t, the levels with both stack pointers, and illegal ones.
    var mode: UInt32 = make.pick([0, 4, 5, 5, 8, 9, 1, 6, 13])
    if mode == 0 && !patches.isEmpty { mode = 5 }
    if mode == 0 && level != .el0 { goesToEL0 = true }
    var state = make.random.next32() & 0xf000_03c0 | mode
    if make.chance(10) { state |= 1 << 20 }
    if settings.contains(.softwareStep) {
      state &= ~(1 << 9)
      if make.chance(60) { state |= 1 << 21 }
    }
    return [0x1000_0011 | UInt32(8) << 5, 0xd518_4031 | bank]  // adr x17, behind the eret; msr elr_elx, x17
      + constant(state) + [0xd518_4011 | bank]  // msr spsr_elx, x17
  }

  /// MOVZ and MOVK of W17.
  func constant(_ value: UInt32) -> [UInt32] {
    [0x5280_0011 | (value & 0xffff) << 5, 0x72a0_0011 | (value >> 16) << 5]
  }

  // MARK: Memory

  /// Whether a fault can leave some of the registers or bytes changed: UNKNOWN (Arm DDI 0487, D1.12.4).
  private static func hasParts(_ row: InstructionRow) -> Bool {
    let name = "\(row.instruction)".prefix(3)
    return row.field("Rt2") != nil || ["ld1", "ld2", "ld3", "ld4", "st1", "st2", "st3", "st4"].contains(name)
  }

  private static let rows = InstructionMaker.memory.filter { !$0.attributes.contains(.exclusive) }

  private mutating func appendAccess() {
    let row = make.pick(Self.rows)
    var word = InstructionMaker.withFixedBits(row, make.confine(row, make.word(of: row)))
    // QEMU does not check the alignment of SP, which therefore stays where it is.
    let isIndexed = "\(row.instruction)".hasSuffix("Index")
    var address: UInt32 = make.pick([20, 21, 22, 23, 24, 25, isIndexed ? 20 : 31])
    if Self.hasParts(row) {
      // To pages that are all there.
      address = make.pick([20, 21, 22, 23, 24, 25])
      words.append(0xd340_3400 | address << 5 | address)  // ubfx, bits 13:0
      words.append(0x9148_4000 | address << 5 | address)  // add of 0x210000
    }
    if let field = row.field("Rn") { word = InstructionMaker.set(field, address, in: word) }
    if let field = row.field("Rm") { word = InstructionMaker.set(field, make.chance(30) ? 31 : 26, in: word) }
    if let field = row.field("imm19") {
      word = InstructionMaker.set(field, UInt32(make.below(16)), in: word)
    }
    if let field = row.field("imm12"), make.chance(90) {
      word = InstructionMaker.set(field, UInt32(make.below(256)), in: word)
    }
    words.append(word)
  }

  /// A load-exclusive and the store to the same place, aligned, to a page that is there and Normal memory.
  private mutating func appendExclusives() {
    if settings.contains(.untranslated) { return words.append(0xd503_201f) }
    let status = UInt32(make.below(5))
    let (first, second) = (5 + UInt32(make.below(5)), 10 + UInt32(make.below(5)))
    let order: UInt32 = make.chance(30) ? 1 << 15 : 0
    if make.chance(30) {
      let size: UInt32 = make.chance(50) ? 1 << 30 : 0
      words.append(0x887f_0000 | size | order | second << 10 | 16 << 5 | first)  // ldxp
      if make.chance(20) { words.append(0xd503_3f5f) }  // clrex
      words.append(0x8820_0000 | size | order | status << 16 | second << 10 | 16 << 5 | first)
    } else {
      let size = UInt32(make.below(4)) << 30
      words.append(0x085f_7c00 | size | order | 16 << 5 | first)  // ldxr
      if make.chance(20) { words.append(0xd503_3f5f) }
      words.append(0x0800_7c00 | size | order | status << 16 | 16 << 5 | second)
    }
  }

  /// A new instruction in place of another one, with the maintenance that this needs (Arm DDI 0487, B2.4.4).
  mutating func appendPatch() {
    let word = make.dataProcessing(InstructionMaker.plain, fixed: true)
    words += constant(settings.contains(.bigEndian) ? word.byteSwapped : word)
    patches.append(words.count)
    words.append(0xb900_0371)  // str w17, [x27]
    words.append(0x9100_0371)  // add x17, x27
    // dc cvau, dsb, ic ivau, dsb, isb
    words += [0xd50b_7b31, 0xd503_3b9f, 0xd50b_7531, 0xd503_3b9f, 0xd503_3fdf]
  }
}
