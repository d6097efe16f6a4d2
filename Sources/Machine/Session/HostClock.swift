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
  private let watchesSignals: Bool

  /// - Parameter watchesSignals: hold SIGINT, SIGTERM and SIGHUP back, and end the run in order, with its
  ///   report, when one comes.
  public init(watchesSignals: Bool = false) {
    self.watchesSignals = watchesSignals
    guard watchesSignals else { return }
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    sigprocmask(SIG_BLOCK, &signals, nil)
  }

  public var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  public var isInterrupted: Bool {
    guard watchesSignals else { return false }
    var pending = sigset_t()
    sigpending(&pending)
    return [SIGINT, SIGTERM, SIGHUP].contains { sigismember(&pending, $0) == 1 }
  }
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
