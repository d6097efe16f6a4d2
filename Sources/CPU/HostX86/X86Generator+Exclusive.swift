#if arch(x86_64)
  import MMU

  extension X86Generator {
    /// LDTR and STTR: as other loads and stores, with EL0's context.
    func unprivileged(_ u: MicroOp, isStore: Bool) {
      var form = AccessForm(
        kind: .general, isStore: isStore, bytes: UInt8(truncatingIfNeeded: u.aux & Core.LoadForm.sizeMask))
      if u.aux & Core.LoadForm.signed != 0 { form.signedTo = u.aux & Core.LoadForm.to32 != 0 ? 32 : 64 }
      access(form, u, isUnprivileged: true)
    }

    // MARK: Exclusives (Arm DDI 0487, B2.9)

    /// LDXR, LDXP and their acquiring forms: a TLB hit on an aligned address; the rest is `Core.loadExclusive`'s.
    func loadExclusive(_ u: MicroOp, isPair: Bool) {
      let size = UInt8(truncatingIfNeeded: u.aux)
      hostHasFlags = false
      let base = use(u.rn)
      let first = registers.find(u.rd) ?? take(u.rd)
      let second = isPair ? registers.find(u.rm) ?? take(u.rm) : nil
      let stubs = findGranule(u, base, bytes: isPair ? size &* 2 : size, isStore: false)
      a.store(.rbp, X86Generator.at(Slot.exclusive), .rdx)
      load(first, at: 0, bytes: size)
      if let second { load(second, at: Int32(size), bytes: size) }
      for stub in [stubs.misaligned, stubs.missed] {
        setDestinations(stub, first, second)
        setBack(stub)
      }
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
      let stubs = findGranule(u, base, bytes: isPair ? size &* 2 : size, isStore: true)
      a.arithmetic(.cmp, .rdx, .rbp, X86Generator.at(Slot.exclusive))
      a.store(.rbp, X86Generator.at(Slot.exclusive), immediate: 0)
      a.setByte(X86Condition.notEqual, .rcx)
      let failed = a.jump(if: X86Condition.notEqual)
      a.store(.rax, 0, first, bytes: size)
      if let second { a.store(.rax, Int32(size), second, bytes: size) }
      a.bind(failed)
      a.extend(status, .rcx, bytes: 1, signed: false, wide: false)
      for stub in [stubs.misaligned, stubs.missed] {
        setStatus(stub, status)
        setBack(stub)
      }
      _ = define(u.rm)
    }

    /// RAX = host address, RDX = the granule's physical address with bit 0 set, as `Slot.exclusive` has it; or the
    /// slow path, for which stubs are left open.
    private func findGranule(
      _ u: MicroOp, _ base: X86Register, bytes: UInt8, isStore: Bool
    ) -> (misaligned: Int, missed: Int) {
      let half = Int(guessedHalf(u))
      let context = Slot.dataContext + half
      let place = Place(base: base, offset: 0)
      a.test(base, immediate: UInt32(bytes) &- 1)
      let misaligned = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
      let missed: Int
      if let page = pages.page(u, isIndexed: false, bank: isStore ? .write : .read) {
        missed = comparePage(PageAccess(page: page, place: place, size: bytes, context: context, isStore: isStore))
        a.move(.rax, base)
        a.arithmetic(.add, .rax, .rbp, X86Generator.at(HostSlot.pageAddends + page))
      } else {
        compareTag(place, bytes, context: context, isStore: isStore)
        missed = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
        if block.pointee.mode & 2 == 0 {
          setDetail(missed, Int32(Slot.dataContext + (half ^ 1)) &<< 1 | (isStore ? 1 : 0))
        }
        a.move(.rax, base)
        a.arithmetic(.add, .rax, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      }
      // All RAM is mapped in one piece, from a page of the host on.
      a.move(.rdx, .rax)
      a.arithmetic(.and, .rdx, immediate: Int32(truncatingIfNeeded: Core.granuleMask))
      a.arithmetic(.sub, .rdx, .rbp, X86Generator.at(HostSlot.granuleBase))
      return (misaligned, missed)
    }
  }
#endif
