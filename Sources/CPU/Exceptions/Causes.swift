import Fabric

/// The synchronous exceptions that instructions cause, with their routing (Arm DDI 0487, D1.10.4 and the
/// pseudocode of each instruction). `Slot.pc` is the address of the current instruction; on return the
/// handler's state is in place.
extension Core {
  /// UNDEFINED: EC 0. With PSTATE.IL the Illegal Execution state exception has priority (D1.13.4).
  public func undefinedInstruction() {
    if r[Slot.illegal] != 0 {
      illegalStateException()
      return
    }
    takeSynchronous(to: defaultTarget, Syndrome.unknown)
  }

  /// SVC (C6.2.325).
  public func supervisorCall(_ immediate: UInt16) {
    advanceSoftwareStep()
    takeException(
      to: defaultTarget, .synchronous, returnAddress: r[Slot.pc] &+ 4,
      syndrome: Syndrome.make(.supervisorCall, UInt64(immediate)))
  }

  /// HVC (C6.2.89): UNDEFINED at EL0, at Secure EL1 and without SCR_EL3.HCE.
  public func hypervisorCall(_ immediate: UInt16) {
    let source = level
    if source == 0 || (source == 1 && !isNonSecure) || !scr.bit(SCR.hce) {
      undefinedInstruction()
      return
    }
    advanceSoftwareStep()
    takeException(
      to: max(2, source), .synchronous, returnAddress: r[Slot.pc] &+ 4,
      syndrome: Syndrome.make(.hypervisorCall, UInt64(immediate)))
  }

  /// SMC (C6.2.237): HCR_EL2.TSC traps it before SCR_EL3.SMD makes it UNDEFINED.
  public func secureMonitorCall(_ immediate: UInt16) {
    let source = level
    let syndrome = Syndrome.make(.secureMonitorCall, UInt64(immediate))
    if source == 0 {
      undefinedInstruction()
    } else if source == 1 && isNonSecure && hcr.bit(HCR.tsc) {
      takeSynchronous(to: 2, syndrome)
    } else if scr.bit(SCR.smd) {
      undefinedInstruction()
    } else {
      advanceSoftwareStep()
      takeException(to: 3, .synchronous, returnAddress: r[Slot.pc] &+ 4, syndrome: syndrome)
    }
  }

  /// HLT: halting debug is not enabled, so it is UNDEFINED (C6.2.88).
  public func haltInstruction(_ immediate: UInt16) { undefinedInstruction() }

  /// DCPSn: UNDEFINED outside Debug state (C6.2.67).
  public func debugStateSwitch() { undefinedInstruction() }

  /// The instruction at PC was reached with PSTATE.IL = 1: EC 0x0E.
  public func illegalStateException() {
    takeSynchronous(to: defaultTarget, Syndrome.make(.illegalState))
  }

  /// A branch went to a misaligned address: EC 0x22, FAR is the address.
  public func pcAlignmentFault(_ address: UInt64) {
    takeException(
      to: defaultTarget, .synchronous, returnAddress: address, syndrome: Syndrome.make(.pcAlignment),
      faultAddress: address)
  }

  /// SP is misaligned: EC 0x26.
  public func spAlignmentFault() {
    takeSynchronous(to: defaultTarget, Syndrome.make(.spAlignment))
  }
}
