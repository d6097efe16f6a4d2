import CPU
import TestSupport
import Testing

/// Runs each test of a suite several times: in the interpreter, in host code from the first run on, and in host
/// code for every instruction alone, so that even a slice of one instruction executes it.
struct EveryEngine: SuiteTrait, TestTrait, TestScoping {
  static let rules: [TranslationRules] = [
    TranslationRules(engine: .interpreter),
    TranslationRules(engine: .hostCode, threshold: 1),
    TranslationRules(instructionsPerBlock: 1, engine: .hostCode, threshold: 1),
  ]

  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    for rules in Self.rules {
      try await CPUBench.$rules.withValue(rules) { try await function() }
    }
  }
}

extension Trait where Self == EveryEngine {
  static var everyEngine: EveryEngine { EveryEngine() }
}
