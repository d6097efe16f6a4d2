#if arch(x86_64)
  extension X86Generator {
    // MARK: Helpers

    /// XZR as a destination, in code that never reads it back.
    @inline(__always) func isSink(_ slot: UInt8) -> Bool { slot == UInt8(Slot.sink) }
    @inline(__always) func isZero(_ slot: UInt8) -> Bool { slot == UInt8(Slot.zr) }

    @inline(__always)
    func short(_ value: UInt64) -> Int32? { Int32(exactly: Int64(bitPattern: value)) }

    func copy(_ to: X86Register, _ from: X86Register, wide: Bool = true) {
      if to != from || !wide { a.move(to, from, wide: wide) }
    }

    /// d = immediate.
    func setImmediate(_ rd: UInt8, _ value: UInt64) {
      let d = define(rd)
      a.move(d, immediate: value)
    }

    // MARK: Add, subtract, logic

    /// d = n + immediate, host flags untouched.
    func addImmediate(_ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      if wide, let value = short(u.imm) {
        a.lea(d, n, value)
      } else if !wide {
        a.lea(d, n, Int32(truncatingIfNeeded: Int64(bitPattern: u.imm)), wide: false)
      } else {
        a.move(.rax, immediate: u.imm)
        a.lea(d, n, .rax, 0)
      }
    }

    func addRegisters(_ u: MicroOp, wide: Bool, shift: UInt32 = 0) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      if shift <= 3 {
        a.lea(d, n, m, UInt8(truncatingIfNeeded: shift), wide: wide)
        return
      }
      a.move(.rax, m)
      a.shift(.shl, .rax, UInt8(truncatingIfNeeded: shift))
      a.lea(d, n, .rax, 0)
      hostHasFlags = false
    }

    /// d = n op m, without or with flags; `inverted` complements m.
    func binary(
      _ op: X86Arithmetic, _ u: MicroOp, wide: Bool, inverted: Bool = false, setsFlags: Bool = false
    ) {
      let n = use(u.rn)
      var m = use(u.rm)
      if inverted {
        a.move(.rax, m, wide: wide)
        a.unary(2, .rax, wide: wide)
        m = .rax
      }
      hostHasFlags = false
      if isSink(u.rd) && setsFlags {
        switch op {
        case .sub: a.arithmetic(.cmp, n, m, wide: wide)
        case .and: a.test(n, m, wide: wide)
        default:
          a.move(.rcx, n, wide: wide)
          a.arithmetic(op, .rcx, m, wide: wide)
        }
        return
      }
      let d = define(u.rd)
      if d == n {
        a.arithmetic(op, d, m, wide: wide)
      } else if d == m || m == .rax {
        if op == .sub {
          a.move(.rcx, n, wide: wide)
          a.arithmetic(op, .rcx, m, wide: wide)
          a.move(d, .rcx)
        } else if m == .rax {
          a.arithmetic(op, .rax, n, wide: wide)
          a.move(d, .rax)
        } else {
          a.arithmetic(op, d, n, wide: wide)
        }
      } else {
        a.move(d, n, wide: wide)
        a.arithmetic(op, d, m, wide: wide)
      }
    }

    /// d = n op immediate, with flags or without.
    func binaryImmediate(
      _ op: X86Arithmetic, _ u: MicroOp, wide: Bool, setsFlags: Bool = false
    ) {
      let n = use(u.rn)
      hostHasFlags = false
      let value = wide ? u.imm : UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: Int64(bitPattern: u.imm))))
      guard let value = short(value) else {
        a.move(.rax, immediate: u.imm)
        if isSink(u.rd) && setsFlags && op == .and {
          a.test(n, .rax, wide: wide)
          return
        }
        let d = define(u.rd)
        if d != n { a.move(d, n, wide: wide) }
        a.arithmetic(op, d, .rax, wide: wide)
        return
      }
      if isSink(u.rd) && setsFlags {
        switch op {
        case .sub: a.arithmetic(.cmp, n, immediate: value, wide: wide)
        case .and: a.test(n, immediate: UInt32(bitPattern: value), wide: wide)
        default:
          a.move(.rax, n, wide: wide)
          a.arithmetic(op, .rax, immediate: value, wide: wide)
        }
        return
      }
      let d = define(u.rd)
      if d != n { a.move(d, n, wide: wide) }
      a.arithmetic(op, d, immediate: value, wide: wide)
    }

    /// register &= mask, by the shortest way.
    func mask(_ register: X86Register, _ mask: UInt64) {
      hostHasFlags = false
      switch mask {
      case ~0: break
      case 0xff: a.extend(register, register, bytes: 1, signed: false, wide: false)
      case 0xffff: a.extend(register, register, bytes: 2, signed: false, wide: false)
      case 0xffff_ffff: a.move(register, register, wide: false)
      default:
        if mask <= 0xffff_ffff {
          a.arithmetic(
            .and, register, immediate: Int32(truncatingIfNeeded: Int64(bitPattern: mask)), wide: false)
        } else if let value = short(mask) {
          a.arithmetic(.and, register, immediate: value)
        } else {
          a.move(.rdx, immediate: mask)
          a.arithmetic(.and, register, .rdx)
        }
      }
    }

    func andImmediate(_ u: MicroOp) {
      let n = use(u.rn)
      let d = define(u.rd)
      if u.imm == 0xff || u.imm == 0xffff {
        a.extend(d, n, bytes: u.imm == 0xff ? 1 : 2, signed: false, wide: false)
        return
      }
      copy(d, n, wide: u.imm > 0xffff_ffff)
      if u.imm != 0xffff_ffff { mask(d, u.imm) }
    }

    /// d = n op (m shifted).
    func shiftedBinary(_ op: X86Arithmetic, _ shift: X86Shift, _ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      hostHasFlags = false
      a.move(.rax, m, wide: wide)
      a.shift(shift, .rax, UInt8(truncatingIfNeeded: u.aux), wide: wide)
      if d == n {
        a.arithmetic(op, d, .rax, wide: wide)
      } else {
        a.arithmetic(op, .rax, n, wide: wide)
        a.move(d, .rax)
      }
    }

    // MARK: Shifts and fields

    func shiftImmediate(_ op: X86Shift, _ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      copy(d, n, wide: wide)
      if u.imm != 0 {
        a.shift(op, d, UInt8(truncatingIfNeeded: u.imm), wide: wide)
        hostHasFlags = false
      }
    }

    func shiftRegister(_ op: X86Shift, _ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      if features.bmi2 && op != .ror {
        a.shift(op, d, n, by: m, wide: wide)
        return
      }
      a.move(.rcx, m)
      a.move(.rax, n, wide: wide)
      a.shift(op, byCL: .rax, wide: wide)
      a.move(d, .rax)
      hostHasFlags = false
    }

    /// Shifts left by `left`, then right by `right`, signed.
    func signedField(_ u: MicroOp, left: UInt32, right: UInt32, wide: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      copy(d, n, wide: wide)
      if left != 0 { a.shift(.shl, d, UInt8(truncatingIfNeeded: left), wide: wide) }
      if right != 0 { a.shift(.sar, d, UInt8(truncatingIfNeeded: right), wide: wide) }
      hostHasFlags = false
    }

    func unsignedField(_ u: MicroOp, insert: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      let shift = UInt8(truncatingIfNeeded: u.aux)
      copy(d, n)
      if insert {
        mask(d, u.imm)
        if shift != 0 { a.shift(.shl, d, shift) }
      } else {
        if shift != 0 { a.shift(.shr, d, shift) }
        mask(d, u.imm)
      }
      hostHasFlags = false
    }

    /// BFI and BFXIL.
    func insertField(_ u: MicroOp, low: Bool, wide: Bool) {
      if isSink(u.rd) { return }
      let n = use(u.rn)
      _ = use(u.rd)
      let d = define(u.rd)
      let shift = UInt8(truncatingIfNeeded: u.aux)
      a.move(.rax, n)
      if low {
        if shift != 0 { a.shift(.shr, .rax, shift) }
        mask(.rax, u.imm)
        mask(d, ~u.imm)
      } else {
        mask(.rax, u.imm)
        if shift != 0 { a.shift(.shl, .rax, shift) }
        mask(d, ~(u.imm &<< UInt64(u.aux)))
      }
      a.arithmetic(.or, d, .rax, wide: wide)
      hostHasFlags = false
    }

    func extract(_ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      a.move(.rax, m, wide: wide)
      a.shiftDoubleRight(.rax, n, UInt8(truncatingIfNeeded: u.imm), wide: wide)
      a.move(d, .rax)
      hostHasFlags = false
    }

    func signExtend(_ u: MicroOp, bytes: UInt8) {
      let n = use(u.rn)
      let d = define(u.rd)
      a.extend(d, n, bytes: bytes, signed: true, wide: true)
      if u.aux != 0 {
        a.shift(.shl, d, UInt8(truncatingIfNeeded: u.aux))
        hostHasFlags = false
      }
    }

    /// MOVK: d = d with 16 bits replaced.
    func keepAndInsert(_ u: MicroOp, wide: Bool) {
      if isSink(u.rd) { return }
      let old = use(u.rd)
      let d = define(u.rd)
      let hole = ~(0xffff &<< UInt64(u.aux))
      hostHasFlags = false
      if !wide { a.move(d, old, wide: false) }
      if u.aux == 0 {
        a.arithmetic(.and, d, immediate: -0x1_0000, wide: wide)
        if u.imm != 0 { a.arithmetic(.or, d, immediate: Int32(truncatingIfNeeded: u.imm), wide: wide) }
        return
      }
      if wide {
        mask(d, hole)
      } else {
        a.arithmetic(.and, d, immediate: 0xffff, wide: false)
      }
      if u.imm == 0 { return }
      if wide {
        a.move(.rax, immediate: u.imm)
        a.arithmetic(.or, d, .rax)
      } else {
        a.arithmetic(.or, d, immediate: Int32(truncatingIfNeeded: Int64(bitPattern: u.imm)), wide: false)
      }
    }

    // MARK: Multiply, divide, bits

    enum Widening { case none, signed, unsigned }

    func multiplyAdd(_ u: MicroOp, wide: Bool, subtract: Bool, widening: Widening = .none) {
      let addend = UInt8(truncatingIfNeeded: u.aux)
      let n = use(u.rn)
      let m = use(u.rm)
      let ra: X86Register? = isZero(addend) ? nil : use(addend)
      let d = define(u.rd)
      hostHasFlags = false
      if widening == .none && !subtract && d != m && d != ra {
        if d != n { a.move(d, n, wide: wide) }
        a.multiply(d, m, wide: wide)
        if let ra { a.arithmetic(.add, d, ra, wide: wide) }
        return
      }
      switch widening {
      case .none:
        a.move(.rax, n, wide: wide)
        a.multiply(.rax, m, wide: wide)
      case .signed:
        a.extend(.rax, n, bytes: 4, signed: true, wide: true)
        a.extend(.rcx, m, bytes: 4, signed: true, wide: true)
        a.multiply(.rax, .rcx, wide: true)
      case .unsigned:
        a.move(.rax, n, wide: false)
        a.move(.rcx, m, wide: false)
        a.multiply(.rax, .rcx, wide: true)
      }
      if subtract {
        if let ra {
          a.move(.rcx, ra, wide: wide)
          a.arithmetic(.sub, .rcx, .rax, wide: wide)
          a.move(d, .rcx)
        } else {
          a.unary(3, .rax, wide: wide)
          a.move(d, .rax)
        }
      } else {
        if let ra { a.arithmetic(.add, .rax, ra, wide: wide) }
        a.move(d, .rax)
      }
    }

    func multiplyHigh(_ u: MicroOp, signed: Bool) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      a.move(.rax, n)
      a.unary(signed ? 5 : 4, m)
      a.move(d, .rdx)
      hostHasFlags = false
    }

    /// By zero gives zero; the one signed overflow wraps.
    func divide(_ u: MicroOp, signed: Bool, wide: Bool) {
      let n = use(u.rn)
      let m = use(u.rm)
      let d = define(u.rd)
      hostHasFlags = false
      a.arithmetic(.xor, .rax, .rax, wide: false)
      a.test(m, m, wide: wide)
      let byZero = a.jump(if: X86Condition.equal)
      a.move(.rax, n, wide: wide)
      if signed {
        a.arithmetic(.cmp, m, immediate: -1, wide: wide)
        let negative = a.jump(if: X86Condition.equal)
        if wide { a.byte(0x48) }
        a.byte(0x99)
        a.unary(7, m, wide: wide)
        let done = a.jump()
        a.bind(negative)
        a.unary(3, .rax, wide: wide)
        a.bind(done)
      } else {
        a.arithmetic(.xor, .rdx, .rdx, wide: false)
        a.unary(6, m, wide: wide)
      }
      a.bind(byZero)
      a.move(d, .rax)
    }

    /// RAX = its bits swapped in groups of `distance`, where `mask` names the lower ones; uses RCX, RDX.
    private func swapGroups(_ distance: UInt8, _ mask: UInt64) {
      a.move(.rdx, immediate: mask)
      a.move(.rcx, .rax)
      a.shift(.shr, .rcx, distance)
      a.arithmetic(.and, .rcx, .rdx)
      a.arithmetic(.and, .rax, .rdx)
      a.shift(.shl, .rax, distance)
      a.arithmetic(.or, .rax, .rcx)
    }

    func reverseBits(_ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      hostHasFlags = false
      a.move(.rax, n)
      a.byteSwap(.rax, wide: true)
      swapGroups(1, 0x5555_5555_5555_5555)
      swapGroups(2, 0x3333_3333_3333_3333)
      swapGroups(4, 0x0f0f_0f0f_0f0f_0f0f)
      if !wide { a.shift(.shr, .rax, 32) }
      a.move(d, .rax)
    }

    func reverseHalfwords(_ u: MicroOp, wide: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      hostHasFlags = false
      a.move(.rax, n)
      swapGroups(8, 0x00ff_00ff_00ff_00ff)
      a.move(d, .rax, wide: wide)
    }

    func reverseBytes(_ u: MicroOp, wide: Bool, rotate: Bool = false) {
      let n = use(u.rn)
      let d = define(u.rd)
      copy(d, n, wide: wide)
      a.byteSwap(d, wide: wide)
      if rotate {
        a.shift(.ror, d, 32)
        hostHasFlags = false
      }
    }

    /// d = leading zeros of n, or of n ^ (n >> (width - 1)), less one, for CLS.
    func countLeading(_ u: MicroOp, wide: Bool, sign: Bool) {
      let n = use(u.rn)
      let d = define(u.rd)
      hostHasFlags = false
      a.move(.rax, n, wide: wide)
      if sign {
        a.shift(.sar, .rax, wide ? 63 : 31, wide: wide)
        a.arithmetic(.xor, .rax, n, wide: wide)
      }
      if features.lzcnt {
        a.twoByte(0xbd, .rax, .rax, wide: wide, prefix: 0xf3)
      } else {
        a.move(.rdx, immediate: ~0)
        a.twoByte(0xbd, .rcx, .rax, wide: wide)
        a.conditionalMove(X86Condition.equal, .rcx, .rdx, wide: true)
        a.move(.rax, immediate: wide ? 63 : 31)
        a.arithmetic(.sub, .rax, .rcx, wide: false)
      }
      if sign { a.arithmetic(.sub, .rax, immediate: 1, wide: false) }
      a.move(d, .rax)
    }

    func byteSwapOperand(_ u: MicroOp) {
      let n = use(u.rn)
      let d = define(u.rd)
      hostHasFlags = false
      copy(d, n)
      a.byteSwap(d, wide: u.aux == 8)
      if u.aux == 2 { a.shift(.shr, d, 16, wide: false) }
    }
  }
#endif
