// Exclusive monitors: what clears the local monitor of a core at each exception level, and what another core's
// stores do between a load-exclusive and its store-exclusive. A line is the status of the STXR, 0 for success,
// and WRONG where memory does not agree with it. The granule is 64 bytes (CTR_EL0.ERG). Only what has one
// permitted outcome is printed. Arm DDI 0487, B2.9 (monitors), D1.16.1 (events for WFE), C6.2.
#include "guest.h"

#define SPIN_TABLE 0xd8ul
#define GICD 0xff841000ul
#define GICC 0xff842000ul
#define ALIAS GIB                      // RAM again, for EL0, and to name a location in two ways

static u64 l1[512] __attribute__((aligned(4096))), l1_of_el1[512] __attribute__((aligned(4096)));
static u64 l2[512] __attribute__((aligned(4096))), l2_read_only[512] __attribute__((aligned(4096)));
static u8 area[8192] __attribute__((aligned(4096)));
static u8 stacks[3][8192] __attribute__((aligned(16)));
u64 second_stack;
static u64 cases, failures, handler_status, abort_esr, abort_far;
static volatile u64 interrupts;

#define TARGET ((u64)area + 512)       // the granule
#define AT 16                          // the location in it

static u64 top(u64 number) { return (u64)stacks[number] + sizeof stacks[number]; }
static void check(u64 holds) { if (!holds) { print(" WRONG"); failures++; } }

// MARK: Tables

static void enable_el2(void) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  __asm__ volatile("tlbi alle2" : : : "memory");
  BARRIER();
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
}

static void enable_el1(void) {
  WRITE(vbar_el1, el1_vectors);
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23);
  WRITE(ttbr0_el1, l1_of_el1);
  __asm__ volatile("tlbi alle1" : : : "memory");
  BARRIER();
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 12);
}

static void make_tables(void) {
  l1[0] = (u64)l2 | S1_TABLE;
  l1[1] = S1_BLOCK | S1_RAM;
  l1[2] = (u64)l2_read_only | S1_TABLE;
  for (u64 i = 0; i < 512; i++) {
    l2[i] = i << 21 | S1_BLOCK | S1_RAM;
    l2_read_only[i] = i << 21 | S1_BLOCK | S1_RAM | S1_READ_ONLY;
  }
  l1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  l1_of_el1[0] = S1_BLOCK | S1_RAM;
  l1_of_el1[1] = S1_BLOCK | S1_RAM | S1_EL0;
  l1_of_el1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
}

// MARK: Handlers

#define TRY_IN_HANDLER 0x11

static u64 try(u64 address) {
  u64 status, value = 0x7777;
  __asm__ volatile("stxr %w0, %1, [%2]" : "=&r"(status) : "r"(value), "r"(address) : "memory");
  return status;
}

void el2_exception(struct frame *frame, u64 vector) {
  if ((vector & 0x180) == 0x080) {
    u32 acknowledged = load32(GICC + 0xc);
    WRITE(cnthp_ctl_el2, 0);
    interrupts++;
    store32(GICC + 0x10, acknowledged);
    return;
  }
  u64 esr = READ(esr_el2), class = esr >> 26;
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (class == 0x16 || class == 0x15) {
    if ((esr & 0xffff) == TRY_IN_HANDLER) handler_status = try(frame->x[0]);
    return;
  }
  abort_esr = esr;
  abort_far = READ(far_el2);
  frame->elr += 4;
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  if ((esr & 0xffff) == TRY_IN_HANDLER) handler_status = try(frame->x[0]);
  else if ((esr & 0xffff) == 0x12) __asm__ volatile("hvc #0x10" : : : "memory");
}

// MARK: One core: x0 = the location; the status is returned, what is stored is 0x5555

#define LOCALS(X) \
  X(nothing, "nop") X(clrex, "clrex") X(clrex_0, "clrex #0") X(isb, "isb") X(dsb, "dsb sy") \
  X(dmb, "dmb ish") X(dsb_ld, "dsb ishld") X(yield, "yield") X(sev, "sev") X(sevl_wfe, "sevl\n wfe") \
  X(load, "ldr x11, [x0]") X(load_acquire, "ldar x11, [x0]") X(load_pair, "ldp x11, x13, [x0]") \
  X(prefetch, "prfm pldl1keep, [x0]") X(load_elsewhere, "ldr x11, [x0, #1024]") X(again, "ldxr x11, [x0]") \
  X(svc, "svc #0x10") X(branch, "b 7f\n 7:") X(write_sysreg, "msr tpidr_el0, x0") \
  X(read_sysreg, "mrs x11, tpidr_el0") \
  X(exclusive_elsewhere, "add x11, x0, #1024\n ldxr x13, [x11]\n stxr w14, x13, [x11]") \
  X(failed_elsewhere, "clrex\n add x11, x0, #1024\n stxr w14, x13, [x11]\n ldxr x10, [x0]") \
  X(store_exclusive, "stxr w13, x10, [x0]") X(twice, "stxr w13, x10, [x0]\n ldxr x10, [x0]") \
  X(after_failure, "clrex\n stxr w13, x10, [x0]\n ldxr x10, [x0]")
#define PRIVILEGED(X) \
  X(hvc, "hvc #0x10") X(svc_and_hvc, "svc #0x12") X(daif, "msr daifset, #2") X(spsel, "msr spsel, #1") \
  X(icache, "ic iallu\n dsb sy\n isb") X(clean, "dc cvac, x0\n dsb sy")
#define FUNCTION(name, code) \
  __asm__(".text\n .balign 4\nlocal_" #name ":\n mov x9, x30\n clrex\n ldxr x10, [x0]\n" code "\n" \
    " mov w10, #0x5555\n mov x12, #-1\n stxr w12, x10, [x0]\n mov x0, x12\n ret x9\n"); \
  u64 local_##name(u64);
LOCALS(FUNCTION)
PRIVILEGED(FUNCTION)
#define ENTRY(name, code) {#name, local_##name},
struct local { const char *name; u64 (*function)(u64); };
static const struct local locals[] = {LOCALS(ENTRY)}, privileged[] = {PRIVILEGED(ENTRY)};

static u64 at_el0(u64 function) {
  return call_el0(function + ALIAS, TARGET + AT + ALIAS, top(1) + ALIAS);
}

static void local(u64 level, const struct local *test) {
  volatile u64 *location = (u64 *)(TARGET + AT);
  *location = 0x1234;
  u64 status;
  if (level == 2) status = test->function(TARGET + AT);
  else if (level == 1) status = call_el1((u64)test->function, TARGET + AT, top(0));
  else status = call_el1((u64)at_el0, (u64)test->function, top(0));
  print(level == 2 ? "EL2 " : level == 1 ? "EL1 " : "EL0 ");
  print(test->name);
  print(":");
  print_field("status", status);
  // STXR may have stored before, what it loaded.
  check(*location == (status ? 0x1234 : 0x5555));
  print("\n");
  cases++;
}

static void one_core(void) {
  for (u64 level = 0; level < 3; level++) {
    for (u64 i = 0; i < sizeof locals / sizeof *locals; i++) local(level, &locals[i]);
    if (level) for (u64 i = 0; i < sizeof privileged / sizeof *privileged; i++) local(level, &privileged[i]);
  }
}

// MARK: Interrupts, sizes, aborts

#define LOAD(instruction, register, address) \
  __asm__ volatile(instruction : "=r"(register) : "r"(address) : "memory")
static u64 ldxr(u64 address) { u64 value; LOAD("ldxr %0, [%1]", value, address); return value; }
static u64 stxr(u64 value, u64 address) {
  u64 status = ~0ul;
  __asm__ volatile("stxr %w0, %1, [%2]" : "+&r"(status) : "r"(value), "r"(address) : "memory");
  return status;
}

static void interrupt_between(void) {
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  store32(GICC + 4, 0xff);
  store32(GICC, 1);
  store32(GICD, 1);
  store32(GICD + 0x100, 1 << 26);
  u64 before = interrupts;
  volatile u64 *location = (u64 *)(TARGET + AT);
  *location = 1;
  ldxr(TARGET + AT);
  WRITE(cnthp_cval_el2, 0);
  WRITE(cnthp_ctl_el2, 1);
  __asm__ volatile("msr daifclr, #2\n isb" : : : "memory");
  while (interrupts == before) {}
  __asm__ volatile("msr daifset, #2" : : : "memory");
  print("interrupt:");
  print_field("status", stxr(2, TARGET + AT));
  check(*location == 1);
  print("\n");
  cases++;
  WRITE(hcr_el2, HCR_RW);
}

// A STXR in a handler: the exception's entry leaves the monitor, its return clears it.
static void in_handler(void) {
  u64 status;
  __asm__ volatile("mov x0, %1\n ldxr x10, [x0]\n hvc #0x11\n stxr %w0, x10, [x0]"
    : "=&r"(status) : "r"(TARGET + AT) : "x0", "x10", "memory");
  print("in the handler:");
  print_field("status", handler_status);
  print_field("after", status);
  print("\n");
  cases++;
}

// Size and address of a pair of exclusives that differ: it is CONSTRAINED UNPREDICTABLE whether they succeed
// (B2.9.5), but memory and status agree.
#define PAIRS(X) \
  X(x_w, "ldxr x10, [x0]", "stxr w12, w11, [x0]", 4) X(w_x, "ldxr w10, [x0]", "stxr w12, x11, [x0]", 8) \
  X(x_b, "ldxr x10, [x0]", "stxrb w12, w11, [x0]", 1) X(b_x, "ldxrb w10, [x0]", "stxr w12, x11, [x0]", 8) \
  X(h_w, "ldxrh w10, [x0]", "stxr w12, w11, [x0]", 4) \
  X(p_x, "ldxp x10, x13, [x0]", "stxr w12, x11, [x0]", 8) \
  X(x_p, "ldxr x10, [x0]", "stxp w12, x11, x11, [x0]", 16) \
  X(wp_x, "ldxp w10, w13, [x0]", "stxr w12, x11, [x0]", 8) \
  X(x_wp, "ldxr x10, [x0]", "stxp w12, w11, w11, [x0]", 8) \
  X(above, "ldxr x10, [x0]", "add x0, x0, #8\n stxr w12, x11, [x0]", 0) \
  X(below, "ldxr x10, [x0]", "sub x0, x0, #8\n stxr w12, x11, [x0]", 0)
#define PAIR_FUNCTION(name, load, store, size) \
  __asm__(".text\n .balign 4\npair_" #name ":\n clrex\n movn x11, #0\n" load "\n" store "\n" \
    " mov x0, x12\n ret\n"); \
  u64 pair_##name(u64);
PAIRS(PAIR_FUNCTION)
#define PAIR_ENTRY(name, load, store, size) {#name, pair_##name, size},
static const struct { const char *name; u64 (*function)(u64); u64 size; } pairs[] = {PAIRS(PAIR_ENTRY)};

static void sizes(void) {
  volatile u8 *bytes = (u8 *)TARGET;
  for (u64 i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    for (u64 b = 0; b < 64; b++) bytes[b] = 0;
    u64 status = pairs[i].function(TARGET + AT), stored = 0;
    for (u64 b = 0; b < 64; b++) stored += bytes[b] != 0;
    print("other size or address, ");
    print(pairs[i].name);
    print(":");
    check(status <= 1);
    check(pairs[i].size ? stored == (status ? 0 : pairs[i].size) : stored == (status ? 0 : 8));
    print(" agrees\n");
    cases++;
  }
}

// STXR to a page that is read-only, or not there: the abort, and no status.
static void aborts(void) {
  u64 address = TARGET + AT + 2 * GIB, *entry = &l2_read_only[TARGET >> 21 & 511], old = *entry;
  for (u64 gone = 0; gone < 2; gone++) {
    abort_esr = 0;
    ldxr(address);
    if (gone) {
      *entry = 0;
      __asm__ volatile("dsb sy\n tlbi alle2\n dsb sy\n isb" : : : "memory");
    }
    u64 status = stxr(7, address);
    *entry = old;
    __asm__ volatile("dsb sy\n tlbi alle2\n dsb sy\n isb" : : : "memory");
    print(gone ? "STXR, no page:" : "STXR, read-only:");
    print_field("esr", abort_esr);
    check(abort_far == address);
    print_field("status", status);
    print("\n");
    cases++;
  }
}

// MARK: Two cores

#define OPS(X) \
  X(nothing, "nop") X(load, "ldr x2, [x0, #16]") X(load_exclusive, "ldxr x2, [x0, #0]") X(clrex, "clrex") \
  X(store_there, "str x1, [x0, #16]") X(same_value, "ldr x2, [x0, #16]\n str x2, [x0, #16]") \
  X(byte_there, "strb w1, [x0, #16]") X(halfword_there, "strh w1, [x0, #16]") \
  X(word_there, "str w1, [x0, #16]") X(first_byte, "strb w1, [x0]") X(last_byte, "strb w1, [x0, #63]") \
  X(beside, "str x1, [x0, #32]") X(granule_below, "stur x1, [x0, #-8]") \
  X(granule_above, "str x1, [x0, #64]") X(far_in_page, "str x1, [x0, #1024]") \
  X(next_page, "add x2, x0, #4096\n str x1, [x2]") X(pair_from_below, "stp x1, x1, [x0, #-8]") \
  X(pair_to_above, "stp x1, x1, [x0, #56]") X(pair_below, "stp x1, x1, [x0, #-16]") \
  X(pair_above, "stp x1, x1, [x0, #64]") X(pair_there, "stp x1, x1, [x0, #16]") \
  X(unaligned_from_below, "stur x1, [x0, #-4]") X(unaligned_to_above, "stur x1, [x0, #60]") \
  X(unaligned_below, "stur x1, [x0, #-12]") X(non_temporal, "stnp x1, x1, [x0, #16]") \
  X(unprivileged, "sttr x1, [x0, #16]") X(release, "add x2, x0, #16\n stlr x1, [x2]") \
  X(pre_index, "str x1, [x0, #16]!") X(register_offset, "mov x2, #16\n str x1, [x0, x2]") \
  X(exclusive_there, "add x0, x0, #16\n ldxr x2, [x0]\n stxr w2, x1, [x0]") \
  X(exclusive_beside, "add x0, x0, #48\n ldxr x2, [x0]\n stxr w2, x1, [x0]") \
  X(exclusive_pair, "add x0, x0, #16\n ldxp x2, x3, [x0]\n stxp w2, x1, x1, [x0]") \
  X(exclusive_above, "add x0, x0, #64\n ldxr x2, [x0]\n stxr w2, x1, [x0]") \
  X(exclusive_failed, "add x0, x0, #16\n clrex\n stxr w2, x1, [x0]") X(zero, "dc zva, x0") \
  X(zero_in_granule, "add x0, x0, #40\n dc zva, x0") X(zero_above, "add x0, x0, #64\n dc zva, x0") \
  X(simd_q, "ldr q0, [x0, #1024]\n mov v0.d[0], x1\n str q0, [x0, #16]") \
  X(simd_q_below, "stur q0, [x0, #-16]") X(simd_q_from_below, "stur q0, [x0, #-8]") \
  X(simd_pair_from_below, "dup v0.2d, x1\n stp q0, q0, [x0, #-16]") \
  X(simd_d, "fmov d0, x1\n str d0, [x0, #16]") X(simd_b_in_granule, "str b0, [x0, #50]") \
  X(st1_4, "dup v0.2d, x1\n mov v1.16b, v0.16b\n st1 {v0.2d, v1.2d}, [x0]") \
  X(st4_from_below, "sub x2, x0, #32\n st4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x2]") \
  X(st1_lane, "dup v0.2d, x1\n add x2, x0, #16\n st1 {v0.d}[1], [x2]") \
  X(st3_lane_above, "add x2, x0, #64\n st3 {v0.s, v1.s, v2.s}[0], [x2]")
#define OP_FUNCTION(name, code) \
  __asm__(".text\n .arch_extension simd\n .balign 4\nop_" #name ":\n" code "\n ret\n"); \
  void op_##name(u64, u64);
OPS(OP_FUNCTION)
#define OP_ENTRY(name, code) {#name, op_##name},
static const struct { const char *name; void (*function)(u64, u64); } ops[] = {OPS(OP_ENTRY)};
#define OP_COUNT (sizeof ops / sizeof *ops)

// What the second core is to do, each in its own line.
struct word { volatile u64 value; u8 rest[120]; } __attribute__((aligned(128)));
static struct word command, done, base, slowly, ready;

void secondary_entry(void);
__asm__(
  ".text\n .balign 4\n .globl secondary_entry\nsecondary_entry:\n adrp x1, second_stack\n"
  " ldr x1, [x1, :lo12:second_stack]\n mov sp, x1\n b secondary_main\n");

static void wake(void) { __asm__ volatile("dsb ish\n sev" : : : "memory"); }
static void wait(void) { __asm__ volatile("wfe" : : : "memory"); }

void secondary_main(void) {
  enable_el2();
  ready.value = 1;
  wake();
  for (u64 number = 1;; number++) {
    while (command.value >> 8 != number) wait();
    if (slowly.value) for (u64 i = 0; i < 20000; i++) __asm__ volatile("isb");
    ops[command.value & 255].function(base.value, 0xaaaaaaaaaaaaaaaa);
    __asm__ volatile("dsb sy" : : : "memory");
    if (slowly.value) for (u64 i = 0; i < 20000; i++) __asm__ volatile("isb");
    done.value = number;
    wake();
  }
}

static u64 commands;
static void order(u64 op, u64 address) {
  base.value = address;
  __asm__ volatile("dmb sy" : : : "memory");
  command.value = ++commands << 8 | op;
  wake();
}
static void ask(u64 op, u64 address) {
  order(op, address);
  while (done.value != commands) {}
  __asm__ volatile("dmb sy" : : : "memory");
}

static void fill(void) {
  for (u64 i = 0; i < sizeof area; i += 8) *(volatile u64 *)((u64)area + i) = 0x1111111111111111;
  __asm__ volatile("dsb sy" : : : "memory");
}

static u64 ldxrb(u64 address) { u64 value; LOAD("ldxrb %w0, [%1]", value, address); return value; }
static u64 ldaxr(u64 address) { u64 value; LOAD("ldaxr %0, [%1]", value, address); return value; }
static u64 ldxp(u64 address) { u64 value; LOAD("ldxp %0, x9, [%1]", value, address); return value; }
#define STORE(name, instruction) \
  static u64 name(u64 value, u64 address) { \
    u64 status = ~0ul; \
    __asm__ volatile(instruction : "+&r"(status) : "r"(value), "r"(address) : "memory"); \
    return status; \
  }
STORE(stxrb, "stxrb %w0, %w1, [%2]")
STORE(stlxr, "stlxr %w0, %1, [%2]")
STORE(stxp, "stxp %w0, %1, %1, [%2]")
static const struct { const char *name; u64 (*load)(u64), (*store)(u64, u64); u64 size; } exclusives[] = {
  {"LDXR", ldxr, stxr, 8}, {"LDXRB", ldxrb, stxrb, 1}, {"LDAXR", ldaxr, stlxr, 8}, {"LDXP", ldxp, stxp, 16}};

static void two_cores(void) {
  for (u64 kind = 0; kind < 5; kind++) {
    u64 k = kind & 3;
    for (u64 op = 0; op < OP_COUNT; op++) {
      fill();
      exclusives[k].load(TARGET + AT);
      // The last round names the location by another address.
      ask(op, TARGET + (kind == 4 ? ALIAS : 0));
      u64 before = *(volatile u64 *)(TARGET + AT);
      u64 status = exclusives[k].store(0x5555555555555555, TARGET + AT);
      u64 after = *(volatile u64 *)(TARGET + AT), stored = 0x5555555555555555;
      print(exclusives[k].name);
      print(kind == 4 ? ", by its alias " : ", ");
      print(ops[op].name);
      print(":");
      print_field("status", status);
      check(after == (status ? before : k == 1 ? (before & ~0xfful) | 0x55 : stored));
      print("\n");
      cases++;
    }
  }
}

// LDXR opens a monitor that another core's store to the granule clears: an event, which ends WFE.
static void events(void) {
  slowly.value = 1;
  for (u64 op = 0; op < OP_COUNT; op++) {
    u64 early = 0;
    // Three times, because a host may keep this core from looking.
    for (u64 i = 0; i < 3; i++) {
      fill();
      order(op, TARGET);
      __asm__ volatile("sevl\n wfe" : : : "memory");
      ldxr(TARGET + AT);
      __asm__ volatile("wfe" : : : "memory");
      early |= done.value != commands;
      while (done.value != commands) {}
      __asm__ volatile("clrex" : : : "memory");
    }
    print("WFE, ");
    print(ops[op].name);
    print(early ? ": before SEV\n" : ": by SEV\n");
    cases++;
  }
  slowly.value = 0;
}

void guest_main(void) {
  print("exclusives\n");
  make_tables();
  enable_el2();
  enable_el1();
  one_core();
  interrupt_between();
  in_handler();
  sizes();
  aborts();
  second_stack = top(2);
  *(volatile u64 *)(SPIN_TABLE + 8) = (u64)secondary_entry;
  __asm__ volatile("dc cvac, %0\n dc cvac, %1" : : "r"(SPIN_TABLE + 8), "r"(&second_stack) : "memory");
  wake();
  while (!ready.value) wait();
  two_cores();
  events();
  print("cases: "); print_number(cases); print("\n");
  print(failures ? "FAIL\n" : "PASS\n");
}
