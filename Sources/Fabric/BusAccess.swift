/// Who drives a transfer on the bus.
public struct BusInitiator: Hashable, Sendable {
  public enum Kind: UInt8, Sendable { case core, dma, debugger, firmware }
  public var kind: Kind
  /// Core number, or the DMA master's number on its port.
  public var index: UInt8
  /// Exception level of the access (cores only).
  public var exceptionLevel: UInt8
  /// `VTTBR_EL2.VMID` at the access (cores only).
  public var vmid: UInt16

  @inlinable
  public init(kind: Kind, index: UInt8 = 0, exceptionLevel: UInt8 = 0, vmid: UInt16 = 0) {
    self.kind = kind
    self.index = index
    self.exceptionLevel = exceptionLevel
    self.vmid = vmid
  }

  public static let debugger = BusInitiator(kind: .debugger)
  public static let firmware = BusInitiator(kind: .firmware)
}

/// One transfer of 1, 2, 4 or 8 bytes, naturally aligned. Data travel beside it, right-aligned in a
/// `UInt64`, little-endian.
public struct BusAccess: Sendable {
  public var address: PhysicalAddress
  /// Bytes: 1, 2, 4 or 8.
  public var size: UInt8
  /// The NS attribute of the access, inverted: true for Secure.
  public var isSecure: Bool
  public var initiator: BusInitiator

  @inlinable
  public init(
    address: PhysicalAddress, size: UInt8, isSecure: Bool = false,
    initiator: BusInitiator = .debugger
  ) {
    self.address = address
    self.size = size
    self.isSecure = isSecure
    self.initiator = initiator
  }
}

/// Why the bus answered with an error; the CPU turns it into an external abort.
public enum BusFault: Error, Hashable, Sendable {
  /// Nothing is mapped there.
  case decode
  /// The device refused (access size, security, …).
  case slave
}
