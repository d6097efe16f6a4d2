import Fabric
import Testing

@testable import Devices

/// BCM2711 ARM Peripherals, chapter 5.
@Suite("GPIO")
struct GPIOTests {
  let bench = Bench()
  let gpio: GPIO

  init() { gpio = GPIO(log: bench.log) }

  @Test(
    "shows the firmware's values at hand-off",
    arguments: [
      (0x00, 0), (0x04, 0x1_2000), (0x08, 0x1200_0000), (0x0c, 0x3fff_ffff), (0x10, 0x64), (0x14, 0),
      (0x1c, 0x6770_696f), (0x20, 0x6770_696f), (0x28, 0x6770_696f), (0x2c, 0x6770_696f),
      (0xd0, 1), (0xe4, 0xaaa9_5555), (0xe8, 0xa0aa_aaaa), (0xec, 0x50aa_a95a), (0xf0, 0x0005_5555),
    ])
  func handOff(offset: UInt64, value: UInt64) {
    #expect(gpio.load(offset) == value)
  }

  @Test("an output follows set and clear")
  func output() {
    gpio.store(0x00, 1)
    #expect(gpio.load(0x34) & 1 == 0)
    gpio.store(0x1c, 1)
    #expect(gpio.load(0x34) & 1 == 1)
    gpio.store(0x1c, 0)
    #expect(gpio.load(0x34) & 1 == 1)
    gpio.store(0x28, 1)
    #expect(gpio.load(0x34) & 1 == 0)
  }

  @Test("bank 1 holds pins 32 to 57")
  func bank1() {
    gpio.store(0x10, 1 << 6)  // pin 42 is an output: the activity LED
    gpio.store(0x20, 1 << 10)
    #expect(gpio.load(0x38) & 1 << 10 != 0)
    gpio.store(0x2c, 1 << 10)
    #expect(gpio.load(0x38) & 1 << 10 == 0)
    gpio.store(0x50, 0xffff_ffff)
    #expect(gpio.load(0x50) == 0x03ff_ffff)
  }

  @Test("an undriven input follows its pull")
  func pulls() {
    #expect(gpio.load(0x34) & 0x1ff == 0x1ff)  // pins 0 to 8 pull up at reset
    #expect(gpio.load(0x34) & 0x200 == 0)
    gpio.store(0xe4, 0)
    #expect(gpio.load(0x34) & 0xffff == 0)
    gpio.drive(3, true)
    #expect(gpio.load(0x34) & 0xffff == 8)
    gpio.drive(3, nil)
    #expect(gpio.load(0x34) & 0xffff == 0)
  }

  @Test(
    "latches rising and falling edges until they are cleared",
    arguments: [
      (0x4c, true), (0x7c, true), (0x58, false), (0x88, false),
    ])
  func edges(enable: UInt64, rises: Bool) {
    gpio.drive(5, !rises)
    gpio.store(enable, 1 << 5)
    #expect(gpio.load(0x40) == 0)
    gpio.drive(5, rises)
    #expect(gpio.load(0x40) == 1 << 5)
    #expect(gpio.interrupts.map(\.level) == [true, false, false, true])
    gpio.drive(5, !rises)
    gpio.store(0x40, 1 << 5)
    #expect(gpio.load(0x40) == 0)
    #expect(gpio.interrupts.map(\.level) == [false, false, false, false])
  }

  @Test("a level event comes back while the level lasts", arguments: [(0x68, true), (0x74, false)])
  func levels(enable: UInt64, level: Bool) {
    gpio.drive(40, level)
    gpio.store(enable, 1 << 8)
    #expect(gpio.load(0x44) == 1 << 8)
    #expect(gpio.interrupts.map(\.level) == [false, true, true, true])
    gpio.store(0x44, 1 << 8)
    #expect(gpio.load(0x44) == 1 << 8)
    gpio.drive(40, !level)
    gpio.store(0x44, 1 << 8)
    #expect(gpio.load(0x44) == 0)
    #expect(gpio.interrupts.map(\.level) == [false, false, false, false])
  }

  @Test("Linux's initial writes raise nothing")
  func quietStart() {
    for offset: UInt64 in [0x4c, 0x58, 0x64, 0x70, 0x7c, 0x88] {
      gpio.store(offset, 0)
      gpio.store(offset + 4, 0)
    }
    gpio.store(0x40, 0xffff_ffff)
    gpio.store(0x44, 0xffff_ffff)
    #expect(gpio.load(0x40) == 0)
    #expect(!gpio.interrupts.contains { $0.level })
  }
}
