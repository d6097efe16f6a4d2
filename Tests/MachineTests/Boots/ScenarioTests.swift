import Foundation
import Testing

/// `scripts/scenario` on Debian's images, as docs/scenarios/README.md tells.
@Suite("DMA scenarios", .tags(.boot), .enabled(if: Images.areThere, "there are no images"))
struct ScenarioTests {
  private static let plain = ["no-low-memory", "beyond-3-gib", "foreign-page", "grant-table-page"]
  private static let withCard = ["physical-address", "wrong-stepping"]
  static let suite = Images.available.first { $0.suite == "bookworm" } ?? Images.available[0]

  /// The ones for which everything is there: scripts/make-sd-card leaves the ramdisk with the SD host's driver.
  static var names: [String] {
    guard Images.areThere else { return plain }
    let hasCard = FileManager.default.fileExists(atPath: suite.folder + "/sd-card.initramfs.cpio.gz")
    return plain + (hasCard ? withCard : [])
  }

  private func run(_ arguments: [String]) throws -> Program.Ending {
    try Program.run(
      arguments, executable: Boot.repository + "/scripts/scenario",
      environment: [
        "TAYBERRY_BINARY": Program.path ?? "", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "TAYBERRY_IMAGES": (Self.suite.folder as NSString).deletingLastPathComponent,
      ])
  }

  @Test("is found, with the same bytes from both engines; its counterpart is clean; the board does what the page says",
    arguments: names)
  func scenario(_ name: String) throws {
    let arguments = [name, "--suite", Self.suite.suite]
    let first = try run(arguments)
    #expect(first.code == 0, "\(first.errors)\(first.output)")
    #expect(first.output.contains("dma-check: "))
    let second = try run(arguments + ["--", "--engine", "interpreter"])
    #expect(second.output == first.output)
    let fixed = try run(arguments + ["--fixed"])
    #expect(fixed.code == 0 && fixed.output == "nothing found\n", "\(fixed.errors)\(fixed.output)")
    let unchecked = try run(arguments + ["--unchecked"])
    #expect(unchecked.code == 0, "\(unchecked.errors)\(unchecked.output)")
  }

  @Test("a clean boot has no finding, with every rule on, and its state is that of a boot that nobody looks at",
    arguments: Images.available)
  func clean(_ images: Images) throws {
    let script = ["--expect", "^DOM0-READY", "--timeout", "10m"]
    let plain = try Boot(images, xen: true, script)
    let checked = try Boot(images, xen: true, script + ["--dma-check", "stop"])
    #expect(checked.code == 0, "\(checked.tail)")
    #expect((checked.report["dmaFindings"] as? [Any])?.isEmpty == true)
    #expect(plain.report["dmaFindings"] == nil)
    #expect(checked.stateHash == plain.stateHash)
  }
}
