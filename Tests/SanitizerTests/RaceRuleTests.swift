import Fabric
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: stores of cores to memory that a master is going to use")
struct RaceRuleTests {
  private static let source: UInt64 = 0x2_0000
  private static let destination: UInt64 = 0x30_0000

  /// 64 KiB, of which 16 KiB move every 16384 ns; then stores.
  private func bench(_ stores: [(address: UInt64, value: UInt32)], information: UInt32 = 0x110) throws
    -> CheckBench
  {
    let bench = try CheckBench()
    bench.load(
      [information, 0xc002_0000, 0xc030_0000, 0x1_0000, 0, 0, 0, 0] as [UInt32], at: CheckBench.block)
    bench.store([(CheckBench.dma0 + 4, 0xc001_0000), (CheckBench.dma0, 1)] + stores)
    return bench
  }

  @Test("a store to what a channel is going to write, and to what it is going to read")
  func caught() throws {
    let bench = try bench(CheckBench.pause(2000) + [(Self.destination + 0x8000, 1)])
    #expect(bench.rules == [.race])
    let finding = try #require(bench.sanitizer.findings.first)
    #expect(finding.master == "dma0")
    #expect(finding.what == "is going to write what a core stores to")
    #expect(bench.fact("store") == "4 bytes at physical 0x308000")
    #expect(bench.fact("under way") == "physical 0x300000...0x30ffff")
    #expect(finding.accessedBy?.pc == 0x8_000c)
    #expect(finding.accessedBy?.core == 0)
    #expect(finding.programmedBy?.register == "CS")
    let source = try self.bench(CheckBench.pause(2000) + [(Self.source + 0xfffc, 1)])
    #expect(source.rules == [.race])
    #expect(source.sanitizer.findings.first?.what == "is going to read what a core stores to")
  }

  @Test(
    "beside the buffer, what is moved already, after the end, after a stop, before the start",
    arguments: [
      (CheckBench.pause(2000) + [(destination + 0x1_0000, 1), (destination - 4, 1), (source - 4, 1)]),
      (CheckBench.pause(4200) + [(destination + 0x3ffc, 1), (source, 1)]),
      (CheckBench.pause(16000) + [(destination, 1), (source, 1)]),
      (CheckBench.pause(2000) + [(CheckBench.dma0, 1 << 31), (destination, 1)]),
      (CheckBench.pause(2000) + [(CheckBench.dma0, 0), (destination, 1)]),
    ] as [[(UInt64, UInt32)]])
  func clean(stores: [(UInt64, UInt32)]) throws {
    #expect(try bench(stores.map { ($0.0, $0.1) }).rules == [])
  }

  @Test("the first byte that is still to come is caught")
  func boundary() throws {
    #expect(try bench(CheckBench.pause(4200) + [(Self.destination + 0x4000, 1)]).rules == [.race])
  }

  @Test("a block that goes on after a pause is under way again")
  func resumed() throws {
    let stores: [(address: UInt64, value: UInt32)] =
      CheckBench.pause(2000) + [(CheckBench.dma0, 0)] + CheckBench.pause(10) + [(CheckBench.dma0, 1)]
    #expect(try bench(stores + [(Self.destination, 1)]).rules == [.race])
  }

  @Test("memory that the card's data go to; what the card takes may change on its way")
  func card() throws {
    let lines: [(attributes: UInt32, address: UInt32)] = [(0x0800_0023, 0xc002_0000)]
    let bench = try CheckBench.withCard()
    bench.transfer(
      CheckBench.readMany, blocks: 4, lines: lines, then: CheckBench.pause(2000) + [(Self.source + 0x7fc, 1)])
    #expect(bench.rules == [.race])
    #expect(bench.sanitizer.findings.first?.master == "emmc2")
    let writing = try CheckBench.withCard()
    // CMD25, to the card.
    writing.transfer(
      25 << 24 | 0x3a << 16 | 0x27, blocks: 4, lines: lines,
      then: CheckBench.pause(2000) + [(Self.source + 0x7fc, 1)])
    #expect(writing.rules == [])
  }

  @Test("looking for it changes nothing, and leaves no flag on a page")
  func invisible() throws {
    func hash(_ mode: DMACheckMode) throws -> UInt64 {
      let bench = try CheckBench(plan: DMACheckPlan(mode))
      bench.load([0x110, 0xc002_0000, 0xc030_0000, 0x1_0000, 0, 0, 0, 0] as [UInt32], at: CheckBench.block)
      bench.store(
        [(CheckBench.dma0 + 4, 0xc001_0000), (CheckBench.dma0, 1)] + CheckBench.pause(2000)
          + [(Self.destination + 0x8000, 1)])
      #expect(bench.board.ram.pageFlags[Int(Self.destination >> 12) + 8] & PageFlag.watched == 0)
      return bench.machine.stateHash()
    }
    #expect(try hash(.off) == hash(.report))
  }

  @Test("endless starts of long blocks are looked at only so far")
  func bounded() throws {
    let bench = try CheckBench()
    let port = try #require(bench.board.port(named: "dma0"))
    let busy = BusyMemory()
    var marks = 0
    busy.onPage = { if $1 { marks += 1 } }
    for _ in 0..<1000 {
      busy.begin([DMAPart(address: 0xc000_0000, count: 0x3000_0000, isWrite: true)], port, at: 5)
    }
    #expect(marks == 4096)
  }
}
