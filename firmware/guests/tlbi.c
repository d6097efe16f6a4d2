// TLB maintenance. Each case fills the TLB with the pages below, changes every one of their descriptors to
// another frame, executes one TLBI, and reads all again: a letter is what was seen, "o" the old frame (the
// entry was still there) or "n" the new one. Arm DDI 0487, D4.8 and C5.5.
//
// The pages: a and b under ASID 1, c under ASID 2, a global page, all in VMID 1; d in VMID 2; e and f of EL2.
// What must go ("required") is "n"; what may stay is "o" on a core that keeps it. No two have the same address, so that
// none needs the other's place.
#include "guest.h"

static u64 l1[2][512] __attribute__((aligned(4096))), l2[2][512] __attribute__((aligned(4096)));
static u64 l3[2][512] __attribute__((aligned(4096)));
static u64 h1[512] __attribute__((aligned(4096))), h2[512] __attribute__((aligned(4096)));
static u64 h3[512] __attribute__((aligned(4096)));
static u64 s1[2][512] __attribute__((aligned(4096))), s2[2][512] __attribute__((aligned(4096)));
static u64 s3[2][512] __attribute__((aligned(4096)));
static u64 frames[2][512] __attribute__((aligned(4096)));
static u8 stack[8192] __attribute__((aligned(16)));
static u64 cases;

// Two ASIDs have tables of their own; IPA 1 GiB and up is where the pages are, so that stage 2 can change, too.
#define PAGE_A 0x40200000ul
#define PAGE_B 0x40201000ul
#define PAGE_C 0x40202000ul
#define GLOBAL 0x40203000ul
#define PAGE_D 0x40204000ul
#define PAGE_E 0x40205000ul
#define PAGE_F 0x40206000ul
#define IPA    0x80200000ul
#define NOT_GLOBAL (1ul << 11)
#define S2_RAM (15 << 2 | 3 << 6 | 3 << 8 | 1 << 10)

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  WRITE(sctlr_el2, 0x30c50830);
  print("lost"); print_field("esr", esr); print_field("elr", frame->elr); print_field("far", READ(far_el2)); print("\n");
  for (;;) __asm__ volatile("wfi");
}

void el1_exception(struct frame *frame, u64 vector) { __asm__ volatile("hvc #1"); }

static u64 load(u64 va) {
  u64 value;
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(va) : "memory");
  return value;
}

static void tables(int which) {
  // Stage 1: page n of ASID k lies at IPA + 4096 * n, in either state of stage 1 another.
  for (int k = 0; k < 2; k++) {
    l1[k][0] = 0 | S1_BLOCK | S1_RAM;
    l1[k][1] = (u64)l2[k] | S1_TABLE;
    l2[k][1] = (u64)l3[k] | S1_TABLE;
    for (u64 i = 0; i < 7; i++) {
      u64 ipa = IPA + ((which & 1) << 12);
      l3[k][i] = ipa | S1_PAGE | S1_RAM | (i != 3 ? NOT_GLOBAL : 0);
    }
    s1[k][0] = 0 | 1 | S2_RAM;
    s1[k][2] = (u64)s2[k] | 3;
    s2[k][1] = (u64)s3[k] | 3;
    u64 swap = which >> 1 & 1;
    s3[k][0] = (u64)frames[swap] | 3 | S2_RAM;
    s3[k][1] = (u64)frames[1 - swap] | 3 | S2_RAM;
  }
  h1[0] = 0 | S1_BLOCK | S1_RAM;
  h1[1] = (u64)h2 | S1_TABLE;
  h2[1] = (u64)h3 | S1_TABLE;
  h1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  h3[5] = (u64)frames[which & 1] | S1_PAGE | S1_RAM;
  h3[6] = (u64)frames[which & 1] | S1_PAGE | S1_RAM;
  __asm__ volatile("dsb ish" : : : "memory");
}

static char seen[10];
static void asid(u64 n) { WRITE(ttbr0_el1, (u64)l1[n - 1] | n << 48); }
static u64 look_at_el1(u64 second) {
  if (second) {
    seen[4] = load(PAGE_D) ? 'n' : 'o';
    return 0;
  }
  seen[0] = load(PAGE_A) ? 'n' : 'o';
  seen[1] = load(PAGE_B) ? 'n' : 'o';
  seen[3] = load(GLOBAL) ? 'n' : 'o';
  asid(2);
  seen[2] = load(PAGE_C) ? 'n' : 'o';
  asid(1);
  return 0;
}

static void vmid(u64 n) { WRITE(vttbr_el2, (u64)s1[n - 1] | n << 48); }
static void look(void) {
  u64 top = (u64)stack + sizeof stack;
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  asid(1);
  vmid(2);
  call_el1((u64)look_at_el1, 1, top);
  vmid(1);
  call_el1((u64)look_at_el1, 0, top);
  WRITE(hcr_el2, HCR_RW);
  seen[5] = load(PAGE_E) ? 'n' : 'o';
  seen[6] = load(PAGE_F) ? 'n' : 'o';
}

// With each, the pages that it must invalidate when stage 1 or EL2 changed, and when stage 2 did: by VA, ASID and
// VMID (C5.5, D5.10.2), where an operation on stage 1 alone may leave what is cached of stage 2, and the reverse.
#define OPERATIONS(X) \
  X(nothing, "nop", 0, "", "") \
  X(vmalle1, "tlbi vmalle1", 0, "abcg", "") \
  X(vmalle1is, "tlbi vmalle1is", 0, "abcg", "") \
  X(vae1_a_1, "tlbi vae1, %0", PAGE_A >> 12 | 1ul << 48, "a", "") \
  X(vae1_a_2, "tlbi vae1, %0", PAGE_A >> 12 | 2ul << 48, "", "") \
  X(vae1_b_1, "tlbi vae1, %0", PAGE_B >> 12 | 1ul << 48, "b", "") \
  X(vae1_c_2, "tlbi vae1, %0", PAGE_C >> 12 | 2ul << 48, "c", "") \
  X(vae1_global_2, "tlbi vae1, %0", GLOBAL >> 12 | 2ul << 48, "g", "") \
  X(vae1is_a_1, "tlbi vae1is, %0", PAGE_A >> 12 | 1ul << 48, "a", "") \
  X(vale1_a_1, "tlbi vale1, %0", PAGE_A >> 12 | 1ul << 48, "a", "") \
  X(vae1_d_1, "tlbi vae1, %0", PAGE_D >> 12 | 1ul << 48, "", "") \
  X(vale1is_a_2, "tlbi vale1is, %0", PAGE_A >> 12 | 2ul << 48, "", "") \
  X(vaae1_a, "tlbi vaae1, %0", PAGE_A >> 12, "a", "") \
  X(vaae1is_b, "tlbi vaae1is, %0", PAGE_B >> 12, "b", "") \
  X(vaale1_a, "tlbi vaale1, %0", PAGE_A >> 12, "a", "") \
  X(vaale1is_global, "tlbi vaale1is, %0", GLOBAL >> 12, "g", "") \
  X(aside1_1, "tlbi aside1, %0", 1ul << 48, "ab", "") \
  X(aside1_2, "tlbi aside1, %0", 2ul << 48, "c", "") \
  X(aside1is_1, "tlbi aside1is, %0", 1ul << 48, "ab", "") \
  X(vaae1_c, "tlbi vaae1, %0", PAGE_C >> 12, "c", "") \
  X(aside1_3, "tlbi aside1, %0", 3ul << 48, "", "") \
  X(alle1, "tlbi alle1", 0, "abcgd", "abcgd") \
  X(alle1is, "tlbi alle1is", 0, "abcgd", "abcgd") \
  X(vmalls12e1, "tlbi vmalls12e1", 0, "abcg", "abcg") \
  X(vmalls12e1is, "tlbi vmalls12e1is", 0, "abcg", "abcg") \
  X(alle2, "tlbi alle2", 0, "ef", "") \
  X(alle2is, "tlbi alle2is", 0, "ef", "") \
  X(vae2_e, "tlbi vae2, %0", PAGE_E >> 12, "e", "") \
  X(vae2is_f, "tlbi vae2is, %0", PAGE_F >> 12, "f", "") \
  X(vale2_e, "tlbi vale2, %0", PAGE_E >> 12, "e", "") \
  X(vale2is_f, "tlbi vale2is, %0", PAGE_F >> 12, "f", "") \
  X(ipas2e1, "tlbi ipas2e1, %0", IPA >> 12, "", "") \
  X(ipas2le1, "tlbi ipas2le1, %0", IPA >> 12, "", "") \
  X(ipas2e1is, "tlbi ipas2e1is, %0", IPA >> 12, "", "") \
  X(ipas2le1is, "tlbi ipas2le1is, %0", IPA >> 12, "", "") \
  X(ipas2e1_then_vmalle1, "tlbi ipas2e1, %0\n dsb ish\n tlbi vmalle1", IPA >> 12, "abcg", "abcg") \
  X(ipas2e1is_then_vmalle1is, "tlbi ipas2e1is, %0\n dsb ish\n tlbi vmalle1is", IPA >> 12, "abcg", "abcg")
#define OPERATION(name, code, operand, one, two) \
  static u64 do_##name(u64 unused) { __asm__ volatile(code "\n dsb ish\n isb" : : "r"(operand) : "memory"); return 0; }
OPERATIONS(OPERATION)
#define ENTRY(name, code, operand, one, two) {#name, do_##name, {one, two}},
static const struct { const char *name; u64 (*function)(u64); const char *scopes[2]; } operations[] = {OPERATIONS(ENTRY)};

static int contains(const char *set, char page) {
  while (*set && *set != page) set++;
  return *set != 0;
}

// `change`: 1 stage 1 (and EL2), 2 stage 2. At EL1 what EL1 may do.
static void scope(int o, int change, int at_el1) {
  tables(0);
  __asm__ volatile("tlbi alle1\n tlbi alle2\n dsb ish\n isb" : : : "memory");
  look();
  tables(change);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  vmid(1);
  if (at_el1) call_el1((u64)operations[o].function, 0, (u64)stack + sizeof stack);
  else operations[o].function(0);
  look();
  print(operations[o].name);
  print(change == 1 ? (at_el1 ? " at EL1:" : " at EL2:") : " at EL2, stage 2 changed:");
  static const char *const pages[] = {"a", "b", "c", "global", "d", "e", "f"};
  // First what must be new, then what may be: the board keeps that.
  for (int required = 1; required >= 0; required--) {
    print(required ? " required" : "; others");
    for (int i = 0; i < 7; i++) {
      if (contains(operations[o].scopes[change - 1], pages[i][0]) != required) continue;
      char text[2] = {seen[i], 0};
      print(" ");
      print(pages[i]);
      print("=");
      print(text);
      if (required && seen[i] != 'n') print(" STALE");
    }
  }
  print("\n");
  cases += 7;
}

void guest_main(void) {
  print("tlbi\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(vbar_el1, el1_vectors);
  WRITE(hcr_el2, HCR_RW);
  frames[1][0] = 1;
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 32 << 16);
  WRITE(vtcr_el2, 1ul << 31 | 1 << 6 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, h1);
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 12);
  tables(0);
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
  int count = sizeof operations / sizeof *operations;
  for (int o = 0; o < count; o++) scope(o, 1, 0);
  // ALLE1, VMALLS12E1 and what follows belong to EL2.
  for (int o = 0; o < count && operations[o].function != do_alle1; o++) scope(o, 1, 1);
  for (int o = 0; o < count; o++) scope(o, 2, 0);
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
