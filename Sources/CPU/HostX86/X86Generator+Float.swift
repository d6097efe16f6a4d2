#if arch(x86_64)
  /// Floating point by the host's SSE unit, bit by bit as the guest has it.
  ///
  /// Host and guest compute alike when FPCR asks for round to nearest without flushing, but for two results:
  /// NaNs, of which the host takes the first operand's and makes negative ones, and the smallest normal number,
  /// which the guest, looking before it rounds, may call an underflow. Both are recognised by their exponent and
  /// computed again by `SoftFloat`. MXCSR gathers the exceptions; see `X86Thunks.foldFloat`.
  extension X86Generator {
    /// Displacement of a vector register or its upper half.
    @inline(__always)
    static func vector(_ number: UInt8, upper: Bool = false) -> Int32 {
      at(Slot.v0 + Int(number & 31) * 2 + (upper ? 1 : 0))
    }

    /// Makes sure, once in a block, that FPCR lets the host compute and that MXCSR is the guest's.
    private func prepareFloat() {
      hostHasFlags = false
      if floatIsReady { return }
      floatIsReady = true
      a.load(.rax, .rbp, X86Generator.at(Slot.fpcr), wide: false)
      a.test(.rax, immediate: 0x01c0_0000)
      leave(if: X86Condition.notEqual)
      a.arithmetic(.cmp, memory: .rbp, X86Generator.at(HostSlot.floatIsArmed), immediate: 0)
      let armed = a.jump(if: X86Condition.notEqual)
      a.sse(0xae, 2, .rbp, X86Generator.at(HostSlot.floatClean))
      a.store(.rbp, X86Generator.at(HostSlot.floatIsArmed), immediate: 1)
      a.bind(armed)
    }

    // MARK: Scalars in XMM registers; a load clears the rest of the register

    private func loadScalar(_ xmm: UInt8, _ number: UInt8, double: Bool) {
      a.sse(0x10, xmm, .rbp, X86Generator.vector(number), prefix: double ? 0xf2 : 0xf3)
    }

    private func storeWhole(_ xmm: UInt8, _ number: UInt8) {
      a.sse(0x29, xmm, .rbp, X86Generator.vector(number))
    }

    private func scalar(_ opcode: UInt8, _ to: UInt8, _ from: UInt8, double: Bool) {
      a.sse(opcode, to, from, prefix: double ? 0xf2 : 0xf3)
    }

    /// To the slow path if XMM0 is a NaN, an infinity, or as small as a normal number can be.
    private func checkScalar(double: Bool) -> Int {
      a.sse(0x7e, 0, 0, prefix: 0x66, wide: double)
      a.shift(.shr, .rax, double ? 52 : 23, wide: double)
      a.lea(.rax, .rax, 1, wide: false)
      a.test(.rax, immediate: double ? 0x7fd : 0xfd)
      return addStub(.slowAccess, from: a.jump(if: X86Condition.equal))
    }

    func floatScalar(_ u: MicroOp) {
      let double = u.vectorOperation & 1 != 0
      switch unsafeBitCast(u.vectorOperation & ~1, to: FloatScalarOp.self) {
      case .addS: arithmetic(0x58, u, double: double)
      case .subS: arithmetic(0x5c, u, double: double)
      case .mulS: arithmetic(0x59, u, double: double)
      case .divS: arithmetic(0x5e, u, double: double)
      case .nmulS: arithmetic(0x59, u, double: double, negated: true)
      case .sqrtS: squareRoot(u, double: double)
      case .maxS, .maxnmS: extremum(0x5f, u, double: double)
      case .minS, .minnmS: extremum(0x5d, u, double: double)
      case .movS: bits(u, double: double) {}
      case .absS: bits(u, double: double) { self.changeSign(6, double: double) }
      case .negS: bits(u, double: double) { self.changeSign(7, double: double) }
      case .cselS: select(u, double: double)
      default: callVector(flags: true)
      }
    }

    private func arithmetic(_ opcode: UInt8, _ u: MicroOp, double: Bool, negated: Bool = false) {
      prepareFloat()
      loadScalar(0, u.rn, double: double)
      a.sse(opcode, 0, .rbp, X86Generator.vector(u.rm), prefix: double ? 0xf2 : 0xf3)
      let stub = checkScalar(double: double)
      if negated {
        loadScalar(1, 0, from: double ? HostSlot.signs64 : HostSlot.signs32, double: double)
        a.sse(0x57, 0, 1)
      }
      storeWhole(0, u.rd)
      setBack(stub)
    }

    private func loadScalar(_ xmm: UInt8, _: UInt8, from slot: Int, double: Bool) {
      a.sse(0x10, xmm, .rbp, X86Generator.at(slot), prefix: double ? 0xf2 : 0xf3)
    }

    private func squareRoot(_ u: MicroOp, double: Bool) {
      prepareFloat()
      loadScalar(0, u.rn, double: double)
      scalar(0x51, 0, 0, double: double)
      let stub = checkScalar(double: double)
      storeWhole(0, u.rd)
      setBack(stub)
    }

    /// Without NaNs; equal operands may be zeros of different signs, of which the maximum is the AND.
    private func extremum(_ opcode: UInt8, _ u: MicroOp, double: Bool) {
      prepareFloat()
      loadScalar(0, u.rn, double: double)
      loadScalar(1, u.rm, double: double)
      a.sse(0x2e, 0, 1, prefix: double ? 0x66 : 0)
      let stub = addStub(.slowAccess, from: a.jump(if: 10))
      let differ = a.jump(if: X86Condition.notEqual)
      a.sse(opcode == 0x5f ? 0x54 : 0x56, 0, 1)
      let done = a.jump()
      a.bind(differ)
      scalar(opcode, 0, 1, double: double)
      a.bind(done)
      storeWhole(0, u.rd)
      setBack(stub)
    }

    /// RAX = the operand; `change` it and write it.
    private func bits(_ u: MicroOp, double: Bool, _ change: () -> Void) {
      a.load(.rax, .rbp, X86Generator.vector(u.rn), wide: double)
      change()
      storeScalar(.rax, u.rd)
    }

    private func storeScalar(_ register: X86Register, _ number: UInt8) {
      a.store(.rbp, X86Generator.vector(number), register)
      a.store(.rbp, X86Generator.vector(number, upper: true), immediate: 0)
    }

    /// BTR (6) or BTC (7) of the sign in RAX.
    private func changeSign(_ form: UInt8, double: Bool) {
      if double { a.byte(0x48) }
      a.byte(0x0f)
      a.byte(0xba)
      a.byte(0xc0 | (form &<< 3))
      a.byte(double ? 63 : 31)
      hostHasFlags = false
    }

    private func select(_ u: MicroOp, double: Bool) {
      let condition = UInt32(truncatingIfNeeded: u.low4)
      if condition & 14 == 14 { return bits(u, double: double) {} }
      loadFlags()
      a.load(.rax, .rbp, X86Generator.vector(u.rm), wide: double)
      a.load(.rcx, .rbp, X86Generator.vector(u.rn), wide: double)
      a.conditionalMove(X86Generator.condition(condition), .rax, .rcx, wide: double)
      storeScalar(.rax, u.rd)
    }

    // MARK: Fused, compare

    func floatFused(_ u: MicroOp) {
      guard features.fma else { return callVector(flags: false) }
      let double = u.vectorOperation & 1 != 0
      // VFMADD231, VFNMADD231, VFMSUB231, VFNMSUB231: bit 1 negates the product, bit 2 the addend.
      let opcodes: [UInt8] = [0xb9, 0xbd, 0xbb, 0xbf]
      prepareFloat()
      loadScalar(0, u.high8Register, double: double)
      loadScalar(1, u.rn, double: double)
      loadScalar(2, u.rm, double: double)
      a.fused(opcodes[Int(u.vectorOperation &>> 1) & 3], 0, 1, 2, double: double)
      let stub = checkScalar(double: double)
      storeWhole(0, u.rd)
      setBack(stub)
    }

    func floatCompare(_ u: MicroOp) {
      let operation = u.vectorOperation
      guard operation & 8 == 0 else { return callVector(flags: true) }
      let double = operation & 1 != 0
      prepareFloat()
      loadScalar(0, u.rn, double: double)
      if operation & 4 != 0 { a.sse(0x57, 1, 1) } else { loadScalar(1, u.rm, double: double) }
      a.sse(0x2e, 0, 1, prefix: double ? 0x66 : 0)
      let stub = addStub(.slowFlags, from: a.jump(if: 10))
      // Less: N and no C. Equal: Z and C. Greater: C.
      a.setByte(X86Condition.below, .rcx)
      a.setByte(X86Condition.equal, .rax)
      a.extend(.rcx, .rcx, bytes: 1, signed: false, wide: false)
      a.extend(.rax, .rax, bytes: 1, signed: false, wide: false)
      a.shift(.shl, .rax, 14, wide: false)
      a.move(.rdx, .rcx, wide: false)
      a.shift(.shl, .rcx, 8, wide: false)
      a.shift(.shl, .rdx, 15, wide: false)
      a.arithmetic(.or, .rax, .rcx, wide: false)
      a.arithmetic(.or, .rax, .rdx, wide: false)
      a.store(.rbp, X86Generator.at(HostSlot.flags), .rax, bytes: 2)
      setBack(stub)
    }

    // MARK: Conversions

    func floatConvert(_ u: MicroOp) {
      let isWide = u.low4 & 2 != 0
      let isUnsigned = u.low4 & 1 != 0
      switch u.operation(as: FloatConvertOp.self) {
      case .moveToW, .moveToX:
        let d = define(u.rd)
        a.load(
          d, .rbp, X86Generator.vector(u.rn), wide: u.operation(as: FloatConvertOp.self) == .moveToX)
      case .moveTopToX:
        let d = define(u.rd)
        a.load(d, .rbp, X86Generator.vector(u.rn, upper: true))
      case .moveFromX: storeScalar(use(u.rn), u.rd)
      case .moveFromW:
        a.move(.rax, use(u.rn), wide: false)
        storeScalar(.rax, u.rd)
      case .moveTopFromX: a.store(.rbp, X86Generator.vector(u.rd, upper: true), use(u.rn))
      case .singleToDouble, .doubleToSingle:
        let double = u.operation(as: FloatConvertOp.self) == .singleToDouble
        prepareFloat()
        loadScalar(1, u.rn, double: !double)
        // A single leaves the rest of its register as it was.
        a.sse(0x57, 0, 0)
        scalar(0x5a, 0, 1, double: !double)
        let stub = checkScalar(double: double)
        storeWhole(0, u.rd)
        setBack(stub)
      case .generalToSingle, .generalToDouble:
        if u.high8 != 0 || (isUnsigned && isWide) { return stepOutside(thunks.step) }
        let double = u.operation(as: FloatConvertOp.self) == .generalToDouble
        prepareFloat()
        var n = use(u.rn)
        if isUnsigned {
          a.move(.rax, n, wide: false)
          n = .rax
        }
        a.sse(0x57, 0, 0)
        a.sse(0x2a, 0, n.number, prefix: double ? 0xf2 : 0xf3, wide: isWide || isUnsigned)
        storeWhole(0, u.rd)
      case .singleToGeneral, .doubleToGeneral:
        // Truncation only; the host says 0x80... for what it cannot convert.
        if u.high8 != 0 || u.rm != FPRounding.zero.rawValue || isUnsigned { return stepOutside(thunks.step) }
        toGeneral(u, double: u.operation(as: FloatConvertOp.self) == .doubleToGeneral, wide: isWide)
      default: stepOutside(thunks.step)
      }
    }

    private func toGeneral(_ u: MicroOp, double: Bool, wide: Bool) {
      prepareFloat()
      let d = registers.find(u.rd) ?? take(u.rd)
      a.sse(0x2c, 0, .rbp, X86Generator.vector(u.rn), prefix: double ? 0xf2 : 0xf3, wide: wide)
      a.move(.rcx, immediate: wide ? 1 << 63 : 1 << 31)
      a.arithmetic(.cmp, .rax, .rcx, wide: wide)
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.equal))
      a.move(d, .rax)
      setDestinations(stub, d)
      setBack(stub)
      _ = define(u.rd)
    }

    // MARK: Vectors

    /// Four singles, two doubles, or two singles beside zeros.
    func floatVector(_ u: MicroOp) {
      let double = u.size == 3
      let lanes = u.low4
      let isWhole = lanes &<< u.size == 16
      let operation = u.operation(as: FloatOp.self)
      let isPartial = !double && lanes == 2 && operation != .div
      guard features.sse4, isWhole || isPartial else { return callVector(flags: false) }
      let prefix: UInt8 = double ? 0x66 : 0
      switch operation {
      case .add, .sub, .mul, .div:
        prepareFloat()
        loadLanes(0, u.rn, whole: isWhole)
        loadLanes(1, u.rm, whole: isWhole)
        let opcode: UInt8 = operation == .add ? 0x58 : operation == .sub ? 0x5c : operation == .mul ? 0x59 : 0x5e
        a.sse(opcode, 0, 1, prefix: prefix)
      case .mla, .mls:
        guard features.fma else { return callVector(flags: false) }
        prepareFloat()
        loadLanes(0, u.rd, whole: isWhole)
        loadLanes(1, u.rn, whole: isWhole)
        loadLanes(2, u.rm, whole: isWhole)
        a.fused(operation == .mla ? 0xb8 : 0xbc, 0, 1, 2, double: double)
      default: return callVector(flags: false)
      }
      let stub = checkLanes(double: double)
      storeWhole(0, u.rd)
      setBack(stub)
    }

    private func loadLanes(_ xmm: UInt8, _ number: UInt8, whole: Bool) {
      if whole {
        a.sse(0x28, xmm, .rbp, X86Generator.vector(number))
      } else {
        a.sse(0x7e, xmm, .rbp, X86Generator.vector(number), prefix: 0xf3)
      }
    }

    /// As `checkScalar`, for every lane of XMM0; uses XMM1 and XMM2.
    private func checkLanes(double: Bool) -> Int {
      a.sse(0x28, 1, 0)
      a.sseShift(double ? 0x73 : 0x72, 2, 1, double ? 52 : 23)
      a.sse(double ? 0xfb : 0xfa, 1, .rbp, X86Generator.at(HostSlot.ones), prefix: 0x66)
      a.sse(
        0xdb, 1, .rbp, X86Generator.at(double ? HostSlot.exponents64 : HostSlot.exponents32), prefix: 0x66)
      a.sse(0xef, 2, 2, prefix: 0x66)
      if double { a.sse38(0x29, 1, 2) } else { a.sse(0x76, 1, 2, prefix: 0x66) }
      a.sse(0x50, 0, 1)
      a.test(.rax, .rax, wide: false)
      return addStub(.slowAccess, from: a.jump(if: X86Condition.notEqual))
    }
  }
#endif
