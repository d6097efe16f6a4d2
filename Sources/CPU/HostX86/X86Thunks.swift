#if arch(x86_64)
  import MMU

  /// The pieces of host code that exist once: the way in, the ways out, calls to Swift, the look-up of a
  /// branch target.
  ///
  /// Attention asked for in the midst of a block is seen at the head of the next one: until then R15 is lower
  /// than the budget by `parked`, so that the head takes it for spent.
  struct X86Thunks {
    /// Called as a C function with the register block and the code to run; returns a `HostExit`.
    let enter: X86Assembler.Place
    /// Out, RAX = reason, RCX = offset of the block, RDX = offset of the micro-op.
    let exitAt: X86Assembler.Place
    /// Executes the micro-op of RCX (offsets of block and micro-op) in Swift; leaves if that took an exception.
    let step: X86Assembler.Place
    /// The same for one that sets flags.
    let stepFlags: X86Assembler.Place
    /// Executes a vector micro-op that neither faults nor touches flags or general registers.
    let vector: X86Assembler.Place
    /// Goes to the code at `Slot.pc`, which is in RAX, too.
    let lookup: X86Assembler.Place
    /// Executes the micro-op of RCX, which ends its block, in Swift, and goes on at `Slot.pc`.
    let finish: X86Assembler.Place
    /// Brings FPSR up to date.
    let foldFloat: X86Assembler.Place
    private let origin: X86Assembler.Place

    /// The place at an offset.
    func place(_ offset: UInt32) -> X86Assembler.Place { origin + Int(offset) }

    private static let parkBit: UInt64 = 1 << 62
    private static let saved: [X86Register] = [.rsi, .rdi, .r8, .r9, .r10, .r11]
    private static let preserved: [X86Register] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

    /// Offset of a place of code in the arena.
    func offset(_ place: X86Assembler.Place) -> UInt32 { UInt32(truncatingIfNeeded: place - origin) }

    private static func at(_ slot: Int) -> Int32 { X86Generator.at(slot) }

    private static func field(_ path: PartialKeyPath<BlockHeader>) -> Int32 {
      Int32(truncatingIfNeeded: MemoryLayout<BlockHeader>.offset(of: path) ?? 0)
    }

    /// Writes them all at the assembler's place.
    init(_ a: inout X86Assembler) {
      origin = a.cursor
      let dispatch = X86Thunks.writeExits(&a)
      exitAt = dispatch.exitAt
      enter = X86Thunks.writeEntry(&a)
      step = X86Thunks.writeStep(&a, setsFlags: false, exit: dispatch.raw)
      stepFlags = X86Thunks.writeStep(&a, setsFlags: true, exit: dispatch.raw)
      vector = X86Thunks.writeVector(&a)
      foldFloat = X86Thunks.writeFold(&a)
      lookup = X86Thunks.writeLookup(&a, common: dispatch.common)
      finish = X86Thunks.writeFinish(&a, exit: dispatch.raw, lookup: lookup)
    }

    // MARK: Flags

    /// The four flag words to `HostSlot.flags`; uses RAX and RCX.
    private static func packFlags(_ a: inout X86Assembler) {
      a.load(.rax, .rbp, at(Slot.flagN))
      a.shift(.shr, .rax, 63)
      a.shift(.shl, .rax, 15)
      a.arithmetic(.xor, .rcx, .rcx, wide: false)
      a.arithmetic(.cmp, memory: .rbp, at(Slot.flagZ), immediate: 0)
      a.setByte(X86Condition.equal, .rcx)
      a.shift(.shl, .rcx, 14, wide: false)
      a.arithmetic(.or, .rax, .rcx)
      a.load(.rcx, .rbp, at(Slot.flagC))
      a.arithmetic(.xor, .rcx, immediate: 1, wide: false)
      a.shift(.shl, .rcx, 8, wide: false)
      a.arithmetic(.or, .rax, .rcx)
      a.arithmetic(.or, .rax, .rbp, at(Slot.flagV))
      a.store(.rbp, at(HostSlot.flags), .rax)
    }

    /// `HostSlot.flags` to the four flag words; uses RCX and RDX.
    private static func unpackFlags(_ a: inout X86Assembler) {
      a.loadExtended(.rcx, .rbp, at(HostSlot.flags), bytes: 2, signed: false, wide: false)
      a.move(.rdx, .rcx)
      a.shift(.shr, .rdx, 15, wide: false)
      a.shift(.shl, .rdx, 63)
      a.store(.rbp, at(Slot.flagN), .rdx)
      a.move(.rdx, .rcx)
      a.shift(.shr, .rdx, 14, wide: false)
      a.arithmetic(.and, .rdx, immediate: 1, wide: false)
      a.arithmetic(.xor, .rdx, immediate: 1, wide: false)
      a.store(.rbp, at(Slot.flagZ), .rdx)
      a.move(.rdx, .rcx)
      a.shift(.shr, .rdx, 8, wide: false)
      a.arithmetic(.and, .rdx, immediate: 1, wide: false)
      a.arithmetic(.xor, .rdx, immediate: 1, wide: false)
      a.store(.rbp, at(Slot.flagC), .rdx)
      a.arithmetic(.and, .rcx, immediate: 1, wide: false)
      a.store(.rbp, at(Slot.flagV), .rcx)
    }

    /// R15 to `Slot.budget`; uses RCX.
    private static func storeBudget(_ a: inout X86Assembler) {
      a.test(.r15, .r15)
      let plain = a.jump(if: X86Condition.notSign)
      a.move(.rcx, immediate: parkBit)
      a.arithmetic(.add, .r15, .rcx)
      a.bind(plain)
      a.store(.rbp, at(Slot.budget), .r15)
    }

    // MARK: Floating point

    /// The exceptions in MXCSR to FPSR, and the host's arithmetic is the emulator's own again; uses RCX and RDX.
    /// IE is IOC; ZE, OE, UE and PE are DZC, OFC, UFC and IXC one place higher; DE has no counterpart.
    private static func foldFloat(_ a: inout X86Assembler) {
      a.arithmetic(.cmp, memory: .rbp, at(HostSlot.floatIsArmed), immediate: 0)
      let none = a.jump(if: X86Condition.equal)
      a.sse(0xae, 3, .rbp, at(HostSlot.floatSaved))
      a.load(.rcx, .rbp, at(HostSlot.floatSaved), wide: false)
      a.move(.rdx, .rcx, wide: false)
      a.arithmetic(.and, .rdx, immediate: 1, wide: false)
      a.shift(.shr, .rcx, 1, wide: false)
      a.arithmetic(.and, .rcx, immediate: 0x1e, wide: false)
      a.arithmetic(.or, .rcx, .rdx)
      a.arithmetic(.or, .rcx, .rbp, at(Slot.fpsr))
      a.store(.rbp, at(Slot.fpsr), .rcx)
      a.sse(0xae, 2, .rbp, at(HostSlot.floatClean))
      a.store(.rbp, at(HostSlot.floatIsArmed), immediate: 0)
      a.bind(none)
    }

    /// Keeps MXCSR before a call to Swift, which rounds to nearest, or brings it back after.
    private static func guardFloat(_ a: inout X86Assembler, save: Bool) {
      a.arithmetic(.cmp, memory: .rbp, at(HostSlot.floatIsArmed), immediate: 0)
      let none = a.jump(if: X86Condition.equal)
      a.sse(0xae, save ? 3 : 2, .rbp, at(HostSlot.floatSaved))
      if save { a.sse(0xae, 2, .rbp, at(HostSlot.floatClean)) }
      a.bind(none)
    }

    /// `foldFloat` as a routine.
    private static func writeFold(_ a: inout X86Assembler) -> X86Assembler.Place {
      let start = a.cursor
      foldFloat(&a)
      a.ret()
      return start
    }

    // MARK: In and out

    private static func writeExits(_ a: inout X86Assembler) -> (
      exitAt: X86Assembler.Place, common: X86Assembler.Place, raw: X86Assembler.Place
    ) {
      let exitAt = a.cursor
      a.arithmetic(.add, .rcx, .rbp, at(HostSlot.blocks))
      a.arithmetic(.add, .rdx, .rbp, at(HostSlot.blocks))
      a.store(.rbp, at(HostSlot.exitBlock), .rcx)
      a.store(.rbp, at(HostSlot.exitOp), .rdx)
      completePC(&a, block: .rcx, scratch: .rdx)
      let common = a.cursor
      unpackFlags(&a)
      storeBudget(&a)
      let raw = a.cursor
      foldFloat(&a)
      a.arithmetic(.add, .rsp, immediate: 8)
      for register in preserved.reversed() { a.pop(register) }
      a.ret()
      return (exitAt, common, raw)
    }

    /// `Slot.pc` = its page with the block's offset; the host register `block` holds the block's address and is
    /// lost.
    private static func completePC(_ a: inout X86Assembler, block: X86Register, scratch: X86Register) {
      a.loadExtended(block, block, field(\BlockHeader.pageOffset), bytes: 2, signed: false, wide: false)
      a.load(scratch, .rbp, at(Slot.pc))
      a.arithmetic(.and, scratch, immediate: -4096)
      a.arithmetic(.or, scratch, block)
      a.store(.rbp, at(Slot.pc), scratch)
    }

    private static func writeEntry(_ a: inout X86Assembler) -> X86Assembler.Place {
      let enter = a.cursor
      for register in preserved { a.push(register) }
      a.arithmetic(.sub, .rsp, immediate: 8)
      a.lea(.rbp, .rdi, 128)
      packFlags(&a)
      a.load(.r15, .rbp, at(Slot.budget))
      a.jump(.rsi)
      return enter
    }

    // MARK: Calls to Swift

    private static func writeStep(
      _ a: inout X86Assembler, setsFlags: Bool, exit raw: X86Assembler.Place
    ) -> X86Assembler.Place {
      let start = a.cursor
      for register in saved { a.push(register) }
      a.arithmetic(.sub, .rsp, immediate: 8)
      a.move(.rsi, .rcx)
      unpackFlags(&a)
      storeBudget(&a)
      guardFloat(&a, save: true)
      a.move(.rdx, .rsi, wide: false)
      a.shift(.shr, .rsi, 32)
      a.arithmetic(.add, .rsi, .rbp, at(HostSlot.blocks))
      a.arithmetic(.add, .rdx, .rbp, at(HostSlot.blocks))
      a.move(.rax, .rsi)
      completePC(&a, block: .rax, scratch: .rcx)
      a.load(.rdi, .rbp, at(HostSlot.core))
      a.move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(HostSteps.step, to: Int.self))))
      a.call(.rax)
      guardFloat(&a, save: false)
      // A C function returns a Bool in AL alone.
      a.test(.rax, immediate: 1)
      let failed = a.jump(if: X86Condition.equal)
      a.load(.r15, .rbp, at(Slot.budget))
      a.arithmetic(.cmp, memory: .rbp, at(Slot.attention), immediate: 0)
      let calm = a.jump(if: X86Condition.equal)
      a.move(.rcx, immediate: parkBit)
      a.arithmetic(.sub, .r15, .rcx)
      a.bind(calm)
      if setsFlags { packFlags(&a) }
      a.arithmetic(.add, .rsp, immediate: 8)
      for register in saved.reversed() { a.pop(register) }
      a.ret()
      a.bind(failed)
      a.arithmetic(.add, .rsp, immediate: 64)
      a.move(.rax, immediate: UInt64(HostExit.exception))
      a.jump(to: raw)
      return start
    }

    private static func writeFinish(
      _ a: inout X86Assembler, exit raw: X86Assembler.Place, lookup: X86Assembler.Place
    ) -> X86Assembler.Place {
      let start = a.cursor
      a.move(.rsi, .rcx)
      unpackFlags(&a)
      storeBudget(&a)
      foldFloat(&a)
      a.move(.rdx, .rsi, wide: false)
      a.shift(.shr, .rsi, 32)
      a.arithmetic(.add, .rsi, .rbp, at(HostSlot.blocks))
      a.arithmetic(.add, .rdx, .rbp, at(HostSlot.blocks))
      a.move(.rax, .rsi)
      completePC(&a, block: .rax, scratch: .rcx)
      a.load(.rdi, .rbp, at(HostSlot.core))
      a.move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(HostSteps.finish, to: Int.self))))
      a.call(.rax)
      // Interrupts, and what debug must see first, are the dispatcher's.
      a.load(.r15, .rbp, at(Slot.budget))
      a.load(.rcx, .rbp, at(Slot.mode))
      a.arithmetic(.cmp, memory: .rbp, at(Slot.attention), immediate: 0)
      let wanted = a.jump(if: X86Condition.notEqual)
      a.test(.rcx, immediate: UInt32(BlockMode.softwareStep | BlockMode.breakpoints))
      let debugged = a.jump(if: X86Condition.notEqual)
      packFlags(&a)
      a.load(.rax, .rbp, at(Slot.pc))
      a.jump(to: lookup)
      a.bind(wanted)
      a.bind(debugged)
      a.move(.rax, immediate: UInt64(HostExit.dispatch))
      a.jump(to: raw)
      return start
    }

    private static func writeVector(_ a: inout X86Assembler) -> X86Assembler.Place {
      let start = a.cursor
      for register in saved { a.push(register) }
      a.arithmetic(.sub, .rsp, immediate: 8)
      a.move(.rsi, .rcx, wide: false)
      guardFloat(&a, save: true)
      a.arithmetic(.add, .rsi, .rbp, at(HostSlot.blocks))
      a.lea(.rdi, .rbp, -128)
      a.move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(HostSteps.vector, to: Int.self))))
      a.call(.rax)
      guardFloat(&a, save: false)
      a.arithmetic(.add, .rsp, immediate: 8)
      for register in saved.reversed() { a.pop(register) }
      a.ret()
      return start
    }

    // MARK: Look-up

    /// As the interpreter does it: the fetch TLB leads to the page's table, that to the block, whose mode must be
    /// the current one.
    private static func writeLookup(
      _ a: inout X86Assembler, common: X86Assembler.Place
    ) -> X86Assembler.Place {
      let start = a.cursor
      var misses: [X86Assembler.Place] = []
      a.test(.rax, immediate: 3)
      misses.append(a.jump(if: X86Condition.notEqual))
      a.move(.rcx, .rax)
      a.shift(.shr, .rcx, 55)
      a.arithmetic(.and, .rcx, immediate: 1, wide: false)
      a.move(.rdx, .rax)
      a.arithmetic(.and, .rdx, immediate: -4096)
      // The slots are near enough to each other for a scaled index.
      a.arithmetic(.or, .rdx, .rbp, .rcx, 3, at(Slot.fetchContext))
      a.move(.rcx, .rax, wide: false)
      a.shift(.shr, .rcx, 7, wide: false)
      a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.fetchEntries - 1) << 5), wide: false)
      a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, at(HostSlot.fetchTLB))
      let otherWays = a.jump(if: X86Condition.notEqual)
      let found = a.cursor
      a.load(.rdx, .rbp, .rcx, 0, at(HostSlot.fetchTLB + 2))
      a.test(.rdx, .rdx)
      misses.append(a.jump(if: X86Condition.equal))
      a.arithmetic(.and, .rax, immediate: 0xffc, wide: false)
      a.load(.rcx, .rdx, .rax, 0, 0, wide: false)
      a.test(.rcx, .rcx, wide: false)
      misses.append(a.jump(if: X86Condition.equal))
      a.shift(.shl, .rcx, 4)
      a.arithmetic(.add, .rcx, .rbp, at(HostSlot.blocks))
      a.load(.rdx, .rcx, field(\BlockHeader.mode), wide: false)
      a.arithmetic(.cmp, .rdx, .rbp, at(Slot.mode))
      misses.append(a.jump(if: X86Condition.notEqual))
      a.load(.rdx, .rcx, field(\BlockHeader.hostCode))
      a.test(.rdx, .rdx)
      let cold = a.jump(if: X86Condition.equal)
      a.jump(.rdx)
      a.bind(cold)
      a.store(.rbp, at(HostSlot.exitBlock), .rcx)
      a.move(.rax, immediate: UInt64(HostExit.head))
      a.jump(to: common)
      a.bind(otherWays)
      for _ in 1..<TLBLayout.fetchWays {
        a.arithmetic(.add, .rcx, immediate: Int32(TLBLayout.fetchWayWords * 8), wide: false)
        a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, at(HostSlot.fetchTLB))
        a.jump(if: X86Condition.equal, to: found)
      }
      for miss in misses { a.bind(miss) }
      a.move(.rax, immediate: UInt64(HostExit.dispatch))
      a.jump(to: common)
      return start
    }
  }
#endif
