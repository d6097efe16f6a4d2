import Foundation
import Testing

@testable import CPU

/// Every row of the trap table is taken and not taken by the guest firmware/guests/traps.c, whose transcript
/// was compared with QEMU's. A line there is "CONTROL^0xBITS ELn INSTRUCTION: before => after".
@Suite("Coverage of the trap table")
struct TrapCoverageTests {
  struct Case {
    var control = ""
    var bits: UInt64 = 0
    var level = ""
    var register = ""
    var before = ""
    var after = ""
  }

  static let repository: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url
  }()

  static let lines: [String] = {
    let file = repository.appendingPathComponent("firmware/guests/traps.expected")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }()

  /// Instructions that are named for what they do; the table's names of what they access.
  static let otherNames = [
    "L2CTLR": "L2CTLR_EL1", "L2ECTLR": "L2ECTLR_EL1", "L2ACTLR": "L2ACTLR_EL1", "CPUACTLR": "CPUACTLR_EL1",
    "CPUECTLR": "CPUECTLR_EL1", "IL1DATA0": "IL1DATA0_EL1", "DAIFSET": "DAIF",
  ]

  static let cases: [Case] = lines.compactMap { line in
    let halves = line.components(separatedBy: ": ")
    let words = halves[0].split(separator: " ")
    guard halves.count == 2, words.count == 3, words[0].contains("^") else { return nil }
    let control = words[0].split(separator: "^")
    let outcomes = halves[1].components(separatedBy: " => ")
    guard control.count == 2, outcomes.count == 2, let bits = UInt64(control[1].dropFirst(2), radix: 16) else {
      return nil
    }
    var name = words[2].uppercased()
    for prefix in ["MRS_", "MSR_"] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
    return Case(
      control: String(control[0]), bits: bits, level: String(words[1]), register: otherNames[name] ?? name,
      before: outcomes[0], after: outcomes[1])
  }

  static let rules: [String] = TrapText.rows.split(separator: "\n").map(String.init).filter {
    !$0.contains("//") && !$0.isEmpty
  }

  /// Names of the rules of each register.
  static let rulesOfRegister: [String: Set<String>] = {
    var result: [String: Set<String>] = [:]
    for line in RegisterText.rows.split(separator: "\n") where !line.contains("//") {
      let words = line.split(separator: " ")
      guard words.count >= 9 else { continue }
      result[String(words[0])] = Set(words[8].split(separator: ",").map { String($0.split(separator: ".")[0]) })
    }
    for pair in RegisterText.debugPairs { result["\(pair.name)0_EL1"] = ["TDA", "TDA3"] }
    return result
  }()

  @Test("Each row of the trap table is taken and not taken by the guest", arguments: rules)
  func covered(rule: String) throws {
    let words = rule.split(separator: " ").map(String.init)
    try #require(words.count == 7)
    let name = words[0]
    if name == "SECURE" {
      // By its level and security alone: from Non-secure and from Secure EL1.
      #expect(Self.lines.contains("base ELS mrs_cntps_ctl_el1: -"))
      #expect(Self.lines.contains { $0.hasPrefix("base EL1 mrs_cntps_ctl_el1: EL1 esr=0x2000000 ") })
      return
    }
    let bits = words[4].split(separator: ",").compactMap { UInt64($0) }.reduce(UInt64(0)) { $0 | 1 << $1 }
    let levels = words[1].map { "EL\($0)" } + (words[1].contains("1") ? ["ELS"] : [])
    // The target and the class of the exception: a trapped access, or UNDEFINED at the level itself.
    let wanted = words[6] == "undefined" ? " esr=0x2000000 " : "EL\(words[6]) esr=0x62"
    let taken = Self.cases.filter { item in
      guard item.control == words[3], levels.contains(item.level) else { return false }
      guard words[5] == "set" ? item.bits & bits != 0 : item.bits & bits == bits else { return false }
      guard Self.rulesOfRegister[item.register]?.contains(name) ?? false else { return false }
      return item.after.contains(wanted) && !item.before.contains(wanted)
    }
    // What is taken with the control is not taken without it: each line says both.
    #expect(!taken.isEmpty, "no case of \(rule)")
  }

  @Test("The transcript is there, and the table has no row twice")
  func sane() {
    #expect(Self.cases.count > 300)
    let names = Self.rules.map { $0.split(separator: " ")[0] }
    #expect(Set(names).count == names.count)
  }
}
