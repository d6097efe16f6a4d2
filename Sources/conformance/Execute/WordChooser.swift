import CPU

/// Chooses instruction words of one row: random and extreme fields, without words whose outcome the manual
/// leaves open (CONSTRAINED UNPREDICTABLE, Arm DDI 0487, K1.2) or that a program at EL0 cannot observe.
struct WordChooser {
  let row: InstructionRow
  private let name: String
  private let free: UInt32
  private let registers: [InstructionField]
  private let rn: InstructionField?
  private let rt: InstructionField?
  private let rt2: InstructionField?
  private let rs: InstructionField?
  private let rm: InstructionField?
  private let isLiteral: Bool
  private let writesBase: Bool
  private let loadsPair: Bool

  init(_ row: InstructionRow) {
    self.row = row
    name = "\(row.instruction)"
    free = row.fields.reduce(~row.pattern.mask) { $0 & ~$1.mask }
    registers = row.fields.filter { $0.name.hasPrefix("R") && $0.width == 5 }
    rn = row.field("Rn")
    rt = row.field("Rt")
    rt2 = row.field("Rt2")
    rs = row.field("Rs")
    rm = row.field("Rm")
    isLiteral = name.hasSuffix("Literal")
    let isFP = row.attributes.contains(.fp) || row.attributes.contains(.simd)
    writesBase = row.attributes.contains(.memory) && name.contains("Index") && !isFP
    loadsPair = rt2 != nil && row.attributes.contains(.load)
  }

  /// A word, or nil if ten thousand attempts found none.
  func choose(from random: inout SplitMix) -> UInt32? {
    for _ in 0..<10_000 {
      let word = candidate(&random)
      if Decoder.decode(word) == row.instruction, !isOpen(word) { return word }
    }
    return nil
  }

  private func candidate(_ random: inout SplitMix) -> UInt32 {
    var word = row.pattern.value | random.next32() & free
    for field in row.fields {
      let top: UInt32 = field.mask >> UInt32(field.position)
      var bits = random.next32() & top
      if field.name.hasPrefix("R") {
        if random.oneIn(10) { bits = 31 }
      } else if field.width > 2 {
        switch random.below(6) {
        case 0: bits = 0
        case 1: bits = top
        case 2: bits = top &- (top >> 1)
        default: break
        }
      }
      word |= bits << UInt32(field.position)
    }
    if registers.count > 1, random.oneIn(7) {  // one register twice
      let to = registers[Int(random.below(UInt64(registers.count)))]
      let from = registers[Int(random.below(UInt64(registers.count)))]
      word = word & ~to.mask | from.value(in: word) << UInt32(to.position)
    }
    if isLiteral { word = literal(word, &random) }
    return system(word, &random)
  }

  /// Most literals are in the window, near a page's end or anywhere.
  private func literal(_ word: UInt32, _ random: inout SplitMix) -> UInt32 {
    guard !random.oneIn(16) else { return word }
    let pages = CaseLayout.windowSize / 4096
    let page = CaseLayout.window &+ random.below(pages + 1) &* 4096
    let address =
      random.oneIn(2) ? page &+ random.below(10) &* 4 &- 32 : CaseLayout.window &+ random.below(2048) &* 4
    let distance = UInt32(truncatingIfNeeded: (address &- CaseLayout.slot &- 4) >> 2)
    return word & ~0x00ff_ffe0 | (distance & 0x7ffff) << 5
  }

  /// Half the system words name what EL0 may access, the others what it may not.
  private func system(_ word: UInt32, _ random: inout SplitMix) -> UInt32 {
    let rt = word & 31
    switch row.instruction {
    case .mrs where random.oneIn(2):
      return Self.readable[Int(random.below(UInt64(Self.readable.count)))] | rt
    case .msrRegister where random.oneIn(2):
      return Self.writable[Int(random.below(UInt64(Self.writable.count)))] | rt
    case .sys where random.oneIn(2):
      return Self.operations[Int(random.below(UInt64(Self.operations.count)))] | rt
    default: return word
    }
  }

  /// MRS of NZCV, FPCR, FPSR, DCZID_EL0, CTR_EL0.
  private static let readable: [UInt32] = [0xd53b_4200, 0xd53b_4400, 0xd53b_4420, 0xd53b_00e0, 0xd53b_0020]
  /// MSR of NZCV, FPCR, FPSR.
  private static let writable: [UInt32] = [0xd51b_4200, 0xd51b_4400, 0xd51b_4420]
  /// DC ZVA (twice as often), DC CVAC, DC CVAU, DC CIVAC, IC IVAU.
  private static let operations: [UInt32] = [
    0xd50b_7420, 0xd50b_7420, 0xd50b_7a20, 0xd50b_7b20, 0xd50b_7e20, 0xd50b_7520,
  ]

  private func isOpen(_ word: UInt32) -> Bool {
    let n = rn?.value(in: word)
    let t = rt?.value(in: word)
    let t2 = rt2?.value(in: word)
    if writesBase, let n, n != 31, n == t || n == t2 { return true }
    if loadsPair, t == t2 { return true }
    if let s = rs?.value(in: word), let n {
      if s == t || s == t2 || s == n && n != 31 { return true }
      // The companion of a store-exclusive pair loads into X29.
      if n == 29 { return true }
    }
    // No choice of the register gives a wanted address.
    if name.hasSuffix("RegisterOffset"), n == rm?.value(in: word), n != 31 { return true }
    if isLiteral {
      return Self.isReserved(word, immediate: 19, position: 5, margin: 16) && row.instruction != .prfmLiteral
    }
    switch row.instruction {
    case .b, .bl: return Self.isReserved(word, immediate: 26, position: 0)
    case .bCond, .cbz, .cbnz: return Self.isReserved(word, immediate: 19, position: 5)
    case .tbz, .tbnz: return Self.isReserved(word, immediate: 14, position: 5)
    case .mrs, .msrRegister, .sys, .sysl: return isObservedElsewhere(word)
    default: return false
    }
  }

  /// Whether a word relative to the PC reaches the oracle's own code, other than behind itself. Literals may
  /// not touch the code at all: it differs.
  private static func isReserved(
    _ word: UInt32, immediate width: UInt32, position: UInt32, margin: UInt64 = 0
  ) -> Bool {
    let unused = 32 - width
    let offset = Int64(Int32(bitPattern: (word >> position) << unused) >> Int32(unused)) * 4
    let target = CaseLayout.slot &+ 4 &+ UInt64(bitPattern: offset)
    if margin > 0 {
      return CaseLayout.code.lowerBound &- margin <= target && target < CaseLayout.code.upperBound
    }
    return CaseLayout.reserved.contains(target) && offset != 4
  }

  /// System registers and operations that programs at EL0 can access on the oracle because its operating
  /// system allows it, or that hold what differs between machines; guests look at all of them.
  private func isObservedElsewhere(_ word: UInt32) -> Bool {
    // Only DC ZVA is sure to fault where nothing is mapped, which is so at address 0.
    if row.instruction == .sys, word & 31 == 31, word & ~31 != Self.operations[0] { return true }
    let isAllowed = [Self.readable, Self.writable, Self.operations].contains { $0.contains(word & ~31) }
    if isAllowed { return false }
    let op1 = word >> 16 & 7
    // What is left has op1 = 0, 4 or 6: EL1, EL2, EL3 (D12.3.1).
    guard op1 == 0 || op1 == 4 || op1 == 6 else { return true }
    // Identification registers, which Linux lets programs read.
    return row.instruction == .mrs && op1 == 0 && word >> 12 & 15 == 0 && word >> 19 & 3 == 3
  }
}
