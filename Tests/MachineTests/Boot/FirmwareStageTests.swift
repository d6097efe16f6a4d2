import Foundation
import Testing

@testable import Machine

@Suite("The firmware stage tells the device tree which board this is")
struct FirmwareStageTests {
  private func tree(_ board: BoardIdentity, kaslrSeed: UInt64? = nil, entropySeed: UInt64? = 1) -> DeviceTree
  {
    var tree = BootSamples.deviceTree
    FirmwareStage(board: board, kaslrSeed: kaslrSeed, entropySeed: entropySeed).apply(to: &tree)
    return tree
  }

  @Test(
    "Memory banks per size: VideoCore's share left out, 4 GiB in two entries",
    arguments: [
      (BoardIdentity.Memory.oneGiB, [0, 0, 0x3b40_0000]),
      (.twoGiB, [0, 0, 0x3b40_0000, 0, 0x4000_0000, 0x4000_0000]),
      (.fourGiB, [0, 0, 0x3b40_0000, 0, 0x4000_0000, 0xbc00_0000]),
      (
        .eightGiB,
        [
          0, 0, 0x3b40_0000, 0, 0x4000_0000, 0xbc00_0000, 1, 0, 0x8000_0000, 1, 0x8000_0000, 0x8000_0000,
        ]
      ),
    ] as [(BoardIdentity.Memory, [UInt32])])
  func memory(size: BoardIdentity.Memory, reg: [UInt32]) {
    let tree = tree(BoardIdentity(memory: size))
    #expect(tree.node(at: "/memory@0")?.cells("reg") == reg)
  }

  @Test("The size is given in as many cells as the root says")
  func sizeCells() {
    var wide = BootSamples.deviceTree
    wide.root.set("#size-cells", cells: [2])
    FirmwareStage(board: BoardIdentity(memory: .eightGiB)).apply(to: &wide)
    #expect(wide.node(at: "/memory@0")?.cells("reg")?.suffix(4) == [1, 0, 1, 0])
  }

  @Test("A tree without memory node or reservation gets both")
  func missing() {
    var bare = BootSamples.deviceTree
    bare.reservations = []
    bare.removeNode(at: "/memory@0")
    FirmwareStage().apply(to: &bare)
    #expect(bare.node(at: "/memory@0")?.string("device_type") == "memory")
    #expect(bare.reservations == [.init(address: 0, size: 0x1000)])
  }

  @Test(
    "Revision codes are those of the boards that were sold",
    arguments: [
      (BoardIdentity.Memory.oneGiB, BoardIdentity.Stepping.b0, 0xa03111),
      (.twoGiB, .b0, 0xb03112), (.twoGiB, .c0, 0xb03114),
      (.fourGiB, .b0, 0xc03112), (.fourGiB, .c0, 0xc03114), (.eightGiB, .c0, 0xd03114),
    ] as [(BoardIdentity.Memory, BoardIdentity.Stepping, UInt32)])
  func revision(memory: BoardIdentity.Memory, stepping: BoardIdentity.Stepping, code: UInt32) {
    let board = BoardIdentity(memory: memory, stepping: stepping)
    #expect(board.revisionCode == code)
    #expect(tree(board).node(at: "/system")?.cell("linux,revision") == code)
  }

  @Test("Model, serial number and MAC address are the board's")
  func identity() {
    let board = BoardIdentity(
      memory: .fourGiB, stepping: .c0, serialNumber: 0x1000_0000_0000_00ab,
      macAddress: [0xdc, 0xa6, 0x32, 1, 2, 3])
    let tree = tree(board)
    #expect(tree.root.string("model") == "Raspberry Pi 4 Model B Rev 1.4")
    #expect(tree.root.string("serial-number") == "10000000000000ab")
    #expect(tree.node(at: "/system")?.cells("linux,serial") == [0x1000_0000, 0xab])
    #expect(tree.node(at: "ethernet0")?["local-mac-address"] == [0xdc, 0xa6, 0x32, 1, 2, 3])
  }

  @Test("B0 keeps the DMA windows of the file, C0 reaches all memory")
  func steppings() {
    let old = tree(BoardIdentity(stepping: .b0))
    #expect(old.node(at: "emmc2bus") == BootSamples.deviceTree.node(at: "emmc2bus"))
    #expect(old.node(at: "pcie0") == BootSamples.deviceTree.node(at: "pcie0"))
    let new = tree(BoardIdentity(stepping: .c0))
    #expect(new.node(at: "emmc2bus")?.cells("dma-ranges") == [0, 0, 0, 0, 0xfc00_0000])
    // PCI 0x4_0000_0000 shows CPU address 0, 3 GiB long.
    #expect(new.node(at: "pcie0")?.cells("dma-ranges") == [0x0200_0000, 4, 0, 0, 0, 0, 0xc000_0000])
  }

  @Test("The Bluetooth chip leaves the PL011 only when it is asked to, and need not be there")
  func bluetooth() {
    #expect(tree(BoardIdentity()).paths { $0.string("status") == "disabled" }.isEmpty)
    var tree = BootSamples.deviceTree
    let stage = FirmwareStage(disablesBluetooth: true)
    stage.apply(to: &tree)
    #expect(tree.paths { $0.string("status") == "disabled" } == ["/soc/serial@7e201000/bluetooth"])
    tree.removeNode(at: "serial0/bluetooth")
    stage.apply(to: &tree)
    #expect(tree.node(at: "serial0")?.string("status") == "okay")
  }

  @Test(
    "The guest's tree has what was asked for disabled: by name, or through the console's port",
    arguments: [
      ([], .mini, []), ([], .pl011, ["/soc/serial@7e201000/bluetooth"]), (["/emmc2bus"], .mini, ["/emmc2bus"]),
      (["ethernet0"], .pl011, ["/soc/serial@7e201000/bluetooth", "/scb/ethernet@7d580000"]),
    ] as [([String], RunConfiguration.Serial, [String])])
  func disabled(nodes: [String], serial: RunConfiguration.Serial, paths: [String]) throws {
    let folder = try Folder()
    var configuration = RunConfiguration()
    configuration.kernel = folder.file("Image", Data(BootSamples.image()))
    configuration.dtb = folder.file("board.dtb", Data(BootSamples.deviceTree.serialized()))
    configuration.serial = serial
    configuration.disabledNodes = nodes
    let blob = try MachineFactory.guestDeviceTree(configuration).blob
    let tree = try DeviceTree(parsing: blob)
    #expect(Set(tree.paths { $0.string("status") == "disabled" }) == Set(paths))
  }

  @Test("Seeds decide, and without one nothing is written")
  func seeds() {
    let none = tree(BoardIdentity(), entropySeed: nil).node(at: "/chosen")
    #expect(none?["kaslr-seed"] == nil)
    #expect(none?["rng-seed"] == nil)
    let one = tree(BoardIdentity(), kaslrSeed: 0x1_0000_0002, entropySeed: 1).node(at: "/chosen")
    let again = tree(BoardIdentity(), entropySeed: 1).node(at: "/chosen")
    let two = tree(BoardIdentity(), entropySeed: 2).node(at: "/chosen")
    #expect(one?.cells("kaslr-seed") == [1, 2])
    #expect(one?["rng-seed"]?.count == 32)
    #expect(one?["rng-seed"] == again?["rng-seed"])
    #expect(one?["rng-seed"] != two?["rng-seed"])
  }
}

@Suite("The boot stub is the board's")
struct ArmstubTests {
  @Test("The file carries magic and spin table where the firmware expects them")
  func layout() {
    #expect(Armstub.image.count <= 4096)
    #expect(littleEndianWord(Armstub.image, 0xf0) == 0x5afe_570b)
    #expect(Armstub.image[0xd8..<0xf0].allSatisfy { $0 == 0 })
    #expect((0...3).map(Armstub.releaseAddress(ofCore:)) == [0xd8, 0xe0, 0xe8, 0xf0])
  }

  @Test("Loaded, it knows device tree and kernel, and core 3's release address is zero")
  func loaded() {
    let bytes = Armstub.loaded(deviceTree: 0x2eff_1e00, kernel: 0x20_0000)
    #expect(littleEndianDoubleWord(bytes, 0xf0) == 0)
    #expect(littleEndianWord(bytes, 0xf8) == 0x2eff_1e00)
    #expect(littleEndianWord(bytes, 0xfc) == 0x20_0000)
    #expect(bytes.count == Armstub.image.count)
  }

  @Test(
    "Assembling firmware/armstub gives the embedded bytes",
    .enabled(if: HostTool.path("swift") != nil && HostTool.path("sh") != nil))
  func rebuild() throws {
    let shell = try #require(HostTool.path("sh"))
    let script = DebianImages.root.appendingPathComponent("scripts/build-firmware").path
    #expect(try HostTool.run(shell, [script, "--check"]) != nil, "run scripts/build-firmware")
  }
}
