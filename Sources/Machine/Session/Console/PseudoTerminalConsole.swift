#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A console on a pseudo-terminal, for a terminal program of the person's choice: `--console pty`.
public final class PseudoTerminalConsole: HostConsole {
  private let master: FileDescriptor
  /// Kept open, so that the terminal outlives the programs that come and go on it.
  private let held: FileDescriptor
  /// The device to attach to: `/dev/pts/3`.
  public let path: String

  public init() throws(BadInput) {
    var (masterNumber, heldNumber): (Int32, Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 256)
    guard openpty(&masterNumber, &heldNumber, &name, nil, nil) == 0 else {
      throw BadInput(
        "--console pty", "the system gives no pseudo-terminal (\(systemErrorText()))",
        remedy: "use --console tcp:PORT or --console file:PATH")
    }
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    master = FileDescriptor(number: masterNumber)
    held = FileDescriptor(number: heldNumber)
    var settings = termios()
    if tcgetattr(held.number, &settings) == 0 {
      cfmakeraw(&settings)
      tcsetattr(held.number, TCSANOW, &settings)
    }
    master.setNonblocking()
  }

  deinit { close() }

  public var isInteractive: Bool { true }
  public var mayType: Bool { true }
  public func write(_ bytes: [UInt8]) { master.writeSome(bytes) }
  public func read(waitingAtMost seconds: Double) -> ConsoleInput {
    ConsoleInput(bytes: master.readAvailable(waitingAtMost: seconds) ?? [])
  }

  private var isOpen = true
  public func close() {
    guard isOpen else { return }
    isOpen = false
    held.close()
    master.close()
  }
}
