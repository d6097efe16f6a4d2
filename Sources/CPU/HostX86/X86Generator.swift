#if arch(x86_64)
  import MMU

  /// Translates the micro-ops of one block to x86-64.
  ///
  /// Register use is that of `X86Registers`. `Slot.pc` holds an address in the block's page while host code
  /// runs, so that only its upper bits count; exits complete it. Guest flags are kept as LAHF and SETO make
  /// them after a compare, in `HostSlot.flags`; carry is inverted, as x86 borrows and A64 does not.
  final class X86Generator {
    var a = X86Assembler(cursor: UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped)
    var registers = X86Registers(pool: X86Registers.general)
    var vectors = X86Registers(pool: X86Registers.vectors)
    /// XMM registers of `vectors` whose bits from 64, or from 32 on are zero.
    var zeroFrom64: UInt16 = 0
    var zeroFrom32: UInt16 = 0
    let thunks: X86Thunks
    /// Whether the host has SHLX and its kin, and LZCNT.
    let features: HostFeatures
    /// Whether this block has made sure that the host may do the guest's arithmetic.
    var floatIsReady = false

    // The block being translated.
    var block: BlockPointer
    var ops: OpPointer
    var blockReference: UInt64 = 0
    var blockBase: UnsafeMutableRawPointer
    var index = 0
    /// Whether the flags that the current micro-op leaves may be looked at in memory.
    var flagsAreNeeded = false
    /// The same of the flags with which the block begins.
    private var flagsAreNeededAtStart = false
    /// The flags of this micro-op are not in memory, where only what leaves the loop could look for them; -1 = none.
    var pendingFlags = -1
    /// Whether the host's flags are the guest's.
    var hostHasFlags = false
    /// They are those of a comparison of floating-point numbers: see `hostCondition`.
    var hostFlagsAreFloat = false
    /// The code goes on behind the current micro-op.
    var goesOn = true
    /// A general register of the guest now, to guess the half of the address space that it points to.
    var guess: Regs
    var definedSlots: UInt64 = 0
    /// What is kept in registers over the rounds of a block that branches to itself.
    var loop = HostLoop()
    /// Which of its loads and stores stay in a page.
    var pages = LoopPages()
    /// Whether a block may go round without leaving (`TranslationRules.linksBlocks`).
    var keepsLoops = true
    /// The blocks being translated: one, or those of a loop.
    private(set) var trace = HostTrace()
    private var member = 0
    /// Where the block being translated leads.
    enum Onward {
      /// Out by both exits.
      case out
      /// By one exit to the trace's next block, or to its first one again.
      case next(exit: Int)
      case round(exit: Int)
    }
    var onward = Onward.out
    /// A micro-op left the rest of its block to the interpreter.
    var leftEarly = false
    private var loopPlaces: (UInt64, UInt64) = (0, 0)
    private var loopVectors: (UInt64, UInt64) = (0, 0)
    private var loopDirty: (general: UInt16, vectors: UInt16) = (0, 0)
    private var loopHead = X86Assembler.Place(bitPattern: 16).unsafelyUnwrapped
    private var headExit = X86Assembler.Place(bitPattern: 16).unsafelyUnwrapped

    /// Code that is written behind the block, where it does not disturb.
    struct Stub {
      enum Kind: UInt8 { case slowAccess, otherPage, resume, link, loopHead, boundary, side }
      var kind: Kind
      /// Which block of the trace, and which of its micro-ops.
      var member: UInt8
      var index: Int32
      /// Displacement of the jump to the stub.
      var from: X86Assembler.Place
      /// Where the code goes on.
      var back: X86Assembler.Place
      var slots: (UInt64, UInt64)
      var vectors: (UInt64, UInt64)
      var dirty: UInt16
      var dirtyVectors: UInt16
      /// Registers to load after a slow access; 16 = none.
      var first: UInt8 = 16
      var second: UInt8 = 16
      /// For a link: which exit. For an access: the other half's context, or 0.
      var detail: Int32 = 0
      /// The micro-op whose flags are not in memory; -1 = none.
      var pendingFlags: Int16 = -1
      /// For an access to another page than the remembered one.
      var access = PageAccess.none
    }
    private let stubs: UnsafeMutablePointer<Stub>
    private var stubCount = 0
    private static let stubLimit = 512
    private let needed: UnsafeMutablePointer<Bool>

    /// Host code per block at most; the arena keeps as much free.
    static let room = 1 << 17

    init(thunks: X86Thunks, features: HostFeatures) {
      self.thunks = thunks
      self.features = features
      stubs = .allocate(capacity: X86Generator.stubLimit)
      needed = .allocate(capacity: 256)
      // Set before use by `translate`.
      block = UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped
      ops = UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped
      blockBase = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
      guess = UnsafeMutablePointer(bitPattern: 16).unsafelyUnwrapped
    }

    deinit {
      stubs.deallocate()
      needed.deallocate()
      registers.deallocate()
      vectors.deallocate()
    }

    // MARK: Register block

    /// Displacement of a word from RBP, which points 16 words into the block so that X0...X30 are near.
    @inline(__always) static func at(_ slot: Int) -> Int32 { Int32(truncatingIfNeeded: slot &* 8 &- 128) }
    @inline(__always) static func at(_ slot: UInt8) -> Int32 { Int32(slot) &* 8 &- 128 }

    /// The host register that holds `slot`, loaded if need be.
    func use(_ slot: UInt8) -> X86Register {
      if let register = registers.find(slot) { return register }
      let register = take(slot)
      if slot == UInt8(Slot.zr) {
        a.move(register, immediate: 0)
      } else {
        a.load(register, .rbp, X86Generator.at(slot))
      }
      return register
    }

    /// The host register that will hold `slot`, its old value lost unless it is there.
    func define(_ slot: UInt8) -> X86Register {
      let register = registers.find(slot) ?? take(slot)
      registers.markDirty(register)
      definedSlots |= 1 &<< UInt64(slot & 63)
      return register
    }

    /// As `define`, not dirty yet.
    func take(_ slot: UInt8) -> X86Register {
      let (register, evicted) = registers.assign(slot)
      if let evicted { a.store(.rbp, X86Generator.at(evicted), register) }
      return register
    }

    /// Stores dirty registers; those that no instruction can name only if `all`.
    func writeBack(all: Bool) {
      writeBack(registers.snapshot, registers.dirty, all: all)
      writeBack(vectors: vectors.snapshot, vectors.dirty)
    }

    private func writeBack(_ slots: (UInt64, UInt64), _ dirty: UInt16, all: Bool) {
      var rest = dirty
      while rest != 0 {
        let host = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
        rest &= rest &- 1
        let word = host < 8 ? slots.0 : slots.1
        let slot = UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8))
        if !all && (slot == UInt8(Slot.sink) || slot >= UInt8(Slot.temporary)) { continue }
        a.store(.rbp, X86Generator.at(slot), X86Register(host))
      }
    }

    // MARK: Translation

    /// Writes the code of `block` at `a.cursor`; false if it does not fit the tables.
    func translate(_ block: BlockPointer, base: UnsafeMutableRawPointer, registers guess: Regs) -> Bool {
      trace.begin(block)
      loop = HostLoop()
      pages.clear()
      if keepsLoops { loop.find(in: trace) }
      if loop.exists { pages.find(in: trace) }
      guard prepare(base: base, registers: guess) else { return false }
      let head = startBlock()
      block.pointee.hostHead = thunks.offset(head)
      block.pointee.hostLoop = 0
      onward = loop.exists ? .round(exit: 0) : .out
      if loop.exists { enterLoop() }
      guard translateMicroOps() else { return false }
      finish(head)
      return true
    }

    /// Writes the code of a loop of several blocks at `a.cursor`; false if something in it ends its block early.
    func translate(_ trace: HostTrace, base: UnsafeMutableRawPointer, registers guess: Regs) -> Bool {
      self.trace = trace
      loop.find(in: trace)
      pages.find(in: trace)
      guard prepare(base: base, registers: guess) else { return false }
      let head = startBlock()
      self.trace.heads.append(thunks.offset(head))
      enterLoop()
      while true {
        let exit = trace.exits[member]
        let isLast = member + 1 == trace.blocks.count
        onward = isLast ? .round(exit: exit) : .next(exit: exit)
        guard translateMicroOps(), endsWhole else { return false }
        if isLast { break }
        member += 1
        selectMember()
        findNeededFlags(Int(block.pointee.opCount))
        let boundary = startBlock()
        self.trace.heads.append(thunks.offset(boundary))
        _ = addStub(.boundary, from: boundary)
      }
      member = 0
      selectMember()
      finish(head)
      return true
    }

    private func prepare(base: UnsafeMutableRawPointer, registers guess: Regs) -> Bool {
      self.guess = guess
      blockBase = base
      for block in trace.blocks where block.pointee.opCount >= 256 { return false }
      member = 0
      selectMember()
      findNeededFlags(Int(block.pointee.opCount))
      registers.reset()
      forgetVectors()
      stubCount = 0
      hostFlagsAreFloat = false
      pendingFlags = -1
      floatIsReady = false
      definedSlots = 0
      leftEarly = false
      return true
    }

    /// Makes `member` the block being translated.
    private func selectMember() {
      block = trace.blocks[member]
      ops = block.ops
      blockReference = UInt64(truncatingIfNeeded: UnsafeMutableRawPointer(block) - blockBase)
    }

    /// Takes the block's instructions off the budget; gives the jump to where that was too little.
    private func startBlock() -> X86Assembler.Place {
      a.arithmetic(.sub, .r15, immediate: block.pointee.count)
      hostHasFlags = false
      return a.jump(if: X86Condition.sign)
    }

    private func translateMicroOps() -> Bool {
      let count = Int(block.pointee.opCount)
      index = 0
      goesOn = true
      while index < count && goesOn {
        registers.unpinAll()
        vectors.unpinAll()
        flagsAreNeeded = needed[index]
        translate(ops[index])
        if stubCount > X86Generator.stubLimit - 8 { return false }
        index += 1
      }
      return true
    }

    /// Whether the micro-ops were translated up to the last one.
    private var endsWhole: Bool { index == Int(block.pointee.opCount) && !leftEarly }

    /// What is written behind the code: the way out at the head, and the stubs.
    private func finish(_ head: X86Assembler.Place) {
      a.bind(head)
      headExit = a.cursor
      leaveAtHead()
      for number in 0..<stubCount { write(stubs[number]) }
    }

    /// Leaves at the head of the current block, which the budget does not pay for.
    private func leaveAtHead() {
      a.arithmetic(.add, .r15, immediate: block.pointee.count)
      a.move(.rcx, immediate: blockReference)
      a.move(.rax, immediate: UInt64(HostExit.head))
      a.jump(to: thunks.exitAt)
    }

    private func findNeededFlags(_ count: Int) {
      var isNeeded = true
      var position = count - 1
      while position >= 0 {
        needed[position] = isNeeded
        let use = FlagUse(unsafeBitCast(ops[position].op, to: Operation.self))
        if use.contains(.sets) { isNeeded = false }
        if use.contains(.uses) { isNeeded = true }
        position -= 1
      }
      flagsAreNeededAtStart = isNeeded
    }

    /// Loads what a loop keeps in registers; from here on all that it ever writes counts as dirty.
    private func enterLoop() {
      index = 0
      guard loop.exists else {
        loopHead = a.cursor
        return
      }
      if loop.computesFloat { prepareFloat() }
      var rest = loop.slots
      while rest != 0 {
        let slot = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
        rest &= rest &- 1
        let register = use(slot)
        if loop.written & (1 &<< UInt64(slot)) != 0 { registers.markDirty(register) }
      }
      var numbers = loop.vectors
      while numbers != 0 {
        let number = UInt8(truncatingIfNeeded: numbers.trailingZeroBitCount)
        numbers &= numbers &- 1
        vectors.markDirty(X86Register(useVector(number)))
      }
      loopHead = a.cursor
      loopPlaces = registers.snapshot
      loopVectors = vectors.snapshot
      loopDirty = (registers.dirty, vectors.dirty)
    }

    /// Whether everything that a table keeps over the loop is where it was at the loop's head.
    private func isClosed(_ table: X86Registers, _ slots: UInt64, _ places: (UInt64, UInt64)) -> Bool {
      var rest = slots
      while rest != 0 {
        let slot = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
        rest &= rest &- 1
        let host = table.host(of: slot)
        let word = host < 8 ? places.0 : places.1
        if host > 15 || UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8)) != slot { return false }
      }
      return true
    }

    /// Brings the registers where they were at the loop's head, the host's flags untouched.
    func closeLoop() {
      if !loop.exists {
        writeBack(all: false)
        registers.reset()
        forgetVectors()
        return
      }
      if !isClosed(registers, loop.slots, loopPlaces) {
        writeBack(registers.snapshot, registers.dirty, all: true)
        registers.restore(loopPlaces, dirty: loopDirty.general)
        var rest = loop.slots
        while rest != 0 {
          let slot = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
          rest &= rest &- 1
          a.load(X86Register(registers.host(of: slot)), .rbp, X86Generator.at(slot))
        }
      }
      if loop.vectors == 0 || !isClosed(vectors, UInt64(loop.vectors), loopVectors) {
        writeBack(vectors: vectors.snapshot, vectors.dirty)
        vectors.restore(loopVectors, dirty: loopDirty.vectors)
        reload(vectors: loopVectors)
      }
    }

    /// Whether a compare need not leave its flags in memory up to the branch that goes round: what stands between is
    /// done by MOV and LEA, or the comparison is done again by the branch and by who leaves.
    var mayDeferFlags: Bool {
      guard loop.exists, trace.blocks.count == 1, !flagsAreNeededAtStart else { return false }
      let last = Int(block.pointee.opCount) - 1
      guard index < last else { return false }
      var keepsFlags = true
      for position in (index + 1)..<last {
        let operation = unsafeBitCast(ops[position].op, to: Operation.self)
        switch operation {
        case .addI64, .addI32, .addR64, .addR32, .mov64, .mov32, .movImmediate: break
        case .unprivilegedLoad, .unprivilegedStore: keepsFlags = false
        default:
          guard AccessForm(operation) != nil else { return false }
          keepsFlags = false
        }
      }
      guard ops[last].op >= Operation.bEQ.rawValue && ops[last].op <= Operation.bLE.rawValue else { return false }
      return keepsFlags || mayRepeat(index)
    }

    /// The way back to the loop's head: the budget of a round is taken, registers stay where they are.
    func goRound() {
      if trace.blocks.count > 1 { return goRoundTrace() }
      let isRepeated = pendingFlags >= 0 && mayRepeat(pendingFlags)
      if pendingFlags >= 0 && !isRepeated { takeFlags() }
      let count = block.pointee.count
      a.arithmetic(.sub, .r15, immediate: count)
      let round = a.jump(if: X86Condition.notSign)
      a.bind(round, to: loopHead)
      block.pointee.hostLoop = thunks.offset(round)
      let stub = addStub(.loopHead, from: a.jump())
      if pendingFlags >= 0 { setDetail(stub, isRepeated ? 2 &+ Int32(truncatingIfNeeded: pendingFlags) : 1) }
    }

    private func goRoundTrace() {
      let first = trace.blocks[0]
      a.arithmetic(.sub, .r15, immediate: first.pointee.count)
      let round = a.jump(if: X86Condition.notSign)
      a.bind(round, to: loopHead)
      trace.round = thunks.offset(round)
      _ = addStub(.loopHead, from: a.jump())
    }

    /// Leaves the trace by the other exit of the current block: its own code has the jump that decides, which finds
    /// the host's flags as they are.
    func leaveTrace(if condition: UInt8) { _ = addStub(.side, from: a.jump(if: condition)) }

    func leaveTrace() {
      writeBack(all: false)
      a.jump(to: thunks.place(block.pointee.hostSplit))
    }

    /// Micro-op and block as the thunks take them: offsets from the arena's base.
    var reference: UInt64 {
      let op = UInt64(truncatingIfNeeded: UnsafeMutableRawPointer(ops + index) - blockBase)
      return blockReference &<< 32 | op
    }

    // MARK: Stubs

    func addStub(_ kind: Stub.Kind, from place: X86Assembler.Place) -> Int {
      let stub = Stub(
        kind: kind, member: UInt8(truncatingIfNeeded: member), index: Int32(truncatingIfNeeded: index),
        from: place, back: a.cursor,
        slots: registers.snapshot, vectors: vectors.snapshot, dirty: registers.dirty,
        dirtyVectors: vectors.dirty, pendingFlags: Int16(truncatingIfNeeded: pendingFlags))
      (stubs + stubCount).initialize(to: stub)
      stubCount += 1
      return stubCount - 1
    }

    @inline(__always)
    func setDestinations(_ stub: Int, _ first: X86Register, _ second: X86Register? = nil) {
      stubs[stub].first = first.number
      stubs[stub].second = second?.number ?? 16
    }

    /// A slow access leaves its result in the micro-op's `rm` alone.
    @inline(__always) func setStatus(_ stub: Int, _ register: X86Register) { stubs[stub].second = register.number }

    @inline(__always) func setDetail(_ stub: Int, _ value: Int32) { stubs[stub].detail = value }
    @inline(__always) func setAccess(_ stub: Int, _ access: PageAccess) { stubs[stub].access = access }
    @inline(__always) func setBack(_ stub: Int) { stubs[stub].back = a.cursor }

    private func write(_ stub: Stub) {
      a.bind(stub.from)
      if Int(stub.member) != member {
        member = Int(stub.member)
        selectMember()
      }
      index = Int(stub.index)
      switch stub.kind {
      case .resume:
        writeBack(stub, all: true)
        leave()
      case .link:
        if stub.detail == 0 {
          block.pointee.hostStub0 = thunks.offset(a.cursor)
        } else {
          block.pointee.hostStub1 = thunks.offset(a.cursor)
        }
        a.move(.rcx, immediate: blockReference)
        a.move(.rax, immediate: UInt64(stub.detail == 0 ? HostExit.link0 : HostExit.link1))
        a.jump(to: thunks.exitAt)
      case .loopHead:
        if stub.detail > 1 {
          repeatCompare(Int(stub.detail) - 2, stub.slots)
          storeFlags()
        } else if stub.detail == 1 {
          a.store(.rbp, X86Generator.at(HostSlot.flags), .rax, bytes: 2)
        }
        writeBack(stub, all: false)
        a.jump(to: headExit)
      case .boundary:
        writeBack(stub, all: false)
        leaveAtHead()
      case .side:
        writeBack(stub, all: false)
        a.jump(to: thunks.place(block.pointee.hostSplit))
      case .slowAccess, .otherPage:
        if stub.kind == .otherPage { findPage(stub) } else if stub.detail != 0 {
          // The guess about the half was wrong: RDX is the tag, RCX the entry's offset.
          let isWrite = stub.detail & 1
          let context = stub.detail &>> 1
          a.arithmetic(.and, .rdx, immediate: -4096)
          a.arithmetic(.or, .rdx, .rbp, X86Generator.at(Int(context)))
          a.arithmetic(
            .cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + Int(isWrite)))
          a.jump(if: X86Condition.equal, to: stub.from + 4)
        }
        if stub.pendingFlags >= 0 {
          repeatCompare(Int(stub.pendingFlags), stub.slots)
          storeFlags()
        }
        writeBack(stub, all: true)
        a.move(.rcx, immediate: reference)
        a.call(to: thunks.step)
        reload(vectors: stub.vectors)
        if stub.first < 16 { a.load(X86Register(stub.first), .rbp, X86Generator.at(ops[index].rd)) }
        if stub.second < 16 { a.load(X86Register(stub.second), .rbp, X86Generator.at(ops[index].rm)) }
        a.jump(to: stub.back)
      }
    }

    private func writeBack(_ stub: Stub, all: Bool) {
      writeBack(stub.slots, stub.dirty, all: all)
      writeBack(vectors: stub.vectors, stub.dirtyVectors)
    }

    /// Leaves for the interpreter at the current micro-op; registers and flags are in memory.
    func leave() {
      a.move(.rcx, immediate: blockReference)
      a.move(.rdx, immediate: reference & 0xffff_ffff)
      a.move(.rax, immediate: UInt64(HostExit.resume))
      a.jump(to: thunks.exitAt)
    }

    /// The rest of the block, from the current micro-op on, is the interpreter's.
    func leaveHere() {
      writeBack(all: true)
      leave()
      goesOn = false
      leftEarly = true
    }

    /// Lets Swift execute the current micro-op, whatever registers it reads and writes.
    func stepOutside(_ thunk: X86Assembler.Place) {
      writeBack(all: true)
      a.move(.rcx, immediate: reference)
      a.call(to: thunk)
      registers.reset()
      forgetVectors()
      definedSlots = ~0
      hostHasFlags = false
    }
  }
#endif
