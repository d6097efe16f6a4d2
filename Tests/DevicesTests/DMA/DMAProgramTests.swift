import Fabric
import Testing

@testable import Devices

/// Ten thousand programs at random for all channels at once: chains with garbage, links to themselves, strides,
/// lengths, peripherals, the controller's own registers, and commands in the middle of it.
@Suite("Random DMA programs")
struct DMAProgramTests {
  static let programs = 10_000
  static let perSuite = 1000

  @Test("none traps, hangs, or writes where no window of its port leads", arguments: 0..<programs / perSuite)
  func contained(part: Int) {
    let bench = DMABench(memorySize: 0x1_0000)
    for number in 0..<Self.perSuite {
      var program = DMAProgram(seed: UInt64(part * Self.perSuite + number), bench: bench)
      program.run()
      let problems = program.problems()
      #expect(problems.isEmpty, "program \(part * Self.perSuite + number): \(problems)")
      if !problems.isEmpty { return }
    }
    // Diagnosis stays bounded: at most three lines for each of the 64 words of a channel's registers.
    #expect(bench.log.entries.count < 15 * 64 * 3)
  }

  @Test("the same seed gives the same state", arguments: [1, 77, 4242, 9999] as [UInt64])
  func deterministic(seed: UInt64) {
    var hashes: [UInt64] = []
    for _ in 0..<2 {
      var hasher = StateHasher()
      for offset: UInt64 in 0..<20 {
        let bench = DMABench(memorySize: 0x1_0000)
        var program = DMAProgram(seed: seed + offset, bench: bench)
        program.run()
        bench.dma.visitState(&hasher)
        bench.bus.ram.hash(into: &hasher)
        hasher.combine(bench.time.now)
        for value in bench.device.writes { hasher.combine(value) }
      }
      hashes.append(hasher.value)
    }
    #expect(hashes[0] == hashes[1])
    var other = StateHasher()
    let bench = DMABench(memorySize: 0x1_0000)
    var program = DMAProgram(seed: seed + 1_000_000, bench: bench)
    program.run()
    bench.dma.visitState(&other)
    #expect(other.value != hashes[0])
  }

  @Test("the check sees a write outside of the windows")
  func planted() {
    let bench = DMABench(memorySize: 0x1_0000)
    var program = DMAProgram(seed: 5, bench: bench)
    program.run()
    _ = bench.bus.ram.load([0xaa, 0x55, 0xaa, 0x55], at: DMABench.highMemory + 0xfff0)
    #expect(!program.problems().isEmpty)
  }
}

/// One program: what is in memory before, and what is done while it runs.
struct DMAProgram {
  private var random: TestRandom
  private let bench: DMABench
  private let line: DREQLine
  private var before: [UInt8] = []
  private var beforeHigh: [UInt8] = []
  /// Bytes of the two areas that some transfer may have written.
  private let written = WrittenBytes()
  private var elapsed: UInt64 = 0

  init(seed: UInt64, bench: DMABench) {
    random = TestRandom(seed: seed &+ 1)
    self.bench = bench
    line = bench.request
  }

  private mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: random.next()) }
  private mutating func below(_ limit: UInt32) -> UInt32 { word() % limit }
  private mutating func oneIn(_ count: UInt32) -> Bool { below(count) == 0 }

  /// Places for control blocks: sixteen at 0x1000.
  private mutating func blockPlace() -> UInt32 { 0x1000 + below(16) * 32 }

  private mutating func busAddress(isWide: Bool) -> UInt32 {
    switch below(10) {
    case 0...3: return (isWide ? 0 : 0xc000_0000) | below(0x1_0000)
    case 4: return below(0x1_0000)
    case 5: return (isWide ? 0 : 0xc000_0000) + 0xffe0 + below(64)
    case 6: return DMABench.recorder + below(0x1000)
    case 7: return DMABench.registers + below(0x1000) & (oneIn(4) ? ~0 : ~3)
    case 8: return 0xffff_fff0 + below(16)
    default: return word()
    }
  }

  private mutating func length() -> UInt32 {
    switch below(8) {
    case 0...3: return below(256)
    case 4: return below(0x1_0000)
    case 5: return below(16) << 16 | below(64)
    case 6: return 0
    default: return word()
    }
  }

  private mutating func next(isWide: Bool) -> UInt32 {
    switch below(6) {
    case 0: return 0
    case 1...4: return isWide ? blockPlace() >> 5 : 0xc000_0000 | blockPlace()
    default: return word()
    }
  }

  private mutating func makeBlocks() {
    var blocks: [UInt32] = []
    for _ in 0..<16 {
      let isWide = oneIn(3)
      // Paced ones mostly by a line that moves.
      var information = word()
      let permap: UInt32 = isWide ? 9 : 16
      if !oneIn(3) { information = information & ~(31 << permap) | (oneIn(2) ? 0 : 11) << permap }
      if isWide {
        let high: UInt32 = oneIn(3) ? 4 : below(2)
        blocks += [
          information, busAddress(isWide: true), word() & ~0xff | high, busAddress(isWide: true),
          word() & ~0xff | (oneIn(3) ? 1 : high), length(), next(isWide: true), word(),
        ]
      } else {
        blocks += [
          information, busAddress(isWide: false), busAddress(isWide: false), length(), word(),
          next(isWide: false), word(), word(),
        ]
      }
    }
    bench.put(blocks, at: 0x1000)
  }

  private mutating func prepare() {
    bench.dma.reset()
    line.set(false)
    let fill = UInt8(truncatingIfNeeded: random.next())
    let bytes = (0..<0x1_0000).map { UInt8(truncatingIfNeeded: $0 >> 4) &+ fill }
    bench.load(bytes, at: 0)
    bench.load(bytes, at: DMABench.highMemory)
    makeBlocks()
    // Words that make sense in the controller's registers.
    bench.put((0..<64).map { _ in oneIn(2) ? 1 : word() }, at: 0x2000)
    bench.device.writes = []
    bench.device.offsets = []
    bench.device.initiators = []
    before = bench.bytes(0, 0x1_0000)
    beforeHigh = bench.bytes(DMABench.highMemory, 0x1_0000)
    written.reset()
    bench.observer.keeps = false
    bench.observer.check = { [written, bench] in written.note($0, enable: bench.dma.load(0xff0)) }
  }

  mutating func run() {
    prepare()
    let start = bench.time.now
    for _ in 0..<(4 + below(12)) {
      let channel = Int(below(15))
      let isWide = channel >= 11
      switch below(8) {
      case 0...3:
        bench.store(channel, 4, isWide ? blockPlace() >> 5 : 0xc000_0000 | blockPlace())
        bench.store(channel, 0, 1 | word() & 0x3fff_0006)
      case 4: bench.store(channel, 0, word())
      case 5: bench.store(channel, isWide ? 0x28 : 0x1c, next(isWide: isWide))
      case 6:
        bench.store(channel, UInt64(below(12)) * 4, word())
        if oneIn(4) { bench.dma.store(0xff0, UInt64(word())) }
      default: line.set(!line.level)
      }
      bench.advance(UInt64(below(20_000)))
      if oneIn(2) { _ = bench.register(channel, UInt64(below(12)) * 4) }
    }
    line.set(true)
    bench.advance(100_000)
    elapsed = bench.time.now - start
  }

  /// What went wrong.
  func problems() -> [String] {
    var problems = written.problems
    // Three transfers in the 16 ns that the shortest row takes, on 15 channels.
    let bound = Int(elapsed) * 15 / 4 + 1024
    if written.count > bound { problems.append("\(written.count) transfers in \(elapsed) ns") }
    if let place = written.low.firstDifference(before, bench.bytes(0, 0x1_0000)) {
      problems.append("memory at \(place.hex()) changed")
    }
    if let place = written.high.firstDifference(beforeHigh, bench.bytes(DMABench.highMemory, 0x1_0000)) {
      problems.append("high memory at \(place.hex()) changed")
    }
    return problems
  }
}

/// Where transfers that their ports let through have written, by windows that are stated here once more.
final class WrittenBytes {
  struct Area {
    var isWritten = [Bool](repeating: false, count: 0x1_0000)

    /// The first byte that differs although nobody may have written it.
    func firstDifference(_ before: [UInt8], _ after: [UInt8]) -> UInt64? {
      before.indices.first { before[$0] != after[$0] && !isWritten[$0] }.map { UInt64($0) }
    }
  }

  var low = Area()
  var high = Area()
  var problems: [String] = []
  var count = 0

  func reset() {
    low = Area()
    high = Area()
    problems = []
    count = 0
  }

  /// - Parameter enable: the register ENABLE before the transfer.
  func note(_ transfer: DMATransfer, enable: UInt64) {
    count += 1
    guard transfer.count <= 16_384 else { return problems.append("\(transfer.count) bytes at once") }
    guard transfer.isWrite else { return }
    if transfer.role == .descriptor { problems.append("a control block is written") }
    let isWide = ["dma11", "dma12", "dma13", "dma14"].contains(transfer.port.name)
    let isLite = ["dma7", "dma8", "dma9", "dma10"].contains(transfer.port.name)
    let page = (enable >> (isLite ? 28 : 24)) & 15
    for offset in 0..<UInt64(transfer.count) {
      let address = transfer.address &+ offset
      if !isWide {
        // 0x0: the first GiB; 0xC: the one that ENABLE chooses.
        guard address >> 32 == 0, address & 0x3fff_ffff < 0x1_0000 else { continue }
        let gibibyte = address >> 30 == 3 ? page : address >> 30 == 0 ? 0 : 15
        if gibibyte == 0 { low.isWritten[Int(address & 0xffff)] = true }
        if gibibyte == 4 { high.isWritten[Int(address & 0xffff)] = true }
      } else if address < 0x1_0000 {
        low.isWritten[Int(address)] = true
      } else if address >= DMABench.highMemory, address < DMABench.highMemory + 0x1_0000 {
        high.isWritten[Int(address & 0xffff)] = true
      }
    }
  }
}
