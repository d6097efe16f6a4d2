import CPU
import Fabric

/// One core with 4 MiB of RAM and nothing else, and what a program runs in.
final class FuzzMachine {
  let ram: GuestRAM
  let cluster: Cluster
  private let time = VirtualTime()

  init(_ rules: TranslationRules) {
    guard let ram = GuestRAM(ranges: [0..<FuzzLayout.ramSize]) else {
      Tools.giveUp("no memory for a program")
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
    // A read of the counter moves `now` within the slice.
    let start = time.now
    core.run(instructions: Int64(count), sliceEnd: start &+ UInt64(count))
    let retired = core.retiredInstructions &- before
    time.now = start
    time.advance(to: start &+ retired)
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
  private static let tables: [[UInt64]] = (0..<8).map { kind in
    FuzzLayout.tableWords(user: kind & 1 != 0, holes: kind & 2 != 0, devices: kind & 4 != 0)
  }

  // MARK: A program

  func install(_ program: FuzzProgram) {
    let isUser = program.level == .el0 || program.level == .user
    let isSwapped = program.settings.contains(.bigEndian) && !isUser
    let holes = program.settings.contains(.holes) ? 2 : 0
    let devices = program.settings.contains(.deviceMemory) ? 4 : 0
    var tables = Self.tables[(isUser ? 1 : 0) + holes + devices]
    if isSwapped {
      FuzzLayout.swapTables(&tables)
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
  }

  private func setSystem(_ program: FuzzProgram) {
    let level: UInt64 = program.level == .el2 ? 2 : program.level == .el1 ? 1 : 0
    core.r[Slot.currentEL] = level
    core.r[Slot.spsel] = level == 0 ? 0 : 1
    core.r[Slot.sp] = program.stack
    let state = SystemState(program)
    core.r[Slot.daif] = state.daif
    for (register, value) in state.registers { core.r[Slot.system + register.rawValue] = value }
  }
}
