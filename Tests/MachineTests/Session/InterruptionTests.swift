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
  private func terminate(_ times: Int, _ arguments: String...) throws -> Program.Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path ?? "/nonexistent")
    process.arguments = ["run", "--program", guest, "--quiet", "--console", "none"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: folder.file("stderr", Data()))
    try process.run()
    for _ in 0..<times {
      Thread.sleep(forTimeInterval: 2)
      kill(process.processIdentifier, SIGTERM)
    }
    for _ in 0..<300 where process.isRunning { Thread.sleep(forTimeInterval: 0.1) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let isExit = process.terminationReason == .exit
    return Program.Ending(
      code: process.terminationStatus + (isExit ? 0 : 128), output: "", errors: folder.text("stderr"))
  }

  @Test("12: one signal ends a run in order, with its report")
  func once() throws {
    let report = folder.path + "/report.json"
    let ending = try terminate(1, "--report", report)
    #expect(ending.code == 12, "\(ending.errors)")
    #expect(folder.text("report.json").contains("\"reason\": \"interrupted\""))
  }

  @Test("A second signal ends a run that does not come back")
  func twice() throws {
    let ending = try terminate(2, "--expect", endless)
    #expect(ending.code == 128 + 15, "\(ending.errors)")
  }

  @Test("4: a pattern that backtracks for ever is ended by the wall time limit, and named")
  func backtracking() throws {
    for option in ["--expect", "--fail"] {
      let ending = try terminate(0, "--wall-timeout", "1s", option, endless)
      #expect(ending.code == 4, "\(ending.errors)")
      #expect(ending.errors.contains("\"\(endless)\""), "\(ending.errors)")
      #expect(ending.errors.split(separator: "\n").count == 1)
    }
  }
}
