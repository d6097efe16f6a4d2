#if arch(x86_64)
  /// Advanced SIMD on integers: what SSE has, in XMM0...XMM2, each operation from memory to memory. What a row
  /// does not know is computed by `executeVector`.
  extension X86Generator {
    func vectorOperation(_ u: MicroOp) {
      guard features.sse4 else { return vectorOutside(u) }
      switch u.vectorGroup {
      case .floatScalar: floatScalar(u)
      case .floatFused: floatFused(u)
      case .floatCompare: floatCompare(u)
      case .floatConvert: floatConvert(u)
      case .floatVector: floatVector(u)
      case .bitwise: bitwise(u)
      case .integer: integer(u)
      case .shiftImmediate: shift(u)
      case .copy: copyLanes(u)
      case .permute: permute(u)
      default: vectorOutside(u)
      }
    }

    /// Swift computes it; the registers that it may touch are in memory.
    private func vectorOutside(_ u: MicroOp) {
      switch u.vectorGroup {
      case .copy, .floatConvert: stepOutside(thunks.step)
      case .floatCompare, .floatScalar: callVector(flags: true)
      default: callVector(flags: false)
      }
    }

    /// Swift computes it, which touches vector registers only and, with `flags`, the flags.
    func callVector(flags: Bool) {
      hostHasFlags = false
      if flags {
        a.move(.rcx, immediate: reference)
        a.call(to: thunks.stepFlags)
      } else {
        a.move(.rcx, immediate: reference & 0xffff_ffff)
        a.call(to: thunks.vector)
      }
    }

    // MARK: Operands

    private func load(_ xmm: UInt8, _ number: UInt8) { a.sse(0x28, xmm, .rbp, X86Generator.vector(number)) }

    /// Writes XMM0; without Q the upper half becomes zero.
    private func store(_ u: MicroOp) {
      if !u.q { a.sse(0x7e, 0, 0, prefix: 0xf3) }
      a.sse(0x29, 0, .rbp, X86Generator.vector(u.rd))
    }

    /// XMM0 = XMM0 op the register.
    private func apply(_ opcode: UInt8, _ number: UInt8) {
      a.sse(opcode, 0, .rbp, X86Generator.vector(number), prefix: 0x66)
    }

    private func invert() { a.sse(0xef, 0, .rbp, X86Generator.at(HostSlot.ones), prefix: 0x66) }

    // MARK: Bitwise

    private func bitwise(_ u: MicroOp) {
      guard u.imm == ~0 else { return callVector(flags: false) }
      switch u.operation(as: BitwiseOp.self) {
      case .and:
        load(0, u.rn)
        apply(0xdb, u.rm)
      case .orr:
        load(0, u.rn)
        if u.rn != u.rm { apply(0xeb, u.rm) }
      case .eor:
        load(0, u.rn)
        apply(0xef, u.rm)
      case .bic:
        load(0, u.rm)
        apply(0xdf, u.rn)
      case .orn:
        load(0, u.rm)
        invert()
        apply(0xeb, u.rn)
      case .not:
        load(0, u.rn)
        invert()
      case .bsl: choose(u.rd, u.rn, u.rm)
      case .bit: choose(u.rm, u.rn, u.rd)
      case .bif: choose(u.rm, u.rd, u.rn)
      }
      store(u)
    }

    /// XMM0 = bits of `first` where `mask` has ones, else of `second`.
    private func choose(_ mask: UInt8, _ first: UInt8, _ second: UInt8) {
      load(0, mask)
      a.sse(0x28, 1, 0)
      a.sse(0xdb, 1, .rbp, X86Generator.vector(first), prefix: 0x66)
      apply(0xdf, second)
      a.sse(0xeb, 0, 1, prefix: 0x66)
    }

    // MARK: Arithmetic and comparison

    private func integer(_ u: MicroOp) {
      guard u.imm == ~0 else { return callVector(flags: false) }
      let size = u.size
      switch u.operation(as: IntegerOp.self) {
      case .add:
        load(0, u.rn)
        apply(Self.add[size], u.rm)
      case .sub:
        load(0, u.rn)
        apply(Self.subtract[size], u.rm)
      case .mul:
        guard size == 1 || size == 2 else { return callVector(flags: false) }
        load(0, u.rn)
        multiply(u, size)
      case .mla, .mls:
        guard size == 1 || size == 2 else { return callVector(flags: false) }
        load(0, u.rn)
        multiply(u, size)
        if u.operation(as: IntegerOp.self) == .mla {
          apply(Self.add[size], u.rd)
        } else {
          a.sse(0x28, 1, 0)
          load(0, u.rd)
          a.sse(Self.subtract[size], 0, 1, prefix: 0x66)
        }
      case .cmeq:
        load(0, u.rn)
        compare(u.rm, Self.equal[size], 0x29, size)
      case .cmgt:
        load(0, u.rn)
        compare(u.rm, Self.greater[size], 0x37, size)
      case .cmge:
        load(0, u.rm)
        compare(u.rn, Self.greater[size], 0x37, size)
        invert()
      case .cmhs:
        guard size < 3 else { return callVector(flags: false) }
        load(0, u.rn)
        extremum(Self.unsignedMaximum[size], u.rm)
        compare(u.rn, Self.equal[size], 0x29, size)
      case .cmhi:
        guard size < 3 else { return callVector(flags: false) }
        load(0, u.rm)
        extremum(Self.unsignedMaximum[size], u.rn)
        compare(u.rm, Self.equal[size], 0x29, size)
        invert()
      case .smax: return choose(u, Self.signedMaximum)
      case .smin: return choose(u, Self.signedMinimum)
      case .umax: return choose(u, Self.unsignedMaximum)
      case .umin: return choose(u, Self.unsignedMinimum)
      default: return callVector(flags: false)
      }
      store(u)
    }

    private func multiply(_ u: MicroOp, _ size: Int) {
      if size == 1 { apply(0xd5, u.rm) } else { a.sse38(0x40, 0, .rbp, X86Generator.vector(u.rm)) }
    }

    private func compare(_ number: UInt8, _ opcode: UInt8, _ wide: UInt8, _ size: Int) {
      if size == 3 { a.sse38(wide, 0, .rbp, X86Generator.vector(number)) } else { apply(opcode, number) }
    }

    private func choose(_ u: MicroOp, _ table: [Extremum]) {
      guard u.size < 3 else { return callVector(flags: false) }
      load(0, u.rn)
      extremum(table[u.size], u.rm)
      store(u)
    }

    private func extremum(_ form: Extremum, _ number: UInt8) {
      if form.isLong {
        a.sse38(form.opcode, 0, .rbp, X86Generator.vector(number))
      } else {
        apply(form.opcode, number)
      }
    }

    /// An opcode after 0F or after 0F 38.
    private struct Extremum {
      var opcode: UInt8
      var isLong: Bool
      init(_ opcode: UInt8, long: Bool = true) {
        self.opcode = opcode
        isLong = long
      }
    }

    // By size: bytes, halfwords, words, doublewords.
    private static let add: [UInt8] = [0xfc, 0xfd, 0xfe, 0xd4]
    private static let subtract: [UInt8] = [0xf8, 0xf9, 0xfa, 0xfb]
    private static let equal: [UInt8] = [0x74, 0x75, 0x76, 0]
    private static let greater: [UInt8] = [0x64, 0x65, 0x66, 0]
    private static let signedMaximum = [Extremum(0x3c), Extremum(0xee, long: false), Extremum(0x3d)]
    private static let signedMinimum = [Extremum(0x38), Extremum(0xea, long: false), Extremum(0x39)]
    private static let unsignedMaximum = [Extremum(0xde, long: false), Extremum(0x3e), Extremum(0x3f)]
    private static let unsignedMinimum = [Extremum(0xda, long: false), Extremum(0x3a), Extremum(0x3b)]

    // MARK: Shifts

    private func shift(_ u: MicroOp) {
      guard u.imm == ~0, u.size > 0 else { return callVector(flags: false) }
      // 0F 71, 72, 73 by size; /2 SRL, /4 SRA, /6 SLL. A count of the whole width gives zeros, or signs.
      let opcode = 0x70 &+ UInt8(truncatingIfNeeded: u.size)
      let operation = u.operation(as: ShiftOp.self)
      let form: UInt8
      switch operation {
      case .ushr, .usra: form = 2
      case .sshr, .ssra:
        guard u.size < 3 else { return callVector(flags: false) }
        form = 4
      case .shl: form = 6
      default: return callVector(flags: false)
      }
      load(0, u.rn)
      a.sseShift(opcode, form, 0, u.rm)
      if operation == .usra || operation == .ssra { apply(Self.add[u.size], u.rd) }
      store(u)
    }

    // MARK: Lanes

    private func copyLanes(_ u: MicroOp) {
      let size = u.size
      let source = Int32(truncatingIfNeeded: (u.low4 &<< size) & 15)
      let place = X86Generator.vector(u.rn) + source
      switch u.operation(as: CopyOp.self) {
      case .movi:
        a.move(.rax, immediate: u.imm)
        a.store(.rbp, X86Generator.vector(u.rd), .rax)
        if u.q {
          a.store(.rbp, X86Generator.vector(u.rd, upper: true), .rax)
        } else {
          a.store(.rbp, X86Generator.vector(u.rd, upper: true), immediate: 0)
        }
      case .umov:
        let d = define(u.rd)
        loadLane(d, place, size, signed: false, wide: false)
      case .smovX, .smovW:
        let d = define(u.rd)
        loadLane(d, place, size, signed: true, wide: u.operation(as: CopyOp.self) == .smovX)
      case .insGeneral:
        let n = use(u.rn)
        a.store(.rbp, destination(u), n, bytes: 1 &<< UInt8(truncatingIfNeeded: size))
      case .insElement:
        loadLane(.rax, place, size, signed: false, wide: false)
        a.store(.rbp, destination(u), .rax, bytes: 1 &<< UInt8(truncatingIfNeeded: size))
      case .dupScalar:
        loadLane(.rax, place, size, signed: false, wide: false)
        a.store(.rbp, X86Generator.vector(u.rd), .rax)
        a.store(.rbp, X86Generator.vector(u.rd, upper: true), immediate: 0)
      case .dupElement:
        loadLane(.rax, place, size, signed: false, wide: false)
        spread(.rax, u)
      case .dupGeneral: spread(use(u.rn), u)
      case .orrImmediate, .andImmediate: stepOutside(thunks.step)
      }
    }

    private func destination(_ u: MicroOp) -> Int32 {
      X86Generator.vector(u.rd) + Int32(truncatingIfNeeded: (u.high8 &<< u.size) & 15)
    }

    private func loadLane(_ to: X86Register, _ place: Int32, _ size: Int, signed: Bool, wide: Bool) {
      if size == 3 {
        a.load(to, .rbp, place)
      } else {
        let bytes: UInt8 = 1 &<< UInt8(truncatingIfNeeded: size)
        a.loadExtended(to, .rbp, place, bytes: bytes, signed: signed && (wide || size < 2), wide: wide)
      }
    }

    /// Every lane of the destination = the low lane of a general register.
    private func spread(_ register: X86Register, _ u: MicroOp) {
      a.sse(0x6e, 0, register.number, prefix: 0x66, wide: true)
      switch u.size {
      case 0:
        a.sse(0xef, 1, 1, prefix: 0x66)
        a.sse38(0x00, 0, 1)
      case 1:
        a.sse(0x70, 0, 0, prefix: 0xf2)
        a.byte(0)
        a.sse(0x70, 0, 0, prefix: 0x66)
        a.byte(0)
      case 2:
        a.sse(0x70, 0, 0, prefix: 0x66)
        a.byte(0)
      default: a.sse(0x6c, 0, 0, prefix: 0x66)
      }
      store(u)
    }

    // MARK: Permutations

    private func permute(_ u: MicroOp) {
      let operation = u.operation(as: PermuteOp.self)
      switch operation {
      case .zip1, .zip2:
        guard u.q else { return callVector(flags: false) }
        load(0, u.rn)
        // PUNPCKL: 60, 61, 62, 6C; PUNPCKH: 68, 69, 6A, 6D.
        let low: [UInt8] = [0x60, 0x61, 0x62, 0x6c]
        let high: [UInt8] = [0x68, 0x69, 0x6a, 0x6d]
        apply(operation == .zip1 ? low[u.size] : high[u.size], u.rm)
        store(u)
      case .ext:
        guard u.q else { return callVector(flags: false) }
        // PALIGNR
        load(0, u.rm)
        load(1, u.rn)
        a.byte(0x66)
        a.byte(0x0f)
        a.byte(0x3a)
        a.byte(0x0f)
        a.byte(0xc1)
        a.byte(UInt8(truncatingIfNeeded: u.low4))
        store(u)
      default: callVector(flags: false)
      }
    }
  }
#endif
