import Fabric
import MMU
import Testing

@testable import CPU

/// Two cores on 4 MiB of RAM, out of reset, for tests of the system side.
final class SystemBench {
  let time = VirtualTime()
  let log = GuestLog()
  let cluster: Cluster
  var core: Core { cluster.cores[0] }
  var other: Core { cluster.cores[1] }

  init() throws {
    let ram = try #require(GuestRAM(ranges: [0..<0x40_0000]))
    cluster = Cluster(coreCount: 2, bus: PhysicalBus(ram: ram), time: time, log: log)
  }

  /// Puts core 0 into a state as an exception return would: Non-secure unless said otherwise, AArch64
  /// everywhere, HVC enabled.
  func enter(
    _ level: Int, selection: UInt64 = 1, secure: Bool = false, masks: UInt64 = 0, pc: UInt64 = 0x8000
  ) {
    let nonSecure: UInt64 = secure ? 0 : 1
    core[.scrEL3] = (core[.scrEL3] & ~1) | nonSecure | 0x400 | 0x100 | 0x30
    core[.hcrEL2] |= 1 << 31
    core.switchStackPointer(level: level, selection: level == 0 ? 0 : selection)
    core.r[Slot.currentEL] = UInt64(level)
    core.r[Slot.daif] = masks
    core.r[Slot.pc] = pc
    core.system.translationIsStale = true
    core.updateDebugActivity()
    core.contextDidChange()
  }

  /// Sets bits of a stored register and has the core notice.
  func set(_ register: SystemRegister, _ bits: UInt64) {
    core[register] |= bits
    core.system.translationIsStale = true
    core.updateDebugActivity()
    core.contextDidChange()
  }

  func clear(_ register: SystemRegister, _ bits: UInt64) {
    core[register] &= ~bits
    core.system.translationIsStale = true
    core.updateDebugActivity()
    core.contextDidChange()
  }

  /// Maps the first GiB of EL1&0 onto itself, Normal Write-Back, writable for EL0: one level 1 block in a
  /// table at 0x10000, 39-bit addresses (D5.3). Stage 1 and the data cache are on.
  func mapIdentity() {
    let block: UInt64 = 1 << 10 | 3 << 8 | 1 << 6 | 1
    (core.bus.ram.base + 0x10000).storeBytes(of: block, as: UInt64.self)
    core[.tcrEL1] = 25
    core[.ttbr0EL1] = 0x10000
    core[.mairEL1] = 0xff
    set(.sctlrEL1, 1 << 2 | 1)
  }

  /// op0:op1:CRn:CRm:op2 of a register by its architectural name.
  func encoding(_ name: String) throws -> UInt32 {
    let row = try #require(SystemRegisterTable.shared.row(named: name), "\(name) is not in the table")
    return UInt32(row.pointee.encoding)
  }

  func read(_ name: String) throws -> UInt64? { core.readSystemRegister(try encoding(name), rt: 5) }

  @discardableResult
  func write(_ name: String, _ value: UInt64) throws -> Bool {
    core.writeSystemRegister(try encoding(name), value: value, rt: 5)
  }

  /// ESR_ELx.EC of the level that took the last exception.
  var exceptionClass: UInt64 { core.banked(.esrEL1, core.level) >> 26 }
  /// ESR_ELx.ISS of the level that took the last exception.
  var specific: UInt64 { core.banked(.esrEL1, core.level) & 0x1ff_ffff }
}

/// The encoding of a system register or instruction from its fields.
func encode(_ op0: UInt32, _ op1: UInt32, _ crn: UInt32, _ crm: UInt32, _ op2: UInt32) -> UInt32 {
  op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}
