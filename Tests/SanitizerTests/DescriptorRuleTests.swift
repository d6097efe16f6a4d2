import Fabric
import TestSupport
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: control blocks, tables, and what the guest is told")
struct DescriptorRuleTests {
  @Test(
    "control blocks",
    arguments: [
      ([0x110, 0xc002_0000, 0xc003_0000, 64, 0, 0], nil),
      ([0x8000_0110, 0xc002_0000, 0xc003_0000, 64, 0, 0], "reserved bits of TI are set: 0x80000000"),
      ([0x110, 0xc002_0000, 0xc003_0000, 0, 0, 0], "the length is zero"),
      ([0x110, 0xc002_0000, 0xc003_0000, 64, 0, 0xc001_0010], "the next block's address is no multiple of 32"),
      ([0x110, 0xc002_0000, 0xc003_0000, 64, 0, 0xc001_0000], "the block leads to itself, and nothing paces it"),
      ([0x110, 0xc002_0000, 0xc003_0000, 64, 0, 0xc001_0020], nil),
    ] as [([UInt32], String?)])
  func controlBlocks(block: [UInt32], complaint: String?) throws {
    let bench = try CheckBench()
    bench.load(block + [0, 0], at: CheckBench.block)
    bench.load([0x110, 0xc002_0000, 0xc003_0000, 4, 0, 0, 0, 0] as [UInt32], at: CheckBench.block + 0x20)
    bench.store([(CheckBench.dma0 + 4, 0xc001_0000), (CheckBench.dma0, 1)])
    #expect(bench.fact("wrong") == complaint)
    #expect(bench.rules == (complaint == nil ? [] : [.descriptor]))
  }

  @Test("a lite channel has no 2D mode and no more than 65535 bytes")
  func lite() throws {
    for (information, length, complaint) in [
      (0x112, 0x1_0010, "a lite channel has no 2D mode"),
      (0x110, 0x1_0000, "a lite channel moves 65535 bytes at most, not 65536"),
      (0x110, 0xffff, nil),
    ] as [(UInt32, UInt32, String?)] {
      let bench = try CheckBench()
      bench.load([information, 0xc002_0000, 0xc004_0000, length, 0, 0, 0, 0] as [UInt32], at: CheckBench.block)
      bench.store([(0xfe00_7704, 0xc001_0000), (0xfe00_7700, 1)])
      #expect(bench.fact("wrong") == complaint)
    }
  }

  @Test("a list at an address that is no multiple of 32")
  func alignment() throws {
    let bench = try CheckBench()
    bench.store([(CheckBench.dma0 + 4, 0xc001_0020)])
    #expect(bench.rules == [])
    bench.store([(CheckBench.dma0 + 4, 0xc001_0010)])
    #expect(bench.rules == [.descriptor])
  }

  @Test("the upper half of an address says nothing of its alignment")
  func halves() throws {
    let bench = try CheckBench()
    bench.execute([A64.str(2, 1, 0, size: 1)], CheckBench.emmc2 + 0x5a, 0xc001)
    #expect(bench.rules == [])
    bench.execute([A64.str(2, 1, 0, size: 1)], CheckBench.emmc2 + 0x58, 2)
    #expect(bench.rules == [.descriptor])
  }

  @Test("findings that are only reported do not silence one that ends the run; that some are dropped is said once")
  func limit() throws {
    var plan = DMACheckPlan(.report)
    plan[.race] = .stop
    let bench = try CheckBench(plan: plan)
    var heard: [DMARule] = []
    var limits: [Int] = []
    bench.sanitizer.onFinding = { heard.append($0.rule) }
    bench.sanitizer.onLimit = { limits.append($0) }
    for number in 0..<300 {
      bench.sanitizer.add(bench.sanitizer.finding(.partial, "emmc2", "is late"), note: "\(number)")
    }
    #expect(heard.count == DMASanitizer.limit)
    #expect(bench.sanitizer.repeats(.partial, "dma1", pc: 0, note: ""))
    #expect(!bench.sanitizer.repeats(.race, "dma1", pc: 0, note: ""))
    bench.sanitizer.add(bench.sanitizer.finding(.race, "dma1", "is early"), note: "")
    #expect(heard.last == .race && heard.count == DMASanitizer.limit + 1)
    #expect(limits == [DMASanitizer.limit])
  }

  @Test(
    "ADMA2 tables",
    arguments: [
      (0x0200_0021, 0xc002_0000, nil), (0x0200_0023, 0xc002_0000, nil), (0x0000_0031, 0xc003_0000, nil),
      (0x0200_0020, 0xc002_0000, "the descriptor is not valid (bit 0)"),
      (0x0200_0011, 0xc002_0000, "the action is a reserved one"),
      (0x0200_0021, 0xc002_0002, "the address 0xc0020002 is no multiple of 4"),
      (0x0000_0031, 0xc001_0000, "the link leads to itself"),
      (0x0200_0121, 0xc002_0000, "reserved attribute bits are set: 0x0100"),
    ] as [(UInt32, UInt32, String?)])
  func adma(first: UInt32, second: UInt32, complaint: String?) throws {
    let bench = try CheckBench()
    bench.load([first, second], at: 0x1_0000)
    _ = try bench.board.port(named: "emmc2")?.read(BusAddress(0xc001_0000), count: 8, role: .descriptor)
    #expect(bench.fact("wrong") == complaint)
  }

  // MARK: What the guest is told

  /// A tree with the windows of a B0 board, as the kernel's file has them.
  static func tree(emmc2: [UInt32]) -> DeviceTree {
    var tree = DeviceTree()
    tree.root.set("#address-cells", cells: [2])
    tree.root.set("#size-cells", cells: [1])
    tree.ensureNode(at: "/aliases") { $0.set("emmc2bus", string: "/emmc2bus") }
    tree.ensureNode(at: "/soc") {
      $0.set("#address-cells", cells: [1])
      $0.set("#size-cells", cells: [1])
      $0.set("dma-ranges", cells: [0xc000_0000, 0, 0, 0x4000_0000])
    }
    tree.ensureNode(at: "/emmc2bus") {
      $0.set("#address-cells", cells: [2])
      $0.set("#size-cells", cells: [1])
      $0.set("dma-ranges", cells: emmc2)
    }
    return tree
  }

  @Test("dma-ranges that fit the stepping, and those of the other one")
  func mismatch() throws {
    let old: [UInt32] = [0, 0xc000_0000, 0, 0, 0x4000_0000]
    let new: [UInt32] = [0, 0, 0, 0, 0xfc00_0000]
    for (stepping, ranges, isRight) in [
      (.b0, old, true), (.c0, new, true), (.b0, new, false), (.c0, old, false),
    ] as [(BoardIdentity.Stepping, [UInt32], Bool)] {
      let tree = Self.tree(emmc2: ranges)
      let bench = try CheckBench(.fourGiB, stepping, tree: tree)
      StaticRules(bench.sanitizer).check(tree)
      #expect(bench.rules == (isRight ? [] : [.deviceTreeMismatch]))
      if !isRight { #expect(bench.sanitizer.findings.first?.master == "emmc2") }
    }
  }

  @Test("Dom0's banks: one in the first GiB is enough")
  func banks() throws {
    func findings(_ lines: [String]) throws -> [DMARule] {
      let bench = try CheckBench()
      let rules = StaticRules(bench.sanitizer)
      for line in lines { rules.read(line) }
      return bench.rules
    }
    let high = "(XEN) BANK[0] 0x00000040000000-0x00000080000000 (1024MB)"
    let low = "(XEN) BANK[1] 0x00000020000000-0x00000030000000 (256MB)"
    let end = "(XEN) Grant table range: 0x00000000200000-0x00000000240000"
    #expect(try findings([high, end]) == [.noLowMemory])
    #expect(try findings([high, low, end]) == [])
    #expect(try findings([high]) == [], "more banks may come")
    let bounce = "[    0.000000] software IO TLB: mapped [mem 0x000000007f000000-0x0000000083000000] (64MB)"
    let near = "[    0.000000] software IO TLB: mapped [mem 0x000000003c000000-0x0000000040000000] (64MB)"
    #expect(try findings([bounce]) == [.bounceAboveLimit])
    #expect(try findings([near]) == [])
    #expect(try findings(["(XEN) BANK[0] 0x-0x", "(XEN) BANK[0] zzz", "software IO TLB: mapped [mem 0x9-0x1]"]) == [])
  }
}
