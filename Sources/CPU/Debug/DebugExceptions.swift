import Fabric

/// Self-hosted debug (Arm DDI 0487, D2): when debug exceptions are generated, where they go, and BRK.
///
/// Not modelled: halting debug and the external debug interface (the OS Double Lock only disables
/// exceptions), Debug Communications Channel (always empty), AArch32 Vector Catch.
extension Core {
  /// DebugTarget(): EL2 with MDCR_EL2.TDE or HCR_EL2.TGE, else EL1.
  func debugTarget(isSecure: Bool) -> Int {
    guard !isSecure && isNonSecure else { return 1 }
    return self[.mdcrEL2].bit(MDCR.tde) || hcr.bit(HCR.tge) ? 2 : 1
  }

  /// AArch64.GenerateDebugExceptionsFrom(): breakpoints, watchpoints and steps are enabled at `source`.
  func generatesDebugExceptions(from source: Int, debugMask: Bool) -> Bool {
    if self[.osLock] & 1 != 0 || self[.osdlrEL1] & 1 != 0 { return false }
    let isSecure = source == 3 || !isNonSecure
    if isSecure && self[.mdcrEL3].bit(MDCR.sdd) { return false }
    let target = debugTarget(isSecure: isSecure)
    if source == target { return self[.mdscrEL1].bit(MDSCR.kde) && !debugMask }
    return target > source
  }

  /// Debug exceptions are enabled in the current state.
  var generatesDebugExceptions: Bool {
    generatesDebugExceptions(from: level, debugMask: r[Slot.daif] & Mask.debug != 0)
  }

  /// Looks whether debug needs attention at all; every change of its controls calls this.
  func updateDebugActivity() {
    let status = self[.mdscrEL1]
    system.setDebugActivity(
      guest: status.bit(MDSCR.ss) || status.bit(MDSCR.mde), debugger: cluster.looksAtAccesses)
  }

  /// MDSCR_EL1 (D13.3.20): SS, TDCC, KDE and MDE; the rest is for saving and restoring external debug
  /// state and writable only under the OS lock.
  func writeDebugStatus(_ value: UInt64) {
    let mask: UInt64 = self[.osLock] & 1 != 0 ? 0x6ce0_f041 : 0xb001
    self[.mdscrEL1] = (self[.mdscrEL1] & ~mask) | (value & mask)
    updateDebugActivity()
    contextDidChange()
  }

  /// The debug bits of `Slot.mode` for the current state.
  func debugMode() -> UInt64 {
    var mode = cluster.looksAtAccesses ? BlockMode.watchpoints : 0
    guard generatesDebugExceptions else { return mode }
    let status = self[.mdscrEL1]
    if status.bit(MDSCR.ss) { mode |= BlockMode.softwareStep }
    if status.bit(MDSCR.mde) {
      for number in 0..<6 where indexed(.dbgbcr0EL1, number) & 1 != 0 { mode |= BlockMode.breakpoints }
      for number in 0..<4 where indexed(.dbgwcr0EL1, number) & 1 != 0 { mode |= BlockMode.watchpoints }
    }
    return mode
  }

  /// Takes the Software Step exception if it is pending: before all others, those of the fetch included
  /// (Arm DDI 0487, D1.12.4).
  func takesPendingStep() -> Bool {
    let isActive = r[Slot.mode] & BlockMode.softwareStep != 0 && generatesDebugExceptions
    guard isActive, r[Slot.softwareStep] & 1 == 0 else { return false }
    r[Slot.pc] = canonicalBranchTarget(r[Slot.pc])
    softwareStepException()
    return true
  }

  /// Takes the Breakpoint exception if one matches the instruction at `Slot.pc`.
  func takesBreakpoint() -> Bool {
    guard r[Slot.mode] & BlockMode.breakpoints != 0, generatesDebugExceptions else { return false }
    guard breakpointMatches(r[Slot.pc]) else { return false }
    takeDebugException(.breakpointLower, .breakpointSame, specific: 0b100010)
    return true
  }

  /// Asked when the instruction at `Slot.pc` is found at `physical`, and `Slot.mode` has `softwareStep` or
  /// `breakpoints`: false if a breakpoint is there, else all is prepared for one instruction.
  func debugAllowsExecution(at physical: UInt64) -> Bool {
    if takesBreakpoint() { return false }
    steppedWord = (bus.ram.base + Int(truncatingIfNeeded: physical & ~3)).load(as: UInt32.self)
    // One instruction, then here again: no link and no look-up past this check.
    r[Slot.attention] |= Attention.debug
    return true
  }

  /// Takes a debug exception at the current instruction. ELd is never below the current level, because
  /// `generatesDebugExceptions` held.
  func takeDebugException(
    _ lower: Syndrome.Class, _ same: Syndrome.Class, specific: UInt64, faultAddress: UInt64? = nil
  ) {
    let target = max(level, debugTarget(isSecure: level == 3 || !isNonSecure))
    takeSynchronous(
      to: target, Syndrome.make(target > level ? lower : same, specific), faultAddress: faultAddress)
  }

  /// BRK: always taken, at EL1, or EL2 with MDCR_EL2.TDE or HCR_EL2.TGE, or the current level (D2.8).
  public func breakpointInstruction(_ comment: UInt16) {
    let target = max(level, debugTarget(isSecure: level == 3 || !isNonSecure))
    takeSynchronous(to: target, Syndrome.make(.breakpointInstruction, UInt64(comment)))
  }
}
