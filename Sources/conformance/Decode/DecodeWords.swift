import CPU

/// Words to compare the decoders with.
enum DecodeWords {
  /// For every row: all combinations of fields that are all zeros or all ones, each field swept through its
  /// values (through powers of two and their neighbours where it is wide), and the row's identifying bits
  /// inverted one by one; then all of the system space.
  static func atExtremes(seed: UInt64) -> [UInt32] {
    var words: [UInt32] = []
    var random = SplitMix(seed: seed, stream: 1)
    for row in InstructionTable.rows {
      let fields = row.fields.map(\.mask)
      let ignored = fields.reduce(~row.pattern.mask) { $0 & ~$1 }
      let fixed = row.pattern.value
      for choice in 0..<(1 << fields.count) {
        var word = fixed
        for (number, mask) in fields.enumerated() where choice >> number & 1 == 1 { word |= mask }
        words.append(word)
        if ignored != 0 { words.append(word | ignored) }
      }
      for field in row.fields {
        for value in sweep(of: field.width) {
          for _ in 0..<3 {
            let others = random.next32() & ~row.pattern.mask & ~field.mask
            words.append(fixed | others | value << UInt32(field.position))
          }
        }
      }
      for bit in 0..<32 where row.pattern.mask >> UInt32(bit) & 1 == 1 {
        for _ in 0..<8 {
          let others = random.next32() & ~row.pattern.mask
          words.append((fixed | others) ^ 1 << UInt32(bit))
        }
      }
    }
    // The whole system space: MSR, MRS, SYS and SYSL, hints and barriers, with any register and with none.
    for choice in 0..<(1 << 17) as Range<UInt32> {
      let operation = 0xd500_0000 | choice << 5
      words.append(operation | 31)
      words.append(operation | random.next32() & 31)
    }
    return words
  }

  private static func sweep(of width: Int) -> [UInt32] {
    let top: UInt32 = width >= 32 ? ~0 : (1 << UInt32(width)) - 1
    guard width > 7 else { return Array(0...top) }
    var values: [UInt32] = []
    for bit in 0..<UInt32(width) {
      let power: UInt32 = 1 << bit
      values += [power, power &- 1, ~power & top, (0 &- power) & top]
    }
    return values
  }

  /// Half uniformly random words, half words of random rows with random fields.
  static func random(_ count: Int, from random: inout SplitMix) -> [UInt32] {
    let rows = InstructionTable.rows
    var words: [UInt32] = []
    words.reserveCapacity(count)
    for number in 0..<count {
      let bits = random.next32()
      if number & 1 == 0 {
        words.append(bits)
      } else {
        let pattern = rows[Int(random.below(UInt64(rows.count)))].pattern
        words.append(pattern.value | bits & ~pattern.mask)
      }
    }
    return words
  }
}
