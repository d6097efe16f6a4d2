import Testing

@testable import Fabric

@Suite("Virtual time")
struct VirtualTimeTests {
  let time = VirtualTime()

  @Test("fires events in order of deadline, then of declaration, at their own time")
  func order() {
    var fired: [String] = []
    let names = ["a", "b", "c"]
    let events = names.map { name in
      time.event(name) { [time] deadline in fired.append("\(name)@\(deadline)/\(time.now)") }
    }
    time.schedule(events[2], at: 20)
    time.schedule(events[1], at: 20)
    time.schedule(events[0], at: 30)
    #expect(time.nextDeadline == 20)
    time.advance(to: 19)
    #expect(fired.isEmpty)
    time.advance(to: 100)
    #expect(fired == ["b@20/20", "c@20/20", "a@30/30"])
    #expect(time.now == 100)
    #expect(time.nextDeadline == .max)
  }

  @Test("a cancelled or moved event does not fire at its old deadline")
  func cancel() {
    var count = 0
    let event = time.event("e") { _ in count += 1 }
    time.schedule(event, at: 10)
    time.cancel(event)
    time.advance(to: 20)
    #expect(count == 0)
    time.schedule(event, at: 30)
    time.schedule(event, at: 40)
    time.advance(to: 35)
    #expect(count == 0)
    time.advance(to: 40)
    #expect(count == 1)
  }

  @Test("a handler that schedules itself into the past cannot hold time up")
  func storm() {
    var count = 0
    var event: VirtualTime.Event?
    event = time.event("storm") { [time] now in
      count += 1
      if let event { time.schedule(event, at: now) }
    }
    if let event { time.schedule(event, at: 1) }
    time.advance(to: 10)
    #expect(time.now == 10)
    #expect(count > 0 && count <= 1024)
  }

  @Test(
    "a clock turns ticks to nanoseconds and back",
    arguments: [1, 65_536, 1_000_000, 54_000_000, 3_000_000_000])
  func clocks(frequency: UInt64) {
    let clock = ClockDomain(frequency: frequency)
    for ticks: UInt64 in [0, 1, 2, 12_345, 1 << 32, 1 << 40] {
      let at = clock.nanoseconds(atTick: ticks)
      guard at != .max else { continue }
      #expect(clock.ticks(at: at) >= ticks)
      if at > 0 { #expect(clock.ticks(at: at - 1) < max(ticks, 1)) }
    }
    #expect(clock.ticks(at: 1_000_000_000) == frequency)
    #expect(ClockDomain(frequency: 1).nanoseconds(atTick: .max) == .max)
  }
}

@Suite("Interrupt lines")
struct InterruptLineTests {
  @Test("deliver the level on connection and each change once")
  func levels() {
    let line = InterruptLine("line")
    line.set(true)
    var seen: [Bool] = []
    line.connect { seen.append($0) }
    line.set(true)
    line.set(false)
    line.set(false)
    #expect(seen == [true, false])
  }

  @Test("an OR is high while any input is")
  func or() {
    let lines = (0..<3).map { InterruptLine("line\($0)") }
    let shared = InterruptOr("shared")
    for line in lines { shared.connect(line) }
    lines[0].set(true)
    lines[2].set(true)
    lines[0].set(false)
    #expect(shared.output.level)
    lines[2].set(false)
    #expect(!shared.output.level)
  }
}

@Suite("Small parts of Fabric")
struct SmallPartsTests {
  @Test("bit fields")
  func bitFields() {
    #expect((0xabcd_1234 as UInt32).bits(31, 28) == 0xa)
    #expect((0xabcd_1234 as UInt32).bits(31, 0) == 0xabcd_1234)
    #expect((0x80 as UInt8).bit(7))
    #expect(UInt64.mask(width: 64) == .max)
    #expect(UInt64.mask(width: 0) == 0)
    #expect((0xffff as UInt32).replacing(11, 4, with: 0x1a5) == 0xfa5f)
    #expect((0x1f as UInt64).signExtended(from: 5) == .max)
    #expect((0x0f as UInt64).signExtended(from: 5) == 0xf)
    #expect((0x2a as UInt16).hex(4) == "0x002a")
  }

  @Test("the log keeps each oddity once, and tells its sink")
  func log() {
    let log = GuestLog()
    var told = 0
    log.sink = { _ in told += 1 }
    for _ in 0..<3 { log.once(.odd, source: "a", key: "k", message: "m") }
    log.once(.odd, source: "b", key: "k", message: "m")
    #expect(log.entries.map(\.source) == ["a", "b"])
    #expect(told == 2)
  }

  @Test("the state hash depends on every value and its place")
  func hash() {
    func hash(_ values: [UInt32]) -> UInt64 {
      var hasher = StateHasher()
      var copy = values
      hasher.visit("values", &copy)
      return hasher.value
    }
    #expect(hash([1, 2]) == hash([1, 2]))
    #expect(hash([1, 2]) != hash([2, 1]))
    #expect(hash([0]) != hash([0, 0]))
  }
}
