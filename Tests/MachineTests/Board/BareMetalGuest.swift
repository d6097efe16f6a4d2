import Fabric
import Foundation
import Testing

@testable import Machine

/// The guests of firmware/guests, built once per run of the tests.
enum BareMetalGuests {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Four folders above this file.
  static let repository: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Every guest with a transcript.
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: repository + "/firmware/guests")) ?? []
    return files.filter { $0.hasSuffix(".expected") }.map { String($0.dropLast(9)) }.sorted()
  }()

  /// The folder with the images, or why there is none.
  private static let folder: Result<Folder, Missing> = {
    do {
      let folder = try Folder()
      let ending = try Program.run([folder.path], executable: repository + "/scripts/build-guests")
      guard ending.code == 0 else { return .failure(Missing(description: ending.errors)) }
      return .success(folder)
    } catch {
      return .failure(Missing(description: "\(error)"))
    }
  }()

  /// clang and ld.lld come with Swift's toolchain; without them there is nothing to boot.
  static let toolsAreThere: Bool = {
    let tools = "t=$(dirname \"$(readlink -f \"$(command -v swift || command -v clang)\")\");"
    let test = "test -x $t/$x || command -v $x >/dev/null || exit 1"
    let find = "for x in clang ld.lld llvm-objcopy; do \(test); done"
    return (try? Program.run(["-c", tools + find], executable: "/bin/sh").code) == 0
  }()

  static func image(_ name: String) throws -> [UInt8] {
    let folder = try folder.get()
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/\(name).img")))
  }

  /// The folder with all images, for programs that read them.
  static func directory() throws -> String { try folder.get().path }

  /// Whether the guest replaces the boot stub.
  static func startsAtEL3(_ name: String) throws -> Bool {
    let path = repository + "/firmware/guests/\(name).c"
    return try String(contentsOfFile: path, encoding: .utf8).contains("Starts at EL3")
  }

  static func transcript(_ name: String) throws -> String {
    try String(contentsOfFile: repository + "/firmware/guests/\(name).expected", encoding: .utf8)
  }
}

/// Collects what a guest prints.
final class Transcript: BytePort {
  private(set) var bytes: [UInt8] = []
  func transmit(_ byte: UInt8) { bytes.append(byte) }
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A board with a raw program at 0x80000, whose mini UART is read.
struct GuestRun {
  let machine: BoardMachine
  let transcript = Transcript()
  var board: RaspberryPi4 { machine.board }

  init(program: [UInt8], _ configuration: BoardConfiguration = BoardConfiguration()) throws {
    try self.init(program: program, on: RaspberryPi4(configuration))
  }

  init(program: [UInt8], at address: UInt64? = nil, on board: RaspberryPi4) throws {
    let configuration = board.configuration
    let file = BootFile(name: "program", bytes: program, address: address)
    let firmware = FirmwareStage(board: configuration.identity, entropySeed: configuration.seed)
    let plan = try BootRequest(payload: .raw(file), deviceTree: nil, firmware: firmware).plan()
    try plan.load(into: board.ram)
    machine = BoardMachine(board: board, console: .miniUART)
    machine.connectConsole(transcript)
  }

  init(guest: String, _ configuration: BoardConfiguration = BoardConfiguration()) throws {
    let image = try BareMetalGuests.image(guest)
    let board = try RaspberryPi4(configuration)
    if try BareMetalGuests.startsAtEL3(guest) {
      // At address 0, where all cores begin, a branch to 0x80000.
      let branch: [UInt8] = [0, 0, 2, 0x14]
      let gap = [UInt8](repeating: 0, count: 0x80000 - branch.count)
      try self.init(program: branch + gap + image, at: 0, on: board)
    } else {
      try self.init(program: image, on: board)
    }
  }

  /// Runs in steps of `step` virtual ns until something else than time ends it; at most `limit` ns in all.
  func run(step: UInt64 = 1_000_000_000, limit: UInt64 = 20_000_000_000) -> MachinePause {
    while true {
      let pause = machine.run(forAtMost: step, inputMayCome: false)
      guard case .timeElapsed = pause, board.time.now < limit else { return pause }
    }
  }
}
