import Fabric

/// Runs a machine to its end: passes time, reads the console, follows the script, types, and decides when
/// and why it is over.
///
/// Everything that a script does happens at the end of a slice of virtual time, so a run without a person
/// at the keyboard is the same run every time. What a person types is the only thing that is not.
public final class Session {
  private let machine: any EmulatedMachine
  private let plan: SessionPlan
  private let console: any HostConsole
  private let clock: any HostClock

  private var script: ConsoleScript
  private let failPatterns: [ConsolePattern]
  private let collector = ConsoleCollector()
  private var panicWatch = PanicWatch()
  private var loopWatch: MessageLoopWatch
  private var pace = IdlePace()

  private var pendingInput: [UInt8] = []
  private var matches: [MatchedExpectation] = []
  private var panicDeadline: UInt64?
  /// The first access that is not modelled, and who made it where.
  private var notModelled: String?

  /// Called at the end of each slice, for a progress line.
  public var onSlice: ((any EmulatedMachine) -> Void)?
  /// Called for each line on the console, at the time at which its last byte is sent.
  public var onLine: ((String) -> Void)? {
    get { collector.onLine }
    set { collector.onLine = newValue }
  }
  /// Called for each new entry of the guest's log.
  public var onLogEntry: ((GuestLog.Entry) -> Void)?

  /// - Throws: ``BadInput`` when a pattern is not a regular expression.
  public init(
    machine: any EmulatedMachine, plan: SessionPlan, console: any HostConsole = SilentConsole(),
    clock: any HostClock = MonotonicClock()
  ) throws(BadInput) {
    self.machine = machine
    self.plan = plan
    self.console = console
    self.clock = clock
    (script, failPatterns) = try Self.compile(plan)
    loopWatch = MessageLoopWatch(limit: plan.messageLoopLimit)
  }

  private static func compile(
    _ plan: SessionPlan
  ) throws(BadInput) -> (ConsoleScript, [ConsolePattern]) {
    do throws(OptionFault) {
      var patterns: [ConsolePattern] = []
      for text in plan.failPatterns { patterns.append(try ConsolePattern(text)) }
      return (try ConsoleScript(plan.script), patterns)
    } catch {
      throw BadInput("session", error.problem, remedy: error.remedy)
    }
  }

  /// Runs to the end. Call once.
  public func run() -> SessionOutcome {
    let start = clock.seconds
    machine.connectConsole(collector)
    machine.log.sink = { [weak self] entry in self?.note(entry) }
    for entry in machine.log.entries { note(entry) }
    pendingInput += script.takeInput()

    var verdict: Verdict?
    while verdict == nil { verdict = slice(startedAt: start) }
    let (reason, detail) = verdict ?? (.interrupted, "")
    return outcome(reason, detail: detail, wallSeconds: clock.seconds - start)
  }

  // MARK: One slice

  private typealias Verdict = (reason: SessionReason, detail: String)

  private func slice(startedAt start: Double) -> Verdict? {
    offerInput()
    var length = SessionPlan.sliceNanoseconds
    for deadline in [plan.guestTimeout, panicDeadline].compactMap({ $0 }) {
      length = min(length, deadline &- min(deadline, machine.elapsedNanoseconds))
    }
    let before = machine.elapsedNanoseconds
    let wallBefore = clock.seconds
    let pause =
      length == 0
      ? .timeElapsed
      : machine.run(forAtMost: length, inputMayCome: console.mayType || !pendingInput.isEmpty) {
        clock.isInterrupted || plan.wallTimeout.map { clock.seconds - start >= $0 } ?? false
      }
    let printed = collector.takeAll()
    console.write(printed.bytes)
    onSlice?(machine)

    // Strict goes first: what the guest printed after the access does not count, and the run ended with it.
    if plan.isStrict, let notModelled { return (.notModelled, notModelled) }
    if let verdict = read(printed.lines) { return verdict }
    if let verdict = judge(pause) { return verdict }
    let now = machine.elapsedNanoseconds
    if let panicDeadline, now >= panicDeadline { return panicVerdict }
    if let limit = plan.guestTimeout, now >= limit, panicDeadline == nil {
      return (.guestTimeout, "the guest's time limit of \(secondsText(limit)) s has passed" + awaitedText)
    }
    if let limit = plan.wallTimeout, clock.seconds - start >= limit {
      return (.wallTimeout, "the wall time limit of \(limit) s has passed" + awaitedText)
    }
    return listen(
      guestSeconds: Double(now &- before) / 1e9, wallSeconds: clock.seconds - wallBefore,
      printed: !printed.bytes.isEmpty)
  }

  /// Offers what is to be typed, as far as the receiver has room.
  private func offerInput() {
    var count = 0
    while count < pendingInput.count, machine.receiveConsoleByte(pendingInput[count]) { count += 1 }
    if count > 0 {
      pendingInput.removeFirst(count)
      loopWatch.noteInput()
    }
  }

  /// Takes what the person typed, and waits a little for it when the guest is idle and ahead of the clock.
  private func listen(guestSeconds: Double, wallSeconds: Double, printed: Bool) -> Verdict? {
    let wait =
      console.isInteractive && pendingInput.isEmpty
      ? pace.wait(guestSeconds: guestSeconds, wallSeconds: wallSeconds, printed: printed) : 0
    let typed = console.read(waitingAtMost: wait)
    pendingInput += typed.bytes
    guard typed.wantsQuit || clock.isInterrupted else { return nil }
    // A person who leaves after the script is finished, or without one, has had what was asked for.
    if script.unmatched == nil && typed.wantsQuit && plan.until.isEmpty {
      return (.passed, "left from the keyboard")
    }
    return (.interrupted, "interrupted" + awaitedText)
  }

  // MARK: Reading the console

  private func read(_ lines: [String]) -> Verdict? {
    for line in lines {
      if let verdict = readLine(line) { return verdict }
      script.finishLine()
      if loopWatch.take(line) {
        return (
          .messageLoop, "the guest prints one line for ever: \"\(shortened(loopWatch.message))\""
        )
      }
    }
    guard collector.text.hasUnfinishedLine else { return nil }
    return look(at: collector.text.unfinishedLine)
  }

  private func readLine(_ line: String) -> Verdict? {
    if panicWatch.hasSeenPanic || (PanicWatch.isPanic(line) && !script.expects(line)) {
      if panicDeadline == nil {
        let (deadline, overflow) = machine.elapsedNanoseconds
          .addingReportingOverflow(SessionPlan.panicGraceNanoseconds)
        panicDeadline = overflow ? .max : deadline
      }
      panicWatch.take(line)
    }
    return look(at: line)
  }

  private func look(at line: String) -> Verdict? {
    for pattern in failPatterns where pattern.firstMatch(in: line, from: line.startIndex) != nil {
      return (.patternFailed, "--fail \"\(pattern.text)\" matched: \(shortened(line))")
    }
    while let match = script.look(at: line) {
      matches.append(
        MatchedExpectation(
          pattern: match.pattern, line: match.line, guestNanoseconds: machine.elapsedNanoseconds))
      pendingInput += script.takeInput()
    }
    if script.isFinished && script.hasExpectations && !script.endsWithSend && plan.until.isEmpty {
      return (.passed, "all expected patterns came")
    }
    return nil
  }

  private func note(_ entry: GuestLog.Entry) {
    if entry.kind == .notModelled && notModelled == nil {
      let place = machine.executingPlace.map { " (\($0))" } ?? ""
      notModelled = "\(entry.source): \(entry.message)\(place)"
      if plan.isStrict { machine.stopSoon() }
    }
    onLogEntry?(entry)
  }

  // MARK: Endings

  private func judge(_ pause: MachinePause) -> Verdict? {
    // A guest that panics and then resets or halts has panicked.
    if panicWatch.hasSeenPanic && pause != .timeElapsed { return panicVerdict }
    switch pause {
    case .timeElapsed: return nil
    case .powerOff: return (.powerOff, "the guest switched the board off")
    case .reset: return (.reset, "the guest reset the board")
    case .allCoresHalted: return (.allCoresHalted, "no core can run again")
    case .unsupported(let what): return (.unsupported, what)
    case .event(let what): return (.event, what)
    case .violation(let what): return (.dmaViolation, what)
    case .killed: return (.interrupted, "ended by the debugger" + awaitedText)
    }
  }

  private var panicVerdict: Verdict { (.panic, panicWatch.sentence) }

  private var awaitedText: String {
    script.unmatched.map { ", waiting for \"\($0)\"" } ?? ""
  }

  private func outcome(_ reason: SessionReason, detail: String, wallSeconds: Double) -> SessionOutcome {
    var code = Self.exitCode(of: reason)
    var detail = detail
    if let ending = Self.ending(of: reason) {
      if let pattern = script.unmatched {
        if plan.until.contains(ending) || ending == .powerOff {
          code = .patternFailed
          detail += " before \"\(pattern)\" came"
        }
      } else if plan.until.contains(ending) || (ending == .powerOff && plan.until.isEmpty) {
        code = .passed
      } else if ending == .powerOff {
        code = .patternFailed
        let wanted = plan.until.map(\.rawValue).sorted().joined(separator: " or ")
        detail += " instead of \(wanted)"
      }
    }
    return SessionOutcome(
      reason: reason, exitCode: code, detail: detail, matches: matches, unmatched: script.unmatched,
      consoleByteCount: collector.byteCount, consoleHash: collector.hash, wallSeconds: wallSeconds)
  }

  private static func ending(of reason: SessionReason) -> SessionEnding? {
    switch reason {
    case .powerOff: .powerOff
    case .reset: .reset
    case .allCoresHalted: .halted
    case .messageLoop: .messageLoop
    case .panic: .panic
    default: nil
    }
  }

  private static func exitCode(of reason: SessionReason) -> ExitCode {
    switch reason {
    case .passed, .powerOff: .passed
    case .patternFailed: .patternFailed
    case .guestTimeout: .guestTimeout
    case .wallTimeout: .wallTimeout
    case .panic: .panic
    case .notModelled: .notModelled
    case .reset: .reset
    case .allCoresHalted: .allCoresHalted
    case .messageLoop: .messageLoop
    case .unsupported: .unsupported
    case .interrupted: .interrupted
    case .outputLost: .outputLost
    case .event: .event
    case .dmaViolation: .dmaViolation
    }
  }
}

/// Collects what the guest prints during a slice.
private final class ConsoleCollector: BytePort {
  private var bytes: [UInt8] = []
  private var lines: [String] = []
  private(set) var text = ConsoleText()
  var onLine: ((String) -> Void)?
  private(set) var byteCount: UInt64 = 0
  /// FNV-1a over every byte printed.
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  func transmit(_ byte: UInt8) {
    bytes.append(byte)
    byteCount &+= 1
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    if let line = text.append(byte) {
      lines.append(line)
      onLine?(line)
    }
  }

  func takeAll() -> (bytes: [UInt8], lines: [String]) {
    defer {
      bytes.removeAll(keepingCapacity: true)
      lines.removeAll(keepingCapacity: true)
    }
    return (bytes, lines)
  }
}

/// Keeps a guest that a person is using from racing through its idle time.
///
/// A boot runs as fast as it can. Once the guest has come to rest (two seconds of its time without a word)
/// an idle second of the guest takes a second of the person's.
struct IdlePace {
  static let restSeconds = 2.0
  private var silentSeconds = 0.0
  private(set) var isAtRest = false

  mutating func wait(guestSeconds: Double, wallSeconds: Double, printed: Bool) -> Double {
    silentSeconds = printed ? 0 : silentSeconds + guestSeconds
    if silentSeconds >= Self.restSeconds { isAtRest = true }
    return isAtRest ? max(0, guestSeconds - wallSeconds) : 0
  }
}

/// Seconds with as many decimals as there are nanoseconds, without trailing zeros.
func secondsText(_ nanoseconds: UInt64) -> String {
  let fraction = String(nanoseconds % 1_000_000_000)
  var digits = String(repeating: "0", count: 9 - fraction.count) + fraction
  while digits.last == "0" { digits.removeLast() }
  let whole = String(nanoseconds / 1_000_000_000)
  return digits.isEmpty ? whole : whole + "." + digits
}
