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
  /// The cluster's cores; it keeps them alive, and a turn need not count references.
  private let cores: [Unmanaged<Core>]

  public init(cluster: Cluster, time: VirtualTime, quantum: UInt64 = 5000) {
    self.cluster = cluster
    self.time = time
    self.quantum = max(1, quantum)
    cores = cluster.cores.map { Unmanaged.passUnretained($0) }
  }

  /// Whether a core pauses in the midst of its turn.
  public var isPaused: Bool { slice != nil }

  private enum TurnEnd {
    /// Also if the core had nothing to do.
    case over
    case paused
    case stopped(String)
  }

  /// The turn of a core, from its start or from where it paused.
  @inline(__always)
  private func turn(of core: Core, in slice: inout Slice) -> TurnEnd {
    guard slice.isPaused || core.isReady(at: slice.start) else {
      slice.next += 1
      return .over
    }
    executing = core.index
    if slice.isPaused {
      core.continueTurn()
    } else {
      core.run(instructions: slice.instructions, sliceEnd: slice.end)
    }
    executing = nil
    slice.isPaused = core.isPaused
    if slice.isPaused { return .paused }
    slice.next += 1
    slice.anyRan = true
    return core.stopReason.map { .stopped($0) } ?? .over
  }

  /// Runs to the first slice boundary at or after `limit` ns, or until a core pauses.
  public func run(until limit: UInt64, canReceiveInput: () -> Bool) -> Stop {
    let perInstruction = cluster.nanosecondsPerInstruction
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
        switch cores[slice.next]._withUnsafeGuaranteedRef({ turn(of: $0, in: &slice) }) {
        case .over: continue
        case .paused:
          self.slice = slice
          return .paused(core: slice.next)
        case .stopped(let reason):
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
      for core in cluster.cores where core.stalledUntil > start { next = min(next, core.stalledUntil) }
      if next == .max && !canReceiveInput() { return .nothingCanHappen }
      if next > limit {
        time.advance(to: limit)
        return .limit
      }
      time.advance(to: next)
    }
  }
}
