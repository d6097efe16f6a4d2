import CPU

/// The system registers that a program starts with, as its level and settings say.
struct SystemState {
  /// PSTATE.{D,A,I,F}.
  private(set) var daif: UInt64 = 0x3c0
  private(set) var registers: [(SystemRegister, UInt64)] = []

  /// The value of a register; zero if the program leaves it alone.
  subscript(_ register: SystemRegister) -> UInt64 { registers.last { $0.0 == register }?.1 ?? 0 }

  private mutating func set(_ register: SystemRegister, _ value: UInt64) {
    registers.append((register, value))
  }

  init(_ program: FuzzProgram) {
    let level: UInt64 = program.level == .el2 ? 2 : program.level == .el1 ? 1 : 0
    let settings = program.settings
    // HCE, RW, SMD, NS.
    set(.scrEL3, 0x5b1)
    set(.cptrEL3, 0)
    for (index, register) in [SystemRegister.vbarEL1, .vbarEL2, .vbarEL3].enumerated() {
      set(register, FuzzLayout.vectors + UInt64(index) << 12)
    }
    for register in [SystemRegister.elrEL1, .elrEL2, .elrEL3] { set(register, program.base) }
    set(.spsrEL1, level == 0 ? 0x3c0 : 0x3c5)
    set(.spsrEL2, level == 2 ? 0x3c9 : 0x3c5)
    for register in [SystemRegister.mairEL1, .mairEL2, .mairEL3] { set(register, 0xff00) }
    for register in [SystemRegister.ttbr0EL1, .ttbr0EL2, .ttbr0EL3] { set(register, FuzzLayout.stage1Root) }
    // T0SZ 25; upper half off, 40 bits of physical address for EL1.
    set(.tcrEL1, 25 | 1 << 23 | 2 << 32)
    set(.tcrEL2, 25 | 2 << 16 | 1 << 23 | 1 << 31)
    set(.vtcrEL2, 25 | 1 << 6 | 2 << 16 | 1 << 31)
    set(.vttbrEL2, FuzzLayout.stage2Root | 7 << 48)

    let order: UInt64 = settings.contains(.bigEndian) ? (level == 0 ? 1 << 24 : 1 << 24 | 1 << 25) : 0
    let alignment: UInt64 = settings.contains(.strictAlignment) ? 2 : 0
    let translation: UInt64 = settings.contains(.untranslated) ? 0 : 1
    let common = alignment | translation | 8 | 4 | 1 << 12
    // RES1 bits; SA0; UCI, UCT, DZE, UMA and no traps of WFx.
    let user: UInt64 = settings.contains(.restrictedUser) ? 0 : 1 << 26 | 1 << 15 | 1 << 14 | 1 << 9
    set(.sctlrEL1, 0x30d0_0800 | common | order | user | 1 << 4 | 1 << 16 | 1 << 18)
    // EL2 walks the same tables, and those of stage 2.
    let orderEL2 = order & 1 << 25
    set(.sctlrEL2, 0x30c5_0830 | (level == 2 ? common : 1 | 8 | 4 | 1 << 12) | orderEL2)

    let isFloatTrapped = settings.contains(.floatTrapped)
    set(.cpacrEL1, isFloatTrapped && level < 2 ? 0 : 3 << 20)
    set(.cptrEL2, isFloatTrapped && level > 0 ? 0x37ff : 0x33ff)
    // RW; VM for EL1 and below.
    var hypervisor: UInt64 = 1 << 31 | (level == 2 ? 0 : 1)
    if settings.contains(.hypervisorTraps) {
      // TID0 to TID3, TSC, TIDCP, TACR, TSW, TPC, TPU, TTLB, TVM, TDZ, TRVM: some of them by the data's seed.
      hypervisor |= 0x57ff_8000 & (program.dataSeed &* 0x2545_f491_4f6c_dd1d) >> 7
      set(.mdcrEL2, 0xe60 & program.dataSeed << 3)
      set(.hstrEL2, 0)
    }
    set(.hcrEL2, hypervisor)
    setDebug(program)
  }

  /// Debug exceptions to EL1 from EL0 and, with KDE and PSTATE.D clear, from EL1 (Arm DDI 0487, D2).
  private mutating func setDebug(_ program: FuzzProgram) {
    let kinds = program.settings.intersection([.watchpoint, .breakpoint, .softwareStep])
    guard !kinds.isEmpty else { return }
    set(.osLock, 0)
    daif = 0x1c0
    let step: UInt64 = kinds.contains(.softwareStep) ? 1 : 0
    set(.mdscrEL1, 1 << 15 | 1 << 13 | step)
    if kinds.contains(.watchpoint) {
      // E, EL0 and EL1, loads and stores, all bytes, 11 bits of mask.
      set(.dbgwvr0EL1, FuzzLayout.data + 0x8000)
      set(.dbgwcr0EL1, 11 << 24 | 0xff << 5 | 3 << 3 | 3 << 1 | 1)
    }
    if kinds.contains(.breakpoint) {
      // E, EL0 and EL1, A64.
      set(.dbgbvr0EL1, program.base + 12)
      set(.dbgbcr0EL1, 0xf << 5 | 3 << 1 | 1)
    }
  }
}
