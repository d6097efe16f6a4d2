import Fabric

extension BlockBuilder {
  /// Branches and exception generation (Arm DDI 0487, C4.1.3).
  mutating func translateBranch(_ instruction: Instruction, _ word: UInt32) -> Bool {
    let rn = Self.source(word.bits(9, 5))
    let rt = Self.source(word.bits(4, 0))
    let near = displacement &+ (UInt64(word.bits(23, 5)) &<< 2).signExtended(from: 21)
    let far = displacement &+ (UInt64(word.bits(25, 0)) &<< 2).signExtended(from: 28)
    switch instruction {
    case .b: end(.b, imm: far)
    case .bl: end(.bl, aux: following, imm: far)
    case .bCond:
      let isFused = fuseCompare()
      let condition = word.bits(3, 0) ^ (isFused && planted == .fusedBranch ? 1 : 0)
      emit(
        Self.conditionalBranches[Int(word.bits(3, 0))], rm: UInt8(truncatingIfNeeded: condition),
        aux: following, imm: near)
      ended = true
    case .cbz: end(word.bit(31) ? .cbz64 : .cbz32, rn: rt, aux: following, imm: near)
    case .cbnz: end(word.bit(31) ? .cbnz64 : .cbnz32, rn: rt, aux: following, imm: near)
    case .tbz, .tbnz:
      let target = displacement &+ (UInt64(word.bits(18, 5)) &<< 2).signExtended(from: 16)
      let bit = (word.bits(31, 31) &<< 5) | word.bits(23, 19)
      emit(
        instruction == .tbz ? .tbz : .tbnz, rn: rt, rm: UInt8(truncatingIfNeeded: bit), aux: following,
        imm: target)
      ended = true
    case .br, .ret: end(.br, rn: rn)
    case .blr: end(.blr, rn: rn, aux: following)
    case .svc: end(.svc, imm: UInt64(word.bits(20, 5)))
    case .hvc: end(.hvc, imm: UInt64(word.bits(20, 5)))
    case .smc: end(.smc, imm: UInt64(word.bits(20, 5)))
    case .brk: end(.brk, imm: UInt64(word.bits(20, 5)))
    case .hlt: end(.hlt, imm: UInt64(word.bits(20, 5)))
    case .dcps1, .dcps2, .dcps3: end(.dcps)
    case .eret: end(.eret)
    case .drps: end(.drps)
    default: return false
    }
    return true
  }

  /// Lets a compare right before a conditional branch do the branch, too. Both keep their micro-ops, so that
  /// a slice may end between them. Whether there is one.
  private mutating func fuseCompare() -> Bool {
    guard ops.count > 0, map.count > 1, Int(map[map.count - 1]) == ops.count else { return false }
    let last = ops.count - 1
    guard Int(map[map.count - 2]) <= last, let fused = Operation(rawValue: ops[last].op)?.withBranch else {
      return false
    }
    ops[last].op = fused.rawValue
    return true
  }

  private static let conditionalBranches: [Operation] = [
    .bEQ, .bNE, .bCS, .bCC, .bMI, .bPL, .bVS, .bVC, .bHI, .bLS, .bGE, .bLT, .bGT, .bLE, .b, .b,
  ]

  /// Hints, barriers, PSTATE, system instructions and registers.
  mutating func translateSystem(_ instruction: Instruction, _ word: UInt32) -> Bool {
    let level = mode & BlockMode.levelMask
    switch instruction {
    case .nop, .hint, .dsb, .dmb: break
    // What it waits for ended a block of its own.
    case .isb: end(.next, aux: following)
    case .yield: end(.yield)
    case .wfe: end(.wfe)
    case .wfi: end(.wfi)
    case .sev: emit(.sev)
    case .sevl: emit(.sevl)
    case .clrex: emit(.clearExclusive)
    case .msrImmediate:
      let field = (word.bits(18, 16) &<< 3) | word.bits(7, 5)
      // DAIFSet above EL0 only masks more: nothing to look at, the block goes on.
      if field == 0b011_110 && level != 0 {
        emit(.daifSet, imm: UInt64(word.bits(11, 8)) &<< 6)
      } else if field == 0b011_111 && level != 0 {
        // An interrupt may be taken right behind it.
        emit(.daifClear, imm: UInt64(word.bits(11, 8)) &<< 6)
        end(.next, aux: following)
      } else {
        end(.msrImmediate, aux: field, imm: UInt64(word.bits(11, 8)))
      }
    case .sys where word.bits(20, 5) == Self.dcZVA:
      emit(.zeroCacheLine, rn: Self.source(word.bits(4, 0)), aux: word.bits(20, 5), imm: UInt64(word.bits(4, 0)))
    case .sys where SystemRegister.maintainsCaches(word.bits(20, 5), exceptionLevel: Int(level)):
      emit(.maintain, rn: Self.source(word.bits(4, 0)), aux: word.bits(20, 5), imm: UInt64(word.bits(4, 0)))
    case .sys:
      end(.sys, rn: Self.source(word.bits(4, 0)), aux: word.bits(20, 5), imm: UInt64(word.bits(4, 0)))
    case .sysl: end(.sysl, aux: word.bits(20, 5), imm: UInt64(word.bits(4, 0)))
    case .mrs: readRegister(word, level)
    case .msrRegister: writeRegister(word, level)
    default: return false
    }
    return true
  }

  /// op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2, as bits 20:5 of the word hold it (op0 = 2 + o0).
  private static func encoding(_ op0: UInt32, _ op1: UInt32, _ crn: UInt32, _ crm: UInt32, _ op2: UInt32)
    -> UInt32
  {
    (op0 &<< 14) | (op1 &<< 11) | (crn &<< 7) | (crm &<< 3) | op2
  }
  private static let dcZVA = encoding(1, 3, 7, 4, 1)
  private static let nzcv = encoding(3, 3, 4, 2, 0)
  private static let daif = encoding(3, 3, 4, 2, 1)
  private static let fpcr = encoding(3, 3, 4, 4, 0)
  private static let fpsr = encoding(3, 3, 4, 4, 1)
  private static let spEL0 = encoding(3, 0, 4, 1, 0)

  /// Reads without traps at this EL become plain moves; everything else asks the access rules.
  private mutating func readRegister(_ word: UInt32, _ level: UInt64) {
    let encoding = word.bits(20, 5)
    let rd = Self.target(word.bits(4, 0))
    switch encoding {
    case Self.nzcv: emit(.mrsNZCV, rd: rd)
    case Self.daif where level != 0: emit(.mrsSlot, rd: rd, imm: UInt64(Slot.daif))
    case Self.fpcr, Self.fpsr:
      if mode & BlockMode.floatingPointTrapped != 0 { return end(.floatTrap) }
      emit(.mrsSlot, rd: rd, imm: UInt64(encoding == Self.fpcr ? Slot.fpcr : Slot.fpsr))
    case Self.spEL0 where level != 0:
      emit(.pstateGate)
      emit(.mrsStackPointer0, rd: rd)
    default:
      if let slot = SystemRegister.untrappedSlot(encoding, exceptionLevel: Int(level), write: false) {
        emit(.mrsSlot, rd: rd, imm: UInt64(slot))
      } else {
        emit(.mrs, rd: rd, aux: encoding, imm: UInt64(word.bits(4, 0)))
      }
    }
  }

  private mutating func writeRegister(_ word: UInt32, _ level: UInt64) {
    let encoding = word.bits(20, 5)
    let rt = Self.source(word.bits(4, 0))
    switch encoding {
    case Self.nzcv: emit(.msrNZCV, rn: rt)
    case Self.daif where level != 0:
      emit(.msrDAIF, rn: rt)
      end(.next, aux: following)
    case Self.spEL0 where level != 0:
      emit(.pstateGate)
      emit(.msrSlot, rn: rt, imm: UInt64(Slot.spEL0))
    case Self.fpcr where mode & BlockMode.floatingPointTrapped != 0,
      Self.fpsr where mode & BlockMode.floatingPointTrapped != 0:
      end(.floatTrap)
    default:
      if let slot = SystemRegister.untrappedSlot(encoding, exceptionLevel: Int(level), write: true) {
        emit(.msrSlot, rn: rt, imm: UInt64(slot))
      } else if SystemRegister.isStored(encoding, exceptionLevel: Int(level)) {
        emit(.msrStored, rn: rt, aux: encoding, imm: UInt64(word.bits(4, 0)))
      } else {
        end(.msr, rn: rt, aux: encoding, imm: UInt64(word.bits(4, 0)))
      }
    }
  }
}
