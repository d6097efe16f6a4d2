#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A console whose output goes into a file: `--console file:PATH`. Nothing is typed but by the script.
public final class FileConsole: HostConsole {
  private let file: FileDescriptor
  private var isOpen = true

  public init(path: String) throws(BadInput) {
    let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard number >= 0 else {
      throw BadInput(
        path, "cannot be written (\(systemErrorText()))",
        remedy: "give a file in a folder that you may write to")
    }
    file = FileDescriptor(number: number)
  }

  deinit { close() }

  public var isInteractive: Bool { false }
  public var mayType: Bool { false }
  public func write(_ bytes: [UInt8]) {
    if !bytes.isEmpty { file.writeAll(bytes) }
  }
  public func read(waitingAtMost seconds: Double) -> ConsoleInput { ConsoleInput() }
  public func close() {
    if isOpen { file.close() }
    isOpen = false
  }
}
