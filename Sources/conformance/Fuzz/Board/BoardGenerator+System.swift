import CPU

/// System instructions whose result the architecture defines, and QEMU models.
extension BoardGenerator {
  /// Registers that MRS does not read, by the begin of their names, besides those that no fuzzer reads
  /// (counters, performance monitors, IMPLEMENTATION DEFINED ones).
  private static let unread = [
    // UNKNOWN after an exception return (Arm DDI 0487, D13.2.37, D13.2.40, D13.2.55).
    "esr_", "far_", "hpfar_",
    // IMPLEMENTATION DEFINED.
    "afsr", "amair", "actlr", "aidr", "cbar",
    // What firmware/guests/sysregs.differences explains: other identification, and registers QEMU lacks.
    "id_dfr0", "id_isar5", "id_aa64isar0", "ccsidr", "dbgauthstatus", "dbgprcr", "mdccint", "dbgvcr32",
    "fpexc32",
  ]

  private static let reads: [UInt32] = FuzzGenerator.reads.filter { word in
    guard let text = Disassembler.text(word: word, address: 0)?.lowercased() else { return false }
    let name = text.dropFirst(8)
    return !unread.contains { name.hasPrefix($0) }
  }

  mutating func appendSystem(_ program: FuzzProgram, _ length: Int) {
    switch make.below(12) {
    case 0..<4: words.append(make.pick(Self.reads) | make.register())
    case 4, 5: appendWrite(program)
    case 6, 7: appendSYS()
    case 8 where make.chance(40) && !settings.contains(.hypervisorTraps) && !goesToEL0:
      appendPatch()
    default: words.append(make.pick(singles(program)))
    }
  }

  private mutating func appendWrite(_ program: FuzzProgram) {
    let source = make.register()
    let isb: UInt32 = 0xd503_3fdf
    switch make.below(9) {
    case 0:
      // TPIDR_EL0, TPIDR_EL1, TPIDRRO_EL0, TPIDR_EL2.
      words.append(make.pick([0xd51b_d040, 0xd518_d080, 0xd51b_d060, 0xd51c_d040]) | source)
    case 1: words += [0x2a00_03f1 | source << 16, 0xd518_d031, isb]  // contextidr_el1, 32 bits
    case 2: words.append(0xd51b_4200 | source)  // nzcv
    // QEMU takes the step of an instruction that sets PSTATE.D (D2.12.3).
    case 3 where !settings.contains(.softwareStep): words.append(0xd51b_4220 | source)  // daif
    case 4: words += [0x1200_0011 | 10 << 16 | 4 << 10 | source << 5, 0xd51b_4411]  // fpcr, bits 26:22
    case 5: words += [0x1200_1011 | source << 5, 0xd51b_4431]  // fpsr, bits 4:0
    case 6: words += [0x1200_0011 | 12 << 16 | 1 << 10 | source << 5, 0xd518_1051, isb]  // cpacr_el1.fpen
    case 7:
      // SCTLR_ELx.A.
      let isEL2 = program.level == .el2
      let value = SystemState(program)[isEL2 ? .sctlrEL2 : .sctlrEL1] ^ (make.chance(50) ? 2 : 0)
      words += constant(UInt32(truncatingIfNeeded: value))
      words += [0xd518_1011 | (isEL2 ? 4 << 16 : 0), isb]
    default: words += [0xd280_0011 | UInt32(make.below(3)) << 5, 0xd51a_0011]  // csselr_el1
    }
  }

  /// Cache maintenance by address goes to a page that is there; by set and way to the first.
  private mutating func appendSYS() {
    switch make.below(5) {
    case 0:
      let isPlain = settings.isDisjoint(with: [.holes, .untranslated])
      let zero: [UInt32] = settings.contains(.untranslated) ? [] : [0xd50b_7420 | (isPlain ? 20 : 16)]
      words.append(
        make.pick([
          0xd50b_7a30, 0xd50b_7b30, 0xd50b_7e30,  // dc cvac, cvau, civac
          0xd508_765f, 0xd508_7a5f, 0xd508_7e5f,  // dc isw, csw, cisw
          0xd50b_7530, 0xd508_751f, 0xd508_711f,  // ic ivau, iallu, ialluis
        ] + zero))
    case 1, 2:
      // AT of the level's own regimes and those below, and what it said.
      words.append(
        make.pick([
          0xd508_7800, 0xd508_7820, 0xd508_7840, 0xd508_7860,  // at s1e1r, s1e1w, s1e0r, s1e0w
          0xd50c_7800, 0xd50c_7820, 0xd50c_7880, 0xd50c_78a0,  // at s1e2r, s1e2w, s12e1r, s12e1w
          0xd50c_78c0, 0xd50c_78e0,  // at s12e0r, s12e0w
        ]) | make.pick([16, 20, 21, 22, 23, 24, 25]))
      words += [0xd503_3fdf, 0xd538_7400 | make.register()]
    default:
      words.append(
        make.pick([
          0xd508_871f, 0xd508_8720, 0xd508_8740, 0xd508_8760,  // tlbi vmalle1, vae1, aside1, vaae1
          0xd508_831f, 0xd508_8320, 0xd508_87a0, 0xd508_87e0,  // tlbi vmalle1is, vae1is, vale1, vaale1
          0xd50c_871f, 0xd50c_8720, 0xd50c_879f, 0xd50c_87df,  // tlbi alle2, vae2, alle1, vmalls12e1
          0xd50c_8420,  // tlbi ipas2e1
        ]) | make.pick([20, 21, 22, 23, 24, 25]))
    }
  }

  private func singles(_ program: FuzzProgram) -> [UInt32] {
    var words: [UInt32] = [
      0xd503_201f, 0xd503_3fdf, 0xd503_3f9f, 0xd503_3fbf, 0xd503_3f5f,  // nop, isb, dsb, dmb, clrex
      0xd503_209f, 0xd503_20bf, 0xd503_203f, 0xd503_22df,  // sev, sevl, yield, a hint without meaning
      0xd500_40bf, 0xd500_41bf,  // msr spsel
      0xd400_0001, 0xd400_0022, 0xd400_0043, 0xd420_0060, 0xd440_00a0,  // svc, hvc, smc, brk, hlt
      0x0000_0000, 0xd4a0_0001, 0xd6bf_03e0,  // udf, dcps1, drps
    ]
    // QEMU exchanges operands in the syndrome of a refused one (firmware/guests/traps.differences).
    // EL1 and EL2 may have returned to EL0.
    if !settings.contains(.restrictedUser) { words += [0xd503_43df, 0xd503_43ff] }  // msr daifset, daifclr
    return words
  }
}
