import Testing

@testable import Machine

@Suite("Machine files say what flags say")
struct MachineFileTests {
  @Test(
    "An empty pattern or path is refused with its place",
    arguments: [
      "{\"script\": [{\"expect\": \"\"}]}", "{\"fail\": [\"\"]}", "{\"report\": \"\"}",
      "{\"kernel\": \"a\\u0000b\"}", "{\"console\": \"file:\"}",
    ])
  func emptyValues(text: String) {
    var configuration = RunConfiguration()
    let error = #expect(throws: BadInput.self) {
      try MachineFile.apply(Array(text.utf8), file: "folder/m.json", to: &configuration)
    }
    #expect(error?.place?.hasPrefix("1:") == true)
  }

  private func read(_ text: String, file: String = "m.json") throws(BadInput) -> RunConfiguration {
    var configuration = RunConfiguration()
    try MachineFile.apply(Array(text.utf8), file: file, to: &configuration)
    return configuration
  }

  private func problem(_ text: String) -> BadInput? {
    do {
      _ = try read(text)
      return nil
    } catch {
      return error
    }
  }

  @Test("Every key is understood, and gives what the flags give")
  func everything() throws {
    let file = """
      {
        "xen": "x", "kernel": "k", "initrd": "i", "dtb": "d", "xen-args": "a b", "append": "c",
        "ram": "4G", "stepping": "b0", "serial": "pl011", "uart-pacing": true, "seed": 42,
        "engine": "interpreter", "console": "pty",
        "script": [{ "expect": "one", "send": "two" }, { "expect": "three" }],
        "fail": ["four", "five"], "until": "halted", "timeout": 90, "wall-timeout": "2m",
        "loop-limit": 7, "strict": true, "report": "r", "log": "l", "quiet": true
      }
      """
    let flags = try RunArguments.parse([
      "--xen", "x", "--kernel", "k", "--initrd", "i", "--dtb", "d", "--xen-args", "a b", "--append", "c",
      "--ram", "4G",
      "--stepping", "b0", "--serial", "pl011", "--uart-pacing", "--seed", "42", "--engine", "interpreter",
      "--console",
      "pty", "--expect", "one", "--send", "two", "--expect", "three", "--fail", "four", "--fail", "five",
      "--until",
      "halted", "--timeout", "90", "--wall-timeout", "2m", "--loop-limit", "7", "--strict", "--report", "r",
      "--log", "l",
      "--quiet",
    ])
    #expect(try read(file) == flags)
  }

  @Test("Relative paths start at the folder of the file")
  func paths() throws {
    let configuration = try read(
      "{\"kernel\": \"Image\", \"dtb\": \"/abs/b.dtb\", \"console\": \"file:out.txt\"}",
      file: "images/bookworm/m.json")
    #expect(configuration.kernel == "images/bookworm/Image")
    #expect(configuration.dtb == "/abs/b.dtb")
    #expect(configuration.console == .file("images/bookworm/out.txt"))
  }

  @Test(
    "What is wrong is told with its line and column",
    arguments: [
      ("{\n  \"ramm\": \"2G\"\n}", "2:3", "did you mean \"ram\"?"),
      ("{\"ram\": \"3G\"}", "1:9", "1G, 2G, 4G or 8G"),
      ("{\"kernel\": 5}", "1:12", ""), ("{\"kernel\": null}", "1:12", "a text"),
      ("{\"strict\": \"yes\"}", "1:12", "true or false"),
      ("{\"fail\": [\"a\",\n\"(\"]}", "2:1", "backslash"), ("[]", "1:1", "{"),
      ("{\"expect\": \"x\"}", "1:2", "script"),
      ("{\"script\": {}}", "1:12", "expect"), ("{\"script\": [{}]}", "1:13", "expect"),
      ("{\"script\": [{\"wait\": \"x\"}]}", "1:14", "expect"),
      ("{\"script\": [{\"send\": 5}]}", "1:22", "text"),
      ("{\"ram\": \"2G\",\n \"ram\": \"4G\"}", "2:2", "keep one"), ("{\"ram\": \"2G\"", "1:13", "ram"),
      ("", "1:1", "complete"),
      ("{\"ram\": \"2G\",}", "1:14", "key"), ("{\"ram\": \"2G\"} x", "1:15", "remove"),
      ("{\"seed\": 01}", "1:10", ""),
      ("{\"seed\": 1.}", "1:10", ""), ("{\"seed\": -}", "1:10", ""), ("{\"seed\": 1e}", "1:10", ""),
      ("{\"seed\": 0.5}", "1:10", "42"),
      ("{\"xen\": \"a\nb\"}", "1:11", ""), ("{\"xen\": \"a\\qb\"}", "1:11", "backslash"),
      ("{\"xen\": \"\\u12g4\"}", "1:10", "u001b"),
      ("{\"xen\": \"a", "1:9", "close"), ("{\"xen\": nul}", "1:9", "quotes"), ("{\"xen\" 5}", "1:8", ""),
      ("{5: 5}", "1:2", ""),
    ])
  func faults(text: String, place: String, remedy: String) throws {
    let error = try #require(problem(text))
    #expect(error.source == "m.json")
    #expect(error.place == place)
    #expect(remedy.isEmpty || error.description.contains(remedy), "\(error)")
  }

  @Test("Every cut of a valid file is refused and crashes nothing")
  func truncated() throws {
    let whole =
      "{\"ram\": \"2G\", \"seed\": -1.5e+3, \"fail\": [\"\\u00e9\\ud83d\\ude00\", \"b\"], \"strict\": true}"
    for count in 0..<whole.utf8.count {
      let cut = Array(whole.utf8.prefix(count))
      #expect(throws: BadInput.self) { try JSONParser.parse(cut, file: "cut") }
    }
    #expect(throws: Never.self) { try JSONParser.parse(Array(whole.utf8), file: "whole") }
  }

  @Test("Nesting without end is refused")
  func nesting() {
    let deep = Array(String(repeating: "[", count: 100_000).utf8)
    #expect(throws: BadInput.self) { try JSONParser.parse(deep, file: "deep") }
  }

  @Test("Bytes that are no UTF-8 are refused")
  func encoding() {
    #expect(throws: BadInput.self) { try JSONParser.parse([0x22, 0xff, 0x22], file: "latin") }
  }

  @Test("Strings go out and come back the same", arguments: ["", "a\"b\\c", "\n\t\u{1}\u{1f}", "é😀", "/"])
  func roundTrip(text: String) throws {
    let node = try JSONParser.parse(Array(JSONValue.string(text).text.utf8), file: "round")
    guard case .string(let back) = node.content else {
      Issue.record("no string")
      return
    }
    #expect(back == text)
  }
}
