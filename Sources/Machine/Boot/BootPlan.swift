import Fabric

/// What lies where in memory when the four cores leave reset at address 0.
public struct BootPlan: Equatable, Sendable {
  /// Bytes that are copied to memory before reset.
  public struct Segment: Equatable, Sendable, CustomStringConvertible {
    /// File name, or what made the bytes.
    public let name: String
    public let address: UInt64
    public let contents: BootContents
    /// Memory that it occupies, zero-initialised data included.
    public let memorySize: UInt64

    public var range: Range<UInt64> { address..<address + max(memorySize, UInt64(contents.count)) }
    public var bytes: [UInt8] { contents.bytes }

    public var description: String {
      "\(range.lowerBound.hex(8))-\((range.upperBound &- 1).hex(8))  \(name)"
    }
  }

  /// In ascending order of address; the boot stub is the first.
  public let segments: [Segment]
  /// Where the stub sends core 0 at EL2.
  public let entry: UInt64
  /// What the stub passes in x0; 0 when there is no device tree.
  public let deviceTreeAddress: UInt64
  /// What lies at `deviceTreeAddress`.
  public let deviceTree: DeviceTree?

  /// Copies every segment to memory.
  public func load(into ram: GuestRAM) throws(BootError) {
    for segment in segments {
      var isRead = true
      let hasMemory = ram.load(segment.contents.count, at: segment.address) {
        isRead = segment.contents.write(to: $0)
      }
      guard hasMemory else {
        throw .notLoaded(
          name: segment.name, range: segment.address..<segment.address + UInt64(segment.contents.count))
      }
      guard isRead else { throw .notRead(file: segment.name) }
    }
  }
}
