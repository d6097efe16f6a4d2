/// What each core did when: slices of one Exception level and one guest each, and the visits to EL2.
///
/// Entries into EL2 are in the trace. That a guest runs again is known from a `return`, or from the end of a fault,
/// a hypercall or a world switch. Where neither is traced, what lies between two events is given to the guest, and
/// the slice is marked as inexact.
struct CoreTimeline {
  struct Slice: Equatable {
    var core: Int
    var level: Int
    var guest: TraceGuest
    /// Of the events that began it, the one that says most; nil if none is traced.
    var reason: Int?
    var start: UInt64
    var end: UInt64
    var isExact: Bool
  }

  /// A time above EL1, from the guest's last instruction to its next one, or another guest's.
  struct Visit: Equatable {
    var core: Int
    var reason: Int?
    var guest: TraceGuest
    var start: UInt64
    var end: UInt64
    /// Begin and end are traced.
    var isExact: Bool
    /// The first interrupt that was acknowledged during it.
    var interrupt: UInt64?
  }

  private(set) var slices: [Slice] = []
  private(set) var visits: [Visit] = []
  private var cores: [Int: State] = [:]
  private let trace: Trace

  private struct State {
    var level: Int
    /// The level before it.
    var before: Int
    var guest: TraceGuest
    var start: UInt64
    var isExact: Bool
    var reason: Int?
    /// When its last event was.
    var last: UInt64
    var visit: Visit?
  }

  init(_ trace: Trace) {
    self.trace = trace
    for index in trace.records.indices { take(index) }
    for core in cores.keys.sorted() {
      guard let state = cores[core] else { continue }
      close(state, core, at: state.last, isExact: false)
      if var visit = state.visit {
        visit.end = state.last
        visit.isExact = false
        visits.append(visit)
      }
    }
  }

  // MARK: Events

  private mutating func take(_ index: Int) {
    let record = trace.records[index]
    guard let core = record.core, let level = record.level else { return }
    let time = max(record.time, cores[core]?.last ?? 0)
    var state =
      cores[core]
      ?? State(
        level: level, before: level, guest: record.guest, start: time, isExact: false, reason: nil, last: time)
    // Events of one transition: an exception and what it is, a return and what it ends.
    let isSame = level != state.level && state.before == level && state.start == time && state.isExact
    if isSame {
      if record.kind != .exception, let reason = state.reason, trace.records[reason].kind == .exception {
        state.reason = index
        state.visit?.reason = index
      }
    } else {
      follow(level, record, time, &state)
      let target = target(of: record, from: level)
      if target != level { move(&state, core, to: target, at: time, isExact: true, reason: index) }
    }
    if record.kind == .acknowledge || record.kind == .maintenance { noteInterrupt(record, &state) }
    state.last = time
    cores[core] = state
  }

  /// Makes up for transitions that are not traced.
  private mutating func follow(_ level: Int, _ record: TraceRecord, _ time: UInt64, _ state: inout State) {
    let core = record.core ?? 0
    if level != state.level {
      let isResumed = state.level >= 2 && level < 2
      move(&state, core, to: level, at: isResumed ? state.last : time, isExact: false, reason: nil)
    }
    guard record.guest != state.guest else { return }
    close(state, core, at: time, isExact: state.isExact)
    state.guest = record.guest
    state.start = time
    state.before = state.level
  }

  private func target(of record: TraceRecord, from level: Int) -> Int {
    switch record.kind {
    case .trap, .hypercall, .hvc: return max(level, 2)
    // HCR_EL2.TSC is set by every hypervisor that matters; what is not virtualised goes to EL3.
    case .smc: return level < 2 && record.guest.vmid != 0 ? 2 : 3
    case .stageOneFault, .stageTwoFault, .exception, .irq, .virtualIRQ, .exceptionReturn:
      let to = trace.fields(of: record).number("to") ?? UInt64(level)
      return to < 4 ? Int(to) : level
    case .stageTwoFaultEnd:
      guard let of = record.of, let index = trace.index(of: of) else { return 1 }
      return min(trace.records[index].level ?? 1, 1)
    case .hypercallEnd, .worldSwitch: return 1
    default: return level
    }
  }

  private func noteInterrupt(_ record: TraceRecord, _ state: inout State) {
    guard state.visit != nil, state.visit?.interrupt == nil else { return }
    let fields = trace.fields(of: record)
    if !fields.flag("virtual") { state.visit?.interrupt = fields.number("interrupt") }
  }

  // MARK: Transitions

  private mutating func move(
    _ state: inout State, _ core: Int, to level: Int, at time: UInt64, isExact: Bool, reason: Int?
  ) {
    close(state, core, at: time, isExact: isExact && state.isExact)
    if state.level < 2 && level >= 2 {
      state.visit = Visit(
        core: core, reason: reason, guest: state.guest, start: time, end: time, isExact: isExact, interrupt: nil)
    } else if level < 2, var visit = state.visit {
      visit.end = time
      visit.isExact = visit.isExact && isExact
      visits.append(visit)
      state.visit = nil
    }
    state.before = state.level
    state.level = level
    state.start = time
    state.isExact = isExact
    state.reason = level >= 2 ? reason : nil
  }

  private mutating func close(_ state: State, _ core: Int, at time: UInt64, isExact: Bool) {
    guard time > state.start else { return }
    slices.append(
      Slice(
        core: core, level: state.level, guest: state.guest, reason: state.reason, start: state.start, end: time,
        isExact: isExact))
  }
}

/// Short names of why EL2 was entered.
struct ReasonNames {
  private let trace: Trace

  init(_ trace: Trace) { self.trace = trace }

  /// `s2-fault gic.distributor`, `trap WFI`, `hypercall sched_op block`, `interrupt 27`.
  func name(_ reason: Int?, interrupt: UInt64? = nil) -> String {
    guard let reason else { return "entry not traced" }
    let record = trace.records[reason]
    let fields = trace.fields(of: record)
    switch record.kind {
    case .stageTwoFault: return "s2-fault " + FaultFacts(record, fields).group
    case .trap: return "trap " + Self.trap(fields.text("meaning") ?? "unknown")
    case .hypercall, .hvc, .smc:
      let number = fields.number("number").map(String.init) ?? fields.text("function") ?? "?"
      let operation = fields.text("operation").map { " " + $0 } ?? ""
      return record.event + " " + (fields.text("name") ?? number) + operation
    case .irq: return interrupt.map(Self.interrupt) ?? "interrupt"
    case .exception: return "exception " + (fields.text("kind") ?? "")
    default: return record.event
    }
  }

  /// The interrupts that every core has to itself are the same on each board with these timers and this GIC
  /// (BCM2711 ARM Peripherals, 6.3).
  static func interrupt(_ number: UInt64) -> String {
    switch number {
    case 0..<16: "interrupt \(number) (SGI)"
    case 25: "interrupt 25 (GIC maintenance)"
    case 26: "interrupt 26 (EL2 timer)"
    case 27: "interrupt 27 (virtual timer)"
    case 29: "interrupt 29 (secure timer)"
    case 30: "interrupt 30 (EL1 timer)"
    default: "interrupt \(number)"
    }
  }

  /// Which register the guest used is of no interest.
  static func trap(_ meaning: String) -> String {
    guard let comma = meaning.lastIndex(of: ","), meaning[comma...].hasPrefix(", x") else { return meaning }
    return String(meaning[..<comma])
  }
}
