import CPU
import Testing

@testable import Machine

/// The guests find mistakes that are planted in the emulator on purpose: docs/fuzzing.md lists which comparison
/// finds which.
@Suite("Mistakes planted under guests", .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct PlantedGuestTests {
  @Test("One wrong fault level shows in the transcripts", arguments: ["exceptions", "walks-accesses"])
  func wrongFaultLevel(name: String) throws { try plant(.wrongFaultLevel, under: name) }

  @Test("One wrong flag shows in the transcript")
  func wrongFlag() throws { try plant(.wrongFlag, under: "exceptions") }

  private func plant(_ mistake: PlantedDifference, under name: String) throws {
    let run = try GuestRun(guest: name)
    run.board.cluster.plantedDifference = mistake
    _ = run.run(limit: 5_000_000_000)
    #expect(try run.transcript.text != BareMetalGuests.transcript(name))
    #expect(run.transcript.text.hasSuffix("\nPASS\n"))
  }

  @Test("A lost maintenance interrupt shows in the transcript, whichever it is")
  func lostMaintenance() throws {
    let all = try GuestRun(guest: "gic-virtual")
    all.board.gic.maintenanceToLose = 1000
    _ = all.run()
    let rises = 1000 - all.board.gic.maintenanceToLose
    #expect(rises >= 20)
    for number in 1...max(1, rises) {
      let run = try GuestRun(guest: "gic-virtual")
      run.board.gic.maintenanceToLose = number
      _ = run.run()
      #expect(run.board.gic.maintenanceToLose == 0)
      #expect(run.transcript.text.contains(" WANTED "), "the one numbered \(number)")
    }
  }
}
