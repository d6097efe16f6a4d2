import CPU
import Fabric
import Testing
import TestSupport

@testable import Machine

/// Stops a machine at random places and lets it run on, as a debugger would.
final class RandomStops: RunController {
  private var random: SeededGenerator
  private(set) var pauses = 0
  private(set) var reasons: [String: Int] = [:]
  /// Stops from which on the machine is left alone.
  private let limit: Int
  private let usesExactPauses: Bool
  /// Steps whose core executed another number of instructions.
  private(set) var wrongSteps: [String] = []
  private var stepping: (core: Int, from: UInt64)?

  init(seed: UInt64, limit: Int, usesExactPauses: Bool = false) {
    random = SeededGenerator(seed: seed)
    self.limit = limit
    self.usesExactPauses = usesExactPauses
  }

  var isPresent: Bool { true }
  var wantsPause: Bool { pauses < limit && pauses == 0 || random.oneIn(2) }

  func machineStandsStill(_ machine: BoardMachine, at core: Int?, isOverdue: () -> Bool) -> Bool {
    let cores = machine.board.cluster.cores
    pauses += 1
    if let core { check(cores[core]) }
    for core in cores { core.isStepping = false }
    stepping = nil
    guard pauses < limit else {
      machine.board.cluster.setDebuggerPoints(breakpoints: [], watchpoints: [])
      machine.board.cluster.pausesExactly = false
      return true
    }
    let focus = cores[core ?? Int.random(in: 0..<cores.count, using: &random)]
    if usesExactPauses { machine.board.cluster.pausesExactly = random.oneIn(2) }
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1, 2:
      focus.isStepping = true
      stepping = (focus.index, focus.executedInstructions)
    case 3: for core in cores { core.isStepping = true }
    case 4, 5: setPoints(machine, near: focus)
    case 6, 7: focus.requestPause(.request)
    case 8: machine.board.cluster.setDebuggerPoints(breakpoints: [], watchpoints: [])
    default:
      // On over a stretch of single steps.
      focus.isStepping = true
    }
    return true
  }

  private func check(_ core: Core) {
    for reason in core.pauseReasons { reasons[Self.name(reason), default: 0] += 1 }
    if core.pauseReasons.isEmpty { wrongSteps.append("no reason") }
    if let stepping, stepping.core == core.index, core.pauseReasons == [.step] {
      // None: an interrupt was taken, and the core is at the vector.
      let executed = core.executedInstructions &- stepping.from
      if executed > 1 || (executed == 0 && core.r[Slot.pc] & 0x7f != 0) { wrongSteps.append("\(executed)") }
    }
    for reason in core.pauseReasons {
      if case .breakpoint(let point) = reason, point.space == .virtual, point.address != core.r[Slot.pc] {
        wrongSteps.append("not at the breakpoint")
      }
    }
  }

  private func setPoints(_ machine: BoardMachine, near core: Core) {
    var breakpoints: Set<Breakpoint> = []
    var watchpoints: Set<Watchpoint> = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let pc = core.r[Slot.pc] &+ UInt64.random(in: 0...24, using: &random) &* 4
      breakpoints.insert(Breakpoint(pc, in: random.pick(DebuggerSpace.allCases)))
    }
    if random.oneIn(2) {
      let stack = core.r[Slot.sp] & ~0xf
      watchpoints.insert(
        Watchpoint(
          random.pick([.write, .read, .access]), stack &- 32, length: UInt64.random(in: 1...64, using: &random),
          in: random.pick(DebuggerSpace.allCases)))
      let ring = core.r[Int.random(in: 0...30, using: &random)]
      watchpoints.insert(Watchpoint(.access, ring & ~7, length: 8))
    }
    machine.board.cluster.setDebuggerPoints(breakpoints: breakpoints, watchpoints: watchpoints)
  }

  private static func name(_ reason: PauseReason) -> String {
    switch reason {
    case .step: "step"
    case .breakpoint: "breakpoint"
    case .watchpoint: "watchpoint"
    case .event: "event"
    case .request: "request"
    }
  }
}

/// All state by name, to say what differs.
struct StateDump: StateVisitor {
  private(set) var lines: [String] = []

  init(_ board: RaspberryPi4) {
    for core in board.cluster.cores { core.visitState(&self) }
    for device in board.devices { device.visitState(&self) }
  }

  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    lines.append("\(name) \(value)")
  }
  mutating func visit(_ name: StaticString, _ value: inout Bool) {
    lines.append("\(name) \(value)")
  }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    lines.append("\(name) \(values)")
  }
  mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    lines.append("\(name) \(values)")
  }
  mutating func visit(_ name: StaticString, words: UnsafeMutableBufferPointer<UInt64>) {
    for (index, word) in words.enumerated() { lines.append("\(name) \(index) \(word)") }
  }
}

/// However often a machine is stopped and stepped, the run is the one without (docs/gdb.md).
@Suite("Stops that no guest notices", .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct StopsTests {
  @Test("A guest with stops at random places runs as without", arguments: BareMetalGuests.names)
  func guests(name: String) throws {
    let plain = try GuestRun(guest: name)
    let ending = plain.run()
    var pauses = 0
    for (seed, engine) in [(1, ExecutionEngine.interpreter), (2, .hostCode), (3, .hostCode)] {
      var configuration = BoardConfiguration()
      configuration.engine = engine
      let stopped = try GuestRun(guest: name, configuration)
      let stops = RandomStops(seed: UInt64(seed), limit: 2000, usesExactPauses: seed == 3)
      stopped.machine.controller = stops
      var pause = MachinePause.timeElapsed
      while case .timeElapsed = pause, stopped.board.time.now < 4_000_000 {
        pause = stopped.machine.run(forAtMost: 4_999, inputMayCome: false)
      }
      if case .timeElapsed = pause { pause = stopped.run() }
      #expect(pause == ending)
      pauses += stops.pauses
      #expect(stops.wrongSteps.prefix(5) == [])
      #expect(stopped.transcript.text == plain.transcript.text, "\(name), seed \(seed)")
      #expect(stopped.machine.instructionsPerCore == plain.machine.instructionsPerCore, "\(name), seed \(seed)")
      let differences = zip(StateDump(stopped.board).lines, StateDump(plain.board).lines).filter { $0 != $1 }
      #expect(differences.prefix(5).map { "\($0) not \($1)" } == [], "\(name), seed \(seed)")
      #expect(stopped.machine.stateHash() == plain.machine.stateHash(), "\(name), seed \(seed)")
    }
    #expect(pauses > 50)
  }
}
