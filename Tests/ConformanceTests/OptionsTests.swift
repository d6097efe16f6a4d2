import Testing

@testable import conformance

@Suite("Options of the conformance program")
struct OptionsTests {
  @Test("Names with and without values, numbers in both bases")
  func reads() throws {
    let options = try Options(["--count", "20", "--quick", "--seed", "0x10"])
    #expect(try options.number("count", default: 1) == 20)
    #expect(try options.number("seed", default: 1) == 16)
    #expect(try options.number("cases", default: 7) == 7)
    #expect(options.has("quick") && !options.has("json"))
  }

  @Test("--help is help, and an option that the usage does not name is refused, before anything runs")
  func help() throws {
    let subcommand = Subcommand(name: "test", usage: "[--count N | --big-endian]") { _ in
      Issue.record("it ran")
      return 1
    }
    #expect(try subcommand.start(["--count", "3", "--help"]) == 0)
    #expect(try subcommand.start(["-h"]) == 0)
    #expect(throws: Complaint.self) { try subcommand.start(["--programs", "3"]) }
    #expect(try Subcommand(name: "test", usage: "[--big-endian]") { _ in 7 }.start(["--big-endian"]) == 7)
  }

  @Test("What is no option or no number is refused")
  func refuses() throws {
    #expect(throws: Complaint.self) { try Options(["20"]) }
    #expect(throws: Complaint.self) { try Options(["--count", "many"]).number("count", default: 1) }
  }
}
