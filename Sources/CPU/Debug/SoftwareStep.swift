import Fabric

/// Software step (Arm DDI 0487, D2.12). The state machine is PSTATE.SS: 1 is active-not-pending, 0 with
/// MDSCR_EL1.SS and debug exceptions enabled is active-pending. `Slot.softwareStep` is PSTATE.SS in bit 0 and,
/// for the syndrome, in bit 1 that an instruction was stepped, in bit 2 that it was a Load-Exclusive.
extension Core {
  /// SSAdvance(): an instruction was stepped, or completes by taking its own exception (SVC, HVC, SMC).
  ///
  /// The interpreter calls this after each instruction that it began with `BlockMode.softwareStep`. Nothing was
  /// stepped where PSTATE.SS is 0: the step is inactive.
  public func advanceSoftwareStep() {
    guard self[.mdscrEL1].bit(MDSCR.ss), r[Slot.softwareStep] & 1 != 0 else { return }
    // C4.1.4: size 001000 o2=0 L=1.
    let isLoadExclusive = steppedWord & 0x3fc0_0000 == 0x0840_0000
    r[Slot.softwareStep] = isLoadExclusive ? 0b110 : 0b010
  }

  /// The Software Step exception (D2.12.6): ISV says that an instruction was stepped, so that EX is valid; it
  /// is 0 when the state was active-pending from the start.
  func softwareStepException() {
    let stepped = r[Slot.softwareStep]
    let specific = stepped.bits(1, 1) &<< 24 | stepped.bits(2, 2) &<< 6 | 0b100010
    takeDebugException(.softwareStepLower, .softwareStepSame, specific: specific)
  }

  /// DebugExceptionReturnSS(): the PSTATE.SS that an exception return from the current state sets.
  func returnsWithStep(_ saved: UInt64, isIllegal: Bool) -> Bool {
    guard self[.mdscrEL1].bit(MDSCR.ss), !generatesDebugExceptions else { return false }
    let target = isIllegal ? level : Int(truncatingIfNeeded: saved.bits(3, 2))
    return saved.bit(21) && generatesDebugExceptions(from: target, debugMask: saved.bit(9))
  }
}
