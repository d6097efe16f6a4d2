extension Operand {
  /// Operands of hints, barriers, and system instructions.
  static let systemFormatters: [String: Formatter] = [
    "hint": { hex($0.value(of: "CRm") << 3 | $0.value(of: "op2")) },
    "trap": { $0.value == 0 ? "#0" : hex($0.value) },
    "barrier": { barriers[Int($0.value)] },
    "isb": { $0.value == 15 ? "sy" : "#\($0.value)" },
    "cr": { "c\($0.value)" },
    "pstateField": { $0.pstateField },
    "sysreg": {
      SystemRegisterNames.text(
        SystemRegisterNames.encoding(in: $0.word), isRead: $0.row.instruction == .mrs)
    },
    "sys": { $0.systemInstruction(omitsZeroRegister: false) },
    "sysShort": { $0.systemInstruction(omitsZeroRegister: true) },
  ]

  /// Shareability domain and access types by CRm (Arm DDI 0487, C6.2.81).
  private static let barriers = [
    "#0", "oshld", "oshst", "osh", "#4", "nshld", "nshst", "nsh", "#8", "ishld", "ishst", "ish", "#12",
    "ld", "st", "sy",
  ]

  private var pstateField: String {
    switch (value(of: "op1"), value(of: "op2")) {
    case (0, 5): "SPSel"
    case (3, 6): "DAIFSet"
    case (3, 7): "DAIFClr"
    default: "?"
    }
  }

  private func systemInstruction(omitsZeroRegister: Bool) -> String {
    let register = Self.register(value(of: "Rt"), is64: true)
    if let name = SystemInstructionNames.name(of: word) {
      return name.takesRegister ? "\(name.text), \(register)" : name.text
    }
    let crn = value(of: "CRn")
    let crm = value(of: "CRm")
    let operation = "\(Self.hex(value(of: "op1"))), c\(crn), c\(crm), \(Self.hex(value(of: "op2")))"
    return "sys \(operation)" + (omitsZeroRegister && value(of: "Rt") == 31 ? "" : ", \(register)")
  }
}
