import Testing

@testable import Machine

@Suite("Device trees agree with dtc and with the board's own files")
struct DeviceTreeOracleTests {
  @Test("The kernel's DTB is written back byte for byte", arguments: DebianImages.present)
  func identical(suite: String) throws {
    let blob = try DebianImages.bytes(suite, "bcm2711-rpi-4-b.dtb")
    let tree = try DeviceTree(parsing: blob)
    #expect(tree.serialized() == blob)
    #expect(tree.reservations == [.init(address: 0, size: 0x1000)])
    #expect(tree.root.isCompatible(with: "brcm,bcm2711"))
  }

  @Test(
    "dtc makes of our source text the blob that we write", .enabled(if: HostTool.path("dtc") != nil),
    arguments: DebianImages.present)
  func source(suite: String) throws {
    let dtc = try #require(HostTool.path("dtc"))
    var tree = try DeviceTree(parsing: DebianImages.bytes(suite, "bcm2711-rpi-4-b.dtb"))
    tree.ensureNode(at: "/chosen") { $0.set("bootargs", string: "a \"b\" \\c") }
    let compiled = try HostTool.run(
      dtc, ["-q", "-I", "dts", "-O", "dtb"], input: Array(tree.sourceText().utf8))
    #expect(compiled == tree.serialized())
  }

  @Test("dtc reads what we write and writes the same", .enabled(if: HostTool.path("dtc") != nil))
  func written() throws {
    let dtc = try #require(HostTool.path("dtc"))
    let blob = DeviceTreeTests.sample.serialized()
    // -b: dtc takes the boot CPU from its command line.
    let again = try HostTool.run(dtc, ["-q", "-f", "-I", "dtb", "-O", "dtb", "-b", "3"], input: blob)
    #expect(again == blob)
  }

  @Test("20,000 random damages of a real DTB trap nowhere", arguments: DebianImages.present.prefix(1))
  func damage(suite: String) throws {
    let blob = try DebianImages.bytes(suite, "bcm2711-rpi-4-b.dtb")
    var random = SplitMix(seed: 2)
    for _ in 0..<20_000 {
      var damaged = blob
      damaged[random.below(blob.count)] ^= UInt8(1 + random.below(255))
      // An edit that still parses must also be printable and writable.
      guard let tree = try? DeviceTree(parsing: damaged), random.below(64) == 0 else { continue }
      #expect((try? DeviceTree(parsing: tree.serialized())) == tree)
      #expect(!tree.sourceText().isEmpty)
    }
  }
}
