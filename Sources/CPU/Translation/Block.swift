import Fabric

/// A translated block: header, micro-ops, and a byte map from instruction number to micro-op number.
/// It lies in the cache's arena and never moves; an invalidated block stays in place, is refused at its
/// head and is forgotten when its part of the arena is emptied.
struct BlockHeader {
  /// Instructions, as compared with the budget at the head; `invalid` once the code changed.
  var guardCount: Int64
  /// Instructions; constant.
  var count: Int32
  /// Micro-ops, the closing one included.
  var opCount: Int32
  /// The mode bits of the key (`BlockMode`).
  var mode: UInt32
  /// Offset of the first instruction in its page.
  var pageOffset: UInt16
  /// How often a trace was tried that begins here.
  var traceTries: UInt16
  /// Blocks to follow on the two direct exits, when in the same page; nil when not linked.
  var chain0: BlockPointer?
  var chain1: BlockPointer?
  /// The exits linked to this block: a list through `nextIncoming0` and `nextIncoming1` of the blocks that have
  /// them; an address of a block, with bit 0 for the exit, or 0.
  var incoming: UInt64 = 0
  var nextIncoming0: UInt64 = 0
  var nextIncoming1: UInt64 = 0
  /// Another block at the same place with another mode.
  var alternate: BlockPointer?
  /// Physical address of the first instruction.
  var physical: UInt64
  /// Where the block's host code starts; 0 = none.
  var hostCode: UInt64 = 0
  /// Offsets in the host code's arena of the displacements of the jumps at the head and at the direct exits.
  var hostHead: UInt32 = 0
  /// The same of the jump by which a block that loops to itself goes round; 0 = none.
  var hostLoop: UInt32 = 0
  var hostLink0: UInt32 = 0
  var hostLink1: UInt32 = 0
  /// Where those at the direct exits lead when they are not linked.
  var hostStub0: UInt32 = 0
  var hostStub1: UInt32 = 0
  /// The offset of the jump at the block's end that decides between the direct exits; 0 = none.
  var hostSplit: UInt32 = 0
  /// The number of the trace of which the block is part, from 1; 0 = none.
  var hostTrace: UInt32 = 0
  /// Runs until the block is worth compiling.
  var heat: Int32

  static let invalid = Int64.max
  /// `guardCount` of a block in which a debugger's breakpoint may be: each entry asks `entersChecked`.
  static let checked = Int64.max - 1
  static let size = MemoryLayout<BlockHeader>.stride
}

typealias BlockPointer = UnsafeMutablePointer<BlockHeader>
typealias OpPointer = UnsafeMutablePointer<MicroOp>

extension UnsafeMutablePointer where Pointee == BlockHeader {
  /// The block at an offset into the arena, in 16-byte units.
  @inline(__always)
  init(arenaOffset offset: UInt32, base: UnsafeMutableRawPointer) {
    self = (base + Int(offset) &* 16).assumingMemoryBound(to: BlockHeader.self)
  }

  @inline(__always)
  var ops: OpPointer {
    (UnsafeMutableRawPointer(self) + BlockHeader.size).assumingMemoryBound(to: MicroOp.self)
  }

  /// Micro-op number of each instruction.
  @inline(__always)
  var map: UnsafeMutablePointer<UInt8> {
    (UnsafeMutableRawPointer(self) + BlockHeader.size + Int(pointee.opCount) &* 16)
      .assumingMemoryBound(to: UInt8.self)
  }

  var isValid: Bool { pointee.guardCount != BlockHeader.invalid }

  /// Number of the instruction to which the micro-op `op` belongs.
  func instructionIndex(of op: OpPointer) -> Int {
    let position = op - ops
    let map = self.map
    // The last one that begins there or before.
    var low = 0
    var high = Int(pointee.count)
    while high &- low > 1 {
      let middle = (low &+ high) &>> 1
      if Int(map[middle]) > position { high = middle } else { low = middle }
    }
    return low
  }
}
