import Fabric

/// ERET: AArch64.ExceptionReturn() of Arm DDI 0487, J1.1.2, and illegal returns (D1.11.2).
extension Core {
  /// Returns from the exception. False when it was not possible: UNDEFINED at EL0, or the target is
  /// AArch32 and the core stops. On success PC, PSTATE and context are those of the target.
  public func exceptionReturn() -> Bool {
    let source = level
    guard source > 0 else {
      undefinedInstruction()
      return false
    }
    let saved = banked(.spsrEL1, source)
    let address = banked(.elrEL1, source)
    let isIllegal = isIllegalReturn(saved)
    if !isIllegal && saved.bit(4) {
      stop("return to AArch32 at EL\(source), pc \(address.hex()): only AArch64 is implemented")
      return false
    }
    let step = returnsWithStep(saved, isIllegal: isIllegal)
    // A step that is pending now is that of this ERET, if that was stepped itself.
    let wasStepped = self[.mdscrEL1].bit(MDSCR.ss) && generatesDebugExceptions
    r.setNZCV(saved)
    r[Slot.daif] = saved & Mask.all
    r[Slot.softwareStep] = step ? 1 : wasStepped ? 0b010 : 0
    if isIllegal {
      r[Slot.illegal] = 1
    } else {
      r[Slot.illegal] = saved.bits(20, 20)
      let target = Int(truncatingIfNeeded: saved.bits(3, 2))
      switchStackPointer(level: target, selection: saved & 1)
      r[Slot.currentEL] = UInt64(truncatingIfNeeded: target)
    }
    let place = r[Slot.pc]
    r[Slot.pc] = address
    // ClearExclusiveLocal() and SendEventLocal().
    r[Slot.exclusive] = 0
    r[Slot.event] = 1
    adoptContext()
    if _slowPath(!observed.isEmpty) { announceReturn(from: source, at: place) }
    return true
  }

  /// IllegalExceptionReturn(): the SPSR names a state that cannot be returned to from here.
  func isIllegalReturn(_ saved: UInt64) -> Bool {
    guard let target = returnTarget(saved) else { return true }
    if target > level { return true }
    if target == 2 && !isNonSecure { return true }
    if saved.bit(4) {
      // EL0 may be AArch32 below an AArch64 EL1; other levels only if their control says so.
      if target != 0 && !usesAArch32(target) { return true }
    } else if usesAArch32(target) {
      return true
    }
    return target == 1 && isNonSecure && hcr.bit(HCR.tge)
  }

  /// ELFromSPSR(): the level that M[4:0] names, or nil when the value is reserved.
  private func returnTarget(_ saved: UInt64) -> Int? {
    if !saved.bit(4) {
      if saved.bit(1) || saved & 0xf == 1 { return nil }
      return Int(truncatingIfNeeded: saved.bits(3, 2))
    }
    switch saved & 0xf {
    case 0b0000: return 0
    case 0b1010: return 2
    case 0b0001, 0b0010, 0b0011, 0b0111, 0b1011, 0b1111: return 1
    default: return nil
    }
  }

  /// ELStateUsingAArch32() for levels other than EL0 (SCR_EL3.RW, HCR_EL2.RW).
  private func usesAArch32(_ target: Int) -> Bool {
    switch target {
    case 1: return !scr.bit(SCR.rw) || (isNonSecure && !hcr.bit(HCR.rw))
    case 2: return !scr.bit(SCR.rw)
    case 0:
      // An AArch32 EL1 has only an AArch32 EL0, with HCR_EL2.TGE as well.
      return usesAArch32(1)
    default: return false
    }
  }

  /// Ends execution of this core for good.
  func stop(_ reason: String) {
    stopReason = "cpu\(index): \(reason)"
    waiting = .stopped
    r[Slot.attention] |= Core.interruptAttention
    log.once(.odd, source: "cpu\(index)", key: "stop", message: reason)
  }
}
