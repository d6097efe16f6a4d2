/// A trace for Perfetto's and Chrome's viewers, in the Trace Event Format (JSON array format): a track a core with
/// its Exception levels and guests as slices, faults and calls as instants, interrupts as flows.
public struct PerfettoTrace {
  private let trace: Trace
  private let timeline: CoreTimeline
  private let names: ReasonNames
  /// Cores are threads of one process.
  private static let process = 1

  public init(_ trace: Trace) {
    self.trace = trace
    timeline = CoreTimeline(trace)
    names = ReasonNames(trace)
  }

  public var bytes: [UInt8] {
    var json = JSONText()
    json.open()
    json.text("displayTimeUnit", "ns")
    json.open("otherData")
    json.text("source", "Tayberry")
    json.text("schema", Trace.schema)
    json.close()
    json.openList("traceEvents")
    json.endLine()
    writeNames(&json)
    writeSlices(&json)
    writeEvents(&json)
    writeFlows(&json)
    json.closeList()
    json.close()
    json.endLine()
    return json.bytes
  }

  /// Perfetto's thread 0 is the idle thread.
  private func thread(_ core: Int) -> Int { core + 1 }

  private var cores: [Int] { Set(trace.records.compactMap(\.core)).sorted() }

  private func writeNames(_ json: inout JSONText) {
    func name(_ kind: String, _ thread: Int, _ value: String, _ json: inout JSONText) {
      json.open()
      json.text("ph", "M")
      json.text("name", kind)
      json.number("pid", Self.process)
      json.number("tid", thread)
      json.open("args")
      json.text("name", value)
      json.close()
      json.close()
      json.endLine()
    }
    name("process_name", 0, "Raspberry Pi 4", &json)
    for core in cores {
      name("thread_name", thread(core), "core \(core)", &json)
      json.open()
      json.text("ph", "M")
      json.text("name", "thread_sort_index")
      json.number("pid", Self.process)
      json.number("tid", thread(core))
      json.open("args")
      json.number("sort_index", core)
      json.close()
      json.close()
      json.endLine()
    }
  }

  // MARK: Slices

  private func name(_ slice: CoreTimeline.Slice) -> String {
    let guest = trace.guestName(slice.guest)
    if slice.level < 2 { return "\(guest.isEmpty ? "no guest" : guest) EL\(slice.level)" }
    return slice.reason.map { "EL\(slice.level) \(names.name($0))" } ?? "EL\(slice.level)"
  }

  private func writeSlices(_ json: inout JSONText) {
    for slice in timeline.slices {
      json.open()
      json.text("ph", "X")
      json.text("name", name(slice))
      json.text("cat", slice.level < 2 ? "guest" : "el\(slice.level)")
      json.number("pid", Self.process)
      json.number("tid", thread(slice.core))
      json.microseconds("ts", slice.start)
      json.microseconds("dur", slice.end - slice.start)
      json.open("args")
      json.number("el", slice.level)
      json.number("vmid", slice.guest.vmid)
      json.number("vcpu", slice.guest.vcpu)
      if let domain = trace.domain(slice.guest) { json.text("domain", domain) }
      if let reason = slice.reason { json.number("event", trace.records[reason].number) }
      if !slice.isExact { json.flag("inexact", true) }
      json.close()
      json.close()
      json.endLine()
    }
  }

  // MARK: Instants

  private static let shown: Set<TraceKind> = [
    .stageOneFault, .stageTwoFault, .trap, .hypercall, .hvc, .smc, .worldSwitch, .irq, .virtualIRQ, .acknowledge,
    .maintenance, .listRegister, .tlbi, .vttbr, .hcr, .mmio, .dma, .console, .wait,
  ]

  private func writeEvents(_ json: inout JSONText) {
    for (index, record) in trace.records.enumerated() {
      guard let kind = record.kind, Self.shown.contains(kind) else { continue }
      let fields = trace.fields(of: record)
      json.open()
      json.text("ph", "i")
      switch kind {
      case .stageTwoFault, .trap, .hypercall, .hvc, .smc: json.text("name", names.name(index))
      default: json.text("name", record.event)
      }
      json.text("cat", record.event)
      json.number("pid", Self.process)
      json.number("tid", record.core.map(thread) ?? 0)
      json.microseconds("ts", record.time)
      // What no core did belongs to the whole.
      json.text("s", record.core == nil ? "p" : "t")
      json.open("args")
      json.number("event", record.number)
      json.text("what", EventLine(record, fields).details)
      json.close()
      json.close()
      json.endLine()
    }
  }

  // MARK: Flows

  /// A flow's ends are the slices around them (`bp`: `e`).
  private func writeFlows(_ json: inout JSONText) {
    for (number, flow) in InterruptFlows(trace).flows.enumerated() where flow.stations.count > 1 {
      var last: UInt64 = 0
      for (place, index) in flow.stations.enumerated() {
        let record = trace.records[index]
        last = max(last, record.time)
        json.open()
        json.text("ph", place == 0 ? "s" : place == flow.stations.count - 1 ? "f" : "t")
        json.text("bp", "e")
        json.text("name", "interrupt \(flow.interrupt)")
        json.text("cat", "interrupt")
        json.number("id", number + 1)
        json.number("pid", Self.process)
        json.number("tid", thread(record.core ?? 0))
        json.microseconds("ts", last)
        json.open("args")
        json.text("station", record.event)
        json.number("event", record.number)
        json.close()
        json.close()
        json.endLine()
      }
    }
  }
}
