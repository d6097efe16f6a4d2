import Foundation

extension Subcommand {
  /// `conformance page`: docs/conformance.md, from the results of all comparisons.
  static let page = Subcommand(
    name: "page", usage: "--from FOLDER_OF_JSON --date DATE [--to FILE] [--total]"
  ) { options in
    guard let folder = options.text("from"), let date = options.text("date") else {
      throw Complaint("--from and --date are needed")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
    if names.isEmpty { throw Complaint("no results in \(folder)") }
    let results = ConformancePage.merged(
      try names.sorted().flatMap { try ConformanceResult.read(folder + "/" + $0) })
    if options.has("total") {
      let counts = [results.reduce(0) { $0 + $1.cases }, results.reduce(0) { $0 + $1.differences }]
      print(
        "== \(ConformancePage.grouped(counts[0])) cases, \(ConformancePage.grouped(counts[1])) differences")
      return 0
    }
    let text = ConformancePage(results: results, date: date).text
    if let path = options.text("to") {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      print(text, terminator: "")
    }
    return 0
  }
}

/// The page: a summary, and a table for each area.
struct ConformancePage {
  let results: [ConformanceResult]
  let date: String

  /// Results of one area and one oracle as one, in the order in which the areas come first.
  static func merged(_ results: [ConformanceResult]) -> [ConformanceResult] {
    var merged: [ConformanceResult] = []
    for result in results {
      let place = merged.firstIndex {
        $0.area == result.area && $0.oracle == result.oracle && $0.version == result.version
      }
      if let place { merged[place].rows += result.rows } else { merged.append(result) }
    }
    return merged
  }

  var text: String {
    var lines = [
      "# Conformance", "",
      "What was compared with implementations that are not ours, by `scripts/conformance` on \(date).",
      "`conformance page` writes this file; do not edit it.", "",
      "| Area | Rows | Cases | Differences | Oracle | Version |", "|---|--:|--:|--:|---|---|",
    ]
    for result in results {
      let numbers = [result.rows.count, result.cases, result.differences].map(Self.grouped)
      lines.append(
        "| [\(Self.escaped(result.area))](#\(Self.anchor(result.area))) | \(numbers.joined(separator: " | ")) "
          + "| \(Self.escaped(result.oracle)) | \(Self.escaped(result.version)) |")
    }
    for result in results {
      lines += ["", "## \(result.area)", "", "Oracle: \(result.oracle), \(result.version).", ""]
      lines += ["| Row | Cases | Differences | |", "|---|--:|--:|---|"]
      for row in result.rows {
        let numbers = [row.cases, row.differences].map(Self.grouped)
        lines.append(
          "| \(Self.escaped(row.name)) | \(numbers.joined(separator: " | ")) | \(Self.escaped(row.note)) |")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// 1,234,567
  static func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return String(digits)
  }

  /// The name GitHub gives to a heading.
  private static func anchor(_ heading: String) -> String {
    String(
      heading.lowercased().compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" ? $0 : nil }
    )
  }

  private static func escaped(_ text: String) -> String { text.replacingOccurrences(of: "|", with: "\\|") }
}
