import CPU
import Machine
import Tracing

/// What a run's options ask to see of it, read and checked.
struct ObservationPlan {
  let recorded: EventSelection
  let stops: EventSelection
  let inspections: [Inspector.Request]

  /// - Throws: ``BadInput`` for what is no event or no question.
  init(_ configuration: RunConfiguration) throws(BadInput) {
    recorded = try Self.selection(configuration.tracedEvents, option: "--trace")
    stops = try Self.selection(configuration.stoppingEvents, option: "--break")
    inspections = try Self.requests(configuration.inspections)
    for text in configuration.stoppingEvents { try Self.check(stop: text) }
  }

  /// - Throws: ``BadInput`` for what is no event, or none at which a machine can stand still.
  static func check(stop text: String) throws(BadInput) {
    let selection = try selection([text], option: "--break")
    if let filter = selection.filters.first(where: { !$0.kind.canStop && !text.hasPrefix("hypervisor") }) {
      throw BadInput(
        "--break \(filter.kind.name)", "is nothing that a core does", remedy: "use --expect for the console")
    }
  }

  var isEmpty: Bool { recorded.isEmpty && stops.isEmpty && inspections.isEmpty }

  private static func selection(_ events: [String], option: String) throws(BadInput) -> EventSelection {
    var selection = EventSelection()
    for event in events {
      do throws(EventSelectionError) {
        try selection.add(event)
      } catch {
        throw BadInput("\(option) \(event)", "\"\(error.place)\" \(error.problem)", remedy: error.remedy)
      }
    }
    return selection
  }

  private static func requests(_ texts: [String]) throws(BadInput) -> [Inspector.Request] {
    var requests: [Inspector.Request] = []
    for text in texts {
      do throws(Inspector.InspectionError) {
        requests.append(try Inspector.Request(text))
      } catch {
        throw BadInput("--inspect \(text)", "\(error)", remedy: "see tayberry help inspect")
      }
    }
    return requests
  }
}

/// What a run's options ask to see of it, connected to its machine.
final class Observation {
  let names: MachineNames
  let inspector: Inspector
  /// The events at which the machine stands still, as they were written.
  var stopTexts: [String]

  private let cluster: Cluster
  private let source: EventSource
  private let recorder: TraceRecorder?
  private let stopper: EventStopper
  private let inspections: [Inspector.Request]

  /// - Throws: ``BadInput`` for a symbol file that cannot be used, or a trace that cannot be made.
  init(_ plan: ObservationPlan, _ configuration: RunConfiguration, machine: BoardMachine) throws(BadInput) {
    let board = machine.board
    cluster = board.cluster
    inspections = plan.inspections
    stopTexts = configuration.stoppingEvents
    let names = MachineNames(machine: machine, symbols: try SymbolLoading.map(for: configuration))
    self.names = names
    source = EventSource(cluster: board.cluster, bus: board.bus, recorded: plan.recorded, stops: plan.stops)
    stopper = EventStopper(cluster: board.cluster, names: names)
    inspector = Inspector(board: board, names: names, roots: source.roots)
    recorder = try configuration.trace.map { path throws(BadInput) in
      try TraceRecorder(
        path: path,
        header: TraceRecorder.Header(
          ramBytes: configuration.ramBytes, stepping: configuration.stepping.rawValue, seed: configuration.seed,
          nanosecondsPerInstruction: board.cluster.nanosecondsPerInstruction, events: configuration.tracedEvents,
          symbols: names.sources),
        names: names)
    }
    source.onGuest = { [names] in names.see($0) }
    source.recorder = recorder
    source.stopper = stopper
    adoptStops()
  }

  /// Has the machine stand still at the events of `stopTexts`, all of which are known to be some.
  func adoptStops() {
    var stops = EventSelection()
    for text in stopTexts { try? stops.add(text) }
    source.select(recorded: source.recorded, stops: stops)
    // Behind an access in the midst of a block only the interpreter stops at once.
    cluster.pausesExactly = stops.filters.contains { $0.kind.isAmidBlocks }
  }

  /// A line on the console.
  func note(_ line: String) { source.console(line) }

  /// After the run: writes what is left of the trace, and answers what was asked.
  func finish() {
    source.finish()
    recorder?.finish()
    for request in inspections { tell("tayberry: \(request.text)\n\(inspector.answer(request))") }
  }

  var loss: OutputLoss? { recorder?.loss }
}
