import Fabric
import Foundation
import Testing

@testable import Machine

/// A guest of eleven instructions.
enum TinyGuest {
  /// Prints `text` on the mini UART and then reads its line status for ever: a lone branch to itself would
  /// count as halted.
  ///
  /// X0 = 0xFE21_5040 (AUX_MU_IO); waits for bit 5 of AUX_MU_LSR (transmitter can take a byte) before each
  /// byte (BCM2711 ARM Peripherals, 2.2.2).
  static func printing(_ text: String) -> Data {
    let words: [UInt32] = [
      0xd28a_0800, 0xf2bf_c420, 0x1000_0121, 0x3840_1422, 0x3400_00a2, 0xb940_1403, 0x362f_ffe3,
      0xb900_0002, 0x17ff_fffb, 0xb940_1403, 0x17ff_ffff,
    ]
    return words.reduce(into: Data()) { data, word in
      for shift in stride(from: 0, to: 32, by: 8) { data.append(UInt8(truncatingIfNeeded: word >> shift)) }
    } + Data(text.utf8) + [0]
  }
}

@Suite("Outputs destroy nothing, and what is lost is told", .enabled(if: Program.isBuilt))
struct OutputTests {
  private let folder: Folder
  private let guest: String
  private let image = TinyGuest.printing("one\ntwo\nready\n")

  init() throws {
    folder = try Folder()
    guest = folder.file("guest.bin", image)
  }

  private func run(_ arguments: String...) throws -> Program.Ending {
    try Program.run(["run", "--program", guest, "--expect", "ready", "--timeout", "1s"] + arguments)
  }

  /// What a shell makes of `script`, with the program as `$T` and the guest as `$G`.
  private func shell(_ script: String) throws -> Program.Ending {
    try Program.run(
      ["-c", script], executable: "/bin/sh", environment: ["T": Program.path ?? "", "G": guest])
  }

  @Test("The guest of these tests passes")
  func passes() throws {
    let report = folder.path + "/report.json"
    let ending = try run("--report", report)
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(ending.output == "one\ntwo\nready\n")
    #expect(folder.text("report.json").contains("\"exitCode\": 0"))
  }

  // MARK: Inputs and outputs

  @Test(
    "An output that is an input is refused, by whatever name",
    arguments: [["--report", ""], ["--log", ""], ["--console", "file:"]])
  func outputIsInput(option: [String]) throws {
    let link = folder.path + "/link"
    let hardLink = folder.path + "/hard"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "guest.bin")
    try FileManager.default.linkItem(atPath: guest, toPath: hardLink)
    for path in [guest, folder.path + "/./guest.bin", link, hardLink] {
      let ending = try run(option[0], option[1] + path)
      #expect(ending.code == 2, "\(ending.errors)")
      #expect(ending.errors.contains(option[0]) && ending.errors.contains("--program"), "\(ending.errors)")
      #expect(FileManager.default.contents(atPath: guest) == image)
    }
  }

  @Test("A machine file and a device tree are inputs, too")
  func otherInputs() throws {
    let json = Data("{\"program\": \"guest.bin\"}".utf8)
    let machine = folder.file("machine.json", json)
    let ending = try Program.run(["run", "--machine", machine, "--report", machine])
    #expect(ending.code == 2)
    #expect(ending.errors.contains("--report") && ending.errors.contains("--machine"), "\(ending.errors)")
    #expect(FileManager.default.contents(atPath: machine) == json)
    let tree = try Program.run(["dtb", "--kernel", machine, "--dtb", guest, "--out", guest])
    #expect(tree.code == 2)
    #expect(tree.errors.contains("--out") && tree.errors.contains("--dtb"), "\(tree.errors)")
    #expect(FileManager.default.contents(atPath: guest) == image)
  }

  @Test("Two outputs are two files, whether they are there or not")
  func outputIsOutput() throws {
    let there = folder.file("there", Data("kept".utf8))
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "missing")
    for (first, second) in [(there, there), (folder.path + "/missing", link)] {
      let ending = try run("--report", first, "--console", "file:" + second)
      #expect(ending.code == 2)
      #expect(ending.errors.contains("--report") && ending.errors.contains("--console"), "\(ending.errors)")
    }
    #expect(folder.text("there") == "kept")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/missing"))
    let null = try run("--report", "/dev/null", "--log", "/dev/null", "--console", "file:/dev/null")
    #expect(null.code == 0, "\(null.errors)")
  }

  @Test("A run that cannot start leaves every file as it was")
  func refusedRun() throws {
    for option in ["report", "log", "console"] {
      let kept = folder.file("kept-" + option, Data("kept".utf8))
      let value = option == "console" ? "file:" + kept : kept
      let ending = try Program.run(["run", "--program", "/nowhere/guest.bin", "--" + option, value])
      #expect(ending.code == 2)
      #expect(folder.text("kept-" + option) == "kept")
    }
    let unwritable = try run("--report", folder.path, "--log", folder.path + "/log")
    #expect(unwritable.code == 2)
    #expect(unwritable.errors.contains("--report"), "\(unwritable.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/log"))
  }

  // MARK: Readers that leave

  @Test("A reader who leaves standard output ends neither the run nor its report")
  func closedPipe() throws {
    let report = folder.path + "/report.json"
    let ending = try shell(
      "{ $T run --program $G --expect ready --timeout 1s --quiet --report \(report); echo $? >&2; } | :")
    #expect(folder.text("report.json").contains("\"consoleBytes\": 14"), "\(ending.errors)")
    let lines = ending.errors.split(separator: "\n")
    #expect(lines.last == "0", "\(ending.errors)")
    #expect(lines.count == 2 && lines[0].contains("standard output"), "\(ending.errors)")
  }

  @Test("Help is no failure when its reader leaves")
  func closedPipeOfHelp() throws {
    let ending = try shell("{ sleep 0.2; $T run --help; echo $? >&2; $T devices; echo $? >&2; } | :")
    #expect(ending.errors == "0\n0\n")
  }

  @Test("A standard output that is closed does not get the console into another file")
  func closedOutput() throws {
    let log = folder.path + "/log"
    let ending = try shell("$T run --program $G --expect ready --timeout 1s --quiet --log \(log) >&-")
    #expect(ending.code == 13, "\(ending.errors)")
    #expect(folder.text("log") == "")
  }

  @Test("An open pipe under /dev/fd takes a log and a report")
  func openPipe() throws {
    let ending = try shell(
      "$T run --program $G --expect ready --timeout 1s --quiet --console none --report /dev/stdout | cat")
    #expect(ending.output.contains("\"exitCode\": 0"), "\(ending.errors)")
    let number = try shell(
      "$T run --program $G --expect ready --timeout 1s --quiet --console none --log /dev/fd/3 3>&1 | cat")
    #expect(number.errors.isEmpty)
  }

  // MARK: Full disks

  private static let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")

  @Test(
    "What describes a board says when it could not be written", .enabled(if: hasFullDevice),
    arguments: ["devices", "help", "version"])
  func fullOutput(command: String) throws {
    let ending = try shell("$T \(command) >/dev/full")
    #expect(ending.code == 2)
    #expect(ending.errors.contains("No space left"), "\(ending.errors)")
  }

  @Test("13: a run whose output was lost has not passed", .enabled(if: hasFullDevice))
  func fullFiles() throws {
    let report = folder.path + "/report.json"
    let console = try run("--console", "file:/dev/full", "--quiet", "--report", report)
    #expect(console.code == 13)
    #expect(console.errors.split(separator: "\n").count == 1)
    #expect(console.errors.contains("--console") && console.errors.contains("/dev/full"))
    #expect(folder.text("report.json").contains("\"reason\": \"output-lost\""))
    let lost = try run("--report", "/dev/full", "--quiet")
    #expect(lost.code == 13)
    #expect(lost.errors.contains("--report") && lost.errors.contains("/dev/full"), "\(lost.errors)")
    #expect(try shell("$T run --program $G --expect ready --timeout 1s >/dev/full").code == 13)
    let failed = try Program.run(
      ["run", "--program", guest, "--expect", "never", "--timeout", "10ms", "--report", "/dev/full"])
    #expect(failed.code == 3)
  }

  @Test("A log that is lost is told", .enabled(if: hasFullDevice))
  func fullLog() throws {
    let log = try LogFile(path: "/dev/full")
    let entries = GuestLog()
    entries.once(.odd, source: "test", key: "x", message: "x")
    log.write(try #require(entries.entries.first))
    #expect(log.loss?.name == "--log: /dev/full")
    var outcome = SessionOutcome(reason: .passed, exitCode: .passed, detail: "")
    outcome.note(try #require(log.loss))
    #expect(outcome.exitCode == .outputLost)
  }
}
