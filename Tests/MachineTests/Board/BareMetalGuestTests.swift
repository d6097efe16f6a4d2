import CPU
import Foundation
import Testing

@testable import Machine

/// Guests without an operating system, from firmware/guests. Their transcripts come from the manuals and were
/// compared with QEMU's; what differs there, and why, is in the file NAME.differences of each.
@Suite("Bare-metal guests", .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct BareMetalGuestTests {
  @Test(
    "A guest prints what the manual says and powers off",
    arguments: BareMetalGuests.names)
  func transcript(name: String) throws {
    let expected = try BareMetalGuests.transcript(name)
    #expect(expected.hasSuffix("\nPASS\n"))
    let run = try GuestRun(guest: name)
    let pause = run.run()
    #expect(pause == .powerOff, "\(run.machine.corePlaces)")
    let printed = run.transcript.text.split(separator: "\n", omittingEmptySubsequences: false)
    for (line, wanted) in zip(printed, expected.split(separator: "\n", omittingEmptySubsequences: false)) {
      #expect(line == wanted)
    }
    #expect(run.transcript.text == expected)
  }

  @Test("The same guest twice is the same run", arguments: BareMetalGuests.names)
  func deterministic(name: String) throws {
    let first = try GuestRun(guest: name)
    let second = try GuestRun(guest: name)
    #expect(first.run() == second.run(step: 12_345))
    #expect(first.transcript.bytes == second.transcript.bytes)
    #expect(first.machine.instructionsPerCore == second.machine.instructionsPerCore)
    #expect(first.machine.elapsedNanoseconds == second.machine.elapsedNanoseconds)
    #expect(first.machine.stateHash() == second.machine.stateHash())
  }

  @Test("Every engine makes the same run", arguments: BareMetalGuests.names)
  func engines(name: String) throws {
    var interpreted = BoardConfiguration()
    interpreted.engine = .interpreter
    let first = try GuestRun(guest: name)
    let second = try GuestRun(guest: name, interpreted)
    #expect(second.machine.engineName == "interpreter")
    #expect(first.run() == second.run(step: 54_321))
    #if os(Linux) && arch(x86_64)
      #expect(first.machine.engineName == "host-code")
      #expect(first.board.cluster.compiledBlocks > 0)
    #endif
    #expect(second.board.cluster.compiledBlocks == 0)
    #expect(first.transcript.bytes == second.transcript.bytes)
    #expect(first.machine.instructionsPerCore == second.machine.instructionsPerCore)
    #expect(first.machine.stateHash() == second.machine.stateHash())
  }

  /// A QEMU that is already here and knows the board, where Benchmarks/fetch-qemu looks; nothing is fetched.
  static let oracle: String? = {
    let environment = ProcessInfo.processInfo.environment
    var candidates = [environment["QEMU"] ?? "", BareMetalGuests.repository + "/images/.qemu/qemu-system-aarch64"]
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    candidates += folders.map { "\($0)/qemu-system-aarch64" }
    return candidates.first {
      guard FileManager.default.isExecutableFile(atPath: $0) else { return false }
      let help = try? Program.run(["-machine", "help"], executable: $0)
      return help?.output.contains("\nraspi4b ") ?? false
    }
  }()

  /// The same images on QEMU's model of the board. The script compares line by line, so that this is one test.
  @Test(
    "QEMU prints the same, but for the listed differences",
    .enabled(if: oracle != nil && Program.isBuilt, "no QEMU with raspi4b, or no program"))
  func oracleAgrees() throws {
    let environment = [
      "QEMU": try #require(Self.oracle), "TAYBERRY_BINARY": try #require(Program.path),
      "GUESTS_DIRECTORY": try BareMetalGuests.directory(),
    ]
    let script = BareMetalGuests.repository + "/scripts/conformance-guests"
    let ending = try Program.run(
      [script, "--quick", "--no-build"], executable: "/usr/bin/env", environment: environment)
    #expect(ending.code == 0, "\(ending.output)\(ending.errors)")
  }
}
