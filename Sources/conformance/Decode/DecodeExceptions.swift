import CPU

/// The words about which LLVM and the Armv8.0 manual (Arm DDI 0487) do not say the same, and why. There are
/// no others.
enum DecodeExceptions {
  /// LLVM has text for words that Armv8.0 does not allocate.
  static func isDecodedByLLVMOnly(_ word: UInt32) -> Bool {
    // C4.1.1, Reserved: UDF, which is permanently UNDEFINED.
    word >> 16 == 0
      // C4.1.3, System instructions: LLVM takes the whole space of op0 = 0b00 for MSR and MRS of registers
      // S0_...; what is not a hint, barrier or PSTATE access there is unallocated.
      || word & 0xFFD8_0000 == 0xD500_0000
  }

  /// Instructions that LLVM writes as their aliases even when asked not to (C6.2 and C7.2, Alias conditions).
  static let aliasedAlways: Set<Instruction> = [
    .movz, .movn, .orrImmediate, .sbfm, .ubfm, .bfm, .dupElementScalar, .lslv, .lsrv, .asrv, .rorv,
  ]

  /// LLVM's text is of no use for this word.
  static func isIncomparable(_ word: UInt32, _ instruction: Instruction, aliases: Bool) -> Bool {
    switch instruction {
    case .prfmRegisterOffset where word >> 3 & 3 == 3:
      // C6.2.212, PRFM: LLVM writes RPRFM, a hint of Armv8.9 among the reserved prefetch operations.
      true
    case .strRegisterOffset, .ldrRegisterOffset, .ldrsRegisterOffset, .strFPRegisterOffset,
      .ldrFPRegisterOffset, .prfmRegisterOffset:
      // C6.2.132, LDR (register): without aliases, LLVM writes the amount even where S is 0.
      !aliases && word >> 12 & 0xF == 0b0110
    case .sshllVector, .ushllVector:
      // C7.2.306 and C7.2.391: LLVM does not write SXTL and UXTL, which the manual prefers.
      aliases && (word >> 19 & 0xF).nonzeroBitCount == 1 && word >> 16 & 7 == 0
    case .hint:
      // C6.2.84, HINT: LLVM writes DGH, a hint of Armv8.6.
      aliases && word == 0xD503_20DF
    case .sys:
      // C5.3 and C5.4: LLVM names AT S1E1A, S1E2A and S1E3A (FEAT_ATS1A) and APAS (FEAT_RME), operations of
      // Armv9, which Armv8.0 has no names for.
      [0xd508_7940, 0xd50c_7940, 0xd50e_7940, 0xd50e_7000].contains(word & ~31)
    default: false
    }
  }

  /// What a reader of the page must know about a row: which of its words or texts are not compared.
  static func note(_ instruction: Instruction) -> String {
    switch instruction {
    case .prfmRegisterOffset: "not RPRFM, a hint of Armv8.9 (C6.2.212)"
    case .sshllVector, .ushllVector: "not SXTL and UXTL, which LLVM does not write (C7.2.306, C7.2.391)"
    case .hint: "not DGH, a hint of Armv8.6 (C6.2.84)"
    case .sys: "not AT S1E1A, S1E2A, S1E3A and APAS, operations of Armv9 (C5.3, C5.4)"
    case .mrs, .msrRegister: "names of registers of later versions stand for generic names (D13)"
    default: ""
    }
  }

  /// Whether two texts that differ mean the same.
  static func agree(_ ours: String, _ theirs: String) -> Bool {
    if ours.hasPrefix("movi ") || ours.hasPrefix("hint ") {
      // C1.2.4: the base in which an immediate is written is free.
      return withoutBase(ours) == withoutBase(theirs)
    }
    // D13: LLVM has names for registers of later architecture versions, and no name for a read-only
    // register that is written.
    let left = ours.split(separator: " ")
    let right = theirs.split(separator: " ")
    guard left.count == 3, right.count == 3, left[0] == right[0], left[0] == "mrs" || left[0] == "msr"
    else { return false }
    let general = left[0] == "mrs" ? 1 : 2
    guard left[general] == right[general] else { return false }
    let name = left[3 - general].filter { $0 != "," }
    let theirName = right[3 - general].filter { $0 != "," }
    if let encoding = encodings[name] { return theirName == encoding }
    return encodings[theirName] == nil && !theirName.hasPrefix("S2_") && !theirName.hasPrefix("S3_")
  }

  /// The text with its immediate in decimal.
  private static func withoutBase(_ text: String) -> String {
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return text }
    let digits = parts[1].hasPrefix("0x") ? UInt64(parts[1].dropFirst(2), radix: 16) : UInt64(parts[1])
    return String(parts[0]) + (digits.map { "#\($0)" } ?? String(parts[1]))
  }

  /// The generic names of the registers that have a name.
  private static let encodings: [String: String] = {
    var encodings: [String: String] = [:]
    for names in [SystemRegisterNames.readNames, SystemRegisterNames.writeNames] {
      for (encoding, name) in names { encodings[name] = SystemRegisterNames.genericName(encoding) }
    }
    return encodings
  }()
}
