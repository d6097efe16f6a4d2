import Debugger
import Machine

/// `tayberry run`: boot, watch, type, report.
enum RunCommand {
  static func run(_ arguments: [String]) throws(BadInput) -> ExitCode {
    let configuration = try RunArguments.parse(arguments)
    // Everything that can be wrong is found before the guest runs, and before a file is written.
    try configuration.validate()
    var files = configuration.files
    files.inputs += SymbolLoading.files(for: configuration)
    try files.check()
    let plan = try ObservationPlan(configuration)
    let checks = try DMAChecking.plan(configuration)
    let machine = try MachineFactory.makeBoard(configuration)
    // Nothing asked for costs nothing.
    let isObserved =
      !plan.isEmpty || configuration.debugger != nil || (!checks.isEmpty && !configuration.symbols.isEmpty)
    let observation = isObserved ? try Observation(plan, configuration, machine: machine) : nil
    let checking = checks.isEmpty ? nil : DMAChecking(checks, configuration, machine: machine, names: observation?.names)
    let coverage = try CoverageRecording(configuration, machine: machine)

    let clock = MonotonicClock(watchesSignals: true)
    let debugger = try configuration.debugger.map { place throws(BadInput) in
      try DebuggerServer(host: place.host, port: place.port, machine: machine)
    }
    if let debugger { observation?.serve(debugger.monitor) }
    let console = try configuration.console.open(isQuiet: configuration.isQuiet)
    defer { console.close() }
    let log = try configuration.log.map { path throws(BadInput) in try LogFile(path: path) }
    let session = try Session(machine: machine, plan: configuration.plan, console: console, clock: clock)
    let progress = configuration.isQuiet ? nil : ProgressLine(console: configuration.console, clock: clock)
    session.onSlice = { progress?.update($0) }
    if observation != nil || checking != nil {
      session.onLine = {
        observation?.note($0)
        checking?.note($0)
      }
    }
    session.onLogEntry = { log?.write($0) }

    if let debugger, let place = configuration.debugger {
      if !configuration.isQuiet || place.port == 0 {
        tell("tayberry: a debugger may connect: target remote \(place.host):\(debugger.port)")
      }
      if configuration.waitsForDebugger { debugger.waitForDebugger { clock.isInterrupted } }
    }

    let watch = RunWatch(wallTimeout: configuration.plan.wallTimeout)
    var outcome = session.run()
    watch.finish()
    debugger?.finish(code: UInt8(truncatingIfNeeded: outcome.exitCode.rawValue))
    observation?.finish()
    checking?.finish()
    console.close()
    progress?.clear()
    for loss in [machine.cardImage?.loss, console.loss, log?.loss, observation?.loss, coverage?.finish()] {
      if let loss { outcome.note(loss) }
    }
    if let path = configuration.report {
      var report = SessionReport(of: outcome, machine: machine)
      report.dmaFindings = checking?.listing
      do {
        try writeWholeFile(Array(report.json.text.utf8), to: path)
      } catch {
        tell("tayberry: --report: \(error)")
        outcome.note(OutputLoss(name: "--report: \(path)", reason: error.problem))
      }
    }
    if !configuration.isQuiet { sayGoodbye(outcome, machine: machine) }
    return outcome.exitCode
  }

  private static func sayGoodbye(_ outcome: SessionOutcome, machine: any EmulatedMachine) {
    let guest = oneDecimal(Double(machine.elapsedNanoseconds) / 1e9)
    let wall = oneDecimal(outcome.wallSeconds)
    let millions = machine.instructionsPerCore.reduce(0, &+) / 1_000_000
    tell(
      "\ntayberry: \(outcome.reason.rawValue): \(outcome.detail) "
        + "(guest \(guest) s, wall \(wall) s, \(millions) million instructions)")
    guard outcome.exitCode != .passed else { return }
    for (index, place) in machine.corePlaces.enumerated() { tell("tayberry: core \(index): \(place)") }
  }
}
