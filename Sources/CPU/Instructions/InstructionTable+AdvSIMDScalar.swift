extension InstructionTable {
  /// Advanced SIMD on the lowest element of a register (Arm DDI 0487, C4.1.6).
  /// The format is that of ``InstructionTable``.
  static let simdScalarText = """
    # C4.1.6 Advanced SIMD scalar three same | simd
    sqaddScalar         | 01 0 11110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5 | | sqadd <Rd.es>, <Rn.es>, <Rm.es>
    sqsubScalar         | 01 0 11110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5 | | sqsub <Rd.es>, <Rn.es>, <Rm.es>
    sqshlRegisterScalar | 01 0 11110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5 | | sqshl <Rd.es>, <Rn.es>, <Rm.es>
    sqrshlScalar        | 01 0 11110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5 | | sqrshl <Rd.es>, <Rn.es>, <Rm.es>
    uqaddScalar         | 01 1 11110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5 | | uqadd <Rd.es>, <Rn.es>, <Rm.es>
    uqsubScalar         | 01 1 11110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5 | | uqsub <Rd.es>, <Rn.es>, <Rm.es>
    uqshlRegisterScalar | 01 1 11110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5 | | uqshl <Rd.es>, <Rn.es>, <Rm.es>
    uqrshlScalar        | 01 1 11110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5 | | uqrshl <Rd.es>, <Rn.es>, <Rm.es>

    # C4.1.6 Advanced SIMD scalar three same, 16-bit and 32-bit | simd, not size=00, not size=11
    sqdmulhScalar  | 01 0 11110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5 | | sqdmulh <Rd.es>, <Rn.es>, <Rm.es>
    sqrdmulhScalar | 01 1 11110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5 | | sqrdmulh <Rd.es>, <Rn.es>, <Rm.es>

    # C4.1.6 Advanced SIMD scalar three same, 64-bit | simd
    cmgtScalar  | 01 0 11110 11 1 Rm:5 00110 1 Rn:5 Rd:5 | | cmgt <Rd.d>, <Rn.d>, <Rm.d>
    cmgeScalar  | 01 0 11110 11 1 Rm:5 00111 1 Rn:5 Rd:5 | | cmge <Rd.d>, <Rn.d>, <Rm.d>
    sshlScalar  | 01 0 11110 11 1 Rm:5 01000 1 Rn:5 Rd:5 | | sshl <Rd.d>, <Rn.d>, <Rm.d>
    srshlScalar | 01 0 11110 11 1 Rm:5 01010 1 Rn:5 Rd:5 | | srshl <Rd.d>, <Rn.d>, <Rm.d>
    addScalar   | 01 0 11110 11 1 Rm:5 10000 1 Rn:5 Rd:5 | | add <Rd.d>, <Rn.d>, <Rm.d>
    cmtstScalar | 01 0 11110 11 1 Rm:5 10001 1 Rn:5 Rd:5 | | cmtst <Rd.d>, <Rn.d>, <Rm.d>
    cmhiScalar  | 01 1 11110 11 1 Rm:5 00110 1 Rn:5 Rd:5 | | cmhi <Rd.d>, <Rn.d>, <Rm.d>
    cmhsScalar  | 01 1 11110 11 1 Rm:5 00111 1 Rn:5 Rd:5 | | cmhs <Rd.d>, <Rn.d>, <Rm.d>
    ushlScalar  | 01 1 11110 11 1 Rm:5 01000 1 Rn:5 Rd:5 | | ushl <Rd.d>, <Rn.d>, <Rm.d>
    urshlScalar | 01 1 11110 11 1 Rm:5 01010 1 Rn:5 Rd:5 | | urshl <Rd.d>, <Rn.d>, <Rm.d>
    subScalar   | 01 1 11110 11 1 Rm:5 10000 1 Rn:5 Rd:5 | | sub <Rd.d>, <Rn.d>, <Rm.d>
    cmeqScalar  | 01 1 11110 11 1 Rm:5 10001 1 Rn:5 Rd:5 | | cmeq <Rd.d>, <Rn.d>, <Rm.d>

    # C4.1.6 Advanced SIMD scalar three same, floating-point | simd
    fmulxScalar   | 01 0 11110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5 | | fmulx <Rd.esz>, <Rn.esz>, <Rm.esz>
    fcmeqScalar   | 01 0 11110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmeq <Rd.esz>, <Rn.esz>, <Rm.esz>
    frecpsScalar  | 01 0 11110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5 | | frecps <Rd.esz>, <Rn.esz>, <Rm.esz>
    frsqrtsScalar | 01 0 11110 1 sz 1 Rm:5 11111 1 Rn:5 Rd:5 | | frsqrts <Rd.esz>, <Rn.esz>, <Rm.esz>
    fcmgeScalar   | 01 1 11110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmge <Rd.esz>, <Rn.esz>, <Rm.esz>
    facgeScalar   | 01 1 11110 0 sz 1 Rm:5 11101 1 Rn:5 Rd:5 | | facge <Rd.esz>, <Rn.esz>, <Rm.esz>
    fabdScalar    | 01 1 11110 1 sz 1 Rm:5 11010 1 Rn:5 Rd:5 | | fabd <Rd.esz>, <Rn.esz>, <Rm.esz>
    fcmgtScalar   | 01 1 11110 1 sz 1 Rm:5 11100 1 Rn:5 Rd:5 | | fcmgt <Rd.esz>, <Rn.esz>, <Rm.esz>
    facgtScalar   | 01 1 11110 1 sz 1 Rm:5 11101 1 Rn:5 Rd:5 | | facgt <Rd.esz>, <Rn.esz>, <Rm.esz>

    # C4.1.6 Advanced SIMD scalar three different | simd, not size=00, not size=11
    sqdmlalScalar | 01 0 11110 size:2 1 Rm:5 1001 00 Rn:5 Rd:5 | | sqdmlal <Rd.ew>, <Rn.es>, <Rm.es>
    sqdmlslScalar | 01 0 11110 size:2 1 Rm:5 1011 00 Rn:5 Rd:5 | | sqdmlsl <Rd.ew>, <Rn.es>, <Rm.es>
    sqdmullScalar | 01 0 11110 size:2 1 Rm:5 1101 00 Rn:5 Rd:5 | | sqdmull <Rd.ew>, <Rn.es>, <Rm.es>

    # C4.1.6 Advanced SIMD scalar two-register miscellaneous | simd
    suqaddScalar | 01 0 11110 size:2 10000 00011 10 Rn:5 Rd:5 | | suqadd <Rd.es>, <Rn.es>
    sqabsScalar  | 01 0 11110 size:2 10000 00111 10 Rn:5 Rd:5 | | sqabs <Rd.es>, <Rn.es>
    usqaddScalar | 01 1 11110 size:2 10000 00011 10 Rn:5 Rd:5 | | usqadd <Rd.es>, <Rn.es>
    sqnegScalar  | 01 1 11110 size:2 10000 00111 10 Rn:5 Rd:5 | | sqneg <Rd.es>, <Rn.es>

    # C4.1.6 Advanced SIMD scalar two-register miscellaneous, 64-bit | simd
    cmgtZeroScalar | 01 0 11110 11 10000 01000 10 Rn:5 Rd:5 | | cmgt <Rd.d>, <Rn.d>, #0
    cmeqZeroScalar | 01 0 11110 11 10000 01001 10 Rn:5 Rd:5 | | cmeq <Rd.d>, <Rn.d>, #0
    cmltZeroScalar | 01 0 11110 11 10000 01010 10 Rn:5 Rd:5 | | cmlt <Rd.d>, <Rn.d>, #0
    absScalar      | 01 0 11110 11 10000 01011 10 Rn:5 Rd:5 | | abs <Rd.d>, <Rn.d>
    cmgeZeroScalar | 01 1 11110 11 10000 01000 10 Rn:5 Rd:5 | | cmge <Rd.d>, <Rn.d>, #0
    cmleZeroScalar | 01 1 11110 11 10000 01001 10 Rn:5 Rd:5 | | cmle <Rd.d>, <Rn.d>, #0
    negScalar      | 01 1 11110 11 10000 01011 10 Rn:5 Rd:5 | | neg <Rd.d>, <Rn.d>

    # C4.1.6 Advanced SIMD scalar two-register miscellaneous, narrowing | simd, not size=11
    sqxtnScalar  | 01 0 11110 size:2 10000 10100 10 Rn:5 Rd:5 | | sqxtn <Rd.es>, <Rn.ew>
    sqxtunScalar | 01 1 11110 size:2 10000 10010 10 Rn:5 Rd:5 | | sqxtun <Rd.es>, <Rn.ew>
    uqxtnScalar  | 01 1 11110 size:2 10000 10100 10 Rn:5 Rd:5 | | uqxtn <Rd.es>, <Rn.ew>

    # C4.1.6 Advanced SIMD scalar two-register miscellaneous, floating-point | simd
    fcvtnsScalar    | 01 0 11110 0 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtns <Rd.esz>, <Rn.esz>
    fcvtmsScalar    | 01 0 11110 0 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtms <Rd.esz>, <Rn.esz>
    fcvtasScalar    | 01 0 11110 0 sz 10000 11100 10 Rn:5 Rd:5 | | fcvtas <Rd.esz>, <Rn.esz>
    scvtfScalar     | 01 0 11110 0 sz 10000 11101 10 Rn:5 Rd:5 | | scvtf <Rd.esz>, <Rn.esz>
    fcmgtZeroScalar | 01 0 11110 1 sz 10000 01100 10 Rn:5 Rd:5 | | fcmgt <Rd.esz>, <Rn.esz>, #0.0
    fcmeqZeroScalar | 01 0 11110 1 sz 10000 01101 10 Rn:5 Rd:5 | | fcmeq <Rd.esz>, <Rn.esz>, #0.0
    fcmltZeroScalar | 01 0 11110 1 sz 10000 01110 10 Rn:5 Rd:5 | | fcmlt <Rd.esz>, <Rn.esz>, #0.0
    fcvtpsScalar    | 01 0 11110 1 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtps <Rd.esz>, <Rn.esz>
    fcvtzsScalar    | 01 0 11110 1 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtzs <Rd.esz>, <Rn.esz>
    frecpeScalar    | 01 0 11110 1 sz 10000 11101 10 Rn:5 Rd:5 | | frecpe <Rd.esz>, <Rn.esz>
    frecpxScalar    | 01 0 11110 1 sz 10000 11111 10 Rn:5 Rd:5 | | frecpx <Rd.esz>, <Rn.esz>
    fcvtnuScalar    | 01 1 11110 0 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtnu <Rd.esz>, <Rn.esz>
    fcvtmuScalar    | 01 1 11110 0 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtmu <Rd.esz>, <Rn.esz>
    fcvtauScalar    | 01 1 11110 0 sz 10000 11100 10 Rn:5 Rd:5 | | fcvtau <Rd.esz>, <Rn.esz>
    ucvtfScalar     | 01 1 11110 0 sz 10000 11101 10 Rn:5 Rd:5 | | ucvtf <Rd.esz>, <Rn.esz>
    fcmgeZeroScalar | 01 1 11110 1 sz 10000 01100 10 Rn:5 Rd:5 | | fcmge <Rd.esz>, <Rn.esz>, #0.0
    fcmleZeroScalar | 01 1 11110 1 sz 10000 01101 10 Rn:5 Rd:5 | | fcmle <Rd.esz>, <Rn.esz>, #0.0
    fcvtpuScalar    | 01 1 11110 1 sz 10000 11010 10 Rn:5 Rd:5 | | fcvtpu <Rd.esz>, <Rn.esz>
    fcvtzuScalar    | 01 1 11110 1 sz 10000 11011 10 Rn:5 Rd:5 | | fcvtzu <Rd.esz>, <Rn.esz>
    frsqrteScalar   | 01 1 11110 1 sz 10000 11101 10 Rn:5 Rd:5 | | frsqrte <Rd.esz>, <Rn.esz>
    fcvtxnScalar    | 01 1 11110 0 1 10000 10110 10 Rn:5 Rd:5  | | fcvtxn <Rd.s>, <Rn.d>

    # C4.1.6 Advanced SIMD scalar pairwise | simd
    addpScalar    | 01 0 11110 11 11000 11011 10 Rn:5 Rd:5   | | addp <Rd.d>, <Rn.v2d>
    fmaxnmpScalar | 01 1 11110 0 sz 11000 01100 10 Rn:5 Rd:5 | | fmaxnmp <Rd.esz>, <Rn.vpair>
    faddpScalar   | 01 1 11110 0 sz 11000 01101 10 Rn:5 Rd:5 | | faddp <Rd.esz>, <Rn.vpair>
    fmaxpScalar   | 01 1 11110 0 sz 11000 01111 10 Rn:5 Rd:5 | | fmaxp <Rd.esz>, <Rn.vpair>
    fminnmpScalar | 01 1 11110 1 sz 11000 01100 10 Rn:5 Rd:5 | | fminnmp <Rd.esz>, <Rn.vpair>
    fminpScalar   | 01 1 11110 1 sz 11000 01111 10 Rn:5 Rd:5 | | fminp <Rd.esz>, <Rn.vpair>

    # C4.1.6 Advanced SIMD scalar copy | simd, not imm5=x0000
    dupElementScalar | 01 0 11110000 imm5:5 0 0000 1 Rn:5 Rd:5 | | dup <Rd.e5>, <Rn.element5> | mov <Rd.e5>, <Rn.element5>

    # C4.1.6 Advanced SIMD scalar shift by immediate, 64-bit | simd, not immh=0xxx
    sshrScalar  | 01 0 111110 immh:4 immb:3 00000 1 Rn:5 Rd:5 | | sshr <Rd.d>, <Rn.d>, <shiftRight>
    ssraScalar  | 01 0 111110 immh:4 immb:3 00010 1 Rn:5 Rd:5 | | ssra <Rd.d>, <Rn.d>, <shiftRight>
    srshrScalar | 01 0 111110 immh:4 immb:3 00100 1 Rn:5 Rd:5 | | srshr <Rd.d>, <Rn.d>, <shiftRight>
    srsraScalar | 01 0 111110 immh:4 immb:3 00110 1 Rn:5 Rd:5 | | srsra <Rd.d>, <Rn.d>, <shiftRight>
    shlScalar   | 01 0 111110 immh:4 immb:3 01010 1 Rn:5 Rd:5 | | shl <Rd.d>, <Rn.d>, <shiftLeft>
    ushrScalar  | 01 1 111110 immh:4 immb:3 00000 1 Rn:5 Rd:5 | | ushr <Rd.d>, <Rn.d>, <shiftRight>
    usraScalar  | 01 1 111110 immh:4 immb:3 00010 1 Rn:5 Rd:5 | | usra <Rd.d>, <Rn.d>, <shiftRight>
    urshrScalar | 01 1 111110 immh:4 immb:3 00100 1 Rn:5 Rd:5 | | urshr <Rd.d>, <Rn.d>, <shiftRight>
    ursraScalar | 01 1 111110 immh:4 immb:3 00110 1 Rn:5 Rd:5 | | ursra <Rd.d>, <Rn.d>, <shiftRight>
    sriScalar   | 01 1 111110 immh:4 immb:3 01000 1 Rn:5 Rd:5 | | sri <Rd.d>, <Rn.d>, <shiftRight>
    sliScalar   | 01 1 111110 immh:4 immb:3 01010 1 Rn:5 Rd:5 | | sli <Rd.d>, <Rn.d>, <shiftLeft>

    # C4.1.6 Advanced SIMD scalar shift by immediate, saturating | simd, not immh=0000
    sqshlImmediateScalar | 01 0 111110 immh:4 immb:3 01110 1 Rn:5 Rd:5 | | sqshl <Rd.ei>, <Rn.ei>, <shiftLeft>
    sqshluScalar         | 01 1 111110 immh:4 immb:3 01100 1 Rn:5 Rd:5 | | \
    sqshlu <Rd.ei>, <Rn.ei>, <shiftLeft>
    uqshlImmediateScalar | 01 1 111110 immh:4 immb:3 01110 1 Rn:5 Rd:5 | | uqshl <Rd.ei>, <Rn.ei>, <shiftLeft>

    # C4.1.6 Advanced SIMD scalar shift by immediate, narrowing | simd, not immh=0000, not immh=1xxx
    sqshrnScalar   | 01 0 111110 immh:4 immb:3 10010 1 Rn:5 Rd:5 | | sqshrn <Rd.ei>, <Rn.eiw>, <shiftRight>
    sqrshrnScalar  | 01 0 111110 immh:4 immb:3 10011 1 Rn:5 Rd:5 | | sqrshrn <Rd.ei>, <Rn.eiw>, <shiftRight>
    sqshrunScalar  | 01 1 111110 immh:4 immb:3 10000 1 Rn:5 Rd:5 | | sqshrun <Rd.ei>, <Rn.eiw>, <shiftRight>
    sqrshrunScalar | 01 1 111110 immh:4 immb:3 10001 1 Rn:5 Rd:5 | | sqrshrun <Rd.ei>, <Rn.eiw>, <shiftRight>
    uqshrnScalar   | 01 1 111110 immh:4 immb:3 10010 1 Rn:5 Rd:5 | | uqshrn <Rd.ei>, <Rn.eiw>, <shiftRight>
    uqrshrnScalar  | 01 1 111110 immh:4 immb:3 10011 1 Rn:5 Rd:5 | | uqrshrn <Rd.ei>, <Rn.eiw>, <shiftRight>

    # C4.1.6 Advanced SIMD scalar shift by immediate, conversion | simd, not immh=00xx
    scvtfFixedScalar  | 01 0 111110 immh:4 immb:3 11100 1 Rn:5 Rd:5 | | scvtf <Rd.ei>, <Rn.ei>, <shiftRight>
    fcvtzsFixedScalar | 01 0 111110 immh:4 immb:3 11111 1 Rn:5 Rd:5 | | fcvtzs <Rd.ei>, <Rn.ei>, <shiftRight>
    ucvtfFixedScalar  | 01 1 111110 immh:4 immb:3 11100 1 Rn:5 Rd:5 | | ucvtf <Rd.ei>, <Rn.ei>, <shiftRight>
    fcvtzuFixedScalar | 01 1 111110 immh:4 immb:3 11111 1 Rn:5 Rd:5 | | fcvtzu <Rd.ei>, <Rn.ei>, <shiftRight>

    # C4.1.6 Advanced SIMD scalar x indexed element | simd, not size=00, not size=11
    sqdmlalScalarByElement  | 01 0 11111 size:2 L M Rm:4 0011 H 0 Rn:5 Rd:5 | | \
    sqdmlal <Rd.ew>, <Rn.es>, <Rm.element>
    sqdmlslScalarByElement  | 01 0 11111 size:2 L M Rm:4 0111 H 0 Rn:5 Rd:5 | | \
    sqdmlsl <Rd.ew>, <Rn.es>, <Rm.element>
    sqdmullScalarByElement  | 01 0 11111 size:2 L M Rm:4 1011 H 0 Rn:5 Rd:5 | | \
    sqdmull <Rd.ew>, <Rn.es>, <Rm.element>
    sqdmulhScalarByElement  | 01 0 11111 size:2 L M Rm:4 1100 H 0 Rn:5 Rd:5 | | \
    sqdmulh <Rd.es>, <Rn.es>, <Rm.element>
    sqrdmulhScalarByElement | 01 0 11111 size:2 L M Rm:4 1101 H 0 Rn:5 Rd:5 | | \
    sqrdmulh <Rd.es>, <Rn.es>, <Rm.element>

    # C4.1.6 Advanced SIMD scalar x indexed element, floating-point | simd, not sz=1 L=1
    fmlaScalarByElement  | 01 0 11111 1 sz L M Rm:4 0001 H 0 Rn:5 Rd:5 | | \
    fmla <Rd.esz>, <Rn.esz>, <Rm.element>
    fmlsScalarByElement  | 01 0 11111 1 sz L M Rm:4 0101 H 0 Rn:5 Rd:5 | | \
    fmls <Rd.esz>, <Rn.esz>, <Rm.element>
    fmulScalarByElement  | 01 0 11111 1 sz L M Rm:4 1001 H 0 Rn:5 Rd:5 | | \
    fmul <Rd.esz>, <Rn.esz>, <Rm.element>
    fmulxScalarByElement | 01 1 11111 1 sz L M Rm:4 1001 H 0 Rn:5 Rd:5 | | \
    fmulx <Rd.esz>, <Rn.esz>, <Rm.element>
    """
}
