import CPU
import Foundation

/// A program for the comparison of engines: its words, where it runs and what it starts with. Everything that
/// decides what it does is in here, so that a file can hold a failure.
struct FuzzProgram: Equatable {
  enum Level: String, CaseIterable {
    case el0
    /// Under stage 2.
    case el1
    case el2
    /// EL0 as a Linux process sees it: all memory of the program is there, nothing traps, and the last
    /// instruction leaves.
    case user
  }

  /// What else may be on.
  enum Setting: String, CaseIterable {
    /// SCTLR_ELx.A.
    case strictAlignment = "strict-alignment"
    /// SCTLR_ELx.EE and E0E.
    case bigEndian = "big-endian"
    /// SCTLR_ELx.M clear at the program's level.
    case untranslated
    /// CPACR_EL1.FPEN = 0 and CPTR_EL2.TFP.
    case floatTrapped = "float-trapped"
    /// Bits of HCR_EL2, HSTR_EL2 and MDCR_EL2 that trap what EL1 and EL0 do.
    case hypervisorTraps = "hypervisor-traps"
    /// Some pages of the data are absent, read-only or not for all levels.
    case holes
    /// Some pages of the data are Device memory at stage 1 or 2.
    case deviceMemory = "device-memory"
    /// SCTLR_EL1.{UCI,UCT,DZE,UMA} clear: EL0 may do less.
    case restrictedUser = "restricted-user"
    /// A watchpoint on 2 KiB of the data.
    case watchpoint
    /// A breakpoint on the fourth instruction.
    case breakpoint
    /// MDSCR_EL1.SS.
    case softwareStep = "software-step"
  }

  var level = Level.el1
  var settings: Set<Setting> = []
  /// Address of the first word, in the pages of code.
  var base = FuzzLayout.code
  var words: [UInt32] = []
  /// X0 to X30; SP is `stack`.
  var x = [UInt64](repeating: 0, count: 31)
  var stack = FuzzLayout.data + 0x8000
  /// Halves of V0 to V31.
  var v = [UInt64](repeating: 0, count: 64)
  var flags: UInt64 = 0
  var fpcr: UInt64 = 0
  /// What the data holds; see `FuzzLayout.fill`.
  var dataSeed: UInt64 = 0
  /// Instructions to execute, those of exception handlers included.
  var count = 300
  /// Slices of the run: lengths from 1 to `longestSlice` in a sequence of this seed.
  var longestSlice = 20
  var sliceSeed: UInt64 = 0
}

// MARK: - As text

extension FuzzProgram {
  /// The form of the files in Tests/Vectors/fuzz.
  func text(comment: [String]) -> String {
    var lines = comment.map { "# " + $0 }
    lines.append("level \(level.rawValue)")
    for setting in Setting.allCases where settings.contains(setting) {
      lines.append("set \(setting.rawValue)")
    }
    lines.append("base \(hex(base))")
    lines.append("count \(count)")
    lines.append("slice \(longestSlice)")
    lines.append("slice-seed \(hex(sliceSeed))")
    lines.append("data-seed \(hex(dataSeed))")
    for (index, value) in x.enumerated() where value != 0 { lines.append("x\(index) \(hex(value))") }
    lines.append("sp \(hex(stack))")
    for index in 0..<32 where v[2 * index] != 0 || v[2 * index + 1] != 0 {
      lines.append("v\(index) \(hex(v[2 * index])) \(hex(v[2 * index + 1]))")
    }
    if flags != 0 { lines.append("nzcv \(hex(flags))") }
    if fpcr != 0 { lines.append("fpcr \(hex(fpcr))") }
    for (index, word) in words.enumerated() {
      let address = base &+ UInt64(index) &* 4
      let meaning = Disassembler.text(word: word, address: address) ?? "undefined"
      let digits = String(word, radix: 16)
      lines.append("  " + String(repeating: "0", count: 8 - digits.count) + digits + "  # \(meaning)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  init(text: String) throws {
    for line in text.split(separator: "\n") {
      let code = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
      let parts = code.split(separator: " ").map(String.init)
      guard let key = parts.first else { continue }
      if parts.count == 1 {
        guard let word = UInt32(key, radix: 16) else { throw Complaint("\(line): not a word") }
        words.append(word)
        continue
      }
      try read(key, Array(parts.dropFirst()), line: String(line))
    }
    guard !words.isEmpty else { throw Complaint("a program without words") }
  }

  private mutating func read(_ key: String, _ values: [String], line: String) throws {
    func number(_ position: Int = 0) throws -> UInt64 {
      guard position < values.count else { throw Complaint("\(line): a number is missing") }
      let text = values[position]
      let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
      guard let value else { throw Complaint("\(line): \(text) is not a number") }
      return value
    }
    switch key {
    case "level":
      guard let level = Level(rawValue: values[0]) else { throw Complaint("\(line): no such level") }
      self.level = level
    case "set":
      guard let setting = Setting(rawValue: values[0]) else { throw Complaint("\(line): no such setting") }
      settings.insert(setting)
    case "base": base = try number()
    case "count": count = Int(truncatingIfNeeded: try number())
    case "slice": longestSlice = max(1, Int(truncatingIfNeeded: try number()))
    case "slice-seed": sliceSeed = try number()
    case "data-seed": dataSeed = try number()
    case "sp": stack = try number()
    case "nzcv": flags = try number()
    case "fpcr": fpcr = try number()
    default:
      guard let index = Int(key.dropFirst()), index >= 0 else { throw Complaint("\(line): what is this?") }
      if key.first == "x", index < 31 {
        x[index] = try number()
      } else if key.first == "v", index < 32 {
        v[2 * index] = try number()
        v[2 * index + 1] = try number(1)
      } else {
        throw Complaint("\(line): no such register")
      }
    }
  }
}
