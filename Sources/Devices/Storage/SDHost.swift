import Fabric

/// EMMC2, the SD host controller of the card slot (SD Host Controller Simplified Specification 3.00), with a
/// card that may be pulled.
///
/// Address: 0xFE34_0000. Line out: `interrupt`, joined with the legacy controller's on SPI 126. Memory:
/// through the port that the board gives, with bus addresses. Data move through the buffer data port, by SDMA
/// or by ADMA2 with 32-bit descriptors (SDHost+Data.swift, SDHost+Memory.swift).
///
/// Commands and data take the time that the card's clock gives them; data move in slices of virtual time, so
/// that neither a long transfer nor an endless descriptor list holds the machine up. The card answers while
/// the bus power bit is set; a command that is issued while the clock stands waits for it.
///
/// Not modelled: 1.8 V signalling and tuning (the card refuses them), 64-bit ADMA2, suspend and resume, boot
/// mode, the vendor's words.
public final class SDHost: RegisterDevice {
  public typealias Register = SDHostRegister

  /// How far a data transfer, or the wait for the card after it, has come. All but `idle` inhibit DAT.
  enum Phase: UInt8 {
    case idle
    /// The card sends: a block into the buffer, or a slice into memory.
    case reading
    /// The card takes: the block in the buffer, or a slice from memory.
    case writing
    /// A block lies in the buffer, and the data port is to be read.
    case filled
    /// The buffer has room for a block, and the data port is to be written.
    case empty
    /// SDMA has reached a boundary, and waits for an address.
    case atBoundary
    /// Stopped at a block gap.
    case atGap
    /// The transfer is over but for the stop command that the host sends by itself.
    case stopping
    /// The card holds DAT0 low.
    case busy
    /// Nothing came from the card; the data time-out runs.
    case silent
    /// Nothing moves until a reset or an abort: there is nothing to transfer.
    case stuck
  }

  public static let windowSize: UInt64 = 0x1000
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine

  let time: VirtualTime
  let port: DMAPort
  /// The card, in the slot or pulled.
  let card: SDCard
  /// When the card is pulled, in ns; nil for never.
  private let removalTime: UInt64?
  private var commandEvent: VirtualTime.Event?
  private var dataEvent: VirtualTime.Event?
  private var slotEvent: VirtualTime.Event?

  public internal(set) var isInserted = true

  // The command line
  /// A command is issued and not answered.
  var hasCommand = false
  /// Transfer mode and command, and argument, as they were when it was issued.
  var command: UInt32 = 0
  var argument: UInt32 = 0
  /// When it is answered; zero while the clock stands.
  var commandTime: UInt64 = 0

  // The data lines
  var phase = Phase.idle
  /// Transfer mode and command of the data transfer.
  var mode: UInt32 = 0
  /// The next step of `phase`; zero when it waits for something else.
  var dataTime: UInt64 = 0
  /// The block that is between card and host, and how much of it has gone on.
  var buffer: [UInt8] = []
  var position = 0

  // ADMA2: the descriptor that is being carried out
  var descriptorAddress: UInt32 = 0
  var descriptorLeft: UInt32 = 0
  var descriptorInterrupts = false
  var descriptorEnds = false
  /// The table has no further descriptor.
  var tableEnded = false

  /// - Parameters:
  ///   - store: what the card keeps its data in.
  ///   - removalTime: when somebody pulls the card, in ns.
  public init(
    name: String, time: VirtualTime, port: DMAPort, store: any SectorStore, removalTime: UInt64? = nil,
    log: GuestLog
  ) {
    self.name = name
    self.time = time
    self.port = port
    self.removalTime = removalTime
    card = SDCard(store: store, time: time)
    interrupt = InterruptLine(name)
    registers = RegisterBlock(SDHostKind.emmc2.layout, name: name, log: log)
    commandEvent = time.event(name + "-command") { [unowned self] _ in answerCommand() }
    dataEvent = time.event(name + "-data") { [unowned self] _ in runData() }
    slotEvent = time.event(name + "-slot") { [unowned self] _ in removeCard() }
    scheduleRemoval()
  }

  // MARK: State

  public func reset() {
    card.reset()
    isInserted = true
    resetController()
    scheduleRemoval()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("isInserted", &isInserted)
    visitor.visit("hasCommand", &hasCommand)
    visitor.visit("command", &command)
    visitor.visit("argument", &argument)
    visitor.visit("commandTime", &commandTime)
    visitor.visit("phase", &phase)
    visitor.visit("mode", &mode)
    visitor.visit("dataTime", &dataTime)
    visitor.visit("buffer", &buffer)
    visitor.visit("position", &position)
    position = min(max(position, 0), buffer.count)
    visitor.visit("descriptorAddress", &descriptorAddress)
    visitor.visit("descriptorLeft", &descriptorLeft)
    visitor.visit("descriptorInterrupts", &descriptorInterrupts)
    visitor.visit("descriptorEnds", &descriptorEnds)
    visitor.visit("tableEnded", &tableEnded)
    card.visitState(&visitor)
  }

  public func didLoadState() {
    if let commandEvent { time.schedule(commandEvent, at: commandTime == 0 ? .max : commandTime) }
    if let dataEvent { time.schedule(dataEvent, at: dataTime == 0 ? .max : dataTime) }
    scheduleRemoval()
    updateLine()
  }

  private func scheduleRemoval() {
    if let slotEvent { time.schedule(slotEvent, at: isInserted ? removalTime ?? .max : .max) }
  }

  func scheduleCommand(after nanoseconds: UInt64) {
    commandTime = time.now &+ max(1, nanoseconds)
    if let commandEvent { time.schedule(commandEvent, at: commandTime) }
  }

  func scheduleData(after nanoseconds: UInt64) {
    dataTime = time.now &+ max(1, nanoseconds)
    if let dataEvent { time.schedule(dataEvent, at: dataTime) }
  }

  func stopDataEvent() {
    dataTime = 0
    if let dataEvent { time.cancel(dataEvent) }
  }

  // MARK: The slot

  /// The card is pulled. What is under way gets no answer any more.
  public func removeCard() {
    guard isInserted else { return }
    isInserted = false
    card.powerUp()
    latch(SDHostInterrupt.cardRemoval)
    registers.log.once(
      .info, source: name, key: "removed", message: "the card was pulled at \(time.now / 1_000_000) ms")
  }

  /// The same card is put back.
  public func insertCard() {
    guard !isInserted else { return }
    isInserted = true
    latch(SDHostInterrupt.cardInsertion)
  }

  /// Whether commands reach a card.
  var hasPoweredCard: Bool { isInserted && registers[.hostControl].bit(8) }

  // MARK: Registers

  /// The data port takes accesses of any size, one after the other (2.2.8).
  public func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    if offset & ~3 == 0x20, access.size < 4 { return UInt64(takeFromPort(Int(access.size))) }
    return registers.read(self, offset: offset, size: access.size)
  }

  public func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    if offset & ~3 == 0x20, access.size < 4 {
      putToPort(UInt32(truncatingIfNeeded: value), Int(access.size))
    } else {
      registers.write(self, offset: offset, value: value, size: access.size)
    }
    updateLine()
  }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .clockControl: return stored.bit(0) ? stored | 2 : stored & ~2
    case .interruptStatus: return status
    case .slotStatus: return stored | (interrupt.level ? 1 : 0)
    case .presentState: return presentState
    case .buffer: return takeFromPort(4)
    default: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .buffer: putToPort(new, 4)
    case .command:
      // 2.2.6: writing the upper byte of the command register issues the command.
      if registers.writtenLanes & 0xff00_0000 != 0 { issue(new) }
    case .systemAddress:
      // 2.2.1: writing its upper byte restarts an SDMA transfer.
      if phase == .atBoundary, registers.writtenLanes & 0xff00_0000 != 0 { resumeData(after: 1000) }
    case .hostControl: didWriteControl(old: old, new: new)
    case .clockControl:
      if new.bit(24) { resetController() }
      if new.bit(25) { resetCommandCircuit() }
      if new.bit(26) { resetDataCircuit() }
      if hasCommand, commandTime == 0, isClockRunning { scheduleCommand(after: commandNanoseconds) }
    case .statusEnable: registers[.interruptStatus] &= new
    case .forceEvent:
      registers[.hostControl2] |= new & 0x9f
      latch(new & 0xffff_0000)
    default: break
    }
    updateLine()
  }

  /// Host control, power control and block gap control (2.2.11 to 2.2.13).
  private func didWriteControl(old: UInt32, new: UInt32) {
    if old.bit(8), !new.bit(8), isInserted { card.powerUp() }
    if new.bit(17) {
      registers[.hostControl] &= ~(1 << 17)
      if phase == .atGap, !new.bit(16) { resumeData(after: blockNanoseconds) }
    }
  }

  // MARK: Resets (2.2.16)

  /// Reset for all: also takes the power from the card. Card detection goes on.
  private func resetController() {
    if isInserted { card.powerUp() }
    registers.reset()
    resetCommandCircuit()
    resetDataCircuit()
    mode = 0
    command = 0
    argument = 0
    updateLine()
  }

  private func resetCommandCircuit() {
    hasCommand = false
    commandTime = 0
    if let commandEvent { time.cancel(commandEvent) }
    registers[.interruptStatus] &= ~SDHostInterrupt.commandComplete
  }

  private func resetDataCircuit() {
    endData()
    registers[.hostControl] &= ~(3 << 16)
    registers[.interruptStatus] &= ~SDHostInterrupt.ofDataCircuit
  }

  /// No transfer is under way.
  func endData() {
    phase = .idle
    port.announce(.stopped)
    stopDataEvent()
    buffer = []
    position = 0
    descriptorAddress = 0
    descriptorLeft = 0
    descriptorInterrupts = false
    descriptorEnds = false
    tableEnded = false
  }

  // MARK: Interrupts

  /// A status bit latches only while it is enabled.
  func latch(_ bits: UInt32) {
    registers[.interruptStatus] |= bits & registers[.statusEnable]
    updateLine()
  }

  /// Bit 15 sums up the error bits.
  private var status: UInt32 {
    let latched = registers[.interruptStatus] & ~SDHostInterrupt.error
    return latched >> 16 != 0 ? latched | SDHostInterrupt.error : latched
  }

  func updateLine() {
    let pending = registers[.interruptStatus] & registers[.signalEnable] & ~SDHostInterrupt.error
    interrupt.set(pending != 0)
  }

  /// 2.2.9. The write-protect pin is low for a read-only card; the lines are high but for a busy card's DAT0.
  private var presentState: UInt32 {
    var value: UInt32 = 0x1ffa_0000
    if isInserted { value |= 5 << 16 }
    if isInserted, card.store.isReadOnly { value &= ~(1 << 19) }
    if hasPoweredCard, card.isBusy { value &= ~(1 << 20) }
    if hasCommand { value |= 1 }
    guard phase != .idle else { return value }
    value |= 1 << 1
    switch phase {
    case .reading, .filled, .writing, .empty, .atBoundary, .silent: value |= 1 << 2 | (isRead ? 1 << 9 : 1 << 8)
    default: break
    }
    if phase == .filled { value |= 1 << 11 }
    if phase == .empty { value |= 1 << 10 }
    return value
  }

  // MARK: Clock

  /// Internal clock and SD clock are enabled.
  var isClockRunning: Bool { registers[.clockControl] & 5 == 5 }

  /// The card's clock period: that of the 100 MHz base clock, by twice the 10-bit divisor (2.2.14).
  var clockNanoseconds: UInt64 {
    let control = registers[.clockControl]
    let divisor = UInt64(control.bits(15, 8) | control.bits(7, 6) << 8)
    return divisor == 0 ? 10 : 20 &* divisor
  }

  /// The data lines that the host uses.
  var busWidth: UInt64 {
    let control = registers[.hostControl]
    return control.bit(5) ? 8 : control.bit(1) ? 4 : 1
  }
}
