/// The AArch64 system registers of the Cortex-A72 by name (Arm DDI 0487, D13; Cortex-A72 TRM, 4.3).
///
/// The GIC's ICC and ICH registers are named for the sake of code that mentions them; on BCM2711, whose
/// GIC-400 is memory-mapped, they are UNDEFINED.
public enum SystemRegisterNames {
  /// How MRS and MSR (register) name a register: op0, op1, CRn, CRm and op2, 16 bits in this order.
  public typealias Encoding = UInt16

  public static func encoding(op0: UInt32, op1: UInt32, crn: UInt32, crm: UInt32, op2: UInt32) -> Encoding {
    Encoding(truncatingIfNeeded: op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2)
  }

  /// The encoding in a word that is MRS or MSR (register), or SYS or SYSL.
  public static func encoding(in word: UInt32) -> Encoding {
    Encoding(truncatingIfNeeded: word >> 5)
  }

  /// The register's name, or nil if the Cortex-A72 has none by this encoding.
  public static func name(_ encoding: Encoding, isRead: Bool) -> String? {
    (isRead ? readNames : writeNames)[encoding]
  }

  /// The register's name, else the generic one, such as `S3_1_C15_C2_0`.
  public static func text(_ encoding: Encoding, isRead: Bool) -> String {
    name(encoding, isRead: isRead) ?? genericName(encoding)
  }

  package static func genericName(_ encoding: Encoding) -> String {
    let op0 = encoding >> 14
    let op1 = encoding >> 11 & 7
    let crn = encoding >> 7 & 15
    let crm = encoding >> 3 & 15
    return "S\(op0)_\(op1)_C\(crn)_C\(crm)_\(encoding & 7)"
  }

  package static let readNames = names(except: "w")
  package static let writeNames = names(except: "r")

  private static func names(except direction: Substring) -> [Encoding: String] {
    var names: [Encoding: String] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      let numbers = words.prefix(5).compactMap { UInt32($0) }
      guard numbers.count == 5, words.count > 5, words.count == 6 || words[6] != direction else { continue }
      let key = encoding(
        op0: numbers[0], op1: numbers[1], crn: numbers[2], crm: numbers[3], op2: numbers[4])
      names[key] = String(words[5])
    }
    return names
  }

  /// op0 op1 CRn CRm op2 name, and `r` or `w` where reading and writing reach different registers.
  private static let table = """
    2 0 0 0 2 OSDTRRX_EL1
    2 0 0 0 4 DBGBVR0_EL1
    2 0 0 0 5 DBGBCR0_EL1
    2 0 0 0 6 DBGWVR0_EL1
    2 0 0 0 7 DBGWCR0_EL1
    2 0 0 1 4 DBGBVR1_EL1
    2 0 0 1 5 DBGBCR1_EL1
    2 0 0 1 6 DBGWVR1_EL1
    2 0 0 1 7 DBGWCR1_EL1
    2 0 0 2 0 MDCCINT_EL1
    2 0 0 2 2 MDSCR_EL1
    2 0 0 2 4 DBGBVR2_EL1
    2 0 0 2 5 DBGBCR2_EL1
    2 0 0 2 6 DBGWVR2_EL1
    2 0 0 2 7 DBGWCR2_EL1
    2 0 0 3 2 OSDTRTX_EL1
    2 0 0 3 4 DBGBVR3_EL1
    2 0 0 3 5 DBGBCR3_EL1
    2 0 0 3 6 DBGWVR3_EL1
    2 0 0 3 7 DBGWCR3_EL1
    2 0 0 4 4 DBGBVR4_EL1
    2 0 0 4 5 DBGBCR4_EL1
    2 0 0 5 4 DBGBVR5_EL1
    2 0 0 5 5 DBGBCR5_EL1
    2 0 0 6 2 OSECCR_EL1
    2 0 1 0 0 MDRAR_EL1
    2 0 1 0 4 OSLAR_EL1
    2 0 1 1 4 OSLSR_EL1
    2 0 1 3 4 OSDLR_EL1
    2 0 1 4 4 DBGPRCR_EL1
    2 0 7 8 6 DBGCLAIMSET_EL1
    2 0 7 9 6 DBGCLAIMCLR_EL1
    2 0 7 14 6 DBGAUTHSTATUS_EL1
    2 3 0 1 0 MDCCSR_EL0
    2 3 0 4 0 DBGDTR_EL0
    2 3 0 5 0 DBGDTRRX_EL0 r
    2 3 0 5 0 DBGDTRTX_EL0 w
    2 4 0 7 0 DBGVCR32_EL2
    3 0 0 0 0 MIDR_EL1
    3 0 0 0 5 MPIDR_EL1
    3 0 0 0 6 REVIDR_EL1
    3 0 0 1 0 ID_PFR0_EL1
    3 0 0 1 1 ID_PFR1_EL1
    3 0 0 1 2 ID_DFR0_EL1
    3 0 0 1 3 ID_AFR0_EL1
    3 0 0 1 4 ID_MMFR0_EL1
    3 0 0 1 5 ID_MMFR1_EL1
    3 0 0 1 6 ID_MMFR2_EL1
    3 0 0 1 7 ID_MMFR3_EL1
    3 0 0 2 0 ID_ISAR0_EL1
    3 0 0 2 1 ID_ISAR1_EL1
    3 0 0 2 2 ID_ISAR2_EL1
    3 0 0 2 3 ID_ISAR3_EL1
    3 0 0 2 4 ID_ISAR4_EL1
    3 0 0 2 5 ID_ISAR5_EL1
    3 0 0 2 6 ID_MMFR4_EL1
    3 0 0 3 0 MVFR0_EL1
    3 0 0 3 1 MVFR1_EL1
    3 0 0 3 2 MVFR2_EL1
    3 0 0 4 0 ID_AA64PFR0_EL1
    3 0 0 4 1 ID_AA64PFR1_EL1
    3 0 0 5 0 ID_AA64DFR0_EL1
    3 0 0 5 1 ID_AA64DFR1_EL1
    3 0 0 5 4 ID_AA64AFR0_EL1
    3 0 0 5 5 ID_AA64AFR1_EL1
    3 0 0 6 0 ID_AA64ISAR0_EL1
    3 0 0 6 1 ID_AA64ISAR1_EL1
    3 0 0 7 0 ID_AA64MMFR0_EL1
    3 0 0 7 1 ID_AA64MMFR1_EL1
    3 0 1 0 0 SCTLR_EL1
    3 0 1 0 1 ACTLR_EL1
    3 0 1 0 2 CPACR_EL1
    3 0 2 0 0 TTBR0_EL1
    3 0 2 0 1 TTBR1_EL1
    3 0 2 0 2 TCR_EL1
    3 0 4 0 0 SPSR_EL1
    3 0 4 0 1 ELR_EL1
    3 0 4 1 0 SP_EL0
    3 0 4 2 0 SPSel
    3 0 4 2 2 CurrentEL
    3 0 4 6 0 ICC_PMR_EL1
    3 0 5 1 0 AFSR0_EL1
    3 0 5 1 1 AFSR1_EL1
    3 0 5 2 0 ESR_EL1
    3 0 6 0 0 FAR_EL1
    3 0 7 4 0 PAR_EL1
    3 0 9 14 1 PMINTENSET_EL1
    3 0 9 14 2 PMINTENCLR_EL1
    3 0 10 2 0 MAIR_EL1
    3 0 10 3 0 AMAIR_EL1
    3 0 12 0 0 VBAR_EL1
    3 0 12 0 1 RVBAR_EL1
    3 0 12 0 2 RMR_EL1
    3 0 12 1 0 ISR_EL1
    3 0 12 8 0 ICC_IAR0_EL1
    3 0 12 8 1 ICC_EOIR0_EL1
    3 0 12 8 2 ICC_HPPIR0_EL1
    3 0 12 8 3 ICC_BPR0_EL1
    3 0 12 8 4 ICC_AP0R0_EL1
    3 0 12 8 5 ICC_AP0R1_EL1
    3 0 12 8 6 ICC_AP0R2_EL1
    3 0 12 8 7 ICC_AP0R3_EL1
    3 0 12 9 0 ICC_AP1R0_EL1
    3 0 12 9 1 ICC_AP1R1_EL1
    3 0 12 9 2 ICC_AP1R2_EL1
    3 0 12 9 3 ICC_AP1R3_EL1
    3 0 12 11 1 ICC_DIR_EL1
    3 0 12 11 3 ICC_RPR_EL1
    3 0 12 11 5 ICC_SGI1R_EL1
    3 0 12 11 6 ICC_ASGI1R_EL1
    3 0 12 11 7 ICC_SGI0R_EL1
    3 0 12 12 0 ICC_IAR1_EL1
    3 0 12 12 1 ICC_EOIR1_EL1
    3 0 12 12 2 ICC_HPPIR1_EL1
    3 0 12 12 3 ICC_BPR1_EL1
    3 0 12 12 4 ICC_CTLR_EL1
    3 0 12 12 5 ICC_SRE_EL1
    3 0 12 12 6 ICC_IGRPEN0_EL1
    3 0 12 12 7 ICC_IGRPEN1_EL1
    3 0 13 0 1 CONTEXTIDR_EL1
    3 0 13 0 4 TPIDR_EL1
    3 0 14 1 0 CNTKCTL_EL1
    3 1 0 0 0 CCSIDR_EL1
    3 1 0 0 1 CLIDR_EL1
    3 1 0 0 7 AIDR_EL1
    3 1 11 0 2 L2CTLR_EL1
    3 1 11 0 3 L2ECTLR_EL1
    3 1 15 0 0 L2ACTLR_EL1
    3 1 15 2 0 CPUACTLR_EL1
    3 1 15 2 1 CPUECTLR_EL1
    3 1 15 2 2 CPUMERRSR_EL1
    3 1 15 2 3 L2MERRSR_EL1
    3 1 15 3 0 CBAR_EL1
    3 2 0 0 0 CSSELR_EL1
    3 3 0 0 1 CTR_EL0
    3 3 0 0 7 DCZID_EL0
    3 3 4 2 0 NZCV
    3 3 4 2 1 DAIF
    3 3 4 4 0 FPCR
    3 3 4 4 1 FPSR
    3 3 4 5 0 DSPSR_EL0
    3 3 4 5 1 DLR_EL0
    3 3 9 12 0 PMCR_EL0
    3 3 9 12 1 PMCNTENSET_EL0
    3 3 9 12 2 PMCNTENCLR_EL0
    3 3 9 12 3 PMOVSCLR_EL0
    3 3 9 12 4 PMSWINC_EL0
    3 3 9 12 5 PMSELR_EL0
    3 3 9 12 6 PMCEID0_EL0
    3 3 9 12 7 PMCEID1_EL0
    3 3 9 13 0 PMCCNTR_EL0
    3 3 9 13 1 PMXEVTYPER_EL0
    3 3 9 13 2 PMXEVCNTR_EL0
    3 3 9 14 0 PMUSERENR_EL0
    3 3 9 14 3 PMOVSSET_EL0
    3 3 13 0 2 TPIDR_EL0
    3 3 13 0 3 TPIDRRO_EL0
    3 3 14 0 0 CNTFRQ_EL0
    3 3 14 0 1 CNTPCT_EL0
    3 3 14 0 2 CNTVCT_EL0
    3 3 14 2 0 CNTP_TVAL_EL0
    3 3 14 2 1 CNTP_CTL_EL0
    3 3 14 2 2 CNTP_CVAL_EL0
    3 3 14 3 0 CNTV_TVAL_EL0
    3 3 14 3 1 CNTV_CTL_EL0
    3 3 14 3 2 CNTV_CVAL_EL0
    3 3 14 8 0 PMEVCNTR0_EL0
    3 3 14 8 1 PMEVCNTR1_EL0
    3 3 14 8 2 PMEVCNTR2_EL0
    3 3 14 8 3 PMEVCNTR3_EL0
    3 3 14 8 4 PMEVCNTR4_EL0
    3 3 14 8 5 PMEVCNTR5_EL0
    3 3 14 12 0 PMEVTYPER0_EL0
    3 3 14 12 1 PMEVTYPER1_EL0
    3 3 14 12 2 PMEVTYPER2_EL0
    3 3 14 12 3 PMEVTYPER3_EL0
    3 3 14 12 4 PMEVTYPER4_EL0
    3 3 14 12 5 PMEVTYPER5_EL0
    3 3 14 15 7 PMCCFILTR_EL0
    3 4 0 0 0 VPIDR_EL2
    3 4 0 0 5 VMPIDR_EL2
    3 4 1 0 0 SCTLR_EL2
    3 4 1 0 1 ACTLR_EL2
    3 4 1 1 0 HCR_EL2
    3 4 1 1 1 MDCR_EL2
    3 4 1 1 2 CPTR_EL2
    3 4 1 1 3 HSTR_EL2
    3 4 1 1 7 HACR_EL2
    3 4 2 0 0 TTBR0_EL2
    3 4 2 0 2 TCR_EL2
    3 4 2 1 0 VTTBR_EL2
    3 4 2 1 2 VTCR_EL2
    3 4 3 0 0 DACR32_EL2
    3 4 4 0 0 SPSR_EL2
    3 4 4 0 1 ELR_EL2
    3 4 4 1 0 SP_EL1
    3 4 4 3 0 SPSR_irq
    3 4 4 3 1 SPSR_abt
    3 4 4 3 2 SPSR_und
    3 4 4 3 3 SPSR_fiq
    3 4 5 0 1 IFSR32_EL2
    3 4 5 1 0 AFSR0_EL2
    3 4 5 1 1 AFSR1_EL2
    3 4 5 2 0 ESR_EL2
    3 4 5 3 0 FPEXC32_EL2
    3 4 6 0 0 FAR_EL2
    3 4 6 0 4 HPFAR_EL2
    3 4 10 2 0 MAIR_EL2
    3 4 10 3 0 AMAIR_EL2
    3 4 12 0 0 VBAR_EL2
    3 4 12 0 1 RVBAR_EL2
    3 4 12 0 2 RMR_EL2
    3 4 12 8 0 ICH_AP0R0_EL2
    3 4 12 8 1 ICH_AP0R1_EL2
    3 4 12 8 2 ICH_AP0R2_EL2
    3 4 12 8 3 ICH_AP0R3_EL2
    3 4 12 9 0 ICH_AP1R0_EL2
    3 4 12 9 1 ICH_AP1R1_EL2
    3 4 12 9 2 ICH_AP1R2_EL2
    3 4 12 9 3 ICH_AP1R3_EL2
    3 4 12 9 5 ICC_SRE_EL2
    3 4 12 11 0 ICH_HCR_EL2
    3 4 12 11 1 ICH_VTR_EL2
    3 4 12 11 2 ICH_MISR_EL2
    3 4 12 11 3 ICH_EISR_EL2
    3 4 12 11 5 ICH_ELRSR_EL2
    3 4 12 11 7 ICH_VMCR_EL2
    3 4 12 12 0 ICH_LR0_EL2
    3 4 12 12 1 ICH_LR1_EL2
    3 4 12 12 2 ICH_LR2_EL2
    3 4 12 12 3 ICH_LR3_EL2
    3 4 13 0 2 TPIDR_EL2
    3 4 14 0 3 CNTVOFF_EL2
    3 4 14 1 0 CNTHCTL_EL2
    3 4 14 2 0 CNTHP_TVAL_EL2
    3 4 14 2 1 CNTHP_CTL_EL2
    3 4 14 2 2 CNTHP_CVAL_EL2
    3 6 1 0 0 SCTLR_EL3
    3 6 1 0 1 ACTLR_EL3
    3 6 1 1 0 SCR_EL3
    3 6 1 1 1 SDER32_EL3
    3 6 1 1 2 CPTR_EL3
    3 6 1 3 1 MDCR_EL3
    3 6 2 0 0 TTBR0_EL3
    3 6 2 0 2 TCR_EL3
    3 6 4 0 0 SPSR_EL3
    3 6 4 0 1 ELR_EL3
    3 6 4 1 0 SP_EL2
    3 6 5 1 0 AFSR0_EL3
    3 6 5 1 1 AFSR1_EL3
    3 6 5 2 0 ESR_EL3
    3 6 6 0 0 FAR_EL3
    3 6 10 2 0 MAIR_EL3
    3 6 10 3 0 AMAIR_EL3
    3 6 12 0 0 VBAR_EL3
    3 6 12 0 1 RVBAR_EL3
    3 6 12 0 2 RMR_EL3
    3 6 12 12 4 ICC_CTLR_EL3
    3 6 12 12 5 ICC_SRE_EL3
    3 6 12 12 7 ICC_IGRPEN1_EL3
    3 6 13 0 2 TPIDR_EL3
    3 7 14 2 0 CNTPS_TVAL_EL1
    3 7 14 2 1 CNTPS_CTL_EL1
    3 7 14 2 2 CNTPS_CVAL_EL1
    """
}
