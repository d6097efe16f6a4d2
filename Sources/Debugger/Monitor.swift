import CPU
import Fabric
import Machine

/// What a command of `monitor` is told.
public struct MonitorContext {
  public let machine: BoardMachine
  /// The thread that the debugger selected.
  public let core: Core
}

/// The commands of `monitor`: a few of its own, and those that others add.
public final class Monitor {
  /// A command gets its words, without its name, and gives the text to be shown.
  public typealias Body = (_ arguments: [String], _ context: MonitorContext) -> String

  private struct Command {
    let usage: String
    let summary: String
    let body: Body
  }

  private var commands: [String: Command] = [:]
  /// The symbol at a core's PC, for the names of threads: `hypercall+0x24`.
  public var symbol: ((Core) -> String?)?
  /// The address of a symbol, for `monitor break`.
  public var address: ((String) -> UInt64?)?

  public init() {}

  /// Adds a command; the last one of a name counts.
  public func register(_ name: String, usage: String = "", _ summary: String, body: @escaping Body) {
    commands[name] = Command(usage: usage, summary: summary, body: body)
  }

  /// EL, VMID and place of a core.
  func threadName(_ core: Core) -> String {
    let level = core.currentEL
    let machine = level < 2 && core.stored(.hcrEL2) & 1 != 0 ? " VMID \(core.vmid)" : ""
    let place = symbol?(core) ?? core.programCounter.hex()
    let rest: String
    switch core.waiting {
    case .running: rest = ""
    case .interrupt: rest = ", in WFI"
    case .event: rest = ", in WFE"
    case .stopped: rest = ", halted"
    }
    return "EL\(level)\(machine) \(place)\(rest)"
  }

  func run(_ line: String, in session: RemoteSession) -> String {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let name = words.first else { return help }
    let arguments = Array(words.dropFirst())
    switch name {
    case "help": return help
    case "space": return space(arguments, session)
    case "mmio": return reachDevices(arguments, session.target)
    case "break": return addBreak(arguments, session)
    case "watch": return addWatch(arguments, session)
    case "delete": return delete(arguments, session)
    case "points": return points(session)
    case "cores": return cores(session.target)
    case "reset":
      return "a reset ends the run, as on --until reset: end it with kill and start it again\n"
    default: break
    }
    guard let command = commands[name] else { return "no command \(name): see monitor help\n" }
    let text = command.body(arguments, MonitorContext(machine: session.target.machine, core: session.selectedCore))
    return text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
  }

  private var help: String {
    var text = """
      space [va [el N] | ipa [vmid N] | pa]   what addresses of memory mean
      mmio [on | off]                         whether devices may be read and written
      break [va|ipa|pa] ADDRESS [CONDITION...]  wait for an instruction
      watch [va|ipa|pa] ADDRESS LENGTH [r|w|a] [CONDITION...]
                                              wait for an access
      points                                  what is waited for
      delete NUMBER                           no longer
      cores                                   where the cores are, and since when
      reset                                   how to begin anew

      """
    for (name, command) in commands.sorted(by: { $0.key < $1.key }) {
      let call = command.usage.isEmpty ? name : name + " " + command.usage
      text += call + String(repeating: " ", count: max(1, 40 - call.count)) + command.summary + "\n"
    }
    return text + "A CONDITION is el N (1 for EL1 and EL0), vmid N or core N.\n"
  }

  // MARK: Memory

  private func space(_ words: [String], _ session: RemoteSession) -> String {
    let target = session.target
    switch words.first {
    case nil: break
    case "pa" where words.count == 1: target.space = .physical
    case "va" where words.count == 1: target.space = .virtual(level: nil)
    case "va":
      guard words.count == 3, words[1] == "el", let level = Int(words[2]), (0...3).contains(level) else {
        return "write: space va el N, with N from 0 to 3\n"
      }
      target.space = .virtual(level: level)
    case "ipa" where words.count == 1: target.space = .intermediate(vmid: nil)
    case "ipa":
      guard words.count == 3, words[1] == "vmid", let vmid = UInt16(words[2]) else {
        return "write: space ipa vmid N\n"
      }
      target.space = .intermediate(vmid: vmid)
    default: return "write: space va, space ipa or space pa\n"
    }
    var text = "addresses of memory are \(target.space.text)\n"
    if case .intermediate = target.space {
      text += "VMIDs seen: \(target.knownVMIDs.map(String.init).joined(separator: ", "))\n"
    }
    return text
  }

  private func reachDevices(_ words: [String], _ target: MachineTarget) -> String {
    switch words {
    case []: break
    case ["on"]: target.reachesDevices = true
    case ["off"]: target.reachesDevices = false
    default: return "write: mmio on, or mmio off\n"
    }
    return target.reachesDevices
      ? "devices are read and written: what this does to them, the guest sees\n"
      : "devices are neither read nor written\n"
  }

  // MARK: Points

  /// A number of 64 bits, or a symbol.
  private func value(_ word: String) -> UInt64? {
    if let digits = word.hasPrefix("0x") ? word.dropFirst(2) : nil {
      return digits.first == "+" || digits.first == "-" ? nil : UInt64(digits, radix: 16)
    }
    if let first = word.first, first.isNumber { return UInt64(word) }
    return address?(word)
  }

  private func place(_ words: inout ArraySlice<String>) -> (DebuggerSpace, UInt64)? {
    var space = DebuggerSpace.virtual
    if let word = words.first, let given = DebuggerSpace(rawValue: word) {
      space = given
      words = words.dropFirst()
    }
    guard let word = words.popFirst(), let address = value(word) else { return nil }
    return (space, address)
  }

  private func condition(_ words: ArraySlice<String>) -> DebuggerCondition? {
    var condition = DebuggerCondition()
    var rest = words
    while let name = rest.popFirst() {
      guard let word = rest.popFirst(), let number = UInt16(word) else { return nil }
      switch name {
      case "el" where number <= 3: condition.regime = max(1, Int(number))
      case "vmid": condition.vmid = number
      case "core": condition.core = Int(number)
      default: return nil
      }
    }
    return condition
  }

  private func addBreak(_ arguments: [String], _ session: RemoteSession) -> String {
    var words = arguments[...]
    guard let (space, address) = place(&words), address & 3 == 0, let condition = condition(words) else {
      return "write: break [va|ipa|pa] ADDRESS [el N] [vmid N] [core N]\n"
    }
    let breakpoint = Breakpoint(address, in: space, if: condition)
    guard let number = session.points.add(breakpoint) else { return "there are too many already\n" }
    return "break \(number), \(Self.text(breakpoint))\n"
  }

  private func addWatch(_ arguments: [String], _ session: RemoteSession) -> String {
    let usage = "write: watch [va|ipa|pa] ADDRESS LENGTH [r|w|a] [el N] [vmid N] [core N]\n"
    var words = arguments[...]
    guard let (space, address) = place(&words), let word = words.popFirst(), let length = value(word), length > 0
    else { return usage }
    var kind = Watchpoint.Kind.write
    if let word = words.first, let given = ["r": Watchpoint.Kind.read, "w": .write, "a": .access][word] {
      kind = given
      words = words.dropFirst()
    }
    guard let condition = condition(words) else { return usage }
    let watchpoint = Watchpoint(kind, address, length: length, in: space, if: condition)
    guard let number = session.points.add(watchpoint) else { return "there are too many already\n" }
    return "watch \(number), \(Self.text(watchpoint))\n"
  }

  private func delete(_ words: [String], _ session: RemoteSession) -> String {
    guard words.count == 1, let number = Int(words[0]) else { return "write: delete NUMBER\n" }
    return session.points.delete(number) ? "" : "there is no number \(number)\n"
  }

  private func points(_ session: RemoteSession) -> String {
    var lines: [Int: String] = [:]
    for (number, point) in session.points.breaks { lines[number] = "break \(number), \(Self.text(point))\n" }
    for (number, point) in session.points.watches { lines[number] = "watch \(number), \(Self.text(point))\n" }
    guard !lines.isEmpty else { return "none\n" }
    return lines.sorted { $0.key < $1.key }.map(\.value).joined()
  }

  static func text(_ point: Breakpoint) -> String {
    "\(point.space.rawValue.uppercased()) \(point.address.hex())" + text(point.condition)
  }

  static func text(_ point: Watchpoint) -> String {
    "\(point.kind) of \(point.length) bytes at \(point.space.rawValue.uppercased()) \(point.address.hex())"
      + text(point.condition)
  }

  private static func text(_ condition: DebuggerCondition) -> String {
    var text = ""
    if let regime = condition.regime { text += regime == 1 ? ", at EL1 and EL0" : ", at EL\(regime)" }
    if let vmid = condition.vmid { text += ", VMID \(vmid)" }
    if let core = condition.core { text += ", core \(core)" }
    return text
  }

  private func cores(_ target: MachineTarget) -> String {
    let cores = target.cores
    let now = cores.first { $0.isPaused }?.currentTime ?? target.machine.elapsedNanoseconds
    var text = "virtual time \(now) ns, engine \(target.machine.engineName)\n"
    for core in cores {
      text += "core \(core.index): \(threadName(core)), \(core.executedInstructions) instructions\n"
    }
    return text
  }
}
