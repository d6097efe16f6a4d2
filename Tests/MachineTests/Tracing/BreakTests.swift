import Foundation
import Testing

@testable import Machine

@Suite("Runs that end at an event", .enabled(if: BareMetalGuests.toolsAreThere && Program.isBuilt))
struct BreakTests {
  private func run(_ guest: String, _ options: [String]) throws -> (ending: Program.Ending, report: [String: Any]) {
    let folder = try Folder()
    let report = folder.path + "/report.json"
    let ending = try Program.run(
      ["run", "--program", try BareMetalGuests.directory() + "/\(guest).img", "--console", "none", "--timeout", "10s"]
        + ["--report", report] + options)
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: report)),
      let summary = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return (ending, [:]) }
    return (ending, summary)
  }

  @Test("The run ends right behind the event, on every engine in the same place")
  func stops() throws {
    let options = ["--break", "s2-fault:access=write", "--inspect", "cores", "--inspect", "domains"]
    let host = try run("stage2", options)
    let interpreter = try run("stage2", options + ["--engine", "interpreter"])
    #expect(host.ending.code == 14, "\(host.ending.errors)")
    #expect(host.report["reason"] as? String == "event")
    let detail = try #require(host.report["detail"] as? String)
    #expect(detail.hasPrefix("s2-fault: core 0, EL1 of "))
    #expect(detail.contains("write of VA"))
    // At the vector for synchronous exceptions of a lower level.
    #expect(host.ending.errors.contains("core 0: EL2 at 0x"))
    #expect(host.report["stateHash"] as? String == interpreter.report["stateHash"] as? String)
    #expect(detail == interpreter.report["detail"] as? String)
  }

  @Test("An access to a device ends the run behind the instruction", arguments: ["host-code", "interpreter"])
  func access(engine: String) throws {
    let run = try run("stage2", ["--break", "mmio:device=aux,access=write", "--engine", engine])
    #expect(run.ending.code == 14, "\(run.ending.errors)")
    #expect((run.report["detail"] as? String)?.contains("write of") == true)
  }

  @Test("An event that does not happen changes nothing")
  func absent() throws {
    let with = try run("stage2", ["--break", "hypercall"])
    let without = try run("stage2", [])
    #expect(with.ending.code == without.ending.code)
    #expect(with.report["stateHash"] as? String == without.report["stateHash"] as? String)
  }

  @Test("What no core does, and questions that are none, are refused")
  func refused() throws {
    for (options, text) in [
      (["--break", "console:text=x"], "--expect"), (["--break", "s2-fault:ipa=x"], "\"x\""),
      (["--inspect", "what"], "tayberry help inspect"), (["--inspect", "walk"], "address"),
      (["--inspect", "timers core 4"], "core is at most 3"), (["--inspect", "s2 12q"], "12q"),
    ] {
      let run = try run("stage2", options)
      #expect(run.ending.code == 2)
      #expect(run.ending.errors.contains(text), "\(run.ending.errors)")
      #expect(run.ending.errors.split(separator: "\n").count == 1)
    }
  }
}
