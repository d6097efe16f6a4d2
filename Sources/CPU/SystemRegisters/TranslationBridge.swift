import Fabric
import MMU

/// What the system side asks of the translation unit: controls, maintenance, AT and TLBI.
extension Core {
  /// Hands the unit the control registers.
  func setUnitControls() { unit.setControls(controlsOfUnit) }

  /// The control registers of all regimes.
  var controlsOfUnit: TranslationControls {
    var controls = TranslationControls()
    controls.sctlrEL1 = self[.sctlrEL1]
    controls.tcrEL1 = self[.tcrEL1]
    controls.ttbr0EL1 = self[.ttbr0EL1]
    controls.ttbr1EL1 = self[.ttbr1EL1]
    controls.mairEL1 = self[.mairEL1]
    controls.sctlrEL2 = self[.sctlrEL2]
    controls.tcrEL2 = self[.tcrEL2]
    controls.ttbr0EL2 = self[.ttbr0EL2]
    controls.mairEL2 = self[.mairEL2]
    controls.sctlrEL3 = self[.sctlrEL3]
    controls.tcrEL3 = self[.tcrEL3]
    controls.ttbr0EL3 = self[.ttbr0EL3]
    controls.mairEL3 = self[.mairEL3]
    controls.hcrEL2 = self[.hcrEL2]
    controls.vtcrEL2 = self[.vtcrEL2]
    controls.vttbrEL2 = self[.vttbrEL2]
    controls.scrEL3 = self[.scrEL3]
    return controls
  }

  // MARK: Cache maintenance by VA

  /// Checks the address of a cache maintenance instruction; takes the Data Abort (CM = 1, WnR = 1) and
  /// returns false when it does not translate or the permission is missing.
  func checkMaintenance(
    _ behaviour: RegisterBehaviour, _ encoding: UInt32, _ address: UInt64, needsRead: Bool, needsWrite: Bool
  ) -> Bool {
    let half = Int(truncatingIfNeeded: (address &>> 55) & 1)
    let entry = unit.dataEntries + TLBLayout.dataIndex(address)
    let tag = TLBLayout.tag(address, size: 1, context: r[Slot.dataContext &+ half])
    // Loops over ranges find their page in the TLB; slow pages are still translations.
    if !needsWrite && entry[0] & ~TLBLayout.slow == tag { return true }
    let kind: AccessKind = needsWrite ? .write : .read
    let fault: TranslationFault
    switch unit.lookup(address, kind, exceptionLevel: level) {
    case .fault(let value): fault = value
    case .success(let physical, _):
      if _slowPath(cluster.observesAllMemory) { announceMaintenance(behaviour, encoding, at: physical.rawValue) }
      return true
    }
    if fault.kind == .permission && !fault.isStageTwo && !needsRead && !needsWrite { return true }
    dataAbort(fault, address: address, isWrite: true, syndrome: .maintenance)
    return false
  }

  // MARK: AT (C5.4, D5.2.11)

  /// AT: translates and reports in PAR_EL1. False when a stage-2 fault goes to EL2 instead.
  func translateAddress(_ encoding: UInt32, _ address: UInt64) -> Bool {
    flushTranslationControls()
    let op1 = encoding.bits(13, 11)
    let op2 = encoding.bits(2, 0)
    var stages = TranslationStages.one
    let target: Int
    switch op1 {
    case 4 where op2 < 4: target = 2
    case 4:
      // S12E1x, S12E0x: stage 1 only where EL2 is not enabled.
      target = op2 >= 6 ? 0 : 1
      if isNonSecure { stages = .both }
    case 6: target = 3
    default: target = op2 >= 2 ? 0 : 1
    }
    let kind: AccessKind = op2 & 1 != 0 ? .write : .read
    switch unit.probe(address, kind, exceptionLevel: target, stages: stages) {
    case .success(let physical, let info):
      self[.parEL1] = successfulTranslation(physical.rawValue, info)
    case .fault(let fault):
      if fault.isStageOneWalk && level == 1 {
        // A walk that stage 2 does not let through is EL2's business.
        dataAbort(fault, address: address, isWrite: true, syndrome: .maintenance)
        return false
      }
      if fault.kind == .externalAbortOnWalk {
        dataAbort(fault, address: address, isWrite: true, syndrome: .maintenance)
        return false
      }
      self[.parEL1] = failedTranslation(fault)
    }
    return true
  }

  /// PAR_EL1 with F = 0: address, attributes, shareability, NS; bit 11 is RES1.
  private func successfulTranslation(_ physical: UInt64, _ info: TLBInfo) -> UInt64 {
    let attributes = info.attributes
    var par = (physical & 0x0000_ffff_ffff_f000) | (1 &<< 11)
    par |= UInt64(attributes.encoding) &<< 56
    par |= UInt64(attributes.shareability & 3) &<< 7
    if !info.contains(.secure) { par |= 1 &<< 9 }
    return par
  }

  /// PAR_EL1 with F = 1: FST, PTW (stage 2 failed on a stage-1 walk), S (stage 2 failed).
  private func failedTranslation(_ fault: TranslationFault) -> UInt64 {
    var par: UInt64 = (1 &<< 11) | 1
    par |= (fault.statusCode & 0x3f) &<< 1
    if fault.isStageOneWalk { par |= 1 &<< 8 }
    if fault.isStageTwo { par |= 1 &<< 9 }
    return par
  }

  // MARK: TLBI (C5.5, D5.10)

  /// TLBI: on this core, or on all for the Inner Shareable forms and under HCR_EL2.FB.
  func invalidateTLB(_ encoding: UInt32, _ operand: UInt64) {
    guard let operation = tlbOperation(encoding) else { return }
    if _slowPath(!observed.isEmpty) { announceInvalidation(encoding, operand) }
    flushTranslationControls()
    let invalidation = unit.invalidation(operation, operand: operand)
    // CRm 3 and 0 are the IS forms, 7 and 4 the local ones.
    let isShared = encoding.bits(6, 3) & 4 == 0
    let isForced = level == 1 && isNonSecure && hcr.bit(HCR.fb)
    guard isShared || isForced else {
      if unit.invalidate(invalidation) { adoptContext() }
      return
    }
    for core in cluster.cores where core.unit.invalidate(invalidation) { core.adoptContext() }
  }

  private func tlbOperation(_ encoding: UInt32) -> TLBInvalidation.Operation? {
    let op2 = encoding.bits(2, 0)
    switch encoding.bits(13, 11) {
    case 0:
      switch op2 {
      case 0: return .vmalle1
      case 1: return .vae1
      case 2: return .aside1
      case 3: return .vaae1
      case 5: return .vale1
      default: return .vaale1
      }
    case 4:
      if encoding.bits(6, 3) & 3 == 0 { return op2 == 1 ? .ipas2e1 : .ipas2le1 }
      switch op2 {
      case 0: return .alle2
      case 1: return .vae2
      case 4: return .alle1
      case 5: return .vale2
      default: return .vmalls12e1
      }
    case 6:
      switch op2 {
      case 0: return .alle3
      case 1: return .vae3
      default: return .vale3
      }
    default: return nil
    }
  }
}
