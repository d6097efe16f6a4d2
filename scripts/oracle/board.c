// Runs random programs at EL0, EL1 and EL2 of a Raspberry Pi 4, for `conformance fuzz-board`, which builds this,
// puts a batch of programs behind it, and lets the one image run on Tayberry and on QEMU's raspi4b.
//
// Freestanding, entered at EL3 without a boot stub. For each program it writes translation tables, data, code
// and system registers, enters the program, and prints a line when that is over: hashes of what it left, or all
// of it in words. A program ends with an exception whose syndrome ends in 0xfff0, or when X18, which every
// exception lowers by one, is zero. The vectors of all levels are below; they fold what an exception says into
// X28 and use X29.
//
// Addresses, and the order of what is in a record, are in Sources/conformance/Fuzz/FuzzLayout.swift and Board/.
#include "state.h"

#define AUX_ENABLES 0xfe215004ul
#define AUX_MU_IO 0xfe215040ul
#define AUX_MU_LSR 0xfe215054ul
#define PM_RSTC 0xfe10001cul
#define PM_RSTS 0xfe100020ul
#define PM_WDOG 0xfe100024ul

#define CODE 0x100000ul
#define CODE_SIZE 0x2000ul
#define VECTORS 0x110000ul
#define DATA 0x200000ul
#define DATA_SIZE 0x20000ul
#define TABLES 0ul
#define TABLES_SIZE 0x10000ul

// System registers that a record sets; Board/BoardImage.swift has the same order.
#define REGISTERS(R) \
  R(sctlr_el1) R(sctlr_el2) R(tcr_el1) R(tcr_el2) R(vtcr_el2) R(ttbr0_el1) R(ttbr0_el2) R(vttbr_el2) \
  R(mair_el1) R(mair_el2) R(cpacr_el1) R(cptr_el2) R(hcr_el2) R(mdcr_el2) R(mdscr_el1) R(dbgbvr0_el1) \
  R(dbgbcr0_el1) R(dbgwvr0_el1) R(dbgwcr0_el1) R(vbar_el1) R(vbar_el2) R(elr_el1) R(elr_el2) R(spsr_el1) \
  R(spsr_el2) R(sp_el0) R(sp_el1) R(sp_el2)
enum { registerCount = 28, wordCount = 192 };

struct program {
  struct state state;
  u64 pstate, tables, seed, verbose;
  u64 system[registerCount];
  u32 words[wordCount];
};
struct batch {
  u64 count, programs;          // programs: their place behind the tables
  u64 tables[16][TABLES_SIZE / 8];
};
extern struct batch batch;

// The state that a program starts and ends with, at a place that all vectors know.
struct state context __attribute__((aligned(16)));
u64 harnessStack;
volatile u8 arrived[4];

static u32 load32(u64 address) { return *(volatile u32 *)address; }
static void store32(u64 address, u32 value) { *(volatile u32 *)address = value; }
void *memcpy(void *to, const void *from, u64 n) {
  u64 *a = to;
  const u64 *b = from;
  for (n /= 8; n--;) *a++ = *b++;
  return to;
}
void *memset(void *to, int c, u64 n) { for (u8 *a = to; n--;) *a++ = c; return to; }

static void put(char c) {
  while (!(load32(AUX_MU_LSR) & 32)) {}
  store32(AUX_MU_IO, c);
}
static void print(const char *text) { while (*text) put(*text++); }
static void number(const char *name, u64 value) {
  put(' ');
  print(name);
  put('=');
  int shift = 60;
  while (shift && !(value >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

// ---- entering and leaving a program ----
__asm__(
  ".arch armv8-a+fp+simd\n"
  // The other cores say that they have left address 0, and sleep.
  ".section .text.start, \"ax\"\n.globl _start\n_start:\n"
  "  mrs x7, mpidr_el1\n  ands x7, x7, #3\n  b.eq 2f\n  ldr x0, =arrived\n  mov w1, #1\n"
  "  strb w1, [x0, x7]\n1:  wfi\n  b 1b\n2:\n"
  "  ldr x0, =stack + 65536\n  mov sp, x0\n  bl begin\n"
  ".text\n.globl enter\nenter:\n"
  "  stp x19, x20, [sp, #-96]!\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
  "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
  "  ldr x30, =context\n  mov x0, sp\n  ldr x1, =harnessStack\n  str x0, [x1]\n"
  ALL_V("ldp")
  "  ldr x0, [x30, #264]\n  msr fpcr, x0\n  ldr x0, [x30, #272]\n  msr fpsr, x0\n"
  "  ldr x0, [x30, #280]\n  msr elr_el3, x0\n  isb\n"
  ALL_X("ldp")
  "  ldr x30, [x30, #240]\n  eret\n"
  // From the vectors of EL3, X29 is lost.
  "finish:\n"
  "  msr tpidr_el3, x30\n  ldr x30, =context\n"
  ALL_X("stp")
  "  mrs x0, tpidr_el3\n  str x0, [x30, #240]\n"
  "  mrs x0, fpcr\n  str x0, [x30, #264]\n  mrs x0, fpsr\n  str x0, [x30, #272]\n"
  ALL_V("stp")
  "  msr fpcr, xzr\n  ldr x1, =harnessStack\n  ldr x0, [x1]\n  mov sp, x0\n"
  "  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n  ldp x25, x26, [sp, #48]\n"
  "  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n  ldp x19, x20, [sp], #96\n  ret\n"
  "  .ltorg\n");
void enter(void);

// The vectors of a level. Read from ESR_ELx, and folded: the number of the vector, ESR, FAR if the class has one
// (Arm DDI 0487, D13.2.40), HPFAR unless it is a permission fault, ELR, SPSR. Then on behind the instruction,
// but for calls, whose return address is there, and steps, which go on; back to the begin if the code is left.
#define HANDLER(el, fold_hpfar, end, call_class) \
  ".balign 2048\n.globl vectors_" #el "\nvectors_" #el ":\n" \
  ".set slot, 0\n.rept 16\n  .balign 128\n  add x28, x28, #(slot + 1)\n  b handle_" #el "\n" \
  "  .set slot, slot + 1\n.endr\n.balign 128\n" \
  "handle_" #el ":\n" \
  "  mrs x29, esr_" #el "\n  eor x28, x28, x29, ror #9\n" \
  "  eor x29, x29, #0xfff0\n  tst x29, #0xffff\n  b.eq end_" #el "\n" \
  "  mrs x29, esr_" #el "\n  lsr x29, x29, #26\n  sub x29, x29, #0x20\n  cmp x29, #5\n  b.hi 2f\n" \
  "  mrs x29, far_" #el "\n  eor x28, x28, x29, ror #17\n" \
  fold_hpfar \
  "2:  mrs x29, elr_" #el "\n  eor x28, x28, x29, lsl #1\n" \
  "  mrs x29, spsr_" #el "\n  eor x28, x28, x29, ror #31\n  ror x28, x28, #5\n" \
  "  sub x18, x18, #1\n  cbz x18, end_" #el "\n" \
  "  mrs x29, esr_" #el "\n  lsr x29, x29, #26\n" \
  "  cmp x29, #0x15\n  b.eq 4f\n  cmp x29, #0x16\n  b.eq 4f\n" call_class \
  "  sub x29, x29, #0x32\n  cmp x29, #1\n  b.ls 3f\n" \
  "  mrs x29, elr_" #el "\n  add x29, x29, #4\n  msr elr_" #el ", x29\n  b 4f\n" \
  "3:  mrs x29, spsr_" #el "\n  orr x29, x29, #0x200000\n  msr spsr_" #el ", x29\n" \
  "4:  mrs x29, elr_" #el "\n  sub x29, x29, x27\n  cmp x29, #1, lsl #12\n  b.lo 5f\n" \
  "  msr elr_" #el ", x27\n" \
  "5:  eret\n" \
  "end_" #el ":\n" end "\n.balign 128\n"
#define FOLD_HPFAR \
  "  mrs x29, esr_el2\n  tbnz x29, #5, 2f\n  tbz x29, #3, 1f\n  tbnz x29, #2, 2f\n" \
  "1:  mrs x29, esr_el2\n  ubfx x29, x29, #26, #6\n  cmp x29, #0x22\n  b.eq 2f\n  tbnz x29, #0, 2f\n" \
  "  mrs x29, hpfar_el2\n  eor x28, x28, x29, ror #23\n"
__asm__(
  ".text\n"
  HANDLER(el1, "", "  smc #0xfff0", "")
  HANDLER(el2, FOLD_HPFAR, "  smc #0xfff0", "")
  HANDLER(el3, "", "  b finish", "  cmp x29, #0x17\n  b.eq 4f\n")
  "vectorsEnd:\n");
extern u64 vectors_el1[], vectors_el2[], vectors_el3[], vectorsEnd[];

// ---- a program ----
static void install(const struct program *p) {
  volatile u64 *to = (u64 *)TABLES;  // address 0: no compiler may think of a null pointer
  const u64 *from = batch.tables[p->tables & 15];
  for (u64 i = 0; i < TABLES_SIZE / 8; i++) to[i] = from[i];
  to = (volatile u64 *)DATA;
  for (u64 i = 0; i < DATA_SIZE / 8; i++) {
    u64 mixed = (p->seed ^ i) * 0x9e3779b97f4a7c15;
    to[i] = mixed ^ mixed >> 29;
  }
  memset((void *)CODE, 0, CODE_SIZE);
  u32 *code = (u32 *)p->state.pc;
  for (u64 i = 0; i < wordCount; i++) code[i] = p->words[i];
  memcpy((void *)VECTORS, vectors_el1, (u64)vectors_el2 - (u64)vectors_el1);
  memcpy((void *)(VECTORS + 0x1000), vectors_el2, (u64)vectors_el3 - (u64)vectors_el2);
  context = p->state;
}

#define WRITE(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((u64)(value)) : "memory")
#define READ(name) ({ u64 v_; __asm__ volatile("mrs %0, " #name : "=r"(v_) : : "memory"); v_; })

// Everything that a program may change, and the record's registers.
static void prepare(const struct program *p) {
  const u64 *value = p->system;
#define SET(name) WRITE(name, *value++);
  REGISTERS(SET)
  WRITE(csselr_el1, 0);
  WRITE(par_el1, 0);
  WRITE(tpidr_el0, 0);
  WRITE(tpidrro_el0, 0);
  WRITE(tpidr_el1, 0);
  WRITE(tpidr_el2, 0);
  WRITE(contextidr_el1, 0);
  WRITE(oslar_el1, 0);
  WRITE(spsr_el3, p->pstate);
  __asm__ volatile("dsb sy\n tlbi alle1\n tlbi alle2\n ic iallu\n dsb sy\n isb\n clrex" : : : "memory");
}

// ---- what it left ----
static u64 fold(u64 hash, const void *data, u64 size) {
  for (const u64 *p = data; size; size -= 8, p++) {
    hash = (hash ^ *p) * 0x100000001b3;
    hash ^= hash >> 31;
  }
  return hash;
}

static const char *const names[] = {
  "sp_el0", "sp_el1", "sp_el2", "elr_el1", "elr_el2", "elr_el3", "spsr_el1", "spsr_el2", "spsr_el3", "esr_el3",
  "par_el1", "tpidr_el0", "tpidrro_el0", "tpidr_el1", "tpidr_el2", "contextidr_el1", "cpacr_el1", "sctlr_el1",
  "sctlr_el2", "csselr_el1",
};

static void report(u64 index, const struct program *p) {
  const u64 left[] = {
    READ(sp_el0), READ(sp_el1), READ(sp_el2), READ(elr_el1), READ(elr_el2), READ(elr_el3), READ(spsr_el1),
    READ(spsr_el2), READ(spsr_el3), READ(esr_el3), READ(par_el1), READ(tpidr_el0), READ(tpidrro_el0),
    READ(tpidr_el1), READ(tpidr_el2), READ(contextidr_el1), READ(cpacr_el1), READ(sctlr_el1), READ(sctlr_el2),
    READ(csselr_el1),
  };
  number("program", index);
  number("x18", context.x[18]);
  context.x[31] = context.nzcv = 0;
  if (!p->verbose) {
    number("x", fold(0, context.x, sizeof context.x));
    number("v", fold(context.fpsr ^ context.fpcr << 32, context.v, sizeof context.v));
    number("system", fold(0, left, sizeof left));
    number("memory", fold(fold(0, (void *)DATA, DATA_SIZE), (void *)CODE, CODE_SIZE));
    put('\n');
    return;
  }
  for (int i = 0; i < 31; i++) {
    char name[4] = {'x', i < 10 ? '0' + i : '0' + i / 10, i < 10 ? 0 : '0' + i % 10, 0};
    number(name, context.x[i]);
  }
  for (int i = 0; i < 64; i++) {
    int n = i / 2;
    char name[6] = {'v', '0' + n / 10, '0' + n % 10, i & 1 ? 'h' : 'l', 0};
    number(name, context.v[n][i & 1]);
  }
  number("fpcr", context.fpcr);
  number("fpsr", context.fpsr);
  for (u64 i = 0; i < sizeof left / 8; i++) number(names[i], left[i]);
  for (u64 page = 0; page < DATA_SIZE; page += 4096) {
    char name[6] = {'p', 'a', 'g', 'e', 'a' + (page >> 12), 0};
    number(name, fold(0, (void *)(DATA + page), 4096));
  }
  number("code", fold(0, (void *)CODE, CODE_SIZE));
  // Of the last exception; what is UNKNOWN in them may differ.
  number("esr_el1", READ(esr_el1));
  number("far_el1", READ(far_el1));
  number("esr_el2", READ(esr_el2));
  number("far_el2", READ(far_el2));
  number("hpfar_el2", READ(hpfar_el2));
  put('\n');
}

u8 stack[65536] __attribute__((aligned(16)));

void begin(void) {
  while (!arrived[1] || !arrived[2] || !arrived[3]) {}
  store32(AUX_ENABLES, 1);
  // RW, HCE, RES1 5:4, NS: all lower levels are Non-secure AArch64, and may call.
  WRITE(scr_el3, 0x531);
  WRITE(cptr_el3, 0);
  WRITE(mdcr_el3, 0);
  WRITE(hstr_el2, 0);
  WRITE(cntvoff_el2, 0);
  WRITE(vbar_el3, vectors_el3);
  __asm__ volatile("isb");
  const struct program *programs = (const void *)((u64)&batch + batch.programs);
  for (u64 i = 0; i < batch.count; i++) {
    install(&programs[i]);
    prepare(&programs[i]);
    enter();
    report(i, &programs[i]);
  }
  print("end\n");
  store32(PM_RSTS, 0x5a000555);
  store32(PM_WDOG, 0x5a00000a);
  store32(PM_RSTC, 0x5a000020);
  for (;;) __asm__ volatile("wfi");
}
