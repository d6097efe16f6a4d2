import Fabric
import Testing

@testable import MMU

@Suite("Translation unit") struct TranslationUnitTests {
  static let address: UInt64 = 0x1234_5000

  /// A bench with one kernel page mapped to 0x5000.
  static func bench() -> Bench {
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(address, to: 0x5000 | Leaf.kernel, root: 0x10000, tables: 0x30000)
    return bench
  }

  @Test("A mapped page translates, fills the TLB, and the inline comparison then hits")
  func fill() {
    let bench = Self.bench()
    let address = Self.address | 0x123
    #expect(bench.look(address) == .to(0x5123))
    let context = bench.unit.contexts(exceptionLevel: 1).lower
    let entry = bench.unit.dataEntries + TLBLayout.dataIndex(address)
    #expect(entry[0] == TLBLayout.tag(address, size: 8, context: context))
    #expect(entry[1] == entry[0])
    #expect(address &+ entry[2] == UInt64(UInt(bitPattern: bench.ram.base)) + 0x5123)
  }

  @Test("Each level without a valid descriptor faults at that level", arguments: [0, 1, 2, 3])
  func levels(level: Int) {
    let bench = Self.bench()
    let slots: [UInt64] = [0x10000, 0x30000, 0x31000 + 0x91 * 8, 0x32000 + 0x145 * 8]
    bench.put(0, at: slots[level])
    #expect(bench.look(Self.address) == .stageOne(.translation, UInt8(level)))
  }

  @Test("A write to a page with flags keeps its slow tag until the flags are gone")
  func pageFlags() {
    let bench = Self.bench()
    let entry = bench.unit.dataEntries + TLBLayout.dataIndex(Self.address)
    #expect(bench.look(Self.address, .write) == .to(0x5000))
    let fast = entry[1]
    #expect(fast & TLBLayout.slow == 0)
    bench.ram.pageFlags[5] = PageFlag.code
    bench.unit.dropWriteTags(physicalPage: 0x5000)
    #expect(entry[1] == fast | TLBLayout.slow)
    #expect(entry[0] == fast)
    #expect(bench.look(Self.address, .write) == .to(0x5000))
    #expect(entry[1] == fast | TLBLayout.slow)
    bench.ram.pageFlags[5] = 0
    #expect(bench.look(Self.address, .write) == .to(0x5000))
    #expect(entry[1] == fast)
  }
}
