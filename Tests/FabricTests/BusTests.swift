import Testing

@testable import Fabric

/// A device that remembers what it was asked.
private final class Scribe: Device {
  let name: String
  var accesses: [(offset: UInt64, size: UInt8, value: UInt64?)] = []
  init(_ name: String) { self.name = name }
  func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    accesses.append((offset, access.size, nil))
    return 0x1234_5678_9abc_def0
  }
  func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    accesses.append((offset, access.size, value))
  }
  func reset() {}
  func visitState<V: StateVisitor>(_ visitor: inout V) {}
  func didLoadState() {}
}

@Suite("Physical bus")
struct PhysicalBusTests {
  let bus: PhysicalBus

  init() throws {
    bus = PhysicalBus(ram: try #require(GuestRAM(ranges: [0..<0x10000, 0x20000..<0x30000])))
  }

  func access(_ address: UInt64, _ size: UInt8 = 4) -> BusAccess {
    BusAccess(address: PhysicalAddress(address), size: size)
  }

  @Test("RAM is little-endian at every size", arguments: [1, 2, 4, 8] as [UInt8])
  func memory(size: UInt8) throws {
    try bus.write(access(0x100, 8), 0x8877_6655_4433_2211)
    let value = try bus.read(access(0x100, size))
    #expect(value == 0x8877_6655_4433_2211 & UInt64.mask(width: Int(size) * 8))
    try bus.write(access(0x108, size), ~0)
    #expect(try bus.read(access(0x108, 8)) == UInt64.mask(width: Int(size) * 8))
  }

  @Test(
    "nothing mapped is a fault, never a zero", arguments: [0x10000, 0x1fffc, 0x30000, 0xffff_ffff_ffff_fff8])
  func holes(address: UInt64) {
    #expect(throws: BusFault.decode) { try bus.read(access(address)) }
    #expect(throws: BusFault.decode) { try bus.write(access(address), 0) }
  }

  @Test("a device sees offsets in its own window")
  func devices() throws {
    let low = Scribe("low")
    let high = Scribe("high")
    try bus.map(high, at: PhysicalAddress(0xfe00_1000), size: 0x200)
    try bus.map(low, at: PhysicalAddress(0xfe00_0000), size: 0x1000)
    _ = try bus.read(access(0xfe00_0ffc))
    try bus.write(access(0xfe00_1010, 1), 7)
    #expect(low.accesses.map(\.offset) == [0xffc])
    #expect(high.accesses.map(\.offset) == [0x10])
    #expect(high.accesses.map(\.value) == [7])
    #expect(throws: BusFault.decode) { try bus.read(access(0xfe00_1200)) }
  }

  @Test("overlapping and empty windows are refused")
  func overlaps() throws {
    try bus.map(Scribe("a"), at: PhysicalAddress(0xfe00_0000), size: 0x1000)
    #expect(throws: PhysicalBus.MapError.self) {
      try bus.map(Scribe("b"), at: PhysicalAddress(0xfe00_0fff), size: 1)
    }
    #expect(throws: PhysicalBus.MapError.self) {
      try bus.map(Scribe("c"), at: PhysicalAddress(0xffff), size: 0x1000)
    }
    #expect(throws: PhysicalBus.MapError.self) {
      try bus.map(Scribe("d"), at: PhysicalAddress(0xfe00_2000), size: 0)
    }
    #expect(throws: PhysicalBus.MapError.self) {
      try bus.map(Scribe("e"), at: PhysicalAddress(.max), size: 2)
    }
  }
}

@Suite("DMA port")
struct DMAPortTests {
  let bus: PhysicalBus
  let port: DMAPort

  init() throws {
    bus = PhysicalBus(ram: try #require(GuestRAM(ranges: [0..<0x10000])))
    port = DMAPort(
      name: "emmc2",
      windows: [DMAPort.Window(bus: 0xc000_0000..<0xc002_0000, physical: 0)], bus: bus)
  }

  @Test("moves bytes through its window, and announces writes")
  func transfers() throws {
    var announced: [UInt64] = []
    bus.willWriteRAM = { address, count in announced += [address, count] }
    try port.write([1, 2, 3], to: BusAddress(0xc000_0040))
    #expect(bus.ram.bytes(at: 0x40, count: 3) == [1, 2, 3])
    #expect(try port.read(BusAddress(0xc000_0041), count: 2) == [2, 3])
    #expect(announced == [0x40, 3])
  }

  @Test("refuses what its windows or memory do not hold, and says why")
  func refusals() {
    #expect(throws: DMAPort.Refusal.outsideWindows(BusAddress(0x40))) {
      try port.read(BusAddress(0x40), count: 4)
    }
    #expect(throws: DMAPort.Refusal.outsideWindows(BusAddress(0xc001_fffe))) {
      try port.read(BusAddress(0xc001_fffe), count: 4)
    }
    #expect(throws: DMAPort.Refusal.notMemory(PhysicalAddress(0xfffe))) {
      try port.write([1, 2, 3], to: BusAddress(0xc000_fffe))
    }
  }
}

@Suite("Guest RAM")
struct GuestRAMTests {
  @Test("is there only where it is populated")
  func population() throws {
    let ram = try #require(GuestRAM(ranges: [0..<0x4000, 0x8000..<0xc000]))
    #expect(ram.size == 0x8000)
    #expect(ram.isRAM(0x3fff))
    #expect(!ram.isRAM(0x4000))
    #expect(!ram.isRAM(0x3fff, count: 2))
    #expect(ram.bytes(at: 0x7fff, count: 2) == nil)
    #expect(ram.load([1, 2], at: 0x3ffe))
    #expect(!ram.load([1, 2], at: 0x3fff))
    #expect(GuestRAM(ranges: []) == nil)
  }

  @Test("hashes by content, not by what was touched")
  func hash() throws {
    func hash(_ ram: GuestRAM) -> UInt64 {
      var hasher = StateHasher()
      ram.hash(into: &hasher)
      return hasher.value
    }
    let one = try #require(GuestRAM(ranges: [0..<0x40_0000]))
    let two = try #require(GuestRAM(ranges: [0..<0x40_0000]))
    #expect(one.load([0, 0, 0], at: 0x20_1000))
    #expect(hash(one) == hash(two))
    #expect(one.load([5], at: 0x3f_ffff))
    #expect(hash(one) != hash(two))
    #expect(two.load([5], at: 0x3f_ffff))
    #expect(hash(one) == hash(two))
  }
}
