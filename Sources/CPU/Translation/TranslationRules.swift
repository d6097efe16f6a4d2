/// What executes translated blocks.
public enum ExecutionEngine: String, Sendable, CaseIterable {
  /// The portable interpreter of micro-ops.
  case interpreter
  /// Host code for what runs often, the interpreter for the rest; the interpreter alone where no generator
  /// knows the host.
  case hostCode = "host-code"

  /// The engines that this host has.
  public static var available: [ExecutionEngine] {
    #if os(Linux) && arch(x86_64)
      [.interpreter, .hostCode]
    #else
      [.interpreter]
    #endif
  }
}

/// How code is cut into blocks and executed. The machine has one way, `standard`; comparisons of engines use
/// others.
public struct TranslationRules: Sendable {
  public static let standard = TranslationRules()
  /// Every instruction translated alone: no block, no fused pair, no link inside a slice of one instruction.
  public static let single = TranslationRules(instructionsPerBlock: 1, engine: .interpreter)

  /// Instructions in a block at most, 1...64.
  let instructionsPerBlock: Int
  let engine: ExecutionEngine
  /// Runs of a block before host code is made of it.
  let threshold: Int32
  /// Whether blocks lead to each other; else both engines return to the dispatcher after each, which the lock
  /// step needs.
  let linksBlocks: Bool

  public init(
    instructionsPerBlock: Int = 64, engine: ExecutionEngine = .hostCode, threshold: Int32 = 16,
    linksBlocks: Bool = true
  ) {
    self.instructionsPerBlock = min(max(instructionsPerBlock, 1), BlockBuilder.limit)
    self.engine = engine
    self.threshold = max(1, threshold)
    self.linksBlocks = linksBlocks
  }
}
