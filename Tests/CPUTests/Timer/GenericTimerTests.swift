import Fabric
import Testing

@testable import CPU

@Suite("Generic timer")
struct GenericTimerTests {
  /// 54 ticks are exactly one microsecond.
  private func advance(_ bench: SystemBench, ticks: UInt64) {
    bench.time.advance(to: GenericTimer.clock.nanoseconds(atTick: ticks))
  }

  @Test("The counter runs at 54 MHz from power-on, and CNTVOFF_EL2 offsets only the virtual one")
  func counter() throws {
    let bench = try SystemBench()
    bench.time.advance(to: 1_000_000_000)
    #expect(try bench.read("CNTPCT_EL0") == 54_000_000)
    try bench.write("CNTVOFF_EL2", 4_000_000)
    #expect(try bench.read("CNTVCT_EL0") == 50_000_000)
    #expect(try bench.read("CNTPCT_EL0") == 54_000_000)
  }

  @Test(
    "The condition is count >= CVAL, unsigned; the line is ISTATUS and not IMASK",
    arguments: ["CNTP", "CNTV", "CNTHP", "CNTPS"])
  func condition(name: String) throws {
    let bench = try SystemBench()
    let kinds: [String: GenericTimer.Kind] = [
      "CNTP": .physical, "CNTV": .virtual, "CNTHP": .hypervisor, "CNTPS": .secure,
    ]
    let suffix = ["CNTP": "EL0", "CNTV": "EL0", "CNTHP": "EL2", "CNTPS": "EL1"][name] ?? ""
    let line = bench.core.timerLine(try #require(kinds[name]))
    let (control, compare) = ("\(name)_CTL_\(suffix)", "\(name)_CVAL_\(suffix)")
    advance(bench, ticks: 1000)
    try bench.write(compare, 5000)
    #expect(try bench.read(control) == 0, "ISTATUS reads 0 while disabled")
    try bench.write(control, 1)
    #expect(try bench.read(control) == 1)
    #expect(!line.level)
    advance(bench, ticks: 4999)
    #expect(!line.level)
    advance(bench, ticks: 5000)
    #expect(line.level, "the event raised it")
    #expect(try bench.read(control) == 5)
    try bench.write(control, 3)
    #expect(!line.level)
    #expect(try bench.read(control) == 7)
    try bench.write(control, 1)
    #expect(line.level)
    try bench.write(compare, UInt64.max)
    #expect(!line.level)
    #expect(try bench.read(control) == 1)
    try bench.write(compare, 0)
    #expect(line.level)
    try bench.write(control, 0)
    #expect(!line.level)
  }

  @Test("TVAL is a signed 32-bit view of CVAL minus count")
  func timerValue() throws {
    let bench = try SystemBench()
    advance(bench, ticks: 0x1_0000_0000)
    try bench.write("CNTP_TVAL_EL0", 0x100)
    #expect(try bench.read("CNTP_CVAL_EL0") == 0x1_0000_0100)
    try bench.write("CNTP_TVAL_EL0", 0xffff_ffff)
    #expect(try bench.read("CNTP_CVAL_EL0") == 0xffff_ffff)
    #expect(try bench.read("CNTP_TVAL_EL0") == 0xffff_ffff)
    try bench.write("CNTP_CVAL_EL0", 0x1_0000_0000 + 0x8000_0001)
    #expect(try bench.read("CNTP_TVAL_EL0") == 0x8000_0001)
  }

  @Test("The virtual timer compares with the offset count, and a new offset reschedules it")
  func virtualOffset() throws {
    let bench = try SystemBench()
    try bench.write("CNTVOFF_EL2", 10_000)
    advance(bench, ticks: 20_000)
    try bench.write("CNTV_CVAL_EL0", 15_000)
    try bench.write("CNTV_CTL_EL0", 1)
    let line = bench.core.timerLine(.virtual)
    advance(bench, ticks: 24_999)
    #expect(!line.level)
    advance(bench, ticks: 25_000)
    #expect(line.level)
    try bench.write("CNTVOFF_EL2", 15_000)
    #expect(!line.level)
    advance(bench, ticks: 30_000)
    #expect(line.level)
  }

  @Test("A virtual count below zero is a large unsigned number until it wraps")
  func negativeCount() throws {
    let bench = try SystemBench()
    try bench.write("CNTVOFF_EL2", 5000)
    try bench.write("CNTV_CVAL_EL0", 100)
    try bench.write("CNTV_CTL_EL0", 1)
    let line = bench.core.timerLine(.virtual)
    #expect(line.level)
    advance(bench, ticks: 5000)
    #expect(!line.level)
    advance(bench, ticks: 5100)
    #expect(line.level)
  }

  @Test("Each core has its own timers")
  func perCore() throws {
    let bench = try SystemBench()
    try bench.write("CNTHP_CTL_EL2", 1)
    #expect(bench.core.timerLine(.hypervisor).level)
    #expect(!bench.other.timerLine(.hypervisor).level)
  }

  @Test("The event stream sets the event register on the chosen transition of the virtual count")
  func eventStream() throws {
    let bench = try SystemBench()
    // EVNTEN, EVNTI = 4, EVNTDIR = 0: bit 4 from 0 to 1, at 16, 48, 80, ...
    try bench.write("CNTKCTL_EL1", 1 << 2 | 4 << 4)
    bench.enter(1)
    #expect(bench.core.waitForEvent())
    #expect(bench.core.waiting == .event)
    advance(bench, ticks: 15)
    #expect(!bench.core.wakeIfNeeded())
    advance(bench, ticks: 16)
    #expect(bench.core.wakeIfNeeded())
    #expect(bench.core.waitForEvent())
    #expect(bench.core.waiting == .event, "the transition was consumed")
    advance(bench, ticks: 47)
    #expect(!bench.core.wakeIfNeeded())
    advance(bench, ticks: 48)
    #expect(bench.core.wakeIfNeeded())
    // One that passed while the core ran completes the next WFE at once.
    advance(bench, ticks: 100)
    #expect(bench.core.waitForEvent())
    #expect(bench.core.waiting == .running)
  }

  @Test("CNTHCTL_EL2 streams the physical count, here on the falling edge")
  func hypervisorEventStream() throws {
    let bench = try SystemBench()
    try bench.write("CNTVOFF_EL2", 7)
    try bench.write("CNTHCTL_EL2", 1 << 2 | 1 << 3 | 4 << 4)
    bench.enter(2)
    #expect(bench.core.waitForEvent())
    advance(bench, ticks: 31)
    #expect(!bench.core.wakeIfNeeded())
    advance(bench, ticks: 32)
    #expect(bench.core.wakeIfNeeded())
  }
}
