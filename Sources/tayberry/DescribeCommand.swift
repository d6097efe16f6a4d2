import Machine

/// `tayberry devices` and `tayberry dtb`: what the guest will see, without running it.
enum DescribeCommand {
  static func devices(_ arguments: [String]) throws(BadInput) -> ExitCode {
    let configuration = try RunArguments.parse(arguments, for: .devices)
    var text = ""
    for device in try MachineFactory.devices(configuration) {
      let range = hexadecimal(device.range.lowerBound) + "-" + hexadecimal(device.range.upperBound)
      text += columns([(range, 24), (device.name, 28), (device.interrupts, 20), (device.state, 0)]) + "\n"
    }
    try show(text)
    return .passed
  }

  static func deviceTree(_ arguments: [String]) throws(BadInput) -> ExitCode {
    var rest = arguments
    var output: String?
    if let index = rest.firstIndex(where: { $0 == "--out" || $0.hasPrefix("--out=") }) {
      let argument = rest.remove(at: index)
      if argument.hasPrefix("--out=") {
        output = String(argument.dropFirst(6))
      } else if index < rest.count, !rest[index].hasPrefix("--") {
        output = rest.remove(at: index)
      }
      guard output?.isEmpty == false else {
        throw BadInput("--out", "its value is missing", remedy: "write --out FILE")
      }
    }
    let configuration = try RunArguments.parse(rest, for: .deviceTree)
    if let output {
      var files = NamedFiles()
      files.inputs = configuration.inputFiles
      files.outputs = [.init(option: "--out", path: output)]
      try files.check()
    }
    let tree = try MachineFactory.guestDeviceTree(configuration)
    if let output {
      try writeWholeFile(tree.blob, to: output)
    } else {
      try show(tree.source)
    }
    return .passed
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }

  private static func columns(_ cells: [(text: String, width: Int)]) -> String {
    cells.map {
      $0.text + String(repeating: " ", count: max($0.width == 0 ? 0 : 1, $0.width - $0.text.utf8.count))
    }
    .joined()
  }
}
