import Machine

/// The commands of the program, and which one the person asked for.
enum Command {
  static let version = "0.1.0"

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
    case "help", "--help", "-h": return try showPage(Help.text(for: rest.first))
    case "version", "--version": return try showPage("tayberry \(version)")
    default:
      throw BadInput(
        name, "is not a command", remedy: "use run, devices, dtb, help or version; see 'tayberry help'")
    }
  }

  private static func showPage(_ text: String) throws(BadInput) -> ExitCode {
    try show(text + "\n")
    return .passed
  }
}
