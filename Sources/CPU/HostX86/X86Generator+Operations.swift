#if arch(x86_64)
  extension X86Generator {
    /// One micro-op. What has no case of its own is done by Swift: in place, or, where a block ends, by the
    /// interpreter.
    func translate(_ u: MicroOp) {
      let operation = unsafeBitCast(u.op, to: Operation.self)
      if let form = AccessForm(operation) { return access(form, u) }
      // Halves of vector registers as operands: rare data orders only.
      if (u.rd | u.rn | u.rm) >= 64 && operation != .vector && operation != .vectorMemory {
        return leaveHere()
      }
      switch operation {
      case .movImmediate: setImmediate(u.rd, u.imm)
      case .mov64:
        let n = use(u.rn)
        copy(define(u.rd), n)
      case .mov32:
        let n = use(u.rn)
        a.move(define(u.rd), n, wide: false)
      case .movk64: keepAndInsert(u, wide: true)
      case .movk32: keepAndInsert(u, wide: false)
      case .addPC: addToPC(u.rd, u.imm)
      case .addPage: addToPage(u.rd, u.imm)

      case .addI64: addImmediate(u, wide: true)
      case .addI32: addImmediate(u, wide: false)
      case .addR64: addRegisters(u, wide: true)
      case .addR32: addRegisters(u, wide: false)
      case .addShifted64: addRegisters(u, wide: true, shift: u.aux)
      case .subR64: binary(.sub, u, wide: true)
      case .subR32: binary(.sub, u, wide: false)
      case .eorLeft64: shiftedBinary(.xor, .shl, u, wide: true)
      case .eorLeft32: shiftedBinary(.xor, .shl, u, wide: false)
      case .eorRight64: shiftedBinary(.xor, .shr, u, wide: true)
      case .eorRight32: shiftedBinary(.xor, .shr, u, wide: false)
      case .orrLeft64: shiftedBinary(.or, .shl, u, wide: true)
      case .addsI64: flags(.addition) { $0.binaryImmediate(.add, u, wide: true, setsFlags: true) }
      case .addsI32: flags(.addition) { $0.binaryImmediate(.add, u, wide: false, setsFlags: true) }
      case .addsR64: flags(.addition) { $0.binary(.add, u, wide: true, setsFlags: true) }
      case .addsR32: flags(.addition) { $0.binary(.add, u, wide: false, setsFlags: true) }
      case .subsI64, .subsI64Branch:
        flags(.subtraction) { $0.binaryImmediate(.sub, u, wide: true, setsFlags: true) }
      case .subsI32, .subsI32Branch:
        flags(.subtraction) { $0.binaryImmediate(.sub, u, wide: false, setsFlags: true) }
      case .subsR64, .subsR64Branch: flags(.subtraction) { $0.binary(.sub, u, wide: true, setsFlags: true) }
      case .subsR32, .subsR32Branch: flags(.subtraction) { $0.binary(.sub, u, wide: false, setsFlags: true) }
      case .adc64: withCarry(u, subtract: false, wide: true, setsFlags: false)
      case .adc32: withCarry(u, subtract: false, wide: false, setsFlags: false)
      case .sbc64: withCarry(u, subtract: true, wide: true, setsFlags: false)
      case .sbc32: withCarry(u, subtract: true, wide: false, setsFlags: false)
      case .adcs64: withCarry(u, subtract: false, wide: true, setsFlags: true)
      case .adcs32: withCarry(u, subtract: false, wide: false, setsFlags: true)
      case .sbcs64: withCarry(u, subtract: true, wide: true, setsFlags: true)
      case .sbcs32: withCarry(u, subtract: true, wide: false, setsFlags: true)

      case .andI: andImmediate(u)
      case .orrI64: binaryImmediate(.or, u, wide: true)
      case .orrI32: binaryImmediate(.or, u, wide: false)
      case .eorI64: binaryImmediate(.xor, u, wide: true)
      case .eorI32: binaryImmediate(.xor, u, wide: false)
      case .and64: binary(.and, u, wide: true)
      case .and32: binary(.and, u, wide: false)
      case .orr64: binary(.or, u, wide: true)
      case .orr32: binary(.or, u, wide: false)
      case .eor64: binary(.xor, u, wide: true)
      case .eor32: binary(.xor, u, wide: false)
      case .bic64: binary(.and, u, wide: true, inverted: true)
      case .bic32: binary(.and, u, wide: false, inverted: true)
      case .orn64: binary(.or, u, wide: true, inverted: true)
      case .orn32: binary(.or, u, wide: false, inverted: true)
      case .eon64: binary(.xor, u, wide: true, inverted: true)
      case .eon32: binary(.xor, u, wide: false, inverted: true)
      case .andsI64, .andsI64Branch:
        flags(.logic) { $0.binaryImmediate(.and, u, wide: true, setsFlags: true) }
      case .andsI32, .andsI32Branch:
        flags(.logic) { $0.binaryImmediate(.and, u, wide: false, setsFlags: true) }
      case .ands64: flags(.logic) { $0.binary(.and, u, wide: true, setsFlags: true) }
      case .ands32: flags(.logic) { $0.binary(.and, u, wide: false, setsFlags: true) }
      case .bics64: flags(.logic) { $0.binary(.and, u, wide: true, inverted: true, setsFlags: true) }
      case .bics32: flags(.logic) { $0.binary(.and, u, wide: false, inverted: true, setsFlags: true) }

      default: translateField(operation, u)
      }
    }

    private func flags(_ source: FlagSource, _ body: (X86Generator) -> Void) {
      body(self)
      keepFlags(source)
    }

    private func translateField(_ operation: Operation, _ u: MicroOp) {
      let width = UInt32(truncatingIfNeeded: u.imm)
      switch operation {
      case .lslI64: shiftImmediate(.shl, u, wide: true)
      case .lslI32: shiftImmediate(.shl, u, wide: false)
      case .lsrI64: shiftImmediate(.shr, u, wide: true)
      case .lsrI32: shiftImmediate(.shr, u, wide: false)
      case .asrI64: shiftImmediate(.sar, u, wide: true)
      case .asrI32: shiftImmediate(.sar, u, wide: false)
      case .rorI64: shiftImmediate(.ror, u, wide: true)
      case .rorI32: shiftImmediate(.ror, u, wide: false)
      case .lslR64: shiftRegister(.shl, u, wide: true)
      case .lslR32: shiftRegister(.shl, u, wide: false)
      case .lsrR64: shiftRegister(.shr, u, wide: true)
      case .lsrR32: shiftRegister(.shr, u, wide: false)
      case .asrR64: shiftRegister(.sar, u, wide: true)
      case .asrR32: shiftRegister(.sar, u, wide: false)
      case .rorR64: shiftRegister(.ror, u, wide: true)
      case .rorR32: shiftRegister(.ror, u, wide: false)
      case .ubfx: unsignedField(u, insert: false)
      case .ubfiz: unsignedField(u, insert: true)
      case .sbfx64: signedField(u, left: 64 &- width &- u.aux, right: 64 &- width, wide: true)
      case .sbfx32: signedField(u, left: 32 &- width &- u.aux, right: 32 &- width, wide: false)
      case .sbfiz64: signedField(u, left: 64 &- width, right: 64 &- width &- u.aux, wide: true)
      case .sbfiz32: signedField(u, left: 32 &- width, right: 32 &- width &- u.aux, wide: false)
      case .bfi64: insertField(u, low: false, wide: true)
      case .bfi32: insertField(u, low: false, wide: false)
      case .bfxil64: insertField(u, low: true, wide: true)
      case .bfxil32: insertField(u, low: true, wide: false)
      case .extr64: extract(u, wide: true)
      case .extr32: extract(u, wide: false)
      case .sxtb: signExtend(u, bytes: 1)
      case .sxth: signExtend(u, bytes: 2)
      case .sxtw: signExtend(u, bytes: 4)
      case .madd64: multiplyAdd(u, wide: true, subtract: false)
      case .madd32: multiplyAdd(u, wide: false, subtract: false)
      case .msub64: multiplyAdd(u, wide: true, subtract: true)
      case .msub32: multiplyAdd(u, wide: false, subtract: true)
      case .smaddl: multiplyAdd(u, wide: true, subtract: false, widening: .signed)
      case .smsubl: multiplyAdd(u, wide: true, subtract: true, widening: .signed)
      case .umaddl: multiplyAdd(u, wide: true, subtract: false, widening: .unsigned)
      case .umsubl: multiplyAdd(u, wide: true, subtract: true, widening: .unsigned)
      case .smulh: multiplyHigh(u, signed: true)
      case .umulh: multiplyHigh(u, signed: false)
      case .udiv64: divide(u, signed: false, wide: true)
      case .udiv32: divide(u, signed: false, wide: false)
      case .sdiv64: divide(u, signed: true, wide: true)
      case .sdiv32: divide(u, signed: true, wide: false)
      case .rbit64: reverseBits(u, wide: true)
      case .rbit32: reverseBits(u, wide: false)
      case .rev16x64: reverseHalfwords(u, wide: true)
      case .rev16x32: reverseHalfwords(u, wide: false)
      case .rev32x64: reverseBytes(u, wide: true, rotate: true)
      case .rev64: reverseBytes(u, wide: true)
      case .rev32: reverseBytes(u, wide: false)
      case .clz64: countLeading(u, wide: true, sign: false)
      case .clz32: countLeading(u, wide: false, sign: false)
      case .cls64: countLeading(u, wide: true, sign: true)
      case .cls32: countLeading(u, wide: false, sign: true)
      case .byteSwap: byteSwapOperand(u)

      case .csel64: select(u, .plain, wide: true)
      case .csel32: select(u, .plain, wide: false)
      case .csinc64: select(u, .increment, wide: true)
      case .csinc32: select(u, .increment, wide: false)
      case .csinv64: select(u, .invert, wide: true)
      case .csinv32: select(u, .invert, wide: false)
      case .csneg64: select(u, .negate, wide: true)
      case .csneg32: select(u, .negate, wide: false)
      case .ccmpI64: conditionalCompare(u, register: false, add: false, wide: true)
      case .ccmpI32: conditionalCompare(u, register: false, add: false, wide: false)
      case .ccmpR64: conditionalCompare(u, register: true, add: false, wide: true)
      case .ccmpR32: conditionalCompare(u, register: true, add: false, wide: false)
      case .ccmnI64: conditionalCompare(u, register: false, add: true, wide: true)
      case .ccmnI32: conditionalCompare(u, register: false, add: true, wide: false)
      case .ccmnR64: conditionalCompare(u, register: true, add: true, wide: true)
      case .ccmnR32: conditionalCompare(u, register: true, add: true, wide: false)
      default: translateFlow(operation, u)
      }
    }

    private func translateFlow(_ operation: Operation, _ u: MicroOp) {
      switch operation {
      case .vector: vectorOperation(u)
      case .vectorMemory, .mrsNZCV, .sev, .crc32: stepOutside(thunks.step)
      case .unprivilegedLoad: unprivileged(u, isStore: false)
      case .unprivilegedStore: unprivileged(u, isStore: true)
      case .loadExclusive: loadExclusive(u, isPair: false)
      case .loadExclusivePair: loadExclusive(u, isPair: true)
      case .storeExclusive: storeExclusive(u, isPair: false)
      case .storeExclusivePair: storeExclusive(u, isPair: true)
      case .zeroCacheLine: zeroCacheLine(u)
      case .msrNZCV: stepOutside(thunks.stepFlags)
      case .clearExclusive: a.store(.rbp, X86Generator.at(Slot.exclusive), immediate: 0)
      case .checkAlignment: checkAlignment(u)
      case .checkStackPointer: checkStackPointer()
      case .requireAlignedSP: requireAlignedSP()
      case .mrsStackPointer0: readSlot(u.rd, Slot.spEL0)
      case .mrsSlot: readSlot(u.rd, Int(truncatingIfNeeded: u.imm & 511))
      case .msrSlot: writeSlot(Int(truncatingIfNeeded: u.imm & 511), u.rn)
      case .daifSet:
        a.arithmetic(
          .or, memory: .rbp, X86Generator.at(Slot.daif), immediate: Int32(truncatingIfNeeded: u.imm & 0x3c0))
        hostHasFlags = false
      case .mrs: readRegister(u)
      case .msrStored: writeStored(u)
      case .maintain: maintain(u)
      case .daifClear, .msrDAIF: writeInterruptMasks(u)
      case .msr, .msrImmediate, .sys, .sysl, .svc, .hvc, .smc, .eret, .floatTrap: finishOutside()
      case .sevl: a.store(.rbp, X86Generator.at(Slot.event), immediate: 1)
      case .pstateGate: pstateGate()
      case .b: branch(u)
      case .bl: branchWithLink(u)
      case .bEQ: branchIf(0, u)
      case .bNE: branchIf(1, u)
      case .bCS: branchIf(2, u)
      case .bCC: branchIf(3, u)
      case .bMI: branchIf(4, u)
      case .bPL: branchIf(5, u)
      case .bVS: branchIf(6, u)
      case .bVC: branchIf(7, u)
      case .bHI: branchIf(8, u)
      case .bLS: branchIf(9, u)
      case .bGE: branchIf(10, u)
      case .bLT: branchIf(11, u)
      case .bGT: branchIf(12, u)
      case .bLE: branchIf(13, u)
      case .cbz64: compareAndBranch(u, ifZero: true, wide: true)
      case .cbz32: compareAndBranch(u, ifZero: true, wide: false)
      case .cbnz64: compareAndBranch(u, ifZero: false, wide: true)
      case .cbnz32: compareAndBranch(u, ifZero: false, wide: false)
      case .tbz: testAndBranch(u, ifZero: true)
      case .tbnz: testAndBranch(u, ifZero: false)
      case .br: branchToRegister(u, link: false)
      case .blr: branchToRegister(u, link: true)
      case .next: fallThrough(u)
      default: leaveHere()
      }
    }
  }
#endif
