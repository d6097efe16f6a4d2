/// How an exact real result becomes a representable one (the pseudocode type FPRounding).
enum FPRounding: UInt8, Sendable {
  /// FPRounding_TIEEVEN, _POSINF, _NEGINF, _ZERO: the order of FPCR.RMode.
  case tieEven, plusInfinity, minusInfinity, zero
  /// FPRounding_TIEAWAY: only in conversions to integers.
  case tieAway
  /// FPRounding_ODD: only in FCVTXN.
  case odd
}

/// The fields of FPCR that a Cortex-A72 implements (Arm DDI 0487, C5.2.8).
///
/// Not modelled because the core does not have them: trapped exceptions (IDE, IXE, UFE, OFE, DZE, IOE),
/// FZ16, Len and Stride.
struct FPControl: Sendable {
  var raw: UInt32

  @inline(__always)
  init(_ raw: UInt32) { self.raw = raw }

  /// FPCR from the register block.
  @inline(__always)
  init(_ registers: Regs) { raw = UInt32(truncatingIfNeeded: registers[Slot.fpcr]) }

  /// AHP: half precision has no infinities and NaNs.
  @inline(__always)
  var usesAlternativeHalf: Bool { raw & (1 &<< 26) != 0 }
  /// DN: every NaN result is the default NaN.
  @inline(__always)
  var usesDefaultNaN: Bool { raw & (1 &<< 25) != 0 }
  /// FZ: single and double denormals are zeros.
  @inline(__always)
  var flushesToZero: Bool { raw & (1 &<< 24) != 0 }
  /// RMode.
  @inline(__always)
  var rounding: FPRounding {
    switch (raw &>> 22) & 3 {
    case 0: .tieEven
    case 1: .plusInfinity
    case 2: .minusInfinity
    default: .zero
    }
  }

  /// Host arithmetic rounds to nearest and keeps denormals; it may stand in when the guest wants just that.
  @inline(__always)
  var isHostLike: Bool { raw & 0x01c0_0000 == 0 }

  /// Host arithmetic may stand in although it cannot tell whether its result was inexact.
  @inline(__always)
  func isHostLike(_ status: UInt32) -> Bool { isHostLike && status & FPStatus.inexact != 0 }

  /// Round to nearest, keep denormals, propagate NaNs.
  static var reset: FPControl { FPControl(0) }
}

/// The cumulative bits of FPSR (Arm DDI 0487, C5.2.9).
enum FPStatus {
  /// IOC
  @inline(__always) static var invalidOperation: UInt32 { 1 }
  /// DZC
  @inline(__always) static var divideByZero: UInt32 { 2 }
  /// OFC
  @inline(__always) static var overflow: UInt32 { 4 }
  /// UFC
  @inline(__always) static var underflow: UInt32 { 8 }
  /// IXC
  @inline(__always) static var inexact: UInt32 { 16 }
  /// IDC
  @inline(__always) static var inputDenormal: UInt32 { 128 }
  /// QC
  @inline(__always) static var saturated: UInt32 { 1 &<< 27 }
}
