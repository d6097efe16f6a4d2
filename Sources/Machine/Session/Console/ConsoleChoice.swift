extension RunConfiguration.Console {
  /// Opens the host's end of the console, and says on standard error where to find it.
  public func open(isQuiet: Bool = false) throws(BadInput) -> any HostConsole {
    switch self {
    case .stdio: return TerminalConsole()
    case .none: return SilentConsole()
    case .file(let path): return try FileConsole(path: path, option: "--console")
    case .pty:
      let console = try PseudoTerminalConsole()
      if !isQuiet { tell("console: \(console.path) (attach with: screen \(console.path))") }
      return console
    case .tcp(let port):
      let console = try SocketConsole(port: port)
      if !isQuiet { tell("console: 127.0.0.1:\(console.port) (attach with: nc 127.0.0.1 \(console.port))") }
      return console
    }
  }
}
