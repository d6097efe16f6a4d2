import Fabric
import TestSupport
import Testing

@testable import CPU

/// Load-exclusive and store-exclusive under everything that clears the monitors (Arm DDI 0487, B2.9).
@Suite("Exclusive accesses", .everyEngine)
struct ExclusiveTests {
  private let bench = CPUBench(cores: 3, isTranslated: true)
  private static let code: UInt64 = 0x10_0000
  private static let lock: UInt64 = 0x80_0040
  private var first: Core { bench.cluster.cores[0] }
  private var second: Core { bench.cluster.cores[1] }

  init() {
    for core in bench.cluster.cores {
      core.enter(level: 1)
      core[x: 1] = Self.lock
      core[x: 2] = 0x1234
    }
    bench.write(7, at: Self.lock)
  }

  /// Runs `words` on a core at a place of its own, one slice.
  private func run(_ words: [UInt32], core: Int = 0) {
    bench.run(words, at: Self.code + UInt64(core) * 0x1_0000, core: core)
  }

  private static let load = A64.ldxr(0, 1)
  /// Status to W3.
  private static let store = A64.stxr(3, 2, 1)

  @Test("A pair stores and reports 0; the monitor is open afterwards")
  func succeeds() {
    run([Self.load, Self.store, A64.stxr(4, 2, 1)])
    #expect(first[x: 0] == 7)
    #expect(first[x: 3] == 0)
    #expect(first[x: 4] == 1)
    #expect(bench.read(at: Self.lock) == 0x1234)
  }

  @Test("Each access size stores that size alone", arguments: 0...3)
  func sizes(size: Int) {
    bench.write(~0, at: Self.lock)
    run([A64.ldxr(0, 1, size: size), A64.stxr(3, 2, 1, size: size)])
    let mask = UInt64.mask(width: 8 << size)
    #expect(first[x: 0] == mask)
    #expect(first[x: 3] == 0)
    #expect(bench.read(at: Self.lock) == ~mask | (0x1234 & mask))
  }

  @Test("A pair of doublewords")
  func pairs() {
    bench.write(8, at: Self.lock + 8)
    run([A64.ldxp(5, 6, 1), A64.stxp(3, 2, 1, 1), A64.stxp(4, 6, 5, 1)])
    #expect(first[x: 5] == 7)
    #expect(first[x: 6] == 8)
    #expect(first[x: 3] == 0)
    #expect(first[x: 4] == 1)
    #expect(bench.read(at: Self.lock) == 0x1234)
    #expect(bench.read(at: Self.lock + 8) == Self.lock)
  }

  @Test("Without a load-exclusive nothing is stored")
  func open() {
    run([Self.store])
    #expect(first[x: 3] == 1)
    #expect(bench.read(at: Self.lock) == 7)
  }

  @Test("CLREX, a store-exclusive and an exception return clear the local monitor", arguments: [
    [A64.clrex], [A64.stxr(4, 2, 1)], [A64.svc, A64.eret],
  ])
  func cleared(between words: [UInt32]) {
    first.set(.vbarEL1, 0x40_0000)
    bench.put([A64.eret], at: 0x40_0200)
    let program = [Self.load] + words.filter { $0 != A64.eret } + [A64.movz(3, 9), Self.store]
    bench.run(program, at: Self.code, count: words.count + 3)
    #expect(first[x: 3] == 1)
  }

  @Test("A load-exclusive elsewhere moves the monitor")
  func moved() {
    first[x: 5] = Self.lock + 0x1000
    run([Self.load, A64.ldxr(6, 5), Self.store])
    #expect(first[x: 3] == 1)
    #expect(bench.read(at: Self.lock) == 7)
  }

  /// Stores by another core that touch the granule of the lock; X5 is `lock - 4`, X6 `lock + 56`.
  static let intrusions: [[UInt32]] = [
    [A64.str(2, 1)], [A64.str(2, 1, size: 0)], [A64.str(2, 1, 56)], [A64.stp(2, 2, 1)],
    [A64.stur(2, 5)], [A64.stp(2, 2, 6)], [A64.strV(0, 1, size: 4)], [A64.st1(0, 1, size: 3)],
    [A64.stlr(2, 1)], [A64.dcZVA(1)], [A64.ldxr(7, 1), A64.stxr(8, 2, 1)], [A64.sttr(2, 1)],
  ]

  @Test("A store by another core into the granule makes it fail", arguments: intrusions, [false, true])
  func intrusion(words: [UInt32], isWarm: Bool) {
    second[x: 5] = Self.lock - 4
    second[x: 6] = Self.lock + 56
    // With a translation at hand stores go straight to memory, unless the monitor forbids it.
    if isWarm { run([A64.str(31, 1), A64.str(31, 5, 4 - 4, size: 2)], core: 1) }
    run([Self.load])
    run(words, core: 1)
    first.r[Slot.event] = 0
    run([Self.store])
    #expect(first[x: 3] == 1)
  }

  @Test("Clearing another core's monitor is an event for it")
  func event() {
    first.r[Slot.event] = 0
    run([Self.load])
    run([A64.str(2, 1)], core: 1)
    #expect(first.r[Slot.event] == 1)
  }

  @Test("A core that waits for its lock with WFE wakes up when it is written")
  func waiting() {
    first.r[Slot.event] = 0
    bench.run([Self.load, A64.wfe, A64.movz(9, 1)], at: Self.code, count: 3)
    #expect(first.waiting == .event)
    #expect(!first.isReady(at: bench.time.now))
    run([A64.str(2, 1)], core: 1)
    #expect(first.isReady(at: bench.time.now))
    bench.run(1)
    #expect(first[x: 9] == 1)
  }

  @Test("A store by another core into another granule of the page does not disturb", arguments: [-8, 64])
  func neighbour(offset: Int) {
    second[x: 1] = Self.lock &+ UInt64(bitPattern: Int64(offset))
    run([Self.load])
    run([A64.str(2, 1)], core: 1)
    run([Self.store])
    #expect(first[x: 3] == 0)
  }

  @Test("A load by another core does not disturb")
  func reading() {
    run([Self.load])
    run([A64.ldr(2, 1), A64.ldxr(2, 1), A64.clrex], core: 1)
    run([Self.store])
    #expect(first[x: 3] == 0)
  }

  @Test("Of two cores that hold the monitor only the first to store succeeds")
  func race() {
    run([Self.load])
    run([Self.load], core: 1)
    run([Self.store], core: 1)
    run([Self.store])
    #expect(second[x: 3] == 0)
    #expect(first[x: 3] == 1)
  }

  @Test("A core whose own monitor watches the page still clears the others'")
  func crossed() {
    second[x: 5] = Self.lock + 0x80
    // The second core has written the page, and watches another granule of it.
    run([A64.str(31, 5), A64.ldxr(6, 5)], core: 1)
    run([Self.load])
    run([A64.str(2, 1)], core: 1)
    run([Self.store])
    #expect(first[x: 3] == 1)
    run([A64.stxr(7, 2, 5)], core: 1)
    #expect(second[x: 7] == 0)
  }

  @Test("Monitors of three cores in one page are told apart")
  func three() {
    let third = bench.cluster.cores[2]
    second[x: 1] = Self.lock + 0x40
    third[x: 1] = Self.lock + 0x80
    run([Self.load])
    run([Self.load], core: 1)
    run([Self.load], core: 2)
    third[x: 4] = Self.lock
    run([A64.str(2, 4)], core: 2)
    run([Self.store])
    run([Self.store], core: 1)
    run([Self.store], core: 2)
    #expect(first[x: 3] == 1)
    #expect(second[x: 3] == 0)
    #expect(third[x: 3] == 0)
  }

  @Test("A DMA master's write clears the monitor")
  func dma() {
    run([Self.load])
    bench.write(9, at: Self.lock)
    run([Self.store])
    #expect(first[x: 3] == 1)
    #expect(bench.read(at: Self.lock) == 9)
  }

  @Test("The counter of two cores that take turns inside of the loop is exact", arguments: [1, 2, 3, 5, 7, 50])
  func counter(slice: Int) {
    bench.write(0, at: Self.lock)
    // loop: ldxr x0, [x1]; add x0, x0, #1; stxr w3, x0, [x1]; cbnz x3, loop; subs x9, x9, #1; cbnz x9, loop; b .
    let program = [
      Self.load, A64.add(0, 0, 1), A64.stxr(3, 0, 1), A64.cbnz(3, -12), A64.subs(9, 9, 1), A64.cbnz(9, -20),
      A64.b(0),
    ]
    for (index, core) in bench.cluster.cores.enumerated() {
      bench.put(program, at: Self.code + UInt64(index) * 0x1_0000)
      core.pc = Self.code + UInt64(index) * 0x1_0000
      core[x: 9] = 50
    }
    // Cores of different speed, or they would keep each other from storing for ever.
    for round in 0..<4000 {
      for index in 0..<3 { bench.run(slice + (round + index) % 3, core: index) }
    }
    #expect(bench.read(at: Self.lock) == 150)
  }
}
