import Foundation
import Testing

@testable import Machine

@Suite("A run ends when it is told to", .enabled(if: Program.isBuilt))
struct InterruptionTests {
  private let folder: Folder
  private let guest: String
  /// Backtracks through every way to divide the line's letters: 2^43 of them.
  private let endless = "(a+)+$"

  init() throws {
    folder = try Folder()
    guest = folder.file("guest.bin", TinyGuest.printing(String(repeating: "a", count: 44) + "X\n"))
  }

  /// Starts the program, sends it SIGTERM `times` times, and gives its code. Kills it if it stays.
  private func terminate(_ times: Int, _ arguments: String) throws -> Program.Ending {
    let script = """
      "$T" run --program "$G" --quiet \(arguments) & p=$!
      (sleep 15; kill -9 $p) 2>/dev/null & k=$!
      for i in $(seq \(times)); do sleep 1; kill -TERM $p; done
      wait $p; code=$?; kill $k 2>/dev/null; exit $code
      """
    return try Program.run(
      ["-c", script], executable: "/bin/sh", environment: ["T": Program.path ?? "", "G": guest])
  }

  @Test("12: one signal ends a run in order, with its report")
  func once() throws {
    let report = folder.path + "/report.json"
    let ending = try terminate(1, "--report \(report)")
    #expect(ending.code == 12, "\(ending.errors)")
    #expect(folder.text("report.json").contains("\"reason\": \"interrupted\""))
  }

  @Test("A second signal ends a run that does not come back")
  func twice() throws {
    let ending = try terminate(2, "--expect '\(endless)'")
    #expect(ending.code == 128 + 15, "\(ending.errors)")
  }

  @Test("4: a pattern that backtracks for ever is ended by the wall time limit, and named")
  func backtracking() throws {
    for option in ["--expect", "--fail"] {
      let ending = try terminate(0, "--wall-timeout 1s \(option) '\(endless)'")
      #expect(ending.code == 4, "\(ending.errors)")
      #expect(ending.errors.contains("\"\(endless)\""), "\(ending.errors)")
      #expect(ending.errors.split(separator: "\n").count == 1)
    }
  }
}
