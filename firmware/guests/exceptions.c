// Exceptions between EL2, EL1 and EL0: vectors, syndromes, return addresses and states. Each line is one
// exception: where it was taken, its vector, ESR, ELR, SPSR, and FAR where it is valid. The expected values
// come from Arm DDI 0487, D1.10 (entry), D13.2.37 (ESR_ELx) and D5.2 (stage-1 faults).
#include "guest.h"

#define STATE_FLAGS 0xa0000000u        // N and C, which every test sets, must come back in SPSR

// A function whose third instruction is the first of `code`; x0 is its argument.
#define TEST(name, code) \
  __asm__(".text\n .balign 4\n" #name ":\n mov x9, #0xa0000000\n msr nzcv, x9\n" code "\n ret"); \
  void name(u64);

TEST(test_svc, "svc #0x45")
TEST(test_flags, "cmp xzr, xzr\n ccmp x9, #1, #5, ne\n svc #0x46")
TEST(test_svc_el1t, "msr spsel, #0\n svc #1\n msr spsel, #1")
TEST(test_hvc, "hvc #0x123")
TEST(test_smc, "smc #0x77")
TEST(test_brk, "brk #0xbeef")
TEST(test_undefined, "udf #7")
TEST(test_el2_register, "mrs x3, s3_4_c5_c2_0")
TEST(test_wfi, "wfi")
TEST(test_wfe, "wfe\n wfe")   // the first one finds the event that ERET leaves
TEST(test_tvm, "msr sctlr_el1, x5")
TEST(test_fp, ".inst 0x9e6703e0")      // fmov d0, xzr
TEST(test_load, "ldr w7, [x0]")
TEST(test_store, "str w7, [x0]")
TEST(test_branch, "br x0")
TEST(test_sp, "mov x10, sp\n sub sp, sp, #8\n ldr x7, [sp]\n mov sp, x10")
TEST(test_counter, "mrs x3, cntvct_el0")
TEST(test_ctr, "mrs x3, ctr_el0")
TEST(test_zva, "dc zva, x0")
TEST(test_daif, "msr daifset, #2")
TEST(test_illegal, "adr x10, 1f\n msr elr_el2, x10\n mov x10, #0x3cd\n movk x10, #0xa000, lsl #16\n"
  "msr spsr_el2, x10\n eret\n1: nop")

static u64 mark, taken;
static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096)));
static u64 level3[512] __attribute__((aligned(4096)));
static u8 stack[16384] __attribute__((aligned(16)));

static void report(struct frame *frame, u64 vector, const char *level, u64 esr, u64 far) {
  u64 class = esr >> 26;
  taken++;
  print(" ");
  print(level);
  print_field("vector", vector);
  print_field("esr", esr);
  u64 fetch = class >= 0x20 && class <= 0x22;
  if (fetch) print_field("elr", frame->elr); else print_field("elr-test", frame->elr - mark);
  print_field("spsr", frame->spsr);
  if (fetch || class == 0x24 || class == 0x25) print_field("far", far);
  print("\n");
  if (fetch) frame->elr = frame->x[30];
  else if (class == 0x0e) frame->spsr &= ~(1ul << 20);
  else if (class < 0x11 || class > 0x16) frame->elr += 4;
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE || esr == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  report(frame, vector, "EL2", esr, READ(far_el2));
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  report(frame, vector, "EL1", esr, READ(far_el1));
}

static void begin(const char *name, void (*test)(u64)) {
  print(name);
  print(":");
  mark = (u64)test;
  taken = 0;
}

static void end(void) {
  if (!taken) print(" no exception\n");
}

static void here(const char *name, void (*test)(u64), u64 argument) {
  begin(name, test);
  test(argument);
  end();
}

static void at_el0(const char *name, void (*test)(u64), u64 argument) {
  begin(name, test);
  call_el0((u64)test, argument, 0x40003800);
  end();
}

static u64 el1_plain(u64 unused) {
  WRITE(vbar_el1, el1_vectors);
  here("EL1 svc", test_svc, 0);
  here("EL1t svc", test_svc_el1t, 0);
  here("EL1 hvc", test_hvc, 0);
  here("EL1 udf", test_undefined, 0);
  here("EL1 brk", test_brk, 0);
  here("EL1 mrs ESR_EL2", test_el2_register, 0);
  here("EL1 unaligned load, MMU off", test_load, 0x1001);
  here("EL1 unaligned store, MMU off", test_store, 0x1002);
  return 0;
}

static u64 el1_trapped(u64 unused) {
  here("EL1 smc, HCR_EL2.TSC", test_smc, 0);
  here("EL1 wfi, HCR_EL2.TWI", test_wfi, 0);
  here("EL1 msr SCTLR_EL1, HCR_EL2.TVM", test_tvm, 0);
  here("EL1 fmov, CPTR_EL2.TFP", test_fp, 0);
  return 0;
}

static u64 el1_translated(u64 unused) {
  level1[0] = 0 | S1_BLOCK | S1_RAM;
  level1[1] = (u64)level2 | S1_TABLE;
  level1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  level2[0] = (u64)level3 | S1_TABLE;
  level3[0] = 0x80000 | S1_PAGE | S1_RAM | S1_READ_ONLY;
  level3[2] = 0x80000 | S1_PAGE | (S1_RAM & ~S1_AF);
  level3[3] = ((u64)stack & ~4095ul) | S1_PAGE | S1_RAM | S1_EL0 | S1_UXN;
  level3[4] = 4 * GIB | S1_PAGE | S1_RAM;
  BARRIER();
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 32 << 16);   // EPD1; IPS 32 bits
  WRITE(ttbr0_el1, level1);
  __asm__ volatile("tlbi vmalle1" : : : "memory");
  BARRIER();
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12);
  WRITE(cpacr_el1, 0);
  WRITE(cntkctl_el1, 0);

  here("EL1 load, beyond T0SZ", test_load, 4 * GIB);
  here("EL1 load, TTBR1 disabled", test_load, 0xffffffff80000000);
  here("EL1 load, no level 1 entry", test_load, 0x80000000);
  here("EL1 store, no level 2 entry", test_store, 0x40200008);
  here("EL1 load, no level 3 entry", test_load, 0x40001010);
  here("EL1 store, read-only page", test_store, 0x40000004);
  here("EL1 load, access flag clear", test_load, 0x40002000);
  here("EL1 load, output beyond IPS", test_load, 0x40004000);
  here("EL1 branch, no level 1 entry", test_branch, 0x80000010);
  here("EL1 branch, page of EL0", test_branch, 0x40003000);
  here("EL1 branch, unaligned", test_branch, 0x80002);
  here("EL1 fmov, CPACR_EL1.FPEN", test_fp, 0);

  at_el0("EL0 svc", test_svc, 0);
  at_el0("EL0 hvc", test_hvc, 0);
  at_el0("EL0 udf", test_undefined, 0);
  at_el0("EL0 brk", test_brk, 0);
  at_el0("EL0 load, page of EL1", test_load, 0x1000);
  at_el0("EL0 store, no level 3 entry", test_store, 0x40001010);
  at_el0("EL0 branch, execute-never", test_branch, 0x40003000);
  at_el0("EL0 SP unaligned", test_sp, 0);
  at_el0("EL0 fmov", test_fp, 0);
  at_el0("EL0 mrs CNTVCT_EL0", test_counter, 0);
  at_el0("EL0 mrs CTR_EL0", test_ctr, 0);
  at_el0("EL0 dc zva", test_zva, 0x40003000);
  at_el0("EL0 msr DAIFSet", test_daif, 0);
  at_el0("EL0 wfi, SCTLR_EL1.nTWI", test_wfi, 0);
  at_el0("EL0 wfe twice, SCTLR_EL1.nTWE", test_wfe, 0);
  return 0;
}

void guest_main(void) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(sctlr_el2, 0x30c50830);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  WRITE(sctlr_el1, 0x30d00800);
  print("exceptions\n");
  here("EL2 svc", test_svc, 0);
  here("EL2 ccmp, svc", test_flags, 0);
  here("EL2 hvc", test_hvc, 0);
  here("EL2 udf", test_undefined, 0);
  here("EL2 brk", test_brk, 0);
  here("EL2 unaligned load, MMU off", test_load, 0x1001);
  here("EL2 illegal return", test_illegal, 0);

  u64 top = (u64)stack + sizeof stack;
  call_el1((u64)el1_plain, 0, top);
  WRITE(hcr_el2, HCR_RW | HCR_TSC | HCR_TWI | HCR_TVM);
  WRITE(cptr_el2, 0x33ff | 1 << 10);
  WRITE(cpacr_el1, 3 << 20);
  call_el1((u64)el1_trapped, 0, top);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  call_el1((u64)el1_translated, 0, top);

  WRITE(hcr_el2, HCR_RW | HCR_TGE);
  begin("EL0 svc, HCR_EL2.TGE", test_svc);
  call_el0_from_el2((u64)test_svc, 0, (u64)stack + 4096);
  begin("EL0 udf, HCR_EL2.TGE", test_undefined);
  call_el0_from_el2((u64)test_undefined, 0, (u64)stack + 4096);
  print("PASS\n");
}
