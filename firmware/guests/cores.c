// Four cores: started through the boot stub's spin table, a counter under LDXR and STXR, interrupts that the
// cores send each other, and a token that goes round with WFE and SEV.
#include "guest.h"

#define GICD 0xff841000ul
#define GICC 0xff842000ul
enum {
  GICD_CTLR = GICD, GICD_ISENABLER = GICD + 0x100, GICD_IPRIORITYR = GICD + 0x400, GICD_SGIR = GICD + 0xf00,
  GICC_CTLR = GICC, GICC_PMR = GICC + 4, GICC_IAR = GICC + 0xc, GICC_EOIR = GICC + 0x10
};
#define SPIN_TABLE 0xd8ul
#define CORES      4
#define INCREMENTS 10000
#define ROUNDS     100

// A line each, so that the exclusive monitors do not meet.
struct word { volatile u64 value; u8 rest[56]; } __attribute__((aligned(64)));
static struct word counter, present, arrived, token, order_errors, turns[CORES];
static struct word received[CORES], last[CORES], sum[CORES];
static u64 level1[512] __attribute__((aligned(4096)));
static u8 stacks[CORES][8192] __attribute__((aligned(16)));
u64 core_stacks[CORES];

void secondary_entry(void);
__asm__(
  ".text\n .balign 4\n .globl secondary_entry\nsecondary_entry:\n"
  " mrs x0, mpidr_el1\n and x0, x0, #3\n adrp x1, core_stacks\n add x1, x1, :lo12:core_stacks\n"
  " ldr x1, [x1, x0, lsl #3]\n mov sp, x1\n b secondary_main\n");

static u64 self(void) { return READ(mpidr_el1) & 3; }

static u64 add(struct word *word, u64 amount) {
  u64 value;
  u32 failed;
  do {
    __asm__ volatile("ldaxr %0, [%2]\n add %0, %0, %3\n stlxr %w1, %0, [%2]"
      : "=&r"(value), "=&r"(failed) : "r"(&word->value), "r"(amount) : "memory");
  } while (failed);
  return value;
}

static void wake(void) { __asm__ volatile("dsb ish\n sev" : : : "memory"); }
static void wait(void) { __asm__ volatile("wfe" : : : "memory"); }

// All cores, again and again: the n-th meeting ends when n * CORES have arrived.
static void meet(u64 number) {
  add(&arrived, 1);
  wake();
  while (arrived.value < number * CORES) wait();
}

static void begin_core(void) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, level1);
  __asm__ volatile("tlbi alle2" : : : "memory");
  BARRIER();
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  store32(GICC_PMR, 0xff);
  store32(GICC_CTLR, 1);
  store32(GICD_ISENABLER, 0xffff);
  for (u64 i = 0; i < 16; i += 4) store32(GICD_IPRIORITYR + i, 0xa0a0a0a0);
}

void el2_exception(struct frame *frame, u64 vector) {
  u32 acknowledged = load32(GICC_IAR);
  u64 core = self();
  if (vector != 0x280 || (acknowledged & 0x3ff) > 15) {
    print("unexpected");
    print_field("vector", vector);
    print_field("esr", READ(esr_el2));
    print_field("iar", acknowledged);
    print("\n");
    for (;;) wait();
  }
  last[core].value = acknowledged;
  sum[core].value += acknowledged;
  store32(GICC_EOIR, acknowledged);
  received[core].value++;
  wake();
}

// An interrupt for one core from all others, then one for all others from core 0.
static void send_interrupts(u64 core) {
  __asm__ volatile("msr daifclr, #2" : : : "memory");
  meet(3);
  store32(GICD_SGIR, 1u << (16 + (core + 1) % CORES) | (core + 1));
  while (received[core].value < 1) wait();
  meet(4);
  if (core == 0) {
    for (u64 i = 0; i < CORES; i++) {
      print_field("core", i);
      print_field("received", received[i].value);
      print_field("iar", last[i].value);
      print("\n");
    }
  }
  meet(5);
  if (core == 0) store32(GICD_SGIR, 1 << 24 | 9);              // all but this core
  while (received[core].value < 1 + (core != 0)) wait();
  meet(6);
  store32(GICD_SGIR, 2 << 24 | (12 + core));                   // this core
  while (received[core].value < 2 + (core != 0)) wait();
  meet(7);
  if (core != 0) store32(GICD_SGIR, 1 << 16 | 7);              // everybody to core 0
  while (received[0].value < 5) wait();
  meet(8);
  __asm__ volatile("msr daifset, #2" : : : "memory");
}

static void pass_token(u64 core) {
  for (u64 round = 0; round < ROUNDS; round++) {
    u64 mine = round * CORES + core;
    while (token.value < mine) wait();
    if (token.value != mine) order_errors.value++;
    turns[core].value++;
    token.value = mine + 1;
    wake();
  }
}

static void work(u64 core) {
  add(&present, 1ul << 8 * core);
  meet(1);
  for (u64 i = 0; i < INCREMENTS; i++) add(&counter, 1);
  meet(2);
  send_interrupts(core);
  pass_token(core);
  meet(9);
}

void secondary_main(u64 core) {
  begin_core();
  work(core);
  for (;;) wait();
}

void guest_main(void) {
  print("cores\n");
  level1[0] = 0 | S1_BLOCK | S1_RAM;
  level1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  store32(GICD_CTLR, 1);
  begin_core();
  for (u64 core = 1; core < CORES; core++) {
    core_stacks[core] = (u64)stacks[core] + sizeof stacks[core];
    u64 place = SPIN_TABLE + 8 * core;
    *(volatile u64 *)place = (u64)secondary_entry;
    __asm__ volatile("dc cvac, %0" : : "r"(place) : "memory");
    __asm__ volatile("dc cvac, %0" : : "r"(&core_stacks[core]) : "memory");
  }
  wake();
  work(0);
  print_field("present", present.value);
  print_field("counter", counter.value);
  print("\n");
  for (u64 i = 0; i < CORES; i++) {
    print_field("core", i);
    print_field("received", received[i].value);
    print_field("sum", sum[i].value);
    print_field("turns", turns[i].value);
    print("\n");
  }
  print_field("token", token.value);
  print_field("errors", order_errors.value);
  print("\n");
  u64 good = counter.value == CORES * INCREMENTS && token.value == CORES * ROUNDS && !order_errors.value;
  print(good ? "PASS\n" : "FAIL\n");
}
