// What each of the four cores has to itself: timers and their private interrupts, CNTVOFF_EL2, the
// performance monitors and their interrupt; and what they share, the system counter. A line says which cores
// see something. Arm DDI 0487, D11.1 and D7; IHI 0048B, 2.2.1 (banked interrupts).
#include "guest.h"

#define GICD 0xff841000ul
#define GICC 0xff842000ul
#define CORES 4
enum {
  GICD_CTLR = GICD, GICD_ISENABLER = GICD + 0x100, GICD_ICENABLER = GICD + 0x180, GICD_ISPENDR = GICD + 0x200,
  GICD_IPRIORITYR = GICD + 0x400, GICD_ITARGETSR = GICD + 0x800, GICC_CTLR = GICC, GICC_PMR = GICC + 4,
  GICC_IAR = GICC + 0xc, GICC_EOIR = GICC + 0x10
};
enum { P, V, HP, TIMERS };
static const char *const names[] = {"CNTP", "CNTV", "CNTHP"};
static const u8 interrupts[] = {30, 27, 26};

// MARK: Functions on a core

typedef u64 (*function)(u64);
static struct request {
  volatile u64 number, argument, result, done;
  function function;
  u8 rest[24];
} requests[CORES];
static u8 stacks[CORES][8192] __attribute__((aligned(16)));
u64 core_stacks[CORES];
static volatile u64 received[CORES], last[CORES];

void secondary_entry(void);
__asm__(
  ".text\n .balign 4\n .globl secondary_entry\nsecondary_entry:\n"
  " mrs x0, mpidr_el1\n and x0, x0, #3\n adrp x1, core_stacks\n add x1, x1, :lo12:core_stacks\n"
  " ldr x1, [x1, x0, lsl #3]\n mov sp, x1\n b secondary_main\n");

static void begin_core(void) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  WRITE(cnthctl_el2, 3);
  WRITE(mdcr_el2, 6);
  store32(GICC_PMR, 0xff);
  store32(GICC_CTLR, 1);
  for (u64 i = 16; i < 32; i += 4) store32(GICD_IPRIORITYR + i, 0xa0a0a0a0);
}

void secondary_main(u64 core) {
  struct request *request = &requests[core];
  begin_core();
  for (u64 number = 1;; number++) {
    while (request->number != number) __asm__ volatile("wfe" : : : "memory");
    request->result = request->function(request->argument);
    __asm__ volatile("dsb sy" : : : "memory");
    request->done = number;
    __asm__ volatile("dsb sy\n sev" : : : "memory");
  }
}

static u64 on(u64 core, function function, u64 argument) {
  if (core == 0) return function(argument);
  struct request *request = &requests[core];
  request->function = function;
  request->argument = argument;
  __asm__ volatile("dsb sy" : : : "memory");
  request->number++;
  __asm__ volatile("dsb sy\n sev" : : : "memory");
  while (request->done != request->number) {}
  return request->result;
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 core = READ(mpidr_el1) & 3;
  u32 acknowledged = load32(GICC_IAR);
  received[core]++;
  last[core] = vector << 16 | (acknowledged & 0x3ff);
  WRITE(cntp_ctl_el0, 0);
  WRITE(cntv_ctl_el0, 0);
  WRITE(cnthp_ctl_el2, 0);
  WRITE(pmovsclr_el0, ~0ul);
  BARRIER();
  store32(GICC_EOIR, acknowledged);
}

// MARK: What the cores are asked for

static u64 arm(u64 timer) {
  if (timer == P) { WRITE(cntp_cval_el0, 0); WRITE(cntp_ctl_el0, 1); }
  if (timer == V) { WRITE(cntv_cval_el0, 0); WRITE(cntv_ctl_el0, 1); }
  if (timer == HP) { WRITE(cnthp_cval_el2, 0); WRITE(cnthp_ctl_el2, 1); }
  return 0;
}
static u64 disarm(u64 unused) {
  WRITE(cntp_ctl_el0, 0);
  WRITE(cntv_ctl_el0, 0);
  WRITE(cnthp_ctl_el2, 0);
  return 0;
}
static u64 pending(u64 unused) { BARRIER(); return load32(GICD_ISPENDR); }
static u64 pending_shared(u64 unused) { BARRIER(); return load32(GICD_ISPENDR + 4); }
static u64 set_offset(u64 value) { WRITE(cntvoff_el2, value); return 0; }
static u64 set_values(u64 value) {
  WRITE(cntp_cval_el0, value);
  WRITE(cntv_cval_el0, value + 1);
  WRITE(cnthp_cval_el2, value + 2);
  WRITE(cntkctl_el1, value & 0x303);
  WRITE(pmevcntr0_el0, value + 3);
  WRITE(pmevtyper3_el0, value & 0x3ff);
  WRITE(pmccfiltr_el0, value << 28);
  return 0;
}
static u64 has_values(u64 value) {
  return READ(cntp_cval_el0) == value && READ(cntv_cval_el0) == value + 1 && READ(cnthp_cval_el2) == value + 2
    && READ(cntkctl_el1) == (value & 0x303) && READ(pmevcntr0_el0) == (u32)(value + 3)
    && READ(pmevtyper3_el0) == (value & 0x3ff) && READ(pmccfiltr_el0) == (value << 28 & 0xfc000000);
}
static u64 physical(u64 unused) { BARRIER(); return READ(cntpct_el0); }
static u64 is_offset(u64 offset) {
  BARRIER();
  u64 before = READ(cntpct_el0);
  __asm__ volatile("isb");
  u64 now = READ(cntvct_el0);
  __asm__ volatile("isb");
  return (long)(now + offset - before) >= 0 && (long)(READ(cntpct_el0) - now - offset) >= 0;
}
static u64 overflow(u64 counter) {
  WRITE(pmcr_el0, 0x41);
  WRITE(pmintenset_el1, 1ul << counter);
  WRITE(pmovsset_el0, 1ul << counter);
  WRITE(pmintenset_el1, 1ul << counter);
  return 0;
}
static u64 no_overflow(u64 unused) {
  WRITE(pmovsclr_el0, ~0ul);
  WRITE(pmintenclr_el1, ~0ul);
  WRITE(pmcr_el0, 0x40);
  return 0;
}
static u64 enable(u64 id) { store32(GICD_ISENABLER + id / 32 * 4, 1u << id % 32); return 0; }
static u64 disable(u64 id) { store32(GICD_ICENABLER + id / 32 * 4, 1u << id % 32); return 0; }
static u64 take(u64 unused) {
  __asm__ volatile("msr daifclr, #2\n isb" : : : "memory");
  for (u64 i = 0; i < 64; i++) __asm__ volatile("isb");
  __asm__ volatile("msr daifset, #2" : : : "memory");
  return 0;
}

static u64 cases;

static void cores_that(function question, u64 bit) {
  for (u64 core = 0; core < CORES; core++) {
    print(on(core, question, 0) >> bit & 1 ? " 1" : " 0");
    cases++;
  }
}

static void end_with_interrupts(void) {
  for (u64 core = 0; core < CORES; core++) {
    print_field("", received[core]);
    print_field("", last[core]);
    received[core] = last[core] = 0;
    cases++;
  }
  print("\n");
}

void guest_main(void) {
  print("core-private\n");
  store32(GICD_CTLR, 1);
  begin_core();
  for (u64 core = 1; core < CORES; core++) {
    core_stacks[core] = (u64)stacks[core] + sizeof stacks[core];
    u64 place = 0xd8 + 8 * core;
    *(volatile u64 *)place = (u64)secondary_entry;
    __asm__ volatile("dc cvac, %0" : : "r"(place) : "memory");
  }
  __asm__ volatile("dsb sy\n sev" : : : "memory");

  for (u64 owner = 0; owner < CORES; owner++) {
    for (u64 timer = 0; timer < TIMERS; timer++) {
      print(names[timer]);
      print_field("of core", owner);
      print(" is pending at");
      on(owner, arm, timer);
      cores_that(pending, interrupts[timer]);
      on(owner, disarm, 0);
      print(", then");
      cores_that(pending, interrupts[timer]);
      print("\n");
    }
  }
  for (u64 owner = 0; owner < CORES; owner++) {
    print("overflow of");
    print_field("core", owner);
    print(" is pending at");
    on(owner, overflow, 2);
    cores_that(pending, 23);
    print(", as shared interrupt");
    for (u64 id = 48; id < 52; id++) {
      print(pending_shared(0) >> (id - 32) & 1 ? " 1" : " 0");
      cases++;
    }
    on(owner, no_overflow, 0);
    print(", then ");
    print_number((pending_shared(0) >> 16 & 15) | (on(owner, pending, 0) >> 23 & 1));
    print("\n");
  }
  print("registers are each core's own:");
  for (u64 core = 0; core < CORES; core++) on(core, set_values, 0x0123456789abcd00 + 0x101 * core);
  for (u64 core = 0; core < CORES; core++) {
    u64 own = 0x0123456789abcd00 + 0x101 * core;
    print(on(core, has_values, own) ? " yes" : " no");
    cases += 7;
  }
  print("\n");
  for (u64 owner = 0; owner < CORES; owner++) {
    print("CNTVOFF of");
    print_field("core", owner);
    print(":");
    on(owner, set_offset, 123456789);
    for (u64 core = 0; core < CORES; core++) {
      print(on(core, is_offset, core == owner ? 123456789 : 0) ? " yes" : " no");
      cases++;
    }
    on(owner, set_offset, 0);
    print("\n");
  }
  print("the counts of all cores, one after the other, go up:");
  u64 last_count = 0, backwards = 0;
  for (u64 i = 0; i < 400; i++) {
    u64 now = on(i * 7 / 3 % CORES, physical, 0);
    backwards += now < last_count;
    last_count = now;
    cases++;
  }
  print(backwards ? " no\n" : " yes\n");

  for (u64 timer = 0; timer < TIMERS; timer++) {
    print(names[timer]);
    print(" taken by each core, times and vector:");
    for (u64 core = 0; core < CORES; core++) on(core, enable, interrupts[timer]);
    for (u64 core = 0; core < CORES; core++) on(core, arm, timer);
    for (u64 core = 0; core < CORES; core++) on(core, take, 0);
    for (u64 core = 0; core < CORES; core++) on(core, disable, interrupts[timer]);
    end_with_interrupts();
  }
  // Shared, but each sent to the core it belongs to.
  print("overflows taken by each core, times and vector:");
  store32(GICD_IPRIORITYR + 48, 0xa0a0a0a0);
  store32(GICD_ITARGETSR + 48, 0x08040201);
  for (u64 core = 0; core < CORES; core++) {
    on(core, enable, 48 + core);
    on(core, enable, 23);
  }
  for (u64 core = 0; core < CORES; core++) on(core, overflow, 31);
  for (u64 core = 0; core < CORES; core++) on(core, take, 0);
  end_with_interrupts();
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
