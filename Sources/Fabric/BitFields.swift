extension FixedWidthInteger where Self: UnsignedInteger {
  /// Bits `high...low`, right-aligned. `high` and `low` are programmer's constants, never guest values.
  @inlinable @inline(__always)
  public func bits(_ high: Int, _ low: Int) -> Self {
    (self &>> Self(truncatingIfNeeded: low)) & Self.mask(width: high &- low &+ 1)
  }

  /// Bit `index` as a truth value.
  @inlinable @inline(__always)
  public func bit(_ index: Int) -> Bool { (self &>> Self(truncatingIfNeeded: index)) & 1 != 0 }

  /// A value with the low `width` bits set; all ones from the type's width up.
  @inlinable @inline(__always)
  public static func mask(width: Int) -> Self {
    width >= Self.bitWidth ? ~0 : (1 &<< Self(truncatingIfNeeded: width)) &- 1
  }

  /// A copy with bits `high...low` replaced by the low bits of `value`.
  @inlinable @inline(__always)
  public func replacing(_ high: Int, _ low: Int, with value: Self) -> Self {
    let mask = Self.mask(width: high &- low &+ 1) &<< Self(truncatingIfNeeded: low)
    return (self & ~mask) | ((value &<< Self(truncatingIfNeeded: low)) & mask)
  }
}

extension UInt64 {
  /// The low `width` (1...64) bits sign-extended to 64.
  @inlinable @inline(__always)
  public func signExtended(from width: Int) -> UInt64 {
    let shift = UInt64(truncatingIfNeeded: 64 &- width)
    return UInt64(bitPattern: Int64(bitPattern: self &<< shift) &>> Int64(bitPattern: shift))
  }
}
