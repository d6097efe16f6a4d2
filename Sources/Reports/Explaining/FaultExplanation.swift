/// A stage-2 fault in full sentences, with its walks drawn.
struct FaultExplanation {
  let facts: FaultFacts
  /// What happened on the same core until the guest ran again, a line each.
  var between: [String] = []
  /// How many lines `between` lacks.
  var omitted = 0
  /// Draws the stage-2 walks that found the descriptors of stage 1.
  var isVerbose = false

  init(_ facts: FaultFacts) { self.facts = facts }

  /// With what the trace has between the fault and its end.
  init(_ trace: Trace, _ index: Int, ends: [UInt64: Int], isVerbose: Bool) {
    facts = FaultFacts(trace, index, ends: ends)
    self.isVerbose = isVerbose
    guard let end = facts.end else { return }
    let limit = isVerbose ? 200 : 12
    var place = index + 1
    while place < trace.records.count, trace.records[place].number < end.record.number {
      let record = trace.records[place]
      if record.core == facts.record.core {
        if between.count < limit {
          between.append(EventLine(record, trace.fields(of: record)).after(facts.record.time))
        } else {
          omitted += 1
        }
      }
      place += 1
    }
  }

  var text: String {
    let record = facts.record
    let who = record.guestName.isEmpty ? "a guest" : record.guestName
    var text = "stage-2 fault \(record.number): \(facts.accessText) by \(who)"
    text += facts.place.map { facts.isHole ? " at a hole of the board" : " at \($0)" } ?? ""
    text = shown(text) + "\n\n  " + shown(FaultVerdict(facts: facts).text) + "\n\n"
    for (label, value) in rows { text += "  " + label.padded(13) + shown(value) + "\n" }
    text += "\n" + walks
    text += "\n"
    if let functions = facts.end?.functions, !functions.isEmpty { text += path(functions) }
    text += "  " + "ended".padded(13) + shown(ending) + "\n"
    if !between.isEmpty {
      text += "\n  Until then core \(record.core ?? 0) did\n"
      for line in between { text += "    " + line + "\n" }
      if omitted > 0 { text += "    … and \(counted(omitted, "more event")) (--verbose shows more)\n" }
    }
    return text
  }

  private var rows: [(String, String)] {
    let record = facts.record
    var rows: [(String, String)] = []
    rows.append(
      (
        "when",
        "\(seconds(record.time)) s, on core \(record.core ?? 0) after \(grouped(record.instructions)) instructions"
      ))
    let domain = record.domain ?? "a domain without a name"
    rows.append(
      ("who", "\(domain), virtual CPU \(record.guest.vcpu), VMID \(record.guest.vmid), at EL\(record.level ?? 1)"))
    var pc = hexadecimal(record.pc ?? 0)
    if let symbol = facts.symbol { pc += "  " + symbol }
    rows.append(("PC", pc))
    if let instruction = facts.instruction { rows.append(("instruction", instruction)) }
    rows.append(("access", facts.accessText))
    rows.append(("VA", hexadecimal(facts.va)))
    if let ipa = facts.ipa {
      var text = hexadecimal(ipa)
      if let place = facts.place { text += facts.isHole ? ", where the board has nothing" : ", which is " + place }
      rows.append(("IPA", text))
      if let node = facts.node { rows.append(("device tree", node)) }
    }
    rows.append(("ESR_EL2", "\(hexadecimal(facts.syndrome)): \(facts.meaning)"))
    if let ipa = facts.ipa {
      // HPFAR_EL2.FIPA (D13.2.55): bits [47:12] of the IPA, from bit 4.
      let page = ipa >> 12
      rows.append(("HPFAR_EL2", "\(hexadecimal(page << 4)): the page at IPA \(hexadecimal(page << 12))"))
    }
    return rows
  }

  // MARK: Walks

  private var walks: String {
    var text = ""
    let name = facts.record.domain ?? "the guest"
    if facts.stageOne.isEmpty {
      text += "  stage 1 is off: the VA is the IPA\n"
    } else {
      text += shown("  stage 1: VA \(hexadecimal(facts.va)) by the tables of \(name)") + "\n"
      let isFault = facts.isOnWalk || facts.stageTwo.isEmpty
      text += Self.draw(facts.stageOne, indent: "    ", marksLast: isFault && !isVerbose, nested: isVerbose)
      if let last = facts.stageOne.last, let output = last.output, let size = last.size {
        text += "       gives IPA \(hexadecimal(output | facts.va & (size - 1)))\n"
      }
      let hidden = facts.stageOne.reduce(0) { $0 + $1.nested.count }
      if hidden > 0 && !isVerbose {
        text += "       (its tables were found through stage 2, by \(counted(hidden, "more descriptor")): --verbose)\n"
      }
    }
    if !facts.stageTwo.isEmpty, let ipa = facts.ipa {
      text += shown("  stage 2: IPA \(hexadecimal(ipa)) by the hypervisor's tables for \(name)") + "\n"
      text += Self.draw(facts.stageTwo, indent: "    ", marksLast: true, nested: false)
    } else if let failed = facts.stageOne.last, facts.isOnWalk, !failed.nested.isEmpty {
      text += "  stage 2: IPA \(hexadecimal(failed.address)), where that descriptor is\n"
      text += Self.draw(failed.nested, indent: "    ", marksLast: true, nested: false)
    }
    return text
  }

  private static func draw(_ walk: [WalkFacts], indent: String, marksLast: Bool, nested: Bool) -> String {
    let addresses = walk.map { step in
      hexadecimal(step.address) + (step.physical.map { " (PA \(hexadecimal($0)))" } ?? "")
    }
    let values = walk.map { $0.meaning == "unreadable" ? "?" : hexadecimal($0.descriptor) }
    let width = addresses.map(\.count).max() ?? 0
    let valueWidth = values.map(\.count).max() ?? 0
    var text = ""
    for (number, step) in walk.enumerated() {
      let isLast = number == walk.count - 1
      text += indent + (isLast ? "└─ " : "├─ ") + "level \(step.level)  [" + addresses[number] + "]"
      text += String(repeating: " ", count: width - addresses[number].count)
      text += " = " + values[number].padded(valueWidth) + "  " + shown(step.text)
      text += isLast && marksLast ? "   <-- here\n" : "\n"
      if nested, !step.nested.isEmpty {
        text += indent + (isLast ? "     " : "│    ") + "found through stage 2:\n"
        text += draw(step.nested, indent: indent + (isLast ? "     " : "│    "), marksLast: false, nested: false)
      }
    }
    return text
  }

  // MARK: End

  /// The functions of EL2, in lines of bearable length.
  private func path(_ functions: [String]) -> String {
    var lines: [String] = []
    var line = ""
    var names = functions
    if !isVerbose {
      // What every entry into Xen does comes first; the handler proper begins behind it.
      if let handler = names.firstIndex(where: { $0.hasPrefix("do_trap") }) { names.removeFirst(handler) }
      let most = 16
      if names.count > most { names.removeLast(names.count - most) }
      if names.count < functions.count { names.append("… (\(grouped(functions.count)) with --verbose)") }
    }
    for (number, name) in names.enumerated() {
      let word = shown(name) + (number == names.count - 1 ? "" : " >")
      if line.isEmpty || line.count + word.count > 90 {
        if !line.isEmpty { lines.append(line) }
        line = word
      } else {
        line += " " + word
      }
    }
    lines.append(line)
    return lines.enumerated().map { "  " + ($0.offset == 0 ? "handled by" : "").padded(13) + $0.element + "\n" }.joined()
  }

  private var ending: String {
    guard let end = facts.end else { return "the guest has not run since" }
    let after = facts.duration.map { ", after \(grouped($0)) ns in EL2" } ?? ""
    let pc = end.record.pc.map(hexadecimal) ?? "?"
    let at = pc + (end.symbol.map { " (\($0))" } ?? "")
    switch end.outcome {
    case "emulated":
      let value = end.value.map { " and gave the load \(hexadecimal($0))" } ?? ""
      return "emulated\(after): the hypervisor did the access\(value); the guest goes on at \(at)"
    case "mapped": return "mapped\(after): stage 2 has the page now, and the guest does the instruction again"
    case "retried": return "retried\(after): stage 2 is as before, and the guest does the instruction again"
    case "injected":
      let syndrome = end.syndrome.map { ", ESR_EL1 \(hexadecimal($0)): \(end.meaning ?? "")" } ?? ""
      return "injected\(after): the guest is at its own abort handler at \(at)\(syndrome)"
    case "moved": return "moved\(after): the guest goes on somewhere else, at \(at)"
    default: return end.outcome + after
    }
  }
}
