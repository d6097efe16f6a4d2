import Fabric
import Testing

@testable import Devices

@Suite("Small blocks")
struct SmallDeviceTests {
  let bench = Bench()

  @Test("RNG200 always has words and repeats from its seed")
  func randomNumbers() {
    let first = RNG200(seed: 1, log: bench.log)
    let second = RNG200(seed: 1, log: bench.log)
    let other = RNG200(seed: 2, log: bench.log)
    #expect(first.load(0x24) & 0xff >= 1)
    #expect(first.load(0x0c) > 16)
    #expect(first.load(0x18) == 0)
    let words = (0..<64).map { _ in first.load(0x20) }
    #expect(words == (0..<64).map { _ in second.load(0x20) })
    #expect(words != (0..<64).map { _ in other.load(0x20) })
    #expect(Set(words).count == 64)
  }

  @Test("the AVS monitor reports 43.8 degrees as valid")
  func temperature() {
    let word = VoltageMonitor(log: bench.log).load(0x200)
    #expect(word & (1 << 16 | 1 << 10) == 1 << 16 | 1 << 10)
    let milliDegrees = 410_040 - 487 * Int(word & 0x3ff)
    #expect(milliDegrees == 43_816)
  }

  @Test("ARM mailboxes OR in, clear by ones and drive one line each", arguments: 0..<16)
  func armMailboxes(box: Int) {
    let local = ARMLocal(log: bench.log)
    let set = 0x80 + UInt64(box) * 4
    let clear = 0xc0 + UInt64(box) * 4
    local.store(set, 0x11)
    local.store(set, 0x100)
    #expect(local.load(clear) == 0x111)
    #expect(local.mailboxes.map(\.level) == (0..<16).map { $0 == box })
    local.store(clear, 0x011)
    #expect(local.load(clear) == 0x100)
    #expect(local.mailboxes[box].level)
    local.store(clear, 0x100)
    #expect(!local.mailboxes[box].level)
  }

  @Test("the boot stub's writes to ARM_LOCAL stick")
  func bootStub() {
    let local = ARMLocal(log: bench.log)
    local.store(0x00, 0)
    local.store(0x08, 0x8000_0000)
    #expect(local.load(0x00) == 0)
    #expect(local.load(0x08) == 0x8000_0000)
  }

  @Test("the system timer counts microseconds in 64 bits")
  func systemTimerCounts() {
    let timer = SystemTimer(time: bench.time, log: bench.log)
    bench.time.advance(to: 5_000_000_999)
    #expect(timer.load(0x04) == 5_000_000)
    bench.time.advance(to: 0x1_0000_0002 * 1000)
    #expect(timer.load(0x04) == 2)
    #expect(timer.load(0x08) == 1)
  }

  @Test("a compare of the system timer raises its line until CS is cleared", arguments: 0..<4)
  func systemTimerCompares(channel: Int) {
    let timer = SystemTimer(time: bench.time, log: bench.log)
    bench.time.advance(to: 10_000)
    timer.store(0x0c + UInt64(channel) * 4, 25)
    bench.time.advance(to: 24_999)
    #expect(timer.load(0x00) == 0)
    bench.time.advance(to: 25_000)
    #expect(timer.load(0x00) == 1 << UInt64(channel))
    #expect(timer.interrupts.map(\.level) == (0..<4).map { $0 == channel })
    timer.store(0x00, 1 << UInt64(channel))
    #expect(timer.load(0x00) == 0)
    #expect(!timer.interrupts[channel].level)
    // The next match is one wrap of the low word later.
    bench.time.advance(to: (0x1_0000_0000 + 25) * 1000)
    #expect(timer.interrupts[channel].level)
  }

  @Test("a compare in the past waits for the counter to wrap")
  func systemTimerPast() {
    let timer = SystemTimer(time: bench.time, log: bench.log)
    bench.time.advance(to: 1_000_000)
    timer.store(0x10, 999)
    bench.time.advance(to: 1_000_000_000)
    #expect(timer.load(0x00) == 0)
  }

  @Test("a reset long after power-on raises nothing")
  func systemTimerReset() {
    let timer = SystemTimer(time: bench.time, log: bench.log)
    bench.time.advance(to: 0x2_0000_0005 * 1000)
    timer.store(0x00, 0xf)
    timer.reset()
    bench.time.advance(to: bench.time.now + 1_000_000)
    #expect(timer.load(0x00) == 0)
    #expect(!timer.interrupts.contains { $0.level })
  }

  @Test("the L2 interrupt controller latches, masks and clears")
  func bundler() {
    let bundler = InterruptBundler(name: "l2", log: bench.log)
    #expect(bundler.load(0x0c) == 0xffff_ffff)
    bundler.raise(1 << 5)
    #expect(bundler.load(0x00) == 1 << 5)
    #expect(!bundler.interrupt.level)
    bundler.store(0x14, 1 << 5)
    #expect(bundler.interrupt.level)
    bundler.store(0x10, 1 << 5)
    #expect(!bundler.interrupt.level)
    bundler.store(0x14, 0xffff_ffff)
    bundler.store(0x08, 1 << 5)
    #expect(!bundler.interrupt.level)
    bundler.store(0x04, 1 << 7)
    #expect(bundler.interrupt.level)
  }

  @Test("DVP keeps what is written")
  func displayClock() {
    let dvp = DisplayClock(log: bench.log)
    dvp.store(0x04, 0x1234_5678)
    #expect(dvp.load(0x04) == 0x1234_5678)
  }

  @Test("PACTL_CS shows which UART asserts the shared line")
  func peripheralActivity() {
    let activity = PeripheralActivity(log: bench.log)
    let line = InterruptLine("uart0")
    activity.connect(line, bit: PeripheralActivity.Bit.uart0)
    #expect(activity.load(0) == 0)
    line.set(true)
    #expect(activity.load(0) == 1 << 20)
  }
}

@Suite("Serial buses without devices")
struct SerialBusTests {
  let bench = Bench()

  @Test("an I2C transfer ends at once in DONE and ERR")
  func i2c() {
    let bus = I2CController(name: "i2c1", log: bench.log)
    #expect(bus.load(0x04) == 0x50)
    #expect(bus.load(0x14) == 0x5dc)
    bus.store(0x00, 0x8180)  // I2CEN, INTD, ST
    #expect(bus.load(0x04) == 0x152)
    #expect(bus.interrupt.level)
    #expect(bus.load(0x00) == 0x8100)
    bus.store(0x04, 0x302)
    #expect(bus.load(0x04) == 0x50)
    #expect(!bus.interrupt.level)
  }

  @Test("an SPI transfer reads ones")
  func spi() {
    let bus = SPIController(name: "spi0", log: bench.log)
    #expect(bus.load(0x00) == 0x0004_1000)
    bus.store(0x00, 0x80)
    bus.store(0x04, 0x12)
    bus.store(0x04, 0x34)
    #expect(bus.load(0x00) & 0x0007_0000 == 0x0007_0000)
    #expect(bus.load(0x04) == 0xff)
    #expect(bus.load(0x04) == 0xff)
    #expect(bus.load(0x00) & 0x0002_0000 == 0)
  }

  @Test(
    "PWM shows its reset values",
    arguments: [(0x00, 0), (0x04, 2), (0x08, 0x707), (0x10, 0x20), (0x20, 0x20)])
  func pwm(offset: UInt64, value: UInt64) {
    #expect(PulseWidthModulator(name: "pwm1", time: bench.time, log: bench.log).load(offset) == value)
  }
}
