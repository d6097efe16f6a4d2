import Fabric

/// One of the channels 0 to 10 (BCM2711 ARM Peripherals, 4.2): 32-bit bus addresses. Channels 7 to 10 are of
/// the Lite kind, with lengths of 16 bits and without 2D mode and IGNORE (4.5).
///
/// Where the manual is silent: a read that nothing answers ends the list, with the registers where it failed;
/// a write that nothing answers is lost, for there is no flag that would show it.
final class LegacyDMAChannel: DMAChannel {
  enum Register: UInt32, RegisterName, CaseIterable {
    case status = 0x00
    case controlBlock = 0x04
    case information = 0x08
    case source = 0x0c
    case destination = 0x10
    case length = 0x14
    case stride = 0x18
    case nextControlBlock = 0x1c
    case debug = 0x20
  }

  static func layout(isLite: Bool) -> RegisterLayout<Register> {
    RegisterLayout(size: 0x100) {
      $0.fields(
        .status, "CS",
        [
          .rw("ACTIVE", 0), .w1c("END", 1), .w1c("INT", 2), .ro("DREQ", 3), .ro("PAUSED", 4),
          .ro("DREQ_STOPS_DMA", 5), .ro("WAITING_FOR_OUTSTANDING_WRITES", 6), .ro("ERROR", 8),
          .rw("PRIORITY", 16...19), .rw("PANIC_PRIORITY", 20...23),
          .rw("WAIT_FOR_OUTSTANDING_WRITES", 28), .rw("DISDEBUG", 29), .wo("ABORT", 30),
          .wo("RESET", 31),
        ])
      $0.rw(.controlBlock, "CONBLK_AD", mask: ~0x1f)
      $0.ro(.information, "TI")
      $0.ro(.source, "SOURCE_AD")
      $0.ro(.destination, "DEST_AD")
      $0.ro(.length, "TXFR_LEN")
      $0.ro(.stride, "STRIDE")
      $0.rw(.nextControlBlock, "NEXTCONBK", mask: ~0x1f)
      $0.fields(
        .debug, "DEBUG", reset: 2 << 25 | (isLite ? 1 << 28 : 0),
        [
          .w1c("READ_LAST_NOT_SET_ERROR", 0), .w1c("FIFO_ERROR", 1), .w1c("READ_ERROR", 2),
          .ro("OUTSTANDING_WRITES", 4...7), .ro("DMA_ID", 8...15), .ro("DMA_STATE", 16...24),
          .ro("VERSION", 25...27), .ro("LITE", 28),
        ])
    }
  }

  private static let fullLayout = layout(isLite: false)
  private static let liteLayout = layout(isLite: true)

  static let shared = DMASharedRegisters(
    status: Register.status, controlBlock: .controlBlock, information: .information,
    nextControlBlock: .nextControlBlock)

  private enum Status {
    static let paused: UInt32 = 1 << 4
    static let requestStops: UInt32 = 1 << 5
    static let error: UInt32 = 1 << 8
  }

  /// The bits of TI that exist.
  private static let fullInformation: UInt32 = 0x07ff_fffb
  /// Without NO_WIDE_BURSTS, SRC_IGNORE, DEST_IGNORE and TDMODE.
  private static let liteInformation: UInt32 = 0x03ff_f779
  private static let readError: UInt32 = 1 << 2

  let registers: RegisterBlock<Register>
  let interrupt: InterruptLine
  let engine: DMAEngine
  private let isLite: Bool
  private let port: DMAPort
  let requests: DMARequests

  init(number: Int, time: VirtualTime, port: DMAPort, requests: DMARequests, log: GuestLog) {
    isLite = number >= 7
    self.port = port
    self.requests = requests
    let name = "dma\(number)"
    interrupt = InterruptLine(name)
    registers = RegisterBlock(number >= 7 ? Self.liteLayout : Self.fullLayout, name: name, log: log)
    let mover = DMAMover(port: port, channel: UInt8(number), storesAfterFailedRead: false)
    engine = DMAEngine(name: name, time: time, requests: requests, mover: mover)
    engine.channel = self
  }

  // MARK: Registers

  func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    guard register == .status else { return stored }
    var value = stored
    if engine.hasFetched && requests.isRequesting(registers[.information] >> 16) { value |= DMAStatus.request }
    if engine.phase != .idle && !isActive { value |= Status.paused }
    if isActive && engine.waitsForRequest { value |= Status.requestStops }
    if registers[.debug] & 7 != 0 { value |= Status.error }
    return value
  }

  func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .status:
      if new.bit(31) { return reset() }
      if new.bit(30) { abort() }
      start()
      updateLine()
    case .controlBlock: start()
    case .information, .source, .destination, .length, .stride, .nextControlBlock, .debug: break
    }
  }

  /// Leaves the current block and tries to continue with the next.
  private func abort() {
    guard engine.phase == .moving else { return }
    engine.leaveBlock(hasNext: advanceList())
  }

  // MARK: Control blocks

  /// TI, source, destination, length, stride, next.
  func fetchBlock() -> DMABlock? {
    let address = BusAddress(UInt64(registers[.controlBlock]))
    let bytes: [UInt8]
    do throws(DMAPort.Refusal) {
      bytes = try port.read(address, count: 32, role: .descriptor)
    } catch {
      fail("control block at \(registers[.controlBlock].hex(8))")
      return nil
    }
    let words = LittleEndianBuffer(bytes)
    let information = words.word(0) & (isLite ? Self.liteInformation : Self.fullInformation)
    registers[.information] = information
    registers[.length] = words.word(12) & (isLite ? 0xffff : 0x3fff_ffff)
    registers[.stride] = isLite ? 0 : words.word(16)
    registers[.nextControlBlock] = words.word(20) & ~0x1f
    let block = makeBlock(information, source: words.word(4), destination: words.word(8))
    show(block)
    return block
  }

  private func makeBlock(_ information: UInt32, source: UInt32, destination: UInt32) -> DMABlock {
    var block = DMABlock()
    let stride = registers[.stride]
    let waits = information.bits(25, 21)
    block.source = DMABlock.Side(
      address: UInt64(source), moves: information.bit(8), width: information.bit(9) ? 16 : 4,
      stride: DMABlock.stride(stride), isIgnored: information.bit(11), waits: waits)
    block.destination = DMABlock.Side(
      address: UInt64(destination), moves: information.bit(4), width: information.bit(5) ? 16 : 4,
      stride: DMABlock.stride(stride >> 16), isIgnored: information.bit(7), waits: waits)
    block.setLength(registers[.length], isTwoDimensional: information.bit(1))
    block.burst = max(1, information.bits(15, 12))
    if information.bit(6) || information.bit(10) {
      pace(&block, by: information.bits(20, 16))
    }
    return block
  }

  func show(_ block: DMABlock) {
    registers[.source] = UInt32(truncatingIfNeeded: block.source.address)
    registers[.destination] = UInt32(truncatingIfNeeded: block.destination.address)
    registers[.length] = block.lengthRegister
  }

  // MARK: Errors

  func transferDidFail(_ outcome: DMAMover.Outcome) -> DMAEngine.AfterFailure {
    let place = "\(registers[.controlBlock].hex(8))"
    guard outcome.readFailed else {
      let message = "a write to \(registers[.destination].hex(8)) or after is lost, block at \(place)"
      registers.log.once(.odd, source: registers.name, key: "lost write", message: message)
      return .goOn
    }
    fail("read from \(registers[.source].hex(8)) or after, block at \(place)")
    return .stop
  }

  private func fail(_ what: String) {
    registers[.debug] |= Self.readError
    deactivate()
    registers.log.once(.odd, source: registers.name, key: "bus error", message: "bus error: " + what)
  }
}
