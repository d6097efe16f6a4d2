#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A program of the host that reads a text and writes one. Both go through files, so that no pipe can fill up.
enum HostProcess {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The first of the names that a folder of PATH has as a program.
  static func path(of names: [String]) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? ""
    for name in names {
      for folder in folders.split(separator: ":") {
        let path = "\(folder)/\(name)"
        if access(path, X_OK) == 0 { return path }
      }
    }
    return nil
  }

  /// - Parameter seconds: after which it is ended.
  static func run(
    _ path: String, _ arguments: [String], input: [UInt8], seconds: Int = 120
  ) throws(SymbolFault) -> Result {
    let input = try TemporaryFile(holding: input)
    let output = try TemporaryFile(holding: [])
    let errors = try TemporaryFile(holding: [])
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      let environment = _NSGetEnviron().pointee
    #else
      var actions = posix_spawn_file_actions_t()
      let environment = environ
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.number, 0)
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.number, 2)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, path, &actions, nil, words, environment)
    guard failure == 0 else {
      throw SymbolFault(
        path, "does not run (\(String(cString: strerror(failure))))", remedy: "install LLVM's llvm-symbolizer"
      )
    }
    let status = try wait(for: process, path: path, seconds: seconds)
    return Result(status: status, output: output.text, errors: errors.text)
  }

  private static func wait(for process: pid_t, path: String, seconds: Int) throws(SymbolFault) -> Int32 {
    var status: Int32 = 0
    var waited = 0
    while true {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process { break }
      if ended < 0, errno != EINTR { return 1 }
      guard waited < seconds * 200 else {
        kill(process, SIGKILL)
        _ = waitpid(process, &status, 0)
        throw SymbolFault(
          path, "has not ended after \(seconds) seconds",
          remedy: "ask for fewer addresses, or a smaller program")
      }
      usleep(5000)
      waited += 1
    }
    // The low seven bits are the signal that ended it.
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
  }
}

/// A file without a name that goes when it is closed.
private final class TemporaryFile {
  let number: Int32

  init(holding bytes: [UInt8]) throws(SymbolFault) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/tayberry-XXXXXX".utf8CString)
    number = mkstemp(&template)
    guard number >= 0 else {
      throw SymbolFault(
        folder, "takes no temporary file (\(String(cString: strerror(errno))))",
        remedy: "set TMPDIR to a folder that can be written")
    }
    unlink(template)
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
      guard written > 0 else {
        close(number)
        throw SymbolFault(
          folder, "takes no temporary file (\(String(cString: strerror(errno))))",
          remedy: "set TMPDIR to a folder with room")
      }
      done += written
    }
    lseek(number, 0, SEEK_SET)
  }

  deinit { close(number) }

  /// What a program has written there.
  var text: String {
    lseek(number, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
