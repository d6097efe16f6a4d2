import CPU
import Foundation

/// A case that once failed, with the oracle's answer: a text file below Tests/Vectors/failures, which a test
/// replays without the oracle.
struct FailureFile {
  var request: [UInt64]
  var answer: [UInt64]

  init(request: UnsafePointer<UInt64>, answer: UnsafePointer<UInt64>) {
    self.request = Array(UnsafeBufferPointer(start: request, count: CaseLayout.caseCount))
    self.answer = Array(UnsafeBufferPointer(start: answer, count: CaseLayout.answerCount))
  }

  /// Reads the file: comments after #, then numbers.
  init(path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var numbers: [UInt64] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      for word in line.split(separator: " ") {
        guard let number = UInt64(word, radix: 16) else { throw Complaint("\(path): what is \(word)?") }
        numbers.append(number)
      }
    }
    guard numbers.count == CaseLayout.caseCount + CaseLayout.answerCount else {
      throw Complaint("\(path): \(numbers.count) numbers")
    }
    request = Array(numbers[..<CaseLayout.caseCount])
    answer = Array(numbers[CaseLayout.caseCount...])
  }

  func write(to path: String, comment: [String]) throws {
    var text = comment.map { "# \($0)\n" }.joined()
    for numbers in [request, answer] {
      for start in stride(from: 0, to: numbers.count, by: 8) {
        let line = numbers[start..<min(start + 8, numbers.count)]
        text += line.map { String($0, radix: 16) }.joined(separator: " ") + "\n"
      }
    }
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Executes the case on every engine of our CPU; returns what differs, in words, or nothing.
  func replay() -> [String] {
    var ours = [UInt64](repeating: 0, count: CaseLayout.answerCount)
    let isBigEndian = request[CaseLayout.flags] & CaseLayout.bigEndian != 0
    for engine in ExecutionEngine.available {
      let cpu = EmulatedCPU(bigEndian: isBigEndian, engine: engine)
      let lines = ours.withUnsafeMutableBufferPointer { buffer -> [String] in
        guard let ours = buffer.baseAddress else { return [] }
        cpu.execute(request, into: ours)
        if CaseComparison.agree(ours, answer) { return [] }
        return CaseComparison.describe(request, ours: ours, theirs: answer)
      }
      if !lines.isEmpty { return ["\(engine.rawValue):"] + lines }
    }
    return []
  }
}
