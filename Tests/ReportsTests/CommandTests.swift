import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment

/// The program itself, as people call it (TAYBERRY_BINARY).
@Suite("Commands that read traces", .enabled(if: environment["TAYBERRY_BINARY"] != nil, "TAYBERRY_BINARY is not set"))
final class CommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reports-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func write(_ name: String, _ text: String) throws -> String {
    let file = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func tayberry(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: environment["TAYBERRY_BINARY"] ?? "")
    process.arguments = arguments
    let output = folder.appendingPathComponent("output"), errors = folder.appendingPathComponent("errors")
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try read("output"), try read("errors"))
  }

  private let events = [faultLine(), event(2000, "trap", core: 2, el: 1, vcpu: 2, #""meaning":"WFI""#)]

  @Test("explain counts, and explains what it is asked for")
  func explain() throws {
    let trace = try write("t.jsonl", traceText(events))
    let summary = try tayberry(["explain", trace])
    #expect(summary.code == 0 && summary.errors.isEmpty)
    #expect(summary.output.contains("1 stage-2 fault\n") && summary.output.contains("--number 0"))
    for arguments in [["--number", "0"], ["--limit=1"], ["--vmid", "1", "--ipa=0xff841000-0xff842000", "--limit", "9"]] {
      let one = try tayberry(["explain", trace] + arguments)
      #expect(one.code == 0 && one.output.hasPrefix("stage-2 fault 0: write of 4 bytes by d0v2"), "\(arguments)")
    }
    #expect(try tayberry(["explain", trace, "--number", "1"]).output.hasPrefix("trap 1 by d0v2"))
    #expect(try tayberry(["explain", trace, "--ipa", "0x5", "--limit", "1"]).output == "no event is like that\n")
  }

  @Test("trace shows a line an event, and explain --text the same")
  func lines() throws {
    let trace = try write("t.jsonl", traceText(events))
    let lines = try tayberry(["trace", trace])
    #expect(lines.code == 0 && lines.output.split(separator: "\n").count == 2)
    #expect(try tayberry(["explain", trace, "--text"]).output == lines.output)
    #expect(try tayberry(["trace", trace, "--event", "trap"]).output.split(separator: "\n").count == 1)
  }

  @Test("report writes both files, the same ones each time")
  func report() throws {
    let trace = try write("t.jsonl", traceText(events))
    for number in 1...2 {
      let result = try tayberry(["report", trace, "--html", path("\(number).html"), "--perfetto=\(path("\(number).json"))"])
      #expect(result.code == 0 && result.output.isEmpty && result.errors.isEmpty)
    }
    #expect(try read("1.html").hasPrefix("<!doctype html>") && read("1.html") == read("2.html"))
    #expect(try read("1.json").contains("traceEvents") && read("1.json") == read("2.json"))
  }

  @Test(
    "What cannot be done is refused in one line with a remedy",
    arguments: [
      (["explain"], "the trace is missing"), (["explain", "T", "T"], "is one file too many"),
      (["explain", "T", "--event", "s3-fault"], "is no event"), (["explain", "T", "--number", "x"], "is no number"),
      (["explain", "T", "--number", "77"], "there is no such event"), (["explain", "T", "--ipa", "9-1"], "is no range"),
      (["explain", "T", "--colour", "1"], "there is no such option"), (["explain", "T", "--limit"], "its value is missing"),
      (["trace", "T", "--vmid", "1", "--vmid", "2"], "is given twice"), (["trace", "/nowhere"], "cannot be opened"),
      (["report", "T"], "nothing is asked for"), (["report", "T", "--html", "T"], "is the same file"),
      (["report", "T", "--html", "/nowhere/x"], "cannot be written"), (["trace", "BAD"], "BAD:3:17: the line ends in the middle"),
    ])
  func refusals(_ arguments: [String], _ problem: String) throws {
    let trace = try write("t.jsonl", traceText(events)), bad = try write("BAD", traceText([events[0], #"{"time":1,"#]))
    let result = try tayberry(arguments.map { $0 == "T" ? trace : $0 == "BAD" ? bad : $0 })
    #expect(result.code == 2 && result.output.isEmpty)
    #expect(result.errors.contains(problem), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(try read("t.jsonl") == traceText(events))
  }

  @Test("Help has a page for each", arguments: ["explain", "trace", "report"])
  func help(_ command: String) throws {
    let page = try tayberry(["help", command])
    #expect(page.code == 0 && page.output.hasPrefix("usage: tayberry \(command) TRACE"))
    #expect(try tayberry([command, "--help"]).output == page.output)
  }

  private static let images = environment["TAYBERRY_IMAGES"].map { $0 + "/bookworm" }

  @Test(
    "A real boot: all faults and hypercalls of the trace are in the text, on the page and in Perfetto's file",
    .enabled(if: environment["TAYBERRY_BOOTS"]?.contains("bookworm") == true, "there are no images"))
  func boot() throws {
    let images = try #require(Self.images)
    let trace = path("boot.jsonl")
    let run = try tayberry([
      "run", "--xen", "\(images)/xen", "--kernel", "\(images)/linux", "--initrd", "\(images)/initramfs.cpio.gz", "--dtb",
      "\(images)/bcm2711-rpi-4-b.dtb", "--expect", "/ #",
      // A hole of the board, read by a process of Dom0.
      "--send", "devmem 0x700000000; echo ended-$?", "--expect", "ended-[0-9]", "--timeout", "10m", "--wall-timeout", "5m",
      "--trace", "hypervisor", "--trace", "irq", "--trace", "return:el=2", "--trace", "acknowledge", "--trace-to", trace,
    ])
    #expect(run.code == 0, "\(run.errors.suffix(300))")
    let lines = try read("boot.jsonl")
    let faults = lines.split(separator: "\n").count { $0.contains("\"event\":\"s2-fault\"") }
    let calls = lines.split(separator: "\n").count { $0.contains("\"event\":\"hypercall\"") }
    #expect(faults > 100 && calls > 100)
    func grouped(_ number: Int) -> String { number < 1000 ? "\(number)" : "\(number / 1000),\(String("\(number)".suffix(3)))" }
    let all = try tayberry(["explain", trace, "--event", "all"]).output
    #expect(all.contains("\n\(grouped(faults)) stage-2 faults\n") && all.contains("\n\(grouped(calls)) hypercalls\n"))
    let texts = try tayberry(["explain", trace, "--event", "s2-fault", "--limit", "1000000"]).output
    let explained = texts.split(separator: "\n").filter { $0.hasPrefix("stage-2 fault ") }
    #expect(explained.count == faults)
    #expect(!texts.contains("the guest has not run since"))
    let planted = try tayberry(["explain", trace, "--ipa", "0x700000000-0x700000fff", "--limit", "2"]).output
    #expect(planted.hasPrefix("stage-2 fault ") && planted.contains(" at a hole of the board\n"))
    #expect(planted.contains("the IPA is a hole: the board has nothing there, and stage 2 maps nothing"))
    #expect(planted.contains("at EL0\n") && planted.contains("ended        injected, after"))
    #expect(planted.contains("do_trap_stage2_abort_guest"))
    let report = try tayberry(["report", trace, "--html", path("boot.html"), "--perfetto", path("boot.json")])
    #expect(report.code == 0)
    let page = try read("boot.html")
    #expect(page.contains("<b>\(grouped(faults))</b><span>stage-2 faults</span>"))
    #expect(page.contains("<b>\(grouped(calls))</b><span>hypercalls</span>"))
    #expect(page.contains("As it was at the end of the run."))
    #expect(page.contains("<td>nothing</td><td>read</td><td>injected</td>"))
    #expect(page.contains("0x700000000  nothing: 1 fault"))
    let document = try JSONSerialization.jsonObject(with: Data(try read("boot.json").utf8)) as? [String: Any]
    let drawn = try #require(document?["traceEvents"] as? [[String: Any]])
    #expect(drawn.count { $0["ph"] as? String == "i" && $0["cat"] as? String == "s2-fault" } == faults)
    #expect(drawn.count { $0["ph"] as? String == "i" && $0["cat"] as? String == "hypercall" } == calls)
    #expect(drawn.contains { $0["ph"] as? String == "f" })
    // Slices of a core follow each other.
    for core in 1...4 {
      let slices = drawn.filter { $0["ph"] as? String == "X" && $0["tid"] as? Int == core }
      #expect(!slices.isEmpty)
      var end = 0
      for slice in slices {
        func nanoseconds(_ key: String) -> Int { Int(((slice[key] as? Double ?? -1) * 1000).rounded()) }
        #expect(nanoseconds("ts") >= end)
        end = nanoseconds("ts") + nanoseconds("dur")
      }
    }
  }
}
