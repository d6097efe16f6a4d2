import Fabric
import Testing

@testable import MMU

@Suite("TLB contexts") struct TranslationContextTests {
  static let upper: UInt64 = 0xffff_8000_0000_5000

  static func contexts(_ bench: Bench, _ level: Int) -> (lower: UInt64, upper: UInt64) {
    bench.unit.contexts(exceptionLevel: level)
  }

  @Test("Every exception level has a context of its own, EL1&0 one per half")
  func levels() {
    let bench = Bench()
    bench.enableEL1()
    var seen: Set<UInt64> = []
    for level in 0...3 {
      let (lower, upper) = Self.contexts(bench, level)
      #expect((lower == upper) == (level >= 2))
      seen.formUnion([lower, upper])
    }
    #expect(seen.count == 6)
    #expect(seen.allSatisfy { $0 < TLBLayout.contextMask })
  }

  @Test("What changes a translation's meaning changes the context, and back", arguments: [0, 1, 2, 3])
  func sensitivity(level: Int) {
    typealias Change = (inout TranslationControls) -> Void
    // Change, and the exception levels whose translations it concerns.
    let changes: [(Change, Set<Int>)] = [
      ({ $0.ttbr0EL1 |= 5 << 48 }, [0, 1]), ({ $0.vttbrEL2 |= 7 << 48 }, [0, 1]),
      ({ $0.sctlrEL1 ^= 1 }, [0, 1]), ({ $0.sctlrEL1 ^= 1 << 19 }, [0, 1]),
      ({ $0.sctlrEL1 ^= 1 << 25 }, [0, 1]), ({ $0.tcrEL1 ^= 1 }, [0, 1]), ({ $0.mairEL1 ^= 1 }, [0, 1]),
      ({ $0.hcrEL2 ^= 1 }, [0, 1]), ({ $0.hcrEL2 ^= 1 << 12 }, [0, 1]), ({ $0.hcrEL2 ^= 1 << 27 }, [0, 1]),
      ({ $0.scrEL3 ^= 1 }, [0, 1, 3]), ({ $0.sctlrEL2 ^= 1 }, [2]), ({ $0.tcrEL2 ^= 1 << 20 }, [2]),
      ({ $0.mairEL2 ^= 1 }, [2]), ({ $0.sctlrEL3 ^= 1 }, [3]), ({ $0.tcrEL3 ^= 1 }, [3]),
      ({ $0.mairEL3 ^= 1 }, [3]),
      // Bits that are none of translation's business, or of the table bases only.
      ({ $0.sctlrEL1 ^= 1 << 26 | 1 << 1 }, []), ({ $0.hcrEL2 ^= 1 << 13 | 3 << 3 }, []),
      ({ $0.ttbr0EL1 ^= 0x8000 }, []), ({ $0.ttbr1EL1 ^= 0x8000 }, []), ({ $0.vttbrEL2 ^= 0x8000 }, []),
      ({ $0.ttbr0EL2 ^= 0x8000 }, []), ({ $0.ttbr0EL3 ^= 0x8000 }, []),
    ]
    for (index, (change, concerned)) in changes.enumerated() {
      let bench = Bench()
      bench.enableEL1()
      let before = bench.controls
      let old = Self.contexts(bench, level).lower
      bench.apply(change)
      #expect((Self.contexts(bench, level).lower != old) == concerned.contains(level), "change \(index)")
      bench.apply { $0 = before }
      #expect(Self.contexts(bench, level).lower == old, "change \(index)")
    }
  }

  @Test("TCR_EL1.A1 takes the ASID from TTBR1, AS = 0 limits it to 8 bits")
  func asid() {
    var controls = TranslationControls()
    controls.ttbr0EL1 = 0x1234 << 48
    controls.ttbr1EL1 = 0x5678 << 48
    #expect(controls.asid == 0x34)
    controls.tcrEL1 = 1 << 36
    #expect(controls.asid == 0x1234)
    controls.tcrEL1 = 1 << 36 | 1 << 22
    #expect(controls.asid == 0x5678)
    controls.vttbrEL2 = 0xffab << 48
    #expect(controls.vmid == 0xab)
  }

  @Test("Global kernel pages survive a change of ASID, user pages come back with theirs")
  func sharedUpper() {
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(Self.upper, to: 0x6000 | Leaf.kernel, root: 0x20000, tables: 0x40000)
    let before = Self.contexts(bench, 1)
    #expect(bench.look(Self.upper) == .to(0x6000))
    bench.apply { $0.ttbr0EL1 |= 2 << 48 }
    let after = Self.contexts(bench, 1)
    #expect(after.upper == before.upper)
    #expect(after.lower != before.lower)
    let entry = bench.unit.dataEntries + TLBLayout.dataIndex(Self.upper)
    #expect(entry[0] == TLBLayout.tag(Self.upper, size: 1, context: after.upper))
  }

  @Test("A non-global kernel page makes the upper half belong to its ASID")
  func claimedUpper() {
    let bench = Bench()
    bench.enableEL1()
    func enter(_ asid: UInt64) { bench.apply { $0.ttbr0EL1 = 0x10000 | asid << 48 } }
    enter(1)
    bench.mapPage(Self.upper, to: 0x6000 | Leaf.kernel | Leaf.notGlobal, root: 0x20000, tables: 0x40000)
    #expect(bench.look(Self.upper) == .to(0x6000))
    let first = Self.contexts(bench, 1).upper
    bench.mapPage(Self.upper, to: 0x7000 | Leaf.kernel | Leaf.notGlobal, root: 0x20000, tables: 0x40000)
    enter(2)
    #expect(Self.contexts(bench, 1).upper != first)
    #expect(bench.look(Self.upper) == .to(0x7000))
    enter(1)
    #expect(Self.contexts(bench, 1).upper == first)
    // ASID 1 sees its own entry, which ASID 2's did not displace, until maintenance removes it.
    bench.mapPage(Self.upper, to: 0x9000 | Leaf.kernel | Leaf.notGlobal, root: 0x20000, tables: 0x40000)
    #expect(bench.look(Self.upper) == .to(0x6000))
    bench.unit.invalidate(bench.unit.invalidation(.vae1, operand: 1 << 48 | Self.upper.bits(55, 12)))
    #expect(bench.look(Self.upper) == .to(0x9000))
    enter(2)
    #expect(bench.look(Self.upper) == .to(0x7000))
  }

  @Test("Numbers run out, the TLB is flushed, and no old translation shows up under a reused number")
  func recycling() {
    let bench = Bench()
    bench.enableEL1()
    // ASID n maps the page to n pages up from 0x10_0000, by a leaf written just before its first use.
    let address: UInt64 = 0x5000
    var numbers: Set<UInt64> = []
    for asid in 0..<6000 as Range<UInt64> {
      let output = 0x10_0000 + asid << 12 & 0xff_f000
      let leaf = output | Leaf.kernel | Leaf.notGlobal
      bench.mapPage(address, to: leaf, root: 0x10000, tables: 0x30000)
      bench.apply { $0.ttbr0EL1 = 0x10000 | asid << 48 }
      let number = Self.contexts(bench, 1).lower
      #expect(number < TLBLayout.contextMask)
      numbers.insert(number)
      #expect(bench.look(address) == .to(output))
      #expect(bench.look(address, .execute) == .to(output))
    }
    #expect(numbers.count < 2047)
  }

  @Test("Configurations run out without harm, too")
  func manyConfigurations() {
    let bench = Bench()
    bench.enableEL1()
    bench.mapPage(0x5000, to: 0x6000 | Leaf.kernel, root: 0x10000, tables: 0x30000)
    for value in 0..<2000 as Range<UInt64> {
      bench.apply { $0.mairEL1 = value << 16 | 0xff00 }
      let number = Self.contexts(bench, 1).lower
      #expect(number < TLBLayout.contextMask)
      #expect(bench.look(0x5000) == .to(0x6000))
    }
  }

  @Test("flushAll forgets translations and numbers alike")
  func flush() {
    let bench = Bench()
    bench.enableEL1()
    let fresh = Self.contexts(bench, 1)
    for asid in 1..<50 as Range<UInt64> {
      bench.apply { $0.ttbr0EL1 = 0x10000 | asid << 48 }
      _ = Self.contexts(bench, 1)
    }
    bench.apply { $0.ttbr0EL1 = 0x10000 }
    bench.unit.flushAll()
    #expect(Self.contexts(bench, 1) == fresh)
    for index in 0..<(TLBLayout.dataEntries * TLBLayout.entryWords) {
      #expect(bench.unit.dataEntries[index] == TLBLayout.empty)
    }
  }

  @Test("The empty tag matches no address under any number, slow bit or not")
  func emptyTag() {
    let bench = Bench()
    for number in 0..<UInt64(TranslationContexts.limit) {
      let tag = TLBLayout.tag(~0, size: 1, context: number)
      #expect(tag != TLBLayout.empty && tag != TLBLayout.empty & ~TLBLayout.slow)
    }
    #expect(bench.look(~0xfff) == .stageOne(.addressSize, 0))
  }
}
