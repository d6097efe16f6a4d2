import Fabric

@testable import MMU

/// RAM, a bus and a translation unit, with helpers that write translation tables by hand.
final class Bench {
  /// 16 MiB of RAM at 0, then a hole, then 1 MiB at 0x4000_0000.
  static let ranges: [Range<UInt64>] = [0..<0x100_0000, 0x4000_0000..<0x4010_0000]
  let ram: GuestRAM
  let unit: TranslationUnit
  var controls = TranslationControls()

  init() {
    guard let ram = GuestRAM(ranges: Self.ranges) else { fatalError("no memory for the test") }
    self.ram = ram
    unit = TranslationUnit(bus: PhysicalBus(ram: ram))
  }

  /// Writes one descriptor.
  func put(_ value: UInt64, at address: UInt64, bigEndian: Bool = false) {
    precondition(ram.isRAM(address, count: 8))
    (ram.base + Int(address)).storeBytes(of: bigEndian ? value.byteSwapped : value, as: UInt64.self)
  }

  /// Makes the unit see `controls`.
  func apply() { unit.setControls(controls) }

  func apply(_ change: (inout TranslationControls) -> Void) {
    change(&controls)
    apply()
  }
}

/// Outcomes in a form that test tables can spell.
enum Outcome: Equatable, CustomStringConvertible {
  case to(UInt64)
  case fault(TranslationFault)

  init(_ result: TranslationResult) {
    switch result {
    case .success(let address, _): self = .to(address.rawValue)
    case .fault(let fault): self = .fault(fault)
    }
  }

  var description: String {
    switch self {
    case .to(let address): return address.hex()
    case .fault(let fault):
      return "\(fault.kind) level \(fault.level)\(fault.isStageTwo ? " stage 2" : "")"
        + "\(fault.isStageOneWalk ? " on walk" : "") ipa \(fault.ipa.hex())"
    }
  }

  static func stageOne(_ kind: TranslationFault.Kind, _ level: UInt8) -> Outcome {
    .fault(TranslationFault(kind, level: level))
  }

  static func stageTwo(
    _ kind: TranslationFault.Kind, _ level: UInt8, ipa: UInt64, onWalk: Bool = false
  ) -> Outcome {
    .fault(TranslationFault(kind, level: level, isStageTwo: true, isStageOneWalk: onWalk, ipa: ipa))
  }
}

extension Bench {
  func look(
    _ address: UInt64, _ kind: AccessKind = .read, el: Int = 1, aligned: Bool = true
  ) -> Outcome {
    Outcome(unit.lookup(address, kind, exceptionLevel: el, isAligned: aligned))
  }

  /// EL1&0 with a 4 KiB granule, 48-bit halves and tables at 0x10000 (lower) and 0x20000 (upper), MAIR
  /// 0 = Device-nGnRnE, 1 = Normal Write-Back.
  func enableEL1() {
    apply {
      $0.scrEL3 = 1
      $0.mairEL1 = 0xff00
      $0.tcrEL1 = 16 | 16 << 16 | 0b10 << 30 | 4 << 32 | 1 << 36
      $0.ttbr0EL1 = 0x10000
      $0.ttbr1EL1 = 0x20000
      $0.sctlrEL1 = 1
    }
  }

  /// Maps a page of a 48-bit, 4 KiB-granule table whose level-0 table is at `root`, with intermediate
  /// tables at the three pages that follow `tables`.
  func mapPage(_ address: UInt64, to value: UInt64, root: UInt64, tables: UInt64) {
    put(tables | 3, at: root + address.bits(47, 39) * 8)
    put(tables + 0x1000 | 3, at: tables + address.bits(38, 30) * 8)
    put(tables + 0x2000 | 3, at: tables + 0x1000 + address.bits(29, 21) * 8)
    put(value, at: tables + 0x2000 + address.bits(20, 12) * 8)
  }
}

/// Leaf bits of stage 1.
enum Leaf {
  static let page: UInt64 = 3
  static let block: UInt64 = 1
  static let normal: UInt64 = 1 << 2
  static let user: UInt64 = 1 << 6
  static let readOnly: UInt64 = 1 << 7
  static let accessed: UInt64 = 1 << 10
  static let notGlobal: UInt64 = 1 << 11
  static let contiguous: UInt64 = 1 << 52
  static let pxn: UInt64 = 1 << 53
  static let xn: UInt64 = 1 << 54
  /// A plain, global, kernel read-write Normal page.
  static let kernel = page | normal | accessed
}
