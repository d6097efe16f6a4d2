#if arch(x86_64)
  import MMU

  extension X86Generator {
    /// LDTR and STTR: as other loads and stores, with EL0's context.
    func unprivileged(_ u: MicroOp, isStore: Bool) {
      var form = AccessForm(
        kind: .general, isStore: isStore, bytes: UInt8(truncatingIfNeeded: u.aux & Core.LoadForm.sizeMask))
      if u.aux & Core.LoadForm.signed != 0 { form.signedTo = u.aux & Core.LoadForm.to32 != 0 ? 32 : 64 }
      access(form, u, context: Slot.unprivilegedContext)
    }

    // MARK: Exclusives (Arm DDI 0487, B2.9)

    /// LDXR, LDXP and their acquiring forms: a TLB hit on an aligned address; the rest is `Core.loadExclusive`'s.
    func loadExclusive(_ u: MicroOp, isPair: Bool) {
      let size = UInt8(truncatingIfNeeded: u.aux)
      hostHasFlags = false
      let base = use(u.rn)
      let first = registers.find(u.rd) ?? take(u.rd)
      let second = isPair ? registers.find(u.rm) ?? take(u.rm) : nil
      let slow = findGranule(u, base, bytes: isPair ? size &* 2 : size, isStore: false)
      a.store(.rbp, X86Generator.at(Slot.exclusive), .rdx)
      load(first, at: 0, bytes: size)
      if let second { load(second, at: Int32(size), bytes: size) }
      setDestinations(slow.miss, first, second)
      setDestinations(slow.misaligned, first, second)
      setBack(slow.miss)
      setBack(slow.misaligned)
      _ = define(u.rd)
      if isPair { _ = define(u.rm) }
    }

    private func load(_ to: X86Register, at offset: Int32, bytes: UInt8) {
      if bytes == 8 {
        a.load(to, .rax, offset)
      } else {
        a.loadExtended(to, .rax, offset, bytes: bytes, signed: false, wide: false)
      }
    }

    /// STXR, STXP and their releasing forms. A monitor that is not open passes as little as one on another
    /// granule.
    func storeExclusive(_ u: MicroOp, isPair: Bool) {
      let size = UInt8(truncatingIfNeeded: u.aux)
      hostHasFlags = false
      let base = use(u.rn)
      let first = use(u.rd)
      let second = isPair ? use(UInt8(truncatingIfNeeded: u.imm)) : nil
      let status = registers.find(u.rm) ?? take(u.rm)
      let slow = findGranule(u, base, bytes: isPair ? size &* 2 : size, isStore: true)
      a.arithmetic(.xor, .rdx, .rbp, X86Generator.at(Slot.exclusive))
      a.store(.rbp, X86Generator.at(Slot.exclusive), immediate: 0)
      a.move(.rcx, immediate: 1)
      let failed = a.jump(if: X86Condition.notEqual)
      a.store(.rax, 0, first, bytes: size)
      if let second { a.store(.rax, Int32(size), second, bytes: size) }
      a.move(.rcx, immediate: 0)
      a.bind(failed)
      a.move(status, .rcx)
      setStatus(slow.miss, status)
      setStatus(slow.misaligned, status)
      setBack(slow.miss)
      setBack(slow.misaligned)
      _ = define(u.rm)
    }

    /// RAX = host address, RDX = the granule's physical address with bit 0 set, as `Slot.exclusive` has it; or the
    /// slow path, for which two stubs are left open.
    private func findGranule(
      _ u: MicroOp, _ base: X86Register, bytes: UInt8, isStore: Bool
    ) -> (miss: Int, misaligned: Int) {
      let half = Int(guessedHalf(u))
      a.move(.rax, base)
      a.test(.rax, immediate: UInt32(bytes) &- 1)
      let misaligned = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
      a.move(.rdx, .rax)
      a.move(.rcx, .rax, wide: false)
      a.shift(.shr, .rcx, 7, wide: false)
      a.arithmetic(.and, .rdx, immediate: -4096)
      a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.dataEntries - 1) << 5), wide: false)
      a.arithmetic(.or, .rdx, .rbp, X86Generator.at(Slot.dataContext + half))
      a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + (isStore ? 1 : 0)))
      let miss = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
      if block.pointee.mode & 2 == 0 {
        setDetail(miss, Int32(Slot.dataContext + (half ^ 1)) &<< 1 | (isStore ? 1 : 0))
      }
      // The info word's bits 47:12 are the physical page; RAM begins at a page of the host.
      a.load(.rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 3))
      a.arithmetic(.add, .rax, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      a.shift(.shl, .rdx, 16)
      a.shift(.shr, .rdx, 28)
      a.shift(.shl, .rdx, 12)
      a.move(.rcx, .rax, wide: false)
      a.arithmetic(.and, .rcx, immediate: 0xfc0, wide: false)
      a.arithmetic(.or, .rdx, .rcx)
      a.arithmetic(.or, .rdx, immediate: 1)
      return (miss, misaligned)
    }
  }
#endif
