import Fabric

/// Blocks of data to and from the card (SD Physical Layer Simplified Specification 3.01, 4.3.3 and 4.3.4).
extension SDCard {
  /// What the card answers to a block that it was sent (4.3.4, CRC status).
  enum BlockAnswer: UInt8 {
    case accepted
    /// A negative CRC status: the block was damaged, or could not be stored.
    case rejected
    /// Nobody listens.
    case silence
  }

  private var capacityBytes: UInt64 { capacity.sectors &* UInt64(Sector.size) }

  /// A byte address from a command's argument: in sectors on SDHC and SDXC, in bytes on SDSC.
  private func byteAddress(_ argument: UInt32) -> UInt64 {
    capacity.isHigh ? UInt64(argument) &* UInt64(Sector.size) : UInt64(argument)
  }

  // MARK: Commands

  /// CMD17 and CMD18.
  func beginReading(
    _ argument: UInt32, isMultiple multiple: Bool, _ announced: UInt32, _ received: State
  ) -> CardResponse {
    let start = byteAddress(argument)
    guard start < capacityBytes else {
      status |= CardStatus.outOfRange
      return respond(received)
    }
    // READ_BLK_MISALIGN is 0: a block lies in one sector.
    guard start % UInt64(Sector.size) &+ blockLength <= UInt64(Sector.size) else {
      status |= CardStatus.addressError
      return respond(received)
    }
    begin(.memory, at: start, multiple, announced)
    state = .sendingData
    return respond(received)
  }

  /// CMD24 and CMD25. On a protected card the data are ignored.
  func beginWriting(
    _ argument: UInt32, isMultiple multiple: Bool, _ announced: UInt32, _ received: State
  ) -> CardResponse {
    let start = byteAddress(argument)
    guard start < capacityBytes else {
      status |= CardStatus.outOfRange
      return respond(received)
    }
    guard blockLength == UInt64(Sector.size) else {
      status |= CardStatus.blockLengthError
      return respond(received)
    }
    guard start % UInt64(Sector.size) == 0 else {
      status |= CardStatus.addressError
      return respond(received)
    }
    begin(.memory, at: start, multiple, announced)
    blocksWritten = 0
    if isWriteProtected {
      status |= CardStatus.writeProtectViolation
      ignoresData = true
    }
    state = .receivingData
    return respond(received)
  }

  private func begin(_ kind: Payload, at start: UInt64, _ multiple: Bool, _ announced: UInt32) {
    endTransfer()
    payload = kind
    nextByte = start
    isMultiple = multiple
    isCounted = multiple && announced != 0
    blocksLeft = announced
  }

  func endTransfer() {
    payload = .none
    outgoing = []
    nextByte = 0
    isMultiple = false
    isCounted = false
    blocksLeft = 0
    ignoresData = false
  }

  /// Has the card send a register as its next block.
  func sendRegister(_ bytes: [UInt8]) {
    endTransfer()
    payload = .register
    outgoing = bytes
    state = .sendingData
  }

  /// CMD12.
  func stop(_ received: State) -> CardResponse {
    if state == .receivingData {
      finishWriting()
      beBusy(for: Self.programmingNanoseconds)
    } else {
      state = .transfer
    }
    endTransfer()
    return respond(received)
  }

  /// The end of a write operation is where the guest takes what it wrote for durable.
  func finishWriting() {
    if payload == .memory, !store.flush() { status |= CardStatus.error }
  }

  // MARK: Blocks

  /// The block that the card sends next; nil when it sends none.
  func sendBlock() -> [UInt8]? {
    guard state == .sendingData else { return nil }
    switch payload {
    case .register:
      defer { endReading() }
      return outgoing
    case .general:
      endReading()
      return [UInt8](repeating: 0, count: Int(truncatingIfNeeded: blockLength))
    case .memory: return sendMemory()
    case .none, .specificData: return nil
    }
  }

  private func sendMemory() -> [UInt8]? {
    guard nextByte < capacityBytes else {
      status |= CardStatus.outOfRange
      return nil
    }
    let size = UInt64(Sector.size)
    let offset = nextByte % size
    guard offset &+ blockLength <= size else {
      status |= CardStatus.addressError
      return nil
    }
    guard let sector = store.read(nextByte / size), sector.count == Sector.size else {
      status |= CardStatus.eccFailed
      return nil
    }
    nextByte &+= blockLength
    if isCounted { blocksLeft &-= 1 }
    let block = blockLength == size ? sector : Array(sector[Int(offset)..<Int(offset &+ blockLength)])
    if !isMultiple || (isCounted && blocksLeft == 0) { endReading() }
    return block
  }

  private func endReading() {
    endTransfer()
    state = .transfer
  }

  /// A block from the host.
  func receive(_ block: [UInt8]) -> BlockAnswer {
    guard state == .receivingData, !ignoresData else { return .silence }
    switch payload {
    case .memory: return receiveMemory(block)
    case .specificData:
      let answer = programSpecificData(block)
      endTransfer()
      beBusy(for: Self.programmingNanoseconds)
      return answer
    case .general:
      endTransfer()
      beBusy(for: Self.programmingNanoseconds)
      return block.count == Int(truncatingIfNeeded: blockLength) ? .accepted : .rejected
    case .none, .register: return .silence
    }
  }

  private func receiveMemory(_ block: [UInt8]) -> BlockAnswer {
    guard nextByte < capacityBytes else {
      status |= CardStatus.outOfRange
      ignoresData = true
      return .silence
    }
    // Of another length, its CRC is not where the card looks for it.
    guard block.count == Sector.size else {
      if isMultiple { ignoresData = true } else { endWriting() }
      return .rejected
    }
    guard store.write(block, to: nextByte / UInt64(Sector.size)) else {
      status |= CardStatus.error
      if isMultiple { ignoresData = true } else { endWriting() }
      return .rejected
    }
    nextByte &+= UInt64(Sector.size)
    blocksWritten &+= 1
    if isCounted { blocksLeft &-= 1 }
    if !isMultiple || (isCounted && blocksLeft == 0) { endWriting() }
    return .accepted
  }

  private func endWriting() {
    finishWriting()
    endTransfer()
    beBusy(for: Self.programmingNanoseconds)
  }

  /// CMD27 (4.3.7): only bits 15:8 may change; of these PERM_WRITE_PROTECT and COPY only from 0 to 1.
  private func programSpecificData(_ block: [UInt8]) -> BlockAnswer {
    guard block.count == 16 else { return .rejected }
    let current = SDCardRegisters.specificData(
      capacity, isHighSpeed: isHighSpeed, programmable: programmableData)
    let oneTime = programmableData & 0x60
    guard block[..<14] == current[..<14], block[14] & oneTime == oneTime, block[14] & 0x03 == 0 else {
      status |= CardStatus.specificDataOverwrite
      return .accepted
    }
    programmableData = block[14]
    return .accepted
  }
}
