import CPU
import Foundation
import Testing

@testable import conformance

@Suite("The conformance page")
struct PageTests {
  @Test("says what each comparison did, and is a function of the results and the date")
  func text() {
    let rows = [
      ConformanceResult.Row(name: "adr", cases: 20000, differences: 0, note: ""),
      ConformanceResult.Row(name: "svc", cases: 0, differences: 1, note: "a | b"),
    ]
    let result = ConformanceResult(area: "Some area", oracle: "qemu", version: "7.2", rows: rows)
    let page = ConformancePage(results: [result], date: "2026-01-02").text
    #expect(page.contains("on 2026-01-02."))
    #expect(page.contains("| [Some area](#some-area) | 2 | 20,000 | 1 | qemu | 7.2 |"))
    #expect(page.contains("| adr | 20,000 | 0 |  |\n| svc | 0 | 1 | a \\| b |"))
    #expect(page == ConformancePage(results: [result], date: "2026-01-02").text)
  }

  @Test(
    "groups digits by thousands",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
  func grouped(number: Int, text: String) {
    #expect(ConformancePage.grouped(number) == text)
  }

  @Test("docs/conformance.md has every row with its cases, and no difference")
  func document() throws {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    let text = try String(contentsOf: url.appendingPathComponent("docs/conformance.md"), encoding: .utf8)
    var cases: [String: [String: Int]] = [:]
    var area = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("## ") { area = String(line.dropFirst(3)) }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("| "), cells.count >= 3, !area.isEmpty else { continue }
      cases[area, default: [:]][cells[0]] = Int(cells[1].filter { $0 != "," })
      #expect(cells[2] == "0" || cells[0] == "Row", "\(area): \(line)")
    }
    for row in InstructionTable.rows {
      let name = "\(row.instruction)"
      #expect(cases["Decoder and disassembler"]?[name] ?? 0 > 0, "\(name)")
      let needed = EL0Rows.coveredByGuests[row.instruction] == nil ? 20_000 : 0
      #expect(cases["Instructions"]?[name] ?? -1 >= needed, "\(name): run scripts/conformance")
    }
  }
}
