import Machine
import Testing

@testable import Reports

/// An event of a core, as the writer writes it.
func event(
  _ time: Int, _ name: String, core: Int = 0, el: Int, vmid: Int = 1, vcpu: Int = 0, _ more: String = ""
) -> String {
  let domain = vmid == 1 ? #""domain":"d0","# : ""
  return #"{"time":\#(time),"event":"\#(name)","core":\#(core),"instructions":\#(time),"el":\#(el),"vmid":\#(vmid),"#
    + #"\#(domain)"vcpu":\#(vcpu),"pc":"0x1000"\#(more.isEmpty ? "" : "," + more)}"#
}

@Suite("Timelines")
struct TimelineTests {
  private func slices(_ timeline: CoreTimeline) -> [String] {
    timeline.slices.map { "EL\($0.level) \($0.start)-\($0.end)\($0.isExact ? "" : " about")" }
  }

  @Test("With returns traced, every slice and every visit to EL2 is exact")
  func exact() throws {
    let trace = try makeTrace(
      event(100, "return", el: 2, #""to":1"#), event(150, "exception", el: 1, #""kind":"synchronous","to":2"#),
      event(150, "trap", el: 1, #""meaning":"WFI""#), event(180, "return", el: 2, #""to":1"#),
      event(300, "irq", el: 1, #""to":2"#), event(305, "acknowledge", el: 2, #""interrupt":27,"virtual":false"#),
      event(340, "return", el: 2, #""to":1"#), event(340, "world-switch", el: 2, #""to":{}"#),
      event(400, "virq", el: 1, #""to":1"#))
    let timeline = CoreTimeline(trace)
    #expect(slices(timeline) == ["EL1 100-150", "EL2 150-180", "EL1 180-300", "EL2 300-340", "EL1 340-400 about"])
    #expect(timeline.visits.map(\.isExact) == [true, true])
    let names = ReasonNames(trace)
    let reasons = timeline.visits.map { names.name($0.reason, interrupt: $0.interrupt) }
    #expect(reasons == ["trap WFI", "interrupt 27 (virtual timer)"])
  }

  @Test("The end of a fault or a hypercall is a return, too")
  func ends() throws {
    let timeline = CoreTimeline(
      try makeTrace(
        event(10, "hypercall", el: 1, #""number":17"#), event(40, "hypercall-end", el: 2, #""of":0,"number":17"#),
        event(60, "s2-fault", el: 1, #""to":2,"va":"0x0","esr":"0x93930047""#),
        event(90, "s2-end", el: 2, #""of":2,"outcome":"emulated""#), event(99, "wfi", el: 1)))
    #expect(slices(timeline) == ["EL2 10-40", "EL1 40-60", "EL2 60-90", "EL1 90-99 about"])
    #expect(timeline.visits.map { $0.end - $0.start } == [30, 30])
  }

  @Test("What is not traced is given to the guest, and marked")
  func inexact() throws {
    let timeline = CoreTimeline(
      try makeTrace(
        event(100, "trap", el: 1, #""meaning":"WFI""#), event(120, "list-register", el: 2),
        event(200, "virq", el: 1, #""to":1"#), event(300, "list-register", el: 2)))
    #expect(slices(timeline) == ["EL2 100-120 about", "EL1 120-300 about"])
    #expect(timeline.visits.map(\.isExact) == [false, false])
  }

  @Test("EL2 for another guest, or for none, is another slice")
  func guests() throws {
    let timeline = CoreTimeline(
      try makeTrace(
        event(100, "trap", el: 1, #""meaning":"WFI""#), event(110, "vttbr", el: 2, vmid: 0),
        event(150, "vttbr", el: 2, vmid: 2), event(160, "return", el: 2, vmid: 2, #""to":1"#),
        event(170, "wfi", el: 1, vmid: 2)))
    #expect(timeline.slices.map(\.guest.vmid) == [1, 0, 2, 2])
    #expect(timeline.visits.count == 1 && timeline.visits[0].guest.vmid == 1 && timeline.visits[0].end == 160)
  }

  @Test("Time that goes backwards does no harm")
  func backwards() throws {
    let timeline = CoreTimeline(
      try makeTrace(
        event(100, "trap", el: 1), event(50, "return", el: 2, #""to":1"#), event(20, "trap", el: 1),
        event(30, "return", el: 2, #""to":9"#)))
    #expect(timeline.slices.allSatisfy { $0.end > $0.start })
  }
}

@Suite("Interrupts followed")
struct InterruptFlowTests {
  private let start = [
    event(100, "irq", el: 1, #""to":2"#), event(105, "acknowledge", el: 2, #""interrupt":65,"virtual":false"#),
    event(
      120, "list-register", el: 2,
      #""register":0,"state":"pending","interrupt":65,"priority":160,"physical":65,"value":"0x0""#),
    event(130, "virq", el: 1, #""to":1"#),
  ]

  private func flows(_ events: [String]) throws -> [[UInt64]] {
    let trace = try Trace(Array(traceText(events).utf8), file: "t")
    return InterruptFlows(trace).flows.map { $0.stations.map { trace.records[$0].number } }
  }

  @Test("From the core's exception to the guest's acknowledgement")
  func whole() throws {
    let end = event(140, "acknowledge", el: 1, #""interrupt":65,"virtual":true"#)
    #expect(try flows(start + [end]) == [[0, 1, 2, 3, 4]])
  }

  @Test("Without acknowledgements it ends where the guest takes it")
  func short() throws { #expect(try flows([start[2], start[3]]) == [[0, 1]]) }

  @Test("One that is taken back before the guest sees it is none")
  func withdrawn() throws {
    let cleared = event(125, "list-register", el: 2, #""register":0,"state":"invalid","interrupt":0,"value":"0x0""#)
    #expect(try flows([start[2], cleared, start[3]]) == [])
  }

  @Test("The one with the highest priority is taken first")
  func priority() throws {
    let urgent = event(
      121, "list-register", el: 2, #""register":1,"state":"pending","interrupt":30,"priority":80,"value":"0x0""#)
    #expect(try flows([start[2], urgent, start[3]]) == [[1, 2]])
  }
}

@Suite("Trace Event Format")
struct PerfettoTests {
  private var trace: Trace {
    get throws {
      try makeTrace(
        event(100, "return", el: 2, #""to":1"#), faultLineAt(150), event(155, "irq", core: 1, el: 1, #""to":2"#),
        event(160, "acknowledge", core: 1, el: 2, #""interrupt":65,"virtual":false"#),
        event(
          170, "list-register", core: 1, el: 2,
          #""register":0,"state":"pending","interrupt":65,"priority":160,"physical":65,"value":"0x0""#),
        event(175, "return", core: 1, el: 2, #""to":1"#), event(180, "virq", core: 1, el: 1, #""to":1"#),
        event(190, "acknowledge", core: 1, el: 1, #""interrupt":65,"virtual":true"#),
        event(200, "s2-end", el: 2, #""of":1,"outcome":"emulated""#), event(1_234_567, "wfi", el: 1),
        #"{"time":250,"event":"console","text":"</script>\"\\\u0007"}"#, event(300, "wfi", core: 1, el: 1))
    }
  }

  private func faultLineAt(_ time: Int) -> String {
    event(time, "s2-fault", el: 1, #""to":2,"va":"0x0","ipa":"0xff841000","at":"gic.distributor GICD_CTLR","esr":"0x93930047""#)
  }

  private func members(_ node: JSONNode) -> [String: JSONNode.Content] {
    guard case .object(let members) = node.content else { return [:] }
    return Dictionary(members.map { ($0.key, $0.value.content) }) { first, _ in first }
  }

  private func text(_ content: JSONNode.Content?) -> String {
    switch content {
    case .string(let text): text
    case .number(let text): text
    default: ""
    }
  }

  /// Every event of the file, by its keys.
  private func events() throws -> [[String: JSONNode.Content]] {
    let node = try JSONParser.parse(PerfettoTrace(try trace).bytes, file: "p.json")
    guard case .array(let events) = try #require(members(node)["traceEvents"]) else { return [] }
    return events.map(members)
  }

  @Test("Every event has what the format asks of its phase")
  func phases() throws {
    let events = try events()
    #expect(events.count > 20)
    let needed: [String: [String]] = [
      "M": ["name", "pid", "tid", "args"], "X": ["name", "cat", "pid", "tid", "ts", "dur"],
      "i": ["name", "cat", "pid", "tid", "ts", "s"], "s": ["name", "cat", "id", "pid", "tid", "ts", "bp"],
      "t": ["name", "cat", "id", "pid", "tid", "ts", "bp"], "f": ["name", "cat", "id", "pid", "tid", "ts", "bp"],
    ]
    for event in events {
      let keys = try #require(needed[text(event["ph"])])
      for key in keys { #expect(event[key] != nil, "\(key)") }
    }
    #expect(Set(events.map { text($0["ph"]) }) == Set(needed.keys))
  }

  @Test("A core's slices do not overlap, and carry level and guest")
  func slices() throws {
    let slices = try events().filter { text($0["ph"]) == "X" && text($0["tid"]) == "1" }
    let names = slices.map { text($0["name"]) }
    #expect(names == ["d0v0 EL1", "EL2 s2-fault gic.distributor", "d0v0 EL1"])
    #expect(slices.map { text($0["ts"]) } == ["0.100", "0.150", "0.200"])
    #expect(slices.map { text($0["dur"]) } == ["0.050", "0.050", "1234.367"])
  }

  @Test("A flow begins, goes on and ends with one id")
  func flows() throws {
    let flow = try events().filter { ["s", "t", "f"].contains(text($0["ph"])) }
    #expect(flow.map { text($0["ph"]) } == ["s", "t", "t", "t", "f"])
    #expect(Set(flow.map { text($0["id"]) }) == ["1"])
    #expect(flow.map { text($0["ts"]) } == ["0.155", "0.160", "0.170", "0.180", "0.190"])
  }

  @Test("The same trace gives the same bytes")
  func deterministic() throws { #expect(PerfettoTrace(try trace).bytes == PerfettoTrace(try trace).bytes) }
}
