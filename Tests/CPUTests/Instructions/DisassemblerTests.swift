import Testing

@testable import CPU

@Suite("The disassembler")
struct DisassemblerTests {
  @Test("Every template names only formatters and fields that exist")
  func templatesAreComplete() {
    for row in InstructionTable.rows {
      for text in [row.template] + (row.alias.map { [$0] } ?? []) {
        let template = Disassembler.Template(text)
        #expect(template.unknown == [], "\(row.instruction)")
        for case .operand(let field?, _) in template.pieces {
          #expect(row.field(field) != nil, "\(row.instruction) has no \(field)")
        }
      }
    }
  }

  @Test(
    "Writes the instruction's own name",
    arguments: [
      (0x9100_03FD, "add x29, sp, #0x0"), (0xF100_041F, "subs xzr, x0, #0x1"),
      (0xD538_1000, "mrs x0, SCTLR_EL1"), (0xD51C_1100, "msr HCR_EL2, x0"),
      (0xD539_F200, "mrs x0, CPUACTLR_EL1"), (0xD53B_F020, "mrs x0, S3_3_C15_C0_1"),
      (0xD508_871F, "tlbi vmalle1"), (0xD50C_83DF, "tlbi vmalls12e1is"), (0xD50B_7423, "dc zva, x3"),
      (0xD503_3BBF, "dmb ish"), (0xA9BF_7BFD, "stp x29, x30, [sp, #-0x10]!"),
      (0x4E20_5800, "cnt v0.16b, v0.16b"), (0x1E6E_1000, "fmov d0, #1.00000000"),
      (0xD2A0_0020, "movz x0, #0x1, lsl #16"), (0xD37D_F041, "ubfm x1, x2, #0x3d, #0x3c"),
    ] as [(UInt32, String)])
  func ownNames(word: UInt32, text: String) {
    #expect(Disassembler.text(word: word, address: 0) == text)
  }

  @Test(
    "Writes the manual's preferred alias on request",
    arguments: [
      (0x9100_03FD, "mov x29, sp"), (0xF100_041F, "cmp x0, #0x1"), (0xD65F_03C0, "ret"),
      (0xD2A0_0020, "mov x0, #0x10000"), (0xD37D_F041, "lsl x1, x2, #3"), (0xD503_201F, "nop"),
      (0x1A9F_17E0, "cset w0, eq"), (0x0F08_A400, "sxtl v0.8h, v0.8b"), (0x2F08_A400, "uxtl v0.8h, v0.8b"),
      (0xD503_229F, "csdb"), (0x9B02_7C20, "mul x0, x1, x2"), (0xF940_0020, "ldr x0, [x1]"),
    ] as [(UInt32, String)])
  func aliases(word: UInt32, text: String) {
    #expect(Disassembler.text(word: word, address: 0, aliases: true) == text)
  }

  @Test(
    "Writes targets as absolute addresses",
    arguments: [
      (0x1400_0002, "b 0xffff000008080008"), (0x97FF_FFFF, "bl 0xffff00000807fffc"),
      (0xB000_0000, "adrp x0, 0xffff000008081000"), (0x10FF_FFE0, "adr x0, 0xffff00000807fffc"),
      (0x54FF_FFE1, "b.ne 0xffff00000807fffc"), (0x3637_FFE0, "tbz w0, #0x6, 0xffff00000807fffc"),
    ] as [(UInt32, String)])
  func targets(word: UInt32, text: String) {
    #expect(Disassembler.text(word: word, address: 0xFFFF_0000_0808_0000) == text)
  }

  @Test("Has no text for UNALLOCATED words", arguments: [0x0000_0000, 0xFFFF_FFFF, 0x4E28_4800] as [UInt32])
  func unallocated(word: UInt32) {
    #expect(Disassembler.text(word: word, address: 0) == nil)
  }

  @Test("Names each system register once for each direction")
  func registerNamesAreUnique() {
    for names in [SystemRegisterNames.readNames, SystemRegisterNames.writeNames] {
      #expect(names.count > 250)
      #expect(Set(names.values).count == names.count)
    }
  }
}
