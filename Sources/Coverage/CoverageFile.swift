import Symbols

/// A run's coverage as LCOV's tracefile (geninfo(1), "FILES"), and in words.
///
/// A program with line information gives a record for each of its source files. Of others, and of functions
/// without lines, there is one record for the program, in which functions stand for lines: the first function
/// by address is line 1. It is known that something ran, not how often: counts are 0 or 1.
public struct CoverageFile {
  public private(set) var bytes: [UInt8] = []
  /// For people, a line for each program.
  public private(set) var summary: [String] = []
  /// Why lines are missing that were to be expected.
  public private(set) var notes: [String] = []

  /// - Parameters:
  ///   - programs: the ELF files among the sources of symbols, which may know lines.
  ///   - findTool: gives what reads their lines.
  public init(
    _ images: [ImageCoverage], programs: Set<String>,
    findTool: () throws(SymbolFault) -> SourceLines = { () throws(SymbolFault) in try SourceLines() }
  ) {
    for image in images {
      var functions = image.functions
      var lines: (hit: Int, all: Int)?
      if programs.contains(image.source) {
        do throws(SymbolFault) {
          let found = try LineCoverage(image, program: image.source, tool: try findTool())
          functions = found.others
          for name in found.files.keys.sorted() {
            guard let file = found.files[name] else { continue }
            lines = ((lines?.hit ?? 0) + file.lines.values.count { $0 }, (lines?.all ?? 0) + file.lines.count)
            write(name, file.sortedFunctions, file.sortedLines)
          }
        } catch {
          notes.append("\(error)")
        }
      }
      if !functions.isEmpty { write(image.name, ordinals: functions) }
      summarise(image, lines)
    }
  }

  /// Functions in the place of lines.
  private mutating func write(_ name: String, ordinals functions: [FunctionCoverage]) {
    var listed: [FileCoverage.Function] = []
    var lines: [FileCoverage.Line] = []
    listed.reserveCapacity(functions.count)
    lines.reserveCapacity(functions.count)
    for (index, function) in functions.enumerated() {
      listed.append((index + 1, function.name, function.isHit))
      lines.append((index + 1, function.isHit))
    }
    write(name, listed, lines)
  }

  private mutating func write(
    _ name: String, _ functions: [FileCoverage.Function], _ lines: [FileCoverage.Line]
  ) {
    write("TN:\nSF:\(clean(name))\n")
    for function in functions { write("FN:", function.line, function.name) }
    for function in functions { write("FNDA:", function.isHit ? 1 : 0, function.name) }
    write("FNF:\(functions.count)\nFNH:\(functions.count { $0.isHit })\n")
    for line in lines { write("DA:", line.number, line.isHit ? "1" : "0") }
    write("LF:\(lines.count)\nLH:\(lines.count { $0.isHit })\nend_of_record\n")
  }

  private mutating func write(_ text: String) { bytes += text.utf8 }

  private mutating func write(_ key: StaticString, _ number: Int, _ name: String) {
    key.withUTF8Buffer { bytes += $0 }
    bytes += String(number).utf8
    bytes.append(UInt8(ascii: ","))
    bytes += name.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A name on one line.
  private func clean(_ name: String) -> String {
    let scalars = name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "_" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  private mutating func summarise(_ image: ImageCoverage, _ lines: (hit: Int, all: Int)?) {
    var line = "\(image.name): \(share(image.hitCount, image.functions.count)) functions"
    if let lines { line += ", \(share(lines.hit, lines.all)) lines" }
    let executed = image.functions.reduce(0) { $0 + $1.executed }
    let instructions = image.functions.reduce(0) { $0 + $1.instructions }
    summary.append(line + ", \(share(executed, instructions)) instructions ran")
  }

  /// `120 of 480 (25.0 %)`, rounded down, so that only all is 100 %.
  private func share(_ part: Int, _ whole: Int) -> String {
    let tenths = whole == 0 ? 0 : part * 1000 / whole
    return "\(part) of \(whole) (\(tenths / 10).\(tenths % 10) %)"
  }
}
