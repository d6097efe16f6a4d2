import Testing

@testable import CPU

@Suite("Decoding of floating-point and Advanced SIMD")
struct VectorDecoderTests {
  /// A word each row accepts: operand fields counted through until one does.
  private static func example(of row: InstructionRow) -> UInt32? {
    let free = ~row.pattern.mask
    return (0..<4096).lazy
      .map { row.pattern.value | (UInt32($0) &* 0x9e37_79b9) & free }
      .first { row.accepts($0) && Decoder.decode($0) == row.instruction }
  }

  private static let rows = InstructionTable.rows.filter {
    !$0.attributes.isDisjoint(with: [.fp, .simd])
  }

  @Test("Every data-processing row has an operation")
  func dataProcessing() {
    for row in Self.rows where !row.attributes.contains(.memory) {
      let word = Self.example(of: row)
      #expect(word.flatMap { decodeVector(row.instruction, word: $0) } != nil, "\(row.instruction)")
    }
  }

  @Test("Every load and store of structures has an operation, other memory rows none")
  func memory() {
    for row in Self.rows where row.attributes.contains(.memory) {
      let word = Self.example(of: row)
      let operation = word.flatMap { decodeVectorMemory(row.instruction, word: $0) }
      #expect((operation != nil) == row.attributes.contains(.simd), "\(row.instruction)")
    }
  }

  @Test(
    "The cryptographic extension, half-precision arithmetic, RDM and dot products are unallocated",
    arguments: [
      0x4e28_4820,  // AESE
      0x5e00_0020,  // SHA1C
      0x5e28_0820,  // SHA1H
      0x0ee0_e000,  // PMULL 1Q
      0x1ee2_2820,  // FADD H
      0x4e42_1420,  // FADD 8H
      0x6e42_8420,  // SQRDMLAH 8H
      0x4e82_9420,  // SDOT
    ] as [UInt32])
  func absent(_ word: UInt32) {
    #expect(Decoder.decode(word) == nil)
  }

  @Test("A fault in the middle of a load of structures leaves all registers alone")
  func fault() {
    // LD4 {V0.16B-V3.16B}, [X1], #64: the last bytes lie behind the window.
    let word: UInt32 = 0x4cdf_0020
    let before = VectorState(word: word, seed: 3)
    let after = VectorState(word: word, seed: 3)
    let base = VectorState.windowAddress + UInt64(VectorState.windowSize) - 60
    before.registers[1] = base
    after.registers[1] = base
    #expect(!after.execute(word))
    #expect((0..<Slot.count).allSatisfy { before.registers[$0] == after.registers[$0] })
  }
}
