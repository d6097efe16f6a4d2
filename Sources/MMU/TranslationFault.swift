/// Why a translation failed, as the syndrome needs it (Arm DDI 0487, D13.2.37 ESR_ELx, ISS encodings for
/// Instruction and Data Aborts).
public struct TranslationFault: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    case addressSize, translation, accessFlag, permission
    /// Synchronous external abort on a translation table walk.
    case externalAbortOnWalk
    /// Unaligned access to Device memory.
    case alignment
  }

  public var kind: Kind
  /// Level of the walk at which it failed, 0...3; 0 for alignment.
  public var level: UInt8
  /// Stage 2 failed: the exception goes to EL2, and HPFAR_EL2 holds `ipa`.
  public var isStageTwo: Bool
  /// ESR_EL2.ISS.S1PTW: stage 2 failed for an access made by a stage-1 walk.
  public var isStageOneWalk: Bool
  /// The intermediate physical address that stage 2 could not translate; zero for stage 1.
  public var ipa: UInt64

  public init(
    _ kind: Kind, level: UInt8, isStageTwo: Bool = false, isStageOneWalk: Bool = false, ipa: UInt64 = 0
  ) {
    self.kind = kind
    self.level = level
    self.isStageTwo = isStageTwo
    self.isStageOneWalk = isStageOneWalk
    self.ipa = ipa
  }

  /// The 6-bit DFSC or IFSC.
  public var statusCode: UInt64 {
    let level = UInt64(level & 3)
    switch kind {
    case .addressSize: return 0b000000 | level
    case .translation: return 0b000100 | level
    case .accessFlag: return 0b001000 | level
    case .permission: return 0b001100 | level
    case .externalAbortOnWalk: return 0b010100 | level
    case .alignment: return 0b100001
    }
  }
}
