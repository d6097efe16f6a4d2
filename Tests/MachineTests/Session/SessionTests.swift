import Fabric
import Testing

@testable import Machine

@Suite("A session decides when and why a run is over")
struct SessionTests {
  private func run(
    _ machine: FakeMachine, console: FakeConsole = FakeConsole(), clock: FakeClock = FakeClock(),
    _ edit: (inout SessionPlan) -> Void = { _ in }
  ) throws -> SessionOutcome {
    var plan = SessionPlan()
    // No test may hang: a minute of guest time is far beyond anything below.
    plan.guestTimeout = 60_000_000_000
    edit(&plan)
    return try Session(machine: machine, plan: plan, console: console, clock: clock).run()
  }

  // MARK: Patterns

  @Test("0: the run passes when the last expected pattern has come, in order")
  func passes() throws {
    let machine = FakeMachine([(3, .print("two\n")), (10, .print("one\n")), (20, .print("two\n"))])
    let outcome = try run(machine) { $0.script = [.expect("^one$"), .expect("^two$")] }
    #expect(outcome.exitCode == .passed)
    #expect(outcome.reason == .passed)
    #expect(outcome.matches.map(\.pattern) == ["^one$", "^two$"])
    #expect(outcome.matches.map(\.guestNanoseconds) == [15_000_000, 25_000_000])
    #expect(outcome.unmatched == nil)
  }

  @Test("Two patterns may match on one line, but never on the same text")
  func patternsOnOneLine() throws {
    let both = try run(FakeMachine([(1, .print("alpha beta\n"))])) {
      $0.script = [.expect("alpha"), .expect("beta")]
    }
    #expect(both.exitCode == .passed)
    let twice = try run(FakeMachine([(1, .print("alpha beta\n"))])) {
      $0.script = [.expect("alpha"), .expect("alpha")]
    }
    #expect(twice.exitCode == .guestTimeout)
    #expect(twice.unmatched == "alpha")
  }

  @Test("A prompt without a line end is seen, and does not match again when its line goes on")
  func prompt() throws {
    let machine = FakeMachine([(1, .print("/ # ")), (40, .print("ls\n")), (80, .print("/ # "))])
    let outcome = try run(machine) { $0.script = [.expect("/ # "), .expect("/ # ")] }
    #expect(outcome.matches.map(\.guestNanoseconds) == [5_000_000, 85_000_000])
  }

  @Test("1: a pattern to fail on ends the run wherever it comes")
  func failPattern() throws {
    let machine = FakeMachine([(5, .print("all is well\nOops: 96000004\n"))])
    let outcome = try run(machine) {
      $0.script = [.expect("never")]
      $0.failPatterns = ["Unable to handle", "Oops: [0-9]+"]
    }
    #expect(outcome.exitCode == .patternFailed)
    #expect(outcome.reason == .patternFailed)
    #expect(outcome.detail.contains("Oops: 96000004"))
  }

  @Test("Escape sequences and carriage returns are invisible to patterns")
  func escapes() throws {
    let machine = FakeMachine([(1, .print("\u{1b}[1;32mDOM0\u{1b}[0m-READY\r\n"))])
    #expect(try run(machine) { $0.script = [.expect("^DOM0-READY$")] }.exitCode == .passed)
  }

  // MARK: Typing

  @Test("Text is typed when its pattern has come, as fast as the receiver takes it, and the answer counts")
  func sends() throws {
    let machine = FakeMachine([(7, .print("/ # "))])
    machine.fifoDepth = 8
    machine.answer = { $0 == "echo a b c d e" ? [.print("a b c d e\n")] : [.print("what?\n")] }
    let outcome = try run(machine) {
      $0.script = [.expect("# $"), .send("echo a b c d e"), .expect("^a b c d e$")]
    }
    #expect(outcome.exitCode == .passed)
    #expect(machine.receivedText == "echo a b c d e\r")
    // Eight bytes at the end of the slice that showed the prompt, the other seven a slice later.
    #expect(
      machine.received.map(\.time) == Array(repeating: 10_000_000, count: 8)
        + Array(repeating: 15_000_000, count: 7))
  }

  @Test("Text before any pattern is typed at once")
  func sendsFirst() throws {
    let machine = FakeMachine()
    machine.answer = { [.print("got \($0)\n")] }
    #expect(try run(machine) { $0.script = [.send("x"), .expect("got x")] }.exitCode == .passed)
    #expect(machine.received.first?.time == 0)
  }

  @Test(
    "What --send types",
    arguments: [
      ("ls", "ls\r"), ("a\\nb", "a\rb\r"), ("\\e[A\\c", "\u{1b}[A"), ("\\x03\\c", "\u{3}"),
      ("a\\\\b", "a\\b\r"), ("\\c", ""),
    ])
  func typedBytes(text: String, bytes: String) throws {
    #expect(try ScriptStep.typedBytes(of: text) == Array(bytes.utf8))
  }

  @Test("An escape that does not exist is refused", arguments: ["\\q", "\\", "\\x1", "\\xzz", "a\\cb"])
  func badEscape(text: String) {
    #expect(throws: OptionFault.self) { try ScriptStep.typedBytes(of: text) }
  }

  // MARK: Time limits

  @Test("3: the guest's time limit is met exactly")
  func guestTimeout() throws {
    let machine = FakeMachine()
    let outcome = try run(machine) {
      $0.script = [.expect("login:")]
      $0.guestTimeout = 123_456_789
    }
    #expect(outcome.exitCode == .guestTimeout)
    #expect(machine.elapsedNanoseconds == 123_456_789)
    #expect(outcome.detail.contains("login:"))
  }

  @Test("4: the host's time limit ends a run")
  func wallTimeout() throws {
    let outcome = try run(FakeMachine(), clock: FakeClock(step: 0.25)) { $0.wallTimeout = 5 }
    #expect(outcome.exitCode == .wallTimeout)
  }

  // MARK: Last words

  @Test(
    "5: a panic is recognised and told in a sentence",
    arguments: [
      (
        "[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs\n[    1.6] CPU: 0 PID: 1\n",
        "Kernel panic - not syncing: VFS: Unable to mount root fs"
      ),
      (
        "(XEN) \n(XEN) ****************************************\n(XEN) Panic on CPU 0:\n"
          + "(XEN) Could not set up DOM0 guest OS (rc = -22)\n(XEN) ****************************************\n",
        "Panic on CPU 0: Could not set up DOM0 guest OS (rc = -22)"
      ),
    ])
  func panics(text: String, sentence: String) throws {
    let machine = FakeMachine([(5, .print(text))])
    let outcome = try run(machine) { $0.script = [.expect("DOM0-READY")] }
    #expect(outcome.exitCode == .panic)
    #expect(outcome.detail == sentence)
    #expect(machine.elapsedNanoseconds == 10_000_000 + SessionPlan.panicGraceNanoseconds)
  }

  @Test("A guest that panics and resets at once has panicked")
  func panicThenReset() throws {
    let machine = FakeMachine([(5, .print("Kernel panic - not syncing: x\n")), (6, .pause(.reset))])
    #expect(try run(machine).exitCode == .panic)
  }

  @Test("A panic that is expected is no failure")
  func expectedPanic() throws {
    let machine = FakeMachine([(5, .print("Kernel panic - not syncing: sysrq triggered crash\n"))])
    #expect(try run(machine) { $0.script = [.expect("sysrq triggered crash")] }.exitCode == .passed)
  }

  @Test("10: one line for ever ends the run by itself")
  func messageLoop() throws {
    let machine = FakeMachine()
    machine.chatter = ("(XEN) Xen: Platform reset did not work properly!\n", 100_000_000)
    let outcome = try run(machine)
    #expect(outcome.exitCode == .messageLoop)
    #expect(outcome.detail.contains("Platform reset did not work properly"))
    #expect(machine.elapsedNanoseconds < 1_000_000_000)
  }

  @Test("A line with a time stamp that moves is still the same line")
  func messageLoopWithStamps() throws {
    let stamped = (0..<60).map { (UInt64($0 * 10), FakeMachine.Act.print("[  \($0).000001] rcu: stall\n")) }
    let outcome = try run(FakeMachine(stamped)) { $0.messageLoopLimit = 50 }
    #expect(outcome.exitCode == .messageLoop)
  }

  @Test("Lines that differ, lines after typing, and a limit of zero are no loop")
  func noMessageLoop() throws {
    let counting = FakeMachine((0..<3000).map { (UInt64($0), .print("line \($0)\n")) })
    #expect(try run(counting) { $0.messageLoopLimit = 10 }.exitCode == .guestTimeout)
    let forever = FakeMachine()
    forever.chatter = ("tick\n", 1_000_000)
    #expect(try run(forever) { $0.messageLoopLimit = 0 }.exitCode == .guestTimeout)
    let typing = FakeMachine((0..<99).map { (UInt64($0 * 100), .print("tick\n")) })
    let console = FakeConsole()
    console.typed = Array(repeating: ConsoleInput(bytes: [0x20]), count: 4000)
    #expect(try run(typing, console: console) { $0.messageLoopLimit = 10 }.exitCode == .guestTimeout)
  }

  // MARK: How a guest ends

  @Test(
    "Power-off, reset and halt have their codes",
    arguments: [
      (MachinePause.powerOff, ExitCode.passed, SessionReason.powerOff),
      (.reset, .reset, .reset),
      (.allCoresHalted, .allCoresHalted, .allCoresHalted),
      (.unsupported("AArch32 at 0x8000"), .unsupported, .unsupported),
    ])
  func endings(pause: MachinePause, code: ExitCode, reason: SessionReason) throws {
    let outcome = try run(FakeMachine([(12, .pause(pause))]))
    #expect(outcome.exitCode == code)
    #expect(outcome.reason == reason)
  }

  @Test("A guest that switches off before a pattern came has failed it")
  func powerOffTooEarly() throws {
    let outcome = try run(FakeMachine([(12, .pause(.powerOff))])) { $0.script = [.expect("ready")] }
    #expect(outcome.exitCode == .patternFailed)
    #expect(outcome.reason == .powerOff)
    #expect(outcome.unmatched == "ready")
  }

  @Test("A pattern in the last slice before power-off counts")
  func lastWordsCount() throws {
    let machine = FakeMachine([(12, .print("reboot: Power down")), (12, .pause(.powerOff))])
    #expect(try run(machine) { $0.script = [.expect("Power down")] }.exitCode == .passed)
  }

  @Test(
    "An ending that was asked for passes, after the patterns only",
    arguments: [
      (MachinePause.reset, SessionEnding.reset), (.allCoresHalted, .halted), (.powerOff, .powerOff),
    ])
  func until(pause: MachinePause, ending: SessionEnding) throws {
    let acts: [(UInt64, FakeMachine.Act)] = [(1, .print("ready\n")), (100, .pause(pause))]
    let outcome = try run(FakeMachine(acts)) {
      $0.script = [.expect("ready")]
      $0.until = [ending]
    }
    #expect(outcome.exitCode == .passed)
    let early = try run(FakeMachine(acts)) {
      $0.script = [.expect("other")]
      $0.until = [ending]
    }
    #expect(early.exitCode == .patternFailed)
  }

  @Test(
    "Another ending than the one that was asked for does not pass",
    arguments: [
      (MachinePause.powerOff, ExitCode.patternFailed), (.reset, .reset),
    ])
  func untilOther(pause: MachinePause, code: ExitCode) throws {
    let outcome = try run(FakeMachine([(1, .pause(pause))])) { $0.until = [.halted] }
    #expect(outcome.exitCode == code)
  }

  @Test("A script that ends by typing goes on to the guest's own end")
  func trailingSend() throws {
    let machine = FakeMachine([(1, .print("# "))])
    machine.answer = { $0 == "poweroff" ? [.pause(.powerOff)] : [] }
    let outcome = try run(machine) { $0.script = [.expect("# "), .send("poweroff")] }
    #expect(outcome.exitCode == .passed)
    #expect(outcome.reason == .powerOff)
  }

  // MARK: Strictness

  @Test("7: an access that is not modelled ends a strict run, and only a strict one")
  func strict() throws {
    func machine() -> FakeMachine {
      FakeMachine([(2, .log(.odd, "a strange value")), (12, .log(.notModelled, "read of 0xFE00_A000"))])
    }
    let strict = machine()
    let outcome = try run(strict) { $0.isStrict = true }
    #expect(outcome.exitCode == .notModelled)
    #expect(outcome.detail == "fake: read of 0xFE00_A000")
    #expect(strict.elapsedNanoseconds == 15_000_000)
    #expect(try run(machine()).exitCode == .guestTimeout)
  }

  @Test("What comes after the access does not pass a strict run, and the run is asked to end with it")
  func strictFirst() throws {
    let machine = FakeMachine([(2, .log(.notModelled, "read of 0xFE00_A000")), (2, .print("panic\n"))])
    machine.executingPlace = "core 1 at EL2, pc 0x80000"
    let outcome = try run(machine) {
      $0.isStrict = true
      $0.script = [.expect("panic")]
    }
    #expect(outcome.exitCode == .notModelled)
    #expect(outcome.detail == "fake: read of 0xFE00_A000 (core 1 at EL2, pc 0x80000)")
    #expect(machine.wasStopped)
  }

  @Test("A line without end is shortened where it is quoted")
  func longLine() throws {
    let line = String(repeating: "A", count: 5000)
    let outcome = try run(FakeMachine([(1, .print(line + "\n"))])) { $0.failPatterns = ["A"] }
    #expect(outcome.exitCode == .patternFailed)
    #expect(outcome.detail.count < 300)
  }

  // MARK: A person

  @Test("Leaving from the keyboard passes, unless a pattern is still awaited")
  func leaving() throws {
    let console = FakeConsole()
    console.typed = [ConsoleInput(), ConsoleInput(wantsQuit: true)]
    #expect(try run(FakeMachine(), console: console).exitCode == .passed)
    let impatient = FakeConsole()
    impatient.typed = [ConsoleInput(wantsQuit: true)]
    let outcome = try run(FakeMachine(), console: impatient) { $0.script = [.expect("ready")] }
    #expect(outcome.exitCode == .interrupted)
  }

  @Test("12: a signal ends the run in order")
  func signal() throws {
    let clock = FakeClock()
    clock.isInterrupted = true
    #expect(try run(FakeMachine(), clock: clock).exitCode == .interrupted)
  }

  @Test("What a person types reaches the guest, and what it prints reaches the person")
  func person() throws {
    let console = FakeConsole()
    console.typed = [ConsoleInput(bytes: Array("hi\r".utf8))]
    let machine = FakeMachine([(1, .print("\u{1b}[6n> "))])
    machine.answer = { [.print("<\($0)>\r\n")] }
    let outcome = try run(machine, console: console) { $0.guestTimeout = 50_000_000 }
    #expect(machine.receivedText == "hi\r")
    #expect(console.shown == Array("\u{1b}[6n> <hi>\r\n".utf8))
    #expect(outcome.consoleByteCount == UInt64(console.shown.count))
  }

  @Test("An idle guest waits for the clock once it has come to rest, with a person only")
  func pacing() throws {
    let machine = FakeMachine([(100, .print("booting\n"))])
    let console = FakeConsole()
    console.isInteractive = true
    _ = try run(machine, console: console) { $0.guestTimeout = 3_000_000_000 }
    // 100 ms, then two silent seconds: 420 slices, the last of them the first at rest.
    #expect(console.waits.prefix(419).allSatisfy { $0 == 0 })
    #expect(console.waits.dropFirst(421).allSatisfy { abs($0 - 0.005) < 1e-9 })
    #expect(console.waits.count > 500)
    let unattended = FakeConsole()
    _ = try run(FakeMachine(), console: unattended) { $0.guestTimeout = 3_000_000_000 }
    #expect(unattended.waits.allSatisfy { $0 == 0 })
  }

  // MARK: Sameness

  @Test("Two runs of one script are the same run")
  func deterministic() throws {
    func once() throws -> (SessionOutcome, [UInt64]) {
      let machine = FakeMachine([(7, .print("/ # ")), (33, .print("tick\n"))])
      machine.fifoDepth = 3
      machine.answer = { [.print("\($0)!\n")] }
      let outcome = try run(machine, clock: FakeClock(step: 0.001)) {
        $0.script = [.expect("# "), .send("hello"), .expect("hello!")]
      }
      return (outcome, machine.received.map(\.time) + [machine.elapsedNanoseconds])
    }
    let (first, firstTimes) = try once()
    let (second, secondTimes) = try once()
    #expect(first.consoleHash == second.consoleHash)
    #expect(first.matches == second.matches)
    #expect(firstTimes == secondTimes)
  }

  @Test("A report says what the outcome says, in JSON that parses")
  func report() throws {
    let machine = FakeMachine([(1, .print("say \"hi\"\n")), (2, .log(.notModelled, "write of 0x10"))])
    let outcome = try run(machine) { $0.script = [.expect("say .*")] }
    let text = SessionReport(of: outcome, machine: machine).json.text
    let root = try JSONParser.parse(Array(text.utf8), file: "report")
    guard case .object(let members) = root.content else {
      Issue.record("not an object")
      return
    }
    let keys = members.map(\.key)
    let wanted = [
      "reason", "exitCode", "engine", "guestSeconds", "wallSeconds", "instructionsPerCore", "stateHash",
      "peakMemoryBytes",
    ]
    #expect(wanted.allSatisfy(keys.contains))
    #expect(text.contains("\"guestSeconds\": 0.005"))
    #expect(text.contains("\"instructionsPerCore\": [5000000, 2500000, 0, 0]"))
    #expect(text.contains("\"line\": \"say \\\"hi\\\"\""))
    #expect(text.contains("fake: write of 0x10"))
  }

  @Test("Every reason has an exit code that no failure shares with success")
  func exitCodes() {
    #expect(Set(ExitCode.allCases.map(\.rawValue)) == Set(0...14))
  }
}
