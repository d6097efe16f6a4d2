import CPU

/// ESR_ELx in words (Arm DDI 0487, D13.2.37).
public enum SyndromeText {
  /// The exception class.
  public static func name(class exceptionClass: UInt64) -> String {
    classes.first { $0.0 == exceptionClass }?.1 ?? "reserved class"
  }

  private static let classes: [(UInt64, String)] = [
    (0x00, "unknown reason"), (0x01, "WFI or WFE"), (0x03, "MCR or MRC, cp15"), (0x04, "MCRR or MRRC, cp15"),
    (0x05, "MCR or MRC, cp14"), (0x06, "LDC or STC"), (0x07, "floating point or SIMD"), (0x0c, "MRRC, cp14"),
    (0x0e, "illegal execution state"), (0x11, "SVC, AArch32"), (0x12, "HVC, AArch32"), (0x13, "SMC, AArch32"),
    (0x15, "SVC"), (0x16, "HVC"), (0x17, "SMC"), (0x18, "MSR, MRS or system instruction"),
    (0x20, "instruction abort from a lower level"), (0x21, "instruction abort"), (0x22, "PC alignment"),
    (0x24, "data abort from a lower level"), (0x25, "data abort"), (0x26, "SP alignment"), (0x2f, "SError"),
    (0x30, "breakpoint from a lower level"), (0x31, "breakpoint"), (0x32, "software step from a lower level"),
    (0x33, "software step"), (0x34, "watchpoint from a lower level"), (0x35, "watchpoint"), (0x3c, "BRK"),
  ]

  /// The fault status code of an abort, DFSC or IFSC.
  public static func name(status: UInt64) -> String {
    let level = status & 3
    switch status & 0x3f {
    case 0x00...0x03: return "address size fault, level \(level)"
    case 0x04...0x07: return "translation fault, level \(level)"
    case 0x09...0x0b: return "access flag fault, level \(level)"
    case 0x0d...0x0f: return "permission fault, level \(level)"
    case 0x10: return "external abort"
    case 0x14...0x17: return "external abort on a table walk, level \(level)"
    case 0x21: return "alignment fault"
    case 0x30: return "TLB conflict"
    default: return "fault status 0x\(String(status & 0x3f, radix: 16))"
    }
  }

  /// For a trapped MSR, MRS or system instruction: op0:op1:CRn:CRm:op2 in the order of the instruction.
  public static func encoding(ofTrapped syndrome: UInt64) -> UInt32 {
    func field(_ low: UInt64, _ width: UInt64) -> UInt64 { syndrome >> low & (1 << width - 1) }
    let op0 = field(20, 2), op2 = field(17, 3), op1 = field(14, 3), crn = field(10, 4), crm = field(1, 4)
    return UInt32(truncatingIfNeeded: op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2)
  }

  /// The whole register in words, as far as the class has any.
  public static func text(_ syndrome: UInt64) -> String {
    let name = name(class: syndrome >> 26)
    let specific = syndrome & 0x1ff_ffff
    switch syndrome >> 26 {
    case 0x01: return specific & 1 == 0 ? "WFI" : "WFE"
    case 0x15, 0x16, 0x17, 0x3c: return "\(name) #0x\(String(specific & 0xffff, radix: 16))"
    case 0x18:
      let direction = specific & 1 == 0 ? "write of" : "read of"
      return "\(direction) \(systemName(encoding(ofTrapped: syndrome), isRead: specific & 1 == 1)), x\(specific >> 5 & 31)"
    case 0x20, 0x21: return "\(name): \(self.name(status: specific))"
    case 0x24, 0x25: return "\(name): \(self.name(status: specific)), \(access(specific))"
    default: return name
    }
  }

  /// What a data abort's ISS says of the access.
  private static func access(_ specific: UInt64) -> String {
    var text = specific & 1 << 8 != 0 ? "cache maintenance" : specific & 1 << 6 != 0 ? "write" : "read"
    if specific & 1 << 24 != 0 {
      let bytes = 1 << (specific >> 22 & 3)
      let register = specific & 1 << 15 != 0 ? "x" : "w"
      text += " of \(bytes) byte\(bytes == 1 ? "" : "s"), \(register)\(specific >> 16 & 31)"
    }
    if specific & 1 << 7 != 0 { text += ", on a stage-1 walk" }
    return text
  }

  /// A system register or instruction by op0:op1:CRn:CRm:op2: `SCTLR_EL1`, `TLBI VAE1IS`.
  static func systemName(_ encoding: UInt32, isRead: Bool = false) -> String {
    if encoding >> 14 == 1 {
      // Xt = XZR, so that forms with and without an operand are both instructions.
      let text = Disassembler.text(word: 0xd500_001f | encoding << 5, address: 0) ?? "sys"
      return text.prefix { $0 != "," }.uppercased()
    }
    let name = SystemRegisterNames.encoding(in: encoding << 5)
    return SystemRegisterNames.text(name, isRead: isRead)
  }

  /// The bits of HCR_EL2 that have names (D13.2.46), lowest first.
  static let hcrBits: [(UInt64, String)] = [
    (0, "VM"), (1, "SWIO"), (2, "PTW"), (3, "FMO"), (4, "IMO"), (5, "AMO"), (6, "VF"), (7, "VI"), (8, "VSE"),
    (9, "FB"), (12, "DC"), (13, "TWI"), (14, "TWE"), (15, "TID0"), (16, "TID1"), (17, "TID2"), (18, "TID3"),
    (19, "TSC"), (20, "TIDCP"), (21, "TACR"), (22, "TSW"), (23, "TPCP"), (24, "TPU"), (25, "TTLB"), (26, "TVM"),
    (27, "TGE"), (28, "TDZ"), (29, "HCD"), (30, "TRVM"), (31, "RW"), (32, "CD"), (33, "ID"),
  ]
}
