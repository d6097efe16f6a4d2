import CPU
import Fabric

/// Deterministic turns: all cores advance through the same slice of virtual time, one after the other, on
/// one host thread. A slice is a quantum, cut short by the next event; when no core can run, time jumps to
/// the next event (docs/time.md). Slices do not depend on how the caller cuts the run.
public final class RunLoop {
  public enum Stop: Hashable, Sendable {
    case limit
    case nothingCanHappen
    case core(String)
    case requested
  }

  private let cluster: Cluster
  private let time: VirtualTime
  /// Virtual ns of a slice.
  private let quantum: UInt64
  /// A device asks the run to end after this slice (reset, power-off, strict).
  public var stopRequested = false
  /// The number of the core whose turn it is; nil between turns.
  public private(set) var executing: Int?

  public init(cluster: Cluster, time: VirtualTime, quantum: UInt64 = 5000) {
    self.cluster = cluster
    self.time = time
    self.quantum = max(1, quantum)
  }

  /// Runs to the first slice boundary at or after `limit` ns.
  public func run(until limit: UInt64, canReceiveInput: () -> Bool) -> Stop {
    let perInstruction = cluster.nanosecondsPerInstruction
    let cores = cluster.cores
    while true {
      if stopRequested {
        stopRequested = false
        return .requested
      }
      if time.now >= limit { return .limit }
      if time.nextDeadline <= time.now { time.advance(to: time.now) }
      let start = time.now
      var end = start &+ quantum
      if time.nextDeadline < end { end = max(time.nextDeadline, start &+ 1) }
      let instructions = Int64(clamping: (end &- start &+ perInstruction &- 1) / perInstruction)
      var anyRan = false
      for core in cores where core.isReady(at: start) {
        executing = core.index
        core.run(instructions: instructions, sliceEnd: end)
        executing = nil
        anyRan = true
        if let reason = core.stopReason {
          time.now = end
          return .core(reason)
        }
      }
      if anyRan {
        time.now = start
        time.advance(to: end)
        continue
      }
      // Nothing runs: jump.
      time.now = start
      var next = time.nextDeadline
      for core in cores where core.stalledUntil > start { next = min(next, core.stalledUntil) }
      if next == .max && !canReceiveInput() { return .nothingCanHappen }
      if next > limit {
        time.advance(to: limit)
        return .limit
      }
      time.advance(to: next)
    }
  }
}
