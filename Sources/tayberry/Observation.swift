import CPU
import Machine
import Tracing

/// What a run's options ask to see of it, connected to its machine.
final class Observation {
  private let source: EventSource?
  private let recorder: TraceRecorder?

  /// Nothing asked for costs nothing.
  init(_ configuration: RunConfiguration, machine: BoardMachine) throws(BadInput) {
    let recorded = try Self.selection(configuration.tracedEvents, option: "--trace")
    let board = machine.board
    guard !recorded.isEmpty else {
      source = nil
      recorder = nil
      return
    }
    let names = MachineNames(board: board, symbols: try SymbolLoading.map(for: configuration))
    let source = EventSource(cluster: board.cluster, bus: board.bus, recorded: recorded, stops: EventSelection())
    recorder = try configuration.trace.map { path throws(BadInput) in
      try TraceRecorder(
        path: path,
        header: TraceRecorder.Header(
          ramBytes: configuration.ramBytes, stepping: configuration.stepping.rawValue, seed: configuration.seed,
          nanosecondsPerInstruction: board.cluster.nanosecondsPerInstruction, events: configuration.tracedEvents,
          symbols: names.sources),
        names: names)
    }
    source.recorder = recorder
    self.source = source
  }

  private static func selection(_ events: [String], option: String) throws(BadInput) -> EventSelection {
    var selection = EventSelection()
    for event in events {
      do throws(EventSelectionError) {
        try selection.add(event)
      } catch {
        throw BadInput("\(option) \(event)", "\(error.place) \(error.problem)", remedy: error.remedy)
      }
    }
    return selection
  }

  /// After the run.
  func finish() {
    source?.finish()
    recorder?.finish()
  }

  var loss: OutputLoss? { recorder?.loss }
}
