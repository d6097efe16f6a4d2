import Foundation
import Testing

@Suite("Benchmarks/run and Benchmarks/chart do what needs no emulator", .enabled(if: HostTool.path("python3") != nil))
struct BenchmarkToolTests {
  private func run(_ arguments: [String]) throws -> String? {
    let python = try #require(HostTool.path("python3"))
    let script = BareMetalGuests.repository + "/Benchmarks/" + arguments[0]
    return try HostTool.run(python, [script] + arguments.dropFirst()).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("--list names each group's cases, --case chooses among them")
  func list() throws {
    let all = try #require(try run(["run", "--list"]))
    for item in ["boots:", "  trixie Xen+Linux", "kernels:", "  neon", "micro:", "loads:", "startup:"] {
      #expect(all.contains(item + "\n") || all.contains(item + " "), "\(item)")
    }
    let one = try #require(try run(["run", "--list", "--only", "kernels", "--case", "crc"]))
    #expect(one.split(separator: "\n").dropFirst() == ["  crc"])
    #expect(try run(["run", "--only", "nothing"]) == nil, "a group that does not exist is refused")
  }

  @Test("A chart has a bar for each mode, and the goal")
  func chart() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chart-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let results = folder.appendingPathComponent("results.json"), chart = folder.appendingPathComponent("chart.svg")
    try Data(
      """
      {"host": {"cpus": 2, "model": "a <host>"}, "versions": {"qemu": "QEMU 10"}, "runs": 3, "groups": [
        {"name": "boots", "rows": [
          {"name": "bookworm", "unit": "s wall", "goal": "<= 0.4", "ratioIs": "time",
           "medians": {"host-code": 2, "mttcg": 12, "icount3": 7}},
          {"name": "bookworm", "unit": "s CPU", "goal": null, "ratioIs": "time",
           "medians": {"host-code": 2, "mttcg": 18}}]}]}
      """.utf8
    ).write(to: results)
    #expect(try run(["chart", results.path, chart.path]) == "")
    let drawn = try String(contentsOf: chart, encoding: .utf8)
    #expect(drawn.contains(">6.0</text>") && drawn.contains(">3.5</text>"), "12 and 7 seconds over 2")
    #expect(!drawn.contains(">9.0</text>"), "CPU time is not drawn")
    #expect(drawn.contains("a &lt;host&gt;"))
    let parser = XMLCheck(drawn)
    #expect(parser.isWellFormed)
  }
}

/// Whether every element that begins also ends.
private struct XMLCheck {
  let isWellFormed: Bool

  init(_ text: String) {
    var open: [Substring] = []
    var isGood = true
    for piece in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
      let tag = piece.prefix { $0 != ">" }
      let name = tag.prefix { $0 != " " && $0 != "/" }
      if tag.hasPrefix("/") {
        isGood = isGood && open.popLast() == tag.dropFirst()
      } else if !tag.hasSuffix("/") {
        open.append(name)
      }
    }
    isWellFormed = isGood && open.isEmpty
  }
}
