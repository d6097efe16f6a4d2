import Fabric
import MMU

/// Instruction and Data Aborts (Arm DDI 0487, D1.10.4, D13.2.37; AArch64.Abort()).
extension Core {
  /// What failed, reduced to what syndrome and routing need.
  struct AbortCause {
    /// DFSC or IFSC.
    var status: UInt64
    var isStageTwo = false
    /// Stage 2 failed on behalf of a stage-1 walk.
    var isStageOneWalk = false
    var ipa: UInt64 = 0

    /// Synchronous external abort, not on a walk.
    static let external = AbortCause(status: 0b010000)
    static let alignment = AbortCause(status: 0b100001)

    /// Any external abort, on a walk (0b0101LL) or not.
    var isExternal: Bool { status & 0b111000 == 0b010000 }
  }

  /// Stage-2 faults go to EL2, external aborts to EL3 with SCR_EL3.EA, the rest to the default target.
  private func abortTarget(_ cause: AbortCause) -> Int {
    if cause.isExternal && scr.bit(SCR.ea) { return 3 }
    if cause.isStageTwo && level < 2 { return 2 }
    return defaultTarget
  }

  private func takeAbort(_ cause: AbortCause, lower: Syndrome.Class, same: Syndrome.Class,
    specific: UInt64, address: UInt64, returnAddress: UInt64
  ) {
    let target = abortTarget(cause)
    let status = cache.plantedDifference?.disturb(status: cause.status) ?? cause.status
    var iss = specific | (status & 0x3f)
    if cause.isStageOneWalk { iss |= 1 &<< 7 }
    if target == 2 && cause.isStageTwo {
      // HPFAR_EL2.FIPA is IPA[47:12].
      self[.hpfarEL2] = cause.ipa.bits(47, 12) &<< 4
    }
    takeException(
      to: target, .synchronous, returnAddress: returnAddress,
      syndrome: Syndrome.make(target > level ? lower : same, iss), faultAddress: address)
  }

  /// The fetch at `address` failed.
  func instructionAbort(_ cause: AbortCause, address: UInt64) {
    takeAbort(
      cause, lower: .instructionAbortLower, same: .instructionAbortSame, specific: 0, address: address,
      returnAddress: address)
  }

  /// The data access to `address` by the current instruction failed.
  func dataAbort(_ cause: AbortCause, address: UInt64, isWrite: Bool, syndrome: AccessSyndrome) {
    var specific = UInt64(syndrome.rawValue)
    // ISV is valid for stage-2 faults that are not on a stage-1 walk; CM always is.
    if !cause.isStageTwo || cause.isStageOneWalk { specific &= 1 &<< 8 }
    if isWrite { specific |= 1 &<< 6 }
    takeAbort(
      cause, lower: .dataAbortLower, same: .dataAbortSame, specific: specific, address: address,
      returnAddress: r[Slot.pc])
  }

  /// The translation of a fetch at `address` failed.
  public func instructionAbort(_ fault: TranslationFault, address: UInt64) {
    instructionAbort(AbortCause(fault), address: address)
  }

  /// The translation of a data access failed.
  ///
  /// - Parameters:
  ///   - address: the virtual address, for FAR_ELx.
  ///   - syndrome: what the instruction was, for EL2.
  public func dataAbort(
    _ fault: TranslationFault, address: UInt64, isWrite: Bool, syndrome: AccessSyndrome
  ) {
    dataAbort(AbortCause(fault), address: address, isWrite: isWrite, syndrome: syndrome)
  }

  /// An unaligned access that must be aligned (SCTLR.A, exclusives, acquire and release, Device memory).
  public func alignmentFault(address: UInt64, isWrite: Bool, syndrome: AccessSyndrome = .none) {
    dataAbort(.alignment, address: address, isWrite: isWrite, syndrome: syndrome)
  }

  /// The bus answered an access with an error. All are taken synchronously (DFSC 0x10): a Cortex-A72
  /// reports those of stores as SError, but no bus error of the BCM2711 that software relies on is known.
  public func externalAbort(address: UInt64, isWrite: Bool, syndrome: AccessSyndrome = .none) {
    dataAbort(.external, address: address, isWrite: isWrite, syndrome: syndrome)
  }

  /// The bus answered an instruction fetch with an error.
  public func externalInstructionAbort(address: UInt64) {
    instructionAbort(.external, address: address)
  }
}

extension Core.AbortCause {
  init(_ fault: TranslationFault) {
    self.init(
      status: fault.statusCode, isStageTwo: fault.isStageTwo, isStageOneWalk: fault.isStageOneWalk,
      ipa: fault.ipa)
  }
}
