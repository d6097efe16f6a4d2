import CPU
import Foundation
import Testing

@testable import Machine

/// Which rows of the instruction table the guests execute that show what EL0 cannot: instruction-rows.txt in
/// firmware/guests says it, for the conformance page. TAYBERRY_RECORD=1 in the environment writes the file.
@Suite("Instructions of the guests", .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct GuestInstructionTests {
  static let guests = ["exceptions", "traps", "debug", "cores"]

  @Test("Each row that a guest is said to execute is reached by it")
  func rows() throws {
    var guestsOfRow: [Instruction: [String]] = [:]
    for guest in Self.guests {
      let run = try GuestRun(guest: guest)
      var reached: Set<Instruction> = []
      run.board.cluster.listenToTranslation { word in
        if let instruction = Decoder.decode(word) { reached.insert(instruction) }
      }
      _ = run.run(limit: 5_000_000_000)
      #expect(run.transcript.text.hasSuffix("\nPASS\n"))
      for instruction in reached { guestsOfRow[instruction, default: []].append(guest) }
    }
    let rows = InstructionTable.rows.compactMap { row -> String? in
      // The rest is as the compiler wills.
      guard !row.attributes.isDisjoint(with: [.exception, .system, .privileged]) else { return nil }
      guard let guests = guestsOfRow[row.instruction] else { return nil }
      return "\(row.instruction): \(guests.joined(separator: " "))"
    }
    let path = BareMetalGuests.repository + "/firmware/guests/instruction-rows.txt"
    let text = rows.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["TAYBERRY_RECORD"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }
}
