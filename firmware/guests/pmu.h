// What the guests about the performance monitors share: bits, counters and types by number, and the results.
#pragma once
#include "guest.h"

#define UNUSED __attribute__((unused))
#define E  1ul
#define PR 2ul                         // PMCR_EL0.P and C, reset of the counters
#define CR 4ul
#define D  8ul
#define X  16ul
#define DP 32ul
#define LC 64ul
#define HPME (1ul << 7)
#define SPME (1ul << 17)
#define NSH (1ul << 27)
#define COUNTERS 6ul
#define CYCLE 31ul
enum { SW_INCR = 0, INST_RETIRED = 8, CPU_CYCLES = 0x11, CHAIN = 0x1e };

static u8 stacks[2][8192] __attribute__((aligned(16)));
static u64 cases, failures;

static u64 top(u64 number) { return (u64)stacks[number] + sizeof stacks[number]; }
static void begin(const char *name) { print(name); print(":"); }
static void end(void) { print("\n"); cases++; }
static void must(const char *name, u64 holds) {
  print(" ");
  print(name);
  if (!holds) { print(" WRONG"); failures++; }
}

UNUSED static u64 get_counter(u64 n) {
  switch (n) {
  case 0: return READ(pmevcntr0_el0);
  case 1: return READ(pmevcntr1_el0);
  case 2: return READ(pmevcntr2_el0);
  case 3: return READ(pmevcntr3_el0);
  case 4: return READ(pmevcntr4_el0);
  case 5: return READ(pmevcntr5_el0);
  default: return READ(pmccntr_el0);
  }
}
UNUSED static void set_counter(u64 n, u64 value) {
  switch (n) {
  case 0: WRITE(pmevcntr0_el0, value); break;
  case 1: WRITE(pmevcntr1_el0, value); break;
  case 2: WRITE(pmevcntr2_el0, value); break;
  case 3: WRITE(pmevcntr3_el0, value); break;
  case 4: WRITE(pmevcntr4_el0, value); break;
  case 5: WRITE(pmevcntr5_el0, value); break;
  default: WRITE(pmccntr_el0, value); break;
  }
}
UNUSED static u64 get_type(u64 n) {
  switch (n) {
  case 0: return READ(pmevtyper0_el0);
  case 1: return READ(pmevtyper1_el0);
  case 2: return READ(pmevtyper2_el0);
  case 3: return READ(pmevtyper3_el0);
  case 4: return READ(pmevtyper4_el0);
  case 5: return READ(pmevtyper5_el0);
  default: return READ(pmccfiltr_el0);
  }
}
static void set_type(u64 n, u64 value) {
  switch (n) {
  case 0: WRITE(pmevtyper0_el0, value); break;
  case 1: WRITE(pmevtyper1_el0, value); break;
  case 2: WRITE(pmevtyper2_el0, value); break;
  case 3: WRITE(pmevtyper3_el0, value); break;
  case 4: WRITE(pmevtyper4_el0, value); break;
  case 5: WRITE(pmevtyper5_el0, value); break;
  default: WRITE(pmccfiltr_el0, value); break;
  }
}

// Everything off and zero; all counters belong to EL1.
static void reset(void) {
  WRITE(mdcr_el2, COUNTERS);
  WRITE(pmcr_el0, PR | CR | LC);
  WRITE(pmcntenclr_el0, ~0u);
  WRITE(pmintenclr_el1, ~0u);
  WRITE(pmovsclr_el0, ~0u);
  WRITE(pmselr_el0, 0);
  WRITE(pmuserenr_el0, 0);
  for (u64 n = 0; n <= COUNTERS; n++) set_type(n, 0);
}

static void finish(void) {
  print("cases: "); print_number(cases); print("\n");
  print(failures ? "FAIL\n" : "PASS\n");
}
