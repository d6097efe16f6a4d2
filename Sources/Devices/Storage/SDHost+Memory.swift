import Fabric

/// SDMA and ADMA2: data between the card and memory (SD Host Controller Simplified Specification 3.00, 1.4.1,
/// 1.13 and 2.2.1).
extension SDHost {
  /// Descriptors that a slice may read, so that a list that leads back to itself takes virtual time.
  private static let sliceDescriptors = 64

  /// A line of an ADMA2 descriptor table (1.13.3.1).
  struct Descriptor {
    let attributes: UInt32
    /// 1 to 65536.
    let length: UInt32
    let address: UInt32

    init(_ bytes: [UInt8]) {
      let words = LittleEndianBuffer(bytes)
      attributes = words.word(0) & 0xffff
      let count = words.word(0) >> 16
      length = count == 0 ? 0x1_0000 : count
      address = words.word(4)
    }

    var isValid: Bool { attributes.bit(0) }
    var isEnd: Bool { attributes.bit(1) }
    var interrupts: Bool { attributes.bit(2) }
    var isTransfer: Bool { attributes.bits(5, 4) == 2 }
    var isLink: Bool { attributes.bits(5, 4) == 3 }
  }

  /// What the ADMA error status says (2.2.25): the state in which it happened, and a length that does not fit.
  private enum ADMAError {
    static let fetching: UInt32 = 1
    static let transferring: UInt32 = 3
    static let length: UInt32 = 1 << 2
  }

  private enum Place {
    /// Room for so many bytes at a bus address.
    case memory(UInt32, Int)
    /// The descriptor table is at its end.
    case ended
    /// Enough descriptors for this slice.
    case later
    /// An error, which was reported.
    case failed
  }

  /// 2.2.11: DMA select 0 is SDMA, 2 is 32-bit ADMA2.
  var usesADMA: Bool { registers[.hostControl].bit(4) }

  /// SDMA stops at multiples of this (2.2.2): 4 KiB to 512 KiB.
  var boundary: UInt32 { 4096 &<< registers[.block].bits(14, 12) }

  // MARK: Slices

  /// Card to memory.
  func readSlice() { moveSlice(readPiece) }
  /// Memory to card.
  func writeSlice() { moveSlice(writePiece) }

  /// - Parameter move: moves no more than so many bytes from or to a bus address, and says how many; nil when the
  ///   slice is over.
  private func moveSlice(_ move: (UInt32, Int) -> Int?) {
    var budget = Self.sliceBytes
    var descriptors = Self.sliceDescriptors
    while budget > 0 {
      switch nextPlace(&descriptors) {
      case .memory(let address, let room):
        guard let count = move(address, room) else { return }
        budget -= max(1, count)
        if stopsAtBoundary() { return }
      case .ended: return endOfTable()
      case .later: return continueData(hasMoved: budget < Self.sliceBytes)
      case .failed: return
      }
    }
    continueData(hasMoved: true)
  }

  private func readPiece(_ address: UInt32, _ room: Int) -> Int? {
    if position >= buffer.count, !fetchBlock() { return nil }
    let count = min(room, buffer.count - position)
    let bytes = Array(buffer[position..<(position + count)])
    do throws(DMAPort.Refusal) {
      try port.write(bytes, to: BusAddress(UInt64(address)))
    } catch {
      refused(address)
      return nil
    }
    position += count
    didMove(UInt32(count))
    guard position >= buffer.count else { return count }
    buffer = []
    position = 0
    return endsSlice(countBlock()) ? nil : count
  }

  private func writePiece(_ address: UInt32, _ room: Int) -> Int? {
    let count = min(room, max(0, blockSize - buffer.count))
    do throws(DMAPort.Refusal) {
      buffer += try port.read(BusAddress(UInt64(address)), count: count)
    } catch {
      refused(address)
      return nil
    }
    didMove(UInt32(count))
    guard buffer.count >= blockSize else { return count }
    guard sendBlock() else { return nil }
    return endsSlice(countBlock()) ? nil : count
  }

  private func endsSlice(_ end: BlockEnd) -> Bool {
    switch end {
    case .more: return false
    case .gap:
      stopAtGap()
      return true
    case .last:
      // 2.2.25: the table describes more than the blocks have.
      if usesADMA, descriptorLeft > 0 { failADMA(ADMAError.transferring | ADMAError.length) } else { finishData() }
      return true
    }
  }

  // MARK: Where

  private func nextPlace(_ descriptors: inout Int) -> Place {
    guard usesADMA else {
      let address = registers[.systemAddress]
      return .memory(address, Int(boundary &- (address & (boundary &- 1))))
    }
    while descriptorLeft == 0 {
      if tableEnded { return .ended }
      guard descriptors > 0 else { return .later }
      descriptors -= 1
      let place = registers[.admaAddress] & ~3
      guard let bytes = try? port.read(BusAddress(UInt64(place)), count: 8, role: .descriptor) else {
        failADMA(ADMAError.fetching)
        return .failed
      }
      let descriptor = Descriptor(bytes)
      guard descriptor.isValid else {
        failADMA(ADMAError.fetching)
        return .failed
      }
      registers[.admaAddress] = descriptor.isLink ? descriptor.address & ~3 : place &+ 8
      if descriptor.isTransfer {
        if descriptor.address & 3 != 0 {
          registers.log.once(
            .odd, source: name, key: "misaligned",
            message: "ADMA2 address \(descriptor.address.hex(8)) is not a multiple of 4")
        }
        descriptorAddress = descriptor.address & ~3
        descriptorLeft = descriptor.length
        descriptorInterrupts = descriptor.interrupts
        descriptorEnds = descriptor.isEnd
      } else {
        if descriptor.interrupts { latch(SDHostInterrupt.dma) }
        if descriptor.isEnd { tableEnded = true }
      }
    }
    return .memory(descriptorAddress, Int(descriptorLeft))
  }

  private func didMove(_ count: UInt32) {
    guard usesADMA else {
      registers[.systemAddress] &+= count
      return
    }
    descriptorAddress &+= count
    descriptorLeft = descriptorLeft > count ? descriptorLeft &- count : 0
    guard descriptorLeft == 0 else { return }
    if descriptorInterrupts { latch(SDHostInterrupt.dma) }
    if descriptorEnds { tableEnded = true }
  }

  /// 1.4.1: at a boundary SDMA interrupts, and waits for the next address.
  private func stopsAtBoundary() -> Bool {
    guard !usesADMA, registers[.systemAddress] & (boundary &- 1) == 0 else { return false }
    phase = .atBoundary
    port.announce(.stopped)
    latch(SDHostInterrupt.dma)
    return true
  }

  // MARK: Errors

  /// The end of the table ends a transfer without a count, between blocks; else the table is too short.
  private func endOfTable() {
    if buffer.isEmpty, Command.isMultiple(mode), !Command.countsBlocks(mode) { return finishData() }
    failADMA(ADMAError.transferring | ADMAError.length)
  }

  private func failADMA(_ reason: UInt32) {
    registers[.admaError] = reason
    fail(SDHostInterrupt.adma)
  }

  private func refused(_ address: UInt32) {
    registers.log.once(
      .odd, source: name, key: "refused", message: "no memory for a transfer at bus address \(address.hex(8))")
    if usesADMA { failADMA(ADMAError.transferring) } else { fail(SDHostInterrupt.targetResponse) }
  }
}
