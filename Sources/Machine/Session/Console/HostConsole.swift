/// What came from the person at a console.
public struct ConsoleInput: Hashable, Sendable {
  public var bytes: [UInt8]
  /// The escape to quit was typed.
  public var wantsQuit: Bool
  public init(bytes: [UInt8] = [], wantsQuit: Bool = false) {
    self.bytes = bytes
    self.wantsQuit = wantsQuit
  }
}

/// The host's end of the guest's console.
public protocol HostConsole: AnyObject {
  /// Whether a person may be typing, so that an idle guest should wait for the clock.
  var isInteractive: Bool { get }
  /// Whether something may still be typed.
  var mayType: Bool { get }
  /// Shows what the guest printed. A reader that is slow or gone loses output; the guest never waits.
  func write(_ bytes: [UInt8])
  /// What was typed since the last call; waits for it for at most `seconds`.
  func read(waitingAtMost seconds: Double) -> ConsoleInput
  /// Puts the host's side back as it was.
  func close()
  /// What the guest printed and the host could not keep; nil when nothing was lost.
  var loss: OutputLoss? { get }
}

extension HostConsole {
  public var loss: OutputLoss? { nil }
}

/// A console that shows nothing and types nothing.
public final class SilentConsole: HostConsole {
  public init() {}
  public var isInteractive: Bool { false }
  public var mayType: Bool { false }
  public func write(_ bytes: [UInt8]) {}
  public func read(waitingAtMost seconds: Double) -> ConsoleInput { ConsoleInput() }
  public func close() {}
}
