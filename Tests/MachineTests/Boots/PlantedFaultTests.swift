import Foundation
import Testing

@testable import Machine

/// Faults that Dom0 is made to take on the real images: what the trace says of them has to be what happened.
@Suite("Planted stage-2 faults", .serialized, .tags(.boot), .enabled(if: Images.areThere))
struct PlantedFaultTests {
  typealias Line = [String: Any]

  /// The fault at an IPA that Dom0's shell reads through /dev/mem, and what became of it.
  private func fault(_ images: Images, at address: String) throws -> (fault: Line, end: Line, console: String) {
    let folder = try Folder()
    let path = folder.path + "/trace.jsonl"
    let boot = try Boot(
      images, xen: true,
      [
        "--expect", "^DOM0-READY", "--expect", "# $", "--send", "devmem \(address); echo STATUS=$?", "--expect",
        "^STATUS=", "--trace", "s2-fault:ipa=\(address)", "--trace", "s2-end:ipa=\(address)", "--trace-to", path,
      ])
    #expect(boot.code == 0, "\(boot.tail)")
    let lines = try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 10).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? Line)
    }
    let fault = try #require(lines.first { $0["event"] as? String == "s2-fault" })
    let end = try #require(lines.first { $0["event"] as? String == "s2-end" })
    #expect(end["of"] as? Int == fault["n"] as? Int)
    return (fault, end, boot.console)
  }

  @Test(
    "A register block whose page Xen keeps for its console, and memory of nobody",
    arguments: Images.available,
    [("0xfe215004", "aux AUX_ENABLES"), ("0x50000000", "RAM"), ("0xfb000000", "nothing")])
  func unmapped(images: Images, place: (address: String, name: String)) throws {
    let (fault, end, console) = try fault(images, at: place.address)
    #expect(fault["ipa"] as? String == place.address)
    #expect(fault["at"] as? String == place.name)
    if place.address == "0xfe215004" { #expect((fault["node"] as? String)?.hasPrefix("/soc/aux@") == true) }
    #expect(fault["access"] as? String == "read")
    #expect(fault["size"] as? Int == 4)
    #expect(fault["domain"] as? String == "d0")
    #expect(fault["el"] as? Int == 0)
    #expect((fault["instruction"] as? String)?.hasPrefix("ldr w") == true)
    // Stage 1 maps the page that /dev/mem was asked for; stage 2 ends at nothing.
    let stage1 = try #require(fault["stage1"] as? [Line])
    #expect(stage1.last?["is"] as? String == "page")
    let stage2 = try #require(fault["stage2"] as? [Line])
    #expect(stage2.last?["is"] as? String == "invalid")
    // Xen has no handler for it and hands the guest an abort; Linux kills the program.
    #expect(end["outcome"] as? String == "injected")
    let functions = try #require(end["functions"] as? [String])
    #expect(functions.contains("try_handle_mmio"))
    #expect(functions.contains { $0.hasPrefix("inject_") && $0.contains("abt") }, "\(functions)")
    #expect(console.contains("STATUS=137") || console.contains("STATUS=135"), "\(console.suffix(300))")
  }
}
