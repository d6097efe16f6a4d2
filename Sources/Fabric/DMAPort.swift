/// A bus master's only way to memory: applies the port's windows, then transfers. Every master has one of its own,
/// so that a transfer tells whose it is.
public final class DMAPort {
  /// One window of bus addresses.
  public struct Window: Hashable, Sendable {
    /// What lies behind a window.
    public enum Kind: Hashable, Sendable {
      /// Memory, as the cores see it.
      case memory
      /// Memory through VideoCore's level-2 cache, which is not coherent with the cores.
      case alias(VideoCoreCache.Use)
      /// Registers of peripherals.
      case peripherals
    }

    public var bus: Range<UInt64>
    public var physical: UInt64
    public var kind: Kind

    public init(bus: Range<UInt64>, physical: UInt64, kind: Kind = .memory) {
      self.bus = bus
      self.physical = physical
      self.kind = kind
    }
  }

  /// What an access to memory by way of VideoCore's other aliases does.
  public enum AliasPolicy: String, CaseIterable, Sendable {
    /// Nothing reaches memory: reads give ones, writes are lost.
    case strict
    /// They pass VideoCore's level-2 cache: what it holds, the cores do not see, and the other way round.
    case board
    /// All aliases are plain memory.
    case transparent
  }

  public enum Refusal: Error, Hashable, Sendable {
    case outsideWindows(BusAddress)
    case notMemory(PhysicalAddress)
  }

  /// What a transfer is for.
  public enum Role: UInt8, Sendable {
    case data
    /// A control block or descriptor table, which says what to transfer.
    case descriptor
  }

  public let name: String
  public private(set) var windows: [Window]
  /// Who is told about aliases; none makes them plain memory.
  public let cache: VideoCoreCache?
  public let aliasPolicy: AliasPolicy
  /// Has the port's device, and with it the port.
  unowned let bus: PhysicalBus

  public init(
    name: String, windows: [Window], bus: PhysicalBus, cache: VideoCoreCache? = nil,
    aliasPolicy: AliasPolicy = .transparent
  ) {
    self.name = name
    self.windows = windows
    self.bus = bus
    self.cache = cache
    self.aliasPolicy = cache == nil ? .transparent : aliasPolicy
  }

  // MARK: Windows

  /// Which GiB of memory the master sees at 0xC000_0000, where it sees memory there (BCM2711 ARM Peripherals, 4.2.1.2,
  /// ENABLE). Follows from a register, and is no state of its own.
  ///
  /// - Parameter page: 0 to 15.
  public func select(page: UInt64) {
    for index in windows.indices where windows[index].kind == .memory && windows[index].bus.lowerBound == 0xc000_0000 {
      windows[index].physical = (page & 15) &<< 30
    }
  }

  /// The window that holds all of `count` bytes from `address`.
  public func window(of address: BusAddress, count: UInt64) -> Window? {
    for window in windows where window.bus.contains(address.rawValue) {
      return count <= window.bus.upperBound &- address.rawValue ? window : nil
    }
    return nil
  }

  /// The physical address of `address`, when `count` bytes from there lie in one window.
  public func resolve(_ address: BusAddress, count: UInt64) throws(Refusal) -> PhysicalAddress {
    guard let window = window(of: address, count: count) else { throw .outsideWindows(address) }
    return PhysicalAddress(window.physical &+ (address.rawValue &- window.bus.lowerBound))
  }

  /// Whether `address` is a peripheral's.
  public func isPeripheral(_ address: BusAddress) -> Bool {
    window(of: address, count: 1)?.kind == .peripherals
  }

  /// The window and the physical address, and a word to the bus's observers.
  private func enter(
    _ address: BusAddress, count: Int, isWrite: Bool, role: Role
  ) throws(Refusal) -> (window: Window, physical: UInt64) {
    let window = window(of: address, count: UInt64(clamping: count))
    let physical = window.map { $0.physical &+ (address.rawValue &- $0.bus.lowerBound) }
    if !bus.observers.isEmpty {
      bus.announce(
        DMATransfer(
          port: self, address: address.rawValue, count: count, isWrite: isWrite, role: role, window: window,
          physical: physical))
    }
    guard let window, let physical else { throw .outsideWindows(address) }
    return (window, physical)
  }

  // MARK: Memory

  public func read(
    _ address: BusAddress, count: Int, role: Role = .data
  ) throws(Refusal) -> [UInt8] {
    let (window, physical) = try enter(address, count: count, isWrite: false, role: role)
    guard window.kind != .peripherals, let bytes = bus.ram.bytes(at: physical, count: count) else {
      throw .notMemory(PhysicalAddress(physical))
    }
    guard case .alias(let use) = window.kind, let cache else { return bytes }
    switch aliasPolicy {
    case .transparent: return bytes
    case .strict: return [UInt8](repeating: 0xff, count: bytes.count)
    case .board: return cache.read(at: physical, bytes, use)
    }
  }

  public func write(_ bytes: [UInt8], to address: BusAddress, role: Role = .data) throws(Refusal) {
    let (window, physical) = try enter(address, count: bytes.count, isWrite: true, role: role)
    guard window.kind != .peripherals, bus.ram.isRAM(physical, count: UInt64(bytes.count)) else {
      throw .notMemory(PhysicalAddress(physical))
    }
    if case .alias(let use) = window.kind, let cache {
      switch aliasPolicy {
      case .transparent: break
      case .strict: return
      case .board: return cache.write(bytes, at: physical, use)
      }
    }
    bus.storeFromOutside(bytes, at: physical)
  }

  // MARK: Words

  /// 32 bits of memory or of a peripheral's register; `address` is aligned down.
  public func readWord(_ address: BusAddress, master: UInt8 = 0) throws(Refusal) -> UInt32 {
    let aligned = BusAddress(address.rawValue & ~3)
    guard isPeripheral(aligned) else {
      let bytes = try read(aligned, count: 4)
      return (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << UInt32($1 * 8) }
    }
    let (_, physical) = try enter(aligned, count: 4, isWrite: false, role: .data)
    do throws(BusFault) {
      return UInt32(truncatingIfNeeded: try bus.read(peripheral(physical, master)))
    } catch { throw .notMemory(PhysicalAddress(physical)) }
  }

  public func writeWord(_ value: UInt32, to address: BusAddress, master: UInt8 = 0) throws(Refusal) {
    let aligned = BusAddress(address.rawValue & ~3)
    guard isPeripheral(aligned) else {
      return try write((0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }, to: aligned)
    }
    let (_, physical) = try enter(aligned, count: 4, isWrite: true, role: .data)
    do throws(BusFault) {
      try bus.write(peripheral(physical, master), UInt64(value))
    } catch { throw .notMemory(PhysicalAddress(physical)) }
  }

  private func peripheral(_ physical: UInt64, _ master: UInt8) -> BusAccess {
    BusAccess(
      address: PhysicalAddress(physical), size: 4, isSecure: true,
      initiator: BusInitiator(kind: .dma, index: master))
  }
}

/// A transfer that a master is about to make, as observers see it.
public struct DMATransfer {
  public var port: DMAPort
  /// As the master was programmed.
  public var address: UInt64
  /// Bytes.
  public var count: Int
  /// To memory.
  public var isWrite: Bool
  public var role: DMAPort.Role
  /// Nil if no window of the port has it all.
  public var window: DMAPort.Window?
  /// Where that is; nil without a window.
  public var physical: UInt64?
}
