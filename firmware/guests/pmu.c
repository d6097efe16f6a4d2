// The registers of the performance monitors, PMUv3 with six event counters: PMCR_EL0, the set and clear
// registers, the two ways to each counter, what EL1 sees of EL2's counters, SW_INCR and CHAIN, and EL0's
// access. WRONG is where a relation does not hold. Arm DDI 0487, D7; D13.4 (registers).
#include "pmu.h"

static u64 exception_level;

// MARK: Registers

static u64 pmcr_at_el1(u64 unused) { return READ(pmcr_el0); }

static void control(void) {
  reset();
  begin("PMCR");
  // N, IDCODE and IMP are constant, P and C read as 0.
  for (u64 bit = 0; bit < 32; bit++) {
    if (bit == 0) continue;            // E below
    WRITE(pmcr_el0, 1ul << bit);
    print(" "); print_number(READ(pmcr_el0));
    cases++;
  }
  WRITE(pmcr_el0, E);
  print(" "); print_number(READ(pmcr_el0));
  WRITE(pmcr_el0, ~0ul);
  print(" "); print_number(READ(pmcr_el0));
  end();
  begin("PMCR.N at EL1, by HPMN");
  for (u64 n = 1; n <= COUNTERS; n++) {
    WRITE(mdcr_el2, n);
    print(" "); print_number(call_el1((u64)pmcr_at_el1, 0, top(0)) >> 11 & 31);
    print_number(READ(pmcr_el0) >> 11 & 31);
    cases++;
  }
  end();
}

#define SETS(W) \
  W(pmcntenset_el0, pmcntenclr_el0) W(pmintenset_el1, pmintenclr_el1) W(pmovsset_el0, pmovsclr_el0)
#define SET_AND_CLEAR(set, clear) \
  begin(#set ", " #clear); \
  WRITE(set, ~0ul); print_field("all", READ(set)); print_field("too", READ(clear)); \
  WRITE(clear, 1 << 3 | 1u << 31); print_field("cleared", READ(set)); \
  WRITE(set, 0); print_field("zeros", READ(set)); \
  WRITE(set, 1 << 3); print_field("set", READ(clear)); \
  WRITE(clear, ~0ul); print_field("none", READ(set)); \
  end();

// At EL1, the counters from HPMN on are RAZ and WI.
static u64 set_all(u64 unused) {
  WRITE(pmcntenset_el0, ~0ul);
  WRITE(pmintenset_el1, ~0ul);
  WRITE(pmovsset_el0, ~0ul);
  print_field("seen", READ(pmcntenset_el0));
  print_field("", READ(pmintenclr_el1));
  print_field("", READ(pmovsset_el0));
  return 0;
}
static u64 clear_all(u64 unused) {
  WRITE(pmcntenclr_el0, ~0ul);
  WRITE(pmintenclr_el1, ~0ul);
  WRITE(pmovsclr_el0, ~0ul);
  return 0;
}
static u64 reset_all(u64 unused) { WRITE(pmcr_el0, PR | CR | LC); return 0; }
static void print_sets(const char *name) {
  print_field(name, READ(pmcntenset_el0));
  print_field("", READ(pmintenset_el1));
  print_field("", READ(pmovsset_el0));
  cases++;
}

static void sets(void) {
  reset();
  SETS(SET_AND_CLEAR)
  for (u64 n = 1; n <= COUNTERS; n++) {
    reset();
    WRITE(mdcr_el2, n);
    begin("at EL1, HPMN");
    print(" "); print_number(n);
    call_el1((u64)set_all, 0, top(0));
    print_sets("set");
    set_all(0);
    call_el1((u64)clear_all, 0, top(0));
    print_sets("left");
    // PMCR_EL0.P at EL1 leaves EL2's counters alone, at EL2 it does not; neither touches the cycle counter.
    for (u64 i = 0; i <= COUNTERS; i++) set_counter(i, 0x100 + i);
    call_el1((u64)reset_all, 0, top(0));
    for (u64 i = 0; i <= COUNTERS; i++) { print(" "); print_number(get_counter(i)); }
    end();
  }
}

static void counters(void) {
  static const u64 values[] = {0, 1, 0x80000000, 0xffffffff, 0xffffffff00000005, 0x123456789};
  reset();
  for (u64 n = 0; n < COUNTERS; n++) {
    begin("counter");
    print(" "); print_number(n);
    WRITE(pmselr_el0, n);
    for (u64 i = 0; i < sizeof values / sizeof *values; i++) {
      set_counter(n, values[i]);
      must("", READ(pmxevcntr_el0) == (u32)values[i] && get_counter(n) == (u32)values[i]);
      WRITE(pmxevcntr_el0, ~values[i]);
      must("", get_counter(n) == (u32)~values[i]);
      cases++;
    }
    // Types, in the bits that every event has.
    set_type(n, 0xfc000011ul);
    must("type", READ(pmxevtyper_el0) == 0xfc000011ul);
    WRITE(pmxevtyper_el0, 0x54000008ul);
    must("type", get_type(n) == 0x54000008ul);
    for (u64 i = 0; i < COUNTERS; i++) if (i != n) must("others", get_type(i) == 0 && get_counter(i) == 0);
    set_type(n, 0);
    set_counter(n, 0);
    end();
  }
  begin("PMSELR 31 is PMCCFILTR");
  WRITE(pmselr_el0, 31);
  WRITE(pmxevtyper_el0, ~0ul);
  print_field("pmccfiltr", READ(pmccfiltr_el0));
  WRITE(pmccfiltr_el0, 0x50000000);
  print_field("pmxevtyper", READ(pmxevtyper_el0));
  end();
  begin("PMCCNTR");
  for (u64 i = 0; i < sizeof values / sizeof *values; i++) {
    set_counter(CYCLE, values[i]);
    must("holds", get_counter(CYCLE) == values[i]);
    cases++;
  }
  for (u64 i = 0; i <= COUNTERS; i++) set_counter(i, 0x55 + i);
  WRITE(pmovsset_el0, ~0ul);
  WRITE(pmcr_el0, CR | LC);
  must("C resets it", get_counter(CYCLE) == 0);
  must("and no other", get_counter(0) == 0x55 && get_counter(5) == 0x5a);
  must("nor overflows", READ(pmovsset_el0) == 0x8000003f);
  set_counter(CYCLE, 0x77);
  WRITE(pmcr_el0, PR | LC);
  must("P not", get_counter(CYCLE) == 0x77);
  must("but the others", get_counter(0) == 0 && get_counter(5) == 0);
  must("nor overflows", READ(pmovsset_el0) == 0x8000003f);
  end();
}

// MARK: SW_INCR and CHAIN

static u64 software(u64 value) { WRITE(pmswinc_el0, value); return 0; }
static u64 software_el0(u64 value) { return call_el0((u64)software, value, top(1)); }

static void increments(void) {
  reset();
  for (u64 n = 0; n < COUNTERS; n++) set_type(n, NSH);
  set_type(5, NSH | INST_RETIRED | 0x200);
  WRITE(pmcntenset_el0, 0x3b);
  begin("SW_INCR, E=0");
  software(0x3f);
  for (u64 n = 0; n < 5; n++) { print(" "); print_number(get_counter(n)); }
  end();
  begin("SW_INCR: not counter 2, disabled, nor 5, of another event");
  WRITE(pmcr_el0, LC | E);
  for (u64 i = 0; i < 64; i++) { software(i); cases++; }
  software(~0x3ful);
  for (u64 n = 0; n < COUNTERS; n++) { print(" "); print_number(get_counter(n)); }
  end();
  begin("SW_INCR, overflow");
  for (u64 n = 0; n < 5; n++) set_counter(n, 0xffffffff);
  software(0x3f);
  for (u64 n = 0; n < 5; n++) { print(" "); print_number(get_counter(n)); }
  print_field("pmovs", READ(pmovsset_el0));
  software(0x3f);
  print_field("again", READ(pmovsset_el0));
  end();
  // By level: the filters hold for it, too.
  for (u64 filter = 0; filter < 64; filter++) {
    reset();
    set_type(0, filter << 26);
    WRITE(pmuserenr_el0, 2);
    WRITE(pmcntenset_el0, 1);
    WRITE(pmcr_el0, LC | E);
    begin("SW_INCR, filter");
    print(" "); print_number(filter);
    call_el1((u64)software_el0, 1, top(0));
    print_field("EL0", get_counter(0));
    set_counter(0, 0);
    call_el1((u64)software, 1, top(0));
    print_field("EL1", get_counter(0));
    set_counter(0, 0);
    software(1);
    print_field("EL2", get_counter(0));
    cases += 2;
    end();
  }
  begin("SW_INCR at EL1, HPMN 3, HPME");
  reset();
  WRITE(mdcr_el2, 3 | HPME);
  WRITE(pmcntenset_el0, ~0ul);
  WRITE(pmcr_el0, LC | E);
  call_el1((u64)software, 0x3f, top(0));
  for (u64 n = 0; n < COUNTERS; n++) { print(" "); print_number(get_counter(n)); }
  end();
  // CHAIN counts the overflows of the even counter below.
  begin("CHAIN");
  reset();
  set_type(0, NSH);
  set_type(1, NSH | CHAIN);
  set_type(2, NSH);
  set_type(3, NSH | CHAIN);
  WRITE(pmcntenset_el0, 0x07);
  WRITE(pmcr_el0, LC | E);
  for (u64 i = 0; i < 3; i++) {
    set_counter(0, 0xffffffff);
    set_counter(2, 0xffffffff);
    software(5);
  }
  software(5);
  for (u64 n = 0; n < 4; n++) { print(" "); print_number(get_counter(n)); }
  set_counter(1, 0xffffffff);
  set_counter(0, 0xffffffff);
  software(1);
  print_field("pmovs", READ(pmovsset_el0));
  end();
}

// MARK: Handlers

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE || esr == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  exception_level = 2;
  frame->elr += 4;
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  exception_level = 1;
  frame->elr += 4;
}

// MARK: EL0's access

#define USES(X) \
  X(cr, "mrs x1, pmcr_el0") X(cr_w, "msr pmcr_el0, x0") X(cntenset, "mrs x1, pmcntenset_el0") \
  X(cntenset_w, "msr pmcntenset_el0, xzr") X(cntenclr, "mrs x1, pmcntenclr_el0") \
  X(cntenclr_w, "msr pmcntenclr_el0, xzr") X(ovsclr, "mrs x1, pmovsclr_el0") \
  X(ovsclr_w, "msr pmovsclr_el0, xzr") X(ovsset, "mrs x1, pmovsset_el0") \
  X(ovsset_w, "msr pmovsset_el0, xzr") X(swinc_w, "msr pmswinc_el0, xzr") X(selr, "mrs x1, pmselr_el0") \
  X(selr_w, "msr pmselr_el0, xzr") X(ceid0, "mrs x1, pmceid0_el0") X(ceid1, "mrs x1, pmceid1_el0") \
  X(ccntr, "mrs x1, pmccntr_el0") X(ccntr_w, "msr pmccntr_el0, xzr") X(xevtyper, "mrs x1, pmxevtyper_el0") \
  X(xevtyper_w, "msr pmxevtyper_el0, xzr") X(xevcntr, "mrs x1, pmxevcntr_el0") \
  X(xevcntr_w, "msr pmxevcntr_el0, xzr") X(evcntr0, "mrs x1, pmevcntr0_el0") \
  X(evcntr3_w, "msr pmevcntr3_el0, xzr") X(evtyper0, "mrs x1, pmevtyper0_el0") \
  X(evtyper5_w, "msr pmevtyper5_el0, xzr") X(ccfiltr, "mrs x1, pmccfiltr_el0") \
  X(ccfiltr_w, "msr pmccfiltr_el0, xzr") X(userenr, "mrs x1, pmuserenr_el0") \
  X(userenr_w, "msr pmuserenr_el0, x1") X(intenset, "mrs x1, pmintenset_el1") \
  X(intenclr_w, "msr pmintenclr_el1, xzr")
#define FUNCTION(name, code) \
  __asm__(".text\n .balign 4\nuse_" #name ":\n mov x0, #64\n mov x1, #15\n" code "\n ret"); \
  u64 use_##name(u64);
USES(FUNCTION)
#define ENTRY(name, code) use_##name,
static u64 (*const uses[])(u64) = {USES(ENTRY)};
#define USE_COUNT (sizeof uses / sizeof *uses)

static u64 use_el0(u64 index) { return call_el0((u64)uses[index], 0, top(1)); }

static void access(void) {
  print("use of each register: . done, 1 or 2 the level of the exception\n");
  for (u64 where = 0; where < 3; where++) {
    for (u64 setting = 0; setting < 64; setting++) {
      // PMUSERENR_EL0: EN, SW, CR, ER; MDCR_EL2: TPMCR, TPM.
      u64 user = setting & 15, traps = setting >> 4;
      if (where == 1 && user) continue;
      char text[USE_COUNT + 1];
      for (u64 i = 0; i < USE_COUNT; i++) {
        exception_level = 0;
        WRITE(mdcr_el2, COUNTERS);
        WRITE(pmuserenr_el0, user);
        WRITE(mdcr_el2, COUNTERS | traps << 5);
        WRITE(hcr_el2, HCR_RW | (where == 2 ? HCR_TGE : 0));
        if (where == 0) call_el1((u64)use_el0, i, top(0));
        else if (where == 1) call_el1((u64)uses[i], 0, top(0));
        else call_el0_from_el2((u64)uses[i], 0, top(1));
        text[i] = exception_level ? '0' + (char)exception_level : '.';
        cases++;
      }
      text[USE_COUNT] = 0;
      print(where == 0 ? "EL0" : where == 1 ? "EL1" : "EL0 under TGE");
      print_field("PMUSERENR", user);
      print_field("MDCR", traps << 5);
      print(": ");
      print(text);
      print("\n");
    }
  }
  WRITE(hcr_el2, HCR_RW);
}

void guest_main(void) {
  print("pmu\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(sctlr_el1, 0x30d00800);
  control();
  sets();
  counters();
  increments();
  access();
  finish();
}
