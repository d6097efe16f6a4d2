/// Storage of the system registers: the word of a register is `Slot.system + rawValue`.
///
/// A case is the architectural name in lower camel case; `SystemRegisterTable` finds it by that name, so a
/// register without a case here has no storage (identification values, views such as CNTP_TVAL_EL0, …).
/// Registers that exist per Exception level are declared in the order EL1, EL2, EL3: code indexes them.
public enum SystemRegister: Int, CaseIterable, Sendable {
  // Exception handling (Arm DDI 0487, D13.2)
  case spsrEL1, spsrEL2, spsrEL3
  case elrEL1, elrEL2, elrEL3
  case esrEL1, esrEL2, esrEL3
  case farEL1, farEL2, farEL3
  case afsr0EL1, afsr0EL2, afsr0EL3
  case afsr1EL1, afsr1EL2, afsr1EL3
  case vbarEL1, vbarEL2, vbarEL3
  case hpfarEL2
  case rmrEL3

  // Control of each level
  case sctlrEL1, sctlrEL2, sctlrEL3
  case actlrEL1, actlrEL2, actlrEL3
  case cpacrEL1, cptrEL2, cptrEL3
  case hcrEL2, hstrEL2, hacrEL2
  case scrEL3, sder32EL3
  case mdcrEL2, mdcrEL3

  // Translation
  case ttbr0EL1, ttbr0EL2, ttbr0EL3
  case ttbr1EL1
  case tcrEL1, tcrEL2, tcrEL3
  case mairEL1, mairEL2, mairEL3
  case amairEL1, amairEL2, amairEL3
  case vttbrEL2, vtcrEL2
  case contextidrEL1
  case parEL1

  // AArch32 state kept for lower levels
  case dacr32EL2, ifsr32EL2, fpexc32EL2, dbgvcr32EL2
  case spsrirq, spsrabt, spsrund, spsrfiq

  // Identification that software may set
  case csselrEL1, vpidrEL2, vmpidrEL2

  // Thread pointers
  case tpidrEL0, tpidrroEL0, tpidrEL1, tpidrEL2, tpidrEL3

  // Generic timer (D11): control and compare value of the four timers, in the order of `GenericTimer.Kind`
  case cntpctlEL0, cntvctlEL0, cnthpctlEL2, cntpsctlEL1
  case cntpcvalEL0, cntvcvalEL0, cnthpcvalEL2, cntpscvalEL1
  case cntfrqEL0, cntkctlEL1, cnthctlEL2, cntvoffEL2

  // Self-hosted debug (D2) and OS save and restore
  case mdscrEL1, mdccintEL1, osdtrrxEL1, osdtrtxEL1, oseccrEL1, osdlrEL1, dbgprcrEL1
  /// OSLSR_EL1.OSLK, 0 or 1; written through OSLAR_EL1.
  case osLock
  case dbgclaim
  case dbgbvr0EL1, dbgbvr1EL1, dbgbvr2EL1, dbgbvr3EL1, dbgbvr4EL1, dbgbvr5EL1
  case dbgbcr0EL1, dbgbcr1EL1, dbgbcr2EL1, dbgbcr3EL1, dbgbcr4EL1, dbgbcr5EL1
  case dbgwvr0EL1, dbgwvr1EL1, dbgwvr2EL1, dbgwvr3EL1
  case dbgwcr0EL1, dbgwcr1EL1, dbgwcr2EL1, dbgwcr3EL1

  // Performance monitors (D7)
  case pmcrEL0, pmselrEL0, pmuserenrEL0
  /// PMCNTENSET/CLR, PMOVSSET/CLR and PMINTENSET/CLR are views of these three.
  case pmcnten, pmovs, pminten
  case pmccntrEL0, pmccfiltrEL0
  case pmevcntr0EL0, pmevcntr1EL0, pmevcntr2EL0, pmevcntr3EL0, pmevcntr4EL0, pmevcntr5EL0
  case pmevtyper0EL0, pmevtyper1EL0, pmevtyper2EL0, pmevtyper3EL0, pmevtyper4EL0, pmevtyper5EL0

  // Implementation defined (Cortex-A72 TRM, 4.3)
  case cpuactlrEL1, cpuectlrEL1, cpumerrsrEL1
  case l2ctlrEL1, l2ectlrEL1, l2actlrEL1, l2merrsrEL1
}

extension Core {
  /// The stored word of a system register; what software reads may be a view of it.
  @inline(__always)
  subscript(_ register: SystemRegister) -> UInt64 {
    get { r[Slot.system &+ register.rawValue] }
    set { r[Slot.system &+ register.rawValue] = newValue }
  }

  /// The word of a register that exists at EL1, EL2 and EL3, for level 1...3; `first` is the EL1 one.
  @inline(__always)
  func banked(_ first: SystemRegister, _ level: Int) -> UInt64 {
    r[Slot.system &+ first.rawValue &+ ((level &- 1) & 3)]
  }

  @inline(__always)
  func setBanked(_ first: SystemRegister, _ level: Int, _ value: UInt64) {
    r[Slot.system &+ first.rawValue &+ ((level &- 1) & 3)] = value
  }

  /// One of a run of registers that are declared one after the other; `index` is a constant or masked.
  @inline(__always)
  func indexed(_ first: SystemRegister, _ index: Int) -> UInt64 {
    r[Slot.system &+ first.rawValue &+ (index & 7)]
  }

  @inline(__always)
  func setIndexed(_ first: SystemRegister, _ index: Int, _ value: UInt64) {
    r[Slot.system &+ first.rawValue &+ (index & 7)] = value
  }
}
