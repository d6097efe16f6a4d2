import CPU
import Fabric
import Machine

@testable import Debugger

/// A board with a small program and a debugger's session with it, without sockets.
final class Conversation {
  let machine: BoardMachine
  let session: RemoteSession
  let monitor = Monitor()

  /// Sums up numbers into memory at 0x90000, for ever, all four cores from address 0 at EL3.
  static let program: [UInt32] = [
    0xd2a0_0121,  // mov x1, #0x90000
    0xd280_0000,  // mov x0, #0
    0x9100_0400,  // 8: add x0, x0, #1
    0xf900_0020,  // str x0, [x1]
    0xf940_0022,  // ldr x2, [x1]
    0x8b02_0063,  // add x3, x3, x2
    0x17ff_fffc,  // b 8
  ]

  init() throws {
    let board = try RaspberryPi4(BoardConfiguration())
    board.ram.load(Self.program.flatMap { MachineTarget.bytes(UInt64($0), 4) }, at: 0)
    machine = BoardMachine(board: board, console: .miniUART)
    session = RemoteSession(target: MachineTarget(machine), monitor: monitor)
    machine.controller = self
  }

  /// Another session with a machine.
  init(_ machine: BoardMachine) {
    self.machine = machine
    session = RemoteSession(target: MachineTarget(machine), monitor: monitor)
    machine.controller = self
  }

  static func packet(_ text: String) -> [UInt8] { packet(Array(text.utf8)) }

  static func packet(_ data: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "$")] + data + [UInt8(ascii: "#")] + hexBytes([data.reduce(0, &+)])
  }

  /// The payloads that come back, run until the machine stands still again.
  func ask(_ text: String) -> [String] {
    session.receive(Self.packet(text))
    session.work()
    if session.wish == .run { _ = machine.run(forAtMost: 1_000_000, inputMayCome: false) }
    return Self.payloads(session.takeOutput())
  }

  func answer(_ text: String) -> String { ask(text).last ?? "nothing" }

  static func payloads(_ output: [UInt8]) -> [String] {
    var reader = PacketReader()
    return output.compactMap {
      if case .packet(let data) = reader.take($0) { String(decoding: data, as: UTF8.self) } else { nil }
    }
  }

  func monitor(_ command: String) -> String {
    ask("qRcmd," + String(decoding: hexBytes(command.utf8), as: UTF8.self)).dropLast().map {
      String(decoding: bytes(fromHex: Array($0.utf8.dropFirst())[...]) ?? [], as: UTF8.self)
    }.joined()
  }

  /// A register by its number, as the debugger gets it.
  func register(_ number: Int) -> UInt64 {
    let text = answer("p" + String(number, radix: 16))
    return MachineTarget.number((bytes(fromHex: Array(text.utf8)[...]) ?? [])[...])
  }

  var programCounter: UInt64 { register(TargetDescription.programCounter) }
}

extension Conversation: RunController {
  var isPresent: Bool { true }
  var wantsPause: Bool { false }

  func machineStandsStill(_ machine: BoardMachine, at core: Int?, isOverdue: () -> Bool) -> Bool {
    session.machineStopped(core: core, reasons: core.map { machine.board.cluster.cores[$0].pauseReasons } ?? [])
    // The run of `ask` ends here, in the midst of the slice.
    return false
  }
}
