import Fabric
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: what is called done and is not")
struct PartialRuleTests {
  @Test(
    "descriptor tables of the SD host",
    arguments: [
      ([(0x0200_0023, 0xc002_0000)], nil),
      // As Linux ends a table.
      ([(0x0200_0021, 0xc002_0000), (0x0000_0003, 0)], nil),
      ([(0x0200_0021, 0xc002_0000), (0x0000_0000, 0)], nil),
      (
        [(0x0200_0021, 0xc002_0000), (0x0200_0023, 0xc003_0000)],
        "emmc2 says that all is done, and has not moved 512 bytes"
      ),
      (
        [(0x0100_0021, 0xc002_0000), (0x0100_0021, 0xc003_0000), (0x0300_0023, 0xc003_0000)],
        "emmc2 says that all is done, and has not moved 768 bytes"
      ),
    ] as [([(UInt32, UInt32)], String?)])
  func tables(lines: [(UInt32, UInt32)], text: String?) throws {
    let bench = try CheckBench.withCard()
    bench.transfer(CheckBench.readOne, blocks: 1, lines: lines.map { ($0.0, $0.1) })
    #expect(bench.board.ram.bytes(at: 0x2_0000, count: 1) == [0])
    #expect(bench.rules == (text == nil ? [] : [.partial]))
    #expect(bench.sanitizer.findings.first.map { $0.master + " " + $0.what } == text)
  }

  @Test("blocks that are counted for a command of one block")
  func single() throws {
    let bench = try CheckBench.withCard()
    let table: [(UInt32, UInt32)] = [(0x0200_0023, 0xc002_0000)]
    // Without the count's bit the count says nothing.
    bench.transfer(CheckBench.readOne, blocks: 4, lines: table.map { ($0.0, $0.1) })
    #expect(bench.rules == [])
    bench.transfer(CheckBench.readOne | 2, blocks: 4, lines: table.map { ($0.0, $0.1) })
    #expect(bench.rules == [.partial])
    #expect(bench.sanitizer.findings.first?.what.contains("1536 bytes") == true)
    let many = try CheckBench.withCard()
    many.transfer(CheckBench.readMany, blocks: 4, lines: [(0x0800_0023, 0xc002_0000)])
    #expect(many.board.ram.bytes(at: 0x2_0600, count: 1) == [3], "four blocks came")
    #expect(many.rules == [])
  }

  @Test("a table that is too short is an error that the host shows, and no finding")
  func short() throws {
    let bench = try CheckBench.withCard()
    bench.transfer(CheckBench.readMany, blocks: 4, lines: [(0x0400_0023, 0xc002_0000)])
    #expect(bench.rules == [])
  }

  @Test("writes that nothing takes are no end without a word: channel 11 has a flag for them")
  func lost() throws {
    let bench = try CheckBench()
    // To bus address 0x5_0000_0000, where nothing is.
    bench.load([0, 0x2_0000, 1 << 12, 0, 5 | 1 << 12, 8, 0, 0] as [UInt32], at: 0x1_0000)
    bench.store([(0xfe00_7b04, 0x1_0000 >> 5), (0xfe00_7b00, 1)])
    #expect(bench.rules == [.outOfWindow])
  }

  @Test("a command that software resets in the midst of its data has not said that it is done")
  func aborted() throws {
    let bench = try CheckBench.withCard()
    // Software reset of the data line (SDHCI 3.00, 2.2.16), beside clock and timeout as they are.
    bench.transfer(
      CheckBench.readMany, blocks: 4, lines: [(0x0800_0023, 0xc002_0000)],
      then: CheckBench.pause(2000) + [(CheckBench.emmc2 + 0x2c, 1 << 26 | 0x000e_0005)])
    #expect(bench.board.ram.bytes(at: 0x2_0600, count: 1) == [0], "the fourth block, of threes, did not come")
    #expect(bench.rules == [])
  }
}
