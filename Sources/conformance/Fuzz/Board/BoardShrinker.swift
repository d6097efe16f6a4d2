/// Makes a program that differs between the boards smaller. All candidates of a round run in one batch.
struct BoardShrinker {
  private let comparison: BoardComparison

  init(_ comparison: BoardComparison) { self.comparison = comparison }

  private static let nop: UInt32 = 0xd503_201f

  private typealias Edit = (inout FuzzProgram) -> Void

  func shrink(_ program: BoardProgram) throws -> FuzzProgram {
    var best = program.program
    let units = Array(program.units.dropLast())
    var size = max(1, units.count / 2)
    while true {
      var edits: [Edit] = []
      for start in stride(from: 0, to: units.count, by: size) {
        let range = units[start].lowerBound..<units[min(start + size, units.count) - 1].upperBound
        // NOPs keep distances.
        edits.append { for place in range { $0.words[place] = Self.nop } }
      }
      try take(edits, &best)
      if size == 1 { break }
      size /= 2
    }
    try take([{ $0.words.removeAll { $0 == Self.nop } }], &best)
    try take(Self.simplifications(of: best), &best)
    return best
  }

  private static func simplifications(of program: FuzzProgram) -> [Edit] {
    var edits: [Edit] = []
    for setting in FuzzProgram.Setting.allCases where program.settings.contains(setting) {
      edits.append { $0.settings.remove(setting) }
    }
    for index in Array(0..<16) + [19, 26] where program.x[index] != 0 { edits.append { $0.x[index] = 0 } }
    for index in 20..<26 { edits.append { $0.x[index] = FuzzLayout.data + 0x1_0000 } }
    for index in 0..<32 where program.v[2 * index] | program.v[2 * index + 1] != 0 {
      edits.append {
        $0.v[2 * index] = 0
        $0.v[2 * index + 1] = 0
      }
    }
    for limit in [8, 4, 2, 1] as [UInt64] where program.x[18] > limit { edits.append { $0.x[18] = limit } }
    edits.append { $0.flags = 0 }
    edits.append { $0.fpcr = 0 }
    return edits
  }

  /// Applies as many of the edits that do not hide the difference as possible, in their order.
  private func take(_ edits: [Edit], _ best: inout FuzzProgram) throws {
    let alone = edits.map { edit in
      var candidate = best
      edit(&candidate)
      return candidate
    }
    let outcomes = try comparison.run(alone)
    let good = zip(edits, zip(alone, outcomes)).filter { $1.0 != best && $1.1.isDifference }.map(\.0)
    var together: [FuzzProgram] = []
    var candidate = best
    for edit in good {
      edit(&candidate)
      together.append(candidate)
    }
    guard !together.isEmpty else { return }
    let results = try comparison.run(together)
    if let last = results.lastIndex(where: \.isDifference) { best = together[last] }
  }
}
