import Fabric
import TestSupport
import Testing

@testable import Machine
@testable import Sanitizer

@Suite("DMA check: caches")
struct CacheRuleTests {
  /// Instructions on the line at X1, and on the one behind it at X2.
  enum Maintenance {
    static let cvac: UInt32 = 0xd50b_7a21
    static let cvau: UInt32 = 0xd50b_7b21
    static let civac: UInt32 = 0xd50b_7e21
    static let ivac: UInt32 = 0xd508_7621
    static let cisw: UInt32 = 0xd508_7e41
    static let next: UInt32 = 0xd50b_7a22
    static let zva: UInt32 = 0xd50b_7421
  }

  private static let buffer: UInt64 = 0x2_0000
  private static var plan: DMACheckPlan {
    var plan = DMACheckPlan(.report)
    plan[.staleCache] = .report
    plan[.syncWrongPage] = .report
    return plan
  }

  private func bench(_ memory: BoardIdentity.Memory = .fourGiB) throws -> CheckBench {
    let bench = try CheckBench(memory, plan: Self.plan)
    try bench.enterCachedGuest()
    return bench
  }

  @Test(
    "what a core stored and a channel reads",
    arguments: [
      ([A64.str(2, 1)], true), ([A64.str(2, 1, 60, size: 0)], true),
      ([A64.str(2, 1), Maintenance.cvac], false),
      ([A64.str(2, 1), Maintenance.civac], false), ([A64.str(2, 1), Maintenance.ivac], false),
      ([A64.str(2, 1), Maintenance.cisw], false), ([A64.str(2, 1), Maintenance.cvau], true),
      ([A64.str(2, 1), Maintenance.next], true), ([A64.str(2, 1), Maintenance.cvac, A64.str(2, 1)], true),
      ([Maintenance.zva], true), ([Maintenance.zva, Maintenance.cvac], false),
      ([A64.stp(2, 2, 1)], true), ([A64.strV(0, 1, size: 4)], true),
      ([A64.ldxr(3, 1), A64.stxr(4, 2, 1)], true), ([A64.sttr(2, 1)], true), ([A64.stlr(2, 1)], true),
      ([A64.ldr(3, 1)], false), ([A64.str(2, 2)], false),
    ] as [([UInt32], Bool)])
  func dirty(program: [UInt32], isStale: Bool) throws {
    let bench = try bench()
    bench.execute(program, Self.buffer, Self.buffer + 64)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 64)
    #expect(bench.rules == (isStale ? [.staleCache] : []))
    guard isStale else { return }
    #expect(bench.sanitizer.findings.first?.master == "dma0")
    #expect(
      bench.fact("line") == "physical 0x20000, stored to by a core and not cleaned (DC CVAC, CIVAC) since")
  }

  @Test("the word behind the transfer, in its line, may be dirty")
  func neighbour() throws {
    let bench = try bench()
    bench.execute([A64.str(2, 1, 32)], Self.buffer)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(bench.rules == [])
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 36)
    #expect(bench.rules == [.staleCache])
  }

  @Test(
    "what a channel wrote and a core loads",
    arguments: [
      ([A64.ldr(3, 1)], true), ([Maintenance.ivac, A64.ldr(3, 1)], false),
      ([Maintenance.civac, A64.ldr(3, 1)], false), ([Maintenance.cvac, A64.ldr(3, 1)], true),
      ([Maintenance.cisw, A64.ldr(3, 1)], false), ([A64.str(2, 1), A64.ldr(3, 1)], false),
      ([A64.ldr(3, 1, 32)], false), ([A64.ldp(3, 4, 1, 16)], true), ([A64.ldrV(0, 1, 16, size: 4)], true),
      ([A64.ldxr(3, 1)], true), ([A64.ldar(3, 1)], true), ([A64.ldtr(3, 1)], true),
    ] as [([UInt32], Bool)])
  func unclean(program: [UInt32], isStale: Bool) throws {
    let bench = try bench()
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    bench.execute(program, 0x30_0000)
    #expect(bench.rules == (isStale ? [.staleCache] : []))
    guard isStale, let finding = bench.sanitizer.findings.first else { return }
    #expect(finding.master == "dma0")
    #expect(finding.what == "has written what a core reads out of its cache")
    #expect(finding.accessedBy?.level == 1)
    #expect(finding.accessedBy?.pc == 0xc_0000 + UInt64(program.count - 1) * 4)
    #expect(bench.fact("line")?.hasPrefix("0x300000, not invalidated") == true)
  }

  @Test("a line that a cache will write back over what a channel wrote")
  func writtenBack() throws {
    let bench = try bench()
    bench.execute([A64.str(2, 1, 32)], 0x30_0000)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(bench.rules == [.staleCache])
    #expect(bench.fact("line")?.hasPrefix("physical 0x300000, dirty") == true)
    let clean = try self.bench()
    clean.execute([A64.str(2, 1, 32), Maintenance.cvac], 0x30_0000)
    clean.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(clean.rules == [])
  }

  @Test("memory that no cache holds needs no maintenance: Non-cacheable, and all of it while stage 1 is off")
  func uncached() throws {
    let bench = try bench()
    bench.execute([A64.str(2, 1)], 0x80_0000)
    bench.transfer(from: 0xc080_0000, to: 0xc080_0100)
    bench.execute([A64.ldr(3, 1)], 0x80_0100)
    #expect(bench.rules == [])
    let off = try CheckBench(plan: Self.plan)
    off.execute([A64.str(2, 1)], Self.buffer)
    off.transfer(from: 0xc002_0000, to: 0xc030_0000)
    off.execute([A64.ldr(3, 1)], 0x30_0000)
    #expect(off.rules == [])
  }

  @Test("off until it is asked for by its name")
  func off() throws {
    let bench = try CheckBench()
    try bench.enterCachedGuest()
    bench.execute([A64.str(2, 1)], Self.buffer)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000)
    bench.execute([A64.ldr(3, 1)], 0x30_0000)
    #expect(bench.rules == [])
  }

  /// Stores and cleans, or not, so often that all of it is host code.
  @Test("loops that have become host code are heard as well", arguments: [true, false])
  func hot(cleans: Bool) throws {
    let bench = try bench()
    let last = cleans ? Maintenance.cvac : A64.nop
    bench.execute(
      [A64.movz(5, 20_000), A64.str(2, 1), last, A64.subs(5, 5, 1), A64.cbnz(5, -12)], Self.buffer)
    #expect(bench.board.cluster.cores[0].generalRegister(5) == 0)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000)
    #expect(bench.rules == (cleans ? [] : [.staleCache]))
  }

  @Test("looking changes nothing")
  func invisible() throws {
    func hash(_ plan: DMACheckPlan) throws -> UInt64 {
      let bench = try CheckBench(plan: plan)
      try bench.enterCachedGuest()
      bench.execute([A64.str(2, 1), Maintenance.zva, A64.ldxr(3, 1), A64.stxr(4, 2, 1)], Self.buffer)
      bench.transfer(from: 0xc002_0000, to: 0xc030_0000)
      bench.execute([A64.ldr(3, 1), Maintenance.ivac, A64.ldr(4, 1)], 0x30_0000)
      return bench.machine.stateHash()
    }
    #expect(try hash(DMACheckPlan(.off)) == hash(Self.plan))
  }

  // MARK: The wrong page

  @Test("a buffer's bus address is cleaned as if it were a physical one")
  func wrongPage() throws {
    let bench = try bench()
    bench.execute([A64.str(2, 1), Maintenance.next], Self.buffer, 0xc000_0000 + Self.buffer)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(bench.rules == [.syncWrongPage])
    let finding = try #require(bench.sanitizer.findings.first)
    #expect(finding.master == "dma0")
    #expect(finding.accessedBy?.pc == 0xc_0004)
    #expect(bench.fact("reaches") == "physical page 0x20000, which was not maintained")
    #expect(
      bench.fact("maintained")
        == "DC CVAC of 0xc0020000...0xc002003f: the bus address, taken as a physical one")
    let right = try self.bench()
    right.execute([A64.str(2, 1), Maintenance.cvac], Self.buffer)
    right.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(right.rules == [])
    let other = try self.bench()
    other.execute([A64.str(2, 1), Maintenance.next], Self.buffer, 0xc000_0000 + Self.buffer + 64)
    other.transfer(from: 0xc002_0000, to: 0xc030_0000, count: 32)
    #expect(other.rules == [.staleCache], "that page's next line has nothing to do with it")
  }

  @Test("the same for a buffer that a channel writes; with both pages maintained nothing is wrong")
  func wrongPageWritten() throws {
    let bench = try bench()
    bench.execute([Maintenance.next], 0, 0xc030_0000)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000)
    #expect(bench.rules == [.syncWrongPage])
    let both = try self.bench()
    both.execute([Maintenance.cvac, Maintenance.next], 0x30_0000, 0xc030_0000)
    both.transfer(from: 0xc002_0000, to: 0xc030_0000)
    #expect(both.rules == [])
    let before = try self.bench()
    before.execute([Maintenance.next], 0, 0xc02f_ffc0)
    before.execute([Maintenance.next], 0, 0xc030_0000)
    before.transfer(from: 0xc002_0000, to: 0xc030_0000)
    #expect(before.rules == [], "a run of lines that began before the buffer is somebody else's")
  }

  @Test("Xen is asked to flush the page of a bus address", arguments: [true, false])
  func hypercall(isWrong: Bool) throws {
    let bench = try bench()
    let core = bench.board.cluster.cores[0]
    try bench.set("VBAR_EL2", 0x20_0000, core)
    bench.load([A64.eret] as [UInt32], at: 0x20_0400)
    let page: UInt64 = isWrong ? 0xc002_0000 : 0x2_0000
    bench.load([page, 0 | 64 << 16 | 1 << 32] as [UInt64], at: 0x5_0000)
    // The hypervisor refuses, and the line stays dirty; or it cleans the right one.
    let clean = isWrong ? A64.nop : Maintenance.cvac
    bench.execute(
      [
        A64.str(2, 1), clean, A64.movz(16, 20), A64.movz(0, 12), A64.movz(1, 5, shift: 16), A64.movz(2, 1),
        0xd400_0002 | 0xea1 << 5,
      ], Self.buffer)
    bench.transfer(from: 0xc002_0000, to: 0xc030_0000)
    #expect(bench.rules == (isWrong ? [.syncWrongPage] : []))
    if isWrong {
      #expect(bench.fact("maintained")?.hasPrefix("GNTTABOP_cache_flush of 0xc0020000...") == true)
    }
  }

  // MARK: The shadow

  @Test("the shadow costs memory only where it was touched, forgets by set and way, and knows words")
  func shadow() {
    let shadow = CacheShadow(limit: 0x1_0000_0000)
    shadow.store(0x1000..<0x1004, isCached: true)
    #expect(shadow.dirtyLine(read: 0x1000..<0x1004) == 0x1000)
    #expect(shadow.dirtyLine(read: 0x1004..<0x1040) == nil)
    #expect(shadow.dirtyLine(read: 0x0fc0..<0x1100) == 0x1000)
    shadow.removeAll()
    #expect(shadow.dirtyLine(read: 0x1000..<0x1004) == nil)
    shadow.store(0x103c..<0x1044, isCached: true)
    #expect(shadow.dirtyLine(read: 0x1040..<0x1044) == 0x1040)
    shadow.store(0x1040..<0x1044, isCached: false)
    #expect(shadow.dirtyLine(read: 0x1040..<0x1044) == nil)
    #expect(shadow.write(0x1000..<0x1010) == 0x1000, "the line's last word is dirty")
    #expect(shadow.loadIsStale(0x100c..<0x1014))
    #expect(!shadow.loadIsStale(0x100c..<0x1010), "each word counts once")
    #expect(shadow.loadIsStale(0x1000..<0x1004))
    shadow.store(0xffff_ffff_0000..<0xffff_ffff_0008, isCached: true)
    #expect(shadow.dirtyLine(read: 0xffff_ffff_0000..<0xffff_ffff_0008) == nil, "there is no such memory")
  }
}
