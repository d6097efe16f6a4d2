import Fabric
import Testing

@testable import MMU

/// Each test maps pages, fills the TLB, changes the tables behind its back and asks, after a maintenance
/// operation, which translations are still the old ones. A TLB may forget at any time, but this one must not
/// forget more than it says (else it is slow), and may never keep what the operation names.
@Suite("TLB maintenance") struct TLBMaintenanceTests {
  static let stale: UInt64 = 0x6000
  static let fresh: UInt64 = 0x7000

  /// A space is what one context of EL1&0 sees: VMID, ASID, half, global or not. Each gets its own page.
  struct Space: Hashable, CustomTestStringConvertible, Sendable {
    var vmid: UInt64 = 1
    var asid: UInt64 = 1
    var isUpper = false
    var isGlobal = false
    var isSecure = false
    var testDescription: String {
      let flags = (isUpper ? " upper" : "") + (isGlobal ? " global" : "")
      return "\(isSecure ? "secure " : "")vmid \(vmid) asid \(asid)" + flags
    }
    /// Pages of different spaces lie in different slots of the TLB.
    var address: UInt64 {
      let number = vmid * 64 + asid * 16 + (isUpper ? 8 : 0) + (isGlobal ? 4 : 0) + (isSecure ? 2 : 0)
      return (isUpper ? 0xffff_0000_0000_0000 : 0) | number << 12
    }
  }

  static let spaces: [Space] = {
    var spaces: [Space] = []
    for vmid in [1, 2] as [UInt64] {
      for asid in [1, 2] as [UInt64] {
        for isUpper in [false, true] {
          for isGlobal in [false, true] {
            spaces.append(Space(vmid: vmid, asid: asid, isUpper: isUpper, isGlobal: isGlobal))
          }
        }
      }
    }
    spaces.append(Space(vmid: 0, asid: 1, isSecure: true))
    spaces.append(Space(vmid: 0, asid: 2, isGlobal: true, isSecure: true))
    return spaces
  }()

  /// One set of tables serves all spaces; only the leaf differs. TTBR bases are the same for all ASIDs, so
  /// that only tags tell the spaces apart.
  static func map(_ bench: Bench, _ space: Space, to output: UInt64) {
    let root: UInt64 = space.isUpper ? 0x20000 : 0x10000
    let bits = Leaf.kernel | (space.isGlobal ? 0 : Leaf.notGlobal)
    bench.mapPage(space.address, to: output | bits, root: root, tables: space.isUpper ? 0x40000 : 0x30000)
  }

  static func enter(_ bench: Bench, _ space: Space) {
    bench.apply {
      $0.scrEL3 = space.isSecure ? 0 : 1
      $0.vttbrEL2 = space.vmid << 48
      $0.ttbr0EL1 = 0x10000 | space.asid << 48
    }
  }

  static func filledBench() -> Bench {
    let bench = Bench()
    bench.enableEL1()
    for level in [2, 3] {
      bench.apply {
        $0.mairEL2 = 0xff00
        $0.mairEL3 = 0xff00
        $0.tcrEL2 = 16 | 4 << 16
        $0.tcrEL3 = 16 | 4 << 16
        $0.ttbr0EL2 = 0x50000
        $0.ttbr0EL3 = 0x58000
        $0.sctlrEL2 = 1
        $0.sctlrEL3 = 1
      }
      // EL2 at 0x20_0000, EL3 at 0x30_0000: slots of their own.
      let root: UInt64 = level == 2 ? 0x50000 : 0x58000
      bench.mapPage(singleAddress(level), to: stale | Leaf.kernel, root: root, tables: root + 0x1000)
    }
    for space in spaces { map(bench, space, to: stale) }
    for space in spaces {
      enter(bench, space)
      for kind in [AccessKind.read, .execute] { _ = bench.look(space.address, kind) }
    }
    for level in [2, 3] {
      for kind in [AccessKind.read, .execute] { _ = bench.look(singleAddress(level), kind, el: level) }
    }
    // Behind the TLB's back.
    for space in spaces { map(bench, space, to: fresh) }
    for level in [2, 3] {
      let root: UInt64 = level == 2 ? 0x50000 : 0x58000
      bench.mapPage(singleAddress(level), to: fresh | Leaf.kernel, root: root, tables: root + 0x1000)
    }
    return bench
  }

  static func singleAddress(_ level: Int) -> UInt64 { 0x0f_0000 + UInt64(level) << 12 }

  /// Which spaces (and which of EL2 and EL3) now see their new page.
  static func refreshed(_ bench: Bench) -> (spaces: Set<Space>, levels: Set<Int>) {
    var result: Set<Space> = []
    for space in spaces {
      enter(bench, space)
      let read = bench.look(space.address, .read)
      let fetch = bench.look(space.address, .execute)
      #expect(read == fetch)
      if read == .to(fresh) { result.insert(space) }
    }
    var levels: Set<Int> = []
    for level in [2, 3] {
      let read = bench.look(singleAddress(level), .read, el: level)
      #expect(read == bench.look(singleAddress(level), .execute, el: level))
      if read == .to(fresh) { levels.insert(level) }
    }
    return (result, levels)
  }

  @Test("Without maintenance nothing changes: contexts keep all spaces apart and none is lost")
  func nothing() {
    let bench = Self.filledBench()
    let (spaces, levels) = Self.refreshed(bench)
    #expect(spaces.isEmpty)
    #expect(levels.isEmpty)
  }

  /// Operation, whether issued for Secure EL1, and the spaces that it means, as D5.10.2 lists them; issued
  /// with VMID 1, ASID 1.
  static let scopes: [(TLBInvalidation.Operation, Bool, @Sendable (Space) -> Bool)] = [
    (.vmalle1, false, { !$0.isSecure && $0.vmid == 1 }),
    (.vmalls12e1, false, { !$0.isSecure && $0.vmid == 1 }),
    (.alle1, false, { !$0.isSecure }),
    (.aside1, false, { !$0.isSecure && $0.vmid == 1 && $0.asid == 1 && !$0.isGlobal }),
    (.vmalle1, true, { $0.isSecure }),
    (.alle1, true, { $0.isSecure }),
    (.aside1, true, { $0.isSecure && $0.asid == 1 && !$0.isGlobal }),
    (.alle2, false, { _ in false }),
    (.alle3, false, { _ in false }),
    // By IPA: stage-1 entries are not meant, but those of the VMID may go, as stage 2 is part of them.
    (.ipas2e1, false, { !$0.isSecure && $0.vmid == 1 }),
    (.ipas2le1, false, { !$0.isSecure && $0.vmid == 1 }),
  ]

  @Test("Operations without an address remove exactly their scope", arguments: 0..<scopes.count)
  func scope(row: Int) {
    let (operation, isSecure, predicate) = Self.scopes[row]
    let bench = Self.filledBench()
    let operand: UInt64 = 1 << 48
    bench.unit.invalidate(TLBInvalidation(operation, operand: operand, vmid: 1, isSecure: isSecure))
    let (spaces, levels) = Self.refreshed(bench)
    #expect(spaces == Set(Self.spaces.filter(predicate)))
    #expect(levels == (operation == .alle2 ? [2] : operation == .alle3 ? [3] : []))
  }

  @Test(
    "VA operations remove the page for the ASID, or global, of the VMID; VAA for all ASIDs",
    arguments: spaces)
  func byAddress(space: Space) {
    for (operation, anyASID) in [
      (.vae1, false), (.vale1, false), (.vaae1, true), (.vaale1, true),
    ] as [(TLBInvalidation.Operation, Bool)] {
      for asid in [1, 2] as [UInt64] {
        for vmid in [1, 2] as [UInt16] {
          for isSecure in [false, true] {
            let bench = Self.filledBench()
            let operand = asid << 48 | space.address.bits(55, 12)
            bench.unit.invalidate(
              TLBInvalidation(operation, operand: operand, vmid: vmid, isSecure: isSecure))
            let isMeant =
              isSecure == space.isSecure && (isSecure || UInt64(vmid) == space.vmid)
              && (anyASID || space.isGlobal || space.asid == asid)
            let (spaces, levels) = Self.refreshed(bench)
            #expect(spaces == (isMeant ? [space] : []), "\(operation) asid \(asid) vmid \(vmid)")
            #expect(levels.isEmpty)
          }
        }
      }
    }
  }

  @Test("EL2 and EL3 operations by address touch their regime's page alone", arguments: [2, 3])
  func single(level: Int) {
    let operations: [TLBInvalidation.Operation] = level == 2 ? [.vae2, .vale2] : [.vae3, .vale3]
    for operation in operations {
      let bench = Self.filledBench()
      bench.unit.invalidate(TLBInvalidation(operation, operand: Self.singleAddress(5 - level) >> 12, vmid: 1))
      #expect(Self.refreshed(bench).levels.isEmpty)
      bench.unit.invalidate(TLBInvalidation(operation, operand: Self.singleAddress(level) >> 12, vmid: 1))
      let (spaces, levels) = Self.refreshed(bench)
      #expect(spaces.isEmpty)
      #expect(levels == [level])
    }
  }

  @Test("The issuing core adds VMID, security state and the ASID's size")
  func issuing() {
    let bench = Bench()
    bench.apply {
      $0.scrEL3 = 1
      $0.vttbrEL2 = 0x12 << 48
    }
    let narrow = bench.unit.invalidation(.vae1, operand: 0xabcd_0000_0000_1234)
    #expect(narrow == TLBInvalidation(.vae1, operand: 0x00cd_0000_0000_1234, vmid: 0x12))
    bench.apply {
      $0.scrEL3 = 0
      $0.tcrEL1 = 1 << 36
    }
    let wide = bench.unit.invalidation(.vae1, operand: 0xabcd_0000_0000_1234)
    #expect(wide == TLBInvalidation(.vae1, operand: 0xabcd_0000_0000_1234, vmid: 0x12, isSecure: true))
  }

  // MARK: Blocks

  struct Block: CustomTestStringConvertible, Sendable {
    let granuleBits: Int
    let level: Int
    let isContiguous: Bool
    /// log2 of what one descriptor, or one contiguous group, maps (D5.3.1, D5.3.2).
    let bits: UInt64
    var testDescription: String { "2^\(bits) bytes\(isContiguous ? ", contiguous" : "")" }
  }
  static let blocks = [
    Block(granuleBits: 12, level: 2, isContiguous: false, bits: 21),
    Block(granuleBits: 12, level: 1, isContiguous: false, bits: 30),
    Block(granuleBits: 12, level: 3, isContiguous: true, bits: 16),
    Block(granuleBits: 12, level: 2, isContiguous: true, bits: 25),
    Block(granuleBits: 16, level: 3, isContiguous: false, bits: 16),
    Block(granuleBits: 16, level: 2, isContiguous: false, bits: 29),
    Block(granuleBits: 16, level: 3, isContiguous: true, bits: 21),
  ]

  @Test("One VA of a block removes every page of it, and no page of its neighbour", arguments: blocks)
  func blockInvalidation(block: Block) {
    let setup = StageOneWalkTests.Setup(
      granuleBits: block.granuleBits, sizeField: 25, startLevel: block.granuleBits == 12 ? 1 : 2)
    var (bench, builder) = StageOneWalkTests.bench(setup)
    let base: UInt64 = 1 << 34
    let size: UInt64 = 1 << block.bits
    let type = (block.level == 3 ? Leaf.page : Leaf.block) | (block.isContiguous ? Leaf.contiguous : 0)
    let step = UInt64(1) << UInt64(builder.lowBit(block.level))
    // Two neighbouring blocks, descriptor by descriptor.
    builder.map(base, level: block.level, leaf: 0)
    let place = builder.places[block.level]
    let count = 2 * size / step
    // Neighbours in one table need not be followed further than the table reaches.
    let tableEntries: UInt64 = block.granuleBits == 12 ? 512 : 8192
    for index in 0..<min(count, tableEntries) {
      bench.put((index * step) | type | Leaf.normal | Leaf.accessed, at: place + index * 8)
    }
    let neighbour = base + size
    // Odd pages in the block, even ones in the neighbour: no two share a slot.
    let offsets: [UInt64] = [0x1000, size / 2 + 0x3000, size - 0x1000].map { $0 & (size - 1) }
    for offset in offsets { #expect(bench.look(base + offset) == .to(offset)) }
    #expect(bench.look(neighbour + 0x4000) == .to(size + 0x4000))
    for index in 0..<min(count, tableEntries) { bench.put(0, at: place + index * 8) }

    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: (base + 2 * size + 0x1000) >> 12))
    for offset in offsets { #expect(bench.look(base + offset) == .to(offset)) }
    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: (base + size / 4 + 0x2000) >> 12))
    for offset in offsets {
      #expect(bench.look(base + offset) == .stageOne(.translation, UInt8(block.level)))
    }
    #expect(bench.look(neighbour + 0x4000) == .to(size + 0x4000))
    // What was left of the filter after that must still find the neighbour.
    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: (neighbour + size / 2) >> 12))
    #expect(bench.look(neighbour + 0x4000) == .stageOne(.translation, UInt8(block.level)))
  }

  @Test("A TLBI hits entries whatever their ignored top byte")
  func topByte() {
    let bench = Bench()
    bench.enableEL1()
    bench.apply { $0.tcrEL1 |= 1 << 37 }
    bench.mapPage(0x5000, to: Self.stale | Leaf.kernel, root: 0x10000, tables: 0x30000)
    let tagged: UInt64 = 0x7f00_0000_0000_5000
    #expect(bench.look(tagged) == .to(Self.stale))
    bench.mapPage(0x5000, to: Self.fresh | Leaf.kernel, root: 0x10000, tables: 0x30000)
    #expect(bench.look(tagged) == .to(Self.stale))
    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: 5))
    #expect(bench.look(tagged) == .to(Self.fresh))
  }

  // MARK: Sets and numbers

  @Test("Four ASIDs keep one address apart, and operations by address find it wherever it lies in its set")
  func ways() {
    let address: UInt64 = 0x5000
    let asids = 1...4 as ClosedRange<UInt64>
    for meant in [nil, 1, 2, 3, 4] as [UInt64?] {
      let bench = Bench()
      bench.enableEL1()
      func look(_ asid: UInt64, _ kind: AccessKind) -> Outcome {
        bench.apply { $0.ttbr0EL1 = 0x10000 | asid << 48 }
        return bench.look(address, kind)
      }
      for asid in asids {
        bench.mapPage(address, to: asid << 16 | Leaf.kernel | Leaf.notGlobal, root: 0x10000, tables: 0x30000)
        for kind in [AccessKind.read, .execute] { #expect(look(asid, kind) == .to(asid << 16)) }
      }
      bench.mapPage(address, to: Self.fresh | Leaf.kernel | Leaf.notGlobal, root: 0x10000, tables: 0x30000)
      for kind in [AccessKind.read, .execute] {
        for asid in asids { #expect(look(asid, kind) == .to(asid << 16)) }
      }
      let operand = address >> 12 | (meant ?? 0) << 48
      bench.unit.invalidate(bench.unit.invalidation(meant == nil ? .vaae1 : .vae1, operand: operand))
      for kind in [AccessKind.read, .execute] {
        for asid in asids {
          #expect(look(asid, kind) == .to(meant == nil || meant == asid ? Self.fresh : asid << 16))
        }
      }
    }
  }

  @Test("Maintenance without end: numbers run out, and no old translation shows up", arguments: [
    .vmalle1, .aside1, .alle1, .vmalls12e1,
  ] as [TLBInvalidation.Operation])
  func endless(operation: TLBInvalidation.Operation) {
    let bench = Bench()
    bench.enableEL1()
    bench.apply { $0.ttbr0EL1 = 0x10000 | 1 << 48 }
    for round in 1..<6000 as Range<UInt64> {
      bench.mapPage(0x5000, to: round << 12 | Leaf.kernel | Leaf.notGlobal, root: 0x10000, tables: 0x30000)
      #expect(bench.look(0x5000) == .to(round << 12))
      bench.unit.invalidate(bench.unit.invalidation(operation, operand: 1 << 48))
    }
  }

  // MARK: Walk cache

  @Test("Last-level operations may keep the way to the last table, others and a new TTBR forget it")
  func walkCache() {
    let address: UInt64 = 0x1234_5000
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(address, to: Self.stale | Leaf.kernel, root: 0x10000, tables: 0x30000)
    #expect(bench.look(address) == .to(Self.stale))
    // Another chain of tables, put in at level 0.
    bench.mapPage(address, to: Self.fresh | Leaf.kernel, root: 0x10000, tables: 0x38000)
    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: address >> 12))
    #expect(bench.look(address) == .to(Self.stale))
    bench.unit.invalidate(bench.unit.invalidation(.vaae1, operand: address >> 12))
    #expect(bench.look(address) == .to(Self.fresh))
    // A new base under the same ASID, once the TLB's own entry is gone.
    bench.mapPage(address, to: 0x9000 | Leaf.kernel, root: 0x12000, tables: 0x48000)
    bench.apply { $0.ttbr0EL1 = 0x12000 }
    bench.unit.invalidate(bench.unit.invalidation(.vaale1, operand: address >> 12))
    #expect(bench.look(address) == .to(0x9000))
  }

  @Test("Stage-2 pages are remembered over stage-1 maintenance and forgotten by stage 2's", arguments: [
    (.vmalle1, false), (.vaae1, false), (.ipas2e1, true), (.ipas2le1, true), (.vmalls12e1, true),
    (.alle1, true),
  ] as [(TLBInvalidation.Operation, Bool)])
  func stageTwoCache(operation: TLBInvalidation.Operation, forgets: Bool) {
    let guest = StageTwoTests.guest
    let (bench, place) = StageTwoTests.nested(guest, leaf: 0x4000_5000 | Leaf.kernel)
    #expect(bench.look(guest) == .to(0x50_5008))
    bench.put(0x50_6000 | 3 | StageTwoTests.readWrite, at: place + 5 * 8)
    let operand = operation == .vaae1 ? guest >> 12 : 0x4000_5000 >> 12
    bench.unit.invalidate(bench.unit.invalidation(operation, operand: operand))
    #expect(bench.look(guest) == .to(forgets ? 0x50_6008 : 0x50_5008))
  }

  @Test("A stage-2 page remembered without a permission does not refuse what the table now allows")
  func stageTwoPermission() {
    let guest = StageTwoTests.guest
    let (bench, place) = StageTwoTests.nested(guest, leaf: 0x4000_5000 | Leaf.kernel)
    bench.put(0x50_5000 | 3 | 0xf << 2 | 1 << 6 | 1 << 10, at: place + 5 * 8)
    #expect(bench.look(guest) == .to(0x50_5008))
    #expect(bench.look(guest, .write) == .stageTwo(.permission, 3, ipa: 0x4000_5008))
    bench.put(0x50_5000 | 3 | StageTwoTests.readWrite, at: place + 5 * 8)
    #expect(bench.look(guest, .write) == .to(0x50_5008))
  }
}
