import Fabric
import MMU
import Testing

@testable import CPU

/// A guest that does anything at all on the system side must not bring the emulator down (a Swift trap would
/// end this test run) nor leave the architecture.
@Suite("Hostile system accesses")
struct HostileAccessTests {
  private struct Generator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  /// One random step of the guest.
  private func step(_ bench: SystemBench, _ random: inout Generator) {
    let core = bench.core
    let table = SystemRegisterTable.shared
    let existing = UInt32(table.rows[1 + Int(random.next() % UInt64(table.rowCount - 1))].encoding)
    let encoding = random.next() & 3 == 0 ? UInt32(random.next() & 0xffff) : existing
    let value = random.next() >> (random.next() & 63)
    let rt = UInt8(random.next() & 31)
    let isSystem = encoding >> 14 == 1
    switch random.next() % 24 {
    case 0...6: if !isSystem { _ = core.readSystemRegister(encoding, rt: rt) }
    case 7...14:
      if isSystem {
        _ = core.systemInstruction(encoding, value: value, rt: rt)
      } else {
        _ = core.writeSystemRegister(encoding, value: value, rt: rt)
      }
    case 15: _ = core.msrImmediate(field: UInt32(random.next() & 63), imm: UInt32(random.next() & 15))
    case 16: _ = core.exceptionReturn()
    case 17: core.supervisorCall(UInt16(truncatingIfNeeded: value))
    case 18: core.hypervisorCall(UInt16(truncatingIfNeeded: value))
    case 19: core.secureMonitorCall(UInt16(truncatingIfNeeded: value))
    case 20: _ = random.next() & 1 == 0 ? core.waitForEvent() : core.waitForInterrupt()
    case 21:
      core.setInterrupt(InterruptInputs(rawValue: UInt8(value & 31)), level: random.next() & 1 == 0)
      if core.wakeIfNeeded() { _ = core.takePendingInterrupt() }
    case 22:
      _ = core.takesPendingStep() || core.takesBreakpoint()
      _ = core.watchpointHit(address: value, size: 1 << (value & 7), isWrite: value & 1 == 0)
    default: bench.time.advance(to: bench.time.now &+ (value & 0xffff_ffff))
    }
  }

  @Test("Random registers, calls, returns, interrupts and time keep the core in one piece", arguments: 1...8)
  func random(seed: Int) throws {
    var random = Generator(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
    var bench = try SystemBench()
    for count in 0..<20_000 {
      // A new core when the guest has stopped this one, and now and then.
      if bench.core.waiting == .stopped || count % 1000 == 0 { bench = try SystemBench() }
      step(bench, &random)
      let r = bench.core.r
      guard r[Slot.zr] == 0, r[Slot.currentEL] < 4, r[Slot.spsel] < 2, r[Slot.daif] & ~0x3c0 == 0 else {
        Issue.record("state out of range after \(count) steps")
        return
      }
      #expect(r[Slot.mode] & 3 == r[Slot.currentEL])
      #expect(r[Slot.currentEL] != 0 || r[Slot.spsel] == 0, "EL0 has only SP_EL0")
      #expect(r[Slot.currentEL] != 2 || bench.core.isNonSecure, "no Secure EL2")
    }
  }
}
