import Fabric

/// Host code for blocks: the faster engine under the translation cache, where the host has one.
///
/// A block that has run often enough (`TranslationRules.threshold`) is compiled. Its head compares the budget as
/// the interpreter does, so that a slice ends at the same instruction; what it cannot do it leaves to the
/// interpreter in mid-block.
/// An invalidated block's head is patched to leave at once.
#if os(Linux) && arch(x86_64)
  final class HostCode {
    private let arena: CodeArena
    private let generator: X86Generator
    /// Runs compiled code, given the register block and its address, until it leaves; returns a `HostExit`.
    typealias Enter = @convention(c) (UnsafeMutableRawPointer, UInt) -> Int
    let enter: Enter
    private let firstFree: X86Assembler.Place
    private var next: X86Assembler.Place
    private(set) var compiledBlocks: UInt64 = 0
    /// Traces by number, from 1; those that are broken lend their numbers to new ones.
    private var traces: [HostTrace] = []
    private var freeTraces: [UInt32] = []
    /// Traces that were made, those that are broken included.
    private(set) var traceCount = 0
    /// The arena is a ring of segments (`TranslationCache.reclaim`).
    private let segmentSize: Int
    private var segmentEnd: X86Assembler.Place
    private(set) var highWater: Int

    /// Nil when the host gives no executable memory.
    init?(arenaSize: Int = 1 << 27, linksBlocks: Bool = true) {
      guard let arena = CodeArena(size: arenaSize) else { return nil }
      self.arena = arena
      var assembler = X86Assembler(cursor: arena.writable)
      let features = HostFeatures(&assembler, shift: arena.shift)
      assembler.cursor = arena.writable
      let thunks = X86Thunks(&assembler)
      generator = X86Generator(thunks: thunks, features: features)
      generator.keepsLoops = linksBlocks
      firstFree = assembler.cursor + (16 - (assembler.cursor - arena.writable) & 15)
      next = firstFree
      segmentSize = arenaSize / TranslationCache.segments
      segmentEnd = arena.writable + segmentSize
      highWater = segmentSize
      enter = unsafeBitCast(thunks.enter + arena.shift, to: Enter.self)
    }

    /// Whether a block may not fit; the caller starts a segment where no block executes.
    var isNearlyFull: Bool { next + X86Generator.room > segmentEnd }

    /// When the segment is full, goes on in the next one of the ring; what must be forgotten first, as offsets.
    func startSegment() -> Range<Int> {
      guard isNearlyFull else { return 0..<0 }
      let end = segmentEnd - arena.writable
      let start = end + segmentSize > segmentSize * TranslationCache.segments ? 0 : end
      segmentEnd = arena.writable + start + segmentSize
      next = max(firstFree, arena.writable + start)
      defer { highWater = max(highWater, start + segmentSize) }
      return start < highWater ? start..<(start + segmentSize) : 0..<0
    }

    /// Whether code of a block lies in a part of the arena.
    func lies(_ block: BlockPointer, in part: Range<Int>) -> Bool {
      guard block.pointee.hostCode != 0, !part.isEmpty else { return false }
      let code = Int(truncatingIfNeeded: block.pointee.hostCode &- UInt64(UInt(bitPattern: arena.executable)))
      return part.contains(code) || part.contains(Int(block.pointee.hostHead))
    }

    /// Runs after which a block for which there was no room is tried again.
    private static let patience: Int32 = 16

    /// Compiles a block for which `registers` are those of the core that is about to run it.
    func compile(_ block: BlockPointer, blocks: UnsafeMutableRawPointer, registers: Regs) {
      if isNearlyFull {
        // The dispatcher makes room.
        block.pointee.heat = HostCode.patience
        return
      }
      guard block.isValid, block.pointee.guardCount != BlockHeader.checked, block.pointee.hostCode == 0,
        UInt64(block.pointee.mode) & (BlockMode.softwareStep | BlockMode.breakpoints) == 0
      else { return }
      generator.a.cursor = next
      guard generator.translate(block, base: blocks, registers: registers) else { return }
      block.pointee.hostCode = UInt64(UInt(bitPattern: next + arena.shift))
      next = generator.a.cursor + (16 - (generator.a.cursor - arena.writable) & 15) & 15
      compiledBlocks &+= 1
    }

    /// Makes direct exit `exit` of a compiled block go to another compiled block, and compiles the loop that this
    /// closes, if any; `registers` are those of the core that is about to run it.
    func link(
      _ from: BlockPointer, _ exit: Int, to block: BlockPointer, blocks: UnsafeMutableRawPointer, registers: Regs
    ) {
      bindExit(from, exit, to: block)
      if block.pointee.hostTrace == 0, let trace = HostTrace.find(from, exit, block) {
        compile(trace, blocks: blocks, registers: registers)
      }
    }

    private func bindExit(_ from: BlockPointer, _ exit: Int, to block: BlockPointer) {
      let offset = Int(exit == 0 ? from.pointee.hostLink0 : from.pointee.hostLink1)
      guard offset != 0, block.pointee.hostCode != 0, let code = place(block.pointee.hostCode) else { return }
      generator.a.bind(arena.writable + offset, to: code)
    }

    /// Makes direct exit `exit` leave host code again.
    func unlink(_ from: BlockPointer, _ exit: Int) {
      let offset = Int(exit == 0 ? from.pointee.hostLink0 : from.pointee.hostLink1)
      let stub = Int(exit == 0 ? from.pointee.hostStub0 : from.pointee.hostStub1)
      guard offset != 0, stub != 0 else { return }
      generator.a.bind(arena.writable + offset, to: arena.writable + stub)
    }

    // MARK: Traces

    private func compile(_ trace: HostTrace, blocks: UnsafeMutableRawPointer, registers: Regs) {
      guard !isNearlyFull else { return }
      generator.a.cursor = next
      guard generator.translate(trace, base: blocks, registers: registers) else { return }
      var trace = generator.trace
      let head = trace.blocks[0]
      trace.ownCode = head.pointee.hostCode
      traceCount += 1
      let number: UInt32
      if let free = freeTraces.popLast() {
        number = free
        traces[Int(free) - 1] = trace
      } else {
        traces.append(trace)
        number = UInt32(truncatingIfNeeded: traces.count)
      }
      for block in trace.blocks { block.pointee.hostTrace = number }
      head.pointee.hostCode = UInt64(UInt(bitPattern: next + arena.shift))
      next = generator.a.cursor + (16 - (generator.a.cursor - arena.writable) & 15) & 15
      bindIncoming(head)
    }

    /// Lets nobody run a trace's code beyond the block where it is, as one of its blocks is no more.
    private func breakTrace(_ number: UInt32) {
      let trace = traces[Int(number) - 1]
      for jump in trace.heads { leaveAlways(jump) }
      neverGoRound(trace.round)
      for block in trace.blocks { block.pointee.hostTrace = 0 }
      freeTraces.append(number)
      let head = trace.blocks[0]
      head.pointee.hostCode = trace.ownCode
      if head.isValid { bindIncoming(head) }
    }

    /// Makes all that is linked to a block go to the code that it has now.
    private func bindIncoming(_ block: BlockPointer) {
      var entry = block.pointee.incoming
      while let from = BlockPointer(bitPattern: UInt(truncatingIfNeeded: entry & ~1)) {
        let exit = Int(truncatingIfNeeded: entry & 1)
        entry = exit == 0 ? from.pointee.nextIncoming0 : from.pointee.nextIncoming1
        if from.pointee.hostCode != 0 { bindExit(from, exit, to: block) }
      }
    }

    private func place(_ code: UInt64) -> X86Assembler.Place? {
      X86Assembler.Place(bitPattern: UInt(truncatingIfNeeded: code)).map { $0 - arena.shift }
    }

    /// Lets nobody run the block's code again.
    func invalidate(_ block: BlockPointer) {
      if block.pointee.hostTrace != 0 { breakTrace(block.pointee.hostTrace) }
      guard block.pointee.hostCode != 0 else { return }
      block.pointee.hostCode = 0
      leaveAlways(block.pointee.hostHead)
      if block.pointee.hostLoop != 0 { neverGoRound(block.pointee.hostLoop) }
    }

    /// The jump at a head that leaves when the budget is short becomes an unconditional one (`0F 88` becomes
    /// `NOP; JMP`, of the same length).
    private func leaveAlways(_ head: UInt32) {
      let jump = arena.writable + Int(head) - 2
      jump[0] = 0x90
      jump[1] = 0xe9
    }

    /// The jump to the next round becomes a NOP of six bytes; a jump out follows.
    private func neverGoRound(_ loop: UInt32) {
      let round = arena.writable + Int(loop) - 2
      for (index, byte) in HostCode.nop6.enumerated() { round[index] = byte }
    }

    private static let nop6: [UInt8] = [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00]
  }
#else
  /// No code generator for this host: the interpreter does everything.
  final class HostCode {
    let isNearlyFull = false
    let compiledBlocks: UInt64 = 0
    let traceCount = 0
    init?(arenaSize: Int = 0, linksBlocks: Bool = true) { return nil }
    func compile(_ block: BlockPointer, blocks: UnsafeMutableRawPointer, registers: Regs) {}
    typealias Enter = @convention(c) (UnsafeMutableRawPointer, UInt) -> Int
    let enter: Enter = { _, _ in HostExit.dispatch }
    func link(
      _ from: BlockPointer, _ exit: Int, to block: BlockPointer, blocks: UnsafeMutableRawPointer, registers: Regs
    ) {}
    func unlink(_ from: BlockPointer, _ exit: Int) {}
    func invalidate(_ block: BlockPointer) {}
    func startSegment() -> Range<Int> { 0..<0 }
    func lies(_ block: BlockPointer, in part: Range<Int>) -> Bool { false }
    let highWater = 0
  }
#endif
