import Foundation
import Testing

@testable import Machine

/// Guests without an operating system, from firmware/guests. Their transcripts come from the manuals.
/// QEMU 10 (`-M raspi4b -kernel NAME.img -serial null -serial stdio -display none`) was compared by hand: it
/// prints the same except for
///
/// - `exceptions`: no SP alignment check; WFE is never trapped; op1 and op2 change places in the syndrome of
///   a trapped MSR DAIFSet (0x620793e4 for 0x620cd3e4),
/// - `stage2`: DC CVAC to a hole does not fault,
/// - `virtual-interrupts`: GICV_AIAR reads as zero.
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
}
