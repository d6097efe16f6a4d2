import CPU

/// Runs the cases of rows on our CPU and on the oracle.
final class ExecuteComparison {
  struct Settings {
    var cases = 100
    var seed: UInt64 = 1
    var plant: PlantedDifference?
    /// Data is big-endian: for loads and stores.
    var isBigEndian = false
    /// What executes; nil: every engine, one after the other.
    var engine: ExecutionEngine?
    /// Against Unicorn in place of QEMU.
    var isUnicorn = false
    /// Failures shown and kept for each row.
    var shown = 1
  }

  struct Failure {
    let row: InstructionRow
    let lines: [String]
    let file: FailureFile
  }

  /// States that an instruction word is executed with.
  private static let statesPerWord = 8
  /// Cases that are sent at once; the oracle takes up to 4096.
  private static let batch = 2048

  let settings: Settings
  private(set) var failures: [Failure] = []
  /// Cases of the row compared last that the oracle executed without an exception.
  private(set) var executed = 0
  private let oracle: QEMUOracle
  /// One for each engine that this host has.
  private let engines: [EmulatedCPU]
  private let requests: CaseWords
  private let next: CaseWords
  private let ours: CaseWords
  private let theirs: CaseWords

  init(_ settings: Settings) throws {
    self.settings = settings
    oracle = try QEMUOracle(settings.isUnicorn ? .unicorn : settings.isBigEndian ? .bigEndianQEMU : .qemu)
    let available = settings.engine.map { [$0] } ?? ExecutionEngine.available
    engines = available.map {
      EmulatedCPU(bigEndian: settings.isBigEndian, plant: settings.plant, engine: $0)
    }
    // SAFETY: each holds a batch; freed with this object.
    requests = .allocate(capacity: Self.batch * CaseLayout.caseCount)
    next = .allocate(capacity: Self.batch * CaseLayout.caseCount)
    ours = .allocate(capacity: Self.batch * CaseLayout.answerCount)
    theirs = .allocate(capacity: Self.batch * CaseLayout.answerCount)
  }

  deinit {
    oracle.finish()
    requests.deallocate()
    next.deallocate()
    ours.deallocate()
    theirs.deallocate()
  }

  /// Throws unless every engine did its part itself.
  func checkEngines() throws {
    for cpu in engines where cpu.ranHostCode != (cpu.engine == .hostCode) {
      throw Complaint("\(cpu.engine.rawValue) was to run, but did not")
    }
  }

  /// Compares the cases of one row.
  func run(_ row: InstructionRow) throws -> ConformanceResult.Row {
    if let reason = EL0Rows.coveredByGuests[row.instruction] {
      return ConformanceResult.Row(name: "\(row.instruction)", cases: 0, differences: 0, note: reason)
    }
    var generator = RowCases(
      row, seed: settings.seed, statesPerWord: Self.statesPerWord, bigEndian: settings.isBigEndian)
    var left = settings.cases
    var cases = 0
    var differences = 0
    var (explained, why) = (0, "")
    executed = 0
    while left > 0 {
      let count = generator.fill(requests, count: min(left, Self.batch))
      if count == 0 { break }
      left -= count
      try oracle.send(requests, count: count)
      for (position, cpu) in engines.enumerated() {
        for number in 0..<count {
          cpu.execute(
            requests + number * CaseLayout.caseCount, into: ours + number * CaseLayout.answerCount)
        }
        if position == 0 { try oracle.receive(theirs, count: count) }
        for number in 0..<count {
          let mine = ours + number * CaseLayout.answerCount
          let other = theirs + number * CaseLayout.answerCount
          if position == 0 && other[CaseLayout.signal] == CaseLayout.Signal.executed { executed += 1 }
          if CaseComparison.agree(mine, other) { continue }
          let word = UInt32(truncatingIfNeeded: requests[number * CaseLayout.caseCount + CaseLayout.word])
          if settings.isUnicorn, let reason = UnicornRows.explanation(word) {
            explained += 1
            why = reason
            continue
          }
          differences += 1
          if differences <= settings.shown {
            keep(row, requests + number * CaseLayout.caseCount, mine, other)
          }
        }
      }
      cases += count
    }
    let note = explained > 0 ? "\(explained) explained: \(why)" : EL0Rows.note(row)
    return ConformanceResult.Row(
      name: "\(row.instruction)", cases: cases, differences: differences, note: note)
  }

  private func keep(_ row: InstructionRow, _ request: CaseWords, _ ours: CaseWords, _ theirs: CaseWords) {
    let lines = CaseComparison.describe(request, ours: ours, theirs: theirs)
    failures.append(Failure(row: row, lines: lines, file: FailureFile(request: request, answer: theirs)))
  }
}
