import Fabric
import Testing

@testable import MMU

@Suite("Stage 1 walks") struct StageOneWalkTests {
  /// A regime with one half set up for a granule and size, its first table at 0x10_0000.
  struct Setup: CustomTestStringConvertible, Sendable {
    var exceptionLevel = 1
    var isUpper = false
    var granuleBits = 12
    var sizeField: UInt64 = 16
    var startLevel = 0
    var testDescription: String {
      "EL\(exceptionLevel)\(isUpper ? " upper" : "") \(granuleBits == 12 ? "4K" : "64K") TxSZ \(sizeField)"
    }
  }

  static let root: UInt64 = 0x10_0000
  static let arena: UInt64 = 0x20_0000

  static func bench(_ setup: Setup) -> (Bench, TableBuilder) {
    let bench = Bench()
    let size = setup.sizeField
    bench.apply {
      $0.scrEL3 = 1
      $0.mairEL1 = 0xff00
      $0.mairEL2 = 0xff00
      $0.mairEL3 = 0xff00
      let granule: UInt64 = setup.granuleBits == 16 ? 1 : 0
      switch setup.exceptionLevel {
      case 3:
        $0.tcrEL3 = size | granule << 14 | 4 << 16
        $0.ttbr0EL3 = root
        $0.sctlrEL3 = 1
      case 2:
        $0.tcrEL2 = size | granule << 14 | 4 << 16
        $0.ttbr0EL2 = root
        $0.sctlrEL2 = 1
      default:
        // TG1: 10 is 4 KiB, 11 is 64 KiB. The other half is disabled by EPD.
        let other: UInt64 = setup.isUpper ? 1 << 7 | 16 : 1 << 23 | 16 << 16
        let field = setup.isUpper ? size << 16 : size
        $0.tcrEL1 = other | field | granule << 14 | (2 | granule) << 30 | 4 << 32
        $0.ttbr0EL1 = setup.isUpper ? 0 : root
        $0.ttbr1EL1 = setup.isUpper ? root : 0
        $0.sctlrEL1 = 1
      }
    }
    let builder = TableBuilder(
      bench, granuleBits: setup.granuleBits, inputBits: 64 - Int(size), startLevel: setup.startLevel,
      root: root, arena: arena)
    return (bench, builder)
  }

  /// Start levels by TxSZ, from the tables of D5.2.3: first and last TxSZ of each row.
  static let startLevels: [(granuleBits: Int, sizes: ClosedRange<UInt64>, level: Int)] = [
    (12, 16...24, 0), (12, 25...33, 1), (12, 34...39, 2),
    (16, 16...21, 1), (16, 22...34, 2), (16, 35...39, 3),
  ]

  static let setups: [Setup] = {
    var setups: [Setup] = []
    for row in startLevels {
      for size in row.sizes {
        for (level, isUpper) in [(1, false), (1, true), (2, false), (3, false)] {
          setups.append(
            Setup(
              exceptionLevel: level, isUpper: isUpper, granuleBits: row.granuleBits, sizeField: size,
              startLevel: row.level))
        }
      }
    }
    return setups
  }()

  /// The highest address of the half, less a bit pattern, so that every level has a non-zero index.
  static func address(_ setup: Setup) -> UInt64 {
    let span: UInt64 = (1 << (64 - setup.sizeField)) - 1
    let low = 0x0000_a5a5_9696_7b7c & span
    return setup.isUpper ? ~span | low : low
  }

  @Test("Blocks and pages at every allowed level of every size", arguments: setups)
  func leaves(setup: Setup) {
    let firstBlock = setup.granuleBits == 12 ? 1 : 2
    for level in max(setup.startLevel, firstBlock)...3 {
      var (bench, builder) = Self.bench(setup)
      let address = Self.address(setup)
      let low = UInt64(builder.lowBit(level))
      // An output address of its own for every bit from `low` up to 43.
      let pattern: UInt64 = 0x0000_0f5a_5a5a_5000
      let output = (pattern >> low) << low
      let type = level == 3 ? Leaf.page : Leaf.block
      builder.map(address, level: level, leaf: output | type | Leaf.normal | Leaf.accessed)
      let expected = output | (address & ((1 << low) - 1))
      let outcome = bench.look(address, el: setup.exceptionLevel)
      #expect(outcome == .to(expected), "level \(level)")
    }
  }

  @Test("Missing and reserved descriptors fault at their level", arguments: setups)
  func translationFaults(setup: Setup) {
    let address = Self.address(setup)
    let firstBlock = setup.granuleBits == 12 ? 1 : 2
    for level in setup.startLevel...3 {
      // 00 and 10 are invalid everywhere; 01 is reserved at level 3 and above the first block level.
      var values: [UInt64] = [0, 2, ~1]
      if level == 3 || level < firstBlock { values.append(Leaf.block | Leaf.accessed) }
      for value in values {
        var (bench, builder) = Self.bench(setup)
        builder.map(address, level: level, leaf: value)
        let expected = Outcome.stageOne(.translation, UInt8(level))
        #expect(bench.look(address, el: setup.exceptionLevel) == expected, "level \(level) \(value.hex())")
      }
    }
  }

  @Test("Access flag and output size fault at the level of the leaf", arguments: setups)
  func leafFaults(setup: Setup) {
    let address = Self.address(setup)
    let firstBlock = setup.granuleBits == 12 ? 1 : 2
    for level in max(setup.startLevel, firstBlock)...3 {
      let type = level == 3 ? Leaf.page : Leaf.block
      let rows: [(UInt64, TranslationFault.Kind)] = [
        (type | Leaf.normal, .accessFlag),
        // Bit 44 is above the implemented 44 bits; it is found before the access flag.
        (type | Leaf.normal | 1 << 44, .addressSize),
        (type | Leaf.normal | 1 << 47 | Leaf.accessed, .addressSize),
        // AP[2] set: a write has no permission.
        (type | Leaf.normal | Leaf.accessed | Leaf.readOnly, .permission),
      ]
      for (leaf, kind) in rows {
        var (bench, builder) = Self.bench(setup)
        builder.map(address, level: level, leaf: leaf)
        let outcome = bench.look(address, .write, el: setup.exceptionLevel)
        #expect(outcome == .stageOne(kind, UInt8(level)), "level \(level) \(leaf.hex())")
      }
    }
  }

  @Test("A table address beyond the output size faults at the level of its descriptor", arguments: setups)
  func tableSize(setup: Setup) {
    guard setup.startLevel < 3 else { return }
    let address = Self.address(setup)
    for level in setup.startLevel..<3 {
      var (bench, builder) = Self.bench(setup)
      builder.map(address, level: level, leaf: 1 << 45 | 3)
      let expected = Outcome.stageOne(.addressSize, UInt8(level))
      #expect(bench.look(address, el: setup.exceptionLevel) == expected)
    }
  }

  @Test("A table where there is no memory is an external abort at the level that reads it", arguments: setups)
  func externalAborts(setup: Setup) {
    let address = Self.address(setup)
    for level in setup.startLevel..<3 {
      var (bench, builder) = Self.bench(setup)
      builder.map(address, level: level, leaf: 0x8000_0000 | 3)
      let expected = Outcome.stageOne(.externalAbortOnWalk, UInt8(level + 1))
      #expect(bench.look(address, el: setup.exceptionLevel) == expected)
    }
  }

  @Test("Addresses just outside a half are level 0 translation faults", arguments: setups)
  func outside(setup: Setup) {
    let (bench, _) = Self.bench(setup)
    let bit: UInt64 = 1 << (64 - setup.sizeField)
    let address = Self.address(setup) ^ bit
    #expect(bench.look(address, el: setup.exceptionLevel) == .stageOne(.translation, 0))
  }

  @Test("TxSZ out of range is a level 0 translation fault", arguments: [0, 15, 40, 63] as [UInt64])
  func sizeOutOfRange(size: UInt64) {
    for (level, isUpper) in [(1, false), (1, true), (2, false), (3, false)] {
      let (bench, _) = Self.bench(Setup(exceptionLevel: level, isUpper: isUpper, sizeField: size))
      let address: UInt64 = isUpper ? ~0xfff : 0
      #expect(bench.look(address, el: level) == .stageOne(.translation, 0))
    }
  }

  @Test("Output sizes follow IPS, limited to 44 bits", arguments: [
    (0, 32), (1, 36), (2, 40), (3, 42), (4, 44), (5, 44), (6, 44), (7, 44),
  ] as [(UInt64, UInt64)])
  func outputSize(field: UInt64, bits: UInt64) {
    let setup = Setup(sizeField: 25, startLevel: 1)
    for (address, expected) in [
      (1 << (bits - 1), Outcome.to(1 << (bits - 1))), (1 << bits, Outcome.stageOne(.addressSize, 3)),
    ] as [(UInt64, Outcome)] {
      var (bench, builder) = Self.bench(setup)
      bench.apply { $0.tcrEL1 = $0.tcrEL1.replacing(34, 32, with: field) }
      builder.map(0x7000, level: 3, leaf: address | Leaf.kernel)
      #expect(bench.look(0x7000) == expected)
    }
    // The table base register is checked against the same size, as level 0.
    let (bench, _) = Self.bench(setup)
    bench.apply {
      $0.tcrEL1 = $0.tcrEL1.replacing(34, 32, with: field)
      $0.ttbr0EL1 = 1 << bits
    }
    #expect(bench.look(0x7000) == .stageOne(.addressSize, 0))
  }

  @Test("EPD0 and EPD1 stop walks of their half alone")
  func walkDisable() {
    for (epd0, epd1) in [(false, false), (true, false), (false, true), (true, true)] {
      let bench = Bench()
      bench.enableEL1()
      bench.mapPage(0x5000, to: 0x6000 | Leaf.kernel, root: 0x10000, tables: 0x30000)
      bench.mapPage(0xffff_8000_0000_5000, to: 0x7000 | Leaf.kernel, root: 0x20000, tables: 0x40000)
      bench.apply { $0.tcrEL1 |= (epd0 ? 1 << 7 : 0) | (epd1 ? 1 << 23 : 0) }
      #expect(bench.look(0x5000) == (epd0 ? .stageOne(.translation, 0) : .to(0x6000)))
      let upper = bench.look(0xffff_8000_0000_5000)
      #expect(upper == (epd1 ? .stageOne(.translation, 0) : .to(0x7000)))
    }
  }

  @Test("Reserved and 16 KiB granule encodings behave as 4 KiB", arguments: [0, 1, 2, 3] as [UInt64])
  func granules(field: UInt64) {
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(0x5000, to: 0x6000 | Leaf.kernel, root: 0x10000, tables: 0x30000)
    bench.mapPage(0xffff_8000_0000_5000, to: 0x7000 | Leaf.kernel, root: 0x20000, tables: 0x40000)
    bench.apply { $0.tcrEL1 = $0.tcrEL1.replacing(15, 14, with: field).replacing(31, 30, with: field) }
    // TG0: only 01 is 64 KiB. TG1: only 11 is.
    #expect((bench.look(0x5000) == .to(0x6000)) == (field != 1))
    #expect((bench.look(0xffff_8000_0000_5000) == .to(0x7000)) == (field != 3))
  }

  @Test("Big-endian tables are read as such in each regime", arguments: [1, 2, 3])
  func bigEndian(exceptionLevel: Int) {
    var (bench, builder) = Self.bench(Setup(exceptionLevel: exceptionLevel))
    bench.apply {
      $0.sctlrEL1 |= exceptionLevel == 1 ? 1 << 25 : 0
      $0.sctlrEL2 |= exceptionLevel == 2 ? 1 << 25 : 0
      $0.sctlrEL3 |= exceptionLevel == 3 ? 1 << 25 : 0
    }
    builder.bigEndian = true
    builder.map(0x1234_5000, level: 3, leaf: 0x9000 | Leaf.kernel)
    #expect(bench.look(0x1234_5678, el: exceptionLevel) == .to(0x9678))
  }

  @Test("TBI makes bits 63:56 irrelevant, to walks and to the flat map, and the tag keeps them")
  func topByte() {
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(0x5000, to: 0x6000 | Leaf.kernel, root: 0x10000, tables: 0x30000)
    bench.mapPage(0xffff_8000_0000_5000, to: 0x7000 | Leaf.kernel, root: 0x20000, tables: 0x40000)
    let lower: UInt64 = 0xab00_0000_0000_5008
    let upper: UInt64 = 0x12ff_8000_0000_5008
    #expect(bench.look(lower) == .stageOne(.translation, 0))
    #expect(bench.look(upper) == .stageOne(.translation, 0))
    bench.apply { $0.tcrEL1 |= 1 << 37 }
    #expect(bench.look(lower) == .to(0x6008))
    #expect(bench.look(upper) == .stageOne(.translation, 0))
    bench.apply { $0.tcrEL1 |= 1 << 38 }
    #expect(bench.look(upper) == .to(0x7008))
    let entry = bench.unit.dataEntries + TLBLayout.dataIndex(lower)
    #expect(bench.look(lower) == .to(0x6008))
    #expect(entry[0] & ~0xfff == lower & ~0xfff)
    #expect(lower &+ entry[2] == UInt64(UInt(bitPattern: bench.ram.base)) + 0x6008)

    bench.apply { $0.sctlrEL1 = 0 }
    #expect(bench.look(lower) == .to(0x5008))
    bench.apply { $0.tcrEL1 &= ~(1 << 37) }
    #expect(bench.look(lower) == .stageOne(.addressSize, 0))
  }

  @Test("With the MMU off addresses are flat up to 44 bits, data is Device and fetches are Normal")
  func flat() {
    for level in 0...3 {
      let bench = Bench()
      bench.apply { $0.scrEL3 = 1 }
      #expect(bench.look(0x0fff_ffff_ffff, el: level) == .to(0x0fff_ffff_ffff))
      #expect(bench.look(0x1000_0000_0000, el: level) == .stageOne(.addressSize, 0))
      #expect(bench.look(0xffff_0000_0000_0000, el: level) == .stageOne(.addressSize, 0))
      #expect(bench.look(0x5001, el: level, aligned: false) == .stageOne(.alignment, 0))
      #expect(bench.look(0x5001, .execute, el: level, aligned: false) == .to(0x5001))
      guard case .success(_, let data) = bench.unit.lookup(0x5000, .write, exceptionLevel: level) else {
        Issue.record("no translation")
        continue
      }
      #expect(data.attributes == MemoryAttributes(encoding: 0, shareability: 2))
      for (sctlr, attribute) in [(0, 0x44), (1 << 12, 0xaa)] as [(UInt64, UInt8)] {
        bench.apply {
          $0.sctlrEL1 = sctlr
          $0.sctlrEL2 = sctlr
          $0.sctlrEL3 = sctlr
        }
        let fetch = bench.unit.probe(0x5000, .execute, exceptionLevel: level, stages: .both)
        guard case .success(_, let info) = fetch else {
          Issue.record("no translation")
          continue
        }
        #expect(info.attributes == MemoryAttributes(encoding: attribute, shareability: 2))
      }
    }
  }

  @Test("A Secure walk is Secure until a table or a leaf says otherwise")
  func security() {
    // NS of SCR_EL3, NSTable at levels 0...2, NS of the leaf; Secure output, non-global.
    let rows: [(UInt64, UInt64, UInt64, Bool, Bool)] = [
      (0, 0, 0, true, false), (0, 0, 1, false, false), (0, 1, 0, false, true), (0, 1, 1, false, true),
      (1, 0, 0, false, false), (1, 1, 0, false, false),
    ]
    for (scr, nsTable, ns, isSecure, notGlobal) in rows {
      var (bench, builder) = Self.bench(Setup())
      bench.apply { $0.scrEL3 = scr }
      builder.map(0x5000, level: 3, leaf: 0x6000 | Leaf.kernel | ns << 5, tableBits: 3 | nsTable << 63)
      guard case .success(_, let info) = bench.unit.lookup(0x5000, .read, exceptionLevel: 1) else {
        Issue.record("no translation")
        continue
      }
      #expect(info.contains(.secure) == isSecure, "\(scr) \(nsTable) \(ns)")
      #expect(info.contains(.notGlobal) == notGlobal, "\(scr) \(nsTable) \(ns)")
    }
    // EL3 is always Secure, EL2 never.
    for (level, isSecure) in [(2, false), (3, true)] {
      var (bench, builder) = Self.bench(Setup(exceptionLevel: level))
      builder.map(0x5000, level: 3, leaf: 0x6000 | Leaf.kernel | Leaf.notGlobal)
      guard case .success(_, let info) = bench.unit.lookup(0x5000, .read, exceptionLevel: level) else {
        Issue.record("no translation")
        continue
      }
      #expect(info.contains(.secure) == isSecure)
      #expect(!info.contains(.notGlobal))
    }
  }

  @Test("SCR_EL3.SIF forbids Secure fetches from Non-secure memory", arguments: [1, 3])
  func secureInstructionFetch(level: Int) {
    var (bench, builder) = Self.bench(Setup(exceptionLevel: level))
    builder.map(0x5000, level: 3, leaf: 0x6000 | Leaf.kernel | 1 << 5)
    bench.apply { $0.scrEL3 = 0 }
    #expect(bench.look(0x5000, .execute, el: level) == .to(0x6000))
    bench.apply { $0.scrEL3 = 1 << 9 }
    #expect(bench.look(0x5000, .execute, el: level) == .stageOne(.permission, 3))
    #expect(bench.look(0x5000, .read, el: level) == .to(0x6000))
  }

  @Test("Status codes are those of the syndrome tables")
  func statusCodes() {
    // ESR_ELx.ISS DFSC, D13.2.37.
    let rows: [(TranslationFault.Kind, UInt8, UInt64)] = [
      (.addressSize, 0, 0b000000), (.addressSize, 3, 0b000011), (.translation, 0, 0b000100),
      (.translation, 2, 0b000110), (.accessFlag, 1, 0b001001), (.accessFlag, 3, 0b001011),
      (.permission, 1, 0b001101), (.permission, 3, 0b001111), (.externalAbortOnWalk, 0, 0b010100),
      (.externalAbortOnWalk, 3, 0b010111), (.alignment, 0, 0b100001),
    ]
    for (kind, level, code) in rows { #expect(TranslationFault(kind, level: level).statusCode == code) }
  }
}
