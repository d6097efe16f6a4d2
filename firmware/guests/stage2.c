// EL1 under a stage-2 identity map with holes: what EL2 learns of each fault, emulation of a device, changes
// of the map, two VMIDs, and address translation instructions. The expected values come from Arm DDI 0487:
// D13.2.37 (ESR_EL2, ISS of a data abort), D13.2.55 (HPFAR_EL2), D5.3 and D5.4 (stage 2), D13.2.87 (PAR_EL1).
#include "guest.h"

#define S2_TABLE  3ul
#define S2_PAGE   3ul
#define S2_BLOCK  1ul
#define S2_NORMAL (15ul << 2)
#define S2_DEVICE (1ul << 2)
#define S2_READ   (1ul << 6)
#define S2_WRITE  (1ul << 7)
#define S2_INNER  (3ul << 8)
#define S2_AF     (1ul << 10)
#define S2_XN     (1ul << 54)
#define S2_RAM    (S2_NORMAL | S2_READ | S2_WRITE | S2_INNER | S2_AF)
#define S2_IO     (S2_DEVICE | S2_READ | S2_WRITE | S2_AF | S2_XN)

#define MIB2      0x200000ul
#define REGION    0x800000ul           // 2 MiB that are mapped by pages
#define HOLE      (REGION + 0x1000)
#define READ_ONLY (REGION + 0x2000)
#define REMAPPED  (REGION + 0x3000)
#define OTHER     (REGION + 0x4000)
#define NEVER     (REGION + 0x5000)    // execute-never
#define NO_ACCESS_FLAG (REGION + 0x6000)
#define LAZY      (REGION + 0x7000)    // a hole that EL2 fills at the first access
#define TOO_HIGH  (REGION + 0x8000)    // its output does not fit VTCR_EL2.PS
#define BIG_HOLE  0xa00000ul           // 2 MiB
#define DEVICE    0x80001000ul         // in a hole of 1 GiB: a device that EL2 emulates

#define TEST(name, code) __asm__(".text\n .balign 4\n" #name ":\n" code "\n ret"); u64 name(u64);
TEST(hypercall_remap, "hvc #1")
TEST(hypercall_unmap, "hvc #2")
TEST(hypercall_vmid, "hvc #3")
TEST(hypercall_at, "hvc #4")
TEST(load_w, "ldr w7, [x0]")
TEST(load_signed_byte, "ldrsb x3, [x0]")
TEST(load_signed_half, "ldrsh w4, [x0]")
TEST(load_half, "ldrh w17, [x0]")
TEST(load_acquire, "ldar w2, [x0]")
TEST(load_pair, "ldp x2, x3, [x0]")
TEST(load_post, "ldr x2, [x0], #8")
TEST(load_zero, "ldr xzr, [x0]")
TEST(store_x, "str x30, [x0]")
TEST(store_zero_byte, "strb wzr, [x0]")
TEST(store_w, "str w6, [x0]")
TEST(store_release, "stlr x5, [x0]")
TEST(load_exclusive, "ldxr x3, [x0]")
TEST(cache_clean, "dc cvac, x0")
TEST(cache_zero, "dc zva, x0")
TEST(branch, "br x0")

static u64 tables[2][512] __attribute__((aligned(4096)));     // level 1, for VMID 1 and 2
static u64 low[512] __attribute__((aligned(4096)));
static u64 region[2][512] __attribute__((aligned(4096)));
static u64 low2[512] __attribute__((aligned(4096)));
static u64 high[512] __attribute__((aligned(4096)));
static u64 stage1[512] __attribute__((aligned(4096)));
static u8 stack[16384] __attribute__((aligned(16)));
static u64 faults, device_reads;
static u32 device_word;

enum { CALL_REMAP = 1, CALL_UNMAP, CALL_VMID, CALL_AT };

static void set_page(u64 address, u64 descriptor) {
  region[0][(address >> 12) & 511] = descriptor;
  BARRIER();
  __asm__ volatile("tlbi ipas2e1is, %0\n dsb ish\n tlbi vmalle1is" : : "r"(address >> 12) : "memory");
  BARRIER();
}

static u64 ipa(void) { return (READ(hpfar_el2) >> 4 << 12) | (READ(far_el2) & 0xfff); }

// A device of two words: the first counts up when read, the second keeps what is written.
static void emulate(struct frame *frame, u64 esr) {
  u32 target = (esr >> 16) & 31;
  u64 offset = ipa() - DEVICE;
  if (esr & 0x40) {
    device_word = target == 31 ? 0 : (u32)frame->x[target];
    print("  EL2 device write");
    print_field("offset", offset);
    print_field("value", device_word);
    print("\n");
  } else if (target != 31) {
    frame->x[target] = offset ? device_word : 0xcafe0000 + ++device_reads;
  }
  frame->elr += 4;
}

static void print_par(const char *name) {
  u64 par = READ(par_el1);
  if (!(par & 1)) par &= ~0xff00000000000780ul;   // without attributes and what the implementation defines
  print_field(name, par);
}

static void hypercall(struct frame *frame, u64 number) {
  switch (number) {
  case CALL_REMAP: set_page(REMAPPED, OTHER | S2_PAGE | S2_RAM); break;
  case CALL_UNMAP: set_page(REMAPPED, 0); break;
  case CALL_VMID: WRITE(vttbr_el2, (u64)tables[frame->x[0] - 1] | frame->x[0] << 48); break;
  case CALL_AT: {
    u64 address = frame->x[0];
    print_field("address", address);
    __asm__ volatile("at s12e1r, %0\n isb" : : "r"(address));
    print_par("read");
    __asm__ volatile("at s12e1w, %0\n isb" : : "r"(address));
    print_par("write");
    print("\n");
    break;
  }
  }
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2), class = esr >> 26, status = esr & 0x3f;
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (class == 0x16) return hypercall(frame, esr & 0xffff);
  faults++;
  if (class == 0x24 && (esr & 1 << 24) && ipa() >> 12 == DEVICE >> 12 && (READ(far_el2) & 0xfff) < 8)
    return emulate(frame, esr);
  print_field("esr", esr);
  print_field("far", READ(far_el2));
  // HPFAR_EL2 is UNKNOWN after a permission fault that is not of a stage-1 walk.
  if ((status & 0x3c) != 0x0c || (esr & 0x80)) print_field("hpfar", READ(hpfar_el2));
  print("\n");
  if (class == 0x20) {
    frame->elr = frame->x[30];
  } else if (ipa() >> 12 == LAZY >> 12) {
    set_page(LAZY, LAZY | S2_PAGE | S2_RAM);
  } else {
    frame->elr += 4;
  }
}

void el1_exception(struct frame *frame, u64 vector) {
  print(" unexpected exception to EL1");
  print_field("esr", READ(esr_el1));
  print_field("far", READ(far_el1));
  print("\n");
  frame->elr = frame->x[30];
}

static void here(const char *name, u64 (*test)(u64), u64 argument) {
  print(name);
  print(":");
  u64 before = faults;
  test(argument);
  if (faults == before) print(" no fault\n");
}

static void address_translation(const char *name, u64 address) {
  print(name);
  print(":");
  hypercall_at(address);
}

static void show(const char *name, u64 address) {
  print(name);
  print(":");
  print_field("value", load32(address));
  print("\n");
}

static u64 el1_plain(u64 unused) {
  WRITE(vbar_el1, el1_vectors);
  here("ldr w7, hole", load_w, HOLE + 0x10);
  here("ldrsb x3", load_signed_byte, HOLE + 1);
  here("ldrsh w4", load_signed_half, HOLE + 2);
  here("ldrh w17", load_half, HOLE + 4);
  here("ldar w2", load_acquire, HOLE + 8);
  here("ldr xzr", load_zero, HOLE + 8);
  here("ldp x2, x3", load_pair, HOLE + 0x20);
  here("ldr x2, post-indexed", load_post, HOLE + 0x28);
  here("ldxr x3", load_exclusive, HOLE + 0x30);
  here("str x30", store_x, HOLE + 0xff8);
  here("strb wzr", store_zero_byte, HOLE + 0xfff);
  here("stlr x5", store_release, HOLE + 0x18);
  here("dc cvac", cache_clean, HOLE + 0x40);
  here("hole of a GiB", load_w, DEVICE + 0x1000);
  here("hole of 2 MiB", load_w, BIG_HOLE + 8);
  here("beyond VTCR_EL2.T0SZ", load_w, 0x100000000);
  here("output beyond VTCR_EL2.PS", load_w, TOO_HIGH);
  here("store to a read-only page", store_w, READ_ONLY + 4);
  here("load from a read-only page", load_w, READ_ONLY + 4);
  here("access flag", load_w, NO_ACCESS_FLAG);
  here("branch to a hole", branch, HOLE);
  here("branch to an execute-never page", branch, NEVER);
  here("page that comes with its fault", load_w, LAZY + 8);
  here("the same again", load_w, LAZY + 8);

  show("emulated device", DEVICE);
  show("emulated device", DEVICE);
  store32(DEVICE + 4, 0xbeef);
  show("emulated device", DEVICE + 4);

  show("before the change", REMAPPED);
  hypercall_remap(0);
  show("after the change", REMAPPED);
  hypercall_unmap(0);
  here("after the removal", load_w, REMAPPED);
  for (u64 turn = 0; turn < 4; turn++) {
    hypercall_vmid(1 + (turn + 1) % 2);
    show(turn & 1 ? "VMID 1" : "VMID 2", LAZY);
  }

  address_translation("AT, memory", OTHER);
  address_translation("AT, read-only page", READ_ONLY);
  address_translation("AT, hole", HOLE);
  return 0;
}

static u64 el1_translated(u64 unused) {
  stage1[0] = 0 | S1_BLOCK | S1_RAM;
  stage1[1] = 0 | S1_BLOCK | S1_RAM;
  stage1[2] = HOLE | S1_TABLE;
  stage1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  BARRIER();
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 32 << 16);
  WRITE(ttbr0_el1, stage1);
  __asm__ volatile("tlbi vmalle1" : : : "memory");
  BARRIER();
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 12);

  here("stage-1 walk in a hole, load", load_w, 0x80000000);
  here("stage-1 walk in a hole, branch", branch, 0x80000000);
  here("virtual address is not intermediate address", load_w, 0x40000000 + HOLE + 0x10);
  here("load that reaches into a hole", load_w, HOLE - 2);
  here("dc zva", cache_zero, HOLE + 0x80);
  address_translation("AT, stage-1 walk in a hole", 0x80000000);
  address_translation("AT, virtual address", 0x40000000 + OTHER);
  return 0;
}

static void build_tables(void) {
  for (u64 i = 0; i < 512; i++) {
    low[i] = i * MIB2 | S2_BLOCK | S2_RAM;
    high[i] = (3 * GIB + i * MIB2) | S2_BLOCK | S2_IO;
    region[0][i] = (REGION + i * 4096) | S2_PAGE | S2_RAM;
  }
  low[BIG_HOLE / MIB2] = 0;
  region[0][1] = 0;
  region[0][2] &= ~S2_WRITE;
  region[0][5] |= S2_XN;
  region[0][6] &= ~S2_AF;
  region[0][7] = 0;
  region[0][8] = 4 * GIB | S2_PAGE | S2_RAM;
  for (u64 i = 0; i < 512; i++) {
    region[1][i] = region[0][i];
    low2[i] = low[i];
  }
  region[1][7] = OTHER | S2_PAGE | S2_RAM;
  low[REGION / MIB2] = (u64)region[0] | S2_TABLE;
  low2[REGION / MIB2] = (u64)region[1] | S2_TABLE;
  tables[0][0] = (u64)low | S2_TABLE;
  tables[1][0] = (u64)low2 | S2_TABLE;
  tables[0][3] = tables[1][3] = (u64)high | S2_TABLE;
}

void guest_main(void) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(sctlr_el2, 0x30c50830);
  WRITE(cptr_el2, 0x33ff);
  WRITE(sctlr_el1, 0x30d00800);
  print("stage2\n");
  build_tables();
  store32(REMAPPED, 0x3333);
  store32(OTHER, 0x4444);
  store32(LAZY, 0x7777);
  WRITE(vtcr_el2, 0x80000000 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 32);
  WRITE(vttbr_el2, (u64)tables[0] | 1ul << 48);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  __asm__ volatile("tlbi alle1" : : : "memory");
  BARRIER();
  u64 top = (u64)stack + sizeof stack;
  call_el1((u64)el1_plain, 0, top);
  call_el1((u64)el1_translated, 0, top);
  print("PASS\n");
}
