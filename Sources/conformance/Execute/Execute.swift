import CPU
import Foundation

extension Subcommand {
  /// `conformance execute`: instructions against QEMU's user mode.
  static let execute = Subcommand(
    name: "execute",
    usage:
      "[--cases N_PER_ROW] [--row NAME] [--seed S] [--big-endian | --unicorn] [--engine host-code|interpreter] [--keep FOLDER] [--plant wrong-flag] [--json FILE] | --replay FILE"
  ) { options in
    if let path = options.text("replay") { return try replay(path) }
    if let missing = QEMUOracle.missing {
      print("execute: no \(missing): not compared")
      return 77
    }
    var settings = ExecuteComparison.Settings()
    settings.cases = try options.number("cases", default: 100)
    settings.seed = UInt64(try options.number("seed", default: 1))
    settings.isBigEndian = options.has("big-endian")
    settings.engine = try options.engine()
    settings.isUnicorn = options.has("unicorn")
    let unicorn = settings.isUnicorn ? QEMUOracle.unicornVersion : nil
    if settings.isUnicorn && unicorn == nil {
      print("execute: python3 has no module unicorn: not compared")
      return 77
    }
    if let name = options.text("plant") {
      guard let plant = PlantedDifference(rawValue: name) else {
        throw Complaint("nothing to plant: \(name)")
      }
      settings.plant = plant
    }
    let rows = InstructionTable.rows.filter { row in
      if settings.isBigEndian, !row.attributes.contains(.memory) { return false }
      return options.text("row").map { $0 == "\(row.instruction)" } ?? true
    }
    if rows.isEmpty {
      throw Complaint("no such row; they are the cases of Sources/CPU/Instructions/Instruction.swift")
    }
    let comparison = try ExecuteComparison(settings)
    let result = ConformanceResult(
      area: settings.isUnicorn
        ? "Instructions, another emulator"
        : settings.isBigEndian ? "Loads and stores of big-endian data" : "Instructions",
      oracle: unicorn == nil
        ? "qemu-aarch64\(settings.isBigEndian ? "_be" : "") -cpu cortex-a72" : "Unicorn, Cortex-A72",
      version: unicorn ?? QEMUOracle.version,
      rows: try rows.map { try comparison.run($0) })
    for failure in comparison.failures {
      let name = "\(failure.row.instruction)"
      let order = settings.isBigEndian ? " --big-endian" : settings.isUnicorn ? " --unicorn" : ""
      let planted = settings.plant.map { " --plant \($0.rawValue)" } ?? ""
      let again =
        "conformance execute --row \(name) --cases \(settings.cases) --seed \(settings.seed)"
        + order + planted
      for line in failure.lines { print(line) }
      print("  again: \(again)")
      if let folder = options.text("keep") {
        let path =
          "\(folder)/\(name)-\(String(failure.file.request[CaseLayout.word] & 0xffff_ffff, radix: 16)).case"
        try failure.file.write(to: path, comment: failure.lines + [again])
        print("  kept: conformance execute --replay \(path)")
      }
    }
    print("execute: \(result.cases) cases of \(rows.count) rows, \(result.differences) differences")
    try result.write(options)
    try comparison.checkEngines()
    let short = zip(rows, result.rows).filter { row, outcome in
      EL0Rows.coveredByGuests[row.instruction] == nil && outcome.cases < settings.cases
    }
    for (row, outcome) in short { print("\(row.instruction) has \(outcome.cases) cases only") }
    return result.differences == 0 && short.isEmpty ? 0 : 1
  }

  private static func replay(_ path: String) throws -> Int32 {
    let lines = try FailureFile(path: path).replay()
    for line in lines { print(line) }
    print(lines.isEmpty ? "\(path): agrees" : "\(path): differs")
    return lines.isEmpty ? 0 : 1
  }
}
