import Fabric
import Testing

@testable import Devices

@Suite("GIC-400: hostile guests, state")
struct GICRobustnessTests {
  private struct Step {
    let frame: GICBench.Frame
    let offset: Int
    let value: UInt64
    let core: Int
    let secure: Bool
    let size: UInt8
    let isWrite: Bool
  }

  /// Any access at all, with a preference for offsets at which something is.
  private func step(_ random: inout SeededGenerator) -> Step {
    let bits = random.next()
    let size = UInt8(1 << (bits & 3))
    let frame: GICBench.Frame = [.gicd, .gicc, .gich, .gicv][Int(bits >> 2 & 3)]
    var offset = Int(bits >> 4 & 0x1fff)
    if frame == .gicd { offset &= 0xfff } else if bits >> 17 & 3 != 0 {
      offset = frame == .gich ? offset & 0x1ff | (bits >> 19 & 1 != 0 ? 0x100 : 0) : offset & 0x3f
    }
    var value = random.next()
    if bits >> 20 & 1 != 0 { value &= 0x0303_03ff }
    return Step(
      frame: frame, offset: offset, value: value, core: Int(bits >> 24 & 7),
      secure: bits >> 27 & 1 != 0, size: size, isWrite: bits >> 28 & 1 != 0)
  }

  private func run(_ step: Step, on bench: GICBench) -> UInt64 {
    guard step.isWrite else {
      return bench.read64(step.frame, step.offset, core: step.core, secure: step.secure, size: step.size)
    }
    bench.write64(
      step.frame, step.offset, step.value, core: step.core, secure: step.secure, size: step.size)
    return 0
  }

  private func input(_ random: inout SeededGenerator, on bench: GICBench) {
    let bits = random.next()
    bench.gic.setSPI(Int(bits & 0xff), level: bits >> 8 & 1 != 0)
    bench.gic.setPPI(Int(bits >> 9 & 0x1f), core: Int(bits >> 14 & 3), level: bits >> 16 & 1 != 0)
  }

  @Test("200,000 random accesses of every size do not trap, and the lines always follow from the registers")
  func fuzz() {
    let bench = GICBench()
    var random = SeededGenerator(state: 0x6167_6963)
    var asserted = [0, 0, 0, 0]
    for count in 0..<200_000 {
      _ = run(step(&random), on: bench)
      if count & 3 == 0 { input(&random, on: bench) }
      guard count & 31 == 0 else { continue }
      // Keep the controller switched on now and then, else little would be signalled.
      if count & 127 == 0 {
        let core = count >> 7 & 3
        bench.write(.gicd, 0, 3, core: core, secure: true)
        bench.write(.gicc, 0, UInt32(3 | (count >> 9 & 1) << 3), core: core, secure: true)
        bench.write(.gicc, 4, 0xff, core: core, secure: true)
        bench.write(.gicc, 0xd0, 0, core: core, secure: true)
        bench.write(.gicc, 0xe0, 0, core: core, secure: true)
        bench.write(.gich, 0, 1, core: core)
        bench.write(.gich, 0xf0, 0, core: core)
        bench.write(.gicv, 0, UInt32(3 | (count >> 9 & 1) << 3), core: core)
        bench.write(.gicv, 4, 0xff, core: core)
      }
      for core in 0..<4 {
        let lines = bench.lines(core)
        guard lines == GICReference.lines(bench, core) else {
          Issue.record("lines of core \(core) after \(count) accesses: \(lines)")
          return
        }
        for index in 0..<4 where lines[index] { asserted[index] += 1 }
      }
    }
    // The comparison must have seen all four outputs at work.
    #expect(asserted.allSatisfy { $0 > 100 }, "\(asserted)")
  }

  @Test("State saved, disturbed and loaded continues exactly as without the detour")
  func saveAndLoad() {
    let straight = GICBench()
    let detour = GICBench()
    var random = SeededGenerator(state: 7)
    for _ in 0..<20_000 {
      let step = step(&random)
      _ = run(step, on: straight)
      _ = run(step, on: detour)
      var inputs = random
      input(&random, on: straight)
      input(&inputs, on: detour)
    }
    var tape = StateTape()
    detour.gic.visitState(&tape)
    let lines = (0..<4).map { detour.lines($0) }
    var other = SeededGenerator(state: 8)
    for _ in 0..<5_000 { _ = run(step(&other), on: detour) }
    var reader = StateTape(replaying: tape)
    detour.gic.visitState(&reader)
    detour.gic.didLoadState()
    #expect((0..<4).map { detour.lines($0) } == lines)
    for _ in 0..<20_000 {
      let step = step(&random)
      let expected = run(step, on: straight)
      guard run(step, on: detour) == expected else {
        Issue.record("\(step)")
        return
      }
    }
    var one = StateHasher()
    var two = StateHasher()
    straight.gic.visitState(&one)
    detour.gic.distributor.visitState(&two)
    #expect(one.value == two.value)
  }

  @Test("Loading arbitrary words does not trap")
  func arbitraryState() {
    let bench = GICBench()
    var random = SeededGenerator(state: 99)
    for _ in 0..<50 {
      var tape = StateTape()
      bench.gic.visitState(&tape)
      var noise = StateTape()
      for _ in tape.values {
        var word = random.next()
        noise.visit("noise", &word)
      }
      var reader = StateTape(replaying: noise)
      bench.gic.visitState(&reader)
      bench.gic.didLoadState()
      for _ in 0..<500 { _ = run(step(&random), on: bench) }
    }
  }

  @Test("Every register that can be written changes the state's hash")
  func hashSeesState() {
    let places: [(GICBench.Frame, Int, UInt32)] = [
      (.gicd, 0x000, 1), (.gicd, 0x084, 1), (.gicd, 0x104, 1), (.gicd, 0x204, 1), (.gicd, 0x304, 1),
      (.gicd, 0x440, 8), (.gicd, 0x840, 1), (.gicd, 0xc10, 2), (.gicd, 0xf20, 2), (.gicc, 0x00, 1),
      (.gicc, 0x04, 8), (.gicc, 0x08, 5), (.gicc, 0x1c, 5), (.gicc, 0xd0, 1), (.gicc, 0xe0, 1),
      (.gich, 0x00, 2), (.gich, 0x08, 1), (.gich, 0xf0, 1), (.gich, 0x100, 1), (.gich, 0x10c, 1),
    ]
    var seen: Set<UInt64> = []
    for core in 0..<4 {
      for place in places {
        let bench = GICBench()
        bench.write(place.0, place.1, place.2, core: core, secure: true)
        var hasher = StateHasher()
        bench.gic.visitState(&hasher)
        seen.insert(hasher.value)
      }
    }
    // The first eight distributor registers above are shared by the cores; the rest are per core.
    #expect(seen.count == 8 + 4 * (places.count - 8))
  }

  @Test("Reset brings the power-on state back, keeps the inputs' levels and drops the outputs")
  func reset() {
    let bench = GICBench()
    var fresh = StateHasher()
    bench.gic.visitState(&fresh)
    var random = SeededGenerator(state: 3)
    for _ in 0..<5_000 { _ = run(step(&random), on: bench) }
    bench.gic.reset()
    var again = StateHasher()
    bench.gic.visitState(&again)
    #expect(again.value == fresh.value)
    for core in 0..<4 { #expect(bench.lines(core) == [false, false, false, false]) }
    bench.gic.setSPI(10, level: true)
    bench.gic.distributor.reset()
    #expect(bench.read(.gicd, 0xd04, secure: true) == 1 << 10)
    bench.gic.setSPI(10, level: false)
    #expect(bench.read(.gicd, 0xd04, secure: true) == 0)
  }

  @Test("Fewer cores: GICD_TYPER, targets and SGIs follow", arguments: 1...4)
  func fewerCores(cores: Int) throws {
    let gic = GIC400(cores: cores)
    let distributor = gic.distributor
    func access(_ size: UInt8) -> BusAccess {
      BusAccess(address: PhysicalAddress(0), size: size, isSecure: true, initiator: .firmware)
    }
    #expect(try distributor.read(offset: 4, access: access(4)) == 0xfc07 | UInt64(cores - 1) << 5)
    try distributor.write(offset: 0x820, value: 0xff, access: access(1))
    #expect(try distributor.read(offset: 0x820, access: access(1)) == (1 << UInt64(cores)) - 1)
    try distributor.write(offset: 0xf20, value: 0xff, access: access(1))
    #expect(try distributor.read(offset: 0xf20, access: access(1)) == (1 << UInt64(cores)) - 1)
  }
}

/// The output lines as IHI 0048B derives them, from nothing but register reads that have no effect:
/// a second opinion, written without regard to speed.
enum GICReference {
  static func lines(_ bench: GICBench, _ core: Int) -> [Bool] {
    let physical = physical(bench, core)
    let virtual = virtual(bench, core)
    return [physical == .irq, physical == .fiq, virtual == .irq, virtual == .fiq]
  }

  private enum Request { case none, irq, fiq }

  private static func physical(_ bench: GICBench, _ core: Int) -> Request {
    func gicd(_ offset: Int) -> UInt32 { bench.read(.gicd, offset, core: core, secure: true) }
    func gicc(_ offset: Int) -> UInt32 { bench.read(.gicc, offset, core: core, secure: true) }
    let forwarded = gicd(0)
    var best: (priority: UInt32, isGroup1: Bool)?
    for word in 0..<8 {
      let ready = gicd(0x200 + word * 4) & gicd(0x100 + word * 4) & ~gicd(0x300 + word * 4)
      guard ready != 0 else { continue }
      let groups = gicd(0x080 + word * 4)
      for number in 0..<32 where ready >> UInt32(number) & 1 != 0 {
        let id = word * 32 + number
        let isGroup1 = groups >> UInt32(number) & 1 != 0
        guard forwarded & (isGroup1 ? 2 : 1) != 0 else { continue }
        let targets = bench.read(.gicd, 0x800 + id, core: core, secure: true, size: 1)
        guard targets >> UInt32(core) & 1 != 0 else { continue }
        let priority = bench.read(.gicd, 0x400 + id, core: core, secure: true, size: 1)
        if priority < best?.priority ?? 0x100 { best = (priority, isGroup1) }
      }
    }
    guard let best else { return .none }
    let control = gicc(0)
    guard control & (best.isGroup1 ? 2 : 1) != 0, best.priority < gicc(4) else { return .none }
    // 3.3.3: with binary point n, Group 0 preempts by bits 7:n+1, Group 1 by bits 7:n.
    let usesOwn = best.isGroup1 && control & 0x10 == 0
    let dropped = usesOwn ? gicc(0x1c) : gicc(0x08) + 1
    guard (best.priority >> dropped) << dropped < running(gicc(0xd0) | gicc(0xe0)) else { return .none }
    return !best.isGroup1 && control & 8 != 0 ? .fiq : .irq
  }

  private static func virtual(_ bench: GICBench, _ core: Int) -> Request {
    func gich(_ offset: Int) -> UInt32 { bench.read(.gich, offset, core: core) }
    guard gich(0) & 1 != 0 else { return .none }
    var found: (priority: UInt32, list: UInt32)?
    for index in 0..<4 {
      let list = gich(0x100 + index * 4)
      let priority = (list >> 23 & 31) << 3
      guard list >> 28 & 3 == 1, priority < found?.priority ?? 0x100 else { continue }
      found = (priority, list)
    }
    guard let (priority, best) = found else { return .none }
    let isGroup1 = best >> 30 & 1 != 0
    let machine = gich(8)
    guard machine & (isGroup1 ? 2 : 1) != 0, priority < (machine >> 27) << 3 else { return .none }
    let usesOwn = isGroup1 && machine & 0x10 == 0
    let dropped = usesOwn ? machine >> 18 & 7 : (machine >> 21 & 7) + 1
    guard (priority >> dropped) << dropped < running(gich(0xf0)) else { return .none }
    return !isGroup1 && machine & 8 != 0 ? .fiq : .irq
  }

  private static func running(_ active: UInt32) -> UInt32 {
    active == 0 ? 0x100 : UInt32(active.trailingZeroBitCount) * 8
  }
}

/// Keeps what a part describes of its state, and gives it back.
private struct StateTape: StateVisitor {
  private(set) var values: [UInt64] = []
  private var cursor = 0
  private let isReplaying: Bool

  init() { isReplaying = false }
  init(replaying tape: StateTape) {
    values = tape.values
    isReplaying = true
  }

  private mutating func step(_ value: UInt64) -> UInt64 {
    guard isReplaying else {
      values.append(value)
      return value
    }
    cursor += 1
    return values[cursor - 1]
  }

  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    value = T(truncatingIfNeeded: step(UInt64(truncatingIfNeeded: value)))
  }
  mutating func visit(_ name: StaticString, _ value: inout Bool) { value = step(value ? 1 : 0) != 0 }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    for index in values.indices { visit(name, &values[index]) }
  }
  mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    for index in values.indices { visit(name, &values[index]) }
  }
  mutating func visit(_ name: StaticString, words: UnsafeMutableBufferPointer<UInt64>) {
    for index in words.indices { words[index] = step(words[index]) }
  }
}

/// SplitMix64: the same numbers on every host.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
