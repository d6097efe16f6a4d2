#if arch(x86_64)
  import MMU

  extension X86Generator {
    /// Lets Swift execute the current micro-op, which ends the block; host code goes on at `Slot.pc`.
    func finishOutside() {
      writeBack(all: true)
      a.move(.rcx, immediate: reference)
      a.jump(to: thunks.finish)
      goesOn = false
      leftEarly = true
    }

    // MARK: System registers

    /// Leaves for Swift where a trap rule of the register may hold. Nil: some rule is more than one bit. A rule
    /// that does not count in this Security state is left to Swift, too.
    private func checkRules(_ row: RegisterRow, isRead: Bool) -> [Int]? {
      let table = SystemRegisterTable.shared
      let level = block.pointee.mode & UInt32(BlockMode.levelMask)
      var tests: [(slot: Int, bit: UInt8, isSet: Bool)] = []
      for position in 0..<UInt32(row.ruleCount) {
        let rule = table.rules[Int((row.rules &>> (8 &* position)) & 0xff)]
        let isExcluded = row.ruleExclusions &>> UInt8(2 &* position) & (isRead ? 1 : 2) != 0
        guard !isExcluded, (rule.levels &>> UInt8(level)) & 1 != 0, isRead ? rule.reads : rule.writes else { continue }
        guard rule.bits.nonzeroBitCount == 1, !rule.followsTGE else { return nil }
        tests.append((Int(rule.control), UInt8(rule.bits.trailingZeroBitCount), rule.whenSet))
      }
      return tests.map {
        a.bitTest(memory: .rbp, X86Generator.at($0.slot), $0.bit)
        return addStub(.slowAccess, from: a.jump(if: $0.isSet ? X86Condition.below : X86Condition.aboveOrEqual))
      }
    }

    private enum Source {
      case word(Int, ones: UInt64)
      case constant(UInt64)
    }

    /// What a read, unless trapped, gives; nil if Swift must say.
    private func source(_ row: RegisterRow, level: Int) -> Source? {
      switch row.behaviour {
      case .storage, .translation1, .translation2, .translation3, .mode, .hcr, .scr, .mdscr, .eventStream, .cntvoff:
        return .word(Int(row.slot), ones: row.ones)
      case .constant: return .constant(row.reset)
      case .currentEL: return .constant(UInt64(level) &<< 2)
      case .spsel: return .word(Slot.spsel, ones: 0)
      default: return nil
      }
    }

    func readRegister(_ u: MicroOp) {
      let row = SystemRegisterTable.shared.row(u.aux).pointee
      let level = Int(block.pointee.mode & UInt32(BlockMode.levelMask))
      guard level >= Int(row.readLevel), let source = source(row, level: level) else {
        return stepOutside(thunks.step)
      }
      hostHasFlags = false
      let d = registers.find(u.rd) ?? take(u.rd)
      guard let slow = checkRules(row, isRead: true) else { return stepOutside(thunks.step) }
      switch source {
      case .constant(let value): a.move(d, immediate: value)
      case .word(let slot, let ones):
        a.load(d, .rbp, X86Generator.at(slot))
        if ones != 0 {
          a.move(.rax, immediate: ones)
          a.arithmetic(.or, d, .rax)
        }
      }
      for stub in slow {
        setDestinations(stub, d)
        setBack(stub)
      }
      _ = define(u.rd)
    }

    func writeStored(_ u: MicroOp) {
      let row = SystemRegisterTable.shared.row(u.aux).pointee
      // An observer may wait for it, and it is written too rarely to be worth code.
      guard Int(row.slot) != Slot.system + Int(SystemRegister.vttbrEL2.rawValue) else { return stepOutside(thunks.step) }
      hostHasFlags = false
      let n = use(u.rn)
      guard let slow = checkRules(row, isRead: false) else { return stepOutside(thunks.step) }
      let slot = X86Generator.at(Int(row.slot))
      if row.mask == ~0 && row.ones == 0 {
        a.store(.rbp, slot, n)
      } else {
        a.move(.rax, immediate: row.mask)
        a.move(.rcx, .rax)
        a.arithmetic(.and, .rax, n)
        a.arithmetic(.xor, .rcx, immediate: -1)
        a.arithmetic(.and, .rcx, .rbp, slot)
        a.arithmetic(.or, .rax, .rcx)
        if row.ones != 0 {
          a.move(.rcx, immediate: row.ones)
          a.arithmetic(.or, .rax, .rcx)
        }
        a.store(.rbp, slot, .rax)
      }
      if row.behaviour != .storage { a.store(.rbp, X86Generator.at(HostSlot.translationIsStale), immediate: 1) }
      for stub in slow { setBack(stub) }
    }

    /// PSTATE.DAIF: Swift looks closer when something is pending or debug exceptions may depend on it.
    func writeInterruptMasks(_ u: MicroOp) {
      hostHasFlags = false
      if u.op == Operation.daifClear.rawValue {
        a.arithmetic(
          .and, memory: .rbp, X86Generator.at(Slot.daif), immediate: ~Int32(truncatingIfNeeded: u.imm & 0x3c0))
      } else {
        a.move(.rax, use(u.rn), wide: false)
        a.arithmetic(.and, .rax, immediate: Int32(truncatingIfNeeded: Mask.all), wide: false)
        a.store(.rbp, X86Generator.at(Slot.daif), .rax)
      }
      a.load(.rax, .rbp, X86Generator.at(Slot.system + Int(SystemRegister.hcrEL2.rawValue)))
      a.arithmetic(.and, .rax, immediate: Int32(truncatingIfNeeded: HCR.virtualPending), wide: false)
      a.arithmetic(.or, .rax, .rbp, X86Generator.at(HostSlot.interruptInputs))
      a.arithmetic(.or, .rax, .rbp, X86Generator.at(HostSlot.debugIsActive))
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
      setBack(stub)
    }

    // MARK: Cache maintenance

    /// What is in the TLB translates; memory is coherent.
    func maintain(_ u: MicroOp) {
      let row = SystemRegisterTable.shared.row(u.aux).pointee
      hostHasFlags = false
      let base = use(u.rn)
      // Somebody may want to hear of it.
      guard UInt64(block.pointee.mode) & BlockMode.watchpoints == 0, var slow = checkRules(row, isRead: false) else {
        return stepOutside(thunks.step)
      }
      if row.behaviour != .cacheNone {
        a.move(.rdx, base)
        a.move(.rcx, base, wide: false)
        a.shift(.shr, .rcx, 7, wide: false)
        a.arithmetic(.and, .rdx, immediate: -4096)
        a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.dataEntries - 1) << 5), wide: false)
        a.arithmetic(.or, .rdx, .rbp, X86Generator.at(Slot.dataContext + Int(guessedHalf(u))))
        a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB))
        slow.append(addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual)))
      }
      for stub in slow { setBack(stub) }
    }
  }
#endif
