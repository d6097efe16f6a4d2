import CPU
import Fabric

/// One core with 4 MiB of RAM and nothing else, and what a program runs in.
final class FuzzMachine {
  let ram: GuestRAM
  let cluster: Cluster
  private let time = VirtualTime()

  init(_ rules: TranslationRules) {
    guard let ram = GuestRAM(ranges: [0..<FuzzLayout.ramSize]) else {
      fatalError("no memory for the program")
    }
    self.ram = ram
    let bus = PhysicalBus(ram: ram)
    cluster = Cluster(
      coreCount: 1, bus: bus, time: time, log: GuestLog(), codeArenaSize: 1 << 22, rules: rules)
  }

  var core: Core { cluster.cores[0] }

  /// Runs a slice; how many instructions retired. Time passes by those.
  func run(_ count: Int) -> Int {
    let core = core
    let before = core.retiredInstructions
    core.run(instructions: Int64(count), sliceEnd: time.now &+ UInt64(count))
    let retired = core.retiredInstructions &- before
    time.advance(to: time.now &+ retired)
    return Int(truncatingIfNeeded: retired)
  }

  // MARK: Memory

  private func store(_ words: [UInt64], at address: UInt64) {
    words.withUnsafeBytes { bytes in
      (ram.base + Int(address)).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }
  }

  private func store(_ words: [UInt32], at address: UInt64) {
    words.withUnsafeBytes { bytes in
      (ram.base + Int(address)).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }
  }

  private static let handlers: [[UInt32]] = (1...3).map { level in
    let handler = FuzzLayout.handler(level: UInt32(level))
    let padding = [UInt32](repeating: 0, count: 32 - handler.count)
    return (0..<16).flatMap { _ in handler + padding }
  }
  private static let tables: [[UInt64]] = [false, true].flatMap { user in
    [false, true].map { FuzzLayout.tableWords(user: user, holes: $0) }
  }

  // MARK: A program

  func install(_ program: FuzzProgram) {
    let isUser = program.level == .el0 || program.level == .user
    let isSwapped = program.settings.contains(.bigEndian) && !isUser
    var tables = Self.tables[(isUser ? 2 : 0) + (program.settings.contains(.holes) ? 1 : 0)]
    if isSwapped {
      // SCTLR_ELx.EE is the byte order of stage-1 walks, too.
      for index in 0..<Int(FuzzLayout.stage2Root / 8) { tables[index] = tables[index].byteSwapped }
    }
    store(tables, at: FuzzLayout.tables)
    for level in 0..<3 { store(Self.handlers[level], at: FuzzLayout.vectors + UInt64(level) << 12) }
    var data = [UInt64](repeating: 0, count: Int(FuzzLayout.dataSize / 8))
    for index in data.indices { data[index] = FuzzLayout.fill(program.dataSeed, UInt64(index)) }
    store(data, at: FuzzLayout.data)
    let room = Int(FuzzLayout.code + FuzzLayout.codeSize - program.base) / 4
    store(Array(program.words.prefix(max(0, room))), at: program.base)
    store([0x1400_0000 as UInt32], at: FuzzLayout.exit)  // b .
    setRegisters(program)
    setSystem(program)
    core.didLoadState()
  }

  private func setRegisters(_ program: FuzzProgram) {
    let r = core.r
    for index in 0..<31 { r[index] = program.x[index] }
    for index in 0..<64 { r[Slot.v0 + index] = program.v[index] }
    r[Slot.sp] = program.stack
    for level in 0..<4 { r[Slot.spEL0 + level] = program.stack &+ UInt64(level) << 8 }
    r[Slot.pc] = program.base
    r[Slot.flagN] = (program.flags >> 3) << 63
    r[Slot.flagZ] = (~program.flags >> 2) & 1
    r[Slot.flagC] = (program.flags >> 1) & 1
    r[Slot.flagV] = program.flags & 1
    r[Slot.fpcr] = program.fpcr
    r[Slot.daif] = 0x3c0
  }

  private func set(_ register: SystemRegister, _ value: UInt64) {
    core.r[Slot.system + register.rawValue] = value
  }

  private func setSystem(_ program: FuzzProgram) {
    let level: UInt64 = program.level == .el2 ? 2 : program.level == .el1 ? 1 : 0
    let settings = program.settings
    core.r[Slot.currentEL] = level
    core.r[Slot.spsel] = level == 0 ? 0 : 1
    core.r[Slot.sp] = program.stack

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
    let orderEL2: UInt64 = level == 2 ? order & 1 << 25 : 0
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
  private func setDebug(_ program: FuzzProgram) {
    let kinds = program.settings.intersection([.watchpoint, .breakpoint, .softwareStep])
    guard !kinds.isEmpty else { return }
    set(.osLock, 0)
    core.r[Slot.daif] = 0x1c0
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
