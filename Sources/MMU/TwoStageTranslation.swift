import Fabric

/// Which stages a translation goes through.
public enum TranslationStages: Sendable {
  /// Stage 1 only, as AT S1E1R and its like ask; its table reads still go through stage 2.
  case one
  case both
}

/// A finished translation: where, what is allowed there, and of what kind the memory is.
struct TranslationOutput {
  var address: UInt64
  /// What both stages allow at the privilege that asked.
  var permissions: AccessPermissions
  var attributes: MemoryAttributes
  var isSecure: Bool
  var notGlobal: Bool
  /// Memory is Device because of stage 2 alone: an alignment fault belongs to stage 2.
  var isDeviceByStageTwo: Bool
  /// log2 of the piece that one TLBI by VA removes.
  var blockBits: UInt8
}

enum TranslationOutcome {
  case output(TranslationOutput)
  case fault(TranslationFault)
}

/// Stage-1 tables behind stage 2: AArch64.SecondStageWalk() of the manual.
struct TwoStageTables<Reader: DescriptorReader>: StageOneTables {
  var stageTwo: StageTwoControls
  var reader: Reader

  @inline(__always)
  mutating func read(at address: UInt64) -> DescriptorRead {
    var physical = address
    if stageTwo.isEnabled {
      switch stageTwo.walk(address, reader: &reader) {
      case .fault(let kind, let level):
        return .fault(stageTwoFault(kind, level: level, ipa: address))
      case .output(let output):
        let isProtected = stageTwo.protectsTableWalks && output.isDevice
        if !output.permissions.contains(.read) || isProtected {
          return .fault(stageTwoFault(.permission, level: output.level, ipa: address))
        }
        physical = output.address
      }
    }
    guard let value = reader.descriptor(at: physical) else { return .externalAbort }
    return .value(value)
  }

  @inline(never)
  private func stageTwoFault(_ kind: TranslationFault.Kind, level: UInt8, ipa: UInt64) -> TranslationFault {
    TranslationFault(kind, level: level, isStageTwo: true, isStageOneWalk: true, ipa: ipa)
  }
}

/// AArch64.FullTranslate() of the manual (Arm DDI 0487, J1.1.5), in its order of checks.
struct TwoStageTranslation {
  var stageOne: StageOneControls
  var stageTwo: StageTwoControls

  @inline(__always)
  func translate<Reader: DescriptorReader>(
    _ address: UInt64, _ kind: AccessKind, isPrivileged: Bool, isAligned: Bool,
    stages: TranslationStages, tables: inout TwoStageTables<Reader>
  ) -> TranslationOutcome {
    let one: StageOneOutput
    switch stageOne.translate(address, isFetch: kind == .execute, tables: &tables) {
    case .fault(let fault): return .fault(fault)
    case .output(let output): one = output
    }
    let mayMisalign = isAligned || kind == .execute
    if !mayMisalign && one.attributes.isDevice { return .fault(TranslationFault(.alignment, level: 0)) }
    var permissions = AccessPermissions.all
    if one.isTranslated {
      permissions = one.permissions(isPrivileged: isPrivileged, controls: stageOne)
      if !permissions.allows(kind) { return .fault(TranslationFault(.permission, level: one.level)) }
    }
    var result = TranslationOutput(
      address: one.address, permissions: permissions, attributes: one.attributes, isSecure: one.isSecure,
      notGlobal: one.notGlobal, isDeviceByStageTwo: false, blockBits: one.blockBits)
    guard stageTwo.isEnabled, stages == .both else { return .output(result) }

    switch stageTwo.walk(one.address, reader: &tables.reader) {
    case .fault(let faultKind, let level):
      return .fault(TranslationFault(faultKind, level: level, isStageTwo: true, ipa: one.address))
    case .output(let two):
      if !mayMisalign && two.isDevice {
        return .fault(TranslationFault(.alignment, level: 0, isStageTwo: true, ipa: one.address))
      }
      if !two.permissions.allows(kind) {
        return .fault(TranslationFault(.permission, level: two.level, isStageTwo: true, ipa: one.address))
      }
      result.address = two.address
      result.permissions = permissions.intersection(two.permissions)
      result.isDeviceByStageTwo = two.isDevice && !one.attributes.isDevice
      result.attributes = one.attributes.combined(
        stageTwo: two.memoryAttributes, shareability: two.shareability,
        isCacheDisabled: kind == .execute ? stageTwo.disablesInstructionCache : stageTwo.disablesDataCache)
      return .output(result)
    }
  }
}
