// Software step, breakpoints and watchpoints at all levels: who generates them, who takes them, and the state
// machine of a step. Starts at EL3.
//
// First a matrix over what enables and routes debug exceptions, in the lines that guest-cells.h describes: from one
// level, one instruction, over SPSR.SS, PSTATE.D, MDSCR_EL1 {SS, KDE, MDE}, MDCR_EL2.TDE, HCR_EL2.TGE,
// MDCR_EL3.SDD and the OS lock, without and with a breakpoint on the instruction and a watchpoint on its data.
// Then what HMC, SSC and PxC of breakpoints and watchpoints select, and then traces: each exception of a
// program that is stepped to its end, by EL3 as if it were the debugger.
// Arm DDI 0487, D2.3 to D2.12.
#include "guest-cells.h"

static u64 data[16] __attribute__((aligned(64)));

// x0 is the address of the data, x1 an address for ELR. ERET returns to EL0, to what follows it.
#define KINDS(X) \
  X(nop, "nop\n nop") X(svc, "svc #0x11") X(hvc, "hvc #0x22") X(smc, "smc #0x33") X(brk, "brk #0x44") \
  X(undefined, "udf #0x66") X(load, "ldr w3, [x0]\n nop") X(exclusive, "ldxr w3, [x0]\n nop") \
  X(store, "str wzr, [x0]\n nop") X(unaligned, "ldr w3, [x0, #1]") X(branch, "b .+8\n nop\n nop") \
  X(misaligned, "add x3, x0, #2\n br x3") X(mask, "msr daifset, #8\n nop\n nop") \
  X(unmask, "msr daifclr, #8\n nop\n nop") X(illegal, "nop\n nop") \
  X(mask_svc, "msr daifset, #8\n svc #0x77") X(mask_unmask, "msr daifset, #8\n nop\n msr daifclr, #8\n nop")
#define KIND_CODE(name, code) CODE(kind_##name, code)
KINDS(KIND_CODE)
#define KIND(name, code) {#name, {kind_##name##_0, kind_##name##_1, kind_##name##_1, kind_##name##_3}},
static const struct kind { const char *name; char *code[4]; } kinds[] = {KINDS(KIND)};
#define NUMBER(name, code) K_##name,
enum { KINDS(NUMBER) KIND_COUNT };

#define MDSCR(ss, kde, mde) ((ss) | (kde) << 13 | (mde) << 15)
#define TDE (1ul << 8)
#define SDD (1ul << 16)
#define BCR(pmc, ssc, hmc) (1 | (pmc) << 1 | 15 << 5 | (hmc) << 13 | (ssc) << 14)
#define WCR(pac, lsc, ssc, hmc) (1 | (pac) << 1 | (lsc) << 3 | 15 << 5 | (hmc) << 13 | (ssc) << 14)

static void off(void) {
  WRITE(oslar_el1, 0);
  WRITE(osdlr_el1, 0);
  WRITE(mdscr_el1, 0);
  WRITE(dbgbcr0_el1, 0);
  WRITE(dbgwcr0_el1, 0);
  WRITE(mdcr_el2, 6);
  WRITE(mdcr_el3, 0);
  WRITE(hcr_el2, HCR_RW);
}

// A step that sets PSTATE.D is in lines of its own: none follows (SSAdvance, AArch64.CheckSoftwareStep), but QEMU takes
// one.
static int masks(u64 k) { return k == K_mask || k == K_mask_svc || k == K_mask_unmask; }
static u64 masking;

// `points`: 0 none, 1 a breakpoint on the first instruction, 2 a watchpoint on the data, for all levels.
// `lock`: 0 none, 1 the OS lock, 2 the OS double lock, 3 none and nothing enabled.
static void matrix(u64 s, u64 k, u64 points, u64 lock) {
  u64 mode = sources[s].mode, secure = sources[s].secure, code = (u64)kinds[k].code[mode >> 2];
  WRITE(scr_el3, SCR_BASE | SCR_HCE | (secure ? 0 : SCR_NS));
  WRITE(dbgbvr0_el1, code);
  WRITE(dbgwvr0_el1, data);
  for (u64 i = 0; i < 256; i++) {
    u64 ss = i & 1, debug = i >> 1 & 1, tde = i >> 5 & 1, tge = i >> 6 & 1, sdd = i >> 7 & 1;
    u64 status = MDSCR(i >> 2 & 1, i >> 3 & 1, i >> 4 & 1);
    if (points && !(status >> 15)) continue;
    if (masks(k) && masking != (ss && !debug && (status & 0x2001) == 0x2001)) continue;
    // A return to EL1 with TGE is illegal: routing.c.
    if (tge && mode >> 2 == 1 && !secure) continue;
    WRITE(mdcr_el2, 6 | tde * TDE);
    WRITE(mdcr_el3, sdd * SDD);
    WRITE(hcr_el2, HCR_RW | tge * HCR_TGE);
    WRITE(dbgbcr0_el1, points == 1 ? BCR(3, 0, 1) : 0);
    WRITE(dbgwcr0_el1, points == 2 ? WCR(3, 3, 0, 1) : 0);
    WRITE(mdscr_el1, lock == 3 ? 0 : status);
    if (lock == 1) WRITE(oslar_el1, 1);
    if (lock == 2) WRITE(osdlr_el1, 1);
    CELL(i, lock)
    u64 spsr = NZCV | 7 << 6 | mode | ss * SPSR_SS | debug << 9 | (k == K_illegal ? SPSR_IL : 0);
    cell(spsr, code, code, (u64)data, 0);
    WRITE(oslar_el1, 0);
    WRITE(osdlr_el1, 0);
    WRITE(mdscr_el1, 0);
  }
  off();
}

static void open_matrix(u64 s, u64 k, u64 points) {
  begin(sources[s].name, kinds[k].name);
  print((const char *[]){"", " breakpoint", " watchpoint"}[points]);
  if (masking) print(" stepped");
  matrix(s, k, points, 0);
  end();
}

// Either lock is as if nothing were enabled; BRK does not mind.
static void locked(u64 s, u64 lock) {
  begin(sources[s].name, lock == 1 ? "OS lock" : "OS double lock");
  // HVC at Secure EL1 is in traps.differences.
  u64 without = sources[s].secure ? K_hvc : KIND_COUNT;
  for (u64 k = 0; k < KIND_COUNT; k++) if (k != without) matrix(s, k, k % 3, lock);
  u64 first = hash;
  end();
  begin(sources[s].name, "nothing enabled");
  for (u64 k = 0; k < KIND_COUNT; k++) if (k != without) matrix(s, k, k % 3, 3);
  print_field("same", hash == first);
  end();
}

// What the fields of the control registers select, but for combinations that are reserved (AArch64.StateMatch):
// those that are not, by HMC and SSC, as a set of PMC or PAC.
static int is_reserved(u64 hmc, u64 ssc, u64 pxc, u64 watch) {
  static const u8 allowed[2][4] = {{0xf, 0xf, 0xf, 0}, {0xa, 0xa, 0xb, 0x1}};
  return !(allowed[hmc][ssc] >> pxc & 1) || (watch && !hmc && !pxc);
}

static void selection(u64 s, u64 watch) {
  u64 mode = sources[s].mode, secure = sources[s].secure, code = (u64)kinds[K_load].code[mode >> 2];
  begin(sources[s].name, watch ? "watchpoint selection" : "breakpoint selection");
  WRITE(scr_el3, SCR_BASE | SCR_HCE | (secure ? 0 : SCR_NS));
  WRITE(dbgbvr0_el1, code);
  WRITE(dbgwvr0_el1, data);
  for (u64 i = 0; i < 64; i++) {
    u64 hmc = i & 1, ssc = i >> 1 & 3, pxc = i >> 3 & 3, tde = i >> 5;
    if (is_reserved(hmc, ssc, pxc, watch)) continue;
    WRITE(mdcr_el2, 6 | tde * TDE);
    WRITE(dbgbcr0_el1, watch ? 0 : BCR(pxc, ssc, hmc));
    WRITE(dbgwcr0_el1, watch ? WCR(pxc, 3, ssc, hmc) : 0);
    WRITE(mdscr_el1, MDSCR(0, 1, 1));
    CELL(hmc, ssc, pxc, tde)
    cell(NZCV | 7 << 6 | mode, code, code, (u64)data, 0);
    WRITE(mdscr_el1, 0);
  }
  off();
  end();
}

// The flags of a handler's first instruction, which is stepped by EL2.
static void flags(void) {
  print("NZCV on entry:");
  WRITE(scr_el3, SCR_BASE | SCR_NS);
  WRITE(mdcr_el2, 6 | TDE);
  for (u64 nzcv = 0; nzcv < 16; nzcv++) {
    outcomes.count = 0;
    WRITE(mdscr_el1, 1);
    run_cell(nzcv << 28 | 0x3c5 | SPSR_SS, (u64)kinds[K_svc].code[1], 0, 0);
    WRITE(mdscr_el1, 0);
    print(" ");
    print_number(outcomes.list[1].spsr >> 28);
    total++;
  }
  print("\n");
  off();
}

// ---- Traces ----

// x0 is the data; registers do not outlast a step. ERET goes to what follows it.
__asm__(
  ".text\n .balign 4\n"
  "stepped_el0:\n"
  " mov x3, #1\n"
  " cbz xzr, 1f\n"
  " nop\n"
  "1: ldr x3, [x0]\n"
  " ldxr x3, [x0]\n"
  " stxr w4, x3, [x0]\n"
  " ldaxp x3, x4, [x0]\n"
  " clrex\n"
  " ldr w3, [x0, #1]\n"
  " svc #5\n"
  " hvc #6\n"
  " smc #7\n"
  " brk #8\n"
  " udf #9\n"
  " nop\n"
  " yield\n"
  " isb\n"
  " b stepped_el0_end\n"
  " nop\n"
  "stepped_el0_end: svc #0xfff\n"
  "stepped_el1:\n"
  " nop\n"
  " msr spsel, #0\n"
  " msr spsel, #1\n"
  " ldxrb w3, [x0]\n"
  " ldr w3, [x0, #2]\n"
  " svc #5\n"
  " hvc #6\n"
  " smc #7\n"
  " brk #8\n"
  " udf #9\n"
  " mrs x3, esr_el2\n"
  " msr daifclr, #7\n"
  " msr daifset, #7\n"
  " mrs x3, mdscr_el1\n"
  " eret\n"
  " nop\n"
  " msr daifset, #8\n"
  " nop\n"
  " nop\n"
  "stepped_el1_end: mrs x2, cpacr_el1\n");
extern char stepped_el0[], stepped_el0_end[], stepped_el1[], stepped_el1_end[];

static void trace(const char *name, u64 spsr, char *code, char *last, u64 mdscr, u64 tde, u64 hcr) {
  print("trace of ");
  print(name);
  print(":\n");
  WRITE(scr_el3, SCR_BASE | SCR_HCE | SCR_NS);
  WRITE(mdcr_el2, 6 | tde * TDE);
  WRITE(hcr_el2, HCR_RW | hcr);
  u64 address = (u64)code;
  for (int i = 0; i < 60; i++) {
    WRITE(elr_el1, address + 4);
    WRITE(elr_el2, address + 4);
    WRITE(spsr_el1, spsr | SPSR_SS);
    WRITE(spsr_el2, spsr | SPSR_SS);
    WRITE(mdscr_el1, mdscr);
    outcomes.count = 0;
    run_cell(spsr | SPSR_SS, address, (u64)data, 0);
    WRITE(mdscr_el1, 0);
    total++;
    if (!outcomes.count) {
      print(" to the end\n");
      break;
    }
    for (u64 n = 1; n <= outcomes.count && n < 8; n++) {
      const volatile struct outcome *o = &outcomes.list[n];
      print((const char *[]){"", " EL1", " EL2", " EL3"}[o->level & 3]);
      print_field("vector", o->vector);
      print_field("esr", o->esr);
      print_field("elr", place(o->elr, (u64)code));
      print_field("spsr", o->spsr);
      print(n == outcomes.count ? "\n" : ";");
    }
    u64 class = outcomes.list[1].esr >> 26;
    spsr = outcomes.list[1].spsr & ~SPSR_SS;
    address = outcomes.list[1].elr;
    // An exception of the instruction itself: go on behind it.
    if (class == 0 || class == 0x18 || class == 0x24 || class == 0x25 || class == 0x3c) address += 4;
    if (address == (u64)last) break;
  }
  off();
}

static u64 everything(u64 unused) {
  prepare();
  WRITE(sctlr_el1, 0x30d00a00);              // UMA: EL0 may write DAIF
  off();
  for (u64 s = 0; s < SOURCES; s++) {
    for (u64 k = 0; k < KIND_COUNT; k++) open_matrix(s, k, 0);
    masking = 1;
    for (u64 k = 0; k < KIND_COUNT; k++) if (masks(k)) open_matrix(s, k, 0);
    masking = 0;
    static const u8 broken[] = {K_nop, K_svc, K_undefined, K_illegal, K_brk};
    for (u64 k = 0; k < sizeof broken; k++) open_matrix(s, broken[k], 1);
    static const u8 watched[] = {K_load, K_store, K_exclusive, K_unaligned};
    for (u64 k = 0; k < sizeof watched; k++) open_matrix(s, watched[k], 2);
    locked(s, 2);
    locked(s, 1);
    selection(s, 0);
    selection(s, 1);
  }
  flags();
  trace("EL0 by EL1", 0x3c0, stepped_el0, stepped_el0_end, 1, 0, 0);
  trace("EL0 by EL2, TDE", 0x3c0, stepped_el0, stepped_el0_end, 1, 1, 0);
  trace("EL0 by EL2, TGE", 0x3c0, stepped_el0, stepped_el0_end, 1, 0, HCR_TGE);
  trace("EL1 by EL1", 0x1c5, stepped_el1, stepped_el1_end, MDSCR(1, 1, 0), 0, 0);
  trace("EL1 by EL2", 0x3c5, stepped_el1, stepped_el1_end, 1, 1, 0);
  trace("EL2 by EL2", 0x1c9, stepped_el1, stepped_el1_end, MDSCR(1, 1, 0), 1, 0);
  finish();
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) { el3_call(frame); }

void guest_main(void) {
  print("stepping\n");
  call_el3(everything, 0);
}
