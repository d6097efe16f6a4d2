import Foundation
import Testing

@testable import CPU

/// What an instruction did on the machine it was recorded on; the format is that of scripts/vectors/oracle.c.
struct RecordedInstruction {
  let word: UInt32
  let seed: UInt32
  /// New values by place, or nil if the instruction was UNDEFINED.
  var changes: [UInt8: [UInt64]]?

  /// Reads all records of a file.
  static func read(_ path: String) throws -> [RecordedInstruction] {
    let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var position = 0
    func number(_ bytes: Int) -> UInt64 {
      defer { position += bytes }
      return data[position..<(position + bytes)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var records: [RecordedInstruction] = []
    while position < data.count {
      let word = UInt32(number(4))
      let seed = UInt32(number(4))
      let count = number(1)
      guard count != 255 else {
        records.append(RecordedInstruction(word: word, seed: seed, changes: nil))
        continue
      }
      var changes: [UInt8: [UInt64]] = [:]
      for _ in 0..<count {
        let place = UInt8(number(1))
        switch place {
        case 0..<32: changes[place] = [number(8), number(8)]
        case 64, 65: changes[place] = [number(4)]
        default: changes[place] = [number(8)]
        }
      }
      records.append(RecordedInstruction(word: word, seed: seed, changes: changes))
    }
    return records
  }

  /// The differences between what was recorded and what happens here, in words; empty if there are none.
  func differences() -> [String] {
    let before = VectorState(word: word, seed: seed)
    let after = VectorState(word: word, seed: seed)
    let isExecuted = after.execute(word)
    guard let changes else { return isExecuted ? ["executed, but is UNDEFINED"] : [] }
    guard isExecuted else { return ["refused, but is executed"] }
    var differences: [String] = []
    func compare(_ name: String, _ place: UInt8, was: [UInt64], now: [UInt64]) {
      let expected = changes[place] ?? was
      if now != expected {
        differences.append("\(name): \(hex(was)) -> \(hex(now)), should be \(hex(expected))")
      }
    }
    let (a, b) = (before.registers, after.registers)
    for index in 0..<32 {
      let word = Slot.v0 + index * 2
      compare("V\(index)", UInt8(index), was: [a[word], a[word + 1]], now: [b[word], b[word + 1]])
      compare("X\(index)", UInt8(32 + index), was: [a[index]], now: [b[index]])
    }
    compare("NZCV", 64, was: [a.nzcv], now: [b.nzcv])
    compare("FPSR", 65, was: [a[Slot.fpsr]], now: [b[Slot.fpsr]])
    compare("memory", 66, was: [before.fingerprint], now: [after.fingerprint])
    if !differences.isEmpty { differences.append(operands(before)) }
    return differences
  }

  private func hex(_ values: [UInt64]) -> String {
    values.reversed().map { String($0, radix: 16) }.joined(separator: ":")
  }

  private func operands(_ state: VectorState) -> String {
    let names = [("Rd", 0), ("Rn", 5), ("Ra", 10), ("Rm", 16)]
    let values = names.map { name, position in
      let index = Slot.v0 + Int((word >> UInt32(position)) & 31) * 2
      return "\(name) \(hex([state.registers[index], state.registers[index + 1]]))"
    }
    let (fpcr, fpsr) = (state.registers[Slot.fpcr], state.registers[Slot.fpsr])
    return values.joined(separator: " ") + " FPCR \(hex([fpcr])) FPSR \(hex([fpsr]))"
  }
}

@Suite("Floating-point and Advanced SIMD as recorded")
struct VectorReplayTests {
  static let recorded = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Vectors/simd.bin").path

  /// More recordings can be replayed by naming a file in TAYBERRY_VECTORS.
  static let files = [recorded] + (ProcessInfo.processInfo.environment["TAYBERRY_VECTORS"].map { [$0] } ?? [])

  @Test("Every recorded instruction leaves the same registers, flags and memory", arguments: files)
  func replay(_ path: String) throws {
    let records = try RecordedInstruction.read(path)
    var failures = 0
    var shown: [Instruction?: Int] = [:]
    for record in records {
      let differences = record.differences()
      if differences.isEmpty { continue }
      failures += 1
      let instruction = Decoder.decode(record.word)
      shown[instruction, default: 0] += 1
      guard shown[instruction] == 1 else { continue }
      let name = instruction.map { "\($0)" } ?? "unallocated"
      let details = differences.joined(separator: "; ")
      Issue.record("\(String(record.word, radix: 16)) seed \(record.seed) \(name): \(details)")
    }
    #expect(records.count > 10_000)
    #expect(failures == 0, "\(failures) of \(records.count)")
  }
}
