import Foundation
import Testing

@testable import CPU

/// How many random words the agreement tests compare; `TAYBERRY_LLVM_WORDS` sets another number.
private let randomWordCount =
  ProcessInfo.processInfo.environment["TAYBERRY_LLVM_WORDS"].flatMap { Int($0) } ?? 200_000

/// Words to compare: uniformly random ones, and for every row words with random fields, with extreme
/// fields, and with one of the identifying bits inverted.
private let words: [UInt32] = {
  var random = SplitMix(state: 0x7A9B_3001)
  var words: [UInt32] = []
  for _ in 0..<randomWordCount { words.append(random.next32()) }
  for row in InstructionTable.rows {
    for number in 0..<300 {
      var word = row.pattern.value
      let ignored = row.fields.reduce(~row.pattern.mask) { $0 & ~$1.mask }
      word |= random.next32() & ignored
      for field in row.fields {
        switch number % 2 == 0 ? 2 : random.next32() % 4 {
        case 0: break
        case 1: word |= field.mask
        default: word |= random.next32() & field.mask
        }
      }
      if number >= 200 { word ^= 1 << (random.next32() & 31) }
      words.append(word)
    }
  }
  return words
}()

@Suite("The instruction table and LLVM agree", .enabled(if: LLVMDisassembly.tool != nil))
struct LLVMAgreementTests {
  @Test("on which words are UNALLOCATED")
  func validity() throws {
    let theirs = try LLVMDisassembly(words: words).lines
    try #require(theirs.count == words.count)
    var report = Report()
    for (word, line) in zip(words, theirs) {
      let instruction = Decoder.decode(word)
      guard (instruction == nil) != (line == nil), !isDecodedByLLVMOnly(word) else { continue }
      report.add(word, ours: instruction.map { "\($0)" }, theirs: line, group: instruction)
    }
    #expect(report.isEmpty, "\(report.summary)")
  }

  @Test("on the text of every instruction, with and without aliases", arguments: [false, true])
  func text(aliases: Bool) throws {
    let theirs = try LLVMDisassembly(words: words, aliases: aliases).lines
    try #require(theirs.count == words.count)
    var report = Report()
    for (number, (word, line)) in zip(words, theirs).enumerated() {
      guard let line, let instruction = Decoder.decode(word),
        !isIncomparable(word, instruction, aliases: aliases)
      else { continue }
      let always = aliases || Self.aliasedAlways.contains(instruction)
      let address = UInt64(number) * 4
      let ours = Disassembler.text(word: word, address: address, aliases: always)
      guard !agree(ours ?? "", line) else { continue }
      report.add(word, ours: ours, theirs: line, group: instruction)
    }
    #expect(report.isEmpty, "\(report.summary)")
  }

  /// Words LLVM has text for though Armv8.0 does not allocate them.
  private func isDecodedByLLVMOnly(_ word: UInt32) -> Bool {
    // UDF, which is permanently undefined (Arm DDI 0487, C4.1.1, Reserved).
    word >> 16 == 0
      // LLVM takes the whole space of op0 = 0b00 for MSR and MRS of registers S0_...; what is not a
      // hint, barrier or PSTATE access there is unallocated (C4.1.3, System instructions).
      || word & 0xFFD8_0000 == 0xD500_0000
  }

  /// Instructions LLVM writes as their aliases even when asked not to.
  private static let aliasedAlways: Set<Instruction> = [
    .movz, .movn, .orrImmediate, .sbfm, .ubfm, .bfm, .dupElementScalar, .lslv, .lsrv, .asrv,
    .rorv,
  ]

  /// Whether LLVM's text is known to be of no use for this word.
  private func isIncomparable(_ word: UInt32, _ instruction: Instruction, aliases: Bool) -> Bool {
    switch instruction {
    case .prfmRegisterOffset where word >> 3 & 3 == 3:
      // LLVM writes RPRFM, a hint of Armv8.9 in the space of reserved prefetch operations.
      true
    case .strRegisterOffset, .ldrRegisterOffset, .ldrsRegisterOffset, .strFPRegisterOffset,
      .ldrFPRegisterOffset, .prfmRegisterOffset:
      // Without aliases, LLVM writes the scaled form even where S is 0.
      !aliases && word >> 12 & 0xF == 0b0110
    case .sshllVector, .ushllVector:
      // LLVM does not write SXTL and UXTL, which the manual prefers (C7.2.306 and C7.2.391).
      aliases && (word >> 19 & 0xF).nonzeroBitCount == 1 && word >> 16 & 7 == 0
    case .hint:
      // DGH, a hint of Armv8.6.
      aliases && word == 0xD503_20DF
    default: false
    }
  }

  /// Whether two texts mean the same though a number's base or a register's name differs.
  private func agree(_ ours: String, _ theirs: String) -> Bool {
    if ours == theirs { return true }
    if ours.hasPrefix("movi ") || ours.hasPrefix("hint ") {
      return Self.withoutBase(ours) == Self.withoutBase(theirs)
    }
    // LLVM has names for registers of later architecture versions, and no name for a read-only
    // register that is written.
    let left = ours.components(separatedBy: " ")
    let right = theirs.components(separatedBy: " ")
    guard left.count == 3, right.count == 3, left[0] == right[0], left[0] == "mrs" || left[0] == "msr"
    else { return false }
    let register = left[0] == "mrs" ? 1 : 2
    guard left[register] == right[register] else { return false }
    let name = left[3 - register].filter { $0 != "," }
    let theirName = right[3 - register].filter { $0 != "," }
    if let encoding = Self.encodings[name] { return theirName == encoding }
    return Self.encodings[theirName] == nil && !theirName.hasPrefix("S2_") && !theirName.hasPrefix("S3_")
  }

  /// The text with its immediate in decimal.
  private static func withoutBase(_ text: String) -> String {
    let parts = text.components(separatedBy: "#")
    guard parts.count == 2 else { return text }
    let digits = parts[1].hasPrefix("0x") ? UInt64(parts[1].dropFirst(2), radix: 16) : UInt64(parts[1])
    return parts[0] + (digits.map { "#\($0)" } ?? parts[1])
  }

  private static let encodings: [String: String] = {
    var encodings: [String: String] = [:]
    for names in [SystemRegisterNames.readNames, SystemRegisterNames.writeNames] {
      for (encoding, name) in names { encodings[name] = SystemRegisterNames.genericName(encoding) }
    }
    return encodings
  }()
}

/// Disagreements, a few for each instruction.
private struct Report {
  private var count = 0
  private var lines: [Instruction?: [String]] = [:]

  var isEmpty: Bool { count == 0 }

  mutating func add(_ word: UInt32, ours: String?, theirs: String?, group: Instruction?) {
    count += 1
    guard lines[group, default: []].count < 3 else { return }
    lines[group, default: []].append(
      "  \(String(word, radix: 16)): ours \(ours ?? "unallocated"), LLVM's \(theirs ?? "unallocated")")
  }

  var summary: String {
    let groups = lines.sorted { ($0.key?.rawValue ?? 0) < ($1.key?.rawValue ?? 0) }
    let text = groups.map { group, lines in
      (group.map { "\($0)" } ?? "unallocated") + "\n" + lines.joined(separator: "\n")
    }
    return "\(count) disagreements\n" + text.joined(separator: "\n")
  }
}
