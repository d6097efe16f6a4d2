/// Any event but a stage-2 fault, key by key; calls with their result.
struct EventExplanation {
  let text: String

  init(_ trace: Trace, _ index: Int, ends: [UInt64: Int]) {
    let record = trace.records[index]
    let fields = trace.fields(of: record)
    var text = "\(record.event) \(record.number)"
    if let name = fields.text("name") { text += ": " + name + (fields.text("operation").map { " " + $0 } ?? "") }
    if !record.guestName.isEmpty { text += " by " + record.guestName }
    text = shown(text) + "\n\n"
    func row(_ label: String, _ value: String) { text += "  " + shown(label).padded(13) + " " + shown(value) + "\n" }
    row("when", seconds(record.time) + " s")
    if let core = record.core {
      row("where", "core \(core) after \(grouped(record.instructions)) instructions, at EL\(record.level ?? 0)")
    }
    if let pc = record.pc { row("PC", hexadecimal(pc) + (fields.text("symbol").map { "  " + $0 } ?? "")) }
    row("what", EventLine(record, fields).specificText)
    if let decoded = fields.fields("decoded") {
      for member in decoded.members { row("  " + member.key, decoded.text(member.key) ?? "") }
    }
    if let of = record.of { row("ends", "event \(of)") }
    if let place = ends[record.number] {
      let end = trace.records[place]
      let endFields = trace.fields(of: end)
      let elapsed = end.time >= record.time ? "after \(grouped(end.time - record.time)) ns, " : ""
      row("ended", elapsed + "event \(end.number): " + EventLine(end, endFields).specificText)
    }
    self.text = text
  }
}

extension EventLine {
  /// What the event's own keys say, without the place that it was done at.
  var specificText: String {
    var alone = self
    alone.record.pc = nil
    return alone.details
  }
}
