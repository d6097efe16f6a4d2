import CPU

/// A word after `conformance`, and what it does.
struct Subcommand: Sendable {
  let name: String
  /// The options, as `conformance --help` prints them.
  let usage: String
  /// Returns the exit code: 0 without differences, 1 with some, 77 if the oracle is missing.
  let run: @Sendable (Options) throws -> Int32

  /// Runs with the words of a command line; prints the usage instead if they ask for it, and refuses options that
  /// the usage does not name.
  func start(_ words: [String]) throws -> Int32 {
    if words.contains("--help") || words.contains("-h") {
      print("conformance \(name) \(usage)")
      return 0
    }
    let options = try Options(words)
    let known = Set(usage.split { !$0.isLetter && $0 != "-" }.filter { $0.hasPrefix("--") }.map { $0.dropFirst(2) })
    for name in options.names where !known.contains(Substring(name)) {
      throw Complaint("there is no --\(name); --help lists the options")
    }
    return try run(options)
  }
}

/// A mistake of the person who calls, or a missing tool, in words.
struct Complaint: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// `--name value` pairs and `--name` alone.
struct Options {
  private var values: [String: String] = [:]

  init(_ words: [String]) throws {
    var position = 0
    while position < words.count {
      guard words[position].hasPrefix("--") else { throw Complaint("what is \(words[position])?") }
      let name = String(words[position].dropFirst(2))
      position += 1
      if position < words.count, !words[position].hasPrefix("--") {
        values[name] = words[position]
        position += 1
      } else {
        values[name] = ""
      }
    }
  }

  var names: [String] { values.keys.sorted() }

  func text(_ name: String) -> String? { values[name] }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// The engine that is to do everything, if `--engine` names one.
  func engine() throws -> ExecutionEngine? {
    guard let name = values["engine"] else { return nil }
    let short = ["blocks": ExecutionEngine.interpreter, "host": .hostCode]
    guard let engine = ExecutionEngine(rawValue: name) ?? short[name],
      ExecutionEngine.available.contains(engine)
    else { throw Complaint("no engine \(name) on this host") }
    return engine
  }

  /// A number, decimal or hexadecimal after 0x.
  func number(_ name: String, default fallback: Int) throws -> Int {
    guard let text = values[name] else { return fallback }
    let number = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    guard let number, number >= 0 else { throw Complaint("--\(name) \(text) is not a number") }
    return number
  }
}
