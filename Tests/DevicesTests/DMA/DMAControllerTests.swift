import Fabric
import Testing

@testable import Devices

/// BCM2711 ARM Peripherals, chapter 4.
@Suite("DMA controller")
struct DMAControllerTests {
  let bench = Bench()
  let dma: DMAController

  init() { dma = bench.makeDMAController() }

  static let incrementBoth: UInt32 = 1 << 4 | 1 << 8
  static let interrupts: UInt32 = 1 << 0

  func put(_ words: [UInt32], at address: UInt64) {
    var buffer = LittleEndianBuffer(count: 0)
    _ = buffer.set(words)
    _ = bench.bus.ram.load(buffer.bytes, at: address)
  }

  func run(channel: UInt64, block: UInt64, for nanoseconds: UInt64 = 1_000_000) {
    dma.store(channel << 8 | 0x04, block)
    dma.store(channel << 8, 1)
    bench.time.advance(to: bench.time.now + nanoseconds)
  }

  @Test("shows idle channels of version 2 to Linux's probe", arguments: 0..<11)
  func probe(channel: UInt64) {
    #expect(dma.load(channel << 8) == 0)
    #expect(dma.load(channel << 8 | 0x20) == (channel >= 7 ? 0x1400_0000 : 0x0400_0000))
    #expect(dma.load(0xfe0) == 0)
    #expect(dma.load(0xff0) == 0x7fff)
  }

  @Test("copies a block and interrupts until INT is cleared", arguments: [0, 5, 10])
  func copies(channel: Int) {
    let payload = (0..<100).map { UInt8($0) }
    _ = bench.bus.ram.load(payload, at: 0x4000)
    put([Self.incrementBoth | Self.interrupts, 0xc000_4000, 0xc000_8001, 100, 0, 0, 0, 0], at: 0x1000)
    let base = UInt64(channel) << 8
    run(channel: UInt64(channel), block: 0xc000_1000)
    #expect(bench.bus.ram.bytes(at: 0x8001, count: 100) == payload)
    #expect(dma.load(base) & 7 == 6)  // not active, END, INT
    #expect(dma.interrupts.map(\.level) == (0..<15).map { $0 == channel })
    #expect(dma.load(0xfe0) == 1 << UInt64(channel))
    dma.store(base, 4)
    #expect(dma.load(base) & 7 == 2)
    #expect(!dma.interrupts[channel].level)
  }

  @Test("follows a list of blocks, and fills from a source that does not move")
  func lists() {
    put([0x1122_3344], at: 0x4000)
    put([1 << 4, 0xc000_4000, 0xc000_8000, 8, 0, 0xc000_1020, 0, 0], at: 0x1000)
    put([Self.incrementBoth, 0xc000_8000, 0xc000_9000, 8, 0, 0, 0, 0], at: 0x1020)
    run(channel: 2, block: 0xc000_1000)
    #expect(bench.bus.ram.bytes(at: 0x9000, count: 8) == [0x44, 0x33, 0x22, 0x11, 0x44, 0x33, 0x22, 0x11])
    #expect(dma.load(0x200) & 1 == 0)
    #expect(dma.load(0x204) == 0)
  }

  @Test("copies rows with signed strides in 2D mode")
  func rows() {
    _ = bench.bus.ram.load((0..<64).map { UInt8($0) }, at: 0x4000)
    // Three rows (YLEN 2) of four bytes; the source skips 12 bytes a row, the destination goes back.
    let stride: UInt32 = UInt32(UInt16(bitPattern: -8)) << 16 | 12
    put([Self.incrementBoth | 1 << 1, 0xc000_4000, 0xc000_8008, 2 << 16 | 4, stride, 0, 0, 0], at: 0x1000)
    run(channel: 0, block: 0xc000_1000)
    #expect(bench.bus.ram.bytes(at: 0x8000, count: 12) == [32, 33, 34, 35, 16, 17, 18, 19, 0, 1, 2, 3])
  }

  @Test(
    "ends in an error when it reads where nothing is",
    arguments: [(0x7e20_1000, 0xc000_8000), (0x4000_0000, 0xc000_8000), (0xffff_fff0, 0xc000_8000)])
  func errors(source: UInt32, destination: UInt32) {
    put([Self.incrementBoth, source, destination, 64, 0, 0, 0, 0], at: 0x1000)
    run(channel: 4, block: 0xc000_1000)
    #expect(dma.load(0x400) & 0x101 == 0x100)
    run(channel: 4, block: 0xffff_ffe0)
    #expect(dma.load(0x400) & 0x101 == 0x100)
  }

  @Test("an endless list goes on for ever without stopping time")
  func endlessLists() {
    put([0, 0xc000_4000, 0xc000_8000, 0, 0, 0xc000_1000, 0, 0], at: 0x1000)
    run(channel: 1, block: 0xc000_1000, for: 10_000_000)
    #expect(dma.load(0x100) & 1 == 1)
    dma.store(0x100, 1 << 31)
    #expect(dma.load(0x100) == 0)
    let now = bench.time.now
    bench.time.advance(to: now + 10_000_000)
    #expect(dma.load(0x100) == 0)
  }

  @Test("pauses and resumes")
  func pauses() {
    let payload = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    _ = bench.bus.ram.load(payload, at: 0x1_0000)
    put([Self.incrementBoth, 0xc001_0000, 0xc002_0000, 60_000, 0, 0, 0, 0], at: 0x1000)
    run(channel: 0, block: 0xc000_1000, for: 20_000)
    dma.store(0x000, 0)
    #expect(dma.load(0x000) & 0x11 == 0x10)
    bench.time.advance(to: bench.time.now + 1_000_000)
    #expect(bench.bus.ram.bytes(at: 0x2_0000, count: 60_000) != payload)
    dma.store(0x000, 1)
    bench.time.advance(to: bench.time.now + 1_000_000)
    #expect(bench.bus.ram.bytes(at: 0x2_0000, count: 60_000) == payload)
    #expect(dma.load(0x000) & 0x13 == 2)
  }

  @Test("random lists neither trap nor hang")
  func fuzz() {
    var random = TestRandom(seed: 4)
    for _ in 0..<300 {
      for block in 0..<8 {
        var words = (0..<8).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        if random.next() % 4 != 0 { words[1] = 0xc000_0000 | words[1] & 0x7ffff }
        if random.next() % 4 != 0 { words[2] = 0xc008_0000 | words[2] & 0x7ffff }
        if random.next() % 2 != 0 { words[3] &= 0xff }
        words[5] = 0xc000_1000 + UInt32(random.next() % 9) * 32
        put(words, at: 0x1000 + UInt64(block) * 32)
      }
      run(channel: random.next() % 11, block: 0xc000_1000, for: 50_000)
    }
  }
}
