// What the performance monitors count, where, and what comes of an overflow: filters and levels, HPMN and
// HPME of MDCR_EL2, SPME of MDCR_EL3, PMCR_EL0, cycles, instructions, and the interrupt. Counts of cycles
// differ from run to run, so that a line says how they relate, and WRONG where a relation does not hold.
// Arm DDI 0487, D7. Starts at EL3.
#include "pmu.h"

#define GICD 0xff841000ul
#define GICC 0xff842000ul
enum {
  GICD_ISENABLER = GICD + 0x100, GICD_ICENABLER = GICD + 0x180, GICD_ISPENDR = GICD + 0x200,
  GICD_IPRIORITYR = GICD + 0x400, GICD_ITARGETSR = GICD + 0x800, GICC_IAR = GICC + 0xc,
  GICC_EOIR = GICC + 0x10
};
// The BCM2711 brings core 0's interrupt to SPI 16; QEMU's model of the board has a PPI for it.
enum { SPI = 48, PPI = 23 };

static u64 in_secure, interrupt_number;
static volatile u64 taken;

static u64 set_mdcr_el3(u64 value) { WRITE(mdcr_el3, value); return 0; }

static u64 line(void) {
  BARRIER();
  return (load32(GICD_ISPENDR + 4) >> (SPI - 32) | load32(GICD_ISPENDR) >> PPI) & 1;
}

static void spend(void) { for (u64 i = 0; i < 300; i++) __asm__ volatile("isb"); }

// MARK: What counts

// Whether the counter advances at this level.
static u64 advances(u64 n) {
  u64 before = get_counter(n);
  spend();
  return get_counter(n) != before;
}
static u64 advances_el0(u64 n) { return call_el0((u64)advances, n, top(1)); }
static u64 secure(u64 argument) {
  u64 old = READ(scr_el3), n = argument & 31;
  in_secure = 1;
  WRITE(scr_el3, old & ~1ul);
  u64 result = call_el1_from_el3(argument >> 8 ? (u64)advances_el0 : (u64)advances, n, top(0));
  WRITE(scr_el3, old);
  in_secure = 0;
  return result;
}

static u64 advances_at(u64 where, u64 n) {
  cases++;
  switch (where) {
  case 0: return call_el1((u64)advances_el0, n, top(0));
  case 1: return call_el1((u64)advances, n, top(0));
  case 2: return advances(n);
  case 3: return call_el3(advances, n);
  case 4: return call_el3(secure, n);
  default: return call_el3(secure, n | 256);
  }
}

static void filters(void) {
  print("filters P U NSK NSU NSH M: event counter, cycle counter at EL0, EL1, EL2, EL3, Secure EL1, EL0\n");
  for (u64 setting = 0; setting < 4; setting++) {
    for (u64 filter = 0; filter < 64; filter++) {
      reset();
      u64 allowed = setting & 1, prohibits = setting >> 1;
      call_el3(set_mdcr_el3, allowed ? SPME : 0);
      WRITE(pmuserenr_el0, 1);
      set_type(0, filter << 26 | CPU_CYCLES);
      set_type(CYCLE, filter << 26);
      WRITE(pmcntenset_el0, 1u << 31 | 1);
      WRITE(pmcr_el0, LC | E | (prohibits ? DP : 0));
      char text[19];
      for (u64 where = 0; where < 6; where++) {
        text[3 * where] = ' ';
        text[3 * where + 1] = advances_at(where, 0) ? '+' : '-';
        text[3 * where + 2] = advances_at(where, CYCLE) ? '+' : '-';
      }
      text[18] = 0;
      print_field("SPME", allowed);
      print_field("DP", prohibits);
      print_field("filter", filter);
      print(":");
      print(text);
      print("\n");
    }
  }
  call_el3(set_mdcr_el3, 0);
}

// MDCR_EL2: the counters from HPMN on belong to EL2 and have their own enable, HPME.
static void division(void) {
  for (u64 n = 1; n <= COUNTERS; n++) {
    for (u64 setting = 0; setting < 4; setting++) {
      reset();
      for (u64 i = 0; i < COUNTERS; i++) set_type(i, NSH | CPU_CYCLES);
      set_type(CYCLE, NSH);
      WRITE(pmcntenset_el0, ~0ul);
      WRITE(mdcr_el2, n | (setting & 2 ? HPME : 0));
      WRITE(pmcr_el0, LC | (setting & 1));
      char text[9] = "       ";
      for (u64 i = 0; i < COUNTERS; i++) text[i] = advances_at(2, i) ? '+' : '-';
      text[6] = advances_at(2, CYCLE) ? '+' : '-';
      // At EL1 those below HPMN.
      print_field("HPMN", n);
      print_field("HPME", setting >> 1);
      print_field("E", setting & 1);
      print(": ");
      print(text);
      for (u64 i = 0; i < COUNTERS; i++) text[i] = i >= n ? ' ' : advances_at(1, i) ? '+' : '-';
      text[6] = advances_at(1, CYCLE) ? '+' : '-';
      print(" at EL1 ");
      print(text);
      print("\n");
    }
  }
  begin("each counter by its own enable");
  for (u64 n = 0; n <= COUNTERS; n++) {
    reset();
    for (u64 i = 0; i < COUNTERS; i++) set_type(i, NSH | CPU_CYCLES);
    set_type(CYCLE, NSH);
    WRITE(pmcntenset_el0, n == COUNTERS ? 1ul << 31 : 1ul << n);
    WRITE(pmcr_el0, LC | E);
    char text[9] = " ";
    for (u64 i = 0; i <= COUNTERS; i++) text[1 + i] = advances(i) ? '+' : '-';
    text[8] = 0;
    print(text);
    cases += 7;
  }
  end();
  // MDCR_EL2.HPMD is of Armv8.1; here it is RES0.
  begin("bit 17 of MDCR_EL2");
  reset();
  set_type(0, NSH | CPU_CYCLES);
  WRITE(pmcntenset_el0, 1);
  WRITE(pmcr_el0, LC | E);
  WRITE(mdcr_el2, COUNTERS | 1ul << 17);
  print_field("reads", READ(mdcr_el2) >> 17 & 1);
  print(advances(0) ? " counts" : " stands");
  end();
}

// MARK: Cycles and instructions

static void rates(void) {
  for (u64 setting = 0; setting < 4; setting++) {
    reset();
    u64 bits = (setting & 1 ? D : 0) | (setting & 2 ? LC : 0);
    set_type(0, NSH | CPU_CYCLES);
    set_type(CYCLE, NSH);
    WRITE(pmcntenset_el0, 1u << 31 | 1);
    // Where the host stops a core between two of its counters, it may take another try.
    long distance, tries = 0;
    do {
      set_counter(0, 0);
      WRITE(pmcr_el0, bits | CR);
      WRITE(pmcr_el0, bits | E);
      do spend(); while (get_counter(0) < 3000000);
      WRITE(pmcr_el0, bits);
      long cycles = (long)get_counter(0), counted = (long)get_counter(CYCLE);
      distance = (setting == 1 ? counted * 64 : counted) - cycles;
    } while ((distance > 100000 || distance < -100000) && ++tries < 10);
    begin("cycles");
    print_field("D", setting & 1);
    print_field("LC", setting >> 1);
    must("rate", distance < 100000 && distance > -100000);
    must("stands when disabled", !advances(CYCLE) && !advances(0));
    end();
  }
}

#define TIMES4(code) code code code code
#define TIMES16(code) TIMES4(TIMES4(code))
#define MEASURE(name, code) \
  static u64 name(void) { \
    u64 before, after; \
    __asm__ volatile("isb\n mrs %0, pmevcntr0_el0\n" code "mrs %1, pmevcntr0_el0" \
      : "=&r"(before), "=&r"(after) : : "x10", "cc", "memory"); \
    return after - before; \
  }
MEASURE(run_nothing, "")
MEASURE(run_16, TIMES16("add x10, x10, #1\n"))
MEASURE(run_64, TIMES4(TIMES16("add x10, x10, #1\n")))
MEASURE(run_loop, "mov x10, #100\n1: subs x10, x10, #1\n b.ne 1b\n")
MEASURE(run_exception, "mov x10, #1\n hvc #0x10\n")

static void instructions(void) {
  reset();
  set_type(0, NSH | INST_RETIRED);
  WRITE(pmcntenset_el0, 1);
  WRITE(pmcr_el0, LC | E);
  begin("INST_RETIRED");
  u64 none = run_nothing();
  print_field("16 more", run_16() - none);
  print_field("64 more", run_64() - none);
  print_field("a loop of 100", run_loop() - none);
  WRITE(pmcr_el0, LC);
  print_field("disabled", run_64());
  end();
  begin("INST_RETIRED, a handler at EL2");
  WRITE(pmcr_el0, LC | E);
  must("counts", run_exception() >= none);
  end();
  // An event that no counter has.
  begin("an event that is none");
  set_type(0, NSH | 0x3f);
  must("stands", !advances(0));
  end();
}

// MARK: Overflow and the interrupt

static void overflow(void) {
  static const struct { const char *name; u64 control, start; } starts[] = {
    {"LC=0", 0, 0xfffffff0}, {"LC=0, the upper half", 0, 0xfffffffffffffff0}, {"LC=1", LC, 0xfffffff0},
    {"LC=1, the upper half", LC, 0xfffffffffffffff0}, {"LC=0, not", 0, 0x7ffffff0},
    {"LC=1, not", LC, 0x7ffffffffffffff0}};
  for (u64 i = 0; i < sizeof starts / sizeof *starts; i++) {
    reset();
    set_type(CYCLE, NSH);
    set_counter(CYCLE, starts[i].start);
    WRITE(pmcntenset_el0, 1u << 31);
    WRITE(pmcr_el0, starts[i].control | E);
    spend();
    WRITE(pmcr_el0, starts[i].control);
    begin("PMCCNTR");
    print(" "); print(starts[i].name);
    print_field("pmovs", READ(pmovsset_el0));
    u64 counted = get_counter(CYCLE) - starts[i].start;
    must("went on", counted > 16 && counted < 1ul << 31);
    end();
  }
  for (u64 n = 0; n < COUNTERS; n++) {
    reset();
    set_type(n, NSH | CPU_CYCLES);
    set_counter(n, 0xfffffff0);
    WRITE(pmcntenset_el0, 1u << n);
    WRITE(pmcr_el0, LC | E);
    spend();
    WRITE(pmcr_el0, LC);
    begin("cycles in a counter of 32 bits");
    print_field("pmovs", READ(pmovsset_el0));
    must("wrapped", get_counter(n) < 1ul << 31);
    end();
  }
}

// PMOVS and PMINTEN, and the enable of the counter (D7.4); a level.
static void level(void) {
  reset();
  begin("interrupt by E, PMINTEN and PMOVS");
  for (u64 n = 0; n <= COUNTERS; n++) {
    u64 bit = n == COUNTERS ? 1ul << 31 : 1ul << n;
    print(" ");
    for (u64 setting = 0; setting < 8; setting++) {
      reset();
      if (setting & 1) WRITE(pmovsset_el0, bit);
      if (setting & 2) WRITE(pmintenset_el1, bit);
      WRITE(pmcr_el0, LC | (setting & 4 ? E : 0));
      print(line() ? "+" : "-");
      cases++;
    }
  }
  end();
  begin("interrupt of other counters, then of one, still, over, of PMCCNTR, E=0, E=1, disabled");
  reset();
  WRITE(pmcr_el0, LC | E);
  WRITE(pmintenset_el1, 0x8000002a);
  WRITE(pmovsset_el0, 0x15);
  print(line() ? " +" : " -");
  WRITE(pmovsset_el0, 8);
  print(line() ? " +" : " -");
  WRITE(pmovsclr_el0, 2);
  print(line() ? " +" : " -");
  WRITE(pmovsclr_el0, 8);
  print(line() ? " +" : " -");
  WRITE(pmovsset_el0, 1ul << 31);
  print(line() ? " +" : " -");
  WRITE(pmcr_el0, LC);
  print(line() ? " +" : " -");
  WRITE(pmcr_el0, LC | E);
  print(line() ? " +" : " -");
  WRITE(pmintenclr_el1, 1ul << 31);
  print(line() ? " +" : " -");
  end();
  for (u64 n = 1; n <= COUNTERS; n++) {
    for (u64 setting = 0; setting < 4; setting++) {
      begin("interrupt with HPMN");
      print(" "); print_number(n);
      print_field("HPME", setting >> 1);
      print_field("E", setting & 1);
      print(" ");
      for (u64 i = 0; i < COUNTERS; i++) {
        reset();
        WRITE(mdcr_el2, n | (setting & 2 ? HPME : 0));
        WRITE(pmcr_el0, LC | (setting & 1));
        WRITE(pmintenset_el1, 1u << i);
        WRITE(pmovsset_el0, 1u << i);
        print(line() ? "+" : "-");
        cases++;
      }
      end();
    }
  }
  reset();
  begin("interrupt gone after all");
  must("yes", !line());
  end();
}

static void open_interrupts(void) { __asm__ volatile("msr daifclr, #2\n isb" : : : "memory"); }
static void mask_interrupts(void) { __asm__ volatile("msr daifset, #2\n isb" : : : "memory"); }

static void delivery(void) {
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  store32(GICD_ISENABLER, 1u << PPI);
  store32(GICD_ISENABLER + 4, 1u << (SPI - 32));
  for (u64 kind = 0; kind < 5; kind++) {
    reset();
    taken = 0;
    u64 bit = kind == 2 ? 1ul << 31 : kind == 4 ? 1ul << 5 : 1ul << kind;
    set_type(0, NSH);
    set_type(1, NSH | CPU_CYCLES);
    set_type(3, NSH | INST_RETIRED);
    set_type(4, NSH | CPU_CYCLES);
    set_type(5, NSH | CHAIN);
    set_type(CYCLE, NSH);
    set_counter(0, 0xffffffff);
    set_counter(1, 0xffff8000);
    set_counter(3, 0xffffff00);
    set_counter(CYCLE, ~0ul << 15);
    set_counter(4, 0xffff8000);
    set_counter(5, 0xffffffff);
    WRITE(pmcntenset_el0, bit | (kind == 4 ? 1 << 4 : 0));
    WRITE(pmintenset_el1, bit);
    static const char *const kinds[] = {"SW_INCR", "CPU_CYCLES", "PMCCNTR", "INST_RETIRED", "CHAIN"};
    begin("interrupt delivered");
    print(" "); print(kinds[kind]);
    WRITE(pmcr_el0, LC | E);
    open_interrupts();
    if (kind == 0) WRITE(pmswinc_el0, 1);
    for (u64 i = 0; !taken && i < (kind < 3 ? 100000000 : 100000); i++) __asm__ volatile("isb");
    mask_interrupts();
    print_field("times", taken);
    print_field("number", interrupt_number);
    interrupt_number = 0;
    end();
  }
  WRITE(hcr_el2, HCR_RW);
  store32(GICD_ICENABLER, 0xffff0000);
  store32(GICD_ICENABLER + 4, ~0u);
}

// MARK: Handlers

void el3_exception(struct frame *frame, u64 vector) {
  if (in_secure && READ(esr_el3) == 0x5e000fff) leave_el1_from_el3(frame->x[0]);
  if (el3_call(frame)) return;
  print("unexpected at EL3");
  print_field("esr", READ(esr_el3));
  print_field("elr", frame->elr);
  print("\nFAIL\n");
  for (;;) __asm__ volatile("wfi");
}

void el2_exception(struct frame *frame, u64 vector) {
  if (vector == 0x280) {
    u32 acknowledged = load32(GICC_IAR);
    interrupt_number = acknowledged & 0x3ff;
    taken++;
    WRITE(pmovsclr_el0, ~0ul);
    BARRIER();
    store32(GICC_EOIR, acknowledged);
    return;
  }
  if (READ(esr_el2) == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
}

void el1_exception(struct frame *frame, u64 vector) {
  if (READ(esr_el1) == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
}

void guest_main(void) {
  print("pmu-counts\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(sctlr_el1, 0x30d00800);
  store32(GICD_IPRIORITYR + 20, 0xa0a0a0a0);
  store32(GICD_IPRIORITYR + 48, 0xa0a0a0a0);
  store32(GICD_ITARGETSR + 48, 0x01010101);
  filters();
  division();
  rates();
  instructions();
  overflow();
  level();
  delivery();
  finish();
}
