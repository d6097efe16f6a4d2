import Fabric
import Testing

@testable import Devices

@Suite("Windows that nothing models")
struct UnmodelledDeviceTests {
  let log = GuestLog()

  @Test("read as zero, drop writes, report each register once and count all accesses")
  func zeros() {
    let device = UnmodelledDevice(name: "hvs", log: log)
    var calls = 0
    device.onAccess = { calls += 1 }
    device.store(0x10, 0xff)
    #expect(device.load(0x10) == 0)
    #expect(device.load(0x12, 2) == 0)
    #expect(device.load(0x20, 8) == 0)
    #expect(device.accessCount == 4)
    #expect(calls == 4)
    #expect(log.entries.map(\.message) == ["write at 0x00000010", "read at 0x00000020"])
    #expect(log.entries.allSatisfy { $0.kind == .notModelled && $0.source == "hvs" })
  }

  @Test(
    "can read as ones, of the width of the access",
    arguments: [
      (1, 0xff), (2, 0xffff), (4, 0xffff_ffff), (8, .max),
    ] as [(UInt8, UInt64)])
  func ones(size: UInt8, value: UInt64) {
    #expect(UnmodelledDevice(name: "pcie-window", response: .ones, log: log).load(0, size) == value)
  }

  @Test("can refuse")
  func faults() {
    let device = UnmodelledDevice(name: "nothing", response: .fault, log: log)
    let access = BusAccess(address: PhysicalAddress(0), size: 4)
    #expect(throws: BusFault.slave) { try device.read(offset: 0, access: access) }
    #expect(throws: BusFault.slave) { try device.write(offset: 0, value: 0, access: access) }
    #expect(device.accessCount == 2)
  }

  @Test("named blocks are in order, apart, and inside the peripheral range")
  func names() {
    let named = UnmodelledBlocks.named
    #expect(named.count > 30)
    for (first, second) in zip(named, named.dropFirst()) {
      #expect(first.range.upperBound <= second.range.lowerBound, "\(first.name) and \(second.name)")
    }
    for window in named {
      #expect(UnmodelledBlocks.peripheralRange.contains(window.range.lowerBound), "\(window.name)")
    }
    #expect(Set(named.map(\.name)).count == named.count)
  }

  @Test("windows and devices together cover the peripheral range exactly once")
  func cover() throws {
    let devices: [Range<UInt64>] = [
      0xfe21_5000..<0xfe21_6000, 0xfe20_1000..<0xfe20_1200, 0xfe00_b880..<0xfe00_b8c0,
      0xfe20_2000..<0xfe20_2100,  // part of a named block
      0xff84_1000..<0xff84_8000, 0xfc00_0000..<0xfc00_1000, 0xffff_f000..<0x1_0000_0000,
    ]
    let windows = UnmodelledBlocks.windows(besides: devices)
    let all = (devices + windows.map(\.range)).sorted { $0.lowerBound < $1.lowerBound }
    #expect(all.first?.lowerBound == 0xfc00_0000)
    #expect(all.last?.upperBound == 0x1_0000_0000)
    for (first, second) in zip(all, all.dropFirst()) { #expect(first.upperBound == second.lowerBound) }
    #expect(windows.first { $0.range.contains(0xfe20_2100) }?.name == "sdhost")
    #expect(windows.first { $0.range.contains(0xfe98_0040) }?.name == "usb-otg")
    #expect(windows.first { $0.range.contains(0xfe50_0000) }?.name.hasPrefix("unlisted") == true)
  }
}
