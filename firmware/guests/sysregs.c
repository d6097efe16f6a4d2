// Every system register and system instruction from every Exception level. Starts at EL3.
//
// Each word of MRS, MSR, SYS and SYSL with op0 = 1...3, and of MSR (immediate), is executed at EL0, EL1, EL2 and
// EL3 with no trap enabled that is under control. A line is an encoding that somewhere is not UNDEFINED:
// "s3_0_c1_c0_0: .. rw rw rw", for EL0 to EL3 first the read, then the write.
//
//   .      UNDEFINED (EC 0, at the level itself, EL1 for EL0)
//   r w    done; what is written is what was read, or else 0, or the address of a scratch line for SYS
//   1 2 3  trapped to that level with the syndrome that the encoding prescribes (Arm DDI 0487, D13.2.37, EC 0x18)
//   a      data abort, ?  anything else
//
// Identification registers follow with their values (from EL3), and then what is left in registers that can
// be written harmlessly from EL3 after all ones and after all zeros.
#include "guest.h"

#define GROUP 128                      // CRm and op2
#define RET   0xd65f03c0u

struct pair { u32 word, ret; };
static struct pair reads[GROUP] __attribute__((aligned(4096)));
static struct pair writes[GROUP] __attribute__((aligned(4096)));
static u8 stacks[2][8192] __attribute__((aligned(16)));
static u8 scratch[256] __attribute__((aligned(256)));
static char result[4][2][GROUP];
static u64 value[GROUP];
static u64 level_now, passed, cases;
static volatile u64 taken_esr, taken_at;

static int skip(struct frame *frame, u64 esr, u64 level) {
  u64 base = (u64)reads;
  if (frame->elr - base >= 8192) return 0;
  taken_esr = esr;
  taken_at = level;
  frame->elr += 4;
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

void el3_exception(struct frame *frame, u64 vector) {
  if (skip(frame, READ(esr_el3), 3) || el3_call(frame)) return;
  lost(frame, READ(esr_el3), 3);
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (skip(frame, esr, 2)) return;
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  lost(frame, esr, 2);
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (skip(frame, esr, 1)) return;
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  lost(frame, esr, 1);
}

// The outcome of one word, whose letter is `done` when nothing was taken.
static char outcome(u32 word, char done, int is_read) {
  u64 esr = taken_esr;
  if (!taken_at) return done;
  u64 home = level_now ? level_now : 1;
  if (esr == 0x02000000 && taken_at == home) return '.';
  if (esr >> 26 == 0x24 || esr >> 26 == 0x25) return 'a';
  u64 op0 = word >> 19 & 3, op1 = word >> 16 & 7, crn = word >> 12 & 15, crm = word >> 8 & 15, op2 = word >> 5 & 7;
  u64 iss = op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | (u64)(word & 31) << 5 | crm << 1 | (u64)is_read;
  if (esr == (0x62000000 | iss)) return "?123"[taken_at & 3];
  return '?';
}

// Runs the group; the same code at every level.
static u64 run_group(u64 level) {
  level_now = level;
  for (int i = 0; i < GROUP; i++) {
    u64 in = reads[i].word >> 19 & 1 && !(reads[i].word >> 20 & 1) ? (u64)scratch : 0;
    taken_at = 0;
    u64 got = ((u64 (*)(u64))&reads[i])(in);
    result[level][0][i] = outcome(reads[i].word, 'r', 1);
    int was_read = !taken_at;
    if (level == 3) value[i] = was_read ? got : 0;
    if ((reads[i].word >> 19 & 3) == 1) was_read = 0;
    taken_at = 0;
    ((u64 (*)(u64))&writes[i])(was_read ? got : in);
    result[level][1][i] = outcome(writes[i].word, 'w', 0);
  }
  return 0;
}

static u64 group_at_el1(u64 unused) {
  run_group(1);
  call_el0((u64)run_group, 0, (u64)stacks[1] + sizeof stacks[1]);
  return 0;
}

static void synchronize(void *start, u64 size) {
  for (u64 at = (u64)start; at < (u64)start + size; at += 64) {
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0" : : "r"(at) : "memory");
  }
  BARRIER();
}

static void digits(u64 number) {
  char text[3] = {(char)('0' + number), 0, 0};
  if (number > 9) text[0] = '1', text[1] = (char)('0' + number - 10);
  print(text);
}

static void line(u64 op0, u64 op1, u64 crn, int i) {
  print("s"); digits(op0); print("_"); digits(op1); print("_c"); digits(crn);
  print("_c"); digits((u64)i >> 3); print("_"); digits((u64)i & 7); print(":");
  for (int level = 0; level < 4; level++) {
    char text[4] = {' ', result[level][0][i], result[level][1][i], 0};
    print(text);
  }
  if (op0 == 3 && crn == 0 && result[3][0][i] == 'r' && op1 < 4) print_field("value", value[i]);
  print("\n");
}

static void group(u64 op0, u64 op1, u64 crn) {
  u64 used = 0;
  for (u32 i = 0; i < GROUP; i++) {
    u32 word = 0xd5000000u | (u32)(op0 << 19 | op1 << 16 | crn << 12) | i << 5;
    // MSR (immediate) has no register; what is no read is UDF.
    reads[i].word = op0 ? word | 1u << 21 : 0;
    writes[i].word = op0 ? word : word | 31;
    // SPSel would take the stack away.
    if (!op0 && op1 == 0 && (i & 7) == 5) writes[i].word = 0;
    reads[i].ret = writes[i].ret = RET;
  }
  synchronize(reads, sizeof reads);
  synchronize(writes, sizeof writes);
  call_el3(run_group, 3);
  run_group(2);
  call_el1((u64)group_at_el1, 0, (u64)stacks[0] + sizeof stacks[0]);
  for (int i = 0; i < GROUP; i++) {
    int is_used = 0;
    for (int level = 0; level < 4; level++) {
      is_used |= result[level][0][i] != '.' || result[level][1][i] != '.';
    }
    if (is_used) line(op0, op1, crn, i);
    used += is_used;
    cases += 8;
  }
  passed += used;
}

// Writes all ones and all zeros; the first and the second value that are read are printed.
#define MASK(name) { \
    u64 old_ = READ(name); \
    WRITE(name, ~0ul); \
    u64 ones_ = READ(name); \
    WRITE(name, 0); \
    u64 zeros_ = READ(name); \
    WRITE(name, old_); \
    print(#name ":"); print_field("ones", ones_); print_field("zeros", zeros_); print("\n"); \
    cases += 2; \
  }

static u64 masks(u64 unused) {
  MASK(sctlr_el1) MASK(actlr_el1) MASK(cpacr_el1) MASK(ttbr0_el1) MASK(ttbr1_el1) MASK(tcr_el1) MASK(mair_el1)
  MASK(amair_el1) MASK(contextidr_el1) MASK(par_el1) MASK(spsr_el1) MASK(elr_el1) MASK(sp_el0) MASK(afsr0_el1)
  MASK(afsr1_el1) MASK(esr_el1) MASK(far_el1) MASK(vbar_el1) MASK(csselr_el1) MASK(cntkctl_el1)
  MASK(tpidr_el0) MASK(tpidrro_el0) MASK(tpidr_el1) MASK(sp_el1)
  MASK(sctlr_el2) MASK(actlr_el2) MASK(cptr_el2) MASK(hcr_el2) MASK(hstr_el2) MASK(hacr_el2) MASK(mdcr_el2)
  MASK(ttbr0_el2) MASK(tcr_el2) MASK(mair_el2) MASK(amair_el2) MASK(vttbr_el2) MASK(vtcr_el2) MASK(spsr_el2)
  MASK(elr_el2) MASK(afsr0_el2) MASK(afsr1_el2) MASK(esr_el2) MASK(far_el2) MASK(hpfar_el2) MASK(vbar_el2)
  MASK(vpidr_el2) MASK(vmpidr_el2) MASK(cnthctl_el2) MASK(cntvoff_el2) MASK(tpidr_el2)
  MASK(dacr32_el2) MASK(ifsr32_el2) MASK(s3_4_c5_c3_0) MASK(spsr_irq) MASK(spsr_abt) MASK(spsr_und) MASK(spsr_fiq)
  MASK(scr_el3) MASK(actlr_el3) MASK(sder32_el3) MASK(mdcr_el3) MASK(ttbr0_el3) MASK(mair_el3) MASK(amair_el3)
  MASK(afsr0_el3) MASK(afsr1_el3) MASK(esr_el3) MASK(far_el3) MASK(vbar_el3) MASK(tpidr_el3) MASK(cntfrq_el0)
  MASK(cntp_cval_el0) MASK(cntv_cval_el0) MASK(cnthp_cval_el2) MASK(cntps_cval_el1)
  MASK(pmselr_el0) MASK(pmcntenset_el0) MASK(pmintenset_el1) MASK(pmuserenr_el0) MASK(pmccfiltr_el0)
  MASK(pmevtyper0_el0) MASK(pmevtyper5_el0) MASK(s3_3_c4_c4_0) MASK(s3_3_c4_c4_1) MASK(nzcv)
  MASK(dbgbvr0_el1) MASK(dbgbcr0_el1) MASK(dbgbvr5_el1) MASK(dbgbcr5_el1) MASK(dbgwvr0_el1) MASK(dbgwcr0_el1)
  MASK(dbgwvr3_el1) MASK(dbgwcr3_el1) MASK(mdccint_el1) MASK(dbgvcr32_el2)
  return 0;
}

static u64 begin(u64 unused) {
  WRITE(cnthctl_el2, 3);
  WRITE(pmuserenr_el0, 15);
  WRITE(cntkctl_el1, 0x303);
  WRITE(cpacr_el1, 3 << 20);
  WRITE(actlr_el2, 0x73);
  WRITE(cptr_el2, 0x33ff);
  return 0;
}

void guest_main(void) {
  print("sysregs\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(sctlr_el1, 0x30d00800 | 1 << 26 | 1 << 15 | 1 << 14 | 1 << 9 | 1 << 16 | 1 << 18);
  call_el3(begin, 0);
  for (u64 op1 = 0; op1 < 8; op1++) group(0, op1, 4);
  for (u64 op0 = 1; op0 < 4; op0++) {
    for (u64 op1 = 0; op1 < 8; op1++) {
      for (u64 crn = 0; crn < 16; crn++) group(op0, op1, crn);
    }
  }
  print("used:"); print_field("encodings", passed); print("\n");
  call_el3(masks, 0);
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
