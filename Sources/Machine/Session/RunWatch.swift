import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends a run that no longer ends by itself: the main thread is in the middle of something that may take for
/// ever, a pattern that backtracks or a pipe that nobody reads, and sees neither the clock nor a signal.
///
/// Works on threads of its own, which touch nothing of the guest.
public final class RunWatch: Sendable {
  /// How long after its limit the run may still come back by itself.
  public static let graceSeconds = 2.0

  private let isOver = Mutex(false)

  /// - Parameter wallTimeout: the limit of the run, in seconds from now; nil for none.
  public init(wallTimeout: Double?) {
    guard let wallTimeout else { return }
    detach { [self] in
      let clock = MonotonicClock()
      let end = clock.seconds + wallTimeout
      while clock.seconds < end { pause(seconds: end - clock.seconds) }
      // In steps, not by the clock: a process that was stopped and goes on has the whole of it.
      let steps = 20
      for _ in 0..<steps { pause(seconds: Self.graceSeconds / Double(steps)) }
      isOver.withLock { isOver in
        guard !isOver else { return }
        TerminalSettings.restore()
        tell(Self.lastWords(limit: wallTimeout))
        _exit(ExitCode.wallTimeout.rawValue)
      }
    }
  }

  /// The run has come back.
  public func finish() { isOver.withLock { $0 = true } }

  private static func lastWords(limit: Double) -> String {
    let reason =
      PatternInProgress.text.map {
        "the pattern \"\($0)\" is still being matched; write it without nested * or +"
      } ?? "the run does not come back; check that somebody reads its output"
    return "tayberry: wall-timeout: the wall time limit of \(limit) s has passed, and \(reason) (no report)"
  }
}

/// SIGINT, SIGTERM and SIGHUP: the first asks the run to end in order, the second ends the process.
final class SignalWatch: Sendable {
  private let hasCome = Atomic(false)

  /// Whether one has come.
  var isInterrupted: Bool { hasCome.load(ordering: .relaxed) }

  init() {
    let signals = Self.signals
    withUnsafePointer(to: signals) { _ = pthread_sigmask(SIG_BLOCK, $0, nil) }
    let isWatched = detach { [self] in
      while true {
        var signals = Self.signals
        var number: Int32 = 0
        guard sigwait(&signals, &number) == 0 else { continue }
        if hasCome.exchange(true, ordering: .relaxed) { Self.die(of: number) }
      }
    }
    if !isWatched { withUnsafePointer(to: signals) { _ = pthread_sigmask(SIG_UNBLOCK, $0, nil) } }
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    return signals
  }

  private static func die(of number: Int32) {
    TerminalSettings.restore()
    signal(number, SIG_DFL)
    var signals = Self.signals
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    kill(getpid(), number)
  }
}

/// The pattern that is being matched now, for whoever finds that it does not end.
enum PatternInProgress {
  private static let current = Mutex<String?>(nil)

  static var text: String? { current.withLock { $0 } }

  static func during<Result>(_ text: String, _ body: () -> Result) -> Result {
    current.withLock { $0 = text }
    defer { current.withLock { $0 = nil } }
    return body()
  }
}

/// How the person's terminal was before the run; every way out puts it back.
enum TerminalSettings {
  private static let saved = Mutex<termios?>(nil)

  static func save(_ settings: termios) { saved.withLock { $0 = settings } }

  static func restore() {
    saved.withLock { saved in
      guard var settings = saved else { return }
      tcsetattr(0, TCSADRAIN, &settings)
      saved = nil
    }
  }
}
