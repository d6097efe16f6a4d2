#if arch(x86_64)
  import MMU

  extension X86Generator {
    /// Loads and stores through the TLB: RAX = address, RDX = tag, RCX = the entry's offset, then its addend. What
    /// misses goes to the slow path, which performs the access.
    func access(_ form: AccessForm, _ u: MicroOp, context: Int = Slot.dataContext) {
      hostHasFlags = false
      let size = form.isPair ? form.bytes &* 2 : form.bytes
      let base = use(u.rn)
      address(form, u, base)
      // What is stored must be in host registers before the check, and what is loaded have one.
      var first: X86Register?
      var second: X86Register?
      var vector: UInt8 = 0
      var vector2: UInt8 = 0
      if form.isStore {
        // The data of a store of one or two words may be halves of vector registers.
        if u.rd < 64 { first = use(u.rd) } else { vector = useVector(X86Generator.number(u.rd)) }
        if form.isPair {
          if u.rm < 64 { second = use(u.rm) } else { vector2 = useVector(X86Generator.number(u.rm)) }
        }
      } else if form.isVector {
        vector = claimVector(X86Generator.number(u.rd))
        if form.isPair { vector2 = claimVector(X86Generator.number(u.rm)) }
      } else {
        first = registers.find(u.rd) ?? take(u.rd)
        if form.isPair { second = registers.find(u.rm) ?? take(u.rm) }
      }
      let half = Int(guessedHalf(u))
      if size == 1 { a.move(.rdx, .rax) } else { a.lea(.rdx, .rax, Int32(size) - 1) }
      a.move(.rcx, .rax, wide: false)
      a.shift(.shr, .rcx, 7, wide: false)
      a.arithmetic(.and, .rdx, immediate: -4096)
      a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.dataEntries - 1) << 5), wide: false)
      a.arithmetic(.or, .rdx, .rbp, X86Generator.at(context + half))
      a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + (form.isStore ? 1 : 0)))
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
      if block.pointee.mode & 2 == 0 {
        // EL0 and EL1 have two halves.
        let other = Int32(context + (half ^ 1))
        setDetail(stub, other &<< 1 | (form.isStore ? 1 : 0))
      }
      a.load(.rcx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      if form.isStore {
        if let first {
          a.store(.rax, 0, index: .rcx, first, bytes: form.bytes)
        } else {
          store(form, u.rd, 0, vector)
        }
        if form.isPair {
          let offset = Int32(form.bytes)
          if let second {
            a.store(.rax, offset, index: .rcx, second, bytes: form.bytes)
          } else {
            store(form, u.rm, offset, vector2)
          }
        }
      } else if form.isVector {
        loadVector(vector, 0, form.bytes)
        if form.isPair { loadVector(vector2, Int32(form.bytes), form.bytes) }
      } else {
        load(form, first, second)
        if let first { setDestinations(stub, first, second) }
      }
      setBack(stub)
      if !form.isStore && !form.isVector {
        _ = define(u.rd)
        if form.isPair { _ = define(u.rm) }
      }
    }

    /// DC ZVA through the TLB as `Core.zeroCacheLine`: zeroes what is not zero already, so that scrubbing unused
    /// memory commits none.
    func zeroCacheLine(_ u: MicroOp) {
      let mode = UInt64(block.pointee.mode)
      guard mode & BlockMode.levelMask != 0, mode & BlockMode.strictAlignment == 0 else {
        return stepOutside(thunks.step)
      }
      hostHasFlags = false
      let base = use(u.rn)
      a.move(.rax, base)
      a.arithmetic(.and, .rax, immediate: -64)
      var slow: [Int] = []
      if mode & BlockMode.levelMask == 1 {
        // HCR_EL2.TDZ traps it.
        a.bitTest(memory: .rbp, X86Generator.at(Slot.system + Int(SystemRegister.hcrEL2.rawValue)), 28)
        slow.append(addStub(.slowAccess, from: a.jump(if: X86Condition.below)))
      }
      a.move(.rdx, .rax)
      a.move(.rcx, .rax, wide: false)
      a.shift(.shr, .rcx, 7, wide: false)
      a.arithmetic(.and, .rdx, immediate: -4096)
      a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.dataEntries - 1) << 5), wide: false)
      a.arithmetic(.or, .rdx, .rbp, X86Generator.at(Slot.dataContext + Int(guessedHalf(u))))
      a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 1))
      slow.append(addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual)))
      a.arithmetic(.add, .rax, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      // XMM0 = the OR of all; XMM1 = zero.
      a.sse(0x28, 0, .rax, 0)
      for offset: Int32 in [16, 32, 48] { a.sse(0xeb, 0, .rax, offset, prefix: 0x66) }
      a.sse(0xef, 1, 1, prefix: 0x66)
      a.sse(0x74, 0, 1, prefix: 0x66)
      a.sse(0xd7, 2, 0, prefix: 0x66)
      a.arithmetic(.cmp, .rdx, immediate: 0xffff, wide: false)
      let isZero = a.jump(if: X86Condition.equal)
      for offset: Int32 in [0, 16, 32, 48] { a.sse(0x29, 1, .rax, offset) }
      a.bind(isZero)
      for stub in slow { setBack(stub) }
    }

    /// RAX = the address.
    private func address(_ form: AccessForm, _ u: MicroOp, _ base: X86Register) {
      if !form.isIndexed {
        if u.imm == 0 {
          a.move(.rax, base)
        } else if let offset = short(u.imm) {
          a.lea(.rax, base, offset)
        } else {
          a.move(.rax, immediate: u.imm)
          a.arithmetic(.add, .rax, base)
        }
        return
      }
      let index = use(u.rm)
      var register = index
      if u.imm == 0xffff_ffff {
        a.move(.rcx, index, wide: false)
        register = .rcx
      }
      if u.aux <= 3 {
        a.lea(.rax, base, register, UInt8(truncatingIfNeeded: u.aux))
      } else {
        a.move(.rax, register)
        a.shift(.shl, .rax, UInt8(truncatingIfNeeded: u.aux))
        a.arithmetic(.add, .rax, base)
      }
    }

    /// Bit 55 of the address, as far as one can tell before the block runs: the base register's, or that of the
    /// code where the block itself computes the base. A wrong guess costs time only.
    func guessedHalf(_ u: MicroOp) -> UInt64 {
      let isKnown = definedSlots & (1 &<< UInt64(u.rn & 63)) == 0
      let address = isKnown ? guess.x(u.rn) &+ u.imm : guess[Slot.pc]
      return (address &>> 55) & 1
    }

    /// The number of the vector register in which a slot lies.
    private static func number(_ slot: UInt8) -> UInt8 { (slot &>> 1) & 31 }

    private func store(_ form: AccessForm, _ slot: UInt8, _ offset: Int32, _ xmm: UInt8) {
      storeVector(xmm, offset, form.bytes, upper: slot & 1 != 0)
    }

    private func load(_ form: AccessForm, _ first: X86Register?, _ second: X86Register?) {
      guard let first else { return }
      // A load of one register into XZR still happens, but leaves nothing.
      let isSigned = form.signedTo != 0
      a.loadExtended(
        first, .rax, 0, index: .rcx, bytes: form.bytes, signed: isSigned,
        wide: form.signedTo == 64 || form.isPair)
      guard let second else { return }
      a.loadExtended(
        second, .rax, Int32(form.bytes), index: .rcx, bytes: form.bytes, signed: isSigned, wide: true)
    }
  }
#endif
