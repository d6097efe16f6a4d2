// Alignment: of SP as a base, at each exception level and with both stack pointers, by SCTLR_ELx.SA and SA0;
// of all other kinds of accesses, with the syndromes; and the order of an alignment fault and other faults.
// accesses.c has each kind of access at each offset. Arm DDI 0487, D1.8.2 (SP alignment), B2.5.2 and D4.5
// (alignment faults), D5.2.11 (priorities).
#include "guest.h"

#define ALIAS    GIB                   // RAM again, for EL0
#define ABSENT   (2 * GIB)             // nothing is there
#define DEVICE   0x200000000ul         // RAM as Device memory
#define SCTLR_A   2ul
#define SCTLR_SA  8ul
#define SCTLR_SA0 16ul

static u64 l1[512] __attribute__((aligned(4096))), l1_of_el1[512] __attribute__((aligned(4096)));
static u8 area[4096] __attribute__((aligned(4096)));
static u8 stacks[2][8192] __attribute__((aligned(16)));
static u64 cases, level, esr, far;

static u64 top(u64 number) { return (u64)stacks[number] + sizeof stacks[number]; }

// In front of the vectors: where the stack pointer may be the test's, x8 is the one to use.
#define FRONT(level) \
  __asm__(".text\n .balign 2048\nfront_" #level ":\n" \
    ".irp offset, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380\n" \
    " .org front_" #level " + \\offset\n .if \\offset == 0x200\n mov sp, x8\n .endif\n" \
    " b " #level "_vectors + \\offset\n .endr\n" \
    ".irp offset, 0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780\n" \
    " .org front_" #level " + \\offset\n b " #level "_vectors + \\offset\n .endr\n"); \
  extern char front_##level[];
FRONT(el1)
FRONT(el2)

// A handler ends the function that faulted: x9 holds its return address, x8 its stack pointer.
static void fault(struct frame *frame, u64 here, u64 syndrome, u64 address) {
  level = here;
  esr = syndrome;
  far = address;
  frame->elr = frame->x[9];
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 syndrome = READ(esr_el2);
  if (syndrome == 0x5a000000 + LEAVE || syndrome == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  fault(frame, 2, syndrome, READ(far_el2));
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 syndrome = READ(esr_el1);
  if (syndrome == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  fault(frame, 1, syndrome, READ(far_el1));
}

// MARK: SP as base

#define SP_USES(X) \
  X(ldr, "ldr x1, [sp]") X(str, "str x1, [sp]") X(ldrb, "ldrb w1, [sp]") X(strh, "strh w1, [sp]") \
  X(ldr_offset, "ldr x1, [sp, #16]") X(ldr_pre, "ldr x1, [sp, #16]!") X(str_post, "str x1, [sp], #16") \
  X(ldr_register, "ldr x1, [sp, x2]") X(ldur, "ldur x1, [sp, #-16]") X(ldtr, "ldtr x1, [sp]") \
  X(ldp, "ldp x1, x3, [sp]") X(stp, "stp x1, x3, [sp, #16]") X(stp_pre, "stp x1, x3, [sp, #-16]!") \
  X(ldp_post, "ldp x1, x3, [sp], #16") X(ldnp, "ldnp x1, x3, [sp]") X(ldpsw, "ldpsw x1, x3, [sp]") \
  X(ldxr, "ldxr x1, [sp]") X(ldar, "ldar x1, [sp]") X(stlr, "stlr x1, [sp]") X(ldxp, "ldxp x1, x3, [sp]") \
  X(ldr_q, "ldr q0, [sp]") X(str_b, "str b0, [sp]") X(stp_q, "stp q0, q1, [sp]") \
  X(ld1, "ld1 {v0.16b}, [sp]") X(st4, "st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [sp]") \
  X(ld1_lane, "ld1 {v0.b}[3], [sp]") X(ld2r_post, "ld2r {v0.2d, v1.2d}, [sp], #16") \
  X(prfm, "prfm pldl1keep, [sp]") X(prfum, "prfum pstl1keep, [sp, #-1]") \
  X(prfm_register, "prfm pldl1keep, [sp, x2]") X(add, "add x1, sp, #16") X(sub, "sub sp, sp, #32") \
  X(mov, "mov x1, sp") X(through, "mov x1, sp\n ldr x3, [x1]")
// x0 = SP for the instruction; x2 = 0.
#define SP_FUNCTION(name, code) \
  __asm__(".text\n .arch_extension simd\n .balign 4\nsp_" #name ":\n mov x8, sp\n adr x9, 1f\n mov x2, #0\n" \
    " mov sp, x0\n" code "\n1: mov sp, x8\n mov x0, #0\n ret\n"); \
  u64 sp_##name(u64);
SP_USES(SP_FUNCTION)
#define SP_ENTRY(name, code) {#name, sp_##name},
struct test { const char *name; u64 (*function)(u64); };
static const struct test sp_tests[] = {SP_USES(SP_ENTRY)};

// At EL1 with SP_EL0.
static u64 with_sp0(u64 function) {
  u64 old = READ(sp_el0);
  WRITE(sp_el0, top(1) - 1024);
  __asm__ volatile(
    "msr spsel, #0\n mov x0, %1\n blr %0\n msr spsel, #1" : : "r"(function), "r"((u64)area + 1024 + far)
    : "x0", "x1", "x2", "x3", "x8", "x9", "x30", "memory");
  WRITE(sp_el0, old);
  return 0;
}
static u64 at_el0(u64 function) {
  return call_el0(function + ALIAS, (u64)area + ALIAS + 1024 + far, top(1) + ALIAS);
}

static const char *const wheres[] = {"EL0", "EL1", "EL1t", "EL2", "EL0 under TGE"};

static void sp_test(u64 where, u64 control, const struct test *test) {
  static const u8 offsets[] = {0, 1, 2, 4, 8, 12, 15};
  print(wheres[where]);
  print(control & SCTLR_SA ? " SA=1" : " SA=0");
  print(control & SCTLR_SA0 ? " SA0=1 " : " SA0=0 ");
  print(test->name);
  print(":");
  for (u64 i = 0; i < sizeof offsets; i++) {
    u64 address = (u64)area + 1024 + offsets[i];
    level = 0;
    far = offsets[i];
    if (where == 0) call_el1((u64)at_el0, (u64)test->function, top(0));
    else if (where == 1) call_el1((u64)test->function, address, top(0));
    else if (where == 2) call_el1((u64)with_sp0, (u64)test->function, top(0));
    else if (where == 3) test->function(address);
    else call_el0_from_el2((u64)test->function, address, top(1));
    print(" ");
    if (!level) print(".");
    else print_number(level << 32 | esr);
    cases++;
  }
  print("\n");
}

static void sp_tests_of(u64 where, u64 control) {
  WRITE(hcr_el2, HCR_RW | (where == 4 ? HCR_TGE : 0));
  // With TGE EL0 runs as if stage 1 were off.
  WRITE(sctlr_el1, 0x30d00800 | (where == 4 ? 0 : 1 | 1 << 2 | 1 << 12) | control);
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12 | (control & SCTLR_SA));
  for (u64 i = 0; i < sizeof sp_tests / sizeof *sp_tests; i++) sp_test(where, control, &sp_tests[i]);
  WRITE(hcr_el2, HCR_RW);
}

// MARK: Ordered accesses

// A literal at an odd multiple of four bytes.
#define LITERAL(code) code "\n b 6f\n .balign 8\n nop\n 5: .word 1, 2, 3, 4, 5\n 6:"
#define ORDERED(X) \
  X(ldarb, "ldarb w1, [x0]") X(ldarh, "ldarh w1, [x0]") X(ldar_w, "ldar w1, [x0]") \
  X(ldar_x, "ldar x1, [x0]") X(stlrb, "stlrb w1, [x0]") X(stlrh, "stlrh w1, [x0]") \
  X(stlr_w, "stlr w1, [x0]") X(stlr_x, "stlr x1, [x0]") X(ldxrh, "ldxrh w1, [x0]") \
  X(ldxr_w, "ldxr w1, [x0]") X(ldxr_x, "ldxr x1, [x0]") X(ldaxr_x, "ldaxr x1, [x0]") \
  X(ldxp_w, "ldxp w1, w3, [x0]") X(ldxp_x, "ldxp x1, x3, [x0]") X(ldaxp_x, "ldaxp x1, x3, [x0]") \
  X(stxrh, "stxrh w4, w1, [x0]") X(stxr_w, "stxr w4, w1, [x0]") X(stxr_x, "stxr w4, x1, [x0]") \
  X(stlxr_x, "stlxr w4, x1, [x0]") X(stxp_w, "stxp w4, w1, w3, [x0]") X(stxp_x, "stxp w4, x1, x3, [x0]") \
  X(stlxp_x, "stlxp w4, x1, x3, [x0]") X(ldr_x, "ldr x1, [x0]") X(str_w, "str w1, [x0]") \
  X(ldp_x, "ldp x1, x3, [x0]") X(stp_w, "stp w1, w3, [x0]") X(ldr_q, "ldr q0, [x0]") \
  X(str_q, "str q0, [x0]") X(ld1, "ld1 {v0.4s}, [x0]") X(st2, "st2 {v0.8h, v1.8h}, [x0]") \
  X(ldtr, "ldtr x1, [x0]") X(sttrh, "sttrh w1, [x0]") X(dc_zva, "dc zva, x0") X(dc_cvac, "dc cvac, x0") \
  X(ldr_x_r, "ldr x1, [x0, x2]") X(str_x_r, "str x1, [x0, x2]") X(ldrh_r, "ldrh w1, [x0, x2]") \
  X(strh_r, "strh w1, [x0, x2]") X(ldrsh_x_r, "ldrsh x1, [x0, x2]") X(ldrsh_w_r, "ldrsh w1, [x0, x2]") \
  X(ldrsw_r, "ldrsw x1, [x0, w2, uxtw #2]") X(ldr_w_r, "ldr w1, [x0, w2, sxtw]") \
  X(str_w_r, "str w1, [x0, w2, sxtw]") X(ldr_q_r, "ldr q0, [x0, x2]") X(str_q_r, "str q0, [x0, x2]") \
  X(ldr_d_r, "ldr d0, [x0, x2, lsl #3]") X(str_h_r, "str h0, [x0, x2]") X(ldrsh_x, "ldrsh x1, [x0]") \
  X(ldrsw, "ldrsw x1, [x0]") X(ldur_d, "ldur d0, [x0]") X(ldrsw_pre, "ldrsw x1, [x0, #0]!") \
  X(ldtrsh, "ldtrsh x1, [x0]") X(ldpsw, "ldpsw x1, x3, [x0]") \
  X(literal_x, LITERAL("ldr x1, 5f")) X(literal_w, LITERAL("ldr w1, 5f")) \
  X(literal_sw, LITERAL("ldrsw x1, 5f")) X(literal_d, LITERAL("ldr d0, 5f")) \
  X(literal_q, LITERAL("ldr q0, 5f")) X(literal_prfm, LITERAL("prfm pldl1keep, 5f"))
#define ORDERED_FUNCTION(name, code) \
  __asm__(".text\n .arch_extension simd\n .balign 4\nordered_" #name ":\n" \
    " mov x8, sp\n adr x9, 1f\n clrex\n mov x2, #0\n" code "\n1: mov x0, #0\n ret\n"); \
  u64 ordered_##name(u64);
ORDERED(ORDERED_FUNCTION)
#define ORDERED_ENTRY(name, code) {#name, ordered_##name},
static const struct test ordered_tests[] = {ORDERED(ORDERED_ENTRY)};

static u64 ordered_base;
static u64 ordered_at_el0(u64 function) { return call_el0(function + ALIAS, ordered_base, top(1) + ALIAS); }

// The level and the syndrome at each offset.
static void ordered(const char *name, u64 where, u64 base, u64 control) {
  static const u8 offsets[] = {0, 1, 2, 4, 8};
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 12 | 1 << 14 | 1 << 26 | control);
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12 | control);
  for (u64 i = 0; i < sizeof ordered_tests / sizeof *ordered_tests; i++) {
    print(wheres[where]);
    print(" ");
    print(name);
    print(control & SCTLR_A ? " A=1 " : " A=0 ");
    print(ordered_tests[i].name);
    print(":");
    for (u64 j = 0; j < sizeof offsets; j++) {
      u64 address = (u64)area + 64 + offsets[j] + base;
      level = 0;
      ordered_base = address;
      if (where == 0) call_el1((u64)ordered_at_el0, (u64)ordered_tests[i].function, top(0));
      else if (where == 1) call_el1((u64)ordered_tests[i].function, address, top(0));
      else ordered_tests[i].function(address);
      print(" ");
      if (!level) {
        print(".");
      } else {
        print_number(level << 32 | esr);
        // What is not the address itself.
        if (far != address && ordered_tests[i].name[1] != 'i') { print("+"); print_number(far - address); }
      }
      cases++;
    }
    print("\n");
  }
}

void guest_main(void) {
  print("alignment\n");
  WRITE(vbar_el2, front_el2);
  WRITE(vbar_el1, front_el1);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  WRITE(cpacr_el1, 3 << 20);
  l1[0] = l1[1] = S1_BLOCK | S1_RAM;
  l1[3] = l1_of_el1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  l1[8] = l1_of_el1[8] = S1_BLOCK | S1_AF | S1_UXN | S1_EL0;
  l1_of_el1[0] = S1_BLOCK | S1_RAM;
  l1_of_el1[1] = S1_BLOCK | S1_RAM | S1_EL0;
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 28 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 28 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23);
  WRITE(ttbr0_el1, l1_of_el1);
  __asm__ volatile("dsb sy\n tlbi alle2\n tlbi alle1\n dsb sy\n isb" : : : "memory");
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
  for (u64 where = 0; where < 5; where++)
    for (u64 control = 0; control < 4; control++) sp_tests_of(where, control << 3);
  for (u64 where = 0; where < 4; where++) {
    if (where == 2) continue;
    u64 normal = where ? 0 : ALIAS;
    for (u64 control = 0; control < 4; control += SCTLR_A) {
      ordered("Normal", where, normal, control);
      ordered("absent", where, ABSENT, control);
      ordered("Device", where, DEVICE, control);
    }
  }
  WRITE(sctlr_el2, 0x30c50830);
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
