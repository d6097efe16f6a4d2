/// A bus master's only way to memory: applies the port's windows, then transfers.
public final class DMAPort {
  /// One window of bus addresses that reach physical memory.
  public struct Window: Sendable {
    public var bus: Range<UInt64>
    public var physical: UInt64
    public init(bus: Range<UInt64>, physical: UInt64) {
      self.bus = bus
      self.physical = physical
    }
  }

  public enum Refusal: Error, Hashable, Sendable {
    case outsideWindows(BusAddress)
    case notMemory(PhysicalAddress)
  }

  public let name: String
  public let windows: [Window]
  private let bus: PhysicalBus

  public init(name: String, windows: [Window], bus: PhysicalBus) {
    self.name = name
    self.windows = windows
    self.bus = bus
  }

  /// The physical address of `address`, when `count` bytes from there lie in one window.
  public func resolve(_ address: BusAddress, count: UInt64) throws(Refusal) -> PhysicalAddress {
    for window in windows where window.bus.contains(address.rawValue) {
      guard count <= window.bus.upperBound &- address.rawValue else { break }
      return PhysicalAddress(window.physical &+ (address.rawValue &- window.bus.lowerBound))
    }
    throw .outsideWindows(address)
  }

  /// `resolve`, and a word to the bus's observer.
  private func announce(_ address: BusAddress, count: Int, isWrite: Bool) throws(Refusal) -> PhysicalAddress {
    do throws(Refusal) {
      let physical = try resolve(address, count: UInt64(clamping: count))
      bus.observer?.master(
        name, bus: address.rawValue, physical: physical.rawValue, count: count, isWrite: isWrite)
      return physical
    } catch {
      bus.observer?.master(name, bus: address.rawValue, physical: nil, count: count, isWrite: isWrite)
      throw error
    }
  }

  public func read(_ address: BusAddress, count: Int) throws(Refusal) -> [UInt8] {
    let physical = try announce(address, count: count, isWrite: false)
    guard let bytes = bus.ram.bytes(at: physical.rawValue, count: count) else { throw .notMemory(physical) }
    return bytes
  }

  public func write(_ bytes: [UInt8], to address: BusAddress) throws(Refusal) {
    let physical = try announce(address, count: bytes.count, isWrite: true)
    guard bus.ram.isRAM(physical.rawValue, count: UInt64(bytes.count)) else { throw .notMemory(physical) }
    bus.willWriteRAM?(physical.rawValue, UInt64(bytes.count))
    bus.ram.load(bytes, at: physical.rawValue)
  }
}
