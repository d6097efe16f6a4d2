import Fabric

extension TranslationFault: Error {}

/// Translations for a debugger: of any regime, with any control registers, seen by nobody.
extension TranslationUnit {
  /// What `controls` make of an address, whether or not the unit uses them now.
  ///
  /// - Parameter isIntermediate: the address is the output of stage 1 already; only stage 2 is applied.
  public func translate(
    _ address: UInt64, with controls: TranslationControls, exceptionLevel: Int, isIntermediate: Bool = false,
    stages: TranslationStages = .both
  ) -> Result<UInt64, TranslationFault> {
    let stageTwo = exceptionLevel & 2 == 0 ? StageTwoControls(controls) : StageTwoControls()
    var tables = TwoStageTables(stageTwo: stageTwo, reader: reader, cache: nil)
    if isIntermediate {
      guard stageTwo.isEnabled else { return .success(address) }
      switch tables.throughStageTwo(address, for: .read) {
      case .fault(let kind, let level):
        return .failure(TranslationFault(kind, level: level, isStageTwo: true, ipa: address))
      case .output(let output): return .success(output.address)
      }
    }
    let stageOne: StageOneControls
    switch exceptionLevel {
    case 2: stageOne = StageOneControls(singleRange: controls, regime: .el2)
    case 3: stageOne = StageOneControls(singleRange: controls, regime: .el3)
    default: stageOne = StageOneControls(el10: controls, isUpper: address.bit(55))
    }
    let translation = TwoStageTranslation(stageOne: stageOne, stageTwo: stageTwo)
    // What may only be executed is shown, too.
    var last: TranslationFault?
    for kind in [AccessKind.read, .execute] {
      switch translation.translate(
        address, kind, isPrivileged: true, isAligned: true, stages: stages, tables: &tables)
      {
      case .output(let output): return .success(output.address)
      case .fault(let fault):
        if last == nil { last = fault }
        if fault.kind != .permission { return .failure(fault) }
      }
    }
    return .failure(last ?? TranslationFault(.translation, level: 0))
  }
}
