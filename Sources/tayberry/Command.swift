import Machine

/// The commands of the program, and which one the person asked for.
enum Command {
  static let version = "0.1.0"

  /// What the person wrote. Bytes that are not UTF-8 are refused: as text they would name another file.
  static func arguments() throws(BadInput) -> [String] {
    var arguments: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let bytes = CommandLine.unsafeArgv[index] else { break }
      guard let argument = String(validatingCString: bytes) else {
        throw BadInput(
          "argument \(index)", "\"\(String(cString: bytes))\" is not UTF-8",
          remedy: "give the file a name that is, or a link to it")
      }
      arguments.append(argument)
    }
    return arguments
  }

  static func run(_ arguments: [String]) throws(BadInput) -> ExitCode {
    guard let name = arguments.first else {
      tell(Help.overview)
      return .badInput
    }
    let rest = Array(arguments.dropFirst())
    if rest.contains("--help") || rest.contains("-h") { return try showPage(Help.text(for: name)) }
    switch name {
    case "run": return try RunCommand.run(rest)
    case "devices": return try DescribeCommand.devices(rest)
    case "dtb": return try DescribeCommand.deviceTree(rest)
    case "explain": return try ExplainCommand.explain(rest)
    case "trace": return try ExplainCommand.trace(rest)
    case "report": return try ReportCommand.run(rest)
    case "help", "--help", "-h": return try showPage(Help.text(for: rest.first))
    case "version", "--version": return try showPage("tayberry \(version)")
    default:
      throw BadInput(
        name, "is not a command", remedy: "use run, explain, trace, report, devices, dtb, help or version; see 'tayberry help'")
    }
  }

  private static func showPage(_ text: String) throws(BadInput) -> ExitCode {
    try show(text + "\n")
    return .passed
  }
}
