/// The JSON file that says what flags say: every key is an option of `tayberry run` without its dashes.
///
/// Two keys differ in form: `script` is a list of `{"expect": …}` and `{"send": …}` in order, and options
/// that may be given several times take a list. docs/machine-file.md describes the schema.
public enum MachineFile {
  /// Reads `bytes` into `configuration`, over what is there already.
  public static func apply(
    _ bytes: [UInt8], file: String, to configuration: inout RunConfiguration
  ) throws(BadInput) {
    let root = try JSONParser.parse(bytes, file: file)
    guard case .object(let members) = root.content else {
      throw BadInput(
        file, at: root.place, "a machine file is an object, and this is \(root.kind)",
        remedy: "write { \"kernel\": \"Image\", … }")
    }
    for member in members {
      if member.key == "script" {
        try applyScript(member.value, file: file, to: &configuration)
        continue
      }
      guard let option = option(for: member.key) else { throw unknown(member, file: file) }
      try apply(option, member.value, key: member.key, file: file, to: &configuration)
    }
  }

  /// `expect` and `send` only make sense in order, so they live in `script`.
  private static func option(for key: String) -> RunOption? {
    key == "expect" || key == "send" ? nil : RunOption.named(key)
  }

  private static func apply(
    _ option: RunOption, _ node: JSONNode, key: String, file: String, to configuration: inout RunConfiguration
  ) throws(BadInput) {
    if case .list = option.value, case .array(let elements) = node.content {
      for element in elements { try apply(option, element, key: key, file: file, to: &configuration) }
      return
    }
    var text: String
    switch (option.value, node.content) {
    case (.none, .bool(let value)): text = value ? "true" : "false"
    case (.text, .string(let string)), (.list, .string(let string)): text = string
    case (.text(let kind), .number(let digits)) where ["NUMBER", "COUNT", "TIME"].contains(kind):
      text = digits
    default:
      throw BadInput(
        file, at: node.place, "\"\(key)\" cannot be \(node.kind)", remedy: "give it \(form(of: option))")
    }
    if option.isPath { text = resolve(text, besideFile: file) }
    if option.name == "console", text.hasPrefix("file:") {
      text = "file:" + resolve(String(text.dropFirst(5)), besideFile: file)
    }
    do {
      try option.apply(&configuration, text)
    } catch {
      throw BadInput(file, at: node.place, "\"\(key)\": \(error.problem)", remedy: error.remedy)
    }
  }

  private static func applyScript(
    _ node: JSONNode, file: String, to configuration: inout RunConfiguration
  ) throws(BadInput) {
    let remedy = "write [ { \"expect\": \"REGEX\" }, { \"send\": \"TEXT\" }, … ]"
    guard case .array(let steps) = node.content else {
      throw BadInput(file, at: node.place, "\"script\" cannot be \(node.kind)", remedy: remedy)
    }
    for step in steps {
      guard case .object(let members) = step.content, !members.isEmpty else {
        throw BadInput(file, at: step.place, "a step of \"script\" cannot be \(step.kind)", remedy: remedy)
      }
      for member in members {
        guard member.key == "expect" || member.key == "send", let option = RunOption.named(member.key) else {
          throw BadInput(
            file, at: member.keyPlace,
            "a step holds the texts \"expect\" and \"send\", not \"\(member.key)\"",
            remedy: remedy)
        }
        try apply(option, member.value, key: member.key, file: file, to: &configuration)
      }
    }
  }

  private static func unknown(_ member: JSONNode.Member, file: String) -> BadInput {
    if member.key == "expect" || member.key == "send" {
      return BadInput(
        file, at: member.keyPlace, "\"\(member.key)\" belongs into \"script\"",
        remedy: "write \"script\": [ { \"\(member.key)\": … } ]")
    }
    let known = RunOption.all.map(\.name).filter { $0 != "expect" && $0 != "send" } + ["script"]
    let hint = nearestWord(to: member.key, among: known).map { "did you mean \"\($0)\"?" }
    return BadInput(
      file, at: member.keyPlace, "there is no key \"\(member.key)\"",
      remedy: hint ?? "docs/machine-file.md lists the keys")
  }

  private static func form(of option: RunOption) -> String {
    switch option.value {
    case .none: "true or false"
    case .text: "a text"
    case .list: "a text or a list of texts"
    }
  }

  /// A relative path in a machine file starts at the folder of that file.
  static func resolve(_ path: String, besideFile file: String) -> String {
    guard !path.isEmpty, !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }
}
