/// One option of `tayberry run`: a flag on the command line and, without its dashes, a key in a machine file.
///
/// The table below is the only place that knows an option: the command line, the machine file and the help
/// text all read it.
struct RunOption: Sendable {
  enum Value: Sendable {
    /// Present or absent; `true` or `false` in a machine file.
    case none
    case text(String)
    /// May be given several times; a list in a machine file.
    case list(String)
  }

  let name: String
  let value: Value
  let group: String
  let summary: String
  /// Whether the value names a file, which a machine file means relative to itself.
  let isPath: Bool
  let apply: @Sendable (inout RunConfiguration, String) throws(OptionFault) -> Void

  init(
    _ name: String, _ value: Value, in group: String, path: Bool = false, _ summary: String,
    apply: @escaping @Sendable (inout RunConfiguration, String) throws(OptionFault) -> Void
  ) {
    self.name = name
    self.value = value
    self.group = group
    self.summary = summary
    isPath = path
    @Sendable func applyPath(_ configuration: inout RunConfiguration, _ text: String) throws(OptionFault) {
      try apply(&configuration, try OptionValue.path(text))
    }
    self.apply = path ? applyPath : apply
  }

  var valueName: String? {
    switch value {
    case .none: nil
    case .text(let name), .list(let name): name
    }
  }
}

/// What is wrong with an option's value; who knows where it stands makes a ``BadInput`` of it.
struct OptionFault: Error {
  var problem: String
  var remedy: String
  init(_ problem: String, remedy: String) {
    self.problem = problem
    self.remedy = remedy
  }
}

extension RunOption {
  static func named(_ name: String) -> RunOption? {
    let canonical = name == "dom0-args" ? "append" : name
    return all.first { $0.name == canonical }
  }

  static let all: [RunOption] = boot + board + card + session + output

  private static let boot: [RunOption] = [
    RunOption("xen", .text("FILE"), in: "What boots", path: true, "Xen for arm64, as packaged") {
      $0.xen = $1
    },
    RunOption(
      "kernel", .text("FILE"), in: "What boots", path: true, "Linux Image, plain or gzip'd; Dom0's with --xen"
    ) {
      $0.kernel = $1
    },
    RunOption("initrd", .text("FILE"), in: "What boots", path: true, "initial ramdisk for the kernel") {
      $0.initrd = $1
    },
    RunOption(
      "dtb", .text("FILE"), in: "What boots", path: true, "the board's device tree, bcm2711-rpi-4-b.dtb"
    ) {
      $0.dtb = $1
    },
    RunOption("xen-args", .text("TEXT"), in: "What boots", "Xen's command line") { $0.xenArguments = $1 },
    RunOption("append", .text("TEXT"), in: "What boots", "the kernel's command line; --dom0-args is the same")
    {
      $0.kernelArguments = $1
    },
    RunOption(
      "program", .text("FILE"), in: "What boots", path: true,
      "instead: a headerless program, entered at EL2 (all cores at EL3 with --program-at 0)"
    ) {
      $0.program = $1
    },
    address("xen") { $0.xenAddress = $1 },
    address("kernel") { $0.kernelAddress = $1 },
    address("initrd") { $0.initrdAddress = $1 },
    address("dtb") { $0.dtbAddress = $1 },
    address("program") { $0.programAddress = $1 },
    RunOption("disable", .list("NODE"), in: "What boots", "show the guest this device-tree node as disabled")
    {
      $0.disabledNodes.append($1)
    },
  ]

  private static func address(
    _ file: String, set: @escaping @Sendable (inout RunConfiguration, UInt64) -> Void
  ) -> RunOption {
    RunOption(
      file + "-at", .text("NUMBER"), in: "What boots",
      "physical address for --\(file) instead of the usual one"
    ) {
      (configuration, text) throws(OptionFault) in
      set(&configuration, try OptionValue.number(text))
    }
  }

  private static let board: [RunOption] = [
    RunOption("ram", .text("SIZE"), in: "The board", "1G, 2G, 4G or 8G (default 2G)") {
      (configuration, text) throws(OptionFault) in
      configuration.ramBytes = try OptionValue.ram(text)
    },
    RunOption("stepping", .text("NAME"), in: "The board", "b0 or c0 (default c0)") {
      (configuration, text) throws(OptionFault) in
      configuration.stepping = try OptionValue.choice(text)
    },
    RunOption(
      "dma-alias", .text("POLICY"), in: "The board",
      "memory at other DMA aliases than 0xC: strict, board (default), transparent"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.aliasPolicy = try OptionValue.choice(text)
    },
    RunOption(
      "dma-ranges", .text("SOURCE"), in: "The board",
      "the device tree's dma-ranges: firmware (default: as the stepping has them), given"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.dmaRanges = try OptionValue.choice(text)
    },
    RunOption(
      "ram-poison", .text("BYTE"), in: "The board", "what every byte of memory holds at power-on (default 0)"
    ) {
      (configuration, text) throws(OptionFault) in
      guard let byte = UInt8(exactly: try OptionValue.number(text)) else {
        throw OptionFault("\"\(text)\" is no byte", remedy: "use a number from 0 to 255, such as 0xff")
      }
      configuration.ramPoison = byte
    },
    RunOption("serial", .text("NAME"), in: "The board", "the console's port: mini or pl011 (default mini)") {
      (configuration, text) throws(OptionFault) in
      configuration.serial = try OptionValue.choice(text)
    },
    RunOption(
      "uart-pacing", .none, in: "The board", "bytes on the serial line take the time of their baud rate"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.pacesUART = try OptionValue.bool(text)
    },
    RunOption(
      "seed", .text("NUMBER"), in: "The board", "what the random number generator starts from (default 0)"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.seed = try OptionValue.number(text)
    },
    RunOption(
      "engine", .text("NAME"), in: "The board",
      "what executes instructions: host-code (default) or interpreter"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.engine = try OptionValue.choice(text)
    },
  ]

  private static let card: [RunOption] = [
    RunOption(
      "sd", .text("FILE"), in: "The SD card", path: true,
      "an SD card with this image; what the guest writes stays in memory (docs/sd-card.md)"
    ) {
      $0.cardImage = $1
    },
    RunOption("sd-persist", .none, in: "The SD card", "write what the guest writes to the image") {
      (configuration, text) throws(OptionFault) in
      configuration.persistsCard = try OptionValue.bool(text)
    },
    RunOption("sd-read-only", .none, in: "The SD card", "the card is write-protected") {
      (configuration, text) throws(OptionFault) in
      configuration.isCardReadOnly = try OptionValue.bool(text)
    },
    RunOption("sd-remove-at", .text("TIME"), in: "The SD card", "pull the card at this guest time") {
      (configuration, text) throws(OptionFault) in
      configuration.cardRemovalTime = try OptionValue.nanoseconds(text)
    },
  ]

  private static let session: [RunOption] = [
    RunOption(
      "console", .text("WHERE"), in: "The session", "stdio, none, pty, tcp:PORT or file:PATH (default stdio)"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.console = try OptionValue.console(text)
    },
    RunOption(
      "expect", .list("REGEX"), in: "The session",
      "wait for a console line that matches; in order with --send"
    ) {
      (configuration, text) throws(OptionFault) in
      _ = try ConsolePattern(text)
      configuration.plan.script.append(.expect(text))
    },
    RunOption("send", .list("TEXT"), in: "The session", "then type TEXT and Enter (\\c at the end: no Enter)")
    {
      (configuration, text) throws(OptionFault) in
      _ = try ScriptStep.typedBytes(of: text)
      configuration.plan.script.append(.send(text))
    },
    RunOption("fail", .list("REGEX"), in: "The session", "fail as soon as a console line matches") {
      (configuration, text) throws(OptionFault) in
      _ = try ConsolePattern(text)
      configuration.plan.failPatterns.append(text)
    },
    RunOption(
      "until", .list("ENDING"), in: "The session",
      "go on until power-off, reset, halted, message-loop or panic, and pass then"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.plan.until.insert(try OptionValue.choice(text))
    },
    RunOption(
      "timeout", .text("TIME"), in: "The session", "fail after this much guest time: 90, 90s, 500ms, 2m, 1h"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.plan.guestTimeout = try OptionValue.nanoseconds(text)
    },
    RunOption("wall-timeout", .text("TIME"), in: "The session", "fail after this much time of the host") {
      (configuration, text) throws(OptionFault) in
      configuration.plan.wallTimeout = Double(try OptionValue.nanoseconds(text)) / 1e9
    },
    RunOption(
      "loop-limit", .text("COUNT"), in: "The session",
      "end when one line came this often in a row (default 1000, 0 never)"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.plan.messageLoopLimit = Int(clamping: try OptionValue.number(text))
    },
    RunOption("strict", .none, in: "The session", "end at the first access that is not modelled") {
      (configuration, text) throws(OptionFault) in
      configuration.plan.isStrict = try OptionValue.bool(text)
    },
  ]

  private static let output: [RunOption] = [
    RunOption("report", .text("FILE"), in: "What is left", path: true, "write a JSON report of the run") {
      $0.report = $1
    },
    RunOption(
      "log", .text("FILE"), in: "What is left", path: true,
      "write what the guest did that is not modelled or odd"
    ) {
      $0.log = $1
    },
    RunOption("quiet", .none, in: "What is left", "no progress line, no closing line") {
      (configuration, text) throws(OptionFault) in
      configuration.isQuiet = try OptionValue.bool(text)
    },
    RunOption(
      "trace", .list("EVENT"), in: "What is looked at",
      "record an event, such as hypervisor (repeatable; tayberry help events)"
    ) {
      $0.tracedEvents.append($1)
    },
    RunOption("trace-to", .text("FILE"), in: "What is looked at", path: true, "the trace's file, JSON lines") {
      $0.trace = $1
    },
    RunOption(
      "break", .list("EVENT"), in: "What is looked at",
      "end the run at an event, right after it (repeatable; exit code 14)"
    ) {
      $0.stoppingEvents.append($1)
    },
    RunOption(
      "dma-check", .text("MODE"), in: "What is looked at",
      "look at every DMA transfer: off (default), report or stop (docs/dma-check.md)"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.dmaCheck = try OptionValue.choice(text)
    },
    RunOption(
      "dma-rule", .list("RULE=MODE"), in: "What is looked at",
      "the same for one of the check's rules (repeatable; tayberry help dma-check)"
    ) {
      $0.dmaRules.append($1)
    },
    RunOption(
      "symbols", .list("[SCOPE=]FILE"), in: "What is looked at",
      "names for addresses, beside those that the images carry (repeatable; docs/symbols.md)"
    ) {
      $0.symbols.append($1)
    },
    RunOption(
      "inspect", .list("COMMAND"), in: "What is looked at",
      "answer at the end, such as \"who 0x10000000\" (repeatable; tayberry help inspect)"
    ) {
      $0.inspections.append($1)
    },
    RunOption(
      "gdb", .text("[HOST:]PORT"), in: "What is looked at",
      "let GDB or LLDB connect there (docs/gdb.md); HOST is 127.0.0.1 unless given"
    ) {
      (configuration, text) throws(OptionFault) in
      configuration.debugger = try OptionValue.debugger(text)
    },
    RunOption("gdb-wait", .none, in: "What is looked at", "execute nothing before a debugger has come") {
      (configuration, text) throws(OptionFault) in
      configuration.waitsForDebugger = try OptionValue.bool(text)
    },
    RunOption(
      "coverage", .text("FILE"), in: "What is looked at", path: true,
      "write which functions and lines ran, for lcov and genhtml (docs/coverage.md)"
    ) {
      $0.coverage = $1
    },
  ]
}

/// Reads the values of options.
enum OptionValue {
  static func choice<E: RawRepresentable & CaseIterable>(_ text: String) throws(OptionFault) -> E
  where E.RawValue == String {
    if let value = E(rawValue: text) { return value }
    let known = E.allCases.map(\.rawValue)
    throw OptionFault("\"\(text)\" is none of its values", remedy: "use " + list(known))
  }

  static func ram(_ text: String) throws(OptionFault) -> UInt64 {
    let sizes: [String: UInt64] = ["1G": 1, "2G": 2, "4G": 4, "8G": 8]
    var key = text.uppercased()
    if key.hasSuffix("IB") { key.removeLast(2) } else if key.hasSuffix("B") { key.removeLast() }
    guard let size = sizes[key] else {
      throw OptionFault("the board does not come with \"\(text)\" of RAM", remedy: "use 1G, 2G, 4G or 8G")
    }
    return size << 30
  }

  /// The name of a file, as far as it can be judged without looking.
  static func path(_ text: String) throws(OptionFault) -> String {
    guard !text.isEmpty else { throw OptionFault("the file's name is empty", remedy: "give a file") }
    guard !text.utf8.contains(0) else {
      throw OptionFault("the file's name holds a zero byte", remedy: "leave \\u0000 out")
    }
    return text
  }

  static func bool(_ text: String) throws(OptionFault) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default: throw OptionFault("\"\(text)\" is neither true nor false", remedy: "use true or false")
    }
  }

  static func number(_ text: String) throws(OptionFault) -> UInt64 {
    let isHexadecimal = text.hasPrefix("0x")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard digits.utf8.first != UInt8(ascii: "+"), let value = UInt64(digits, radix: isHexadecimal ? 16 : 10)
    else {
      throw OptionFault("\"\(text)\" is not a number of 64 bits", remedy: "write it like 42 or 0x2a")
    }
    return value
  }

  static func nanoseconds(_ text: String) throws(OptionFault) -> UInt64 {
    let units: [(String, Double)] = [
      ("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]
    let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1e9)
    let digits = text.dropLast(unit.0.count)
    let isPlain = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    guard isPlain, let value = Double(digits) else {
      throw OptionFault("\"\(text)\" is not a time", remedy: "write it like 90, 90s, 500ms, 2m or 1h")
    }
    guard value > 0, value * unit.1 < 9e18 else {
      throw OptionFault("\"\(text)\" is out of range", remedy: "give a time from 1ns to 2499999h")
    }
    return max(1, UInt64(value * unit.1))
  }

  static func console(_ text: String) throws(OptionFault) -> RunConfiguration.Console {
    if text == "stdio" { return .stdio }
    if text == "none" { return .none }
    if text == "pty" { return .pty }
    if text.hasPrefix("file:") { return .file(try path(String(text.dropFirst(5)))) }
    if text.hasPrefix("tcp:") {
      let digits = text.dropFirst(4)
      if digits.utf8.first != UInt8(ascii: "+"), let port = UInt16(digits) { return .tcp(port) }
      throw OptionFault(
        "\"\(digits)\" is no port", remedy: "use a number from 1 to 65535, or 0 for any free one")
    }
    throw OptionFault(
      "\"\(text)\" is no place for a console", remedy: "use stdio, none, pty, tcp:PORT or file:PATH")
  }

  /// `PORT` or `HOST:PORT`, the host as an IPv4 address or `localhost`.
  static func debugger(_ text: String) throws(OptionFault) -> RunConfiguration.DebuggerPlace {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts.last ?? ""
    guard digits.utf8.first != UInt8(ascii: "+"), let port = UInt16(digits) else {
      throw OptionFault(
        "\"\(digits)\" is no port", remedy: "use a number from 1 to 65535, or 0 for any free one")
    }
    var place = RunConfiguration.DebuggerPlace(port: port)
    guard parts.count == 2, parts[0] != "localhost" else { return place }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 4, numbers.allSatisfy({ $0.allSatisfy(\.isNumber) && UInt8($0) != nil }) else {
      throw OptionFault(
        "\"\(parts[0])\" is no IPv4 address", remedy: "write it like 127.0.0.1:1234, or give the port alone")
    }
    place.host = String(parts[0])
    return place
  }

  static func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
