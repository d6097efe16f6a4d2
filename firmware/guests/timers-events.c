// What the generic timers of core 0 do to a core: how their interrupts are delivered, what ends WFI and WFE,
// the event streams, and who may use which register. Times differ from run to run, so that a line says how
// they relate, and WRONG where a relation does not hold. Arm DDI 0487, D1.13 (interrupts), D1.16 (WFE, WFI),
// D11.2.2 (event streams), D11.2.4 (access). Starts at EL3.
#include "timers.h"

static u8 stacks[2][8192] __attribute__((aligned(16)));

// MARK: Delivery

static volatile u64 taken_level, taken_vector, taken_interrupt, taken_times;
static u64 exception_level, in_secure;

static void interrupt(u64 vector, u64 level) {
  u32 acknowledged = load32(GICC_IAR);
  taken_level = level;
  taken_vector = vector;
  taken_interrupt = acknowledged & 0x3ff;
  taken_times++;
  // Disabled at the GIC, so that it comes once.
  store32(GICD_ICENABLER, 0xffff0000);
  store32(GICC_EOIR, acknowledged);
  BARRIER();
}

static int is_interrupt(u64 vector) { return (vector & 0x180) == 0x080; }

void el3_exception(struct frame *frame, u64 vector) {
  if (is_interrupt(vector)) { interrupt(vector, 3); return; }
  if (in_secure && READ(esr_el3) == 0x5e000fff) leave_el1_from_el3(frame->x[0]);
  if (el3_call(frame)) return;
  print("unexpected at EL3");
  print_field("esr", READ(esr_el3));
  print_field("elr", frame->elr);
  print("\n");
  for (;;) __asm__ volatile("wfi");
}

void el2_exception(struct frame *frame, u64 vector) {
  if (is_interrupt(vector)) { interrupt(vector, 2); return; }
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE || esr == 0x56000000 + LEAVE) leave_el1(frame->x[0]);
  exception_level = 2;
  frame->elr += 4;
}

void el1_exception(struct frame *frame, u64 vector) {
  if (is_interrupt(vector)) { interrupt(vector, 1); return; }
  u64 esr = READ(esr_el1);
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  exception_level = 1;
  frame->elr += 4;
}

// x0 = the interrupt's bit, and bit 0 to clear PSTATE.I: enables the interrupt and gives it time to come.
u64 window(u64 argument);
__asm__(
  ".text\n .balign 4\nwindow:\n mrs x9, daif\n tbz x0, #0, 1f\n msr daifclr, #2\n"
  "1: mov x10, #0xff840000\n mov w11, #0x1100\n add x10, x10, x11\n"
  " and w0, w0, #~1\n str w0, [x10]\n dsb sy\n"
  " mov x10, #64\n2: isb\n subs x10, x10, #1\n b.ne 2b\n msr daif, x9\n mov x0, #0\n ret\n");

static u64 top(u64 number) { return (u64)stacks[number] + sizeof stacks[number]; }
static u64 arm(u64 timer) { set_cval(timer, 0); set_ctl(timer, ENABLE); return 0; }
static u64 disarm(u64 unused) { off(); return 0; }
static u64 set_scr(u64 value) { WRITE(scr_el3, value); return 0; }
static u64 window_el0(u64 argument) { return call_el0((u64)window, argument, top(1)); }
static u64 window_secure(u64 argument) {
  u64 old = READ(scr_el3);
  in_secure = 1;
  WRITE(scr_el3, old & ~1ul);
  call_el1_from_el3((u64)window, argument, top(0));
  WRITE(scr_el3, old);
  in_secure = 0;
  return 0;
}

#define SCR     0x531ul
#define SCR_IRQ 2ul
static const char *const places_of[] = {"EL0", "EL1", "EL2", "EL3", "EL0 under TGE", "Secure EL1"};

static void deliver(u64 where, u64 imo, u64 routed) {
  print(places_of[where]);
  print_field("IMO", imo);
  print_field("SCR.IRQ", routed);
  print(":");
  for (u64 timer = 0; timer < TIMERS; timer++) {
    for (u64 open = 0; open < 2; open++) {
      taken_times = 0;
      u64 argument = 1ul << interrupts[timer] | open;
      call_el3(arm, timer);
      call_el3(set_scr, SCR | routed << 1);
      WRITE(hcr_el2, HCR_RW | (imo ? HCR_IMO : 0) | (where == 4 ? HCR_TGE : 0));
      if (where == 0) call_el1((u64)window_el0, argument, top(0));
      else if (where == 1) call_el1((u64)window, argument, top(0));
      else if (where == 2) window(argument);
      else if (where == 3) call_el3(window, argument);
      else if (where == 4) call_el0_from_el2((u64)window, argument, top(1));
      else call_el3(window_secure, argument);
      u64 times = taken_times;
      call_el3(set_scr, SCR);
      WRITE(hcr_el2, HCR_RW);
      store32(GICD_ICENABLER, 0xffff0000);
      call_el3(disarm, 0);
      print(" ");
      if (!times) {
        print("-");
      } else {
        print_number(taken_level << 12 | taken_vector);
        if (taken_interrupt != interrupts[timer] || times != 1) { print(" WRONG"); failures++; }
      }
      cases++;
    }
  }
  print("\n");
}

static void delivery(void) {
  print("delivery of CNTP, CNTV, CNTHP, CNTPS, each with PSTATE.I 1 and 0: target and vector\n");
  for (u64 where = 0; where < 6; where++)
    for (u64 routed = 0; routed < 2; routed++)
      for (u64 imo = 0; imo < 2; imo++) deliver(where, imo, routed);
}

// MARK: WFI and WFE

static volatile u64 compare, waits;

// Waits until the physical count has come to `compare`.
static u64 sleep(u64 unused) {
  waits = 0;
  do {
    __asm__ volatile("dsb sy\n wfi" : : : "memory");
    waits++;
  } while (physical() < compare && waits < 1000);
  return 0;
}
static u64 sleep_el0(u64 argument) { return call_el0((u64)sleep, argument, top(1)); }

static u64 arm_late(u64 timer) {
  compare = physical() + 500000;
  set_cval(timer, timer == V ? virtual() + 500000 : compare);
  set_ctl(timer, ENABLE);
  return 0;
}
// Something that must not wake: masked at the timer, or disabled at the GIC.
static u64 arm_early(u64 timer) {
  set_cval(timer, count(timer) + 100000);
  set_ctl(timer, ENABLE | (timer == P ? IMASK : 0));
  return 0;
}
static u64 status_of(u64 timer) { return get_ctl(timer) >> 2 & 1; }

static void sleeping(u64 where, u64 timer, u64 beside) {
  print("WFI at ");
  print(places_of[where]);
  print(", ");
  print(names[timer]);
  if (beside < TIMERS) {
    print(beside == P ? ", not by the masked " : ", not by the disabled ");
    print(names[beside]);
  }
  print(":");
  store32(GICD_ISENABLER, 1u << interrupts[timer]);
  if (beside < TIMERS) call_el3(arm_early, beside);
  call_el3(arm_late, timer);
  // Interrupts go to EL1, where they are masked.
  if (where == 0) call_el1((u64)sleep_el0, 0, top(0));
  else if (where == 1) call_el1((u64)sleep, 0, top(0));
  else if (where == 2) sleep(0);
  else call_el3(sleep, 0);
  must("met", call_el3(status_of, timer));
  must("after the time", physical() >= compare);
  print_field("instructions", waits);
  store32(GICD_ICENABLER, 0xffff0000);
  call_el3(disarm, 0);
  end();
}

// Waits for the event of a stream: does the count's bit have its edge when WFE ends?
#define EVNTEN 4ul
static u64 stream_bit, stream_falls, stream_virtual, on_edge;
static u64 wait_for_stream(u64 control) {
  __asm__ volatile("sevl\n wfe" : : : "memory");
  if (stream_virtual) WRITE(cntkctl_el1, 0x303 | control);
  on_edge = 0;
  for (u64 i = 0; i < 4; i++) {
    __asm__ volatile("wfe" : : : "memory");
    u64 now = stream_virtual ? virtual() : physical();
    u64 phase = (now - (stream_falls ? 0 : 1ul << stream_bit)) & ((2ul << stream_bit) - 1);
    on_edge += phase < 1ul << stream_bit >> 2;
  }
  if (stream_virtual) WRITE(cntkctl_el1, 0x303);
  return 0;
}

static void streams(void) {
  static const u8 bits[] = {8, 10, 15};
  for (u64 i = 0; i < 12; i++) {
    stream_virtual = i >> 1 & 1;
    stream_falls = i & 1;
    stream_bit = bits[i >> 2];
    print("event stream, ");
    print(stream_virtual ? "virtual count," : "physical count,");
    print_field("bit", stream_bit);
    print_field("falling", stream_falls);
    print(":");
    u64 control = EVNTEN | stream_falls << 3 | stream_bit << 4;
    if (stream_virtual) {
      WRITE(cntvoff_el2, 12345);
      call_el1((u64)wait_for_stream, control, top(0));
      WRITE(cntvoff_el2, 0);
    } else {
      WRITE(cnthctl_el2, 3 | control);
      wait_for_stream(0);
      WRITE(cnthctl_el2, 3);
    }
    print_field("at the edge", on_edge);
    end();
  }
}

// Without a stream an interrupt to EL2 ends WFE at EL1.
static u64 wait_for_interrupt(u64 unused) {
  __asm__ volatile("sevl\n wfe" : : : "memory");
  for (waits = 0; !taken_times; waits++) __asm__ volatile("wfe" : : : "memory");
  return 0;
}

static void waiting(void) {
  // SCTLR_EL1.nTWI and nTWE: EL0 may wait.
  for (u64 where = 0; where < 4; where++)
    for (u64 timer = 0; timer < TIMERS; timer++) sleeping(where, timer, TIMERS);
  sleeping(2, HP, P);
  sleeping(2, HP, V);
  sleeping(2, PS, HP);
  streams();
  print("WFE at EL1, without a stream:");
  taken_times = 0;
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  store32(GICD_ISENABLER, 1u << interrupts[HP]);
  call_el3(arm_late, HP);
  call_el1((u64)wait_for_interrupt, 0, top(0));
  must("after the time", physical() >= compare);
  must("the interrupt", taken_level == 2 && taken_interrupt == interrupts[HP]);
  print_field("instructions", waits);
  call_el3(disarm, 0);
  WRITE(hcr_el2, HCR_RW);
  end();
}

// MARK: Who may use what

#define USES(X) \
  X(cntfrq, "mrs x1, cntfrq_el0") X(cntpct, "mrs x1, cntpct_el0") X(cntvct, "mrs x1, cntvct_el0") \
  X(p_ctl, "mrs x1, cntp_ctl_el0") X(p_ctl_w, "msr cntp_ctl_el0, xzr") X(p_cval, "mrs x1, cntp_cval_el0") \
  X(p_cval_w, "msr cntp_cval_el0, xzr") X(p_tval, "mrs x1, cntp_tval_el0") \
  X(p_tval_w, "msr cntp_tval_el0, xzr") X(v_ctl, "mrs x1, cntv_ctl_el0") \
  X(v_ctl_w, "msr cntv_ctl_el0, xzr") X(v_cval, "mrs x1, cntv_cval_el0") \
  X(v_cval_w, "msr cntv_cval_el0, xzr") X(v_tval, "mrs x1, cntv_tval_el0") \
  X(v_tval_w, "msr cntv_tval_el0, xzr") X(kctl, "mrs x1, cntkctl_el1") X(kctl_w, "msr cntkctl_el1, x2") \
  X(hctl, "mrs x1, cnthctl_el2") X(voff, "mrs x1, cntvoff_el2") X(hp_ctl, "mrs x1, cnthp_ctl_el2") \
  X(hp_tval_w, "msr cnthp_tval_el2, xzr") X(ps_ctl, "mrs x1, cntps_ctl_el1") \
  X(ps_tval_w, "msr cntps_tval_el1, xzr")
// x2 = CNTKCTL_EL1, which kctl_w leaves as it is.
#define FUNCTION(name, code) \
  __asm__(".text\n .balign 4\nuse_" #name ":\n mov x2, x0\n" code "\n ret"); u64 use_##name(u64);
USES(FUNCTION)
#define ENTRY(name, code) use_##name,
static u64 (*const uses[])(u64) = {USES(ENTRY)};

static u64 use_el0(u64 index) { return call_el0((u64)uses[index], READ(cntkctl_el1), top(1)); }

static void access(void) {
  print("use of each register: . done, 1 or 2 the level of the exception\n");
  for (u64 where = 0; where < 3; where++) {
    for (u64 setting = 0; setting < 64; setting++) {
      // CNTKCTL_EL1: EL0PCTEN, EL0VCTEN, EL0VTEN, EL0PTEN; CNTHCTL_EL2: EL1PCTEN, EL1PCEN.
      u64 kernel = (setting & 3) | (setting >> 2 & 3) << 8, hypervisor = setting >> 4;
      if (where == 1 && kernel) continue;
      char text[sizeof uses / sizeof *uses + 1];
      for (u64 i = 0; i < sizeof uses / sizeof *uses; i++) {
        exception_level = 0;
        WRITE(cntkctl_el1, kernel);
        WRITE(cnthctl_el2, hypervisor);
        WRITE(hcr_el2, HCR_RW | (where == 2 ? HCR_TGE : 0));
        if (where == 0) call_el1((u64)use_el0, i, top(0));
        else if (where == 1) call_el1((u64)uses[i], kernel, top(0));
        else call_el0_from_el2((u64)uses[i], kernel, top(1));
        text[i] = exception_level ? '0' + (char)exception_level : '.';
        cases++;
      }
      text[sizeof uses / sizeof *uses] = 0;
      print(where == 0 ? "EL0" : where == 1 ? "EL1" : "EL0 under TGE");
      print_field("CNTKCTL", kernel);
      print_field("CNTHCTL", hypervisor);
      print(": ");
      print(text);
      print("\n");
    }
  }
  WRITE(hcr_el2, HCR_RW);
  WRITE(cnthctl_el2, 3);
  WRITE(cntkctl_el1, 0x303);
}

void guest_main(void) {
  print("timers-events\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cnthctl_el2, 3);
  WRITE(cntkctl_el1, 0x303);
  WRITE(sctlr_el1, 0x30d00800 | 1 << 9 | 1 << 16 | 1 << 18);
  for (u64 i = 16; i < 32; i += 4) store32(GICD_IPRIORITYR + i, 0xa0a0a0a0);
  delivery();
  waiting();
  access();
  finish();
}
