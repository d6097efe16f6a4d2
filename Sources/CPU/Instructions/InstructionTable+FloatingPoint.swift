extension InstructionTable {
  /// Scalar floating-point (Arm DDI 0487, C4.1.6): single and double precision, with half precision in
  /// FCVT only. The format is that of ``InstructionTable``.
  static let floatingPointText = """
    # C4.1.6 Conversion between floating-point and fixed-point | fp, not ftype=1x, not sf=0 scale=0xxxxx
    scvtfGeneralFixed  | sf 0 0 11110 ftype:2 0 00 010 scale:6 Rn:5 Rd:5 | | \
    scvtf <Rd.f>, <Rn.r>, <scale.fbits>
    ucvtfGeneralFixed  | sf 0 0 11110 ftype:2 0 00 011 scale:6 Rn:5 Rd:5 | | \
    ucvtf <Rd.f>, <Rn.r>, <scale.fbits>
    fcvtzsGeneralFixed | sf 0 0 11110 ftype:2 0 11 000 scale:6 Rn:5 Rd:5 | | \
    fcvtzs <Rd.r>, <Rn.f>, <scale.fbits>
    fcvtzuGeneralFixed | sf 0 0 11110 ftype:2 0 11 001 scale:6 Rn:5 Rd:5 | | \
    fcvtzu <Rd.r>, <Rn.f>, <scale.fbits>

    # C4.1.6 Conversion between floating-point and integer | fp, not ftype=1x
    fcvtnsGeneral | sf 0 0 11110 ftype:2 1 00 000 000000 Rn:5 Rd:5 | | fcvtns <Rd.r>, <Rn.f>
    fcvtnuGeneral | sf 0 0 11110 ftype:2 1 00 001 000000 Rn:5 Rd:5 | | fcvtnu <Rd.r>, <Rn.f>
    scvtfGeneral  | sf 0 0 11110 ftype:2 1 00 010 000000 Rn:5 Rd:5 | | scvtf <Rd.f>, <Rn.r>
    ucvtfGeneral  | sf 0 0 11110 ftype:2 1 00 011 000000 Rn:5 Rd:5 | | ucvtf <Rd.f>, <Rn.r>
    fcvtasGeneral | sf 0 0 11110 ftype:2 1 00 100 000000 Rn:5 Rd:5 | | fcvtas <Rd.r>, <Rn.f>
    fcvtauGeneral | sf 0 0 11110 ftype:2 1 00 101 000000 Rn:5 Rd:5 | | fcvtau <Rd.r>, <Rn.f>
    fcvtpsGeneral | sf 0 0 11110 ftype:2 1 01 000 000000 Rn:5 Rd:5 | | fcvtps <Rd.r>, <Rn.f>
    fcvtpuGeneral | sf 0 0 11110 ftype:2 1 01 001 000000 Rn:5 Rd:5 | | fcvtpu <Rd.r>, <Rn.f>
    fcvtmsGeneral | sf 0 0 11110 ftype:2 1 10 000 000000 Rn:5 Rd:5 | | fcvtms <Rd.r>, <Rn.f>
    fcvtmuGeneral | sf 0 0 11110 ftype:2 1 10 001 000000 Rn:5 Rd:5 | | fcvtmu <Rd.r>, <Rn.f>
    fcvtzsGeneral | sf 0 0 11110 ftype:2 1 11 000 000000 Rn:5 Rd:5 | | fcvtzs <Rd.r>, <Rn.f>
    fcvtzuGeneral | sf 0 0 11110 ftype:2 1 11 001 000000 Rn:5 Rd:5 | | fcvtzu <Rd.r>, <Rn.f>

    # C4.1.6 Conversion between floating-point and integer (FMOV) | fp
    fmovToGeneral      | sf 0 0 11110 ftype:2 1 00 110 000000 Rn:5 Rd:5 | \
    not ftype=1x, not sf=0 ftype=x1, not sf=1 ftype=x0 | fmov <Rd.r>, <Rn.f>
    fmovFromGeneral    | sf 0 0 11110 ftype:2 1 00 111 000000 Rn:5 Rd:5 | \
    not ftype=1x, not sf=0 ftype=x1, not sf=1 ftype=x0 | fmov <Rd.f>, <Rn.r>
    fmovTopToGeneral   | 1 0 0 11110 10 1 01 110 000000 Rn:5 Rd:5 | | fmov <Rd.x>, <Rn.vd1>
    fmovTopFromGeneral | 1 0 0 11110 10 1 01 111 000000 Rn:5 Rd:5 | | fmov <Rd.vd1>, <Rn.x>

    # C4.1.6 Floating-point data-processing (1 source) | fp, not ftype=1x
    fmovRegister | 0 0 0 11110 ftype:2 1 000000 10000 Rn:5 Rd:5 | | fmov <Rd.f>, <Rn.f>
    fabsScalar   | 0 0 0 11110 ftype:2 1 000001 10000 Rn:5 Rd:5 | | fabs <Rd.f>, <Rn.f>
    fnegScalar   | 0 0 0 11110 ftype:2 1 000010 10000 Rn:5 Rd:5 | | fneg <Rd.f>, <Rn.f>
    fsqrtScalar  | 0 0 0 11110 ftype:2 1 000011 10000 Rn:5 Rd:5 | | fsqrt <Rd.f>, <Rn.f>
    frintnScalar | 0 0 0 11110 ftype:2 1 001000 10000 Rn:5 Rd:5 | | frintn <Rd.f>, <Rn.f>
    frintpScalar | 0 0 0 11110 ftype:2 1 001001 10000 Rn:5 Rd:5 | | frintp <Rd.f>, <Rn.f>
    frintmScalar | 0 0 0 11110 ftype:2 1 001010 10000 Rn:5 Rd:5 | | frintm <Rd.f>, <Rn.f>
    frintzScalar | 0 0 0 11110 ftype:2 1 001011 10000 Rn:5 Rd:5 | | frintz <Rd.f>, <Rn.f>
    frintaScalar | 0 0 0 11110 ftype:2 1 001100 10000 Rn:5 Rd:5 | | frinta <Rd.f>, <Rn.f>
    frintxScalar | 0 0 0 11110 ftype:2 1 001110 10000 Rn:5 Rd:5 | | frintx <Rd.f>, <Rn.f>
    frintiScalar | 0 0 0 11110 ftype:2 1 001111 10000 Rn:5 Rd:5 | | frinti <Rd.f>, <Rn.f>

    # C4.1.6 Floating-point data-processing (1 source), precision | fp, not ftype=10, not opc=10, \
    not ftype=00 opc=00, not ftype=01 opc=01, not ftype=11 opc=11
    fcvt | 0 0 0 11110 ftype:2 1 0001 opc:2 10000 Rn:5 Rd:5 | | fcvt <Rd.fopc2>, <Rn.f>

    # C4.1.6 Floating-point compare | fp, flags, not ftype=1x
    fcmp      | 0 0 0 11110 ftype:2 1 Rm:5 00 1000 Rn:5 00 000  | | fcmp <Rn.f>, <Rm.f>
    fcmpZero  | 0 0 0 11110 ftype:2 1 xxxxx 00 1000 Rn:5 01 000 | | fcmp <Rn.f>, #0.0
    fcmpe     | 0 0 0 11110 ftype:2 1 Rm:5 00 1000 Rn:5 10 000  | | fcmpe <Rn.f>, <Rm.f>
    fcmpeZero | 0 0 0 11110 ftype:2 1 xxxxx 00 1000 Rn:5 11 000 | | fcmpe <Rn.f>, #0.0

    # C4.1.6 Floating-point immediate | fp, not ftype=1x
    fmovImmediate | 0 0 0 11110 ftype:2 1 imm8:8 100 00000 Rd:5 | | fmov <Rd.f>, <imm8.float>

    # C4.1.6 Floating-point conditional compare | fp, flags, not ftype=1x
    fccmp  | 0 0 0 11110 ftype:2 1 Rm:5 cond:4 01 Rn:5 0 nzcv:4 | | \
    fccmp <Rn.f>, <Rm.f>, <nzcv.hex>, <cond.cc>
    fccmpe | 0 0 0 11110 ftype:2 1 Rm:5 cond:4 01 Rn:5 1 nzcv:4 | | \
    fccmpe <Rn.f>, <Rm.f>, <nzcv.hex>, <cond.cc>

    # C4.1.6 Floating-point data-processing (2 source) | fp, not ftype=1x
    fmulScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0000 10 Rn:5 Rd:5 | | fmul <Rd.f>, <Rn.f>, <Rm.f>
    fdivScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0001 10 Rn:5 Rd:5 | | fdiv <Rd.f>, <Rn.f>, <Rm.f>
    faddScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0010 10 Rn:5 Rd:5 | | fadd <Rd.f>, <Rn.f>, <Rm.f>
    fsubScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0011 10 Rn:5 Rd:5 | | fsub <Rd.f>, <Rn.f>, <Rm.f>
    fmaxScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0100 10 Rn:5 Rd:5 | | fmax <Rd.f>, <Rn.f>, <Rm.f>
    fminScalar   | 0 0 0 11110 ftype:2 1 Rm:5 0101 10 Rn:5 Rd:5 | | fmin <Rd.f>, <Rn.f>, <Rm.f>
    fmaxnmScalar | 0 0 0 11110 ftype:2 1 Rm:5 0110 10 Rn:5 Rd:5 | | fmaxnm <Rd.f>, <Rn.f>, <Rm.f>
    fminnmScalar | 0 0 0 11110 ftype:2 1 Rm:5 0111 10 Rn:5 Rd:5 | | fminnm <Rd.f>, <Rn.f>, <Rm.f>
    fnmulScalar  | 0 0 0 11110 ftype:2 1 Rm:5 1000 10 Rn:5 Rd:5 | | fnmul <Rd.f>, <Rn.f>, <Rm.f>

    # C4.1.6 Floating-point conditional select | fp, not ftype=1x
    fcsel | 0 0 0 11110 ftype:2 1 Rm:5 cond:4 11 Rn:5 Rd:5 | | fcsel <Rd.f>, <Rn.f>, <Rm.f>, <cond.cc>

    # C4.1.6 Floating-point data-processing (3 source) | fp, not ftype=1x
    fmadd  | 0 0 0 11111 ftype:2 0 Rm:5 0 Ra:5 Rn:5 Rd:5 | | fmadd <Rd.f>, <Rn.f>, <Rm.f>, <Ra.f>
    fmsub  | 0 0 0 11111 ftype:2 0 Rm:5 1 Ra:5 Rn:5 Rd:5 | | fmsub <Rd.f>, <Rn.f>, <Rm.f>, <Ra.f>
    fnmadd | 0 0 0 11111 ftype:2 1 Rm:5 0 Ra:5 Rn:5 Rd:5 | | fnmadd <Rd.f>, <Rn.f>, <Rm.f>, <Ra.f>
    fnmsub | 0 0 0 11111 ftype:2 1 Rm:5 1 Ra:5 Rn:5 Rd:5 | | fnmsub <Rd.f>, <Rn.f>, <Rm.f>, <Ra.f>
    """
}
