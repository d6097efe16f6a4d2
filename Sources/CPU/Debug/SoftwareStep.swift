import Fabric

/// Software step (Arm DDI 0487, D2.12). The state machine is PSTATE.SS: 1 is active-not-pending, 0 with
/// MDSCR_EL1.SS and debug exceptions enabled is active-pending.
extension Core {
  /// SSAdvance(): an instruction was stepped, or completes by taking its own exception (SVC, HVC, SMC).
  ///
  /// The interpreter calls this after each instruction that it began with `BlockMode.softwareStep`.
  public func advanceSoftwareStep() {
    if self[.mdscrEL1].bit(MDSCR.ss) { r[Slot.softwareStep] = 0 }
  }

  /// The Software Step exception: ISV = 1, EX = 0 (a stepped Load-Exclusive is not told apart).
  func softwareStepException() {
    takeDebugException(.softwareStepLower, .softwareStepSame, specific: (1 &<< 24) | 0b100010)
  }

  /// DebugExceptionReturnSS(): the PSTATE.SS that an exception return from the current state sets.
  func returnsWithStep(_ saved: UInt64, isIllegal: Bool) -> Bool {
    guard self[.mdscrEL1].bit(MDSCR.ss), !generatesDebugExceptions else { return false }
    let target = isIllegal ? level : Int(truncatingIfNeeded: saved.bits(3, 2))
    return saved.bit(21) && generatesDebugExceptions(from: target, debugMask: saved.bit(9))
  }
}
