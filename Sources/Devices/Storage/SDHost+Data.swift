import Fabric

/// The data lines: blocks between the card and the buffer, and what ends a transfer (SD Host Controller
/// Simplified Specification 3.00, 1.7, 2.2.8 and 3.7).
extension SDHost {
  /// Bytes of a slice of DMA.
  static let sliceBytes = 16_384
  /// How long the card takes before its first block.
  private static let accessNanoseconds: UInt64 = 100_000
  /// A data time-out is counted by a clock of 50 kHz (capabilities), for at least 2^13 of its periods. No more
  /// than a second, so that a driver that sets the longest does not sleep for 45 minutes.
  private var timeoutNanoseconds: UInt64 {
    let exponent = UInt64(registers[.clockControl].bits(19, 16))
    return min(20_000 &<< (13 &+ exponent), 1_000_000_000)
  }

  var isRead: Bool { Command.isRead(mode) }
  var usesDMA: Bool { Command.usesDMA(mode) }
  /// The block count register is in force (2.2.5: for multiple blocks only).
  var countsBlocks: Bool { Command.isMultiple(mode) && Command.countsBlocks(mode) }
  var blockSize: Int { Int(registers[.block] & 0xfff) }
  var blockCount: UInt32 {
    get { registers[.block] >> 16 }
    set { registers[.block] = registers[.block] & 0xffff | newValue << 16 }
  }

  /// What a block takes on the data lines.
  var blockNanoseconds: UInt64 { (UInt64(blockSize) &* 8 / busWidth &+ 24) &* clockNanoseconds }

  /// What the next slice of DMA takes.
  private var sliceNanoseconds: UInt64 {
    let size = UInt64(max(1, blockSize))
    var blocks = max(1, UInt64(Self.sliceBytes) / size)
    if countsBlocks { blocks = min(blocks, max(1, UInt64(blockCount))) }
    if !Command.isMultiple(mode) { blocks = 1 }
    return blocks &* blockNanoseconds
  }

  // MARK: Beginning

  /// A command with data was answered.
  func startData() {
    endData()
    mode = command
    guard blockSize > 0, !countsBlocks || blockCount > 0 else {
      registers.log.once(
        .odd, source: name, key: "no data", message: "a transfer of no bytes: \(registers[.block].hex(8))")
      phase = .stuck
      return
    }
    registers[.admaError] = 0
    announceParts()
    if isRead {
      phase = .reading
      scheduleData(after: Self.accessNanoseconds &+ (usesDMA ? sliceNanoseconds : blockNanoseconds))
    } else if usesDMA {
      phase = .writing
      scheduleData(after: sliceNanoseconds)
    } else {
      makeRoom()
    }
  }

  /// Goes on after a boundary or a block gap.
  func resumeData(after nanoseconds: UInt64) {
    announceParts()
    if isRead {
      phase = .reading
      scheduleData(after: nanoseconds)
    } else if usesDMA {
      phase = .writing
      scheduleData(after: nanoseconds)
    } else {
      makeRoom()
    }
  }

  // MARK: Steps

  func runData() {
    dataTime = 0
    switch phase {
    case .reading: if usesDMA { readSlice() } else { readToBuffer() }
    case .writing: if usesDMA { writeSlice() } else { writeFromBuffer() }
    case .stopping: sendStop()
    case .busy: waitForCard()
    case .silent: fail(SDHostInterrupt.dataTimeout)
    case .idle, .filled, .empty, .atBoundary, .atGap, .stuck: break
    }
    updateLine()
  }

  /// A slice's end without an end of the transfer.
  func continueData(hasMoved: Bool) {
    scheduleData(after: hasMoved ? sliceNanoseconds : 10_000)
  }

  /// Takes a block from the card; false when there is none, or not the one expected.
  func fetchBlock() -> Bool {
    guard hasPoweredCard, let block = card.sendBlock() else {
      beSilent()
      return false
    }
    guard block.count == blockSize, busWidth == cardWidth else {
      fail(SDHostInterrupt.dataCRC)
      return false
    }
    buffer = block
    position = 0
    return true
  }

  /// Gives the buffer to the card; false when it does not want it.
  func sendBlock() -> Bool {
    defer {
      buffer = []
      position = 0
    }
    guard hasPoweredCard else {
      beSilent()
      return false
    }
    // On lines that the card does not look at, the block is damaged.
    let answer = busWidth == cardWidth ? card.receive(buffer) : .rejected
    switch answer {
    case .accepted: return true
    case .rejected: fail(SDHostInterrupt.dataCRC)
    case .silence: beSilent()
    }
    return false
  }

  private var cardWidth: UInt64 { card.isWide ? 4 : 1 }

  private func beSilent() {
    phase = .silent
    scheduleData(after: timeoutNanoseconds)
  }

  /// The transfer ends in an error; the driver resets the lines and stops the card.
  func fail(_ error: UInt32) {
    endData()
    latch(error)
  }

  enum BlockEnd { case more, last, gap }

  /// A block is through: counts it, and finds out whether it was the last, or whether to stop behind it.
  func countBlock() -> BlockEnd {
    if !Command.isMultiple(mode) { return .last }
    if countsBlocks {
      blockCount &-= 1
      if blockCount == 0 { return .last }
    }
    return registers[.hostControl].bit(16) ? .gap : .more
  }

  /// 2.2.13: stop at block gap request.
  func stopAtGap() {
    phase = .atGap
    port.announce(.stopped)
    latch(SDHostInterrupt.blockGap | SDHostInterrupt.transferComplete)
  }

  // MARK: The data port

  private func readToBuffer() {
    guard fetchBlock() else { return }
    phase = .filled
    latch(SDHostInterrupt.bufferReadReady)
  }

  private func writeFromBuffer() {
    guard sendBlock() else { return }
    switch countBlock() {
    case .more: makeRoom()
    case .last: finishData()
    case .gap: stopAtGap()
    }
  }

  private func makeRoom() {
    phase = .empty
    buffer = []
    latch(SDHostInterrupt.bufferWriteReady)
  }

  /// The next bytes of the block in the buffer; zeros when there are none.
  func takeFromPort(_ count: Int) -> UInt32 {
    guard phase == .filled else { return 0 }
    var value: UInt32 = 0
    for lane in 0..<count where position < buffer.count {
      value |= UInt32(buffer[position]) << UInt32(lane * 8)
      position += 1
    }
    guard position >= buffer.count else { return value }
    switch countBlock() {
    case .more: resumeData(after: blockNanoseconds)
    case .last: finishData()
    case .gap: stopAtGap()
    }
    return value
  }

  func putToPort(_ value: UInt32, _ count: Int) {
    guard phase == .empty else { return }
    for lane in 0..<count where buffer.count < blockSize {
      buffer.append(UInt8(truncatingIfNeeded: value >> UInt32(lane * 8)))
    }
    guard buffer.count >= blockSize else { return }
    phase = .writing
    scheduleData(after: blockNanoseconds)
  }

  // MARK: The end

  /// All blocks are through.
  func finishData() {
    announceEnd()
    let stops = Command.isMultiple(mode) && Command.autoCommand(mode) == 1
    phase = stops ? .stopping : .busy
    scheduleData(after: (stops ? 112 : 8) &* clockNanoseconds)
  }

  private func sendStop() {
    guard stopByItself() else { return endData() }
    phase = .busy
    waitForCard()
  }

  /// The transfer is complete when the card is no longer busy.
  private func waitForCard() {
    if hasPoweredCard, card.isBusy {
      scheduleData(after: card.busyUntil &- min(card.busyUntil, time.now))
    } else {
      endData()
      latch(SDHostInterrupt.transferComplete)
    }
  }
}
