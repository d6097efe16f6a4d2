import Fabric
import Foundation
import Testing

@testable import Machine

/// The traces of guests that print what they saw themselves.
@Suite("Traces of bare-metal guests", .enabled(if: BareMetalGuests.toolsAreThere && Program.isBuilt))
struct GuestTraceTests {
  typealias Line = [String: Any]

  private struct Trace {
    let bytes: Data
    let lines: [Line]
    let stateHash: String

    func events(_ name: String) -> [Line] { lines.filter { $0["event"] as? String == name } }
  }

  /// Runs a guest to its end in the built program.
  private func trace(_ guest: String, _ events: [String], _ options: [String] = []) throws -> Trace {
    let folder = try Folder()
    let path = folder.path + "/trace.jsonl"
    let report = folder.path + "/report.json"
    let selection = events.flatMap { ["--trace", $0] } + (events.isEmpty ? [] : ["--trace-to", path])
    let ending = try Program.run(
      ["run", "--program", try BareMetalGuests.directory() + "/\(guest).img", "--console", "none", "--timeout", "10s"]
        + ["--report", report] + selection + options)
    #expect(ending.code != 2, "\(ending.errors)")
    let bytes = events.isEmpty ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
    let lines = try bytes.split(separator: 10).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? Line)
    }
    let summary = try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(fileURLWithPath: report))) as? Line
    return Trace(bytes: bytes, lines: lines, stateHash: summary?["stateHash"] as? String ?? "")
  }

  /// `esr=… far=… hpfar=…` of a transcript.
  private func syndromes(in transcript: String) -> [String] {
    transcript.split(separator: "\n").compactMap { line in
      guard let start = line.range(of: "esr=0x9"), line.contains("hpfar=") else { return nil }
      return String(line[start.lowerBound...])
    }
  }

  private func hexadecimal(_ value: Any?) -> UInt64? {
    (value as? String).flatMap { UInt64($0.dropFirst(2), radix: 16) }
  }

  @Test("Every stage-2 fault that a guest's EL2 reports is in the trace with the same registers")
  func stageTwoFaults() throws {
    let trace = try trace("stage2", ["s2-fault"])
    let told = syndromes(in: try BareMetalGuests.transcript("stage2"))
    #expect(told.count > 20)
    let traced = trace.events("s2-fault").compactMap { event -> String? in
      guard let esr = hexadecimal(event["esr"]), let far = hexadecimal(event["va"]),
        let ipa = hexadecimal(event["ipa"])
      else { return nil }
      return "esr=\(esr.hex()) far=\(far.hex()) hpfar=\(((ipa >> 12) << 4).hex())"
    }
    for line in told { #expect(traced.contains(line), "\(line)") }
  }

  @Test("A walk ends as the syndrome says, at the level that it names")
  func walks() throws {
    let trace = try trace("stage2", ["s2-fault"])
    var compared = 0
    for event in trace.events("s2-fault") {
      let esr = try #require(hexadecimal(event["esr"]))
      guard esr & 0x80 == 0, let steps = event["stage2"] as? [Line], let last = steps.last else { continue }
      // A translation fault ends at an invalid descriptor of its level, any other at a leaf.
      if esr & 0x3c == 4 {
        #expect(last["is"] as? String == "invalid", "\(event)")
        #expect((last["level"] as? NSNumber)?.uint64Value == esr & 3)
      } else if esr & 0x3c == 0xc {
        #expect(["page", "block"].contains(last["is"] as? String), "\(event)")
        #expect((last["level"] as? NSNumber)?.uint64Value == esr & 3)
      }
      compared += 1
    }
    #expect(compared > 15)
  }

  @Test("The same trace on every engine, and the same run as without one", arguments: ["stage2", "virtual-interrupts", "cores"])
  func engines(guest: String) throws {
    let events = ["hypervisor", "exception", "return", "tlbi", "mmio", "acknowledge", "wfi", "s1-fault", "irq"]
    let host = try trace(guest, events)
    let interpreter = try trace(guest, events, ["--engine", "interpreter"])
    let without = try trace(guest, [])
    #expect(host.lines.count > 100)
    #expect(host.bytes == interpreter.bytes)
    #expect(!host.stateHash.isEmpty)
    #expect(host.stateHash == without.stateHash)
  }

  @Test("Numbers run from 0, time and instructions of a core never go back")
  func order() throws {
    let trace = try trace("cores", ["exception", "return", "mmio"])
    var instructions: [Int: UInt64] = [:]
    for (number, event) in trace.lines.dropFirst().enumerated() {
      #expect((event["n"] as? NSNumber)?.intValue == number)
      let core = try #require(event["core"] as? Int)
      let count = try #require((event["instructions"] as? NSNumber)?.uint64Value)
      #expect(count >= instructions[core] ?? 0)
      instructions[core] = count
    }
    #expect(instructions.count == 4)
  }
}

@Suite("What is wrong with a trace's options", .enabled(if: Program.isBuilt))
struct TraceOptionTests {
  private func fails(_ options: [String], saying text: String) throws {
    let ending = try Program.run(["run", "--program", "/dev/null"] + options)
    #expect(ending.code == 2)
    #expect(ending.errors.contains(text), "\(ending.errors)")
    #expect(ending.errors.split(separator: "\n").count == 1)
  }

  @Test("Events without a file, a file without events, events that are none")
  func options() throws {
    try fails(["--trace", "s2-fault"], saying: "--trace-to FILE")
    try fails(["--trace-to", "x"], saying: "--trace EVENT")
    try fails(["--trace", "s2-fault:vmid=900", "--trace-to", "x"], saying: "900")
    try fails(["--trace", "nothing", "--trace-to", "x"], saying: "tayberry")
  }

  @Test("A full disk ends the run with its own code")
  func fullDisk() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full"), BareMetalGuests.toolsAreThere else { return }
    let ending = try Program.run([
      "run", "--program", try BareMetalGuests.directory() + "/stage2.img", "--console", "none", "--timeout", "10s",
      "--until", "power-off", "--until", "halted", "--trace", "hypervisor", "--trace-to", "/dev/full",
    ])
    #expect(ending.code == 13, "\(ending.errors)")
    #expect(ending.errors.contains("--trace-to"))
  }
}
