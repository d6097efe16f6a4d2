import Devices
import Fabric

@testable import Machine
@testable import Sanitizer

/// Sectors of nothing.
final class EmptySectors: SectorStore {
  let sectorCount: UInt64 = 1 << 21
  let isReadOnly = false
  func read(_ sector: UInt64) -> [UInt8]? {
    [UInt8](repeating: UInt8(truncatingIfNeeded: sector), count: 512)
  }
  func write(_ bytes: [UInt8], to sector: UInt64) -> Bool { true }
  func erase(_ sectors: Range<UInt64>) -> Bool { true }
  func flush() -> Bool { true }
  func visitState<V: StateVisitor>(_ visitor: inout V) {}
}

/// The guest of `CheckBench` as a driver of the card slot.
extension CheckBench {
  static let emmc2: UInt64 = 0xfe34_0000
  /// Where descriptor tables lie, physically.
  static let cardTable: UInt64 = 0x1_0000
  /// CMD17 and CMD18 with a response of 48 bits, data, DMA, from the card; CMD18 counts its blocks.
  static let readOne: UInt32 = 17 << 24 | 0x3a << 16 | 0x11
  static let readMany: UInt32 = 18 << 24 | 0x3a << 16 | 0x37

  static func withCard(plan: DMACheckPlan = DMACheckPlan(.report)) throws -> CheckBench {
    let bench = try CheckBench(plan: plan, card: CardInSlot(store: EmptySectors()))
    bench.identifyCard()
    return bench
  }

  private func command(_ index: UInt32, _ argument: UInt32, _ kind: UInt32) -> UInt32 {
    store([(Self.emmc2 + 8, argument), (Self.emmc2 + 0xc, index << 24 | kind << 16)])
    let access = BusAccess(
      address: PhysicalAddress(Self.emmc2 + 0x10), size: 4, isSecure: false,
      initiator: BusInitiator(kind: .core, index: 0))
    return UInt32(truncatingIfNeeded: (try? board.bus.read(access)) ?? 0)
  }

  /// From power-on to the transfer state, on one line at 100 MHz, with ADMA2 (SD Physical Layer Simplified
  /// Specification 6.00, 4.2.3).
  private func identifyCard() {
    store([(Self.emmc2 + 0x28, 0x0f10), (Self.emmc2 + 0x34, 0xffff_7fff), (Self.emmc2 + 0x2c, 0x000e_0005)])
    _ = command(0, 0, 0)
    _ = command(8, 0x1aa, 0x1a)
    for _ in 0..<20 {
      _ = command(55, 0, 0x1a)
      if command(41, 0x4030_0000, 2) & 0x8000_0000 != 0 { break }
    }
    _ = command(2, 0, 9)
    let address = command(3, 0, 0x1a) & 0xffff_0000
    _ = command(7, address, 0x1b)
  }

  /// What starts a command with data, by a table of ADMA2 lines, and what is stored then.
  func transfer(
    _ command: UInt32, blocks: UInt32, lines: [(attributes: UInt32, address: UInt32)],
    then stores: [(address: UInt64, value: UInt32)] = []
  ) {
    load(lines.flatMap { [$0.attributes, $0.address] } + [0, 0], at: Self.cardTable)
    store(
      [
        (Self.emmc2 + 0x30, 0xffff_ffff), (Self.emmc2 + 4, blocks << 16 | 512), (Self.emmc2 + 8, 0),
        (Self.emmc2 + 0x58, UInt32(truncatingIfNeeded: 0xc000_0000 + Self.cardTable)),
        (Self.emmc2 + 0xc, command),
      ] + stores)
  }
}
