#if arch(x86_64)
  /// Advanced SIMD on integers: what SSE has. What a row does not know is computed by `executeVector`.
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
      writeBack(vectors: vectors.snapshot, vectors.dirty)
      forgetVectors()
      if flags {
        a.move(.rcx, immediate: reference)
        a.call(to: thunks.stepFlags)
      } else {
        a.move(.rcx, immediate: reference & 0xffff_ffff)
        a.call(to: thunks.vector)
      }
    }

    // MARK: Operands

    private func load(_ xmm: UInt8, _ number: UInt8) { a.sse(0x28, xmm, useVector(number)) }

    /// Writes XMM0; without Q the upper half becomes zero.
    private func store(_ u: MicroOp) { putVector(defineVector(u.rd), whole: u.q) }

    /// XMM0 = XMM0 op the register.
    private func apply(_ opcode: UInt8, _ number: UInt8) {
      a.sse(opcode, 0, useVector(number), prefix: 0x66)
    }

    /// d = n op m.
    private func combine(_ opcode: UInt8, _ u: MicroOp, commutes: Bool = true) {
      let n = useVector(u.rn)
      let m = useVector(u.rm)
      let d = defineVector(u.rd)
      if d == n {
        a.sse(opcode, d, m, prefix: 0x66)
      } else if d == m && commutes {
        a.sse(opcode, d, n, prefix: 0x66)
      } else if d == m {
        a.sse(0x28, 0, n)
        a.sse(opcode, 0, m, prefix: 0x66)
        return putVector(d, whole: u.q)
      } else {
        a.sse(0x28, d, n)
        a.sse(opcode, d, m, prefix: 0x66)
      }
      if !u.q {
        a.sse(0x7e, d, d, prefix: 0xf3)
        markWritten(d, zeroFrom64: true)
      }
    }

    private func invert() { a.sse(0xef, 0, .rbp, X86Generator.at(HostSlot.ones), prefix: 0x66) }

    // MARK: Bitwise

    private func bitwise(_ u: MicroOp) {
      guard u.imm == ~0 else { return callVector(flags: false) }
      switch u.operation(as: BitwiseOp.self) {
      case .and: return combine(0xdb, u)
      case .orr:
        if u.rn != u.rm { return combine(0xeb, u) }
        load(0, u.rn)
      case .eor: return combine(0xef, u)
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
      a.sse(0xdb, 1, useVector(first), prefix: 0x66)
      apply(0xdf, second)
      a.sse(0xeb, 0, 1, prefix: 0x66)
    }

    // MARK: Arithmetic and comparison

    private func integer(_ u: MicroOp) {
      guard u.imm == ~0 else { return callVector(flags: false) }
      let size = u.size
      switch u.operation(as: IntegerOp.self) {
      case .add: return combine(Self.add[size], u)
      case .sub: return combine(Self.subtract[size], u, commutes: false)
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
      if size == 1 { apply(0xd5, u.rm) } else { a.sse38(0x40, 0, useVector(u.rm)) }
    }

    private func compare(_ number: UInt8, _ opcode: UInt8, _ wide: UInt8, _ size: Int) {
      if size == 3 { a.sse38(wide, 0, useVector(number)) } else { apply(opcode, number) }
    }

    private func choose(_ u: MicroOp, _ table: [Extremum]) {
      guard u.size < 3 else { return callVector(flags: false) }
      load(0, u.rn)
      extremum(table[u.size], u.rm)
      store(u)
    }

    private func extremum(_ form: Extremum, _ number: UInt8) {
      if form.isLong {
        a.sse38(form.opcode, 0, useVector(number))
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
    /// PUNPCKL and PUNPCKH.
    private static let zipLow: [UInt8] = [0x60, 0x61, 0x62, 0x6c]
    private static let zipHigh: [UInt8] = [0x68, 0x69, 0x6a, 0x6d]
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
      let source = UInt8(truncatingIfNeeded: u.low4)
      let operation = u.operation(as: CopyOp.self)
      switch operation {
      case .movi: setLanes(u)
      case .umov:
        let n = useVector(u.rn)
        extractLane(define(u.rd), n, source, size)
      case .smovX, .smovW:
        let n = useVector(u.rn)
        let d = define(u.rd)
        extractLane(d, n, source, size)
        if operation == .smovX || size < 2 {
          a.extend(d, d, bytes: 1 &<< UInt8(truncatingIfNeeded: size), signed: true, wide: operation == .smovX)
        }
      case .insGeneral:
        let n = use(u.rn)
        insertLane(u, n)
      case .insElement:
        extractLane(.rax, useVector(u.rn), source, size)
        insertLane(u, .rax)
      case .dupScalar:
        extractLane(.rax, useVector(u.rn), source, size)
        putGeneral(u.rd, .rax, wide: true)
      case .dupElement:
        if size >= 2 { return spread(useVector(u.rn), lane: source, u) }
        extractLane(.rax, useVector(u.rn), source, size)
        spread(.rax, u)
      case .dupGeneral: spread(use(u.rn), u)
      case .orrImmediate, .andImmediate: stepOutside(thunks.step)
      }
    }

    private func setLanes(_ u: MicroOp) {
      let d = defineVector(u.rd)
      if u.imm == 0 {
        a.sse(0x57, d, d)
      } else if u.imm == ~0 && u.q {
        a.sse(0x76, d, d, prefix: 0x66)
      } else {
        a.move(.rax, immediate: u.imm)
        a.sse(0x6e, d, 0, prefix: 0x66, wide: true)
        if u.q { a.sse(0x6c, d, d, prefix: 0x66) }
      }
      markWritten(d, zeroFrom64: !u.q || u.imm == 0, zeroFrom32: u.imm == 0)
    }

    /// A general register of the host = a lane, zero-extended.
    private func extractLane(_ to: X86Register, _ xmm: UInt8, _ lane: UInt8, _ size: Int) {
      switch size {
      case 0: a.sse3A(0x14, xmm, to.number, lane & 15)
      case 1: a.sse3A(0x15, xmm, to.number, lane & 7)
      case 2:
        if lane & 3 == 0 {
          a.sse(0x7e, xmm, to.number, prefix: 0x66)
        } else {
          a.sse3A(0x16, xmm, to.number, lane & 3)
        }
      default:
        if lane & 1 == 0 {
          a.sse(0x7e, xmm, to.number, prefix: 0x66, wide: true)
        } else {
          a.sse3A(0x16, xmm, to.number, 1, wide: true)
        }
      }
    }

    private func insertLane(_ u: MicroOp, _ from: X86Register) {
      let d = useVector(u.rd)
      let lane = UInt8(truncatingIfNeeded: u.high8)
      switch u.size {
      case 0: a.sse3A(0x20, d, from.number, lane & 15)
      case 1:
        a.sse(0xc4, d, from.number, prefix: 0x66)
        a.byte(lane & 7)
      case 2: a.sse3A(0x22, d, from.number, lane & 3)
      default: a.sse3A(0x22, d, from.number, lane & 1, wide: true)
      }
      markWritten(d)
    }

    /// Every lane of the destination = a word or doubleword of a vector register.
    private func spread(_ n: UInt8, lane: UInt8, _ u: MicroOp) {
      a.sse(0x70, 0, n, prefix: 0x66)
      a.byte(u.size == 2 ? (lane & 3) &* 0x55 : lane & 1 == 0 ? 0x44 : 0xee)
      store(u)
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
        combine(operation == .zip1 ? Self.zipLow[u.size] : Self.zipHigh[u.size], u, commutes: false)
      case .ext:
        guard u.q else { return callVector(flags: false) }
        // PALIGNR takes the upper operand first.
        load(0, u.rm)
        a.sse3A(0x0f, 0, useVector(u.rn), UInt8(truncatingIfNeeded: u.low4))
        store(u)
      default: callVector(flags: false)
      }
    }
  }
#endif
