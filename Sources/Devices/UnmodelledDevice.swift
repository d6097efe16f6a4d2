import Fabric

/// A named window of the chip that nothing models: it answers so that software goes on, and says so.
///
/// Reads give zero (or ones, or an error) and writes are dropped. Each register is reported once; all
/// accesses are counted, so that a strict run can end.
public final class UnmodelledDevice: Device {
  /// How the window answers.
  public enum Response: Sendable {
    /// Reads as zero, ignores writes.
    case zeros
    /// Reads as ones, ignores writes: what a bus without a device shows.
    case ones
    /// An external abort.
    case fault
  }

  public let name: String
  public let response: Response
  /// Reads and writes so far.
  public private(set) var accessCount: UInt64 = 0
  /// Called at each access, after it was counted.
  public var onAccess: (() -> Void)?

  private let log: GuestLog
  /// Words that were reported. Diagnosis only, not state.
  private var reported: Set<UInt64> = []

  public init(name: String, response: Response = .zeros, log: GuestLog) {
    self.name = name
    self.response = response
    self.log = log
  }

  public func reset() { accessCount = 0 }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { visitor.visit("accessCount", &accessCount) }
  public func didLoadState() {}

  public func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    try note(offset, "read", access)
    return response == .ones ? UInt64.mask(width: Int(access.size) &* 8) : 0
  }

  public func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    try note(offset, "write", access)
  }

  private func note(_ offset: UInt64, _ direction: String, _ access: BusAccess) throws(BusFault) {
    accessCount &+= 1
    let register = offset & ~3
    if reported.count < 1024, reported.insert(register).inserted {
      let address = (access.address.rawValue & ~3).hex(8)
      log.once(.notModelled, source: name, key: register.hex(), message: "\(direction) at \(address)")
    }
    onAccess?()
    if response == .fault { throw .slave }
  }
}
