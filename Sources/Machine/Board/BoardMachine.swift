import CPU
import Devices
import Fabric

/// Who may stop a machine in the midst of its run, look at it, change it, and let it run on: a debugger.
public protocol RunController: AnyObject {
  /// Whether somebody is there who could let the machine go on; else its stops are the run's own business.
  var isPresent: Bool { get }
  /// Whether the machine is to stand still at the next end of a slice. Asked often.
  var wantsPause: Bool { get }
  /// The machine stands still: `core` before its next instruction, for the reasons that it gives; nil: all of
  /// them between two slices. No virtual time passes until the return.
  ///
  /// - Parameter isOverdue: whether the run is to end for another reason; to be asked while waiting.
  /// - Returns: false if the run is to end.
  func machineStandsStill(_ machine: BoardMachine, at core: Int?, isOverdue: () -> Bool) -> Bool
}

/// A Raspberry Pi 4 as a session sees it.
public final class BoardMachine: EmulatedMachine {
  public enum ConsolePort: Sendable { case miniUART, uart0 }

  public let board: RaspberryPi4
  private let consolePort: ConsolePort
  /// What the guest was given to find its devices, if anything.
  public internal(set) var deviceTree: DeviceTree?
  /// What a check on the guest's doings found that is to end the run; in words.
  public private(set) var violation: String?

  /// Ends the run after the current turn, for what a guest did.
  public func end(for violation: String) {
    if self.violation == nil { self.violation = violation }
    stopSoon()
  }

  /// The file that the SD card's data come from, if there is a card.
  public internal(set) var cardImage: CardImage?
  /// A debugger, if there is one.
  public weak var controller: (any RunController)?

  public init(board: RaspberryPi4, console: ConsolePort) {
    self.board = board
    consolePort = console
  }

  public var engineName: String { board.cluster.engine.rawValue }
  public var elapsedNanoseconds: UInt64 { board.time.now }
  public var instructionsPerCore: [UInt64] { board.cluster.cores.map(\.retiredInstructions) }
  public var corePlaces: [String] { board.cluster.cores.map(\.place) }
  public var log: GuestLog { board.log }

  public func connectConsole(_ port: any BytePort) {
    switch consolePort {
    case .miniUART: board.auxiliary.port = port
    case .uart0: board.uarts[0].port = port
    }
  }

  public func receiveConsoleByte(_ byte: UInt8) -> Bool {
    switch consolePort {
    case .miniUART: return board.auxiliary.receive(byte)
    case .uart0: return board.uarts[0].receive(byte)
    }
  }

  public func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool) -> MachinePause {
    run(forAtMost: nanoseconds, inputMayCome: inputMayCome) { false }
  }

  /// Virtual ns between two looks at `isOverdue`.
  private static let step: UInt64 = 100_000

  public func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool, isOverdue: () -> Bool) -> MachinePause {
    let (sum, overflow) = board.time.now.addingReportingOverflow(nanoseconds)
    let limit = overflow ? .max : sum
    var stop = RunLoop.Stop.limit
    if let violation { return .violation(violation) }
    repeat {
      let next = min(limit, board.time.now &+ min(Self.step, .max &- board.time.now))
      if let controller, controller.wantsPause, !board.loop.isPaused,
        !controller.machineStandsStill(self, at: nil, isOverdue: isOverdue)
      {
        return .killed
      }
      stop = board.loop.run(until: next) { inputMayCome }
      if case .paused(let core) = stop {
        if let controller, controller.isPresent {
          if !controller.machineStandsStill(self, at: core, isOverdue: isOverdue) { return .killed }
        } else if let event = event(at: core) {
          return .event(event)
        }
        stop = .limit
      }
      if stop == .limit && (board.time.now < limit || board.loop.isPaused) && isOverdue() { return .timeElapsed }
    } while stop == .limit && (board.time.now < limit || board.loop.isPaused)
    switch stop {
    case .limit:
      // Out of a dead end leads a reset only, and only the watchdog makes one.
      let isOver = !board.powerManagement.isArmed && board.cluster.cores.allSatisfy(\.isInDeadEnd)
      return isOver ? .allCoresHalted : .timeElapsed
    case .nothingCanHappen: return .allCoresHalted
    case .core(let reason): return .unsupported(reason)
    case .paused: return .timeElapsed
    case .requested:
      if let violation { return .violation(violation) }
      switch board.requestedReset {
      case .halt: return .powerOff
      case .reset: return .reset
      case nil: return .timeElapsed
      }
    }
  }

  /// What a core that pauses was waiting for.
  private func event(at core: Int) -> String? {
    for case .event(let text) in board.cluster.cores[core].pauseReasons { return text }
    return nil
  }

  public func stopSoon() { board.loop.stopRequested = true }

  public var executingPlace: String? {
    guard let index = board.loop.executing, board.cluster.cores.indices.contains(index) else { return nil }
    let core = board.cluster.cores[index]
    return "core \(index) at EL\(core.r[Slot.currentEL]), pc \(core.r[Slot.pc].hex())"
  }

  public func stateHash() -> UInt64 { board.stateHash() }
}
