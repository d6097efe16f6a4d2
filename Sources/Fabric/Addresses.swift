/// The four kinds of address in the machine. They are distinct types so that a stage of translation
/// cannot be skipped by accident; arithmetic goes through `rawValue`.

/// An address as an instruction sees it, before stage 1.
public struct VirtualAddress: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// The output of stage 1 when a stage 2 applies (Arm DDI 0487, D5.1: IPA).
public struct IntermediateAddress: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// An address on the SoC's bus as the ARM cores see it.
public struct PhysicalAddress: RawRepresentable, Hashable, Comparable, Sendable {
  public var rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  /// The address `offset` bytes on; wraps, as the guest chooses both.
  @inlinable public func advanced(by offset: UInt64) -> Self { Self(rawValue &+ offset) }
}

/// An address as a DMA master programs it; only a `DMAPort` can turn it into a `PhysicalAddress`.
public struct BusAddress: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

extension FixedWidthInteger {
  /// `0x`-prefixed lower-case hexadecimal, padded with zeros to `digits`.
  public func hex(_ digits: Int = 0) -> String {
    let text = String(self, radix: 16)
    return "0x" + String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
  }
}
