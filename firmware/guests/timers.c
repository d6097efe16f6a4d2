// The generic timers of core 0: registers of CNTP, CNTV, CNTHP and CNTPS, conditions, CNTVOFF_EL2, and the
// levels of their private interrupts at the GIC. Times differ from run to run, so that a line says how they
// relate, and WRONG where a relation does not hold. Arm DDI 0487, D11.2 (timers), D13.8 (registers).
// Starts at EL3.
#include "timers.h"

// MARK: Registers, at EL3

static void control(u64 timer) {
  static const u64 values[] = {0, 1, 2, 3, 4, 5, 6, 7, 0xfffffff8, 0xffffffffffffffff, 0x100000000};
  for (u64 met = 0; met < 2; met++) {
    begin(met ? "CTL, met" : "CTL, not met", timer);
    set_cval(timer, met ? 0 : NEVER);
    for (u64 i = 0; i < sizeof values / sizeof *values; i++) {
      set_ctl(timer, values[i]);
      u64 value = get_ctl(timer), level = line(timer);
      // ISTATUS is UNKNOWN where ENABLE is 0.
      print(" ");
      print_number(value & ENABLE ? value : value & ~(u64)ISTATUS);
      print(level ? "+" : "-");
      cases++;
    }
    print("\n");
    set_ctl(timer, 0);
  }
}

static void compare_values(u64 timer) {
  static const u64 values[] = {
    0, 1, 0x80000000, 0xffffffff, 0x100000000, 0x8000000000000000, 0x123456789abcdef0, NEVER};
  begin("CVAL", timer);
  for (u64 i = 0; i < sizeof values / sizeof *values; i++) {
    set_cval(timer, values[i]);
    must("holds", get_cval(timer) == values[i]);
  }
  end();
}

// What is written to TVAL, sign-extended from 32 bits, is the distance of CVAL from the count at that time.
static void value_writes(u64 timer) {
  static const u64 values[] = {
    0, 1, 0x40000000, 0x7fffffff, 0x80000000, 0x80000001, 0xc0000000, 0xffffffff, 0x100000000,
    0xffffffff00001000, 0x7fffffff00000001, NEVER};
  set_ctl(timer, ENABLE);
  for (u64 i = 0; i < sizeof values / sizeof *values; i++) {
    begin("TVAL written", timer);
    print(" ");
    print_number(values[i]);
    u64 distance = (u64)(long)(int)values[i];
    u64 before = count(timer);
    set_tval(timer, values[i]);
    u64 after = count(timer), compare = get_cval(timer);
    must("from before", (long)(compare - distance - before) >= 0);
    must("to after", (long)(after - (compare - distance)) >= 0);
    // A small distance may be over by now; a CVAL below zero is above every count.
    if ((u32)values[i] != 1 && (u32)values[i] != 0x1000)
      must("ISTATUS", (get_ctl(timer) >> 2 & 1) == (after >= compare));
    end();
  }
  set_ctl(timer, 0);
}

// TVAL reads as the lower half of the distance, whatever the upper one is, and runs down.
static void value_reads(u64 timer) {
  static const u64 distances[] = {
    0x10000000, 0x7fffffff, 0x80000000, 0xffffffff, 0x123456789, 0xfffffffff0000000, 0xffffffff00000000,
    0x8000000000000000, 0};
  set_ctl(timer, ENABLE | IMASK);
  for (u64 i = 0; i < sizeof distances / sizeof *distances; i++) {
    begin("TVAL read", timer);
    print(" ");
    print_number(distances[i]);
    u64 compare = count(timer) + distances[i];
    set_cval(timer, compare);
    u64 before = count(timer), first = get_tval(timer), between = count(timer), second = get_tval(timer);
    u64 after = count(timer);
    must("32 bits", !(first >> 32) && !(second >> 32));
    must("down", (int)(u32)(first - second) >= 0);
    must("first", (int)(u32)(compare - before - first) >= 0 && (int)(u32)(first - (compare - between)) >= 0);
    must("second",
      (int)(u32)(compare - between - second) >= 0 && (int)(u32)(second - (compare - after)) >= 0);
    must("CVAL stays", get_cval(timer) == compare);
    end();
  }
  set_ctl(timer, 0);
}

// MARK: Conditions and levels, at EL3

struct place { const char *name; u64 from_count, value; };
static const struct place places[] = {
  {"0", 0, 0}, {"1", 0, 1}, {"the count", 1, 0}, {"a tick ago", 1, ~0ul}, {"far ahead", 1, 1ul << 40},
  {"2^32 - 1 ahead", 1, 0xffffffff}, {"2^63 ahead", 1, 1ul << 63}, {"2^63", 0, 1ul << 63},
  {"the last", 0, NEVER},
};

// The condition is an unsigned comparison of 64 bits; IMASK masks the line, not ISTATUS (D11.2.4).
static void conditions(u64 timer) {
  for (u64 i = 0; i < sizeof places / sizeof *places; i++) {
    begin("compares with", timer);
    print(" ");
    print(places[i].name);
    set_cval(timer, places[i].value + (places[i].from_count ? count(timer) : 0));
    for (u64 value = 0; value < 4; value++) {
      set_ctl(timer, value);
      u64 read = get_ctl(timer);
      print(" ");
      print_number(read & ENABLE ? read : read & 3);
      print(lines() & ~(1ul << timer) ? "!" : line(timer) ? "+" : "-");
      cases++;
    }
    set_ctl(timer, 0);
    end();
  }
}

// The level follows every change at once.
static void level(u64 timer) {
  begin("level", timer);
  set_cval(timer, 0);
  set_ctl(timer, ENABLE);
  must("met", line(timer));
  set_cval(timer, NEVER);
  must("CVAL ahead", !line(timer));
  set_cval(timer, 5);
  must("CVAL behind", line(timer));
  set_tval(timer, 0x7fffffff);
  must("TVAL ahead", !line(timer));
  set_tval(timer, 0);
  must("TVAL 0", line(timer));
  set_ctl(timer, ENABLE | IMASK);
  must("masked", !line(timer));
  must("ISTATUS stays", get_ctl(timer) == (ENABLE | IMASK | ISTATUS));
  set_ctl(timer, ENABLE);
  must("unmasked", line(timer));
  set_ctl(timer, 0);
  must("disabled", !line(timer));
  set_cval(timer, 0);
  must("disabled, met", !line(timer));
  set_ctl(timer, ENABLE);
  must("enabled", line(timer));
  store32(GICD_ISPENDR + 0x80, 1u << interrupts[timer]);
  must("no clearing at the GIC", line(timer));
  set_ctl(timer, 0);
  must("over", !line(timer));
  end();
}

// Nothing before the time, and then the condition by itself. A run too slow to see "before" is repeated.
static void deadline(u64 timer) {
  for (u64 kind = 0; kind < 3; kind++) {
    begin(kind == 0 ? "deadline by CVAL" : kind == 1 ? "deadline by TVAL" : "deadline, masked", timer);
    u64 quiet, status, early, compare, tries = 0;
    do {
      u64 mask = kind == 2 ? IMASK : 0;
      set_ctl(timer, ENABLE | mask);
      if (kind == 1) set_tval(timer, 200000); else set_cval(timer, count(timer) + 200000);
      compare = get_cval(timer);
      quiet = !lines();
      status = get_ctl(timer) == (ENABLE | mask);
      early = count(timer) < compare;
    } while (!early && ++tries < 20);
    must("quiet before", early && quiet && status);
    while (!(get_ctl(timer) & ISTATUS)) {}
    must("not too early", count(timer) >= compare);
    must("line", lines() == (kind == 2 ? 0 : 1ul << timer));
    must("TVAL below zero", kind == 2 || (int)get_tval(timer) <= 0);
    set_ctl(timer, 0);
    end();
  }
}

static u64 registers(u64 unused) {
  for (u64 timer = 0; timer < TIMERS; timer++) {
    off();
    control(timer);
    compare_values(timer);
    off();
    value_writes(timer);
    value_reads(timer);
    off();
    conditions(timer);
    off();
    level(timer);
    deadline(timer);
  }
  off();
  return 0;
}

// MARK: CNTVOFF_EL2

static u64 offset_cases(u64 unused) {
  static const struct place offsets[] = {
    {"0", 0, 0}, {"1000", 0, 1000}, {"the count", 1, 0}, {"-1000000", 0, ~0ul - 999999},
    {"-2^63", 0, 1ul << 63},
    {"2^40 ahead", 1, 1ul << 40}, {"2^40 behind", 1, ~0ul << 40}, {"2^32", 0, 1ul << 32}};
  for (u64 i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    print("CNTVOFF ");
    print(offsets[i].name);
    print(":");
    u64 offset = offsets[i].value + (offsets[i].from_count ? physical() : 0);
    off();
    WRITE(cntvoff_el2, offset);
    must("holds", READ(cntvoff_el2) == offset);
    u64 before = physical(), now = virtual(), after = physical();
    must("subtracted", (long)(now + offset - before) >= 0 && (long)(after - (now + offset)) >= 0);
    // Only the virtual timer sees it.
    for (u64 j = 0; j < sizeof places / sizeof *places; j++) {
      // With these offsets the virtual count is small, or may wrap.
      if (places[j].value == 1 || places[j].value == ~0ul) continue;
      for (u64 timer = 0; timer < TIMERS; timer++) {
        u64 from = places[j].from_count ? count(timer) : 0;
        set_cval(timer, places[j].value + from);
        set_ctl(timer, ENABLE);
      }
      u64 wanted = 0;
      for (u64 timer = 0; timer < TIMERS; timer++)
        wanted |= (u64)(count(timer) >= get_cval(timer)) << timer;
      u64 seen = lines();
      must("", seen == wanted);
      print_number(seen);
      cases += TIMERS;
      for (u64 timer = 0; timer < TIMERS; timer++) set_ctl(timer, 0);
    }
    u64 tval = 0x1000000;
    set_ctl(V, ENABLE);
    set_tval(V, tval);
    must("TVAL counts from the virtual count", get_cval(V) - tval - now < NEAR);
    end();
  }
  // A new offset moves the condition at once, both ways, and no other timer's.
  off();
  print("CNTVOFF moves CNTV:");
  u64 ahead = physical() + (1ul << 40);
  for (u64 timer = 0; timer < TIMERS; timer++) {
    set_cval(timer, ahead);
    set_ctl(timer, ENABLE);
  }
  must("none", lines() == 0);
  WRITE(cntvoff_el2, ~0ul << 41);
  must("met", lines() == 1ul << V);
  must("ISTATUS", get_ctl(V) == (ENABLE | ISTATUS));
  WRITE(cntvoff_el2, 0);
  must("not met", lines() == 0);
  must("ISTATUS", get_ctl(V) == ENABLE);
  for (u64 timer = 0; timer < TIMERS; timer++) set_cval(timer, 0);
  must("all", lines() == 15);
  WRITE(cntvoff_el2, physical() + (1ul << 40));
  must("below zero is large", lines() == 15);
  set_cval(V, 1ul << 40);
  must("and above this", lines() == 15);
  set_cval(V, ~0ul << 39);
  must("but not above this", lines() == (15 & ~(1ul << V)));
  end();
  // The virtual count passes zero: met before, not met behind.
  off();
  print("CNTVOFF, the count passes zero:");
  u64 early, met, tries = 0, zero;
  do {
    zero = physical() + 200000;
    WRITE(cntvoff_el2, zero);
    set_cval(V, 1ul << 62);
    set_ctl(V, ENABLE);
    met = line(V) && (get_ctl(V) & ISTATUS);
    early = (long)virtual() < 0;
  } while (!early && ++tries < 20);
  must("met before", early && met);
  while ((long)virtual() < 0) {}
  while (get_ctl(V) & ISTATUS && physical() - zero < NEAR) {}
  must("not met after", get_ctl(V) == ENABLE && !line(V));
  set_cval(V, virtual() + 200000);
  while (!(get_ctl(V) & ISTATUS)) {}
  must("met again", virtual() >= get_cval(V) && line(V));
  end();
  off();
  // CNTPCT and CNTVCT run, and never backwards.
  print("counts:");
  u64 last = physical(), last_virtual = virtual(), backwards = 0;
  for (u64 i = 0; i < 1000; i++) {
    u64 p = physical(), v = virtual();
    backwards += p < last || v < last_virtual || v < last;
    last = p;
    last_virtual = v;
  }
  must("never backwards", !backwards);
  end();
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) {
  if (el3_call(frame)) return;
  print("unexpected at EL3");
  print_field("vector", vector);
  print_field("esr", READ(esr_el3));
  print("\nFAIL\n");
  for (;;) __asm__ volatile("wfi");
}

void guest_main(void) {
  print("timers\n");
  call_el3(registers, 0);
  call_el3(offset_cases, 0);
  finish();
}
