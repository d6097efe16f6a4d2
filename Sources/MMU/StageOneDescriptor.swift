import Fabric

/// A stage-1 descriptor (Arm DDI 0487, D5.3.1 to D5.3.3).
struct StageOneDescriptor {
  let rawValue: UInt64

  @inline(__always)
  init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always) var isValid: Bool { rawValue & 1 != 0 }
  /// Bit 1: a table below level 3, a page at level 3.
  @inline(__always) var isTableOrPage: Bool { rawValue & 2 != 0 }

  // Table attributes, which limit everything below.
  @inline(__always) var nonSecureTable: Bool { rawValue.bit(63) }
  @inline(__always) var readOnlyTable: Bool { rawValue.bit(62) }
  @inline(__always) var privilegedTable: Bool { rawValue.bit(61) }
  @inline(__always) var executeNeverTable: Bool { rawValue.bit(60) }
  @inline(__always) var privilegedExecuteNeverTable: Bool { rawValue.bit(59) }

  // Block and page attributes.
  @inline(__always) var executeNever: Bool { rawValue.bit(54) }
  @inline(__always) var privilegedExecuteNever: Bool { rawValue.bit(53) }
  @inline(__always) var isContiguous: Bool { rawValue.bit(52) }
  @inline(__always) var notGlobal: Bool { rawValue.bit(11) }
  @inline(__always) var accessFlag: Bool { rawValue.bit(10) }
  @inline(__always) var shareability: UInt8 { UInt8(truncatingIfNeeded: rawValue.bits(9, 8)) }
  /// AP[2].
  @inline(__always) var readOnly: Bool { rawValue.bit(7) }
  /// AP[1].
  @inline(__always) var userAccessible: Bool { rawValue.bit(6) }
  @inline(__always) var nonSecure: Bool { rawValue.bit(5) }
  /// AttrIndx: which byte of MAIR_ELx.
  @inline(__always) var attributeIndex: UInt64 { rawValue.bits(4, 2) }

  /// Output or next-table address: bits 47:`low`.
  @inline(__always)
  func address(from low: UInt64) -> UInt64 { rawValue & 0x0000_ffff_ffff_ffff & (~0 &<< low) }

  /// Whether the address has ones at or above `outputBits`: an address size fault.
  @inline(__always)
  func exceeds(outputBits: UInt64) -> Bool { (rawValue & 0x0000_ffff_ffff_ffff) &>> outputBits != 0 }
}

/// What table descriptors above impose on a leaf (D5.3.3, "Hierarchical control").
struct TableAttributes {
  var nonSecure = false
  var readOnly = false
  var privileged = false
  var executeNever = false
  var privilegedExecuteNever = false

  @inline(__always)
  mutating func add(_ table: StageOneDescriptor) {
    nonSecure = nonSecure || table.nonSecureTable
    readOnly = readOnly || table.readOnlyTable
    privileged = privileged || table.privilegedTable
    executeNever = executeNever || table.executeNeverTable
    privilegedExecuteNever = privilegedExecuteNever || table.privilegedExecuteNeverTable
  }

  /// Five bits, for the walk cache.
  @inline(__always)
  var packed: UInt64 {
    (nonSecure ? 1 : 0) | (readOnly ? 2 : 0) | (privileged ? 4 : 0) | (executeNever ? 8 : 0)
      | (privilegedExecuteNever ? 16 : 0)
  }

  @inline(__always)
  init() {}

  @inline(__always)
  init(packed: UInt64) {
    nonSecure = packed & 1 != 0
    readOnly = packed & 2 != 0
    privileged = packed & 4 != 0
    executeNever = packed & 8 != 0
    privilegedExecuteNever = packed & 16 != 0
  }
}
