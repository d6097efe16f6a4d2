import Foundation

/// What one comparison did, as JSON; `conformance page` prints it.
struct ConformanceResult: Codable {
  /// The title of the table on the page.
  var area: String
  /// The implementation that was compared with, and its version.
  var oracle: String
  var version: String
  var rows: [Row]

  struct Row: Codable {
    /// The instruction, register or rule.
    var name: String
    var cases: Int
    var differences: Int
    /// What a reader must know about this row; mostly empty.
    var note: String
  }

  var cases: Int { rows.reduce(0) { $0 + $1.cases } }
  var differences: Int { rows.reduce(0) { $0 + $1.differences } }

  /// The result in a file, or the results if it is an array of some.
  static func read(_ path: String) throws -> [ConformanceResult] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let decoder = JSONDecoder()
    if let several = try? decoder.decode([ConformanceResult].self, from: data) { return several }
    do {
      return [try decoder.decode(ConformanceResult.self, from: data)]
    } catch {
      throw Complaint("\(path): \(error)")
    }
  }

  /// Writes the file that `--json` names, if it does.
  func write(_ options: Options) throws {
    guard let path = options.text("json") else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try (encoder.encode(self) + Data("\n".utf8)).write(to: file)
  }
}
