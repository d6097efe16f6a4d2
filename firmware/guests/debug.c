// Self-hosted debug: software step, hardware breakpoints and watchpoints, and how they are routed. A line is
// the exceptions that one function took: level, ESR, the return address from the function's first instruction
// on, SPSR, and FAR where it is valid. Arm DDI 0487, D2.8 to D2.12.
#include "guest.h"

__asm__(
  ".text\n .balign 64\ncode:\n"
  " nop\n"                              // 0
  " ldr w1, [x0]\n"                     // 4
  " str w1, [x0]\n"                     // 8
  " ldrb w1, [x0, #3]\n"                // c
  " stp x1, x2, [x0, #8]\n"             // 10
  " ldr x1, [x0, #56]\n"                // 14
  " dc civac, x0\n"                     // 18
  " nop\n"                              // 1c
  " ret\n"                              // 20
  " .balign 64\nstepped:\n"
  " mov x1, #1\n"                       // 0
  " cbz xzr, 1f\n"                      // 4
  " nop\n"                              // 8
  "1: ldr x2, [x0]\n"                   // c
  " ldxr x3, [x0]\n"                    // 10
  " stxr w4, x3, [x0]\n"                // 14
  " svc #5\n"                           // 18
  " udf #1\n"                           // 1c
  " msr daifset, #8\n"                  // 20
  " mov x1, #2\n"                       // 24
  " ret\n");                            // 28
u64 code(u64), stepped(u64);

static u64 data[16] __attribute__((aligned(64)));
static u8 stacks[2][8192] __attribute__((aligned(16)));
static u64 base, cases;
static int events;

static void report(struct frame *frame, const char *level, u64 esr, u64 far) {
  u64 class = esr >> 26;
  if (events++ < 32) {
    print(" "); print(level);
    print_field("esr", esr);
    print_field("elr", frame->elr - base);
    print_field("spsr", frame->spsr);
    if (class == 0x34 || class == 0x35) print_field("data", far - (u64)data);
  }
  cases++;
  // A step goes on; a breakpoint or watchpoint is disabled, so that the instruction can be done.
  if (class >= 0x30 && class <= 0x31) WRITE(dbgbcr0_el1, 0);
  if (class >= 0x34 && class <= 0x35) WRITE(dbgwcr0_el1, 0);
  if (class == 0) frame->elr += 4;
  if (events > 100) {
    print(" no end\nFAIL\n");
    for (;;) __asm__ volatile("wfi");
  }
  if (READ(mdscr_el1) & 1) frame->spsr |= 1ul << 21;
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE || esr == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  if (esr >> 26 == 0x18) {
    // MDCR_EL2.TDE traps the debug registers as well, when the handler of EL1 is done with them.
    WRITE(mdcr_el2, 6);
    return;
  }
  report(frame, "EL2", esr, READ(far_el2));
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (esr == 0x56000000 + LEAVE) {
    WRITE(mdscr_el1, 0);
    leave_el0(frame->x[0]);
  }
  report(frame, "EL1", esr, READ(far_el1));
}

static u64 at_el0(u64 function) {
  return call_el0(function, (u64)data, (u64)stacks[1] + sizeof stacks[1]);
}

// Runs code with PSTATE.D clear.
static u64 unmasked(u64 argument) {
  __asm__ volatile("msr daifclr, #8\n isb");
  code(argument);
  __asm__ volatile("msr daifset, #8\n isb");
  return 0;
}

static void begin(const char *name) {
  print(name);
  print(":");
  events = 0;
  base = (u64)code;
}

static void end(void) {
  WRITE(dbgbcr0_el1, 0);
  WRITE(dbgwcr0_el1, 0);
  WRITE(mdscr_el1, 0);
  WRITE(mdcr_el2, 6);
  if (!events) print(" nothing");
  print("\n");
  cases++;
}

static void everywhere(void) {
  u64 top = (u64)stacks[0] + sizeof stacks[0];
  call_el1((u64)at_el0, (u64)code, top);
}

#define MDE (1ul << 15)
#define KDE (1ul << 13)
#define TDE (1ul << 8)

static void breakpoint(const char *name, u64 address, u64 control, u64 mdscr, u64 mdcr, int level) {
  begin(name);
  u64 top = (u64)stacks[0] + sizeof stacks[0];
  WRITE(mdcr_el2, 6 | mdcr);
  WRITE(dbgbvr0_el1, address);
  WRITE(dbgbcr0_el1, control);
  WRITE(mdscr_el1, mdscr);
  if (level == 0) everywhere();
  else if (level == 1) call_el1((u64)unmasked, (u64)data, top);
  else if (level == 3) call_el1((u64)code, (u64)data, top);
  else unmasked((u64)data);
  end();
}

static void watchpoint(const char *name, u64 address, u64 control, u64 mdscr, u64 mdcr, int level) {
  begin(name);
  u64 top = (u64)stacks[0] + sizeof stacks[0];
  WRITE(mdcr_el2, 6 | mdcr);
  WRITE(dbgwvr0_el1, address);
  WRITE(dbgwcr0_el1, control);
  WRITE(mdscr_el1, mdscr);
  if (level == 0) everywhere();
  else if (level == 1) call_el1((u64)unmasked, (u64)data, top);
  else unmasked((u64)data);
  end();
}

#define BCR(pac, bas, more) (1 | (pac) << 1 | (bas) << 5 | (more))
#define WCR(pac, lsc, bas, more) (1 | (pac) << 1 | (lsc) << 3 | (u64)(bas) << 5 | (more))

// Steps through `stepped` at EL0, EL1 being the one that steps, or EL2 with TDE.
static u64 step_from_el1(u64 unused) {
  WRITE(mdscr_el1, 1);
  at_el0((u64)stepped);
  WRITE(mdscr_el1, 0);
  return 0;
}

void guest_main(void) {
  print("debug\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(mdcr_el2, 6);
  WRITE(sctlr_el1, 0x30d00800 | 1 << 26 | 1 << 9);
  WRITE(oslar_el1, 0);
  u64 c = (u64)code, d = (u64)data;
  breakpoint("breakpoint EL0", c + 4, BCR(2, 15, 0), MDE, 0, 0);
  breakpoint("breakpoint EL0, MDE=0", c + 4, BCR(2, 15, 0), 0, 0, 0);
  breakpoint("breakpoint EL0, disabled", c + 4, BCR(2, 15, 0) & ~1ul, MDE, 0, 0);
  breakpoint("breakpoint EL0, for EL1", c + 4, BCR(1, 15, 0), MDE, 0, 0);
  breakpoint("breakpoint EL0, for both", c + 8, BCR(3, 15, 0), MDE, 0, 0);
  breakpoint("breakpoint EL0, TDE", c + 4, BCR(2, 15, 0), MDE, TDE, 0);
  breakpoint("breakpoint EL1, KDE=0", c + 4, BCR(1, 15, 0), MDE, 0, 1);
  breakpoint("breakpoint EL1, KDE", c + 4, BCR(1, 15, 0), MDE | KDE, 0, 1);
  breakpoint("breakpoint EL1, KDE, masked", c + 4, BCR(1, 15, 0), MDE | KDE, 0, 3);
  breakpoint("breakpoint EL1, TDE, masked", c + 4, BCR(1, 15, 0), MDE, TDE, 3);
  breakpoint("breakpoint EL2, HMC, KDE=0", c + 4, BCR(0, 15, 3 << 14 | 1 << 13), MDE, TDE, 2);
  breakpoint("breakpoint EL2, HMC, TDE, KDE", c + 4, BCR(0, 15, 3 << 14 | 1 << 13), MDE | KDE, TDE, 2);
  breakpoint("breakpoint EL2, HMC, KDE, no TDE", c + 4, BCR(0, 15, 3 << 14 | 1 << 13), MDE | KDE, 0, 2);
  breakpoint("breakpoint EL2, without HMC", c + 4, BCR(3, 15, 0), MDE | KDE, TDE, 2);
  breakpoint("breakpoint secure only", c + 4, BCR(3, 15, 2 << 14), MDE | KDE, 0, 1);
  breakpoint("breakpoint non-secure only", c + 4, BCR(3, 15, 1 << 14), MDE | KDE, 0, 1);
  breakpoint("breakpoint on RET", c + 0x20, BCR(2, 15, 0), MDE, 0, 0);

  for (u64 bas = 0; bas < 9; bas++) {
    u64 one = bas < 8 ? 1ul << bas : 0xff;
    watchpoint("watchpoint EL0, loads and stores, by byte", d, WCR(2, 3, one, 0), MDE, 0, 0);
  }
  watchpoint("watchpoint EL0, loads", d, WCR(2, 1, 15, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, stores", d, WCR(2, 2, 15, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, none", d, WCR(2, 0, 15, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, pair, first", d + 8, WCR(2, 2, 0xff, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, pair, second", d + 16, WCR(2, 2, 0xff, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, last word", d + 56, WCR(2, 3, 0xff, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, last word, half", d + 60, WCR(2, 3, 0xf, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, mask of 64 bytes", d, WCR(2, 2, 0xff, 6ul << 24), MDE, 0, 0);
  watchpoint("watchpoint EL0, mask of 2 GiB", 0, WCR(2, 3, 0xff, 31ul << 24), MDE, 0, 0);
  watchpoint("watchpoint EL0, beside", d + 24, WCR(2, 3, 0xff, 0), MDE, 0, 0);
  watchpoint("watchpoint EL0, TDE", d, WCR(2, 3, 15, 0), MDE, TDE, 0);
  watchpoint("watchpoint EL0, MDE=0", d, WCR(2, 3, 15, 0), 0, 0, 0);
  watchpoint("watchpoint EL1, KDE=0", d, WCR(1, 3, 15, 0), MDE, 0, 1);
  watchpoint("watchpoint EL1, KDE", d, WCR(1, 3, 15, 0), MDE | KDE, 0, 1);
  watchpoint("watchpoint EL1, for EL0", d, WCR(2, 3, 15, 0), MDE | KDE, 0, 1);
  watchpoint("watchpoint EL2, HMC, TDE, KDE", d, WCR(0, 3, 15, 3 << 14 | 1 << 13), MDE | KDE, TDE, 2);
  watchpoint("watchpoint at the top", ~7ul, WCR(3, 3, 0xff, 0), MDE | KDE, 0, 1);

  begin("software step of EL0 by EL1");
  base = (u64)stepped;
  call_el1((u64)step_from_el1, 0, (u64)stacks[0] + sizeof stacks[0]);
  end();
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
