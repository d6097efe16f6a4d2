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
}
