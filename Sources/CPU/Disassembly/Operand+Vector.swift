extension Operand {
  /// Operands in SIMD&FP registers, and the immediates of their instructions.
  static let vectorFormatters: [String: Formatter] = [
    // Scalars: a fixed size, or the size in ftype, opc, size, sz, immh or imm5.
    "s": { scalar($0.value, log2Bytes: 2) },
    "d": { scalar($0.value, log2Bytes: 3) },
    "f": { scalar($0.value, log2Bytes: precision($0.value(of: "ftype"))) },
    "fopc2": { scalar($0.value, log2Bytes: precision($0.value(of: "opc"))) },
    "es": { scalar($0.value, log2Bytes: $0.value(of: "size")) },
    "ew": { scalar($0.value, log2Bytes: $0.value(of: "size") + 1) },
    "esz": { scalar($0.value, log2Bytes: $0.value(of: "sz") + 2) },
    "ei": { scalar($0.value, log2Bytes: $0.shiftSize) },
    "eiw": { scalar($0.value, log2Bytes: $0.shiftSize + 1) },
    "e5": { scalar($0.value, log2Bytes: $0.copySize) },

    // Vectors: size:Q, one size wider, pairs of elements, sz:Q, immh:Q, or fixed.
    "v": { "v\($0.value).\($0.arrangement)" },
    "vw": { vector($0.value, log2Bytes: $0.value(of: "size") + 1, isFull: true) },
    "vp": { vector($0.value, log2Bytes: $0.value(of: "size") + 1, isFull: $0.isFull) },
    "vsz": { vector($0.value, log2Bytes: $0.value(of: "sz") + 2, isFull: $0.isFull) },
    "vnsz": { vector($0.value, log2Bytes: $0.value(of: "sz") + 1, isFull: $0.isFull) },
    "vlsz": { vector($0.value, log2Bytes: $0.value(of: "sz") + 2, isFull: true) },
    "vpair": { vector($0.value, log2Bytes: $0.value(of: "sz") + 2, isFull: $0.value(of: "sz") == 1) },
    "vi": { vector($0.value, log2Bytes: $0.shiftSize, isFull: $0.isFull) },
    "viw": { vector($0.value, log2Bytes: $0.shiftSize + 1, isFull: true) },
    "v5": { vector($0.value, log2Bytes: $0.copySize, isFull: $0.isFull) },
    "v8": { vector($0.value, log2Bytes: 0, isFull: $0.isFull) },
    "vq4h": { vector($0.value, log2Bytes: 1, isFull: $0.isFull) },
    "vq2s": { vector($0.value, log2Bytes: 2, isFull: $0.isFull) },
    "v4s": { vector($0.value, log2Bytes: 2, isFull: true) },
    "v2d": { vector($0.value, log2Bytes: 3, isFull: true) },
    "vd1": { "v\($0.value).d[1]" },
    "table": { vectorList(first: $0.value, count: $0.value(of: "len") + 1, suffix: "16b") },
    "2": { $0.value == 1 ? "2" : "" },

    // Elements, and the general registers of the copy instructions.
    "element": { $0.indexedElement },
    "element5": { $0.copyElement(index: $0.value(of: "imm5") >> ($0.copySize + 1)) },
    "element4": { $0.copyElement(index: $0.value(of: "imm4") >> $0.copySize) },
    "r5": { register($0.value, is64: $0.copySize == 3) },
    "rq": { register($0.value, is64: $0.isFull) },

    // Immediates.
    "fbits": { hex(64 - $0.value) },
    "bits": { "#\(8 << $0.value)" },
    "shiftLeft": { hex($0.shiftEncoding - (8 << $0.shiftSize)) },
    "shiftRight": { hex((16 << $0.shiftSize) - $0.shiftEncoding) },
    "imm8": { hex($0.immediate8) },
    "imm64": { hex($0.immediate64) },
    "lsl8": { $0.value == 0 ? "" : ", lsl #\($0.value * 8)" },
    "msl8": { ", msl #\(($0.value + 1) * 8)" },
    "float": { float($0.value) },
    "floatImm8": { float($0.immediate8) },
  ]

  static func scalar(_ number: UInt32, log2Bytes: UInt32) -> String {
    scalarLetters[Int(min(log2Bytes, 4))] + String(number)
  }

  static func vector(_ number: UInt32, log2Bytes: UInt32, isFull: Bool) -> String {
    "v\(number).\((isFull ? 16 : 8) >> log2Bytes)\(scalarLetters[Int(min(log2Bytes, 4))])"
  }

  /// The size that `ftype`, or `opc` of FCVT, stands for.
  private static func precision(_ type: UInt32) -> UInt32 { type == 3 ? 1 : type + 2 }

  private var isFull: Bool { value(of: "Q") == 1 }

  /// `8b` to `2d` for size:Q.
  var arrangement: String {
    let size = value(of: "size")
    return "\((isFull ? 16 : 8) >> size)" + Self.scalarLetters[Int(size)]
  }

  /// immh:immb, which holds the element size in its highest set bit and the shift below it.
  private var shiftEncoding: UInt32 { value(of: "immh") << 3 | value(of: "immb") }

  private var shiftSize: UInt32 { UInt32(31 - (value(of: "immh") | 1).leadingZeroBitCount) }

  /// The element size in the lowest set bit of imm5.
  private var copySize: UInt32 { UInt32((value(of: "imm5") | 16).trailingZeroBitCount) }

  private func copyElement(index: UInt32) -> String {
    "v\(value).\(Self.scalarLetters[Int(min(copySize, 4))])[\(index)]"
  }

  /// The element of the by-element forms: 16-bit elements are in V0 to V15 and use all of H:L:M as index
  /// (Arm DDI 0487, C7.2.203).
  private var indexedElement: String {
    let size = has("size") ? value(of: "size") : value(of: "sz") + 2
    let low = value
    let high = value(of: "M") << 4 | low
    let h = value(of: "H")
    let l = value(of: "L")
    switch size {
    case 1: return "v\(low).h[\(h << 2 | l << 1 | value(of: "M"))]"
    case 2: return "v\(high).s[\(h << 1 | l)]"
    default: return "v\(high).d[\(h)]"
    }
  }

  private var immediate8: UInt32 { value(of: "abc") << 5 | value(of: "defgh") }

  /// A byte of ones for each set bit.
  private var immediate64: UInt64 {
    var result: UInt64 = 0
    for bit in UInt64(0)..<8 where UInt64(immediate8) >> bit & 1 == 1 { result |= 0xFF << (bit * 8) }
    return result
  }

  /// VFPExpandImm, as a decimal number with eight places: such an immediate is a multiple of 1/128.
  private static func float(_ imm8: UInt32) -> String {
    let exponent = Int32((imm8 >> 4 & 7) ^ 4) - 3
    let sixteenths = UInt64(16 + (imm8 & 15))
    // Value = sixteenths * 2^exponent / 16, in units of 10^-8.
    let scaled = exponent >= 0 ? sixteenths << UInt64(exponent) : sixteenths
    let units = (scaled * 100_000_000 / 16) >> UInt64(max(-exponent, 0))
    let fraction = String(units % 100_000_000)
    let sign = imm8 & 0x80 == 0 ? "" : "-"
    return "#\(sign)\(units / 100_000_000)." + String(repeating: "0", count: 8 - fraction.count) + fraction
  }
}
