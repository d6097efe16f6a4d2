/// A line of source code that an instruction came from.
public struct SourceLine: Hashable, Sendable, CustomStringConvertible {
  public var function: String?
  public var file: String
  public var line: Int
  /// 0 if unknown.
  public var column: Int

  public init(function: String?, file: String, line: Int, column: Int) {
    self.function = function
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String { "\(file):\(line)" }
}

/// Lines of source code for addresses, out of a program's DWARF, read by LLVM's `llvm-symbolizer`.
///
/// It is a process of the host that gets all addresses at once: for reports, not while the machine runs.
public struct SourceLines: Sendable {
  /// The path of `llvm-symbolizer`.
  public let tool: String

  /// - Throws: ``SymbolFault`` if none of the folders of PATH has the tool.
  public init() throws(SymbolFault) {
    guard let tool = HostProcess.path(of: ["llvm-symbolizer"]) else {
      throw SymbolFault(
        "llvm-symbolizer", "is in no folder of PATH, so addresses get no source lines",
        remedy: "install LLVM, or add the bin folder of the Swift toolchain to PATH")
    }
    self.tool = tool
  }

  public init(tool: String) { self.tool = tool }

  /// The lines of each address, the innermost inlined function first; none where the program has none.
  ///
  /// - Parameters:
  ///   - addresses: as the program is linked, without any load offset.
  ///   - program: an ELF file.
  /// - Throws: ``SymbolFault`` if the tool does not run, or cannot read the program, or the program has no
  ///   line information at all.
  public func lines(of addresses: [UInt64], in program: String) throws(SymbolFault) -> [[SourceLine]] {
    guard !addresses.isEmpty else { return [] }
    let input = addresses.map { hexadecimal($0) + "\n" }.joined()
    let arguments = ["--obj=\(program)", "--inlines", "--functions=linkage", "--output-style=LLVM"]
    let result = try HostProcess.run(tool, arguments, input: Array(input.utf8))
    let complaint = result.errors.split(separator: "\n").first.map(String.init) ?? ""
    guard result.status == 0 else {
      throw SymbolFault(
        tool, "ended with status \(result.status)\(complaint.isEmpty ? "" : " (\(complaint))")",
        remedy: "run it by hand: \(tool) \(arguments.joined(separator: " "))")
    }
    let groups = Self.parse(result.output)
    guard groups.count >= addresses.count else {
      throw SymbolFault(
        tool, "answered \(groups.count) of \(addresses.count) addresses",
        remedy: "use llvm-symbolizer of LLVM 14 or later")
    }
    let lines = Array(groups.prefix(addresses.count))
    if complaint.contains("error"), lines.allSatisfy(\.isEmpty) {
      throw SymbolFault(
        program, "cannot be read by llvm-symbolizer (\(complaint))",
        remedy: "give the ELF file of the program, with debug information")
    }
    return lines
  }

  /// Groups of lines, FUNCTION then FILE:LINE:COLUMN for each inlined level, ended by an empty one.
  static func parse(_ text: String) -> [[SourceLine]] {
    var groups: [[SourceLine]] = []
    var group: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if !line.isEmpty {
        group.append(line)
      } else if !group.isEmpty {
        groups.append(levels(group))
        group = []
      }
    }
    if !group.isEmpty { groups.append(levels(group)) }
    return groups
  }

  private static func levels(_ group: [Substring]) -> [SourceLine] {
    var levels: [SourceLine] = []
    var index = 0
    while index + 1 < group.count {
      let function = group[index] == "??" ? nil : String(group[index])
      if let level = level(function, group[index + 1]) { levels.append(level) }
      index += 2
    }
    return levels
  }

  /// `FILE:LINE:COLUMN`; FILE may have colons of its own. Unknown is `??:0:0` or line 0.
  private static func level(_ function: String?, _ place: Substring) -> SourceLine? {
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1])
    else { return nil }
    let file = parts.dropLast(2).joined(separator: ":")
    guard file != "??", line > 0 else { return nil }
    return SourceLine(function: function, file: file, line: line, column: column)
  }
}
