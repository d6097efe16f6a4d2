import Glibc

/// A bit pattern the host can also compute with: single precision in UInt32, double in UInt64.
protocol FPLane: FixedWidthInteger, UnsignedInteger, Sendable {
  associatedtype Native: BinaryFloatingPoint

  static var format: FPFormat { get }
  static var signMask: Self { get }
  /// The pattern of infinity.
  static var infinity: Self { get }
  /// The pattern of the smallest normal number.
  static var minNormal: Self { get }
  static func native(_ bits: Self) -> Native
  static func bits(_ native: Native) -> Self
  static func fused(_ addend: Native, _ a: Native, _ b: Native) -> Native
  /// Towards zero, for magnitudes below 2^63.
  static func integer(_ native: Native) -> Int64
  /// To nearest.
  static func native(integer: Int64) -> Native
  /// 2^30 or 2^62, safely inside an integer of 32 or 64 bits.
  static func bound(width: Int) -> Native
}

extension UInt32: FPLane {
  @inline(__always) static var format: FPFormat { .single }
  @inline(__always) static var signMask: UInt32 { 0x8000_0000 }
  @inline(__always) static var infinity: UInt32 { 0x7f80_0000 }
  @inline(__always) static var minNormal: UInt32 { 0x0080_0000 }
  @inline(__always) static func native(_ bits: UInt32) -> Float { Float(bitPattern: bits) }
  @inline(__always) static func bits(_ native: Float) -> UInt32 { native.bitPattern }
  @inline(__always) static func fused(_ addend: Float, _ a: Float, _ b: Float) -> Float {
    fmaf(a, b, addend)
  }
  @inline(__always) static func integer(_ native: Float) -> Int64 { Int64(native) }
  @inline(__always) static func native(integer: Int64) -> Float { Float(integer) }
  @inline(__always) static func bound(width: Int) -> Float { width == 64 ? 0x1p62 : 0x1p30 }
}

extension UInt64: FPLane {
  @inline(__always) static var format: FPFormat { .double }
  @inline(__always) static var signMask: UInt64 { 0x8000_0000_0000_0000 }
  @inline(__always) static var infinity: UInt64 { 0x7ff0_0000_0000_0000 }
  @inline(__always) static var minNormal: UInt64 { 0x0010_0000_0000_0000 }
  @inline(__always) static func native(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
  @inline(__always) static func bits(_ native: Double) -> UInt64 { native.bitPattern }
  @inline(__always) static func fused(_ addend: Double, _ a: Double, _ b: Double) -> Double {
    fma(a, b, addend)
  }
  @inline(__always) static func integer(_ native: Double) -> Int64 { Int64(native) }
  @inline(__always) static func native(integer: Int64) -> Double { Double(integer) }
  @inline(__always) static func bound(width: Int) -> Double { width == 64 ? 0x1p62 : 0x1p30 }
}

extension FPLane {
  /// Finite and larger than the smallest normal number, so no exception but Inexact can have occurred.
  @inline(__always)
  var isUnexceptional: Bool {
    (self & ~Self.signMask) &- (Self.minNormal &+ 1) < Self.infinity &- (Self.minNormal &+ 1)
  }

  @inline(__always) var isZeroPattern: Bool { self & ~Self.signMask == 0 }
  @inline(__always) var isNaNPattern: Bool { self & ~Self.signMask > Self.infinity }
  @inline(__always) var wide: UInt64 { UInt64(truncatingIfNeeded: self) }
  @inline(__always) init(wide: UInt64) { self.init(truncatingIfNeeded: wide) }
}

/// The operations of instructions on single and double precision.
///
/// Each first tries the host's own arithmetic. That is sound when the guest rounds to nearest and keeps
/// denormals, when IXC is already set (or Inexact cannot occur), and when the result itself shows that no
/// other exception can have happened; then IEEE 754 leaves one answer. All else goes to `SoftFloat`.
/// The host's environment is assumed to be the one every process starts in, and is never changed.
enum FP {
  // MARK: Arithmetic

  @inline(__always)
  static func add<L: FPLane>(_ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a) + L.native(b))
      // A sum of numbers is zero only exactly.
      if result.isUnexceptional || result.isZeroPattern { return result }
    }
    return L(wide: SoftFloat.add(a.wide, b.wide, subtracting: false, L.format, control, &status))
  }

  @inline(__always)
  static func subtract<L: FPLane>(_ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a) - L.native(b))
      if result.isUnexceptional || result.isZeroPattern { return result }
    }
    return L(wide: SoftFloat.add(a.wide, b.wide, subtracting: true, L.format, control, &status))
  }

  @inline(__always)
  static func multiply<L: FPLane>(_ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a) * L.native(b))
      if result.isUnexceptional { return result }
      if result.isZeroPattern && (a.isZeroPattern || b.isZeroPattern) { return result }
    }
    return L(wide: SoftFloat.multiply(a.wide, b.wide, extended: false, L.format, control, &status))
  }

  /// FPMulX
  @inline(__always)
  static func multiplyExtended<L: FPLane>(
    _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a) * L.native(b))
      if result.isUnexceptional { return result }
    }
    return L(wide: SoftFloat.multiply(a.wide, b.wide, extended: true, L.format, control, &status))
  }

  @inline(__always)
  static func divide<L: FPLane>(_ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a) / L.native(b))
      if result.isUnexceptional { return result }
    }
    return L(wide: SoftFloat.divide(a.wide, b.wide, L.format, control, &status))
  }

  @inline(__always)
  static func squareRoot<L: FPLane>(_ a: L, _ control: FPControl, _ status: inout UInt32) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.native(a).squareRoot())
      if result.isUnexceptional { return result }
    }
    return L(wide: SoftFloat.squareRoot(a.wide, L.format, control, &status))
  }

  /// FPMulAdd: `addend` + `a` × `b`.
  @inline(__always)
  static func multiplyAdd<L: FPLane>(
    _ addend: L, _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    if control.isHostLike(status) {
      let result = L.bits(L.fused(L.native(addend), L.native(a), L.native(b)))
      if result.isUnexceptional { return result }
    }
    return L(wide: SoftFloat.multiplyAdd(addend.wide, a.wide, b.wide, L.format, control, &status))
  }

  /// FPMulSub of the pseudocode's instructions: `addend` − `a` × `b`, by negating `a` first.
  @inline(__always)
  static func multiplySubtract<L: FPLane>(
    _ addend: L, _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    multiplyAdd(addend, a ^ L.signMask, b, control, &status)
  }

  @inline(__always)
  static func absoluteDifference<L: FPLane>(
    _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    subtract(a, b, control, &status) & ~L.signMask
  }

  /// FPRecipStepFused
  @inline(__always)
  static func reciprocalStep<L: FPLane>(
    _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    L(wide: SoftFloat.fusedStep(a.wide, b.wide, halved: false, L.format, control, &status))
  }

  /// FPRSqrtStepFused
  @inline(__always)
  static func reciprocalSquareRootStep<L: FPLane>(
    _ a: L, _ b: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    L(wide: SoftFloat.fusedStep(a.wide, b.wide, halved: true, L.format, control, &status))
  }

  @inline(__always)
  static func reciprocalEstimate<L: FPLane>(_ a: L, _ control: FPControl, _ status: inout UInt32) -> L {
    L(wide: SoftFloat.reciprocalEstimate(a.wide, L.format, control, &status))
  }

  @inline(__always)
  static func reciprocalSquareRootEstimate<L: FPLane>(
    _ a: L, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    L(wide: SoftFloat.reciprocalSquareRootEstimate(a.wide, L.format, control, &status))
  }

  @inline(__always)
  static func reciprocalExponent<L: FPLane>(_ a: L, _ control: FPControl, _ status: inout UInt32) -> L {
    L(wide: SoftFloat.reciprocalExponent(a.wide, L.format, control, &status))
  }

  // MARK: Comparison and selection

  @inline(__always)
  static func compare<L: FPLane>(
    _ a: L, _ b: L, signalsQuietNaNs: Bool, _ control: FPControl, _ status: inout UInt32
  ) -> FPOrder {
    if !control.flushesToZero {
      let (x, y) = (L.native(a), L.native(b))
      if x < y { return .less }
      if x > y { return .greater }
      if x == y { return .equal }
    }
    return SoftFloat.compare(
      a.wide, b.wide, signalsQuietNaNs: signalsQuietNaNs, L.format, control, &status)
  }

  /// FPMax, FPMin, FPMaxNum or FPMinNum.
  @inline(__always)
  static func select<L: FPLane>(
    _ a: L, _ b: L, larger: Bool, prefersNumbers: Bool, _ control: FPControl, _ status: inout UInt32
  ) -> L {
    if !control.flushesToZero {
      let (x, y) = (L.native(a), L.native(b))
      if x < y { return larger ? b : a }
      if x > y { return larger ? a : b }
    }
    let result = SoftFloat.select(
      a.wide, b.wide, larger: larger, prefersNumbers: prefersNumbers, L.format, control, &status)
    return L(wide: result)
  }
}
