import Fabric

/// Reads of registers that are more than their stored word.
extension Core {
  func readSpecial(_ row: UnsafePointer<RegisterRow>, _ encoding: UInt32) -> UInt64? {
    let stored = r[Int(truncatingIfNeeded: row.pointee.slot)] | row.pointee.ones
    switch row.pointee.behaviour {
    case .storage, .translation1, .translation2, .translation3, .mode, .hcr, .scr, .debugControl, .mdscr,
      .monitorControl, .eventStream, .cntvoff, .rmr:
      return stored
    case .constant: return row.pointee.reset
    case .discard: return 0

    case .midr: return level == 1 && isNonSecure ? self[.vpidrEL2] : row.pointee.reset
    case .mpidr: return level == 1 && isNonSecure ? self[.vmpidrEL2] : multiprocessorAffinity
    case .ccsidr: return cacheSize
    case .dczid: return zeroingIsProhibited ? row.pointee.reset | 0x10 : row.pointee.reset
    case .isr: return interruptStatus

    case .stackPointer0:
      // SP_EL0 by name while it is the current stack pointer is UNDEFINED (C5.2.19).
      guard r[Slot.spsel] & 1 != 0 else {
        undefinedInstruction()
        return nil
      }
      return stackPointer(0)
    case .stackPointer1: return stackPointer(1)
    case .stackPointer2: return stackPointer(2)
    case .spsel: return r[Slot.spsel] & 1
    case .currentEL: return (r[Slot.currentEL] & 3) &<< 2

    case .nzcv: return r.nzcv
    case .daif: return r[Slot.daif] & Mask.all
    case .fpcr: return floatingPointTrap() ? r[Slot.fpcr] : nil
    case .fpsr: return floatingPointTrap() ? r[Slot.fpsr] : nil
    case .fpexc: return floatingPointTrap() ? stored : nil

    case .cntpct:
      let value = readCounter(.physical)
      counterWasRead(pc: r[Slot.pc])
      return value
    case .cntvct:
      let value = readCounter(.virtual)
      counterWasRead(pc: r[Slot.pc])
      return value
    case .timerTVAL: return readTimerValue(timerKind(encoding))
    case .timerCTL: return readTimerControl(timerKind(encoding))
    case .timerCVAL: return indexed(.cntpcvalEL0, timerKind(encoding).rawValue)

    case .pmcr, .pmSet, .pmClear, .pmswinc, .pmccntr, .pmccfiltr, .pmevcntr, .pmevtyper, .pmxevcntr,
      .pmxevtyper:
      return readPerformanceMonitor(row, encoding)

    case .oslar: return 0
    // OSLM = 0b10: the OS lock is implemented.
    case .oslsr: return 0x8 | (self[.osLock] & 1) &<< 1
    case .claimSet: return 0xff
    case .claimClear: return self[.dbgclaim] & 0xff

    case .cacheNone, .icIVAU, .dcIVAC, .dcClean, .dcZVA, .addressTranslation, .tlbi:
      undefinedInstruction()
      return nil
    }
  }

  /// MPIDR_EL1 as the hardware has it: no uniprocessor, no multithreading, cluster 0.
  var multiprocessorAffinity: UInt64 { 0x8000_0000 | UInt64(truncatingIfNeeded: index & 0xff) }

  /// CCSIDR_EL1 of the cache that CSSELR_EL1 selects: 32 KiB L1D, 48 KiB L1I, 1 MiB L2.
  private var cacheSize: UInt64 {
    switch self[.csselrEL1] & 0xf {
    case 0: return 0x701f_e00a
    case 1: return 0x201f_e012
    case 2: return 0x707f_e07a
    default: return 0
    }
  }

  /// DCZID_EL0.DZP: DC ZVA would trap here (SCTLR_EL1.DZE, HCR_EL2.TDZ).
  private var zeroingIsProhibited: Bool {
    if level == 0 && !self[.sctlrEL1].bit(14) { return true }
    return level < 2 && isNonSecure && hcr.bit(HCR.tdz)
  }
}
