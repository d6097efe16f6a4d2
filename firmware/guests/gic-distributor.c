// The distributor and the CPU interfaces of the GIC-400 as Non-secure software sees them, on four cores.
//
// Every value is checked against the number beside it, which comes from the GICv2 architecture (Arm IHI
// 0048B; sections in the comments) and, where that leaves a choice, from a captured board: 256 lines, 32
// priorities (16 in the Non-secure view), PPIs fixed level-sensitive, GICC_HPPIR not hidden by GICC_PMR. A
// value that is not the wanted one is printed with it. Core 0 does the checking; the others access registers
// when told to.
#include "gic.h"
#include "gic-cores.h"

enum {
  TIMER_CLO = 0xfe003004ul, UART_DR = 0xfe201000ul, UART_LCRH = 0xfe20102cul, UART_CR = 0xfe201030ul,
  UART_IMSC = 0xfe201038ul, UART_RIS = 0xfe20103cul, UART_ICR = 0xfe201044ul
};
#define SPLIT    (1u << 9)                 // GICC_CTLR.EOImodeNS
#define LINE     153                       // PL011
enum { A = 212, B = 213, C = 214, D = 215 };   // shared interrupts without a device

// MARK: Words for what the sections do

static void store8(u64 address, u32 value) {
  __asm__ volatile("strb %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
static u32 load8(u64 address) {
  u32 value;
  __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static u32 irq(void) { return READ(isr_el1) >> 7 & 1; }

static void set_up(u32 id, u32 priority, u32 targets) {
  store8(GICD_IPRIORITYR + id, priority);
  store8(GICD_ITARGETSR + id, targets);
  act(GICD_ISENABLER, id);
}

static void make_edge(u32 id, u32 isEdge) {
  u64 address = GICD_ICFGR + id / 16 * 4;
  u32 bit = 2u << id % 16 * 2;
  store32(address, (load32(address) & ~bit) | (isEdge ? bit : 0));
}

static u32 take(const char *what, u32 wanted) {
  u32 id = load32(GICC_IAR);
  want(what, id, wanted);
  return id;
}

// The PL011's transmit interrupt: up once a byte has left, down when cleared there.
static void set_up_line(void) {
  store32(UART_CR, 0);
  store32(UART_LCRH, 0x60);
  store32(UART_IMSC, 0x20);
  store32(UART_ICR, 0x7ff);
  store32(UART_CR, 0x101);
}
static void raise(void) {
  store32(UART_DR, 0);
  u32 begin = load32(TIMER_CLO);
  while (!(load32(UART_RIS) & 0x20) && load32(TIMER_CLO) - begin < 10000) {}
}
static void lower(void) { store32(UART_ICR, 0x20); }

// MARK: Sections

// 4.1.2, 4.1.3, 4.3.1 to 4.3.4, 4.4.1: identification and what Non-secure software may not see.
static void identity(void) {
  section("identity and security");
  want("GICD_TYPER", load32(GICD_TYPER), 0xfc67);
  want("GICD_IIDR", load32(GICD_IIDR), 0x0200143b);
  want("GICC_IIDR", load32(GICC_IIDR), 0x0202143b);
  store32(GICD_CTLR, 3);
  want("GICD_CTLR after 3: EnableGrp1 alone", load32(GICD_CTLR), 1);
  want("GICD_IGROUPR6", load32(GICD_IGROUPR + 24), 0);
  store32(GICD_NSACR + 4 * 13, ~0u);
  want("GICD_NSACR", load32(GICD_NSACR + 4 * 13), 0);
  store32(GICC_CTLR, ~0u);
  want("GICC_CTLR after ones: EOImodeNS, bypass disables, EnableGrp1", load32(GICC_CTLR), 0x261);
  store32(GICC_CTLR, 1);
  want("GICC_CTLR after 1", load32(GICC_CTLR), 1);
  store32(GICC_ABPR, 5);
  want("GICC_ABPR", load32(GICC_ABPR), 0);
  want("GICC_AIAR", load32(GICC_AIAR), 0);
  want("GICC_AHPPIR", load32(GICC_AHPPIR), 0);
  want("GICC_NSAPR0", load32(GICC_NSAPR), 0);
}

// 4.3.5, 4.3.11 to 4.3.13, 3.5.1: widths, bytes, and registers of interrupts that are not there.
static void fields(void) {
  section("fields");
  store32(GICD_IPRIORITYR + A, 0xff7f3f1f);
  want("priorities have four bits", load32(GICD_IPRIORITYR + A), 0xf0703010);
  store8(GICD_IPRIORITYR + A + 1, 0xa0);
  want("a byte of them", load32(GICD_IPRIORITYR + A), 0xf070a010);
  want("read as a byte", load8(GICD_IPRIORITYR + A + 3), 0xf0);
  store32(GICD_ITARGETSR + A, 0xff0f0100);
  want("targets of four cores", load32(GICD_ITARGETSR + A), 0x0f0f0100);
  store32(GICD_ITARGETSR, 0x0f0f0f0f);
  want("GICD_ITARGETSR0", load32(GICD_ITARGETSR), 0x01010101);
  want("GICD_ITARGETSR7", load32(GICD_ITARGETSR + 28), 0x01010101);
  want("GICD_ITARGETSR4: no such interrupts", load32(GICD_ITARGETSR + 16), 0);
  store32(GICD_ICENABLER, 0xffff);
  want("SGIs stay enabled", load32(GICD_ISENABLER) & 0xffff, 0xffff);
  store32(GICD_ICFGR, 0);
  want("GICD_ICFGR0: SGIs are edges", load32(GICD_ICFGR), 0xaaaaaaaa);
  store32(GICD_ICFGR + 4, ~0u);
  want("GICD_ICFGR1: PPIs are levels", load32(GICD_ICFGR + 4) & 0xaaaaaaaa, 0);
  store32(GICD_ICFGR + 4, 0);
  make_edge(A, 1);
  want("an SPI can be an edge", load32(GICD_ICFGR + A / 16 * 4) >> A % 16 * 2 & 2, 2);
  make_edge(A, 0);
  want("or a level", load32(GICD_ICFGR + A / 16 * 4) >> A % 16 * 2 & 2, 0);
  store32(GICD_ISENABLER + 32, ~0u);
  want("no enables above 256", load32(GICD_ISENABLER + 32), 0);
  store32(GICC_BPR, 0);
  want("smallest binary point", load32(GICC_BPR), 3);
  store32(GICC_PMR, 0xff);
  want("mask has four bits", load32(GICC_PMR), 0xf0);
  store32(GICC_PMR, 0x7f);
  want("mask", load32(GICC_PMR), 0x70);
  store32(GICC_PMR, 0xf0);
  store32(GICC_BPR, 3);
}

// 3.2.4, 4.3.7 to 4.3.10: states by software.
static void states(void) {
  section("states of a level-sensitive interrupt without its line");
  set_up(A, 0xa0, 1);
  want("inactive", state(A), 0);
  want("irq", irq(), 0);
  want("running", load32(GICC_RPR), 0xff);
  want("highest pending", load32(GICC_HPPIR), SPURIOUS);
  take("none: acknowledge", SPURIOUS);
  act(GICD_ISPENDR, A);
  want("pending", state(A), 1);
  want("GICD_ICPENDR reads the same", is(GICD_ICPENDR, A), 1);
  want("irq", irq(), 1);
  want("highest pending", load32(GICC_HPPIR), A);
  act(GICD_ICPENDR, A);
  want("cleared", state(A), 0);
  want("irq", irq(), 0);
  act(GICD_ISPENDR, A);
  take("acknowledge", A);
  want("active", state(A), 2);
  want("irq", irq(), 0);
  want("running", load32(GICC_RPR), 0xa0);
  act(GICD_ISPENDR, A);
  want("active and pending", state(A), 3);
  take("not signalled: acknowledge", SPURIOUS);
  want("nor the highest pending", load32(GICC_HPPIR), SPURIOUS);
  store32(GICC_EOIR, A);
  want("pending after the end", state(A), 1);
  want("running", load32(GICC_RPR), 0xff);
  take("acknowledge", A);
  store32(GICC_EOIR, A);
  want("inactive", state(A), 0);
  act(GICD_ISACTIVER, A);
  want("active by GICD_ISACTIVER", state(A), 2);
  want("GICD_ICACTIVER reads the same", is(GICD_ICACTIVER, A), 1);
  want("running is not touched", load32(GICC_RPR), 0xff);
  act(GICD_ISPENDR, A);
  take("an active one is not signalled", SPURIOUS);
  act(GICD_ICACTIVER, A);
  want("pending", state(A), 1);
  take("acknowledge", A);
  act(GICD_ICACTIVER, A);
  want("deactivated by GICD_ICACTIVER", state(A), 0);
  want("running stays", load32(GICC_RPR), 0xa0);
  store32(GICC_EOIR, A);
  want("until the end", load32(GICC_RPR), 0xff);

  section("enables");
  act(GICD_ICENABLER, A);
  act(GICD_ISPENDR, A);
  want("disabled ones pend", state(A), 1);
  want("irq", irq(), 0);
  want("highest pending", load32(GICC_HPPIR), SPURIOUS);
  take("acknowledge", SPURIOUS);
  act(GICD_ISENABLER, A);
  want("irq", irq(), 1);
  store32(GICD_CTLR, 0);
  want("distributor off: irq", irq(), 0);
  take("acknowledge", SPURIOUS);
  want("highest pending", load32(GICC_HPPIR), SPURIOUS);
  store32(GICD_CTLR, 1);
  store32(GICC_CTLR, 0);
  want("interface off: irq", irq(), 0);
  take("acknowledge", SPURIOUS);
  store32(GICC_CTLR, 1);
  take("on again: acknowledge", A);
  store32(GICC_EOIR, A);
}

// 3.3, 4.4.2: the lower value first, of equal ones the lower ID; the mask lets lower values through.
static void priorities(void) {
  section("priorities");
  set_up(A, 0x60, 1);
  set_up(B, 0x50, 1);
  set_up(C, 0x50, 1);
  set_up(D, 0x40, 1);
  for (u32 id = A; id <= D; id++) act(GICD_ISPENDR, id);
  for (u32 index = 0; index < 4; index++) {
    static const u32 order[4] = { D, B, C, A };
    want("highest pending", load32(GICC_HPPIR), order[index]);
    store32(GICC_EOIR, take("acknowledge", order[index]));
  }
  act(GICD_ISPENDR, A);
  act(GICD_ISPENDR, B);
  want("highest", load32(GICC_HPPIR), B);
  store8(GICD_IPRIORITYR + A, 0x10);
  want("a new priority counts for a pending one", load32(GICC_HPPIR), A);
  store32(GICC_EOIR, take("acknowledge", A));
  store32(GICC_EOIR, take("acknowledge", B));

  section("mask");
  set_up(A, 0x60, 1);
  act(GICD_ISPENDR, A);
  store32(GICC_PMR, 0x60);
  want("equal: irq", irq(), 0);
  want("the mask does not hide it", load32(GICC_HPPIR), A);
  take("acknowledge", SPURIOUS);
  store32(GICC_PMR, 0);
  want("all masked: irq", irq(), 0);
  store32(GICC_PMR, 0x70);
  want("below: irq", irq(), 1);
  take("acknowledge", A);
  store32(GICC_PMR, 0x10);
  want("running is not masked", load32(GICC_RPR), 0x60);
  store32(GICC_EOIR, A);
  store32(GICC_PMR, 0xf0);
}

// 3.3.2 and 3.3.3: preemption by group priority; 4.4.3: the binary point; 4.4.12: active priorities.
static void preemption(void) {
  section("preemption");
  set_up(A, 0xb0, 1);
  set_up(B, 0x90, 1);
  set_up(C, 0x80, 1);
  set_up(D, 0x10, 1);
  act(GICD_ISPENDR, B);
  take("first", B);
  act(GICD_ISPENDR, A);
  want("a lower priority waits: irq", irq(), 0);
  take("acknowledge", SPURIOUS);
  want("but is the highest pending", load32(GICC_HPPIR), A);
  act(GICD_ISPENDR, C);
  want("a higher one preempts: irq", irq(), 1);
  take("second", C);
  want("running", load32(GICC_RPR), 0x80);
  act(GICD_ISPENDR, D);
  take("third", D);
  want("running", load32(GICC_RPR), 0x10);
  want("GICC_APR0", load32(GICC_APR), 1 << 1 | 1 << 8 | 1 << 9);
  store32(GICC_EOIR, D);
  want("running", load32(GICC_RPR), 0x80);
  store32(GICC_EOIR, C);
  want("running", load32(GICC_RPR), 0x90);
  want("irq", irq(), 0);
  store32(GICC_EOIR, B);
  want("running", load32(GICC_RPR), 0xff);
  take("the waiting one", A);
  store32(GICC_EOIR, A);
  want("GICC_APR0", load32(GICC_APR), 0);

  // 0xb0, 0x90 and 0x80 against the bits that a binary point leaves: 3 all four, 4 three, ... 7 none.
  for (u32 point = 3; point < 8; point++) {
    section("binary point");
    store32(GICC_BPR, point);
    want("GICC_BPR", load32(GICC_BPR), point);
    u32 group = 0xffu << (point + 1) & 0xff;
    act(GICD_ISPENDR, A);
    take("first", A);
    want("running is the group priority", load32(GICC_RPR), 0xb0 & group);
    act(GICD_ISPENDR, C);
    u32 preempts = (0x80 & group) < (0xb0 & group);
    want("0x80 preempts 0xb0", irq(), preempts);
    take("acknowledge", preempts ? C : SPURIOUS);
    if (preempts) {
      want("running", load32(GICC_RPR), 0x80 & group);
      store32(GICC_EOIR, C);
    }
    act(GICD_ISPENDR, B);
    act(GICD_ISPENDR, C);
    store32(GICC_EOIR, A);
    take("the whole priority orders those that wait", C);
    want("0x90 waits", load32(GICC_HPPIR), B);
    want("irq", irq(), 0);
    store32(GICC_EOIR, C);
    store32(GICC_EOIR, take("then", B));
  }
  store32(GICC_BPR, 3);
}

// 3.2.1, 4.4.5, 4.4.15: GICC_EOIR drops the priority, GICC_DIR deactivates, in any order.
static void split_end(void) {
  section("EOImode 1");
  set_up(A, 0xa0, 1);
  set_up(B, 0xb0, 1);
  store32(GICC_CTLR, 1 | SPLIT);
  act(GICD_ISPENDR, A);
  take("acknowledge", A);
  store32(GICC_EOIR, A);
  want("the priority drops", load32(GICC_RPR), 0xff);
  want("still active", state(A), 2);
  act(GICD_ISPENDR, A);
  want("active and pending: irq", irq(), 0);
  act(GICD_ISPENDR, B);
  take("a lower priority may come", B);
  store32(GICC_DIR, A);
  want("deactivated while another one runs", state(A), 1);
  want("which it preempts: irq", irq(), 1);
  take("acknowledge", A);
  store32(GICC_EOIR, A);
  store32(GICC_EOIR, B);
  want("running", load32(GICC_RPR), 0xff);
  want("active", state(A) << 4 | state(B), 0x22);
  store32(GICC_DIR, A);
  want("active", state(A) << 4 | state(B), 0x02);
  store32(GICC_DIR, B);
  want("active", state(A) << 4 | state(B), 0);
  store32(GICC_EOIR, SPURIOUS);
  want("the end of a spurious one does nothing", load32(GICC_RPR), 0xff);
  act(GICD_ISPENDR, A);
  take("acknowledge", A);
  store32(GICC_EOIR, A);
  store_on(1, GICC_CTLR, 1 | SPLIT);
  store_on(1, GICC_DIR, A);
  want("another core may deactivate an SPI", state(A), 0);
  store_on(1, GICC_CTLR, 1);
  store32(GICC_CTLR, 1);
}

// 4.3.15 to 4.3.17, 4.4.4: a source at a time; which comes first is the implementation's choice.
static void generated(void) {
  section("software-generated interrupts");
  for (u64 id = 0; id < 16; id += 4) store32(GICD_IPRIORITYR + id, 0x80808080);
  store32(GICD_SGIR, 2u << 24 | 3);
  want("to itself: sources", load32(GICD_SPENDSGIR), 1u << 24);
  store32(GICC_EOIR, take("acknowledge", 3));
  for (u64 core = 1; core < 4; core++) store_on(core, GICD_SGIR, 1u << 16 | 5);
  store_on(2, GICD_SGIR, 1u << 16 | 5);
  want("from three cores, one of them twice: sources", load32(GICD_SPENDSGIR + 4), 0xe00);
  want("pending", load32(GICD_ISPENDR) & 0xffff, 1 << 5);
  u32 sources = 0;
  for (u32 index = 0; index < 3; index++) {
    u32 id = load32(GICC_IAR);
    want("acknowledge", id & ~0x1c00, 5);
    want("state", state(5), index < 2 ? 3 : 2);
    take("one at a time", SPURIOUS);
    sources |= 1u << (id >> 10);
    store32(GICC_EOIR, id);
  }
  want("sources", sources, 0xe);
  take("no more", SPURIOUS);
  store32(GICD_SPENDSGIR + 8, 0x00000600);
  want("GICD_SPENDSGIR", load32(GICD_CPENDSGIR + 8), 0x600);
  store32(GICD_CPENDSGIR + 8, 0x00000200);
  want("GICD_CPENDSGIR", load32(GICD_SPENDSGIR + 8), 0x400);
  store32(GICC_EOIR, take("acknowledge", 2u << 10 | 9));
  store32(GICD_ISPENDR, 1 << 10);
  want("GICD_ISPENDR does not touch SGIs", state(10), 0);
  store32(GICD_SGIR, 1u << 24 | 6);
  want("to all others: here", load32(GICC_HPPIR), SPURIOUS);
  for (u64 core = 1; core < 4; core++) {
    u32 id = load_on(core, GICC_IAR);
    want("there", id, 6);
    store_on(core, GICC_EOIR, id);
  }
  store32(GICD_SGIR, 0xau << 16 | 7);
  want("to 1 and 3: core 1", load_on(1, GICC_HPPIR), 7);
  want("core 2", load_on(2, GICC_HPPIR), SPURIOUS);
  want("core 3", load_on(3, GICC_HPPIR), 7);
  store_on(1, GICC_EOIR, load_on(1, GICC_IAR));
  want("core 3 after the end on core 1", load_on(3, GICC_HPPIR), 7);
  store_on(3, GICC_EOIR, load_on(3, GICC_IAR));
  store32(GICD_SGIR, 0);
  want("to nobody", load32(GICC_HPPIR), SPURIOUS);
}

// 2.2.1, 4.1.4: state, priority and enable of IDs 0 to 31 are the core's own.
static void banked(void) {
  section("private interrupts");
  store8(GICD_IPRIORITYR + 30, 0x40);
  want("priority on core 1", load_on(1, GICD_IPRIORITYR + 28) >> 16 & 0xff, 0);
  act(GICD_ISENABLER, 30);
  want("enable on core 1", load_on(1, GICD_ISENABLER) >> 30 & 1, 0);
  store_on(1, GICD_ISPENDR, 1u << 30);
  want("pending here", state(30), 0);
  want("pending on core 1", load_on(1, GICD_ISPENDR) >> 30 & 1, 1);
  want("pending on core 2", load_on(2, GICD_ISPENDR) >> 30 & 1, 0);
  store_on(1, GICD_ISENABLER, 1u << 30);
  want("irq here", irq(), 0);
  want("acknowledge on core 1", load_on(1, GICC_IAR), 30);
  want("active on core 1", load_on(1, GICD_ISACTIVER) >> 30 & 1, 1);
  want("active here", state(30), 0);
  act(GICD_ISPENDR, 30);
  take("the same one here", 30);
  store32(GICC_EOIR, 30);
  want("ended here", state(30), 0);
  want("active on core 1", load_on(1, GICD_ISACTIVER) >> 30 & 1, 1);
  store_on(1, GICC_EOIR, 30);
  want("ended on core 1", load_on(1, GICD_ISACTIVER) >> 30 & 1, 0);
  store_on(1, GICD_ICENABLER, 1u << 30);
  want("core 2's own target", load_on(2, GICD_ITARGETSR), 0x04040404);
  want("core 3's mask is its own", load_on(3, GICC_PMR), 0xf0);
}

// 1.4.3, 3.2.3, 4.3.12: an SPI for several cores is handled by one of them.
static void targets(void) {
  section("targets");
  set_up(A, 0xa0, 0);
  act(GICD_ISPENDR, A);
  want("no target", state(A), 1);
  take("acknowledge", SPURIOUS);
  store8(GICD_ITARGETSR + A, 4);
  want("core 2: here", load32(GICC_HPPIR), SPURIOUS);
  want("there", load_on(2, GICC_HPPIR), A);
  store8(GICD_ITARGETSR + A, 5);
  want("cores 0 and 2: here", load32(GICC_HPPIR), A);
  act(GICD_ISPENDR, A);
  want("pending again: here", load32(GICC_HPPIR), A);
  want("irq", irq(), 1);
  want("core 2 takes it", load_on(2, GICC_IAR), A);
  want("irq goes here", irq(), 0);
  take("spurious here", SPURIOUS);
  want("active for all", state(A), 2);
  want("running here", load32(GICC_RPR), 0xff);
  want("running there", load_on(2, GICC_RPR), 0xa0);
  act(GICD_ISPENDR, A);
  take("active, not signalled here either", SPURIOUS);
  store_on(2, GICC_EOIR, A);
  take("after the end it may come here", A);
  want("and not there", load_on(2, GICC_IAR), SPURIOUS);
  store8(GICD_ITARGETSR + A, 2);
  store32(GICC_EOIR, A);
  want("ended where it was taken", state(A), 0);
  store8(GICD_ITARGETSR + A, 1);
  act(GICD_ICPENDR, A);
}

// 1.4.2, 4.3.8, 4.3.13: the PL011 holds its line up until its own register clears it.
static void lines(void) {
  section("a line as a level");
  set_up_line();
  make_edge(LINE, 0);
  set_up(LINE, 0xa0, 1);
  want("low", state(LINE), 0);
  raise();
  want("high", state(LINE), 1);
  act(GICD_ICPENDR, LINE);
  want("GICD_ICPENDR cannot clear a level", state(LINE), 1);
  take("acknowledge", LINE);
  want("active and pending", state(LINE), 3);
  store32(GICC_EOIR, LINE);
  take("again after the end", LINE);
  lower();
  want("low: active", state(LINE), 2);
  store32(GICC_EOIR, LINE);
  want("inactive", state(LINE), 0);
  act(GICD_ISPENDR, LINE);
  raise();
  lower();
  want("set by software, up and down again: pending", state(LINE), 1);
  act(GICD_ICPENDR, LINE);
  want("cleared", state(LINE), 0);
  raise();
  want("up", irq(), 1);
  lower();
  want("down before the acknowledge", irq(), 0);
  take("acknowledge", SPURIOUS);

  section("a line as an edge");
  make_edge(LINE, 1);
  raise();
  want("latched", state(LINE), 1);
  lower();
  want("still with the line low", state(LINE), 1);
  raise();
  take("two edges are one interrupt", LINE);
  want("the level does not count", state(LINE), 2);
  lower();
  raise();
  want("an edge while active", state(LINE), 3);
  store32(GICC_EOIR, LINE);
  take("acknowledge", LINE);
  store32(GICC_EOIR, LINE);
  want("inactive with the line high", state(LINE), 0);
  lower();
  raise();
  act(GICD_ICPENDR, LINE);
  want("GICD_ICPENDR clears the latch", state(LINE), 0);
  lower();
  act(GICD_ICENABLER, LINE);
  raise();
  want("a disabled one latches, too", state(LINE), 1);
  lower();
  act(GICD_ISENABLER, LINE);
  store32(GICC_EOIR, take("acknowledge", LINE));
  make_edge(LINE, 0);

  section("the generic timer's level");
  store8(GICD_IPRIORITYR + 30, 0x40);
  act(GICD_ISENABLER, 30);
  WRITE(cntp_cval_el0, 0);
  WRITE(cntp_ctl_el0, 1);
  want("up", state(30), 1);
  take("acknowledge", 30);
  want("active and pending", state(30), 3);
  WRITE(cntp_ctl_el0, 3);
  want("masked at the timer: active", state(30), 2);
  store32(GICC_EOIR, 30);
  want("inactive", state(30), 0);
  WRITE(cntp_ctl_el0, 0);
}

// MARK: Exceptions

static volatile u32 taken[8], count;

void el2_exception(struct frame *frame, u64 vector) {
  u32 id = load32(GICC_IAR);
  taken[count++ & 7] = (u32)vector << 16 | id;
  if (id == A || id == B) {
    act(GICD_ISPENDR, id + 1);
    __asm__ volatile("msr daifclr, #2\n isb\n nop\n msr daifset, #2" : : : "memory");
  }
  store32(GICC_EOIR, id);
  taken[count++ & 7] = 0x10000 | id;
}

// 3.3.2: the same as exceptions; A pends B, which preempts and pends C, which does not.
static void exceptions(void) {
  section("nested exceptions");
  set_up(A, 0xa0, 1);
  set_up(B, 0x90, 1);
  set_up(C, 0x90, 1);
  act(GICD_ISPENDR, A);
  __asm__ volatile("msr daifclr, #2\n isb\n nop\n msr daifset, #2" : : : "memory");
  static const u32 order[6] = {
    0x2800000 | A, 0x2800000 | B, 0x10000 | B, 0x2800000 | C, 0x10000 | C, 0x10000 | A
  };
  want("steps", count, 6);
  for (u32 index = 0; index < 6; index++) want("step", taken[index], order[index]);
  want("running", load32(GICC_RPR), 0xff);
}

void guest_main(void) {
  print("gic-distributor\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW | HCR_IMO);
  identity();
  fields();
  start_cores();
  states();
  priorities();
  preemption();
  split_end();
  generated();
  banked();
  targets();
  lines();
  exceptions();
  finish();
}
