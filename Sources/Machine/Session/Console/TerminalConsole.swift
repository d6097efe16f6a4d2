#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The console on standard input and output: `--console stdio`.
///
/// On a terminal the keyboard goes to the guest raw, Ctrl-C included, and Ctrl-A is ours: Ctrl-A x ends the
/// run, Ctrl-A Ctrl-A types one Ctrl-A. A pipe or a file is typed as it is.
public final class TerminalConsole: HostConsole {
  private let input = FileDescriptor(number: 0)
  private let output = WatchedOutput(FileDescriptor(number: 1), name: "standard output")
  private var escape = EscapeFilter()
  private var hasEnded = false

  public let isInteractive: Bool
  public var mayType: Bool { !hasEnded }

  public init() {
    // A background job must not touch its terminal: it would be stopped.
    let isForeground = input.isTerminal && tcgetpgrp(0) == getpgrp()
    isInteractive = isForeground && FileDescriptor(number: 1).isTerminal
    hasEnded = input.isTerminal && !isForeground
    if isForeground { enterRawMode() }
  }

  deinit { close() }

  private func enterRawMode() {
    var settings = termios()
    guard tcgetattr(0, &settings) == 0 else { return }
    TerminalSettings.save(settings)
    cfmakeraw(&settings)
    // Our own lines share the screen, so a newline still returns the carriage.
    settings.c_oflag |= tcflag_t(OPOST)
    tcsetattr(0, TCSADRAIN, &settings)
  }

  public var loss: OutputLoss? { output.loss }
  public func write(_ bytes: [UInt8]) { output.write(bytes) }

  public func read(waitingAtMost seconds: Double) -> ConsoleInput {
    guard !hasEnded else {
      pause(seconds: seconds)
      return ConsoleInput()
    }
    guard let bytes = input.readAvailable(waitingAtMost: seconds) else {
      hasEnded = true
      return ConsoleInput()
    }
    return isInteractive ? escape.filter(bytes) : ConsoleInput(bytes: bytes)
  }

  public func close() { TerminalSettings.restore() }
}

/// Finds Ctrl-A x and Ctrl-A Ctrl-A in what was typed.
struct EscapeFilter {
  static let escapeByte: UInt8 = 0x01
  private var hasSeenEscape = false

  mutating func filter(_ bytes: [UInt8]) -> ConsoleInput {
    var input = ConsoleInput()
    for byte in bytes {
      if hasSeenEscape {
        hasSeenEscape = false
        switch byte {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): input.wantsQuit = true
        case Self.escapeByte: input.bytes.append(byte)
        default: input.bytes += [Self.escapeByte, byte]
        }
      } else if byte == Self.escapeByte {
        hasSeenEscape = true
      } else {
        input.bytes.append(byte)
      }
    }
    return input
  }
}
