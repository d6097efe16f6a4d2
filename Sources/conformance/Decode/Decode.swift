import CPU
import Foundation

extension Subcommand {
  /// `conformance decode`: the decoder and the disassembler against LLVM's.
  static let decode = Subcommand(
    name: "decode", usage: "[--count RANDOM_WORDS] [--seed S] [--json FILE]"
  ) { options in
    guard let tool = LLVMDisassembly.tool else {
      print("decode: no llvm-objdump beside swift in PATH: not compared")
      return 77
    }
    var comparison = DecodeComparison()
    let seed = UInt64(try options.number("seed", default: 1))
    try comparison.run(count: try options.number("count", default: 1_000_000), seed: seed)
    let result = comparison.result(version: Tools.version(tool))
    for line in comparison.messages { print(line) }
    print("decode: \(result.cases) words, \(result.differences) differences")
    try result.write(options)
    return result.differences == 0 ? 0 : 1
  }
}

/// Compares which words decode, and what they are written as.
struct DecodeComparison {
  /// Words compared, and those that differ, by raw value of our instruction; the last is for words we hold
  /// UNALLOCATED.
  private var cases = [Int](repeating: 0, count: Instruction.allCases.count + 1)
  private var differences = [Int](repeating: 0, count: Instruction.allCases.count + 1)
  private(set) var messages: [String] = []

  private static let unallocated = Instruction.allCases.count
  /// Words for one run of LLVM.
  private static let batch = 500_000

  mutating func run(count: Int, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var pending = DecodeWords.atExtremes(seed: seed)
    var left = count
    var running: [(Bool, LLVMDisassembly)] = []
    repeat {
      // LLVM reads one batch while the one before is compared.
      let next: [(Bool, LLVMDisassembly)] =
        pending.isEmpty
        ? []
        : try [false, true].map { ($0, try LLVMDisassembly(pending, aliases: $0)) }
      for (aliases, theirs) in running { try compare(theirs, aliases: aliases) }
      running = next
      pending = DecodeWords.random(min(left, Self.batch), from: &random)
      left -= pending.count
    } while !running.isEmpty
  }

  private mutating func compare(_ theirs: LLVMDisassembly, aliases: Bool) throws {
    try theirs.forEachLine { number, line in
      check(theirs.words[number], address: UInt64(number) * 4, line, aliases: aliases)
    }
  }

  private mutating func check(
    _ word: UInt32, address: UInt64, _ theirs: UnsafeBufferPointer<UInt8>, aliases: Bool
  ) {
    let instruction = Decoder.decode(word)
    let row = instruction.map { Int($0.rawValue) } ?? Self.unallocated
    if !aliases { cases[row] += 1 }
    guard let instruction else {
      let isListed = DecodeExceptions.isDecodedByLLVMOnly(word)
      if !theirs.isEmpty, !aliases, !isListed { fail(word, row, nil, theirs) }
      return
    }
    if theirs.isEmpty {
      if !aliases { fail(word, row, "\(instruction)", theirs) }
      return
    }
    let always = aliases || DecodeExceptions.aliasedAlways.contains(instruction)
    var ours = Disassembler.text(word: word, address: address, aliases: always) ?? ""
    let isSame = ours.withUTF8 { $0.elementsEqual(theirs) }
    if isSame || DecodeExceptions.isIncomparable(word, instruction, aliases: aliases) { return }
    if DecodeExceptions.agree(ours, String(decoding: theirs, as: UTF8.self)) { return }
    fail(word, row, ours, theirs)
  }

  private mutating func fail(
    _ word: UInt32, _ row: Int, _ ours: String?, _ theirs: UnsafeBufferPointer<UInt8>
  ) {
    differences[row] += 1
    guard differences[row] <= 3 else { return }
    let text = theirs.isEmpty ? "UNALLOCATED" : String(decoding: theirs, as: UTF8.self)
    messages.append("\(String(word, radix: 16)): ours \(ours ?? "UNALLOCATED"), LLVM's \(text)")
  }

  func result(version: String) -> ConformanceResult {
    var rows = InstructionTable.rows.map { row in
      let number = Int(row.instruction.rawValue)
      return ConformanceResult.Row(
        name: "\(row.instruction)", cases: cases[number], differences: differences[number],
        note: DecodeExceptions.note(row.instruction))
    }
    rows.append(
      ConformanceResult.Row(
        name: "UNALLOCATED", cases: cases[Self.unallocated], differences: differences[Self.unallocated],
        note:
          "words of no row, what later versions added included; not UDF (C4.1.1) and not op0 = 0 (C4.1.3), which LLVM has text for"
      ))
    return ConformanceResult(
      area: "Decoder and disassembler", oracle: "llvm-objdump", version: version, rows: rows)
  }
}
