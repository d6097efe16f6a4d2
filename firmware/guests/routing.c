// Exception entry and return between all levels: a matrix of where an exception comes from, what it is, what
// masks it and what routes it. Starts at EL3.
//
// A line is one kind of exception from one level and stack pointer: over PSTATE.DAIF, HCR_EL2 {TGE, AMO, IMO, FMO}
// and SCR_EL3 {IRQ, FIQ, EA, HCE, SMD}, or for ERET over what the SPSR says. guest-cells.h says how to read it.
//
// Arm DDI 0487, D1.10 (entry), D1.11 (return), D1.13 (routing and masking of asynchronous exceptions).
// Returns to AArch32 are left out: Tayberry stops there.
#include "guest-cells.h"

#define KINDS(X) \
  X(svc, "svc #0x11", 0) X(hvc, "hvc #0x22", 0) X(smc, "smc #0x33", 0) X(brk, "brk #0x44", 0) \
  X(hlt, "hlt #0x55", 0) X(undefined, "udf #0x66", 0) X(register, "msr s3_6_c1_c7_7, x0", 0) \
  X(alignment, "ldr w3, [x0, #1]", 0) X(external, "mov x3, #0x500000000\n ldr w3, [x3]", 0) \
  X(external_fetch, "mov x3, #0x500000000\n br x3", 0) X(branch, "add x3, x0, #2\n br x3", 0) \
  X(illegal, "nop", SPSR_IL) X(vsei, "nop\n nop", 0) X(virq, "nop\n nop", 0) X(vfiq, "nop\n nop", 0) \
  X(irq, "nop\n nop", 0) X(fiq, "nop\n nop", 0) X(both, "nop\n nop", 0)
#define KIND_CODE(name, code, spsr) CODE(kind_##name, code)
KINDS(KIND_CODE)
#define KIND(name, code, spsr) {#name, {kind_##name##_0, kind_##name##_1, kind_##name##_1, kind_##name##_3}, spsr},
static const struct kind { const char *name; char *code[4]; u64 spsr; } kinds[] = {KINDS(KIND)};
#define NUMBER(name, code, spsr) K_##name,
enum { KINDS(NUMBER) KIND_COUNT };

// ---- Entry ----

static u64 scr_bits(u64 i) {
  return (i & 1 ? SCR_IRQ : 0) | (i & 2 ? SCR_FIQ : 0) | (i & 4 ? SCR_EA : 0) | (i & 8 ? SCR_HCE : 0)
    | (i & 16 ? SCR_SMD : 0);
}

static u64 hcr_bits(u64 i) { return (i & 7) << 3 | (i & 8 ? HCR_TGE : 0); }

// Group 0 interrupts are FIQs, group 1 interrupts IRQs: SGI 0 and SGI 1, which stay pending.
#define GICD 0xff841000ul
#define GICC 0xff842000ul
static void interrupts(u64 irq, u64 fiq) {
  store32(GICD + 0xf10, 0xffffffff);
  BARRIER();
  if (fiq) store32(GICD + 0xf00, 1 << 16);
  if (irq) store32(GICD + 0xf00, 1 << 16 | 1 << 15 | 1);
  BARRIER();
}

// `aborts`: only with this SCR_EL3.EA, or 2 for both. It routes synchronous External aborts as well.
static void entry(u64 s, const struct kind *kind, u64 aborts) {
  u64 which = kind - kinds, mode = sources[s].mode;
  u64 code = (u64)kind->code[mode >> 2];
  u64 more = which == K_vsei ? HCR_VSE : which == K_virq ? HCR_VI : which == K_vfiq ? HCR_VF : 0;
  begin(sources[s].name, kind->name);
  if (aborts < 2) print_field("EA", aborts);
  interrupts(which == K_irq || which == K_both, which == K_fiq || which == K_both);
  for (u64 i = 0; i < 32; i++) {
    if (aborts < 2 && (i >> 2 & 1) != aborts) continue;
    WRITE(scr_el3, SCR_BASE | scr_bits(i) | (sources[s].secure ? 0 : SCR_NS));
    for (u64 j = 0; j < 16; j++) {
      WRITE(hcr_el2, HCR_RW | hcr_bits(j) | more);
      for (u64 daif = 0; daif < 16; daif++) {
        CELL(i, j, daif)
        cell(NZCV | kind->spsr | daif << 6 | mode, code, code, code, 0);
        // A virtual SError is no longer pending when it was taken.
        if (more == HCR_VSE) WRITE(hcr_el2, HCR_RW | hcr_bits(j) | more);
      }
    }
  }
  WRITE(hcr_el2, HCR_RW);
  interrupts(0, 0);
  end();
}

// ---- Return ----

// At each level: ELR is x0, SPSR is x1. What is returned to has an SVC, or at an EL0 whose EL1 is in AArch32 (to
// which there is no return; QEMU returns) an instruction that MDCR_EL3.TPM traps.
__asm__(
  ".text\n .balign 4\n"
  "return_el0: eret\n svc #0xfff\n"
  "return_el1: msr elr_el1, x0\n msr spsr_el1, x1\n eret\n mrs x2, cpacr_el1\n"
  "return_el2: msr elr_el2, x0\n msr spsr_el2, x1\n eret\n mrs x2, cpacr_el1\n"
  "return_el3: msr elr_el3, x0\n msr spsr_el3, x1\n eret\n b cell_done\n"
  "landing: svc #0x99\n"
  "trapped_landing: mrs x2, pmccntr_el0\n");
extern char return_el0[], return_el1[], return_el2[], return_el3[], landing[], trapped_landing[];

// Whether a return to this mode would be to AArch32.
static int is_aarch32(u64 mode, u64 scr, u64 hcr) {
  if (!(mode & 16)) return 0;
  if (mode == 16) return 1;
  return !(scr & SCR_RW) || (!(hcr & HCR_RW) && mode != 0x1a);
}

enum { MODES, EL0_OF_AARCH32, FLAGS, IL_SS, RES0, BIT_13, MISALIGNED, RETURN_KINDS };
static const struct { const char *name; u64 count; } return_kinds[] = {
  {"eret, modes", 1}, {"eret, EL0 of an EL1 in AArch32", 1}, {"eret, flags and masks", 256}, {"eret, IL and SS", 4},
  {"eret, RES0", 60}, {"eret, bit 13", 1}, {"eret, misaligned", 4},
};

static void returns(u64 s, u64 what) {
  u64 level = sources[s].mode >> 2;
  char *from = level == 0 ? return_el0 : level == 1 ? return_el1 : level == 2 ? return_el2 : return_el3;
  begin(sources[s].name, return_kinds[what].name);
  for (u64 i = 0; i < (what <= EL0_OF_AARCH32 ? 8 : 2); i++) {
    u64 hcr = (i & 1 ? HCR_TGE : 0) | (i & 2 ? 0 : HCR_RW);
    u64 scr = SCR_BASE ^ (i & 4 ? SCR_RW : 0);
    if (!sources[s].secure) scr |= SCR_NS;
    // The level itself is in AArch64 and can be reached.
    if (!(scr & SCR_RW) && level < 3) continue;
    if (level < 2 && (!(hcr & HCR_RW) || (level == 1 && hcr & HCR_TGE)) && !sources[s].secure) continue;
    WRITE(scr_el3, scr);
    WRITE(hcr_el2, hcr);
    u64 is_narrow = !(scr & SCR_RW) || (!(hcr & HCR_RW) && !sources[s].secure);
    for (u64 mode = 0; mode < 32; mode++) {
      if (is_aarch32(mode, scr, hcr)) continue;
      if ((mode == 0 && is_narrow) != (what == EL0_OF_AARCH32)) continue;
      for (u64 k = 0; k < return_kinds[what].count; k++) {
        u64 spsr = mode | NZCV | 15 << 6, address = (u64)landing;
        if (what == EL0_OF_AARCH32) address = (u64)trapped_landing;
        if (what == FLAGS) spsr = mode | (k & 15) << 28 | (k >> 4) << 6;
        if (what == IL_SS) spsr |= (k & 1) << 20 | (k >> 1) << 21;
        if (what == RES0) {
          u64 bit = k + 4;
          if (!(0xffffffff0fcffc20 >> bit & 1) || bit == 13) continue;
          spsr |= 1ul << bit;
        }
        if (what == BIT_13) spsr |= 1 << 13;
        if (what == MISALIGNED) address += k;
        CELL(i, mode, k)
        cell(NZCV | 15 << 6 | sources[s].mode, (u64)from, (u64)landing, address, spsr);
      }
    }
  }
  WRITE(hcr_el2, HCR_RW);
  end();
}

static u64 everything(u64 unused) {
  prepare();
  WRITE(mdcr_el3, 1 << 6);
  WRITE(pmuserenr_el0, 1);
  // Misaligned accesses fault at every level, as all memory is Device memory.
  store32(GICD + 0x080, 0xfffffffe);
  store32(GICD + 0x100, 3);
  store32(GICD, 3);
  store32(GICC, 0x1eb);
  store32(GICC + 4, 0xff);
  WRITE(scr_el3, SCR_BASE);
  for (u64 s = 0; s < SOURCES; s++) {
    for (u64 kind = 0; kind < KIND_COUNT; kind++) {
      u64 is_external = kind == K_external || kind == K_external_fetch;
      for (u64 ea = is_external ? 0 : 2; ea < (is_external ? 2 : 3); ea++) entry(s, &kinds[kind], ea);
    }
  }
  for (u64 s = 0; s < SOURCES; s++) {
    for (u64 what = 0; what < RETURN_KINDS; what++) returns(s, what);
  }
  finish();
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) { el3_call(frame); }

void guest_main(void) {
  print("routing\n");
  call_el3(everything, 0);
}
