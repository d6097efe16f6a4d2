import Symbols

/// The functions and lines of one source file.
struct FileCoverage {
  /// Whether the line ran, by line.
  var lines: [Int: Bool] = [:]
  var functions: [Function] = []

  typealias Function = (line: Int, name: String, isHit: Bool)
  typealias Line = (number: Int, isHit: Bool)

  var sortedFunctions: [Function] { functions.sorted { ($0.line, $0.name) < ($1.line, $1.name) } }
  var sortedLines: [Line] { lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  mutating func note(_ line: Int, isHit: Bool) { lines[line] = (lines[line] ?? false) || isHit }
}

/// What ran of a program by the lines of its source.
struct LineCoverage {
  var files: [String: FileCoverage] = [:]
  /// Functions that no line is known for.
  var others: [FunctionCoverage] = []

  /// Instructions that are looked up at most; beyond, functions that did not run have their first line only.
  private static let most = 1 << 19
  /// The addresses for one run of the tool, which is ended when it takes too long.
  private static let chunk = 1 << 16

  /// - Throws: ``SymbolFault`` if there is no tool, or it cannot read the program.
  init(_ image: ImageCoverage, program: String, tool: SourceLines) throws(SymbolFault) {
    let total = image.functions.reduce(0) { $0 + $1.instructions }
    var addresses: [UInt64] = []
    /// Where the function's first instruction is among them.
    var starts: [Int] = []
    var next: UInt64 = 0
    for function in image.functions {
      let isWhole = total <= Self.most || function.isHit
      starts.append(addresses.count)
      addresses.append(function.range.lowerBound)
      var address = max(function.range.lowerBound &+ 4, next)
      while isWhole, address < function.range.upperBound {
        addresses.append(address)
        address &+= 4
      }
      next = max(next, address)
    }
    var index = 0
    var firstLines: [Int: [SourceLine]] = [:]
    var nextStart = 0
    while index < addresses.count {
      let chunk = addresses[index..<min(addresses.count, index + Self.chunk)]
      let answers = try tool.lines(of: chunk.map { $0 &- image.offset }, in: program)
      for (address, levels) in zip(chunk, answers) {
        if nextStart < starts.count, starts[nextStart] == index {
          firstLines[nextStart] = levels
          nextStart += 1
        }
        let isHit = image.marks.isMarked(address)
        for level in levels { files[level.file, default: FileCoverage()].note(level.line, isHit: isHit) }
        index += 1
      }
    }
    for (number, function) in image.functions.enumerated() {
      guard let place = firstLines[number]?.last else {
        others.append(function)
        continue
      }
      files[place.file, default: FileCoverage()].functions.append((place.line, function.name, function.isHit))
    }
  }
}
