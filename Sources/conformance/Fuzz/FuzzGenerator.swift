import CPU

/// Makes random programs of 1 to 64 instructions. Loads and stores go to X20 to X25 and SP, which drift by
/// what is written back; X19 counts loops down, X26 is a small index, X27 the start of the program, X28 and
/// X29 belong to the exception handlers. Results go to X0 to X15.
struct FuzzGenerator {
  private var make: InstructionMaker
  private let level: FuzzProgram.Level
  /// Where the program stores to its own code, with an ISB behind.
  private var patches: [Int] = []

  init(seed: UInt64, number: UInt64, level: FuzzProgram.Level) {
    make = InstructionMaker(seed: seed, number: number)
    self.level = level
  }

  // MARK: Material

  /// MRS of every register with a name, but for counters and what counts.
  static let reads: [UInt32] = (0..<0x8000).compactMap { encoding in
    let word = 0xd530_0000 | UInt32(encoding) << 5
    guard let text = Disassembler.text(word: word, address: 0)?.lowercased() else { return nil }
    let name = text.dropFirst(8)
    return ["s3_", "s2_", "cnt", "pm"].contains { name.hasPrefix($0) } ? nil : word
  }

  /// MSR to registers that change nothing about where the program is.
  private static let writes: [UInt32] = [
    0xd51b_d040,  // tpidr_el0
    0xd518_d080,  // tpidr_el1
    0xd51b_d060,  // tpidrro_el0
    0xd51c_d040,  // tpidr_el2
    0xd518_5100,  // afsr0_el1
    0xd518_5220 & ~0x20,  // esr_el1
    0xd518_6000,  // far_el1
    0xd518_7400,  // par_el1
    0xd518_a300,  // amair_el1
    0xd518_1040,  // cpacr_el1
    0xd51a_0000,  // csselr_el1
    0xd51b_4200,  // nzcv
    0xd51b_4220,  // daif
    0xd51b_4400,  // fpcr
    0xd51b_4420,  // fpsr
  ]

  /// SYS instructions, Rt to be filled in: cache maintenance, AT, TLBI.
  static let systemInstructions: [UInt32] = [
    0xd50b_7420,  // dc zva
    0xd50b_7a20,  // dc cvac
    0xd50b_7b20,  // dc cvau
    0xd50b_7e20,  // dc civac
    0xd508_7620,  // dc ivac
    0xd508_7640,  // dc isw
    0xd508_7a40,  // dc csw
    0xd50b_7520,  // ic ivau
    0xd508_7500,  // ic iallu
    0xd508_7100,  // ic ialluis
    0xd508_7800, 0xd508_7820, 0xd508_7840, 0xd508_7860,  // at s1e1r, s1e1w, s1e0r, s1e0w
    0xd50c_7800, 0xd50c_7820, 0xd50c_7880, 0xd50c_78a0,  // at s1e2r, s1e2w, s12e1r, s12e1w
    0xd508_8700, 0xd508_8720, 0xd508_8740, 0xd508_8760,  // tlbi vmalle1, vae1, aside1, vaae1
    0xd508_8300, 0xd508_8320, 0xd508_87a0, 0xd508_87e0,  // tlbi vmalle1is, vae1is, vale1, vaale1
    0xd50c_8700, 0xd50c_8720, 0xd50c_8780, 0xd50c_87c0,  // tlbi alle2, vae2, alle1, vmalls12e1
    0xd50c_8420,  // tlbi ipas2e1
  ]

  private static let singles: [UInt32] = [
    0xd503_201f,  // nop
    0xd503_3fdf,  // isb
    0xd503_3f9f,  // dsb sy
    0xd503_3fbf,  // dmb sy
    0xd503_3f5f,  // clrex
    0xd503_209f,  // sev
    0xd503_20bf,  // sevl
    0xd503_203f,  // yield
    0xd503_22df,  // a hint without meaning
    0xd503_43df,  // msr daifset, #3
    0xd503_43ff,  // msr daifclr, #3
    0xd500_40bf,  // msr spsel, #0
    0xd500_41bf,  // msr spsel, #1
    0xd400_0001,  // svc #0
    0xd400_0022,  // hvc #1
    0xd400_0043,  // smc #2
    0xd420_0060,  // brk #3
    0x0000_0000,  // udf #0
    0xd69f_03e0,  // eret
  ]

  private mutating func baseRegister() -> UInt32 { make.pick([20, 21, 22, 23, 24, 25, 31]) }

  // MARK: A program

  mutating func program() -> FuzzProgram {
    var program = FuzzProgram()
    program.level = level
    let isUser = level == .user
    if !isUser {
      let chances: [(FuzzProgram.Setting, Int)] = [
        (.strictAlignment, 20), (.bigEndian, 15), (.untranslated, 10), (.floatTrapped, 15),
        (.hypervisorTraps, 30), (.holes, 60), (.restrictedUser, 30), (.watchpoint, 8),
        (.breakpoint, 6), (.softwareStep, 4),
      ]
      for (setting, percent) in chances where make.chance(percent) { program.settings.insert(setting) }
      if program.settings.contains(.holes) { program.settings.insert(.deviceMemory) }
      // Often right at the end of a page.
      if make.chance(50) { program.base += 0x1000 - 4 * UInt64(1 + make.below(80)) }
      program.count = 50 + make.below(500)
    }
    program.dataSeed = make.random.next()
    program.sliceSeed = make.random.next()
    program.longestSlice = make.pick([2, 5, 20, 80, 600])
    make.setRegisters(&program)
    let length = 1 + make.below(64)
    while program.words.count < length { append(to: &program, length: length) }
    program.words = Array(program.words.prefix(length))
    aimPatches(&program)
    let end = program.base + UInt64(program.words.count) * 4
    let target = isUser ? FuzzLayout.exit : program.base
    program.words.append(0x1400_0000 | UInt32(truncatingIfNeeded: (target &- end) >> 2) & 0x3ff_ffff)
    return program
  }

  private mutating func append(to program: inout FuzzProgram, length: Int) {
    let place = program.words.count
    switch make.below(100) {
    case 0..<40: program.words.append(make.dataProcessing(InstructionMaker.plain))
    case 40..<66: program.words.append(memoryAccess())
    case 66..<74:
      // A compare and the branch on it.
      program.words.append(make.dataProcessing(InstructionMaker.compares))
      program.words.append(conditional(from: place + 1, length))
    case 74..<84: program.words.append(branch(from: place, length))
    case 84..<87:
      // LDXR and STXR of the same place.
      let size = UInt32(make.below(4)) << 30
      program.words.append(0x085f_7c00 | size | 22 << 5 | make.register())
      let status = UInt32(make.below(8)) << 16
      program.words.append(0x0800_7c00 | size | status | 22 << 5 | (8 + UInt32(make.below(8))))
    case 87..<90: appendLoop(to: &program)
    default: appendSystem(to: &program)
    }
  }

  private mutating func appendSystem(to program: inout FuzzProgram) {
    if level == .user {
      let words: [UInt32] = [
        0xd53b_4200, 0xd51b_4200,  // nzcv
        0xd53b_4420, 0xd51b_4420,  // fpsr
        0xd53b_4400,  // fpcr
        0xd51b_d040, 0xd53b_d040,  // tpidr_el0
        0xd503_201f, 0xd503_3fdf, 0xd503_3f9f,
      ]
      let word = make.pick(words)
      program.words.append(word & 0xfff0_0000 == 0xd500_0000 ? word : word | make.register())
      return
    }
    switch make.below(10) {
    case 0..<3: program.words.append(make.pick(Self.reads) | make.register())
    case 3, 4: program.words.append(make.pick(Self.writes) | make.register())
    case 5, 6: program.words.append(make.pick(Self.systemInstructions) | make.pick([20, 21, 23, 24, 25, 0]))
    case 7:
      // SCTLR_EL1.A or, at EL2, SCTLR_EL2.A changes.
      let bank: UInt32 = level == .el2 ? 4 << 16 : 0
      program.words += [0xd538_100d | bank, 0xd27f_01ad, 0xd518_100d | bank]
    case 8 where make.chance(30):
      // The program's own code changes: X27 and the instruction in X17.
      patches.append(program.words.count)
      program.words.append(0xd503_201f)
      program.words.append(0xd503_3fdf)
    default: program.words.append(make.pick(Self.singles))
    }
  }

  /// X19 goes down, and as long as it is not negative back.
  private mutating func appendLoop(to program: inout FuzzProgram) {
    let place = program.words.count + 1
    let distance = make.below(place + 1)
    program.words.append(0xd100_0673)  // sub x19, x19, #1
    program.words.append(0xb6f8_0013 | UInt32(truncatingIfNeeded: -distance & 0x3fff) << 5)  // tbz x19, #63
  }

  /// Patches spare each other and their ISBs: before that, old and new code are both right (Arm DDI 0487,
  /// B2.4.4).
  private mutating func aimPatches(_ program: inout FuzzProgram) {
    let targets = program.words.indices.filter { !patches.contains($0) && !patches.contains($0 - 1) }
    for place in patches where place + 1 < program.words.count && !targets.isEmpty {
      program.words[place] = 0xb900_0000 | UInt32(make.pick(targets)) << 10 | 27 << 5 | 17
    }
  }

  // MARK: Instructions

  private mutating func memoryAccess() -> UInt32 {
    let row = make.pick(level == .user ? InstructionMaker.plainMemory : InstructionMaker.memory)
    var word = make.confine(row, make.word(of: row))
    if let base = row.field("Rn") { word = InstructionMaker.set(base, baseRegister(), in: word) }
    if let index = row.field("Rm") { word = InstructionMaker.set(index, make.chance(30) ? 31 : 26, in: word) }
    if let literal = row.field("imm19") {
      word = InstructionMaker.set(literal, UInt32(make.below(16)), in: word)
    }
    if let offset = row.field("imm12"), make.chance(90) {
      word = InstructionMaker.set(offset, UInt32(make.below(256)), in: word)
    }
    return word
  }

  // MARK: Branches

  /// The distance in instructions from `place` to some other; ahead for programs that must end.
  private mutating func distance(from place: Int, _ length: Int) -> UInt32 {
    let ahead = max(1, length - place)
    let offset = level == .user || make.chance(60) ? 1 + make.below(ahead) : make.below(length) - place
    return UInt32(truncatingIfNeeded: level == .user ? min(offset, ahead) : offset)
  }

  private mutating func conditional(from place: Int, _ length: Int) -> UInt32 {
    0x5400_0000 | (distance(from: place, length) & 0x7ffff) << 5 | UInt32(make.below(16))
  }

  private mutating func branch(from place: Int, _ length: Int) -> UInt32 {
    let offset = distance(from: place, length)
    let near = (offset & 0x7ffff) << 5
    let half = make.chance(50) ? 1 << 31 as UInt32 : 0
    switch make.below(8) {
    case 0: return 0x1400_0000 | offset & 0x3ff_ffff
    case 1 where level != .user: return 0x9400_0000 | offset & 0x3ff_ffff
    case 2: return 0x3400_0000 | half | near | make.register()
    case 3: return 0x3500_0000 | half | near | make.register()
    case 4: return 0x3600_0000 | make.random.next32() & 0x81f8_0000 | (offset & 0x3fff) << 5 | make.register()
    case 5 where level != .user: return 0xd65f_03c0  // ret
    case 6 where level != .user && make.chance(20):
      // BR or BLR.
      return make.pick([0xd61f_0000, 0xd63f_0000]) | make.pick([27, 30, 0]) << 5
    default: return conditional(from: place, length)
    }
  }
}
