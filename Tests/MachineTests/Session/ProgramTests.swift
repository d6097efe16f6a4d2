import Foundation
import Testing

@testable import Machine

@Suite("The program says what is wrong, and ends with 2", .enabled(if: Program.isBuilt))
struct ProgramTests {
  private func complain(_ arguments: [String], about words: [String]) throws {
    let ending = try Program.run(arguments)
    #expect(ending.code == 2, "\(ending.errors)")
    #expect(ending.errors.hasPrefix("tayberry: "))
    for word in words { #expect(ending.errors.contains(word), "\(ending.errors)") }
    // One line: where, what; remedy.
    #expect(ending.errors.split(separator: "\n").count == 1)
    #expect(ending.errors.contains("; "))
  }

  @Test("A file that is missing, a folder, or empty is named")
  func files() throws {
    let folder = try Folder()
    let file = folder.file("Image", Data([1, 2, 3]))
    let empty = folder.file("empty", Data())
    try complain(
      ["run", "--kernel", "/nowhere/Image", "--dtb", file], about: ["/nowhere/Image", "No such file"])
    try complain(["run", "--kernel", folder.path, "--dtb", file], about: [folder.path, "folder"])
    try complain(["run", "--kernel", empty, "--dtb", file], about: [empty, "empty"])
    try complain(["run", "--kernel", file, "--dtb", "/nowhere/b.dtb"], about: ["/nowhere/b.dtb"])
    try complain(["run", "--machine", "/nowhere/m.json"], about: ["/nowhere/m.json"])
  }

  @Test("An image that can be no SD card is named, and so is what belongs to a card that is not there")
  func cards() throws {
    let folder = try Folder()
    let guest = folder.file("guest.bin", Data([0, 0, 0, 0x14]))
    let empty = folder.file("empty", Data())
    let cut = folder.file("cut", Data(repeating: 1, count: 700))
    let run = ["run", "--program", guest, "--sd"]
    try complain(run + ["/nowhere/card"], about: ["--sd", "/nowhere/card", "does not exist"])
    try complain(run + [folder.path], about: ["--sd", "folder"])
    try complain(run + [folder.path, "--sd-persist"], about: ["--sd", "folder"])
    try complain(run + [empty], about: ["--sd", empty, "empty"])
    try complain(run + [cut], about: ["--sd", cut, "700 bytes"])
    try complain(run + [cut, "--sd-persist", "--sd-read-only"], about: ["--sd-persist"])
    try complain(run + [cut, "--report", cut], about: ["--report", "--sd"])
    for option in [["--sd-persist"], ["--sd-read-only"], ["--sd-remove-at", "1s"]] {
      try complain(["run", "--program", guest] + option, about: [option[0], "no SD card"])
    }
  }

  @Test("A kernel that is none is refused, not run as a program", arguments: [40, 64, 100_000])
  func kernels(count: Int) throws {
    let folder = try Folder()
    let file = folder.file("Image", Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 3) }))
    let tree = folder.file("board.dtb", Data(BootSamples.deviceTreeFile.bytes))
    try complain(["run", "--kernel", file, "--dtb", tree], about: [file])
  }

  @Test("A ramdisk that is damaged is refused before the guest runs")
  func ramdisks() throws {
    let folder = try Folder()
    let kernel = folder.file("Image", Data(BootSamples.image(memorySize: 0x2000)))
    let tree = folder.file("board.dtb", Data(BootSamples.deviceTreeFile.bytes))
    let damaged = folder.file("initrd", Data(BootSamples.gzip(BootSamples.archive()).dropLast(9)))
    try complain(
      ["run", "--kernel", kernel, "--dtb", tree, "--initrd", damaged], about: [damaged, "decompressed"])
  }

  @Test(
    "A report, log or console that cannot be written is found before the guest runs",
    arguments: [
      "--report", "--log",
    ])
  func outputs(option: String) throws {
    let file = try Folder().file("Image", Data([1]))
    try complain(["run", "--kernel", file, "--dtb", file, option, "/nowhere/out"], about: ["/nowhere/out"])
  }

  @Test("A machine file that is cut off, or says what it cannot, is told with its place")
  func machineFiles() throws {
    let folder = try Folder()
    let cut = folder.file("cut.json", Data("{\n  \"ram\": \"2G\",\n  \"ker".utf8))
    try complain(["run", "--machine", cut], about: ["cut.json:3:3"])
    let unknown = folder.file("unknown.json", Data("{\"kernle\": \"Image\"}".utf8))
    try complain(["run", "--machine", unknown], about: ["unknown.json:1:2", "did you mean \"kernel\"?"])
  }

  @Test("A command or an option that does not exist is named")
  func words() throws {
    try complain(["frobnicate"], about: ["frobnicate", "run, explain, trace, report, devices"])
    try complain(["run", "--frobnicate"], about: ["--frobnicate"])
    try complain(["devices", "--ram", "3G"], about: ["--ram", "1G, 2G, 4G or 8G"])
  }

  @Test("The commands that describe take their own options, and name their own help")
  func ownHelp() throws {
    try complain(["devices", "--kernel", "x"], about: ["--kernel", "tayberry devices", "help devices"])
    try complain(["devices", "--frobnicate"], about: ["--frobnicate", "help devices"])
    try complain(["devices", "x"], about: ["help devices"])
    try complain(["dtb", "--frobnicate"], about: ["--frobnicate", "help dtb"])
    try complain(["dtb", "--out="], about: ["--out", "missing"])
    #expect(try Program.run(["devices", "--ram", "4G", "--stepping=b0"]).code == 0)
  }

  @Test("An argument that is not UTF-8 is refused, and no file of another name is made")
  func notUTF8() throws {
    let folder = try Folder()
    let guest = folder.file("guest.bin", TinyGuest.printing("ready\n"))
    let ending = try Program.run(
      ["-c", "cd \(folder.path) && $T run --program \(guest) --expect ready --report \"$(printf 'r\\377')\""],
      executable: "/bin/sh", environment: ["T": Program.path ?? ""])
    #expect(ending.code == 2)
    #expect(ending.errors.hasPrefix("tayberry: argument 7:"), "\(ending.errors)")
    #expect(ending.errors.contains("not UTF-8"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["guest.bin"])
  }

  @Test(
    "Help and version are no errors",
    arguments: [["help"], ["help", "run"], ["run", "--help"], ["version"], ["--version"]])
  func help(arguments: [String]) throws {
    let ending = try Program.run(arguments)
    #expect(ending.code == 0)
    #expect(!ending.output.isEmpty)
    #expect(ending.errors.isEmpty)
  }

  @Test("No command at all shows how to call it")
  func nothing() throws {
    let ending = try Program.run([])
    #expect(ending.code == 2)
    #expect(ending.errors.contains("usage:"))
  }
}
