import Fabric
import Testing

@testable import Devices

/// Channels 0 to 10, bit by bit (BCM2711 ARM Peripherals, 4.2.1.2 and 4.5).
@Suite("DMA channels 0 to 10")
struct LegacyDMATests {
  let bench = DMABench()
  var dma: DMAController { bench.dma }

  /// Memory at 0x4000: 0, 1, 2, …
  init() { bench.load((0..<0x1000).map { UInt8(truncatingIfNeeded: $0) }, at: 0x4000) }

  func block(
    _ information: UInt32, _ source: UInt32, _ destination: UInt32, _ length: UInt32, stride: UInt32 = 0,
    next: UInt32 = 0, at address: UInt64 = 0x1000
  ) {
    bench.put([information, source, destination, length, stride, next, 0, 0], at: address)
  }

  func block(
    _ information: UInt32, _ length: UInt32, stride: UInt32 = 0, next: UInt32 = 0, at address: UInt64 = 0x1000
  ) {
    block(information, 0xc000_4000, 0xc000_8000, length, stride: stride, next: next, at: address)
  }

  @Test("a control block is fetched whole, as a descriptor, from a 32-byte boundary")
  func descriptors() {
    block(TI.bothMove, 8)
    bench.run(0, block: 0xc000_101f)
    let fetch = bench.observer.transfers[0]
    #expect(fetch.role == .descriptor)
    #expect(fetch.address == 0xc000_1000)
    #expect(fetch.count == 32)
    #expect(fetch.port.name == "dma0")
    #expect(bench.observer.transfers.dropFirst().allSatisfy { $0.role == .data })
  }

  @Test("the registers show the block, and where it is at its end", arguments: [0, 6, 7, 10])
  func registers(channel: Int) {
    block(TI.bothMove | TI.waits(3), 100, stride: 0x1234_5678)
    bench.store(channel, 4, 0xc000_1000)
    bench.store(channel, 0, 1)
    bench.advance(510)
    #expect(bench.register(channel, 0x08) == TI.bothMove | TI.waits(3))
    #expect(bench.register(channel, 0x0c) == 0xc000_4000)
    #expect(bench.register(channel, 0x10) == 0xc000_8000)
    #expect(bench.register(channel, 0x14) == 100)
    #expect(bench.register(channel, 0x18) == (channel < 7 ? 0x1234_5678 : 0))
    #expect(bench.status(channel) & 3 == 1)
    bench.advance(10_000)
    #expect(bench.register(channel, 0x0c) == 0xc000_4064)
    #expect(bench.register(channel, 0x10) == 0xc000_8064)
    #expect(bench.register(channel, 0x14) == 0)
    #expect(bench.register(channel, 0x04) == 0)
    #expect(bench.status(channel) & 3 == 2)
  }

  @Test("time passes: half a microsecond for the block and a nanosecond for each byte")
  func duration() {
    block(TI.bothMove, 4000)
    bench.run(0, for: 4499)
    #expect(bench.status(0) & 3 == 1)
    #expect(bench.bytes(0x8000, 1) == [0])
    bench.advance(1)
    #expect(bench.status(0) & 3 == 2)
    #expect(bench.bytes(0x8000, 4000) == bench.bytes(0x4000, 4000))
  }

  @Test("WAITS slow it down by two nanoseconds for each cycle and access")
  func waits() {
    block(TI.bothMove | TI.waits(31), 4000)
    bench.run(0, for: 4500)
    #expect(bench.status(0) & 3 == 1)
    bench.advance(4000 / 4 * 2 * 31 * 2)
    #expect(bench.status(0) & 3 == 1)
    bench.advance(31 * 2 * 2)
    #expect(bench.status(0) & 3 == 2)
  }

  @Test("INT follows INTEN of each block and stays until it is cleared")
  func interrupts() {
    block(TI.bothMove | TI.interrupt, 4, next: 0xc000_1020)
    block(TI.bothMove, 4, at: 0x1020)
    bench.run(3)
    #expect(bench.status(3) & 7 == 6)
    #expect(dma.load(0xfe0) == 8)
    bench.store(3, 0, 2)
    #expect(bench.status(3) & 7 == 4)
    #expect(dma.interrupts[3].level)
    dma.store(0xfe0, 0)
    dma.store(0xfe0, 0xffff)
    #expect(dma.load(0xfe0) == 8)
    bench.store(3, 0, 4)
    #expect(bench.status(3) & 7 == 0)
    #expect(!dma.interrupts[3].level)
  }

  @Test("a side that does not move repeats its access: 4 bytes, or 16 with WIDTH")
  func fixedSides() {
    block(TI.destinationMoves, 18)
    bench.run(0)
    #expect(bench.bytes(0x8000, 18) == (0..<18).map { $0 % 4 })
    block(TI.destinationMoves | TI.sourceWide, 40)
    bench.run(0)
    #expect(bench.bytes(0x8000, 40) == (0..<40).map { $0 % 16 })
    // To one place: the last access remains, and what it left of the one before.
    block(TI.sourceMoves, 0xc000_4000, 0xc000_9000, 10)
    bench.run(0)
    #expect(bench.bytes(0x9000, 8) == [8, 9, 6, 7, 0, 0, 0, 0])
    block(TI.sourceMoves | TI.destinationWide, 0xc000_4000, 0xc000_a000, 40)
    bench.run(0)
    #expect(bench.bytes(0xa000, 17) == [32, 33, 34, 35, 36, 37, 38, 39, 24, 25, 26, 27, 28, 29, 30, 31, 0])
  }

  @Test("a fixed source keeps its step across pages of the destination")
  func fixedSourceAcrossPages() {
    block(TI.destinationMoves | TI.sourceWide, 0xc000_4000, 0xc000_8ffd, 5000)
    bench.run(0)
    #expect(bench.bytes(0x8ffd, 5000) == (0..<5000).map { UInt8($0 % 16) })
  }

  @Test("IGNORE: without reads nothing is stored, without writes nothing either; addresses move on")
  func ignore() {
    bench.load([UInt8](repeating: 0x55, count: 64), at: 0x8000)
    for flag in [TI.sourceIgnore, TI.destinationIgnore] {
      block(TI.bothMove | flag, 64)
      bench.observer.transfers = []
      bench.run(0)
      #expect(bench.bytes(0x8000, 64) == [UInt8](repeating: 0x55, count: 64))
      #expect(bench.register(0, 0x0c) == 0xc000_4040)
      #expect(bench.register(0, 0x10) == 0xc000_8040)
      let reads = bench.observer.transfers.filter { !$0.isWrite && $0.role == .data }
      #expect(reads.isEmpty == (flag == TI.sourceIgnore))
      #expect(bench.observer.transfers.allSatisfy { !$0.isWrite })
    }
  }

  @Test("a peripheral has no write strobes: with SRC_IGNORE it is sent zeros")
  func ignoreToPeripheral() {
    block(TI.sourceIgnore, 0, DMABench.recorder, 12)
    bench.run(2)
    #expect(bench.device.writes == [0, 0, 0])
  }

  @Test("Lite channels have no IGNORE and no 2D mode", arguments: 7...10)
  func lite(channel: Int) {
    let information = TI.bothMove | TI.sourceIgnore | TI.destinationIgnore | TI.twoDimensional | 1 << 26
    block(information, 0xc000_4000, 0xc000_8000, 5 << 16 | 8, stride: 0x0010_0010)
    bench.run(channel)
    #expect(bench.bytes(0x8000, 12) == [0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0])
    #expect(bench.register(channel, 0x08) == TI.bothMove)
    #expect(bench.register(channel, 0x0c) == 0xc000_4008)
  }

  @Test("2D mode moves YLENGTH + 1 rows and adds the strides between them")
  func rows() {
    // Strides 12 and -8.
    block(TI.bothMove | TI.twoDimensional, 0xc000_4000, 0xc000_8020, 3 << 16 | 4, stride: 0xfff8_000c)
    bench.run(0)
    #expect(
      bench.bytes(0x8014, 16) == [48, 49, 50, 51, 32, 33, 34, 35, 16, 17, 18, 19, 0, 1, 2, 3])
    #expect(bench.register(0, 0x0c) == 0xc000_4034)
    #expect(bench.register(0, 0x10) == 0xc000_8018)
    #expect(bench.register(0, 0x14) == 0)
  }

  @Test("2D mode with rows longer than a slice, and with empty rows")
  func longAndEmptyRows() {
    bench.load((0..<0x2_0000).map { UInt8(truncatingIfNeeded: ($0 &* 7) >> 3) }, at: 0x2_0000)
    block(TI.bothMove | TI.twoDimensional, 0xc002_0000, 0xc005_0000, 2 << 16 | 20_000, stride: 0x0010_0000)
    bench.run(0)
    for row in 0..<3 {
      let wanted = bench.bytes(0x2_0000 + UInt64(row) * 20_000, 20_000)
      #expect(bench.bytes(0x5_0000 + UInt64(row) * 20_016, 20_000) == wanted)
    }
    // 16384 rows of nothing take a while and end.
    block(TI.bothMove | TI.twoDimensional, 0xc000_4000, 0xc000_8000, 0x3fff << 16, stride: 0x0004_0004)
    bench.run(0, for: 2000)
    #expect(bench.status(0) & 3 == 3)
    bench.advance(1_000_000)
    #expect(bench.status(0) & 3 == 2)
    #expect(bench.register(0, 0x0c) == 0xc000_4000 + 4 * 0x3fff)
  }

  @Test("NEXTCONBK can be changed while the block runs")
  func nextWhileRunning() {
    block(TI.bothMove, 4000, next: 0xc000_1020)
    block(TI.bothMove, 0xc000_4100, 0xc000_a000, 4, at: 0x1020)
    block(TI.bothMove, 0xc000_4200, 0xc000_b000, 4, at: 0x1040)
    bench.run(0, for: 600)
    #expect(bench.register(0, 0x1c) == 0xc000_1020)
    bench.store(0, 0x1c, 0xc000_105f)
    bench.advance(100_000)
    #expect(bench.bytes(0xa000, 4) == [0, 0, 0, 0])
    #expect(bench.bytes(0xb000, 4) == [0, 1, 2, 3])
  }

  @Test("clearing ACTIVE pauses, setting it goes on; a write that keeps it set disturbs nothing")
  func pause() {
    block(TI.bothMove, 0x1000)
    bench.run(0, for: 600)
    bench.store(0, 0, 0)
    #expect(bench.status(0) & 0x11 == 0x10)
    bench.advance(1_000_000)
    #expect(bench.register(0, 0x14) == 0x1000)
    bench.store(0, 0, 1)
    #expect(bench.status(0) & 0x11 == 1)
    for _ in 0..<40 {
      bench.advance(100)
      bench.store(0, 0, 1 << 2 | 1)
    }
    bench.advance(96)
    #expect(bench.status(0) & 3 == 2)
    #expect(bench.bytes(0x8000, 0x1000) == bench.bytes(0x4000, 0x1000))
  }

  @Test("ABORT goes on with the next block, or ends without one")
  func abort() {
    block(TI.bothMove, 0x1000, next: 0xc000_1020)
    block(TI.bothMove, 0xc000_4000, 0xc000_a000, 4, at: 0x1020)
    bench.run(0, for: 600)
    bench.store(0, 0, 1 << 30 | 1)
    #expect(bench.status(0) >> 30 == 0)
    bench.advance(10_000)
    #expect(bench.bytes(0x8000, 4) == [0, 0, 0, 0])
    #expect(bench.bytes(0xa000, 4) == [0, 1, 2, 3])
    bench.run(0, for: 600)
    bench.store(0, 0x1c, 0)
    bench.store(0, 0, 1 << 30 | 1)
    #expect(bench.status(0) & 1 == 0)
    #expect(bench.register(0, 4) == 0)
  }

  @Test("RESET clears everything and reads as zero")
  func reset() {
    block(TI.bothMove | TI.interrupt, 4, next: 0xc000_1000)
    bench.run(0, for: 1_000)
    #expect(dma.interrupts[0].level)
    bench.store(0, 0, 1 << 31)
    #expect((0...8).map { bench.register(0, $0 * 4) } == [0, 0, 0, 0, 0, 0, 0, 0, 0x0400_0000])
    #expect(!dma.interrupts[0].level)
    let transfers = bench.observer.transfers.count
    bench.advance(1_000_000)
    #expect(bench.observer.transfers.count == transfers)
  }

  @Test("ACTIVE without a block stays set and does nothing; the channel starts when it is given one")
  func activeWhileIdle() {
    bench.store(5, 0, 1)
    bench.advance(10_000)
    #expect(bench.status(5) & 0x13 == 1)
    block(TI.bothMove, 4)
    bench.store(5, 4, 0xc000_1000)
    bench.advance(10_000)
    #expect(bench.status(5) & 0x13 == 2)
    #expect(bench.bytes(0x8000, 4) == [0, 1, 2, 3])
  }

  @Test("priorities are stored; commands and status are not")
  func storage() {
    bench.store(1, 0, 0x3fff_fff8)
    #expect(bench.status(1) == 0x30ff_0000)
    bench.store(1, 0x20, ~0)
    #expect(bench.register(1, 0x20) == 0x0400_0000)
    for offset: UInt64 in [0x08, 0x0c, 0x10, 0x14, 0x18] {
      bench.store(1, offset, ~0)
      #expect(bench.register(1, offset) == 0)
    }
  }

  @Test("a read that nothing answers sets READ_ERROR, and CS.ERROR until that is cleared in DEBUG")
  func readErrors() {
    block(TI.bothMove | TI.interrupt, 0xc00f_fff0, 0xc000_8000, 32)
    bench.run(4)
    #expect(bench.status(4) & 0x107 == 0x100)
    #expect(bench.register(4, 0x20) & 7 == 4)
    #expect(bench.register(4, 0x0c) == 0xc010_0000)
    #expect(bench.register(4, 0x04) == 0xc000_1000)
    bench.store(4, 0, 0)
    #expect(bench.status(4) & 0x100 == 0x100)
    bench.store(4, 0x20, 3)
    #expect(bench.register(4, 0x20) & 7 == 4)
    bench.store(4, 0x20, 4)
    #expect(bench.register(4, 0x20) & 7 == 0)
    #expect(bench.status(4) & 0x100 == 0)
    // And it works again.
    block(TI.bothMove, 4)
    bench.run(4)
    #expect(bench.status(4) & 0x103 == 2)
  }

  @Test("a control block that cannot be read is an error too")
  func blockErrors() {
    for address: UInt64 in [0xc010_0000, 0xffff_ffe0, 0x8000_0000, 0x7e20_0000] {
      bench.run(4, block: address)
      #expect(bench.status(4) & 0x103 == 0x100)
      bench.store(4, 0x20, 4)
    }
  }

  @Test("a write that nothing answers is lost: there is no flag for it")
  func lostWrites() {
    block(TI.bothMove, 0xc000_4000, 0xc00f_fff0, 32)
    bench.run(4)
    #expect(bench.status(4) & 0x103 == 2)
    #expect(bench.bytes(0xf_fff0, 16) == bench.bytes(0x4000, 16))
    #expect(bench.log.entries.contains { $0.source == "dma4" && $0.message.contains("lost") })
  }

  @Test("a channel runs only while its bit of ENABLE is set")
  func enable() {
    block(TI.bothMove, 4)
    dma.store(0xff0, 0x7fdf)
    bench.run(5)
    #expect(bench.status(5) & 3 == 1)
    bench.run(6)
    #expect(bench.status(6) & 3 == 2)
    #expect(dma.load(0xff0) == 0x7fdf)
    dma.store(0xff0, 0x7fff)
    bench.advance(10_000)
    #expect(bench.status(5) & 3 == 2)
  }

  @Test("PAGE and PAGELITE of ENABLE choose the GiB behind 0xC0000000", arguments: [(5, 24), (9, 28)])
  func pages(channel: Int, position: Int) {
    let other = channel == 5 ? 9 : 5
    block(TI.bothMove, 16)
    // There is no memory in the second GiB, and so no control block; the other kind of channel still has the first.
    dma.store(0xff0, 1 << UInt64(position) | 0x7fff)
    #expect(dma.load(0xff0) == 1 << UInt64(position) | 0x7fff)
    bench.run(channel)
    #expect(bench.status(channel) & 0x100 != 0)
    bench.run(other)
    #expect(bench.status(other) & 0x102 == 2)
    #expect(bench.bytes(0x8000, 16) == (0..<16).map { UInt8($0) })
    bench.store(channel, 0, 1 << 31)

    dma.store(0xff0, 4 << UInt64(position) | 0x7fff)
    block(TI.bothMove, 16, at: DMABench.highMemory + 0x1000)
    bench.load([UInt8](repeating: 7, count: 16), at: DMABench.highMemory + 0x4000)
    bench.run(channel)
    #expect(bench.status(channel) & 0x102 == 2)
    #expect(bench.bytes(DMABench.highMemory + 0x8000, 16) == [UInt8](repeating: 7, count: 16))
    #expect(bench.bytes(0x8000, 16) == (0..<16).map { UInt8($0) })

    dma.reset()
    bench.load([UInt8](repeating: 9, count: 16), at: 0x4000)
    bench.run(channel)
    #expect(bench.bytes(0x8000, 16) == [UInt8](repeating: 9, count: 16))
  }

  @Test("peripherals are written and read in words, to one register or to a row of them")
  func peripherals() {
    block(TI.sourceMoves, 0xc000_4000, DMABench.recorder + 0x10, 10)
    bench.run(9)
    #expect(bench.device.writes == [0x0302_0100, 0x0706_0504, 0x0908])
    #expect(bench.device.offsets == [0x10, 0x10, 0x10])
    #expect(bench.device.initiators[0] == BusInitiator(kind: .dma, index: 9))
    block(TI.bothMove, DMABench.recorder + 0x20, 0xc000_8000, 12)
    bench.device.offsets = []
    bench.run(0)
    #expect(bench.words(0x8000, 3) == [0x1000, 0x1001, 0x1002])
    #expect(bench.device.offsets == [0x20, 0x24, 0x28])
    // 128 bits wide: four words of one access.
    block(TI.destinationMoves | TI.sourceWide, DMABench.recorder + 0x30, 0xc000_8000, 24)
    bench.device.offsets = []
    bench.run(0)
    #expect(bench.device.offsets == [0x30, 0x34, 0x38, 0x3c, 0x30, 0x34])
  }

  @Test("transfers to the DMA controller's own registers do what the core's writes do")
  func ownRegisters() {
    // Channel 0 starts channel 1: CONBLK_AD, then CS.
    bench.put([1, 0xc000_2000], at: 0x3000)
    bench.put([TI.bothMove, 0xc000_4000, 0xc000_8000, 4, 0, 0, 0, 0], at: 0x2000)
    block(TI.bothMove, 0xc000_3000, DMABench.registers + 0x100, 8)
    bench.run(0)
    #expect(bench.bytes(0x8000, 4) == [0, 1, 2, 3])
    // Channel 0 pauses itself in the middle of a row of registers, and resets itself.
    bench.put([1 << 31, 0, 0, 0], at: 0x3000)
    block(TI.bothMove, 0xc000_3000, DMABench.registers, 16, next: 0xc000_1000)
    bench.run(0)
    #expect(bench.status(0) == 0)
    #expect(bench.register(0, 4) == 0)
    // A channel that restarts itself for ever neither recurses nor stops time.
    bench.put([1 << 30 | 1], at: 0x3000)
    block(TI.bothMove, 0xc000_3000, DMABench.registers, 4, next: 0xc000_1000)
    bench.run(0, for: 10_000_000)
    #expect(bench.status(0) & 1 == 1)
  }

  @Test("a GiB takes a second of virtual time, in slices of 16 KiB")
  func bounded() {
    block(TI.destinationMoves | TI.sourceMoves | TI.destinationIgnore, 0xc000_4000, 0, 0x3fff_ffff)
    bench.run(0, for: 100_000)
    #expect(bench.register(0, 0x14) > 0x3fff_ffff - 120_000)
    #expect(bench.status(0) & 3 == 1)
  }

  @Test("names its registers")
  func names() {
    #expect(dma.registerName(at: 0) == "CS")
    #expect(dma.registerName(at: 0xb0c) == "DEBUG")
    #expect(dma.registerName(at: 0xfe0) == "INT_STATUS")
    #expect(dma.registerName(at: 0xff0) == "ENABLE")
    #expect(dma.registerName(at: 0xff8) == nil)
  }
}
