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
    /// A core pauses in the midst of its turn; the next `run` goes on there.
    case paused(core: Int)
  }

  /// The slice that is under way.
  private struct Slice {
    var start: UInt64
    var end: UInt64
    var instructions: Int64
    /// The core whose turn is next, or that pauses in the midst of it.
    var next = 0
    var isPaused = false
    var anyRan = false
  }

  private let cluster: Cluster
  private let time: VirtualTime
  /// Virtual ns of a slice.
  private let quantum: UInt64
  /// A device asks the run to end after this slice (reset, power-off, strict).
  public var stopRequested = false
  /// The number of the core whose turn it is; nil between turns.
  public private(set) var executing: Int?
  /// Set while a core pauses.
  private var slice: Slice?

  public init(cluster: Cluster, time: VirtualTime, quantum: UInt64 = 5000) {
    self.cluster = cluster
    self.time = time
    self.quantum = max(1, quantum)
  }

  /// Whether a core pauses in the midst of its turn.
  public var isPaused: Bool { slice != nil }

  /// Runs to the first slice boundary at or after `limit` ns, or until a core pauses.
  public func run(until limit: UInt64, canReceiveInput: () -> Bool) -> Stop {
    let perInstruction = cluster.nanosecondsPerInstruction
    let cores = cluster.cores
    while true {
      var slice: Slice
      if let paused = self.slice {
        slice = paused
        self.slice = nil
      } else {
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
        slice = Slice(start: start, end: end, instructions: instructions)
      }
      while slice.next < cores.count {
        let core = cores[slice.next]
        guard slice.isPaused || core.isReady(at: slice.start) else {
          slice.next += 1
          continue
        }
        executing = core.index
        if slice.isPaused {
          core.continueTurn()
        } else {
          core.run(instructions: slice.instructions, sliceEnd: slice.end)
        }
        executing = nil
        slice.isPaused = core.isPaused
        if core.isPaused {
          self.slice = slice
          return .paused(core: core.index)
        }
        slice.next += 1
        slice.anyRan = true
        if let reason = core.stopReason {
          time.now = slice.end
          return .core(reason)
        }
      }
      time.now = slice.start
      if slice.anyRan {
        time.advance(to: slice.end)
        continue
      }
      // Nothing runs: jump.
      let start = slice.start
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
