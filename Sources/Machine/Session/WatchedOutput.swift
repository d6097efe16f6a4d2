#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Output that could not be written.
public struct OutputLoss: Hashable, Sendable {
  /// The option that the output belongs to, and the file.
  public var name: String
  public var reason: String

  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}

/// An open file that says so, once, when it takes no more. The guest goes on all the same.
final class WatchedOutput {
  private let name: String
  private let file: FileDescriptor
  private var isGone = false
  /// What was lost. A reader who leaves a pipe, as `head` does, wants no more and loses nothing.
  private(set) var loss: OutputLoss?

  init(_ file: FileDescriptor, name: String) {
    self.file = file
    self.name = name
  }

  /// Opens the file at `path`, emptied.
  convenience init(path: String, option: String?) throws(BadInput) {
    let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard number >= 0 else {
      throw BadInput(
        option ?? path, (option == nil ? "" : path + " ") + "cannot be written (\(systemErrorText()))",
        remedy: "give a file in a folder that you may write to")
    }
    self.init(FileDescriptor(number: number), name: option.map { "\($0): \(path)" } ?? path)
  }

  func write(_ bytes: [UInt8]) {
    guard !isGone, !bytes.isEmpty, !file.writeAll(bytes) else { return }
    isGone = true
    if errno == EPIPE {
      tell("tayberry: \(name): nobody reads it any more; the run goes on without it")
    } else {
      let reason = systemErrorText()
      loss = OutputLoss(name: name, reason: reason)
      tell("tayberry: \(name): cannot be written (\(reason)); the run goes on, and the rest of it is lost")
    }
  }

  func close() { file.close() }
}

/// Shows `text` on standard output.
///
/// - Throws: ``BadInput`` when it did not get there. A reader who left a pipe wanted no more: no error.
public func show(_ text: String) throws(BadInput) {
  guard !FileDescriptor(number: 1).writeAll(Array(text.utf8)), errno != EPIPE else { return }
  throw BadInput(
    "standard output", "cannot be written (\(systemErrorText()))",
    remedy: "free some space, or send it elsewhere")
}

/// Makes the process safe to write from: a pipe that closes is an error to be told, not a signal that kills,
/// and a standard stream that the caller closed is not the number that the next file gets.
public func prepareStandardStreams() {
  signal(SIGPIPE, SIG_IGN)
  // So is a limit on the size of files (ulimit -f).
  signal(SIGXFSZ, SIG_IGN)
  for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
    // Open for reading only: what is written to a closed stream still fails.
    _ = open("/dev/null", O_RDONLY)
  }
}
