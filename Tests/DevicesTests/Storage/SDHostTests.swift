import Fabric
import Testing

@testable import Devices

/// SD Host Controller Simplified Specification 3.00; reset values measured on a Pi 4.
@Suite("SD host with a card")
struct SDHostTests {
  typealias Mode = CardDriver.Mode
  let driver = CardDriver()
  var host: SDHost { driver.host }

  @Test(
    "shows what the board shows",
    arguments: [
      (0x40, 0x45ee_6432), (0x44, 0xa525), (0x48, 0x0008_0008), (0xfc, 0x1002_0000), (0x24, 0x1fff_0000),
      (0x2a, 0x80),
    ])
  func identity(offset: UInt64, value: UInt64) {
    #expect(host.load(offset, offset == 0x2a ? 1 : 4) == value)
  }

  @Test("identifies the card, and its registers arrive in the response words as 2.2.7 says")
  func identification() {
    driver.identify()
    #expect(driver.cardStatus() == (4, 0))
    driver.command(7, 0, .none)
    driver.command(10, driver.address << 16, .r2)
    // CID bits 127:8 at bit 0: the serial number is at 55:24.
    let words = [0x10, 0x14, 0x18, 0x1c].map { host.load($0) }
    #expect(words[3] == 0x0054_5442)
    #expect(words[2] == 0x5459_4252)
    #expect(words[1] == 0x5910_2711)
    #expect(words[0] >> 16 == 0x0001)
  }

  @Test("inhibits commands while one is under way, which takes its time on the line")
  func commandTime() {
    host.store(0x08, 0x1aa)
    host.store(0x0c, 0x081a_0000)
    #expect(host.load(0x24) & 1 == 1)
    #expect(driver.status == 0)
    // 48 + 48 bits and a gap at 390 kHz are a quarter of a millisecond.
    driver.bench.time.advance(to: 100_000)
    #expect(driver.status == 0)
    driver.bench.time.advance(to: 400_000)
    #expect(driver.status == 1)
    #expect(host.load(0x24) & 1 == 0)
    #expect(host.load(0x10) == 0x1aa)
    #expect(host.interrupt.level)
  }

  @Test("a command waits for the clock, and for power there is no answer")
  func clockAndPower() {
    host.store(0x2c, 0x8001, 2)
    driver.issue(8, 0x1aa, .r1)
    driver.bench.time.advance(to: 1_000_000_000)
    #expect(driver.status == 0)
    #expect(host.load(0x24) & 1 == 1)
    host.store(0x2c, 0x8005, 2)
    #expect(driver.wait() == 1)
    host.store(0x29, 0, 1)
    #expect(driver.command(8, 0x1aa) == 0x0001_8000)
    host.store(0x29, 0xf, 1)
    #expect(driver.command(8, 0x1aa) == 1)
  }

  @Test("checks of a response that has no CRC or index fail")
  func checks() {
    driver.command(0, 0, .none)
    driver.command(55)
    #expect(driver.command(41, 0x4030_0000, .r1) & 0x000a_8000 == 0x000a_8000)
    driver.command(55)
    #expect(driver.command(41, 0x4030_0000, .r3) == 1)
  }

  @Test("reads one block and many through the data port")
  func portReads() {
    driver.identify()
    #expect(driver.readPort(17, 1000, count: 1) == CardDriver.pattern(1000..<1001))
    let many = driver.readPort(18, 2000, count: 5, mode: Mode.multiple | Mode.count | Mode.auto12)
    #expect(many == CardDriver.pattern(2000..<2005))
    #expect(driver.cardStatus() == (4, 0))
    #expect(host.load(0x1c) == 5 << 9 | 0x100)  // Auto-CMD12's response
    #expect(host.load(0x04) == 512)
    driver.command(55, driver.address << 16)
    #expect(driver.readPort(51, 0, size: 8, count: 1) == [2, 5, 0x80, 2, 0, 0, 0, 0])
  }

  @Test("the port takes bytes and halfwords as well (2.2.8)")
  func narrowPort() {
    driver.identify()
    driver.setBlocks(count: 1)
    driver.command(17, 7, data: true, mode: Mode.read)
    #expect(driver.wait(0x20) & 0x20 == 0x20)
    var bytes: [UInt64] = []
    for index in 0..<256 as Range<UInt64> {
      bytes.append(host.load(0x20 | index & 3, 1))
    }
    for index in 0..<128 as Range<UInt64> {
      let half = host.load(0x20 | (index & 1) << 1, 2)
      bytes += [half & 0xff, half >> 8]
    }
    #expect(bytes.map { UInt8($0) } == MemoryStore.pattern(7))
    #expect(driver.wait() & 2 == 2)
    driver.setBlocks(count: 1)
    driver.command(24, 7, data: true)
    for index in 0..<512 as Range<UInt64> { host.store(0x20 | index & 3, index & 0xff, 1) }
    #expect(driver.wait(0x8002) & 0x8002 == 2)
    #expect(driver.store.sectors[7] == (0..<512).map { UInt8($0 & 0xff) })
  }

  @Test("writes one block and many through the data port, and the card is busy at the end")
  func portWrites() {
    driver.identify()
    let one = CardDriver.random(512, seed: 1)
    #expect(driver.writePort(24, 50, one) & 0x8002 == 2)
    #expect(driver.store.sectors[50] == one)
    let many = CardDriver.random(512 * 4, seed: 2)
    #expect(driver.writePort(25, 60, many, mode: Mode.multiple | Mode.count | Mode.auto12) & 0x8002 == 2)
    #expect((60..<64).flatMap { driver.store.sectors[$0] ?? [] } == many)
    #expect(driver.cardStatus() == (4, 0))
    #expect(driver.store.flushes == 2)
  }

  @Test("ADMA2 scatters and gathers: pieces of blocks, no-operations, links, length 0 for 64 KiB")
  func adma() {
    driver.identify()
    for (transfer, index) in [(Mode.read, UInt64(18)), (0, 25)] {
      let sectors: Range<UInt64> = 300..<(300 + 131)
      let bytes = CardDriver.random(512 * 131, seed: 9)
      if transfer == 0 {
        _ = driver.bench.bus.ram.load(Array(bytes[..<100]), at: 0x8000)
        _ = driver.bench.bus.ram.load(Array(bytes[100..<(100 + 65_536)]), at: 0x2_0000)
        _ = driver.bench.bus.ram.load(Array(bytes[(100 + 65_536)...]), at: 0x9000)
      }
      let rest = UInt32(512 * 131 - 100 - 65_536)
      driver.table([(0x21, 100, 0xc000_8000), (0x01, 7, 0), (0x31, 0, 0xc000_6000)], at: 0x5000)
      driver.table([(0x21, 0, 0xc002_0000), (0x27, rest, 0xc000_9000)], at: 0x6000)
      host.store(0x58, 0xc000_5000)
      driver.setBlocks(count: 131)
      let mode = Mode.dma | Mode.count | Mode.multiple | Mode.auto12 | transfer
      #expect(driver.command(index, 300, data: true, mode: mode) & 0x8000 == 0)
      #expect(driver.wait(0xffff_0002) == 0xa)  // transfer complete, and the last line's interrupt
      let memory = driver.memory(0x8000, 100) + driver.memory(0x2_0000, 65_536) + driver.memory(0x9000, Int(rest))
      #expect(memory == (transfer == 0 ? bytes : CardDriver.pattern(sectors)))
      if transfer == 0 { #expect(sectors.flatMap { driver.store.sectors[$0] ?? [] } == bytes) }
      #expect(driver.cardStatus() == (4, 0))
    }
  }

  @Test("a transfer lasts as long as its bits at the card's clock")
  func duration() {
    driver.identify()
    driver.table([(0x23, 0, 0xc001_0000)], at: 0x5000)
    driver.setBlocks(count: 128)
    driver.command(18, 0, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.auto12 | Mode.read)
    let start = driver.bench.time.now
    _ = driver.wait(2)
    let seconds = Double(driver.bench.time.now - start) / 1e9
    let rate = 65_536 / seconds / 1e6
    #expect(rate > 20 && rate < 25)  // MB/s at 50 MHz on four lines
  }

  @Test("Auto-CMD23 announces the blocks itself")
  func auto23() {
    driver.identify()
    driver.table([(0x23, 1024, 0xc000_8000)], at: 0x5000)
    host.store(0x00, 2)
    driver.setBlocks(count: 2)
    let mode = Mode.dma | Mode.count | Mode.multiple | Mode.auto23 | Mode.read
    #expect(driver.command(18, 77, data: true, mode: mode) & 0x8000 == 0)
    #expect(driver.wait(0xffff_0002) & 0x8002 == 2)
    #expect(driver.memory(0x8000, 1024) == CardDriver.pattern(77..<79))
    #expect(driver.cardStatus() == (4, 0))
    // With both, the card has ended the transfer already, and CMD12 is illegal.
    driver.command(23, 1)
    driver.table([(0x23, 512, 0xc000_8000)], at: 0x5000)
    driver.setBlocks(count: 1)
    driver.command(18, 77, data: true, mode: mode ^ (Mode.auto23 | Mode.auto12))
    #expect(driver.wait(0xffff_0002) & 0x0100_8000 == 0x0100_8000)
    #expect(host.load(0x3c) & 0xffff == 2)
  }

  @Test("SDMA stops at each boundary, and goes on when its address is written", arguments: [0, 3] as [UInt64])
  func sdma(code: UInt64) {
    driver.identify()
    let boundary: UInt64 = 4096 << code
    let start = boundary - 1024
    let count: UInt64 = boundary * 2 / 512
    host.store(0x00, 0xc000_0000 | start)
    driver.setBlocks(size: 512 | code << 12, count: count)
    driver.command(18, 10, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.auto12 | Mode.read)
    var boundaries: [UInt64] = []
    while true {
      let status = driver.wait(0xffff_000a)
      if status & 8 == 0 {
        #expect(status == 2)
        break
      }
      boundaries.append(host.load(0x00))
      driver.bench.time.advance(to: driver.bench.time.now + 10_000_000)
      #expect(driver.status == 0)
      host.store(0x00, host.load(0x00))
    }
    #expect(boundaries == [boundary, boundary * 2].map { 0xc000_0000 | $0 })
    #expect(driver.memory(start, Int(count) * 512) == CardDriver.pattern(10..<(10 + count)))
  }

  @Test("a write by SDMA gathers across a boundary too")
  func sdmaWrite() {
    driver.identify()
    let bytes = CardDriver.random(4096, seed: 4)
    _ = driver.bench.bus.ram.load(bytes, at: 0x1f80)
    host.store(0x00, 0xc000_1f80)
    driver.setBlocks(count: 8)
    driver.command(25, 10, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.auto12)
    #expect(driver.wait(0xffff_000a) == 8)
    host.store(0x00, 0xc000_2000)
    #expect(driver.wait(0xffff_000a) == 2)
    #expect((10..<18).flatMap { driver.store.sectors[$0] ?? [] } == bytes)
  }

  @Test("an endless descriptor list takes time, and a reset ends it")
  func endlessList() {
    driver.identify()
    driver.table([(0x31, 0, 0xc000_5000)], at: 0x5000)
    driver.setBlocks(count: 8)
    driver.command(18, 0, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.read)
    driver.bench.time.advance(to: driver.bench.time.now + 1_000_000_000)
    #expect(driver.status == 0)
    #expect(host.load(0x24) & 2 == 2)
    host.store(0x2f, 4, 1)
    #expect(host.load(0x24) & 0xf07 == 0)
    #expect(driver.bench.time.nextDeadline == .max)
    #expect(driver.command(12, 0, .r1b) & 0x8002 == 2)
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test(
    "ADMA2 errors: what they say, and where the address stands (2.2.25)",
    arguments: [
      // An invalid descriptor; a table that is no memory; data that is no memory; a table that is too short;
      // a line that is longer than the blocks.
      ([(0x20, 512, 0xc000_8000)], 0xc000_5000, 1, 0xc000_5000),
      ([], 0x7000_0000, 1, 0x7000_0000),
      ([(0x21, 512, 0x7000_0000)], 0xc000_5000, 3, 0xc000_5008),
      ([(0x23, 512, 0xc000_8000)], 0xc000_5000, 7, 0xc000_5008),
      ([(0x21, 600, 0xc000_8000), (0x03, 0, 0)], 0xc000_5000, 7, 0xc000_5010),
      ([(0x23, 2048, 0xc000_8000)], 0xc000_5000, 7, 0xc000_5008),
    ] as [([(UInt32, UInt32, UInt32)], UInt64, UInt64, UInt64)])
  func admaErrors(lines: [(UInt32, UInt32, UInt32)], table: UInt64, error: UInt64, address: UInt64) {
    for (index, direction) in [(UInt64(18), Mode.read), (25, 0)] {
      let driver = CardDriver()
      driver.identify()
      driver.table(lines, at: 0x5000)
      driver.host.store(0x58, table)
      driver.setBlocks(count: 2)
      driver.command(index, 0, data: true, mode: Mode.dma | Mode.count | Mode.multiple | direction)
      #expect(driver.wait(0xffff_0002) & 0xffff_8002 == 0x0200_8000)
      #expect(driver.host.load(0x54) == error)
      #expect(driver.host.load(0x58) == address)
      driver.host.store(0x2f, 6, 1)
      driver.command(12, 0, .r1b)
      #expect(driver.cardStatus().state == 4)
    }
  }

  @Test("a count that the host does not know ends with the table")
  func tableEnds() {
    driver.identify()
    driver.table([(0x21, 1024, 0xc000_8000), (0x23, 512, 0xc000_9000)], at: 0x5000)
    driver.setBlocks(count: 0)
    driver.command(18, 5, data: true, mode: Mode.dma | Mode.multiple | Mode.read | Mode.auto12)
    #expect(driver.wait(0xffff_0002) == 2)
    #expect(driver.memory(0x8000, 1024) + driver.memory(0x9000, 512) == CardDriver.pattern(5..<8))
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test("a refused command leaves no data: time-out after the time that the driver set")
  func dataTimeout() {
    driver.identify()
    driver.setBlocks(count: 1)
    driver.command(17, 1 << 23, data: true, mode: Mode.read)
    #expect(driver.response == 0x8000_0900)
    let start = driver.bench.time.now
    #expect(driver.wait(0xffff_0002) == 0x0010_8000)
    let milliseconds = (driver.bench.time.now - start) / 1_000_000
    #expect(milliseconds >= 163 && milliseconds < 170)  // 2^13 at 50 kHz
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test("blocks of another length, or other lines than the card's, are CRC errors")
  func damage() {
    driver.identify()
    driver.setBlocks(size: 256, count: 1)
    driver.command(17, 0, data: true, mode: Mode.read)
    #expect(driver.wait(0xffff_0002) == 0x0020_8000)
    driver.application(6, 0)  // one line
    driver.setBlocks(count: 1)
    driver.command(17, 0, data: true, mode: Mode.read)
    #expect(driver.wait(0xffff_0002) == 0x0020_8000)
    host.store(0x28, host.load(0x28) & ~2)
    #expect(driver.readPort(17, 3, count: 1) == MemoryStore.pattern(3))
  }

  @Test("stops at a block gap and goes on (2.2.13)")
  func blockGap() {
    driver.identify()
    driver.table([(0x23, 0, 0xc001_0000)], at: 0x5000)
    driver.setBlocks(count: 128)
    driver.command(18, 0, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.auto12 | Mode.read)
    host.store(0x2a, 1, 1)
    #expect(driver.wait(0xffff_0006) == 6)
    let left = host.load(0x04) >> 16
    #expect(left > 0 && left < 128)
    driver.bench.time.advance(to: driver.bench.time.now + 100_000_000)
    #expect(driver.status == 0)
    host.store(0x2a, 2, 1)
    #expect(host.load(0x2a, 1) & 3 == 0)
    #expect(driver.wait(0xffff_0006) == 2)
    #expect(driver.memory(0x1_0000, 65_536) == CardDriver.pattern(0..<128))
  }

  @Test("an abort stops a transfer, and the card is free again")
  func abort() {
    driver.identify()
    driver.table([(0x31, 0, 0xc000_5000)], at: 0x5000)
    driver.setBlocks(count: 8)
    driver.command(18, 0, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.read)
    driver.issue(13, driver.address << 16, .r1)  // commands without data pass
    #expect(driver.wait(1) == 1)
    #expect(driver.response >> 9 & 15 == 5)
    driver.issue(17, 0, .r1, data: true, mode: Mode.read)  // those with data do not
    #expect(host.load(0x24) & 1 == 0)
    host.store(0x0c, 0x0cdb_0000)  // CMD12, abort
    #expect(driver.wait(0xffff_0002) & 0x8003 == 3)
    #expect(host.load(0x24) & 3 == 0)
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test("forced events show as if they had come, where they are enabled (2.2.24)")
  func forcedEvents() {
    host.store(0x34, 0x00ff_0000)
    host.store(0x50, 0xffff_009f)
    #expect(driver.status == 0x00ff_8000)
    #expect(host.load(0x3c) == 0x9f)
    host.store(0x30, 0x00ff_0000)
    #expect(driver.status == 0)
  }

  @Test("a reset for all takes the card's power, one of the lines does not")
  func resets() {
    driver.identify()
    host.store(0x2f, 6, 1)
    #expect(driver.cardStatus() == (4, 0))
    host.store(0x2f, 1, 1)
    #expect(host.load(0x24) == 0x1fff_0000)
    driver.powerOn()
    #expect(driver.command(13, driver.address << 16) == 0x0001_8000)
    driver.identify()
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test("a read-only card has its pin low")
  func protectPin() {
    driver.store.isReadOnly = true
    #expect(host.load(0x24) == 0x1ff7_0000)
    driver.identify()
    driver.setBlocks(count: 1)
    driver.command(24, 0, data: true)
    for _ in 0..<128 { host.store(0x20, 1) }
    #expect(driver.wait(0xffff_0002) == 0x0010_8000)
    #expect(driver.store.sectors.isEmpty)
  }

  @Test("a card that is pulled in the middle of a write: what was taken stays, the rest times out")
  func removal() {
    let driver = CardDriver(removalTime: 40_000_000)
    driver.identify()
    var start: UInt64 = 0
    var status: UInt64 = 0
    driver.table([(0x23, 0, 0xc001_0000)], at: 0x5000)
    while status & 0x8000 == 0, start < 1000 {
      driver.host.store(0x58, 0xc000_5000)
      driver.setBlocks(count: 128)
      status = driver.command(
        25, start * 128, data: true, mode: Mode.dma | Mode.count | Mode.multiple | Mode.auto12)
      if status & 0x8000 == 0 { status |= driver.wait(0xffff_0002) }
      start += 1
    }
    #expect(status & 0x0010_8000 == 0x0010_8000)
    #expect(status & 0x80 == 0x80)  // removal
    #expect(driver.host.load(0x24) & 0x5_0000 == 0)
    #expect(driver.store.sectors.count > 128 && driver.store.sectors.count < 128 * 20)
    #expect(driver.store.flushes > 0)
    driver.host.store(0x2f, 6, 1)
    #expect(driver.command(13, driver.address << 16) == 0x0001_8000)
    driver.host.insertCard()
    #expect(driver.status == 0x40)
    driver.identify()
    #expect(driver.cardStatus() == (4, 0))
  }

  @Test("a full disk is a CRC error to the host and an ERROR in the card's status")
  func fullDisk() {
    driver.identify()
    driver.store.isBroken = true
    #expect(driver.writePort(24, 0, CardDriver.random(512, seed: 1)) == 0x0020_8000)
    #expect(driver.cardStatus().errors == 0x0008_0000)
  }

  @Test("a million random accesses, as a driver that went mad, do no harm", arguments: 1...4 as ClosedRange<UInt64>)
  func random(seed: UInt64) {
    let driver = CardDriver()
    driver.identify()
    var random = TestRandom(seed: seed)
    let commands: [UInt64] = [0, 2, 3, 6, 7, 8, 9, 12, 13, 16, 17, 18, 23, 24, 25, 27, 32, 33, 38, 55, 56, 41, 51]
    for _ in 0..<250_000 {
      let pick = random.next() % 16
      let value = random.next() >> (random.next() % 64)
      switch pick {
      case 0...2: driver.host.store(random.next() % 0x100, value, 1)
      case 3:
        // A command that may make sense.
        driver.host.store(0x58, 0xc000_0000 | random.next() % 0x8000 & ~3)
        driver.host.store(0x04, (random.next() % 4) << 16 | (random.next() % 4 == 0 ? value & 0xffff : 512))
        driver.host.store(0x08, random.next() % 2 == 0 ? driver.address << 16 : random.next() % (1 << 24))
        let command = commands[Int(random.next() % UInt64(commands.count))]
        driver.host.store(0x0c, command << 24 | (random.next() & 0x3b) << 16 | random.next() & 0x3f)
      case 4: driver.host.store(0x20, value)
      case 5: _ = driver.host.load(0x20)
      case 6: driver.host.store(0x28, value)
      case 7: driver.host.store(0x2c, (random.next() % 8 == 0 ? value : 0x0000_0105) & 0xffff_ffff)
      case 8: driver.host.store(0x29, 0xf, 1)
      case 9:
        // Descriptors of all kinds where the tables may be.
        let address = 0xc000_0000 | UInt32(value & 0xf_ffff)
        let line = (UInt32(random.next() & 0x37), UInt32(random.next() % 2000), address)
        driver.table([line], at: random.next() % 0x8000 & ~7)
      case 10: driver.host.store(0x30, ~0)
      case 11: driver.bench.time.advance(to: driver.bench.time.now + random.next() % 3_000_000)
      case 12: _ = driver.host.load(random.next() % 0x100 & ~3)
      default:
        let width: UInt64 = 1 << (random.next() % 4)
        driver.host.store(random.next() % 0x100 & ~(width - 1), value, UInt8(width))
      }
    }
    driver.host.reset()
    driver.powerOn()
    driver.identify()
    #expect(driver.cardStatus() == (4, 0))
  }
}
