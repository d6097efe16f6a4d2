/// Virtual time and what happens next.
///
/// Time is counted in nanoseconds since power-on and derives from retired instructions only
/// (docs/time.md). While a core runs, `now` is that core's own time inside the slice, kept exact at every
/// device and timer access; between slices it is the machine's time. Events fire between slices, in order
/// of deadline and, for equal deadlines, of registration.
public final class VirtualTime {
  public struct Event: Hashable, Sendable {
    fileprivate let index: Int
  }

  private struct Slot {
    let name: String
    var deadline: UInt64
    let handler: (UInt64) -> Void
  }

  /// Nanoseconds since power-on.
  public var now: UInt64 = 0
  private var slots: [Slot] = []
  /// The earliest deadline in ns; `.max` when nothing is scheduled.
  public private(set) var nextDeadline: UInt64 = .max

  public init() {}

  /// Declares an event at wiring time; the order of declarations is the order at equal deadlines.
  public func event(_ name: String, handler: @escaping (UInt64) -> Void) -> Event {
    slots.append(Slot(name: name, deadline: .max, handler: handler))
    return Event(index: slots.count - 1)
  }

  /// (Re)schedules `event` for `deadline` ns; a deadline that has passed fires at the end of the slice.
  public func schedule(_ event: Event, at deadline: UInt64) {
    slots[event.index].deadline = deadline
    updateNextDeadline()
  }

  public func cancel(_ event: Event) { schedule(event, at: .max) }

  /// Power-on: the clock is at zero and nothing is scheduled.
  public func reset() {
    now = 0
    for index in slots.indices { slots[index].deadline = .max }
    nextDeadline = .max
  }

  /// Moves to `time` and fires what is due. Events scheduled by handlers for a time not after `time`
  /// fire too, up to a bound per call, so that a guest cannot hang the machine.
  public func advance(to time: UInt64) {
    var budget = 1024
    while nextDeadline <= time && nextDeadline != .max && budget > 0 {
      budget -= 1
      guard let index = slots.indices.min(by: { slots[$0].deadline < slots[$1].deadline }) else { break }
      let deadline = slots[index].deadline
      if deadline > now { now = deadline }
      slots[index].deadline = .max
      updateNextDeadline()
      slots[index].handler(deadline)
    }
    if time > now { now = time }
  }

  private func updateNextDeadline() {
    var earliest = UInt64.max
    for slot in slots where slot.deadline < earliest { earliest = slot.deadline }
    nextDeadline = earliest
  }

  /// What is scheduled, for diagnosis: name and deadline in ns.
  public var pending: [(name: String, deadline: UInt64)] {
    slots.filter { $0.deadline != .max }.map { ($0.name, $0.deadline) }
  }
}

/// A fixed-frequency clock derived from virtual time.
public struct ClockDomain: Sendable {
  /// Ticks per second.
  public let frequency: UInt64
  public init(frequency: UInt64) { self.frequency = max(1, frequency) }

  /// Whole ticks at `nanoseconds`, rounded down.
  @inlinable
  public func ticks(at nanoseconds: UInt64) -> UInt64 {
    UInt64(truncatingIfNeeded: UInt128(nanoseconds) &* UInt128(frequency) / 1_000_000_000)
  }

  /// The first nanosecond at which `ticks(at:)` reaches `ticks`; saturates at `.max`.
  @inlinable
  public func nanoseconds(atTick ticks: UInt64) -> UInt64 {
    let exact = (UInt128(ticks) &* 1_000_000_000 &+ UInt128(frequency) &- 1) / UInt128(frequency)
    return exact > UInt128(UInt64.max) ? .max : UInt64(truncatingIfNeeded: exact)
  }
}
