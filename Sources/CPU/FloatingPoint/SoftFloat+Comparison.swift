/// What a comparison found.
enum FPOrder: Sendable {
  case less, equal, greater, unordered

  /// NZCV in bits 31:28 as FPCompare returns them.
  @inline(__always)
  var nzcv: UInt64 {
    switch self {
    case .less: 0x8000_0000
    case .equal: 0x6000_0000
    case .greater: 0x2000_0000
    case .unordered: 0x3000_0000
    }
  }
}

extension SoftFloat {
  /// FPCompare, and with it FPCompareEQ (`signalsQuietNaNs` false), FPCompareGE and FPCompareGT (true).
  @inline(never)
  static func compare(
    _ a: UInt64, _ b: UInt64, signalsQuietNaNs: Bool, _ format: FPFormat, _ control: FPControl,
    _ status: inout UInt32
  ) -> FPOrder {
    let x = unpack(a, format, control, &status)
    let y = unpack(b, format, control, &status)
    if x.isNaN || y.isNaN {
      if signalsQuietNaNs || x.kind == .signallingNaN || y.kind == .signallingNaN {
        status |= FPStatus.invalidOperation
      }
      return .unordered
    }
    return order(x, a, y, b, format)
  }

  /// The order of two numbers. With equal signs, larger patterns have larger magnitudes.
  @inline(__always)
  private static func order(
    _ x: FPNumber, _ a: UInt64, _ y: FPNumber, _ b: UInt64, _ format: FPFormat
  ) -> FPOrder {
    // Flushed denormals are zeros whatever their pattern.
    let magnitudeA = x.isZero ? 0 : a & ~format.signMask
    let magnitudeB = y.isZero ? 0 : b & ~format.signMask
    if magnitudeA | magnitudeB == 0 { return .equal }
    if x.sign != y.sign { return x.sign ? .less : .greater }
    if magnitudeA == magnitudeB { return .equal }
    return (magnitudeA < magnitudeB) != x.sign ? .less : .greater
  }

  /// FPMax and FPMin; with `prefersNumbers` FPMaxNum and FPMinNum, which take a number over a quiet NaN.
  @inline(never)
  static func select(
    _ first: UInt64, _ second: UInt64, larger: Bool, prefersNumbers: Bool, _ format: FPFormat,
    _ control: FPControl, _ status: inout UInt32
  ) -> UInt64 {
    var (a, b) = (first, second)
    var x = unpack(a, format, control, &status)
    var y = unpack(b, format, control, &status)
    if prefersNumbers && (x.kind == .quietNaN) != (y.kind == .quietNaN) {
      // The infinity that loses against every number.
      let loser = format.infinity(larger)
      if x.kind == .quietNaN {
        a = loser
        x = FPNumber(kind: .infinity, sign: larger)
      } else {
        b = loser
        y = FPNumber(kind: .infinity, sign: larger)
      }
    }
    if let nan = processNaNs(x.kind, y.kind, a, b, format, control, &status) { return nan }
    if x.isZero && y.isZero { return format.zero(larger ? x.sign && y.sign : x.sign || y.sign) }
    let takesFirst = order(x, a, y, b, format) == (larger ? .greater : .less)
    let winner = takesFirst ? x : y
    return winner.isZero ? format.zero(winner.sign) : (takesFirst ? a : b)
  }
}
