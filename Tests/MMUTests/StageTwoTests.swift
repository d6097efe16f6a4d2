import Fabric
import Testing

@testable import MMU

@Suite("Stage 2") struct StageTwoTests {
  static let root: UInt64 = 0x10_0000
  static let arena: UInt64 = 0x20_0000
  static let readWrite: UInt64 = 0xf << 2 | 3 << 6 | 1 << 10
  static let device: UInt64 = 0x1 << 2 | 3 << 6 | 1 << 10

  /// EL1&0 with stage 1 off behind a stage 2 of the given shape.
  static func bench(
    granuleBits: Int, sizeField: UInt64, startField: UInt64, startLevel: Int
  ) -> (Bench, TableBuilder) {
    let bench = Bench()
    bench.apply {
      $0.scrEL3 = 1
      $0.hcrEL2 = 1
      $0.vtcrEL2 = sizeField | startField << 6 | (granuleBits == 16 ? 1 : 0) << 14 | 4 << 16
      $0.vttbrEL2 = root | 1 << 48
    }
    let builder = TableBuilder(
      bench, granuleBits: granuleBits, inputBits: 64 - Int(sizeField), startLevel: startLevel, root: root,
      arena: arena)
    return (bench, builder)
  }

  /// Valid T0SZ by SL0 and granule for a 44-bit core (D5.2.3 and D5.2.4): between 2 entries and 16 tables
  /// at the start level, input size between 25 and 44 bits.
  struct Shape: CustomTestStringConvertible, Sendable {
    let granuleBits: Int
    let startField: UInt64
    let level: Int
    let sizes: ClosedRange<UInt64>
    var testDescription: String { "\(granuleBits == 12 ? "4K" : "64K") SL0 \(startField)" }
  }
  static let shapes = [
    Shape(granuleBits: 12, startField: 0, level: 2, sizes: 30...39),
    Shape(granuleBits: 12, startField: 1, level: 1, sizes: 21...33),
    Shape(granuleBits: 12, startField: 2, level: 0, sizes: 20...24),
    Shape(granuleBits: 16, startField: 0, level: 3, sizes: 31...39),
    Shape(granuleBits: 16, startField: 1, level: 2, sizes: 20...34),
    Shape(granuleBits: 16, startField: 2, level: 1, sizes: 20...21),
  ]

  @Test("T0SZ and SL0 fit or every access is a level 0 translation fault", arguments: shapes)
  func shapeCheck(shape: Shape) {
    for size in 0...63 as ClosedRange<UInt64> {
      var (bench, builder) = Self.bench(
        granuleBits: shape.granuleBits, sizeField: size, startField: shape.startField,
        startLevel: shape.level)
      guard shape.sizes.contains(size) else {
        #expect(bench.look(0x5008) == .stageTwo(.translation, 0, ipa: 0x5008), "T0SZ \(size)")
        continue
      }
      // The highest address: the last entry of the last concatenated table.
      let address = ((1 << (64 - size)) - 1) & ~0xff7 as UInt64
      builder.map(address, level: 3, leaf: 0x7_0000 | 3 | Self.readWrite)
      let offset = address & ((1 << UInt64(shape.granuleBits)) - 1)
      // Stage 1 is off and reaches 44 bits.
      #expect(bench.look(address) == .to(0x7_0000 | offset), "T0SZ \(size)")
      let beyond: UInt64 = 1 << (64 - size)
      guard 64 - size < 44 else { continue }
      #expect(bench.look(beyond) == .stageTwo(.translation, 0, ipa: beyond), "T0SZ \(size)")
    }
  }

  @Test("SL0 = 3 is reserved: level 0 translation fault", arguments: [12, 16])
  func reservedStart(granuleBits: Int) {
    for size in 16...39 as ClosedRange<UInt64> {
      let (bench, _) = Self.bench(granuleBits: granuleBits, sizeField: size, startField: 3, startLevel: 0)
      #expect(bench.look(0) == .stageTwo(.translation, 0, ipa: 0))
    }
  }

  @Test("Blocks, pages and faults at each level", arguments: shapes)
  func levels(shape: Shape) {
    let size = shape.sizes.lowerBound
    let address: UInt64 = 0x5a5a_9696_7008 & ((1 << (64 - size)) - 1)
    let firstBlock = shape.granuleBits == 12 ? 1 : 2
    for level in shape.level...3 {
      func outcome(_ leaf: UInt64, _ kind: AccessKind = .read) -> Outcome {
        var (bench, builder) = Self.bench(
          granuleBits: shape.granuleBits, sizeField: size, startField: shape.startField,
          startLevel: shape.level)
        builder.map(address, level: level, leaf: leaf)
        return bench.look(address, kind)
      }
      func fault(_ kind: TranslationFault.Kind, _ level: Int) -> Outcome {
        .stageTwo(kind, UInt8(level), ipa: address)
      }
      #expect(outcome(0) == fault(.translation, level))
      #expect(outcome(2) == fault(.translation, level))
      if level < 3 {
        #expect(outcome(1 << 44 | 3) == fault(.addressSize, level))
        #expect(outcome(0x8000_0000 | 3) == fault(.externalAbortOnWalk, level + 1))
      }
      guard level >= firstBlock else {
        #expect(outcome(1 | Self.readWrite) == fault(.translation, level))
        continue
      }
      let type: UInt64 = level == 3 ? 3 : 1
      let low = UInt64((3 - level) * (shape.granuleBits - 3) + shape.granuleBits)
      let pattern: UInt64 = 0x0000_0a5a_5a5a_5000
      let output = (pattern >> low) << low
      #expect(outcome(output | type | Self.readWrite) == .to(output | (address & ((1 << low) - 1))))
      #expect(outcome(output | type | 3 << 6) == fault(.accessFlag, level))
      #expect(outcome(1 << 45 | type | Self.readWrite) == fault(.addressSize, level))
      #expect(outcome(output | type | 1 << 10 | 1 << 6, .write) == fault(.permission, level))
      #expect(outcome(output | type | 1 << 10 | 1 << 7, .read) == fault(.permission, level))
      #expect(outcome(output | type | Self.readWrite | 1 << 54, .execute) == fault(.permission, level))
    }
    var (bench, builder) = Self.bench(
      granuleBits: shape.granuleBits, sizeField: size, startField: shape.startField, startLevel: shape.level)
    if shape.level == 3 {
      builder.map(address, level: 3, leaf: 1 | Self.readWrite)
      #expect(bench.look(address) == .stageTwo(.translation, 3, ipa: address))
    }
    bench.apply { $0.vttbrEL2 = 1 << 44 | 1 << 48 }
    #expect(bench.look(address) == .stageTwo(.addressSize, 0, ipa: address))
  }

  @Test("SCTLR_EL2.EE, not EL1's, makes stage 2 tables big-endian")
  func bigEndian() {
    var (bench, builder) = Self.bench(granuleBits: 12, sizeField: 24, startField: 1, startLevel: 1)
    builder.bigEndian = true
    builder.map(0x5000, level: 3, leaf: 0x7000 | 3 | Self.readWrite)
    bench.apply { $0.sctlrEL1 = 1 << 25 }
    #expect(bench.look(0x5000) != .to(0x7000))
    bench.apply { $0.sctlrEL2 = 1 << 25 }
    #expect(bench.look(0x5000) == .to(0x7000))
  }

  // MARK: Stage 1 behind stage 2

  /// Stage-1 tables at IPA 0x4000_0000 (level 0) to 0x4000_3000 for `address`, which stage 2 maps page by
  /// page to physical 0x50_0000...; the leaf is `leaf`. The stage-2 leaf for IPA page n of that gigabyte is
  /// at the returned place + 8n.
  static func nested(_ address: UInt64, leaf: UInt64) -> (Bench, UInt64) {
    var (bench, builder) = Self.bench(granuleBits: 12, sizeField: 24, startField: 1, startLevel: 1)
    builder.map(0x4000_0000, level: 3, leaf: 0)
    let place = builder.places[3]
    for page in 0..<8 as Range<UInt64> {
      bench.put(0x50_0000 + page << 12 | 3 | readWrite, at: place + page * 8)
    }
    let levels: [(high: Int, low: Int)] = [(47, 39), (38, 30), (29, 21), (20, 12)]
    for (step, bits) in levels.enumerated() {
      let value = step == 3 ? leaf : 0x4000_1000 + UInt64(step) << 12 | 3
      bench.put(value, at: 0x50_0000 + UInt64(step) << 12 + address.bits(bits.high, bits.low) * 8)
    }
    bench.apply {
      $0.mairEL1 = 0xff00
      $0.tcrEL1 = 16 | 16 << 16 | 2 << 30 | 4 << 32
      $0.ttbr0EL1 = 0x4000_0000
      $0.sctlrEL1 = 1
    }
    return (bench, place)
  }

  static let guest: UInt64 = 0x1234_5678_9008

  /// The address of the descriptor that level `step` reads, as the guest sees it.
  static func descriptorIPA(_ step: Int) -> UInt64 {
    let index = [guest.bits(47, 39), guest.bits(38, 30), guest.bits(29, 21), guest.bits(20, 12)][step]
    return 0x4000_0000 + UInt64(step) << 12 + index * 8
  }

  @Test("A walk through stage 2 translates, and refills from what it remembers")
  func nestedWalk() {
    let (bench, _) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    for _ in 0..<3 {
      #expect(bench.look(Self.guest) == .to(0x50_5008))
      bench.unit.invalidate(bench.unit.invalidation(.vale1, operand: Self.guest >> 12))
    }
  }

  @Test("Stage-2 faults on stage-1 reads say S1PTW, the descriptor's IPA and stage 2's level",
    arguments: [0, 1, 2, 3], AccessKind.allKinds)
  func walkFaults(step: Int, kind: AccessKind) {
    let rows: [(UInt64, TranslationFault.Kind)] = [
      (0, .translation), (3 | 3 << 6 | 0xf << 2, .accessFlag), (3 | 1 << 10 | 2 << 6 | 0xf << 2, .permission),
      (1 << 44 | 3 | Self.readWrite, .addressSize),
    ]
    for (value, fault) in rows {
      let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
      bench.put(value, at: place + UInt64(step) * 8)
      let expected = Outcome.stageTwo(fault, 3, ipa: Self.descriptorIPA(step), onWalk: true)
      #expect(bench.look(Self.guest, kind) == expected)
    }
  }

  @Test(
    "A stage-1 table needs only read permission at stage 2, whatever the access",
    arguments: AccessKind.allKinds)
  func walkIsRead(kind: AccessKind) {
    let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    for page in 0..<4 as Range<UInt64> {
      // Read-only and execute-never.
      bench.put(0x50_0000 + page << 12 | 3 | 1 << 10 | 1 << 6 | 0xf << 2 | 1 << 54, at: place + page * 8)
    }
    #expect(bench.look(Self.guest, kind) == .to(0x50_5008))
  }

  @Test("HCR_EL2.PTW refuses stage-1 tables in stage-2 Device memory", arguments: [0, 1, 2, 3])
  func protectedWalk(step: Int) {
    let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    bench.put(0x50_0000 + UInt64(step) << 12 | 3 | Self.device, at: place + UInt64(step) * 8)
    #expect(bench.look(Self.guest) == .to(0x50_5008))
    bench.apply { $0.hcrEL2 = 1 | 1 << 2 }
    let expected = Outcome.stageTwo(.permission, 3, ipa: Self.descriptorIPA(step), onWalk: true)
    #expect(bench.look(Self.guest) == expected)
  }

  @Test("A table outside stage 2's input range is a level 0 fault with S1PTW")
  func tableOutOfRange() {
    let (bench, _) = Self.nested(Self.guest, leaf: 0)
    bench.apply { $0.ttbr0EL1 = 1 << 42 }
    let ipa = 1 << 42 + Self.guest.bits(47, 39) * 8
    #expect(bench.look(Self.guest) == .stageTwo(.translation, 0, ipa: ipa, onWalk: true))
  }

  @Test("Stage-1 faults win over stage 2's, and a stage-2 fault of the access itself is not S1PTW")
  func order() {
    let leaf: UInt64 = 0x4000_5000 | Leaf.kernel | Leaf.readOnly
    let (bench, place) = Self.nested(Self.guest, leaf: leaf)
    bench.put(0, at: place + 5 * 8)
    #expect(bench.look(Self.guest, .write) == .stageOne(.permission, 3))
    #expect(bench.look(Self.guest, .read) == .stageTwo(.translation, 3, ipa: 0x4000_5008))
  }

  @Test("Unaligned Device accesses: stage 1's Device before stage 1's permission, stage 2's before stage 2's")
  func alignment() {
    // Leaf attribute 0 is Device.
    let stageOneDevice: UInt64 = 0x4000_5000 | Leaf.page | Leaf.accessed | Leaf.readOnly
    let (one, _) = Self.nested(Self.guest, leaf: stageOneDevice)
    #expect(one.look(Self.guest, .write, aligned: false) == .stageOne(.alignment, 0))
    #expect(one.look(Self.guest, .write, aligned: true) == .stageOne(.permission, 3))

    let (two, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    two.put(0x50_5000 | 3 | 0x1 << 2 | 1 << 6 | 1 << 10, at: place + 5 * 8)
    let fault = Outcome.stageTwo(.alignment, 0, ipa: 0x4000_5008)
    #expect(two.look(Self.guest, .write, aligned: false) == fault)
    #expect(two.look(Self.guest, .write) == .stageTwo(.permission, 3, ipa: 0x4000_5008))
    #expect(two.look(Self.guest, .read) == .to(0x50_5008))
    // From a filled TLB, too.
    #expect(two.look(Self.guest, .read, aligned: false) == fault)
    let entry = two.unit.dataEntries + TLBLayout.dataIndex(Self.guest)
    #expect(entry[0] & TLBLayout.slow != 0)
  }

  // MARK: HCR_EL2

  @Test("HCR_EL2.DC turns stage 1 off, makes it Normal Write-Back, and stage 2 on")
  func defaultCacheable() {
    let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    bench.apply { $0.hcrEL2 = 1 << 12 }
    // Stage 1 is flat although SCTLR_EL1.M is set; stage 2 applies although VM is clear.
    #expect(bench.look(0x4000_5123, aligned: false) == .to(0x50_5123))
    guard case .success(_, let info) = bench.unit.lookup(0x4000_5000, .read, exceptionLevel: 0) else {
      Issue.record("no translation")
      return
    }
    #expect(info.attributes == MemoryAttributes(encoding: 0xff, shareability: 0))
    bench.put(0, at: place + 6 * 8)
    #expect(bench.look(0x4000_6000) == .stageTwo(.translation, 3, ipa: 0x4000_6000))
  }

  @Test("HCR_EL2.TGE turns stage 1 of EL0 off, as Device; VM keeps stage 2")
  func trapGeneral() {
    let (bench, _) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    bench.apply { $0.hcrEL2 = 1 | 1 << 27 }
    #expect(bench.look(0x4000_5128, el: 0) == .to(0x50_5128))
    #expect(bench.look(0x4000_5121, el: 0, aligned: false) == .stageOne(.alignment, 0))
    bench.apply { $0.hcrEL2 = 1 << 27 }
    #expect(bench.look(0x4000_5128, el: 0) == .to(0x4000_5128))
  }

  @Test("With stage 1 off data is Device even where stage 2 says Normal, fetches are not")
  func stageOneOff() {
    let (bench, _) = Self.nested(Self.guest, leaf: 0)
    bench.apply { $0.sctlrEL1 = 0 }
    #expect(bench.look(0x4000_5001, aligned: false) == .stageOne(.alignment, 0))
    #expect(bench.look(0x4000_5008, .execute) == .to(0x50_5008))
    #expect(bench.look(0x4000_5008) == .to(0x50_5008))
    let entry = bench.unit.dataEntries + TLBLayout.dataIndex(0x4000_5008)
    #expect(TLBInfo(rawValue: entry[3]).contains(.deviceMemory))
    // Who takes the inline path there checks the alignment, and is told so.
    #expect(bench.unit.isFlatDevice(1) && entry[0] & TLBLayout.slow == 0)
  }

  @Test("Stage 2 is for Non-secure EL1 and EL0 only")
  func regimes() {
    let (bench, _) = Self.nested(Self.guest, leaf: 0)
    bench.apply { $0.sctlrEL1 = 0 }
    for level in 0...3 {
      #expect(bench.look(0x4000_5008, el: level) == .to(level < 2 ? 0x50_5008 : 0x4000_5008))
    }
    bench.apply { $0.scrEL3 = 0 }
    for level in [0, 1] { #expect(bench.look(0x4000_5008, el: level) == .to(0x4000_5008)) }
  }

  // MARK: Probes for AT

  @Test("AT S1E1x gives the IPA and stage 1's attributes, AT S12E1x the PA and the combined ones")
  func probe() {
    let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel | 3 << 8)
    bench.apply { $0.sctlrEL1 |= 1 << 2 }
    bench.put(0x50_5000 | 3 | 0x5 << 2 | 3 << 6 | 1 << 10 | 2 << 8, at: place + 5 * 8)
    let one = bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .one)
    let both = bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .both)
    guard case .success(let ipa, let oneInfo) = one, case .success(let pa, let bothInfo) = both else {
      Issue.record("no translation")
      return
    }
    #expect(ipa.rawValue == 0x4000_5008)
    #expect(oneInfo.attributes == MemoryAttributes(encoding: 0xff, shareability: 3))
    #expect(pa.rawValue == 0x50_5008)
    #expect(bothInfo.attributes == MemoryAttributes(encoding: 0x44, shareability: 2))

    bench.put(0, at: place + 5 * 8)
    #expect(Outcome(bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .one)) == .to(0x4000_5008))
    let fault = Outcome.stageTwo(.translation, 3, ipa: 0x4000_5008)
    #expect(Outcome(bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .both)) == fault)
    bench.put(0, at: place)
    let onWalk = Outcome.stageTwo(.translation, 3, ipa: Self.descriptorIPA(0), onWalk: true)
    #expect(Outcome(bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .one)) == onWalk)
  }

  @Test("A probe leaves the TLB as it was and sees the tables as they are")
  func probeIsPure() {
    let (bench, place) = Self.nested(Self.guest, leaf: 0x4000_5000 | Leaf.kernel)
    #expect(Outcome(bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .both)) == .to(0x50_5008))
    #expect(bench.unit.dataEntries[TLBLayout.dataIndex(Self.guest)] == TLBLayout.empty)
    #expect(bench.look(Self.guest) == .to(0x50_5008))
    bench.put(0x50_6000 | 3 | Self.readWrite, at: place + 5 * 8)
    #expect(Outcome(bench.unit.probe(Self.guest, .read, exceptionLevel: 1, stages: .both)) == .to(0x50_6008))
    #expect(bench.look(Self.guest) == .to(0x50_5008))
  }
}

extension AccessKind {
  static let allKinds: [AccessKind] = [.read, .write, .execute]
}
