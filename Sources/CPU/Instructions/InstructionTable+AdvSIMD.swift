extension InstructionTable {
  /// Advanced SIMD on vectors (Arm DDI 0487, C4.1.6).
  /// The format is that of ``InstructionTable``.
  static let simdText = """
    # C4.1.6 Advanced SIMD table lookup | simd
    tbl | 0 Q 001110 000 Rm:5 0 len:2 0 00 Rn:5 Rd:5 | | tbl <Rd.v8>, <Rn.table>, <Rm.v8>
    tbx | 0 Q 001110 000 Rm:5 0 len:2 1 00 Rn:5 Rd:5 | | tbx <Rd.v8>, <Rn.table>, <Rm.v8>

    # C4.1.6 Advanced SIMD permute | simd, not size=11 Q=0
    uzp1 | 0 Q 001110 size:2 0 Rm:5 0 001 10 Rn:5 Rd:5 | | uzp1 <Rd.v>, <Rn.v>, <Rm.v>
    trn1 | 0 Q 001110 size:2 0 Rm:5 0 010 10 Rn:5 Rd:5 | | trn1 <Rd.v>, <Rn.v>, <Rm.v>
    zip1 | 0 Q 001110 size:2 0 Rm:5 0 011 10 Rn:5 Rd:5 | | zip1 <Rd.v>, <Rn.v>, <Rm.v>
    uzp2 | 0 Q 001110 size:2 0 Rm:5 0 101 10 Rn:5 Rd:5 | | uzp2 <Rd.v>, <Rn.v>, <Rm.v>
    trn2 | 0 Q 001110 size:2 0 Rm:5 0 110 10 Rn:5 Rd:5 | | trn2 <Rd.v>, <Rn.v>, <Rm.v>
    zip2 | 0 Q 001110 size:2 0 Rm:5 0 111 10 Rn:5 Rd:5 | | zip2 <Rd.v>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD extract | simd, not Q=0 imm4=1xxx
    ext | 0 Q 101110 000 Rm:5 0 imm4:4 0 Rn:5 Rd:5 | | ext <Rd.v8>, <Rn.v8>, <Rm.v8>, <imm4.hex>

    # C4.1.6 Advanced SIMD copy | simd, not imm5=x0000
    dupElement | 0 Q 0 01110000 imm5:5 0 0000 1 Rn:5 Rd:5   | not imm5=x1000 Q=0 | dup <Rd.v5>, <Rn.element5>
    dupGeneral | 0 Q 0 01110000 imm5:5 0 0001 1 Rn:5 Rd:5   | not imm5=x1000 Q=0 | dup <Rd.v5>, <Rn.r5>
    smov       | 0 Q 0 01110000 imm5:5 0 0101 1 Rn:5 Rd:5   | not imm5=x1000, not imm5=xx100 Q=0 | \
    smov <Rd.rq>, <Rn.element5>
    umov       | 0 Q 0 01110000 imm5:5 0 0111 1 Rn:5 Rd:5   | \
    not imm5=x1000 Q=0, not imm5=xxxx1 Q=1, not imm5=xxx1x Q=1, not imm5=xx1xx Q=1 | \
    umov <Rd.rq>, <Rn.element5>
    insGeneral | 0 1 0 01110000 imm5:5 0 0011 1 Rn:5 Rd:5   | | ins <Rd.element5>, <Rn.r5> | mov <Rd.element5>, <Rn.r5>
    insElement | 0 1 1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5 | | ins <Rd.element5>, <Rn.element4> | mov <Rd.element5>, <Rn.element4>

    # C4.1.6 Advanced SIMD three same | simd, not size=11 Q=0
    sqaddVector         | 0 Q 0 01110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5 | | sqadd <Rd.v>, <Rn.v>, <Rm.v>
    sqsubVector         | 0 Q 0 01110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5 | | sqsub <Rd.v>, <Rn.v>, <Rm.v>
    cmgtVector          | 0 Q 0 01110 size:2 1 Rm:5 00110 1 Rn:5 Rd:5 | | cmgt <Rd.v>, <Rn.v>, <Rm.v>
    cmgeVector          | 0 Q 0 01110 size:2 1 Rm:5 00111 1 Rn:5 Rd:5 | | cmge <Rd.v>, <Rn.v>, <Rm.v>
    sshlVector          | 0 Q 0 01110 size:2 1 Rm:5 01000 1 Rn:5 Rd:5 | | sshl <Rd.v>, <Rn.v>, <Rm.v>
    sqshlRegisterVector | 0 Q 0 01110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5 | | sqshl <Rd.v>, <Rn.v>, <Rm.v>
    srshlVector         | 0 Q 0 01110 size:2 1 Rm:5 01010 1 Rn:5 Rd:5 | | srshl <Rd.v>, <Rn.v>, <Rm.v>
    sqrshlVector        | 0 Q 0 01110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5 | | sqrshl <Rd.v>, <Rn.v>, <Rm.v>
    addVector           | 0 Q 0 01110 size:2 1 Rm:5 10000 1 Rn:5 Rd:5 | | add <Rd.v>, <Rn.v>, <Rm.v>
    cmtstVector         | 0 Q 0 01110 size:2 1 Rm:5 10001 1 Rn:5 Rd:5 | | cmtst <Rd.v>, <Rn.v>, <Rm.v>
    addpVector          | 0 Q 0 01110 size:2 1 Rm:5 10111 1 Rn:5 Rd:5 | | addp <Rd.v>, <Rn.v>, <Rm.v>
    uqaddVector         | 0 Q 1 01110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5 | | uqadd <Rd.v>, <Rn.v>, <Rm.v>
    uqsubVector         | 0 Q 1 01110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5 | | uqsub <Rd.v>, <Rn.v>, <Rm.v>
    cmhiVector          | 0 Q 1 01110 size:2 1 Rm:5 00110 1 Rn:5 Rd:5 | | cmhi <Rd.v>, <Rn.v>, <Rm.v>
    cmhsVector          | 0 Q 1 01110 size:2 1 Rm:5 00111 1 Rn:5 Rd:5 | | cmhs <Rd.v>, <Rn.v>, <Rm.v>
    ushlVector          | 0 Q 1 01110 size:2 1 Rm:5 01000 1 Rn:5 Rd:5 | | ushl <Rd.v>, <Rn.v>, <Rm.v>
    uqshlRegisterVector | 0 Q 1 01110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5 | | uqshl <Rd.v>, <Rn.v>, <Rm.v>
    urshlVector         | 0 Q 1 01110 size:2 1 Rm:5 01010 1 Rn:5 Rd:5 | | urshl <Rd.v>, <Rn.v>, <Rm.v>
    uqrshlVector        | 0 Q 1 01110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5 | | uqrshl <Rd.v>, <Rn.v>, <Rm.v>
    subVector           | 0 Q 1 01110 size:2 1 Rm:5 10000 1 Rn:5 Rd:5 | | sub <Rd.v>, <Rn.v>, <Rm.v>
    cmeqVector          | 0 Q 1 01110 size:2 1 Rm:5 10001 1 Rn:5 Rd:5 | | cmeq <Rd.v>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD three same, no 64-bit elements | simd, not size=11
    shaddVector  | 0 Q 0 01110 size:2 1 Rm:5 00000 1 Rn:5 Rd:5 | | shadd <Rd.v>, <Rn.v>, <Rm.v>
    srhaddVector | 0 Q 0 01110 size:2 1 Rm:5 00010 1 Rn:5 Rd:5 | | srhadd <Rd.v>, <Rn.v>, <Rm.v>
    shsubVector  | 0 Q 0 01110 size:2 1 Rm:5 00100 1 Rn:5 Rd:5 | | shsub <Rd.v>, <Rn.v>, <Rm.v>
    smaxVector   | 0 Q 0 01110 size:2 1 Rm:5 01100 1 Rn:5 Rd:5 | | smax <Rd.v>, <Rn.v>, <Rm.v>
    sminVector   | 0 Q 0 01110 size:2 1 Rm:5 01101 1 Rn:5 Rd:5 | | smin <Rd.v>, <Rn.v>, <Rm.v>
    sabdVector   | 0 Q 0 01110 size:2 1 Rm:5 01110 1 Rn:5 Rd:5 | | sabd <Rd.v>, <Rn.v>, <Rm.v>
    sabaVector   | 0 Q 0 01110 size:2 1 Rm:5 01111 1 Rn:5 Rd:5 | | saba <Rd.v>, <Rn.v>, <Rm.v>
    mlaVector    | 0 Q 0 01110 size:2 1 Rm:5 10010 1 Rn:5 Rd:5 | | mla <Rd.v>, <Rn.v>, <Rm.v>
    mulVector    | 0 Q 0 01110 size:2 1 Rm:5 10011 1 Rn:5 Rd:5 | | mul <Rd.v>, <Rn.v>, <Rm.v>
    smaxpVector  | 0 Q 0 01110 size:2 1 Rm:5 10100 1 Rn:5 Rd:5 | | smaxp <Rd.v>, <Rn.v>, <Rm.v>
    sminpVector  | 0 Q 0 01110 size:2 1 Rm:5 10101 1 Rn:5 Rd:5 | | sminp <Rd.v>, <Rn.v>, <Rm.v>
    uhaddVector  | 0 Q 1 01110 size:2 1 Rm:5 00000 1 Rn:5 Rd:5 | | uhadd <Rd.v>, <Rn.v>, <Rm.v>
    urhaddVector | 0 Q 1 01110 size:2 1 Rm:5 00010 1 Rn:5 Rd:5 | | urhadd <Rd.v>, <Rn.v>, <Rm.v>
    uhsubVector  | 0 Q 1 01110 size:2 1 Rm:5 00100 1 Rn:5 Rd:5 | | uhsub <Rd.v>, <Rn.v>, <Rm.v>
    umaxVector   | 0 Q 1 01110 size:2 1 Rm:5 01100 1 Rn:5 Rd:5 | | umax <Rd.v>, <Rn.v>, <Rm.v>
    uminVector   | 0 Q 1 01110 size:2 1 Rm:5 01101 1 Rn:5 Rd:5 | | umin <Rd.v>, <Rn.v>, <Rm.v>
    uabdVector   | 0 Q 1 01110 size:2 1 Rm:5 01110 1 Rn:5 Rd:5 | | uabd <Rd.v>, <Rn.v>, <Rm.v>
    uabaVector   | 0 Q 1 01110 size:2 1 Rm:5 01111 1 Rn:5 Rd:5 | | uaba <Rd.v>, <Rn.v>, <Rm.v>
    mlsVector    | 0 Q 1 01110 size:2 1 Rm:5 10010 1 Rn:5 Rd:5 | | mls <Rd.v>, <Rn.v>, <Rm.v>
    umaxpVector  | 0 Q 1 01110 size:2 1 Rm:5 10100 1 Rn:5 Rd:5 | | umaxp <Rd.v>, <Rn.v>, <Rm.v>
    uminpVector  | 0 Q 1 01110 size:2 1 Rm:5 10101 1 Rn:5 Rd:5 | | uminp <Rd.v>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD three same, 16-bit and 32-bit elements | simd, not size=00, not size=11
    sqdmulhVector  | 0 Q 0 01110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5 | | sqdmulh <Rd.v>, <Rn.v>, <Rm.v>
    sqrdmulhVector | 0 Q 1 01110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5 | | sqrdmulh <Rd.v>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD three same, bytes | simd
    andVector  | 0 Q 0 01110 00 1 Rm:5 00011 1 Rn:5 Rd:5 | | and <Rd.v8>, <Rn.v8>, <Rm.v8>
    bicVector  | 0 Q 0 01110 01 1 Rm:5 00011 1 Rn:5 Rd:5 | | bic <Rd.v8>, <Rn.v8>, <Rm.v8>
    orrVector  | 0 Q 0 01110 10 1 Rm:5 00011 1 Rn:5 Rd:5 | | orr <Rd.v8>, <Rn.v8>, <Rm.v8>
    ornVector  | 0 Q 0 01110 11 1 Rm:5 00011 1 Rn:5 Rd:5 | | orn <Rd.v8>, <Rn.v8>, <Rm.v8>
    eorVector  | 0 Q 1 01110 00 1 Rm:5 00011 1 Rn:5 Rd:5 | | eor <Rd.v8>, <Rn.v8>, <Rm.v8>
    bslVector  | 0 Q 1 01110 01 1 Rm:5 00011 1 Rn:5 Rd:5 | | bsl <Rd.v8>, <Rn.v8>, <Rm.v8>
    bitVector  | 0 Q 1 01110 10 1 Rm:5 00011 1 Rn:5 Rd:5 | | bit <Rd.v8>, <Rn.v8>, <Rm.v8>
    bifVector  | 0 Q 1 01110 11 1 Rm:5 00011 1 Rn:5 Rd:5 | | bif <Rd.v8>, <Rn.v8>, <Rm.v8>
    pmulVector | 0 Q 1 01110 00 1 Rm:5 10011 1 Rn:5 Rd:5 | | pmul <Rd.v8>, <Rn.v8>, <Rm.v8>

    # C4.1.6 Advanced SIMD three same, floating-point | simd, not sz=1 Q=0
    fmaxnmVector  | 0 Q 0 01110 0 sz 1 Rm:5 11000 1 Rn:5 Rd:5 | | fmaxnm <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmlaVector    | 0 Q 0 01110 0 sz 1 Rm:5 11001 1 Rn:5 Rd:5 | | fmla <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    faddVector    | 0 Q 0 01110 0 sz 1 Rm:5 11010 1 Rn:5 Rd:5 | | fadd <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmulxVector   | 0 Q 0 01110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5 | | fmulx <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fcmeqVector   | 0 Q 0 01110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmeq <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmaxVector    | 0 Q 0 01110 0 sz 1 Rm:5 11110 1 Rn:5 Rd:5 | | fmax <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    frecpsVector  | 0 Q 0 01110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5 | | frecps <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fminnmVector  | 0 Q 0 01110 1 sz 1 Rm:5 11000 1 Rn:5 Rd:5 | | fminnm <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmlsVector    | 0 Q 0 01110 1 sz 1 Rm:5 11001 1 Rn:5 Rd:5 | | fmls <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fsubVector    | 0 Q 0 01110 1 sz 1 Rm:5 11010 1 Rn:5 Rd:5 | | fsub <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fminVector    | 0 Q 0 01110 1 sz 1 Rm:5 11110 1 Rn:5 Rd:5 | | fmin <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    frsqrtsVector | 0 Q 0 01110 1 sz 1 Rm:5 11111 1 Rn:5 Rd:5 | | frsqrts <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmaxnmpVector | 0 Q 1 01110 0 sz 1 Rm:5 11000 1 Rn:5 Rd:5 | | fmaxnmp <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    faddpVector   | 0 Q 1 01110 0 sz 1 Rm:5 11010 1 Rn:5 Rd:5 | | faddp <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmulVector    | 0 Q 1 01110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5 | | fmul <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fcmgeVector   | 0 Q 1 01110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmge <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    facgeVector   | 0 Q 1 01110 0 sz 1 Rm:5 11101 1 Rn:5 Rd:5 | | facge <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fmaxpVector   | 0 Q 1 01110 0 sz 1 Rm:5 11110 1 Rn:5 Rd:5 | | fmaxp <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fdivVector    | 0 Q 1 01110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5 | | fdiv <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fminnmpVector | 0 Q 1 01110 1 sz 1 Rm:5 11000 1 Rn:5 Rd:5 | | fminnmp <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fabdVector    | 0 Q 1 01110 1 sz 1 Rm:5 11010 1 Rn:5 Rd:5 | | fabd <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fcmgtVector   | 0 Q 1 01110 1 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmgt <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    facgtVector   | 0 Q 1 01110 1 sz 1 Rm:5 11101 1 Rn:5 Rd:5 | | facgt <Rd.vsz>, <Rn.vsz>, <Rm.vsz>
    fminpVector   | 0 Q 1 01110 1 sz 1 Rm:5 11110 1 Rn:5 Rd:5 | | fminp <Rd.vsz>, <Rn.vsz>, <Rm.vsz>

    # C4.1.6 Advanced SIMD three different | simd, not size=11
    saddlVector  | 0 Q 0 01110 size:2 1 Rm:5 0000 00 Rn:5 Rd:5 | | saddl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    saddwVector  | 0 Q 0 01110 size:2 1 Rm:5 0001 00 Rn:5 Rd:5 | | saddw<Q.2> <Rd.vw>, <Rn.vw>, <Rm.v>
    ssublVector  | 0 Q 0 01110 size:2 1 Rm:5 0010 00 Rn:5 Rd:5 | | ssubl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    ssubwVector  | 0 Q 0 01110 size:2 1 Rm:5 0011 00 Rn:5 Rd:5 | | ssubw<Q.2> <Rd.vw>, <Rn.vw>, <Rm.v>
    addhnVector  | 0 Q 0 01110 size:2 1 Rm:5 0100 00 Rn:5 Rd:5 | | addhn<Q.2> <Rd.v>, <Rn.vw>, <Rm.vw>
    sabalVector  | 0 Q 0 01110 size:2 1 Rm:5 0101 00 Rn:5 Rd:5 | | sabal<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    subhnVector  | 0 Q 0 01110 size:2 1 Rm:5 0110 00 Rn:5 Rd:5 | | subhn<Q.2> <Rd.v>, <Rn.vw>, <Rm.vw>
    sabdlVector  | 0 Q 0 01110 size:2 1 Rm:5 0111 00 Rn:5 Rd:5 | | sabdl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    smlalVector  | 0 Q 0 01110 size:2 1 Rm:5 1000 00 Rn:5 Rd:5 | | smlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    smlslVector  | 0 Q 0 01110 size:2 1 Rm:5 1010 00 Rn:5 Rd:5 | | smlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    smullVector  | 0 Q 0 01110 size:2 1 Rm:5 1100 00 Rn:5 Rd:5 | | smull<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    uaddlVector  | 0 Q 1 01110 size:2 1 Rm:5 0000 00 Rn:5 Rd:5 | | uaddl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    uaddwVector  | 0 Q 1 01110 size:2 1 Rm:5 0001 00 Rn:5 Rd:5 | | uaddw<Q.2> <Rd.vw>, <Rn.vw>, <Rm.v>
    usublVector  | 0 Q 1 01110 size:2 1 Rm:5 0010 00 Rn:5 Rd:5 | | usubl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    usubwVector  | 0 Q 1 01110 size:2 1 Rm:5 0011 00 Rn:5 Rd:5 | | usubw<Q.2> <Rd.vw>, <Rn.vw>, <Rm.v>
    raddhnVector | 0 Q 1 01110 size:2 1 Rm:5 0100 00 Rn:5 Rd:5 | | raddhn<Q.2> <Rd.v>, <Rn.vw>, <Rm.vw>
    uabalVector  | 0 Q 1 01110 size:2 1 Rm:5 0101 00 Rn:5 Rd:5 | | uabal<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    rsubhnVector | 0 Q 1 01110 size:2 1 Rm:5 0110 00 Rn:5 Rd:5 | | rsubhn<Q.2> <Rd.v>, <Rn.vw>, <Rm.vw>
    uabdlVector  | 0 Q 1 01110 size:2 1 Rm:5 0111 00 Rn:5 Rd:5 | | uabdl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    umlalVector  | 0 Q 1 01110 size:2 1 Rm:5 1000 00 Rn:5 Rd:5 | | umlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    umlslVector  | 0 Q 1 01110 size:2 1 Rm:5 1010 00 Rn:5 Rd:5 | | umlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    umullVector  | 0 Q 1 01110 size:2 1 Rm:5 1100 00 Rn:5 Rd:5 | | umull<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD three different, 16-bit and 32-bit elements | simd, not size=00, not size=11
    sqdmlalVector | 0 Q 0 01110 size:2 1 Rm:5 1001 00 Rn:5 Rd:5 | | sqdmlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    sqdmlslVector | 0 Q 0 01110 size:2 1 Rm:5 1011 00 Rn:5 Rd:5 | | sqdmlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>
    sqdmullVector | 0 Q 0 01110 size:2 1 Rm:5 1101 00 Rn:5 Rd:5 | | sqdmull<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD three different, polynomial | simd, not size=01, not size=1x
    pmullVector | 0 Q 0 01110 size:2 1 Rm:5 1110 00 Rn:5 Rd:5 | | pmull<Q.2> <Rd.vw>, <Rn.v>, <Rm.v>

    # C4.1.6 Advanced SIMD two-register miscellaneous | simd, not size=11 Q=0
    suqaddVector   | 0 Q 0 01110 size:2 10000 00011 10 Rn:5 Rd:5 | | suqadd <Rd.v>, <Rn.v>
    sqabsVector    | 0 Q 0 01110 size:2 10000 00111 10 Rn:5 Rd:5 | | sqabs <Rd.v>, <Rn.v>
    cmgtZeroVector | 0 Q 0 01110 size:2 10000 01000 10 Rn:5 Rd:5 | | cmgt <Rd.v>, <Rn.v>, #0
    cmeqZeroVector | 0 Q 0 01110 size:2 10000 01001 10 Rn:5 Rd:5 | | cmeq <Rd.v>, <Rn.v>, #0
    cmltZeroVector | 0 Q 0 01110 size:2 10000 01010 10 Rn:5 Rd:5 | | cmlt <Rd.v>, <Rn.v>, #0
    absVector      | 0 Q 0 01110 size:2 10000 01011 10 Rn:5 Rd:5 | | abs <Rd.v>, <Rn.v>
    usqaddVector   | 0 Q 1 01110 size:2 10000 00011 10 Rn:5 Rd:5 | | usqadd <Rd.v>, <Rn.v>
    sqnegVector    | 0 Q 1 01110 size:2 10000 00111 10 Rn:5 Rd:5 | | sqneg <Rd.v>, <Rn.v>
    cmgeZeroVector | 0 Q 1 01110 size:2 10000 01000 10 Rn:5 Rd:5 | | cmge <Rd.v>, <Rn.v>, #0
    cmleZeroVector | 0 Q 1 01110 size:2 10000 01001 10 Rn:5 Rd:5 | | cmle <Rd.v>, <Rn.v>, #0
    negVector      | 0 Q 1 01110 size:2 10000 01011 10 Rn:5 Rd:5 | | neg <Rd.v>, <Rn.v>

    # C4.1.6 Advanced SIMD two-register miscellaneous, no 64-bit elements | simd, not size=11
    rev64Vector  | 0 Q 0 01110 size:2 10000 00000 10 Rn:5 Rd:5 | | rev64 <Rd.v>, <Rn.v>
    saddlpVector | 0 Q 0 01110 size:2 10000 00010 10 Rn:5 Rd:5 | | saddlp <Rd.vp>, <Rn.v>
    clsVector    | 0 Q 0 01110 size:2 10000 00100 10 Rn:5 Rd:5 | | cls <Rd.v>, <Rn.v>
    sadalpVector | 0 Q 0 01110 size:2 10000 00110 10 Rn:5 Rd:5 | | sadalp <Rd.vp>, <Rn.v>
    rev32Vector  | 0 Q 1 01110 size:2 10000 00000 10 Rn:5 Rd:5 | not size=1x | rev32 <Rd.v>, <Rn.v>
    uaddlpVector | 0 Q 1 01110 size:2 10000 00010 10 Rn:5 Rd:5 | | uaddlp <Rd.vp>, <Rn.v>
    clzVector    | 0 Q 1 01110 size:2 10000 00100 10 Rn:5 Rd:5 | | clz <Rd.v>, <Rn.v>
    uadalpVector | 0 Q 1 01110 size:2 10000 00110 10 Rn:5 Rd:5 | | uadalp <Rd.vp>, <Rn.v>
    xtnVector    | 0 Q 0 01110 size:2 10000 10010 10 Rn:5 Rd:5 | | xtn<Q.2> <Rd.v>, <Rn.vw>
    sqxtnVector  | 0 Q 0 01110 size:2 10000 10100 10 Rn:5 Rd:5 | | sqxtn<Q.2> <Rd.v>, <Rn.vw>
    sqxtunVector | 0 Q 1 01110 size:2 10000 10010 10 Rn:5 Rd:5 | | sqxtun<Q.2> <Rd.v>, <Rn.vw>
    shllVector   | 0 Q 1 01110 size:2 10000 10011 10 Rn:5 Rd:5 | | shll<Q.2> <Rd.vw>, <Rn.v>, <size.bits>
    uqxtnVector  | 0 Q 1 01110 size:2 10000 10100 10 Rn:5 Rd:5 | | uqxtn<Q.2> <Rd.v>, <Rn.vw>

    # C4.1.6 Advanced SIMD two-register miscellaneous, bytes | simd
    rev16Vector | 0 Q 0 01110 00 10000 00001 10 Rn:5 Rd:5 | | rev16 <Rd.v8>, <Rn.v8>
    cntVector   | 0 Q 0 01110 00 10000 00101 10 Rn:5 Rd:5 | | cnt <Rd.v8>, <Rn.v8>
    notVector   | 0 Q 1 01110 00 10000 00101 10 Rn:5 Rd:5 | | not <Rd.v8>, <Rn.v8> | mvn <Rd.v8>, <Rn.v8>
    rbitVector  | 0 Q 1 01110 01 10000 00101 10 Rn:5 Rd:5 | | rbit <Rd.v8>, <Rn.v8>

    # C4.1.6 Advanced SIMD two-register miscellaneous, floating-point | simd, not sz=1 Q=0
    frintnVector    | 0 Q 0 01110 0 sz 10000 11000 10 Rn:5 Rd:5 | | frintn <Rd.vsz>, <Rn.vsz>
    frintmVector    | 0 Q 0 01110 0 sz 10000 11001 10 Rn:5 Rd:5 | | frintm <Rd.vsz>, <Rn.vsz>
    fcvtnsVector    | 0 Q 0 01110 0 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtns <Rd.vsz>, <Rn.vsz>
    fcvtmsVector    | 0 Q 0 01110 0 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtms <Rd.vsz>, <Rn.vsz>
    fcvtasVector    | 0 Q 0 01110 0 sz 10000 11100 10 Rn:5 Rd:5 | | fcvtas <Rd.vsz>, <Rn.vsz>
    scvtfVector     | 0 Q 0 01110 0 sz 10000 11101 10 Rn:5 Rd:5 | | scvtf <Rd.vsz>, <Rn.vsz>
    fcmgtZeroVector | 0 Q 0 01110 1 sz 10000 01100 10 Rn:5 Rd:5 | | fcmgt <Rd.vsz>, <Rn.vsz>, #0.0
    fcmeqZeroVector | 0 Q 0 01110 1 sz 10000 01101 10 Rn:5 Rd:5 | | fcmeq <Rd.vsz>, <Rn.vsz>, #0.0
    fcmltZeroVector | 0 Q 0 01110 1 sz 10000 01110 10 Rn:5 Rd:5 | | fcmlt <Rd.vsz>, <Rn.vsz>, #0.0
    fabsVector      | 0 Q 0 01110 1 sz 10000 01111 10 Rn:5 Rd:5 | | fabs <Rd.vsz>, <Rn.vsz>
    frintpVector    | 0 Q 0 01110 1 sz 10000 11000 10 Rn:5 Rd:5 | | frintp <Rd.vsz>, <Rn.vsz>
    frintzVector    | 0 Q 0 01110 1 sz 10000 11001 10 Rn:5 Rd:5 | | frintz <Rd.vsz>, <Rn.vsz>
    fcvtpsVector    | 0 Q 0 01110 1 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtps <Rd.vsz>, <Rn.vsz>
    fcvtzsVector    | 0 Q 0 01110 1 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtzs <Rd.vsz>, <Rn.vsz>
    frecpeVector    | 0 Q 0 01110 1 sz 10000 11101 10 Rn:5 Rd:5 | | frecpe <Rd.vsz>, <Rn.vsz>
    frintaVector    | 0 Q 1 01110 0 sz 10000 11000 10 Rn:5 Rd:5 | | frinta <Rd.vsz>, <Rn.vsz>
    frintxVector    | 0 Q 1 01110 0 sz 10000 11001 10 Rn:5 Rd:5 | | frintx <Rd.vsz>, <Rn.vsz>
    fcvtnuVector    | 0 Q 1 01110 0 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtnu <Rd.vsz>, <Rn.vsz>
    fcvtmuVector    | 0 Q 1 01110 0 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtmu <Rd.vsz>, <Rn.vsz>
    fcvtauVector    | 0 Q 1 01110 0 sz 10000 11100 10 Rn:5 Rd:5 | | fcvtau <Rd.vsz>, <Rn.vsz>
    ucvtfVector     | 0 Q 1 01110 0 sz 10000 11101 10 Rn:5 Rd:5 | | ucvtf <Rd.vsz>, <Rn.vsz>
    fcmgeZeroVector | 0 Q 1 01110 1 sz 10000 01100 10 Rn:5 Rd:5 | | fcmge <Rd.vsz>, <Rn.vsz>, #0.0
    fcmleZeroVector | 0 Q 1 01110 1 sz 10000 01101 10 Rn:5 Rd:5 | | fcmle <Rd.vsz>, <Rn.vsz>, #0.0
    fnegVector      | 0 Q 1 01110 1 sz 10000 01111 10 Rn:5 Rd:5 | | fneg <Rd.vsz>, <Rn.vsz>
    frintiVector    | 0 Q 1 01110 1 sz 10000 11001 10 Rn:5 Rd:5 | | frinti <Rd.vsz>, <Rn.vsz>
    fcvtpuVector    | 0 Q 1 01110 1 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtpu <Rd.vsz>, <Rn.vsz>
    fcvtzuVector    | 0 Q 1 01110 1 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtzu <Rd.vsz>, <Rn.vsz>
    frsqrteVector   | 0 Q 1 01110 1 sz 10000 11101 10 Rn:5 Rd:5 | | frsqrte <Rd.vsz>, <Rn.vsz>
    fsqrtVector     | 0 Q 1 01110 1 sz 10000 11111 10 Rn:5 Rd:5 | | fsqrt <Rd.vsz>, <Rn.vsz>

    # C4.1.6 Advanced SIMD two-register miscellaneous, single precision | simd, not sz=1
    urecpeVector  | 0 Q 0 01110 1 sz 10000 11100 10 Rn:5 Rd:5 | | urecpe <Rd.vsz>, <Rn.vsz>
    ursqrteVector | 0 Q 1 01110 1 sz 10000 11100 10 Rn:5 Rd:5 | | ursqrte <Rd.vsz>, <Rn.vsz>

    # C4.1.6 Advanced SIMD two-register miscellaneous, precision | simd
    fcvtnVector  | 0 Q 0 01110 0 sz 10000 10110 10 Rn:5 Rd:5 | | fcvtn<Q.2> <Rd.vnsz>, <Rn.vlsz>
    fcvtlVector  | 0 Q 0 01110 0 sz 10000 10111 10 Rn:5 Rd:5 | | fcvtl<Q.2> <Rd.vlsz>, <Rn.vnsz>
    fcvtxnVector | 0 Q 1 01110 0 sz 10000 10110 10 Rn:5 Rd:5 | not sz=0 | fcvtxn<Q.2> <Rd.vnsz>, <Rn.vlsz>

    # C4.1.6 Advanced SIMD across lanes | simd, not size=11, not size=10 Q=0
    saddlvVector | 0 Q 0 01110 size:2 11000 00011 10 Rn:5 Rd:5 | | saddlv <Rd.ew>, <Rn.v>
    smaxvVector  | 0 Q 0 01110 size:2 11000 01010 10 Rn:5 Rd:5 | | smaxv <Rd.es>, <Rn.v>
    sminvVector  | 0 Q 0 01110 size:2 11000 11010 10 Rn:5 Rd:5 | | sminv <Rd.es>, <Rn.v>
    addvVector   | 0 Q 0 01110 size:2 11000 11011 10 Rn:5 Rd:5 | | addv <Rd.es>, <Rn.v>
    uaddlvVector | 0 Q 1 01110 size:2 11000 00011 10 Rn:5 Rd:5 | | uaddlv <Rd.ew>, <Rn.v>
    umaxvVector  | 0 Q 1 01110 size:2 11000 01010 10 Rn:5 Rd:5 | | umaxv <Rd.es>, <Rn.v>
    uminvVector  | 0 Q 1 01110 size:2 11000 11010 10 Rn:5 Rd:5 | | uminv <Rd.es>, <Rn.v>

    # C4.1.6 Advanced SIMD across lanes, floating-point | simd
    fmaxnmvVector | 0 1 1 01110 0 0 11000 01100 10 Rn:5 Rd:5 | | fmaxnmv <Rd.s>, <Rn.v4s>
    fmaxvVector   | 0 1 1 01110 0 0 11000 01111 10 Rn:5 Rd:5 | | fmaxv <Rd.s>, <Rn.v4s>
    fminnmvVector | 0 1 1 01110 1 0 11000 01100 10 Rn:5 Rd:5 | | fminnmv <Rd.s>, <Rn.v4s>
    fminvVector   | 0 1 1 01110 1 0 11000 01111 10 Rn:5 Rd:5 | | fminv <Rd.s>, <Rn.v4s>

    # C4.1.6 Advanced SIMD modified immediate, 32-bit shifted | simd
    moviWord      | 0 Q 0 0111100000 abc:3 0 cmode:2 0 0 1 defgh:5 Rd:5 | | movi <Rd.vq2s>, <imm8><cmode.lsl8>
    mvniWord      | 0 Q 1 0111100000 abc:3 0 cmode:2 0 0 1 defgh:5 Rd:5 | | mvni <Rd.vq2s>, <imm8><cmode.lsl8>
    orrVectorWord | 0 Q 0 0111100000 abc:3 0 cmode:2 1 0 1 defgh:5 Rd:5 | | orr <Rd.vq2s>, <imm8><cmode.lsl8>
    bicVectorWord | 0 Q 1 0111100000 abc:3 0 cmode:2 1 0 1 defgh:5 Rd:5 | | bic <Rd.vq2s>, <imm8><cmode.lsl8>

    # C4.1.6 Advanced SIMD modified immediate, 16-bit shifted | simd
    moviHalf      | 0 Q 0 0111100000 abc:3 10 cmode 0 0 1 defgh:5 Rd:5 | | movi <Rd.vq4h>, <imm8><cmode.lsl8>
    mvniHalf      | 0 Q 1 0111100000 abc:3 10 cmode 0 0 1 defgh:5 Rd:5 | | mvni <Rd.vq4h>, <imm8><cmode.lsl8>
    orrVectorHalf | 0 Q 0 0111100000 abc:3 10 cmode 1 0 1 defgh:5 Rd:5 | | orr <Rd.vq4h>, <imm8><cmode.lsl8>
    bicVectorHalf | 0 Q 1 0111100000 abc:3 10 cmode 1 0 1 defgh:5 Rd:5 | | bic <Rd.vq4h>, <imm8><cmode.lsl8>

    # C4.1.6 Advanced SIMD modified immediate, others | simd
    moviMasked       | 0 Q 0 0111100000 abc:3 110 cmode 0 1 defgh:5 Rd:5 | | \
    movi <Rd.vq2s>, <imm8><cmode.msl8>
    mvniMasked       | 0 Q 1 0111100000 abc:3 110 cmode 0 1 defgh:5 Rd:5 | | \
    mvni <Rd.vq2s>, <imm8><cmode.msl8>
    moviByte         | 0 Q 0 0111100000 abc:3 1110 0 1 defgh:5 Rd:5      | | movi <Rd.v8>, <imm8>
    moviScalar       | 0 0 1 0111100000 abc:3 1110 0 1 defgh:5 Rd:5      | | movi <Rd.d>, <imm64>
    moviDouble       | 0 1 1 0111100000 abc:3 1110 0 1 defgh:5 Rd:5      | | movi <Rd.v2d>, <imm64>
    fmovVectorSingle | 0 Q 0 0111100000 abc:3 1111 0 1 defgh:5 Rd:5      | | fmov <Rd.vq2s>, <floatImm8>
    fmovVectorDouble | 0 1 1 0111100000 abc:3 1111 0 1 defgh:5 Rd:5      | | fmov <Rd.v2d>, <floatImm8>

    # C4.1.6 Advanced SIMD shift by immediate | simd, not immh=0000, not immh=1xxx Q=0
    sshrVector           | 0 Q 0 011110 immh:4 immb:3 00000 1 Rn:5 Rd:5 | | \
    sshr <Rd.vi>, <Rn.vi>, <shiftRight>
    ssraVector           | 0 Q 0 011110 immh:4 immb:3 00010 1 Rn:5 Rd:5 | | \
    ssra <Rd.vi>, <Rn.vi>, <shiftRight>
    srshrVector          | 0 Q 0 011110 immh:4 immb:3 00100 1 Rn:5 Rd:5 | | \
    srshr <Rd.vi>, <Rn.vi>, <shiftRight>
    srsraVector          | 0 Q 0 011110 immh:4 immb:3 00110 1 Rn:5 Rd:5 | | \
    srsra <Rd.vi>, <Rn.vi>, <shiftRight>
    shlVector            | 0 Q 0 011110 immh:4 immb:3 01010 1 Rn:5 Rd:5 | | shl <Rd.vi>, <Rn.vi>, <shiftLeft>
    sqshlImmediateVector | 0 Q 0 011110 immh:4 immb:3 01110 1 Rn:5 Rd:5 | | \
    sqshl <Rd.vi>, <Rn.vi>, <shiftLeft>
    ushrVector           | 0 Q 1 011110 immh:4 immb:3 00000 1 Rn:5 Rd:5 | | \
    ushr <Rd.vi>, <Rn.vi>, <shiftRight>
    usraVector           | 0 Q 1 011110 immh:4 immb:3 00010 1 Rn:5 Rd:5 | | \
    usra <Rd.vi>, <Rn.vi>, <shiftRight>
    urshrVector          | 0 Q 1 011110 immh:4 immb:3 00100 1 Rn:5 Rd:5 | | \
    urshr <Rd.vi>, <Rn.vi>, <shiftRight>
    ursraVector          | 0 Q 1 011110 immh:4 immb:3 00110 1 Rn:5 Rd:5 | | \
    ursra <Rd.vi>, <Rn.vi>, <shiftRight>
    sriVector            | 0 Q 1 011110 immh:4 immb:3 01000 1 Rn:5 Rd:5 | | sri <Rd.vi>, <Rn.vi>, <shiftRight>
    sliVector            | 0 Q 1 011110 immh:4 immb:3 01010 1 Rn:5 Rd:5 | | sli <Rd.vi>, <Rn.vi>, <shiftLeft>
    sqshluVector         | 0 Q 1 011110 immh:4 immb:3 01100 1 Rn:5 Rd:5 | | \
    sqshlu <Rd.vi>, <Rn.vi>, <shiftLeft>
    uqshlImmediateVector | 0 Q 1 011110 immh:4 immb:3 01110 1 Rn:5 Rd:5 | | \
    uqshl <Rd.vi>, <Rn.vi>, <shiftLeft>

    # C4.1.6 Advanced SIMD shift by immediate, narrowing and lengthening | simd, not immh=0000, not immh=1xxx
    shrnVector     | 0 Q 0 011110 immh:4 immb:3 10000 1 Rn:5 Rd:5 | | \
    shrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    rshrnVector    | 0 Q 0 011110 immh:4 immb:3 10001 1 Rn:5 Rd:5 | | \
    rshrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    sqshrnVector   | 0 Q 0 011110 immh:4 immb:3 10010 1 Rn:5 Rd:5 | | \
    sqshrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    sqrshrnVector  | 0 Q 0 011110 immh:4 immb:3 10011 1 Rn:5 Rd:5 | | \
    sqrshrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    sqshrunVector  | 0 Q 1 011110 immh:4 immb:3 10000 1 Rn:5 Rd:5 | | \
    sqshrun<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    sqrshrunVector | 0 Q 1 011110 immh:4 immb:3 10001 1 Rn:5 Rd:5 | | \
    sqrshrun<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    uqshrnVector   | 0 Q 1 011110 immh:4 immb:3 10010 1 Rn:5 Rd:5 | | \
    uqshrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    uqrshrnVector  | 0 Q 1 011110 immh:4 immb:3 10011 1 Rn:5 Rd:5 | | \
    uqrshrn<Q.2> <Rd.vi>, <Rn.viw>, <shiftRight>
    sshllVector    | 0 Q 0 011110 immh:4 immb:3 10100 1 Rn:5 Rd:5 | | \
    sshll<Q.2> <Rd.viw>, <Rn.vi>, <shiftLeft>
    ushllVector    | 0 Q 1 011110 immh:4 immb:3 10100 1 Rn:5 Rd:5 | | \
    ushll<Q.2> <Rd.viw>, <Rn.vi>, <shiftLeft>

    # C4.1.6 Advanced SIMD shift by immediate, conversion | simd, not immh=00xx, not immh=1xxx Q=0
    scvtfFixedVector  | 0 Q 0 011110 immh:4 immb:3 11100 1 Rn:5 Rd:5 | | scvtf <Rd.vi>, <Rn.vi>, <shiftRight>
    fcvtzsFixedVector | 0 Q 0 011110 immh:4 immb:3 11111 1 Rn:5 Rd:5 | | fcvtzs <Rd.vi>, <Rn.vi>, <shiftRight>
    ucvtfFixedVector  | 0 Q 1 011110 immh:4 immb:3 11100 1 Rn:5 Rd:5 | | ucvtf <Rd.vi>, <Rn.vi>, <shiftRight>
    fcvtzuFixedVector | 0 Q 1 011110 immh:4 immb:3 11111 1 Rn:5 Rd:5 | | fcvtzu <Rd.vi>, <Rn.vi>, <shiftRight>

    # C4.1.6 Advanced SIMD vector x indexed element | simd, not size=00, not size=11
    mulByElement      | 0 Q 0 01111 size:2 L M Rm:4 1000 H 0 Rn:5 Rd:5 | | mul <Rd.v>, <Rn.v>, <Rm.element>
    sqdmulhByElement  | 0 Q 0 01111 size:2 L M Rm:4 1100 H 0 Rn:5 Rd:5 | | \
    sqdmulh <Rd.v>, <Rn.v>, <Rm.element>
    sqrdmulhByElement | 0 Q 0 01111 size:2 L M Rm:4 1101 H 0 Rn:5 Rd:5 | | \
    sqrdmulh <Rd.v>, <Rn.v>, <Rm.element>
    mlaByElement      | 0 Q 1 01111 size:2 L M Rm:4 0000 H 0 Rn:5 Rd:5 | | mla <Rd.v>, <Rn.v>, <Rm.element>
    mlsByElement      | 0 Q 1 01111 size:2 L M Rm:4 0100 H 0 Rn:5 Rd:5 | | mls <Rd.v>, <Rn.v>, <Rm.element>
    smlalByElement    | 0 Q 0 01111 size:2 L M Rm:4 0010 H 0 Rn:5 Rd:5 | | \
    smlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    sqdmlalByElement  | 0 Q 0 01111 size:2 L M Rm:4 0011 H 0 Rn:5 Rd:5 | | \
    sqdmlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    smlslByElement    | 0 Q 0 01111 size:2 L M Rm:4 0110 H 0 Rn:5 Rd:5 | | \
    smlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    sqdmlslByElement  | 0 Q 0 01111 size:2 L M Rm:4 0111 H 0 Rn:5 Rd:5 | | \
    sqdmlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    smullByElement    | 0 Q 0 01111 size:2 L M Rm:4 1010 H 0 Rn:5 Rd:5 | | \
    smull<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    sqdmullByElement  | 0 Q 0 01111 size:2 L M Rm:4 1011 H 0 Rn:5 Rd:5 | | \
    sqdmull<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    umlalByElement    | 0 Q 1 01111 size:2 L M Rm:4 0010 H 0 Rn:5 Rd:5 | | \
    umlal<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    umlslByElement    | 0 Q 1 01111 size:2 L M Rm:4 0110 H 0 Rn:5 Rd:5 | | \
    umlsl<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>
    umullByElement    | 0 Q 1 01111 size:2 L M Rm:4 1010 H 0 Rn:5 Rd:5 | | \
    umull<Q.2> <Rd.vw>, <Rn.v>, <Rm.element>

    # C4.1.6 Advanced SIMD vector x indexed element, floating-point | simd, not sz=1 L=1, not sz=1 Q=0
    fmlaByElement  | 0 Q 0 01111 1 sz L M Rm:4 0001 H 0 Rn:5 Rd:5 | | fmla <Rd.vsz>, <Rn.vsz>, <Rm.element>
    fmlsByElement  | 0 Q 0 01111 1 sz L M Rm:4 0101 H 0 Rn:5 Rd:5 | | fmls <Rd.vsz>, <Rn.vsz>, <Rm.element>
    fmulByElement  | 0 Q 0 01111 1 sz L M Rm:4 1001 H 0 Rn:5 Rd:5 | | fmul <Rd.vsz>, <Rn.vsz>, <Rm.element>
    fmulxByElement | 0 Q 1 01111 1 sz L M Rm:4 1001 H 0 Rn:5 Rd:5 | | fmulx <Rd.vsz>, <Rn.vsz>, <Rm.element>
    """
}
