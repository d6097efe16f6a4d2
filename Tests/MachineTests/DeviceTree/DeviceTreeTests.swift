import Foundation
import Testing

@testable import Machine

@Suite("Device trees are read, edited and written")
struct DeviceTreeTests {
  /// A small tree with every kind of value, written by hand.
  static let sample: DeviceTree = {
    var cpu = DeviceTree.Node("cpu@0")
    cpu.set("compatible", strings: ["arm,cortex-a72", "arm,armv8"])
    cpu.set("reg", cells: [0])
    cpu.set("phandle", cells: [7])
    var disabled = DeviceTree.Node("mmc@7e300000")
    disabled.set("status", string: "disabled")
    disabled["local-mac-address"] = [0xdc, 0xa6, 0x32, 1, 2, 3]
    var aliases = DeviceTree.Node("aliases")
    aliases.set("mmc0", string: "/soc/mmc@7e300000")
    var root = DeviceTree.Node(
      "",
      children: [
        aliases,
        DeviceTree.Node("cpus", children: [cpu, DeviceTree.Node("cpu@1")]),
        DeviceTree.Node("soc", children: [disabled]),
      ])
    root.set("model", string: "A \"quoted\" board\\")
    root.set("#address-cells", cells: [2])
    root.setFlag("ranges")
    return DeviceTree(root: root, reservations: [.init(address: 0, size: 0x1000)], bootCPU: 3)
  }()

  @Test("Writing and parsing give the same tree")
  func roundTrip() throws {
    let blob = Self.sample.serialized(padding: 64)
    #expect(try DeviceTree(parsing: blob) == Self.sample)
    #expect(try DeviceTree(parsing: blob + [1, 2, 3]) == Self.sample)
  }

  @Test("The header says what the specification says")
  func header() {
    let blob = Self.sample.serialized()
    #expect(BigEndian.word(blob, at: 0) == 0xd00d_feed)
    #expect(BigEndian.word(blob, at: 4) == UInt32(blob.count))
    #expect(BigEndian.word(blob, at: 20) == 17)
    #expect(BigEndian.word(blob, at: 24) == 16)
    #expect(BigEndian.word(blob, at: 28) == 3)
  }

  @Test("Nodes are found by path, shortened path, alias, compatible and phandle")
  func finding() {
    let tree = Self.sample
    #expect(tree.node(at: "/cpus/cpu@0")?.cell("reg") == 0)
    #expect(tree.node(at: "/")?.string("model") == "A \"quoted\" board\\")
    #expect(tree.node(at: "/soc/mmc")?.isEnabled == false)
    #expect(tree.node(at: "/cpus/cpu") == nil, "two nodes have that base name")
    #expect(tree.node(at: "mmc0")?.name == "mmc@7e300000")
    #expect(tree.node(at: "mmc1") == nil)
    #expect(tree.paths(compatibleWith: "arm,armv8") == ["/cpus/cpu@0"])
    #expect(tree.path(ofPhandle: 7) == "/cpus/cpu@0")
    #expect(tree.path(ofPhandle: 8) == nil)
  }

  @Test("Properties and nodes are added, changed and removed in place")
  func editing() throws {
    var tree = Self.sample
    let updated = tree.updateNode(at: "mmc0") { $0.set("status", string: "okay") }
    let updatedNowhere = tree.updateNode(at: "/nowhere") { $0.setFlag("x") }
    #expect(updated && !updatedNowhere)
    tree.ensureNode(at: "/chosen/module@400000") { $0.set("reg", cells: [0, 0x400000, 0x1000]) }
    tree.ensureNode(at: "/chosen") { $0.set("bootargs", string: "quiet") }
    let removed = ["/cpus/cpu@1", "/cpus/cpu@1", "/"].map { tree.removeNode(at: $0) }
    #expect(removed == [true, false, false])
    tree.updateNode(at: "/") { $0["ranges"] = nil }

    let again = try DeviceTree(parsing: tree.serialized())
    #expect(again.node(at: "mmc0")?.isEnabled == true)
    #expect(again.node(at: "/chosen/module@400000")?.cells("reg") == [0, 0x400000, 0x1000])
    #expect(again.node(at: "/chosen")?.string("bootargs") == "quiet")
    #expect(again.node(at: "/cpus")?.children.map(\.name) == ["cpu@0"])
    #expect(again.root["ranges"] == nil)
    #expect(again.reservations == Self.sample.reservations)
  }

  @Test("Source text shows strings, cells, bytes and flags, and escapes quotes")
  func source() {
    let text = Self.sample.sourceText()
    #expect(text.contains("/memreserve/\t0x0000000000000000 0x0000000000001000;"))
    #expect(text.contains("model = \"A \\\"quoted\\\" board\\\\\";"))
    #expect(text.contains("compatible = \"arm,cortex-a72\", \"arm,armv8\";"))
    #expect(text.contains("local-mac-address = [dc a6 32 01 02 03];"))
    #expect(text.contains("#address-cells = <0x2>;"))
    #expect(text.contains("\n\tranges;\n"))
  }
}

@Suite("Corrupt device trees are refused with place and reason")
struct DeviceTreeErrorTests {
  private func reason(_ blob: [UInt8]) -> DeviceTreeError? {
    do {
      _ = try DeviceTree(parsing: blob)
      return nil
    } catch { return error }
  }

  /// The sample with one 32-bit word replaced.
  private func patched(_ offset: Int, _ word: UInt32) -> [UInt8] {
    var blob = DeviceTreeTests.sample.serialized()
    blob.replaceSubrange(offset..<offset + 4, with: BigEndian.bytes(word))
    return blob
  }

  @Test("Each header fault has its own reason")
  func header() {
    let count = DeviceTreeTests.sample.serialized().count
    #expect(reason([])?.reason == .shorterThanHeader(count: 0))
    #expect(reason(patched(0, 0x7f45_4c46))?.reason == .badMagic(0x7f45_4c46))
    #expect(reason(patched(20, 3))?.reason == .unsupportedVersion(3, compatibleWith: 16))
    #expect(
      reason(patched(4, UInt32(count + 1)))?.reason == .truncated(totalSize: count + 1, count: count))
    #expect(reason(patched(8, 0xffff_fff0))?.reason == .blockOutside(.structure))
    #expect(reason(patched(8, 58))?.reason == .blockMisaligned(.structure))
    #expect(reason(patched(12, 0xffff_ffff))?.reason == .blockOutside(.strings))
    #expect(reason(patched(16, UInt32(count)))?.reason == .blockOutside(.reservations))
  }

  @Test("Faults of the structure block name their offset")
  func structure() {
    let start = Int(BigEndian.word(DeviceTreeTests.sample.serialized(), at: 8))
    #expect(reason(patched(start, 5)) == DeviceTreeError(offset: start, reason: .unknownToken(5)))
    #expect(reason(patched(start, 2)) == DeviceTreeError(offset: start, reason: .endNodeWithoutNode))
    #expect(reason(patched(start, 9)) == DeviceTreeError(offset: start, reason: .noRoot))
    #expect(reason(patched(start + 8, 9)) == DeviceTreeError(offset: start + 8, reason: .endInsideNode("")))
    #expect(
      reason(patched(start + 12, 0x7fff_ffff))
        == DeviceTreeError(offset: start + 12, reason: .propertyOutside(length: 0x7fff_ffff)))
    #expect(
      reason(patched(start + 16, 0x1_0000))
        == DeviceTreeError(offset: start + 16, reason: .propertyNameOutside(offset: 0x1_0000)))
  }

  @Test("Duplicates and bottomless nesting are refused")
  func shape() {
    let twins = DeviceTree(root: .init("", children: [.init("a"), .init("a")]))
    #expect(reason(twins.serialized())?.reason == .duplicateNode("a"))
    let properties = DeviceTree(root: .init("", properties: [.init("p", []), .init("p", [1])]))
    #expect(reason(properties.serialized())?.reason == .duplicateProperty("p", node: ""))
    var deep = DeviceTree.Node("n")
    for _ in 0..<100 { deep = DeviceTree.Node("n", children: [deep]) }
    #expect(reason(DeviceTree(root: .init("", children: [deep])).serialized())?.reason == .nodesTooDeep)
  }

  @Test("Every truncation is an error and no random damage traps")
  func damage() {
    let blob = DeviceTreeTests.sample.serialized()
    for count in blob.indices { #expect(reason(Array(blob[..<count])) != nil) }
    var random = SplitMix(seed: 1)
    var refused = 0
    for _ in 0..<20_000 {
      var damaged = blob
      for _ in 0...random.below(4) { damaged[random.below(blob.count)] = UInt8(random.below(256)) }
      if let error = reason(damaged) {
        refused += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(refused > 1000)
  }
}
