import Fabric
import Testing

@testable import Devices

/// Channels 11 to 14, bit by bit (BCM2711 ARM Peripherals, 4.2.1.2, the registers DMA4_*).
@Suite("DMA channels 11 to 14")
struct WideDMATests {
  let bench = DMABench()
  var dma: DMAController { bench.dma }

  /// Bits of SRCI and DESTI.
  enum Side {
    static let moves: UInt32 = 1 << 12
    static let ignore: UInt32 = 1 << 15
    static func size(_ code: UInt32) -> UInt32 { code << 13 }
    static func stride(_ bytes: Int16) -> UInt32 { UInt32(UInt16(bitPattern: bytes)) << 16 }
  }

  /// Offsets.
  enum Offset {
    static let block: UInt64 = 0x04
    static let debug: UInt64 = 0x0c
    static let information: UInt64 = 0x10
    static let source: UInt64 = 0x14
    static let sourceInformation: UInt64 = 0x18
    static let destination: UInt64 = 0x1c
    static let destinationInformation: UInt64 = 0x20
    static let length: UInt64 = 0x24
    static let next: UInt64 = 0x28
  }

  init() { bench.load((0..<0x1000).map { UInt8(truncatingIfNeeded: $0) }, at: 0x4000) }

  func block(
    _ information: UInt32 = 0, from source: UInt64 = 0x4000, _ sourceBits: UInt32 = Side.moves,
    to destination: UInt64 = 0x8000, _ destinationBits: UInt32 = Side.moves, count length: UInt32,
    next: UInt64 = 0, at address: UInt64 = 0x1000
  ) {
    let words: [UInt32] = [
      information, UInt32(truncatingIfNeeded: source), UInt32(source >> 32) | sourceBits,
      UInt32(truncatingIfNeeded: destination), UInt32(destination >> 32) | destinationBits, length,
      UInt32(next >> 5), 0,
    ]
    bench.put(words, at: address)
  }

  func run(_ channel: Int = 11, block: UInt64 = 0x1000, for nanoseconds: UInt64 = 1_000_000) {
    bench.run(channel, block: block, for: nanoseconds)
  }

  @Test("copies between 40-bit addresses, from a block above 4 GiB", arguments: 11...14)
  func copies(channel: Int) {
    let high = DMABench.highMemory
    block(1, from: 0x4000, to: high + 0x8ff0, count: 300, at: high + 0x1000)
    run(channel, block: high + 0x1000)
    #expect(bench.bytes(high + 0x8ff0, 300) == bench.bytes(0x4000, 300))
    #expect(bench.status(channel) & 0x0100_0407 == 6)
    #expect(dma.interrupts.map(\.level) == (0..<15).map { $0 == channel })
    #expect(dma.load(0xfe0) == 1 << UInt64(channel))
    let fetch = bench.observer.transfers[0]
    #expect(fetch.role == .descriptor)
    #expect(fetch.address == high + 0x1000)
    #expect(fetch.count == 32)
    #expect(bench.register(channel, Offset.destination) == 0x911c)
    #expect(bench.register(channel, Offset.destinationInformation) == Side.moves | 1)
    bench.store(channel, 0, 4)
    #expect(!dma.interrupts[channel].level)
    #expect(bench.status(channel) & 7 == 2)
  }

  @Test("the registers show the block, in their own order")
  func registers() {
    block(0x0302_000c, count: 0x100, next: 0x20_2020)
    bench.store(12, Offset.block, 0x1000 >> 5)
    bench.store(12, 0, 1)
    bench.advance(510)
    #expect(bench.register(12, Offset.information) == 0x0302_000c)
    #expect(bench.register(12, Offset.source) == 0x4000)
    #expect(bench.register(12, Offset.sourceInformation) == Side.moves)
    #expect(bench.register(12, Offset.destination) == 0x8000)
    #expect(bench.register(12, Offset.destinationInformation) == Side.moves)
    #expect(bench.register(12, Offset.length) == 0x100)
    #expect(bench.register(12, Offset.next) == 0x1_0101)
    #expect(bench.status(12) & 0x0100_0003 == 0x0100_0001)
    #expect(bench.register(12, Offset.debug) == 0x1000_0000)
  }

  @Test("an address carries into its high bits")
  func carry() {
    block(from: 0x3000, to: 0xffff_f000, count: 0x1010)
    run()
    #expect(bench.bytes(DMABench.highMemory, 16) == (0..<16).map { UInt8($0) })
    // The first page is nowhere.
    #expect(bench.status(11) & 0x400 == 0x400)
    #expect(bench.register(11, Offset.destinationInformation) == Side.moves | 1)
    #expect(bench.register(11, Offset.destination) == 0x10)
  }

  @Test("a side that does not move repeats its access of 4 to 32 bytes", arguments: 0...3)
  func fixedSource(code: UInt32) {
    block(from: 0x4000, Side.size(code), to: 0x8000, Side.moves, count: 100)
    run()
    #expect(bench.bytes(0x8000, 100) == (0..<100).map { UInt8($0 % (4 << Int(code))) })
  }

  @Test("IGNORE of the source stores zeros, of the destination nothing")
  func ignore() {
    bench.load([UInt8](repeating: 0x55, count: 5000), at: 0x8000)
    block(from: 0x4000, Side.moves | Side.ignore, to: 0x8000, Side.moves, count: 4999)
    run()
    #expect(bench.bytes(0x8000, 5000) == [UInt8](repeating: 0, count: 4999) + [0x55])
    #expect(bench.observer.transfers.allSatisfy { $0.isWrite || $0.role == .descriptor })
    bench.load([UInt8](repeating: 0x55, count: 64), at: 0x8000)
    block(from: 0x4000, Side.moves, to: 0x8000, Side.moves | Side.ignore, count: 64)
    run()
    #expect(bench.bytes(0x8000, 64) == [UInt8](repeating: 0x55, count: 64))
  }

  @Test("2D mode: Y + 1 rows, each side with a signed stride of its own")
  func rows() {
    block(
      2, from: 0x4000, Side.moves | Side.stride(12), to: 0x8020, Side.moves | Side.stride(-8), count: 3 << 16 | 4)
    run()
    #expect(bench.bytes(0x8014, 16) == [48, 49, 50, 51, 32, 33, 34, 35, 16, 17, 18, 19, 0, 1, 2, 3])
  }

  @Test("chains, and NEXT_CB can be changed on the way")
  func chains() {
    block(to: 0x8000, count: 4, next: 0x1020)
    block(to: 0x9000, count: 4000, next: 0x1020, at: 0x1020)
    block(from: 0x4010, to: 0xa000, count: 4, at: 0x1040)
    run(14, for: 2000)
    #expect(bench.register(14, Offset.block) == 0x1020 >> 5)
    bench.store(14, Offset.next, 0x1040 >> 5)
    bench.advance(100_000)
    #expect(bench.status(14) & 3 == 2)
    #expect(bench.register(14, Offset.block) == 0)
    #expect(bench.bytes(0xa000, 4) == [16, 17, 18, 19])
  }

  @Test("pauses and goes on")
  func pause() {
    block(count: 0x1000)
    run(for: 600)
    bench.store(11, 0, 0)
    #expect(bench.status(11) & 0x0100_0031 == 0x30)
    bench.advance(1_000_000)
    #expect(bench.bytes(0x8001, 1) == [0])
    bench.store(11, 0, 1)
    bench.advance(1_000_000)
    #expect(bench.bytes(0x8000, 0x1000) == bench.bytes(0x4000, 0x1000))
  }

  @Test("ABORT completes the block and goes on; HALT completes it and stops")
  func abortAndHalt() {
    block(1, count: 0x1000, next: 0x1020)
    block(to: 0xa000, count: 4, at: 0x1020)
    run(for: 600)
    bench.store(11, 0, 1 << 30 | 1)
    #expect(bench.status(11) & 0xc000_0007 == 7)
    #expect(bench.register(11, Offset.length) == 0)
    bench.advance(10_000)
    #expect(bench.bytes(0xa000, 4) == [0, 1, 2, 3])
    #expect(bench.bytes(0x8001, 1) == [0])
    bench.store(11, 0, 6)
    block(to: 0xb000, count: 4, at: 0x1020)
    run(for: 600)
    bench.store(11, 0, 1 << 31 | 1)
    #expect(bench.status(11) & 0x8100_0007 == 6)
    #expect(bench.register(11, Offset.length) == 0)
    bench.advance(10_000)
    #expect(bench.bytes(0xb000, 4) == [0, 0, 0, 0])
  }

  @Test("DEBUG.RESET clears everything")
  func reset() {
    block(1, count: 4, next: 0x1000)
    run(for: 1000)
    bench.store(11, Offset.debug, 1 << 23)
    #expect(bench.status(11) == 0)
    #expect(bench.register(11, Offset.block) == 0)
    #expect(bench.register(11, Offset.debug) == 0x1000_0000)
    #expect(!dma.interrupts[11].level)
    bench.advance(10_000)
    #expect(bench.status(11) == 0)
  }

  @Test("a failed read gives zeros and READ_ERROR, which clears when it is read")
  func readErrors() {
    bench.load([UInt8](repeating: 0x55, count: 32), at: 0x8000)
    block(from: 0xf_fff0, to: 0x8000, count: 32)
    run()
    #expect(bench.bytes(0x8000, 32) == [UInt8](repeating: 0, count: 32))
    #expect(bench.status(11) & 0x407 == 0x402)
    #expect(bench.register(11, Offset.debug) & 0xf == 4)
    #expect(bench.register(11, Offset.debug) & 0xf == 0)
    #expect(bench.status(11) & 0x400 == 0)
  }

  @Test("a failed write is WRITE_ERROR, a failed fetch READ_CB_ERROR")
  func otherErrors() {
    block(to: 0xf_fff0, count: 32)
    run()
    #expect(bench.status(11) & 0x407 == 0x402)
    #expect(bench.register(11, Offset.debug) & 0xf == 1)
    run(block: 0x5_0000_0000)
    #expect(bench.status(11) & 0x401 == 0x400)
    #expect(bench.register(11, Offset.debug) & 0xf == 8)
  }

  @Test("INT_ON_ERROR, HALT_ON_ERROR and ABORT_ON_ERROR")
  func errorControls() {
    block(from: 0xf_fff0, to: 0x8000, count: 64, next: 0x1020)
    block(to: 0xa000, count: 4, at: 0x1020)
    bench.store(11, Offset.debug, 1 << 9)
    run()
    #expect(bench.status(11) & 0x407 == 0x400)
    #expect(bench.register(11, Offset.block) == 0x1000 >> 5)
    #expect(bench.bytes(0xa000, 4) == [0, 0, 0, 0])
    bench.store(11, Offset.debug, 1 << 10 | 1 << 8)
    run()
    #expect(bench.status(11) & 0x407 == 0x406)
    #expect(dma.interrupts[11].level)
    #expect(bench.bytes(0xa000, 4) == [0, 1, 2, 3])
    #expect(bench.register(11, Offset.debug) == 0x1000_0504)
  }

  @Test("peripherals are at 0x4_7E00_0000; without that prefix there is nothing")
  func peripherals() {
    block(from: 0x4000, Side.moves, to: 0x4_7e20_0010, 0, count: 8)
    run(13)
    #expect(bench.device.writes == [0x0302_0100, 0x0706_0504])
    #expect(bench.device.initiators[0].index == 13)
    block(from: 0x4000, Side.moves, to: 0x7e20_0010, 0, count: 8)
    run(13)
    #expect(bench.device.writes.count == 2)
    #expect(bench.status(13) & 0x400 == 0x400)
  }

  @Test("waits count for each side")
  func waits() {
    // Source waits 10, destination waits 3; 32-bit and 128-bit accesses.
    block(3 << 24 | 10 << 16, from: 0x4000, Side.moves, to: 0x8000, Side.moves | Side.size(2), count: 1600)
    let waits: UInt64 = (401 * 10 + 101 * 3) * 2
    run(for: 500 + 1600 + waits - 1)
    #expect(bench.status(11) & 3 == 1)
    bench.advance(1)
    #expect(bench.status(11) & 3 == 2)
  }
}
