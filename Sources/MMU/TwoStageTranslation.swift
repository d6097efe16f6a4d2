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
  /// log2 of the piece that one TLBI by VA removes.
  var blockBits: UInt8
}

enum TranslationOutcome {
  case output(TranslationOutput)
  case fault(TranslationFault)
}

/// Stage-1 tables behind stage 2: AArch64.SecondStageWalk() of the manual.
struct TwoStageTables<Reader: DescriptorReader>: StageOneTables {
  let stageTwo: StageTwoControls
  var reader: Reader
  /// Reuse of earlier walks' steps; nil for a walk that must see the tables as they are.
  let cache: CacheUse?

  /// The walk cache and the context numbers under which to use it.
  struct CacheUse {
    let cache: WalkCache
    let stageOneContext: UInt64
    let stageTwoContext: UInt64
  }

  @inline(__always)
  func lastTable(
    _ address: UInt64, controls: StageOneControls
  ) -> (table: UInt64, inherited: TableAttributes)? {
    guard let cache else { return nil }
    return cache.cache.lastTable(address, controls: controls, context: cache.stageOneContext)
  }

  @inline(__always)
  func noteLastTable(
    _ address: UInt64, controls: StageOneControls, table: UInt64, inherited: TableAttributes
  ) {
    cache?.cache.store(
      address, controls: controls, context: cache?.stageOneContext ?? 0, table: table, inherited: inherited)
  }

  /// Stage 2 for an access of `kind`, from the cache if that allows it, else by a walk; a permission that
  /// the result lacks is for the caller to refuse.
  @inline(__always)
  mutating func throughStageTwo(_ address: UInt64, for kind: AccessKind) -> StageTwoResult {
    if let cache,
      let known = cache.cache.stageTwo(address, controls: stageTwo, context: cache.stageTwoContext),
      known.permissions.allows(kind)
    {
      return .output(known)
    }
    return walkStageTwo(address)
  }

  @inline(never)
  private mutating func walkStageTwo(_ address: UInt64) -> StageTwoResult {
    let result = stageTwo.walk(address, reader: &reader)
    if let cache, case .output(let output) = result {
      cache.cache.store(address, controls: stageTwo, context: cache.stageTwoContext, output: output)
    }
    return result
  }

  @inline(__always)
  mutating func read(at address: UInt64) -> DescriptorRead {
    var physical = address
    if stageTwo.isEnabled {
      switch throughStageTwo(address, for: .read) {
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
    let isFine = isAligned || kind == .execute
    if !isFine && one.attributes.isDevice { return .fault(TranslationFault(.alignment, level: 0)) }
    var permissions = AccessPermissions.all
    if one.isTranslated {
      permissions = one.permissions(isPrivileged: isPrivileged, controls: stageOne)
      if !permissions.allows(kind) { return .fault(TranslationFault(.permission, level: one.level)) }
    }
    var result = TranslationOutput(
      address: one.address, permissions: permissions, attributes: one.attributes, isSecure: one.isSecure,
      notGlobal: one.notGlobal, blockBits: one.blockBits)
    guard stageTwo.isEnabled, stages == .both else { return .output(result) }

    switch tables.throughStageTwo(one.address, for: kind) {
    case .fault(let faultKind, let level):
      return .fault(TranslationFault(faultKind, level: level, isStageTwo: true, ipa: one.address))
    case .output(let two):
      if !isFine && two.isDevice {
        return .fault(TranslationFault(.alignment, level: 0, isStageTwo: true, ipa: one.address))
      }
      if !two.permissions.allows(kind) {
        return .fault(TranslationFault(.permission, level: two.level, isStageTwo: true, ipa: one.address))
      }
      result.address = two.address
      result.permissions = permissions.intersection(two.permissions)
      result.attributes = one.attributes.combined(
        stageTwo: two.memoryAttributes, shareability: two.shareability,
        isCacheDisabled: kind == .execute ? stageTwo.disablesInstructionCache : stageTwo.disablesDataCache)
      return .output(result)
    }
  }
}
