/// How a micro-op treats PSTATE.NZCV; the code generator stores flags only where somebody may look.
struct FlagUse: OptionSet {
  let rawValue: UInt8
  static let sets = FlagUse(rawValue: 1)
  static let uses = FlagUse(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What is neither a plain computation nor known here may leave the block, so that its flags must stand.
  init(_ operation: Operation) {
    switch operation {
    case .addsI64, .addsI32, .subsI64, .subsI32, .addsR64, .addsR32, .subsR64, .subsR32, .andsI64, .andsI32,
      .ands64, .ands32, .bics64, .bics32:
      self = .sets
    case .subsI64Branch, .subsI32Branch, .subsR64Branch, .subsR32Branch, .andsI64Branch, .andsI32Branch:
      self = .sets
    case .adcs64, .adcs32, .sbcs64, .sbcs32, .ccmpI64, .ccmpI32, .ccmpR64, .ccmpR32, .ccmnI64, .ccmnI32,
      .ccmnR64, .ccmnR32:
      self = [.sets, .uses]
    case .movImmediate, .mov64, .mov32, .movk64, .movk32, .addPC, .addPage, .addI64, .addI32, .addR64, .addR32,
      .subR64, .subR32, .addShifted64, .eorLeft64, .eorRight64, .orrLeft64, .eorLeft32, .eorRight32, .andI,
      .orrI64, .orrI32, .eorI64, .eorI32, .and64, .and32, .orr64, .orr32, .eor64, .eor32, .bic64, .bic32,
      .orn64, .orn32, .eon64, .eon32, .lslI64, .lslI32, .lsrI64, .lsrI32, .asrI64, .asrI32, .rorI64, .rorI32,
      .lslR64, .lslR32, .lsrR64, .lsrR32, .asrR64, .asrR32, .rorR64, .rorR32, .ubfx, .ubfiz, .sbfx64, .sbfx32,
      .sbfiz64, .sbfiz32, .bfi64, .bfi32, .bfxil64, .bfxil32, .extr64, .extr32, .sxtb, .sxth, .sxtw, .madd64,
      .madd32, .msub64, .msub32, .smaddl, .smsubl, .umaddl, .umsubl, .smulh, .umulh, .udiv64, .udiv32, .sdiv64,
      .sdiv32, .rbit64, .rbit32, .rev16x64, .rev16x32, .rev32x64, .rev64, .rev32, .clz64, .clz32, .cls64,
      .cls32:
      self = []
    default: self = .uses
    }
  }
}
