import Testing

@testable import Machine

@Suite("Arguments of tayberry run")
struct RunArgumentsTests {
  private func problem(_ arguments: [String], files: [String: String] = [:]) -> BadInput? {
    do {
      _ = try parse(arguments, files: files)
      return nil
    } catch {
      return error
    }
  }

  private func parse(_ arguments: [String], files: [String: String] = [:]) throws(BadInput)
    -> RunConfiguration
  {
    try RunArguments.parse(arguments) { path throws(BadInput) in
      guard let text = files[path] else { throw BadInput(path, "is not there", remedy: "make it") }
      return Array(text.utf8)
    }
  }

  @Test("Every option is understood")
  func everything() throws {
    let configuration = try parse([
      "--xen", "x", "--kernel=k", "--initrd", "i", "--dtb", "d", "--xen-args", "a b", "--append=--c", "--ram",
      "4g",
      "--stepping", "b0", "--serial", "pl011", "--uart-pacing", "--seed", "0x2a", "--engine", "interpreter",
      "--console", "tcp:4000", "--expect", "one", "--send", "two", "--expect", "three", "--fail", "four",
      "--until",
      "halted", "--until", "reset", "--timeout", "1.5m", "--wall-timeout", "500ms", "--loop-limit", "7",
      "--strict",
      "--report", "r", "--log", "l", "--quiet", "--program", "p", "--xen-at", "0x200000", "--kernel-at", "1",
      "--initrd-at", "2", "--dtb-at", "3", "--program-at", "4", "--disable", "/a", "--disable", "b",
      "--sd", "c", "--sd-persist", "--sd-read-only", "--sd-remove-at", "3s",
    ])
    var expected = RunConfiguration()
    expected.xen = "x"
    expected.kernel = "k"
    expected.initrd = "i"
    expected.dtb = "d"
    expected.xenArguments = "a b"
    expected.kernelArguments = "--c"
    expected.ramBytes = 4 << 30
    expected.stepping = .b0
    expected.serial = .pl011
    expected.pacesUART = true
    expected.seed = 42
    expected.engine = .interpreter
    expected.console = .tcp(4000)
    expected.plan.script = [.expect("one"), .send("two"), .expect("three")]
    expected.plan.failPatterns = ["four"]
    expected.plan.until = [.halted, .reset]
    expected.plan.guestTimeout = 90_000_000_000
    expected.plan.wallTimeout = 0.5
    expected.plan.messageLoopLimit = 7
    expected.plan.isStrict = true
    expected.report = "r"
    expected.log = "l"
    expected.isQuiet = true
    expected.program = "p"
    expected.xenAddress = 0x200000
    expected.kernelAddress = 1
    expected.initrdAddress = 2
    expected.dtbAddress = 3
    expected.programAddress = 4
    expected.disabledNodes = ["/a", "b"]
    expected.cardImage = "c"
    expected.persistsCard = true
    expected.isCardReadOnly = true
    expected.cardRemovalTime = 3_000_000_000
    #expect(configuration == expected)
  }

  @Test(
    "Times are understood in their units",
    arguments: [
      ("90", 90_000_000_000), ("90s", 90_000_000_000), ("500ms", 500_000_000), ("2m", 120_000_000_000),
      ("0.5h", 1_800_000_000_000),
      ("7us", 7000), ("3ns", 3),
    ] as [(String, UInt64)])
  func times(text: String, nanoseconds: UInt64) throws {
    #expect(try OptionValue.nanoseconds(text) == nanoseconds)
  }

  @Test(
    "What cannot be a value is refused, with the option's name",
    arguments: [
      ["--ram", "3G"], ["--ram", ""], ["--stepping", "c1"], ["--serial", "usb"], ["--seed", "-1"],
      ["--seed", "0x"],
      ["--seed", "18446744073709551616"], ["--engine", "magic"], ["--console", "tcp:70000"],
      ["--console", "file:"],
      ["--console", "window"], ["--timeout", "0"], ["--timeout", "-5"], ["--timeout", "1e300"],
      ["--timeout", "inf"],
      ["--timeout", "soon"], ["--wall-timeout", "nan"], ["--loop-limit", "many"], ["--until", "later"],
      ["--expect", "("], ["--fail", "[a"], ["--send", "\\q"], ["--strict=perhaps"],
    ])
  func badValues(arguments: [String]) {
    let error = problem(arguments)
    #expect(error?.source == arguments[0].split(separator: "=").first.map(String.init))
    #expect(error?.remedy.isEmpty == false)
  }

  @Test(
    "An empty pattern or file is refused by the option's name",
    arguments: [
      "expect", "fail", "report", "log", "kernel", "xen", "initrd", "dtb", "program", "sd", "machine",
    ])
  func emptyValues(option: String) {
    for arguments in [["--\(option)", ""], ["--\(option)="]] {
      #expect(problem(arguments)?.source == "--\(option)")
      #expect(problem(arguments)?.problem.contains("empty") == true)
    }
  }

  @Test(
    "A value out of range is answered with the range",
    arguments: [
      (["--timeout", "99999999999999h"], "2499999h"), (["--wall-timeout", "0"], "2499999h"),
      (["--console", "tcp:99999"], "65535"), (["--console", "tcp:+1"], "65535"),
    ])
  func ranges(arguments: [String], range: String) {
    #expect(problem(arguments)?.remedy.contains(range) == true)
    #expect(problem(["--timeout", "2499999h"]) == nil)
  }

  @Test("An option that does not exist is named, with its nearest neighbour")
  func unknown() {
    #expect(problem(["--kernal", "x"])?.remedy == "did you mean --kernel?")
    #expect(problem(["--frobnicate"])?.source == "--frobnicate")
    #expect(problem(["Image"])?.source == "Image")
    #expect(problem(["-k"]) != nil)
    #expect(problem(["--"]) != nil)
  }

  @Test("A value that is missing does not eat the next option")
  func missingValue() {
    #expect(problem(["--kernel", "--xen", "x"])?.problem == "its value is missing")
    #expect(problem(["--kernel"])?.source == "--kernel")
  }

  @Test(
    "What is missing or contradictory as a whole is refused",
    arguments: [
      [], ["--kernel", "k"], ["--kernel", "k", "--dtb", "d", "--xen-args", "a"],
      ["--kernel", "k", "--dtb", "d", "--ram", "8G", "--stepping", "b0"],
      ["--kernel", "k", "--dtb", "d", "--program", "p"],
      ["--kernel", "k", "--dtb", "d", "--initrd-at", "0x4000000"],
    ])
  func incomplete(arguments: [String]) throws {
    let configuration = try parse(arguments)
    #expect(throws: BadInput.self) { try configuration.validate() }
  }

  @Test("Flags after a machine file win over it, lists add up")
  func machineFile() throws {
    let file = "{\"ram\": \"1G\", \"kernel\": \"k\", \"fail\": \"a\"}"
    let configuration = try parse(
      ["--machine", "m.json", "--ram", "8G", "--fail", "b"], files: ["m.json": file])
    #expect(configuration.ramBytes == 8 << 30)
    #expect(configuration.kernel == "k")
    #expect(configuration.plan.failPatterns == ["a", "b"])
  }

  @Test("Help names every option on lines that fit a terminal")
  func help() {
    for option in RunOption.all { #expect(RunArguments.help.contains("--\(option.name) ")) }
    #expect(RunArguments.help.split(separator: "\n").allSatisfy { $0.count <= 110 })
  }
}
