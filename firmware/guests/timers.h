// What the guests about the generic timers share: the registers as EL3 sees them, and the levels at the GIC.
#pragma once
#include "guest.h"

#define UNUSED __attribute__((unused))

#define GICD 0xff841000ul
#define GICC 0xff842000ul
enum {
  GICD_ISENABLER = GICD + 0x100, GICD_ICENABLER = GICD + 0x180, GICD_ISPENDR = GICD + 0x200,
  GICD_IPRIORITYR = GICD + 0x400, GICC_IAR = GICC + 0xc, GICC_EOIR = GICC + 0x10
};

enum { P, V, HP, PS, TIMERS };
static const char *const names[] = {"CNTP", "CNTV", "CNTHP", "CNTPS"};
static const u8 interrupts[] = {30, 27, 26, 29};
#define ENABLE  1
#define IMASK   2
#define ISTATUS 4
#define NEVER   ~0ul
#define NEAR    50000000l              // ticks that nothing here takes

// At EL3, where all four are accessible.
#define ACCESS(view) \
  UNUSED static u64 get_##view(u64 timer) { \
    __asm__ volatile("isb" : : : "memory"); \
    switch (timer) { \
    case P: return READ(cntp_##view##_el0); \
    case V: return READ(cntv_##view##_el0); \
    case HP: return READ(cnthp_##view##_el2); \
    default: return READ(cntps_##view##_el1); \
    } \
  } \
  UNUSED static void set_##view(u64 timer, u64 value) { \
    switch (timer) { \
    case P: WRITE(cntp_##view##_el0, value); break; \
    case V: WRITE(cntv_##view##_el0, value); break; \
    case HP: WRITE(cnthp_##view##_el2, value); break; \
    default: WRITE(cntps_##view##_el1, value); break; \
    } \
  }
ACCESS(ctl)
ACCESS(cval)
ACCESS(tval)

UNUSED static u64 physical(void) { __asm__ volatile("isb" : : : "memory"); return READ(cntpct_el0); }
UNUSED static u64 virtual(void) { __asm__ volatile("isb" : : : "memory"); return READ(cntvct_el0); }
static u64 count(u64 timer) { return timer == V ? virtual() : physical(); }

static u64 cases, failures;

// The pending bit of each timer's interrupt, bit n for timer n.
static u64 lines(void) {
  BARRIER();
  u64 pending = load32(GICD_ISPENDR), result = 0;
  for (u64 timer = 0; timer < TIMERS; timer++) result |= (pending >> interrupts[timer] & 1) << timer;
  return result;
}
UNUSED static u64 line(u64 timer) { return lines() >> timer & 1; }

UNUSED static void begin(const char *name, u64 timer) {
  print(names[timer]);
  print(" ");
  print(name);
  print(":");
}
static void end(void) { print("\n"); cases++; }

// A relation that has to hold.
static void must(const char *name, u64 holds) {
  print(" ");
  print(name);
  if (!holds) { print(" WRONG"); failures++; }
}

static void off(void) {
  for (u64 timer = 0; timer < TIMERS; timer++) {
    set_ctl(timer, 0);
    set_cval(timer, NEVER);
  }
  WRITE(cntvoff_el2, 0);
}

static void finish(void) {
  print("cases: "); print_number(cases); print("\n");
  print(failures ? "FAIL\n" : "PASS\n");
}
