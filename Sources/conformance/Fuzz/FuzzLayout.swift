/// Where things are in the memory of a fuzzed program; addresses are the same in all translations.
enum FuzzLayout {
  static let ramSize: UInt64 = 4 << 20
  /// Translation tables, both stages.
  static let tables: UInt64 = 0
  /// Two pages of code; programs begin anywhere in the first.
  static let code: UInt64 = 0x10_0000
  static let codeSize: UInt64 = 0x2000
  /// Where a program of `Level.user` goes when it is done: a branch to itself.
  static let exit: UInt64 = 0x10_3000
  /// Vectors of EL1, EL2 and EL3, a page each.
  static let vectors: UInt64 = 0x11_0000
  static let data: UInt64 = 0x20_0000
  static let dataSize: UInt64 = 0x2_0000

  /// The 64-bit word at `index` of the data, which the oracle computes, too.
  @inline(__always)
  static func fill(_ seed: UInt64, _ index: UInt64) -> UInt64 {
    let mixed = (seed ^ index) &* 0x9e37_79b9_7f4a_7c15
    return mixed ^ mixed >> 29
  }

  // MARK: Translation

  /// Normal memory, Inner Shareable, accessed; attribute 1 of MAIR. AP and XN follow.
  private static let page: UInt64 = 0x703 | 1 << 2
  private static let user: UInt64 = 1 << 6
  private static let readOnly: UInt64 = 1 << 7
  /// Stage 2: Normal Write-Back, Inner Shareable, accessed, read and write.
  private static let stage2: UInt64 = 0x703 | 15 << 2 | 1 << 6 | 1 << 7

  static let stage1Root: UInt64 = 0x0000
  static let stage2Root: UInt64 = 0x8000

  /// The tables as words from address 0: root, level 2, and two of level 3 for 4 MiB, for each stage.
  static func tableWords(user isUser: Bool, holes: Bool, devices: Bool) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: 0x10000 / 8)
    for root in [stage1Root, stage2Root] {
      let first = Int(root / 8)
      words[first] = (root + 0x1000) | 3
      words[first + 512] = (root + 0x2000) | 3
      words[first + 513] = (root + 0x3000) | 3
      for number in 0..<1024 {
        let address = UInt64(number) << 12
        let isFirst = root == stage1Root
        let entry = isFirst ? stage1Entry(address, isUser, holes, devices) : stage2Entry(address, holes, devices)
        words[first + 1024 + number] = entry
      }
    }
    return words
  }

  /// SCTLR_ELx.EE is the byte order of translation-table walks, too: EL1's of its own, EL2's of stage 2.
  static func swapTables(_ words: inout [UInt64]) {
    for index in words.indices { words[index] = words[index].byteSwapped }
  }

  private static func stage1Entry(
    _ address: UInt64, _ isUser: Bool, _ holes: Bool, _ devices: Bool
  ) -> UInt64 {
    let plain = address | page
    let isCode = address >= code && address < code + codeSize || address == exit
    if isCode { return isUser ? plain | user | readOnly : plain }
    if address >= data && address < data + dataSize {
      let open = plain | user
      switch (address - data) >> 12 {
      case 6 where holes: return 0
      case 7 where holes: return open | readOnly
      case 11 where holes: return plain
      // Attribute 0: Device-nGnRnE.
      case 12 where devices: return open & ~(7 << 2)
      default: return open
      }
    }
    if address >= vectors && address < vectors + 0x3000 { return plain }
    return address < 0x10_0000 ? plain | readOnly : 0
  }

  private static func stage2Entry(_ address: UInt64, _ holes: Bool, _ devices: Bool) -> UInt64 {
    let open = address | stage2
    guard address >= data, address < data + dataSize else { return open }
    switch (address - data) >> 12 {
    case 8 where holes: return 0
    case 9 where holes: return open & ~(1 << 7)
    case 13 where devices: return open & ~(15 << 2)
    default: return open
    }
  }

  // MARK: Handlers

  /// The exception handler of a level: folds ESR, FAR and ELR into X28, steps over the instruction unless the
  /// return address is behind it already, and returns to the code if the address is outside. Uses X29.
  static func handler(level: UInt32) -> [UInt32] {
    // op1 of ESR_EL1 and others is 0, of EL2 4, of EL3 6.
    let bank: UInt32 = (level == 1 ? 0 : level == 2 ? 4 : 6) << 16
    let readESR = 0xd538_521d | bank
    let readFAR = 0xd538_601d | bank
    let readELR = 0xd538_403d | bank
    let writeELR = 0xd518_403d | bank
    let writeELRFromX27 = 0xd518_403b | bank
    return [
      readESR,
      0xcadd_279c,  // eor x28, x28, x29, ror #9
      readFAR,
      0xcadd_479c,  // eor x28, x28, x29, ror #17
      readELR,
      0xca1d_079c,  // eor x28, x28, x29, lsl #1
      0x93dc_179c,  // ror x28, x28, #5
      readESR,
      0xd35a_ffbd,  // lsr x29, x29, #26
      0xf100_57bf,  // cmp x29, #0x15 (SVC)
      0x5400_00c0,  // b.eq to the range check
      0xf100_5bbf,  // cmp x29, #0x16 (HVC)
      0x5400_0080,  // b.eq to the range check
      readELR,
      0x9100_13bd,  // add x29, x29, #4
      writeELR,
      // The range check.
      readELR,
      0xcb1b_03bd,  // sub x29, x29, x27
      0xf140_07bf,  // cmp x29, #1, lsl #12
      0x5400_0043,  // b.lo to eret
      writeELRFromX27,
      0xd69f_03e0,  // eret
    ]
  }
}
