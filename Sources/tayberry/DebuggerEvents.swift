import CPU
import Debugger
import Machine
import Tracing

/// What `monitor` answers of a run beyond registers and memory: the questions of `--inspect`, and stops at events.
extension Observation {
  func serve(_ monitor: Monitor) {
    monitor.symbol = { [names] core in
      names.symbol(core.programCounter, level: core.currentEL, vmid: core.vmid)
    }
    monitor.address = { [names] name in names.addresses(of: name).first }
    for command in Inspector.commands where command.name != "cores" {
      monitor.register(command.name, usage: command.arguments, command.summary) { [inspector] words, context in
        inspector.answer(([command.name] + words).joined(separator: " "), onCore: context.core.index)
      }
    }
    monitor.register("event", usage: "EVENT", "stop at an event, such as s2-fault:vmid=1 (tayberry help events)") {
      [self] words, _ in
      stop(at: words)
    }
    monitor.register("events", "the events that are waited for") { [self] _, _ in
      stopTexts.isEmpty ? "none" : stopTexts.joined(separator: "\n")
    }
    monitor.register("forget", usage: "[EVENT]", "wait for an event no longer, or for none") { [self] words, _ in
      forget(words)
    }
  }

  private func stop(at words: [String]) -> String {
    guard !words.isEmpty else { return "an event is missing: monitor event s2-fault" }
    for word in words {
      do {
        try ObservationPlan.check(stop: word)
      } catch { return "\(error)" }
      if !stopTexts.contains(word) { stopTexts.append(word) }
    }
    adoptStops()
    return ""
  }

  private func forget(_ words: [String]) -> String {
    if let unknown = words.first(where: { !stopTexts.contains($0) }) { return "\(unknown) is not waited for" }
    stopTexts.removeAll { words.isEmpty || words.contains($0) }
    adoptStops()
    return ""
  }
}
