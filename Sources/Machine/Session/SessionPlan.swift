/// What a session does with a machine: what to wait for, what to type, when to stop.
public struct SessionPlan: Hashable, Sendable {
  /// Patterns to wait for and text to type, in order.
  public var script: [ScriptStep] = []
  /// Patterns that fail the run wherever they come.
  public var failPatterns: [String] = []
  /// Endings that the run is to go on for, and that then count as passed. Empty: the run passes as soon as
  /// the script is finished.
  public var until: Set<SessionEnding> = []
  /// Guest time after which the run fails, in nanoseconds.
  public var guestTimeout: UInt64?
  /// Host time after which the run fails, in seconds.
  public var wallTimeout: Double?
  /// Whether an access that is not modelled ends the run.
  public var isStrict = false
  /// Repetitions of one line that count as an endless loop; 0 for never.
  public var messageLoopLimit = 1000

  /// How much guest time passes between two looks at the console.
  public static let sliceNanoseconds: UInt64 = 5_000_000
  /// How long the run goes on after a panic, so that the lines that explain it are seen.
  public static let panicGraceNanoseconds: UInt64 = 100_000_000

  public init() {}
}

/// The ways in which a run can be told to end: `--until`.
public enum SessionEnding: String, CaseIterable, Hashable, Sendable {
  case powerOff = "power-off"
  case reset
  case halted
  case messageLoop = "message-loop"
  case panic
}
