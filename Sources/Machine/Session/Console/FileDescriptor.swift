#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few calls that consoles make on a file descriptor.
struct FileDescriptor {
  let number: Int32

  /// Writes everything, waiting as long as it takes. False when the other end is gone.
  @discardableResult
  func writeAll(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(rest)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0 && (errno == EINTR || errno == EAGAIN) {
        _ = wait(for: Int16(POLLOUT), atMost: 1)
      } else {
        return false
      }
    }
    return true
  }

  /// Writes what fits now; the rest is lost.
  func writeSome(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty, wait(for: Int16(POLLOUT), atMost: 0) {
      let count = write(rest)
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private func write(_ bytes: ArraySlice<UInt8>) -> Int {
    #if canImport(Glibc)
      bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
    #else
      bytes.withUnsafeBytes { Darwin.write(number, $0.baseAddress, $0.count) }
    #endif
  }

  /// What is there to be read, within `seconds`; nil at the end of the file.
  func readAvailable(waitingAtMost seconds: Double) -> [UInt8]? {
    guard wait(for: Int16(POLLIN), atMost: seconds) else { return [] }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { buffer in
      #if canImport(Glibc)
        Glibc.read(number, buffer.baseAddress, buffer.count)
      #else
        Darwin.read(number, buffer.baseAddress, buffer.count)
      #endif
    }
    if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
    return count == 0 ? nil : Array(bytes.prefix(count))
  }

  /// Whether one of `events` is there within `seconds`.
  func wait(for events: Int16, atMost seconds: Double) -> Bool {
    var request = pollfd(fd: number, events: events, revents: 0)
    let milliseconds = Int32((max(0, min(seconds, 3600)) * 1000).rounded(.up))
    return poll(&request, 1, milliseconds) > 0
  }

  func setNonblocking() {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
  }

  var isTerminal: Bool { isatty(number) == 1 }

  func close() {
    #if canImport(Glibc)
      _ = Glibc.close(number)
    #else
      _ = Darwin.close(number)
    #endif
  }
}

/// Waits without reading anything.
func pause(seconds: Double) {
  guard seconds > 0 else { return }
  _ = poll(nil, 0, Int32((min(seconds, 3600) * 1000).rounded(.up)))
}

/// The last system error in words.
func systemErrorText() -> String { String(cString: strerror(errno)) }

/// One line to the person, on standard error.
public func tell(_ line: String) {
  FileDescriptor(number: 2).writeAll(Array((line + "\n").utf8))
}
