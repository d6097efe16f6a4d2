/// A descriptor that a walk read.
struct WalkFacts: Equatable {
  var level: UInt64
  /// Where the walk looked: an IPA in stage 1 of a guest, and `physical` then where that is, if it differs.
  var address: UInt64
  var physical: UInt64?
  var descriptor: UInt64
  /// `table`, `block`, `page`, `invalid`, `unreadable`.
  var meaning: String
  var next: UInt64?
  var output: UInt64?
  var bits: UInt64?
  var rights: String?
  /// The stage-2 walk that found the descriptor.
  var nested: [WalkFacts] = []

  init(_ fields: TraceFields) {
    level = fields.number("level") ?? 0
    address = fields.word("address") ?? 0
    physical = fields.word("physical")
    descriptor = fields.word("descriptor") ?? 0
    meaning = fields.text("is") ?? "unknown"
    next = fields.word("next")
    output = fields.word("output")
    bits = fields.number("bits")
    rights = fields.text("rights")
    nested = fields.objects("stage2").map(WalkFacts.init)
  }

  /// What a block or page maps, in bytes.
  var size: UInt64? { bits.map { UInt64(1) << min($0, 63) } }

  /// What the descriptor says, in words.
  var text: String {
    switch meaning {
    case "table": return "table" + (next.map { " at " + hexadecimal($0) } ?? "")
    case "block", "page":
      var text = meaning
      if let size { text += " of " + byteCount(size) }
      if let output { text += " at " + hexadecimal(output) }
      if let rights { text += ", " + rights }
      return text
    case "invalid": return "invalid: it maps nothing"
    case "unreadable": return "cannot be read"
    default: return meaning
    }
  }
}

/// What the trace knows of a fault, its end included.
struct FaultFacts {
  var record: TraceRecord
  var symbol: String?
  var va: UInt64
  var ipa: UInt64?
  /// What lies at the IPA.
  var place: String?
  /// The device tree's node with registers there.
  var node: String?
  /// `read`, `write`, `execute`.
  var access: String
  var size: UInt64?
  var target: UInt64?
  var syndrome: UInt64
  var meaning: String
  var instruction: String?
  var stageOne: [WalkFacts]
  var stageTwo: [WalkFacts]
  var end: End?

  struct End {
    var record: TraceRecord
    /// `emulated`, `mapped`, `retried`, `injected`, `moved`.
    var outcome: String
    var value: UInt64?
    var syndrome: UInt64?
    var meaning: String?
    var symbol: String?
    /// Those of EL2 that the handling came through.
    var functions: [String]
  }

  init(_ record: TraceRecord, _ fields: TraceFields) {
    self.record = record
    symbol = fields.text("symbol")
    va = fields.word("va") ?? 0
    ipa = fields.word("ipa")
    place = fields.text("at")
    node = fields.text("node")
    access = fields.text("access") ?? "access"
    size = fields.number("size")
    target = fields.number("to")
    syndrome = fields.word("esr") ?? 0
    meaning = fields.text("meaning") ?? "unknown"
    instruction = fields.text("instruction")
    stageOne = fields.objects("stage1").map(WalkFacts.init)
    stageTwo = fields.objects("stage2").map(WalkFacts.init)
  }

  init(_ trace: Trace, _ index: Int, ends: [UInt64: Int]) {
    let record = trace.records[index]
    self.init(record, trace.fields(of: record))
    guard let place = ends[record.number], trace.records[place].kind == .stageTwoFaultEnd else { return }
    let end = trace.records[place]
    let fields = trace.fields(of: end)
    self.end = End(
      record: end, outcome: fields.text("outcome") ?? "unknown", value: fields.word("value"),
      syndrome: fields.word("esr"), meaning: fields.text("meaning"), symbol: fields.text("symbol"), functions: fields.texts("functions"))
  }

  // MARK: Readings of the syndrome (Arm DDI 0487, D13.2.37)

  enum Status { case addressSize, translation, accessFlag, permission, other }

  var status: Status {
    switch syndrome & 0x3f {
    case 0x00...0x03: .addressSize
    case 0x04...0x07: .translation
    case 0x08...0x0b: .accessFlag
    case 0x0c...0x0f: .permission
    default: .other
    }
  }

  /// ISS.S1PTW: stage 2 failed on behalf of a stage-1 walk.
  var isOnWalk: Bool { syndrome & 1 << 7 != 0 }

  var isRAM: Bool { place == "RAM" || place?.hasPrefix("RAM ") == true }
  var isHole: Bool { place == "nothing" || place?.hasPrefix("nothing ") == true }

  /// The device without its register.
  var device: String? {
    guard let place, !isRAM, !isHole else { return nil }
    return place.split(separator: " ", maxSplits: 1).first.map(String.init)
  }

  /// How faults are put together in tables.
  var group: String { isRAM ? "RAM" : isHole ? "nothing" : device ?? "unknown" }

  /// `write of 4 bytes`.
  var accessText: String {
    let noun = access == "execute" ? "instruction fetch" : access
    guard let size else { return noun }
    return "\(noun) of \(byteCount(size))"
  }

  /// Virtual ns until the guest ran again.
  var duration: UInt64? {
    guard let end, end.record.time >= record.time else { return nil }
    return end.record.time - record.time
  }

  var outcome: String { end?.outcome ?? "open" }
}
