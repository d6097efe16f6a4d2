import Fabric

@testable import Devices

/// A board's worth of devices without a board: memory, time, a log, and every device in its window.
final class Bench {
  static let ramSize: UInt64 = 1 << 20

  let time = VirtualTime()
  let log = GuestLog()
  let bus: PhysicalBus
  /// Bus addresses as legacy masters use them: the 0x0, 0x8 and 0xC aliases of the first gigabyte.
  let port: DMAPort
  let console = ByteRecorder()
  var resets: [PowerManagement.Reset] = []

  init() {
    guard let ram = GuestRAM(ranges: [0..<Self.ramSize]) else { preconditionFailure("no host memory") }
    bus = PhysicalBus(ram: ram)
    let aliases: [UInt64] = [0, 0x8000_0000, 0xc000_0000]
    let windows = aliases.map { DMAPort.Window(bus: $0..<($0 + 0x4000_0000), physical: 0) }
    port = DMAPort(name: "legacy", windows: windows, bus: bus)
  }

  func makeMailbox(_ configuration: FirmwareConfiguration = FirmwareConfiguration()) -> Mailbox {
    Mailbox(tags: PropertyTags(configuration: configuration, port: port, log: log), log: log)
  }

  func makeDMAController() -> DMAController {
    let ports = [DMAPort](repeating: port, count: DMAController.allChannels)
    return DMAController(time: time, ports: ports, log: log)
  }

  func makePowerManagement() -> PowerManagement {
    PowerManagement(time: time, log: log) { [unowned self] in resets.append($0) }
  }

  /// Every device with a register page, and the size of its window.
  func makeRegisterDevices() -> [(device: any RegisterDevice, size: UInt64)] {
    [
      (AuxiliaryBlock(time: time, port: console, log: log), AuxiliaryBlock.windowSize),
      (PL011(name: "uart0", time: time, port: console, log: log), PL011.windowSize),
      (makeMailbox(), Mailbox.windowSize),
      (Doorbells(log: log), Doorbells.windowSize),
      (makePowerManagement(), PowerManagement.windowSize),
      (AsyncBridge(name: "asb", log: log), AsyncBridge.windowSize),
      (ClockManager(log: log), ClockManager.windowSize),
      (GPIO(log: log), GPIO.windowSize),
      (RNG200(log: log), RNG200.windowSize),
      (VoltageMonitor(log: log), VoltageMonitor.windowSize),
      (ARMLocal(log: log), ARMLocal.windowSize),
      (SystemTimer(time: time, log: log), SystemTimer.windowSize),
      (InterruptBundler(name: "l2", log: log), InterruptBundler.windowSize),
      (DisplayClock(log: log), DisplayClock.windowSize),
      (EmptyCardHost(name: "emmc2", kind: .emmc2, log: log), EmptyCardHost.windowSize),
      (EmptyCardHost(name: "emmc", kind: .legacy, log: log), EmptyCardHost.windowSize),
      (
        SDHost(name: "emmc2", time: time, port: port, store: MemoryStore(sectors: 1 << 23), log: log),
        SDHost.windowSize
      ),
      (EthernetController(log: log), EthernetController.windowSize),
      (PCIeRootComplex(log: log), PCIeRootComplex.windowSize),
      (I2CController(name: "i2c0", log: log), I2CController.windowSize),
      (SPIController(name: "spi0", log: log), SPIController.windowSize),
      (PulseWidthModulator(name: "pwm1", time: time, log: log), PulseWidthModulator.windowSize),
      (PeripheralActivity(log: log), PeripheralActivity.windowSize),
    ]
  }

  /// The same as plain devices, with those that have no single register page.
  func makeDevices() -> [(device: any Device, size: UInt64)] {
    var devices: [(device: any Device, size: UInt64)] = makeRegisterDevices().map { ($0.device, $0.size) }
    devices.append(
      (AuxiliaryBlock(time: time, port: console, log: log, pacing: .baudRate), AuxiliaryBlock.windowSize))
    devices.append(
      (PL011(name: "uart5", time: time, port: console, log: log, pacing: .baudRate), PL011.windowSize))
    devices.append((makeDMAController(), DMAController.windowSize))
    devices.append((UnmodelledDevice(name: "nothing", log: log), 0x1000))
    return devices
  }
}

/// The far end of a serial line that remembers.
final class ByteRecorder: BytePort {
  var bytes: [UInt8] = []
  var text: String { String(decoding: bytes, as: UTF8.self) }
  func transmit(_ byte: UInt8) { bytes.append(byte) }
}

extension Device {
  /// A read as core 0 would do it, with faults as zero.
  func load(_ offset: UInt64, _ size: UInt8 = 4) -> UInt64 {
    let access = BusAccess(
      address: PhysicalAddress(offset), size: size, initiator: BusInitiator(kind: .core, exceptionLevel: 1))
    return (try? read(offset: offset, access: access)) ?? 0
  }

  func store(_ offset: UInt64, _ value: UInt64, _ size: UInt8 = 4) {
    let access = BusAccess(
      address: PhysicalAddress(offset), size: size, initiator: BusInitiator(kind: .core, exceptionLevel: 1))
    try? write(offset: offset, value: value, access: access)
  }

  var stateHash: UInt64 {
    var hasher = StateHasher()
    visitState(&hasher)
    return hasher.value
  }
}

/// Writes down all visited state.
struct StateRecorder: StateVisitor {
  var words: [UInt64] = []
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    words.append(UInt64(truncatingIfNeeded: value))
  }
  mutating func visit(_ name: StaticString, _ value: inout Bool) { words.append(value ? 1 : 0) }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    words.append(UInt64(values.count))
    for value in values { words.append(UInt64(truncatingIfNeeded: value)) }
  }
  mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    words.append(UInt64(values.count))
    for value in values { words.append(value ? 1 : 0) }
  }
  mutating func visit(_ name: StaticString, words raw: UnsafeMutableBufferPointer<UInt64>) {
    words += raw
  }
}

/// Puts recorded state back.
struct StatePlayer: StateVisitor {
  var words: [UInt64]
  var position = 0
  init(_ recorder: StateRecorder) { words = recorder.words }

  private mutating func next() -> UInt64 {
    defer { position += 1 }
    return position < words.count ? words[position] : 0
  }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    value = T(truncatingIfNeeded: next())
  }
  mutating func visit(_ name: StaticString, _ value: inout Bool) { value = next() != 0 }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    let count = Int(truncatingIfNeeded: next())
    values = (0..<count).map { _ in T(truncatingIfNeeded: next()) }
  }
  mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    let count = Int(truncatingIfNeeded: next())
    values = (0..<count).map { _ in next() != 0 }
  }
  mutating func visit(_ name: StaticString, words raw: UnsafeMutableBufferPointer<UInt64>) {
    for index in raw.indices { raw[index] = next() }
  }
}

/// A small seeded generator (xorshift64*), so that a failure repeats.
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed == 0 ? 1 : seed }
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
