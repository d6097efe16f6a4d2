import CPU

/// Random choices, and random words of given rows whose results go to X0 to X15.
struct InstructionMaker {
  var random: SplitMix

  init(seed: UInt64, number: UInt64) { random = SplitMix(seed: seed, stream: number) }

  // MARK: Rows

  static let plain = InstructionTable.rows.filter {
    $0.attributes.isDisjoint(with: [.ends, .memory, .system, .privileged, .exception])
  }
  static let memory = InstructionTable.rows.filter { $0.attributes.contains(.memory) }
  /// Without exclusives, whose monitor is the implementation's choice, and LDAR and STLR, which must be
  /// aligned.
  static let plainMemory = memory.filter { $0.attributes.isDisjoint(with: [.exclusive, .ordered]) }
  static let compares = InstructionTable.rows.filter {
    $0.attributes.contains(.flags) && $0.attributes.isDisjoint(with: [.system, .privileged, .fp, .simd])
  }

  // MARK: Small choices

  mutating func below(_ limit: Int) -> Int { Int(random.below(UInt64(limit))) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
  mutating func register() -> UInt32 { UInt32(below(16)) }

  /// Zero, small, extreme or any number.
  mutating func adversarial() -> UInt64 {
    let bit = random.below(64)
    switch below(10) {
    case 0: return 0
    case 1: return ~0
    case 2: return 1 << bit
    case 3: return (1 << bit) &- 1
    case 4: return ~(1 << bit)
    case 5: return random.next() >> 32
    case 6: return random.below(256) &- 128
    default: return random.next()
    }
  }

  // MARK: Words

  mutating func word(of row: InstructionRow) -> UInt32 {
    while true {
      var word = random.next32() & ~row.pattern.mask | row.pattern.value
      for field in row.fields where field.width > 2 && chance(25) {
        word = Self.set(field, pick([0, ~0, UInt32(1) << UInt32(field.width - 1)]), in: word)
      }
      if row.accepts(word) { return word }
    }
  }

  /// The word with ones where the manual has (1), and zeros where it has (0): another one is CONSTRAINED
  /// UNPREDICTABLE (Arm DDI 0487, C2.1.3).
  static func withFixedBits(_ row: InstructionRow, _ word: UInt32) -> UInt32 {
    var open = ~row.pattern.mask
    for field in row.fields { open &= ~field.mask }
    let areZeros = row.instruction == .fcmpZero || row.instruction == .fcmpeZero
    return areZeros ? word & ~open : word | open
  }

  static func set(_ field: InstructionField, _ value: UInt32, in word: UInt32) -> UInt32 {
    (word & ~field.mask) | ((value << UInt32(field.position)) & field.mask)
  }

  /// A destination of its own for each of the row's results.
  mutating func confine(_ row: InstructionRow, _ word: UInt32) -> UInt32 {
    var word = word
    var taken: UInt32 = 0
    for name in ["Rd", "Rt", "Rt2", "Rs"] {
      guard let field = row.field(name) else { continue }
      var number = register()
      while taken & (1 << number) != 0 { number = register() }
      taken |= 1 << number
      word = Self.set(field, number, in: word)
    }
    return word
  }

  mutating func dataProcessing(_ rows: [InstructionRow], fixed: Bool = false) -> UInt32 {
    let row = pick(rows)
    var word = confine(row, word(of: row))
    if fixed { word = Self.withFixedBits(row, word) }
    // Sources are among what the program computes, mostly.
    guard let field = row.field("Rn"), chance(70) else { return word }
    return Self.set(field, register(), in: word)
  }

  // MARK: State

  /// What a program starts with.
  mutating func setRegisters(_ program: inout FuzzProgram) {
    for index in 0..<16 { program.x[index] = adversarial() }
    for index in 0..<64 { program.v[index] = adversarial() }
    program.x[16] = random.next()
    program.x[17] = UInt64(dataProcessing(Self.plain))
    program.x[18] = program.base
    program.x[19] = random.below(6)
    for index in 20..<26 {
      program.x[index] = FuzzLayout.data + 0x4000 + random.below(0xc000)
      if chance(60) { program.x[index] &= ~15 }
    }
    program.x[22] &= ~15
    program.x[26] = random.below(65)
    program.x[27] = program.base
    program.x[30] = program.base
    program.flags = random.below(16)
    // Rounding mode, FZ and DN.
    if chance(30) { program.fpcr = random.below(16) << 22 }
  }
}
