import Fabric
import TestSupport
import Testing

@testable import CPU
@testable import Machine
@testable import Sanitizer

@Suite("DMA check: device windows that no hypervisor has mapped")
struct UnmappedRuleTests {
  /// What EL2 does with an abort of stage 2.
  enum Answer { case emulates, maps, injects, hangs, waits }

  private static let hypervisor: UInt64 = 0x20_0000
  private static let kernel: UInt64 = 0x21_0000
  private static let bar: UInt64 = 0x6_0000_0010

  /// PCIe below the bus of the SoC's large devices, as Linux's tree has it.
  static var tree: DeviceTree {
    var tree = DeviceTree()
    tree.root.set("#address-cells", cells: [2])
    tree.root.set("#size-cells", cells: [1])
    tree.ensureNode(at: "/scb") {
      $0.set("#address-cells", cells: [2])
      $0.set("#size-cells", cells: [1])
      $0.set("ranges", cells: [0, 0x7c00_0000, 0, 0xfc00_0000, 0x380_0000, 6, 0, 6, 0, 0x4000_0000])
    }
    tree.ensureNode(at: "/scb/pcie@7d500000") {
      $0.set("#address-cells", cells: [3])
      $0.set("#size-cells", cells: [2])
      $0.set("ranges", cells: [0x200_0000, 0, 0xf800_0000, 6, 0, 0, 0x400_0000])
    }
    return tree
  }

  private static func mrs(_ t: UInt32, _ register: UInt32) -> UInt32 { 0xd530_0000 | register << 5 | t }
  private static func msr(_ register: UInt32, _ t: UInt32) -> UInt32 { 0xd510_0000 | register << 5 | t }
  /// op0 to op2, with the low bit of op0 only.
  private static let elr1: UInt32 = 0b1_000_0100_0000_001
  private static let esr1: UInt32 = 0b1_000_0101_0010_000
  private static let elr2: UInt32 = 0b1_100_0100_0000_001

  /// A guest with a hypervisor at EL2 that answers aborts, and a store of the guest's.
  private func bench(
    _ answer: Answer, store address: UInt64, tree: DeviceTree? = tree, also prepare: (CheckBench) throws -> Void = { _ in }
  ) throws -> CheckBench {
    let bench = try CheckBench(tree: tree)
    try bench.enterGuest(vmid: 3)
    let core = bench.board.cluster.cores[0]
    try bench.set("VBAR_EL2", Self.hypervisor, core)
    try bench.set("VBAR_EL1", Self.kernel, core)
    let handler: [UInt32]
    switch answer {
    case .emulates:
      handler = [Self.mrs(5, Self.elr2), A64.add(5, 5, 4), Self.msr(Self.elr2, 5), A64.eret]
    case .maps:
      // The entry of the GiB at 0x6_0000_0000 of level 1, as a block of Device memory.
      bench.load([6 << 32 | 1 << 10 | 3 << 6 | 1 << 2 | 1] as [UInt64], at: 0x22_0000)
      handler = [
        A64.movz(5, 0x22, shift: 16), A64.ldr(6, 5, 0), A64.movz(5, Int(CheckBench.tables >> 16), shift: 16),
        A64.str(6, 5, 24 * 8), A64.dsb, A64.eret,
      ]
    case .injects:
      handler = [
        Self.mrs(5, Self.elr2), Self.msr(Self.elr1, 5), A64.movz(5, 0x9600, shift: 16), A64.add(5, 5, 0x10),
        Self.msr(Self.esr1, 5), A64.movz(5, Int(Self.kernel >> 16), shift: 16), A64.add(5, 5, 0x200),
        Self.msr(Self.elr2, 5), A64.eret,
      ]
    case .hangs: handler = [A64.b(0)]
    case .waits: handler = [A64.wfi, A64.b(-4)]
    }
    bench.load(handler, at: Self.hypervisor + 0x400)
    bench.load([A64.wfi, A64.b(-4)], at: Self.kernel + 0x200)
    try prepare(bench)
    bench.store([(address, 1)])
    return bench
  }

  @Test("a BAR that the hypervisor has not mapped: what, where, and whose ranges tell it")
  func injected() throws {
    let bench = try bench(.injects, store: Self.bar)
    #expect(bench.rules == [.unmappedIPA])
    let finding = try #require(bench.sanitizer.findings.first)
    #expect(finding.master == "core 0")
    #expect(finding.what == "writes 4 bytes at IPA 0x600000010")
    #expect(bench.fact("window") == "0x600000000...0x603ffffff: ranges of /scb/pcie@7d500000")
    #expect(finding.accessedBy?.vmid == 3)
    #expect(finding.accessedBy?.level == 1)
    #expect(finding.accessedBy?.pc == 0x8_000c)
    #expect(finding.text(names: nil).contains("  by          core 0, EL1, VMID 3, pc 0x8000c\n"))
  }

  @Test("an access that the hypervisor emulates, or maps when it comes, goes on")
  func answered() throws {
    #expect(try bench(.emulates, store: Self.bar).rules == [])
    // Nothing answers there on the board: the guest's second try takes an external abort, from no stage.
    #expect(try bench(.maps, store: Self.bar).rules == [])
  }

  @Test("an abort that nobody answers is told at the end")
  func unanswered() throws {
    let bench = try bench(.hangs, store: Self.bar)
    #expect(bench.rules == [])
    _ = bench.machine.run(forAtMost: 200_000_000, inputMayCome: true)
    bench.sanitizer.finish()
    #expect(bench.rules == [.unmappedIPA])
    #expect(bench.fact("answered by") == "nobody")
  }

  /// Core 1 as the hypervisor that, 24 us later, enters the guest of core 0 at an address.
  private func enterElsewhere(_ bench: CheckBench, at address: UInt64, elr1: UInt64 = 0, esr1: UInt64 = 0) throws {
    let core = bench.board.cluster.cores[1]
    for (name, value) in [
      ("SCR_EL3", 0x501), ("HCR_EL2", 1 << 31 | 1), ("VTTBR_EL2", 3 << 48 | CheckBench.tables),
      ("VTCR_EL2", 1 << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 25), ("VBAR_EL1", Self.kernel),
      ("ELR_EL1", elr1), ("ESR_EL1", esr1), ("ELR_EL2", address), ("SPSR_EL2", 0x3c5),
    ] as [(String, UInt64)] { try bench.set(name, value, core) }
    core.setProcessorState(0x3c9)
    bench.load([UInt32](repeating: 0xd503_201f, count: 4000) + [A64.eret], at: 0x30_0000)
    core.setGeneralRegister(0, 0x38_0000)
    core.setProgramCounter(0x30_0000)
  }

  @Test("a guest that is answered at another core", arguments: [0x8_000c, 0x8_0010] as [UInt64])
  func migrated(address: UInt64) throws {
    let bench = try bench(.hangs, store: Self.bar) { try enterElsewhere($0, at: address) }
    _ = bench.machine.run(forAtMost: 200_000_000, inputMayCome: true)
    bench.sanitizer.finish()
    #expect(bench.board.cluster.cores[1].currentEL == 1)
    #expect(bench.rules == [])
  }

  @Test("an abort that another core brings is one")
  func injectedElsewhere() throws {
    let bench = try bench(.hangs, store: Self.bar) {
      try enterElsewhere($0, at: Self.kernel + 0x200, elr1: 0x8_000c, esr1: 0x9600_0010)
    }
    #expect(bench.rules == [.unmappedIPA])
    #expect(bench.fact("answered by") == "the hypervisor, with an abort")
  }

  @Test("a hypervisor that waits may have given the guest away")
  func idle() throws {
    let bench = try bench(.waits, store: Self.bar)
    _ = bench.machine.run(forAtMost: 200_000_000, inputMayCome: true)
    bench.sanitizer.finish()
    #expect(bench.rules == [])
  }

  @Test("the first byte behind the window of the root complex is its bus's, and behind that nobody's")
  func boundary() throws {
    let behind = try bench(.injects, store: 0x6_0400_0000)
    #expect(behind.fact("window") == "0x600000000...0x63fffffff: ranges of /scb")
    #expect(try bench(.injects, store: 0x6_4000_0000).rules == [])
  }

  @Test("without a device tree nobody was told of a window")
  func noTree() throws {
    #expect(try bench(.injects, store: Self.bar, tree: nil).rules == [])
  }

  @Test("ranges that lead nowhere, overflow, or nest")
  func windows() {
    var tree = Self.tree
    tree.ensureNode(at: "/scb/bad") {
      $0.set("#address-cells", cells: [1])
      $0.set("#size-cells", cells: [1])
      $0.set("ranges", cells: [0, 0xffff_ffff, 0xffff_ffff, 0x10, 1, 2])
    }
    tree.ensureNode(at: "/wide") {
      $0.set("#address-cells", cells: [2])
      $0.set("#size-cells", cells: [2])
      $0.set("ranges", cells: [0, 0, 0xffff_ffff, 0xffff_ffff, 0, 2, 0, 0, 1, 0, 0, 0])
    }
    let windows = TreeWindows(tree)
    #expect(windows.windows.map(\.path) == ["/scb", "/scb", "/scb/pcie@7d500000"])
    #expect(windows.window(of: 0xfd50_0000)?.path == "/scb")
    #expect(windows.window(of: 0x7c00_0000) == nil, "an address of the bus, not of the cores")
    #expect(TreeWindows(nil).windows.isEmpty)
  }
}
