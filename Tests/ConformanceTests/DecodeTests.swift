import CPU
import Testing

@testable import conformance

@Suite("The instruction table and LLVM agree", .enabled(if: LLVMDisassembly.tool != nil, "no llvm-objdump"))
struct DecodeTests {
  @Test("on a million random words, and on every row with all fields at their extremes")
  func agreement() throws {
    var comparison = DecodeComparison()
    try comparison.run(count: 1_000_000, seed: 1)
    let result = comparison.result(version: "")
    #expect(result.differences == 0, "\(comparison.messages.joined(separator: "\n"))")
    #expect(result.rows.count == InstructionTable.rows.count + 1)
    for row in result.rows { #expect(row.cases >= 100 || Self.isSingle(row.name), "\(row.name)") }
  }

  /// Instructions without fields are one word.
  private static func isSingle(_ name: String) -> Bool {
    InstructionTable.rows.contains { "\($0.instruction)" == name && $0.fields.allSatisfy { $0.width <= 4 } }
  }

  @Test("A word that is decoded otherwise is a difference")
  func isAbleToFail() throws {
    // Reads the words as others: their disassembly differs, or they are UNALLOCATED.
    let words: [UInt32] = [0x8b02_0020, 0xd65f_03c0, 0]
    let theirs = try LLVMDisassembly(words, aliases: false)
    var lines: [String] = []
    try theirs.forEachLine { lines.append(String(decoding: $1, as: UTF8.self)) }
    #expect(lines[0] == "add x0, x1, x2")
    #expect(lines[1] == "ret x30" || lines[1] == "ret")
    #expect(Disassembler.text(word: 0x8b02_0041, address: 0) != lines[0])
    #expect(!DecodeExceptions.agree("add x1, x2, x2", lines[0]))
    #expect(!DecodeExceptions.agree("mrs x0, TTBR0_EL1", "mrs x0, TTBR1_EL1"))
  }

  @Test(
    "What later versions of the architecture added is UNDEFINED",
    arguments: [
      (0xf820_0041, "ldadd, Armv8.1 LSE"), (0xc8a0_7c41, "cas, Armv8.1 LSE"),
      (0x2e80_8400, "sqrdmlah, Armv8.1"),
      (0x1ee2_2820, "fadd of halves, Armv8.2"), (0x4e40_1400, "fadd of half vectors, Armv8.2"),
      (0x4e28_4820, "aese, cryptographic extension"), (0x5e00_0020, "sha1c, cryptographic extension"),
      (0x0ee0_e020, "pmull of doublewords, cryptographic extension"), (0x4e80_9400, "sdot, Armv8.2"),
      (0xd71f_0800, "braaz, Armv8.3"), (0x9ac0_3000, "pacga, Armv8.3"), (0x38bf_c000, "ldaprb, Armv8.3"),
      (0x1e7e_0000, "fjcvtzs, Armv8.3"), (0xd500_401f, "cfinv, Armv8.4"), (0xd500_409f, "msr pan, Armv8.1"),
      (0x0420_0000, "SVE"), (0xd503_4060, "msr uao, Armv8.2"),
    ] as [(UInt32, String)])
  func later(word: UInt32, name: String) {
    #expect(Decoder.decode(word) == nil, "\(name)")
  }
}
