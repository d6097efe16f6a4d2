/// How code is cut into blocks. The machine has one way, `standard`; comparisons of engines use others.
public struct TranslationRules: Sendable {
  public static let standard = TranslationRules()
  /// Every instruction translated alone: no block, no fused pair, no link inside a slice of one instruction.
  public static let single = TranslationRules(instructionsPerBlock: 1)

  /// Instructions in a block at most, 1...64.
  let instructionsPerBlock: Int
  /// The mistake to make, so that a test can see it caught.
  let mistake: Mistake?

  /// Mistakes for tests of the tests.
  public enum Mistake: String, CaseIterable, Sendable {
    /// A compare fused with its branch branches on the opposite condition.
    case invertsFusedBranch = "fused-branch"
    /// The sixth instruction of a block is taken to begin where the fifth does.
    case misplacesInstruction = "place"
  }

  public init(instructionsPerBlock: Int = 64, mistake: Mistake? = nil) {
    self.instructionsPerBlock = min(max(instructionsPerBlock, 1), BlockBuilder.limit)
    self.mistake = mistake
  }
}
