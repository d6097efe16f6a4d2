import Fabric
import Testing

@testable import Devices

@Suite("Power management")
struct PowerManagementTests {
  enum Offset {
    static let resetControl: UInt64 = 0x1c
    static let resetStatus: UInt64 = 0x20
    static let watchdog: UInt64 = 0x24
  }

  let bench = Bench()
  let pm: PowerManagement

  init() { pm = bench.makePowerManagement() }

  @Test("shows the values at hand-off")
  func handOff() {
    #expect(pm.load(Offset.resetControl) == 0x102)
    #expect(pm.load(Offset.resetStatus) == 0x20)
    #expect(pm.load(Offset.watchdog) == 0)
  }

  @Test("ignores writes without the password")
  func password() {
    pm.store(Offset.watchdog, 10)
    pm.store(Offset.resetControl, 0x122)
    bench.time.advance(to: 1_000_000_000)
    #expect(bench.resets.isEmpty)
    #expect(pm.load(Offset.resetControl) == 0x102)
  }

  @Test("resets 10 ticks of 1/65536 s after Linux's restart sequence")
  func restart() {
    pm.store(Offset.watchdog, 0x5a00_000a)
    let control = pm.load(Offset.resetControl)
    pm.store(Offset.resetControl, 0x5a00_0000 | control & ~0x30 | 0x20)
    bench.time.advance(to: 152_000)
    #expect(bench.resets.isEmpty)
    bench.time.advance(to: 153_000)
    #expect(bench.resets == [.reset])
    bench.time.advance(to: 1_000_000)
    #expect(bench.resets.count == 1)
  }

  @Test("halts when partition 63 is selected")
  func halt() {
    pm.store(Offset.resetStatus, 0x5a00_0000 | pm.load(Offset.resetStatus) | 0x555)
    pm.store(Offset.watchdog, 0x5a00_000a)
    pm.store(Offset.resetControl, 0x5a00_0122)
    bench.time.advance(to: 200_000)
    #expect(bench.resets == [.halt])
  }

  @Test("counts down, can be fed and stopped")
  func countdown() {
    pm.store(Offset.watchdog, 0x5a01_0000)
    pm.store(Offset.resetControl, 0x5a00_0122)
    bench.time.advance(to: 500_000_000)
    #expect(pm.load(Offset.watchdog) == 0x8000)
    pm.store(Offset.watchdog, 0x5a01_0000)
    #expect(pm.load(Offset.watchdog) == 0x1_0000)
    bench.time.advance(to: 1_400_000_000)
    #expect(bench.resets.isEmpty)
    pm.store(Offset.resetControl, 0x5a00_0102)
    bench.time.advance(to: 5_000_000_000)
    #expect(bench.resets.isEmpty)
  }

  @Test("bridges identify themselves and acknowledge stop requests")
  func asyncBridge() {
    let bridge = AsyncBridge(name: "asb", log: bench.log)
    #expect(bridge.load(0x20) == 0x6272_6467)
    for offset: UInt64 in stride(from: 0x08, through: 0x1c, by: 4) {
      bridge.store(offset, 0x5a00_0001)
      #expect(bridge.load(offset) & 3 == 3)
      bridge.store(offset, 0)
      #expect(bridge.load(offset) & 3 == 3)
      bridge.store(offset, 0x5a00_0000)
      #expect(bridge.load(offset) & 3 == 0)
    }
  }
}
