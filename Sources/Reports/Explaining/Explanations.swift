import Machine

/// `tayberry explain` and `tayberry trace`: a trace as text.
public struct Explanations {
  private let trace: Trace
  private let file: String
  private let summary: TraceSummary

  /// - Parameter file: as the person named it, for the advice at the end of a summary.
  public init(_ trace: Trace, file: String) {
    self.trace = trace
    self.file = file
    summary = TraceSummary(trace)
  }

  // MARK: Summary

  public func overview(_ selection: TraceSelection, isVerbose: Bool) -> String {
    var text = summary.heading + "\n"
    switch selection.events {
    case ["s2-fault"]: text += summary.faultText(selection, byRegister: isVerbose, file: file)
    case ["hypercall"]: text += summary.callText(selection, [.hypercall], noun: "hypercall")
    default:
      text += summary.eventText + "\n"
      text += summary.faultText(selection, byRegister: isVerbose, file: file) + "\n"
      text += summary.callText(selection, [.hypercall], noun: "hypercall") + "\n"
      text += summary.callText(selection, [.hvc], noun: "other HVC") + "\n"
      text += summary.callText(selection, [.smc], noun: "SMC") + "\n"
      text += summary.trapText(selection)
    }
    return text
  }

  // MARK: Single events

  /// Explains the events that are meant, `limit` at most.
  public func explanations(
    _ selection: TraceSelection, limit: Int, isVerbose: Bool, _ take: (String) throws(BadInput) -> Void
  ) throws(BadInput) {
    if let number = selection.number, trace.index(of: number) == nil {
      let last = trace.records.last.map { "the events have numbers up to \($0.number)" } ?? "the trace has no events"
      throw BadInput("--number \(number)", "there is no such event in \(file)", remedy: last)
    }
    var left = limit
    var isFirst = true
    for index in trace.records.indices where left > 0 && selection.matches(trace.records[index], trace) {
      let text: String
      if trace.records[index].kind == .stageTwoFault {
        text = FaultExplanation(trace, index, ends: summary.ends, isVerbose: isVerbose).text
      } else {
        text = EventExplanation(trace, index, ends: summary.ends).text
      }
      try take(isFirst ? text : "\n" + text)
      isFirst = false
      left -= 1
    }
    if isFirst { try take("no event is like that\n") }
  }

  /// A line for each event that is meant, `limit` at most.
  public func listing(
    _ selection: TraceSelection, limit: Int, _ take: (String) throws(BadInput) -> Void
  ) throws(BadInput) {
    var left = limit
    var chunk = ""
    for record in trace.records where left > 0 && selection.matches(record, trace) {
      chunk += EventLine(record, trace.fields(of: record)).text + "\n"
      left -= 1
      if chunk.utf8.count > 1 << 16 {
        try take(chunk)
        chunk = ""
      }
    }
    if !chunk.isEmpty { try take(chunk) }
  }
}
