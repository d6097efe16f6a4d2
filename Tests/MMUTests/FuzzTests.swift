import Fabric
import Testing

@testable import MMU

/// A small deterministic generator (xorshift64*).
struct Dice {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
  mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
  mutating func chance(_ percent: UInt64) -> Bool { below(100) < percent }
}

@Suite("Random tables and controls") struct FuzzTests {
  /// A descriptor that is mostly a plausible pointer into the tables at 0..<1 MiB.
  static func descriptor(_ dice: inout Dice) -> UInt64 {
    if dice.chance(3) { return dice.next() }
    var value = dice.below(64) << 14 | (dice.chance(95) ? 3 : dice.below(4))
    value |= dice.next() & 0xfff & ~3
    if dice.chance(90) { value |= 1 << 10 }
    if dice.chance(20) { value |= dice.next() & 0xfff0_0000_0000_0000 }
    if dice.chance(80) { value |= 3 << 6 }
    if dice.chance(2) { value |= 1 << (32 + dice.below(16)) }
    return value
  }

  static func size(_ dice: inout Dice) -> UInt64 { dice.chance(95) ? 16 + dice.below(24) : dice.below(64) }

  static func controls(_ dice: inout Dice) -> TranslationControls {
    var controls = TranslationControls()
    let sctlr: [UInt64] = (0..<3).map { _ in
      let enables = (dice.chance(90) ? 1 : 0) | (dice.chance(10) ? 1 << 25 : 0) as UInt64
      return enables | dice.next() & (1 << 2 | 1 << 12 | 1 << 19)
    }
    controls.sctlrEL1 = sctlr[0]
    controls.sctlrEL2 = sctlr[1]
    controls.sctlrEL3 = sctlr[2]
    let large = dice.next()
    var tcr = size(&dice) | size(&dice) << 16 | (large & 3) << 14 | (large & 12) << 28
    tcr |= (dice.chance(70) ? 4 : dice.below(8)) << 32 | dice.next() & (3 << 37 | 1 << 22 | 1 << 36)
    if dice.chance(5) { tcr |= 1 << 7 }
    if dice.chance(5) { tcr |= 1 << 23 }
    controls.tcrEL1 = tcr
    controls.tcrEL2 = size(&dice) | dice.below(4) << 14 | 4 << 16 | dice.below(2) << 20
    controls.tcrEL3 = size(&dice) | dice.below(4) << 14 | 4 << 16 | dice.below(2) << 20
    func base(_ dice: inout Dice) -> UInt64 {
      dice.below(64) << 14 | dice.below(4) << 48 | (dice.chance(2) ? 1 << (30 + dice.below(18)) : 0)
    }
    controls.ttbr0EL1 = base(&dice)
    controls.ttbr1EL1 = base(&dice)
    controls.ttbr0EL2 = base(&dice)
    controls.ttbr0EL3 = base(&dice)
    controls.vttbrEL2 = base(&dice)
    controls.mairEL1 = dice.next()
    controls.mairEL2 = dice.next()
    controls.mairEL3 = dice.next()
    let start = dice.below(3)
    // Mostly a T0SZ that suits SL0, so that stage 2 often gets past its checks.
    let fitting: [UInt64] = [30 + dice.below(10), 21 + dice.below(13), 20 + dice.below(5)]
    controls.vtcrEL2 = (dice.chance(90) ? fitting[Int(start)] : dice.below(64)) | start << 6
    if dice.chance(10) { controls.vtcrEL2 |= dice.below(4) << 14 | 1 << 7 }
    controls.vtcrEL2 |= (dice.chance(80) ? 4 : dice.below(8)) << 16
    controls.hcrEL2 = dice.chance(60) ? 1 : 0
    if dice.chance(20) { controls.hcrEL2 |= dice.next() & HypervisorConfiguration.all }
    controls.scrEL3 = (dice.chance(80) ? 1 : 0) | (dice.chance(20) ? 1 << 9 : 0)
    return controls
  }

  static func address(_ dice: inout Dice) -> UInt64 {
    var address = dice.next() >> (16 + dice.below(40))
    if dice.chance(30) { address |= ~0 << (20 + dice.below(40)) }
    if dice.chance(10) { address ^= dice.below(256) << 56 }
    return address
  }

  static func fillTables(_ bench: Bench, _ dice: inout Dice) {
    for slot in 0..<(1 << 17) { bench.put(descriptor(&dice), at: UInt64(slot) * 8) }
  }

  @Test("Walks agree with the pseudocode, and the TLB with the walks", arguments: [1, 2, 3, 4] as [UInt64])
  func agreement(seed: UInt64) {
    var dice = Dice(state: seed &* 0x1234_5678_9abc_def1)
    let bench = Bench()
    Self.fillTables(bench, &dice)
    var successes = 0
    var failures = 0
    var kinds: [TranslationFault.Kind: Int] = [:]
    for round in 0..<2500 {
      bench.controls = Self.controls(&dice)
      bench.apply()
      for _ in 0..<10 {
        let address = Self.address(&dice)
        let level = Int(dice.below(4))
        let kind = AccessKind(rawValue: UInt8(dice.below(3))) ?? .read
        let aligned = dice.chance(80)
        let reference = ReferenceTranslation(controls: bench.controls, exceptionLevel: level, ram: bench.ram)
        let expected: Outcome
        var isDevice = false
        switch reference.fullTranslate(address, kind, aligned: aligned) {
        case .value(let value):
          expected = .to(value.address)
          isDevice = value.isDevice
          successes += 1
        case .fault(let fault):
          expected = .fault(fault)
          kinds[fault.kind, default: 0] += 1
        }
        let first = bench.unit.lookup(address, kind, exceptionLevel: level, isAligned: aligned)
        let again = bench.unit.lookup(address, kind, exceptionLevel: level, isAligned: aligned)
        let device =
          if case .success(_, let info) = first { info.contains(.deviceMemory) } else { isDevice }
        if Outcome(first) != expected || Outcome(again) != expected || device != isDevice {
          failures += 1
          if failures < 5 {
            let got = "\(Outcome(first)) and \(Outcome(again))"
            Issue.record("round \(round): \(address.hex()) \(kind) EL\(level): \(got), not \(expected)")
          }
        }
      }
      bench.unit.flushAll()
    }
    #expect(failures == 0)
    // The generator must reach every outcome often enough to mean something.
    #expect(successes > 1000)
    for kind in [TranslationFault.Kind.addressSize, .translation, .accessFlag, .permission, .alignment] {
      #expect(kinds[kind, default: 0] > 100, "\(kind)")
    }
    #expect(kinds[.externalAbortOnWalk, default: 0] > 10)
  }

  @Test("TLB and walk caches are invisible while tables do not change", arguments: [5, 6] as [UInt64])
  func tagging(seed: UInt64) {
    var dice = Dice(state: seed &* 0x1234_5678_9abc_def1)
    let bench = Bench()
    Self.fillTables(bench, &dice)
    // Table bases follow the tags, as in a system that obeys the rules: TTBR0 by ASID, VTTBR by VMID; all
    // else may be anything, for it is part of the context.
    let base = Self.controls(&dice)
    let pool = (0..<4).map { _ in Self.controls(&dice) }
    var failures = 0
    var hits = 0
    // Addresses that mean something to at least one configuration at EL1.
    var addresses: [UInt64] = []
    for _ in 0..<100_000 where addresses.count < 60 {
      let address = Self.address(&dice) & 0xffff_8000_07ff_ffff
      var controls = pool[Int(dice.below(4))]
      controls.ttbr0EL1 = 0
      controls.ttbr1EL1 = base.ttbr1EL1
      controls.vttbrEL2 = 0
      let reference = ReferenceTranslation(controls: controls, exceptionLevel: 1, ram: bench.ram)
      if case .value = reference.fullTranslate(address, .read, aligned: true) { addresses.append(address) }
    }
    #expect(addresses.count == 60)
    for _ in 0..<60_000 where !addresses.isEmpty {
      if dice.chance(2) {
        var controls = pool[Int(dice.below(4))]
        let asid = dice.below(3)
        let vmid = dice.below(2)
        controls.tcrEL1 = controls.tcrEL1 & ~(1 << 22) | 1 << 36
        controls.ttbr0EL1 = asid << 48 | asid << 15
        controls.ttbr1EL1 = base.ttbr1EL1
        controls.ttbr0EL2 = base.ttbr0EL2
        controls.ttbr0EL3 = base.ttbr0EL3
        controls.vttbrEL2 = vmid << 48 | vmid << 16
        bench.controls = controls
        bench.apply()
      }
      let address = addresses[Int(dice.below(UInt64(max(1, addresses.count))))]
      let level = Int(dice.below(4))
      let kind = AccessKind(rawValue: UInt8(dice.below(3))) ?? .read
      let reference = ReferenceTranslation(controls: bench.controls, exceptionLevel: level, ram: bench.ram)
      let expected: Outcome
      switch reference.fullTranslate(address, kind, aligned: true) {
      case .value(let value): expected = .to(value.address)
      case .fault(let fault): expected = .fault(fault)
      }
      let entry = bench.unit.dataEntries + TLBLayout.dataIndex(address)
      let (lower, upper) = bench.unit.contexts(exceptionLevel: level)
      let tag = TLBLayout.tag(address, size: 1, context: address.bit(55) ? upper : lower)
      if kind == .read && entry[0] & ~TLBLayout.slow == tag { hits += 1 }
      let outcome = Outcome(bench.unit.lookup(address, kind, exceptionLevel: level))
      if outcome != expected {
        failures += 1
        if failures < 5 { Issue.record("\(address.hex()) \(kind) EL\(level): \(outcome), not \(expected)") }
      }
      if dice.chance(2) {
        let operations = TLBInvalidation.Operation.allCases
        let operation = operations[Int(dice.below(UInt64(operations.count)))]
        let operand = address.bits(55, 12) | dice.below(3) << 48
        bench.unit.invalidate(bench.unit.invalidation(operation, operand: operand))
      }
    }
    #expect(failures == 0)
    #expect(hits > 1000, "\(hits)")
  }

  @Test("Wholly random descriptors, controls and maintenance neither trap nor loop")
  func noise() {
    var dice = Dice(state: 0x9999_8888_7777_6666)
    let bench = Bench()
    for slot in 0..<(1 << 17) { bench.put(dice.next(), at: UInt64(slot) * 8) }
    var sum: UInt64 = 0
    for _ in 0..<10_000 {
      var controls = Self.controls(&dice)
      if dice.chance(50) {
        controls.tcrEL1 = dice.next()
        controls.ttbr0EL1 = dice.next()
        controls.vtcrEL2 = dice.next()
        controls.vttbrEL2 = dice.next()
        controls.hcrEL2 = dice.next()
        controls.scrEL3 = dice.next()
        controls.sctlrEL1 = dice.next()
      }
      bench.unit.setControls(controls)
      for _ in 0..<10 {
        let address = dice.chance(50) ? dice.next() : Self.address(&dice)
        let kind = AccessKind(rawValue: UInt8(dice.below(3))) ?? .read
        let level = Int(truncatingIfNeeded: dice.next())
        let result = bench.unit.lookup(address, kind, exceptionLevel: level)
        if case .success(let physical, _) = result { sum &+= physical.rawValue }
        _ = bench.unit.probe(address, kind, exceptionLevel: level, stages: .one)
      }
      let operations = TLBInvalidation.Operation.allCases
      let operation = operations[Int(dice.below(UInt64(operations.count)))]
      bench.unit.invalidate(bench.unit.invalidation(operation, operand: dice.next()))
      bench.unit.dropWriteTags(physicalPage: dice.next())
    }
    #expect(sum != 0)
  }
}
