import Fabric
import Foundation
import TestSupport
import Testing

@testable import CPU

/// What an instruction did on the machine it was recorded on; the format is that of
/// scripts/vectors/integer.c.
struct RecordedOperation {
  enum Outcome { case executed, undefined, faulted, misaligned }

  let word: UInt32
  let seed: UInt32
  var outcome = Outcome.executed
  var x: [Int: UInt64] = [:]
  var v: [Int: SIMD2<UInt64>] = [:]
  var nzcv: UInt64?
  var pc: UInt64?
  /// New doublewords of the window, by offset.
  var memory: [(Int, UInt64)] = []

  /// Reads all records of a file.
  static func read(_ path: String) throws -> [RecordedOperation] {
    let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var position = 0
    func number(_ bytes: Int) -> UInt64 {
      var value: UInt64 = 0
      for index in 0..<bytes { value |= UInt64(data[position + index]) << UInt64(index * 8) }
      position += bytes
      return value
    }
    var records: [RecordedOperation] = []
    while position < data.count {
      var record = RecordedOperation(word: UInt32(number(4)), seed: UInt32(number(4)))
      var count = number(1)
      switch count {
      case 255: (record.outcome, count) = (.undefined, 0)
      case 254: (record.outcome, count) = (.faulted, number(1))
      case 253: (record.outcome, count) = (.misaligned, number(1))
      default: break
      }
      for _ in 0..<count {
        let place = Int(number(1))
        switch place {
        case 0..<32: record.v[place] = SIMD2(number(8), number(8))
        case 32..<64: record.x[place - 32] = number(8)
        case 64: record.nzcv = number(1)
        case 65: record.pc = number(8)
        default: record.memory.append((Int(number(4)), number(8)))
        }
      }
      records.append(record)
    }
    return records
  }
}

/// Executes recorded instructions at EL0 with nothing mapped but the window and the code.
final class IntegerReplay {
  private static let vectors: UInt64 = 0x10_0000
  private let bench = CPUBench(codeArenaSize: 1 << 22)
  private let pristine: [UInt8]
  private let window = IntegerState.window
  private let isBigEndian: Bool

  init(bigEndian: Bool) {
    isBigEndian = bigEndian
    var bytes: [UInt8] = []
    for index in 0..<(IntegerState.window.count / 8) {
      withUnsafeBytes(of: IntegerState.mix(UInt64(index)).littleEndian) { bytes += $0 }
    }
    pristine = bytes
    bench.ram.load(bytes, at: window.lowerBound)
    bench.enableTranslation()
    bench.map(window, as: CPUBench.Page.user)
    bench.map(0x87_0000..<0x88_0000, as: CPUBench.Page.user)
    bench.map(Self.vectors..<(Self.vectors + 4096), as: CPUBench.Page.kernel)
    bench.put([UInt32](repeating: A64.nop, count: 1024), at: Self.vectors)
    bench.core.enter(level: 0)
    bench.core.set(.vbarEL1, Self.vectors)
    // Emulators of user programs do not check the alignment of SP.
    bench.core.change(.sctlrEL1, clear: 1 << 4)
    if bigEndian { bench.core.change(.sctlrEL1, set: 1 << 24) }
  }

  /// What happens other than recorded, in words; empty if nothing.
  ///
  /// The instruction is executed as the `position`-th of a block.
  func differences(_ record: RecordedOperation, position: Int) -> [String] {
    let core = bench.core
    let state = IntegerState(word: record.word, seed: record.seed)
    var program = [UInt32](repeating: A64.nop, count: position)
    if let companion = state.companion { program.append(companion) }
    let start = IntegerState.slot - UInt64(program.count) * 4
    let count = program.count + 1
    program += [record.word, A64.brk]
    core.r[Slot.currentEL] = 0
    core.r[Slot.spsel] = 0
    core.r[Slot.exclusive] = 0
    for index in 0..<31 { core[x: index] = state.x[index] }
    for index in 0..<32 { core[v: index] = state.v[index] }
    core.flags = state.nzcv
    core.sp = state.x[31]
    bench.run(program, at: start, count: count)
    return compare(record, state)
  }

  private func compare(_ record: RecordedOperation, _ state: IntegerState) -> [String] {
    let core = bench.core
    var differences: [String] = []
    func check(_ name: String, was: UInt64, now: UInt64, expected: UInt64?) {
      if now == expected ?? was { return }
      differences.append("\(name): \(was.hex()) -> \(now.hex()), should be \((expected ?? was).hex())")
    }
    var outcome = RecordedOperation.Outcome.executed
    if core.currentEL == 1 {
      switch (core.exceptionClass(), core.syndrome() & 0x3f) {
      case (0, _): outcome = .undefined
      case (0x24, 0x21): outcome = .misaligned
      case (0x24, _): outcome = .faulted
      default: differences.append("exception, ESR_EL1 \(core.syndrome().hex())")
      }
      // A load-exclusive before the instruction proper may be what faulted.
      let isCompanion = state.companion != nil && core.get(.elrEL1) == IntegerState.slot - 4
      let place = isCompanion ? IntegerState.slot - 4 : IntegerState.slot
      check("ELR_EL1", was: place, now: core.get(.elrEL1), expected: nil)
      core.sp = core.r[Slot.spEL0]
    }
    if outcome != record.outcome { differences.append("\(outcome), should be \(record.outcome)") }
    for index in 0..<31 {
      check("X\(index)", was: state.x[index], now: core[x: index], expected: record.x[index])
    }
    check("SP", was: state.x[31], now: core.sp, expected: record.x[31])
    for index in 0..<32 {
      let expected = record.v[index]
      let (was, now) = (state.v[index], core[v: index])
      check("V\(index) low", was: was[0], now: now[0], expected: expected?[0])
      check("V\(index) high", was: was[1], now: now[1], expected: expected?[1])
    }
    if outcome == .executed {
      check("NZCV", was: state.nzcv, now: core.flags, expected: record.nzcv)
      // The tag of a branch target goes at the next fetch.
      let pc = core.pc.bit(55) ? core.pc : core.pc & 0x00ff_ffff_ffff_ffff
      check("PC", was: IntegerState.slot + 4, now: pc, expected: record.pc)
    }
    let memory = compareMemory(record)
    // A big-endian pair of quadwords is two stores here; the first may be done when the second faults.
    return isBigEndian && outcome == .faulted ? differences : differences + memory
  }

  private func compareMemory(_ record: RecordedOperation) -> [String] {
    let base = bench.ram.base + Int(window.lowerBound)
    var differences: [String] = []
    pristine.withUnsafeBytes { before in
      for (offset, value) in record.memory {
        let now = (base + offset).load(as: UInt64.self)
        if now != value { differences.append("memory +\(offset): \(now.hex()), should be \(value.hex())") }
        base.storeBytes(
          of: before.load(fromByteOffset: offset, as: UInt64.self), toByteOffset: offset, as: UInt64.self)
      }
      guard let start = before.baseAddress, memcmp(base, start, before.count) != 0 else { return }
      differences.append("memory changed")
      base.copyMemory(from: start, byteCount: before.count)
    }
    return differences
  }
}

@Suite("Base instructions as recorded", .everyEngine)
struct IntegerReplayTests {
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Vectors/\(name)").path
  }

  /// Replays a file and reports the first difference of each instruction. Returns how many words were
  /// executed of each.
  private func replay(_ path: String, bigEndian: Bool) throws -> [Instruction: Int] {
    let replay = IntegerReplay(bigEndian: bigEndian)
    var executed: [Instruction: Int] = [:]
    var failures: [Instruction?: Int] = [:]
    for (number, record) in try RecordedOperation.read(path).enumerated() {
      let instruction = Decoder.decode(record.word)
      if let instruction, record.outcome == .executed { executed[instruction, default: 0] += 1 }
      let differences = replay.differences(record, position: number % 9)
      if differences.isEmpty { continue }
      failures[instruction, default: 0] += 1
      guard failures[instruction] == 1 else { continue }
      let name = instruction.map { "\($0)" } ?? "unallocated"
      let word = String(record.word, radix: 16)
      Issue.record("\(word) seed \(record.seed) \(name): \(differences.joined(separator: "; "))")
    }
    #expect(failures.isEmpty, "failures by instruction: \(failures)")
    return executed
  }

  @Test("Every recorded instruction leaves the same registers, flags, PC and memory")
  func littleEndian() throws {
    let executed = try replay(Self.path("integer.bin"), bigEndian: false)
    #expect(executed.count > 140)
    for (instruction, count) in executed { #expect(count >= 90, "\(instruction)") }
  }

  @Test("Every recorded load and store of big-endian data leaves the same registers and memory")
  func bigEndian() throws {
    let executed = try replay(Self.path("integer-be.bin"), bigEndian: true)
    #expect(executed.count > 50)
  }

  /// More recordings can be replayed by naming a file in TAYBERRY_INTEGER_VECTORS; with `-be` in its name
  /// its data are big-endian.
  @Test(
    "A further recording agrees",
    .enabled(if: ProcessInfo.processInfo.environment["TAYBERRY_INTEGER_VECTORS"] != nil))
  func further() throws {
    let path = ProcessInfo.processInfo.environment["TAYBERRY_INTEGER_VECTORS"] ?? ""
    let executed = try replay(path, bigEndian: path.contains("-be"))
    print("replayed \(executed.values.reduce(0, +)) executed words of \(executed.count) instructions")
  }
}
