// A hypervisor takes a page back while a DMA channel still writes to it (docs/scenarios/README.md).
//
// Guest 1 records time stamps into a ring of two pages, by a list of two control blocks that lead to each other.
// It gives the second page back while the channel fills the first one. The hypervisor unmaps it, invalidates,
// scrubs it and gives it to guest 2. Nobody has told the channel, and no stage 2 stands between it and memory.
// With -DFIXED the hypervisor stops the channel first, as a driver domain's must.
#include "../guests/guest.h"
#include "../guests/dma.h"

#define S2_TABLE  3ul
#define S2_PAGE   3ul
#define S2_BLOCK  1ul
#define S2_RAM    (15ul << 2 | 3ul << 6 | 3ul << 8 | 1ul << 10)
#define S2_IO     (1ul << 2 | 3ul << 6 | 1ul << 10 | 1ul << 54)

#define RING      0x800000ul            // two pages of guest 1, in 2 MiB that are mapped by pages
#define LENT      (RING + 0x1000)
#define GIFT      0x900000ul            // where guest 2 sees the page
#define CHANNEL   5
#define STAMPS    0x7e003004            // the system timer's CLO, as DMA channels see it
#define ACTIVE    1u
#define RESET     (1u << 31)
#define MARK      0x2074736575672073ul

enum { CALL_GIVE_BACK = 1 };

static u64 level1[2][512] __attribute__((aligned(4096)));     // for VMID 1 and 2
static u64 level2[2][512] __attribute__((aligned(4096)));
static u64 pages[2][512] __attribute__((aligned(4096)));
static u8 stack[16384] __attribute__((aligned(16)));

static void enter(u64 vmid) { WRITE(vttbr_el2, (u64)level1[vmid - 1] | vmid << 48); }

static u64 *entry(u64 vmid, u64 ipa) { return &pages[vmid - 1][ipa >> 12 & 511]; }

static void invalidate(u64 ipa) {
  __asm__ volatile("dsb ish\n tlbi ipas2e1is, %0\n dsb ish\n tlbi vmalle1is\n dsb ish\n isb" : : "r"(ipa >> 12) : "memory");
}

static void stop_channel(void) {
  dma_write(CHANNEL, CS, RESET);
  while (dma_read(CHANNEL, CS) & ACTIVE) {}
}

// ---- The hypervisor ----

static void give_back(u64 page) {
#ifdef FIXED
  stop_channel();
#endif
  *entry(1, page) = 0;
  invalidate(page);
  for (u64 *word = (u64 *)page; word < (u64 *)(page + 0x1000); word++) *(volatile u64 *)word = 0;
  *entry(2, GIFT) = page | S2_PAGE | S2_RAM;
  enter(2);
  BARRIER();
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (esr == 0x5a000000 + CALL_GIVE_BACK) {
    give_back(frame->x[0]);
    // Guest 1 is not run again.
    leave_el1(0);
  }
  print("hypervisor: unexpected exception");
  print_field("esr", esr);
  print_field("far", READ(far_el2));
  print("\n");
  leave_el1(1);
}

void el1_exception(struct frame *frame, u64 vector) {
  print("guest: unexpected exception");
  print_field("esr", READ(esr_el1));
  print("\n");
  __asm__ volatile("hvc #0xfff");
}

// ---- The guests ----

static void guest1(void) {
  fill_block(0, D_INC, STAMPS, LEGACY(RING), 0x1000, 0, LEGACY(blocks[1]), 0);
  fill_block(1, D_INC, STAMPS, LEGACY(LENT), 0x1000, 0, LEGACY(blocks[0]), 0);
  BARRIER();
  dma_write(CHANNEL, CONBLK_AD, LEGACY(blocks[0]));
  dma_write(CHANNEL, CS, ACTIVE);
  // Once around, until the first page is being filled again.
  while (dma_read(CHANNEL, CONBLK_AD) != LEGACY(blocks[1])) {}
  while (dma_read(CHANNEL, CONBLK_AD) != LEGACY(blocks[0])) {}
  print("guest 1: page "); print_number(LENT); print(" is not being filled; it goes back\n");
  register u64 x0 __asm__("x0") = LENT;
  __asm__ volatile("hvc #1" : : "r"(x0) : "memory");
}

static void guest2(void) {
  volatile u64 *page = (volatile u64 *)GIFT;
  for (u32 i = 0; i < 512; i++) page[i] = MARK;
  // As long as a page takes twice.
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0) / 5000;
  while (READ(cntpct_el0) < end) {}
  u32 changed = 0;
  for (u32 i = 0; i < 512; i++) changed += page[i] != MARK;
  if (changed) {
    print("guest 2: its page holds "); print_number(page[0]);
    print(", which it did not write, and so do "); print_number(changed - 1); print(" words more\n");
  } else {
    print("guest 2: its page is as it was written\n");
  }
}

void guest_main(void) {
  for (u64 vm = 0; vm < 2; vm++) {
    for (u64 i = 0; i < 512; i++) level2[vm][i] = i << 21 | S2_BLOCK | S2_RAM;
    level2[vm][RING >> 21] = (u64)pages[vm] | S2_TABLE;
    level1[vm][0] = (u64)level2[vm] | S2_TABLE;
    level1[vm][3] = 3 * GIB | S2_BLOCK | S2_IO;
  }
  *entry(1, RING) = RING | S2_PAGE | S2_RAM;
  *entry(1, LENT) = LENT | S2_PAGE | S2_RAM;
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  // 39 bits of IPA, tables from level 1, pages of 4 KiB.
  WRITE(vtcr_el2, 1ul << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 25);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  WRITE(cnthctl_el2, 3);
  __asm__ volatile("tlbi alle1is\n dsb ish\n isb" : : : "memory");
  enter(1);
  call_el1((u64)guest1, 0, (u64)stack + sizeof stack);
  print("hypervisor: the page is guest 2's\n");
  call_el1((u64)guest2, 0, (u64)stack + sizeof stack);
  stop_channel();
}
