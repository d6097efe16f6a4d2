/// The conditions under which an access to a system register is not performed, as one page of text.
///
/// A row is `name levels direction control bits when outcome`: an access from one of `levels`, in
/// `direction`, with (any of) `bits` of `control` `set`, or all of them `clear`, has the outcome: a trap
/// to an Exception level with EC 0x18, or UNDEFINED. `-` as control makes the row hold by its level and
/// security alone. A trap to EL1 goes to EL2 when HCR_EL2.TGE is 1, a trap to EL2 applies in Non-secure
/// state only (Arm DDI 0487, D1.13 and D1.14, and the accessibility pseudocode of each register).
/// A register's row can narrow a rule to reads or writes: `PMER.r`.
enum TrapText {
  static let rows = """
    // EL0, enabled by EL1
    UCT        0    rw  SCTLR_EL1      15    clear  1
    UCI        0    rw  SCTLR_EL1      26    clear  1
    DZE        0    rw  SCTLR_EL1      14    clear  1
    UMA        0    rw  SCTLR_EL1      9     clear  1
    TDCC       0    rw  MDSCR_EL1      12    set    1
    PMEN       0    rw  PMUSERENR_EL0  0     clear  1
    PMSW       0    rw  PMUSERENR_EL0  0,1   clear  1
    PMCR       0    rw  PMUSERENR_EL0  0,2   clear  1
    PMER       0    rw  PMUSERENR_EL0  0,3   clear  1
    EL0CTEN    0    rw  CNTKCTL_EL1    0,1   clear  1
    EL0PCTEN   0    rw  CNTKCTL_EL1    0     clear  1
    EL0VCTEN   0    rw  CNTKCTL_EL1    1     clear  1
    EL0VTEN    0    rw  CNTKCTL_EL1    8     clear  1
    EL0PTEN    0    rw  CNTKCTL_EL1    9     clear  1

    // EL1 and EL0, by EL2
    EL1PCTEN   01   rw  CNTHCTL_EL2    0     clear  2
    EL1PCEN    01   rw  CNTHCTL_EL2    1     clear  2
    TID1       1    r   HCR_EL2        16    set    2
    TID2       01   rw  HCR_EL2        17    set    2
    TID3       1    r   HCR_EL2        18    set    2
    TIDCP      1    rw  HCR_EL2        20    set    2
    TACR       1    rw  HCR_EL2        21    set    2
    TSW        1    w   HCR_EL2        22    set    2
    TPC        01   w   HCR_EL2        23    set    2
    TPU        01   w   HCR_EL2        24    set    2
    TTLB       1    w   HCR_EL2        25    set    2
    TVM        1    w   HCR_EL2        26    set    2
    TDZ        01   w   HCR_EL2        28    set    2
    TRVM       1    r   HCR_EL2        30    set    2
    TCPAC      1    rw  CPTR_EL2       31    set    2
    TPMCR      01   rw  MDCR_EL2       5     set    2
    TPM        01   rw  MDCR_EL2       6     set    2
    TDA        01   rw  MDCR_EL2       8,9   set    2
    TDOSA      1    rw  MDCR_EL2       8,10  set    2
    TDRA       01   rw  MDCR_EL2       8,11  set    2
    CPUACTLR   1    rw  ACTLR_EL2      0     clear  2
    CPUECTLR   1    rw  ACTLR_EL2      1     clear  2
    L2CTLR     1    rw  ACTLR_EL2      4     clear  2
    L2ECTLR    1    rw  ACTLR_EL2      5     clear  2
    L2ACTLR    1    rw  ACTLR_EL2      6     clear  2

    // EL2, EL1 and EL0, by EL3
    TCPAC3     12   rw  CPTR_EL3       31    set    3
    TPM3       012  rw  MDCR_EL3       6     set    3
    TDA3       012  rw  MDCR_EL3       9     set    3
    TDOSA3     12   rw  MDCR_EL3       10    set    3
    CPUACTLR3  12   rw  ACTLR_EL3      0     clear  3
    CPUECTLR3  12   rw  ACTLR_EL3      1     clear  3
    L2CTLR3    12   rw  ACTLR_EL3      4     clear  3
    L2ECTLR3   12   rw  ACTLR_EL3      5     clear  3
    L2ACTLR3   12   rw  ACTLR_EL3      6     clear  3
    ST         1    rw  SCR_EL3        11    clear  3

    // UNDEFINED by security state: SECURE below EL3 in Non-secure state, EL2ON at EL3 with SCR_EL3.NS = 0
    SECURE     012  rw  SCR_EL3        0     set    undefined
    EL2ON      3    rw  SCR_EL3        0     clear  undefined
    """
}
