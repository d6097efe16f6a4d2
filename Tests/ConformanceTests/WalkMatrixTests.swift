import Foundation
import Testing

@testable import conformance

/// Every cell of the walk matrix is visited: the guests of walks count the cells of each group (firmware/guests/
/// walks*.expected, which QEMU agrees with), and the count must be that of the group's axes.
@Suite("Coverage of the walk matrix")
struct WalkMatrixTests {
  static let repository: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url
  }()

  /// Cells by group: "stage 1 0xc 0x2".
  static let visited: [String: Int] = {
    var result: [String: Int] = [:]
    for name in ["walks", "walks-accesses", "walks-ranges"] {
      let file = repository.appendingPathComponent("firmware/guests/\(name).expected")
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") {
        let halves = line.components(separatedBy: ": cells=0x")
        guard halves.count == 2, let count = halves[1].split(separator: " ").first else { continue }
        result[halves[0]] = Int(count, radix: 16)
      }
    }
    return result
  }()

  // The axes (Arm DDI 0487, D5.3 and D5.4).
  static let permissions = 4 * 4  // AP[2:1] × UXN, PXN
  static let flags = 2  // AF
  static let attributes = 8  // AttrIndx
  static let stageTwoAttributes = 16 - 3  // MemAttr, without the reserved values
  static let levelsOfGranule = ["0xc": 0...3, "0x10": 1...3]
  static let blocksOfGranule = ["0xc": 1...3, "0x10": 2...3]

  /// Descriptor types: 0b00, 0b01, 0b10 and at level 3 0b11; above, 0b11 is a table.
  static func types(_ level: Int) -> Int { level == 3 ? 4 : 3 }

  static let wanted: [String: Int] = {
    var result: [String: Int] = [:]
    for (granule, levels) in levelsOfGranule {
      for level in levels {
        let place = " \(granule) 0x\(level)"
        let leaves = types(level) * permissions * flags * attributes
        // AT S1E1R, S1E1W, S1E0R and S1E0W; AT S1E2R and S1E2W.
        result["stage 1" + place] = leaves * 4
        for variant in ["", ", WXN", ", off"] { result["stage 1 of EL2\(variant)" + place] = leaves * 2 }
        result["bits" + place] = (64 - 5 - 1) * 4
        // APTable, XNTable and PXNTable with AP and XN.
        if level > levels.lowerBound { result["tables" + place] = 16 * permissions * 4 }
      }
      for level in blocksOfGranule[granule] ?? 0...0 {
        let place = " \(granule) 0x\(level)"
        // XN of stage 2 is one bit. AT S12E1R to S12E0W and the four of stage 1; then each single bit from 11 on.
        let leaves = types(level) * 4 * 2 * flags * stageTwoAttributes
        result["stage 2" + place] = leaves * 8 + 53 * 4
        // Valid or not, AP, XN, AF; load, store, LDTR, STTR and fetch at EL1, load, store and fetch at EL0.
        result["EL1 and EL0" + place] = 2 * permissions * flags * 8
        result["EL1 and EL0, WXN" + place] = 2 * permissions * flags * 8
        result["EL1 and EL0, stage 2" + place] = 2 * 4 * 2 * flags * 8
        result["EL2" + place] = 2 * permissions * flags * 3
        result["EL2, WXN" + place] = 2 * permissions * flags * 3
      }
      // Sizes 16 to 39; EPD, TBI, the other TBI and A1; eleven addresses; a load and a store.
      for half in ["TTBR0", "TTBR1"] { result["\(half) ranges \(granule) 0x0"] = 24 * 16 * 11 * 2 }
      for variant in ["", ", TBI"] { result["EL2 ranges\(variant) \(granule) 0x0"] = 24 * 6 * 11 * 2 }
      for other in levelsOfGranule.keys { result["both halves \(granule) \(other)"] = 2 * 22 * 2 }
    }
    for code in 0..<4 {
      result["TG0 0x\(code) 0x0"] = 3 * 11
      result["TG1 0x\(code) 0x0"] = 3 * 11
    }
    // S2AP of both stages; XN.
    result["permissions of both 0xc 0x3"] = 128 * 4
    return result
  }()

  @Test("Each group has the cells of its axes", arguments: wanted.sorted { $0.key < $1.key })
  func cells(group: String, count: Int) {
    #expect(Self.visited[group] == count)
  }

  @Test("Stage 2 starts at each level that the granule allows, with concatenated tables")
  func concatenation() {
    for group in ["0xc 0x0", "0xc 0x1", "0xc 0x2", "0x10 0x1", "0x10 0x2", "0x10 0x3"] {
      #expect(Self.visited["concatenated " + group] ?? 0 >= 100, "\(group)")
    }
  }

  @Test("Stage 2 of the tables of stage 1, attributes of both stages, faults of tables")
  func others() {
    for group in [
      "stage 2 of tables 0xc 0x0", "stage 2 of tables 0xc 0x1", "stage 2 of tables in Device memory 0xc 0x1",
      "EL1 and EL0, stage 2 of tables 0xc 0x0", "EL1 and EL0, stage 2 of tables 0xc 0x1", "attributes 0xc 0x0",
      "attributes, Device with Normal 0xc 0x0", "table faults 0xc 0x3", "table faults 0x10 0x3",
    ] {
      #expect(Self.visited[group] ?? 0 > 0, "\(group)")
    }
  }

  @Test("The page shows the groups")
  func page() throws {
    let page = try String(
      contentsOf: Self.repository.appendingPathComponent("docs/conformance.md"), encoding: .utf8)
    for (group, count) in Self.visited {
      #expect(page.contains("| \(group) | \(ConformancePage.grouped(count)) | 0 |"), "\(group)")
    }
  }
}
