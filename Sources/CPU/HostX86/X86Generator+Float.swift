#if arch(x86_64)
  /// Floating point by the host's SSE unit, bit by bit as the guest has it.
  ///
  /// Host and guest compute alike unless FPCR.FZ flushes, but for two results: NaNs, of which the host takes the
  /// first operand's and makes negative ones, and the smallest normal number, which the guest, looking before it
  /// rounds, may call an underflow. Both are recognised by their exponent and computed again by `SoftFloat`. MXCSR
  /// has the guest's rounding mode and gathers the exceptions; see `X86Thunks.foldFloat`.
  extension X86Generator {
    /// Makes sure, once in a block, that FPCR lets the host compute and that MXCSR is the guest's.
    func prepareFloat() {
      hostHasFlags = false
      if floatIsReady { return }
      floatIsReady = true
      a.load(.rax, .rbp, X86Generator.at(Slot.fpcr), wide: false)
      a.test(.rax, immediate: 0x0100_0000)
      leave(if: X86Condition.notEqual)
      a.arithmetic(.cmp, memory: .rbp, X86Generator.at(HostSlot.floatIsArmed), immediate: 0)
      let armed = a.jump(if: X86Condition.notEqual)
      a.shift(.shr, .rax, 22, wide: false)
      a.arithmetic(.and, .rax, immediate: 3, wide: false)
      a.lea(.rax, .rbp, .rax, 3, X86Generator.at(HostSlot.floatClean))
      a.sse(0xae, 2, .rax, 0)
      a.store(.rbp, X86Generator.at(HostSlot.floatIsArmed), immediate: 1)
      a.bind(armed)
    }

    // MARK: Scalars

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
      case .movS: changeSign(nil, u, double: double)
      case .absS: changeSign(0x55, u, double: double)
      case .negS: changeSign(0x57, u, double: double)
      case .cselS: select(u, double: double)
      default: callVector(flags: true)
      }
    }

    /// XMM1 = the sign bit of a scalar.
    private func loadSign(double: Bool) {
      let slot = double ? HostSlot.signs64 : HostSlot.signs32
      a.sse(0x10, 1, .rbp, X86Generator.at(slot), prefix: double ? 0xf2 : 0xf3)
    }

    private func arithmetic(_ opcode: UInt8, _ u: MicroOp, double: Bool, negated: Bool = false) {
      prepareFloat()
      let n = useVector(u.rn)
      let m = useVector(u.rm)
      let d = claimVector(u.rd)
      let isClear = isScalar(n, double: double)
      a.sse(0x28, 0, n)
      a.sse(opcode, 0, m, prefix: double ? 0xf2 : 0xf3)
      let stub = checkScalar(double: double)
      if negated {
        loadSign(double: double)
        a.sse(0x57, 0, 1)
      }
      putScalar(d, double: double, isClear: isClear)
      setBack(stub)
    }

    private func squareRoot(_ u: MicroOp, double: Bool) {
      prepareFloat()
      let n = useVector(u.rn)
      let d = claimVector(u.rd)
      a.sse(0x57, 0, 0)
      a.sse(0x51, 0, n, prefix: double ? 0xf2 : 0xf3)
      let stub = checkScalar(double: double)
      putScalar(d, double: double, isClear: true)
      setBack(stub)
    }

    /// Without NaNs; equal operands may be zeros of different signs, of which the maximum is the AND.
    private func extremum(_ opcode: UInt8, _ u: MicroOp, double: Bool) {
      prepareFloat()
      let n = useVector(u.rn)
      let m = useVector(u.rm)
      let d = claimVector(u.rd)
      a.sse(0x28, 0, n)
      a.sse(0x2e, 0, m, prefix: double ? 0x66 : 0)
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.parity))
      let differ = a.jump(if: X86Condition.notEqual)
      a.sse(opcode == 0x5f ? 0x54 : 0x56, 0, m)
      let done = a.jump()
      a.bind(differ)
      a.sse(opcode, 0, m, prefix: double ? 0xf2 : 0xf3)
      a.bind(done)
      putScalar(d, double: double, isClear: false)
      setBack(stub)
    }

    /// FMOV, FABS (ANDNPS) and FNEG (XORPS).
    private func changeSign(_ opcode: UInt8?, _ u: MicroOp, double: Bool) {
      let n = useVector(u.rn)
      let d = claimVector(u.rd)
      let isClear = isScalar(n, double: double)
      if let opcode {
        loadSign(double: double)
        a.sse(0x28, 0, 1)
        a.sse(opcode, 0, n)
      } else {
        a.sse(0x28, 0, n)
      }
      putScalar(d, double: double, isClear: isClear)
    }

    private func select(_ u: MicroOp, double: Bool) {
      let condition = UInt32(truncatingIfNeeded: u.low4)
      if condition & 14 == 14 { return changeSign(nil, u, double: double) }
      let n = useVector(u.rn)
      let m = useVector(u.rm)
      loadFlags()
      a.sse(0x7e, m, 0, prefix: 0x66, wide: double)
      a.sse(0x7e, n, 1, prefix: 0x66, wide: double)
      a.conditionalMove(hostCondition(condition), .rax, .rcx, wide: double)
      putGeneral(u.rd, .rax, wide: double)
    }

    // MARK: Fused, compare

    func floatFused(_ u: MicroOp) {
      guard features.fma else { return callVector(flags: false) }
      let double = u.vectorOperation & 1 != 0
      // VFMADD231, VFNMADD231, VFMSUB231, VFNMSUB231: bit 1 negates the product, bit 2 the addend.
      let opcode: UInt8
      switch (u.vectorOperation &>> 1) & 3 {
      case 0: opcode = 0xb9
      case 1: opcode = 0xbd
      case 2: opcode = 0xbb
      default: opcode = 0xbf
      }
      prepareFloat()
      let addend = useVector(u.high8Register)
      let n = useVector(u.rn)
      let m = useVector(u.rm)
      let d = claimVector(u.rd)
      let isClear = isScalar(addend, double: double)
      a.sse(0x28, 0, addend)
      a.fused(opcode, 0, n, m, double: double)
      let stub = checkScalar(double: double)
      putScalar(d, double: double, isClear: isClear)
      setBack(stub)
    }

    /// NaNs are left to the interpreter; what else a comparison says is in CF and ZF.
    func floatCompare(_ u: MicroOp) {
      let operation = u.vectorOperation
      guard operation & 8 == 0 else { return callVector(flags: true) }
      let prefix: UInt8 = operation & 1 != 0 ? 0x66 : 0
      prepareFloat()
      let n = useVector(u.rn)
      var m: UInt8 = 1
      if operation & 4 != 0 { a.sse(0x57, 1, 1) } else { m = useVector(u.rm) }
      a.sse(0x2e, n, m, prefix: prefix)
      leave(if: X86Condition.parity)
      if flagsAreNeeded {
        // Less: N and no C. Equal: Z and C. Greater: C.
        a.byte(0x9f)  // LAHF
        a.arithmetic(.and, .rax, immediate: 0x4100, wide: false)
        a.move(.rcx, .rax, wide: false)
        a.shift(.shl, .rcx, 7, wide: false)
        a.arithmetic(.or, .rax, .rcx, wide: false)
        a.store(.rbp, X86Generator.at(HostSlot.flags), .rax, bytes: 2)
        a.sse(0x2e, n, m, prefix: prefix)
      }
      hostHasFlags = true
      hostFlagsAreFloat = true
    }

    // MARK: Conversions

    func floatConvert(_ u: MicroOp) {
      let isWide = u.low4 & 2 != 0
      let isUnsigned = u.low4 & 1 != 0
      switch u.operation(as: FloatConvertOp.self) {
      case .moveToW, .moveToX:
        let n = useVector(u.rn)
        a.sse(0x7e, n, define(u.rd).number, prefix: 0x66, wide: u.operation(as: FloatConvertOp.self) == .moveToX)
      case .moveTopToX:
        let n = useVector(u.rn)
        a.sse3A(0x16, n, define(u.rd).number, 1, wide: true)
      case .moveFromX: putGeneral(u.rd, use(u.rn), wide: true)
      case .moveFromW: putGeneral(u.rd, use(u.rn), wide: false)
      case .moveTopFromX:
        let d = useVector(u.rd)
        a.sse3A(0x22, d, use(u.rn).number, 1, wide: true)
        markWritten(d)
      case .singleToDouble, .doubleToSingle:
        let double = u.operation(as: FloatConvertOp.self) == .singleToDouble
        prepareFloat()
        let n = useVector(u.rn)
        let d = claimVector(u.rd)
        // A single leaves the rest of its register as it was.
        a.sse(0x57, 0, 0)
        a.sse(0x5a, 0, n, prefix: double ? 0xf3 : 0xf2)
        let stub = checkScalar(double: double)
        putScalar(d, double: double, isClear: true)
        setBack(stub)
      case .generalToSingle, .generalToDouble:
        if u.high8 != 0 { return stepOutside(thunks.step) }
        let double = u.operation(as: FloatConvertOp.self) == .generalToDouble
        prepareFloat()
        var n = use(u.rn)
        let d = claimVector(u.rd)
        var slow: Int?
        if isUnsigned && isWide {
          // The host knows signed numbers only.
          a.test(n, n)
          slow = addStub(.slowAccess, from: a.jump(if: X86Condition.sign))
        } else if isUnsigned {
          a.move(.rax, n, wide: false)
          n = .rax
        }
        a.sse(0x57, d, d)
        a.sse(0x2a, d, n.number, prefix: double ? 0xf2 : 0xf3, wide: isWide || isUnsigned)
        markWritten(d, zeroFrom64: true, zeroFrom32: !double)
        if let slow { setBack(slow) }
      case .singleToGeneral, .doubleToGeneral:
        // Truncation only.
        if u.high8 != 0 || u.rm != FPRounding.zero.rawValue { return stepOutside(thunks.step) }
        let double = u.operation(as: FloatConvertOp.self) == .doubleToGeneral
        if isUnsigned {
          toUnsigned(u, double: double, wide: isWide)
        } else {
          toGeneral(u, double: double, wide: isWide)
        }
      default: stepOutside(thunks.step)
      }
    }

    /// The host says 0x80... for what it cannot convert.
    private func toGeneral(_ u: MicroOp, double: Bool, wide: Bool) {
      prepareFloat()
      let n = useVector(u.rn)
      let d = registers.find(u.rd) ?? take(u.rd)
      a.sse(0x2c, 0, n, prefix: double ? 0xf2 : 0xf3, wide: wide)
      a.move(.rcx, immediate: wide ? 1 << 63 : 1 << 31)
      a.arithmetic(.cmp, .rax, .rcx, wide: wide)
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.equal))
      a.move(d, .rax)
      setDestinations(stub, d)
      setBack(stub)
      _ = define(u.rd)
    }

    /// A number from zero to less than 2 to the power of 32 or 63 by its exponent; others go the slow way.
    private func toUnsigned(_ u: MicroOp, double: Bool, wide: Bool) {
      prepareFloat()
      let n = useVector(u.rn)
      let d = registers.find(u.rd) ?? take(u.rd)
      a.sse(0x7e, n, 0, prefix: 0x66, wide: double)
      a.shift(.shr, .rax, double ? 52 : 23, wide: double)
      a.arithmetic(.cmp, .rax, immediate: (double ? 1023 : 127) + (wide ? 63 : 32), wide: false)
      let stub = addStub(.slowAccess, from: a.jump(if: X86Condition.aboveOrEqual))
      a.sse(0x2c, d.number, n, prefix: double ? 0xf2 : 0xf3, wide: true)
      setDestinations(stub, d)
      setBack(stub)
      _ = define(u.rd)
    }

    // MARK: Vectors

    /// Four singles, two doubles, or two singles beside zeros.
    func floatVector(_ u: MicroOp) {
      let double = u.size == 3
      let isWhole = u.low4 &<< u.size == 16
      let operation = u.operation(as: FloatOp.self)
      let isPartial = !double && u.low4 == 2 && operation != .div
      guard features.sse4, isWhole || isPartial else { return callVector(flags: false) }
      let prefix: UInt8 = double ? 0x66 : 0
      let d: UInt8
      switch operation {
      case .add, .sub, .mul, .div:
        prepareFloat()
        let n = useVector(u.rn)
        let m = useVector(u.rm)
        d = claimVector(u.rd)
        loadLanes(0, n, whole: isWhole)
        let opcode: UInt8 = operation == .add ? 0x58 : operation == .sub ? 0x5c : operation == .mul ? 0x59 : 0x5e
        a.sse(opcode, 0, lanes(m, 1, whole: isWhole), prefix: prefix)
      case .mla, .mls:
        guard features.fma else { return callVector(flags: false) }
        prepareFloat()
        d = useVector(u.rd)
        let n = useVector(u.rn)
        let m = useVector(u.rm)
        loadLanes(0, d, whole: isWhole)
        a.fused(
          operation == .mla ? 0xb8 : 0xbc, 0, lanes(n, 1, whole: isWhole), lanes(m, 2, whole: isWhole),
          double: double)
      default: return callVector(flags: false)
      }
      let stub = checkLanes(double: double)
      // Zeros less zeros are negative when rounding down.
      putVector(d, whole: isWhole)
      setBack(stub)
    }

    /// XMM`xmm` = the lanes of `n`, zeros beside them.
    private func loadLanes(_ xmm: UInt8, _ n: UInt8, whole: Bool) {
      if whole || isScalar(n, double: true) { a.sse(0x28, xmm, n) } else { a.sse(0x7e, xmm, n, prefix: 0xf3) }
    }

    /// The register that has the lanes of `n` with zeros beside them: `n`, or else XMM`scratch`.
    private func lanes(_ n: UInt8, _ scratch: UInt8, whole: Bool) -> UInt8 {
      if whole || isScalar(n, double: true) { return n }
      a.sse(0x7e, scratch, n, prefix: 0xf3)
      return scratch
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
