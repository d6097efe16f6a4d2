extension InstructionTable {
  /// Data processing on general registers, branches, exceptions and system instructions
  /// (Arm DDI 0487, C4.1.1 to C4.1.5). The format is that of ``InstructionTable``.
  static let baseText = """
    # C4.1.2 PC-relative addressing
    adr  | 0 immlo:2 10000 immhi:19 Rd:5 | | adr <Rd.x>, <pcByte>
    adrp | 1 immlo:2 10000 immhi:19 Rd:5 | | adrp <Rd.x>, <pcPage>

    # C4.1.2 Add/subtract (immediate)
    addImmediate  | sf 0 0 100010 sh imm12:12 Rn:5 Rd:5 |       | \
    add <Rd.rsp>, <Rn.rsp>, <imm12.hex><sh.lsl12>
    addsImmediate | sf 0 1 100010 sh imm12:12 Rn:5 Rd:5 | flags | adds <Rd.r>, <Rn.rsp>, <imm12.hex><sh.lsl12>
    subImmediate  | sf 1 0 100010 sh imm12:12 Rn:5 Rd:5 |       | \
    sub <Rd.rsp>, <Rn.rsp>, <imm12.hex><sh.lsl12>
    subsImmediate | sf 1 1 100010 sh imm12:12 Rn:5 Rd:5 | flags | subs <Rd.r>, <Rn.rsp>, <imm12.hex><sh.lsl12>

    # C4.1.2 Logical (immediate) | bitmask
    andImmediate  | sf 00 100100 N immr:6 imms:6 Rn:5 Rd:5 |       | and <Rd.rsp>, <Rn.r>, <bitmask>
    orrImmediate  | sf 01 100100 N immr:6 imms:6 Rn:5 Rd:5 |       | orr <Rd.rsp>, <Rn.r>, <bitmask>
    eorImmediate  | sf 10 100100 N immr:6 imms:6 Rn:5 Rd:5 |       | eor <Rd.rsp>, <Rn.r>, <bitmask>
    andsImmediate | sf 11 100100 N immr:6 imms:6 Rn:5 Rd:5 | flags | ands <Rd.r>, <Rn.r>, <bitmask>

    # C4.1.2 Move wide (immediate) | not sf=0 hw=1x
    movn | sf 00 100101 hw:2 imm16:16 Rd:5 | | movn <Rd.r>, <imm16.hex><hw.lsl16>
    movz | sf 10 100101 hw:2 imm16:16 Rd:5 | | movz <Rd.r>, <imm16.hex><hw.lsl16>
    movk | sf 11 100101 hw:2 imm16:16 Rd:5 | | movk <Rd.r>, <imm16.hex><hw.lsl16>

    # C4.1.2 Bitfield | not sf=0 N=1, not sf=1 N=0, not sf=0 immr=1xxxxx, not sf=0 imms=1xxxxx
    sbfm | sf 00 100110 N immr:6 imms:6 Rn:5 Rd:5 | | sbfm <Rd.r>, <Rn.r>, <immr.hex>, <imms.hex>
    bfm  | sf 01 100110 N immr:6 imms:6 Rn:5 Rd:5 | | bfm <Rd.r>, <Rn.r>, <immr.hex>, <imms.hex>
    ubfm | sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5 | | ubfm <Rd.r>, <Rn.r>, <immr.hex>, <imms.hex>

    # C4.1.2 Extract | not sf=0 N=1, not sf=1 N=0, not sf=0 imms=1xxxxx
    extr | sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5 | | extr <Rd.r>, <Rn.r>, <Rm.r>, <imms.hex>

    # C4.1.3 Conditional branch (immediate) | ends
    bCond | 0101010 0 imm19:19 0 cond:4 | | b.<cond.cc> <imm19.pc>

    # C4.1.3 Exception generation | ends, exception
    svc   | 11010100 000 imm16:16 000 01 |            | svc <imm16.trap>
    hvc   | 11010100 000 imm16:16 000 10 | privileged | hvc <imm16.trap>
    smc   | 11010100 000 imm16:16 000 11 | privileged | smc <imm16.trap>
    brk   | 11010100 001 imm16:16 000 00 |            | brk <imm16.trap>
    hlt   | 11010100 010 imm16:16 000 00 |            | hlt <imm16.trap>
    dcps1 | 11010100 101 imm16:16 000 01 |            | dcps1 <imm16.trap>
    dcps2 | 11010100 101 imm16:16 000 10 |            | dcps2 <imm16.trap>
    dcps3 | 11010100 101 imm16:16 000 11 |            | dcps3 <imm16.trap>

    # C4.1.3 Hints | system
    hint  | 1101010100 0 00 011 0010 CRm:4 op2:3 11111 |      | hint <hint>
    nop   | 1101010100 0 00 011 0010 0000 000 11111    |      | hint #0x0 | nop
    yield | 1101010100 0 00 011 0010 0000 001 11111    | ends | hint #0x1 | yield
    wfe   | 1101010100 0 00 011 0010 0000 010 11111    | ends | hint #0x2 | wfe
    wfi   | 1101010100 0 00 011 0010 0000 011 11111    | ends | hint #0x3 | wfi
    sev   | 1101010100 0 00 011 0010 0000 100 11111    | ends | hint #0x4 | sev
    sevl  | 1101010100 0 00 011 0010 0000 101 11111    |      | hint #0x5 | sevl

    # C4.1.3 Barriers | system
    clrex | 1101010100 0 00 011 0011 CRm:4 010 11111 |      | clrex <CRm.hex>
    dsb   | 1101010100 0 00 011 0011 CRm:4 100 11111 |      | dsb <CRm.barrier>
    dmb   | 1101010100 0 00 011 0011 CRm:4 101 11111 |      | dmb <CRm.barrier>
    isb   | 1101010100 0 00 011 0011 CRm:4 110 11111 | ends | isb <CRm.isb>

    # C4.1.3 PSTATE | system, privileged, ends, not op1=1xx, not op1=001, not op1=010, \
    not op1=000 op2=0xx, not op1=000 op2=xx0, not op1=000 op2=x1x, not op1=011 op2=0xx, not op1=011 op2=x0x
    msrImmediate | 1101010100 0 00 op1:3 0100 CRm:4 op2:3 11111 | | msr <pstateField>, <CRm.hex>

    # C4.1.3 System instructions | system, ends
    sys  | 1101010100 0 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5 | | <sys>
    sysl | 1101010100 1 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5 | | \
    sysl <Rt.x>, <op1.hex>, <CRn.cr>, <CRm.cr>, <op2.hex>

    # C4.1.3 System register move | system
    msrRegister | 1101010100 0 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5 | ends | msr <sysreg>, <Rt.x>
    mrs         | 1101010100 1 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5 |      | mrs <Rt.x>, <sysreg>

    # C4.1.3 Unconditional branch (register) | ends
    br   | 1101011 0000 11111 000000 Rn:5 00000  |            | br <Rn.x>
    blr  | 1101011 0001 11111 000000 Rn:5 00000  |            | blr <Rn.x>
    ret  | 1101011 0010 11111 000000 Rn:5 00000  |            | ret <Rn.x>
    eret | 1101011 0100 11111 000000 11111 00000 | privileged | eret
    drps | 1101011 0101 11111 000000 11111 00000 | privileged | drps

    # C4.1.3 Unconditional branch (immediate) | ends
    b  | 0 00101 imm26:26 | | b <imm26.pc>
    bl | 1 00101 imm26:26 | | bl <imm26.pc>

    # C4.1.3 Compare and branch (immediate) | ends
    cbz  | sf 011010 0 imm19:19 Rt:5 | | cbz <Rt.r>, <imm19.pc>
    cbnz | sf 011010 1 imm19:19 Rt:5 | | cbnz <Rt.r>, <imm19.pc>

    # C4.1.3 Test and branch (immediate) | ends
    tbz  | b5 011011 0 b40:5 imm14:14 Rt:5 | | tbz <Rt.b5>, <bitNumber>, <imm14.pc>
    tbnz | b5 011011 1 b40:5 imm14:14 Rt:5 | | tbnz <Rt.b5>, <bitNumber>, <imm14.pc>

    # C4.1.5 Data-processing (2 source)
    udiv | sf 0 0 11010110 Rm:5 000010 Rn:5 Rd:5 | | udiv <Rd.r>, <Rn.r>, <Rm.r>
    sdiv | sf 0 0 11010110 Rm:5 000011 Rn:5 Rd:5 | | sdiv <Rd.r>, <Rn.r>, <Rm.r>
    lslv | sf 0 0 11010110 Rm:5 001000 Rn:5 Rd:5 | | lslv <Rd.r>, <Rn.r>, <Rm.r> | lsl <Rd.r>, <Rn.r>, <Rm.r>
    lsrv | sf 0 0 11010110 Rm:5 001001 Rn:5 Rd:5 | | lsrv <Rd.r>, <Rn.r>, <Rm.r> | lsr <Rd.r>, <Rn.r>, <Rm.r>
    asrv | sf 0 0 11010110 Rm:5 001010 Rn:5 Rd:5 | | asrv <Rd.r>, <Rn.r>, <Rm.r> | asr <Rd.r>, <Rn.r>, <Rm.r>
    rorv | sf 0 0 11010110 Rm:5 001011 Rn:5 Rd:5 | | rorv <Rd.r>, <Rn.r>, <Rm.r> | ror <Rd.r>, <Rn.r>, <Rm.r>
    crc32b  | 0 0 0 11010110 Rm:5 010 0 00 Rn:5 Rd:5 | | crc32b <Rd.w>, <Rn.w>, <Rm.w>
    crc32h  | 0 0 0 11010110 Rm:5 010 0 01 Rn:5 Rd:5 | | crc32h <Rd.w>, <Rn.w>, <Rm.w>
    crc32w  | 0 0 0 11010110 Rm:5 010 0 10 Rn:5 Rd:5 | | crc32w <Rd.w>, <Rn.w>, <Rm.w>
    crc32x  | 1 0 0 11010110 Rm:5 010 0 11 Rn:5 Rd:5 | | crc32x <Rd.w>, <Rn.w>, <Rm.x>
    crc32cb | 0 0 0 11010110 Rm:5 010 1 00 Rn:5 Rd:5 | | crc32cb <Rd.w>, <Rn.w>, <Rm.w>
    crc32ch | 0 0 0 11010110 Rm:5 010 1 01 Rn:5 Rd:5 | | crc32ch <Rd.w>, <Rn.w>, <Rm.w>
    crc32cw | 0 0 0 11010110 Rm:5 010 1 10 Rn:5 Rd:5 | | crc32cw <Rd.w>, <Rn.w>, <Rm.w>
    crc32cx | 1 0 0 11010110 Rm:5 010 1 11 Rn:5 Rd:5 | | crc32cx <Rd.w>, <Rn.w>, <Rm.x>

    # C4.1.5 Data-processing (1 source)
    rbit  | sf 1 0 11010110 00000 000000 Rn:5 Rd:5  | | rbit <Rd.r>, <Rn.r>
    rev16 | sf 1 0 11010110 00000 000001 Rn:5 Rd:5  | | rev16 <Rd.r>, <Rn.r>
    rev32 | 1 1 0 11010110 00000 000010 Rn:5 Rd:5   | | rev32 <Rd.x>, <Rn.x>
    rev   | sf 1 0 11010110 00000 00001 opc0 Rn:5 Rd:5 | not sf=0 opc0=1, not sf=1 opc0=0 | rev <Rd.r>, <Rn.r>
    clz   | sf 1 0 11010110 00000 000100 Rn:5 Rd:5  | | clz <Rd.r>, <Rn.r>
    cls   | sf 1 0 11010110 00000 000101 Rn:5 Rd:5  | | cls <Rd.r>, <Rn.r>

    # C4.1.5 Logical (shifted register) | not sf=0 imm6=1xxxxx
    andShifted  | sf 00 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 |       | and <Rd.r>, <Rn.r>, <Rm.r><shifted>
    bicShifted  | sf 00 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5 |       | bic <Rd.r>, <Rn.r>, <Rm.r><shifted>
    orrShifted  | sf 01 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 |       | orr <Rd.r>, <Rn.r>, <Rm.r><shifted>
    ornShifted  | sf 01 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5 |       | orn <Rd.r>, <Rn.r>, <Rm.r><shifted>
    eorShifted  | sf 10 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 |       | eor <Rd.r>, <Rn.r>, <Rm.r><shifted>
    eonShifted  | sf 10 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5 |       | eon <Rd.r>, <Rn.r>, <Rm.r><shifted>
    andsShifted | sf 11 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 | flags | ands <Rd.r>, <Rn.r>, <Rm.r><shifted>
    bicsShifted | sf 11 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5 | flags | bics <Rd.r>, <Rn.r>, <Rm.r><shifted>

    # C4.1.5 Add/subtract (shifted register) | not shift=11, not sf=0 imm6=1xxxxx
    addShifted  | sf 00 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 |       | add <Rd.r>, <Rn.r>, <Rm.r><shifted>
    addsShifted | sf 01 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 | flags | adds <Rd.r>, <Rn.r>, <Rm.r><shifted>
    subShifted  | sf 10 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 |       | sub <Rd.r>, <Rn.r>, <Rm.r><shifted>
    subsShifted | sf 11 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5 | flags | subs <Rd.r>, <Rn.r>, <Rm.r><shifted>

    # C4.1.5 Add/subtract (extended register) | not imm3=11x, not imm3=1x1
    addExtended  | sf 00 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5 |       | add <Rd.rsp>, <Rn.rsp>, <extended>
    addsExtended | sf 01 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5 | flags | adds <Rd.r>, <Rn.rsp>, <extended>
    subExtended  | sf 10 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5 |       | sub <Rd.rsp>, <Rn.rsp>, <extended>
    subsExtended | sf 11 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5 | flags | subs <Rd.r>, <Rn.rsp>, <extended>

    # C4.1.5 Add/subtract (with carry)
    adc  | sf 00 11010000 Rm:5 000000 Rn:5 Rd:5 |       | adc <Rd.r>, <Rn.r>, <Rm.r>
    adcs | sf 01 11010000 Rm:5 000000 Rn:5 Rd:5 | flags | adcs <Rd.r>, <Rn.r>, <Rm.r>
    sbc  | sf 10 11010000 Rm:5 000000 Rn:5 Rd:5 |       | sbc <Rd.r>, <Rn.r>, <Rm.r>
    sbcs | sf 11 11010000 Rm:5 000000 Rn:5 Rd:5 | flags | sbcs <Rd.r>, <Rn.r>, <Rm.r>

    # C4.1.5 Conditional compare | flags
    ccmnRegister  | sf 01 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4   | | \
    ccmn <Rn.r>, <Rm.r>, <nzcv.hex>, <cond.cc>
    ccmpRegister  | sf 11 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4   | | \
    ccmp <Rn.r>, <Rm.r>, <nzcv.hex>, <cond.cc>
    ccmnImmediate | sf 01 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4 | | \
    ccmn <Rn.r>, <imm5.hex>, <nzcv.hex>, <cond.cc>
    ccmpImmediate | sf 11 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4 | | \
    ccmp <Rn.r>, <imm5.hex>, <nzcv.hex>, <cond.cc>

    # C4.1.5 Conditional select
    csel  | sf 00 11010100 Rm:5 cond:4 00 Rn:5 Rd:5 | | csel <Rd.r>, <Rn.r>, <Rm.r>, <cond.cc>
    csinc | sf 00 11010100 Rm:5 cond:4 01 Rn:5 Rd:5 | | csinc <Rd.r>, <Rn.r>, <Rm.r>, <cond.cc>
    csinv | sf 10 11010100 Rm:5 cond:4 00 Rn:5 Rd:5 | | csinv <Rd.r>, <Rn.r>, <Rm.r>, <cond.cc>
    csneg | sf 10 11010100 Rm:5 cond:4 01 Rn:5 Rd:5 | | csneg <Rd.r>, <Rn.r>, <Rm.r>, <cond.cc>

    # C4.1.5 Data-processing (3 source)
    madd   | sf 00 11011 000 Rm:5 0 Ra:5 Rn:5 Rd:5    | | madd <Rd.r>, <Rn.r>, <Rm.r>, <Ra.r>
    msub   | sf 00 11011 000 Rm:5 1 Ra:5 Rn:5 Rd:5    | | msub <Rd.r>, <Rn.r>, <Rm.r>, <Ra.r>
    smaddl | 1 00 11011 001 Rm:5 0 Ra:5 Rn:5 Rd:5     | | smaddl <Rd.x>, <Rn.w>, <Rm.w>, <Ra.x>
    smsubl | 1 00 11011 001 Rm:5 1 Ra:5 Rn:5 Rd:5     | | smsubl <Rd.x>, <Rn.w>, <Rm.w>, <Ra.x>
    smulh  | 1 00 11011 010 Rm:5 0 xxxxx Rn:5 Rd:5    | | smulh <Rd.x>, <Rn.x>, <Rm.x>
    umaddl | 1 00 11011 101 Rm:5 0 Ra:5 Rn:5 Rd:5     | | umaddl <Rd.x>, <Rn.w>, <Rm.w>, <Ra.x>
    umsubl | 1 00 11011 101 Rm:5 1 Ra:5 Rn:5 Rd:5     | | umsubl <Rd.x>, <Rn.w>, <Rm.w>, <Ra.x>
    umulh  | 1 00 11011 110 Rm:5 0 xxxxx Rn:5 Rd:5    | | umulh <Rd.x>, <Rn.x>, <Rm.x>
    """
}
