/// One line on standard error that says how far the run is; only on a terminal that shows nothing else.
public final class ProgressLine {
  private let output = FileDescriptor(number: 2)
  private let clock: any HostClock
  private let start: Double
  private var lastShown: Double
  private var isShown = false

  /// - Returns: nil where a progress line would be in the way: no terminal, or the console on it.
  public init?(console: RunConfiguration.Console, clock: any HostClock) {
    let consoleIsOnTerminal = console == .stdio && FileDescriptor(number: 1).isTerminal
    guard output.isTerminal, !consoleIsOnTerminal else { return nil }
    self.clock = clock
    start = clock.seconds
    lastShown = start
  }

  public func update(_ machine: any EmulatedMachine) {
    let now = clock.seconds
    guard now - lastShown >= 0.5 else { return }
    lastShown = now
    isShown = true
    let total = machine.instructionsPerCore.reduce(0, &+)
    let rate = Double(total) / 1e6 / max(0.001, now - start)
    let guest = oneDecimal(Double(machine.elapsedNanoseconds) / 1e9)
    let text =
      "guest \(guest) s, wall \(oneDecimal(now - start)) s, \(oneDecimal(rate)) million instructions/s"
    output.writeAll(Array(("\r" + text + "\u{1b}[K").utf8))
  }

  public func clear() {
    if isShown { output.writeAll(Array("\r\u{1b}[K".utf8)) }
    isShown = false
  }
}

/// A number with one decimal.
public func oneDecimal(_ value: Double) -> String {
  let tenths = Int64(max(-1e15, min(1e15, value * 10)).rounded())
  let sign = tenths < 0 ? "-" : ""
  return "\(sign)\(abs(tenths) / 10).\(abs(tenths) % 10)"
}
