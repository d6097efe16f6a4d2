#if arch(x86_64)
  extension X86Generator {
    /// x86's condition for an A64 condition, given flags as after a subtraction; AL and NV are no question.
    static func condition(_ cond: UInt32) -> UInt8 {
      switch cond & 15 {
      case 0: 4
      case 1: 5
      case 2: 3
      case 3: 2
      case 4: 8
      case 5: 9
      case 6: 0
      case 7: 1
      case 8: 7
      case 9: 6
      case 10: 13
      case 11: 12
      case 12: 15
      default: 14
      }
    }

    /// x86's condition for an A64 condition, given the flags that the host has. After a comparison of floating-point
    /// numbers that are none but less, equal or greater, CF says less, ZF equal, and SF and OF are zero.
    func hostCondition(_ cond: UInt32) -> UInt8 {
      guard hostFlagsAreFloat else { return X86Generator.condition(cond) }
      switch cond & 15 {
      case 4, 11: return X86Condition.below
      case 5, 10: return X86Condition.aboveOrEqual
      case 12: return X86Condition.above
      case 13: return X86Condition.belowOrEqual
      default: return X86Generator.condition(cond)
      }
    }

    // MARK: Host flags to memory and back

    /// What kind of operation the host's flags come from.
    enum FlagSource { case subtraction, addition, logic }

    /// Brings the host's flags into the form after a subtraction and stores them, if anybody may look.
    func keepFlags(_ source: FlagSource) {
      switch source {
      case .subtraction: break
      case .addition: a.byte(0xf5)  // CMC
      case .logic: a.byte(0xf9)  // STC
      }
      if flagsAreNeeded {
        if mayDeferFlags { pendingFlags = index } else { storeFlags() }
      }
      hostHasFlags = true
      hostFlagsAreFloat = false
    }

    /// Whether the comparison or subtraction by the micro-op at `index` can be done again up to the block's last one:
    /// its operands are still there, or follow from its result.
    func mayRepeat(_ index: Int) -> Bool {
      let u = ops[index]
      guard !isZero(u.rn) else { return false }
      var operands: UInt64 = 1 &<< UInt64(u.rn & 63)
      switch unsafeBitCast(u.op, to: Operation.self) {
      case .subsI64, .subsI64Branch: if short(u.imm) == nil { return false }
      case .subsI32, .subsI32Branch: break
      case .subsR64, .subsR64Branch, .subsR32, .subsR32Branch:
        if isZero(u.rm) || u.rd == u.rn || u.rd == u.rm { return false }
        operands |= 1 &<< UInt64(u.rm & 63)
      default: return false
      }
      var position = index + 1
      while position < Int(block.pointee.opCount) - 1 {
        if HostLoop.registersWritten(by: ops[position]) & operands != 0 { return false }
        position += 1
      }
      return true
    }

    /// Compares again, the registers being where `slots` says; uses RAX and RCX.
    func repeatCompare(_ index: Int, _ slots: (UInt64, UInt64)) {
      func host(_ slot: UInt8) -> X86Register {
        for host: UInt8 in 0..<16 {
          let word = host < 8 ? slots.0 : slots.1
          if UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8)) == slot { return X86Register(host) }
        }
        a.load(.rax, .rbp, X86Generator.at(slot))
        return .rax
      }
      let u = ops[index]
      let operation = unsafeBitCast(u.op, to: Operation.self)
      switch operation {
      case .subsI64, .subsI64Branch, .subsI32, .subsI32Branch:
        let wide = operation == .subsI64 || operation == .subsI64Branch
        let immediate = Int32(truncatingIfNeeded: Int64(bitPattern: u.imm))
        var n = host(u.rn)
        if u.rd == u.rn {
          a.lea(.rax, n, immediate, wide: wide)
          n = .rax
        }
        a.arithmetic(.cmp, n, immediate: immediate, wide: wide)
      default:
        let wide = operation == .subsR64 || operation == .subsR64Branch
        let m = host(u.rm)
        if m == .rax { a.move(.rcx, .rax) }
        a.arithmetic(.cmp, host(u.rn), m == .rax ? .rcx : m, wide: wide)
      }
    }

    /// AX = the host's flags, which stay.
    func takeFlags() {
      a.byte(0x9f)  // LAHF
      a.setByte(X86Condition.overflow, .rax)
    }

    func storeFlags() {
      takeFlags()
      a.store(.rbp, X86Generator.at(HostSlot.flags), .rax, bytes: 2)
    }

    /// Makes the host's flags the guest's; uses RAX.
    func loadFlags() {
      if hostHasFlags { return }
      hostHasFlags = true
      hostFlagsAreFloat = false
      if pendingFlags >= 0 { return repeatCompare(pendingFlags, registers.snapshot) }
      a.loadExtended(
        .rax, .rbp, X86Generator.at(HostSlot.flags), bytes: 2, signed: false, wide: false)
      // Overflow is set by 1 + 127 in AL; SAHF leaves it alone.
      a.byte(0x04)
      a.byte(0x7f)
      a.byte(0x9e)
    }

    /// The packed form of an NZCV in bits 31:28.
    private func packed(_ nzcv: UInt32) -> UInt64 {
      let n = (nzcv &>> 31) & 1
      let z = (nzcv &>> 30) & 1
      let c = (nzcv &>> 29) & 1
      let v = (nzcv &>> 28) & 1
      return UInt64((n &<< 15) | (z &<< 14) | ((c ^ 1) &<< 8) | v)
    }

    // MARK: With carry

    func withCarry(_ u: MicroOp, subtract: Bool, wide: Bool, setsFlags: Bool) {
      loadFlags()
      let n = use(u.rn)
      let m = use(u.rm)
      if !subtract { a.byte(0xf5) }
      a.move(.rax, n, wide: wide)
      a.arithmetic(subtract ? .sbb : .adc, .rax, m, wide: wide)
      let d = define(u.rd)
      a.move(d, .rax)
      hostHasFlags = false
      if setsFlags { keepFlags(subtract ? .subtraction : .addition) }
    }

    // MARK: Conditional

    enum SelectForm { case plain, increment, invert, negate }

    func select(_ u: MicroOp, _ form: SelectForm, wide: Bool) {
      if u.aux & 14 == 14 {
        // Always: the first operand.
        let n = use(u.rn)
        let d = define(u.rd)
        copy(d, n, wide: wide)
        return
      }
      loadFlags()
      let condition = hostCondition(u.aux)
      if isZero(u.rn) && isZero(u.rm) && (form == .increment || form == .invert) {
        let d = define(u.rd)
        a.setByte(condition ^ 1, .rax)
        a.extend(d, .rax, bytes: 1, signed: false, wide: false)
        if form == .invert {
          a.unary(3, d, wide: wide)
          hostHasFlags = false
        }
        return
      }
      let n = use(u.rn)
      let m = use(u.rm)
      if form == .plain {
        let d = define(u.rd)
        // CMOV of 32 bits clears the upper half, moved or not.
        if d == n {
          a.conditionalMove(condition ^ 1, d, m, wide: wide)
        } else {
          if d != m { a.move(d, m, wide: wide) }
          a.conditionalMove(condition, d, n, wide: wide)
        }
        return
      }
      switch form {
      case .plain: break
      case .increment: a.lea(.rax, m, 1, wide: wide)
      case .invert, .negate:
        a.move(.rax, m, wide: wide)
        a.unary(2, .rax, wide: wide)
        // NOT leaves flags alone, NEG would not.
        if form == .negate { a.lea(.rax, .rax, 1, wide: wide) }
      }
      a.conditionalMove(condition, .rax, n, wide: wide)
      let d = define(u.rd)
      a.move(d, .rax)
    }

    /// CCMP and CCMN: compare if the condition holds, else the given flags.
    func conditionalCompare(_ u: MicroOp, register: Bool, add: Bool, wide: Bool) {
      let n = use(u.rn)
      let m = register ? use(u.rm) : nil
      loadFlags()
      let isAlways = u.aux & 14 == 14
      let skip = isAlways ? nil : a.jump(if: hostCondition(u.aux) ^ 1)
      if add {
        a.move(.rax, n, wide: wide)
        if let m {
          a.arithmetic(.add, .rax, m, wide: wide)
        } else {
          a.arithmetic(.add, .rax, immediate: Int32(truncatingIfNeeded: u.imm & 31), wide: wide)
        }
        a.byte(0xf5)
      } else if let m {
        a.arithmetic(.cmp, n, m, wide: wide)
      } else {
        a.arithmetic(.cmp, n, immediate: Int32(truncatingIfNeeded: u.imm & 31), wide: wide)
      }
      if flagsAreNeeded { storeFlags() }
      hostFlagsAreFloat = false
      guard let skip else { return }
      let done = a.jump()
      a.bind(skip)
      a.move(.rax, immediate: packed(u.aux))
      if flagsAreNeeded { a.store(.rbp, X86Generator.at(HostSlot.flags), .rax, bytes: 2) }
      a.byte(0x04)
      a.byte(0x7f)
      a.byte(0x9e)
      a.bind(done)
    }
  }
#endif
