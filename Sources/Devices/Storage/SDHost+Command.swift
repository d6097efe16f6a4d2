import Fabric

/// The command line: issuing, responses, and the commands that the host sends by itself (SD Host Controller
/// Simplified Specification 3.00, 2.2.6, 2.2.7 and 2.2.23).
extension SDHost {
  /// Fields of the transfer mode and command word.
  enum Command {
    static func usesDMA(_ word: UInt32) -> Bool { word.bit(0) }
    static func countsBlocks(_ word: UInt32) -> Bool { word.bit(1) }
    static func autoCommand(_ word: UInt32) -> UInt32 { word.bits(3, 2) }
    static func isRead(_ word: UInt32) -> Bool { word.bit(4) }
    static func isMultiple(_ word: UInt32) -> Bool { word.bit(5) }
    /// 0 none, 1 of 136 bits, 2 of 48, 3 of 48 with busy.
    static func responseType(_ word: UInt32) -> UInt32 { word.bits(17, 16) }
    static func checksCRC(_ word: UInt32) -> Bool { word.bit(19) }
    static func checksIndex(_ word: UInt32) -> Bool { word.bit(20) }
    static func hasData(_ word: UInt32) -> Bool { word.bit(21) }
    static func isAbort(_ word: UInt32) -> Bool { word.bits(23, 22) == 3 || index(word) == 12 }
    static func index(_ word: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: word.bits(29, 24)) }
  }

  /// What the command and its response take on the line, with a gap.
  var commandNanoseconds: UInt64 {
    let response: UInt64
    switch Command.responseType(command) {
    case 0: response = 0
    case 1: response = 136
    default: response = 48
    }
    var clocks = 56 &+ response
    if Command.hasData(command), Command.autoCommand(command) == 2 { clocks &+= 112 }
    return clocks &* clockNanoseconds
  }

  func issue(_ word: UInt32) {
    let needsData = Command.hasData(word) || Command.responseType(word) == 3
    guard !hasCommand, phase == .idle || !needsData || Command.isAbort(word) else {
      registers.log.once(
        .odd, source: name, key: "inhibited",
        message: "CMD\(Command.index(word)) issued while present state inhibits it")
      return
    }
    hasCommand = true
    command = word
    argument = registers[.argument]
    commandTime = 0
    if isClockRunning { scheduleCommand(after: commandNanoseconds) }
  }

  /// The time of the response has come.
  func answerCommand() {
    commandTime = 0
    guard hasCommand else { return }
    hasCommand = false
    let index = Command.index(command)
    if Command.hasData(command), Command.autoCommand(command) == 2, !announceBlocks() { return updateLine() }

    let response = hasPoweredCard ? card.execute(index, argument: argument) : .none
    guard accept(response) else { return updateLine() }
    latch(SDHostInterrupt.commandComplete)
    if Command.isAbort(command), phase != .idle { endData() }
    if Command.hasData(command) {
      startData()
    } else if Command.responseType(command) == 3 {
      // The end of busy is a transfer complete, also when there was none.
      phase = .busy
      scheduleData(after: 8 &* clockNanoseconds)
    }
    updateLine()
  }

  /// Stores the response as 2.2.7 lays it out; false when there is none, or it is not of the kind expected.
  private func accept(_ response: CardResponse) -> Bool {
    let type = Command.responseType(command)
    guard type != 0 else { return true }
    var hasCRC = true
    var hasIndex = true
    var isLong = false
    switch response {
    case .none:
      latch(SDHostInterrupt.commandTimeout)
      return false
    case .status(let value), .word(let value): registers[.response0] = value
    case .operatingConditions(let value):
      registers[.response0] = value
      hasCRC = false
      hasIndex = false
    case .register(let bytes):
      store(bytes)
      isLong = true
      hasIndex = false
    }
    var errors: UInt32 = 0
    if Command.checksCRC(command), !hasCRC || isLong != (type == 1) { errors |= SDHostInterrupt.commandCRC }
    if Command.checksIndex(command), !hasIndex { errors |= SDHostInterrupt.commandIndex }
    if errors != 0 { latch(errors) }
    return errors == 0
  }

  /// Bits 127:8 of an R2 response, at bit 0 of the response registers.
  private func store(_ bytes: [UInt8]) {
    guard bytes.count == 16 else { return }
    var words: [UInt32] = [0, 0, 0, 0]
    for bit in 0..<15 { words[bit / 4] |= UInt32(bytes[14 - bit]) << UInt32(bit % 4 * 8) }
    registers[.response0] = words[0]
    registers[.response1] = words[1]
    registers[.response2] = words[2]
    registers[.response3] = words[3]
  }

  // MARK: Auto commands

  /// Bits of the auto-command error status (2.2.23).
  private enum AutoError {
    static let timeout: UInt32 = 1 << 1
    static let responseIndex: UInt32 = 1 << 4
  }

  /// Auto-CMD23, with argument 2; false when the card did not answer, and the command was not sent.
  private func announceBlocks() -> Bool {
    sendByItself(23, argument: registers[.systemAddress])
  }

  /// Auto-CMD12 at the end of a transfer.
  func stopByItself() -> Bool { sendByItself(12, argument: 0) }

  private func sendByItself(_ index: UInt8, argument: UInt32) -> Bool {
    registers[.hostControl2] &= ~0x9f
    let response = hasPoweredCard ? card.execute(index, argument: argument) : .none
    guard case .status(let value) = response else {
      registers[.hostControl2] |= AutoError.timeout
      latch(SDHostInterrupt.autoCommand)
      return false
    }
    registers[.response3] = value
    return true
  }
}
