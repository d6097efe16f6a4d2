// Trap controls: every control bit against every instruction of a list, at every Exception level. Starts at EL3.
//
// First what each instruction does with no trap enabled ("base"), then, for each control and bits, those that
// do something else: "HCR_EL2^0x40000 EL1 mrs_id_pfr0_el1: - => EL2 esr=...". "-" is no exception. An
// exception is its level, ESR, the return address from the instruction's function on, SPSR and, for aborts, FAR.
// Levels: 0 to 3, and S for Secure EL1. Expected values: Arm DDI 0487, D1.13, D1.14 and D13.2.37.
// HSTR_EL2 has no effect on AArch64; its bits are here to show it.
#include "guest.h"

#define INSTRUCTIONS(X) \
  X(mrs_midr_el1, "mrs x0, midr_el1") \
  X(mrs_mpidr_el1, "mrs x0, mpidr_el1") \
  X(mrs_revidr_el1, "mrs x0, revidr_el1") \
  X(mrs_aidr_el1, "mrs x0, aidr_el1") \
  X(mrs_id_pfr0_el1, "mrs x0, id_pfr0_el1") \
  X(mrs_id_aa64pfr0_el1, "mrs x0, id_aa64pfr0_el1") \
  X(mrs_s3_0_c0_c7_7, "mrs x0, s3_0_c0_c7_7") \
  X(mrs_ccsidr_el1, "mrs x0, ccsidr_el1") \
  X(mrs_clidr_el1, "mrs x0, clidr_el1") \
  X(mrs_csselr_el1, "mrs x0, csselr_el1") \
  X(mrs_ctr_el0, "mrs x0, ctr_el0") \
  X(mrs_dczid_el0, "mrs x0, dczid_el0") \
  X(msr_csselr_el1, "msr csselr_el1, xzr") \
  X(mrs_sctlr_el1, "mrs x0, sctlr_el1") \
  X(mrs_actlr_el1, "mrs x0, actlr_el1") \
  X(mrs_cpacr_el1, "mrs x0, cpacr_el1") \
  X(mrs_ttbr0_el1, "mrs x0, ttbr0_el1") \
  X(mrs_ttbr1_el1, "mrs x0, ttbr1_el1") \
  X(mrs_tcr_el1, "mrs x0, tcr_el1") \
  X(mrs_mair_el1, "mrs x0, mair_el1") \
  X(mrs_amair_el1, "mrs x0, amair_el1") \
  X(mrs_contextidr_el1, "mrs x0, contextidr_el1") \
  X(mrs_afsr0_el1, "mrs x0, afsr0_el1") \
  X(mrs_afsr1_el1, "mrs x0, afsr1_el1") \
  X(mrs_esr_el1, "mrs x0, esr_el1") \
  X(mrs_far_el1, "mrs x0, far_el1") \
  X(mrs_vbar_el1, "mrs x0, vbar_el1") \
  X(mrs_par_el1, "mrs x0, par_el1") \
  X(mrs_isr_el1, "mrs x0, isr_el1") \
  X(msr_sctlr_el1, "msr sctlr_el1, x0") \
  X(msr_actlr_el1, "msr actlr_el1, xzr") \
  X(msr_ttbr0_el1, "msr ttbr0_el1, xzr") \
  X(msr_ttbr1_el1, "msr ttbr1_el1, xzr") \
  X(msr_tcr_el1, "msr tcr_el1, xzr") \
  X(msr_mair_el1, "msr mair_el1, xzr") \
  X(msr_amair_el1, "msr amair_el1, xzr") \
  X(msr_contextidr_el1, "msr contextidr_el1, xzr") \
  X(msr_afsr0_el1, "msr afsr0_el1, xzr") \
  X(msr_afsr1_el1, "msr afsr1_el1, xzr") \
  X(msr_esr_el1, "msr esr_el1, xzr") \
  X(msr_far_el1, "msr far_el1, xzr") \
  X(msr_par_el1, "msr par_el1, xzr") \
  X(msr_cpacr_el1, "mov x0, #0x300000\n msr cpacr_el1, x0") \
  X(mrs_cptr_el2, "mrs x0, cptr_el2") \
  X(mrs_hcr_el2, "mrs x0, hcr_el2") \
  X(mrs_mdcr_el2, "mrs x0, mdcr_el2") \
  X(mrs_sctlr_el3, "mrs x0, sctlr_el3") \
  X(msr_cptr_el2, "mov x0, #0x33ff\n msr cptr_el2, x0") \
  X(mrs_l2ctlr, "mrs x0, s3_1_c11_c0_2") \
  X(msr_l2ctlr, "msr s3_1_c11_c0_2, xzr") \
  X(mrs_l2ectlr, "mrs x0, s3_1_c11_c0_3") \
  X(msr_l2ectlr, "msr s3_1_c11_c0_3, xzr") \
  X(mrs_l2actlr, "mrs x0, s3_1_c15_c0_0") \
  X(msr_l2actlr, "msr s3_1_c15_c0_0, xzr") \
  X(mrs_cpuactlr, "mrs x0, s3_1_c15_c2_0") \
  X(msr_cpuactlr, "msr s3_1_c15_c2_0, xzr") \
  X(mrs_cpuectlr, "mrs x0, s3_1_c15_c2_1") \
  X(msr_cpuectlr, "msr s3_1_c15_c2_1, xzr") \
  X(mrs_il1data0, "mrs x0, s3_0_c15_c0_0") \
  X(mrs_s3_0_c11_c0_0, "mrs x0, s3_0_c11_c0_0") \
  X(sys_s1_0_c11_c0_0, "sys #0, c11, c0, #0, x0") \
  X(dc_isw, "dc isw, xzr") \
  X(dc_csw, "dc csw, xzr") \
  X(dc_cisw, "dc cisw, xzr") \
  X(dc_ivac, "mov x0, #0x1000\n dc ivac, x0") \
  X(dc_cvac, "mov x0, #0x1000\n dc cvac, x0") \
  X(dc_civac, "mov x0, #0x1000\n dc civac, x0") \
  X(dc_cvau, "mov x0, #0x1000\n dc cvau, x0") \
  X(dc_zva, "mov x0, #0x1000\n dc zva, x0") \
  X(ic_ivau, "mov x0, #0x1000\n ic ivau, x0") \
  X(ic_iallu, "ic iallu") \
  X(ic_ialluis, "ic ialluis") \
  X(tlbi_vmalle1, "tlbi vmalle1") \
  X(tlbi_vmalle1is, "tlbi vmalle1is") \
  X(tlbi_alle1, "tlbi alle1") \
  X(tlbi_alle2, "tlbi alle2") \
  X(tlbi_alle3, "tlbi alle3") \
  X(tlbi_vae1, "tlbi vae1, xzr") \
  X(tlbi_vaae1is, "tlbi vaae1is, xzr") \
  X(tlbi_aside1, "tlbi aside1, xzr") \
  X(tlbi_vale1, "tlbi vale1, xzr") \
  X(tlbi_vae2, "tlbi vae2, xzr") \
  X(tlbi_ipas2e1, "tlbi ipas2e1, xzr") \
  X(at_s1e1r, "at s1e1r, xzr") \
  X(at_s1e2r, "at s1e2r, xzr") \
  X(at_s12e1r, "at s12e1r, xzr") \
  X(at_s1e3r, "at s1e3r, xzr") \
  X(mrs_mdscr_el1, "mrs x0, mdscr_el1") \
  X(mrs_osdtrrx_el1, "mrs x0, osdtrrx_el1") \
  X(mrs_oseccr_el1, "mrs x0, oseccr_el1") \
  X(mrs_mdccint_el1, "mrs x0, mdccint_el1") \
  X(mrs_dbgbvr0_el1, "mrs x0, dbgbvr0_el1") \
  X(mrs_dbgwcr0_el1, "mrs x0, dbgwcr0_el1") \
  X(mrs_dbgclaimset_el1, "mrs x0, dbgclaimset_el1") \
  X(mrs_mdrar_el1, "mrs x0, mdrar_el1") \
  X(mrs_oslsr_el1, "mrs x0, oslsr_el1") \
  X(mrs_osdlr_el1, "mrs x0, osdlr_el1") \
  X(mrs_dbgprcr_el1, "mrs x0, dbgprcr_el1") \
  X(mrs_dbgauthstatus_el1, "mrs x0, dbgauthstatus_el1") \
  X(mrs_mdccsr_el0, "mrs x0, mdccsr_el0") \
  X(mrs_dbgdtr_el0, "mrs x0, dbgdtr_el0") \
  X(mrs_dbgdtrrx_el0, "mrs x0, dbgdtrrx_el0") \
  X(mrs_dbgvcr32_el2, "mrs x0, dbgvcr32_el2") \
  X(msr_mdscr_el1, "msr mdscr_el1, xzr") \
  X(msr_dbgbcr0_el1, "msr dbgbcr0_el1, xzr") \
  X(msr_oslar_el1, "msr oslar_el1, xzr") \
  X(msr_osdlr_el1, "msr osdlr_el1, xzr") \
  X(msr_dbgclaimclr_el1, "msr dbgclaimclr_el1, xzr") \
  X(mrs_pmcr_el0, "mrs x0, pmcr_el0") \
  X(mrs_pmcntenset_el0, "mrs x0, pmcntenset_el0") \
  X(mrs_pmovsclr_el0, "mrs x0, pmovsclr_el0") \
  X(mrs_pmselr_el0, "mrs x0, pmselr_el0") \
  X(mrs_pmceid0_el0, "mrs x0, pmceid0_el0") \
  X(mrs_pmccntr_el0, "mrs x0, pmccntr_el0") \
  X(mrs_pmxevtyper_el0, "mrs x0, pmxevtyper_el0") \
  X(mrs_pmxevcntr_el0, "mrs x0, pmxevcntr_el0") \
  X(mrs_pmuserenr_el0, "mrs x0, pmuserenr_el0") \
  X(mrs_pmovsset_el0, "mrs x0, pmovsset_el0") \
  X(mrs_pmevcntr0_el0, "mrs x0, pmevcntr0_el0") \
  X(mrs_pmevcntr5_el0, "mrs x0, pmevcntr5_el0") \
  X(mrs_pmevtyper0_el0, "mrs x0, pmevtyper0_el0") \
  X(mrs_pmccfiltr_el0, "mrs x0, pmccfiltr_el0") \
  X(mrs_pmintenset_el1, "mrs x0, pmintenset_el1") \
  X(mrs_pmintenclr_el1, "mrs x0, pmintenclr_el1") \
  X(msr_pmcr_el0, "msr pmcr_el0, xzr") \
  X(msr_pmcntenset_el0, "msr pmcntenset_el0, xzr") \
  X(msr_pmswinc_el0, "msr pmswinc_el0, xzr") \
  X(msr_pmselr_el0, "msr pmselr_el0, xzr") \
  X(msr_pmccntr_el0, "msr pmccntr_el0, xzr") \
  X(msr_pmxevcntr_el0, "msr pmxevcntr_el0, xzr") \
  X(msr_pmevcntr0_el0, "msr pmevcntr0_el0, xzr") \
  X(msr_pmevtyper0_el0, "msr pmevtyper0_el0, xzr") \
  X(msr_pmintenclr_el1, "msr pmintenclr_el1, xzr") \
  X(mrs_cntfrq_el0, "mrs x0, cntfrq_el0") \
  X(mrs_cntpct_el0, "mrs x0, cntpct_el0") \
  X(mrs_cntvct_el0, "mrs x0, cntvct_el0") \
  X(mrs_cntkctl_el1, "mrs x0, cntkctl_el1") \
  X(mrs_cntp_tval_el0, "mrs x0, cntp_tval_el0") \
  X(mrs_cntp_ctl_el0, "mrs x0, cntp_ctl_el0") \
  X(mrs_cntp_cval_el0, "mrs x0, cntp_cval_el0") \
  X(mrs_cntv_tval_el0, "mrs x0, cntv_tval_el0") \
  X(mrs_cntv_ctl_el0, "mrs x0, cntv_ctl_el0") \
  X(mrs_cntv_cval_el0, "mrs x0, cntv_cval_el0") \
  X(mrs_cnthp_ctl_el2, "mrs x0, cnthp_ctl_el2") \
  X(mrs_cntps_ctl_el1, "mrs x0, cntps_ctl_el1") \
  X(mrs_cntps_cval_el1, "mrs x0, cntps_cval_el1") \
  X(msr_cntp_ctl_el0, "msr cntp_ctl_el0, xzr") \
  X(msr_cntp_cval_el0, "msr cntp_cval_el0, xzr") \
  X(msr_cntv_ctl_el0, "msr cntv_ctl_el0, xzr") \
  X(msr_cntv_cval_el0, "msr cntv_cval_el0, xzr") \
  X(msr_cntps_ctl_el1, "msr cntps_ctl_el1, xzr") \
  X(fmov, ".inst 0x9e6703e0") \
  X(ldr_q, ".inst 0x3dc003e0") \
  X(mrs_fpcr, "mrs x0, s3_3_c4_c4_0") \
  X(msr_fpsr, "msr s3_3_c4_c4_1, xzr") \
  X(mrs_s3_4_c5_c3_0, "mrs x0, s3_4_c5_c3_0") \
  X(mrs_daif, "mrs x0, daif") \
  X(mrs_nzcv, "mrs x0, nzcv") \
  X(mrs_spsel, "mrs x0, spsel") \
  X(mrs_currentel, "mrs x0, currentel") \
  X(mrs_sp_el0, "mrs x0, sp_el0") \
  X(msr_daif, "mov x0, #0x3c0\n msr daif, x0") \
  X(daifset, "msr daifset, #15") \
  X(svc, "svc #0x11") \
  X(hvc, "hvc #0x22") \
  X(smc, "smc #0x33") \
  X(brk, "brk #0x44") \
  X(hlt, "hlt #0x55") \
  X(dcps1, ".inst 0xd4a00001") \
  X(dcps2, ".inst 0xd4a00002") \
  X(dcps3, ".inst 0xd4a00003") \
  X(drps, ".inst 0xd6bf03e0") \
  X(sysl, "sysl x0, #0, c11, c0, #0") \
  X(yield, "yield") \
  X(sev, "sev") \
  X(hint, "hint #0x30") \
  X(clrex, "clrex") \
  X(dmb, "dmb sy") \
  X(daifclr, "msr daifclr, #1\n msr daifset, #1") \
  X(udf, "udf #6") \
  X(trace, "mrs x0, s2_1_c0_c0_0") \
  X(ldr_odd, "mov x0, #0x1001\n ldr x0, [x0]") \
  X(str_odd, "mov x0, #0x1002\n str w0, [x0]") \
  X(wfi, "wfi") \
  X(wfe, "sevl\n wfe\n wfe")


#define FUNCTION(name, code) \
  __asm__(".text\n .balign 4\ntest_" #name ":\n mov x9, #0xa0000000\n msr nzcv, x9\n" code "\n ret"); \
  u64 test_##name(u64);
INSTRUCTIONS(FUNCTION)
__asm__("tests_end:");
extern char tests_end[];

struct instruction { const char *name; u64 (*function)(u64); };
#define ENTRY(name, code) {#name, test_##name},
static const struct instruction instructions[] = {INSTRUCTIONS(ENTRY)};
#define COUNT (int)(sizeof instructions / sizeof *instructions)

#define SCTLR_BASE (0x30d00800ul | 1 << 26 | 1 << 18 | 1 << 16 | 1 << 15 | 1 << 14 | 1 << 9)
#define CONTROLS(X) \
  X(SCTLR_EL1, sctlr_el1, SCTLR_BASE) X(CPACR_EL1, cpacr_el1, 3 << 20) X(CNTKCTL_EL1, cntkctl_el1, 0x3f7) \
  X(PMUSERENR_EL0, pmuserenr_el0, 15) X(MDSCR_EL1, mdscr_el1, 0) X(HCR_EL2, hcr_el2, HCR_RW) \
  X(CPTR_EL2, cptr_el2, 0x33ff) X(HSTR_EL2, hstr_el2, 0) X(MDCR_EL2, mdcr_el2, 6) \
  X(CNTHCTL_EL2, cnthctl_el2, 3) X(ACTLR_EL2, actlr_el2, 0x73) X(SCR_EL3, scr_el3, 0x531) \
  X(CPTR_EL3, cptr_el3, 0) X(MDCR_EL3, mdcr_el3, 0) X(ACTLR_EL3, actlr_el3, 0x73)
#define SETTER(NAME, name, base) static void set_##name(u64 value) { WRITE(name, value); }
CONTROLS(SETTER)
#define NUMBER(NAME, name, base) C_##NAME,
enum { CONTROLS(NUMBER) CONTROL_COUNT };
struct control { const char *name; void (*set)(u64); u64 base; };
#define CONTROL(NAME, name, base) {#NAME, set_##name, base},
static const struct control controls[] = {CONTROLS(CONTROL)};

// What is changed: a control, the bits, and the levels that can run with it (bit 4: Secure EL1).
struct change { int control; u64 bits; int levels; };
#define ALL 15
#define BIT(n) (1ul << (n))
static const struct change changes[] = {
  {C_SCTLR_EL1, BIT(1), ALL}, {C_SCTLR_EL1, BIT(3), ALL}, {C_SCTLR_EL1, BIT(4), ALL}, {C_SCTLR_EL1, BIT(5), ALL},
  {C_SCTLR_EL1, BIT(7), ALL}, {C_SCTLR_EL1, BIT(8), ALL}, {C_SCTLR_EL1, BIT(9), ALL}, {C_SCTLR_EL1, BIT(12), ALL},
  {C_SCTLR_EL1, BIT(14), ALL}, {C_SCTLR_EL1, BIT(15), ALL}, {C_SCTLR_EL1, BIT(16), ALL},
  {C_SCTLR_EL1, BIT(18), ALL}, {C_SCTLR_EL1, BIT(19), ALL}, {C_SCTLR_EL1, BIT(26), ALL},
  {C_CPACR_EL1, BIT(20), ALL}, {C_CPACR_EL1, BIT(21), ALL}, {C_CPACR_EL1, 3 << 20, ALL},
  {C_CNTKCTL_EL1, 1, ALL}, {C_CNTKCTL_EL1, 2, ALL}, {C_CNTKCTL_EL1, 3, ALL}, {C_CNTKCTL_EL1, BIT(8), ALL},
  {C_CNTKCTL_EL1, BIT(9), ALL}, {C_CNTKCTL_EL1, 0x303, ALL},
  {C_PMUSERENR_EL0, 1, ALL}, {C_PMUSERENR_EL0, 3, ALL}, {C_PMUSERENR_EL0, 5, ALL}, {C_PMUSERENR_EL0, 9, ALL},
  {C_PMUSERENR_EL0, 15, ALL}, {C_PMUSERENR_EL0, 14, ALL},
  {C_MDSCR_EL1, BIT(12), ALL}, {C_MDSCR_EL1, BIT(13), ALL}, {C_MDSCR_EL1, BIT(15), ALL},
  {C_HCR_EL2, BIT(1), ALL}, {C_HCR_EL2, BIT(2), ALL}, {C_HCR_EL2, BIT(3), ALL}, {C_HCR_EL2, BIT(4), ALL},
  {C_HCR_EL2, BIT(5), ALL}, {C_HCR_EL2, BIT(9), ALL}, {C_HCR_EL2, BIT(10), ALL}, {C_HCR_EL2, BIT(11), ALL},
  {C_HCR_EL2, BIT(13), ALL}, {C_HCR_EL2, BIT(14), ALL}, {C_HCR_EL2, BIT(15), ALL}, {C_HCR_EL2, BIT(16), ALL},
  {C_HCR_EL2, BIT(17), ALL}, {C_HCR_EL2, BIT(18), ALL}, {C_HCR_EL2, BIT(19), ALL}, {C_HCR_EL2, BIT(20), ALL},
  {C_HCR_EL2, BIT(21), ALL}, {C_HCR_EL2, BIT(22), ALL}, {C_HCR_EL2, BIT(23), ALL}, {C_HCR_EL2, BIT(24), ALL},
  {C_HCR_EL2, BIT(25), ALL}, {C_HCR_EL2, BIT(26), ALL}, {C_HCR_EL2, BIT(27), 13}, {C_HCR_EL2, BIT(28), ALL},
  {C_HCR_EL2, BIT(29), ALL}, {C_HCR_EL2, BIT(30), ALL}, {C_HCR_EL2, BIT(32), ALL}, {C_HCR_EL2, BIT(33), ALL},
  {C_CPTR_EL2, BIT(10), ALL}, {C_CPTR_EL2, BIT(20), ALL}, {C_CPTR_EL2, BIT(31), ALL},
  {C_HSTR_EL2, 0xffff, ALL},
  {C_MDCR_EL2, 7, ALL}, {C_MDCR_EL2, BIT(5), ALL}, {C_MDCR_EL2, BIT(6), ALL}, {C_MDCR_EL2, BIT(7), ALL},
  {C_MDCR_EL2, BIT(8), ALL}, {C_MDCR_EL2, BIT(9), ALL}, {C_MDCR_EL2, BIT(10), ALL}, {C_MDCR_EL2, BIT(11), ALL},
  {C_CNTHCTL_EL2, 1, ALL}, {C_CNTHCTL_EL2, 2, ALL}, {C_CNTHCTL_EL2, 3, ALL},
  {C_ACTLR_EL2, BIT(0), ALL}, {C_ACTLR_EL2, BIT(1), ALL}, {C_ACTLR_EL2, BIT(4), ALL}, {C_ACTLR_EL2, BIT(5), ALL},
  {C_ACTLR_EL2, BIT(6), ALL},
  {C_SCR_EL3, 1, 8}, {C_SCR_EL3, BIT(7), ALL}, {C_SCR_EL3, BIT(8), ALL}, {C_SCR_EL3, BIT(9), ALL},
  {C_SCR_EL3, BIT(11), ALL}, {C_SCR_EL3, BIT(12), ALL}, {C_SCR_EL3, BIT(13), ALL},
  {C_CPTR_EL3, BIT(10), ALL}, {C_CPTR_EL3, BIT(20), ALL}, {C_CPTR_EL3, BIT(31), ALL},
  {C_MDCR_EL3, BIT(6), ALL}, {C_MDCR_EL3, BIT(9), ALL}, {C_MDCR_EL3, BIT(10), ALL}, {C_MDCR_EL3, BIT(16), ALL},
  {C_MDCR_EL3, BIT(17), ALL},
  {C_ACTLR_EL3, BIT(0), ALL}, {C_ACTLR_EL3, BIT(1), ALL}, {C_ACTLR_EL3, BIT(4), ALL}, {C_ACTLR_EL3, BIT(5), ALL},
  {C_ACTLR_EL3, BIT(6), ALL},
  // In Secure state: the base there is SCR_EL3.NS = 0 and ST = 1.
  {C_SCR_EL3, 0, 16}, {C_SCR_EL3, BIT(11), 16}, {C_HCR_EL2, BIT(18) | BIT(26) | BIT(30) | BIT(23), 16},
  {C_CPTR_EL2, BIT(10) | BIT(31), 16}, {C_MDCR_EL2, 0xf60, 16}, {C_ACTLR_EL2, 0x73, 16}, {C_CNTHCTL_EL2, 3, 16},
  {C_MDCR_EL3, BIT(6), 16}, {C_CPTR_EL3, BIT(31), 16}, {C_SCTLR_EL1, BIT(1), 16}, {C_SCR_EL3, BIT(12), 16},
};

struct outcome { u64 level, esr, elr, spsr, far; };
static struct outcome base[5][COUNT];
static volatile struct outcome taken;
static struct change change;
static u8 stacks[2][8192] __attribute__((aligned(16)));
static u64 cases;

static int record(struct frame *frame, u64 level, u64 esr, u64 far) {
  u64 function = (u64)instructions[0].function;
  if (frame->elr < function || frame->elr > (u64)tests_end) return 0;
  u64 class = esr >> 26;
  taken.level = level;
  taken.esr = esr;
  taken.elr = frame->elr;
  taken.spsr = frame->spsr;
  taken.far = class == 0x24 || class == 0x25 ? far : 0;
  frame->elr = frame->x[30];
  return 1;
}

static void lost(struct frame *frame, u64 esr, u64 level) {
  print("lost:");
  print_field("level", level);
  print_field("esr", esr);
  print_field("elr", frame->elr);
  print("\n");
  for (;;) __asm__ volatile("wfi");
}

static u64 apply(u64 changed) {
  for (int i = 0; i < CONTROL_COUNT; i++) {
    u64 value = controls[i].base;
    if (changed && i == change.control) value ^= change.bits;
    if (changed && i == C_SCR_EL3 && change.levels == 16) value = (value & ~1ul) ^ BIT(11);
    // Keeps a way to EL3 open when SMC is disabled.
    if (changed && i == C_CPTR_EL3 && change.control == C_SCR_EL3 && change.bits == BIT(7)) value ^= BIT(31);
    controls[i].set(value);
  }
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el3);
  if (record(frame, 3, esr, READ(far_el3))) return;
  if (esr == 0x5e000fff && vector == 0x400 && !(READ(scr_el3) & 1)) leave_el1_from_el3(frame->x[0]);
  if (el3_call(frame)) return;
  // A way back from SCR_EL3.SMD and HCE.
  if (esr >> 26 == 0x18 || esr == 0x5e000ffe) {
    apply(0);
    if (esr >> 26 == 0x18) frame->elr += 4;
    return;
  }
  lost(frame, esr, 3);
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (record(frame, 2, esr, READ(far_el2))) return;
  if (esr == 0x5a000000 + LEAVE || esr == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  if (esr == 0x02000000 && frame->elr == (u64)call_el3) {
    READ(cptr_el2);
    return;
  }
  // What the handler of EL1 reads may be what is trapped: it has seen its exception, so the trap can go.
  if (esr >> 26 == 0x18 && vector == 0x400) {
    call_el3(apply, 0);
    return;
  }
  lost(frame, esr, 2);
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (record(frame, 1, esr, READ(far_el1))) return;
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  if (esr == 0x02000000) {
    __asm__ volatile("smc #0xffe");
    return;
  }
  lost(frame, esr, 1);
}

static u64 sctlr;

// Reads no register itself: that might be trapped.
static u64 to_el0(u64 function) {
  return call_el0(function, sctlr, (u64)stacks[1] + sizeof stacks[1]);
}

// At EL3: applies the change, runs, and takes the change back.
static u64 run_at_el3(u64 function) {
  apply(1);
  if (change.levels == 16) call_el1_from_el3(function, READ(sctlr_el1), (u64)stacks[0] + sizeof stacks[0]);
  else ((u64 (*)(u64))function)(READ(sctlr_el1));
  apply(0);
  return 0;
}

static void run(int level, u64 (*function)(u64)) {
  taken.level = taken.esr = taken.elr = taken.spsr = taken.far = 0;
  if (level >= 3) {
    call_el3(run_at_el3, (u64)function);
    return;
  }
  call_el3(apply, 1);
  u64 top = (u64)stacks[0] + sizeof stacks[0];
  sctlr = READ(sctlr_el1);
  if (level == 2) function(sctlr);
  else if (level == 1) call_el1((u64)function, sctlr, top);
  else if (change.control == C_HCR_EL2 && change.bits == HCR_TGE) {
    call_el0_from_el2((u64)function, sctlr, (u64)stacks[1] + sizeof stacks[1]);
  } else call_el1((u64)to_el0, (u64)function, top);
  call_el3(apply, 0);
}

static int waits(int i) { return instructions[i].name[0] == 'w'; }

// WFI and WFE only where a control of theirs changes; an interrupt that is masked everywhere wakes WFI.
static int waiting_matters(void) {
  return (change.control == C_SCTLR_EL1 && change.bits & (BIT(16) | BIT(18)))
    || (change.control == C_HCR_EL2 && change.bits & (BIT(13) | BIT(14) | BIT(27)))
    || (change.control == C_SCR_EL3 && (change.bits & (BIT(12) | BIT(13)) || !change.bits));
}

static void arm_timer(void) {
  WRITE(cnthp_tval_el2, 540000);
  WRITE(cnthp_ctl_el2, 1);
}

static void print_outcome(const struct outcome *o, u64 function) {
  if (!o->level) {
    print("-");
    return;
  }
  print((const char *[]){"", "EL1", "EL2", "EL3"}[o->level & 3]);
  print_field("esr", o->esr);
  print_field("elr", o->elr - function);
  print_field("spsr", o->spsr);
  if (o->far) print_field("far", o->far);
}

static void copy(struct outcome *to) {
  to->level = taken.level; to->esr = taken.esr; to->elr = taken.elr; to->spsr = taken.spsr; to->far = taken.far;
}

static const char *const level_names[] = {" EL0 ", " EL1 ", " EL2 ", " EL3 ", " ELS "};

static void one(int level, int i, int is_base) {
  struct outcome now;
  if (waits(i)) arm_timer();
  run(level, instructions[i].function);
  WRITE(cnthp_ctl_el2, 0);
  copy(&now);
  cases++;
  struct outcome *before = &base[level][i];
  if (is_base) copy(before);
  else if (now.level == before->level && now.esr == before->esr && now.elr == before->elr
    && now.spsr == before->spsr && now.far == before->far) return;
  print(is_base ? "base" : controls[change.control].name);
  if (!is_base) {
    print("^");
    print_number(change.bits);
  }
  print(level_names[level]);
  print(instructions[i].name);
  print(": ");
  if (!is_base) {
    print_outcome(before, (u64)instructions[i].function);
    print(" => ");
  }
  print_outcome(&now, (u64)instructions[i].function);
  print("\n");
}

void guest_main(void) {
  print("traps\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  store32(0xff841100, 1 << 26);        // GICD_ISENABLER0: the hypervisor timer, which is masked everywhere
  call_el3(apply, 0);
  change = (struct change){C_HSTR_EL2, 0, ALL};
  for (int level = 0; level < 4; level++) {
    for (int i = 0; i < COUNT; i++) one(level, i, 1);
  }
  change = (struct change){C_HSTR_EL2, 0, 16};
  for (int i = 0; i < COUNT; i++) one(4, i, 1);
  for (int c = 0; c < (int)(sizeof changes / sizeof *changes); c++) {
    change = changes[c];
    for (int level = 0; level < 5; level++) {
      if (!(change.levels >> level & 1)) continue;
      for (int i = 0; i < COUNT; i++) {
        if (!waits(i) || waiting_matters()) one(level, i, 0);
      }
    }
  }
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
