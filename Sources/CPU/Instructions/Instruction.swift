/// The instructions of the Cortex-A72 in AArch64 state, one case for each row of ``InstructionTable``.
///
/// A case names what is executed, not one spelling: the fields of the word choose the register width,
/// the element size or the access size where the manual describes the variants with one pseudocode.
public enum Instruction: UInt16, CaseIterable, Sendable {
  // C4.1.2 PC-relative addressing
  case adr, adrp
  // C4.1.2 Add/subtract (immediate)
  case addImmediate, addsImmediate, subImmediate, subsImmediate
  // C4.1.2 Logical (immediate)
  case andImmediate, orrImmediate, eorImmediate, andsImmediate
  // C4.1.2 Move wide (immediate)
  case movn, movz, movk
  // C4.1.2 Bitfield
  case sbfm, bfm, ubfm
  // C4.1.2 Extract
  case extr
  // C4.1.3 Conditional branch (immediate)
  case bCond
  // C4.1.3 Exception generation
  case svc, hvc, smc, brk, hlt, dcps1, dcps2, dcps3
  // C4.1.3 Hints
  case hint, nop, yield, wfe, wfi, sev, sevl
  // C4.1.3 Barriers
  case clrex, dsb, dmb, isb
  // C4.1.3 PSTATE
  case msrImmediate
  // C4.1.3 System instructions
  case sys, sysl
  // C4.1.3 System register move
  case msrRegister, mrs
  // C4.1.3 Unconditional branch (register)
  case br, blr, ret, eret, drps
  // C4.1.3 Unconditional branch (immediate)
  case b, bl
  // C4.1.3 Compare and branch (immediate)
  case cbz, cbnz
  // C4.1.3 Test and branch (immediate)
  case tbz, tbnz
  // C4.1.5 Data-processing (2 source)
  case udiv, sdiv, lslv, lsrv, asrv, rorv, crc32b, crc32h, crc32w, crc32x, crc32cb, crc32ch, crc32cw,
    crc32cx
  // C4.1.5 Data-processing (1 source)
  case rbit, rev16, rev32, rev, clz, cls
  // C4.1.5 Logical (shifted register)
  case andShifted, bicShifted, orrShifted, ornShifted, eorShifted, eonShifted, andsShifted, bicsShifted
  // C4.1.5 Add/subtract (shifted register)
  case addShifted, addsShifted, subShifted, subsShifted
  // C4.1.5 Add/subtract (extended register)
  case addExtended, addsExtended, subExtended, subsExtended
  // C4.1.5 Add/subtract (with carry)
  case adc, adcs, sbc, sbcs
  // C4.1.5 Conditional compare
  case ccmnRegister, ccmpRegister, ccmnImmediate, ccmpImmediate
  // C4.1.5 Conditional select
  case csel, csinc, csinv, csneg
  // C4.1.5 Data-processing (3 source)
  case madd, msub, smaddl, smsubl, smulh, umaddl, umsubl, umulh
  // C4.1.4 Advanced SIMD load/store multiple structures
  case ld1Multiple1, ld1Multiple2, ld1Multiple3, ld1Multiple4, ld2Multiple, ld3Multiple, ld4Multiple,
    st1Multiple1, st1Multiple2, st1Multiple3, st1Multiple4, st2Multiple, st3Multiple, st4Multiple
  // C4.1.4 Advanced SIMD load/store multiple structures (post-indexed)
  case ld1Multiple1PostIndex, ld1Multiple2PostIndex, ld1Multiple3PostIndex, ld1Multiple4PostIndex,
    ld2MultiplePostIndex, ld3MultiplePostIndex, ld4MultiplePostIndex, st1Multiple1PostIndex,
    st1Multiple2PostIndex, st1Multiple3PostIndex, st1Multiple4PostIndex, st2MultiplePostIndex,
    st3MultiplePostIndex, st4MultiplePostIndex
  // C4.1.4 Advanced SIMD load/store single structure
  case ld1Single, ld2Single, ld3Single, ld4Single, st1Single, st2Single, st3Single, st4Single
  // C4.1.4 Advanced SIMD load and replicate single structure
  case ld1Replicate, ld2Replicate, ld3Replicate, ld4Replicate
  // C4.1.4 Advanced SIMD load/store single structure (post-indexed)
  case ld1SinglePostIndex, ld2SinglePostIndex, ld3SinglePostIndex, ld4SinglePostIndex, st1SinglePostIndex,
    st2SinglePostIndex, st3SinglePostIndex, st4SinglePostIndex
  // C4.1.4 Advanced SIMD load and replicate single structure (post-indexed)
  case ld1ReplicatePostIndex, ld2ReplicatePostIndex, ld3ReplicatePostIndex, ld4ReplicatePostIndex
  // C4.1.4 Load/store exclusive and ordered
  case stxr, stlxr, ldxr, ldaxr, stxp, stlxp, ldxp, ldaxp, stlr, ldar
  // C4.1.4 Load register (literal)
  case ldrLiteral, ldrswLiteral, ldrFPLiteral
  // C4.1.4 Load/store no-allocate pair (offset)
  case stnp, ldnp, stnpFP, ldnpFP
  // C4.1.4 Load/store register pair (post-indexed)
  case stpPostIndex, ldpPostIndex, ldpswPostIndex, stpFPPostIndex, ldpFPPostIndex
  // C4.1.4 Load/store register pair (offset)
  case stpOffset, ldpOffset, ldpswOffset, stpFPOffset, ldpFPOffset
  // C4.1.4 Load/store register pair (pre-indexed)
  case stpPreIndex, ldpPreIndex, ldpswPreIndex, stpFPPreIndex, ldpFPPreIndex
  // C4.1.4 Load/store register (unscaled immediate)
  case stur, ldur, ldurs, sturFP, ldurFP
  // C4.1.4 Load/store register (immediate post-indexed)
  case strImmediatePostIndex, ldrImmediatePostIndex, ldrsImmediatePostIndex, strFPImmediatePostIndex,
    ldrFPImmediatePostIndex
  // C4.1.4 Load/store register (unprivileged)
  case sttr, ldtr, ldtrs
  // C4.1.4 Load/store register (immediate pre-indexed)
  case strImmediatePreIndex, ldrImmediatePreIndex, ldrsImmediatePreIndex, strFPImmediatePreIndex,
    ldrFPImmediatePreIndex
  // C4.1.4 Load/store register (register offset)
  case strRegisterOffset, ldrRegisterOffset, ldrsRegisterOffset, strFPRegisterOffset, ldrFPRegisterOffset
  // C4.1.4 Load/store register (unsigned immediate)
  case strImmediateUnsigned, ldrImmediateUnsigned, ldrsImmediateUnsigned, strFPImmediateUnsigned,
    ldrFPImmediateUnsigned
  // C4.1.4 Prefetch memory
  case prfmLiteral, prfum, prfmRegisterOffset, prfmImmediateUnsigned
}
