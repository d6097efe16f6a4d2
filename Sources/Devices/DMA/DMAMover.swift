import Fabric

/// Moves a piece of a block between memory and peripherals, through the channel's port.
struct DMAMover {
  struct Outcome: Equatable {
    var readFailed = false
    var writeFailed = false
    var isGood: Bool { !readFailed && !writeFailed }
  }

  let port: DMAPort
  let channel: UInt8
  /// What a failed read stores: nothing (false) or zeros.
  let storesAfterFailedRead: Bool

  /// Whether either side is a peripheral now.
  func reachesPeripheral(_ block: DMABlock) -> Bool {
    isPeripheral(block.source) || isPeripheral(block.destination)
  }

  func isPeripheral(_ side: DMABlock.Side) -> Bool {
    !side.isIgnored && port.isPeripheral(BusAddress(side.address))
  }

  func move(_ block: DMABlock, _ count: UInt32) -> Outcome {
    var outcome = Outcome()
    let count = Int(count)
    guard count > 0 else { return outcome }
    let phase = Int(block.rowDone)
    var bytes: [UInt8]
    if block.source.isIgnored {
      // The write strobes are off. A peripheral has none: it takes the write, and the data are zero.
      if !block.storesZeros && !isPeripheral(block.destination) { return outcome }
      bytes = [UInt8](repeating: 0, count: count)
    } else {
      do throws(DMAPort.Refusal) {
        bytes = try fetch(block.source, phase, count)
      } catch {
        outcome.readFailed = true
        guard storesAfterFailedRead else { return outcome }
        bytes = [UInt8](repeating: 0, count: count)
      }
    }
    if block.destination.isIgnored { return outcome }
    do throws(DMAPort.Refusal) {
      try store(bytes, block.destination, phase)
    } catch { outcome.writeFailed = true }
    return outcome
  }

  /// The place of a word of the piece: a side that stands still walks through the words of one access.
  private func place(_ side: DMABlock.Side, _ phase: Int, _ offset: Int) -> BusAddress {
    let step = side.moves ? offset : (phase &+ offset) % Int(max(side.width, 4))
    return BusAddress(side.address &+ UInt64(step))
  }

  private func fetch(
    _ side: DMABlock.Side, _ phase: Int, _ count: Int
  ) throws(DMAPort.Refusal) -> [UInt8] {
    if isPeripheral(side) {
      var bytes = [UInt8]()
      bytes.reserveCapacity(count &+ 4)
      for offset in stride(from: 0, to: count, by: 4) {
        let word = try port.readWord(place(side, phase, offset), master: channel)
        for lane: UInt32 in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word &>> (lane &* 8))) }
      }
      if bytes.count > count { bytes.removeLast(bytes.count &- count) }
      return bytes
    }
    if side.moves { return try port.read(BusAddress(side.address), count: count) }
    let width = Int(max(side.width, 4))
    let unit = try port.read(BusAddress(side.address), count: min(width, phase &+ count))
    // One access, from where the row is in it, and that again and again.
    let start = phase % unit.count
    var bytes = Array(unit[start...] + unit[..<start])
    if bytes.count > count { bytes.removeLast(bytes.count &- count) }
    while bytes.count < count { bytes.append(contentsOf: bytes.prefix(count &- bytes.count)) }
    return bytes
  }

  private func store(_ bytes: [UInt8], _ side: DMABlock.Side, _ phase: Int) throws(DMAPort.Refusal) {
    if isPeripheral(side) {
      for offset in stride(from: 0, to: bytes.count, by: 4) {
        var word: UInt32 = 0
        for lane in offset..<min(offset &+ 4, bytes.count) {
          word |= UInt32(bytes[lane]) &<< UInt32((lane &- offset) &* 8)
        }
        try port.writeWord(word, to: place(side, phase, offset), master: channel)
      }
      return
    }
    if side.moves { return try port.write(bytes, to: BusAddress(side.address)) }
    // Only what is written last remains: at most one access, which may begin in the middle of another.
    let width = Int(max(side.width, 4))
    let kept = Array(bytes.suffix(width))
    let first = (phase &+ bytes.count &- kept.count) % width
    let head = min(kept.count, width &- first)
    try port.write(Array(kept[..<head]), to: BusAddress(side.address &+ UInt64(first)))
    if head < kept.count { try port.write(Array(kept[head...]), to: BusAddress(side.address)) }
  }
}
