#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A console on a TCP port of the loopback interface: `--console tcp:PORT`. One reader at a time; a reader
/// that connects late is shown the end of what was printed before.
public final class SocketConsole: HostConsole {
  private static let backlogLimit = 64 * 1024

  private let listener: FileDescriptor
  /// The port that is listened on: the one asked for, or, for 0, the one that the system chose.
  public let port: UInt16
  private var client: FileDescriptor?
  private var backlog: [UInt8] = []
  private var isOpen = true

  public init(port requested: UInt16) throws(BadInput) {
    #if canImport(Glibc)
      let streamType = Int32(SOCK_STREAM.rawValue)
    #else
      let streamType = SOCK_STREAM
    #endif
    let number = socket(AF_INET, streamType, 0)
    var reuse: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = requested.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: sockaddr_in begins with the fields of sockaddr; the length passed is its own.
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(number, generic, length) == 0 && listen(number, 1) == 0
          && getsockname(number, generic, &length) == 0
      }
    }
    guard number >= 0, isListening else {
      throw BadInput(
        "--console tcp:\(requested)", "cannot listen on 127.0.0.1:\(requested) (\(systemErrorText()))",
        remedy: "choose another port, or 0 for any free one")
    }
    listener = FileDescriptor(number: number)
    listener.setNonblocking()
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close() }

  public var isInteractive: Bool { true }
  public var mayType: Bool { true }

  public func write(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    backlog += bytes
    if backlog.count > Self.backlogLimit { backlog.removeFirst(backlog.count - Self.backlogLimit) }
    acceptClient(waitingAtMost: 0)
    if let client, !send(bytes, to: client) { dropClient() }
  }

  public func read(waitingAtMost seconds: Double) -> ConsoleInput {
    guard let client else {
      acceptClient(waitingAtMost: seconds)
      return ConsoleInput()
    }
    guard let bytes = client.readAvailable(waitingAtMost: seconds) else {
      dropClient()
      return ConsoleInput()
    }
    return ConsoleInput(bytes: bytes)
  }

  private func acceptClient(waitingAtMost seconds: Double) {
    guard client == nil, listener.wait(for: Int16(POLLIN), atMost: seconds) else { return }
    let number = accept(listener.number, nil, nil)
    guard number >= 0 else { return }
    let accepted = FileDescriptor(number: number)
    accepted.setNonblocking()
    client = accepted
    if !send(backlog, to: accepted) { dropClient() }
  }

  /// Sends what fits; false when the reader is gone.
  private func send(_ bytes: [UInt8], to client: FileDescriptor) -> Bool {
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
      let sent = bytes.withUnsafeBytes { Glibc.send(client.number, $0.baseAddress, $0.count, flags) }
    #else
      let sent = bytes.withUnsafeBytes { Darwin.send(client.number, $0.baseAddress, $0.count, 0) }
    #endif
    return sent >= 0 || errno == EAGAIN || errno == EINTR
  }

  private func dropClient() {
    client?.close()
    client = nil
  }

  public func close() {
    guard isOpen else { return }
    isOpen = false
    dropClient()
    listener.close()
  }
}
