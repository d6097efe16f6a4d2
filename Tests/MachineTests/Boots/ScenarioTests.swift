import Foundation
import Testing

/// One of `scripts/scenario`, as docs/scenarios/README.md tells.
struct Scenario {
  let arguments: [String]
  let images: String

  init(_ name: String, _ suite: Images? = nil) {
    arguments = [name] + (suite.map { ["--suite", $0.suite] } ?? [])
    images = suite.map { ($0.folder as NSString).deletingLastPathComponent } ?? "/nonexistent"
  }

  func run(_ more: String...) throws -> Program.Ending {
    try Program.run(
      arguments + more, executable: Boot.repository + "/scripts/scenario",
      environment: ["TAYBERRY_BINARY": Program.path ?? "", "TAYBERRY_IMAGES": images])
  }

  /// The three forms; the script itself looks for what the page tells.
  func check(finds text: String) throws {
    let first = try run()
    #expect(first.code == 0, "\(first.errors)\(first.output)")
    #expect(first.output.contains(text))
    let second = try run("--", "--engine", "interpreter")
    #expect(second.output == first.output)
    let again = try run()
    #expect(again.output == first.output)
    let fixed = try run("--fixed")
    #expect(fixed.code == 0 && fixed.output == "nothing found\n", "\(fixed.errors)\(fixed.output)")
    let unchecked = try run("--unchecked")
    #expect(unchecked.code == 0, "\(unchecked.errors)\(unchecked.output)")
  }
}

/// The ones that are guests of firmware/scenarios.
@Suite(
  "DMA scenarios without an operating system",
  .enabled(if: BareMetalGuests.toolsAreThere && Program.isBuilt, "clang or ld.lld is missing, or the program"))
struct GuestScenarioTests {
  static let names: [(name: String, finds: String)] = [
    ("vmalloc-address", "(free_coherent+0xc): read of VA 0x26c340: translation fault, level 0"),
    ("vmalloc-bus-address", "reaches     physical page 0x11b0d000, which VMID 1 does not map"),
    ("use-after-unmap", "owner       VMID 2 maps it at IPA 0x900000"),
    ("beyond-1-gib", "reaches     physical 0x10000000, page 0x10000000"),
  ]

  @Test(
    "is found, with the same bytes from both engines; its counterpart is clean; the board does what the page says",
    arguments: names)
  func scenario(_ name: String, _ finds: String) throws {
    try Scenario(name).check(finds: finds)
  }
}

/// The ones on Debian's images.
@Suite("DMA scenarios on Debian's Xen", .tags(.boot), .enabled(if: Images.areThere, "there are no images"))
struct ScenarioTests {
  private static let plain = ["no-low-memory", "beyond-3-gib", "foreign-page", "grant-table-page"]
  private static let withCard = ["physical-address", "wrong-stepping"]
  static let suite = Images.available.first { $0.suite == "bookworm" } ?? Images.available[0]

  /// The ones for which everything is there: scripts/make-sd-card leaves the ramdisk with the SD host's driver.
  static var names: [String] {
    guard Images.areThere else { return plain }
    let hasCard = FileManager.default.fileExists(atPath: suite.folder + "/sd-card.initramfs.cpio.gz")
    let root = (suite.folder as NSString).deletingLastPathComponent
    let hasBoth = ["bullseye", "bookworm"].allSatisfy {
      FileManager.default.fileExists(atPath: "\(root)/\($0)/u-boot.bin")
    }
    return plain + (hasCard ? withCard : []) + (hasBoth ? ["old-u-boot", "sdma-boundary"] : [])
  }

  @Test(
    "is found, with the same bytes from both engines; its counterpart is clean; the board does what the page says",
    arguments: names)
  func scenario(_ name: String) throws {
    try Scenario(name, Self.suite).check(finds: "dma-check: ")
  }

  @Test("a clean boot has no finding, with every rule on, and its state is that of a boot that nobody looks at",
    arguments: Images.available)
  func clean(_ images: Images) throws {
    let script = ["--expect", "^DOM0-READY", "--timeout", "10m"]
    let plain = try Boot(images, xen: true, script)
    // The rules that look at each access take far longer, and one suite shows that they can.
    let costly = ["--dma-rule", "stale-cache=stop", "--dma-rule", "sync-wrong-page=stop"]
    let rules = ["--dma-check", "stop"] + (images.suite == Self.suite.suite ? costly : [])
    let checked = try Boot(images, xen: true, script + rules)
    #expect(checked.code == 0, "\(checked.tail)")
    #expect((checked.report["dmaFindings"] as? [Any])?.isEmpty == true)
    #expect(plain.report["dmaFindings"] == nil)
    #expect(checked.stateHash == plain.stateHash)
  }
}
