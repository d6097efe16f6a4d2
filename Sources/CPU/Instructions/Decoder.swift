/// Finds the row of ``InstructionTable`` that an instruction word belongs to.
///
/// The rows are spread over buckets by the bits in which most encodings differ, so that a word is
/// compared with a few candidates only, the most specific first.
public struct Decoder: Sendable {
  /// The table of the Cortex-A72, built at first use.
  public static let shared = Decoder(rows: InstructionTable.rows)

  private struct Candidate {
    let pattern: BitPattern
    /// Where the row's exclusions are in `excluded`.
    let firstExclusion: Int32
    let exclusionCount: Int32
    let instruction: Instruction
  }

  /// Candidates of all distinct buckets, one run after another.
  private let candidates: [Candidate]
  private let excluded: [BitPattern]
  /// For each key: start of its run in the low 20 bits, length of the run above.
  private let runs: [UInt32]

  /// Key: bits 31 to 21 (class and size) and 15 to 10 (opcode of the data-processing classes).
  private static let keyMask: UInt32 = 0xFFE0_FC00
  private static let keyWidth = 17

  @inline(__always)
  private static func key(of word: UInt32) -> Int {
    Int(truncatingIfNeeded: (word &>> 15) & 0x1_FFC0 | (word &>> 10) & 0x3F)
  }

  init(rows: [InstructionRow]) {
    let specific = rows.sorted { $0.pattern.mask.nonzeroBitCount > $1.pattern.mask.nonzeroBitCount }
    var buckets = Buckets(count: 1 << Self.keyWidth)
    for row in specific {
      buckets.beginRow()
      // All keys that agree with the row's fixed bits: count through the free bits of the key.
      let free = Self.keyMask & ~row.pattern.mask
      let base = row.pattern.value & Self.keyMask
      var choice: UInt32 = 0
      repeat {
        buckets.append(to: Self.key(of: base | choice))
        choice = (choice &- free) & free
      } while choice != 0
    }
    var excluded: [BitPattern] = []
    var prototypes: [Candidate] = []
    for row in specific {
      prototypes.append(
        Candidate(
          pattern: row.pattern, firstExclusion: Int32(truncatingIfNeeded: excluded.count),
          exclusionCount: Int32(truncatingIfNeeded: row.excluded.count), instruction: row.instruction))
      excluded += row.excluded
    }
    var candidates: [Candidate] = []
    var runOfList = [UInt32?](repeating: nil, count: buckets.lists.count)
    runOfList[0] = 0
    var runs = [UInt32](repeating: 0, count: buckets.listOfKey.count)
    for (key, list) in buckets.listOfKey.enumerated() {
      if let run = runOfList[Int(list)] {
        runs[key] = run
        continue
      }
      let rows = buckets.rows(of: list)
      let run = UInt32(truncatingIfNeeded: candidates.count | rows.count << 20)
      candidates += rows.map { prototypes[$0] }
      runOfList[Int(list)] = run
      runs[key] = run
    }
    self.candidates = candidates
    self.excluded = excluded
    self.runs = runs
  }

  /// The lists of row numbers that keys have while rows are dealt out in order. Keys with equal lists share one,
  /// which is named by a number, so that nothing is compared: lists are chains, each its parent and one row.
  private struct Buckets {
    /// List 0 is the empty one.
    private(set) var lists: [(parent: UInt32, row: Int)] = [(0, -1)]
    private(set) var listOfKey: [UInt32]
    /// For each list, the one that it has become with the current row; 0 if no key has needed it.
    private var successors: [UInt32] = [0]
    private var row = -1

    init(count: Int) { listOfKey = [UInt32](repeating: 0, count: count) }

    mutating func beginRow() {
      row += 1
      successors = [UInt32](repeating: 0, count: lists.count)
    }

    mutating func append(to key: Int) {
      let list = listOfKey[key]
      var successor = successors[Int(list)]
      if successor == 0 {
        successor = UInt32(truncatingIfNeeded: lists.count)
        lists.append((list, row))
        successors[Int(list)] = successor
      }
      listOfKey[key] = successor
    }

    func rows(of list: UInt32) -> [Int] {
      var rows: [Int] = []
      var list = list
      while list != 0 {
        rows.append(lists[Int(list)].row)
        list = lists[Int(list)].parent
      }
      return rows.reversed()
    }
  }

  /// The instruction `word` encodes, or nil if the word is UNALLOCATED on the Cortex-A72.
  public static func decode(_ word: UInt32) -> Instruction? { shared.decode(word) }

  /// The instruction `word` encodes, or nil if the word is UNALLOCATED in this table.
  public func decode(_ word: UInt32) -> Instruction? {
    let run = runs[Self.key(of: word)]
    let start = Int(truncatingIfNeeded: run & 0xF_FFFF)
    let end = start &+ Int(truncatingIfNeeded: run &>> 20)
    var number = start
    while number < end {
      let candidate = candidates[number]
      number &+= 1
      if candidate.pattern.matches(word), !isExcluded(word, by: candidate) {
        return candidate.instruction
      }
    }
    return nil
  }

  @inline(__always)
  private func isExcluded(_ word: UInt32, by candidate: Candidate) -> Bool {
    let first = Int(truncatingIfNeeded: candidate.firstExclusion)
    let end = first &+ Int(truncatingIfNeeded: candidate.exclusionCount)
    var number = first
    while number < end {
      if excluded[number].matches(word) { return true }
      number &+= 1
    }
    return false
  }
}
