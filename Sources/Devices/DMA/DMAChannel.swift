import Fabric

/// One legacy DMA channel: follows a list of control blocks and copies memory.
///
/// A transfer takes a nanosecond of virtual time per byte and is done in slices, so that neither a long
/// block nor an endless list holds the machine up. A bus error ends the list with `CS.ERROR`.
final class DMAChannel: RegisterClient {
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

  private enum Status {
    static let active: UInt32 = 1 << 0
    static let end: UInt32 = 1 << 1
    static let interrupt: UInt32 = 1 << 2
    static let error: UInt32 = 1 << 8
  }

  private static let sliceBytes: UInt32 = 16_384
  /// What fetching a control block takes; also what keeps an endless list of empty blocks from spinning.
  private static let blockNanoseconds: UInt64 = 500

  let registers: RegisterBlock<Register>
  let interrupt: InterruptLine
  private let isLite: Bool
  private let time: VirtualTime
  private let port: DMAPort
  private var event: VirtualTime.Event?
  /// A control block is loaded and not finished.
  private var hasBlock = false
  private var rowBytes: UInt32 = 0
  private var rows: UInt32 = 0
  /// Virtual time of the next slice; zero when there is none.
  private var nextSlice: UInt64 = 0

  init(number: Int, time: VirtualTime, port: DMAPort, log: GuestLog) {
    isLite = number >= 7
    self.time = time
    self.port = port
    interrupt = InterruptLine("dma\(number)")
    let layout = number >= 7 ? Self.liteLayout : Self.fullLayout
    registers = RegisterBlock(layout, name: "dma\(number)", log: log)
    event = time.event("dma\(number)") { [unowned self] _ in runSlice() }
  }

  // MARK: State

  func reset() {
    registers.reset()
    hasBlock = false
    rowBytes = 0
    rows = 0
    nextSlice = 0
    didLoadState()
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("hasBlock", &hasBlock)
    visitor.visit("rowBytes", &rowBytes)
    visitor.visit("rows", &rows)
    visitor.visit("nextSlice", &nextSlice)
  }

  func didLoadState() {
    if let event { time.schedule(event, at: nextSlice == 0 ? .max : nextSlice) }
    updateLine()
  }

  private func updateLine() { interrupt.set(registers[.status] & Status.interrupt != 0) }

  private func schedule(after nanoseconds: UInt64) {
    nextSlice = time.now &+ nanoseconds
    if let event { time.schedule(event, at: nextSlice) }
  }

  // MARK: Registers

  func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    guard register == .status else { return stored }
    // PAUSED: not active with a block under way.
    return hasBlock && stored & Status.active == 0 ? stored | 1 << 4 : stored & ~(1 << 4)
  }

  func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    guard register == .status else { return }
    if new.bit(31) { return reset() }
    if new.bit(30), hasBlock {
      hasBlock = false
      registers[.controlBlock] = registers[.nextControlBlock]
    }
    registers[.status] &= ~Status.error
    if new & Status.active != 0, !hasBlock, registers[.controlBlock] == 0 {
      registers[.status] &= ~Status.active
    }
    if registers[.status] & Status.active != 0 {
      if nextSlice == 0 { schedule(after: Self.blockNanoseconds) }
    } else {
      nextSlice = 0
      if let event { time.cancel(event) }
    }
    updateLine()
  }

  // MARK: Engine

  private func runSlice() {
    nextSlice = 0
    guard registers[.status] & Status.active != 0 else { return }
    if !hasBlock {
      guard registers[.controlBlock] != 0 else { return stop() }
      guard loadBlock() else { return fail() }
    }
    var budget = Self.sliceBytes
    while rows > 0, budget > 0 {
      let count = min(rowBytes, budget)
      guard copy(count) else { return fail() }
      rowBytes &-= count
      budget &-= max(count, 1)
      if rowBytes == 0 { nextRow() }
    }
    if rows == 0 { finishBlock() }
    guard registers[.status] & Status.active != 0 else { return }
    schedule(after: Self.blockNanoseconds &+ UInt64(Self.sliceBytes &- budget))
  }

  /// The words of a control block: TI, source, destination, length, stride, next.
  private func loadBlock() -> Bool {
    let address = BusAddress(UInt64(registers[.controlBlock]))
    guard let bytes = try? port.read(address, count: 32) else { return false }
    let block = LittleEndianBuffer(bytes)
    registers[.information] = block.word(0)
    registers[.source] = block.word(4)
    registers[.destination] = block.word(8)
    let length = block.word(12)
    registers[.length] = length
    registers[.stride] = block.word(16)
    registers[.nextControlBlock] = block.word(20) & ~0x1f
    hasBlock = true
    if isTwoDimensional {
      rowBytes = length & 0xffff
      rows = (length >> 16 & 0x3fff) &+ 1
    } else {
      rowBytes = length & (isLite ? 0xffff : 0x3fff_ffff)
      rows = 1
    }
    let paced = registers[.information] & (1 << 6 | 1 << 10)
    if paced != 0 {
      registers.log.once(
        .notModelled, source: registers.name, key: "DREQ", message: "transfer paced by a peripheral")
    }
    return true
  }

  private var isTwoDimensional: Bool { !isLite && registers[.information].bit(1) }

  private func nextRow() {
    rows &-= 1
    guard isTwoDimensional, rows > 0 else { return }
    rowBytes = registers[.length] & 0xffff
    let stride = registers[.stride]
    registers[.source] &+= Self.signed(stride & 0xffff)
    registers[.destination] &+= Self.signed(stride >> 16)
  }

  /// A 16-bit stride, sign-extended.
  private static func signed(_ stride: UInt32) -> UInt32 {
    UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: stride)))
  }

  /// Moves `count` bytes of the current row; false on a bus error.
  private func copy(_ count: UInt32) -> Bool {
    let information = registers[.information]
    let sourceMoves = information.bit(8)
    let destinationMoves = information.bit(4)
    let source = registers[.source]
    let destination = registers[.destination]
    if sourceMoves { registers[.source] &+= count }
    if destinationMoves { registers[.destination] &+= count }
    // IGNORE of either side: nothing is stored.
    if information.bit(7) || information.bit(11) || count == 0 { return true }
    let length = Int(truncatingIfNeeded: count)
    do {
      var bytes = try port.read(BusAddress(UInt64(source)), count: sourceMoves ? length : min(length, 4))
      if !sourceMoves { bytes = (0..<length).map { bytes[$0 % bytes.count] } }
      if !destinationMoves { bytes = Array(bytes.suffix(4)) }
      try port.write(bytes, to: BusAddress(UInt64(destination)))
      return true
    } catch {
      return false
    }
  }

  private func finishBlock() {
    hasBlock = false
    registers[.status] |= Status.end
    if registers[.information].bit(0) { registers[.status] |= Status.interrupt }
    registers[.controlBlock] = registers[.nextControlBlock]
    if registers[.controlBlock] == 0 { stop() }
    updateLine()
  }

  private func stop() { registers[.status] &= ~Status.active }

  private func fail() {
    hasBlock = false
    registers[.status] |= Status.error
    registers[.debug] |= 1 << 2
    stop()
    registers.log.once(
      .odd, source: registers.name, key: "bus error",
      message: "refused: block at \(registers[.controlBlock].hex(8)), "
        + "\(registers[.source].hex(8)) to \(registers[.destination].hex(8))")
  }
}
