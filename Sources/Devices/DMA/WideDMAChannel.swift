import Fabric

/// One of the channels 11 to 14, "DMA4" (BCM2711 ARM Peripherals, 4.2): 40-bit bus addresses, with registers
/// and control blocks of their own.
///
/// Errors stop a channel only as DEBUG.HALT_ON_ERROR and ABORT_ON_ERROR say: a read that nothing answers
/// gives zeros, a write that nothing answers is lost, and the flags in DEBUG clear when they are read.
final class WideDMAChannel: DMAChannel {
  enum Register: UInt32, RegisterName, CaseIterable {
    case status = 0x00
    case controlBlock = 0x04
    case debug = 0x0c
    case information = 0x10
    case source = 0x14
    case sourceInformation = 0x18
    case destination = 0x1c
    case destinationInformation = 0x20
    case length = 0x24
    case nextControlBlock = 0x28
    case debug2 = 0x2c
  }

  static let layout = RegisterLayout<Register>(size: 0x100) {
    $0.fields(
      .status, "CS",
      [
        .rw("ACTIVE", 0), .w1c("END", 1), .w1c("INT", 2), .ro("DREQ", 3), .ro("RD_PAUSED", 4),
        .ro("WR_PAUSED", 5), .ro("DREQ_STOPS_DMA", 6), .ro("WAITING_FOR_OUTSTANDING_WRITES", 7),
        // Not in the manual: Raspberry Pi's kernel sets it and calls it so.
        .ro("ERROR", 10), .rw("PROT", 13), .rw("QOS", 16...19), .rw("PANIC_QOS", 20...23),
        .ro("DMA_BUSY", 24), .ro("OUTSTANDING_TRANSACTIONS", 25), .rw("WAIT_FOR_OUTSTANDING_WRITES", 28),
        .rw("DISDEBUG", 29), .wo("ABORT", 30), .wo("HALT", 31),
      ])
    $0.rw(.controlBlock, "CB")
    $0.fields(
      .debug, "DEBUG", reset: 0x1000_0000,
      [
        .ro("WRITE_ERROR", 0), .ro("FIFO_ERROR", 1), .ro("READ_ERROR", 2), .ro("READ_CB_ERROR", 3),
        .rw("INT_ON_ERROR", 8), .rw("HALT_ON_ERROR", 9), .rw("ABORT_ON_ERROR", 10),
        .rw("DISABLE_CLK_GATE", 11), .ro("R_STATE", 14...17), .ro("W_STATE", 18...21), .wo("RESET", 23),
        .ro("ID", 24...27), .ro("VERSION", 28...31),
      ])
    $0.ro(.information, "TI")
    $0.ro(.source, "SRC")
    $0.ro(.sourceInformation, "SRCI")
    $0.ro(.destination, "DEST")
    $0.ro(.destinationInformation, "DESTI")
    $0.ro(.length, "LEN")
    $0.rw(.nextControlBlock, "NEXT_CB")
    $0.ro(.debug2, "DEBUG2")
  }

  static let shared = DMASharedRegisters(
    status: Register.status, controlBlock: .controlBlock, information: .information,
    nextControlBlock: .nextControlBlock)

  private enum Status {
    static let bothPaused: UInt32 = 3 << 4
    static let requestStops: UInt32 = 1 << 6
    static let error: UInt32 = 1 << 10
    static let busy: UInt32 = 1 << 24
  }

  private enum Debug {
    static let writeError: UInt32 = 1 << 0
    static let readError: UInt32 = 1 << 2
    static let readBlockError: UInt32 = 1 << 3
    static let errors: UInt32 = 0xf
    static let interruptOnError: UInt32 = 1 << 8
    static let haltOnError: UInt32 = 1 << 9
    static let abortOnError: UInt32 = 1 << 10
  }

  /// The bits of TI that exist.
  private static let information: UInt32 = 0xffff_fe0f

  let registers: RegisterBlock<Register>
  let interrupt: InterruptLine
  let engine: DMAEngine
  private let port: DMAPort
  let requests: DMARequests

  init(number: Int, time: VirtualTime, port: DMAPort, requests: DMARequests, log: GuestLog) {
    self.port = port
    self.requests = requests
    let name = "dma\(number)"
    interrupt = InterruptLine(name)
    registers = RegisterBlock(Self.layout, name: name, log: log)
    let mover = DMAMover(port: port, channel: UInt8(number), storesAfterFailedRead: true)
    engine = DMAEngine(name: name, time: time, requests: requests, mover: mover)
    engine.channel = self
  }

  // MARK: Registers

  func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .status: return status(stored)
    case .debug:
      registers[.debug] &= ~Debug.errors
      return stored
    case .controlBlock, .information, .source, .sourceInformation, .destination, .destinationInformation,
      .length, .nextControlBlock, .debug2:
      return stored
    }
  }

  private func status(_ stored: UInt32) -> UInt32 {
    var value = stored
    if engine.hasFetched && requests.isRequesting(registers[.information] >> 9) { value |= DMAStatus.request }
    if engine.phase != .idle { value |= isActive ? Status.busy : Status.bothPaused }
    if isActive && engine.waitsForRequest { value |= Status.requestStops }
    if registers[.debug] & Debug.errors != 0 { value |= Status.error }
    return value
  }

  func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .status:
      if new.bit(31) { halt() } else if new.bit(30) { abort() }
      start()
      updateLine()
    case .controlBlock: start()
    case .debug: if new.bit(23) { reset() }
    case .information, .source, .sourceInformation, .destination, .destinationInformation, .length,
      .nextControlBlock, .debug2:
      break
    }
  }

  /// Nothing is left of the current transfer, which is thereby complete; the channel is idle (CS.HALT).
  private func halt() {
    if engine.phase == .moving {
      registers[.length] = 0
      complete()
    }
    deactivate()
    engine.stop()
  }

  /// Completes the current transfer likewise and goes on with the next block.
  private func abort() {
    guard engine.phase == .moving else { return }
    registers[.length] = 0
    engine.leaveBlock(hasNext: blockDidEnd())
  }

  // MARK: Control blocks

  /// TI, SRC, SRCI, DEST, DESTI, LEN, NEXT_CB. Addresses of blocks are counted in units of 32 bytes.
  func fetchBlock() -> DMABlock? {
    let address = UInt64(registers[.controlBlock]) &<< 5
    let bytes: [UInt8]
    do throws(DMAPort.Refusal) {
      bytes = try port.read(BusAddress(address), count: 32, role: .descriptor)
    } catch {
      note(Debug.readBlockError, "control block at \(address.hex(10))")
      deactivate()
      updateLine()
      return nil
    }
    let words = LittleEndianBuffer(bytes)
    registers[.information] = words.word(0) & Self.information
    registers[.source] = words.word(4)
    registers[.sourceInformation] = words.word(8)
    registers[.destination] = words.word(12)
    registers[.destinationInformation] = words.word(16)
    registers[.length] = words.word(20) & 0x3fff_ffff
    registers[.nextControlBlock] = words.word(24)
    return makeBlock()
  }

  private func makeBlock() -> DMABlock {
    let information = registers[.information]
    var block = DMABlock()
    block.addressMask = 0xff_ffff_ffff
    block.storesZeros = true
    let source = registers[.sourceInformation]
    let destination = registers[.destinationInformation]
    block.source = Self.side(registers[.source], source, waits: information.bits(23, 16))
    block.destination = Self.side(registers[.destination], destination, waits: information.bits(31, 24))
    block.setLength(registers[.length], isTwoDimensional: information.bit(1))
    if information.bit(14) || information.bit(15) {
      pace(&block, by: information.bits(13, 9))
      block.burst = max(1, (information.bit(14) ? source : destination).bits(11, 8))
    }
    return block
  }

  private static func side(_ low: UInt32, _ information: UInt32, waits: UInt32) -> DMABlock.Side {
    DMABlock.Side(
      address: UInt64(information & 0xff) &<< 32 | UInt64(low), moves: information.bit(12),
      width: 4 &<< information.bits(14, 13), stride: DMABlock.stride(information >> 16),
      isIgnored: information.bit(15), waits: waits)
  }

  func show(_ block: DMABlock) {
    registers[.source] = UInt32(truncatingIfNeeded: block.source.address)
    registers[.destination] = UInt32(truncatingIfNeeded: block.destination.address)
    registers[.sourceInformation] = Self.withHighBits(registers[.sourceInformation], block.source.address)
    registers[.destinationInformation] = Self.withHighBits(
      registers[.destinationInformation], block.destination.address)
    registers[.length] = block.lengthRegister
  }

  private static func withHighBits(_ information: UInt32, _ address: UInt64) -> UInt32 {
    information & ~0xff | UInt32(truncatingIfNeeded: address &>> 32) & 0xff
  }

  // MARK: Errors

  func transferDidFail(_ outcome: DMAMover.Outcome) -> DMAEngine.AfterFailure {
    if outcome.readFailed { note(Debug.readError, "read") }
    if outcome.writeFailed { note(Debug.writeError, "write") }
    updateLine()
    let debug = registers[.debug]
    if debug & Debug.haltOnError != 0 {
      deactivate()
      return .stop
    }
    return debug & Debug.abortOnError != 0 ? .endBlock : .goOn
  }

  private func note(_ flag: UInt32, _ what: String) {
    registers[.debug] |= flag
    if registers[.debug] & Debug.interruptOnError != 0 { registers[.status] |= DMAStatus.interrupt }
    let block = (UInt64(registers[.controlBlock]) &<< 5).hex(10)
    let message = "bus error: \(what), block at \(block)"
    registers.log.once(.odd, source: registers.name, key: "bus error \(flag)", message: message)
  }
}
