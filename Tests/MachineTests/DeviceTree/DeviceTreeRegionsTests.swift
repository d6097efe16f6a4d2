import Testing

@testable import Machine

@Suite("Where a device tree has registers")
struct DeviceTreeRegionsTests {
  private func node(_ name: String, _ properties: [(String, [UInt32])], _ children: [DeviceTree.Node] = [])
    -> DeviceTree.Node
  {
    var node = DeviceTree.Node(name, children: children)
    for (name, cells) in properties { node.set(name, cells: cells) }
    return node
  }

  /// The Raspberry Pi's shape: /soc with 0x7e000000 at 0xfe000000, and a bus below it.
  private var tree: DeviceTree {
    let aux = node("aux@7e215000", [("reg", [0x7e21_5000, 8])])
    var serial = node("serial@7e215040", [("reg", [0x7e21_5040, 0x40])])
    serial.set("status", string: "disabled")
    let inner = node(
      "bus@100", [("#address-cells", [1]), ("#size-cells", [1]), ("ranges", [0, 0x7e30_0000, 0x1000])],
      [node("chip@10", [("reg", [0x10, 4])])])
    let closed = node("i2c@200", [("#address-cells", [1]), ("#size-cells", [0]), ("reg", [0x7e80_4000, 0x1000])],
      [node("codec@1a", [("reg", [0x1a])])])
    let soc = node(
      "soc",
      [
        ("#address-cells", [1]), ("#size-cells", [1]),
        ("ranges", [0x7e00_0000, 0, 0xfe00_0000, 0x180_0000, 0x4000_0000, 0, 0xff80_0000, 0x80_0000]),
      ], [aux, serial, inner, closed, node("local@40000000", [("reg", [0x4000_0000, 0x100])])])
    let root = node(
      "", [("#address-cells", [2]), ("#size-cells", [1])], [soc, node("scb", [("reg", [6, 0, 0x1000])])])
    return DeviceTree(root: root)
  }

  @Test(
    "Addresses go through every bus up to the CPUs",
    arguments: [
      (0xfe21_5004 as UInt64, "/soc/aux@7e215000"), (0xfe21_5044, "/soc/serial@7e215040"),
      (0xfe30_0012, "/soc/bus@100/chip@10"), (0xfe80_4000, "/soc/i2c@200"), (0xff80_0080, "/soc/local@40000000"),
      (0x6_0000_0fff, "/scb"),
    ])
  func found(address: UInt64, path: String) {
    #expect(DeviceTreeRegions(tree).node(at: address)?.path == path)
  }

  @Test("What no CPU can reach is nowhere", arguments: [0x1a as UInt64, 0x7e21_5004, 0xfe21_5008, 0xfe30_0014, .max])
  func notFound(address: UInt64) {
    #expect(DeviceTreeRegions(tree).node(at: address) == nil)
  }

  @Test("A disabled node says so") 
  func disabled() {
    #expect(DeviceTreeRegions(tree).node(at: 0xfe21_5040)?.isEnabled == false)
    #expect(DeviceTreeRegions(tree).node(at: 0xfe21_5000)?.isEnabled == true)
  }

  @Test("Cells without sense trap nowhere")
  func hostile() {
    for cells: UInt32 in [0, 1, 2, 3, 4, .max] {
      for sizes: UInt32 in [0, 1, 2, 3, .max] {
        let child = node("a", [("reg", [.max, .max, .max, .max, .max])])
        let bus = node(
          "b", [("#address-cells", [cells]), ("#size-cells", [sizes]), ("ranges", [.max, .max, .max, .max, .max, .max, .max])],
          [child])
        let root = node("", [("#address-cells", [cells]), ("#size-cells", [sizes])], [bus, child])
        #expect(DeviceTreeRegions(DeviceTree(root: root)).regions.count <= 16)
      }
    }
  }
}
