// What routing.c and stepping.c share: cells, which begin and end at EL3 and in between cause an exception at some
// level, and their transcript. For guests in C that say "Starts at EL3".
//
// A line of the transcript is a group of cells: how many, a hash of what each gave (level, vector, ESR, the return
// address from the code's first instruction on, SPSR, FAR where it is valid, and PSTATE in the handler), and how
// many exceptions went where: "EL2+0x480:0x0=0x200" is 0x200 that entered EL2 at offset 0x480 with EC 0 (ESR does
// not count for IRQ and FIQ), "none" counts cells without an exception. Built with -DVERBOSE every cell is a line.
#pragma once
#include "guest.h"

// ---- A cell: from EL3 to the level, one exception, and back ----

// What the handlers found, from 1 on; `count` stays 0 when there was no exception.
struct outcome { u64 level, vector, esr, elr, spsr, far, daif, spsel, current, reserved; };
volatile struct { u64 count, reserved; struct outcome list[8]; } outcomes;

// The handlers use no stack and no more than x10 to x17. From EL1 and EL2 the way back is an access to CPACR_EL1
// that CPTR_EL3.TCPAC traps, which no control of the matrix prevents. A program at EL0 that had no exception
// ends by SVC #0xfff.
__asm__(
  ".text\n"
  ".macro handler level, offset\n"
  " .org table_el\\level + \\offset\n"
  " mov x10, #\\offset\n"
  " mov x17, #\\level\n"
  " b handle_el\\level\n"
  ".endm\n"
  ".macro table level\n"
  " .balign 2048\n"
  "table_el\\level:\n"
  " .irp offset, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380\n"
  " handler \\level, \\offset\n"
  " .endr\n"
  " .irp offset, 0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780\n"
  " handler \\level, \\offset\n"
  " .endr\n"
  " .org table_el\\level + 0x800\n"
  "handle_el\\level:\n"
  " mrs x11, esr_el\\level\n"
  " mrs x12, elr_el\\level\n"
  " mrs x13, spsr_el\\level\n"
  " mrs x14, far_el\\level\n"
  " .if \\level == 3\n"
  "  ldr x15, =0x62340441\n"              // the way back: MRS x2, CPACR_EL1
  "  cmp x11, x15\n"
  "  mov x15, #0x400\n"
  "  ccmp x10, x15, #0, eq\n"
  "  b.eq cell_done\n"
  " .else\n"
  "  ldr x15, =0x56000fff\n"
  "  cmp x11, x15\n"
  "  mov x15, #0x400\n"
  "  ccmp x10, x15, #0, eq\n"             // an IRQ leaves ESR as it was
  "  b.ne 1f\n"
  "  mrs x2, cpacr_el1\n"
  "1:\n"
  " .endif\n"
  " ldr x15, =outcomes\n"
  " ldr x16, [x15]\n"
  " add x16, x16, #1\n"
  " str x16, [x15]\n"
  " and x16, x16, #7\n"
  " add x15, x15, x16, lsl #6\n"
  " add x15, x15, x16, lsl #4\n"
  " stp x17, x10, [x15, #16]\n"
  " stp x11, x12, [x15, #32]\n"
  " stp x13, x14, [x15, #48]\n"
  " mrs x11, daif\n"
  " mrs x12, spsel\n"
  " mrs x13, currentel\n"
  " stp x11, x12, [x15, #64]\n"
  " str x13, [x15, #80]\n"
  " .if \\level == 3\n"
  "  b cell_done\n"
  " .else\n"
  "  mrs x2, cpacr_el1\n"
  " .endif\n"
  " .ltorg\n"
  ".endm\n"
  " table 1\n table 2\n table 3\n"
  "tables_end:\n"
  ".globl run_cell\n"
  "run_cell:\n"
  " stp x29, x30, [sp, #-96]!\n"
  " stp x19, x20, [sp, #16]\n"
  " stp x21, x22, [sp, #32]\n"
  " stp x23, x24, [sp, #48]\n"
  " stp x25, x26, [sp, #64]\n"
  " stp x27, x28, [sp, #80]\n"
  " ldr x9, =cell_stack\n"
  " mov x10, sp\n"
  " str x10, [x9]\n"
  " msr spsr_el3, x0\n"
  " msr elr_el3, x1\n"
  " mov x0, x2\n"
  " mov x1, x3\n"
  " eret\n"
  "cell_done:\n"
  " msr daifset, #15\n"
  " msr spsel, #1\n"
  " ldr x9, =cell_stack\n"
  " ldr x10, [x9]\n"
  " mov sp, x10\n"
  " ldp x19, x20, [sp, #16]\n"
  " ldp x21, x22, [sp, #32]\n"
  " ldp x23, x24, [sp, #48]\n"
  " ldp x25, x26, [sp, #64]\n"
  " ldp x27, x28, [sp, #80]\n"
  " ldp x29, x30, [sp], #96\n"
  " ret\n"
  " .ltorg\n"
  " .bss\n .balign 8\ncell_stack: .skip 8\n .text\n");
void run_cell(u64 spsr, u64 entry, u64 x0, u64 x1);
extern char table_el1[], table_el2[], table_el3[], tables_end[];

// Code that causes one exception, in three forms by how it ends if there is none.
#define CODE(name, code) \
  __asm__(".text\n .balign 4\n" \
    #name "_0: " code "\n svc #0xfff\n" \
    #name "_1: " code "\n mrs x2, cpacr_el1\n" \
    #name "_3: " code "\n b cell_done\n"); \
  extern char name##_0[], name##_1[], name##_3[];

// ---- Levels ----

#define SCR_NS  (1ul << 0)
#define SCR_IRQ (1ul << 1)
#define SCR_FIQ (1ul << 2)
#define SCR_EA  (1ul << 3)
#define SCR_SMD (1ul << 7)
#define SCR_HCE (1ul << 8)
#define SCR_RW  (1ul << 10)
#define SCR_BASE (SCR_RW | 3 << 4)
#define HCR_VF  (1ul << 6)
#define HCR_VI  (1ul << 7)
#define HCR_VSE (1ul << 8)
#define NZCV    0x60000000ul
#define SPSR_IL (1ul << 20)
#define SPSR_SS (1ul << 21)

// S stands for Secure state.
static const struct { const char *name; u64 mode, secure; } sources[] = {
  {"EL0t", 0, 0}, {"EL1t", 4, 0}, {"EL1h", 5, 0}, {"EL2t", 8, 0}, {"EL2h", 9, 0}, {"EL3t", 12, 0}, {"EL3h", 13, 0},
  {"SEL0t", 0, 1}, {"SEL1t", 4, 1}, {"SEL1h", 5, 1}, {"SEL3t", 12, 1}, {"SEL3h", 13, 1},
};
#define SOURCES (sizeof sources / sizeof *sources)

// ---- The transcript ----

static u64 hash, cells, total;
static struct { u64 level, vector, class, count; } places[24];

static void mix(u64 value) {
  for (int i = 0; i < 64; i += 16) hash = (hash ^ (value >> i & 0xffff)) * 0x100000001b3;
}

static void begin(const char *first, const char *second) {
  hash = 0xcbf29ce484222325;
  cells = 0;
  for (u64 i = 0; i < sizeof places / sizeof *places; i++) places[i].count = 0;
  print(first);
  print(" ");
  print(second);
  print(":");
}

static void count(u64 level, u64 vector, u64 class) {
  for (u64 i = 0; i < sizeof places / sizeof *places; i++) {
    if (places[i].count == 0) {
      places[i].level = level;
      places[i].vector = vector;
      places[i].class = class;
    }
    if (places[i].level == level && places[i].vector == vector && places[i].class == class) {
      places[i].count++;
      return;
    }
  }
}

static void end(void) {
  print_field("cells", cells);
  print_field("hash", hash);
  for (u64 i = 0; i < sizeof places / sizeof *places && places[i].count; i++) {
    print((const char *[]){" none", " EL1+", " EL2+", " EL3+"}[places[i].level & 3]);
    if (places[i].level) {
      print_number(places[i].vector);
      print(":");
      print_number(places[i].class);
    }
    print("=");
    print_number(places[i].count);
  }
  print("\n");
  total += cells;
}

// An address in the code of the cell or, for an exception from a handler, in its table.
static u64 place(u64 address, u64 code) {
  u64 table = (u64)table_el1;
  return address >= table && address < (u64)tables_end ? address - table + 0x100000 : address - code;
}

static void outcome(const volatile struct outcome *o, u64 code) {
  // IRQ and FIQ leave ESR as it was.
  u64 is_interrupt = (o->vector & 0x180) == 0x80 || (o->vector & 0x180) == 0x100;
  u64 class = is_interrupt ? 0 : o->esr >> 26, elr = place(o->elr, code);
  // Flags stay on entry (AArch64.TakeException), but QEMU clears them; stepping.c has a line of its own for that.
  u64 flags = elr < 0x100000 || elr > 0x200000 ? 0 : 0xful << 28;
  mix(o->level); mix(o->vector); mix(is_interrupt ? 0 : o->esr); mix(elr); mix(o->spsr & ~flags);
  mix(o->daif); mix(o->spsel); mix(o->current);
  // FAR belongs to aborts, misaligned PCs and watchpoints.
  u64 is_valid = class == 0x20 || class == 0x21 || class == 0x22 || class == 0x24 || class == 0x25
    || class == 0x34 || class == 0x35;
  u64 far = is_valid ? o->far - code : 0;
  mix(far);
#ifdef VERBOSE
  print(" EL"); print_number(o->level);
  print_field("vector", o->vector);
  if (!is_interrupt) print_field("esr", o->esr);
  print_field("elr", elr); print_field("spsr", o->spsr); print_field("far", far);
  print_field("daif", o->daif); print_field("spsel", o->spsel); print_field("current", o->current);
#endif
  count(o->level, o->vector, class);
}

// Runs a cell whose code is at `code`, and adds what it gave: mostly one exception or none.
static void cell(u64 spsr, u64 entry, u64 code, u64 x0, u64 x1) {
  outcomes.count = 0;
  run_cell(spsr, entry, x0, x1);
  u64 taken = outcomes.count;
  cells++;
  for (u64 i = 1; i <= taken && i < 8; i++) outcome(&outcomes.list[i], code);
  if (!taken) {
    mix(0);
    count(0, 0, 0);
  }
#ifdef VERBOSE
  print("\n");
#endif
}

#ifdef VERBOSE
#define CELL(...) { print("\n "); u64 v_[] = {__VA_ARGS__}; for (u64 i_ = 0; i_ < sizeof v_ / 8; i_++) { \
  print(" "); print_number(v_[i_]); } print(":"); }
#else
#define CELL(...)
#endif

// ---- Setting up ----

// At EL3: the tables, the way back, and what the levels need to run.
static void prepare(void) {
  WRITE(vbar_el1, table_el1);
  WRITE(vbar_el2, table_el2);
  WRITE(vbar_el3, table_el3);
  WRITE(cptr_el3, 1ul << 31);
  WRITE(cptr_el2, 0x33ff);
  WRITE(sctlr_el1, 0x30d00800);
  WRITE(sctlr_el2, 0x30c50830);
}

// Counts, and EL3 as call_el3 expects it.
static void finish(void) {
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
  WRITE(vbar_el3, el3_vectors);
  WRITE(cptr_el3, 0);
  WRITE(mdcr_el3, 0);
  WRITE(scr_el3, SCR_BASE | SCR_NS | SCR_HCE);
}
