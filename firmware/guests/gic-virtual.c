// The virtualization extensions of the GIC-400: EL2 plays the hypervisor through GICH and, because the frame
// is only memory, its guest through GICV; EL1 is asked which virtual interrupt lines are up.
//
// Every value is checked against the number beside it, which comes from the GICv2 architecture (Arm IHI
// 0048B, chapter 5; sections in the comments); the GIC-400 has four list registers and 32 virtual priorities.
// A value that is not the wanted one is printed with it.
#include "gic.h"

#define GICH 0xff844000ul
#define GICV 0xff846000ul
enum {
  GICH_HCR = GICH, GICH_VTR = GICH + 4, GICH_VMCR = GICH + 8, GICH_MISR = GICH + 0x10,
  GICH_EISR = GICH + 0x20, GICH_ELRSR = GICH + 0x30, GICH_APR = GICH + 0xf0, GICH_LR = GICH + 0x100,
  GICV_CTLR = GICV, GICV_PMR = GICV + 4, GICV_BPR = GICV + 8, GICV_IAR = GICV + 0xc, GICV_EOIR = GICV + 0x10,
  GICV_RPR = GICV + 0x14, GICV_HPPIR = GICV + 0x18, GICV_ABPR = GICV + 0x1c, GICV_AIAR = GICV + 0x20,
  GICV_AEOIR = GICV + 0x24, GICV_AHPPIR = GICV + 0x28, GICV_APR = GICV + 0xd0, GICV_DIR = GICV + 0x1000
};
// GICH_HCR and, from bit 1, GICH_MISR (5.3.1, 5.3.4).
enum {
  EN = 1, UIE = 2, LRENPIE = 4, NPIE = 8, VGRP0EIE = 16, VGRP0DIE = 32, VGRP1EIE = 64, VGRP1DIE = 128,
  END = 1
};
// GICH_LR (5.3.8).
#define HW(physical) (1u << 31 | (u32)(physical) << 10)
#define GROUP1  (1u << 30)
#define ACTIVE  (2u << 28)
#define PENDING (1u << 28)
#define BOTH    (3u << 28)
#define ASK     (1u << 19)
#define PRIO(p) ((u32)(p) >> 3 << 23)
// GICV_CTLR (5.5.1).
enum { GRP0 = 1, GRP1 = 2, ACKCTL = 4, FIQEN = 8, CBPR = 16, SPLIT = 1 << 9 };
#define MAINTENANCE 25
#define IRQ 2
#define FIQ 1

static u8 stack[4096] __attribute__((aligned(16)));
// MARK: Words for what the sections do

static u32 list(u32 index) { return load32(GICH_LR + 4 * index); }
static void inject(u32 index, u32 value) { store32(GICH_LR + 4 * index, value); }
static u32 maintenance(void) { return is(GICD_ISPENDR, MAINTENANCE); }
static void take(const char *what, u32 wanted) { want(what, load32(GICV_IAR), wanted); }
static void end(u32 id) { store32(GICV_EOIR, id); }

// The virtual lines, as ISR_EL1 shows them to EL1: IRQ, FIQ.
static u64 read_isr(u64 unused) { return READ(isr_el1) >> 6 & 3; }
static u64 lines(void) { return call_el1((u64)read_isr, 0, (u64)stack + sizeof stack); }

void el2_exception(struct frame *frame, u64 vector) {
  if (vector == 0x400 && READ(esr_el2) == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  print("unexpected");
  print_field("vector", vector);
  print_field("esr", READ(esr_el2));
  print("\n");
  leave_el1(~0ul);
}

static void clear(void) {
  for (u32 index = 0; index < 4; index++) inject(index, 0);
  store32(GICH_APR, 0);
  store32(GICH_HCR, EN);
  store32(GICV_CTLR, GRP0);
  store32(GICV_PMR, 0xf8);
  store32(GICV_BPR, 2);
  store32(GICV_ABPR, 3);
}

static void begin(const char *text) {
  section(text);
  clear();
}

// MARK: Sections

// 5.3.2, 5.3.3, 5.5.1 to 5.5.3: GICH_VMCR shows what the guest wrote to GICV_CTLR, PMR, BPR and ABPR.
static void registers(void) {
  begin("registers");
  want("GICH_VTR", load32(GICH_VTR), 0x90000003);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xf);
  want("GICH_EISR", load32(GICH_EISR), 0);
  want("GICH_MISR", load32(GICH_MISR), 0);
  want("GICV_RPR", load32(GICV_RPR), 0xff);
  want("GICV_HPPIR", load32(GICV_HPPIR), SPURIOUS);
  take("GICV_IAR", SPURIOUS);
  store32(GICV_PMR, 0xff);
  want("GICV_PMR has five bits", load32(GICV_PMR), 0xf8);
  store32(GICV_PMR, 0xa7);
  want("GICV_PMR", load32(GICV_PMR), 0xa0);
  want("in GICH_VMCR", load32(GICH_VMCR) >> 27, 0xa0 >> 3);
  store32(GICV_BPR, 5);
  store32(GICV_ABPR, 6);
  want("binary points in GICH_VMCR", load32(GICH_VMCR) >> 18 & 0x3f, 5 << 3 | 6);
  store32(GICV_BPR, 0);
  store32(GICV_ABPR, 0);
  want("smallest GICV_BPR", load32(GICV_BPR), 2);
  want("smallest GICV_ABPR", load32(GICV_ABPR), 3);
  store32(GICV_CTLR, GRP0 | GRP1 | ACKCTL | FIQEN | CBPR | SPLIT);
  want("GICV_CTLR", load32(GICV_CTLR), 0x21f);
  want("in GICH_VMCR", load32(GICH_VMCR) & 0x3ffff, 0x21f);
  store32(GICH_VMCR, 0x1eu << 27 | 4 << 21 | 5 << 18 | SPLIT | GRP1);
  want("GICV_CTLR from GICH_VMCR", load32(GICV_CTLR), SPLIT | GRP1);
  want("GICV_PMR", load32(GICV_PMR), 0xf0);
  want("GICV_BPR", load32(GICV_BPR), 4);
  want("GICV_ABPR", load32(GICV_ABPR), 5);
  store32(GICH_APR, 0x80000100);
  want("GICV_APR0 is GICH_APR", load32(GICV_APR), 0x80000100);
  want("running", load32(GICV_RPR), 8 << 3);
  store32(GICV_APR, 0x1000);
  want("and the other way", load32(GICH_APR), 0x1000);
  for (u32 index = 0; index < 4; index++) inject(index, HW(0x200 + index) | PRIO(0x38) | (0x111 + index));
  for (u32 index = 0; index < 4; index++) {
    want("GICH_LR", list(index), HW(0x200 + index) | PRIO(0x38) | (0x111 + index));
  }
  want("invalid ones are free", load32(GICH_ELRSR), 0xf);
}

// 5.2.1 and 5.3.8, state: invalid, pending, active, active and pending.
static void states(void) {
  begin("pending, active, invalid");
  inject(1, PENDING | PRIO(0x40) | 70);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xd);
  want("lines", lines(), IRQ);
  want("highest pending", load32(GICV_HPPIR), 70);
  take("acknowledge", 70);
  want("active", list(1), ACTIVE | PRIO(0x40) | 70);
  want("GICH_APR", load32(GICH_APR), 1 << 8);
  want("running", load32(GICV_RPR), 0x40);
  want("lines", lines(), 0);
  take("no more", SPURIOUS);
  end(70);
  want("invalid", list(1), PRIO(0x40) | 70);
  want("GICH_APR", load32(GICH_APR), 0);
  want("running", load32(GICV_RPR), 0xff);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xf);

  begin("active and pending");
  inject(0, PENDING | PRIO(0x40) | 70);
  take("acknowledge", 70);
  inject(0, list(0) | PENDING);
  want("both", list(0) >> 28 & 3, 3);
  want("not signalled: lines", lines(), 0);
  want("highest pending", load32(GICV_HPPIR), SPURIOUS);
  take("acknowledge", SPURIOUS);
  end(70);
  want("pending after the end", list(0), PENDING | PRIO(0x40) | 70);
  want("lines", lines(), IRQ);
  take("acknowledge", 70);
  end(70);
  want("invalid", list(0) >> 28 & 3, 0);

  begin("active from the hypervisor");
  inject(2, ACTIVE | PRIO(0x60) | 71);
  store32(GICH_APR, 1 << 12);
  want("running", load32(GICV_RPR), 0x60);
  inject(3, PENDING | PRIO(0x68) | 72);
  want("a lower priority waits: lines", lines(), 0);
  inject(0, PENDING | PRIO(0x58) | 73);
  want("a higher one does not: lines", lines(), IRQ);
  take("acknowledge", 73);
  end(73);
  end(71);
  want("invalid", list(2) >> 28 & 3, 0);
  take("then the waiting one", 72);
  end(72);
  want("GICH_APR", load32(GICH_APR), 0);

  begin("software-generated interrupt from CPU 2");
  inject(0, PENDING | PRIO(0x40) | 2 << 10 | 5);
  want("highest pending", load32(GICV_HPPIR), 2 << 10 | 5);
  take("acknowledge", 2 << 10 | 5);
  end(2 << 10 | 5);
  want("invalid", list(0) >> 28 & 3, 0);
}

// 5.2.2, 5.5.3: as the physical side, with five bits of priority.
static void priorities(void) {
  begin("priorities");
  inject(0, PENDING | PRIO(0x50) | 80);
  inject(1, PENDING | PRIO(0x30) | 81);
  inject(2, PENDING | PRIO(0x48) | 82);
  inject(3, PENDING | PRIO(0xf8) | 83);
  take("first", 81);
  end(81);
  take("second", 82);
  end(82);
  take("third", 80);
  end(80);
  take("the lowest priority is masked", SPURIOUS);
  want("lines", lines(), 0);

  begin("mask");
  inject(0, PENDING | PRIO(0x50) | 80);
  store32(GICV_PMR, 0x50);
  want("equal: lines", lines(), 0);
  take("acknowledge", SPURIOUS);
  store32(GICV_PMR, 0x58);
  want("below: lines", lines(), IRQ);
  store32(GICH_VMCR, load32(GICH_VMCR) & 0x07ffffff);
  want("mask of zero by GICH_VMCR: lines", lines(), 0);
  store32(GICV_PMR, 0xf8);
  take("acknowledge", 80);
  end(80);

  begin("preemption");
  inject(0, PENDING | PRIO(0x80) | 90);
  take("first", 90);
  inject(1, PENDING | PRIO(0x70) | 91);
  take("second", 91);
  inject(2, PENDING | PRIO(0x08) | 92);
  take("third", 92);
  want("GICH_APR", load32(GICH_APR), 1 << 1 | 1 << 14 | 1 << 16);
  want("running", load32(GICV_RPR), 0x08);
  end(92);
  want("running", load32(GICV_RPR), 0x70);
  end(91);
  want("running", load32(GICV_RPR), 0x80);
  end(90);
  want("running", load32(GICV_RPR), 0xff);

  // 0x98 and 0x90 differ in bit 3, which a binary point of 2 sees; 0x30 differs in bits 7 and 5, too.
  for (u32 point = 2; point < 8; point++) {
    begin("binary point");
    store32(GICV_BPR, point);
    u32 group = 0xffu << (point + 1) & 0xff;
    inject(0, PENDING | PRIO(0x98) | 100);
    take("first", 100);
    want("running is the group priority", load32(GICV_RPR), 0x98 & group);
    want("GICH_APR", load32(GICH_APR), 1u << ((0x98 & group) >> 3));
    inject(1, PENDING | PRIO(0x90) | 101);
    want("0x90 preempts 0x98: lines", lines(), (0x90 & group) < (0x98 & group) ? IRQ : 0);
    inject(1, PENDING | PRIO(0x30) | 101);
    u32 preempts = (0x30 & group) < (0x98 & group);
    want("0x30 preempts 0x98: lines", lines(), preempts ? IRQ : 0);
    take("acknowledge", preempts ? 101 : SPURIOUS);
  }
}

// 5.2.3, 5.5.1, 5.5.4: two groups, of which Group 0 may be FIQ, and the aliased registers.
static void groups(void) {
  begin("groups");
  inject(0, PENDING | GROUP1 | PRIO(0x40) | 110);
  want("group 1 disabled: lines", lines(), 0);
  take("acknowledge", SPURIOUS);
  want("highest pending", load32(GICV_HPPIR), SPURIOUS);
  store32(GICV_CTLR, GRP1);
  want("enabled: lines", lines(), IRQ);
  take("AckCtl 0: acknowledge", 1022);
  want("highest pending", load32(GICV_HPPIR), 1022);
  want("still pending", list(0) >> 28 & 3, 1);
  want("GICV_AHPPIR", load32(GICV_AHPPIR), 110);
  want("GICV_AIAR", load32(GICV_AIAR), 110);
  store32(GICV_AEOIR, 110);
  want("invalid", list(0) >> 28 & 3, 0);
  want("GICH_APR", load32(GICH_APR), 0);
  clear();
  store32(GICV_CTLR, GRP1 | ACKCTL);
  inject(0, PENDING | GROUP1 | PRIO(0x40) | 110);
  take("AckCtl 1: acknowledge", 110);
  end(110);
  want("invalid", list(0) >> 28 & 3, 0);
  clear();
  inject(0, PENDING | PRIO(0x40) | 111);
  want("group 0 in GICV_AIAR", load32(GICV_AIAR), SPURIOUS);
  store32(GICV_CTLR, GRP0 | FIQEN);
  want("group 0 as FIQ: lines", lines(), FIQ);
  store32(GICV_CTLR, GRP1 | FIQEN);
  want("disabled: lines", lines(), 0);
  store32(GICV_CTLR, GRP0 | GRP1 | FIQEN);
  inject(1, PENDING | GROUP1 | PRIO(0x30) | 112);
  want("group 1 is more urgent: lines", lines(), IRQ);
  inject(1, 0);
  want("group 0 alone: lines", lines(), FIQ);
  take("acknowledge", 111);
  end(111);

  begin("binary point of group 1");
  store32(GICV_CTLR, GRP0 | GRP1 | ACKCTL);
  store32(GICV_BPR, 2);
  store32(GICV_ABPR, 5);
  inject(0, PENDING | GROUP1 | PRIO(0x58) | 113);
  take("first", 113);
  want("running by GICV_ABPR", load32(GICV_RPR), 0x40);
  end(113);
  store32(GICV_CTLR, GRP0 | GRP1 | ACKCTL | CBPR);
  inject(0, PENDING | GROUP1 | PRIO(0x58) | 113);
  take("common: first", 113);
  want("running by GICV_BPR", load32(GICV_RPR), 0x58);
  end(113);
}

// 5.2.1, 5.5.5, 5.5.14: GICV_EOIR drops the priority, GICV_DIR deactivates.
static void split_end(void) {
  begin("EOImode 1");
  store32(GICV_CTLR, GRP0 | SPLIT);
  inject(0, PENDING | PRIO(0x40) | 120);
  inject(1, PENDING | PRIO(0x60) | 121);
  take("first", 120);
  end(120);
  want("the priority drops", load32(GICV_RPR), 0xff);
  want("still active", list(0) >> 28 & 3, 2);
  take("a lower priority may come", 121);
  store32(GICV_DIR, 120);
  want("deactivated", list(0) >> 28 & 3, 0);
  want("running", load32(GICV_RPR), 0x60);
  store32(GICV_DIR, 121);
  want("deactivated before the drop", list(1) >> 28 & 3, 0);
  want("running", load32(GICV_RPR), 0x60);
  end(121);
  want("running", load32(GICV_RPR), 0xff);
  inject(0, BOTH | PRIO(0x40) | 122);
  store32(GICV_DIR, 122);
  want("active and pending becomes pending", list(0) >> 28 & 3, 1);
  end(SPURIOUS);
  want("GICH_HCR", load32(GICH_HCR), EN);
}

// Pends a physical interrupt, takes it and drops its priority as Xen does.
static void take_physical(u32 id, u32 wanted) {
  if (id >= 32) act(GICD_ISPENDR, id);
  want("physical acknowledge", load32(GICC_IAR), wanted);
  store32(GICC_EOIR, id);
}

// 5.2.1, 5.3.8, HW: the end of the virtual interrupt deactivates the physical one.
static void hardware(void) {
  begin("hardware interrupts");
  take_physical(212, 212);
  want("physical state", state(212), 2);
  inject(0, HW(212) | PENDING | PRIO(0x40) | 130);
  take("acknowledge", 130);
  want("physical state", state(212), 2);
  act(GICD_ISPENDR, 212);
  want("comes again", state(212), 3);
  end(130);
  want("invalid", list(0), HW(212) | PRIO(0x40) | 130);
  want("physical state after the end", state(212), 1);
  take_physical(212, 212);
  store32(GICV_CTLR, GRP0 | SPLIT);
  inject(1, HW(212) | PENDING | PRIO(0x40) | 212);
  take("acknowledge", 212);
  end(212);
  want("EOImode 1: physical state after the drop", state(212), 2);
  store32(GICV_DIR, 212);
  want("after GICV_DIR", state(212), 0);
  want("invalid", list(1) >> 28 & 3, 0);

  begin("a private one");
  WRITE(cntv_cval_el0, 0);
  WRITE(cntv_ctl_el0, 1);
  take_physical(27, 27);
  want("physical state", state(27), 3);
  inject(0, HW(27) | PENDING | PRIO(0x40) | 27);
  take("acknowledge", 27);
  WRITE(cntv_ctl_el0, 0);
  end(27);
  want("physical state", state(27), 0);

  begin("one that the hypervisor deactivated");
  take_physical(212, 212);
  inject(0, HW(212) | ACTIVE | PRIO(0x40) | 131);
  store32(GICH_APR, 1 << 8);
  store32(GICC_DIR, 212);
  end(131);
  want("invalid", list(0) >> 28 & 3, 0);
  want("physical state", state(212), 0);

  begin("a list register that is cleared");
  take_physical(212, 212);
  inject(0, HW(212) | PENDING | PRIO(0x40) | 132);
  inject(0, 0);
  want("physical state", state(212), 2);
  store32(GICC_DIR, 212);
  want("after GICC_DIR", state(212), 0);
}

// 5.3.4, 5.3.5, 5.3.6: an end that asks for maintenance.
static void ends(void) {
  begin("maintenance: end of interrupt");
  inject(2, PENDING | ASK | PRIO(0x40) | 140);
  inject(3, PENDING | PRIO(0x48) | 141);
  take("acknowledge", 140);
  want("GICH_EISR", load32(GICH_EISR), 0);
  want("maintenance", maintenance(), 0);
  end(140);
  want("GICH_EISR", load32(GICH_EISR), 4);
  want("GICH_MISR", load32(GICH_MISR), END);
  want("not free: GICH_ELRSR", load32(GICH_ELRSR), 3);
  want("maintenance", maintenance(), 1);
  take("one that does not ask", 141);
  end(141);
  want("GICH_EISR", load32(GICH_EISR), 4);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xb);
  want("physical acknowledge", load32(GICC_IAR), MAINTENANCE);
  want("a level: still pending", state(MAINTENANCE), 3);
  inject(2, 0);
  want("GICH_EISR", load32(GICH_EISR), 0);
  want("GICH_MISR", load32(GICH_MISR), 0);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xf);
  want("maintenance", state(MAINTENANCE), 2);
  store32(GICC_EOIR, MAINTENANCE);
  store32(GICC_DIR, MAINTENANCE);
  store32(GICV_CTLR, GRP0 | SPLIT);
  inject(0, PENDING | ASK | PRIO(0x40) | 142);
  take("EOImode 1: acknowledge", 142);
  end(142);
  want("after the drop: GICH_EISR", load32(GICH_EISR), 0);
  store32(GICV_DIR, 142);
  want("after GICV_DIR: GICH_EISR", load32(GICH_EISR), 1);
  want("maintenance", maintenance(), 1);
  clear();
  inject(0, PENDING | ASK | PRIO(0x40) | 143);
  take("acknowledge", 143);
  inject(0, list(0) | PENDING);
  end(143);
  want("pending again: GICH_EISR", load32(GICH_EISR), 0);
  take("acknowledge", 143);
  end(143);
  want("GICH_EISR", load32(GICH_EISR), 1);
  want("maintenance", maintenance(), 1);
}

static void status(const char *what, u32 misr) {
  want(what, load32(GICH_MISR), misr);
  want("maintenance", maintenance(), misr != 0);
}

// 5.3.4: the conditions that GICH_HCR enables.
static void conditions(void) {
  begin("maintenance: underflow");
  inject(0, PENDING | PRIO(0x40) | 150);
  inject(1, ACTIVE | PRIO(0x40) | 151);
  inject(3, BOTH | PRIO(0x40) | 152);
  store32(GICH_HCR, EN | UIE);
  status("three valid", 0);
  inject(0, 0);
  status("two valid", 0);
  inject(1, 0);
  status("one valid", UIE);
  inject(3, 0);
  status("none valid", UIE);
  inject(0, PENDING | PRIO(0x40) | 150);
  inject(1, PENDING | PRIO(0x40) | 151);
  status("two valid again", 0);
  store32(GICH_HCR, EN);
  inject(0, 0);
  status("not asked", 0);

  begin("maintenance: no pending");
  store32(GICH_HCR, EN | NPIE);
  status("none valid", NPIE);
  inject(2, PENDING | PRIO(0x40) | 150);
  status("one pending", 0);
  inject(2, ACTIVE | PRIO(0x40) | 150);
  status("one active", NPIE);
  inject(2, PENDING | PRIO(0x40) | 150);
  take("acknowledge", 150);
  status("acknowledged", NPIE);

  begin("maintenance: ends without a list register");
  store32(GICH_HCR, EN | LRENPIE);
  status("none", 0);
  end(160);
  want("an end with nothing active: GICH_HCR", load32(GICH_HCR) >> 27, 0);
  store32(GICH_APR, 1 << 8 | 1 << 4);
  end(160);
  want("an end: GICH_HCR", load32(GICH_HCR) >> 27, 1);
  want("GICH_APR", load32(GICH_APR), 1 << 8);
  status("one", LRENPIE);
  end(161);
  want("two: GICH_HCR", load32(GICH_HCR) >> 27, 2);
  store32(GICH_HCR, EN | LRENPIE);
  status("cleared", 0);
  inject(0, PENDING | PRIO(0x40) | 162);
  take("acknowledge", 162);
  end(162);
  want("one with a list register: GICH_HCR", load32(GICH_HCR) >> 27, 0);
  store32(GICV_CTLR, GRP0 | SPLIT);
  store32(GICH_APR, 1 << 8);
  end(163);
  want("EOImode 1, a drop: GICH_HCR", load32(GICH_HCR) >> 27, 0);
  store32(GICV_DIR, 163);
  want("GICV_DIR: GICH_HCR", load32(GICH_HCR) >> 27, 1);
  status("one", LRENPIE);

  begin("maintenance: groups");
  static const u32 enables[4] = { 0, GRP0, GRP1, GRP0 | GRP1 };
  for (u32 index = 0; index < 4; index++) {
    u32 now = enables[index];
    store32(GICV_CTLR, now);
    want("groups", now, now);
    u32 all = VGRP0EIE | VGRP0DIE | VGRP1EIE | VGRP1DIE;
    store32(GICH_HCR, EN | all);
    u32 expected = (now & GRP0 ? VGRP0EIE : VGRP0DIE) | (now & GRP1 ? VGRP1EIE : VGRP1DIE);
    status("all four", expected);
    for (u32 one = VGRP0EIE; one <= VGRP1DIE; one <<= 1) {
      store32(GICH_HCR, EN | one);
      status("one", expected & one);
    }
  }
  store32(GICH_HCR, EN | VGRP0EIE);
  status("group 0 enabled", VGRP0EIE);
  store32(GICV_CTLR, 0);
  status("the guest disables group 0", 0);
  store32(GICV_CTLR, GRP0);
  status("and enables it", VGRP0EIE);
  store32(GICH_HCR, EN | UIE | NPIE | VGRP0EIE);
  status("three at once", UIE | NPIE | VGRP0EIE);

  // 5.3.1, En.
  begin("interface off");
  inject(0, PENDING | PRIO(0x40) | 170);
  store32(GICH_HCR, NPIE | UIE);
  want("lines", lines(), 0);
  take("acknowledge", SPURIOUS);
  want("maintenance", maintenance(), 0);
  store32(GICH_HCR, EN);
  want("on again: lines", lines(), IRQ);
  store32(GICH_HCR, EN | NPIE | UIE);
  want("maintenance", maintenance(), 1);
  store32(GICH_HCR, EN);
}

// 5.2.1: ten interrupts of different priorities through four list registers, refilled on underflow.
static void queue(void) {
  begin("more interrupts than list registers");
  u32 next = 0, maintenances = 0, free = 0, order_errors = 0;
  for (; next < 4; next++) inject(next, PENDING | PRIO(0x10 + 8 * next) | (200 + next));
  store32(GICH_HCR, EN | UIE);
  for (u32 index = 0; index < 10; index++) {
    u32 id = load32(GICV_IAR);
    if (id != 200 + index) order_errors++;
    end(id);
    if (!maintenance()) continue;
    maintenances++;
    free = free << 4 | load32(GICH_ELRSR);
    store32(GICC_EOIR, load32(GICC_IAR));
    for (u32 slot = 0; slot < 4 && next < 10; slot++) {
      if (load32(GICH_ELRSR) >> slot & 1) {
        inject(slot, PENDING | PRIO(0x10 + 8 * next) | (200 + next));
        next++;
      }
    }
    if (next == 10) store32(GICH_HCR, EN);
    store32(GICC_DIR, MAINTENANCE);
  }
  want("order errors", order_errors, 0);
  want("maintenances", maintenances, 2);
  want("free list registers then", free, 0x7b);
  take("no more", SPURIOUS);
  want("GICH_ELRSR", load32(GICH_ELRSR), 0xf);
  want("physical state of maintenance", state(MAINTENANCE), 0);
}

void guest_main(void) {
  print("gic-virtual\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(sctlr_el1, 0x30d00800);
  WRITE(hcr_el2, HCR_RW | HCR_IMO | HCR_FMO);
  store32(GICD_CTLR, 1);
  store32(GICD_IPRIORITYR + 24, 0xa0a0a0a0);
  store32(GICD_IPRIORITYR + 212, 0xa0a0a0a0);
  store32(GICD_ITARGETSR + 212, 0x01010101);
  act(GICD_ISENABLER, MAINTENANCE);
  act(GICD_ISENABLER, 27);
  act(GICD_ISENABLER, 212);
  store32(GICC_PMR, 0xf0);
  store32(GICC_CTLR, 1 | SPLIT);
  registers();
  states();
  priorities();
  groups();
  split_end();
  hardware();
  ends();
  conditions();
  queue();
  finish();
}
