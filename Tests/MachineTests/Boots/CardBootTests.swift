import Foundation
import Testing

/// `scripts/make-sd-card` has put Debian with Xen's tools on the card; the demo's script looks at it from inside
/// and, with e2fsprogs, from outside.
@Suite("Dom0 from the SD card", .serialized, .tags(.boot), .enabled(if: Images.haveCard))
struct CardBootTests {
  @Test(
    "Xen's tools answer, a guest lives and dies, 64 MiB go both ways, the file system is clean",
    arguments: Images.withCard, ["b0", "c0"])
  func demo(images: Images, stepping: String) throws {
    let boot = try Boot(demo: images, bare: false, ["--root", "sd"], run: ["--stepping", stepping])
    #expect(boot.code == 0, "\(boot.tail)")
    #expect(["halted", "power-off"].contains(boot.reason))
    #expect(try boot.matches("SDHCI controller on fe340000.mmc .*using ADMA"))
    #expect(try boot.matches("root: clean, [0-9]+/[0-9]+ files"))
    #expect(boot.shows("reboot: Power down"))
  }

  @Test("What was synced outlives the emulator's sudden death", arguments: Images.withCard.prefix(1))
  func killed(images: Images) throws {
    let ending = try Boot.script("card-durability", ["--suite", images.suite], images)
    #expect(ending.code == 0, "\(ending.output)\n\(ending.errors)")
    #expect(ending.output.contains("every synced file is whole"))
  }
}
