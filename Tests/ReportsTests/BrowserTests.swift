import Foundation
import Testing

@testable import Reports

private let hasBrowser = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { folder in
  ["chromium", "chromium-browser", "google-chrome"].contains {
    FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
  }
}

/// The page in headless Chromium, without a network (scripts/check-report).
@Suite("HTML report in a browser", .enabled(if: hasBrowser, "there is no chromium here"))
struct BrowserTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Exit code and output of `scripts/check-report` for a page of these events.
  private func check(_ events: [String], _ texts: [String]) throws -> (status: Int32, output: String) {
    let page = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString).html")
    defer { try? FileManager.default.removeItem(at: page) }
    let trace = try Trace(Array(traceText(events).utf8), file: "t")
    try Data(HTMLReport(trace).bytes).write(to: page)
    let process = Process()
    process.executableURL = Self.repository.appendingPathComponent("scripts/check-report")
    process.arguments = [page.path] + texts
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  @Test("It opens without errors, and its numbers are there")
  func opens() throws {
    let (status, output) = try check(
      [
        event(100, "return", el: 2, #""to":1"#), faultLine(),
        event(5000, "hypercall", el: 1, #""number":29,"name":"HYPERVISOR_sched_op","operation":"block""#),
        event(5200, "hypercall-end", el: 2, #""of":2,"number":29,"result":"0x0""#),
      ],
      ["<b>1</b><span>hypercalls</span>", "gic.distributor", "HYPERVISOR_sched_op block"])
    #expect(status == 0, "\(output)")
    #expect(output.contains("slices 3,") || output.contains("slices 2,"), "\(output)")
  }

  @Test("A text that is not there is missed")
  func misses() throws {
    let (status, output) = try check([faultLine()], ["no such text"])
    #expect(status == 1 && output.contains("no such text"))
  }

  @Test("A hostile trace runs no script of its own")
  func hostile() throws {
    let text = #"</script><script>document.title='taken';foo()</script><img src=x onerror=foo()>"#
    let (status, output) = try check(
      [
        faultLine(at: text), event(10_000, "trap", el: 1, #""meaning":"\#(text)""#),
        #"{"time":9,"event":"console","text":"\#(text)"}"#,
      ], ["<title>Tayberry: trace report</title>"])
    #expect(status == 0, "\(output)")
  }

  @Test("100,000 events are drawn in a moment")
  func large() throws {
    var events: [String] = []
    for number in 0..<50_000 {
      let core = number % 4, time = number * 1000 + core
      events.append(event(time, "trap", core: core, el: 1, vcpu: core, #""meaning":"WFI""#))
      events.append(event(time + 300 + number % 7, "return", core: core, el: 2, vcpu: core, #""to":1"#))
    }
    let (status, output) = try check(events, ["<dd>100,000</dd>"])
    #expect(status == 0, "\(output)")
    let frame = output.split(separator: " ").last.flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    // A frame a second would be unusable; a host under load still needs room.
    #expect(try #require(frame) < 500, "\(output)")
  }
}
