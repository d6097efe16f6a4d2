import CPU
import Foundation
import Testing

@testable import conformance

@Suite("Instructions and QEMU agree")
struct ExecuteTests {
  private static let hasOracle = QEMUOracle.missing == nil
  private static let skipped: Comment = "no qemu-aarch64; recorded vectors are replayed all the same"

  @Test("on seeded cases of every row", .enabled(if: hasOracle, skipped))
  func agreement() throws {
    var settings = ExecuteComparison.Settings()
    settings.cases = 500
    let comparison = try ExecuteComparison(settings)
    for row in InstructionTable.rows {
      let result = try comparison.run(row)
      if EL0Rows.coveredByGuests[row.instruction] != nil { continue }
      #expect(result.cases == settings.cases, "\(result.name)")
      // Most cases must do something: only what EL0 may not do is refused always.
      let isRefused = Self.refused.contains(row.instruction)
      #expect(
        isRefused ? comparison.executed == 0 : comparison.executed > settings.cases / 3, "\(result.name)")
    }
    for failure in comparison.failures { Issue.record("\(failure.lines.joined(separator: "\n"))") }
  }

  @Test("on seeded cases of every load and store of big-endian data", .enabled(if: hasOracle, skipped))
  func bigEndian() throws {
    var settings = ExecuteComparison.Settings()
    settings.cases = 500
    settings.isBigEndian = true
    let comparison = try ExecuteComparison(settings)
    for row in InstructionTable.rows where row.attributes.contains(.memory) {
      #expect(try comparison.run(row).cases == settings.cases)
    }
    for failure in comparison.failures { Issue.record("\(failure.lines.joined(separator: "\n"))") }
  }

  @Test(
    "on seeded cases of every row with Unicorn",
    .enabled(if: hasOracle && QEMUOracle.unicornVersion != nil, "python3 has no module unicorn"))
  func unicorn() throws {
    var settings = ExecuteComparison.Settings()
    settings.cases = 40
    settings.isUnicorn = true
    let comparison = try ExecuteComparison(settings)
    for row in InstructionTable.rows where EL0Rows.coveredByGuests[row.instruction] == nil {
      #expect(try comparison.run(row).cases == settings.cases, "\(row.instruction)")
    }
    for failure in comparison.failures { Issue.record("\(failure.lines.joined(separator: "\n"))") }
  }

  @Test("The byte order of data matters to our side")
  func byteOrder() {
    let words = CaseWords.allocate(capacity: CaseLayout.caseCount)
    let answers = CaseWords.allocate(capacity: CaseLayout.answerCount * 2)
    defer {
      words.deallocate()
      answers.deallocate()
    }
    var cases = RowCases(InstructionTable.row(of: .ldxp), seed: 3, statesPerWord: 1)
    var differing = 0
    for _ in 0..<20 {
      _ = cases.fill(words, count: 1)
      EmulatedCPU().execute(words, into: answers)
      EmulatedCPU(bigEndian: true).execute(words, into: answers + CaseLayout.answerCount)
      if !CaseComparison.agree(answers, answers + CaseLayout.answerCount) { differing += 1 }
    }
    #expect(differing > 10)
  }

  /// Rows that are UNDEFINED, trapped or an exception at EL0.
  private static let refused: Set<Instruction> = [
    .hvc, .smc, .brk, .hlt, .dcps1, .dcps2, .dcps3, .eret, .drps, .msrImmediate, .sysl,
  ]

  @Test("Every row has cases, or stands in the list of those that guests cover")
  func coverage() {
    let words = CaseWords.allocate(capacity: CaseLayout.caseCount)
    defer { words.deallocate() }
    for row in InstructionTable.rows {
      var cases = RowCases(row, seed: 1, statesPerWord: 1)
      let isListed = EL0Rows.coveredByGuests[row.instruction] != nil
      #expect(isListed || cases.fill(words, count: 1) == 1, "\(row.instruction)")
      if !isListed {
        let word = UInt32(truncatingIfNeeded: words[CaseLayout.word])
        #expect(Decoder.decode(word) == row.instruction)
      }
    }
    #expect(EL0Rows.coveredByGuests.count == 3, "a row that leaves the comparison must be in a guest")
  }

  @Test("A flag that is wrong on purpose is found", .enabled(if: hasOracle, skipped))
  func planted() throws {
    var settings = ExecuteComparison.Settings()
    settings.cases = 100
    settings.plant = .wrongFlag
    let comparison = try ExecuteComparison(settings)
    for instruction in [Instruction.ccmpRegister, .ccmpImmediate, .ccmnRegister, .ccmnImmediate] {
      let result = try comparison.run(InstructionTable.row(of: instruction))
      #expect(result.differences > 0, "\(instruction)")
    }
    #expect(try comparison.run(InstructionTable.row(of: .addsShifted)).differences == 0)
    let failure = try #require(comparison.failures.first)
    #expect(failure.lines.contains { $0.hasPrefix("  * NZCV") }, "\(failure.lines)")
    // Without the mistake the kept case agrees, and a kept case comes back from its file as it was.
    #expect(failure.file.replay().isEmpty)
    let path = NSTemporaryDirectory() + "tayberry-\(UUID().uuidString).case"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try failure.file.write(to: path, comment: failure.lines)
    let again = try FailureFile(path: path)
    #expect(again.request == failure.file.request && again.answer == failure.file.answer)
    var wrong = again
    wrong.answer[CaseLayout.nzcv] ^= 1 << 28
    #expect(!wrong.replay().isEmpty)
  }

  static let kept: [String] = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<2 { folder.deleteLastPathComponent() }
    folder.appendPathComponent("Vectors/failures")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".case") }.sorted().map { folder.appendingPathComponent($0).path }
  }()

  @Test("Every case that once failed agrees now", arguments: kept)
  func failures(path: String) throws {
    let lines = try FailureFile(path: path).replay()
    #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))")
  }
}
