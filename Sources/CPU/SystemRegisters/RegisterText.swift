/// The system registers and system instructions of a Cortex-A72 r0p3 as one page of text, parsed once.
///
/// A row is `name op0 op1 CRn CRm op2 access behaviour traps` and then any of
/// - `reset=` value after reset, or the value of a constant (Cortex-A72 TRM 4.2; bring-up facts);
/// - `mask=` the bits that a write changes (the others are RES0 or read-only);
/// - `ones=` bits that always read as one (RES1);
/// - `slot=` the `SystemRegister` that stores it, when it is not the one of the same name.
///
/// `access` is `r` and `w`, each followed by the lowest Exception level that may; what is missing is
/// UNDEFINED. `behaviour` is a `RegisterBehaviour`, `traps` a list of `TrapText` rows in the order in
/// which they are checked, or `-`. A register that is not here does not exist on this core and is UNDEFINED:
/// VHE names, LOR, PAN, UAO, RAS, ICC_* and trace registers among them.
enum RegisterText {
  static let rows = """
    // Identification (D13.2; values of r0p3)
    MIDR_EL1            3 0 0 0 0  r1      midr          -      reset=0x410fd083
    MPIDR_EL1           3 0 0 0 5  r1      mpidr         -
    REVIDR_EL1          3 0 0 0 6  r1      constant      TID1
    ID_PFR0_EL1         3 0 0 1 0  r1      constant      TID3   reset=0x00000131
    ID_PFR1_EL1         3 0 0 1 1  r1      constant      TID3   reset=0x00011011
    ID_DFR0_EL1         3 0 0 1 2  r1      constant      TID3   reset=0x03010066
    ID_AFR0_EL1         3 0 0 1 3  r1      constant      TID3
    ID_MMFR0_EL1        3 0 0 1 4  r1      constant      TID3   reset=0x10201105
    ID_MMFR1_EL1        3 0 0 1 5  r1      constant      TID3   reset=0x40000000
    ID_MMFR2_EL1        3 0 0 1 6  r1      constant      TID3   reset=0x01260000
    ID_MMFR3_EL1        3 0 0 1 7  r1      constant      TID3   reset=0x02102211
    ID_ISAR0_EL1        3 0 0 2 0  r1      constant      TID3   reset=0x02101110
    ID_ISAR1_EL1        3 0 0 2 1  r1      constant      TID3   reset=0x13112111
    ID_ISAR2_EL1        3 0 0 2 2  r1      constant      TID3   reset=0x21232042
    ID_ISAR3_EL1        3 0 0 2 3  r1      constant      TID3   reset=0x01112131
    ID_ISAR4_EL1        3 0 0 2 4  r1      constant      TID3   reset=0x00011142
    ID_ISAR5_EL1        3 0 0 2 5  r1      constant      TID3   reset=0x00010001
    ID_MMFR4_EL1        3 0 0 2 6  r1      constant      TID3
    ID_ISAR6_EL1        3 0 0 2 7  r1      constant      TID3
    MVFR0_EL1           3 0 0 3 0  r1      constant      TID3   reset=0x10110222
    MVFR1_EL1           3 0 0 3 1  r1      constant      TID3   reset=0x12111111
    MVFR2_EL1           3 0 0 3 2  r1      constant      TID3   reset=0x00000043
    ID_PFR2_EL1         3 0 0 3 4  r1      constant      TID3
    ID_DFR1_EL1         3 0 0 3 5  r1      constant      TID3
    ID_MMFR5_EL1        3 0 0 3 6  r1      constant      TID3
    ID_AA64PFR0_EL1     3 0 0 4 0  r1      constant      TID3   reset=0x2222
    ID_AA64PFR1_EL1     3 0 0 4 1  r1      constant      TID3
    ID_AA64PFR2_EL1     3 0 0 4 2  r1      constant      TID3
    ID_AA64ZFR0_EL1     3 0 0 4 4  r1      constant      TID3
    ID_AA64SMFR0_EL1    3 0 0 4 5  r1      constant      TID3
    ID_AA64DFR0_EL1     3 0 0 5 0  r1      constant      TID3   reset=0x10305106
    ID_AA64DFR1_EL1     3 0 0 5 1  r1      constant      TID3
    ID_AA64AFR0_EL1     3 0 0 5 4  r1      constant      TID3
    ID_AA64AFR1_EL1     3 0 0 5 5  r1      constant      TID3
    ID_AA64ISAR0_EL1    3 0 0 6 0  r1      constant      TID3   reset=0x00010000
    ID_AA64ISAR1_EL1    3 0 0 6 1  r1      constant      TID3
    ID_AA64ISAR2_EL1    3 0 0 6 2  r1      constant      TID3
    ID_AA64MMFR0_EL1    3 0 0 7 0  r1      constant      TID3   reset=0x1124
    ID_AA64MMFR1_EL1    3 0 0 7 1  r1      constant      TID3
    ID_AA64MMFR2_EL1    3 0 0 7 2  r1      constant      TID3
    ID_AA64MMFR3_EL1    3 0 0 7 3  r1      constant      TID3
    ID_AA64MMFR4_EL1    3 0 0 7 4  r1      constant      TID3
    CCSIDR_EL1          3 1 0 0 0  r1      ccsidr        TID2
    CLIDR_EL1           3 1 0 0 1  r1      constant      TID2   reset=0x0a200023
    AIDR_EL1            3 1 0 0 7  r1      constant      TID1
    CSSELR_EL1          3 2 0 0 0  r1w1    storage       TID2   mask=0xf
    CTR_EL0             3 3 0 0 1  r0      constant      UCT,TID2  reset=0x8444c004
    DCZID_EL0           3 3 0 0 7  r0      dczid         -      reset=4
    VPIDR_EL2           3 4 0 0 0  r2w2    storage       -      reset=0x410fd083 mask=0xffffffff
    VMPIDR_EL2          3 4 0 0 5  r2w2    storage       -      mask=0xffffffffff

    // Control
    SCTLR_EL1           3 0 1 0 0  r1w1    translation1  TVM,TRVM  reset=0x00c50838 mask=0x37dddbbf
    SCTLR_EL2           3 4 1 0 0  r2w2    translation2  -      reset=0x00c50838 mask=0x32cd183f
    SCTLR_EL3           3 6 1 0 0  r3w3    translation3  -      reset=0x00c50838 mask=0x32cd183f
    ACTLR_EL1           3 0 1 0 1  r1w1    storage       TACR   mask=0
    ACTLR_EL2           3 4 1 0 1  r2w2    storage       -      mask=0x73
    ACTLR_EL3           3 6 1 0 1  r3w3    storage       -      mask=0x73
    CPACR_EL1           3 0 1 0 2  r1w1    mode          TCPAC,TCPAC3  mask=0x300000
    CPTR_EL2            3 4 1 1 2  r2w2    mode          TCPAC3 mask=0x80000400 ones=0x33ff
    CPTR_EL3            3 6 1 1 2  r3w3    mode          -      mask=0x80000400
    HCR_EL2             3 4 1 1 0  r2w2    hcr           -      mask=0x3dfffffff
    HSTR_EL2            3 4 1 1 3  r2w2    storage       -      mask=0xbfef
    HACR_EL2            3 4 1 1 7  r2w2    storage       -      mask=0
    SCR_EL3             3 6 1 1 0  r3w3    scr           -      mask=0x3f8f ones=0x30
    SDER32_EL3          3 6 1 1 1  r3w3    storage       -      mask=3
    MDCR_EL2            3 4 1 1 1  r2w2    monitorControl  TDA3   reset=6 mask=0xfff
    MDCR_EL3            3 6 1 3 1  r3w3    monitorControl  -      mask=0x33c640

    // Translation
    TTBR0_EL1           3 0 2 0 0  r1w1    translation1  TVM,TRVM
    TTBR1_EL1           3 0 2 0 1  r1w1    translation1  TVM,TRVM
    TCR_EL1             3 0 2 0 2  r1w1    translation1  TVM,TRVM  mask=0x77ffffffbf
    MAIR_EL1            3 0 10 2 0 r1w1    translation1  TVM,TRVM
    AMAIR_EL1           3 0 10 3 0 r1w1    storage       TVM,TRVM  mask=0
    CONTEXTIDR_EL1      3 0 13 0 1 r1w1    storage       TVM,TRVM  mask=0xffffffff
    TTBR0_EL2           3 4 2 0 0  r2w2    translation2  -      mask=0xffffffffffff
    TCR_EL2             3 4 2 0 2  r2w2    translation2  -      mask=0x8097ff3f
    MAIR_EL2            3 4 10 2 0 r2w2    translation2  -
    AMAIR_EL2           3 4 10 3 0 r2w2    storage       -      mask=0
    VTTBR_EL2           3 4 2 1 0  r2w2    translation1  -      mask=0xffffffffffffff
    VTCR_EL2            3 4 2 1 2  r2w2    translation1  -      mask=0x8007ffff
    TTBR0_EL3           3 6 2 0 0  r3w3    translation3  -      mask=0xffffffffffff
    TCR_EL3             3 6 2 0 2  r3w3    translation3  -      mask=0x8097ff3f
    MAIR_EL3            3 6 10 2 0 r3w3    translation3  -
    AMAIR_EL3           3 6 10 3 0 r3w3    storage       -      mask=0
    PAR_EL1             3 0 7 4 0  r1w1    storage       -

    // Exception handling
    SPSR_EL1            3 0 4 0 0  r1w1    storage       -      mask=0xffffffff
    ELR_EL1             3 0 4 0 1  r1w1    storage       -
    SP_EL0              3 0 4 1 0  r1w1    stackPointer0 -
    SPSel               3 0 4 2 0  r1w1    spsel         -
    CurrentEL           3 0 4 2 2  r1      currentEL     -
    AFSR0_EL1           3 0 5 1 0  r1w1    storage       TVM,TRVM  mask=0
    AFSR1_EL1           3 0 5 1 1  r1w1    storage       TVM,TRVM  mask=0
    ESR_EL1             3 0 5 2 0  r1w1    storage       TVM,TRVM  mask=0xffffffff
    FAR_EL1             3 0 6 0 0  r1w1    storage       TVM,TRVM
    VBAR_EL1            3 0 12 0 0 r1w1    storage       -      mask=0xfffffffffffff800
    ISR_EL1             3 0 12 1 0 r1      isr           -
    SPSR_EL2            3 4 4 0 0  r2w2    storage       -      mask=0xffffffff
    ELR_EL2             3 4 4 0 1  r2w2    storage       -
    SP_EL1              3 4 4 1 0  r2w2    stackPointer1 -
    SPSR_irq            3 4 4 3 0  r2w2    storage       -      mask=0xffffffff
    SPSR_abt            3 4 4 3 1  r2w2    storage       -      mask=0xffffffff
    SPSR_und            3 4 4 3 2  r2w2    storage       -      mask=0xffffffff
    SPSR_fiq            3 4 4 3 3  r2w2    storage       -      mask=0xffffffff
    AFSR0_EL2           3 4 5 1 0  r2w2    storage       -      mask=0
    AFSR1_EL2           3 4 5 1 1  r2w2    storage       -      mask=0
    ESR_EL2             3 4 5 2 0  r2w2    storage       -      mask=0xffffffff
    FAR_EL2             3 4 6 0 0  r2w2    storage       -
    HPFAR_EL2           3 4 6 0 4  r2w2    storage       -      mask=0xfffffffff0
    VBAR_EL2            3 4 12 0 0 r2w2    storage       -      mask=0xfffffffffffff800
    SPSR_EL3            3 6 4 0 0  r3w3    storage       -      mask=0xffffffff
    ELR_EL3             3 6 4 0 1  r3w3    storage       -
    SP_EL2              3 6 4 1 0  r3w3    stackPointer2 -
    AFSR0_EL3           3 6 5 1 0  r3w3    storage       -      mask=0
    AFSR1_EL3           3 6 5 1 1  r3w3    storage       -      mask=0
    ESR_EL3             3 6 5 2 0  r3w3    storage       -      mask=0xffffffff
    FAR_EL3             3 6 6 0 0  r3w3    storage       -
    VBAR_EL3            3 6 12 0 0 r3w3    storage       -      mask=0xfffffffffffff800
    RVBAR_EL3           3 6 12 0 1 r3      constant      -
    RMR_EL3             3 6 12 0 2 r3w3    rmr           -      reset=1

    // AArch32 state of lower levels
    DACR32_EL2          3 4 3 0 0  r2w2    storage       -      mask=0xffffffff
    IFSR32_EL2          3 4 5 0 1  r2w2    storage       -      mask=0x163f
    FPEXC32_EL2         3 4 5 3 0  r2w2    fpexc         -      reset=0x700 mask=0x40000000 ones=0x700
    DBGVCR32_EL2        2 4 0 7 0  r2w2    storage       TDA3   mask=0xff

    // PSTATE and floating point
    NZCV                3 3 4 2 0  r0w0    nzcv          -
    DAIF                3 3 4 2 1  r0w0    daif          UMA
    FPCR                3 3 4 4 0  r0w0    fpcr          -
    FPSR                3 3 4 4 1  r0w0    fpsr          -

    // Thread identifiers
    TPIDR_EL1           3 0 13 0 4 r1w1    storage       -
    TPIDR_EL0           3 3 13 0 2 r0w0    storage       -
    TPIDRRO_EL0         3 3 13 0 3 r0w1    storage       -
    TPIDR_EL2           3 4 13 0 2 r2w2    storage       -
    TPIDR_EL3           3 6 13 0 2 r3w3    storage       -

    // Generic timer (D11)
    CNTFRQ_EL0          3 3 14 0 0 r0w3    storage       EL0CTEN  mask=0xffffffff
    CNTPCT_EL0          3 3 14 0 1 r0      cntpct        EL0PCTEN,EL1PCTEN
    CNTVCT_EL0          3 3 14 0 2 r0      cntvct        EL0VCTEN
    CNTKCTL_EL1         3 0 14 1 0 r1w1    eventStream   -      mask=0x3ff
    CNTHCTL_EL2         3 4 14 1 0 r2w2    eventStream   -      reset=3 mask=0xff
    CNTVOFF_EL2         3 4 14 0 3 r2w2    cntvoff       -
    CNTP_TVAL_EL0       3 3 14 2 0 r0w0    timerTVAL     EL0PTEN,EL1PCEN
    CNTP_CTL_EL0        3 3 14 2 1 r0w0    timerCTL      EL0PTEN,EL1PCEN
    CNTP_CVAL_EL0       3 3 14 2 2 r0w0    timerCVAL     EL0PTEN,EL1PCEN
    CNTV_TVAL_EL0       3 3 14 3 0 r0w0    timerTVAL     EL0VTEN
    CNTV_CTL_EL0        3 3 14 3 1 r0w0    timerCTL      EL0VTEN
    CNTV_CVAL_EL0       3 3 14 3 2 r0w0    timerCVAL     EL0VTEN
    CNTHP_TVAL_EL2      3 4 14 2 0 r2w2    timerTVAL     -
    CNTHP_CTL_EL2       3 4 14 2 1 r2w2    timerCTL      -
    CNTHP_CVAL_EL2      3 4 14 2 2 r2w2    timerCVAL     -
    CNTPS_TVAL_EL1      3 7 14 2 0 r1w1    timerTVAL     SECURE,ST
    CNTPS_CTL_EL1       3 7 14 2 1 r1w1    timerCTL      SECURE,ST
    CNTPS_CVAL_EL1      3 7 14 2 2 r1w1    timerCVAL     SECURE,ST

    // Performance monitors (D7, D13.4)
    PMCR_EL0            3 3 9 12 0 r0w0    pmcr          PMEN,TPMCR,TPM,TPM3
    PMCNTENSET_EL0      3 3 9 12 1 r0w0    pmSet         PMEN,TPM,TPM3  slot=pmcnten
    PMCNTENCLR_EL0      3 3 9 12 2 r0w0    pmClear       PMEN,TPM,TPM3  slot=pmcnten
    PMOVSCLR_EL0        3 3 9 12 3 r0w0    pmClear       PMEN,TPM,TPM3  slot=pmovs
    PMSWINC_EL0         3 3 9 12 4 w0      pmswinc       PMSW,TPM,TPM3
    PMSELR_EL0          3 3 9 12 5 r0w0    storage       PMER,TPM,TPM3  mask=0x1f
    PMCEID0_EL0         3 3 9 12 6 r0      constant      PMEN,TPM,TPM3  reset=0x7fff0f3f
    PMCEID1_EL0         3 3 9 12 7 r0      constant      PMEN,TPM,TPM3
    PMCCNTR_EL0         3 3 9 13 0 r0w0    pmccntr       PMCR.r,PMEN.w,TPM,TPM3
    PMXEVTYPER_EL0      3 3 9 13 1 r0w0    pmxevtyper    PMEN,TPM,TPM3
    PMXEVCNTR_EL0       3 3 9 13 2 r0w0    pmxevcntr     PMER.r,PMEN.w,TPM,TPM3
    PMUSERENR_EL0       3 3 9 14 0 r0w1    storage       TPM,TPM3  mask=0xf
    PMOVSSET_EL0        3 3 9 14 3 r0w0    pmSet         PMEN,TPM,TPM3  slot=pmovs
    PMINTENSET_EL1      3 0 9 14 1 r1w1    pmSet         TPM,TPM3  slot=pminten
    PMINTENCLR_EL1      3 0 9 14 2 r1w1    pmClear       TPM,TPM3  slot=pminten
    PMEVCNTR0_EL0       3 3 14 8 0 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVCNTR1_EL0       3 3 14 8 1 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVCNTR2_EL0       3 3 14 8 2 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVCNTR3_EL0       3 3 14 8 3 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVCNTR4_EL0       3 3 14 8 4 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVCNTR5_EL0       3 3 14 8 5 r0w0    pmevcntr      PMER.r,PMEN.w,TPM,TPM3
    PMEVTYPER0_EL0      3 3 14 12 0 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMEVTYPER1_EL0      3 3 14 12 1 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMEVTYPER2_EL0      3 3 14 12 2 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMEVTYPER3_EL0      3 3 14 12 3 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMEVTYPER4_EL0      3 3 14 12 4 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMEVTYPER5_EL0      3 3 14 12 5 r0w0   pmevtyper     PMEN,TPM,TPM3
    PMCCFILTR_EL0       3 3 14 15 7 r0w0   pmccfiltr     PMEN,TPM,TPM3

    // Self-hosted debug (D2, D13.3)
    OSDTRRX_EL1         2 0 0 0 2  r1w1    storage       TDA,TDA3  mask=0xffffffff
    MDCCINT_EL1         2 0 0 2 0  r1w1    storage       TDA,TDA3  mask=0x60000000
    MDSCR_EL1           2 0 0 2 2  r1w1    mdscr         TDA,TDA3
    OSDTRTX_EL1         2 0 0 3 2  r1w1    storage       TDA,TDA3  mask=0xffffffff
    OSECCR_EL1          2 0 0 6 2  r1w1    storage       TDA,TDA3  mask=0
    MDCCSR_EL0          2 3 0 1 0  r0      constant      TDCC,TDA,TDA3
    DBGDTR_EL0          2 3 0 4 0  r0w0    discard       TDCC,TDA,TDA3
    DBGDTRRX_EL0        2 3 0 5 0  r0w0    discard       TDCC,TDA,TDA3
    MDRAR_EL1           2 0 1 0 0  r1      constant      TDRA,TDA3
    OSLAR_EL1           2 0 1 0 4  w1      oslar         TDOSA,TDOSA3
    OSLSR_EL1           2 0 1 1 4  r1      oslsr         TDOSA,TDOSA3
    OSDLR_EL1           2 0 1 3 4  r1w1    debugControl  TDOSA,TDOSA3  mask=1
    DBGPRCR_EL1         2 0 1 4 4  r1w1    storage       TDOSA,TDOSA3  mask=1
    DBGCLAIMSET_EL1     2 0 7 8 6  r1w1    claimSet      TDA,TDA3  slot=dbgclaim
    DBGCLAIMCLR_EL1     2 0 7 9 6  r1w1    claimClear    TDA,TDA3  slot=dbgclaim
    DBGAUTHSTATUS_EL1   2 0 7 14 6 r1      constant      TDA,TDA3  reset=0xaa

    // Implementation defined (Cortex-A72 TRM 4.3)
    L2CTLR_EL1          3 1 11 0 2 r1w1    storage      TIDCP,L2CTLR.w,L2CTLR3.w reset=0x3000000 mask=0x3fffff
    L2ECTLR_EL1         3 1 11 0 3 r1w1    storage       TIDCP,L2ECTLR.w,L2ECTLR3.w  mask=0x60000007
    L2ACTLR_EL1         3 1 15 0 0 r1w1    storage       TIDCP,L2ACTLR.w,L2ACTLR3.w
    CPUACTLR_EL1        3 1 15 2 0 r1w1    storage       TIDCP,CPUACTLR.w,CPUACTLR3.w
    CPUECTLR_EL1        3 1 15 2 1 r1w1    storage       TIDCP,CPUECTLR.w,CPUECTLR3.w
    CPUMERRSR_EL1       3 1 15 2 2 r1w1    storage       TIDCP  mask=0
    L2MERRSR_EL1        3 1 15 2 3 r1w1    storage       TIDCP  mask=0
    CBAR_EL1            3 1 15 3 0 r1      constant      TIDCP  reset=0xff840000
    IL1DATA0_EL1        3 0 15 0 0 r1w1    discard       TIDCP
    IL1DATA1_EL1        3 0 15 0 1 r1w1    discard       TIDCP
    IL1DATA2_EL1        3 0 15 0 2 r1w1    discard       TIDCP
    IL1DATA3_EL1        3 0 15 0 3 r1w1    discard       TIDCP
    DL1DATA0_EL1        3 0 15 1 0 r1w1    discard       TIDCP
    DL1DATA1_EL1        3 0 15 1 1 r1w1    discard       TIDCP
    DL1DATA2_EL1        3 0 15 1 2 r1w1    discard       TIDCP
    DL1DATA3_EL1        3 0 15 1 3 r1w1    discard       TIDCP
    DL1DATA4_EL1        3 0 15 1 4 r1w1    discard       TIDCP

    // Cache maintenance (C5.3, D4.4)
    IC_IALLUIS          1 0 7 1 0  w1      cacheNone     TPU
    IC_IALLU            1 0 7 5 0  w1      cacheNone     TPU
    IC_IVAU             1 3 7 5 1  w0      icIVAU        UCI,TPU
    DC_IVAC             1 0 7 6 1  w1      dcIVAC        TPC
    DC_ISW              1 0 7 6 2  w1      cacheNone     TSW
    DC_CSW              1 0 7 10 2 w1      cacheNone     TSW
    DC_CISW             1 0 7 14 2 w1      cacheNone     TSW
    DC_ZVA              1 3 7 4 1  w0      dcZVA         DZE,TDZ
    DC_CVAC             1 3 7 10 1 w0      dcClean       UCI,TPC
    DC_CVAU             1 3 7 11 1 w0      dcClean       UCI,TPU
    DC_CIVAC            1 3 7 14 1 w0      dcClean       UCI,TPC
    RAMINDEX            1 0 15 4 0 w1      cacheNone     TIDCP

    // Address translation
    AT_S1E1R            1 0 7 8 0  w1      addressTranslation  -
    AT_S1E1W            1 0 7 8 1  w1      addressTranslation  -
    AT_S1E0R            1 0 7 8 2  w1      addressTranslation  -
    AT_S1E0W            1 0 7 8 3  w1      addressTranslation  -
    AT_S1E2R            1 4 7 8 0  w2      addressTranslation  EL2ON
    AT_S1E2W            1 4 7 8 1  w2      addressTranslation  EL2ON
    AT_S12E1R           1 4 7 8 4  w2      addressTranslation  -
    AT_S12E1W           1 4 7 8 5  w2      addressTranslation  -
    AT_S12E0R           1 4 7 8 6  w2      addressTranslation  -
    AT_S12E0W           1 4 7 8 7  w2      addressTranslation  -
    AT_S1E3R            1 6 7 8 0  w3      addressTranslation  -
    AT_S1E3W            1 6 7 8 1  w3      addressTranslation  -

    // TLB maintenance (C5.5, D4.8)
    TLBI_VMALLE1IS      1 0 8 3 0  w1      tlbi          TTLB
    TLBI_VAE1IS         1 0 8 3 1  w1      tlbi          TTLB
    TLBI_ASIDE1IS       1 0 8 3 2  w1      tlbi          TTLB
    TLBI_VAAE1IS        1 0 8 3 3  w1      tlbi          TTLB
    TLBI_VALE1IS        1 0 8 3 5  w1      tlbi          TTLB
    TLBI_VAALE1IS       1 0 8 3 7  w1      tlbi          TTLB
    TLBI_VMALLE1        1 0 8 7 0  w1      tlbi          TTLB
    TLBI_VAE1           1 0 8 7 1  w1      tlbi          TTLB
    TLBI_ASIDE1         1 0 8 7 2  w1      tlbi          TTLB
    TLBI_VAAE1          1 0 8 7 3  w1      tlbi          TTLB
    TLBI_VALE1          1 0 8 7 5  w1      tlbi          TTLB
    TLBI_VAALE1         1 0 8 7 7  w1      tlbi          TTLB
    TLBI_IPAS2E1IS      1 4 8 0 1  w2      tlbi          -
    TLBI_IPAS2LE1IS     1 4 8 0 5  w2      tlbi          -
    TLBI_IPAS2E1        1 4 8 4 1  w2      tlbi          -
    TLBI_IPAS2LE1       1 4 8 4 5  w2      tlbi          -
    TLBI_ALLE2IS        1 4 8 3 0  w2      tlbi          EL2ON
    TLBI_VAE2IS         1 4 8 3 1  w2      tlbi          EL2ON
    TLBI_ALLE1IS        1 4 8 3 4  w2      tlbi          -
    TLBI_VALE2IS        1 4 8 3 5  w2      tlbi          EL2ON
    TLBI_VMALLS12E1IS   1 4 8 3 6  w2      tlbi          -
    TLBI_ALLE2          1 4 8 7 0  w2      tlbi          EL2ON
    TLBI_VAE2           1 4 8 7 1  w2      tlbi          EL2ON
    TLBI_ALLE1          1 4 8 7 4  w2      tlbi          -
    TLBI_VALE2          1 4 8 7 5  w2      tlbi          EL2ON
    TLBI_VMALLS12E1     1 4 8 7 6  w2      tlbi          -
    TLBI_ALLE3IS        1 6 8 3 0  w3      tlbi          -
    TLBI_VAE3IS         1 6 8 3 1  w3      tlbi          -
    TLBI_VALE3IS        1 6 8 3 5  w3      tlbi          -
    TLBI_ALLE3          1 6 8 7 0  w3      tlbi          -
    TLBI_VAE3           1 6 8 7 1  w3      tlbi          -
    TLBI_VALE3          1 6 8 7 5  w3      tlbi          -
    """

  /// DBGBVRn_EL1, DBGBCRn_EL1 (6), DBGWVRn_EL1, DBGWCRn_EL1 (4): op2 is 4...7, CRm the number.
  static let debugPairs = [
    (name: "DBGBVR", op2: 4, count: 6, mask: UInt64.max),
    (name: "DBGBCR", op2: 5, count: 6, mask: UInt64(0x00ff_e1e7)),
    (name: "DBGWVR", op2: 6, count: 4, mask: UInt64(0xffff_ffff_ffff_fffc)),
    (name: "DBGWCR", op2: 7, count: 4, mask: UInt64(0x1f1f_ffff)),
  ]
}
