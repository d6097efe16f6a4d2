import Testing

@testable import CPU

@Suite("The instruction table")
struct InstructionTableTests {
  @Test("Every line of the text is a row of 32 bits with known attributes")
  func textIsWellFormed() {
    #expect(InstructionTable.faults == [])
  }

  @Test("The rows stand in the order of the cases and name them")
  func rowsNameTheirCases() {
    #expect(InstructionTable.names == Instruction.allCases.map { "\($0)" })
  }

  @Test("Every instruction has exactly one row")
  func rowsAndCasesCorrespond() {
    var counts: [Instruction: Int] = [:]
    for row in InstructionTable.rows { counts[row.instruction, default: 0] += 1 }
    for instruction in Instruction.allCases {
      #expect(counts[instruction] == 1, "\(instruction)")
      #expect(InstructionTable.row(of: instruction).instruction == instruction)
    }
    #expect(InstructionTable.rows.count == Instruction.allCases.count)
  }

  @Test("The fields of a row and its fixed bits do not overlap")
  func fieldsAreDisjoint() {
    for row in InstructionTable.rows {
      var seen = row.pattern.mask
      for field in row.fields {
        #expect(field.width > 0 && seen & field.mask == 0, "\(row.instruction).\(field.name)")
        seen |= field.mask
      }
      #expect(Set(row.fields.map(\.name)).count == row.fields.count, "\(row.instruction)")
    }
  }

  @Test("Where two rows overlap, one is strictly more specific or excludes the common words")
  func overlapsAreResolved() {
    let rows = InstructionTable.rows
    for (number, row) in rows.enumerated() {
      for other in rows[(number + 1)...] {
        let both = row.pattern.mask & other.pattern.mask
        guard (row.pattern.value ^ other.pattern.value) & both == 0 else { continue }
        let common = BitPattern(
          mask: row.pattern.mask | other.pattern.mask, value: row.pattern.value | other.pattern.value)
        let excluded = (row.excluded + other.excluded).contains {
          $0.mask & ~common.mask == 0 && common.value & $0.mask == $0.value
        }
        let nested =
          row.pattern.mask != other.pattern.mask
          && (both == row.pattern.mask || both == other.pattern.mask)
        #expect(excluded || nested, "\(row.instruction) and \(other.instruction)")
      }
    }
  }

  @Test("The decoder finds each row by words of that row")
  func decoderAgreesWithRows() {
    var random = SplitMix(state: 1)
    for row in InstructionTable.rows {
      for _ in 0..<200 {
        let word = random.next32() & ~row.pattern.mask | row.pattern.value
        let accepting = InstructionTable.rows.filter { $0.accepts(word) }
        let expected = accepting.max {
          $0.pattern.mask.nonzeroBitCount < $1.pattern.mask.nonzeroBitCount
        }
        #expect(Decoder.decode(word) == expected?.instruction)
      }
    }
  }

  @Test("Random words decode as a search through all rows would")
  func decoderAgreesWithSearch() {
    var random = SplitMix(state: 2)
    for _ in 0..<20_000 {
      let word = random.next32()
      let accepting = InstructionTable.rows.filter { $0.accepts(word) }
      let expected = accepting.max {
        $0.pattern.mask.nonzeroBitCount < $1.pattern.mask.nonzeroBitCount
      }
      #expect(Decoder.decode(word) == expected?.instruction)
    }
  }

  @Test(
    "Known words decode to the manual's instruction",
    arguments: [
      (0xD503_201F, Instruction.nop), (0xD503_207F, .wfi), (0xD503_245F, .hint), (0xD503_3FDF, .isb),
      (0x9100_03FD, .addImmediate), (0xF100_041F, .subsImmediate), (0xD65F_03C0, .ret),
      (0xD69F_03E0, .eret), (0xD400_0002, .hvc), (0xA9BF_7BFD, .stpPreIndex),
      (0xF940_0000, .ldrImmediateUnsigned), (0x3DC0_0000, .ldrFPImmediateUnsigned),
      (0x1400_0000, .b), (0x5400_0000, .bCond), (0xD518_1000, .msrRegister), (0xD538_1000, .mrs),
      (0xD508_871F, .sys), (0xD503_42DF, .msrImmediate), (0xC85F_7C00, .ldxr),
    ] as [(UInt32, Instruction)])
  func knownWords(word: UInt32, instruction: Instruction) {
    #expect(Decoder.decode(word) == instruction)
  }

  @Test(
    "Later architecture versions are UNALLOCATED",
    arguments: [
      0x0000_0000,  // UDF
      0xFFFF_FFFF,
      0xB820_0000,  // LDADD (LSE)
      0x88A0_7C00,  // CAS (LSE)
      0x4E28_4800,  // AESE
      0x5E00_0000,  // SHA1C
      0x1EE0_2800,  // FADD Hd (FP16)
      0xD71F_0800,  // BRAA
      0xDAC1_0000,  // PACIA Xd
      0x2E40_8400,  // SQRDMLAH (RDM)
      0xD500_409F,  // MSR PAN, #0
      0xD503_30FF,  // SB
      0x1200_7C00,  // AND Wd, Wn, with imms all ones
    ] as [UInt32])
  func laterVersions(word: UInt32) {
    #expect(Decoder.decode(word) == nil)
  }
}

/// A small deterministic generator.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }

  mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next() &>> 32) }
}
