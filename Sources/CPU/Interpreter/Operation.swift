/// What a `MicroOp` does. Dense, so that dispatch is one indirect jump. Operand use is stated where the
/// interpreter executes it; suffix 64/32 is the register width, I = immediate, R = register.
enum Operation: UInt8 {
  // Moves and address generation
  case movImmediate, mov64, mov32, movk64, movk32, addPC, addPage
  // Add and subtract
  case addI64, addI32, addR64, addR32, subR64, subR32, addShifted64, eorLeft64, eorRight64, orrLeft64, eorLeft32, eorRight32
  case addsI64, addsI32, subsI64, subsI32, addsR64, addsR32, subsR64, subsR32
  case adc64, adc32, sbc64, sbc32, adcs64, adcs32, sbcs64, sbcs32
  // Logical
  case andI, orrI64, orrI32, eorI64, eorI32, and64, and32, orr64, orr32, eor64, eor32
  case bic64, bic32, orn64, orn32, eon64, eon32
  case andsI64, andsI32, ands64, ands32, bics64, bics32
  // Shifts, bit fields, extension
  case lslI64, lslI32, lsrI64, lsrI32, asrI64, asrI32, rorI64, rorI32
  case lslR64, lslR32, lsrR64, lsrR32, asrR64, asrR32, rorR64, rorR32
  case ubfx, ubfiz, sbfx64, sbfx32, sbfiz64, sbfiz32, bfi64, bfi32, bfxil64, bfxil32
  case extr64, extr32, sxtb, sxth, sxtw
  // Multiply, divide, bits
  case madd64, madd32, msub64, msub32, smaddl, smsubl, umaddl, umsubl, smulh, umulh
  case udiv64, udiv32, sdiv64, sdiv32
  case rbit64, rbit32, rev16x64, rev16x32, rev32x64, rev64, rev32, clz64, clz32, cls64, cls32, crc32
  // Conditional
  case csel64, csel32, csinc64, csinc32, csinv64, csinv32, csneg64, csneg32
  case ccmpI64, ccmpI32, ccmpR64, ccmpR32, ccmnI64, ccmnI32, ccmnR64, ccmnR32
  // Loads: base + immediate, base + ((index & imm) << aux)
  case ldr8, ldr16, ldr32, ldr64, ldrs8x64, ldrs8x32, ldrs16x64, ldrs16x32, ldrs32x64
  case ldr8R, ldr16R, ldr32R, ldr64R, ldrs8x64R, ldrs8x32R, ldrs16x64R, ldrs16x32R, ldrs32x64R
  case str8, str16, str32, str64, str8R, str16R, str32R, str64R
  case ldp64, ldp32, ldpsw, stp64, stp32
  case ldrV8, ldrV16, ldrV32, ldrV64, ldrV128, ldrV8R, ldrV16R, ldrV32R, ldrV64R, ldrV128R
  case strV128, strV128R, ldpV32, ldpV64, ldpV128, stpV128
  // Less frequent memory
  case unprivilegedLoad, unprivilegedStore, loadExclusive, storeExclusive, loadExclusivePair
  case storeExclusivePair, clearExclusive, checkAlignment, checkStackPointer, requireAlignedSP
  case vectorMemory, byteSwap, zeroCacheLine
  // FP and AdvSIMD
  case vector
  // System, in the block
  case mrs, mrsStackPointer0, mrsSlot, mrsNZCV, msrNZCV, msrSlot, daifSet
  // The same: a register that is mere storage, but may trap; cache maintenance by address; DAIF, before `next`
  case msrStored, maintain, daifClear, msrDAIF
  case sevl, sev, pstateGate
  // Ends of blocks
  case b, bl, bEQ, bNE, bCS, bCC, bMI, bPL, bVS, bVC, bHI, bLS, bGE, bLT, bGT, bLE
  // A compare with the conditional branch that follows it: one dispatch for two instructions
  case subsI64Branch, subsI32Branch, subsR64Branch, subsR32Branch, andsI64Branch, andsI32Branch
  case cbz64, cbz32, cbnz64, cbnz32, tbz, tbnz, br, blr, next
  case msr, msrImmediate, sys, sysl, svc, hvc, smc, brk, hlt, dcps, eret, drps, wfi, wfe, yield, isb
  case undefined, floatTrap, sliceEnd

  /// The form of a compare that does the branch after it, too.
  var withBranch: Operation? {
    switch self {
    case .subsI64: .subsI64Branch
    case .subsI32: .subsI32Branch
    case .subsR64: .subsR64Branch
    case .subsR32: .subsR32Branch
    case .andsI64: .andsI64Branch
    case .andsI32: .andsI32Branch
    default: nil
    }
  }

  /// The compare alone.
  var withoutBranch: Operation? {
    switch self {
    case .subsI64Branch: .subsI64
    case .subsI32Branch: .subsI32
    case .subsR64Branch: .subsR64
    case .subsR32Branch: .subsR32
    case .andsI64Branch: .andsI64
    case .andsI32Branch: .andsI32
    default: nil
    }
  }
}
