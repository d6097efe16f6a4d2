#if arch(x86_64)
  extension X86Generator {
    /// The ends of blocks: `displacement`s count from the block's first instruction.

    /// To a place known now: within the page by a jump that is linked when the target exists, else by a
    /// look-up, as only the page of this block is known to be mapped.
    func goTo(_ displacement: UInt64, exit: Int) {
      let offset = Int64(block.pointee.pageOffset) &+ Int64(bitPattern: displacement)
      if isInPage(offset) { return link(a.jump(), exit: exit) }
      setAddress(.rax, offset)
      a.store(.rbp, X86Generator.at(Slot.pc), .rax)
      a.jump(to: thunks.lookup)
    }

    private func isInPage(_ offset: Int64) -> Bool { offset >= 0 && offset < 4096 }

    /// Makes the jump with its displacement at `place` that of a direct exit.
    private func link(_ place: X86Assembler.Place, exit: Int) {
      let stub = addStub(.link, from: place)
      setDetail(stub, Int32(truncatingIfNeeded: exit))
      let linked = thunks.offset(place)
      if exit == 0 { block.pointee.hostLink0 = linked } else { block.pointee.hostLink1 = linked }
    }

    /// to = the page's address + offset.
    private func setAddress(_ to: X86Register, _ offset: Int64) {
      a.load(to, .rbp, X86Generator.at(Slot.pc))
      a.arithmetic(.and, to, immediate: -4096)
      if let near = Int32(exactly: offset) {
        if near != 0 { a.arithmetic(.add, to, immediate: near) }
      } else {
        a.move(.rdx, immediate: UInt64(bitPattern: offset))
        a.arithmetic(.add, to, .rdx)
      }
      hostHasFlags = false
    }

    /// A register with an address relative to the block.
    func addToPC(_ rd: UInt8, _ displacement: UInt64) {
      let d = define(rd)
      setAddress(d, Int64(block.pointee.pageOffset) &+ Int64(bitPattern: displacement))
    }

    func addToPage(_ rd: UInt8, _ displacement: UInt64) {
      let d = define(rd)
      setAddress(d, Int64(bitPattern: displacement))
    }

    /// Goes on within the trace by direct exit `exit`; false if the block's code ends there.
    private func goesOnward(_ exit: Int) -> Bool {
      switch onward {
      case .out: return false
      case .next(let taken): return taken == exit
      case .round(let taken):
        guard taken == exit else { return false }
        closeLoop()
        goRound()
        return true
      }
    }

    func branch(_ u: MicroOp) {
      goesOn = false
      if goesOnward(0) { return }
      writeBack(all: false)
      goTo(u.imm, exit: 0)
    }

    func branchWithLink(_ u: MicroOp) {
      addToPC(30, UInt64(u.aux))
      branch(u)
    }

    func fallThrough(_ u: MicroOp) {
      goesOn = false
      if goesOnward(1) { return }
      writeBack(all: false)
      goTo(UInt64(u.aux), exit: 1)
    }

    /// Ends with both exits; the host's flags decide.
    private func split(_ condition: UInt8, _ u: MicroOp) {
      goesOn = false
      switch onward {
      case .out: break
      case .next(let exit): return leaveTrace(if: exit == 0 ? condition ^ 1 : condition)
      case .round(let exit):
        closeLoop()
        let out = a.jump(if: exit == 0 ? condition ^ 1 : condition)
        goRound()
        a.bind(out)
        if trace.blocks.count > 1 { return leaveTrace() }
        if pendingFlags >= 0 { storeFlags() }
        writeBack(all: false)
        return goTo(UInt64(u.aux), exit: 1)
      }
      if pendingFlags >= 0 { storeFlags() }
      writeBack(all: false)
      block.pointee.hostSplit = thunks.offset(a.cursor)
      let taken = a.jump(if: condition)
      if isInPage(Int64(block.pointee.pageOffset) &+ Int64(bitPattern: u.imm)) {
        link(taken, exit: 0)
        return goTo(UInt64(u.aux), exit: 1)
      }
      goTo(UInt64(u.aux), exit: 1)
      a.bind(taken)
      goTo(u.imm, exit: 0)
    }

    func branchIf(_ cond: UInt32, _ u: MicroOp) {
      loadFlags()
      split(hostCondition(cond), u)
    }

    func compareAndBranch(_ u: MicroOp, ifZero: Bool, wide: Bool) {
      let n = use(u.rn)
      a.test(n, n, wide: wide)
      hostHasFlags = false
      split(ifZero ? X86Condition.equal : X86Condition.notEqual, u)
    }

    func testAndBranch(_ u: MicroOp, ifZero: Bool) {
      let n = use(u.rn)
      hostHasFlags = false
      if u.rm < 32 {
        a.test(n, immediate: 1 &<< UInt32(u.rm))
        split(ifZero ? X86Condition.equal : X86Condition.notEqual, u)
      } else {
        a.bitTest(n, u.rm & 63, wide: true)
        split(ifZero ? X86Condition.aboveOrEqual : X86Condition.below, u)
      }
    }

    func branchToRegister(_ u: MicroOp, link: Bool) {
      let target = use(u.rn)
      a.move(.rax, target)
      if link {
        let d = define(30)
        setAddress(d, Int64(block.pointee.pageOffset) &+ Int64(u.aux))
      }
      writeBack(all: false)
      a.store(.rbp, X86Generator.at(Slot.pc), .rax)
      a.jump(to: thunks.lookup)
      goesOn = false
    }

    // MARK: Checks

    /// Leaves for the interpreter at this micro-op if `condition` holds.
    func leave(if condition: UInt8) {
      hostHasFlags = false
      _ = addStub(.resume, from: a.jump(if: condition))
    }

    func checkAlignment(_ u: MicroOp) {
      let n = use(u.rn)
      if u.imm == 0 {
        a.test(n, immediate: u.aux &- 1)
      } else {
        guard let offset = short(u.imm) else { return leaveHere() }
        a.lea(.rax, n, offset)
        a.test(.rax, immediate: u.aux &- 1)
      }
      leave(if: X86Condition.notEqual)
    }

    func checkStackPointer() {
      let isMisaligned = UInt64(block.pointee.mode) & BlockMode.stackMisaligned != 0
      a.test(use(UInt8(Slot.sp)), immediate: 15)
      leave(if: isMisaligned ? X86Condition.equal : X86Condition.notEqual)
    }

    func requireAlignedSP() {
      a.test(use(UInt8(Slot.sp)), immediate: 15)
      leave(if: X86Condition.notEqual)
    }

    func pstateGate() {
      a.arithmetic(.cmp, memory: .rbp, X86Generator.at(Slot.spsel), immediate: 0)
      leave(if: X86Condition.equal)
    }

    // MARK: Registers in memory

    func readSlot(_ rd: UInt8, _ slot: Int) {
      if slot == Slot.fpsr { foldFloat() }
      let d = define(rd)
      a.load(d, .rbp, X86Generator.at(slot))
    }

    func writeSlot(_ slot: Int, _ rn: UInt8) {
      // What was gathered for FPSR is lost; arithmetic after a change of FPCR asks again.
      if slot == Slot.fpsr || slot == Slot.fpcr { foldFloat() }
      let n = use(rn)
      a.store(.rbp, X86Generator.at(slot), n)
    }

    private func foldFloat() {
      a.call(to: thunks.foldFloat)
      hostHasFlags = false
      floatIsReady = false
    }
  }
#endif
