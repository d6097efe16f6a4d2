extension Operand {
  /// Operands of the instructions on general registers.
  static let generalFormatters: [String: Formatter] = [
    "w": { register($0.value, is64: false) },
    "x": { register($0.value, is64: true) },
    "r": { register($0.value, is64: $0.isWide) },
    "rsp": { registerOrSP($0.value, is64: $0.isWide) },
    "xsp": { registerOrSP($0.value, is64: true) },
    "b5": { register($0.value, is64: $0.value(of: "b5") == 1) },
    "hex": { hex($0.value) },
    "dec": { "#\($0.value)" },
    "cc": { conditions[Int($0.value)] },
    "inverse": { conditions[Int($0.value ^ 1)] },
    "lsl12": { $0.value == 0 ? "" : ", lsl #12" },
    "lsl16": { $0.value == 0 ? "" : ", lsl #\($0.value * 16)" },
    "bitmask": { hex($0.bitmask) },
    "bitmaskSigned": { hex($0.signed($0.bitmask)) },
    "wideMoved": { hex($0.signed($0.wideImmediate)) },
    "length": { "#\($0.value + 1)" },
    "insertPosition": { "#\(($0.isWide ? 64 : 32) - $0.value(of: "immr"))" },
    "extractLength": { "#\($0.value(of: "imms") - $0.value(of: "immr") + 1)" },
    "shifted": { $0.shifted },
    "extended": { $0.extended },
    "bitNumber": { hex($0.value(of: "b5") << 5 | $0.value(of: "b40")) },
    "pc": { target($0.address &+ UInt64(bitPattern: $0.signedValue &<< 2)) },
    "pcByte": { target($0.address &+ UInt64(bitPattern: $0.addressOffset)) },
    "pcPage": { target($0.address & ~0xFFF &+ UInt64(bitPattern: $0.addressOffset &<< 12)) },
  ]

  static let conditions = [
    "eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv",
  ]
  static let shifts = ["lsl", "lsr", "asr", "ror"]
  static let extensions = ["uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"]

  static func register(_ number: UInt32, is64: Bool) -> String {
    (is64 ? "x" : "w") + (number == 31 ? "zr" : String(number))
  }

  static func registerOrSP(_ number: UInt32, is64: Bool) -> String {
    number == 31 ? (is64 ? "sp" : "wsp") : register(number, is64: is64)
  }

  static func target(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }

  var isWide: Bool { value(of: "sf") == 1 }

  private var addressOffset: Int64 {
    let immhi = Int64(value(of: "immhi"))
    return ((immhi << 45) >> 43) | Int64(value(of: "immlo"))
  }

  /// DecodeBitMasks (Arm DDI 0487, J1.1, shared/functions/integer), for an allowed encoding.
  var bitmask: UInt64 {
    let imms = value(of: "imms")
    let rotation = value(of: "immr")
    let lengthBits = value(of: "N") << 6 | ~imms & 0x3F
    guard lengthBits > 1 else { return 0 }
    let length = UInt32(31 - lengthBits.leadingZeroBitCount)
    let size = UInt32(1) << length
    let ones = (imms & (size - 1)) + 1
    let run = ones >= 64 ? UInt64.max : (UInt64(1) << UInt64(ones)) - 1
    let turn = UInt64(rotation & (size - 1))
    let elementMask = size == 64 ? UInt64.max : (UInt64(1) << UInt64(size)) - 1
    var element = turn == 0 ? run : (run >> turn | run << (UInt64(size) - turn)) & elementMask
    var width = size
    while width < 64 {
      element |= element << UInt64(width)
      width *= 2
    }
    return isWide ? element : element & 0xFFFF_FFFF
  }

  /// What MOVZ or MOVN leaves in the register.
  private var wideImmediate: UInt64 {
    let moved = UInt64(value(of: "imm16")) << UInt64(value(of: "hw") * 16)
    let result = row.instruction == .movn ? ~moved : moved
    return isWide ? result : result & 0xFFFF_FFFF
  }

  /// A register's value as a signed number of its width.
  private func signed(_ value: UInt64) -> Int64 {
    isWide ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
  }

  /// `, lsr #3` after a shifted register.
  private var shifted: String {
    let shift = value(of: "shift")
    let amount = value(of: "imm6")
    return shift == 0 && amount == 0 ? "" : ", \(Self.shifts[Int(shift)]) #\(amount)"
  }

  /// The extended register of ADD and SUB, with its extension.
  ///
  /// LSL replaces UXTX (UXTW in 32 bits) when a stack pointer is involved, and then a shift by 0 is not
  /// written (Arm DDI 0487, C6.2.4).
  private var extended: String {
    let option = value(of: "option")
    let amount = value(of: "imm3")
    let source = Self.register(value(of: "Rm"), is64: isWide && option & 3 == 3)
    let setsFlags = row.attributes.contains(.flags)
    let usesSP = value(of: "Rn") == 31 || (!setsFlags && value(of: "Rd") == 31)
    if usesSP && option == (isWide ? 3 : 2) {
      return amount == 0 ? source : "\(source), lsl #\(amount)"
    }
    return "\(source), \(Self.extensions[Int(option)])" + (amount == 0 ? "" : " #\(amount)")
  }
}
