/// What the page's script draws, as JSON: for each core a flat list of slices and one of marks, times as differences.
struct TimelineData {
  let trace: Trace
  let timeline: CoreTimeline
  private let names: ReasonNames

  init(_ trace: Trace, _ timeline: CoreTimeline) {
    self.trace = trace
    self.timeline = timeline
    names = ReasonNames(trace)
  }

  /// The kinds of marks, in the order of the script's rows.
  private static func row(_ kind: TraceKind?) -> Int? {
    switch kind {
    case .stageTwoFault, .stageOneFault: 0
    case .hypercall, .hvc, .smc: 1
    case .virtualIRQ: 2
    default: nil
    }
  }

  var bytes: [UInt8] {
    var labels: [String: Int] = [:]
    var texts: [String] = []
    func label(_ text: String) -> Int {
      if let known = labels[text] { return known }
      labels[text] = texts.count
      texts.append(text)
      return texts.count - 1
    }
    var slices: [Int: [CoreTimeline.Slice]] = [:]
    for slice in timeline.slices { slices[slice.core, default: []].append(slice) }
    var marks: [Int: [Int]] = [:]
    for (index, record) in trace.records.enumerated() {
      guard let core = record.core, Self.row(record.kind) != nil else { continue }
      marks[core, default: []].append(index)
    }
    var json = JSONText()
    json.isForPage = true
    json.open()
    json.openList("cores")
    for core in Set(slices.keys).union(marks.keys).sorted() {
      json.open()
      json.number("core", core)
      json.openList("slices")
      var last: UInt64 = 0
      for slice in slices[core] ?? [] {
        json.number(nil, slice.start >= last ? slice.start - last : 0)
        json.number(nil, slice.end - slice.start)
        json.number(nil, slice.level * 2 + (slice.isExact ? 0 : 1))
        json.number(nil, label(trace.guestName(slice.guest)))
        json.number(nil, label(text(slice)))
        json.number(nil, slice.reason.map { trace.records[$0].number &+ 1 } ?? 0)
        last = max(last, slice.end)
      }
      json.closeList()
      json.openList("marks")
      last = 0
      for index in marks[core] ?? [] {
        let record = trace.records[index]
        json.number(nil, record.time >= last ? record.time - last : 0)
        json.number(nil, Self.row(record.kind) ?? 0)
        json.number(nil, record.kind == .virtualIRQ ? label("virq") : label(names.name(index)))
        json.number(nil, record.number)
        last = max(last, record.time)
      }
      json.closeList()
      json.close()
    }
    json.closeList()
    json.openList("labels")
    for text in texts { json.text(nil, shown(text)) }
    json.closeList()
    json.close()
    return json.bytes
  }

  private func text(_ slice: CoreTimeline.Slice) -> String {
    if slice.level < 2 { return "" }
    return slice.reason.map { names.name($0) } ?? ""
  }
}
