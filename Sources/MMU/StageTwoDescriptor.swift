import Fabric

/// A stage-2 descriptor (Arm DDI 0487, D5.3.1 and D5.3.3).
struct StageTwoDescriptor {
  let rawValue: UInt64

  @inline(__always)
  init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always) var isValid: Bool { rawValue & 1 != 0 }
  @inline(__always) var isTableOrPage: Bool { rawValue & 2 != 0 }
  /// XN; bit 53 is RES0 before FEAT_XNX.
  @inline(__always) var executeNever: Bool { rawValue.bit(54) }
  @inline(__always) var isContiguous: Bool { rawValue.bit(52) }
  @inline(__always) var accessFlag: Bool { rawValue.bit(10) }
  @inline(__always) var shareability: UInt8 { UInt8(truncatingIfNeeded: rawValue.bits(9, 8)) }
  /// S2AP[1].
  @inline(__always) var writable: Bool { rawValue.bit(7) }
  /// S2AP[0].
  @inline(__always) var readable: Bool { rawValue.bit(6) }
  /// MemAttr[3:0].
  @inline(__always) var memoryAttributes: UInt8 { UInt8(truncatingIfNeeded: rawValue.bits(5, 2)) }

  @inline(__always)
  func address(from low: UInt64) -> UInt64 { rawValue & 0x0000_ffff_ffff_ffff & (~0 &<< low) }

  @inline(__always)
  func exceeds(outputBits: UInt64) -> Bool { (rawValue & 0x0000_ffff_ffff_ffff) &>> outputBits != 0 }
}
