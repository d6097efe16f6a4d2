/// What happened how often, and how long EL2 took.
struct Tally {
  var count = 0
  /// How many of them have a known end.
  var ended = 0
  var total: UInt64 = 0
  var longest: UInt64 = 0
  var first: Int

  init(first: Int) { self.first = first }

  mutating func add(_ duration: UInt64?) {
    count += 1
    guard let duration else { return }
    ended += 1
    total &+= duration
    longest = max(longest, duration)
  }

  var mean: String { ended == 0 ? "-" : grouped(total / UInt64(ended)) }
  var most: String { ended == 0 ? "-" : grouped(longest) }
}

/// Tallies by a key, in the order of falling counts, then of first appearance.
struct TallyTable<Key: Hashable> {
  private var tallies: [Key: Tally] = [:]

  mutating func add(_ key: Key, _ duration: UInt64?, first: Int) {
    tallies[key, default: Tally(first: first)].add(duration)
  }

  var rows: [(key: Key, tally: Tally)] {
    // No two keys have the same first event.
    tallies.map { (key: $0.key, tally: $0.value) }.sorted {
      $0.tally.count != $1.tally.count ? $0.tally.count > $1.tally.count : $0.tally.first < $1.tally.first
    }
  }
}

/// Why stage-2 faults are told apart.
struct FaultGroup: Hashable {
  var domain: String
  var place: String
  var access: String
  var outcome: String
}

/// Which calls are told apart.
struct CallGroup: Hashable {
  var domain: String
  var event: String
  var name: String
}

struct TrapGroup: Hashable {
  var domain: String
  var meaning: String
}

extension TraceRecord {
  var domainName: String { domain ?? (guest.vmid == 0 ? "none" : "vmid \(guest.vmid)") }
}

/// Tables of a trace's events.
struct TraceSummary {
  let trace: Trace
  let ends: [UInt64: Int]

  init(_ trace: Trace) {
    self.trace = trace
    ends = trace.ends()
  }

  /// One line on the whole.
  var heading: String {
    var cores: Set<Int> = []
    var last: UInt64 = 0
    for record in trace.records {
      if let core = record.core { cores.insert(core) }
      last = max(last, record.time)
    }
    let events = trace.header.texts("events")
    var text = "\(counted(trace.records.count, "event")) of \(counted(cores.count, "core")) in \(seconds(last)) s"
    if !events.isEmpty { text += "; traced: " + events.joined(separator: ", ") }
    return shown(text) + "\n"
  }

  private func indices(_ selection: TraceSelection, _ kinds: Set<TraceKind>) -> [Int] {
    trace.records.indices.filter { index in
      guard let kind = trace.records[index].kind, kinds.contains(kind) else { return false }
      return selection.matches(trace.records[index], trace)
    }
  }

  // MARK: Faults

  func faults(_ selection: TraceSelection, byRegister: Bool) -> TallyTable<FaultGroup> {
    var table = TallyTable<FaultGroup>()
    for index in indices(selection, [.stageTwoFault]) {
      let facts = FaultFacts(trace, index, ends: ends)
      let place = byRegister ? facts.place ?? "unknown" : facts.group
      let group = FaultGroup(
        domain: facts.record.domainName, place: place, access: facts.access, outcome: facts.outcome)
      table.add(group, facts.duration, first: index)
    }
    return table
  }

  func faultText(_ selection: TraceSelection, byRegister: Bool, file: String) -> String {
    let rows = faults(selection, byRegister: byRegister).rows
    let count = rows.reduce(0) { $0 + $1.tally.count }
    guard let first = rows.first else { return "no stage-2 faults\n" }
    var table = TextTable(
      ["count", "who", "what lies there", "access", "outcome", "mean ns", "max ns", "first", "at PC"],
      [.right, .left, .left, .left, .left, .right, .right, .right, .left])
    for (group, tally) in rows {
      let record = trace.records[tally.first]
      let symbol = trace.fields(of: record).text("symbol").map { " " + $0 } ?? ""
      table.add([
        grouped(tally.count), group.domain, group.place, group.access, group.outcome, tally.mean, tally.most,
        String(record.number), hexadecimal(record.pc ?? 0) + symbol,
      ])
    }
    var text = counted(count, "stage-2 fault") + "\n\n" + table.text
    let number = trace.records[first.tally.first].number
    text += "\nTo see one: tayberry explain \(shown(file)) --number \(number)"
    if !byRegister { text += "\nBy register: tayberry explain \(shown(file)) --verbose" }
    return text + "\n"
  }

  // MARK: Calls and traps

  /// - Parameter known: how long the call at a place took, where that is known otherwise.
  func calls(
    _ selection: TraceSelection, _ kinds: Set<TraceKind>, known: (Int) -> UInt64? = { _ in nil }
  ) -> TallyTable<CallGroup> {
    var table = TallyTable<CallGroup>()
    for index in indices(selection, kinds) {
      let record = trace.records[index]
      let fields = trace.fields(of: record)
      var name = fields.text("name") ?? fields.number("number").map(String.init) ?? fields.text("function") ?? "?"
      if let operation = fields.text("operation") { name += " " + operation }
      table.add(
        CallGroup(domain: record.domainName, event: record.event, name: name), duration(of: record) ?? known(index),
        first: index)
    }
    return table
  }

  private func duration(of record: TraceRecord) -> UInt64? {
    guard let end = ends[record.number] else { return nil }
    let time = trace.records[end].time
    return time >= record.time ? time - record.time : nil
  }

  func callText(_ selection: TraceSelection, _ kinds: Set<TraceKind>, noun: String) -> String {
    let rows = calls(selection, kinds).rows
    guard !rows.isEmpty else { return "no \(noun)s\n" }
    var table = TextTable(
      ["count", "who", "call", "mean ns", "max ns", "first"], [.right, .left, .left, .right, .right, .right])
    for (group, tally) in rows {
      table.add([
        grouped(tally.count), group.domain, group.name, tally.mean, tally.most,
        String(trace.records[tally.first].number),
      ])
    }
    return counted(rows.reduce(0) { $0 + $1.tally.count }, noun) + "\n\n" + table.text
  }

  func traps(_ selection: TraceSelection) -> TallyTable<TrapGroup> {
    var table = TallyTable<TrapGroup>()
    for index in indices(selection, [.trap]) {
      let record = trace.records[index]
      let meaning = ReasonNames.trap(trace.fields(of: record).text("meaning") ?? "unknown")
      table.add(TrapGroup(domain: record.domainName, meaning: meaning), nil, first: index)
    }
    return table
  }

  func trapText(_ selection: TraceSelection) -> String {
    let rows = traps(selection).rows
    guard !rows.isEmpty else { return "no other traps\n" }
    var table = TextTable(["count", "who", "trap", "first"], [.right, .left, .left, .right])
    for (group, tally) in rows {
      table.add([
        grouped(tally.count), group.domain, group.meaning, String(trace.records[tally.first].number),
      ])
    }
    return counted(rows.reduce(0) { $0 + $1.tally.count }, "other trap") + "\n\n" + table.text
  }

  // MARK: Everything

  var eventText: String {
    var table = TallyTable<String>()
    for (index, record) in trace.records.enumerated() { table.add(record.event, nil, first: index) }
    var text = TextTable(["count", "event", "first"], [.right, .left, .right])
    for (event, tally) in table.rows {
      text.add([grouped(tally.count), event, String(trace.records[tally.first].number)])
    }
    return text.text
  }
}
