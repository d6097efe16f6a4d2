// Exception entry and return between all levels: a matrix of where an exception comes from, what it is, what
// masks it and what routes it. Starts at EL3.
//
// A line is a group of cells, one kind of exception from one level and stack pointer: over PSTATE.DAIF, HCR_EL2
// {TGE, AMO, IMO, FMO} and SCR_EL3 {IRQ, FIQ, EA, HCE, SMD}, or for ERET over what the SPSR says. It gives the
// cells, a hash of what each gave (level, vector, ESR, the return address from the code's first instruction on,
// SPSR, and PSTATE in the handler), and how many cells went where: "EL2+0x480:0x0=0x200" is 0x200 cells that
// entered EL2 at offset 0x480 with EC 0 (ESR does not count for IRQ and FIQ), "none" those without an
// exception. Sources are EL0t to EL3h, and S for Secure state. Built with -DVERBOSE every cell is a line.
//
// Arm DDI 0487, D1.10 (entry), D1.11 (return), D1.13 (routing and masking of asynchronous exceptions).
// Returns to AArch32 are left out: Tayberry stops there.
#include "guest.h"

// ---- A cell: from EL3 to the level, one exception, and back ----

// What a handler found; `level` stays 0 when there was no exception.
struct outcome { u64 level, vector, esr, elr, spsr, far, daif, spsel, current; };
volatile struct outcome outcome;

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
  " ldr x15, =outcome\n"
  " stp x17, x10, [x15]\n"
  " stp x11, x12, [x15, #16]\n"
  " stp x13, x14, [x15, #32]\n"
  " mrs x11, daif\n"
  " mrs x12, spsel\n"
  " mrs x13, currentel\n"
  " stp x11, x12, [x15, #48]\n"
  " str x13, [x15, #64]\n"
  " .if \\level == 3\n"
  "  b cell_done\n"
  " .else\n"
  "  mrs x2, cpacr_el1\n"
  " .endif\n"
  " .ltorg\n"
  ".endm\n"
  " table 1\n table 2\n table 3\n"
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
extern char table_el1[], table_el2[], table_el3[];

// Code that causes one exception, in three forms by how it ends if there is none.
#define CODE(name, code) \
  __asm__(".text\n .balign 4\n" \
    #name "_0: " code "\n svc #0xfff\n" \
    #name "_1: " code "\n mrs x2, cpacr_el1\n" \
    #name "_3: " code "\n b cell_done\n"); \
  extern char name##_0[], name##_1[], name##_3[];
#define KINDS(X) \
  X(svc, "svc #0x11", 0) X(hvc, "hvc #0x22", 0) X(smc, "smc #0x33", 0) X(brk, "brk #0x44", 0) \
  X(hlt, "hlt #0x55", 0) X(undefined, "udf #0x66", 0) X(register, "msr s3_6_c1_c7_7, x0", 0) \
  X(alignment, "ldr w3, [x0, #1]", 0) X(external, "mov x3, #0x500000000\n ldr w3, [x3]", 0) \
  X(external_fetch, "mov x3, #0x500000000\n br x3", 0) X(branch, "add x3, x0, #2\n br x3", 0) \
  X(illegal, "nop", SPSR_IL) X(vsei, "nop\n nop", 0) X(virq, "nop\n nop", 0) X(vfiq, "nop\n nop", 0) \
  X(irq, "nop\n nop", 0) X(fiq, "nop\n nop", 0) X(both, "nop\n nop", 0)
#define SPSR_IL (1ul << 20)
#define SPSR_SS (1ul << 21)
#define KIND_CODE(name, code, spsr) CODE(kind_##name, code)
KINDS(KIND_CODE)
#define KIND(name, code, spsr) {#name, {kind_##name##_0, kind_##name##_1, kind_##name##_1, kind_##name##_3}, spsr},
static const struct kind { const char *name; char *code[4]; u64 spsr; } kinds[] = {KINDS(KIND)};
#define NUMBER(name, code, spsr) K_##name,
enum { KINDS(NUMBER) KIND_COUNT };

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

// Runs a cell whose code is at `code`, and adds what it gave.
static void cell(u64 spsr, u64 entry, u64 code, u64 x0, u64 x1) {
  outcome.level = 0;
  run_cell(spsr, entry, x0, x1);
  struct outcome o = outcome;
  u64 class = 0;
  cells++;
  if (o.level) {
    // IRQ and FIQ leave ESR as it was.
    u64 is_interrupt = (o.vector & 0x180) == 0x80 || (o.vector & 0x180) == 0x100;
    class = is_interrupt ? 0 : o.esr >> 26;
    mix(o.level); mix(o.vector); mix(is_interrupt ? 0 : o.esr); mix(o.elr - code); mix(o.spsr);
    mix(o.daif); mix(o.spsel); mix(o.current);
    // FAR belongs to aborts and misaligned PCs.
    u64 is_valid = class == 0x20 || class == 0x21 || class == 0x22 || class == 0x24 || class == 0x25;
    u64 far = is_valid ? o.far - code : 0;
    mix(far);
#ifdef VERBOSE
    print(" EL"); print_number(o.level);
    print_field("vector", o.vector);
    if (!is_interrupt) print_field("esr", o.esr);
    print_field("elr", o.elr - code); print_field("spsr", o.spsr); print_field("far", far);
    print_field("daif", o.daif); print_field("spsel", o.spsel); print_field("current", o.current);
#endif
  } else mix(0);
#ifdef VERBOSE
  print("\n");
#endif
  count(o.level, o.level ? o.vector : 0, class);
}

#ifdef VERBOSE
#define CELL(...) { print("\n "); u64 v_[] = {__VA_ARGS__}; for (u64 i_ = 0; i_ < sizeof v_ / 8; i_++) { \
  print(" "); print_number(v_[i_]); } print(":"); }
#else
#define CELL(...)
#endif

// ---- Entry ----

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

static const struct { const char *name; u64 mode, secure; } sources[] = {
  {"EL0t", 0, 0}, {"EL1t", 4, 0}, {"EL1h", 5, 0}, {"EL2t", 8, 0}, {"EL2h", 9, 0}, {"EL3t", 12, 0}, {"EL3h", 13, 0},
  {"SEL0t", 0, 1}, {"SEL1t", 4, 1}, {"SEL1h", 5, 1}, {"SEL3t", 12, 1}, {"SEL3h", 13, 1},
};
#define SOURCES (sizeof sources / sizeof *sources)

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
  WRITE(vbar_el1, table_el1);
  WRITE(vbar_el2, table_el2);
  WRITE(vbar_el3, table_el3);
  WRITE(cptr_el3, 1ul << 31);
  WRITE(cptr_el2, 0x33ff);
  WRITE(mdcr_el3, 1 << 6);
  WRITE(pmuserenr_el0, 1);
  WRITE(sctlr_el1, 0x30d00800);
  WRITE(sctlr_el2, 0x30c50830);
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
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
  WRITE(vbar_el3, el3_vectors);
  WRITE(cptr_el3, 0);
  WRITE(mdcr_el3, 0);
  WRITE(scr_el3, SCR_BASE | SCR_NS | SCR_HCE);
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) { el3_call(frame); }

void guest_main(void) {
  print("routing\n");
  call_el3(everything, 0);
}
