// The virtualization extensions of the GIC-400: EL2 fills list registers, EL1 takes the interrupts through
// GICV. Expected values: IHI 0048B, 5.3 (GICH) and 5.5 (GICV); the GIC-400 has four list registers, five
// bits of virtual priority (GICH_VTR), and maintenance interrupt 25 (DDI 0471B, 2.3 and 3.4).
#include "guest.h"

#define GICD 0xff841000ul
#define GICC 0xff842000ul
#define GICH 0xff844000ul
#define GICV 0xff846000ul

enum {
  GICD_CTLR = GICD, GICD_ISENABLER = GICD + 0x100, GICD_ICENABLER = GICD + 0x180,
  GICD_ISACTIVER = GICD + 0x300, GICD_IPRIORITYR = GICD + 0x400,
  GICC_CTLR = GICC, GICC_PMR = GICC + 4, GICC_IAR = GICC + 0xc, GICC_EOIR = GICC + 0x10,
  GICC_DIR = GICC + 0x1000,
  GICH_HCR = GICH, GICH_VTR = GICH + 4, GICH_VMCR = GICH + 8, GICH_MISR = GICH + 0x10,
  GICH_EISR = GICH + 0x20, GICH_ELRSR = GICH + 0x30, GICH_APR = GICH + 0xf0, GICH_LR = GICH + 0x100,
  GICV_CTLR = GICV, GICV_PMR = GICV + 4, GICV_IAR = GICV + 0xc, GICV_EOIR = GICV + 0x10,
  GICV_RPR = GICV + 0x14, GICV_HPPIR = GICV + 0x18, GICV_AIAR = GICV + 0x20, GICV_AEOIR = GICV + 0x24
};

#define HCR_ENABLE    1u
#define HCR_UNDERFLOW 2u
#define HCR_NO_PENDING 8u
#define HARDWARE (1u << 31)
#define GROUP1   (1u << 30)
#define PENDING  (1u << 28)
#define PRIORITY(p) ((u32)(p) >> 3 << 23)
#define ASK_END  (1u << 19)

enum { CALL_STATE = 1, CALL_INJECT, CALL_CLEAR, CALL_UNDERFLOW, CALL_EMPTY };

static u8 stack[16384] __attribute__((aligned(16)));
static u64 nests, timer_exits, timer_takes, quiet, maintenances, taken, queued = 10;

static u64 hypercall(u64 number, u64 a, u64 b) {
  register u64 x0 __asm__("x0") = number;
  register u64 x1 __asm__("x1") = a;
  register u64 x2 __asm__("x2") = b;
  __asm__ volatile("hvc #1" : "+r"(x0) : "r"(x1), "r"(x2) : "memory");
  return x0;
}

static void print_state(void) {
  print("  lists");
  for (u64 i = 0; i < 4; i++) {
    print(" ");
    print_number(load32(GICH_LR + 4 * i));
  }
  print_field("elrsr", load32(GICH_ELRSR));
  print_field("eisr", load32(GICH_EISR));
  print_field("apr", load32(GICH_APR));
  print_field("misr", load32(GICH_MISR));
  print("\n");
}

static void refill(void) {
  for (u64 i = 0; i < 4 && queued < 10; i++)
    if (load32(GICH_ELRSR) & 1 << i) store32(GICH_LR + 4 * i, PENDING | PRIORITY(0x40) | (100 + queued++));
}

static void el2_interrupt(void) {
  u32 acknowledged = load32(GICC_IAR);
  store32(GICC_EOIR, acknowledged);    // EOImode 1: the priority drops, the interrupt stays active
  if (acknowledged == 27) {
    timer_exits++;
    store32(GICH_LR, HARDWARE | PENDING | PRIORITY(0x20) | 27 << 10 | 27);
  } else if (acknowledged == 25) {
    maintenances++;
    if (!quiet) {
      print("  maintenance");
      print_field("misr", load32(GICH_MISR));
      print_field("eisr", load32(GICH_EISR));
      print_field("elrsr", load32(GICH_ELRSR));
      print("\n");
    }
    for (u64 i = 0; i < 4; i++)
      if (load32(GICH_EISR) & 1 << i) store32(GICH_LR + 4 * i, 0);
    refill();
    if (queued == 10) store32(GICH_HCR, HCR_ENABLE);
    store32(GICC_DIR, 25);
  } else {
    print("  unexpected");
    print_field("iar", acknowledged);
    print("\n");
  }
}

void el2_exception(struct frame *frame, u64 vector) {
  if (vector == 0x480) return el2_interrupt();
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (esr != 0x5a000001) {
    print("  unexpected");
    print_field("vector", vector);
    print_field("esr", esr);
    print_field("elr", frame->elr);
    print("\n");
    leave_el1(1);
  }
  switch (frame->x[0]) {
  case CALL_STATE: print_state(); break;
  case CALL_INJECT: store32(GICH_LR + 4 * frame->x[1], frame->x[2]); break;
  case CALL_CLEAR:
    for (u64 i = 0; i < 4; i++) store32(GICH_LR + 4 * i, 0);
    break;
  case CALL_UNDERFLOW:
    queued = 0;
    refill();
    store32(GICH_HCR, HCR_ENABLE | HCR_UNDERFLOW);
    break;
  case CALL_EMPTY:
    store32(GICH_HCR, HCR_ENABLE | frame->x[1]);
    frame->x[0] = load32(GICH_MISR);
    store32(GICH_HCR, HCR_ENABLE);
    break;
  }
}

static void unmask(void) { __asm__ volatile("msr daifclr, #2\n isb\n nop" : : : "memory"); }
static void mask(void) { __asm__ volatile("msr daifset, #2" : : : "memory"); }

void el1_exception(struct frame *frame, u64 vector) {
  u32 acknowledged = load32(GICV_IAR);
  taken++;
  if (quiet) {
    if (acknowledged == 27) {
      timer_takes++;
      WRITE(cntv_ctl_el0, 0);
    }
    store32(GICV_EOIR, acknowledged);
    return;
  }
  print("  EL1");
  print_field("vector", vector);
  print_field("iar", acknowledged);
  print_field("rpr", load32(GICV_RPR));
  print("\n");
  if (acknowledged == 60) {
    u64 elr = READ(elr_el1), spsr = READ(spsr_el1);
    nests++;
    hypercall(CALL_INJECT, 1, PENDING | PRIORITY(0x20) | 61);
    unmask();
    mask();
    WRITE(elr_el1, elr);
    WRITE(spsr_el1, spsr);
    hypercall(CALL_STATE, 0, 0);
  } else if (acknowledged == 61) {
    hypercall(CALL_STATE, 0, 0);
  }
  store32(GICV_EOIR, acknowledged);
}

static void check(const char *name, u64 value) {
  print(" ");
  print_field(name, value);
  print("\n");
}

static u64 el1_main(u64 unused) {
  WRITE(vbar_el1, el1_vectors);
  store32(GICV_CTLR, 1);
  store32(GICV_PMR, 0xf8);
  check("iar", load32(GICV_IAR));
  check("hppir", load32(GICV_HPPIR));
  check("rpr", load32(GICV_RPR));

  print("two interrupts, the more urgent first\n");
  hypercall(CALL_INJECT, 0, PENDING | PRIORITY(0x10) | 40);
  hypercall(CALL_INJECT, 3, PENDING | PRIORITY(0x08) | 50);
  check("hppir", load32(GICV_HPPIR));
  hypercall(CALL_STATE, 0, 0);
  unmask();
  mask();
  hypercall(CALL_STATE, 0, 0);

  print("preemption\n");
  hypercall(CALL_INJECT, 0, PENDING | PRIORITY(0x80) | 60);
  unmask();
  mask();
  check("nested", nests);
  hypercall(CALL_STATE, 0, 0);

  print("priority mask\n");
  store32(GICV_PMR, 0x40);
  hypercall(CALL_INJECT, 0, PENDING | PRIORITY(0x40) | 62);
  check("isr", READ(isr_el1));
  check("iar", load32(GICV_IAR));
  store32(GICV_PMR, 0x48);
  check("isr", READ(isr_el1));
  check("iar", load32(GICV_IAR));
  check("isr", READ(isr_el1));
  store32(GICV_EOIR, 62);

  print("software-generated interrupt from CPU 2\n");
  store32(GICV_PMR, 0xf8);
  hypercall(CALL_INJECT, 2, PENDING | PRIORITY(0x40) | 2 << 10 | 5);
  check("iar", load32(GICV_IAR));
  store32(GICV_EOIR, 2 << 10 | 5);
  hypercall(CALL_STATE, 0, 0);
  hypercall(CALL_CLEAR, 0, 0);

  print("group 1\n");
  store32(GICV_CTLR, 3);
  hypercall(CALL_INJECT, 0, PENDING | GROUP1 | PRIORITY(0x40) | 70);
  check("iar", load32(GICV_IAR));
  check("aiar", load32(GICV_AIAR));
  store32(GICV_AEOIR, 70);
  store32(GICV_CTLR, 1);
  hypercall(CALL_CLEAR, 0, 0);

  print("end of interrupt that asks for maintenance\n");
  hypercall(CALL_INJECT, 1, PENDING | ASK_END | PRIORITY(0x40) | 71);
  unmask();
  mask();
  check("maintenances", maintenances);

  print("status without interrupts\n");
  check("underflow", hypercall(CALL_EMPTY, 2, 0));
  check("no pending", hypercall(CALL_EMPTY, 8, 0));
  check("group 0 enabled", hypercall(CALL_EMPTY, 0x30, 0));
  check("group 1 disabled", hypercall(CALL_EMPTY, 0xc0, 0));

  print("underflow, ten interrupts through four list registers\n");
  quiet = 1;
  maintenances = taken = 0;
  hypercall(CALL_UNDERFLOW, 0, 0);
  unmask();
  while (*(volatile u64 *)&taken < 10) {}
  mask();
  check("taken", taken);
  check("maintenances", maintenances);

  print("virtual timer, linked to the physical interrupt\n");
  for (u64 i = 0; i < 5; i++) {
    WRITE(cntv_cval_el0, READ(cntvct_el0) + 1000);
    WRITE(cntv_ctl_el0, 1);
    while (*(volatile u64 *)&timer_takes == i) {
      unmask();
      mask();
    }
  }
  check("exits", timer_exits);
  check("taken", timer_takes);
  return 0;
}

void guest_main(void) {
  print("virtual-interrupts\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(sctlr_el2, 0x30c50830);
  WRITE(sctlr_el1, 0x30d00800);
  WRITE(cntvoff_el2, 0);
  WRITE(cnthctl_el2, 3);
  WRITE(hcr_el2, HCR_RW | HCR_IMO | HCR_FMO);

  store32(GICD_CTLR, 1);
  store32(GICD_IPRIORITYR + 24, 0xa0a0a0a0);
  store32(GICD_ISENABLER, 1 << 25 | 1 << 27);
  store32(GICC_PMR, 0xff);
  store32(GICC_CTLR, 1 | 1 << 9);      // non-secure view: group 1, EOImode
  print_field("vtr", load32(GICH_VTR));
  store32(GICH_VMCR, 0);
  print_field("vmcr", load32(GICH_VMCR));
  store32(GICH_VMCR, 0x1fu << 27 | 1);
  print_field("vmcr", load32(GICH_VMCR));
  store32(GICH_APR, 0);
  store32(GICH_HCR, HCR_ENABLE);
  print("\n");
  u64 failed = call_el1((u64)el1_main, 0, (u64)stack + sizeof stack);
  print_field("vmcr", load32(GICH_VMCR));
  print_field("active", load32(GICD_ISACTIVER) & (1 << 25 | 1 << 27));
  print("\n");
  if (!failed) print("PASS\n");
}
