import Fabric
import MMU

/// The current context: TLB contexts and mode bits, which follow from Exception level, Security state and
/// control registers. Exception entry and return only copy what was computed when a control changed.
extension Core {
  /// To be called after any change of Exception level, PSTATE.SP, PSTATE.IL, PSTATE.D or a control
  /// register: brings `Slot.dataContext`… and `Slot.mode` up to date and has interrupts looked at again.
  public func contextDidChange() {
    adoptContext()
    r[Slot.attention] |= Core.interruptAttention
  }

  /// As `contextDidChange`, but raises attention only when an interrupt may have become takeable.
  @inline(__always)
  func adoptContext() {
    if system.translationIsStale { updateTranslationControls() }
    let level = self.level
    let contexts = unit.contexts(exceptionLevel: level)
    unit.forgetPages()
    r[Slot.dataContext] = contexts.lower
    r[Slot.dataContext + 1] = contexts.upper
    r[Slot.fetchContext] = contexts.lower
    r[Slot.fetchContext + 1] = contexts.upper
    // LDTR and STTR act as EL0 at EL1 only (C6.2: AccType_UNPRIV).
    let unprivileged = level == 1 ? unit.contexts(exceptionLevel: 0) : contexts
    r[Slot.unprivilegedContext] = unprivileged.lower
    r[Slot.unprivilegedContext + 1] = unprivileged.upper
    let current = system.level(level)
    var mode = current[0]
    if r[Slot.sp] & 15 != 0 && current[1] != 0 { mode |= BlockMode.stackMisaligned }
    if r[Slot.illegal] != 0 { mode |= BlockMode.illegalState }
    if system.debugIsActive {
      mode |= debugMode()
      if mode & BlockMode.watchpoints != 0 { hideDataContexts() }
    }
    if system.monitor.isCounting { monitorContextDidChange() }
    if _slowPath(!observed.isEmpty) && observesBlocks { mode |= BlockMode.observed }
    r[Slot.mode] = mode
    raiseAttentionIfInterruptible()
  }

  /// Puts a context number that no TLB entry carries where loads and stores look, so that each of them takes
  /// the slow path and asks the watchpoints.
  private func hideDataContexts() {
    for slot in 0...1 {
      r[Slot.dataContext + slot] = TLBLayout.contextMask
      r[Slot.unprivilegedContext + slot] = TLBLayout.contextMask
    }
  }

  /// The bit of `Slot.attention` that asks for `takePendingInterrupt`.
  static let interruptAttention: UInt64 = 1

  /// Sets attention when there is anything that could interrupt; `takePendingInterrupt` looks closer.
  @inline(__always)
  func raiseAttentionIfInterruptible() {
    if interruptInputs.rawValue != 0 || hcr & HCR.virtualPending != 0 {
      r[Slot.attention] |= Core.interruptAttention
    }
  }

  /// Whether the SP alignment check is enabled at the current level (SCTLR_ELx.SA, SCTLR_EL1.SA0).
  public var checksStackAlignment: Bool { system.level(level)[1] != 0 }

  /// Computes the mode bits of all levels from the control registers.
  func updateModes() {
    for level in 0...3 {
      let words = system.level(level)
      let sctlr = banked(.sctlrEL1, max(1, level))
      var mode = UInt64(truncatingIfNeeded: level)
      if floatingPointTrapTarget(at: level) != nil { mode |= BlockMode.floatingPointTrapped }
      if sctlr.bit(SCTLR.a) || unit.isFlatDevice(level) { mode |= BlockMode.strictAlignment }
      if sctlr.bit(level == 0 ? SCTLR.e0e : SCTLR.ee) { mode |= BlockMode.bigEndian }
      words[0] = mode
      words[1] = sctlr.bit(level == 0 ? SCTLR.sa0 : SCTLR.sa) ? 1 : 0
    }
  }

  /// A register that controls translation at `regime` (1: EL1&0 and stage 2, 2, 3) was written. The
  /// unit hears of it at once when the current level uses that regime, else on the next change of level.
  func translationControlsDidChange(regime: Int) {
    system.translationIsStale = true
    if regime == max(1, level) { contextDidChange() }
  }

  /// Brings the unit up to date before something outside the current regime uses it (AT, TLBI).
  @inline(__always)
  func flushTranslationControls() {
    if system.translationIsStale { updateTranslationControls() }
  }

  /// Hands the unit all control registers and computes the modes of all levels.
  @inline(never)
  func updateTranslationControls() {
    system.translationIsStale = false
    setUnitControls()
    updateModes()
  }

  // MARK: Floating-point access

  /// Whether Advanced SIMD and floating-point instructions may execute at the current level.
  @inline(__always)
  public var isFloatingPointEnabled: Bool { r[Slot.mode] & BlockMode.floatingPointTrapped == 0 }

  /// The level that traps floating point executed at `level`, or nil (D1.13.2, CheckFPAdvSIMDEnabled64).
  func floatingPointTrapTarget(at level: Int) -> Int? {
    if level <= 1 {
      let enable = self[.cpacrEL1].bits(21, 20)
      if enable & 1 == 0 || (enable == 1 && level == 0) { return 1 }
    }
    if level <= 2 && isNonSecure && self[.cptrEL2].bit(CPTR.tfp) { return 2 }
    return self[.cptrEL3].bit(CPTR.tfp) ? 3 : nil
  }

  /// Checks that floating point may be used here; takes the trap and returns false when not.
  public func floatingPointTrap() -> Bool {
    guard let target = floatingPointTrapTarget(at: level) else { return true }
    if target == 1 && trapsGeneral {
      // AArch64.AdvSIMDFPAccessTrap: a trap to EL1 that TGE sends to EL2 is reported as unknown.
      takeSynchronous(to: 2, Syndrome.unknown)
    } else {
      takeSynchronous(to: target, Syndrome.floatingPointAccess)
    }
    return false
  }
}
