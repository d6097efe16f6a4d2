import Testing

@testable import CPU

@Suite("Floating-point after the Arm pseudocode")
struct SoftFloatTests {
  private static let one: UInt64 = 0x3ff0_0000_0000_0000
  private static let quiet: UInt64 = 0x7ff8_0000_0000_1234
  private static let signalling: UInt64 = 0x7ff0_0000_0000_5678
  private static let flush = FPControl(1 << 24)
  private static let defaultNaN = FPControl(1 << 25)

  private func single(_ value: Float) -> UInt64 { UInt64(value.bitPattern) }

  @Test("A signalling NaN is returned quietened before a quiet one in front of it")
  func signallingFirst() {
    var status: UInt32 = 0
    let result = SoftFloat.add(
      Self.quiet, Self.signalling, subtracting: false, .double, .reset, &status)
    #expect(result == 0x7ff8_0000_0000_5678)
    #expect(status == FPStatus.invalidOperation)
  }

  @Test("FPCR.DN replaces every NaN")
  func defaultNaNs() {
    var status: UInt32 = 0
    let result = SoftFloat.multiply(
      Self.one, Self.quiet, extended: false, .double, Self.defaultNaN, &status)
    #expect(result == 0x7ff8_0000_0000_0000)
    #expect(status == 0)
  }

  @Test("Infinity times zero plus a quiet NaN is invalid and the default NaN (FPMulAdd)")
  func invalidProductBeatsQuietNaN() {
    var status: UInt32 = 0
    let infinity = FPFormat.double.infinity(false)
    let result = SoftFloat.multiplyAdd(Self.quiet, infinity, 0, .double, .reset, &status)
    #expect(result == 0x7ff8_0000_0000_0000)
    #expect(status == FPStatus.invalidOperation)
  }

  @Test("FZ turns a denormal operand into zero with IDC, and a denormal result with UFC only")
  func flushing() {
    var status: UInt32 = 0
    let sum = SoftFloat.add(1, Self.one, subtracting: false, .double, Self.flush, &status)
    #expect(sum == Self.one)
    #expect(status == FPStatus.inputDenormal)
    status = 0
    let product = SoftFloat.multiply(
      0x0010_0000_0000_0000, 0x3fe0_0000_0000_0000, extended: false, .double, Self.flush, &status)
    #expect(product == 0)
    #expect(status == FPStatus.underflow)
  }

  @Test("Tininess is found before rounding: the result may be the smallest normal number")
  func tininess() {
    var status: UInt32 = 0
    // The largest number below 1 times the smallest normal rounds up to the smallest normal.
    let result = SoftFloat.multiply(
      0x3fef_ffff_ffff_ffff, 0x0010_0000_0000_0000, extended: false, .double, .reset, &status)
    #expect(result == 0x0010_0000_0000_0000)
    #expect(status == FPStatus.underflow | FPStatus.inexact)
  }

  @Test(
    "Overflow goes to infinity or to the largest number as the rounding mode says",
    arguments: [
      (0, 0x7f80_0000, 0xff80_0000), (1, 0x7f80_0000, 0xff7f_ffff), (2, 0x7f7f_ffff, 0xff80_0000),
      (3, 0x7f7f_ffff, 0xff7f_ffff),
    ] as [(UInt32, UInt64, UInt64)])
  func overflow(_ mode: UInt32, _ positive: UInt64, _ negative: UInt64) {
    let control = FPControl(mode << 22)
    let large = single(.greatestFiniteMagnitude)
    var status: UInt32 = 0
    let up = SoftFloat.add(large, large, subtracting: false, .single, control, &status)
    let down = SoftFloat.add(
      large | 0x8000_0000, large | 0x8000_0000, subtracting: false, .single, control, &status)
    #expect(up == positive)
    #expect(down == negative)
    #expect(status == FPStatus.overflow | FPStatus.inexact)
  }

  @Test("An exact zero sum is negative only when rounding towards minus infinity")
  func zeroSums() {
    var status: UInt32 = 0
    let nearest = SoftFloat.add(Self.one, Self.one, subtracting: true, .double, .reset, &status)
    let down = SoftFloat.add(Self.one, Self.one, subtracting: true, .double, FPControl(2 << 22), &status)
    #expect(nearest == 0)
    #expect(down == 1 << 63)
    #expect(status == 0)
  }

  @Test(
    "Half a unit goes where each rounding mode sends it (FRINT of 2.5 and -2.5)",
    arguments: [
      (FPRounding.tieEven, 2, -2), (.plusInfinity, 3, -2), (.minusInfinity, 2, -3), (.zero, 2, -2),
      (.tieAway, 3, -3),
    ] as [(FPRounding, Float, Float)])
  func ties(_ rounding: FPRounding, _ positive: Float, _ negative: Float) {
    var status: UInt32 = 0
    let up = SoftFloat.roundToIntegral(single(2.5), rounding, exact: false, .single, .reset, &status)
    #expect(status == 0)
    let down = SoftFloat.roundToIntegral(single(-2.5), rounding, exact: true, .single, .reset, &status)
    #expect(up == single(positive))
    #expect(down == single(negative))
    #expect(status == FPStatus.inexact)
  }

  @Test("Conversion to an integer saturates with IOC and no IXC")
  func saturation() {
    var status: UInt32 = 0
    let large = SoftFloat.toFixed(
      single(1e10), fractionBits: 0, unsigned: false, width: 32, .zero, .single, .reset, &status)
    let negative = SoftFloat.toFixed(
      single(-1), fractionBits: 0, unsigned: true, width: 64, .zero, .single, .reset, &status)
    #expect(large == 0x7fff_ffff)
    #expect(negative == 0)
    #expect(status == FPStatus.invalidOperation)
    status = 0
    let fraction = SoftFloat.toFixed(
      single(-0.5), fractionBits: 0, unsigned: true, width: 32, .zero, .single, .reset, &status)
    #expect(fraction == 0)
    #expect(status == FPStatus.inexact)
  }

  @Test("Alternative half precision has no infinity: overflow is invalid, the largest number results")
  func alternativeHalf() {
    let control = FPControl(1 << 26)
    var status: UInt32 = 0
    let result = SoftFloat.convert(
      single(1e9), from: .single, to: .half, .tieEven, control, &status)
    #expect(result == 0x7fff)
    #expect(status == FPStatus.invalidOperation)
    status = 0
    let widened = SoftFloat.convert(0x7c00, from: .half, to: .single, .tieEven, control, &status)
    #expect(widened == single(65536))
  }

  @Test("Round to odd keeps the lowest bit as a sign of inexactness (FCVTXN)")
  func roundToOdd() {
    var status: UInt32 = 0
    let result = SoftFloat.convert(
      Self.one + 1, from: .double, to: .single, .odd, .reset, &status)
    #expect(result == single(1) + 1)
    #expect(status == FPStatus.inexact)
  }

  @Test("The estimates are those of RecipEstimate and RecipSqrtEstimate")
  func estimates() {
    // 1/1 and 1/sqrt(1) in nine bits are just below 1.
    var status: UInt32 = 0
    #expect(SoftFloat.reciprocalEstimate(single(1), .single, .reset, &status) == 0x3f7f_8000)
    #expect(SoftFloat.reciprocalSquareRootEstimate(single(1), .single, .reset, &status) == 0x3f7f_8000)
    #expect(status == 0)
    #expect(unsignedReciprocalEstimate(0x7fff_ffff) == ~0)
    #expect(unsignedReciprocalEstimate(0x8000_0000) == 0xff80_0000)
    #expect(unsignedReciprocalSquareRootEstimate(0x3fff_ffff) == ~0)
    #expect(SoftFloat.reciprocalEstimate(0, .single, .reset, &status) == single(.infinity))
    #expect(status == FPStatus.divideByZero)
  }

  @Test("Integer and host arithmetic agree wherever the host is asked")
  func hostAgrees() {
    var generator = VectorNumbers(seed: 7)
    for _ in 0..<100_000 {
      let (a, b, c) = (generator.double(), generator.double(), generator.double())
      var fast: UInt32 = FPStatus.inexact
      var soft: UInt32 = FPStatus.inexact
      let hosts = [
        FP.add(a, b, .reset, &fast), FP.multiply(a, b, .reset, &fast), FP.divide(a, b, .reset, &fast),
        FP.squareRoot(a, .reset, &fast), FP.multiplyAdd(c, a, b, .reset, &fast),
      ]
      let softs = [
        SoftFloat.add(a, b, subtracting: false, .double, .reset, &soft),
        SoftFloat.multiply(a, b, extended: false, .double, .reset, &soft),
        SoftFloat.divide(a, b, .double, .reset, &soft), SoftFloat.squareRoot(a, .double, .reset, &soft),
        SoftFloat.multiplyAdd(c, a, b, .double, .reset, &soft),
      ]
      if hosts != softs || fast != soft {
        Issue.record("\(a) \(b) \(c): \(hosts) \(softs), FPSR \(fast) \(soft)")
        return
      }
    }
  }
}

/// Random doubles over the whole range, with many near the smallest and largest.
private struct VectorNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func double() -> UInt64 {
    let bits = next()
    let exponents: [UInt64] = [0, 1, 2, 511, 512, 1000, 1023, 1024, 1050, 1534, 2045, 2046, 2047]
    let choice = Int(next() % 16)
    guard choice < exponents.count else { return bits }
    return (bits & ~(0x7ff << 52)) | exponents[choice] << 52
  }
}
