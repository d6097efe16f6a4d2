/// Memory type, cacheability and shareability of a translation, in the encoding of PAR_EL1:
/// an attribute byte as in MAIR_ELx and the two SH bits (Arm DDI 0487, D13.2.83 and D13.2.100).
public struct MemoryAttributes: Equatable, Sendable {
  /// As one byte of MAIR_ELx: high nibble 0 is Device, else outer and inner cacheability.
  public var encoding: UInt8
  /// 00 Non-shareable, 10 Outer Shareable, 11 Inner Shareable.
  public var shareability: UInt8

  @inlinable @inline(__always)
  public init(encoding: UInt8, shareability: UInt8) {
    self.encoding = encoding
    self.shareability = shareability
  }

  @inlinable @inline(__always)
  public var isDevice: Bool { encoding & 0xf0 == 0 }

  static let deviceNGnRnE = MemoryAttributes(encoding: 0, shareability: 0b10)

  /// Device memory and Normal memory that no level caches are Outer Shareable whatever SH says (D5.5.2).
  @inline(__always)
  var normalized: MemoryAttributes {
    isDevice || encoding == 0x44 ? MemoryAttributes(encoding: encoding, shareability: 0b10) : self
  }

  /// Stage-1 attributes from a MAIR byte: S1AttrDecode(). The reserved Device encodings (low two bits not
  /// zero) drop those bits; a Normal byte with a zero inner nibble is taken as inner Non-cacheable.
  @inline(__always)
  init(mairByte: UInt8, shareability: UInt8, isCacheDisabled: Bool) {
    var byte = mairByte
    if byte & 0xf0 == 0 {
      byte &= 0x0c
    } else if isCacheDisabled {
      byte = 0x44
    } else if byte & 0x0f == 0 {
      byte |= 0x04
    }
    self = MemoryAttributes(encoding: byte, shareability: shareability).normalized
  }

  /// Combines with stage 2's MemAttr[3:0] and SH: CombineS1S2Desc() (D5.5.3 to D5.5.5).
  @inline(__always)
  func combined(
    stageTwo memAttr: UInt8, shareability other: UInt8, isCacheDisabled: Bool
  ) -> MemoryAttributes {
    if memAttr & 0b1100 == 0 {
      // Device at stage 2: the stricter of two Device types, whose encodings are ordered.
      let type = (memAttr & 0b0011) &<< 2
      let strictest = isDevice ? min(type, encoding) : type
      return MemoryAttributes(encoding: strictest, shareability: 0b10)
    }
    if isDevice { return self }
    let outerTwo: UInt8 = isCacheDisabled ? 0b01 : (memAttr &>> 2) & 3
    let innerTwo: UInt8 = isCacheDisabled ? 0b01 : memAttr & 3
    let outer = Self.combinedNibble(encoding &>> 4, outerTwo)
    let inner = Self.combinedNibble(encoding & 0xf, innerTwo)
    // Outer (10) beats Inner (11) beats Non-shareable.
    let isOuter = shareability == 0b10 || other == 0b10
    let isInner = shareability == 0b11 || other == 0b11
    let joint: UInt8 = isOuter ? 0b10 : isInner ? 0b11 : 0b00
    return MemoryAttributes(encoding: outer &<< 4 | inner, shareability: joint).normalized
  }

  /// Cacheability of one level: Non-cacheable beats Write-Through beats Write-Back. Stage 2 has no
  /// allocation hints, so stage 1's stay.
  @inline(__always)
  private static func combinedNibble(_ one: UInt8, _ two: UInt8) -> UInt8 {
    // Stage 1: 0100 Non-cacheable; 00RW, 10RW Write-Through; 01RW, 11RW Write-Back.
    // Stage 2: 01 Non-cacheable, 10 Write-Through, 11 Write-Back; 00 is reserved, taken as Non-cacheable.
    if one == 0b0100 || two <= 0b01 { return 0b0100 }
    let isWriteThrough = one & 0b0100 == 0 || two == 0b10
    // A hint of no allocation on either side is only encodable in the non-transient forms.
    let kept = isWriteThrough ? one & 0b1011 : one
    return kept & 0b1000 == 0 && kept & 0b0011 == 0 ? 0b1000 : kept
  }
}
