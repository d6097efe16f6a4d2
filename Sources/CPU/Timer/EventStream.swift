import Fabric

/// The event streams of the generic timer (Arm DDI 0487, D11.2.2): a chosen bit of the virtual count
/// (CNTKCTL_EL1) or the physical count (CNTHCTL_EL2) sets the event register on one of its transitions.
///
/// Transitions are not events of virtual time. They are counted when somebody asks, at WFE; only a core
/// that waits in WFE schedules the next one.
extension Core {
  private struct Stream {
    var bit: UInt64
    var isFalling: Bool
    var count: UInt64

    /// How many transitions there have been when the count is `count`.
    var transitions: UInt64 {
      if isFalling { return bit == 63 ? 0 : count &>> (bit &+ 1) }
      let half = 1 &<< bit
      return bit == 63 ? count &>> 63 : (count &>> (bit &+ 1)) &+ (count & half != 0 ? 1 : 0)
    }

    /// Ticks to the next transition.
    var remaining: UInt64 {
      let period: UInt64 = 2 &<< bit
      let phase: UInt64 = isFalling ? 0 : 1 &<< bit
      let ticks = (phase &- count) & (period &- 1)
      return ticks == 0 ? period : ticks
    }
  }

  /// The stream that `control` (CNTKCTL_EL1 or CNTHCTL_EL2) enables, or nil.
  private func stream(_ control: UInt64, _ count: UInt64) -> Stream? {
    guard control.bit(2) else { return nil }
    return Stream(bit: control.bits(7, 4), isFalling: control.bit(3), count: count)
  }

  private var virtualStream: Stream? { stream(self[.cntkctlEL1], count(.virtual)) }
  private var hypervisorStream: Stream? { stream(self[.cnthctlEL2], physicalCount) }

  /// Sets the event register if a transition has happened since the last call.
  func recordEventStream() {
    let transitions = (virtualStream?.transitions ?? 0, hypervisorStream?.transitions ?? 0)
    let recorded = system.timer.recordedStreams
    if transitions.0 != recorded.0 || transitions.1 != recorded.1 {
      system.timer.recordedStreams = transitions
      r[Slot.event] = 1
      // Whoever sleeps looks again.
      if waiting == .event { r[Slot.attention] |= Core.interruptAttention }
    }
  }

  /// A stream was reconfigured: what happened before is not an event of the new one.
  func restartEventStream() {
    system.timer.recordedStreams = (
      virtualStream?.transitions ?? 0, hypervisorStream?.transitions ?? 0
    )
    if waiting == .event { scheduleEventStream() }
  }

  /// Has the next transition wake the core, which is about to wait for an event.
  func scheduleEventStream() {
    guard let event = system.timer.streamEvent else { return }
    var ticks = UInt64.max
    if let stream = virtualStream { ticks = min(ticks, stream.remaining) }
    if let stream = hypervisorStream { ticks = min(ticks, stream.remaining) }
    guard ticks != .max else {
      time.cancel(event)
      return
    }
    time.schedule(event, at: GenericTimer.clock.nanoseconds(atTick: physicalCount &+ ticks))
  }
}
