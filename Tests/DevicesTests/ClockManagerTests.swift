import Fabric
import Testing

@testable import Devices

@Suite("Clock manager")
struct ClockManagerTests {
  let bench = Bench()
  let clocks: ClockManager

  init() { clocks = ClockManager(log: bench.log) }

  /// Offset and value at hand-off, measured on a Pi 4.
  @Test(
    "shows the firmware's values at hand-off",
    arguments: [
      (0x1100, 0x2_1037), (0x1200, 0x8_e38e), (0x1400, 6),  // PLLA, 3 GHz, core divider
      (0x1120, 0x3_1030), (0x1220, 0), (0x1520, 4), (0x1620, 0x100),  // PLLC
      (0x1140, 0x2_1037), (0x1240, 0x8_e38e), (0x1540, 4), (0x1440, 5),  // PLLD
      (0x11e0, 0x2_1037), (0x13e0, 2),  // PLLB
      (0x008, 0xd4), (0x00c, 0x1000),  // VPU, 500 MHz
      (0x0f0, 0x296), (0x0f4, 0xfa00),  // UART, 48 MHz
      (0x1d0, 0xd6), (0x1d4, 0x7800),  // EMMC2, 100 MHz
      (0x1c0, 0xd6), (0x1c4, 0x3000),  // EMMC, 250 MHz
      (0x0e8, 0xd1), (0x0ec, 0x3_6000),  // timer, 1 MHz
      (0x0e0, 0x91), (0x0e4, 0x1_0000),  // temperature sensor
      (0x114, 0x1f00),  // all PLLs locked
      (0x100, 0),
    ])
  func handOff(offset: UInt64, value: UInt64) {
    #expect(clocks.load(offset) == value)
  }

  @Test("BUSY follows ENAB, and KILL stops the clock", arguments: ClockManager.Generator.allCases)
  func busy(generator: ClockManager.Generator) {
    let offset = UInt64(generator.rawValue)
    clocks.store(offset, 0x5a00_0016)
    #expect(clocks.load(offset) == 0x96)
    clocks.store(offset, 0x5a00_0006)
    #expect(clocks.load(offset) == 0x06)
    clocks.store(offset, 0x5a00_0036)
    #expect(clocks.load(offset) == 0x36)
  }

  @Test("ignores writes without the password, and never shows it")
  func password() {
    clocks.store(0x074, 0x0000_1234)
    #expect(clocks.load(0x074) == 0)
    clocks.store(0x074, 0x5a00_1234)
    #expect(clocks.load(0x074) == 0x1234)
  }

  @Test("keeps the locks whatever is written")
  func locks() {
    clocks.store(0x114, 0x5a00_0000)
    clocks.store(0x114, 0)
    #expect(clocks.load(0x114) == 0x1f00)
  }

  @Test(
    "keeps analogue settings, dividers and fractions",
    arguments: [0x1010, 0x101c, 0x10f4, 0x1220, 0x1140, 0x1560, 0x108])
  func storage(offset: UInt64) {
    clocks.store(offset, 0x5a00_0155)
    #expect(clocks.load(offset) == 0x155)
  }
}
