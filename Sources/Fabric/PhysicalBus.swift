/// The physical address map: RAM or a device per range. Overlaps are refused when the board is built; an
/// address at which nothing is mapped answers with `BusFault.decode`, never with a silent zero.
public final class PhysicalBus {
  public struct Mapping {
    public let range: Range<UInt64>
    public let device: any Device
  }

  public enum MapError: Error { case overlap(String, String), empty(String), misaligned(String) }

  public let ram: GuestRAM
  /// Devices in ascending order of address.
  public private(set) var mappings: [Mapping] = []
  /// Set by the translation cache: called before a bus master other than a core writes RAM.
  public var willWriteRAM: ((_ address: UInt64, _ count: UInt64) -> Void)?

  /// Hear of every access to a device and of other masters' transfers; none but while somebody looks.
  public private(set) var observers: [any BusObserver] = []

  public init(ram: GuestRAM) { self.ram = ram }

  public func map(_ device: any Device, at address: PhysicalAddress, size: UInt64) throws(MapError) {
    let (end, overflow) = address.rawValue.addingReportingOverflow(size)
    guard size > 0, !overflow else { throw .empty(device.name) }
    let range = address.rawValue..<end
    for mapping in mappings where mapping.range.overlaps(range) {
      throw .overlap(device.name, mapping.device.name)
    }
    for populated in ram.ranges where populated.overlaps(range) { throw .overlap(device.name, "RAM") }
    mappings.append(Mapping(range: range, device: device))
    mappings.sort { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// The device at `address`, by binary search.
  public func mapping(at address: UInt64) -> Mapping? {
    index(at: address).map { mappings[$0] }
  }

  /// The mapping that was accessed last: drivers stay with a device for a while.
  private var recent = 0

  private func index(at address: UInt64) -> Int? {
    if recent < mappings.count && mappings[recent].range.contains(address) { return recent }
    var low = 0
    var high = mappings.count
    while low < high {
      let middle = (low + high) / 2
      if mappings[middle].range.upperBound <= address { low = middle + 1 } else { high = middle }
    }
    guard low < mappings.count, mappings[low].range.contains(address) else { return nil }
    recent = low
    return low
  }

  /// The host address of the RAM byte at `address`, valid to the end of its 4 KiB page; nil for devices
  /// and holes.
  @inlinable
  public func hostAddress(ofRAM address: UInt64) -> UnsafeMutableRawPointer? {
    guard ram.isRAM(address) else { return nil }
    return ram.base + Int(truncatingIfNeeded: address)
  }

  /// Reads 1, 2, 4 or 8 bytes, naturally aligned.
  public func read(_ access: BusAccess) throws(BusFault) -> UInt64 {
    let address = access.address.rawValue
    if ram.isRAM(address, count: UInt64(access.size)) {
      let pointer = ram.base + Int(truncatingIfNeeded: address)
      switch access.size {
      case 1: return UInt64(pointer.load(as: UInt8.self))
      case 2: return UInt64(pointer.loadUnaligned(as: UInt16.self))
      case 4: return UInt64(pointer.loadUnaligned(as: UInt32.self))
      default: return pointer.loadUnaligned(as: UInt64.self)
      }
    }
    guard let index = index(at: address) else { throw .decode }
    let start = mappings[index].range.lowerBound
    let value = try mappings[index].device.read(offset: address &- start, access: access)
    for observer in observers {
      observer.device(mappings[index].device, at: address &- start, didRead: value, access)
    }
    return value
  }

  /// Writes 1, 2, 4 or 8 bytes, naturally aligned.
  public func write(_ access: BusAccess, _ value: UInt64) throws(BusFault) {
    let address = access.address.rawValue
    if ram.isRAM(address, count: UInt64(access.size)) {
      willWriteRAM?(address, UInt64(access.size))
      let pointer = ram.base + Int(truncatingIfNeeded: address)
      switch access.size {
      case 1: pointer.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2: pointer.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      case 4: pointer.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      default: pointer.storeBytes(of: value, as: UInt64.self)
      }
      return
    }
    guard let index = index(at: address) else { throw .decode }
    let start = mappings[index].range.lowerBound
    for observer in observers {
      observer.device(mappings[index].device, at: address &- start, willWrite: value, access)
    }
    try mappings[index].device.write(offset: address &- start, value: value, access: access)
  }

  /// What a master other than a core stores in RAM; false, without effect, when the range is not all RAM.
  @discardableResult
  public func storeFromOutside(_ bytes: [UInt8], at address: UInt64) -> Bool {
    guard ram.isRAM(address, count: UInt64(bytes.count)) else { return bytes.isEmpty }
    willWriteRAM?(address, UInt64(bytes.count))
    return ram.load(bytes, at: address)
  }

  // MARK: Observers

  /// Lets `observer` hear from now on; it hears once, however often it asks.
  public func attach(_ observer: any BusObserver) {
    if !observers.contains(where: { $0 === observer }) { observers.append(observer) }
  }

  public func detach(_ observer: any BusObserver) { observers.removeAll { $0 === observer } }

  func announce(_ transfer: DMATransfer) {
    for observer in observers { observer.master(willMake: transfer) }
  }

  /// A translation-table descriptor (8 bytes, aligned down); nil when the bus faults.
  @inlinable
  public func descriptor(at address: UInt64) -> UInt64? {
    let aligned = address & ~7
    guard ram.isRAM(aligned, count: 8) else { return nil }
    return (ram.base + Int(truncatingIfNeeded: aligned)).load(as: UInt64.self)
  }
}

/// Hears of accesses to devices and of other masters' transfers. It may look at everything and change nothing that a
/// guest could see.
public protocol BusObserver: AnyObject {
  /// - Parameter offset: from the start of the device's window.
  func device(_ device: any Device, at offset: UInt64, didRead value: UInt64, _ access: BusAccess)
  func device(_ device: any Device, at offset: UInt64, willWrite value: UInt64, _ access: BusAccess)
  /// A master other than a core is about to read or write memory, or a peripheral.
  func master(willMake transfer: DMATransfer)
  /// A master begins with a block or command, or is done with it.
  func master(_ port: DMAPort, did progress: DMAProgress)
}

extension BusObserver {
  public func master(_ port: DMAPort, did progress: DMAProgress) {}
}
