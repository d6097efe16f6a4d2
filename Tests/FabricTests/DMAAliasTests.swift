import Testing

@testable import Fabric

@Suite("DMA windows: aliases and peripherals")
struct DMAAliasTests {
  let bus: PhysicalBus
  let cache: VideoCoreCache

  init() throws {
    bus = PhysicalBus(ram: try #require(GuestRAM(ranges: [0..<0x10_0000])))
    cache = VideoCoreCache(bus: bus)
    bus.ram.load([1, 2, 3, 4], at: 0x1000)
  }

  func port(_ policy: DMAPort.AliasPolicy) -> DMAPort {
    DMAPort(
      name: "dma0",
      windows: [
        .init(bus: 0xc000_0000..<0xc010_0000, physical: 0),
        .init(bus: 0..<0x10_0000, physical: 0, kind: .alias(.allocates)),
        .init(bus: 0x8000_0000..<0x8010_0000, physical: 0, kind: .alias(.looksUp)),
        .init(bus: 0x7c00_0000..<0x8000_0000, physical: 0xfc00_0000, kind: .peripherals),
      ], bus: bus, cache: cache, aliasPolicy: policy)
  }

  @Test("strict: an alias gives ones and loses what is written")
  func strict() throws {
    let port = port(.strict)
    #expect(try port.read(BusAddress(0x1000), count: 2) == [0xff, 0xff])
    try port.write([9], to: BusAddress(0x8000_1000))
    #expect(bus.ram.bytes(at: 0x1000, count: 2) == [1, 2])
    #expect(try port.read(BusAddress(0xc000_1000), count: 2) == [1, 2])
  }

  @Test("transparent: every alias is memory")
  func transparent() throws {
    let port = port(.transparent)
    try port.write([9], to: BusAddress(0x1000))
    #expect(bus.ram.bytes(at: 0x1000, count: 1) == [9])
    #expect(cache.heldLines == 0)
  }

  @Test("board: what goes through VideoCore's cache, the cores do not see, until the line is replaced")
  func board() throws {
    let port = port(.board)
    try port.write([9, 8], to: BusAddress(0x103f))
    #expect(bus.ram.bytes(at: 0x103f, count: 2) == [0, 0])
    #expect(try port.read(BusAddress(0x103f), count: 2) == [9, 8])
    #expect(try port.read(BusAddress(0x8000_103f), count: 2) == [9, 8], "both aliases look there")
    #expect(try port.read(BusAddress(0xc000_103f), count: 2) == [0, 0], "the uncached one does not")
    #expect(cache.heldLines == 2)

    // The cores write, the cache goes on showing what it fetched.
    bus.ram.load([7], at: 0x1000)
    #expect(try port.read(BusAddress(0x1000), count: 1) == [1])

    // As many lines again push the two out, in the order in which they came.
    var announced: [UInt64] = []
    bus.willWriteRAM = { address, _ in announced.append(address) }
    for line in 0..<VideoCoreCache.lineCount {
      _ = try port.read(BusAddress(0x2_0000 + UInt64(line * VideoCoreCache.lineSize)), count: 1)
    }
    #expect(bus.ram.bytes(at: 0x103f, count: 2) == [9, 8])
    #expect(announced == [0x1000, 0x1040])
    #expect(bus.ram.bytes(at: 0x1000, count: 1) == [1], "a line goes back whole: the cores' byte is lost")
  }

  @Test("an alias that only looks does not keep lines")
  func looking() throws {
    let port = port(.board)
    #expect(try port.read(BusAddress(0x8000_1000), count: 4) == [1, 2, 3, 4])
    try port.write([5], to: BusAddress(0x8000_1000))
    #expect(bus.ram.bytes(at: 0x1000, count: 1) == [5])
    #expect(cache.heldLines == 0)
  }

  @Test(
    "a look at memory for observers gives what a read would, and fetches no line",
    arguments: DMAPort.AliasPolicy.allCases)
  func peeking(policy: DMAPort.AliasPolicy) throws {
    let port = port(policy)
    try port.write([9], to: BusAddress(0x1001))
    let held = cache.heldLines
    for address: UInt64 in [0x1000, 0x8000_1000, 0xc000_1000, 0x2000] {
      let peeked = port.peek(address, count: 4)
      #expect(cache.heldLines == held)
      if address != 0x2000 { #expect(try peeked == port.read(BusAddress(address), count: 4), "\(address)") }
    }
    #expect(port.peek(0x2000, count: 1) == [policy == .strict ? 0xff : 0])
    #expect(port.peek(0x7e20_1000, count: 4) == nil)
  }

  @Test("a reset drops what the cache holds")
  func reset() throws {
    let port = port(.board)
    try port.write([9], to: BusAddress(0x1000))
    cache.reset()
    #expect(try port.read(BusAddress(0x1000), count: 1) == [1])
  }

  @Test("words reach memory and registers, bytes only memory")
  func words() throws {
    let scribe = Register()
    try bus.map(scribe, at: PhysicalAddress(0xfe20_1000), size: 0x1000)
    let port = port(.board)
    try port.writeWord(0x1234_5678, to: BusAddress(0x7e20_1004))
    #expect(scribe.written == [0x1004 - 0x1000: 0x1234_5678])
    #expect(try port.readWord(BusAddress(0x7e20_1008)) == 0x5500_0008)
    #expect(try port.readWord(BusAddress(0xc000_1002)) == 0x0403_0201, "aligned down")
    #expect(port.isPeripheral(BusAddress(0x7e20_1004)))
    #expect(!port.isPeripheral(BusAddress(0xc000_0000)))
    #expect(throws: DMAPort.Refusal.notMemory(PhysicalAddress(0xfe20_1000))) {
      try port.read(BusAddress(0x7e20_1000), count: 4)
    }
    #expect(throws: DMAPort.Refusal.notMemory(PhysicalAddress(0xfe30_0000))) {
      try port.readWord(BusAddress(0x7e30_0000))
    }
  }

  @Test("observers hear of every transfer, also of one that is refused, and can leave")
  func observers() throws {
    let ear = Ear()
    bus.attach(ear)
    bus.attach(ear)
    let port = port(.board)
    _ = try? port.read(BusAddress(0xc000_1000), count: 3, role: .descriptor)
    _ = try? port.write([1], to: BusAddress(0xd000_0000))
    bus.detach(ear)
    _ = try? port.read(BusAddress(0xc000_1000), count: 3)
    #expect(ear.heard == ["dma0 0xc0001000 3 read descriptor 0x1000", "dma0 0xd0000000 1 write data nowhere"])
  }

  private final class Register: Device {
    let name = "register"
    var written: [UInt64: UInt64] = [:]
    func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 { 0x5500_0000 | offset }
    func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) { written[offset] = value }
    func reset() {}
    func visitState<V: StateVisitor>(_ visitor: inout V) {}
    func didLoadState() {}
  }

  private final class Ear: BusObserver {
    var heard: [String] = []
    func device(_ device: any Device, at offset: UInt64, didRead value: UInt64, _ access: BusAccess) {}
    func device(_ device: any Device, at offset: UInt64, willWrite value: UInt64, _ access: BusAccess) {}
    func master(willMake transfer: DMATransfer) {
      let place = transfer.physical.map { $0.hex() } ?? "nowhere"
      heard.append(
        "\(transfer.port.name) \(transfer.address.hex()) \(transfer.count) "
          + "\(transfer.isWrite ? "write" : "read") \(transfer.role) \(place)")
    }
  }
}
