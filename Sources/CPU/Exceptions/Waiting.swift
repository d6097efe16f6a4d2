import Fabric

/// WFI and WFE: traps, waiting and waking (Arm DDI 0487, D1.16).
extension Core {
  /// WFI. False when trapped; otherwise the core waits unless something already wakes it.
  public func waitForInterrupt() -> Bool {
    if hasWakingInterrupt(masked: false) { return true }
    if let target = waitTrapTarget(sctlrBit: SCTLR.nTWI, hcrBit: HCR.twi, scrBit: SCR.twi) {
      takeSynchronous(to: target, Syndrome.make(.waitForInterrupt, Syndrome.always))
      return false
    }
    waiting = .interrupt
    if _slowPath(!observed.isEmpty) { announceWait(forEvent: false) }
    if system.monitor.isCounting { settleEvents() }
    r[Slot.attention] |= Core.interruptAttention
    return true
  }

  /// WFE. Consumes the event register when it is set; else false when trapped, or the core waits.
  public func waitForEvent() -> Bool {
    recordEventStream()
    if r[Slot.event] != 0 {
      r[Slot.event] = 0
      return true
    }
    if hasWakingInterrupt(masked: true) { return true }
    if let target = waitTrapTarget(sctlrBit: SCTLR.nTWE, hcrBit: HCR.twe, scrBit: SCR.twe) {
      takeSynchronous(to: target, Syndrome.make(.waitForInterrupt, Syndrome.always | 1))
      return false
    }
    waiting = .event
    if _slowPath(!observed.isEmpty) { announceWait(forEvent: true) }
    if system.monitor.isCounting { settleEvents() }
    scheduleEventStream()
    r[Slot.attention] |= Core.interruptAttention
    return true
  }

  /// Ends the wait if something wakes the core.
  ///
  /// - Returns: whether the core runs now.
  public func wakeIfNeeded() -> Bool {
    switch waiting {
    case .running: return true
    case .stopped: return false
    case .interrupt:
      guard hasWakingInterrupt(masked: false) else { return false }
    case .event:
      if r[Slot.event] != 0 {
        // The WFE that waited is the one that consumes the event.
        r[Slot.event] = 0
      } else if !hasWakingInterrupt(masked: true) {
        return false
      }
    }
    waiting = .running
    if system.monitor.isCounting { skipEvents() }
    r[Slot.attention] |= Core.interruptAttention
    return true
  }

  /// WFI wakes for physical interrupts whatever PSTATE masks, and for virtual ones that the level could
  /// take; WFE only for interrupts that are not masked (D1.16.1, D1.16.2).
  private func hasWakingInterrupt(masked honoursMasks: Bool) -> Bool {
    if honoursMasks { return pendingInterrupt() != nil }
    let inputs = interruptInputs
    if !inputs.isDisjoint(with: [.irq, .fiq, .sError]) { return true }
    guard level < 2, isNonSecure, !hcr.bit(HCR.tge) else { return false }
    if hcr.bit(HCR.imo) && (hcr.bit(HCR.vi) || inputs.contains(.virtualIRQ)) { return true }
    if hcr.bit(HCR.fmo) && (hcr.bit(HCR.vf) || inputs.contains(.virtualFIQ)) { return true }
    return hcr.bit(HCR.amo) && hcr.bit(HCR.vse)
  }

  /// The level that traps WFI or WFE executed here, or nil.
  private func waitTrapTarget(sctlrBit: Int, hcrBit: Int, scrBit: Int) -> Int? {
    let el = level
    if el == 0 && !self[.sctlrEL1].bit(sctlrBit) { return trapsGeneral ? 2 : 1 }
    if el < 2 && isNonSecure && hcr.bit(hcrBit) { return 2 }
    return el < 3 && scr.bit(scrBit) ? 3 : nil
  }
}
