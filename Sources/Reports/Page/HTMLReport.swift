/// A trace as one HTML page that needs nothing but itself: facts, timeline, faults, exits, calls and maps.
public struct HTMLReport {
  let trace: Trace
  let summary: TraceSummary
  let timeline: CoreTimeline

  public init(_ trace: Trace) {
    self.trace = trace
    summary = TraceSummary(trace)
    timeline = CoreTimeline(trace)
  }

  public var bytes: [UInt8] {
    var page = HTMLText()
    page.markup("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n")
    page.markup("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; ")
    page.markup("script-src 'sha256-")
    page.text(SHA256.base64(Self.script))
    page.markup("'\">\n")
    page.markup("<meta name=viewport content=\"width=device-width\">\n<title>Tayberry: trace report</title>\n<style>\n")
    page.markup(PageStyle.text)
    page.markup("\n</style>\n</head>\n<body>\n")
    writeHeader(&page)
    writeTimeline(&page)
    FaultSection(self).write(&page)
    ExitSection(self).write(&page)
    MapSection(trace).write(&page)
    page.markup("<footer>Made by Tayberry from the trace alone. Times are virtual: the same run gives the same page.")
    page.markup("</footer>\n<script id=data type=application/json>")
    page.trusted(TimelineData(trace, timeline).bytes)
    page.markup("</script>\n<script>")
    page.trusted(Self.script)
    page.markup("</script>\n</body>\n</html>\n")
    return page.bytes
  }

  /// As it stands between the tags; the page's policy lets nothing else run.
  private static var script: [UInt8] { PageScript.text.withUTF8Buffer { Array("\n".utf8) + Array($0) + Array("\n".utf8) } }

  // MARK: Header

  private func writeHeader(_ page: inout HTMLText) {
    page.markup("<header>\n<h1>Trace report</h1>\n<dl class=facts>\n")
    for (name, value) in facts {
      page.markup("<div><dt>")
      page.text(name)
      page.markup("</dt><dd>")
      page.text(value)
      page.markup("</dd></div>\n")
    }
    page.markup("</dl>\n<ul class=tiles>\n")
    for (name, value) in tiles {
      page.markup("<li><b>")
      page.text(value)
      page.markup("</b><span>")
      page.text(name)
      page.markup("</span></li>\n")
    }
    page.markup("</ul>\n</header>\n")
  }

  private var facts: [(String, String)] {
    let machine = trace.header.fields("machine") ?? TraceFields()
    var facts: [(String, String)] = []
    if let bytes = machine.number("ramBytes") { facts.append(("RAM", byteCount(bytes))) }
    if let stepping = machine.text("stepping") { facts.append(("Stepping", stepping.uppercased())) }
    if let seed = machine.number("seed") { facts.append(("Seed", String(seed))) }
    if let rate = machine.number("nanosecondsPerInstruction") { facts.append(("An instruction", "\(rate) ns")) }
    facts.append(("Events", grouped(trace.records.count)))
    facts.append(("Cores", String(Set(trace.records.compactMap(\.core)).count)))
    facts.append(("Until", seconds(trace.records.reduce(0) { max($0, $1.time) }) + " s"))
    let guests = Set(trace.records.filter { $0.core != nil && $0.guest.vmid != 0 }.map(\.guest))
    let domains = Set(guests.map(\.vmid)).sorted().map { vmid in
      let name = trace.domain(TraceGuest(vmid: vmid, vcpu: 0)) ?? "VMID \(vmid)"
      return "\(name) (\(counted(guests.filter { $0.vmid == vmid }.count, "vCPU")))"
    }
    if !domains.isEmpty { facts.append(("Domains", domains.joined(separator: ", "))) }
    for (name, key) in [("Traced", "events"), ("Symbols", "symbols")] {
      let words = trace.header.texts(key)
      if !words.isEmpty { facts.append((name, words.joined(separator: ", "))) }
    }
    return facts
  }

  private var tiles: [(String, String)] {
    var counts: [TraceKind: Int] = [:]
    for record in trace.records { if let kind = record.kind { counts[kind, default: 0] += 1 } }
    let shown: [(String, [TraceKind])] = [
      ("stage-2 faults", [.stageTwoFault]), ("hypercalls", [.hypercall]), ("other HVC and SMC", [.hvc, .smc]),
      ("other traps", [.trap]), ("virtual interrupts", [.virtualIRQ]), ("physical interrupts", [.irq]),
      ("world switches", [.worldSwitch]),
    ]
    return shown.compactMap { name, kinds in
      let count = kinds.reduce(0) { $0 + (counts[$1] ?? 0) }
      return count == 0 && kinds != [.stageTwoFault] ? nil : (name, grouped(count))
    }
  }

  // MARK: Timeline

  private func writeTimeline(_ page: inout HTMLText) {
    page.markup("<section>\n<h2>Timeline</h2>\n")
    guard trace.records.contains(where: { $0.core != nil }) else {
      page.markup("<p class=dim>The trace has no event of a core.</p>\n</section>\n")
      return
    }
    page.markup(
      """
      <div class="bar legend"><span id=domains></span><span><i style="background:var(--el2)"></i>EL2 for a guest</span>\
      <span><i style="background:var(--el2none)"></i>EL2 starting, or idle in a guest's WFI or WFE</span>\
      <span><i style="background:var(--fault)"></i>stage-2 fault</span>\
      <span><i style="background:var(--call)"></i>call</span>\
      <span><i style="background:var(--virq)"></i>virtual interrupt</span></div>
      <div class=lanes><canvas id=lanes tabindex=0 aria-label="What each core did when"></canvas></div>
      <div class=bar><button id=in>Zoom in</button><button id=out>Zoom out</button><button id=all>All</button>\
      <output id=about>Drag to move. Wheel zooms once the picture has been clicked; so do + and -, the arrows move, 0 \
      shows all.</output></div>

      """)
    let inexact = timeline.visits.filter { !$0.isExact }.count
    if inexact > 0 {
      page.markup("<p class=dim>")
      page.text(
        "\(counted(inexact, "visit")) to EL2 of \(grouped(timeline.visits.count)) began or ended without an event in "
          + "the trace: they are drawn from what else is known. Traced with irq and return:el=2 as well, all are exact.")
      page.markup("</p>\n")
    }
    page.markup("</section>\n")
  }
}
