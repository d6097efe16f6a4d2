import CPU
import Fabric
import TestSupport
import Testing

@testable import Machine
@testable import Sanitizer

/// A board whose core 0 stores a list of words, as a driver does, and a sanitizer that looks.
final class CheckBench {
  let machine: BoardMachine
  let sanitizer: DMASanitizer
  var board: RaspberryPi4 { machine.board }

  static let dma0: UInt64 = 0xfe00_7000
  /// Where control blocks lie, physically.
  static let block: UInt64 = 0x1_0000
  private static let program: UInt64 = 0x8_0000
  private static let table: UInt64 = 0x9_0000
  private static let idle: UInt64 = 0x7_0000

  init(
    _ memory: BoardIdentity.Memory = .fourGiB, _ stepping: BoardIdentity.Stepping = .b0, poison: UInt8? = nil,
    tree: DeviceTree? = nil, plan: DMACheckPlan = DMACheckPlan(.report), card: CardInSlot? = nil
  ) throws {
    var configuration = BoardConfiguration()
    configuration.identity = BoardIdentity(memory: memory, stepping: stepping)
    configuration.ramPoison = poison
    machine = BoardMachine(board: try RaspberryPi4(configuration, card: card), console: .miniUART)
    machine.deviceTree = tree
    sanitizer = DMASanitizer(machine: machine, plan: plan)
    // x0 is the table, of pairs (address, word); address 0 ends it.
    load(
      [
        A64.ldr(1, 0, 0), A64.cbz(1, 20), A64.ldr(2, 0, 8), A64.str(2, 1, 0, size: 2), A64.add(0, 0, 16),
        A64.b(-20),
        A64.b(0),
      ], at: Self.program)
    load([A64.wfi, A64.b(-4)], at: Self.idle)
    for core in board.cluster.cores { core.setProgramCounter(Self.idle) }
  }

  func load(_ words: [UInt32], at address: UInt64) {
    board.ram.load(
      words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }, at: address
    )
  }

  func load(_ words: [UInt64], at address: UInt64) {
    load(
      words.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }, at: address)
  }

  /// Has core 0 store the words, and runs until what they started is over.
  func store(_ words: [(address: UInt64, value: UInt32)]) {
    load(words.flatMap { [$0.address, UInt64($0.value)] } + [0, 0], at: Self.table)
    let core = board.cluster.cores[0]
    core.setGeneralRegister(0, Self.table)
    core.setProgramCounter(Self.program)
    _ = machine.run(forAtMost: 1_000_000, inputMayCome: true)
  }

  /// A store of no effect, and so many of them, of 6 ns each. A master begins when the turn of the core is over.
  static func pause(_ count: Int) -> [(address: UInt64, value: UInt32)] {
    [(address: UInt64, value: UInt32)](repeating: (0x6_0000, 0), count: count)
  }

  /// Has core 0 execute instructions, with X1 and X2 as they are given, for a virtual ms.
  func execute(_ words: [UInt32], _ x1: UInt64 = 0, _ x2: UInt64 = 0) {
    load(words + [A64.b(0)], at: 0xc_0000)
    let core = board.cluster.cores[0]
    core.setGeneralRegister(1, x1)
    core.setGeneralRegister(2, x2)
    core.setProgramCounter(0xc_0000)
    _ = machine.run(forAtMost: 1_000_000, inputMayCome: true)
  }

  /// One control block for channel 0, all of it by bus addresses, run to its end.
  func transfer(
    from source: UInt32, to destination: UInt32, count: UInt32 = 64, list: UInt32 = 0xc001_0000,
    next: UInt32 = 0,
    information: UInt32 = 1 << 8 | 1 << 4
  ) {
    load([information, source, destination, count, 0, next, 0, 0], at: Self.block)
    store([(Self.dma0 + 4, list), (Self.dma0, 1)])
  }

  /// What was found, by rule, with the facts of one label.
  var rules: [DMARule] { sanitizer.findings.map(\.rule) }
  func fact(_ label: String) -> String? { sanitizer.findings.first?.facts.first { $0.label == label }?.text }

  // MARK: A guest

  static let tables: UInt64 = 0x10_0000

  /// Puts core 0 to EL1 with a stage 2 that maps 0 to 4 GiB one to one, but for the blocks of 2 MiB that `blocks`
  /// gives another place, or none.
  func enterGuest(vmid: UInt64 = 1, blocks: [UInt64: UInt64?] = [:]) throws {
    let normal: UInt64 = 1 << 10 | 3 << 8 | 3 << 6 | 0xf << 2
    let device: UInt64 = 1 << 10 | 3 << 6 | 0x1 << 2
    var levelOne: [UInt64] = [
      Self.tables + 0x1000 | 3, 1 << 30 | normal | 1, 2 << 30 | normal | 1, 3 << 30 | device | 1,
    ]
    levelOne += [UInt64](repeating: 0, count: 508)
    load(levelOne, at: Self.tables)
    let levelTwo = (0..<512).map { index -> UInt64 in
      let address = UInt64(index) << 21
      switch blocks[address] {
      case .none: return address | normal | 1
      case .some(nil): return 0
      case .some(.some(let other)): return other | normal | 1
      }
    }
    load(levelTwo, at: Self.tables + 0x1000)
    let core = board.cluster.cores[0]
    try set("SCR_EL3", 0x501, core)
    // 39 bits of IPA, start at level 1, pages of 4 KiB.
    try set("VTCR_EL2", 1 << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 25, core)
    try set("VTTBR_EL2", vmid << 48 | Self.tables, core)
    try set("HCR_EL2", 1 << 31 | 1, core)
    core.setProcessorState(0x3c5)
  }

  /// The same, with memory that the cores cache: stage 1 is off and HCR_EL2.DC set (Arm DDI 0487, D5.2.9).
  func enterCachedGuest() throws {
    try enterGuest()
    try set("HCR_EL2", 1 << 31 | 1 << 12 | 1, board.cluster.cores[0])
    try set("CPACR_EL1", 3 << 20, board.cluster.cores[0])
    // The block of 2 MiB at 0x80_0000 is Non-cacheable.
    load([0x80_0000 | 1 << 10 | 3 << 8 | 3 << 6 | 0x5 << 2 | 1] as [UInt64], at: Self.tables + 0x1000 + 4 * 8)
  }

  func set(_ name: String, _ value: UInt64, _ core: Core) throws {
    let register = try #require(DebuggerRegister.all.first { $0.name == name })
    #expect(core.write(register, value))
  }
}
