/// Reads the arguments of `tayberry run`, and of the commands that describe a run, into a configuration.
public enum RunArguments {
  /// Who takes the arguments.
  public struct Taker: Sendable {
    let command: String
    /// The options that it takes; nil for all.
    let options: [String]?

    public static let run = Taker(command: "run", options: nil)
    public static let deviceTree = Taker(command: "dtb", options: nil)
    public static let devices = Taker(command: "devices", options: ["ram", "stepping"])

    var help: String { "see 'tayberry help \(command)'" }
    func takes(_ name: String) -> Bool { options?.contains(name) ?? true }
  }

  /// What reading files means here; tests give their own.
  public typealias FileReader = (String) throws(BadInput) -> [UInt8]

  /// - Parameter arguments: what follows the command's name.
  /// - Throws: ``BadInput`` that names the option, or the machine file and the place in it.
  public static func parse(
    _ arguments: [String], for taker: Taker = .run, readFile: FileReader = readWholeFile
  ) throws(BadInput) -> RunConfiguration {
    var configuration = RunConfiguration()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        throw BadInput(
          argument, "is not an option",
          remedy: taker.help + (taker.takes("kernel") ? "; files are given as --kernel FILE" : ""))
      }
      // --name value and --name=value are the same.
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let attached = parts.count > 1 ? String(parts[1]) : nil
      if name == "machine" {
        let path = try value(attached, of: name, valueName: "FILE", from: &rest)
        do { _ = try OptionValue.path(path) } catch {
          throw BadInput("--machine", error.problem, remedy: error.remedy)
        }
        try MachineFile.apply(try readFile(path), file: path, to: &configuration)
        configuration.machineFiles.append(path)
        continue
      }
      guard let option = RunOption.named(name) else { throw unknown(name, to: taker) }
      guard taker.takes(option.name) else {
        throw BadInput("--\(name)", "is no option of 'tayberry \(taker.command)'", remedy: taker.help)
      }
      let text: String
      if let valueName = option.valueName {
        text = try value(attached, of: name, valueName: valueName, from: &rest)
      } else {
        text = attached ?? "true"
      }
      do {
        try option.apply(&configuration, text)
      } catch {
        throw BadInput("--\(name)", error.problem, remedy: error.remedy)
      }
    }
    return configuration
  }

  private static func value(
    _ attached: String?, of name: String, valueName: String, from rest: inout ArraySlice<String>
  ) throws(BadInput) -> String {
    if let attached { return attached }
    // A text may start with dashes only when it is attached: a forgotten value must not eat an option.
    guard let next = rest.first, !next.hasPrefix("--") else {
      throw BadInput(
        "--\(name)", "its value is missing", remedy: "write --\(name) \(valueName), or --\(name)=\(valueName)"
      )
    }
    rest = rest.dropFirst()
    return next
  }

  private static func unknown(_ name: String, to taker: Taker) -> BadInput {
    let known = (RunOption.all.map(\.name) + ["dom0-args"]).filter(taker.takes) + ["machine"]
    let hint = nearestWord(to: name, among: known).map { "did you mean --\($0)?" } ?? taker.help
    return BadInput("--\(name)", "there is no such option", remedy: hint)
  }

  /// The options with what they do, grouped.
  public static var help: String {
    var text = ""
    var group = ""
    for option in RunOption.all {
      if option.group != group {
        group = option.group
        text += "\n\(group)\n"
      }
      text += helpLine("--" + option.name + (option.valueName.map { " " + $0 } ?? ""), option.summary)
    }
    text += "\nAll of it in a file\n"
    text += helpLine("--machine FILE", "a JSON file with the same options as keys (docs/machine-file.md)")
    return text
  }

  private static func helpLine(_ option: String, _ summary: String) -> String {
    let padding = String(repeating: " ", count: max(1, 22 - option.utf8.count))
    return "  " + option + padding + summary + "\n"
  }
}
