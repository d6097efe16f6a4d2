import Fabric

/// An SD memory card (SD Physical Layer Simplified Specification 3.01): SDSC up to 2 GiB, SDHC up to 32 GiB,
/// SDXC up to 2 TiB, with the default and the high-speed mode at 3.3 V.
///
/// It sees commands with their arguments and blocks of data; the host controller sees to clocks and wires. A
/// command that the card does not know, or not in its state, gets no response and shows as ILLEGAL_COMMAND in
/// the next one that does (4.6.1). The card offers no 1.8 V signalling (S18A stays 0), so there is no UHS
/// mode, and neither CMD11 nor CMD19.
///
/// Not modelled: locking (class 7), write-protect groups (class 6), speed class control, SPI mode.
final class SDCard {
  /// 4.1, with the numbers of CURRENT_STATE.
  enum State: UInt8 {
    case idle = 0
    case ready, identification, standby, transfer, sendingData, receivingData, programming, disconnect
    case inactive = 15

    var bit: UInt16 { 1 << UInt16(rawValue) }
  }

  /// What is on the data lines in `sendingData` and `receivingData`.
  enum Payload: UInt8 { case none, memory, register, specificData, general }

  let store: any SectorStore
  let capacity: SDCardRegisters.Capacity
  let time: VirtualTime

  // Time that a card takes; typical figures of a good one. All but the data transfer itself, which takes
  // what the host's clock makes of it.
  private static let initializationNanoseconds: UInt64 = 1_000_000
  static let programmingNanoseconds: UInt64 = 250_000
  private static let eraseNanoseconds: UInt64 = 1_000_000
  private static let eraseUnitNanoseconds: UInt64 = 20_000

  var state = State.idle
  /// Errors that were not reported yet, by the bits of `CardStatus`.
  var status: UInt32 = 0
  private var relativeAddress: UInt32 = 0
  private var expectsApplicationCommand = false
  private var knowsInterfaceCondition = false
  /// When the initialization that ACMD41 began is over; zero before it.
  private var readyTime: UInt64 = 0
  private(set) var isWide = false
  private(set) var isHighSpeed = false
  /// Bits 15:8 of the CSD.
  var programmableData: UInt8 = 0
  /// The end of programming or erasing.
  var busyUntil: UInt64 = 0

  // A data transfer
  var payload = Payload.none
  var outgoing: [UInt8] = []
  /// The byte at which the next block begins.
  var nextByte: UInt64 = 0
  var isMultiple = false
  /// Blocks until the transfer ends by itself, if CMD23 said how many.
  var blocksLeft: UInt32 = 0
  var isCounted = false
  /// What CMD23 said, for the command that follows.
  private var announcedBlocks: UInt32 = 0
  var blockLength: UInt64 = 512
  var blocksWritten: UInt32 = 0
  /// A write ran into an error: what follows is ignored until the transfer is stopped.
  var ignoresData = false

  /// How far an erase sequence has come: 0, 1 after CMD32, 2 after CMD33.
  private var eraseStep: UInt8 = 0
  private var eraseStart: UInt64 = 0
  private var eraseEnd: UInt64 = 0

  init(store: any SectorStore, time: VirtualTime) {
    self.store = store
    self.time = time
    capacity = SDCardRegisters.Capacity(sectors: store.sectorCount)
  }

  // MARK: State

  /// The card loses its power, or gets it: all but what the flash holds is as at the beginning.
  func powerUp() { returnToIdle() }

  /// Power-up and CMD0.
  private func returnToIdle() {
    if state == .receivingData { finishWriting() }
    state = .idle
    status = 0
    relativeAddress = 0
    expectsApplicationCommand = false
    knowsInterfaceCondition = false
    readyTime = 0
    isWide = false
    isHighSpeed = false
    busyUntil = 0
    endTransfer()
    announcedBlocks = 0
    blockLength = 512
    blocksWritten = 0
    eraseStep = 0
    eraseStart = 0
    eraseEnd = 0
  }

  /// A new card, with its data as they are.
  func reset() {
    state = .idle
    returnToIdle()
    programmableData = 0
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("state", &state)
    visitor.visit("status", &status)
    visitor.visit("relativeAddress", &relativeAddress)
    visitor.visit("expectsApplicationCommand", &expectsApplicationCommand)
    visitor.visit("knowsInterfaceCondition", &knowsInterfaceCondition)
    visitor.visit("readyTime", &readyTime)
    visitor.visit("isWide", &isWide)
    visitor.visit("isHighSpeed", &isHighSpeed)
    visitor.visit("programmableData", &programmableData)
    visitor.visit("busyUntil", &busyUntil)
    visitor.visit("payload", &payload)
    visitor.visit("outgoing", &outgoing)
    visitor.visit("nextByte", &nextByte)
    visitor.visit("isMultiple", &isMultiple)
    visitor.visit("blocksLeft", &blocksLeft)
    visitor.visit("isCounted", &isCounted)
    visitor.visit("announcedBlocks", &announcedBlocks)
    visitor.visit("blockLength", &blockLength)
    visitor.visit("blocksWritten", &blocksWritten)
    visitor.visit("ignoresData", &ignoresData)
    visitor.visit("eraseStep", &eraseStep)
    visitor.visit("eraseStart", &eraseStart)
    visitor.visit("eraseEnd", &eraseEnd)
    store.visitState(&visitor)
  }

  /// Whether the card holds DAT0 low.
  var isBusy: Bool {
    settle()
    return state == .programming
  }

  /// Programming ends by itself when its time is over.
  func settle() {
    guard time.now >= busyUntil else { return }
    if state == .programming { state = .transfer }
    if state == .disconnect { state = .standby }
  }

  // MARK: Commands

  /// The states in which a command is legal (4.8, table 4-35), as a set of bits; 0: the card does not know it.
  private static func states(of index: UInt8) -> UInt16 {
    let selected: UInt16 = 0x1f0  // transfer to disconnect
    let transfer = State.transfer.bit
    switch index {
    case 0: return 0x1ff
    case 2: return State.ready.bit
    case 3: return State.identification.bit | State.standby.bit
    case 4: return State.standby.bit
    case 7:
      return State.standby.bit | transfer | State.sendingData.bit | State.programming.bit
        | State.disconnect.bit
    case 8: return State.idle.bit
    case 9, 10: return State.standby.bit
    case 12: return State.sendingData.bit | State.receivingData.bit
    case 13, 15: return State.standby.bit | selected
    case 6, 16, 17, 18, 23, 24, 25, 27, 32, 33, 38, 56: return transfer
    case 55: return State.idle.bit | State.standby.bit | selected
    default: return 0
    }
  }

  /// The same for application commands.
  private static func states(ofApplication index: UInt8) -> UInt16 {
    switch index {
    case 41: return State.idle.bit
    case 6, 13, 22, 23, 42, 51: return State.transfer.bit
    default: return 0
    }
  }

  func execute(_ index: UInt8, argument: UInt32) -> CardResponse {
    settle()
    guard state != .inactive else { return .none }
    let received = state
    // 4.3.9: what is no application command is taken for a plain one.
    let isApplication = expectsApplicationCommand && Self.states(ofApplication: index) != 0
    expectsApplicationCommand = false
    let states = isApplication ? Self.states(ofApplication: index) : Self.states(of: index)
    // CMD7 selects a card that is not selected.
    let isAddressed = argument >> 16 == relativeAddress
    let isSelected = [.transfer, .sendingData, .programming].contains(state)
    guard states & state.bit != 0, isApplication || index != 7 || !isAddressed || !isSelected else {
      status |= CardStatus.illegalCommand
      return .none
    }
    if eraseStep != 0, isApplication || ![13, 32, 33, 38].contains(index) {
      eraseStep = 0
      status |= CardStatus.eraseReset
    }
    let announced = announcedBlocks
    if index != 23 { announcedBlocks = 0 }
    let response =
      isApplication
      ? executeApplication(index, argument, received)
      : executePlain(index, argument, received, announced)
    // 4.10.1, clear condition B: shown once, by the command after.
    status &= ~CardStatus.illegalCommand
    return response
  }

  private func executePlain(
    _ index: UInt8, _ argument: UInt32, _ received: State, _ announced: UInt32
  ) -> CardResponse {
    let isAddressed = argument >> 16 == relativeAddress
    switch index {
    case 0:
      returnToIdle()
      return .none
    case 2:
      state = .identification
      return .register(SDCardRegisters.identification)
    case 3:
      // Any number but 0 will do, and a new one each time.
      relativeAddress = relativeAddress == 0 ? 0x2711 : (relativeAddress &* 5 &+ 1) & 0xffff
      if relativeAddress == 0 { relativeAddress = 1 }
      state = .standby
      let bits = status >> 8 & 0xc000 | status >> 6 & 0x2000
      let low = UInt32(received.rawValue) << 9 | CardStatus.readyForData
      status &= ~CardStatus.error
      return .word(relativeAddress << 16 | bits | low)
    case 4: return .none
    case 6:
      let response = respond(received)
      sendRegister(switchFunctions(argument))
      return response
    case 7: return select(isAddressed && relativeAddress != 0, received)
    case 8:
      // 4.3.13: a host whose voltage does not suit gets no answer.
      guard argument.bits(11, 8) == 1 else { return .none }
      knowsInterfaceCondition = true
      return .word(argument & 0xfff)
    case 9:
      guard isAddressed else { return .none }
      return .register(
        SDCardRegisters.specificData(capacity, isHighSpeed: isHighSpeed, programmable: programmableData))
    case 10: return isAddressed ? .register(SDCardRegisters.identification) : .none
    case 12: return stop(received)
    case 13: return isAddressed ? respond(received) : .none
    case 15:
      guard isAddressed else { return .none }
      if state == .receivingData { finishWriting() }
      endTransfer()
      state = .inactive
      return .none
    case 16:
      if argument == 0 || argument > 512 {
        status |= CardStatus.blockLengthError
      } else if !capacity.isHigh {
        blockLength = UInt64(argument)
      }
      return respond(received)
    case 17, 18: return beginReading(argument, isMultiple: index == 18, announced, received)
    case 23:
      announcedBlocks = argument
      return respond(received)
    case 24, 25: return beginWriting(argument, isMultiple: index == 25, announced, received)
    case 27:
      payload = .specificData
      state = .receivingData
      return respond(received)
    case 32, 33: return setErase(isEnd: index == 33, argument, received)
    case 38: return erase(received)
    case 55:
      guard isAddressed else { return .none }
      expectsApplicationCommand = true
      return respond(received)
    case 56:
      payload = .general
      state = argument.bit(0) ? .sendingData : .receivingData
      return respond(received)
    default: return .none
    }
  }

  private func executeApplication(_ index: UInt8, _ argument: UInt32, _ received: State) -> CardResponse {
    let applied = CardStatus.applicationCommand
    switch index {
    case 6:
      isWide = argument & 3 == 2
      return respond(received, applied)
    case 13:
      sendRegister(SDCardRegisters.status(capacity, isWide: isWide))
      return respond(received, applied)
    case 22:
      let count = blocksWritten
      sendRegister((0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - $0 * 8)) })
      return respond(received, applied)
    case 41: return negotiate(argument)
    case 51:
      sendRegister(SDCardRegisters.configuration)
      return respond(received, applied)
    default: return respond(received, applied)
    }
  }

  /// An R1 response: the state in which the command came, and the errors, which it clears.
  func respond(_ received: State, _ more: UInt32 = 0) -> CardResponse {
    let isReady = received != .programming && received != .disconnect
    var value = status | UInt32(received.rawValue) << 9 | more
    if isReady { value |= CardStatus.readyForData }
    if expectsApplicationCommand { value |= CardStatus.applicationCommand }
    status = 0
    return .status(value)
  }

  /// ACMD41 (4.2.3.1): the card is busy for a while, and for ever if the host cannot take its capacity.
  private func negotiate(_ argument: UInt32) -> CardResponse {
    let window = argument & 0x00ff_ffff
    guard window != 0 else { return .operatingConditions(SDCardRegisters.voltageWindow) }
    guard window & SDCardRegisters.voltageWindow != 0 else {
      state = .inactive
      return .none
    }
    if readyTime == 0 { readyTime = time.now &+ Self.initializationNanoseconds }
    let isSupported = !capacity.isHigh || (argument.bit(30) && knowsInterfaceCondition)
    guard time.now >= readyTime, isSupported else {
      return .operatingConditions(SDCardRegisters.voltageWindow)
    }
    state = .ready
    return .operatingConditions(1 << 31 | (capacity.isHigh ? 1 << 30 : 0) | SDCardRegisters.voltageWindow)
  }

  /// CMD7: selects the card, or with another address deselects it, which has no response.
  private func select(_ isAddressed: Bool, _ received: State) -> CardResponse {
    switch (state, isAddressed) {
    case (.standby, true): state = .transfer
    case (.disconnect, true): state = .programming
    case (.transfer, false), (.sendingData, false):
      endTransfer()
      state = .standby
    case (.programming, false): state = .disconnect
    default: break
    }
    return isAddressed ? respond(received) : .none
  }

  /// CMD6 (4.3.10): mode in bit 31, a function for each of six groups, 15 for "as it is".
  private func switchFunctions(_ argument: UInt32) -> [UInt8] {
    let current: UInt32 = isHighSpeed ? 1 : 0
    var functions: [UInt32] = []
    for group in 0..<6 {
      let wanted = (argument >> UInt32(group * 4)) & 15
      let now = group == 0 ? current : 0
      let exists = wanted <= (group == 0 ? 1 : 0)
      functions.append(wanted == 15 ? now : exists ? wanted : 15)
    }
    let isPossible = !functions.contains(15)
    if isPossible, argument.bit(31), let first = functions.first { isHighSpeed = first == 1 }
    return SDCardRegisters.switchStatus(functions: functions, isPossible: isPossible)
  }

  // MARK: Erase

  /// CMD32 and CMD33 (4.3.5).
  private func setErase(isEnd: Bool, _ argument: UInt32, _ received: State) -> CardResponse {
    let sector = capacity.isHigh ? UInt64(argument) : UInt64(argument) / UInt64(Sector.size)
    if isEnd != (eraseStep == 1) {
      eraseStep = 0
      if isEnd { status |= CardStatus.eraseSequenceError }
      if isEnd { return respond(received) }
    }
    guard sector < capacity.sectors else {
      eraseStep = 0
      status |= CardStatus.outOfRange
      return respond(received)
    }
    if isEnd { eraseEnd = sector } else { eraseStart = sector }
    eraseStep = isEnd ? 2 : 1
    return respond(received)
  }

  private func erase(_ received: State) -> CardResponse {
    guard eraseStep == 2 else {
      eraseStep = 0
      status |= CardStatus.eraseSequenceError
      return respond(received)
    }
    eraseStep = 0
    guard eraseStart <= eraseEnd else {
      status |= CardStatus.eraseParameter
      return respond(received)
    }
    guard !isWriteProtected else {
      status |= CardStatus.writeProtectViolation
      return respond(received)
    }
    let response = respond(received)
    let range = eraseStart..<(eraseEnd + 1)
    if !store.erase(range) || !store.flush() { status |= CardStatus.error }
    let units = UInt64(range.count) / 8192
    beBusy(for: Self.eraseNanoseconds &+ min(units, 10_000) &* Self.eraseUnitNanoseconds)
    return response
  }

  /// A read-only store, or the CSD's permanent or temporary write protection.
  var isWriteProtected: Bool { store.isReadOnly || programmableData & 0x30 != 0 }

  func beBusy(for nanoseconds: UInt64) {
    state = .programming
    busyUntil = time.now &+ nanoseconds
  }
}
