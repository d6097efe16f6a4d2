import CPU
import Devices
import Fabric
import MMU
import Machine

/// Answers questions about a machine that stands still: the `monitor` commands of the debugger and `--inspect`.
/// Nothing that it does has an effect on the guest.
public final class Inspector {
  public struct Command: Sendable {
    public var name: String
    public var arguments: String
    public var summary: String
    let run: @Sendable (Inspector, [String], _ core: Int) throws(InspectionError) -> String
  }

  public struct InspectionError: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }

    static func noCommand(_ word: String) -> InspectionError {
      let known = Inspector.commands.map(\.name).joined(separator: ", ")
      return InspectionError("\"\(word)\" is no command; there are \(known)")
    }
  }

  let board: RaspberryPi4
  let names: (any TraceNames)?
  /// The VTTBR_EL2 values that were seen, by VMID.
  let roots: StageTwoRoots

  public init(board: RaspberryPi4, names: (any TraceNames)?, roots: StageTwoRoots) {
    self.board = board
    self.names = names
    self.roots = roots
  }

  public static let commands: [Command] = [
    Command(name: "walk", arguments: "VA [el N]", summary: "how the core translates an address, descriptor by descriptor") {
      (inspector, words, core) throws(InspectionError) in try inspector.walk(words, core)
    },
    Command(name: "s2", arguments: "IPA [vmid N]", summary: "the stage-2 walk of an address") {
      (inspector, words, core) throws(InspectionError) in try inspector.stageTwo(words, core)
    },
    Command(name: "who", arguments: "PA", summary: "what lies at an address, and which domains map it where") {
      (inspector, words, core) throws(InspectionError) in try inspector.who(words, core)
    },
    Command(name: "domains", arguments: "", summary: "VMIDs that ran, their tables and what they map") {
      (inspector, words, core) throws(InspectionError) in inspector.domains(core)
    },
    Command(name: "vgic", arguments: "", summary: "list registers and virtual interface of each core") {
      (inspector, words, core) throws(InspectionError) in inspector.virtualInterfaces()
    },
    Command(name: "irq", arguments: "", summary: "interrupts that are enabled, pending or active") {
      (inspector, words, core) throws(InspectionError) in inspector.interrupts()
    },
    Command(name: "timers", arguments: "", summary: "the generic timers of each core") {
      (inspector, words, core) throws(InspectionError) in inspector.timers()
    },
    Command(name: "devices", arguments: "", summary: "the parts on the bus") {
      (inspector, words, core) throws(InspectionError) in inspector.devices()
    },
    Command(name: "cores", arguments: "", summary: "where each core is") {
      (inspector, words, core) throws(InspectionError) in inspector.cores()
    },
  ]

  /// A command line whose form has been checked; what an address means shows when the machine stands still.
  public struct Request: Sendable {
    public let text: String

    /// Reads `walk 0xffff800008010000 el 1 core 2`.
    public init(_ text: String) throws(InspectionError) {
      self.text = text
      let words = text.split(separator: " ").map(String.init)
      guard let name = words.first, let known = Inspector.commands.first(where: { $0.name == name }) else {
        throw InspectionError.noCommand(words.first ?? "")
      }
      for (key, limit) in [("core", 3), ("el", 3), ("vmid", 255)] as [(String, UInt64)] {
        _ = try Inspector.option(key, in: words, upTo: limit)
      }
      if known.arguments.hasPrefix("VA") || known.arguments.hasPrefix("IPA") || known.arguments.hasPrefix("PA") {
        guard words.count > 1 else { throw InspectionError("an address is missing: \(name) \(known.arguments)") }
        _ = try Inspector.number(words[1])
      }
    }
  }

  /// The answer, or what keeps it from being given.
  public func answer(_ request: Request) -> String {
    answer(request.text, onCore: 0)
  }

  /// The answer to a command line, or what is wrong with it.
  public func answer(_ line: String, onCore core: Int) -> String {
    do throws(InspectionError) { return try answer(line, core: core) } catch { return "\(error)" }
  }

  /// Carries out a command line such as `walk 0xffff800008010000 el 1`.
  ///
  /// - Parameter core: the core whose translations are meant.
  public func answer(_ line: String, core: Int) throws(InspectionError) -> String {
    var words = line.split(separator: " ").map(String.init)
    guard !words.isEmpty, let command = Self.commands.first(where: { $0.name == words[0] }) else {
      throw InspectionError.noCommand(words.first ?? "")
    }
    words.removeFirst()
    var core = core
    if let named = try Self.option("core", in: words, upTo: 3) {
      core = Int(named)
      if let place = words.firstIndex(of: "core") { words.removeSubrange(place...(place + 1)) }
    }
    guard board.cluster.cores.indices.contains(core) else { throw InspectionError("there is no core \(core)") }
    return try command.run(self, words, core)
  }

  // MARK: Arguments

  func address(_ words: [String], _ usage: String) throws(InspectionError) -> UInt64 {
    guard let word = words.first else { throw InspectionError("an address is missing: \(usage)") }
    return try Self.number(word)
  }

  /// The value behind a key: `vmid 2`.
  static func option(_ key: String, in words: [String], upTo limit: UInt64) throws(InspectionError) -> UInt64? {
    guard let place = words.firstIndex(of: key) else { return nil }
    guard place + 1 < words.count else { throw InspectionError("the value of \(key) is missing") }
    let value = try Self.number(words[place + 1])
    guard value <= limit else { throw InspectionError("\(key) is at most \(limit)") }
    return value
  }

  static func number(_ word: String) throws(InspectionError) -> UInt64 {
    let value = word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : UInt64(word)
    guard let value else { throw InspectionError("\"\(word)\" is no number; write it decimal or as 0x…") }
    return value
  }

  // MARK: Text

  func domainName(_ vmid: UInt16) -> String {
    names?.domain(of: vmid).map { "VMID \(vmid) (\($0))" } ?? "VMID \(vmid)"
  }

  func size(_ bytes: UInt64) -> String {
    if bytes == 0 { return "nothing" }
    for (unit, name) in [(UInt64(1) << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes % unit == 0 {
      return "\(bytes / unit) \(name)"
    }
    return "\(bytes) bytes"
  }
}

/// The stage-2 tables that were in use: VTTBR_EL2 by VMID, the last one of each.
public final class StageTwoRoots {
  private var values: [UInt16: UInt64] = [:]

  public init() {}

  public func see(_ vttbr: UInt64) {
    let vmid = UInt16(truncatingIfNeeded: vttbr >> 48 & 0xff)
    // Xen parks VTTBR_EL2 at 0 while no guest is there.
    guard vttbr & 0x0000_ffff_ffff_fffe != 0 else { return }
    values[vmid] = vttbr
  }

  /// By VMID, ascending.
  public var all: [(vmid: UInt16, vttbr: UInt64)] {
    values.keys.sorted().map { ($0, values[$0] ?? 0) }
  }

  public subscript(vmid: UInt16) -> UInt64? { values[vmid] }
}
