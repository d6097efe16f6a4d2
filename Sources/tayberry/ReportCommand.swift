import Machine
import Reports

/// `tayberry report`: a trace as a file for other programs.
enum ReportCommand {
  static func run(_ arguments: [String]) throws(BadInput) -> ExitCode {
    let arguments = try TraceArguments(
      arguments, command: "report", options: ["perfetto", "html"], flags: [])
    let perfetto = arguments.value("perfetto"), html = arguments.value("html")
    guard perfetto != nil || html != nil else {
      throw BadInput(
        "tayberry report", "nothing is asked for", remedy: "write --html FILE, --perfetto FILE or both")
    }
    var files = NamedFiles()
    files.inputs = [.init(option: "the trace", path: arguments.path)]
    if let perfetto { files.outputs.append(.init(option: "--perfetto", path: perfetto)) }
    if let html { files.outputs.append(.init(option: "--html", path: html)) }
    try files.check()
    let trace = try Trace(path: arguments.path)
    if let perfetto { try writeWholeFile(PerfettoTrace(trace).bytes, to: perfetto) }
    if let html { try writeWholeFile(HTMLReport(trace).bytes, to: html) }
    return .passed
  }
}
