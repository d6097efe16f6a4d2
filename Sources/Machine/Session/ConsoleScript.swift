/// One step of a console script, in the order given: wait for a pattern, or type.
public enum ScriptStep: Hashable, Sendable {
  case expect(String)
  /// The text as written; ``typedBytes(of:)`` says what is typed.
  case send(String)

  /// The bytes that `--send TEXT` types: the text, then Enter (a carriage return).
  ///
  /// Escapes: `\n` and `\r` Enter, `\t` Tab, `\e` Escape, `\\` a backslash, `\xHH` any byte, and `\c` at
  /// the end types no Enter. Nil when an escape is malformed.
  static func typedBytes(of text: String) throws(OptionFault) -> [UInt8] {
    if let bytes = decode(text) { return bytes }
    throw OptionFault(
      "\"\(text)\" holds an escape that does not exist",
      remedy: "use \\n \\t \\e \\xHH \\\\, or \\c at the end for no Enter")
  }

  private static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else { return nil }
      switch escape {
      case UInt8(ascii: "n"), UInt8(ascii: "r"): bytes.append(0x0d)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "e"): bytes.append(0x1b)
      case UInt8(ascii: "\\"): bytes.append(escape)
      case UInt8(ascii: "x"):
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
        else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
      case UInt8(ascii: "c"): return rest.isEmpty ? bytes : nil
      default: return nil
      }
    }
    return bytes + [0x0d]
  }
}

/// A pattern as the person wrote it and as it is matched.
struct ConsolePattern {
  let text: String
  private let regex: Regex<AnyRegexOutput>

  init(_ text: String) throws(OptionFault) {
    self.text = text
    guard !text.isEmpty else {
      throw OptionFault("the pattern is empty and would match anything", remedy: "write a regular expression")
    }
    do {
      regex = try Regex(text).matchingSemantics(.unicodeScalar)
    } catch {
      throw OptionFault(
        "\"\(text)\" is not a regular expression (\(error))",
        remedy: "write a backslash before ( ) [ ] { } . * + ? | ^ $ \\ that stand for themselves")
    }
  }

  /// Where the pattern first matches in `line` at or after `start`.
  func firstMatch(in line: String, from start: String.Index) -> Range<String.Index>? {
    // A pattern that fails while running (none does today) counts as no match.
    PatternInProgress.during(text) { (try? regex.firstMatch(in: line[start...]))?.range }
  }
}

/// Follows a script along the console: which pattern is awaited, and what is to be typed now.
struct ConsoleScript {
  /// A pattern that came.
  struct Match: Hashable, Sendable {
    let pattern: String
    let line: String
  }

  private enum Step {
    case expect(ConsolePattern)
    case send([UInt8])
  }

  private let steps: [Step]
  private var position = 0
  /// How far into the current line, in Unicode scalars, earlier patterns have matched.
  private var consumed = 0

  init(_ script: [ScriptStep]) throws(OptionFault) {
    var steps: [Step] = []
    for step in script {
      switch step {
      case .expect(let text): steps.append(.expect(try ConsolePattern(text)))
      case .send(let text): steps.append(.send(try ScriptStep.typedBytes(of: text)))
      }
    }
    self.steps = steps
  }

  /// The pattern that is awaited now.
  var awaited: ConsolePattern? {
    guard position < steps.count, case .expect(let pattern) = steps[position] else { return nil }
    return pattern
  }

  /// The first pattern, from here on, that has not come.
  var unmatched: String? {
    for step in steps.dropFirst(position) {
      if case .expect(let pattern) = step { return pattern.text }
    }
    return nil
  }

  var isFinished: Bool { position == steps.count }
  var hasExpectations: Bool {
    steps.contains { if case .expect = $0 { true } else { false } }
  }
  /// Whether the last step types something, so that the run has to go on after it.
  var endsWithSend: Bool {
    if case .send = steps.last { true } else { false }
  }

  /// What is to be typed before the next pattern is awaited; call at the start and after a match.
  mutating func takeInput() -> [UInt8] {
    var bytes: [UInt8] = []
    while position < steps.count, case .send(let text) = steps[position] {
      bytes += text
      position += 1
    }
    return bytes
  }

  /// Looks for the awaited pattern in `line`, from where the last match in it ended. After a match the
  /// caller types ``takeInput()`` and looks again: the rest of the line may hold the next pattern.
  mutating func look(at line: String) -> Match? {
    guard let pattern = awaited else { return nil }
    let scalars = line.unicodeScalars
    guard
      let start = scalars.index(scalars.startIndex, offsetBy: consumed, limitedBy: scalars.endIndex),
      let range = pattern.firstMatch(in: line, from: start)
    else { return nil }
    consumed = scalars.distance(from: scalars.startIndex, to: range.upperBound)
    position += 1
    return Match(pattern: pattern.text, line: line)
  }

  /// Whether `line` holds the awaited pattern, or has brought one while it was unfinished: such a line,
  /// a panic for one, is what the person wants.
  func expects(_ line: String) -> Bool {
    consumed > 0 || awaited.map { $0.firstMatch(in: line, from: line.startIndex) != nil } ?? false
  }

  /// The line that was looked at has ended; the next one counts from its start.
  mutating func finishLine() { consumed = 0 }
}
