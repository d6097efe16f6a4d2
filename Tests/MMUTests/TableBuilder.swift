import Fabric

@testable import MMU

/// Builds one path of translation tables in a bench's RAM for any granule and size, taking tables from an
/// arena of granule-sized pieces.
struct TableBuilder {
  let bench: Bench
  /// log2 of the granule: 12 or 16.
  let granuleBits: Int
  let inputBits: Int
  let startLevel: Int
  let root: UInt64
  var nextTable: UInt64
  var bigEndian = false
  /// Where the descriptor of each level of the last path lies; index is the level.
  private(set) var places: [UInt64] = [0, 0, 0, 0]

  init(_ bench: Bench, granuleBits: Int, inputBits: Int, startLevel: Int, root: UInt64, arena: UInt64) {
    self.bench = bench
    self.granuleBits = granuleBits
    self.inputBits = inputBits
    self.startLevel = startLevel
    self.root = root
    nextTable = arena
  }

  /// Lowest address bit that a level's index selects.
  func lowBit(_ level: Int) -> Int { (3 - level) * (granuleBits - 3) + granuleBits }

  /// Writes `leaf` for `address` at `level`, with fresh tables above whose descriptors get `tableBits`.
  mutating func map(_ address: UInt64, level: Int, leaf: UInt64, tableBits: UInt64 = 3) {
    var table = root
    for step in startLevel...level {
      let high = step == startLevel ? inputBits - 1 : lowBit(step - 1) - 1
      let place = table + address.bits(high, lowBit(step)) * 8
      places[step] = place
      guard step < level else {
        bench.put(leaf, at: place, bigEndian: bigEndian)
        return
      }
      bench.put(nextTable | tableBits, at: place, bigEndian: bigEndian)
      table = nextTable
      nextTable += 1 << UInt64(granuleBits)
    }
  }
}
