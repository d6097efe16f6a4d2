import Foundation
import Testing

@testable import CPU
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

  @Test("has one table for an area, whatever it took to compare it")
  func merging() {
    let row = ConformanceResult.Row(name: "a", cases: 1, differences: 0, note: "")
    let first = ConformanceResult(area: "One", oracle: "qemu", version: "7", rows: [row])
    var second = first
    second.area = "Two"
    let merged = ConformancePage.merged([first, second, first])
    #expect(merged.map(\.area) == ["One", "Two"])
    #expect(merged.map(\.rows.count) == [2, 1])
  }

  @Test(
    "groups digits by thousands",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
  func grouped(number: Int, text: String) {
    #expect(ConformancePage.grouped(number) == text)
  }

  static let repository: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url
  }()

  /// The cases of each row of the page, by area.
  static func rowsOfThePage() throws -> [String: [String: Int]] {
    let page = repository.appendingPathComponent("docs/conformance.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    var cases: [String: [String: Int]] = [:]
    var area = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("## ") { area = String(line.dropFirst(3)) }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("| "), cells.count >= 3, !area.isEmpty else { continue }
      cases[area, default: [:]][cells[0]] = Int(cells[1].filter { $0 != "," })
      #expect(cells[2] == "0" || cells[0] == "Row", "\(area): \(line)")
    }
    return cases
  }

  @Test("What no EL0 program shows is marked as left to guests")
  func leftToGuests() {
    for row in InstructionTable.rows {
      let isLeft = EL0Rows.coveredByGuests[row.instruction] != nil || EL0Rows.note(row).contains("by guests")
      if isLeft { #expect(EL0Rows.neededFromGuests.contains(row.instruction), "\(row.instruction)") }
    }
  }

  @Test("docs/conformance.md has every row with its cases, and no difference")
  func document() throws {
    let cases = try Self.rowsOfThePage()
    for row in InstructionTable.rows {
      let name = "\(row.instruction)"
      #expect(cases["Decoder and disassembler"]?[name] ?? 0 > 0, "\(name)")
      let needed = EL0Rows.coveredByGuests[row.instruction] == nil ? 20_000 : 0
      #expect(cases["Instructions"]?[name] ?? -1 >= needed, "\(name): run scripts/conformance")
      if EL0Rows.neededFromGuests.contains(row.instruction) {
        #expect(cases["Instruction table in guests"]?[name] ?? 0 > 0, "\(name): by no guest")
      }
    }
    // That each row is taken and not taken is what TrapCoverageTests demands.
    for line in TrapText.rows.split(separator: "\n") where !line.contains("//") {
      let name = String(line.split(separator: " ")[0])
      #expect(cases["Trap table in guests"]?[name] ?? 0 > 0, "\(name): in no guest")
    }
  }

  /// The bare-metal guests, by the names of their sources.
  static let guests: [String] = {
    let folder = repository.appendingPathComponent("firmware/guests").path
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".c") }.map { String($0.dropLast(2)) }.sorted()
  }()

  /// What a transcript says it has done ("cases: 0x123"), else its lines but the first and the last.
  static func cases(inTranscript text: String) -> Int {
    let lines = text.split(separator: "\n")
    for line in lines where line.hasPrefix("cases: 0x") { return Int(line.dropFirst(9), radix: 16) ?? 0 }
    return max(0, lines.count - 2)
  }

  @Test("Each bare-metal guest has a transcript, and the page has all of its cases", arguments: guests)
  func guest(name: String) throws {
    let file = Self.repository.appendingPathComponent("firmware/guests/\(name).expected")
    let wanted = Self.cases(inTranscript: try String(contentsOf: file, encoding: .utf8))
    let rows = try Self.rowsOfThePage().filter { $0.key.hasSuffix(", guests") }
    let found = rows.values.compactMap { $0[name] }
    #expect(found.count == 1, "\(name): run scripts/conformance")
    #expect(wanted > 0 && found.allSatisfy { $0 >= wanted }, "\(name): run scripts/conformance")
  }

  @Test("The page has no row of a guest that is gone")
  func noOtherGuest() throws {
    let rows = try Self.rowsOfThePage().filter { $0.key.hasSuffix(", guests") }
    let names = rows.values.flatMap(\.keys).filter { $0 != "Row" }
    #expect(names.sorted() == Self.guests)
  }
}
