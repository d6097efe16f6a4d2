import CPU
import Foundation

extension Subcommand {
  static let fuzz = Subcommand(
    name: "fuzz",
    usage: """
      [--quick | --seconds N | --count N] [--seed S] [--level el0|el1|el2|user] [--engine host-code|interpreter]
                       [--keep FOLDER] [--json FILE]
                       [--plant fused-branch|place|wrong-flag|wrong-fault-level|host-increment] (a mistake, to see it found) | --replay FILE
      """
  ) { options in
    if let path = options.text("replay") { return try replay(path) }
    var fuzzer = try Fuzzer(options)
    return try fuzzer.run()
  }

  /// Runs one stored program again.
  private static func replay(_ path: String) throws -> Int32 {
    let program = try FuzzProgram(text: String(contentsOfFile: path, encoding: .utf8))
    let found = try StoredFailure(program).differences(oracle: try UserModeOracle())
    for line in found { print(line) }
    print(found.isEmpty ? "no difference" : "\(found.count) differences")
    return found.isEmpty ? 0 : 1
  }
}

/// A program of Tests/Vectors/fuzz.
struct StoredFailure {
  let program: FuzzProgram

  init(_ program: FuzzProgram) { self.program = program }

  /// What differs between the engines and, for a program that the oracle can run, from it.
  func differences(oracle: UserModeOracle?) throws -> [String] {
    for kind in EngineKind.subjects {
      let lockstep = Lockstep(kind.make(), EngineKind.single.make())
      let outcome = lockstep.run(program)
      guard outcome.differences.isEmpty else { return outcome.differences }
      guard outcome.left, !outcome.tookException, let oracle else { continue }
      guard let result = try oracle.run([program]).first else { return ["the oracle's program did not end"] }
      let found = UserModeOracle.differences(lockstep.subject, program, result)
      if !found.isEmpty { return found }
    }
    return []
  }
}

/// Programs one after the other, until time or count is up.
struct Fuzzer {
  private let seconds: Double
  private let count: Int
  private let seed: UInt64
  private let levels: [FuzzProgram.Level]
  private let options: Options
  private let keep: String
  /// The engines that take turns, each beside single instructions.
  private let engines: [(kind: EngineKind, lockstep: Lockstep)]
  private let oracle: UserModeOracle?

  /// Counts of one level.
  private struct Tally {
    var programs = 0
    var instructions = 0
    var exceptions = 0
    var differences = 0
  }
  private struct Place: Hashable {
    var level: FuzzProgram.Level
    var kind: EngineKind
  }
  private var tallies: [Place: Tally] = [:]
  private var compared = Tally()
  /// Programs that wait for the oracle.
  private var batch: [FuzzProgram] = []

  init(_ options: Options) throws {
    self.options = options
    count = try options.number("count", default: .max)
    let usual = options.has("count") ? 1 << 30 : options.has("quick") ? 20 : 300
    seconds = Double(try options.number("seconds", default: usual))
    seed = UInt64(try options.number("seed", default: 1))
    keep = options.text("keep") ?? "Tests/Vectors/fuzz"
    if let name = options.text("level") {
      guard let level = FuzzProgram.Level(rawValue: name) else { throw Complaint("no level \(name)") }
      levels = [level]
    } else {
      levels = FuzzProgram.Level.allCases
    }
    let planted = options.text("plant").flatMap(PlantedDifference.init(rawValue:))
    if options.has("plant") && planted == nil { throw Complaint("no such mistake to plant") }
    var kinds = planted == nil ? EngineKind.subjects : [.blocks]
    if let engine = try options.engine() { kinds = EngineKind.subjects.filter { $0.engine == engine } }
    engines = kinds.map { ($0, Lockstep($0.make(planted), EngineKind.single.make())) }
    oracle = levels.contains(.user) ? try UserModeOracle() : nil
  }

  mutating func run() throws -> Int32 {
    let begin = Date()
    var number = 0
    while number < count && Date().timeIntervalSince(begin) < seconds {
      let level = levels[number % levels.count]
      var generator = FuzzGenerator(seed: seed, number: UInt64(number), level: level)
      let engine = engines[number / levels.count % engines.count]
      try one(generator.program(), number, engine.kind, engine.lockstep)
      number += 1
    }
    try askOracle()
    return try report(number, Date().timeIntervalSince(begin))
  }

  private mutating func one(
    _ program: FuzzProgram, _ number: Int, _ kind: EngineKind, _ lockstep: Lockstep
  ) throws {
    let outcome = lockstep.run(program)
    let place = Place(level: program.level, kind: kind)
    var tally = tallies[place] ?? Tally()
    tally.programs += 1
    tally.instructions += outcome.instructions
    tally.exceptions += outcome.tookException ? 1 : 0
    if !outcome.differences.isEmpty {
      tally.differences += 1
      // What is left fails as the whole did: without an exception if it had none.
      try store(program, "engines", number, outcome.differences) { candidate in
        let now = lockstep.run(candidate)
        return !now.differences.isEmpty && now.tookException == outcome.tookException
      }
    }
    tallies[place] = tally
    if oracle != nil && outcome.left && !outcome.tookException && outcome.differences.isEmpty {
      batch.append(program)
      if batch.count >= 500 { try askOracle() }
    }
  }

  private mutating func askOracle() throws {
    guard let oracle, !batch.isEmpty else { return }
    let programs = batch
    batch = []
    let results = try oracle.run(programs)
    let lockstep = engines[engines.count - 1].lockstep
    for (index, program) in programs.enumerated() {
      compared.programs += 1
      compared.instructions += program.words.count
      let found: [String]
      if index < results.count {
        _ = lockstep.run(program)
        found = UserModeOracle.differences(lockstep.subject, program, results[index])
      } else {
        found = ["the oracle's program ended without a result"]
      }
      guard !found.isEmpty else { continue }
      compared.differences += 1
      try store(program, "oracle", compared.programs, found, patience: 400) { candidate in
        let outcome = lockstep.run(candidate)
        guard outcome.left, !outcome.tookException, outcome.differences.isEmpty else { return false }
        guard let result = try? oracle.run([candidate]).first, result.signal == 0 else { return false }
        return !UserModeOracle.differences(lockstep.subject, candidate, result).isEmpty
      }
    }
  }

  /// Shrinks a failure, prints it and keeps it as a file; only the first few.
  private func store(
    _ program: FuzzProgram, _ kind: String, _ number: Int, _ differences: [String], patience: Int = 4000,
    fails: @escaping (FuzzProgram) -> Bool
  ) throws {
    let total = tallies.values.reduce(compared.differences) { $0 + $1.differences }
    guard total < 10 else { return }
    var shrinker = Shrinker(fails: fails)
    shrinker.patience = patience
    let small = fails(program) ? shrinker.shrink(program) : program
    let name = "\(kind)-\(program.level.rawValue)-\(seed)-\(number).txt"
    let comment = ["seed \(seed), program \(number)"] + differences.prefix(6)
    let text = small.text(comment: comment)
    print("\(name):\n\(text)")
    try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: keep + "/" + name))
  }

  // MARK: Report

  private static let names: [FuzzProgram.Level: String] = [
    .el0: "EL0", .el1: "EL1 under stage 2", .el2: "EL2", .user: "EL0 without faults",
  ]

  private func report(_ number: Int, _ elapsed: Double) throws -> Int32 {
    var rows: [ConformanceResult.Row] = []
    for place in levels.flatMap({ level in engines.map { Place(level: level, kind: $0.kind) } }) {
      guard let tally = tallies[place] else { continue }
      let level = place.level
      let name = Self.names[level] ?? level.rawValue
      let note = "\(tally.instructions) instructions, \(tally.exceptions) programs with exceptions"
      rows.append(
        .init(
          name: "\(name): \(place.kind.text) against single instructions", cases: tally.programs,
          differences: tally.differences, note: note))
    }
    if oracle != nil {
      rows.append(
        .init(
          name: "EL0 without faults: against qemu-aarch64", cases: compared.programs,
          differences: compared.differences,
          note: "registers, flags, FPSR, SIMD registers and memory at the end"))
    } else if levels.contains(.user) {
      print("qemu-aarch64, clang or lld is missing: programs were not compared with another implementation")
    }
    let result = ConformanceResult(
      area: "Random programs", oracle: "another engine; qemu-aarch64", version: oracle?.version ?? "none",
      rows: rows)
    for row in rows { print("\(row.name): \(row.cases) programs, \(row.differences) differences (\(row.note))") }
    print("seed \(seed): \(number) programs in \(Int(elapsed)) s, \(result.differences) differences")
    try result.write(options)
    for (kind, lockstep) in engines where number >= 100 {
      // Who was to run did, and nobody else.
      if (lockstep.subject.compiledBlocks > 0) != (kind == .host) || lockstep.reference.compiledBlocks > 0 {
        throw Complaint("\(kind.text) were to run, but did not")
      }
    }
    if result.differences != 0 { return 1 }
    return levels.contains(.user) && oracle == nil ? 77 : 0
  }
}
