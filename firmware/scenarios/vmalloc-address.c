// A kernel takes an address of its vmalloc area for one of its linear map (docs/scenarios/README.md).
//
// A small kernel at EL1 under a small hypervisor, with the address space that Linux 5.4 to 5.8 has with 48 bits:
// linear map, vmalloc area with the kernel's image in it, page structures. It takes a buffer for the firmware out
// of a pool that is mapped in the vmalloc area (uncached, since the device is not coherent), asks the firmware for
// its revision, and frees the buffer again. Freeing looks at the page's structure, which is where the bug is.
// -DFIXED walks the tables instead. -DTO_MAILBOX makes the same mistake one step earlier: the bus address comes
// from the vmalloc address too.
#include "../guests/guest.h"

// ---- The address space ----

#define PAGE_OFFSET   0xffff000000000000ul
#define VMALLOC_START 0xffff800010000000ul
#define VMEMMAP_START 0xfffffdffffe00000ul
#define STRUCT_PAGE   64

#define KERNEL        VMALLOC_START                 // physical 0 is there, as the kernel's image is part of it
#define POOL          (VMALLOC_START + 0x1b0d000)   // one page of the pool for uncached buffers
#define IO            (VMALLOC_START + 0x4000000)   // ioremap() of 0xfe000000
#define POOL_PHYSICAL 0x37b00000ul
#define PAGES         0x600000ul                    // physical memory of the page structures: 2 MiB are enough

#define S2_RAM (15ul << 2 | 3ul << 6 | 3ul << 8 | 1ul << 10)
#define S2_IO  (1ul << 2 | 3ul << 6 | 1ul << 10 | 1ul << 54)
#define TCR    (16ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 16ul << 16 | 1ul << 24 | 1ul << 26 | 3ul << 28 \
                | 2ul << 30 | 4ul << 32)            // 48 bits and 4 KiB in both halves
#define SCTLR_ON 0x30d0180dul

static u64 tables[24][512] __attribute__((aligned(4096)));
static u32 used;
static u64 *upper, *empty;
static u8 stack[16384] __attribute__((aligned(16)));

// Maps what a descriptor of level `leaf` covers.
static void map(u64 *root, u32 first, u32 leaf, u64 va, u64 descriptor) {
  u64 *table = root;
  for (u32 level = first; level < leaf; level++) {
    u64 *entry = &table[va >> (39 - 9 * level) & 511];
    if (!*entry) *entry = (u64)tables[used++] | S1_TABLE;
    table = (u64 *)(*entry & 0xfffffffff000ul);
  }
  table[va >> (39 - 9 * leaf) & 511] = descriptor;
}

// ---- The kernel, at EL1 ----

static void say(const char *text) {
  for (; *text; text++) {
    while (!(load32(IO + 0x215054) & 0x20)) {}
    store32(IO + 0x215040, *text);
  }
}

static void say_field(const char *name, u64 value) {
  char digits[20], *end = digits + 19;
  *end = 0;
  do {
    u64 digit = value & 15;
    *--end = digit < 10 ? '0' + digit : 'a' - 10 + digit;
    value >>= 4;
  } while (value);
  say(name);
  say("=0x");
  say(end);
}

__attribute__((noreturn)) static void halt(void) {
  __asm__ volatile("hvc #0xfff");
  __builtin_unreachable();
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1);
  say("kernel: cannot handle a paging request:");
  say_field(" address", READ(far_el1));
  say_field(" ESR", esr);
  say_field(" pc", frame->elr);
  say("\n");
  halt();
}

// What Linux' virt_to_page() computes: it holds for addresses of the linear map.
__attribute__((noinline, unused)) static volatile u64 *virt_to_page(u64 address) {
  return (volatile u64 *)(VMEMMAP_START + (address - PAGE_OFFSET) / 4096 * STRUCT_PAGE);
}

// The table's word on any address: what AT says is what a walk would find.
static u64 walk(u64 address) {
  __asm__ volatile("at s1e1r, %0\n isb" : : "r"(address) : "memory");
  return (READ(par_el1) & 0xfffffffff000ul) | (address & 4095);
}

__attribute__((noinline, unused)) static volatile u64 *vmalloc_to_page(u64 address) {
  return (volatile u64 *)(VMEMMAP_START + walk(address) / 4096 * STRUCT_PAGE);
}

__attribute__((noinline)) static void free_coherent(u64 address) {
#ifdef FIXED
  volatile u64 *page = vmalloc_to_page(address);
#else
  volatile u64 *page = virt_to_page(address);
#endif
  *page &= ~(1ul << 10);
  say("kernel: the buffer is free\n");
}

static void property_list(void) {
  volatile u32 *message = (volatile u32 *)POOL;
#if defined TO_MAILBOX && !defined FIXED
  u32 bus = 0xc0000000u + (u32)(POOL - PAGE_OFFSET);
#else
  u32 bus = 0xc0000000u + (u32)walk(POOL);
#endif
  message[0] = 7 * 4;
  message[1] = 0;
  message[2] = 1;                                   // the firmware's revision
  message[3] = 4;
  message[4] = 0;
  message[5] = 0;
  message[6] = 0;
  BARRIER();
  store32(IO + 0xb8a0, bus | 8);
  while (load32(IO + 0xb898) & 1u << 30) {}
  (void)load32(IO + 0xb880);
  BARRIER();
  say(message[1] == 0x80000000 ? "kernel: firmware" : "kernel: no answer from the firmware:");
  say_field(" revision", message[5]);
  say_field(", asked at bus address", bus);
  say("\n");
  free_coherent(POOL);
}

static void kernel(void) {
  property_list();
  halt();
}

// ---- The hypervisor ----

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE) leave_el1(0);
  print("hypervisor: unexpected exception");
  print_field("esr", esr);
  print_field("far", READ(far_el2));
  print("\n");
  leave_el1(1);
}

void guest_main(void) {
  // The domain: 16 MiB for the kernel, 2 MiB for the pool, mapped one to one.
  u64 *stage2 = tables[used++];
  for (u64 at = 0; at < 0x1000000; at += 0x200000) map(stage2, 1, 2, at, at | S1_BLOCK | S2_RAM);
  map(stage2, 1, 2, POOL_PHYSICAL & ~0x1ffffful, (POOL_PHYSICAL & ~0x1ffffful) | S1_BLOCK | S2_RAM);
  map(stage2, 1, 1, 3 * GIB, 3 * GIB | S1_BLOCK | S2_IO);

  upper = tables[used++];
  empty = tables[used++];
  map(upper, 0, 1, PAGE_OFFSET, S1_BLOCK | S1_RAM);
  for (u64 at = 0; at < 0x400000; at += 0x200000) map(upper, 0, 2, KERNEL + at, at | S1_BLOCK | S1_RAM);
  map(upper, 0, 3, POOL, POOL_PHYSICAL | S1_PAGE | S1_AF);
  for (u64 at = 0; at < 0x400000; at += 0x200000) map(upper, 0, 2, IO + at, (0xfe000000ul + at) | S1_BLOCK | S1_AF);
  u64 pages = VMEMMAP_START + POOL_PHYSICAL / 4096 * STRUCT_PAGE;
  map(upper, 0, 2, pages, PAGES | S1_BLOCK | S1_RAM);

  WRITE(vbar_el2, el2_vectors);
  WRITE(vtcr_el2, 1ul << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 25);
  WRITE(vttbr_el2, (u64)stage2 | 1ul << 48);
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, TCR);
  WRITE(ttbr0_el1, (u64)empty);
  WRITE(ttbr1_el1, (u64)upper);
  WRITE(vbar_el1, (u64)el1_vectors + KERNEL);
  WRITE(sctlr_el1, SCTLR_ON);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  __asm__ volatile("dsb sy\n tlbi alle1is\n dsb ish\n isb" : : : "memory");
  call_el1((u64)kernel + KERNEL, 0, (u64)stack + sizeof stack + KERNEL);
}
