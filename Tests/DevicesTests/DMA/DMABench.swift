import Fabric

@testable import Devices

/// The DMA controller on a bus with two areas of memory, a hole between, a device that remembers, and its own
/// registers, behind windows as the board's.
final class DMABench {
  /// A second area, above the window of legacy channels that ends with the first.
  static let highMemory: UInt64 = 0x1_0000_0000
  static let recorderBase: UInt64 = 0xfe20_0000
  /// Bus address of the recorder for legacy channels.
  static let recorder: UInt32 = 0x7e20_0000
  static let registers: UInt32 = 0x7e00_7000

  let time = VirtualTime()
  let log = GuestLog()
  let bus: PhysicalBus
  let dma: DMAController
  let device = WordRecorder()
  let observer = TransferRecorder()

  /// A request on number 11.
  let request = DREQLine("test")

  init(memorySize: UInt64 = 0x10_0000) {
    let ranges = [0..<memorySize, Self.highMemory..<Self.highMemory + memorySize]
    guard let ram = GuestRAM(ranges: ranges) else { preconditionFailure("no host memory") }
    bus = PhysicalBus(ram: ram)
    let peripherals = DMAPort.Window(bus: 0x7c00_0000..<0x8000_0000, physical: 0xfc00_0000, kind: .peripherals)
    let legacy: [DMAPort.Window] = [
      .init(bus: 0xc000_0000..<0x1_0000_0000, physical: 0), .init(bus: 0..<0x4000_0000, physical: 0), peripherals,
    ]
    let wide: [DMAPort.Window] = [
      .init(bus: 0..<0x4_0000_0000, physical: 0),
      .init(bus: 0x4_7c00_0000..<0x4_8000_0000, physical: 0xfc00_0000, kind: .peripherals),
    ]
    let bus = bus
    let ports = (0..<15).map { DMAPort(name: "dma\($0)", windows: $0 < 11 ? legacy : wide, bus: bus) }
    dma = DMAController(time: time, ports: ports, log: log)
    do {
      try bus.map(device, at: PhysicalAddress(Self.recorderBase), size: 0x1000)
      try bus.map(dma, at: PhysicalAddress(0xfe00_7000), size: DMAController.windowSize)
    } catch { preconditionFailure("\(error)") }
    bus.attach(observer)
    dma.requests.connect(request, to: 11)
  }

  func put(_ words: [UInt32], at address: UInt64) {
    var buffer = LittleEndianBuffer(count: 0)
    _ = buffer.set(words)
    _ = bus.ram.load(buffer.bytes, at: address)
  }

  func load(_ bytes: [UInt8], at address: UInt64) { _ = bus.ram.load(bytes, at: address) }

  func bytes(_ address: UInt64, _ count: Int) -> [UInt8] { bus.ram.bytes(at: address, count: count) ?? [] }

  func words(_ address: UInt64, _ count: Int) -> [UInt32] {
    let buffer = LittleEndianBuffer(bytes(address, count * 4))
    return (0..<count).map { buffer.word($0 * 4) }
  }

  func advance(_ nanoseconds: UInt64) { time.advance(to: time.now + nanoseconds) }

  /// Starts `channel` at `block`, a bus address, and lets time pass.
  func run(_ channel: Int, block: UInt64 = 0xc000_1000, for nanoseconds: UInt64 = 1_000_000) {
    let base = UInt64(channel) << 8
    dma.store(base | 4, channel < 11 ? block : block >> 5)
    dma.store(base, 1)
    advance(nanoseconds)
  }

  /// CS of `channel`.
  func status(_ channel: Int) -> UInt32 { register(channel, 0) }

  func register(_ channel: Int, _ offset: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: dma.load(UInt64(channel) << 8 | offset))
  }

  func store(_ channel: Int, _ offset: UInt64, _ value: UInt32) {
    dma.store(UInt64(channel) << 8 | offset, UInt64(value))
  }
}

/// A register page that notes what is written and answers reads with 0x1000, 0x1001, …
final class WordRecorder: Device {
  let name = "recorder"
  var writes: [UInt64] = []
  var offsets: [UInt64] = []
  var initiators: [BusInitiator] = []
  private var reads: UInt64 = 0
  var didAccess: () -> Void = {}

  func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    offsets.append(offset)
    reads += 1
    didAccess()
    return 0x1000 + reads - 1
  }

  func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    offsets.append(offset)
    initiators.append(access.initiator)
    writes.append(value)
    didAccess()
  }

  func reset() {}
  func visitState<V: StateVisitor>(_ visitor: inout V) { visitor.visit("reads", &reads) }
  func didLoadState() {}
}

/// What the ports were asked for.
final class TransferRecorder: BusObserver {
  var transfers: [DMATransfer] = []
  var keeps = true
  /// Called for each.
  var check: (DMATransfer) -> Void = { _ in }

  func device(_ device: any Device, at offset: UInt64, didRead value: UInt64, _ access: BusAccess) {}
  func device(_ device: any Device, at offset: UInt64, willWrite value: UInt64, _ access: BusAccess) {}
  func master(willMake transfer: DMATransfer) {
    if keeps { transfers.append(transfer) }
    check(transfer)
  }
}

/// Bits of a legacy TI.
enum TI {
  static let interrupt: UInt32 = 1 << 0
  static let twoDimensional: UInt32 = 1 << 1
  static let destinationMoves: UInt32 = 1 << 4
  static let destinationWide: UInt32 = 1 << 5
  static let destinationRequest: UInt32 = 1 << 6
  static let destinationIgnore: UInt32 = 1 << 7
  static let sourceMoves: UInt32 = 1 << 8
  static let sourceWide: UInt32 = 1 << 9
  static let sourceRequest: UInt32 = 1 << 10
  static let sourceIgnore: UInt32 = 1 << 11
  static let bothMove = destinationMoves | sourceMoves
  static func burst(_ words: UInt32) -> UInt32 { words << 12 }
  static func request(_ number: UInt32) -> UInt32 { number << 16 }
  static func waits(_ cycles: UInt32) -> UInt32 { cycles << 21 }
}
