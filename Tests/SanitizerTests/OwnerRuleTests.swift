import Fabric
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: whose memory, and what for")
struct OwnerRuleTests {
  @Test("a guest that maps the page may have it transferred, also where it is not one to one")
  func clean() throws {
    let bench = try CheckBench()
    try bench.enterGuest(blocks: [0x220_0000: 0x420_0000, 0x420_0000: nil])
    bench.transfer(from: 0xc002_0000, to: 0xc420_0000)
    #expect(bench.rules == [])
    let store = bench.sanitizer.log(of: "dma0").programmedBy
    #expect(store?.level == 1)
    #expect(store?.vmid == 1)
  }

  @Test("a page that the guest's stage 2 does not map")
  func foreign() throws {
    let bench = try CheckBench()
    try bench.enterGuest(vmid: 7, blocks: [0x200_0000: nil])
    bench.transfer(from: 0xc002_0000, to: 0xc200_1040)
    #expect(bench.rules == [.foreignOwner])
    #expect(bench.fact("reaches") == "physical page 0x2001000, which VMID 7 does not map")
  }

  @Test("the last byte of a guest's page is its own, the next is not")
  func boundary() throws {
    let bench = try CheckBench()
    try bench.enterGuest(blocks: [0x200_0000: nil])
    bench.transfer(from: 0xc002_0000, to: 0xc1ff_ffc0)
    #expect(bench.rules == [])
    bench.transfer(from: 0xc002_0000, to: 0xc1ff_ffc4)
    #expect(bench.rules == [.foreignOwner])
  }

  @Test("an intermediate physical address in place of a physical one")
  func intermediate() throws {
    let bench = try CheckBench()
    try bench.enterGuest(blocks: [0x220_0000: 0x420_0000, 0x420_0000: nil])
    bench.transfer(from: 0xc002_0000, to: 0xc220_0000)
    #expect(bench.rules == [.addressIsIPA])
    #expect(bench.fact("its own") == "IPA 0x2200000 of VMID 1 is physical 0x4200000")
  }

  @Test("a page that leaves the guest in the midst of the transfer")
  func unmapped() throws {
    let bench = try CheckBench()
    try bench.enterGuest()
    // Two blocks to one page; the second is reached after the hypervisor has taken the page back.
    let port = try #require(bench.board.port(named: "dma0"))
    bench.transfer(from: 0xc002_0000, to: 0xc200_0000)
    #expect(bench.rules == [])
    bench.load([0 as UInt64], at: CheckBench.tables + 0x1000 + 16 * 8)
    try port.write([1], to: BusAddress(0xc200_0000))
    #expect(bench.rules == [.useAfterUnmap])
    // A new transfer to it was never the guest's.
    bench.transfer(from: 0xc002_0000, to: 0xc200_0000)
    #expect(bench.rules == [.useAfterUnmap, .foreignOwner])
  }

  @Test("the boot stub, VideoCore's memory and the tables of stage 2; reading them is not wrong")
  func protected() throws {
    let bench = try CheckBench()
    bench.transfer(from: 0xc000_0000, to: 0xc003_0000)
    #expect(bench.rules == [])
    bench.transfer(from: 0xc002_0000, to: 0xc000_0fc0)
    #expect(bench.rules == [.protectedWrite])
    bench.transfer(from: 0xc002_0000, to: 0xc000_1000)
    #expect(bench.rules.count == 1, "the page behind the stub is anybody's")
    bench.transfer(from: 0xc002_0000, to: 0xfb40_0000)
    #expect(bench.sanitizer.findings.last?.facts.first?.text.hasSuffix("VideoCore's memory") == true)

    let guest = try CheckBench()
    try guest.enterGuest()
    guest.transfer(from: 0xc002_0000, to: UInt32(0xc000_0000 + CheckBench.tables + 0x40))
    #expect(guest.rules == [.protectedWrite])
    #expect(guest.fact("reaches") == "physical 0x100040: the stage-2 table in VTTBR_EL2")
  }

  @Test("memory that nobody has written")
  func uninitialised() throws {
    let bench = try CheckBench(.oneGiB, poison: 0xa5)
    bench.board.ram.load([UInt8](repeating: 0xa5, count: 63) + [1], at: 0x2_0000)
    bench.transfer(from: 0xc002_0000, to: 0xc003_0000)
    #expect(bench.rules == [], "one byte was written")
    bench.transfer(from: 0xc200_0000, to: 0xc003_0000)
    #expect(bench.rules == [.uninitialised])
  }

  @Test("one finding however often it comes, counted")
  func counted() throws {
    let bench = try CheckBench()
    for _ in 0..<5 { bench.transfer(from: 0xc002_0000, to: 0x3_0000) }
    #expect(bench.rules == [.missingOffset])
    #expect(bench.sanitizer.findings.first?.count == 5)
  }

  @Test("a rule that is off finds nothing; no rule at all does not listen")
  func modes() throws {
    var plan = DMACheckPlan(.report)
    plan[.missingOffset] = .off
    let bench = try CheckBench(plan: plan)
    bench.transfer(from: 0xc002_0000, to: 0x3_0000)
    #expect(bench.rules == [])
    #expect(try CheckBench(plan: DMACheckPlan(.off)).board.bus.observers.isEmpty)
  }

  @Test("looking changes nothing")
  func invisible() throws {
    func hash(_ mode: DMACheckMode) throws -> UInt64 {
      let bench = try CheckBench(plan: DMACheckPlan(mode))
      try bench.enterGuest(blocks: [0x200_0000: nil])
      bench.transfer(from: 0x0002_0000, to: 0xc200_0000)
      return bench.machine.stateHash()
    }
    #expect(try hash(.off) == hash(.report))
  }
}
