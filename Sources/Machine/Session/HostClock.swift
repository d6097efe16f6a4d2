#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The host's side of a run: its clock, and whether it wants the run to end. Nothing of it reaches the guest.
public protocol HostClock: AnyObject {
  /// Seconds on a clock that only goes forward.
  var seconds: Double { get }
  /// Whether somebody asked for the run to end (SIGINT, SIGTERM).
  var isInterrupted: Bool { get }
}

/// The monotonic clock of the host.
public final class MonotonicClock: HostClock {
  private let signals: SignalWatch?

  /// - Parameter watchesSignals: hold SIGINT, SIGTERM and SIGHUP back, and end the run in order, with its
  ///   report, when one comes. A second one ends the process at once.
  public init(watchesSignals: Bool = false) {
    signals = watchesSignals ? SignalWatch() : nil
  }

  public var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  public var isInterrupted: Bool { signals?.isInterrupted ?? false }
}

/// The most memory that this process has had resident, in bytes.
public func peakResidentBytes() -> UInt64 {
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return UInt64(max(0, usage.ru_maxrss)) * 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return UInt64(max(0, usage.ru_maxrss))
  #endif
}
