/// The page's table of stage-2 faults by cause; each row opens to its registers and an explanation.
struct FaultSection {
  private let trace: Trace
  private let summary: TraceSummary

  init(_ report: HTMLReport) {
    trace = report.trace
    summary = report.summary
  }

  private struct Group {
    var tally: Tally
    /// By what lies there, register by register.
    var places: [String: Int] = [:]
    var members: [Int] = []
  }

  func write(_ page: inout HTMLText) {
    page.markup("<section id=faults>\n<h2>Stage-2 faults</h2>\n")
    var groups: [FaultGroup: Group] = [:]
    for (index, record) in trace.records.enumerated() where record.kind == .stageTwoFault {
      let facts = FaultFacts(trace, index, ends: summary.ends)
      let key = FaultGroup(
        domain: record.domainName, place: facts.group, access: facts.access, outcome: facts.outcome)
      var group = groups[key] ?? Group(tally: Tally(first: index))
      group.tally.add(facts.duration)
      group.places[facts.place ?? "unknown", default: 0] += 1
      if group.members.count < 20 { group.members.append(index) }
      groups[key] = group
    }
    guard !groups.isEmpty else {
      page.markup("<p class=dim>There are none in the trace.</p>\n</section>\n")
      return
    }
    page.markup("<div class=scroll><table>\n<thead><tr><th class=n>Count<th>Who<th>What lies there<th>Access")
    page.markup("<th>Outcome<th class=n>Mean ns<th class=n>Max ns<th class=n>First at<th>First PC</tr></thead>\n<tbody>\n")
    let rows = groups.map { (key: $0.key, group: $0.value) }.sorted {
      $0.group.tally.count != $1.group.tally.count
        ? $0.group.tally.count > $1.group.tally.count : $0.group.tally.first < $1.group.tally.first
    }
    for row in rows { write(row.key, row.group, &page) }
    page.markup("</tbody></table></div>\n</section>\n")
  }

  private func write(_ key: FaultGroup, _ group: Group, _ page: inout HTMLText) {
    let first = trace.records[group.tally.first]
    page.markup("<tr class=group><td class=n><button class=open aria-expanded=false aria-label=Details></button>")
    page.text(grouped(group.tally.count))
    page.markup("</td>")
    page.cell(key.domain)
    page.cell(key.place)
    page.cell(key.access)
    page.cell(key.outcome)
    page.numberCell(group.tally.mean)
    page.numberCell(group.tally.most)
    page.numberCell(seconds(first.time) + " s")
    let symbol = trace.fields(of: first).text("symbol")
    page.codeCell(hexadecimal(first.pc ?? 0) + (symbol.map { " " + $0 } ?? ""))
    page.markup("</tr>\n<tr class=detail><td colspan=9>")
    if group.places.count > 1 { write(group.places, &page) }
    page.markup("<pre>")
    page.lines(
      FaultExplanation(trace, group.tally.first, ends: summary.ends, isVerbose: false).text)
    page.markup("</pre><p class=dim>Events: ")
    page.text(group.members.map { String(trace.records[$0].number) }.joined(separator: ", "))
    if group.tally.count > group.members.count { page.text(", and \(grouped(group.tally.count - group.members.count)) more") }
    page.markup("</p></td></tr>\n")
  }

  private func write(_ places: [String: Int], _ page: inout HTMLText) {
    let rows = places.map { (place: $0.key, count: $0.value) }.sorted {
      $0.count != $1.count ? $0.count > $1.count : $0.place < $1.place
    }
    page.markup("<table>")
    for row in rows.prefix(12) {
      page.markup("<tr>")
      page.numberCell(grouped(row.count))
      page.cell(row.place)
      page.markup("</tr>")
    }
    if rows.count > 12 {
      page.markup("<tr>")
      page.numberCell(grouped(rows.dropFirst(12).reduce(0) { $0 + $1.count }))
      page.cell("at \(grouped(rows.count - 12)) more places")
      page.markup("</tr>")
    }
    page.markup("</table>")
  }
}
