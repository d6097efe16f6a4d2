import CPU
import Fabric
import Foundation
import Symbols
import Testing

@testable import Machine

@Suite("Traces of real boots", .serialized, .tags(.boot), .enabled(if: Images.areThere))
struct TraceCountTests {
  /// How often functions of Xen were entered until Dom0 was ready, counted by breakpoints at their symbols.
  ///
  /// - Parameter functions: for each, the names that it may have.
  private func entries(of functions: [String: [String]], images: Images) throws -> [String: Int] {
    var configuration = RunConfiguration()
    configuration.xen = images.xen
    configuration.kernel = images.kernel
    configuration.initrd = images.initrd
    configuration.dtb = images.dtb
    let machine = try MachineFactory.makeBoard(configuration)
    let transcript = Transcript()
    machine.connectConsole(transcript)
    let xen = try KernelImage.expanded(try readWholeFile(images.xen))
    let symbols = SymbolMap.automatic(xen: xen, kernel: nil).map
    var nameOfAddress: [UInt64: String] = [:]
    for (name, candidates) in functions {
      let addresses = candidates.lazy.compactMap { symbols.addresses(of: $0, regime: .el2).first }
      nameOfAddress[try #require(addresses.first, "\(name)")] = name
    }
    let cluster = machine.board.cluster
    cluster.setDebuggerPoints(
      breakpoints: Set(nameOfAddress.keys.map { Breakpoint($0, if: DebuggerCondition(regime: 2)) }), watchpoints: [])
    var counts: [String: Int] = [:]
    while !transcript.text.contains("\nDOM0-READY"), cluster.time.now < 60_000_000_000 {
      // As the session cuts time, so that both runs end at the same slice.
      let limit = cluster.time.now + SessionPlan.sliceNanoseconds
      while case .paused(let core) = machine.board.loop.run(until: limit, canReceiveInput: { false }) {
        let pc = cluster.cores[core].programCounter
        if let name = nameOfAddress[pc] { counts[name, default: 0] += 1 }
      }
    }
    return counts
  }

  private func trace(_ images: Images, _ options: [String] = []) throws -> (bytes: Data, lines: [[String: Any]]) {
    let folder = try Folder()
    let path = folder.path + "/trace.jsonl"
    let boot = try Boot(
      images, xen: true, ["--expect", "^DOM0-READY", "--trace", "hypervisor", "--trace-to", path] + options)
    #expect(boot.code == 0, "\(boot.tail)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let lines = try bytes.split(separator: 10).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }
    return (bytes, lines)
  }

  @Test("Every stage-2 fault and hypercall is there: as many as Xen's handlers were entered", arguments: Images.available)
  func counts(images: Images) throws {
    let (bytes, lines) = try trace(images)
    var traced: [String: Int] = [:]
    for line in lines {
      switch line["event"] as? String {
      case "s2-fault": traced["s2-fault", default: 0] += 1
      case "hypercall": traced[try #require(line["name"] as? String), default: 0] += 1
      default: break
      }
    }
    #expect(traced["s2-fault"] ?? 0 > 100)
    #expect(traced["console_io"] ?? 0 > 100)
    // The table of hypercalls leads to do_NAME, or do_arm_NAME (xen/arch/arm/traps.c).
    var functions = ["s2-fault": ["do_trap_stage2_abort_guest"]]
    for name in traced.keys where name != "s2-fault" { functions[name] = ["do_arm_\(name)", "do_\(name)"] }
    let entered = try entries(of: functions, images: images)
    for (name, count) in traced { #expect(entered[name] == count, "\(name)") }
    func count(_ event: String) -> Int { lines.count { $0["event"] as? String == event } }
    for line in lines where ["s2-fault", "hypercall"].contains(line["event"] as? String) {
      #expect(line["domain"] as? String == "d0")
      #expect(line["symbol"] is String, "\(line)")
      if line["event"] as? String == "hypercall" {
        let name = try #require(line["name"] as? String)
        #expect(!name.contains("unknown"), "\(line)")
      }
    }
    // Every fault was handled, and by functions that have names.
    #expect(count("s2-end") == count("s2-fault"))
    for line in lines where line["event"] as? String == "s2-end" {
      let functions = try #require(line["functions"] as? [String])
      #expect(functions.contains("do_trap_stage2_abort_guest"), "\(line)")
    }
    // The same run is the same trace, and the other engine's as well.
    #expect(bytes == (try trace(images)).bytes)
    if images.suite == "bookworm" { #expect(bytes == (try trace(images, ["--engine", "interpreter"])).bytes) }
  }
}
