/// A console whose output goes into a file: `--console file:PATH`. Nothing is typed but by the script.
public final class FileConsole: HostConsole {
  private let file: WatchedOutput
  private var isOpen = true

  /// - Parameter option: the option that names the file, for messages.
  public init(path: String, option: String? = nil) throws(BadInput) {
    file = try WatchedOutput(path: path, option: option)
  }

  deinit { close() }

  public var isInteractive: Bool { false }
  public var mayType: Bool { false }
  public var loss: OutputLoss? { file.loss }
  public func write(_ bytes: [UInt8]) { file.write(bytes) }
  public func read(waitingAtMost seconds: Double) -> ConsoleInput { ConsoleInput() }
  public func close() {
    if isOpen { file.close() }
    isOpen = false
  }
}
