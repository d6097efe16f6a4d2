/// Blocks that lead to each other in a circle, compiled together so that registers stay where they are from one to
/// the next. Each has its code of its own, too, for who comes from elsewhere and for the ways out.
struct HostTrace {
  private(set) var blocks: [BlockPointer] = []
  /// The direct exit by which each goes on; the last one's leads to the first.
  private(set) var exits: [Int] = []
  /// Offsets of the displacements of the jumps that leave at the heads of the blocks, and of the one that goes round.
  var heads: [UInt32] = []
  var round: UInt32 = 0
  /// The first block's own code.
  var ownCode: UInt64 = 0

  private static let blockLimit = 8
  private static let opLimit = 200

  mutating func begin(_ block: BlockPointer) {
    blocks.removeAll(keepingCapacity: true)
    exits.removeAll(keepingCapacity: true)
    blocks.append(block)
  }

  /// Looks for a way from `to` to `from`, which has just been linked to it by `exit`; nil if there is none, or none
  /// that pays. The circle begins at its lowest address.
  static func find(_ from: BlockPointer, _ exit: Int, _ to: BlockPointer) -> HostTrace? {
    var trace = HostTrace()
    guard to != from, suits(from), trace.extend(to, until: from) else { return nil }
    trace.exits.append(exit)
    var ops = 0
    var first = 0
    for (index, block) in trace.blocks.enumerated() {
      ops += Int(block.pointee.opCount)
      if block.pointee.pageOffset < trace.blocks[first].pointee.pageOffset { first = index }
    }
    guard ops <= opLimit else { return nil }
    trace.blocks = Array(trace.blocks[first...] + trace.blocks[..<first])
    trace.exits = Array(trace.exits[first...] + trace.exits[..<first])
    guard trace.blocks[0].pointee.traceTries < 4 else { return nil }
    trace.blocks[0].pointee.traceTries += 1
    return trace
  }

  /// Appends a way from `block` to `end`, depth first.
  private mutating func extend(_ block: BlockPointer, until end: BlockPointer) -> Bool {
    guard blocks.count < HostTrace.blockLimit, HostTrace.suits(block), !blocks.contains(block) else { return false }
    blocks.append(block)
    if block == end { return true }
    for exit in 0...1 {
      guard let next = exit == 0 ? block.pointee.chain0 : block.pointee.chain1 else { continue }
      exits.append(exit)
      if extend(next, until: end) { return true }
      exits.removeLast()
    }
    blocks.removeLast()
    return false
  }

  /// Whether a block may be part of a trace: it has code, is in none yet, does not loop by itself, and its end can
  /// be left by the other exit.
  private static func suits(_ block: BlockPointer) -> Bool {
    guard block.isValid, block.pointee.hostCode != 0, block.pointee.hostTrace == 0, block.pointee.hostLoop == 0
    else { return false }
    switch unsafeBitCast(block.ops[Int(block.pointee.opCount) - 1].op, to: Operation.self) {
    case .b, .next: return true
    default: return block.pointee.hostSplit != 0
    }
  }
}
