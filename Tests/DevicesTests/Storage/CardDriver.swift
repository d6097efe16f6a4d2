import Fabric

@testable import Devices

/// Sectors in memory. A sector that was never written holds a pattern of its number.
final class MemoryStore: SectorStore {
  let sectorCount: UInt64
  var isReadOnly = false
  /// Makes writes fail from now on.
  var isBroken = false
  private(set) var flushes = 0
  private(set) var sectors: [UInt64: [UInt8]] = [:]

  init(sectors: UInt64) { sectorCount = sectors }

  static func pattern(_ sector: UInt64) -> [UInt8] {
    (0..<512).map { UInt8(truncatingIfNeeded: sector &* 37 &+ UInt64($0) &+ UInt64($0) >> 8) }
  }

  func read(_ sector: UInt64) -> [UInt8]? { sectors[sector] ?? Self.pattern(sector) }

  func write(_ bytes: [UInt8], to sector: UInt64) -> Bool {
    guard !isBroken else { return false }
    sectors[sector] = bytes
    return true
  }

  func erase(_ range: Range<UInt64>) -> Bool {
    for sector in range.prefix(100_000) { sectors[sector] = [UInt8](repeating: 0, count: 512) }
    return !isBroken
  }

  func flush() -> Bool {
    flushes += 1
    return !isBroken
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    var numbers = sectors.keys.sorted()
    visitor.visit("numbers", &numbers)
    var loaded: [UInt64: [UInt8]] = [:]
    for number in numbers {
      var bytes = sectors[number] ?? []
      visitor.visit("bytes", &bytes)
      loaded[number] = bytes
    }
    sectors = loaded
  }
}

/// Drives the controller as a driver does, with the words of the specification's chapter 3.
final class CardDriver {
  /// Bits 21:16 of the command word: response type, and the checks that it allows (table 2-11).
  enum Kind: UInt64 {
    case none = 0
    case r1 = 0x1a
    case r1b = 0x1b
    case r2 = 0x09
    case r3 = 0x02
  }

  /// Bits of the transfer mode register.
  enum Mode {
    static let dma: UInt64 = 1 << 0
    static let count: UInt64 = 1 << 1
    static let auto12: UInt64 = 1 << 2
    static let auto23: UInt64 = 1 << 3
    static let read: UInt64 = 1 << 4
    static let multiple: UInt64 = 1 << 5
  }

  let bench = Bench()
  let store: MemoryStore
  let host: SDHost
  private(set) var address: UInt64 = 0

  init(sectors: UInt64 = 1 << 23, removalTime: UInt64? = nil) {
    store = MemoryStore(sectors: sectors)
    host = SDHost(
      name: "emmc2", time: bench.time, port: bench.port, store: store, removalTime: removalTime, log: bench.log)
    powerOn()
  }

  func powerOn() {
    host.store(0x2f, 1, 1)
    host.store(0x34, 0xffff_7fff)
    host.store(0x38, 0xffff_7fff)
    host.store(0x29, 0xf, 1)
    host.store(0x2c, 0x0000_8005, 2)  // 100 MHz / 256
  }

  var status: UInt64 { host.load(0x30) }
  var response: UInt64 { host.load(0x10) }

  /// Lets time pass until one of `bits` of the interrupt status is set; the whole status, which is cleared.
  func wait(_ bits: UInt64 = ~0, atMost nanoseconds: UInt64 = 2_000_000_000) -> UInt64 {
    let end = bench.time.now + nanoseconds
    while status & bits == 0, bench.time.nextDeadline <= end { bench.time.advance(to: bench.time.nextDeadline) }
    let found = status
    host.store(0x30, found)
    return found
  }

  /// Issues a command, and gives the interrupt status at its end.
  @discardableResult
  func command(
    _ index: UInt64, _ argument: UInt64 = 0, _ kind: Kind = .r1, data: Bool = false, mode: UInt64 = 0
  ) -> UInt64 {
    issue(index, argument, kind, data: data, mode: mode)
    return wait(kind == .r1b ? 0xffff_0002 : 0xffff_0001)
  }

  func issue(_ index: UInt64, _ argument: UInt64, _ kind: Kind, data: Bool = false, mode: UInt64 = 0) {
    host.store(0x08, argument)
    host.store(0x0c, index << 24 | kind.rawValue << 16 | (data ? 1 << 21 : 0) | mode)
  }

  @discardableResult
  func application(_ index: UInt64, _ argument: UInt64 = 0, _ kind: Kind = .r1, data: Bool = false, mode: UInt64 = 0)
    -> UInt64
  {
    command(55, address << 16)
    return command(index, argument, kind, data: data, mode: mode)
  }

  /// From power-on to the transfer state, on four lines at 50 MHz.
  func identify() {
    address = 0
    command(0, 0, .none)
    command(8, 0x1aa)
    for _ in 0..<20 {
      application(41, 0x4030_0000, .r3)
      bench.time.advance(to: bench.time.now + 500_000)
      if response & 0x8000_0000 != 0 { break }
    }
    command(2, 0, .r2)
    command(3)
    address = response >> 16
    command(7, address << 16, .r1b)
    application(6, 2)
    host.store(0x28, host.load(0x28) | 2)
    host.store(0x2c, 0x0000_0105, 2)
  }

  /// CURRENT_STATE, and the errors, that CMD13 gives.
  func cardStatus() -> (state: UInt64, errors: UInt64) {
    command(13, address << 16)
    return (response >> 9 & 15, response & 0xfff9_0000 | response & 0x2000)
  }

  // MARK: Data

  func setBlocks(size: UInt64 = 512, count: UInt64) { host.store(0x04, count << 16 | size) }

  /// Reads blocks through the data port; nil after an error.
  func readPort(_ index: UInt64, _ argument: UInt64, size: UInt64 = 512, count: UInt64, mode: UInt64 = 0) -> [UInt8]? {
    setBlocks(size: size, count: count)
    guard command(index, argument, data: true, mode: mode | Mode.read) & 0x8000 == 0 else { return nil }
    var bytes: [UInt8] = []
    for _ in 0..<count {
      guard wait(0xffff_0020) & 0x8020 == 0x20 else { return nil }
      for _ in 0..<(size / 4) {
        let word = host.load(0x20)
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
    }
    return wait(0xffff_0002) & 0x8000 == 0 ? bytes : nil
  }

  /// Writes blocks through the data port; the last interrupt status.
  func writePort(_ index: UInt64, _ argument: UInt64, _ bytes: [UInt8], size: UInt64 = 512, mode: UInt64 = 0) -> UInt64 {
    let count = UInt64(bytes.count) / size
    setBlocks(size: size, count: count)
    let answer = command(index, argument, data: true, mode: mode)
    guard answer & 0x8000 == 0 else { return answer }
    var isFirst = true
    for block in stride(from: 0, to: bytes.count, by: Int(size)) {
      // The first buffer write ready came with the command's completion.
      if !isFirst || answer & 0x10 == 0 {
        let ready = wait(0xffff_0010)
        guard ready & 0x8010 == 0x10 else { return ready }
      }
      isFirst = false
      for offset in stride(from: block, to: block + Int(size), by: 4) {
        let word = (0..<4).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
        host.store(0x20, word)
      }
    }
    return wait(0xffff_0002)
  }

  /// A descriptor table at `address`: attributes, length and data address of each line.
  func table(_ lines: [(UInt32, UInt32, UInt32)], at address: UInt64) {
    var buffer = LittleEndianBuffer(count: 0)
    _ = buffer.set(lines.flatMap { [$0.0 | $0.1 << 16, $0.2] })
    _ = bench.bus.ram.load(buffer.bytes, at: address)
    host.store(0x28, host.load(0x28) & ~0x18 | 0x10)
    host.store(0x58, 0xc000_0000 | address)
  }

  func memory(_ address: UInt64, _ count: Int) -> [UInt8] { bench.bus.ram.bytes(at: address, count: count) ?? [] }

  static func pattern(_ sectors: Range<UInt64>) -> [UInt8] { sectors.flatMap(MemoryStore.pattern) }

  static func random(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = TestRandom(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
  }
}
