import Machine
import Reports

/// `tayberry explain` and `tayberry trace`: a trace as text.
enum ExplainCommand {
  static func explain(_ arguments: [String]) throws(BadInput) -> ExitCode {
    var arguments = try TraceArguments(
      arguments, command: "explain",
      options: ["event", "number", "vmid", "ipa", "limit"], flags: ["verbose", "text"])
    if arguments.has("text") { return try list(&arguments) }
    var selection = try arguments.selection()
    // Stage-2 faults are what people ask about; a number says enough by itself.
    if arguments.value("event") == nil && selection.number == nil { try selection.add(event: "s2-fault") }
    let limit = try arguments.limit()
    let explanations = Explanations(try Trace(path: arguments.path), file: arguments.path)
    if selection.number == nil && limit == nil {
      try show(explanations.overview(selection, isVerbose: arguments.has("verbose")))
    } else {
      try explanations.explanations(
        selection, limit: limit ?? .max, isVerbose: arguments.has("verbose")
      ) { (text) throws(BadInput) in try show(text) }
    }
    return .passed
  }

  static func trace(_ arguments: [String]) throws(BadInput) -> ExitCode {
    var arguments = try TraceArguments(
      arguments, command: "trace", options: ["event", "number", "vmid", "ipa", "limit"], flags: [])
    return try list(&arguments)
  }

  private static func list(_ arguments: inout TraceArguments) throws(BadInput) -> ExitCode {
    let selection = try arguments.selection()
    let limit = try arguments.limit()
    let explanations = Explanations(try Trace(path: arguments.path), file: arguments.path)
    try explanations.listing(selection, limit: limit ?? .max) { (text) throws(BadInput) in try show(text) }
    return .passed
  }
}

/// The arguments of a command that reads a trace: its file, and options.
struct TraceArguments {
  let path: String
  private let command: String
  private var values: [(name: String, value: String)] = []
  private var flags: Set<String> = []

  init(_ arguments: [String], command: String, options: [String], flags: [String]) throws(BadInput) {
    self.command = command
    var path: String?
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        guard path == nil, !argument.isEmpty else {
          throw BadInput(argument, "is one file too many", remedy: "see 'tayberry help \(command)'")
        }
        path = argument
        continue
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if flags.contains(name), parts.count == 1 {
        self.flags.insert(name)
        continue
      }
      guard options.contains(name) else {
        throw BadInput("--\(name)", "there is no such option", remedy: "see 'tayberry help \(command)'")
      }
      let next = parts.count > 1 ? String(parts[1]) : rest.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
      guard let value = next, !value.isEmpty else {
        throw BadInput("--\(name)", "its value is missing", remedy: "write --\(name)=VALUE")
      }
      if parts.count == 1 { rest = rest.dropFirst() }
      guard name == "event" || !values.contains(where: { $0.name == name }) else {
        throw BadInput("--\(name)", "is given twice", remedy: "keep one of them")
      }
      values.append((name, value))
    }
    guard let path else {
      throw BadInput(
        "tayberry \(command)", "the trace is missing",
        remedy: "write 'tayberry \(command) TRACE'; 'tayberry run … --trace hypervisor --trace-to TRACE' makes one")
    }
    self.path = path
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }
  func value(_ name: String) -> String? { values.first { $0.name == name }?.value }

  func selection() throws(BadInput) -> TraceSelection {
    var selection = TraceSelection()
    for (name, value) in values where name == "event" { try selection.add(event: value) }
    selection.number = try number("number")
    selection.vmid = try number("vmid")
    if let text = value("ipa") {
      guard let range = TraceSelection.range(text) else {
        throw BadInput("--ipa \(text)", "is no range", remedy: "write --ipa FIRST or --ipa FIRST-LAST, both as 0x…")
      }
      selection.ipa = range
    }
    return selection
  }

  func limit() throws(BadInput) -> Int? { try number("limit").map { Int(clamping: $0) } }

  private func number(_ name: String) throws(BadInput) -> UInt64? {
    guard let text = value(name) else { return nil }
    guard let number = TraceSelection.number(text) else {
      throw BadInput("--\(name) \(text)", "is no number", remedy: "write it decimal or as 0x…")
    }
    return number
  }
}
