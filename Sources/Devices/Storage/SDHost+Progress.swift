import Fabric

/// What observers are told of a data transfer as a whole. Nothing of it is state, and without observers
/// nothing of it is computed.
extension SDHost {
  /// A transfer with DMA begins or goes on.
  func announceParts() {
    guard usesDMA else { return }
    port.announce(.began(usesADMA ? tableParts() : [systemPart]))
  }

  /// All blocks are through, and software is going to be told so.
  func announceEnd() {
    guard usesDMA else { return }
    port.announce(end)
  }

  private var end: DMAProgress {
    if !Command.isMultiple(mode), Command.countsBlocks(mode), blockCount > 1 {
      return .completed(
        left: UInt64(blockCount - 1) &* UInt64(blockSize),
        reason: "\(blockCount) blocks are counted, and the transfer mode moves a single one (bit 5)")
    }
    guard usesADMA else { return .stopped }
    let left = tableParts().reduce(UInt64(0)) { $0 &+ $1.count }
    guard left > 0 else { return .stopped }
    return .completed(left: left, reason: "the descriptor table goes on behind the last block")
  }

  /// What SDMA does before it needs another address.
  private var systemPart: DMAPart {
    let address = registers[.systemAddress]
    var count = UInt64(boundary &- (address & (boundary &- 1)))
    let size = UInt64(blockSize)
    if !Command.isMultiple(mode) { count = min(count, size) }
    if countsBlocks { count = min(count, size &* UInt64(blockCount)) }
    return DMAPart(address: UInt64(address), count: count, isWrite: isRead)
  }

  /// What is left of the line that is being carried out, and the lines of the table behind it, up to the end
  /// or to one that is not valid.
  private func tableParts() -> [DMAPart] {
    var parts: [DMAPart] = []
    if descriptorLeft > 0 {
      let address = UInt64(descriptorAddress)
      parts.append(DMAPart(address: address, count: UInt64(descriptorLeft), isWrite: isRead))
    }
    guard !tableEnded, descriptorLeft == 0 || !descriptorEnds else { return parts }
    var place = registers[.admaAddress] & ~3
    for _ in 0..<DMAPort.partLimit - 1 {
      guard let bytes = port.peek(UInt64(place), count: 8) else { break }
      let descriptor = Descriptor(bytes)
      guard descriptor.isValid else { break }
      if descriptor.isTransfer {
        let address = UInt64(descriptor.address & ~3)
        parts.append(DMAPart(address: address, count: UInt64(descriptor.length), isWrite: isRead))
      }
      if descriptor.isEnd { break }
      place = descriptor.isLink ? descriptor.address & ~3 : place &+ 8
    }
    return parts
  }
}
