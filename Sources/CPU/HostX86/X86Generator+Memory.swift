#if arch(x86_64)
  import MMU

  extension X86Generator {
    /// Loads and stores through the TLB: RDX = tag, RCX = the entry's offset, then its addend. What misses goes to
    /// the slow path, which performs the access.
    func access(_ form: AccessForm, _ u: MicroOp, isUnprivileged: Bool = false) {
      hostHasFlags = false
      let size = form.isPair ? form.bytes &* 2 : form.bytes
      let base = use(u.rn)
      var place = address(form, u, base)
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
        if form.isPair {
          second = registers.find(u.rm) ?? take(u.rm)
          // The first load would take the base from the second.
          if let first, first.number == place.base.number {
            a.lea(.rax, place.base, place.offset)
            place = Place(base: .rax, offset: 0)
          }
        }
      }
      let half = Int(guessedHalf(u))
      let context = isUnprivileged ? Slot.unprivilegedContext : Slot.dataContext
      let bank: TLBLayout.PageBank =
        isUnprivileged ? (form.isStore ? .unprivilegedWrite : .unprivilegedRead) : form.isStore ? .write : .read
      let stub: Int
      if let page = pages.page(u, isIndexed: form.isIndexed, bank: bank) {
        let access = PageAccess(page: page, place: place, size: size, context: context + half, isStore: form.isStore)
        stub = comparePage(access)
        a.load(.rcx, .rbp, X86Generator.at(HostSlot.pageAddends + page))
      } else {
        compareTag(place, size, context: context + half, isStore: form.isStore)
        stub = addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
        // EL0 and EL1 have two halves.
        if block.pointee.mode & 2 == 0 { setDetail(stub, Int32(context + (half ^ 1)) &<< 1 | (form.isStore ? 1 : 0)) }
        a.load(.rcx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      }
      let (at, offset) = (place.base, place.offset)
      let next = offset &+ Int32(form.bytes)
      if form.isStore {
        if let first {
          a.store(at, offset, index: .rcx, first, bytes: form.bytes)
        } else {
          storeVector(vector, at, offset, form.bytes, upper: u.rd & 1 != 0)
        }
        if form.isPair {
          if let second {
            a.store(at, next, index: .rcx, second, bytes: form.bytes)
          } else {
            storeVector(vector2, at, next, form.bytes, upper: u.rm & 1 != 0)
          }
        }
      } else if form.isVector {
        loadVector(vector, at, offset, form.bytes)
        if form.isPair { loadVector(vector2, at, next, form.bytes) }
      } else {
        load(form, place, first, second)
        if let first { setDestinations(stub, first, second) }
      }
      setBack(stub)
      if !form.isStore && !form.isVector {
        _ = define(u.rd)
        if form.isPair { _ = define(u.rm) }
      }
    }

    /// Compares the address with a remembered page; the way to `findPage` is left open. Uses RDX.
    func comparePage(_ access: PageAccess) -> Int {
      copy(.rdx, access.place)
      a.arithmetic(.sub, .rdx, .rbp, X86Generator.at(HostSlot.pages + Int(access.page)))
      a.arithmetic(.cmp, .rdx, .rbp, X86Generator.at(HostSlot.pageLimits + Int(access.page)))
      let stub = addStub(.otherPage, from: a.jump(if: X86Condition.aboveOrEqual))
      setAccess(stub, access)
      return stub
    }

    /// RDX = the tag that an access of `size` bytes needs, RCX = the offset of the TLB's entry, and the flags are those
    /// of their comparison.
    func compareTag(_ place: Place, _ size: UInt8, context: Int, isStore: Bool) {
      copy(.rdx, place, plus: Int32(size) - 1)
      if place.offset == 0 {
        a.move(.rcx, place.base, wide: false)
      } else {
        a.lea(.rcx, place.base, place.offset, wide: false)
      }
      a.shift(.shr, .rcx, 7, wide: false)
      a.arithmetic(.and, .rcx, immediate: Int32((TLBLayout.dataEntries - 1) << 5), wide: false)
      compareTag(context: context, isStore: isStore)
    }

    /// The same for another context, with the page in RDX.
    private func compareTag(context: Int, isStore: Bool) {
      a.arithmetic(.and, .rdx, immediate: -4096)
      a.arithmetic(.or, .rdx, .rbp, X86Generator.at(context))
      a.arithmetic(.cmp, .rdx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + (isStore ? 1 : 0)))
    }

    /// An access is not in the page that was remembered. If the TLB has its page, it is remembered, and the access
    /// goes on.
    func findPage(_ stub: Stub) {
      let access = stub.access
      compareTag(access.place, access.size, context: Int(access.context), isStore: access.isStore)
      let found = a.jump(if: X86Condition.equal)
      var foundToo = found
      if block.pointee.mode & 2 == 0 {
        // Contexts of two halves are neighbours, the lower at an even slot.
        compareTag(context: Int(access.context) ^ 1, isStore: access.isStore)
        foundToo = a.jump(if: X86Condition.equal)
      }
      let missed = a.jump()
      a.bind(found)
      if foundToo != found { a.bind(foundToo) }
      let page = Int(access.page)
      a.arithmetic(.and, .rdx, immediate: -4096)
      a.store(.rbp, X86Generator.at(HostSlot.pages + page), .rdx)
      a.store(.rbp, X86Generator.at(HostSlot.pageLimits + page), immediate: Int32(TLBLayout.pageLimit))
      a.load(.rcx, .rbp, .rcx, 0, X86Generator.at(HostSlot.dataTLB + 2))
      a.store(.rbp, X86Generator.at(HostSlot.pageAddends + page), .rcx)
      a.jump(to: stub.from + 4)
      a.bind(missed)
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

    /// Where the address is: in a register, with an offset, or in RAX.
    private func address(_ form: AccessForm, _ u: MicroOp, _ base: X86Register) -> Place {
      if !form.isIndexed {
        if let offset = short(u.imm), abs(Int64(offset)) < 1 << 24 { return Place(base: base, offset: offset) }
        a.move(.rax, immediate: u.imm)
        a.arithmetic(.add, .rax, base)
        return Place(base: .rax, offset: 0)
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
      return Place(base: .rax, offset: 0)
    }

    private func copy(_ to: X86Register, _ place: Place, plus: Int32 = 0) {
      let offset = place.offset &+ plus
      if offset == 0 { a.move(to, place.base) } else { a.lea(to, place.base, offset) }
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

    private func load(_ form: AccessForm, _ place: Place, _ first: X86Register?, _ second: X86Register?) {
      guard let first else { return }
      // A load of one register into XZR still happens, but leaves nothing.
      let isSigned = form.signedTo != 0
      a.loadExtended(
        first, place.base, place.offset, index: .rcx, bytes: form.bytes, signed: isSigned,
        wide: form.signedTo == 64 || form.isPair)
      guard let second else { return }
      a.loadExtended(
        second, place.base, place.offset &+ Int32(form.bytes), index: .rcx, bytes: form.bytes, signed: isSigned,
        wide: true)
    }
  }

  /// An address: a host register and an offset.
  struct Place {
    var base: X86Register
    var offset: Int32
  }

  /// What a stub must know of an access through a remembered page.
  struct PageAccess {
    var page: UInt8
    var place: Place
    var size: UInt8
    var context: Int32
    var isStore: Bool

    init(page: Int, place: Place, size: UInt8, context: Int, isStore: Bool) {
      self.page = UInt8(truncatingIfNeeded: page)
      self.place = place
      self.size = size
      self.context = Int32(truncatingIfNeeded: context)
      self.isStore = isStore
    }

    static let none = PageAccess(page: 0, place: Place(base: .rax, offset: 0), size: 0, context: 0, isStore: false)
  }
#endif
