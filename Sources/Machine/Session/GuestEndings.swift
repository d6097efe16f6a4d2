/// Recognises a guest that has given up: Xen's and Linux's last words.
struct PanicWatch {
  private static let lastWords = ["Panic on CPU ", "Kernel panic - not syncing"]

  /// The panic line, then the lines that explain it.
  private(set) var lines: [String] = []
  var hasSeenPanic: Bool { !lines.isEmpty }

  static func isPanic(_ line: String) -> Bool {
    lastWords.contains { line.utf8.holds($0.utf8) }
  }

  /// Takes the line that is a panic, or one that follows it.
  mutating func take(_ line: String) {
    guard lines.count < 4 else { return }
    let text = stripPrinterPrefix(line)
    if !text.isEmpty && !text.allSatisfy({ $0 == "*" }) { lines.append(text) }
  }

  /// One sentence: the panic, and for Xen, which names it a line later, that line.
  var sentence: String {
    guard let first = lines.first else { return "" }
    guard first.hasPrefix("Panic on CPU"), lines.count > 1 else { return first }
    return first + " " + lines[1]
  }
}

/// Recognises a guest that prints one line for ever.
///
/// The rule is deterministic: the same line, time stamps aside, this many times in a row with nothing else
/// printed and nothing typed in between. Messages that are known to come only after the end count for much
/// more: a hypervisor that found no way to reset the board says so for ever.
struct MessageLoopWatch {
  private static let knownLastWords = ["Platform reset did not work properly"]
  static let knownLimit = 3

  /// Repetitions of an unknown line that end the run; 0 turns the watch off.
  let limit: Int
  private var last = ""
  private(set) var repetitions = 0

  init(limit: Int) { self.limit = limit }

  /// Takes a line; true when the loop is certain.
  mutating func take(_ line: String) -> Bool {
    guard limit > 0 else { return false }
    let text = stripPrinterPrefix(line)
    // Empty lines neither make a loop nor break one.
    guard !text.isEmpty else { return false }
    if text == last {
      repetitions += 1
    } else {
      last = text
      repetitions = 1
    }
    if repetitions >= limit { return true }
    return repetitions >= Self.knownLimit && Self.knownLastWords.contains { text.utf8.holds($0.utf8) }
  }

  /// Something was typed: what follows is an answer, not a loop.
  mutating func noteInput() {
    repetitions = 0
    last = ""
  }

  var message: String { last }
}

/// The line without what the printer puts before it: Xen's `(XEN) `, time stamps in brackets.
func stripPrinterPrefix(_ line: String) -> String {
  var rest = Substring(line)
  if rest.hasPrefix("(XEN)") { rest = rest.dropFirst(5).drop { $0 == " " } }
  if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
    let stamp = rest[..<close].dropFirst()
    let isStamp = stamp.utf8.allSatisfy { (0x30...0x3a).contains($0) || [0x20, 0x2d, 0x2e].contains($0) }
    if isStamp && !stamp.isEmpty { rest = rest[rest.index(after: close)...] }
  }
  while rest.first == " " { rest = rest.dropFirst() }
  while rest.last == " " { rest = rest.dropLast() }
  return String(rest)
}

extension Collection where Element == UInt8 {
  /// Whether `other` occurs anywhere in these bytes.
  func holds(_ other: some Collection<UInt8>) -> Bool {
    guard let first = other.first else { return true }
    var start = startIndex
    while let candidate = self[start...].firstIndex(of: first) {
      if self[candidate...].starts(with: other) { return true }
      start = index(after: candidate)
    }
    return false
  }
}

/// A console line as it stands in a message: whole, or its first 200 characters.
func shortened(_ line: String) -> String {
  line.utf8.count <= 200 ? line : line.prefix(200) + "…"
}
