import Fabric
import Testing

@testable import MMU

@Suite("Access permissions") struct PermissionTests {
  /// EL1&0 stage 1 as the tables of D5.4.1 and D5.4.2 give it: data access by AP[2:1], execution by UXN and
  /// PXN with what EL0 can write never executable at EL1, and WXN.
  /// Columns: AP[2:1] UXN PXN WXN, then what EL1 and EL0 may do.
  static let el10Table = """
    00 0 0 0  rwx --x
    00 0 1 0  rw- --x
    00 1 0 0  rwx ---
    00 1 1 0  rw- ---
    01 0 0 0  rw- rwx
    01 0 1 0  rw- rwx
    01 1 0 0  rw- rw-
    01 1 1 0  rw- rw-
    10 0 0 0  r-x --x
    10 0 1 0  r-- --x
    10 1 0 0  r-x ---
    10 1 1 0  r-- ---
    11 0 0 0  r-x r-x
    11 0 1 0  r-- r-x
    11 1 0 0  r-x r--
    11 1 1 0  r-- r--
    00 0 0 1  rw- --x
    00 0 1 1  rw- --x
    00 1 0 1  rw- ---
    00 1 1 1  rw- ---
    01 0 0 1  rw- rw-
    01 0 1 1  rw- rw-
    01 1 0 1  rw- rw-
    01 1 1 1  rw- rw-
    10 0 0 1  r-x --x
    10 0 1 1  r-- --x
    10 1 0 1  r-x ---
    10 1 1 1  r-- ---
    11 0 0 1  r-x r-x
    11 0 1 1  r-- r-x
    11 1 0 1  r-x r--
    11 1 1 1  r-- r--
    """

  /// EL2 and EL3: AP[2] XN WXN, then what the level may do; AP[1] and PXN mean nothing.
  static let singleTable = """
    0 0 0  rwx
    0 1 0  rw-
    1 0 0  r-x
    1 1 0  r--
    0 0 1  rw-
    0 1 1  rw-
    1 0 1  r-x
    1 1 1  r--
    """

  /// Stage 2 (D5.4.1, "Stage 2 data access permissions"): S2AP XN, then what EL1 and EL0 may do.
  static let stageTwoTable = """
    00 0  --x
    00 1  ---
    01 0  r-x
    01 1  r--
    10 0  -wx
    10 1  -w-
    11 0  rwx
    11 1  rw-
    """

  static func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  static func number(_ binary: String) -> UInt64 { UInt64(binary, radix: 2) ?? 0 }

  static func allows(_ rights: String, _ kind: AccessKind) -> Bool {
    let letters: [Character] = ["r", "w", "x"]
    return rights.contains(letters[Int(kind.rawValue)])
  }

  static let kinds: [AccessKind] = [.read, .write, .execute]

  struct Place: CustomTestStringConvertible, Sendable {
    let granuleBits: Int
    let level: Int
    var testDescription: String { "\(granuleBits == 12 ? "4K" : "64K") level \(level)" }
  }
  static let places = [
    Place(granuleBits: 12, level: 1), Place(granuleBits: 12, level: 2), Place(granuleBits: 12, level: 3),
    Place(granuleBits: 16, level: 2), Place(granuleBits: 16, level: 3),
  ]

  /// EL1&0 with 48-bit halves at `place`'s granule, behind a stage 2 that maps the first gigabyte one to
  /// one with a level 1 block and the second with 2 MiB blocks whose first descriptor is at 0x11_0000.
  static func bench(_ place: Place) -> (Bench, TableBuilder) {
    let bench = Bench()
    let granule: UInt64 = place.granuleBits == 16 ? 1 : 0
    bench.apply {
      $0.scrEL3 = 1
      $0.mairEL1 = 0xff00
      $0.tcrEL1 = 16 | 16 << 16 | granule << 14 | (2 | granule) << 30 | 4 << 32
      $0.ttbr0EL1 = 0x20_0000
      $0.sctlrEL1 = 1
      $0.hcrEL2 = 1
      $0.vtcrEL2 = 25 | 1 << 6 | 4 << 16
      $0.vttbrEL2 = 0x10_0000 | 1 << 48
    }
    bench.put(1 | 0xf << 2 | 3 << 6 | 1 << 10, at: 0x10_0000)
    bench.put(0x11_0000 | 3, at: 0x10_0008)
    let builder = TableBuilder(
      bench, granuleBits: place.granuleBits, inputBits: 48, startLevel: granule == 1 ? 1 : 0,
      root: 0x20_0000, arena: 0x30_0000)
    return (bench, builder)
  }

  @Test("Stage 1 × stage 2 × access flag × kind × EL, for every size of block", arguments: places)
  func matrix(place: Place) {
    let ipa: UInt64 = 0x4000_0000
    let address: UInt64 = 0x1200_4000_0008
    let type = place.level == 3 ? Leaf.page : Leaf.block
    var (bench, builder) = Self.bench(place)
    builder.map(address, level: place.level, leaf: 0)
    let leafPlace = builder.places[place.level]
    let offset = address & ((1 << UInt64(builder.lowBit(place.level))) - 1)
    #expect(offset < 0x20_0000)
    for row in Self.rows(Self.el10Table) {
      let bits = Self.number(row[0]) << 6 | Self.number(row[1]) << 54 | Self.number(row[2]) << 53
      bench.controls.sctlrEL1 = 1 | Self.number(row[3]) << 19
      bench.apply()
      for accessed in [true, false] {
        let leaf = ipa | type | Leaf.normal | bits | (accessed ? Leaf.accessed : 0)
        bench.put(leaf, at: leafPlace)
        for other in Self.rows(Self.stageTwoTable) {
          let s2 = Self.number(other[0]) << 6 | Self.number(other[1]) << 54
          bench.put(1 | 0xf << 2 | 1 << 10 | s2, at: 0x11_0000)
          for level in 0...1 {
            for kind in Self.kinds {
              let expected: Outcome
              if !accessed {
                expected = .stageOne(.accessFlag, UInt8(place.level))
              } else if !Self.allows(row[level == 1 ? 4 : 5], kind) {
                expected = .stageOne(.permission, UInt8(place.level))
              } else if !Self.allows(other[2], kind) {
                expected = .stageTwo(.permission, 2, ipa: ipa | offset)
              } else {
                expected = .to(offset)
              }
              bench.unit.invalidate(bench.unit.invalidation(.vmalls12e1))
              let outcome = bench.look(address, kind, el: level)
              // Once more from what the first lookup left in the TLB.
              let again = bench.look(address, kind, el: level)
              let text = "\(row) \(other) EL\(level) \(kind)"
              #expect(outcome == expected && again == expected, "\(text): \(outcome) then \(again)")
            }
          }
        }
      }
    }
  }

  @Test("EL2 and EL3 have one privilege", arguments: [2, 3])
  func singlePrivilege(level: Int) {
    for row in Self.rows(Self.singleTable) {
      for ignored in [0, 1 << 6, 1 << 53] as [UInt64] {
        var (bench, builder) = StageOneWalkTests.bench(.init(exceptionLevel: level))
        let wxn = Self.number(row[2]) << 19
        bench.apply {
          $0.sctlrEL2 |= wxn
          $0.sctlrEL3 |= wxn
        }
        let bits = Self.number(row[0]) << 7 | Self.number(row[1]) << 54 | ignored
        builder.map(0x5000, level: 3, leaf: 0x6000 | Leaf.kernel | bits)
        for kind in Self.kinds {
          let expected: Outcome = Self.allows(row[3], kind) ? .to(0x6000) : .stageOne(.permission, 3)
          #expect(bench.look(0x5000, kind, el: level) == expected, "\(row) \(kind)")
        }
      }
    }
  }

  /// Effect of one table bit above a leaf that allows everything its level can have.
  /// Columns: table bit; then EL1 and EL0 with leaf AP 00, and with leaf AP 01.
  static let tableBits = """
    63  rwx --x rw- rwx
    62  r-x --x r-x r-x
    61  rwx --x rwx --x
    60  rwx --- rw- rw-
    59  rw- --x rw- rwx
    """

  @Test("Table descriptors limit what is below them, at every level of table", arguments: [0, 1, 2])
  func hierarchical(tableLevel: Int) {
    for row in Self.rows(Self.tableBits) {
      let bit = UInt64(1) << (UInt64(row[0]) ?? 0)
      for (ap, first) in [(0, 1), (1, 3)] as [(UInt64, Int)] {
        var (bench, builder) = StageOneWalkTests.bench(.init())
        builder.map(0x1234_5000, level: 3, leaf: 0x6000 | Leaf.kernel | ap << 6)
        let place = builder.places[tableLevel]
        bench.put((bench.unit.bus.descriptor(at: place) ?? 0) | bit, at: place)
        for level in 0...1 {
          let rights = row[level == 1 ? first : first + 1]
          for kind in Self.kinds {
            let expected: Outcome = Self.allows(rights, kind) ? .to(0x6000) : .stageOne(.permission, 3)
            // Twice, the second time with the last table from the walk cache.
            let outcome = bench.look(0x1234_5000, kind, el: level)
            bench.unit.invalidate(bench.unit.invalidation(.vale1, operand: 0x12345))
            let again = bench.look(0x1234_5000, kind, el: level)
            #expect(outcome == expected && again == expected, "\(row) AP \(ap) EL\(level) \(kind)")
          }
        }
      }
    }
  }

  @Test("At EL2 XNTable and APTable[1] apply, APTable[0] and PXNTable do not")
  func hierarchicalSingle() {
    for (bit, rights) in [(62, "r-x"), (61, "rwx"), (60, "rw-"), (59, "rwx")] as [(UInt64, String)] {
      var (bench, builder) = StageOneWalkTests.bench(.init(exceptionLevel: 2))
      builder.map(0x1234_5000, level: 3, leaf: 0x6000 | Leaf.kernel, tableBits: 3 | 1 << bit)
      for kind in Self.kinds {
        let expected: Outcome = Self.allows(rights, kind) ? .to(0x6000) : .stageOne(.permission, 3)
        #expect(bench.look(0x1234_5000, kind, el: 2) == expected, "bit \(bit) \(kind)")
      }
    }
  }

  @Test("Tags in the TLB carry exactly the permitted accesses")
  func tags() {
    for row in Self.rows(Self.el10Table) {
      for level in 0...1 {
        let rights = row[level == 1 ? 4 : 5]
        guard rights.hasPrefix("r") else { continue }
        var (bench, builder) = StageOneWalkTests.bench(.init())
        bench.apply { $0.sctlrEL1 |= Self.number(row[3]) << 19 }
        let bits = Self.number(row[0]) << 6 | Self.number(row[1]) << 54 | Self.number(row[2]) << 53
        builder.map(0x5000, level: 3, leaf: 0x6000 | Leaf.kernel | bits)
        #expect(bench.look(0x5000, .read, el: level) == .to(0x6000))
        let entry = bench.unit.dataEntries + TLBLayout.dataIndex(0x5000)
        let tag = 0x5000 | bench.unit.contexts(exceptionLevel: level).lower
        #expect(entry[0] == tag)
        #expect(entry[1] == (rights.contains("w") ? tag : TLBLayout.empty))
      }
    }
  }
}
