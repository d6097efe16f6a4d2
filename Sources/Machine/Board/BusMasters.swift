import Fabric

/// What each bus master of the board can reach, and at which bus addresses (BCM2711 ARM Peripherals, 1.2 and 4.1;
/// the dma-ranges of bcm2711.dtsi).
///
/// | Master | Bus address | Reaches |
/// |---|---|---|
/// | DMA 0 to 10, VideoCore | 0xC000_0000 | the first GiB |
/// | | 0x0, 0x4000_0000, 0x8000_0000 | the same through VideoCore's level-2 cache |
/// | | 0x7C00_0000 | peripherals |
/// | EMMC2 on B0 | as DMA 0 to 10, without peripherals | |
/// | EMMC2 on C0 | 0 | the first 4 GiB |
/// | DMA 11 to 14 | 0 | all memory |
/// | | 0x4_7C00_0000 | peripherals |
struct BusMasters {
  /// Where the aliases other than 0xC lead.
  let cache: VideoCoreCache
  /// The firmware itself: it converts whatever alias a message has to the uncached one, so that all of them work.
  let videoCore: DMAPort
  /// The channels 0 to 14.
  let dma: [DMAPort]
  let emmc2: DMAPort

  init(bus: PhysicalBus, stepping: BoardIdentity.Stepping, aliasPolicy: DMAPort.AliasPolicy) {
    let cache = VideoCoreCache(bus: bus)
    func port(_ name: String, _ windows: [DMAPort.Window]) -> DMAPort {
      DMAPort(name: name, windows: windows, bus: bus, cache: cache, aliasPolicy: aliasPolicy)
    }
    self.cache = cache
    videoCore = port("videocore", Self.legacyMemory.map { DMAPort.Window(bus: $0.bus, physical: $0.physical) })
    dma = (0..<15).map { channel in port("dma\(channel)", channel < 11 ? Self.legacy : Self.wide) }
    switch stepping {
    case .b0: emmc2 = port("emmc2", Self.legacyMemory)
    case .c0: emmc2 = port("emmc2", [.init(bus: 0..<0x1_0000_0000, physical: 0)])
    }
  }

  /// All of them, by name.
  var all: [DMAPort] { dma + [emmc2, videoCore] }

  private static let firstGiB: UInt64 = 1 << 30
  private static let peripherals: Range<UInt64> = 0x7c00_0000..<0x8000_0000
  private static let peripheralBase: UInt64 = 0xfc00_0000

  private static let legacyMemory: [DMAPort.Window] = [
    .init(bus: 0xc000_0000..<0x1_0000_0000, physical: 0),
    .init(bus: 0..<firstGiB, physical: 0, kind: .alias(.allocates)),
    .init(bus: firstGiB..<peripherals.lowerBound, physical: 0, kind: .alias(.looksUp)),
    .init(bus: 0x8000_0000..<0xc000_0000, physical: 0, kind: .alias(.looksUp)),
  ]

  private static let legacy =
    legacyMemory + [.init(bus: peripherals, physical: peripheralBase, kind: .peripherals)]

  /// 35 bits of address: SDRAM below 16 GiB, and the peripherals of the full address map.
  private static let wide: [DMAPort.Window] = [
    .init(bus: 0..<0x4_0000_0000, physical: 0),
    .init(
      bus: 0x4_0000_0000 + peripherals.lowerBound..<0x4_0000_0000 + peripherals.upperBound,
      physical: peripheralBase, kind: .peripherals),
  ]
}
