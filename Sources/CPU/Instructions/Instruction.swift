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
  // C4.1.6 Conversion between floating-point and fixed-point
  case scvtfGeneralFixed, ucvtfGeneralFixed, fcvtzsGeneralFixed, fcvtzuGeneralFixed
  // C4.1.6 Conversion between floating-point and integer
  case fcvtnsGeneral, fcvtnuGeneral, scvtfGeneral, ucvtfGeneral, fcvtasGeneral, fcvtauGeneral,
    fcvtpsGeneral, fcvtpuGeneral, fcvtmsGeneral, fcvtmuGeneral, fcvtzsGeneral, fcvtzuGeneral
  // C4.1.6 Conversion between floating-point and integer (FMOV)
  case fmovToGeneral, fmovFromGeneral, fmovTopToGeneral, fmovTopFromGeneral
  // C4.1.6 Floating-point data-processing (1 source)
  case fmovRegister, fabsScalar, fnegScalar, fsqrtScalar, frintnScalar, frintpScalar, frintmScalar,
    frintzScalar, frintaScalar, frintxScalar, frintiScalar
  // C4.1.6 Floating-point data-processing (1 source), precision
  case fcvt
  // C4.1.6 Floating-point compare
  case fcmp, fcmpZero, fcmpe, fcmpeZero
  // C4.1.6 Floating-point immediate
  case fmovImmediate
  // C4.1.6 Floating-point conditional compare
  case fccmp, fccmpe
  // C4.1.6 Floating-point data-processing (2 source)
  case fmulScalar, fdivScalar, faddScalar, fsubScalar, fmaxScalar, fminScalar, fmaxnmScalar, fminnmScalar,
    fnmulScalar
  // C4.1.6 Floating-point conditional select
  case fcsel
  // C4.1.6 Floating-point data-processing (3 source)
  case fmadd, fmsub, fnmadd, fnmsub
  // C4.1.6 Advanced SIMD table lookup
  case tbl, tbx
  // C4.1.6 Advanced SIMD permute
  case uzp1, trn1, zip1, uzp2, trn2, zip2
  // C4.1.6 Advanced SIMD extract
  case ext
  // C4.1.6 Advanced SIMD copy
  case dupElement, dupGeneral, smov, umov, insGeneral, insElement
  // C4.1.6 Advanced SIMD three same
  case sqaddVector, sqsubVector, cmgtVector, cmgeVector, sshlVector, sqshlRegisterVector, srshlVector,
    sqrshlVector, addVector, cmtstVector, addpVector, uqaddVector, uqsubVector, cmhiVector, cmhsVector,
    ushlVector, uqshlRegisterVector, urshlVector, uqrshlVector, subVector, cmeqVector
  // C4.1.6 Advanced SIMD three same, no 64-bit elements
  case shaddVector, srhaddVector, shsubVector, smaxVector, sminVector, sabdVector, sabaVector, mlaVector,
    mulVector, smaxpVector, sminpVector, uhaddVector, urhaddVector, uhsubVector, umaxVector, uminVector,
    uabdVector, uabaVector, mlsVector, umaxpVector, uminpVector
  // C4.1.6 Advanced SIMD three same, 16-bit and 32-bit elements
  case sqdmulhVector, sqrdmulhVector
  // C4.1.6 Advanced SIMD three same, bytes
  case andVector, bicVector, orrVector, ornVector, eorVector, bslVector, bitVector, bifVector, pmulVector
  // C4.1.6 Advanced SIMD three same, floating-point
  case fmaxnmVector, fmlaVector, faddVector, fmulxVector, fcmeqVector, fmaxVector, frecpsVector,
    fminnmVector, fmlsVector, fsubVector, fminVector, frsqrtsVector, fmaxnmpVector, faddpVector, fmulVector,
    fcmgeVector, facgeVector, fmaxpVector, fdivVector, fminnmpVector, fabdVector, fcmgtVector, facgtVector,
    fminpVector
  // C4.1.6 Advanced SIMD three different
  case saddlVector, saddwVector, ssublVector, ssubwVector, addhnVector, sabalVector, subhnVector,
    sabdlVector, smlalVector, smlslVector, smullVector, uaddlVector, uaddwVector, usublVector, usubwVector,
    raddhnVector, uabalVector, rsubhnVector, uabdlVector, umlalVector, umlslVector, umullVector
  // C4.1.6 Advanced SIMD three different, 16-bit and 32-bit elements
  case sqdmlalVector, sqdmlslVector, sqdmullVector
  // C4.1.6 Advanced SIMD three different, polynomial
  case pmullVector
  // C4.1.6 Advanced SIMD two-register miscellaneous
  case suqaddVector, sqabsVector, cmgtZeroVector, cmeqZeroVector, cmltZeroVector, absVector, usqaddVector,
    sqnegVector, cmgeZeroVector, cmleZeroVector, negVector
  // C4.1.6 Advanced SIMD two-register miscellaneous, no 64-bit elements
  case rev64Vector, saddlpVector, clsVector, sadalpVector, rev32Vector, uaddlpVector, clzVector,
    uadalpVector, xtnVector, sqxtnVector, sqxtunVector, shllVector, uqxtnVector
  // C4.1.6 Advanced SIMD two-register miscellaneous, bytes
  case rev16Vector, cntVector, notVector, rbitVector
  // C4.1.6 Advanced SIMD two-register miscellaneous, floating-point
  case frintnVector, frintmVector, fcvtnsVector, fcvtmsVector, fcvtasVector, scvtfVector, fcmgtZeroVector,
    fcmeqZeroVector, fcmltZeroVector, fabsVector, frintpVector, frintzVector, fcvtpsVector, fcvtzsVector,
    frecpeVector, frintaVector, frintxVector, fcvtnuVector, fcvtmuVector, fcvtauVector, ucvtfVector,
    fcmgeZeroVector, fcmleZeroVector, fnegVector, frintiVector, fcvtpuVector, fcvtzuVector, frsqrteVector,
    fsqrtVector
  // C4.1.6 Advanced SIMD two-register miscellaneous, single precision
  case urecpeVector, ursqrteVector
  // C4.1.6 Advanced SIMD two-register miscellaneous, precision
  case fcvtnVector, fcvtlVector, fcvtxnVector
  // C4.1.6 Advanced SIMD across lanes
  case saddlvVector, smaxvVector, sminvVector, addvVector, uaddlvVector, umaxvVector, uminvVector
  // C4.1.6 Advanced SIMD across lanes, floating-point
  case fmaxnmvVector, fmaxvVector, fminnmvVector, fminvVector
  // C4.1.6 Advanced SIMD modified immediate, 32-bit shifted
  case moviWord, mvniWord, orrVectorWord, bicVectorWord
  // C4.1.6 Advanced SIMD modified immediate, 16-bit shifted
  case moviHalf, mvniHalf, orrVectorHalf, bicVectorHalf
  // C4.1.6 Advanced SIMD modified immediate, others
  case moviMasked, mvniMasked, moviByte, moviScalar, moviDouble, fmovVectorSingle, fmovVectorDouble
  // C4.1.6 Advanced SIMD shift by immediate
  case sshrVector, ssraVector, srshrVector, srsraVector, shlVector, sqshlImmediateVector, ushrVector,
    usraVector, urshrVector, ursraVector, sriVector, sliVector, sqshluVector, uqshlImmediateVector
  // C4.1.6 Advanced SIMD shift by immediate, narrowing and lengthening
  case shrnVector, rshrnVector, sqshrnVector, sqrshrnVector, sqshrunVector, sqrshrunVector, uqshrnVector,
    uqrshrnVector, sshllVector, ushllVector
  // C4.1.6 Advanced SIMD shift by immediate, conversion
  case scvtfFixedVector, fcvtzsFixedVector, ucvtfFixedVector, fcvtzuFixedVector
  // C4.1.6 Advanced SIMD vector x indexed element
  case mulByElement, sqdmulhByElement, sqrdmulhByElement, mlaByElement, mlsByElement, smlalByElement,
    sqdmlalByElement, smlslByElement, sqdmlslByElement, smullByElement, sqdmullByElement, umlalByElement,
    umlslByElement, umullByElement
  // C4.1.6 Advanced SIMD vector x indexed element, floating-point
  case fmlaByElement, fmlsByElement, fmulByElement, fmulxByElement
  // C4.1.6 Advanced SIMD scalar three same
  case sqaddScalar, sqsubScalar, sqshlRegisterScalar, sqrshlScalar, uqaddScalar, uqsubScalar,
    uqshlRegisterScalar, uqrshlScalar
  // C4.1.6 Advanced SIMD scalar three same, 16-bit and 32-bit
  case sqdmulhScalar, sqrdmulhScalar
  // C4.1.6 Advanced SIMD scalar three same, 64-bit
  case cmgtScalar, cmgeScalar, sshlScalar, srshlScalar, addScalar, cmtstScalar, cmhiScalar, cmhsScalar,
    ushlScalar, urshlScalar, subScalar, cmeqScalar
  // C4.1.6 Advanced SIMD scalar three same, floating-point
  case fmulxScalar, fcmeqScalar, frecpsScalar, frsqrtsScalar, fcmgeScalar, facgeScalar, fabdScalar,
    fcmgtScalar, facgtScalar
  // C4.1.6 Advanced SIMD scalar three different
  case sqdmlalScalar, sqdmlslScalar, sqdmullScalar
  // C4.1.6 Advanced SIMD scalar two-register miscellaneous
  case suqaddScalar, sqabsScalar, usqaddScalar, sqnegScalar
  // C4.1.6 Advanced SIMD scalar two-register miscellaneous, 64-bit
  case cmgtZeroScalar, cmeqZeroScalar, cmltZeroScalar, absScalar, cmgeZeroScalar, cmleZeroScalar, negScalar
  // C4.1.6 Advanced SIMD scalar two-register miscellaneous, narrowing
  case sqxtnScalar, sqxtunScalar, uqxtnScalar
  // C4.1.6 Advanced SIMD scalar two-register miscellaneous, floating-point
  case fcvtnsScalar, fcvtmsScalar, fcvtasScalar, scvtfScalar, fcmgtZeroScalar, fcmeqZeroScalar,
    fcmltZeroScalar, fcvtpsScalar, fcvtzsScalar, frecpeScalar, frecpxScalar, fcvtnuScalar, fcvtmuScalar,
    fcvtauScalar, ucvtfScalar, fcmgeZeroScalar, fcmleZeroScalar, fcvtpuScalar, fcvtzuScalar, frsqrteScalar,
    fcvtxnScalar
  // C4.1.6 Advanced SIMD scalar pairwise
  case addpScalar, fmaxnmpScalar, faddpScalar, fmaxpScalar, fminnmpScalar, fminpScalar
  // C4.1.6 Advanced SIMD scalar copy
  case dupElementScalar
  // C4.1.6 Advanced SIMD scalar shift by immediate, 64-bit
  case sshrScalar, ssraScalar, srshrScalar, srsraScalar, shlScalar, ushrScalar, usraScalar, urshrScalar,
    ursraScalar, sriScalar, sliScalar
  // C4.1.6 Advanced SIMD scalar shift by immediate, saturating
  case sqshlImmediateScalar, sqshluScalar, uqshlImmediateScalar
  // C4.1.6 Advanced SIMD scalar shift by immediate, narrowing
  case sqshrnScalar, sqrshrnScalar, sqshrunScalar, sqrshrunScalar, uqshrnScalar, uqrshrnScalar
  // C4.1.6 Advanced SIMD scalar shift by immediate, conversion
  case scvtfFixedScalar, fcvtzsFixedScalar, ucvtfFixedScalar, fcvtzuFixedScalar
  // C4.1.6 Advanced SIMD scalar x indexed element
  case sqdmlalScalarByElement, sqdmlslScalarByElement, sqdmullScalarByElement, sqdmulhScalarByElement,
    sqrdmulhScalarByElement
  // C4.1.6 Advanced SIMD scalar x indexed element, floating-point
  case fmlaScalarByElement, fmlsScalarByElement, fmulScalarByElement, fmulxScalarByElement
}
