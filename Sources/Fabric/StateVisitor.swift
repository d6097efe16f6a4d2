/// Walks the state that a part describes. One description serves hash, save and load.
public protocol StateVisitor {
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T)
  mutating func visit(_ name: StaticString, _ value: inout Bool)
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T])
  mutating func visit(_ name: StaticString, _ values: inout [Bool])
  /// Raw words owned by the part (register files).
  mutating func visit(_ name: StaticString, words: UnsafeMutableBufferPointer<UInt64>)
}

extension StateVisitor {
  /// Visits an enumeration by its raw value; an unknown value on load leaves `value` unchanged.
  public mutating func visit<E: RawRepresentable>(_ name: StaticString, _ value: inout E)
  where E.RawValue: FixedWidthInteger {
    var raw = value.rawValue
    visit(name, &raw)
    if let known = E(rawValue: raw) { value = known }
  }
}

/// A 64-bit FNV-1a style hash over all visited state, taken in 64-bit steps with a final mix.
/// Equal state gives an equal hash on every host.
public struct StateHasher: StateVisitor {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  public init() {}

  @inlinable public mutating func combine(_ word: UInt64) { mix(word) }

  @usableFromInline
  mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
    value ^= value &>> 29
  }

  public mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    mix(UInt64(truncatingIfNeeded: value))
  }
  public mutating func visit(_ name: StaticString, _ value: inout Bool) { mix(value ? 1 : 0) }
  public mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    mix(UInt64(truncatingIfNeeded: values.count))
    for value in values { mix(UInt64(truncatingIfNeeded: value)) }
  }
  public mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    mix(UInt64(truncatingIfNeeded: values.count))
    for value in values { mix(value ? 1 : 0) }
  }
  public mutating func visit(_ name: StaticString, words: UnsafeMutableBufferPointer<UInt64>) {
    for word in words { mix(word) }
  }
}
