import CPU

/// The cases of one row, one after another: a function of the seed.
struct RowCases {
  private let words: WordChooser
  private let states: StateChooser
  private let statesPerWord: Int
  private var random: SplitMix
  private var word: UInt32 = 0
  private var companion = CaseLayout.nop
  private var statesLeft = 0

  /// Half the instructions follow another that computes something: the translator fuses some pairs.
  private static let companions: [WordChooser] = {
    let others: InstructionAttributes = [.memory, .ends, .exception, .system]
    return InstructionTable.rows.filter { $0.attributes.isDisjoint(with: others) }.map { WordChooser($0) }
  }()

  init(_ row: InstructionRow, seed: UInt64, statesPerWord: Int, bigEndian: Bool = false) {
    words = WordChooser(row)
    states = StateChooser(row, bigEndian: bigEndian)
    self.statesPerWord = statesPerWord
    random = SplitMix(seed: seed, stream: UInt64(row.instruction.rawValue))
  }

  /// Writes up to `count` cases; fewer only if the row has no word that may be executed.
  mutating func fill(_ cases: CaseWords, count: Int) -> Int {
    for number in 0..<count {
      if statesLeft == 0 {
        guard let chosen = words.choose(from: &random) else { return number }
        word = chosen
        companion = CaseLayout.nop
        if states.mayFollow, random.oneIn(2) {
          let row = Int(random.below(UInt64(Self.companions.count)))
          companion = Self.companions[row].choose(from: &random) ?? companion
        }
        statesLeft = statesPerWord
      }
      statesLeft -= 1
      states.fill(
        cases + number * CaseLayout.caseCount, word: word, companion: companion,
        random: SplitMix(seed: random.next()))
    }
    return count
  }
}
