/// The way of an interrupt: taken by the hypervisor, acknowledged, put into a list register, taken by the guest and
/// acknowledged there. What is not traced is left out.
struct InterruptFlow: Equatable {
  /// The virtual interrupt's number.
  var interrupt: UInt64
  /// The events of it in their order, two or more.
  var stations: [Int]
}

struct InterruptFlows {
  private(set) var flows: [InterruptFlow] = []

  /// A list register that holds an interrupt which the guest has not seen yet.
  private struct Pending {
    var register: UInt64
    var interrupt: UInt64
    var priority: UInt64
    var stations: [Int]
    var isTaken = false
  }

  /// What a core acknowledged since the guest ran last, by number: the stations until then.
  private struct CoreState {
    var taken: Int?
    var acknowledged: [UInt64: [Int]] = [:]
    var pending: [Pending] = []
  }

  init(_ trace: Trace) {
    var cores: [Int: CoreState] = [:]
    let hasAcknowledges = trace.records.contains {
      $0.kind == .acknowledge && trace.fields(of: $0).flag("virtual")
    }
    for (index, record) in trace.records.enumerated() {
      guard let core = record.core, let kind = record.kind else { continue }
      switch kind {
      case .irq: cores[core, default: CoreState()].taken = index
      case .acknowledge:
        let fields = trace.fields(of: record)
        guard let interrupt = fields.number("interrupt") else { continue }
        if fields.flag("virtual") {
          finish(interrupt, at: index, &cores[core, default: CoreState()])
        } else {
          let taken = cores[core]?.taken
          cores[core, default: CoreState()].acknowledged[interrupt] = (taken.map { [$0] } ?? []) + [index]
          cores[core]?.taken = nil
        }
      case .listRegister:
        fill(trace.fields(of: record), at: index, &cores[core, default: CoreState()])
      case .virtualIRQ:
        deliver(at: index, &cores[core, default: CoreState()], isAll: !hasAcknowledges)
      default: continue
      }
    }
    flows.sort { $0.stations[0] < $1.stations[0] }
  }

  private func fill(_ fields: TraceFields, at index: Int, _ core: inout CoreState) {
    guard let register = fields.number("register"), let interrupt = fields.number("interrupt") else { return }
    // A write takes the place of what was in the register. Saving and loading it again changes nothing.
    let old = core.pending.firstIndex { $0.register == register }
    guard fields.text("state")?.hasPrefix("pending") == true else {
      if let old { core.pending.remove(at: old) }
      return
    }
    if let old {
      if core.pending[old].interrupt == interrupt { return }
      core.pending.remove(at: old)
    }
    // A hardware interrupt's own number, or the number of the virtual one where they are the same.
    let source = fields.number("physical") ?? interrupt
    let stations = core.acknowledged.removeValue(forKey: source) ?? []
    core.pending.append(
      Pending(
        register: register, interrupt: interrupt, priority: fields.number("priority") ?? 0,
        stations: stations + [index]))
  }

  /// The guest takes the pending interrupt with the highest priority, the lowest value (IHI 0048B, 3.3).
  private mutating func deliver(at index: Int, _ core: inout CoreState, isAll: Bool) {
    let next = core.pending.indices.filter { !core.pending[$0].isTaken }.min {
      (core.pending[$0].priority, core.pending[$0].interrupt) < (core.pending[$1].priority, core.pending[$1].interrupt)
    }
    guard let next else { return }
    core.pending[next].stations.append(index)
    core.pending[next].isTaken = true
    if isAll {
      flows.append(InterruptFlow(interrupt: core.pending[next].interrupt, stations: core.pending[next].stations))
      core.pending.remove(at: next)
    }
  }

  private mutating func finish(_ interrupt: UInt64, at index: Int, _ core: inout CoreState) {
    guard let place = core.pending.firstIndex(where: { $0.interrupt == interrupt }) else { return }
    let pending = core.pending.remove(at: place)
    flows.append(InterruptFlow(interrupt: interrupt, stations: pending.stations + [index]))
  }
}
