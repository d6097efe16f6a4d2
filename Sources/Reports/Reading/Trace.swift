import Machine

/// A trace file, read and checked (docs/trace-format.md).
public struct Trace: Sendable {
  static let schema = "tayberry.trace/1"

  /// The first line.
  let header: TraceFields
  let records: [TraceRecord]
  private let bytes: [UInt8]
  /// The names of domains, by VMID.
  private let domains: [UInt64: String]

  /// - Throws: ``BadInput`` with the line that cannot be used.
  public init(path: String) throws(BadInput) { try self.init(try readWholeFile(path), file: path) }

  /// - Parameter file: the name that complaints carry.
  public init(_ bytes: [UInt8], file: String) throws(BadInput) {
    var reader = TraceReader(bytes, file: file)
    header = try reader.header()
    records = try reader.records()
    self.bytes = bytes
    var domains: [UInt64: String] = [:]
    for record in records {
      if let domain = record.domain, domains[record.guest.vmid] == nil { domains[record.guest.vmid] = domain }
    }
    self.domains = domains
  }

  func domain(_ guest: TraceGuest) -> String? { domains[guest.vmid] }

  /// `d0v2`; empty for what belongs to no guest.
  func guestName(_ guest: TraceGuest) -> String { TraceRecord.name(domains[guest.vmid], guest) }

  /// Everything that an event's line says. The line was read before: it is whole.
  func fields(of record: TraceRecord) -> TraceFields {
    do throws(TraceLineParser.Fault) { return try TraceLineParser.parse(bytes, record.bytes) } catch { return TraceFields() }
  }

  /// The place of the event with this number.
  func index(of number: UInt64) -> Int? {
    var low = 0, high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < records.count && records[low].number == number ? low : nil
  }

  /// For each event that has an end in the trace, by its number: the place of the end.
  func ends() -> [UInt64: Int] {
    var ends: [UInt64: Int] = [:]
    for (index, record) in records.enumerated() {
      if let of = record.of, ends[of] == nil { ends[of] = index }
    }
    return ends
  }
}

/// Goes through the lines of a trace, once.
struct TraceReader {
  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var line = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private mutating func nextLine() -> Range<Int>? {
    guard position < bytes.count else { return nil }
    line += 1
    let start = position
    let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
    position = end + 1
    return start..<end
  }

  private func parse(_ range: Range<Int>) throws(BadInput) -> TraceFields {
    do throws(TraceLineParser.Fault) {
      return try TraceLineParser.parse(bytes, range)
    } catch {
      throw BadInput(
        file, at: "\(line):\(error.offset - range.lowerBound + 1)", error.problem, remedy: error.remedy)
    }
  }

  private func fault(_ problem: String, remedy: String = "remove the line, or trace again") -> BadInput {
    BadInput(file, at: "\(line)", problem, remedy: remedy)
  }

  // MARK: First line

  mutating func header() throws(BadInput) -> TraceFields {
    let advice = "make one with 'tayberry run … --trace hypervisor --trace-to FILE'"
    guard let range = nextLine() else { throw BadInput(file, "is empty", remedy: advice) }
    let isShort = range.count < 1 << 20
    guard isShort, let header = try? TraceLineParser.parse(bytes, range), let schema = header["schema"] else {
      throw BadInput(file, at: "1", "this is no trace: its first line names no schema", remedy: advice)
    }
    guard case .text(let name) = schema, name == Trace.schema else {
      var name = schema.kind
      if case .text(let text) = schema { name = "\"\(shown(String(text.prefix(40))))\"" }
      throw BadInput(
        file, at: "1", "the schema is \(name), and this program reads \"\(Trace.schema)\"",
        remedy: "use the program that wrote the trace, or trace again")
    }
    return header
  }

  // MARK: Events

  mutating func records() throws(BadInput) -> [TraceRecord] {
    var records: [TraceRecord] = []
    while let range = nextLine() {
      if bytes[range].allSatisfy({ $0 == 0x20 || $0 == 0x0d }) { continue }
      let record = try record(try parse(range), range)
      if let last = records.last, record.number <= last.number {
        throw fault(
          "event \(record.number) comes after event \(last.number)",
          remedy: "events are numbered upwards: give one run's trace, in its order")
      }
      records.append(record)
    }
    return records
  }

  private func record(_ fields: TraceFields, _ range: Range<Int>) throws(BadInput) -> TraceRecord {
    for member in fields.members { try check(member) }
    guard let number = fields.number("n"), let time = fields.number("time"), case .text(let event) = fields["event"]
    else {
      throw fault("the event lacks n, time or event")
    }
    var record = TraceRecord(
      number: number, time: time, event: event, kind: TraceKind(rawValue: event), line: line, bytes: range)
    if let core = fields.number("core") {
      guard core < 64 else { throw fault("there is no core \(core)") }
      record.core = Int(core)
    }
    record.instructions = fields.number("instructions") ?? 0
    if let level = fields.number("el") {
      guard level < 4 else { throw fault("there is no EL\(level)") }
      record.level = Int(level)
    }
    record.guest = TraceGuest(vmid: fields.number("vmid") ?? 0, vcpu: fields.number("vcpu") ?? 0)
    record.domain = fields.text("domain")
    record.pc = fields.word("pc")
    record.of = fields.number("of")
    return record
  }

  /// A key of the format holds what the format says; others may hold anything.
  private func check(_ member: TraceFields.Member) throws(BadInput) {
    let value = member.value
    let isRight: Bool
    switch member.key {
    case "n", "time", "core", "instructions", "el", "vmid", "vcpu", "of":
      if case .number = value { isRight = true } else { isRight = false }
    case "pc", "va", "ipa", "esr":
      if case .hexadecimal = value { isRight = true } else { isRight = false }
    case "event", "domain", "symbol":
      switch value {
      case .text, .hexadecimal: isRight = true
      default: isRight = false
      }
    default: return
    }
    guard isRight else {
      throw fault("\"\(member.key)\" is \(value.kind)", remedy: "trace again; the format is docs/trace-format.md")
    }
  }
}
