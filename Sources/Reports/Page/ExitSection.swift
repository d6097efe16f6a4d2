/// The page's tables of what guests left their levels for, and of their calls.
struct ExitSection {
  private let trace: Trace
  private let summary: TraceSummary
  private let timeline: CoreTimeline

  init(_ report: HTMLReport) {
    trace = report.trace
    summary = report.summary
    timeline = report.timeline
  }

  func write(_ page: inout HTMLText) {
    writeExits(&page)
    writeCalls(&page)
  }

  private struct Exit: Hashable {
    var domain: String
    var reason: String
  }

  private func writeExits(_ page: inout HTMLText) {
    page.markup("<section id=exits>\n<h2>Exits to EL2</h2>\n")
    let names = ReasonNames(trace)
    var table = TallyTable<Exit>()
    for (number, visit) in timeline.visits.enumerated() {
      var reason = names.name(visit.reason, interrupt: visit.interrupt)
      // Each register by itself would hide the rest.
      if reason.hasPrefix("trap read of ") || reason.hasPrefix("trap write of ") { reason = "trap system register" }
      // Calls have their own table.
      switch visit.reason.flatMap({ trace.records[$0].kind }) {
      case .hypercall: reason = "hypercall"
      case .hvc: reason = "other HVC"
      case .smc: reason = "SMC"
      default: break
      }
      let domain = trace.domain(visit.guest) ?? (visit.guest.vmid == 0 ? "none" : "VMID \(visit.guest.vmid)")
      table.add(Exit(domain: domain, reason: reason), visit.isExact ? visit.end - visit.start : nil, first: number)
    }
    let rows = table.rows
    guard !rows.isEmpty else {
      page.markup("<p class=dim>There are none in the trace.</p>\n</section>\n")
      return
    }
    // Waiting would dwarf all that is work.
    func isWait(_ exit: Exit) -> Bool { exit.reason == "trap WFI" || exit.reason == "trap WFE" }
    let most = rows.reduce(0) { isWait($1.key) ? $0 : max($0, $1.tally.total) }
    page.markup("<p class=dim>From the guest's last instruction to the next one of any guest on that core. ")
    page.markup("A WFI counts until the core has work again.</p>\n")
    page.markup("<div class=scroll><table>\n<thead><tr><th class=n>Count<th>Who<th>Why<th class=n>Total ns")
    page.markup("<th class=n>Mean ns<th class=n>Max ns<th class=n>First event<th>Total</tr></thead>\n<tbody>\n")
    for (exit, tally) in rows {
      page.markup("<tr>")
      page.numberCell(grouped(tally.count))
      page.cell(exit.domain)
      page.cell(exit.reason)
      page.numberCell(tally.ended == 0 ? "-" : grouped(tally.total))
      page.numberCell(tally.mean)
      page.numberCell(tally.most)
      page.numberCell(timeline.visits[tally.first].reason.map { String(trace.records[$0].number) } ?? "-")
      if isWait(exit) {
        page.markup("<td class=\"s dim\">waiting</td></tr>\n")
        continue
      }
      page.markup("<td class=s><i class=share style=\"width:")
      page.number(Int(min(100, tally.total / max(1, most / 100))))
      page.markup("%\"></i></td></tr>\n")
    }
    page.markup("</tbody></table></div>\n")
    writeTraps(&page)
    page.markup("</section>\n")
  }

  private func writeTraps(_ page: inout HTMLText) {
    let rows = summary.traps(TraceSelection()).rows
    guard !rows.isEmpty else { return }
    page.markup("<details><summary>")
    page.text("All \(counted(rows.count, "kind")) of traps")
    page.markup("</summary><table><thead><tr><th class=n>Count<th>Who<th>Trap<th class=n>First event</tr></thead>\n<tbody>\n")
    for (group, tally) in rows {
      page.markup("<tr>")
      page.numberCell(grouped(tally.count))
      page.cell(group.domain)
      page.cell(group.meaning)
      page.numberCell(String(trace.records[tally.first].number))
      page.markup("</tr>\n")
    }
    page.markup("</tbody></table></details>\n")
  }

  private func writeCalls(_ page: inout HTMLText) {
    page.markup("<section id=calls>\n<h2>Calls</h2>\n")
    // A visit to EL2 is as long as its call, and known for calls that have no end of their own.
    var durations: [Int: UInt64] = [:]
    for visit in timeline.visits where visit.isExact {
      if let reason = visit.reason { durations[reason] = visit.end - visit.start }
    }
    let rows = summary.calls(TraceSelection(), [.hypercall, .hvc, .smc]) { durations[$0] }.rows
    guard !rows.isEmpty else {
      page.markup("<p class=dim>There are none in the trace.</p>\n</section>\n")
      return
    }
    page.markup("<div class=scroll><table>\n<thead><tr><th class=n>Count<th>Who<th>By<th>Call<th class=n>Mean ns")
    page.markup("<th class=n>Max ns<th class=n>First event</tr></thead>\n<tbody>\n")
    for (group, tally) in rows {
      page.markup("<tr>")
      page.numberCell(grouped(tally.count))
      page.cell(group.domain)
      page.cell(group.event)
      page.cell(group.name)
      page.numberCell(tally.mean)
      page.numberCell(tally.most)
      page.numberCell(String(trace.records[tally.first].number))
      page.markup("</tr>\n")
    }
    page.markup("</tbody></table></div>\n</section>\n")
  }
}

/// The page's pictures of what each VMID's stage 2 maps.
struct MapSection {
  private let maps: [StageTwoMap]

  init(_ trace: Trace) { maps = StageTwoMap.all(trace) }

  /// Rows of a table that nobody reads to the end.
  private static let mostRows = 2000

  func write(_ page: inout HTMLText) {
    page.markup("<section id=maps>\n<h2>Stage-2 maps</h2>\n")
    if maps.isEmpty { page.markup("<p class=dim>The trace has no map and no fault to learn one from.</p>\n") }
    for map in maps {
      let picture = AddressMapPicture(map)
      page.markup("<h3>")
      page.text(map.domain == nil ? map.name : "\(map.name), VMID \(map.vmid)")
      page.markup("</h3><p class=dim>")
      page.text(note(map, omitted: picture.omitted))
      page.markup("</p>\n")
      picture.write(&page)
      page.markup("<details><summary>")
      page.text("All \(counted(map.ranges.count, "range"))")
      page.markup("</summary><table><thead><tr><th>IPA<th>Size<th>PA<th>Rights</tr></thead>\n<tbody>\n")
      for range in map.ranges.prefix(Self.mostRows) {
        page.markup("<tr>")
        page.codeCell(hexadecimal(range.ipa))
        page.cell(byteCount(range.size))
        page.codeCell(hexadecimal(range.pa))
        page.codeCell(range.rights)
        page.markup("</tr>\n")
      }
      page.markup("</tbody></table></details>\n")
    }
    page.markup("</section>\n")
  }

  private func note(_ map: StageTwoMap, omitted: Int) -> String {
    var text = map.isWhole ? "As it was at the end of the run." : "As far as the walks of its faults show it."
    if map.isIncomplete { text += " The tables were too many to read all." }
    let same = map.ranges.filter { $0.ipa == $0.pa }.reduce(UInt64(0)) { $0 &+ $1.size }
    let all = map.ranges.reduce(UInt64(0)) { $0 &+ $1.size }
    text += " \(counted(map.ranges.count, "range")), \(byteCount(all)), of which \(byteCount(same)) have IPA = PA."
    if !map.holes.isEmpty { text += " Dashed: pages that faulted because nothing is mapped there." }
    if omitted > 0 { text += " \(counted(omitted, "small range")) are only in the table." }
    if map.ranges.count > Self.mostRows { text += " The table has the first \(grouped(Self.mostRows))." }
    return text
  }
}
