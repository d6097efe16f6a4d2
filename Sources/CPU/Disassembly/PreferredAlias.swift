/// The aliases the manual prefers for disassembly (Arm DDI 0487, C6.2 and C7.2, "Alias conditions").
enum PreferredAlias {
  /// The template of the alias `word` is to be written as, or nil if it keeps its own name.
  ///
  /// Aliases without condition stand in the table's last column.
  static func template(of instruction: Instruction, word: UInt32, row: InstructionRow) -> String? {
    if let alias = row.alias { return alias }
    let fields = Fields(word: word, row: row)
    return fields.arithmetic(instruction) ?? fields.logical(instruction) ?? fields.bitfield(instruction)
      ?? fields.conditional(instruction) ?? fields.multiplication(instruction)
      ?? fields.system(instruction) ?? fields.vector(instruction) ?? fields.withoutZeroOffset()
  }
}

/// The fields of a word that conditions of aliases look at.
private struct Fields {
  let word: UInt32
  let row: InstructionRow

  private func value(_ name: String) -> UInt32 { row.field(name)?.value(in: word) ?? 0 }

  private var rd: UInt32 { value("Rd") }
  private var rn: UInt32 { value("Rn") }
  private var rm: UInt32 { value("Rm") }

  // MARK: Data processing on general registers

  func arithmetic(_ instruction: Instruction) -> String? {
    switch instruction {
    case .addImmediate where value("imm12") == 0 && value("sh") == 0 && (rd == 31 || rn == 31):
      "mov <Rd.rsp>, <Rn.rsp>"
    case .addsImmediate where rd == 31: "cmn <Rn.rsp>, <imm12.hex><sh.lsl12>"
    case .subsImmediate where rd == 31: "cmp <Rn.rsp>, <imm12.hex><sh.lsl12>"
    case .addsShifted where rd == 31: "cmn <Rn.r>, <Rm.r><shifted>"
    case .subsShifted where rd == 31: "cmp <Rn.r>, <Rm.r><shifted>"
    case .subsShifted where rn == 31: "negs <Rd.r>, <Rm.r><shifted>"
    case .subShifted where rn == 31: "neg <Rd.r>, <Rm.r><shifted>"
    case .addsExtended where rd == 31: "cmn <Rn.rsp>, <extended>"
    case .subsExtended where rd == 31: "cmp <Rn.rsp>, <extended>"
    case .sbc where rn == 31: "ngc <Rd.r>, <Rm.r>"
    case .sbcs where rn == 31: "ngcs <Rd.r>, <Rm.r>"
    default: nil
    }
  }

  func logical(_ instruction: Instruction) -> String? {
    switch instruction {
    case .andsImmediate where rd == 31: "tst <Rn.r>, <bitmask>"
    case .andsShifted where rd == 31: "tst <Rn.r>, <Rm.r><shifted>"
    case .orrShifted where rn == 31 && value("shift") == 0 && value("imm6") == 0: "mov <Rd.r>, <Rm.r>"
    case .ornShifted where rn == 31: "mvn <Rd.r>, <Rm.r><shifted>"
    case .orrImmediate where rn == 31 && !isMoveWidePreferred: "mov <Rd.rsp>, <bitmaskSigned>"
    case .movz where value("imm16") != 0 || value("hw") == 0: "mov <Rd.r>, <wideMoved>"
    case .movn where isInvertedMove: "mov <Rd.r>, <wideMoved>"
    default: nil
    }
  }

  private var isInvertedMove: Bool {
    let immediate = value("imm16")
    return (immediate != 0 || value("hw") == 0) && (value("sf") == 1 || immediate != 0xFFFF)
  }

  /// MoveWidePreferred: whether MOVZ or MOVN can produce the immediate of ORR.
  private var isMoveWidePreferred: Bool {
    let operand = Operand(word: word, address: 0, row: row, field: nil)
    let width = UInt64(operand.isWide ? 64 : 32)
    let all = UInt64.max >> (64 - width)
    let immediate = operand.bitmask
    return stride(from: 0, to: width, by: 16).contains { position in
      let others = all & ~(0xFFFF << position)
      return immediate & others == 0 || ~immediate & others == 0
    }
  }

  func bitfield(_ instruction: Instruction) -> String? {
    let rotation = value("immr")
    let top = value("imms")
    let last: UInt32 = value("sf") == 1 ? 63 : 31
    let isInsertion = top < rotation
    switch instruction {
    case .extr where rn == rm: return "ror <Rd.r>, <Rn.r>, <imms.hex>"
    case .bfm:
      return isInsertion
        ? "bfi <Rd.r>, <Rn.r>, <insertPosition>, <imms.length>"
        : "bfxil <Rd.r>, <Rn.r>, <immr.dec>, <extractLength>"
    case .sbfm:
      if top == last { return "asr <Rd.r>, <Rn.r>, <immr.dec>" }
      if isInsertion { return "sbfiz <Rd.r>, <Rn.r>, <insertPosition>, <imms.length>" }
      if rotation == 0 && top == 7 { return "sxtb <Rd.r>, <Rn.w>" }
      if rotation == 0 && top == 15 { return "sxth <Rd.r>, <Rn.w>" }
      if rotation == 0 && top == 31 { return "sxtw <Rd.r>, <Rn.w>" }
      return "sbfx <Rd.r>, <Rn.r>, <immr.dec>, <extractLength>"
    case .ubfm:
      if top == last { return "lsr <Rd.r>, <Rn.r>, <immr.dec>" }
      if top + 1 == rotation { return "lsl <Rd.r>, <Rn.r>, <insertPosition>" }
      if isInsertion { return "ubfiz <Rd.r>, <Rn.r>, <insertPosition>, <imms.length>" }
      if rotation == 0 && top == 7 && last == 31 { return "uxtb <Rd.r>, <Rn.w>" }
      if rotation == 0 && top == 15 && last == 31 { return "uxth <Rd.r>, <Rn.w>" }
      return "ubfx <Rd.r>, <Rn.r>, <immr.dec>, <extractLength>"
    default: return nil
    }
  }

  func conditional(_ instruction: Instruction) -> String? {
    guard rn == rm, value("cond") < 14 else { return nil }
    switch instruction {
    case .csinc: return rn == 31 ? "cset <Rd.r>, <cond.inverse>" : "cinc <Rd.r>, <Rn.r>, <cond.inverse>"
    case .csinv: return rn == 31 ? "csetm <Rd.r>, <cond.inverse>" : "cinv <Rd.r>, <Rn.r>, <cond.inverse>"
    case .csneg: return "cneg <Rd.r>, <Rn.r>, <cond.inverse>"
    default: return nil
    }
  }

  func multiplication(_ instruction: Instruction) -> String? {
    guard value("Ra") == 31 else { return nil }
    switch instruction {
    case .madd: return "mul <Rd.r>, <Rn.r>, <Rm.r>"
    case .msub: return "mneg <Rd.r>, <Rn.r>, <Rm.r>"
    case .smaddl: return "smull <Rd.x>, <Rn.w>, <Rm.w>"
    case .smsubl: return "smnegl <Rd.x>, <Rn.w>, <Rm.w>"
    case .umaddl: return "umull <Rd.x>, <Rn.w>, <Rm.w>"
    case .umsubl: return "umnegl <Rd.x>, <Rn.w>, <Rm.w>"
    default: return nil
    }
  }

  // MARK: Others

  func system(_ instruction: Instruction) -> String? {
    switch instruction {
    case .ret where rn == 30: "ret"
    case .sys where value("Rt") == 31: "<sysShort>"
    case .hint where value("CRm") == 2 && value("op2") == 4: "csdb"
    case .clrex where value("CRm") == 15: "clrex"
    case .isb where value("CRm") == 15: "isb"
    case .dsb where value("CRm") == 0: "ssbb"
    case .dsb where value("CRm") == 4: "pssbb"
    case .dcps1 where value("imm16") == 0: "dcps1"
    case .dcps2 where value("imm16") == 0: "dcps2"
    case .dcps3 where value("imm16") == 0: "dcps3"
    default: nil
    }
  }

  func vector(_ instruction: Instruction) -> String? {
    let zeroShift = value("immb") == 0 && value("immh").nonzeroBitCount == 1
    switch instruction {
    case .orrVector where rn == rm: return "mov <Rd.v8>, <Rn.v8>"
    case .umov where value("imm5") & 3 == 0: return "mov <Rd.rq>, <Rn.element5>"
    case .sshllVector where zeroShift: return "sxtl<Q.2> <Rd.viw>, <Rn.vi>"
    case .ushllVector where zeroShift: return "uxtl<Q.2> <Rd.viw>, <Rn.vi>"
    default: return nil
    }
  }

  /// `[x0]` for `[x0, #0x0]`, unless the base is written back.
  func withoutZeroOffset() -> String? {
    guard row.template.hasSuffix("]"), let open = row.template.lastIndex(of: "<"),
      row.template[open...].hasPrefix("<imm"), let close = row.template[open...].firstIndex(of: "."),
      value(String(row.template[row.template.index(after: open)..<close])) == 0
    else { return nil }
    return row.template[..<open].dropLast(2) + "]"
  }
}
