/// What the VideoCore firmware writes into the device tree before the ARM cores start.
///
/// The exact list is not public; this is what its consumers rely on (U-Boot, board/raspberrypi/rpi/rpi.c,
/// copies these properties from the firmware's tree into another one).
///
/// Not modelled: overlays (but for the part of `disable-bt` below), the EEPROM's `nvram` region, the size of
/// `linux,cma`, the informative `rpi-*` properties of `/chosen`.
public struct FirmwareStage: Equatable, Sendable {
  public var board: BoardIdentity
  /// What `/chosen/kaslr-seed` gets. Without one, kernels stay where they are linked, and their symbols too.
  public var kaslrSeed: UInt64?
  /// Where the bytes of `/chosen/rng-seed` are derived from; without one the property is left out.
  public var entropySeed: UInt64?
  /// Whether the Bluetooth chip is disabled, as by the overlay `disable-bt`. Linux gives the PL011 to the
  /// chip's driver otherwise, and makes no terminal of it.
  public var disablesBluetooth: Bool
  /// Whether EMMC2's and PCIe's dma-ranges are made to fit the stepping; otherwise they stay as the file has them,
  /// as when another loader brings its own tree.
  public var editsDMAWindows: Bool

  public init(
    board: BoardIdentity = BoardIdentity(), kaslrSeed: UInt64? = nil, entropySeed: UInt64? = 1,
    disablesBluetooth: Bool = false, editsDMAWindows: Bool = true
  ) {
    self.board = board
    self.kaslrSeed = kaslrSeed
    self.entropySeed = entropySeed
    self.disablesBluetooth = disablesBluetooth
    self.editsDMAWindows = editsDMAWindows
  }

  /// Makes of the tree that a kernel package ships the tree of this board.
  public func apply(to tree: inout DeviceTree) {
    identify(&tree)
    describeMemory(&tree)
    if editsDMAWindows { describeDMAWindows(&tree) }
    if disablesBluetooth { tree.updateNode(at: "serial0/bluetooth") { $0.set("status", string: "disabled") } }
    seed(&tree)
  }

  private func identify(_ tree: inout DeviceTree) {
    tree.root.set("model", string: board.modelName)
    let digits = String(board.serialNumber, radix: 16)
    let serial = String(repeating: "0", count: 16 - digits.count) + digits
    tree.root.set("serial-number", string: serial)
    tree.ensureNode(at: "/system") {
      $0.set("linux,revision", cells: [board.revisionCode])
      $0.set("linux,serial", cells: Self.cells(board.serialNumber))
    }
    tree.updateNode(at: "ethernet0") { $0["local-mac-address"] = board.macAddress }
  }

  /// The memory node, in the cells that the root prescribes, and the page of the boot stub.
  private func describeMemory(_ tree: inout DeviceTree) {
    let addressCells = tree.root.cell("#address-cells") ?? 2
    let sizeCells = tree.root.cell("#size-cells") ?? 1
    var reg: [UInt32] = []
    for bank in board.memory.banks {
      // A size of one cell cannot say 4 GiB: such a bank is given in halves.
      let whole = bank.upperBound - bank.lowerBound
      let pieces: UInt64 = sizeCells == 1 && whole > UInt64(UInt32.max) ? 2 : 1
      for index in 0..<pieces {
        let address = bank.lowerBound + whole / pieces * index
        reg += Self.cells(address).suffix(Int(min(addressCells, 2)))
        reg += Self.cells(whole / pieces).suffix(Int(min(sizeCells, 2)))
      }
    }
    let path = tree.paths { $0.string("device_type") == "memory" }.first ?? "/memory@0"
    tree.ensureNode(at: path) {
      $0.set("device_type", string: "memory")
      $0.set("reg", cells: reg)
    }
    let page = DeviceTree.Reservation(address: 0, size: Armstub.reservedSize)
    if !tree.reservations.contains(where: { $0.address == 0 && $0.size >= page.size }) {
      tree.reservations.insert(page, at: 0)
    }
  }

  /// What EMMC2 and PCIe can reach: the file describes B0; on C0 the EMMC2 addresses memory directly, and
  /// the firmware shows memory to PCIe from 16 GiB on.
  private func describeDMAWindows(_ tree: inout DeviceTree) {
    guard board.stepping == .c0 else { return }
    // Bus address and size in the bus's own cells, the CPU address in the root's: 2, 2 and 1.
    tree.updateNode(at: "emmc2bus") { $0.set("dma-ranges", cells: [0, 0, 0, 0, 0xfc00_0000]) }
    let memorySpace: UInt32 = 0x0200_0000
    tree.updateNode(at: "pcie0") {
      $0.set("dma-ranges", cells: [memorySpace, 4, 0, 0, 0, 0, 0xc000_0000])
    }
  }

  private func seed(_ tree: inout DeviceTree) {
    guard kaslrSeed != nil || entropySeed != nil else { return }
    tree.ensureNode(at: "/chosen") { chosen in
      if let kaslrSeed { chosen.set("kaslr-seed", cells: Self.cells(kaslrSeed)) }
      guard let entropySeed else { return }
      var state = entropySeed
      chosen["rng-seed"] = (0..<4).flatMap { _ in BigEndian.bytes(Self.nextRandom(&state)) }
    }
  }

  /// SplitMix64: not secret, but different for every seed and the same in every run.
  private static func nextRandom(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  /// A 64-bit number as two cells.
  static func cells(_ value: UInt64) -> [UInt32] {
    [UInt32(truncatingIfNeeded: value >> 32), UInt32(truncatingIfNeeded: value)]
  }
}
