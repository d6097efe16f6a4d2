import CPU
import Machine

/// GDB's and LLDB's way to the machine: `--gdb [HOST:]PORT`.
///
/// Everything happens on the machine's own thread: while it runs, it looks now and then whether somebody calls;
/// when it stands still, it listens until it may go on. A debugger that comes stops the machine; one that goes,
/// with or without a word, lets it run on.
public final class DebuggerServer: RunController {
  public let monitor = Monitor()
  private let socket: DebuggerSocket
  private let target: MachineTarget
  private var session: RemoteSession?

  /// - Throws: `BadInput`, of the option `--gdb`.
  public init(host: String, port: UInt16, machine: BoardMachine) throws(BadInput) {
    target = MachineTarget(machine)
    do throws(DebuggerSocket.Failure) {
      socket = try DebuggerSocket(host: host, port: port)
    } catch {
      throw BadInput(
        "--gdb \(host):\(port)", error.text, remedy: "choose another port, or 0 for any free one")
    }
    machine.controller = self
  }

  /// The port that is listened on: the one asked for, or, for 0, the one that the system chose.
  public var port: UInt16 { socket.port }

  /// Waits until a debugger has come; the machine then stands still until that lets it run.
  ///
  /// - Parameter isOverdue: asked often: whether to give up.
  public func waitForDebugger(isOverdue: () -> Bool) {
    while !socket.hasClient && !isOverdue() { _ = greet(milliseconds: 100) }
  }

  /// The run is over: says so to a debugger that waits.
  public func finish(code: UInt8) {
    session?.machineEnded(code: code)
    if let session { _ = socket.send(session.takeOutput()) }
    socket.drop()
  }

  private func greet(milliseconds: Int32) -> Bool {
    guard socket.accept(milliseconds: milliseconds) else { return false }
    session = RemoteSession(target: target, monitor: monitor)
    return true
  }

  // MARK: While it runs

  public var isPresent: Bool { session != nil }

  public var wantsPause: Bool {
    guard let session else { return greet(milliseconds: 0) }
    if session.wish == .standStill { return true }
    guard let bytes = socket.read(milliseconds: 0) else {
      leave()
      return false
    }
    session.receive(bytes)
    // A packet is for a machine that stands still; only Ctrl-C makes it so.
    return session.wasInterrupted
  }

  // MARK: While it stands still

  public func machineStandsStill(_ machine: BoardMachine, at core: Int?, isOverdue: () -> Bool) -> Bool {
    let cores = target.cores
    for core in cores { core.isStepping = false }
    guard let session else { return true }
    target.noteTables()
    session.machineStopped(core: core, reasons: core.map { cores[$0].pauseReasons } ?? [])
    while session.wish == .standStill {
      session.work()
      guard socket.send(session.takeOutput()), !session.isLost else {
        leave()
        return true
      }
      guard session.wish == .standStill else { break }
      if isOverdue() { return true }
      guard let bytes = socket.read(milliseconds: 50) else {
        leave()
        return true
      }
      session.receive(bytes)
    }
    switch session.wish {
    case .run, .standStill: return true
    case .detach:
      leave()
      return true
    case .kill:
      leave()
      return false
    }
  }

  /// The debugger is gone; nothing of it stays.
  private func leave() {
    session?.letGo()
    session = nil
    socket.drop()
  }
}
