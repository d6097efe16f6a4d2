extension SoftFloat {
  /// FPAdd, or FPSub when `subtracting`.
  @inline(never)
  static func add(
    _ a: UInt64, _ b: UInt64, subtracting: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    var y = unpack(b, format, control, &status)
    if let nan = processNaNs(x.kind, y.kind, a, b, format, control, &status) { return nan }
    if subtracting { y.sign.toggle() }
    if x.isInfinity || y.isInfinity {
      if x.isInfinity && y.isInfinity && x.sign != y.sign { return invalid(format, &status) }
      return format.infinity(x.isInfinity ? x.sign : y.sign)
    }
    if x.isZero && y.isZero {
      return x.sign == y.sign ? format.zero(x.sign) : zeroSum(format, control)
    }
    guard let sum = sum(wide(x), wide(y)) else { return zeroSum(format, control) }
    return round(
      sign: sum.sign, exponent: sum.exponent, significand: narrow(sum.significand), format, control, &status)
  }

  /// FPMul, or FPMulX when `extended` (zero times infinity is two).
  @inline(never)
  static func multiply(
    _ a: UInt64, _ b: UInt64, extended: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    let y = unpack(b, format, control, &status)
    if let nan = processNaNs(x.kind, y.kind, a, b, format, control, &status) { return nan }
    let sign = x.sign != y.sign
    if (x.isInfinity && y.isZero) || (x.isZero && y.isInfinity) {
      return extended ? format.two(sign) : invalid(format, &status)
    }
    if x.isInfinity || y.isInfinity { return format.infinity(sign) }
    if x.isZero || y.isZero { return format.zero(sign) }
    let product = product(x, y)
    return round(
      sign: sign, exponent: product.exponent, significand: narrow(product.significand), format, control,
      &status)
  }

  /// FPMulAdd: `addend` + `a` × `b`, rounded once.
  @inline(never)
  static func multiplyAdd(
    _ addend: UInt64, _ a: UInt64, _ b: UInt64, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    let z = unpack(addend, format, control, &status)
    let x = unpack(a, format, control, &status)
    let y = unpack(b, format, control, &status)
    let isInvalidProduct = (x.isInfinity && y.isZero) || (x.isZero && y.isInfinity)
    if z.kind == .quietNaN && isInvalidProduct { return invalid(format, &status) }
    if z.isNaN || x.isNaN || y.isNaN {
      if z.kind == .signallingNaN { return processNaN(z.kind, addend, format, control, &status) }
      if x.kind == .signallingNaN { return processNaN(x.kind, a, format, control, &status) }
      if y.kind == .signallingNaN { return processNaN(y.kind, b, format, control, &status) }
      if z.kind == .quietNaN { return processNaN(z.kind, addend, format, control, &status) }
      if x.kind == .quietNaN { return processNaN(x.kind, a, format, control, &status) }
      return processNaN(y.kind, b, format, control, &status)
    }
    let sign = x.sign != y.sign
    let isInfiniteProduct = x.isInfinity || y.isInfinity
    if isInvalidProduct || (z.isInfinity && isInfiniteProduct && z.sign != sign) {
      return invalid(format, &status)
    }
    if z.isInfinity { return format.infinity(z.sign) }
    if isInfiniteProduct { return format.infinity(sign) }
    if x.isZero || y.isZero {
      if z.isZero { return z.sign == sign ? format.zero(sign) : zeroSum(format, control) }
      return round(
        sign: z.sign, exponent: z.exponent, significand: z.significand, format, control, &status)
    }
    guard let sum = sum(wide(z), product(x, y)) else { return zeroSum(format, control) }
    return round(
      sign: sum.sign, exponent: sum.exponent, significand: narrow(sum.significand), format, control, &status)
  }

  /// FPRecipStepFused, 2 − `a` × `b`, or FPRSqrtStepFused, (3 − `a` × `b`) / 2, when `halved`.
  @inline(never)
  static func fusedStep(
    _ a: UInt64, _ b: UInt64, halved: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> UInt64 {
    let negated = a ^ format.signMask
    let x = unpack(negated, format, control, &status)
    let y = unpack(b, format, control, &status)
    if let nan = processNaNs(x.kind, y.kind, negated, b, format, control, &status) { return nan }
    if (x.isInfinity && y.isZero) || (x.isZero && y.isInfinity) {
      return halved ? format.onePointFive(false) : format.two(false)
    }
    if x.isInfinity || y.isInfinity { return format.infinity(x.sign != y.sign) }
    if x.isZero || y.isZero { return halved ? format.onePointFive(false) : format.two(false) }
    let constant = FPNumber(
      kind: .finite, sign: false, exponent: 1, significand: halved ? 0xc000_0000_0000_0000 : 1 &<< 63)
    guard let sum = sum(wide(constant), product(x, y)) else { return zeroSum(format, control) }
    return round(
      sign: sum.sign, exponent: halved ? sum.exponent &- 1 : sum.exponent,
      significand: narrow(sum.significand), format, control, &status)
  }

  /// FPDiv
  @inline(never)
  static func divide(
    _ a: UInt64, _ b: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    let y = unpack(b, format, control, &status)
    if let nan = processNaNs(x.kind, y.kind, a, b, format, control, &status) { return nan }
    let sign = x.sign != y.sign
    if (x.isInfinity && y.isInfinity) || (x.isZero && y.isZero) { return invalid(format, &status) }
    if x.isInfinity || y.isZero {
      if !x.isInfinity { status |= FPStatus.divideByZero }
      return format.infinity(sign)
    }
    if x.isZero || y.isInfinity { return format.zero(sign) }
    // The dividend's high word is made smaller than the divisor: the quotient has 64 bits, the top one set.
    let isLess = x.significand < y.significand
    let high = isLess ? x.significand : x.significand &>> 1
    let low = isLess ? 0 : x.significand &<< 63
    let (quotient, remainder) = y.significand.dividingFullWidth((high, low))
    return round(
      sign: sign, exponent: x.exponent &- y.exponent &- (isLess ? 1 : 0),
      significand: quotient | (remainder != 0 ? 1 : 0), format, control, &status)
  }

  /// FPSqrt
  @inline(never)
  static func squareRoot(
    _ a: UInt64, _ format: FPFormat, _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    let x = unpack(a, format, control, &status)
    if x.isNaN { return processNaN(x.kind, a, format, control, &status) }
    if x.isZero { return format.zero(x.sign) }
    if x.sign { return invalid(format, &status) }
    if x.isInfinity { return format.infinity(false) }
    let isOdd = x.exponent & 1 != 0
    var rest = UInt128(x.significand) &<< (isOdd ? 64 : 63)
    var root: UInt128 = 0
    var bit: UInt128 = 1 &<< 126
    while bit != 0 {
      let trial = root &+ bit
      root &>>= 1
      if rest >= trial {
        rest &-= trial
        root |= bit
      }
      bit &>>= 2
    }
    return round(
      sign: false, exponent: x.exponent &>> 1,
      significand: UInt64(truncatingIfNeeded: root) | (rest != 0 ? 1 : 0), format, control, &status)
  }

  // MARK: Exact intermediate values

  /// ±`significand` × 2^(`exponent` − 127), with bit 127 set.
  struct Wide {
    var sign: Bool
    var exponent: Int
    var significand: UInt128
  }

  /// A finite number; a zero has a zero significand.
  @inline(__always)
  private static func wide(_ number: FPNumber) -> Wide {
    Wide(
      sign: number.sign, exponent: number.exponent,
      significand: UInt128(truncatingIfNeeded: number.significand) &<< 64)
  }

  /// The top 64 bits, the rest being noted in the lowest of them.
  @inline(__always)
  private static func narrow(_ significand: UInt128) -> UInt64 {
    let low = UInt64(truncatingIfNeeded: significand)
    return UInt64(truncatingIfNeeded: significand &>> 64) | (low != 0 ? 1 : 0)
  }

  @inline(__always)
  private static func product(_ x: FPNumber, _ y: FPNumber) -> Wide {
    let full = UInt128(truncatingIfNeeded: x.significand) &* UInt128(truncatingIfNeeded: y.significand)
    let isShort = full &>> 127 == 0
    return Wide(
      sign: x.sign != y.sign, exponent: x.exponent &+ y.exponent &+ (isShort ? 0 : 1),
      significand: isShort ? full &<< 1 : full)
  }

  /// The sum, or nil when it is exactly zero. Products of two doubles leave 22 low bits free, which is what
  /// makes the sticky bit safe under subtraction.
  @inline(__always)
  private static func sum(_ x: Wide, _ y: Wide) -> Wide? {
    if x.significand == 0 { return y.significand == 0 ? nil : y }
    if y.significand == 0 { return x }
    let xIsLarger = x.exponent != y.exponent ? x.exponent > y.exponent : x.significand >= y.significand
    let large = xIsLarger ? x : y
    let small = xIsLarger ? y : x
    // One bit of headroom for the carry.
    let a = large.significand &>> 1
    let b = shiftRightSticky(small.significand &>> 1, large.exponent &- small.exponent)
    let total = large.sign == small.sign ? a &+ b : a &- b
    if total == 0 { return nil }
    let leading = total.leadingZeroBitCount
    return Wide(
      sign: large.sign, exponent: large.exponent &+ 1 &- leading,
      significand: total &<< UInt128(truncatingIfNeeded: leading))
  }
}
