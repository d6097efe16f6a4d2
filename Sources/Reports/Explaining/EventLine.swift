/// An event as a line of text: time, core, level, guest, event, and what there is to say.
struct EventLine {
  var record: TraceRecord
  let fields: TraceFields

  init(_ record: TraceRecord, _ fields: TraceFields) {
    self.record = record
    self.fields = fields
  }

  /// The columns of a listing of a whole trace.
  var text: String {
    var line = String(record.number).rightAligned(7) + " " + seconds(record.time).rightAligned(14) + "  "
    line += (record.core.map { "core\($0)" } ?? "").padded(6) + (record.level.map { "EL\($0)" } ?? "").padded(4)
    line += record.guestName.padded(8) + record.event.padded(14)
    return shown(line + details)
  }

  /// With the time since `start`.
  func after(_ start: UInt64) -> String {
    let elapsed = record.time >= start ? record.time - start : 0
    return shown("+\(grouped(elapsed)) ns".padded(13) + record.event.padded(14) + details)
  }

  /// What the event's own keys say.
  var details: String {
    var parts: [String] = []
    for part in specific where !part.isEmpty { parts.append(part) }
    if let pc = record.pc {
      let symbol = fields.text("symbol").map { " " + $0 } ?? ""
      parts.append("pc=\(hexadecimal(pc))\(symbol)")
    }
    return parts.joined(separator: "  ")
  }

  private var specific: [String] {
    switch record.kind {
    case .stageOneFault, .stageTwoFault:
      let size = fields.number("size").map { " \($0)" } ?? ""
      let place = fields.word("ipa").map { "ipa=\(hexadecimal($0))" } ?? ""
      return [
        (fields.text("access") ?? "") + size, place, fields.text("at") ?? "", word("va"),
        fields.text("instruction").map { "{ \($0) }" } ?? "", fields.text("meaning") ?? "",
      ]
    case .stageTwoFaultEnd:
      return [
        of, fields.text("outcome") ?? "", word("value"), syndrome, fields.texts("functions").joined(separator: " > "),
      ]
    case .trap: return [fields.text("meaning") ?? "", word("esr"), word("far")]
    case .hypercall: return [call(fields.number("number").map(String.init) ?? "")]
    case .hypercallEnd:
      // A result of 0 means nothing but itself.
      let meaning = fields.text("meaning").flatMap { $0 == "0" ? nil : "= " + $0 }
      let result = fields.flag("continued") ? "continued" : meaning ?? ""
      return [of, fields.text("name") ?? number("number"), word("result"), result, outputs]
    case .hvc, .smc: return [call(fields.word("function").map(hexadecimal) ?? ""), number("immediate")]
    case .worldSwitch: return [guest("from") + " -> " + guest("to")]
    case .exception: return [fields.text("kind") ?? "", level("to"), syndrome, word("far")]
    case .exceptionReturn: return [level("to"), word("address"), fields.text("target") ?? ""]
    case .irq, .virtualIRQ: return [level("to"), fields.flag("fiq") ? "FIQ" : ""]
    case .wait: return [fields.flag("wfe") ? "WFE" : "WFI"]
    case .acknowledge, .maintenance:
      return [number("interrupt"), fields.flag("virtual") ? "virtual" : "physical"]
    case .listRegister:
      return [
        number("register"), fields.text("state") ?? "", number("interrupt"), number("priority"), number("physical"),
        word("value"),
      ]
    case .mmio:
      let name = (fields.text("device") ?? "") + (fields.text("register").map { " " + $0 } ?? "")
      let size = fields.number("size").map { " \($0)" } ?? ""
      return [(fields.text("access") ?? "") + size, name, word("value"), word("pa"), word("offset")]
    case .console: return [fields.text("text") ?? ""]
    case .hcr:
      return [word("old"), word("new"), names("set", "+"), names("cleared", "-")]
    case .stageTwoMap: return [counted(fields.list("mappings").count, "range"), fields.flag("incomplete") ? "incomplete" : ""]
    case .vttbr, .tlbi, .dma, nil: return plain
    }
  }

  // MARK: Parts

  private var of: String { record.of.map { "of=\($0)" } ?? "" }
  private func word(_ key: String) -> String { fields.word(key).map { "\(key)=\(hexadecimal($0))" } ?? "" }
  private func number(_ key: String) -> String { fields.number(key).map { "\(key)=\($0)" } ?? "" }
  private func level(_ key: String) -> String { fields.number(key).map { "to EL\($0)" } ?? "" }
  private var syndrome: String { fields.word("esr").map { "esr=\(hexadecimal($0)) \(fields.text("meaning") ?? "")" } ?? "" }

  private func names(_ key: String, _ sign: String) -> String {
    fields.texts(key).map { sign + $0 }.joined(separator: " ")
  }

  private func guest(_ key: String) -> String {
    guard let guest = fields.fields(key) else { return "nothing" }
    let name = TraceRecord.name(
      guest.text("domain"), TraceGuest(vmid: guest.number("vmid") ?? 0, vcpu: guest.number("vcpu") ?? 0))
    return name.isEmpty ? "vmid0" : name
  }

  /// `HYPERVISOR_event_channel_op send(port=5)`, or the number and its arguments.
  private func call(_ number: String) -> String {
    var text = fields.text("name") ?? number
    if let operation = fields.text("operation") { text += " " + operation }
    return text + "(" + arguments + ")"
  }

  /// What Xen wrote for the guest.
  private var outputs: String {
    guard let outputs = fields.fields("outputs") else { return "" }
    return outputs.members.map { "\($0.key)=\(outputs.text($0.key) ?? "")" }.joined(separator: ", ")
  }

  private var arguments: String {
    if let decoded = fields.fields("decoded"), !decoded.members.isEmpty {
      return decoded.members.map { "\($0.key)=\(decoded.text($0.key) ?? "")" }.joined(separator: ", ")
    }
    return fields.list("arguments").map(Self.plain).joined(separator: ", ")
  }

  /// Every key that is not one of all events, as it stands.
  private var plain: [String] {
    let common: Set<String> = [
      "n", "time", "event", "core", "instructions", "el", "vmid", "domain", "vcpu", "pc", "symbol",
    ]
    return fields.members.filter { !common.contains($0.key) }.map { "\($0.key)=\(Self.plain($0.value))" }
  }

  private static func plain(_ value: TraceValue) -> String {
    switch value {
    case .null: "null"
    case .flag(let flag): flag ? "true" : "false"
    case .number(let number): String(number)
    case .otherNumber: "?"
    case .hexadecimal(let word): hexadecimal(word)
    case .text(let text): text
    case .list(let values): "[" + values.map(plain).joined(separator: " ") + "]"
    case .fields(let fields):
      "{" + fields.members.map { "\($0.key)=\(plain($0.value))" }.joined(separator: " ") + "}"
    }
  }
}
