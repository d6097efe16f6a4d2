import Fabric
import Testing

@testable import Devices

/// SD Physical Layer Simplified Specification 3.01, chapters 4 and 5.
@Suite("SD cards")
struct SDCardTests {
  let time = VirtualTime()

  func card(sectors: UInt64 = 1 << 23) -> (SDCard, MemoryStore) {
    let store = MemoryStore(sectors: sectors)
    return (SDCard(store: store, time: time), store)
  }

  /// Brings a card to the transfer state; its address.
  func select(_ card: SDCard) -> UInt32 {
    _ = card.execute(0, argument: 0)
    _ = card.execute(8, argument: 0x1aa)
    for _ in 0..<10 {
      _ = card.execute(55, argument: 0)
      _ = card.execute(41, argument: 0x4030_0000)
      time.now += 1_000_000
    }
    _ = card.execute(2, argument: 0)
    guard case .word(let word) = card.execute(3, argument: 0) else { return 0 }
    _ = card.execute(7, argument: word)
    return word & 0xffff_0000
  }

  func status(_ card: SDCard, _ address: UInt32) -> UInt32 {
    guard case .status(let value) = card.execute(13, argument: address) else { return ~0 }
    return value
  }

  @Test("CRC7 is that of the specification's examples (4.5)")
  func checksums() {
    for (bytes, crc) in [([0x40, 0, 0, 0, 0], 0x95), ([0x48, 0, 0, 1, 0xaa], 0x87), ([0x51, 0, 0, 0, 0], 0x55)] {
      var field = SDCardRegisters.BitField(count: 6)
      for (index, byte) in bytes.enumerated() { field.set(47 - index * 8, 40 - index * 8, UInt32(byte)) }
      #expect(Int(field.withCRC[5]) == crc)
    }
  }

  @Test(
    "The CSD gives the card's size, by the specification's formulas",
    arguments: [
      1, 8, 9, 16_384, 16_385, 131_072, (1 << 21) - 1, 1 << 21, (1 << 21) + 1, 1 << 22, (1 << 22) + 1, 1 << 23,
      (1 << 26) + 7, 1 << 31, 1 << 32,
    ] as [UInt64])
  func sizes(sectors: UInt64) {
    let capacity = SDCardRegisters.Capacity(sectors: sectors)
    let csd = SDCardRegisters.specificData(capacity, isHighSpeed: false, programmable: 0)
    func field(_ high: Int, _ low: Int) -> UInt64 {
      (low...high).reduce(0) { $0 | UInt64(csd[15 - $1 / 8] >> UInt8($1 % 8) & 1) << UInt64($1 - low) }
    }
    let bytes: UInt64
    if field(127, 126) == 1 {
      bytes = (field(69, 48) + 1) * 512 * 1024  // 5.3.3
      #expect(sectors > 1 << 22)
    } else {
      bytes = (field(73, 62) + 1) << (field(49, 47) + 2 + field(83, 80))  // 5.3.2
      #expect(sectors <= 1 << 22)
    }
    #expect(bytes == capacity.sectors * 512)
    #expect(bytes >= sectors * 512)
    #expect(bytes < sectors * 512 + 512 * 1024)
    #expect(csd[15] & 1 == 1)
  }

  @Test("Initialization follows the state diagram, and the card is busy for a while (4.2.3)")
  func initialization() {
    let (card, _) = card()
    #expect(card.execute(0, argument: 0) == .none)
    #expect(card.execute(8, argument: 0x1aa) == .word(0x1aa))
    #expect(card.execute(8, argument: 0x2aa) == .none)
    #expect(card.execute(55, argument: 0) == .status(0x120))
    // An inquiry without a voltage window changes nothing.
    #expect(card.execute(41, argument: 0) == .operatingConditions(0x00ff_8000))
    _ = card.execute(55, argument: 0)
    #expect(card.execute(41, argument: 0x4030_0000) == .operatingConditions(0x00ff_8000))
    time.now += 1_000_000
    _ = card.execute(55, argument: 0)
    #expect(card.execute(41, argument: 0x4030_0000) == .operatingConditions(0xc0ff_8000))
    #expect(card.execute(2, argument: 0) == .register(SDCardRegisters.identification))
    guard case .word(let address) = card.execute(3, argument: 0) else {
      Issue.record("CMD3 was not answered")
      return
    }
    #expect(address >> 16 != 0)
    #expect(address & 0xffff == 0x500)  // identification, ready
    #expect(card.execute(9, argument: 0) == .none)
    guard case .register = card.execute(9, argument: address) else {
      Issue.record("CMD9 was not answered")
      return
    }
    #expect(card.execute(7, argument: address) == .status(3 << 9 | 0x100))
    #expect(status(card, address & 0xffff_0000) == 4 << 9 | 0x100)
  }

  @Test("A host that cannot take its capacity, or did not send CMD8, waits for ever", arguments: [false, true])
  func hostCapacity(sendsCondition: Bool) {
    let (card, _) = card()
    if sendsCondition { _ = card.execute(8, argument: 0x1aa) }
    for _ in 0..<100 {
      _ = card.execute(55, argument: 0)
      let argument: UInt32 = sendsCondition ? 0x0030_0000 : 0x4030_0000
      #expect(card.execute(41, argument: argument) == .operatingConditions(0x00ff_8000))
      time.now += 10_000_000
    }
    let (small, _) = self.card(sectors: 1000)
    _ = small.execute(55, argument: 0)
    _ = small.execute(41, argument: 0x0030_0000)
    time.now += 1_000_000
    _ = small.execute(55, argument: 0)
    #expect(small.execute(41, argument: 0x0030_0000) == .operatingConditions(0x80ff_8000))
  }

  @Test("A voltage that does not suit makes the card inactive until it loses power")
  func inactive() {
    let (card, _) = card()
    _ = card.execute(55, argument: 0)
    #expect(card.execute(41, argument: 0x0000_0080) == .none)
    #expect(card.execute(0, argument: 0) == .none)
    #expect(card.execute(8, argument: 0x1aa) == .none)
    card.powerUp()
    #expect(card.execute(8, argument: 0x1aa) == .word(0x1aa))
  }

  @Test("What is not legal gets no answer, and shows once in the next (4.6.1, 4.8)")
  func illegal() {
    let (card, _) = card()
    // None of the commands of the transfer state is legal before it.
    for index: UInt8 in [1, 2, 5, 6, 9, 11, 12, 13, 17, 18, 19, 24, 25, 32, 38, 42, 52, 58, 63] {
      #expect(card.execute(index, argument: 0) == .none)
    }
    #expect(card.execute(55, argument: 0) == .status(0x0040_0120))
    #expect(card.execute(55, argument: 0) == .status(0x120))

    let address = select(card)
    for index: UInt8 in [2, 3, 8, 9, 10, 11, 12, 19, 20, 28, 42, 58] {
      #expect(card.execute(index, argument: address) == .none, "CMD\(index)")
      #expect(status(card, address) == 0x0040_0900, "CMD\(index)")
      #expect(status(card, address) == 0x900)
    }
    // Selecting what is selected.
    #expect(card.execute(7, argument: address) == .none)
    #expect(status(card, address) == 0x0040_0900)
    // Another card's commands are nobody's fault.
    #expect(card.execute(13, argument: address ^ 0x1_0000) == .none)
    #expect(status(card, address) == 0x900)
  }

  @Test("Functions are checked and switched by groups (4.3.10)")
  func functions() {
    let (card, _) = card()
    _ = select(card)
    func switchStatus(_ argument: UInt32) -> [UInt8] {
      _ = card.execute(6, argument: argument)
      return card.sendBlock() ?? []
    }
    let check = switchStatus(0x00ff_fff1)
    #expect(check.count == 64)
    #expect(check[13] & 2 == 2)
    #expect(check[16] & 15 == 1)
    #expect(!card.isHighSpeed)
    let refused = switchStatus(0x80ff_ff11)
    #expect(refused[16] == 0xf1)
    #expect(refused[0] == 0 && refused[1] == 0)
    #expect(!card.isHighSpeed)
    #expect(switchStatus(0x80ff_fff1)[16] == 1)
    #expect(card.isHighSpeed)
    #expect(switchStatus(0x80ff_ffff)[16] == 1)
  }

  @Test("Reads and writes beyond the end are refused, and those that run into it stop there")
  func limits() {
    let (card, store) = card()
    let address = select(card)
    for index: UInt8 in [17, 18, 24, 25] {
      #expect(card.execute(index, argument: 1 << 23) == .status(0x8000_0900))
      #expect(status(card, address) == 0x900)
    }
    _ = card.execute(18, argument: (1 << 23) - 2)
    #expect(card.sendBlock() == MemoryStore.pattern((1 << 23) - 2))
    #expect(card.sendBlock() == MemoryStore.pattern((1 << 23) - 1))
    #expect(card.sendBlock() == nil)
    #expect(card.execute(12, argument: 0) == .status(0x8000_0000 | 5 << 9 | 0x100))
    _ = card.execute(25, argument: (1 << 23) - 1)
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .accepted)
    #expect(card.receive([UInt8](repeating: 2, count: 512)) == .silence)
    #expect(card.execute(12, argument: 0) == .status(0x8000_0000 | 6 << 9 | 0x100))
    #expect(store.sectors.count == 1)
  }

  @Test("A small card counts in bytes, reads parts of a sector, and writes whole ones")
  func bytes() {
    let (card, store) = card(sectors: 4096)
    let address = select(card)
    _ = card.execute(16, argument: 16)
    _ = card.execute(17, argument: 512 * 3 + 32)
    #expect(card.sendBlock() == Array(MemoryStore.pattern(3)[32..<48]))
    #expect(card.execute(17, argument: 512 - 8) == .status(0x4000_0900))
    #expect(card.execute(24, argument: 0) == .status(0x2000_0900))
    #expect(card.execute(16, argument: 513) == .status(0x2000_0900))
    _ = card.execute(16, argument: 512)
    #expect(card.execute(24, argument: 100) == .status(0x4000_0900))
    _ = card.execute(24, argument: 512 * 9)
    #expect(card.receive([UInt8](repeating: 7, count: 512)) == .accepted)
    #expect(store.sectors[9] == [UInt8](repeating: 7, count: 512))
    #expect(status(card, address) & 0xf00 == 7 << 9)  // programming, not ready
    time.now += 1_000_000
    #expect(status(card, address) == 0x900)
  }

  @Test("CMD23 ends a transfer by itself; it counts for the next command only")
  func announced() {
    let (card, store) = card()
    let address = select(card)
    _ = card.execute(23, argument: 2)
    _ = card.execute(18, argument: 100)
    #expect(card.sendBlock() == MemoryStore.pattern(100))
    #expect(card.sendBlock() == MemoryStore.pattern(101))
    #expect(status(card, address) == 0x900)
    _ = card.execute(23, argument: 1)
    _ = status(card, address)
    _ = card.execute(18, argument: 100)
    for _ in 0..<5 { #expect(card.sendBlock() != nil) }
    _ = card.execute(12, argument: 0)
    _ = card.execute(23, argument: 1)
    _ = card.execute(25, argument: 5)
    let before = store.flushes
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .accepted)
    #expect(store.flushes == before + 1)
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .silence)
  }

  @Test("Erasing takes CMD32, CMD33 and CMD38 in order (4.3.5)")
  func erase() {
    let (card, store) = card()
    let address = select(card)
    #expect(card.execute(38, argument: 0) == .status(0x1000_0900))
    #expect(card.execute(33, argument: 5) == .status(0x1000_0900))
    _ = card.execute(32, argument: 10)
    #expect(card.execute(16, argument: 512) == .status(0x2900))  // ERASE_RESET
    #expect(card.execute(33, argument: 12) == .status(0x1000_0900))
    _ = card.execute(32, argument: 12)
    _ = card.execute(33, argument: 10)
    #expect(card.execute(38, argument: 0) == .status(0x0800_0900))
    #expect(card.execute(32, argument: 1 << 23) == .status(0x8000_0900))
    #expect(store.sectors.isEmpty)
    _ = card.execute(32, argument: 10)
    #expect(status(card, address) == 0x900)  // CMD13 does not disturb.
    _ = card.execute(33, argument: 12)
    _ = card.execute(38, argument: 0)
    #expect(card.isBusy)
    #expect(store.sectors.keys.sorted() == [10, 11, 12])
  }

  @Test("A protected card ignores data and says why")
  func protected() {
    let (card, store) = card()
    store.isReadOnly = true
    let address = select(card)
    #expect(card.execute(24, argument: 0) == .status(0x0400_0900))
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .silence)
    _ = card.execute(12, argument: 0)
    time.now += 1_000_000
    _ = card.execute(32, argument: 0)
    _ = card.execute(33, argument: 0)
    #expect(card.execute(38, argument: 0) == .status(0x0400_0900))
    #expect(status(card, address) == 0x900)
    #expect(store.sectors.isEmpty)
  }

  @Test("A store that fails shows as a negative CRC status and as ERROR")
  func brokenStore() {
    let (card, store) = card()
    let address = select(card)
    store.isBroken = true
    _ = card.execute(25, argument: 0)
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .rejected)
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .silence)
    #expect(card.execute(12, argument: 0) == .status(0x0008_0000 | 6 << 9 | 0x100))
    time.now += 1_000_000
    #expect(status(card, address) == 0x900)
    _ = card.execute(24, argument: 0)
    #expect(card.receive([UInt8](repeating: 1, count: 512)) == .rejected)
    time.now += 1_000_000
    #expect(status(card, address) & 0x0008_0000 != 0)
  }

  @Test("CMD27 changes the programmable bits of the CSD only")
  func specificData() {
    let (card, store) = card()
    let address = select(card)
    var csd = SDCardRegisters.specificData(card.capacity, isHighSpeed: false, programmable: 0)
    func program() -> UInt32 {
      _ = card.execute(27, argument: 0)
      _ = card.receive(csd)
      time.now += 1_000_000
      return status(card, address)
    }
    csd[14] = 0x10  // TMP_WRITE_PROTECT
    #expect(program() == 0x900)
    #expect(card.execute(24, argument: 0) == .status(0x0400_0900))
    _ = card.execute(12, argument: 0)
    time.now += 1_000_000
    csd[14] = 0x40  // COPY, which stays
    #expect(program() == 0x900)
    csd[14] = 0
    #expect(program() == 0x0001_0900)
    csd[14] = 0x40
    csd[5] ^= 1
    #expect(program() == 0x0001_0900)
    #expect(store.sectors.isEmpty)
  }

  @Test("ACMD22 counts what was written well, ACMD13 and ACMD51 give the registers")
  func registers() {
    let (card, _) = card()
    let address = select(card)
    func read(_ index: UInt8) -> [UInt8] {
      _ = card.execute(55, argument: address)
      _ = card.execute(index, argument: 0)
      return card.sendBlock() ?? []
    }
    _ = card.execute(25, argument: 0)
    for _ in 0..<3 { _ = card.receive([UInt8](repeating: 1, count: 512)) }
    _ = card.execute(12, argument: 0)
    time.now += 1_000_000
    #expect(read(22) == [0, 0, 0, 3])
    #expect(read(51) == [0x02, 0x05, 0x80, 0x02, 0, 0, 0, 0])
    let status = read(13)
    #expect(status.count == 64 && status[0] >> 6 == 0 && status[10] >> 4 == 9)
    _ = card.execute(55, argument: address)
    _ = card.execute(6, argument: 2)
    #expect(read(13)[0] >> 6 == 2)
  }

  @Test("Deselected while it programs, the card goes on (4.1, disconnect)")
  func disconnect() {
    let (card, _) = card()
    let address = select(card)
    _ = card.execute(24, argument: 0)
    _ = card.receive([UInt8](repeating: 1, count: 512))
    #expect(card.isBusy)
    #expect(card.execute(7, argument: 0) == .none)
    #expect(status(card, address) & 0x1e00 == 8 << 9)
    #expect(!card.isBusy)
    _ = card.execute(7, argument: address)
    #expect(card.isBusy)
    _ = card.execute(7, argument: 0)
    time.now += 1_000_000
    #expect(status(card, address) == 0x700)
  }
}

@Suite("Sets of sectors")
struct SectorSetTests {
  /// At the start of a chunk, over the border of two, and with more than one whole chunk in between.
  @Test(
    "are what a plain set is, in ranges that never touch", arguments: 1...12 as ClosedRange<UInt64>,
    [0, 32_700, 0x7fff_ffa0])
  func random(seed: UInt64, base: UInt64) {
    var random = TestRandom(seed: seed)
    var sectors = SectorSet()
    var plain: Set<UInt64> = []
    for _ in 0..<400 {
      let start = base + random.next() % 200
      let range = start..<(start + random.next() % 80)
      if random.next() % 2 == 0 {
        sectors.insert(range)
        plain.formUnion(range)
      } else {
        sectors.remove(range)
        plain.subtract(range)
      }
      let bounds = sectors.bounds
      let listed = stride(from: 0, to: bounds.count, by: 2).flatMap { Array(bounds[$0]..<bounds[$0 + 1]) }
      #expect(listed == plain.sorted())
      #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
      let probe = base + random.next() % 300
      #expect(sectors.contains(probe) == plain.contains(probe))
      #expect(sectors.isEmpty == plain.isEmpty)
      #expect(SectorSet(bounds: bounds).bounds == bounds)
    }
  }

  @Test("whole chunks, and what is taken out of them")
  func chunks() {
    var sectors = SectorSet()
    sectors.insert(5..<(1 << 32))
    #expect(sectors.bounds == [5, 1 << 32])
    sectors.insert(0..<5)
    #expect(sectors.bounds == [0, 1 << 32])
    sectors.remove(40_000..<200_000)
    #expect(sectors.bounds == [0, 40_000, 200_000, 1 << 32])
    #expect(sectors.contains(39_999) && !sectors.contains(40_000) && sectors.contains(1 << 31))
    for sector in 0..<64 { sectors.remove(UInt64(sector * 64)..<UInt64(sector * 64 + 64)) }
    #expect(sectors.bounds == [4096, 40_000, 200_000, 1 << 32])
    sectors.remove(0..<(1 << 32))
    #expect(sectors.isEmpty && sectors.bounds == [])
    #expect(SectorSet(bounds: [7, 5, 3, 9, 1 << 40, 1 << 50, 8]).bounds == [3, 9])
  }

  /// As ranges in an array this was a matter of minutes: each moved all that were there.
  @Test("every second sector, from the end", .timeLimit(.minutes(1)))
  func alternate() {
    var sectors = SectorSet()
    for index in 0..<1_000_000 as Range<UInt64> {
      let sector = 2 * (1_000_000 - index)
      sectors.insert(sector..<(sector + 1))
    }
    #expect(sectors.bounds.count == 2_000_000)
    #expect(sectors.contains(2) && !sectors.contains(3) && sectors.contains(2_000_000))
  }
}
