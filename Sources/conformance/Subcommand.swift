/// A word after `conformance`, and what it does.
struct Subcommand: Sendable {
  let name: String
  /// The options, as `conformance --help` prints them.
  let usage: String
  /// Returns the exit code: 0 without differences, 1 with some, 77 if the oracle is missing.
  let run: @Sendable (Options) throws -> Int32
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

  func text(_ name: String) -> String? { values[name] }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// A number, decimal or hexadecimal after 0x.
  func number(_ name: String, default fallback: Int) throws -> Int {
    guard let text = values[name] else { return fallback }
    let number = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    guard let number, number >= 0 else { throw Complaint("--\(name) \(text) is not a number") }
    return number
  }
}
