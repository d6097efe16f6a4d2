import CPU
import Foundation

extension Subcommand {
  /// `conformance fuzz-board`: one image of many random programs on the whole board, Tayberry's and QEMU's.
  static let fuzzBoard = Subcommand(
    name: "fuzz-board",
    usage: """
      [--quick | --seconds N | --count N] [--seed S] [--first NUMBER] [--level el0|el1|el2] [--keep FOLDER]
                       [--json FILE] [--engine host-code|interpreter] [--plant wrong-fault-level|wrong-flag] | --replay FILE [--record]
                       | --image FILE --count N (write it, run nothing) [--verbose]
      """
  ) { options in
    guard let image = try BoardImage(), let qemu = Tools.raspberryQEMU() else {
      print("fuzz-board: clang, lld, objcopy or a QEMU with raspi4b is missing")
      return 77
    }
    let planted = options.text("plant").flatMap(PlantedDifference.init(rawValue:))
    if options.has("plant") && planted == nil { throw Complaint("no such mistake to plant") }
    let comparison = BoardComparison(image: image, boards: BoardRun(qemu: qemu, planted: planted, engine: try options.engine()))
    if let path = options.text("replay") {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let program = try FuzzProgram(text: text)
      if let file = options.text("image") {
        try image.image([program], verbose: true).write(to: URL(fileURLWithPath: file))
        return 0
      }
      let found = try comparison.details(program)
      if options.has("record") {
        let left = try comparison.boards.run(image.image([program], verbose: false), programs: 1).theirs.lines
        let stored = StoredBoardFailure(text: text, left: left.first.map(String.init) ?? " does not end")
        try stored.text.write(toFile: path, atomically: true, encoding: .utf8)
      }
      for line in found { print(line) }
      print(found.isEmpty ? "no difference" : "\(found.count) differences")
      return found.isEmpty ? 0 : 1
    }
    var fuzzer = try BoardFuzzer(options, comparison)
    if let path = options.text("image") {
      try fuzzer.image(verbose: options.has("verbose")).write(to: URL(fileURLWithPath: path))
      return 0
    }
    return try fuzzer.run()
  }
}

/// A program of Tests/Vectors/fuzz-board: a `FuzzProgram`, and in a comment what it left on QEMU's board, so
/// that ours can be compared without QEMU.
struct StoredBoardFailure {
  let program: FuzzProgram?
  let left: String
  private let source: String
  private static let mark = "# QEMU:"

  init(text: String, left: String? = nil) {
    let lines = text.split(separator: "\n").map(String.init)
    program = try? FuzzProgram(text: text)
    let marked = lines.first { $0.hasPrefix(Self.mark) }
    self.left = left ?? marked.map { String($0.dropFirst(Self.mark.count)) } ?? ""
    source = lines.filter { !$0.hasPrefix(Self.mark) }.joined(separator: "\n") + "\n"
  }

  var text: String { Self.mark + left + "\n" + source }

  /// What our board leaves instead, or nil if it is the same.
  func difference(_ image: BoardImage, _ boards: BoardRun) throws -> String? {
    guard let program else { return "no program" }
    let ours = try boards.onTayberry(image.image([program], verbose: false), programs: 1).lines.first ?? ""
    return ours == left ? nil : String(ours)
  }
}

/// Programs on both boards.
struct BoardComparison {
  let image: BoardImage
  let boards: BoardRun

  enum Outcome: Equatable {
    /// How many exceptions were taken.
    case same(exceptions: Int)
    case different(ours: String, theirs: String)
    /// The program did not come to its end on one of the boards.
    case endless(ours: Bool, theirs: Bool)

    var isDifference: Bool { if case .different = self { true } else { false } }
  }

  /// What became of each program; those behind one that does not end are run again without it.
  func run(_ programs: [FuzzProgram]) throws -> [Outcome] {
    var outcomes: [Outcome] = []
    while outcomes.count < programs.count {
      let rest = Array(programs[outcomes.count...])
      let (ours, theirs) = try boards.run(image.image(rest, verbose: false), programs: rest.count)
      for (program, (a, b)) in zip(rest, zip(ours.lines, theirs.lines)) {
        if a == b {
          let left = BoardTranscript.fields(a).first { $0.hasPrefix("x18=") }?.dropFirst(4) ?? "0"
          outcomes.append(.same(exceptions: Int(program.x[18]) - (Int(left, radix: 16) ?? 0)))
        } else {
          outcomes.append(.different(ours: String(a), theirs: String(b)))
        }
      }
      let done = min(ours.lines.count, theirs.lines.count)
      if done < rest.count {
        outcomes.append(.endless(ours: ours.lines.count == done, theirs: theirs.lines.count == done))
      }
    }
    return outcomes
  }

  /// What differs, register by register.
  func details(_ program: FuzzProgram) throws -> [String] {
    let (ours, theirs) = try boards.run(image.image([program], verbose: true), programs: 1)
    guard let a = ours.lines.first, let b = theirs.lines.first else {
      return ["on our board it \(ours.lines.isEmpty ? "does not end" : "ends"), "
        + "on QEMU's it \(theirs.lines.isEmpty ? "does not end" : "ends")"]
    }
    return zip(BoardTranscript.fields(a), BoardTranscript.fields(b)).filter { $0 != $1 }
      .map { "\($0), QEMU \($1)" }
  }
}

/// Batches of programs, until time or count is up.
struct BoardFuzzer {
  private let comparison: BoardComparison
  private let options: Options
  private let seconds: Double
  private let count: Int
  private let first: Int
  private let seed: UInt64
  private let levels: [FuzzProgram.Level]
  private let keep: String
  private static let batch = 300
  private static let all: [FuzzProgram.Level] = [.el0, .el1, .el2]

  private struct Tally {
    var programs = 0
    var exceptions = 0
    var differences = 0
  }
  private var tallies: [FuzzProgram.Level: Tally] = [:]
  private var kept = 0

  init(_ options: Options, _ comparison: BoardComparison) throws {
    self.options = options
    self.comparison = comparison
    count = try options.number("count", default: .max)
    first = try options.number("first", default: 0)
    let usual = options.has("count") ? 1 << 30 : options.has("quick") ? 25 : 400
    seconds = Double(try options.number("seconds", default: usual))
    seed = UInt64(try options.number("seed", default: 1))
    keep = options.text("keep") ?? "Tests/Vectors/fuzz-board"
    if let name = options.text("level") {
      guard let level = FuzzProgram.Level(rawValue: name), Self.all.contains(level) else {
        throw Complaint("no level \(name)")
      }
      levels = [level]
    } else {
      levels = Self.all
    }
  }

  /// The program of a number.
  static func program(_ number: Int, seed: UInt64, _ levels: [FuzzProgram.Level] = all) -> BoardProgram {
    var generator = BoardGenerator(seed: seed, number: UInt64(number), level: levels[number % levels.count])
    return generator.program()
  }

  /// The image of the first programs.
  func image(verbose: Bool) -> Data {
    let programs = (first..<first + min(count, 1000)).map { Self.program($0, seed: seed, levels).program }
    return comparison.image.image(programs, verbose: verbose)
  }

  mutating func run() throws -> Int32 {
    let begin = Date()
    var number = first
    let last = first + min(count, 1 << 40)
    while number < last && Date().timeIntervalSince(begin) < seconds {
      let numbers = number..<min(last, number + Self.batch)
      let programs = numbers.map { Self.program($0, seed: seed, levels) }
      let outcomes = try comparison.run(programs.map(\.program))
      for (number, (program, outcome)) in zip(numbers, zip(programs, outcomes)) {
        try count(program, outcome, number)
      }
      number = numbers.upperBound
    }
    return try report(number - first, Date().timeIntervalSince(begin))
  }

  private mutating func count(_ program: BoardProgram, _ outcome: BoardComparison.Outcome, _ number: Int) throws
  {
    var tally = tallies[program.program.level] ?? Tally()
    tally.programs += 1
    switch outcome {
    case .same(let exceptions): tally.exceptions += exceptions
    case .different(_, let theirs):
      tally.differences += 1
      try store(program, number, theirs)
    case .endless(let ours, let theirs):
      tally.differences += 1
      let who = ours && theirs ? "both boards" : ours ? "our board" : "QEMU's board"
      print("seed \(seed), program \(number) does not end on \(who):")
      if kept < 5 { print(program.program.text(comment: [])) }
      kept += 1
    }
    tallies[program.program.level] = tally
  }

  /// Shrinks a failure, prints it and keeps it as a file; only the first few.
  private mutating func store(_ program: BoardProgram, _ number: Int, _ theirs: String) throws {
    kept += 1
    guard kept <= 8 else { return }
    let small = try BoardShrinker(comparison).shrink(program)
    let differences = try comparison.details(small)
    var comment = ["seed \(seed), program \(number)"] + differences.prefix(6)
    if case .different(_, let result) = try comparison.run([small])[0] { comment.append("QEMU:\(result)") }
    let text = small.text(comment: comment)
    let name = "\(small.level.rawValue)-\(seed)-\(number).txt"
    print("\(name):\n\(text)")
    try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: keep + "/" + name))
  }

  private func report(_ number: Int, _ elapsed: Double) throws -> Int32 {
    let names: [FuzzProgram.Level: String] = [
      .el0: "EL0 under EL1 and stage 2", .el1: "EL1 under stage 2", .el2: "EL2",
    ]
    let rows = levels.compactMap { level in
      tallies[level].map {
        ConformanceResult.Row(
          name: names[level] ?? level.rawValue, cases: $0.programs, differences: $0.differences,
          note: "\($0.exceptions) exceptions taken; seed \(seed)")
      }
    }
    let version = Tools.version(comparison.boards.qemu)
    let result = ConformanceResult(
      area: "Random programs on the board", oracle: "QEMU raspi4b", version: version, rows: rows)
    for row in rows { print("\(row.name): \(row.cases) programs, \(row.differences) differences (\(row.note))") }
    print("seed \(seed): \(number) programs in \(Int(elapsed)) s, \(result.differences) differences")
    try result.write(options)
    return result.differences == 0 ? 0 : 1
  }
}
