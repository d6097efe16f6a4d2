#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A listening TCP port with one guest at a time.
final class DebuggerSocket {
  private let listener: Int32
  private var client: Int32 = -1
  let port: UInt16
  /// What the client has not taken yet.
  private var pending: [UInt8] = []

  struct Failure: Error { let text: String }

  /// - Parameter host: an IPv4 address in numbers.
  init(host: String, port requested: UInt16) throws(Failure) {
    var address = sockaddr_in()
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      throw Failure(text: "\"\(host)\" is no IPv4 address")
    }
    #if canImport(Glibc)
      let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let number = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var reuse: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = requested.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: sockaddr_in begins with the fields of sockaddr; the length passed is its own.
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(number, generic, length) == 0 && listen(number, 1) == 0
          && getsockname(number, generic, &length) == 0
      }
    }
    guard number >= 0, isListening else {
      let reason = String(cString: strerror(errno))
      if number >= 0 { _ = close(number) }
      throw Failure(text: "cannot listen on \(host):\(requested) (\(reason))")
    }
    listener = number
    port = UInt16(bigEndian: address.sin_port)
    Self.setNonblocking(number)
  }

  deinit {
    drop()
    _ = close(listener)
  }

  var hasClient: Bool { client >= 0 }

  private static func setNonblocking(_ number: Int32) {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
  }

  private func wait(_ number: Int32, for events: Int32, milliseconds: Int32) -> Bool {
    var request = pollfd(fd: number, events: Int16(events), revents: 0)
    return poll(&request, 1, milliseconds) > 0
  }

  /// Whether somebody has come.
  func accept(milliseconds: Int32) -> Bool {
    guard client < 0, wait(listener, for: POLLIN, milliseconds: milliseconds) else { return false }
    #if canImport(Glibc)
      let number = Glibc.accept(listener, nil, nil)
    #else
      let number = Darwin.accept(listener, nil, nil)
    #endif
    guard number >= 0 else { return false }
    Self.setNonblocking(number)
    // A conversation of small packets.
    var now: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &now, socklen_t(MemoryLayout<Int32>.size))
    client = number
    pending = []
    return true
  }

  /// What came; nil when the client is gone.
  func read(milliseconds: Int32) -> [UInt8]? {
    guard client >= 0 else { return nil }
    guard wait(client, for: POLLIN, milliseconds: milliseconds) else { return [] }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(client, &bytes, bytes.count, 0)
    if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
    return count == 0 ? nil : Array(bytes.prefix(count))
  }

  /// Sends what fits and keeps the rest; false when the client is gone or does not read.
  func send(_ bytes: [UInt8]) -> Bool {
    guard client >= 0 else { return false }
    pending += bytes
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    while !pending.isEmpty {
      #if canImport(Glibc)
        let count = pending.withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, flags) }
      #else
        let count = pending.withUnsafeBytes { Darwin.send(client, $0.baseAddress, $0.count, flags) }
      #endif
      if count > 0 {
        pending.removeFirst(count)
      } else if errno == EAGAIN || errno == EINTR {
        return pending.count < 1 << 22
      } else {
        return false
      }
    }
    return true
  }

  func drop() {
    if client >= 0 { _ = close(client) }
    client = -1
    pending = []
  }
}
