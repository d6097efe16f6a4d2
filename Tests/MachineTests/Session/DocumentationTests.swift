import Foundation
import Testing

@testable import Machine

@Suite("Documentation says what the program does")
struct DocumentationTests {
  private func document(_ name: String) throws -> String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return try String(contentsOf: url.appendingPathComponent("docs/" + name), encoding: .utf8)
  }

  @Test("Every option is a key in docs/machine-file.md")
  func keys() throws {
    let text = try document("machine-file.md")
    for option in RunOption.all where option.name != "expect" && option.name != "send" {
      #expect(text.contains("`\(option.name)`"), "\(option.name)")
    }
  }

  @Test("Every exit code and reason is in docs/exit-codes.md")
  func exitCodes() throws {
    let text = try document("exit-codes.md")
    for code in ExitCode.allCases { #expect(text.contains("\n| \(code.rawValue) |"), "\(code)") }
    for reason in SessionReason.allCases { #expect(text.contains("`\(reason.rawValue)`"), "\(reason)") }
    for ending in SessionEnding.allCases { #expect(text.contains("`\(ending.rawValue)`"), "\(ending)") }
  }

  @Test("The example in docs/machine-file.md is a machine file")
  func example() throws {
    let text = try document("machine-file.md")
    let start = try #require(text.range(of: "```json\n"))
    let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
    var configuration = RunConfiguration()
    let example = Array(text[start.upperBound..<end.lowerBound].utf8)
    try MachineFile.apply(example, file: "example.json", to: &configuration)
    try configuration.validate()
    #expect(configuration.plan.script.count == 4)
  }
}
