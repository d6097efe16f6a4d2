import Fabric

/// Writes of registers that have an effect beside storing the word.
extension Core {
  @inline(__always)
  private func storeControl(_ row: UnsafePointer<RegisterRow>, _ value: UInt64) {
    if _slowPath(!observed.isEmpty) { storeAnnounced(row, value) } else { store(row, value) }
  }

  func writeSpecial(_ row: UnsafePointer<RegisterRow>, _ encoding: UInt32, _ value: UInt64) -> Bool {
    switch row.pointee.behaviour {
    case .storage: store(row, value)
    case .constant, .discard: break

    case .translation1:
      storeControl(row, value)
      translationControlsDidChange(regime: 1)
    case .translation2:
      store(row, value)
      translationControlsDidChange(regime: 2)
    case .translation3:
      store(row, value)
      translationControlsDidChange(regime: 3)
    case .mode:
      store(row, value)
      updateModes()
      contextDidChange()
    case .hcr:
      // Written at EL2 and EL3 only, whose contexts do not depend on it: the next change of level finds it.
      storeControl(row, value)
      system.translationIsStale = true
      if system.debugIsActive { adoptContext() }
      r[Slot.attention] |= Core.interruptAttention
    case .scr:
      store(row, value)
      system.translationIsStale = true
      contextDidChange()
    case .debugControl:
      store(row, value)
      updateDebugActivity()
      contextDidChange()
    case .monitorControl:
      countEvents()
      store(row, value)
      updatePerformanceMonitor()
      contextDidChange()
    case .mdscr: writeDebugStatus(value)
    case .eventStream:
      store(row, value)
      restartEventStream()
    case .cntvoff:
      store(row, value)
      updateTimer(.virtual)
      restartEventStream()

    case .midr, .mpidr, .ccsidr, .dczid, .isr, .currentEL, .cntpct, .cntvct, .oslsr: break

    case .stackPointer0:
      guard r[Slot.spsel] & 1 != 0 else {
        undefinedInstruction()
        return false
      }
      setStackPointer(0, value)
    case .stackPointer1: setStackPointer(1, value)
    case .stackPointer2: setStackPointer(2, value)
    case .spsel: selectStackPointer(value & 1)

    case .nzcv: r.setNZCV(value)
    case .daif: setInterruptMasks(value)
    case .fpcr:
      guard floatingPointTrap() else { return false }
      // AHP, DN, FZ, RMode; trap enables are RAZ/WI as no trapped exceptions are implemented.
      r[Slot.fpcr] = value & 0x07c0_0000
    case .fpsr:
      guard floatingPointTrap() else { return false }
      r[Slot.fpsr] = value & 0xf800_009f
    case .fpexc:
      guard floatingPointTrap() else { return false }
      store(row, value)
    case .rmr: writeResetRequest(value)

    case .timerTVAL: writeTimerValue(timerKind(encoding), value)
    case .timerCTL: writeTimerControl(timerKind(encoding), value)
    case .timerCVAL: writeTimerCompare(timerKind(encoding), value)

    case .pmcr, .pmSet, .pmClear, .pmswinc, .pmccntr, .pmccfiltr, .pmevcntr, .pmevtyper, .pmxevcntr,
      .pmxevtyper:
      writePerformanceMonitor(row, encoding, value)

    case .oslar:
      self[.osLock] = value & 1
      updateDebugActivity()
      contextDidChange()
    case .claimSet: self[.dbgclaim] |= value & 0xff
    case .claimClear: self[.dbgclaim] &= ~(value & 0xff)

    case .cacheNone, .icIVAU, .dcIVAC, .dcClean, .dcZVA, .addressTranslation, .tlbi:
      undefinedInstruction()
      return false
    }
    return true
  }

  /// RMR_EL3: RR (bit 1) requests a warm reset into the state that AA64 (bit 0) names.
  private func writeResetRequest(_ value: UInt64) {
    self[.rmrEL3] = value & 1
    guard value & 2 != 0 else { return }
    stop("warm reset requested through RMR_EL3: not modelled")
  }
}
