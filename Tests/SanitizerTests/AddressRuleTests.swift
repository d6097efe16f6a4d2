import Fabric
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: addresses")
struct AddressRuleTests {
  @Test("right addresses are not reported")
  func clean() throws {
    let bench = try CheckBench()
    bench.board.ram.load([1, 2, 3, 4], at: 0x2_0000)
    bench.transfer(from: 0xc002_0000, to: 0xc003_0000)
    #expect(bench.board.ram.bytes(at: 0x3_0000, count: 4) == [1, 2, 3, 4], "the transfer took place")
    // The last bytes of the window.
    bench.transfer(from: 0xc002_0000, to: 0xfaff_ffc0)
    #expect(bench.rules == [])
  }

  @Test("a physical address in place of a bus address; what reads, what is expected, and who stored it")
  func missingOffset() throws {
    let bench = try CheckBench(.oneGiB)
    bench.transfer(from: 0xc002_0000, to: 0x0003_0000)
    #expect(bench.rules == [.missingOffset])
    #expect(bench.fact("looks like") == "physical 0x30000")
    #expect(bench.fact("expected") == "bus address 0xc0030000")
    #expect(bench.fact("or") == nil, "a board of one GiB has nothing beyond")
    let finding = try #require(bench.sanitizer.findings.first)
    #expect(finding.master == "dma0")
    #expect(finding.what == "writes 64 bytes at bus address 0x00030000")
    #expect(finding.programmedBy?.register == "CS")
    #expect(finding.programmedBy?.core == 0)
    #expect(finding.programmedBy?.level == 3)
    #expect(finding.programmedBy?.pc == 0x8_000c)
    #expect(finding.history.map(\.register) == ["CONBLK_AD"])
    #expect(finding.history.map(\.value) == [0xc001_0000])
  }

  @Test("memory beyond the first GiB, given as it is: the page meant, and the page hit")
  func aliasWrap() throws {
    let bench = try CheckBench(.fourGiB)
    bench.transfer(from: 0xc002_0000, to: 0x5234_5000)
    #expect(bench.rules == [.aliasWrap])
    #expect(bench.fact("looks like") == "physical 0x52345000, page 0x52345000")
    #expect(bench.fact("reaches") == "physical 0x12345000, page 0x12345000")
  }

  @Test("the same address on a board that has no such memory is another alias")
  func wrongAlias() throws {
    let bench = try CheckBench(.oneGiB)
    bench.transfer(from: 0xc002_0000, to: 0x5234_5000)
    #expect(bench.rules == [.wrongAlias])
    #expect(bench.fact("expected") == "bus address 0xd2345000")
  }

  @Test("the offset twice, cut to 32 bits; and once for a master that has none")
  func doubleOffset() throws {
    let bench = try CheckBench(.oneGiB)
    let twice = UInt32(truncatingIfNeeded: 0xc000_0000 + 0xc000_0000 + 0x12_3000 as UInt64)
    bench.transfer(from: 0xc002_0000, to: twice)
    #expect(bench.rules == [.doubleOffset])
    #expect(bench.fact("expected") == "bus address 0xc0123000")

    let new = try CheckBench(.twoGiB, .c0)
    let port = try #require(new.board.port(named: "emmc2"))
    _ = try? port.read(BusAddress(0xc012_3000), count: 512)
    #expect(new.rules == [.doubleOffset])
    #expect(new.fact("expected") == "0x00123000, if the offset was added")
    let clean = try CheckBench(.twoGiB, .c0)
    _ = try clean.board.port(named: "emmc2")?.read(BusAddress(0x12_3000), count: 512)
    #expect(clean.rules == [])
  }

  @Test("over the end of the window, and up to it")
  func overLimit() throws {
    let bench = try CheckBench(.twoGiB)
    let port = try #require(bench.board.port(named: "emmc2"))
    _ = try? port.write([UInt8](repeating: 0, count: 0x200), to: BusAddress(0xffff_fe00))
    #expect(!bench.rules.contains(.overLimit))
    _ = try? port.write([UInt8](repeating: 0, count: 0x201), to: BusAddress(0xffff_fe00))
    #expect(bench.rules.last == .overLimit)
    let big = try CheckBench(.eightGiB, .c0)
    _ = try? big.board.port(named: "emmc2")?.read(BusAddress(0x1_0000_0000), count: 16)
    #expect(big.rules == [.overLimit])
    #expect(big.fact("wrong")?.contains("does not reach") == true)
  }

  @Test("nowhere at all, and a hole of the board")
  func outOfWindow() throws {
    let bench = try CheckBench(.twoGiB, .c0)
    _ = try? bench.board.port(named: "emmc2")?.read(BusAddress(0x9000_0000), count: 16)
    #expect(bench.rules == [.outOfWindow])
    _ = try? bench.board.port(named: "dma11")?.read(BusAddress(0x7fff_fff0), count: 16)
    #expect(bench.rules.count == 1, "the last bytes of memory are there")
    _ = try? bench.board.port(named: "dma11")?.read(BusAddress(0x5_0000_0000), count: 16)
    #expect(bench.rules == [.outOfWindow, .outOfWindow])
  }

  @Test("a peripheral by the cores' address, and by the bus's")
  func peripheral() throws {
    let bench = try CheckBench(.fourGiB)
    bench.transfer(from: 0xc002_0000, to: 0xfe20_1000, count: 4, information: 1 << 8)
    #expect(bench.rules == [.peripheralAddress])
    #expect(bench.fact("looks like") == "uart0 UARTDR")
    #expect(bench.fact("expected") == "bus address 0x7e201000")
    let clean = try CheckBench(.fourGiB)
    clean.transfer(from: 0xc002_0000, to: 0x7e20_1000, count: 4, information: 1 << 8)
    #expect(clean.rules == [])
  }

  @Test("the firmware takes any alias, until a device tree tells one")
  func mailbox() throws {
    let message: [UInt32] = [28, 0, 0x0001_0002, 4, 0, 0, 0]
    let bare = try CheckBench()
    bare.load(message, at: 0x3_0000)
    bare.store([(0xfe00_b8a0, 0x0003_0008)])
    #expect(bare.board.ram.bytes(at: 0x3_0004, count: 4) == [0, 0, 0, 0x80], "the message is answered")
    #expect(bare.rules == [])

    let linux = try CheckBench(tree: DeviceTree())
    linux.load(message, at: 0x3_0000)
    linux.store([(0xfe00_b8a0, 0x0003_0008)])
    #expect(Set(linux.rules) == [.missingOffset])
    #expect(linux.sanitizer.findings.first?.master == "videocore")
    #expect(linux.sanitizer.findings.first?.programmedBy?.value == 0x0003_0008)
    let right = try CheckBench(tree: DeviceTree())
    right.load(message, at: 0x3_0000)
    right.store([(0xfe00_b8a0, 0xc003_0008)])
    #expect(right.rules == [])
  }
}
