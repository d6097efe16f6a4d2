/// Memory that a master is going to read or write.
public struct DMAPart: Hashable, Sendable {
  /// As the master was programmed.
  public var address: UInt64
  /// Bytes.
  public var count: UInt64
  /// To memory.
  public var isWrite: Bool

  public init(address: UInt64, count: UInt64, isWrite: Bool) {
    self.address = address
    self.count = count
    self.isWrite = isWrite
  }
}

/// What a master tells observers of a whole block or command, beside its single transfers.
public enum DMAProgress: Sendable {
  /// The master begins, or goes on, with these parts of memory; what it told before is over.
  case began([DMAPart])
  /// Nothing is under way any more, whether all was moved or software stopped it.
  case stopped
  /// Software is told that all was moved, without a flag of an error. `left` bytes were not, and why.
  case completed(left: UInt64, reason: String)
}

extension DMAPort {
  /// No more parts than this are told of.
  public static let partLimit = 256

  public func announce(_ progress: @autoclosure () -> DMAProgress) {
    guard !bus.observers.isEmpty else { return }
    let progress = progress()
    for observer in bus.observers { observer.master(self, did: progress) }
  }

  /// Memory as a transfer would find it, without one; for what is told to observers. VideoCore's cache stays as it is.
  public func peek(_ address: UInt64, count: Int) -> [UInt8]? {
    let size = UInt64(clamping: count)
    guard let window = window(of: BusAddress(address), count: size), window.kind != .peripherals,
      let physical = try? resolve(BusAddress(address), count: size).rawValue,
      let bytes = bus.ram.bytes(at: physical, count: count)
    else { return nil }
    guard case .alias = window.kind, let cache else { return bytes }
    switch aliasPolicy {
    case .transparent: return bytes
    case .strict: return [UInt8](repeating: 0xff, count: bytes.count)
    case .board: return cache.peek(at: physical, bytes)
    }
  }
}
