import Testing

@testable import MMU

@Suite("Memory attributes") struct MemoryAttributesTests {
  /// Stage 1 decode of MAIR bytes (D13.2.83). Columns: byte, result as PAR_EL1.ATTR; with SCTLR.C = 0.
  static let mair: [(UInt8, UInt8, UInt8)] = [
    (0x00, 0x00, 0x00), (0x04, 0x04, 0x04), (0x08, 0x08, 0x08), (0x0c, 0x0c, 0x0c),
    (0x44, 0x44, 0x44), (0xff, 0xff, 0x44), (0xbb, 0xbb, 0x44), (0xee, 0xee, 0x44), (0xaa, 0xaa, 0x44),
  ]

  @Test("MAIR bytes decode to themselves; SCTLR.C = 0 makes Normal memory Non-cacheable")
  func decode() {
    for (byte, cached, uncached) in Self.mair {
      let on = MemoryAttributes(mairByte: byte, shareability: 3, isCacheDisabled: false)
      let off = MemoryAttributes(mairByte: byte, shareability: 3, isCacheDisabled: true)
      #expect(on.encoding == cached)
      #expect(off.encoding == uncached)
      // Device and Non-cacheable memory is Outer Shareable (D5.5.2).
      #expect(on.shareability == (cached < 0x10 || cached == 0x44 ? 2 : 3))
      #expect(off.shareability == 2)
    }
  }

  /// Stage 1 byte, stage 2 MemAttr, combined (D5.5.3, tables D5-38 to D5-40): the stricter Device type;
  /// Device over Normal; Non-cacheable over Write-Through over Write-Back for each of outer and inner, with
  /// stage 1's allocation hints.
  static let combinations: [(one: UInt8, two: UInt8, result: UInt8)] = [
    // Device types: nGnRnE 0, nGnRE 4, nGRE 8, GRE c against MemAttr 0...3.
    (0x00, 0b0000, 0x00), (0x00, 0b0011, 0x00), (0x0c, 0b0000, 0x00), (0x0c, 0b0001, 0x04),
    (0x0c, 0b0010, 0x08), (0x0c, 0b0011, 0x0c), (0x04, 0b0010, 0x04), (0x08, 0b0001, 0x04),
    // Device against Normal.
    (0x00, 0b1111, 0x00), (0x04, 0b1111, 0x04), (0x0c, 0b0101, 0x0c), (0xff, 0b0001, 0x04),
    (0xff, 0b0000, 0x00), (0x44, 0b0011, 0x0c),
    // Normal: MemAttr outer 3:2 and inner 1:0, 01 NC, 10 WT, 11 WB.
    (0xff, 0b1111, 0xff), (0xff, 0b0101, 0x44), (0xff, 0b1010, 0xbb), (0xff, 0b1110, 0xfb),
    (0xff, 0b1101, 0xf4), (0xff, 0b0111, 0x4f), (0xbb, 0b1111, 0xbb), (0xaa, 0b1111, 0xaa),
    (0x44, 0b1111, 0x44), (0x4f, 0b1111, 0x4f), (0xf4, 0b1010, 0xb4), (0xee, 0b1010, 0xaa),
    (0xbb, 0b0101, 0x44),
  ]

  @Test("Stage 1 and stage 2 combine to the stricter", arguments: combinations)
  func combine(one: UInt8, two: UInt8, result: UInt8) {
    let first = MemoryAttributes(mairByte: one, shareability: 0, isCacheDisabled: false)
    let combined = first.combined(stageTwo: two, shareability: 0, isCacheDisabled: false)
    #expect(combined.encoding == result)
    let isAlwaysOuter = result < 0x10 || result == 0x44
    #expect(combined.shareability == (isAlwaysOuter ? 2 : 0))
  }

  /// Shareability of stage 1, of stage 2, and combined: Outer over Inner over Non (table D5-41).
  static let shareabilities: [(one: UInt8, two: UInt8, result: UInt8)] = [
    (0, 0, 0), (0, 2, 2), (0, 3, 3), (2, 0, 2), (2, 2, 2), (2, 3, 2), (3, 0, 3), (3, 2, 2), (3, 3, 3),
  ]

  @Test("Shareability combines to the wider", arguments: shareabilities)
  func shareability(one: UInt8, two: UInt8, result: UInt8) {
    let first = MemoryAttributes(mairByte: 0xff, shareability: one, isCacheDisabled: false)
    let combined = first.combined(stageTwo: 0b1111, shareability: two, isCacheDisabled: false)
    #expect(combined == MemoryAttributes(encoding: 0xff, shareability: result))
  }

  @Test("HCR_EL2.CD and ID make Normal memory Non-cacheable, for data and for fetches")
  func cacheDisable() {
    for (hcr, data, fetch) in [
      (1, 0xff, 0xff), (1 | 1 << 32, 0x44, 0xff), (1 | 1 << 33, 0xff, 0x44),
    ] as [(UInt64, UInt8, UInt8)] {
      let (bench, _) = StageTwoTests.nested(StageTwoTests.guest, leaf: 0x4000_5000 | Leaf.kernel)
      bench.apply {
        $0.hcrEL2 = hcr
        $0.sctlrEL1 |= 1 << 2 | 1 << 12
      }
      for (kind, expected) in [(AccessKind.read, data), (.execute, fetch)] {
        let result = bench.unit.probe(StageTwoTests.guest, kind, exceptionLevel: 1, stages: .both)
        guard case .success(_, let info) = result else {
          Issue.record("no translation")
          continue
        }
        #expect(info.attributes.encoding == expected)
      }
    }
  }
}
