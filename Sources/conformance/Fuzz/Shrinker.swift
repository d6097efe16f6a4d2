/// Makes a failing program smaller as long as it fails.
struct Shrinker {
  /// Whether a program still fails.
  let fails: (FuzzProgram) -> Bool
  /// How often `fails` may be asked.
  var patience = 4000

  init(fails: @escaping (FuzzProgram) -> Bool) { self.fails = fails }

  mutating func shrink(_ program: FuzzProgram) -> FuzzProgram {
    var best = program
    var before: FuzzProgram
    repeat {
      before = best
      shortenRun(&best)
      removeWords(&best)
      simplifyWords(&best)
      simplifyState(&best)
    } while best != before && patience > 0
    return best
  }

  /// Takes `candidate` if it fails, too.
  private mutating func take(_ candidate: FuzzProgram, _ best: inout FuzzProgram) -> Bool {
    guard patience > 0, candidate != best else { return false }
    patience -= 1
    guard fails(candidate) else { return false }
    best = candidate
    return true
  }

  /// Fewer instructions, other slices.
  private mutating func shortenRun(_ best: inout FuzzProgram) {
    while best.count > 1 {
      var candidate = best
      candidate.count = best.count / 2
      if take(candidate, &best) { continue }
      candidate.count = best.count - max(1, best.count / 8)
      if !take(candidate, &best) { break }
    }
    for length in [600, 2, 5, 20, best.longestSlice] {
      var candidate = best
      candidate.longestSlice = length
      candidate.sliceSeed = 0
      if take(candidate, &best) { break }
    }
  }

  /// Drops runs of instructions, the last branch excepted, or makes NOPs of them, which keeps distances.
  private mutating func removeWords(_ best: inout FuzzProgram) {
    var length = max(1, best.words.count / 2)
    while true {
      var place = best.words.count - 1
      while place > 0 {
        let start = max(0, place - length)
        if !drop(start..<place, &best) { _ = blank(start..<place, &best) }
        place = min(start, best.words.count - 1)
      }
      if length == 1 { break }
      length /= 2
    }
  }

  private mutating func drop(_ range: Range<Int>, _ best: inout FuzzProgram) -> Bool {
    guard range.upperBound < best.words.count else { return false }
    var candidate = best
    candidate.words.removeSubrange(range)
    // The last instruction is a B to somewhere fixed, which is now nearer to it.
    let last = candidate.words.count - 1
    if candidate.words[last] >> 26 == 5 {
      let offset = candidate.words[last] &+ UInt32(range.count)
      candidate.words[last] = 0x1400_0000 | offset & 0x3ff_ffff
    }
    return take(candidate, &best)
  }

  private mutating func blank(_ range: Range<Int>, _ best: inout FuzzProgram) -> Bool {
    var candidate = best
    for place in range { candidate.words[place] = 0xd503_201f }
    return take(candidate, &best)
  }

  /// Instructions whose results other registers do not need.
  private mutating func simplifyWords(_ best: inout FuzzProgram) {
    for place in best.words.indices.dropLast() where best.words[place] != 0xd503_201f {
      // ADD X0, X0, #1 and MOVZ X0, #0 are as simple as an instruction gets.
      for word in [0x9100_0400, 0xd280_0000] as [UInt32] where best.words[place] != word {
        var candidate = best
        candidate.words[place] = word
        if take(candidate, &best) { break }
      }
    }
  }

  private mutating func simplifyState(_ best: inout FuzzProgram) {
    for setting in best.settings.sorted(by: { $0.rawValue < $1.rawValue }) {
      var candidate = best
      candidate.settings.remove(setting)
      _ = take(candidate, &best)
    }
    var candidate = best
    candidate.v = [UInt64](repeating: 0, count: 64)
    if !take(candidate, &best) {
      for index in 0..<64 where best.v[index] != 0 {
        candidate = best
        candidate.v[index] = 0
        _ = take(candidate, &best)
      }
    }
    for index in 0..<31 where best.x[index] != 0 {
      candidate = best
      candidate.x[index] = 0
      if take(candidate, &best) { continue }
      candidate.x[index] = index >= 20 && index < 26 ? FuzzLayout.data + 0x8000 : 1
      _ = take(candidate, &best)
    }
    for change in [\FuzzProgram.flags, \.fpcr, \.dataSeed] {
      candidate = best
      candidate[keyPath: change] = 0
      _ = take(candidate, &best)
    }
  }
}
