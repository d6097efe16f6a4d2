import Fabric
import Testing

@testable import Devices

/// Pacing by data requests (BCM2711 ARM Peripherals, 4.2.1.3 and the DREQ bits of TI).
@Suite("DMA pacing")
struct DMARequestTests {
  let bench = DMABench()
  var dma: DMAController { bench.dma }
  var line: DREQLine { bench.request }

  init() { bench.load((0..<0x1000).map { UInt8(truncatingIfNeeded: $0) }, at: 0x4000) }

  func block(_ information: UInt32, _ source: UInt32, _ destination: UInt32, _ length: UInt32) {
    bench.put([information, source, destination, length, 0, 0, 0, 0], at: 0x1000)
  }

  /// Memory to the recorder, paced by request 11.
  static let toDevice = TI.sourceMoves | TI.destinationRequest | TI.request(11)

  @Test("a line delivers its level when it is connected, and each change once")
  func lines() {
    let line = DREQLine("line")
    line.set(true)
    var seen: [Bool] = []
    line.connect { seen.append($0) }
    line.set(true)
    line.set(false)
    #expect(seen == [true, false])
  }

  @Test("a low request stops the channel, which says so; a high one lets it go on")
  func level() {
    block(Self.toDevice, 0xc000_4000, DMABench.recorder, 64)
    bench.run(0)
    #expect(bench.device.writes.isEmpty)
    #expect(bench.status(0) & 0x39 == 0x21)
    line.set(true)
    #expect(bench.status(0) & 0x39 == 0x09)
    bench.advance(200)
    line.set(false)
    let moved = bench.device.writes.count
    #expect((1..<16).contains(moved))
    bench.advance(1_000_000)
    #expect(bench.device.writes.count == moved)
    #expect(bench.register(0, 0x14) == UInt32(64 - moved * 4))
    line.set(true)
    bench.advance(1_000_000)
    #expect(bench.device.writes.count == 16)
    #expect(bench.status(0) & 3 == 2)
  }

  @Test("a request that falls with each word gives a word for each request", arguments: [1, 8] as [UInt32])
  func wordByWord(burst: UInt32) {
    bench.device.didAccess = { [line] in line.set(false) }
    block(Self.toDevice | TI.burst(burst), 0xc000_4000, DMABench.recorder, 40)
    bench.run(3)
    for count in 1...10 {
      line.set(true)
      bench.advance(10_000)
      #expect(bench.device.writes.count == count)
    }
    #expect(bench.status(3) & 1 == 0)
  }

  @Test("a burst moves its words at once as long as the request stays")
  func bursts() {
    line.set(true)
    block(Self.toDevice | TI.burst(4), 0xc000_4000, DMABench.recorder, 64)
    bench.run(0, for: 500 + 160)
    #expect(bench.device.writes.count == 4)
  }

  @Test("reads are paced too, on every kind of channel", arguments: [0, 8, 12])
  func reads(channel: Int) {
    if channel < 11 {
      block(TI.destinationMoves | TI.sourceRequest | TI.request(11), DMABench.recorder, 0xc000_8000, 8)
      bench.run(channel)
    } else {
      bench.put([1 << 14 | 11 << 9, DMABench.recorder, 4, 0x8000, 1 << 12, 8, 0, 0], at: 0x1000)
      bench.run(channel, block: 0x1000)
    }
    let stops: UInt32 = channel < 11 ? 1 << 5 : 1 << 6
    #expect(bench.status(channel) & stops != 0)
    #expect(bench.device.offsets.isEmpty)
    line.set(true)
    bench.advance(10_000)
    #expect(bench.words(0x8000, 2) == [0x1000, 0x1001])
    #expect(bench.status(channel) & (stops | 3) == 2)
  }

  @Test("PERMAP without a DREQ bit does not pace; DREQ with PERMAP 0 does not either")
  func unpaced() {
    block(TI.sourceMoves | TI.request(11), 0xc000_4000, DMABench.recorder, 8)
    bench.run(0)
    #expect(bench.device.writes.count == 2)
    #expect(bench.status(0) & 8 == 0)
    block(TI.sourceMoves | TI.destinationRequest | TI.sourceRequest, 0xc000_4000, DMABench.recorder, 8)
    bench.run(0)
    #expect(bench.device.writes.count == 4)
    #expect(bench.status(0) & 8 == 8)
  }

  @Test("a request that nothing drives stays low, and is reported once")
  func unwired() {
    block(TI.sourceMoves | TI.destinationRequest | TI.request(2), 0xc000_4000, DMABench.recorder, 8)
    bench.run(0)
    bench.run(0)
    #expect(bench.status(0) & 0x21 == 0x21)
    #expect(bench.log.entries.filter { $0.message.contains("PCM TX") }.count == 1)
    bench.store(0, 0, 1 << 31)
    #expect(bench.status(0) == 0)
  }

  @Test("two lines on one number: either makes the request")
  func shared() {
    let other = DREQLine("other")
    dma.requests.connect(other, to: 11)
    #expect(!dma.requests.isRequesting(11))
    other.set(true)
    line.set(true)
    line.set(false)
    #expect(dma.requests.isRequesting(11))
    other.set(false)
    #expect(!dma.requests.isRequesting(11))
  }

  // MARK: Peripherals

  /// A UART at its place on the bench, with its requests connected.
  func makeUART(_ pacing: SerialPacing, _ console: ByteRecorder) throws -> PL011 {
    let uart = PL011(name: "uart0", time: bench.time, port: console, log: bench.log, pacing: pacing)
    try bench.bus.map(uart, at: PhysicalAddress(0xfe20_1000), size: PL011.windowSize)
    dma.requests.connect(uart.transmitRequest, to: 12)
    dma.requests.connect(uart.receiveRequest, to: 14)
    // 115200 baud, FIFOs on, enabled.
    for (offset, value): (UInt64, UInt64) in [(0x24, 26), (0x28, 3), (0x2c, 0x70), (0x30, 0x301)] {
      uart.store(offset, value)
    }
    return uart
  }

  @Test("PL011 transmits what DMA brings, without losing a byte, at the baud rate or at once")
  func transmits() throws {
    for pacing in [SerialPacing.baudRate, .immediate] {
      let run = DMARequestTests()
      let console = ByteRecorder()
      let uart = try run.makeUART(pacing, console)
      let text = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 3) }
      run.bench.put(text.map { UInt32($0) }, at: 0x4000)
      run.block(
        TI.interrupt | TI.sourceMoves | TI.destinationRequest | TI.request(12), 0xc000_4000, 0x7e20_1000, 800)
      run.bench.run(2)
      #expect(console.bytes.isEmpty)
      uart.store(0x48, 2)
      run.bench.advance(1_000_000)
      if pacing == .baudRate {
        // The FIFO is full, and the channel waits for the line: 11 bytes in a millisecond.
        #expect(run.bench.status(2) & 0x21 == 0x21)
        #expect((10...12).contains(console.bytes.count))
      }
      run.bench.advance(30_000_000)
      #expect(console.bytes == text)
      #expect(run.bench.status(2) & 7 == 6)
    }
  }

  @Test("PL011 receives into memory, a word for each byte")
  func receives() throws {
    let uart = try makeUART(.immediate, ByteRecorder())
    uart.store(0x48, 1)
    block(TI.interrupt | TI.destinationMoves | TI.sourceRequest | TI.request(14), 0x7e20_1000, 0xc000_8000, 40)
    bench.run(7)
    #expect(bench.status(7) & 0x21 == 0x21)
    for byte: UInt8 in 1...10 {
      #expect(uart.receive(byte))
      bench.advance(50_000)
    }
    #expect(bench.words(0x8000, 10) == Array(1...10))
    #expect(bench.status(7) & 7 == 6)
  }

  @Test("SPI in DMA mode: DLEN bytes out on one channel and in on another", arguments: [4, 64, 101, 1000] as [UInt32])
  func spi(length: UInt32) throws {
    let spi = SPIController(name: "spi0", log: bench.log)
    try bench.bus.map(spi, at: PhysicalAddress(0xfe20_4000), size: SPIController.windowSize)
    dma.requests.connect(spi.transmitRequest, to: 6)
    dma.requests.connect(spi.receiveRequest, to: 7)
    let words = (length + 3) / 4 * 4
    bench.put([TI.sourceMoves | TI.destinationRequest | TI.request(6), 0xc000_4000, 0x7e20_4004, words, 0, 0], at: 0x1000)
    bench.put(
      [TI.destinationMoves | TI.sourceRequest | TI.request(7), 0x7e20_4004, 0xc000_8000, words, 0, 0], at: 0x1020)
    bench.run(0)
    bench.run(1, block: 0xc000_1020)
    spi.store(0x0c, UInt64(length))
    spi.store(0x00, 1 << 8 | 1 << 7 | 3 << 4)
    bench.advance(1_000_000)
    #expect(bench.status(0) & 3 == 2)
    #expect(bench.status(1) & 3 == 2)
    #expect(bench.bytes(0x8000, Int(length)) == [UInt8](repeating: 0xff, count: Int(length)))
    #expect(spi.load(0) & 0x3_0000 == 0x1_0000)
    #expect(!spi.transmitRequest.level)
    #expect(!spi.receiveRequest.level)
  }

  @Test("SPI: the first word of a DMA may be CS and DLEN")
  func spiControlWord() {
    let spi = SPIController(name: "spi0", log: bench.log)
    spi.store(0x00, 1 << 8)
    #expect(spi.transmitRequest.level)
    spi.store(0x04, 5 << 16 | 0x80)
    #expect(spi.load(0x0c) == 5)
    #expect(spi.load(0x00) & 0x1_0180 == 0x180)
    spi.store(0x04, 0)
    #expect(spi.transmitRequest.level)
    spi.store(0x04, 0)
    #expect(!spi.transmitRequest.level)
    #expect(spi.load(0x00) & 0x1_0000 == 0x1_0000)
    #expect(spi.load(0x04) == 0xffff_ffff)
    #expect(spi.load(0x04) == 0xff)
  }

  @Test("PWM takes a word in each period and asks for more below its threshold")
  func pwm() throws {
    let pwm = PulseWidthModulator(name: "pwm0", time: bench.time, log: bench.log)
    try bench.bus.map(pwm, at: PhysicalAddress(0xfe20_c000), size: PulseWidthModulator.windowSize)
    dma.requests.connect(pwm.request, to: 5)
    pwm.store(0x10, 540)  // 10 microseconds
    pwm.store(0x00, 0x21)
    pwm.store(0x08, 0x8000_0707)
    #expect(pwm.request.level)
    block(TI.sourceMoves | TI.destinationRequest | TI.request(5), 0xc000_4000, 0x7e20_c018, 400)
    bench.run(0, for: 100_000)
    #expect(bench.status(0) & 0x21 == 0x21)
    // 8 words fill it; then one in each period.
    #expect((bench.register(0, 0x14) / 4) == 100 - 8 - 9)
    bench.advance(920_000)
    #expect(bench.status(0) & 3 == 2)
    bench.advance(100_000)
    #expect(pwm.load(4) & 3 == 2)
  }
}
