/// Why a run ended.
public enum SessionReason: String, CaseIterable, Hashable, Sendable {
  case passed
  case patternFailed = "pattern-failed"
  case guestTimeout = "guest-timeout"
  case wallTimeout = "wall-timeout"
  case panic
  case notModelled = "not-modelled"
  case powerOff = "power-off"
  case reset
  case allCoresHalted = "halted"
  case messageLoop = "message-loop"
  case unsupported
  case interrupted
  case outputLost = "output-lost"
  case event
  case dmaViolation = "dma-violation"
}

/// What `tayberry run` ends with; docs/exit-codes.md says the same to people.
public enum ExitCode: Int32, CaseIterable, Sendable {
  /// Everything that was asked for came.
  case passed = 0
  /// A `--fail` pattern came, or the guest ended before an `--expect` pattern did.
  case patternFailed = 1
  /// The command line or an input file cannot be used.
  case badInput = 2
  case guestTimeout = 3
  case wallTimeout = 4
  case panic = 5
  /// `--dma-check stop` found a wrong transfer.
  case dmaViolation = 6
  case notModelled = 7
  /// The guest reset the board.
  case reset = 8
  /// No core could ever run again.
  case allCoresHalted = 9
  /// The guest printed one line for ever.
  case messageLoop = 10
  /// The guest did what this emulator does not carry out.
  case unsupported = 11
  /// The person ended the run before the script was finished.
  case interrupted = 12
  /// The run passed, and what it printed, its log or its report could not be written.
  case outputLost = 13
  /// An event of `--break` happened.
  case event = 14
}

/// A pattern that came, and when.
public struct MatchedExpectation: Hashable, Sendable {
  public let pattern: String
  public let line: String
  public let guestNanoseconds: UInt64
}

/// How a run ended, and what was seen on the way.
public struct SessionOutcome: Sendable {
  public var reason: SessionReason
  public var exitCode: ExitCode
  /// One sentence for the person.
  public var detail: String
  public var matches: [MatchedExpectation] = []
  /// The pattern that was awaited when the run ended, if it had not come.
  public var unmatched: String?
  public var consoleByteCount: UInt64 = 0
  public var consoleHash: UInt64 = 0
  public var wallSeconds: Double = 0

  /// Output was lost. A run that would have passed has not, for whoever wanted its output; any other keeps
  /// the code that says more.
  public mutating func note(_ loss: OutputLoss) {
    guard exitCode == .passed else { return }
    reason = .outputLost
    exitCode = .outputLost
    detail = "\(detail), but \(loss.name) could not be written (\(loss.reason))"
  }
}
