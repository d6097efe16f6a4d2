/// How code is cut into blocks. The machine has one way, `standard`; comparisons of engines use others.
public struct TranslationRules: Sendable {
  public static let standard = TranslationRules()
  /// Every instruction translated alone: no block, no fused pair, no link inside a slice of one instruction.
  public static let single = TranslationRules(instructionsPerBlock: 1)

  /// Instructions in a block at most, 1...64.
  let instructionsPerBlock: Int

  public init(instructionsPerBlock: Int = 64) {
    self.instructionsPerBlock = min(max(instructionsPerBlock, 1), BlockBuilder.limit)
  }
}
