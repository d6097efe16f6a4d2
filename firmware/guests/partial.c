// Faults in the middle of an access: pairs, SIMD structures and unaligned accesses that cross a page whose
// other side is absent, read-only or not accessed, at stage 1 of EL2 and at stage 2 under EL1. A line has a
// token for each distance of the access from the page's end: "." no fault, else the level, the syndrome, the
// distance of FAR from the page's end (and HPFAR), or "=" for the same again. "!" is where the base register
// has changed with the fault, "#" where the access, once the handler has mapped the page and returned, has
// not the result of one that did not. What is loaded or stored before a fault is UNKNOWN, and not looked
// at. Arm DDI 0487, C1.3.3 (writeback), D1.13.4 (an access that faults in the middle), D13.2.40 (FAR).
#include "guest.h"

#define WINDOW (2 * GIB)               // two pages, the second of which comes and goes
#define PLAIN  (2 * GIB + 0x10000)     // the same memory for good
#define EDGE   4096ul

static u64 l1[512] __attribute__((aligned(4096))), l2[512] __attribute__((aligned(4096)));
static u64 l3[512] __attribute__((aligned(4096)));
static u64 s2l1[512] __attribute__((aligned(4096))), s2l2[512] __attribute__((aligned(4096)));
static u64 s2l3[512] __attribute__((aligned(4096))), *entry, entry_value;
static u8 pages[2][4096] __attribute__((aligned(4096)));
static u8 stack[16384] __attribute__((aligned(16)));

// What an access begins and ends with; the functions below know the offsets.
struct state { u64 x[4], base, v[8]; } input, output;
static u64 cases, level, esr, far, hpfar, base_at_fault, faults;

static void flush(void) {
  __asm__ volatile("dsb sy\n tlbi alle2\n tlbi alle1\n dsb sy\n isb" : : : "memory");
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 syndrome = READ(esr_el2);
  if (syndrome == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (++faults == 1) {
    level = vector >= 0x400 ? 1 : 2;
    esr = syndrome;
    far = READ(far_el2);
    hpfar = level == 1 ? READ(hpfar_el2) : 0;
    base_at_fault = frame->x[0];
  }
  if (faults > 3) {
    print(" no end");
    print_field("esr", syndrome);
    print_field("elr", frame->elr);
    print("\nFAIL\n");
    for (;;) __asm__ volatile("wfi");
  }
  *entry = entry_value;
  flush();
}

#define LOADS(X) \
  X(ldrb, "ldrb w1, [x0]") X(ldr_w, "ldr w1, [x0]") X(ldr_x, "ldr x1, [x0]") X(ldrsw, "ldrsw x1, [x0]") \
  X(ldr_x_pre, "ldr x1, [x0, #8]!") X(ldr_x_post, "ldr x1, [x0], #24") \
  X(ldr_w_register, "ldr w1, [x0, x4]") X(ldrsw_r, "ldrsw x1, [x0, x4]") X(ldrsh_r, "ldrsh x1, [x0, x4]") \
  X(ldtr, "ldtr x1, [x0]") X(ldp_w, "ldp w1, w2, [x0]") X(ldp_x, "ldp x1, x2, [x0]") \
  X(ldp_x_pre, "ldp x1, x2, [x0, #16]!") X(ldp_x_post, "ldp x1, x2, [x0], #-32") \
  X(ldnp, "ldnp x1, x2, [x0]") X(ldpsw, "ldpsw x1, x2, [x0]") X(ldp_base_first, "ldp x0, x1, [x0]") \
  X(ldp_base_second, "ldp x1, x0, [x0]") X(ldr_base, "ldr x0, [x0]") X(ldp_s, "ldp s0, s1, [x0]") \
  X(ldp_d, "ldp d0, d1, [x0]") X(ldp_q, "ldp q0, q1, [x0]") X(ldp_q_post, "ldp q0, q1, [x0], #32") \
  X(ldr_q, "ldr q0, [x0]") X(ldr_d, "ldr d0, [x0]") X(ldr_h, "ldr h0, [x0]") \
  X(ldr_q_pre, "ldr q0, [x0, #16]!") X(ld1_1, "ld1 {v0.16b}, [x0]") X(ld1_2, "ld1 {v0.4s, v1.4s}, [x0]") \
  X(ld1_3, "ld1 {v0.8b, v1.8b, v2.8b}, [x0]") X(ld1_4_post, "ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64") \
  X(ld2, "ld2 {v0.8h, v1.8h}, [x0]") X(ld2_post, "ld2 {v0.4s, v1.4s}, [x0], x4") \
  X(ld3, "ld3 {v0.16b, v1.16b, v2.16b}, [x0]") X(ld3_post, "ld3 {v0.2s, v1.2s, v2.2s}, [x0], #24") \
  X(ld4, "ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x0]") \
  X(ld4_post, "ld4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64") X(ld1_lane, "ld1 {v0.d}[1], [x0]") \
  X(ld2_lane_post, "ld2 {v0.s, v1.s}[2], [x0], #8") X(ld3_lane, "ld3 {v0.h, v1.h, v2.h}[5], [x0]") \
  X(ld4_lane, "ld4 {v0.b, v1.b, v2.b, v3.b}[9], [x0]") \
  X(ld4_lane_post, "ld4 {v0.d, v1.d, v2.d, v3.d}[0], [x0], x4") X(ld1r, "ld1r {v0.4s}, [x0]") \
  X(ld2r_post, "ld2r {v0.8h, v1.8h}, [x0], #4") X(ld4r, "ld4r {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]")
#define STORES(X) \
  X(strb, "strb w1, [x0]") X(strh, "strh w1, [x0]") X(str_w, "str w1, [x0]") X(str_x, "str x1, [x0]") \
  X(str_x_pre, "str x1, [x0, #-8]!") X(str_x_post, "str x1, [x0], #40") X(sttr, "sttr x1, [x0]") \
  X(stp_w, "stp w1, w2, [x0]") X(stp_x, "stp x1, x2, [x0]") X(stp_x_pre, "stp x1, x2, [x0, #8]!") \
  X(stp_x_post, "stp x1, x2, [x0], #16") X(stnp, "stnp x1, x2, [x0]") X(stp_s, "stp s0, s1, [x0]") \
  X(stp_q, "stp q0, q1, [x0]") X(stp_q_pre, "stp q0, q1, [x0, #-16]!") X(str_q, "str q0, [x0]") \
  X(str_d, "str d0, [x0]") X(str_q_post, "str q0, [x0], #16") X(st1_1, "st1 {v0.8h}, [x0]") \
  X(st1_2, "st1 {v0.16b, v1.16b}, [x0]") X(st1_3_post, "st1 {v0.2d, v1.2d, v2.2d}, [x0], #48") \
  X(st1_4, "st1 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]") X(st2, "st2 {v0.16b, v1.16b}, [x0]") \
  X(st3, "st3 {v0.4h, v1.4h, v2.4h}, [x0]") X(st3_post, "st3 {v0.16b, v1.16b, v2.16b}, [x0], #48") \
  X(st4, "st4 {v0.8h, v1.8h, v2.8h, v3.8h}, [x0]") \
  X(st4_post, "st4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64") X(st1_lane_post, "st1 {v0.h}[3], [x0], #2") \
  X(st2_lane, "st2 {v0.d, v1.d}[1], [x0]") X(st3_lane, "st3 {v0.b, v1.b, v2.b}[1], [x0]") \
  X(st4_lane, "st4 {v0.s, v1.s, v2.s, v3.s}[3], [x0]") \
  X(st4_lane_post, "st4 {v0.h, v1.h, v2.h, v3.h}[6], [x0], x4") X(dc_zva, "dc zva, x0")
// x0 = the address; x10 = the state to begin with, x11 = where it goes.
#define FUNCTION(name, code) \
  __asm__(".text\n .arch_extension simd\n .balign 4\ntest_" #name ":\n" \
    " adrp x10, input\n add x10, x10, :lo12:input\n adrp x11, output\n add x11, x11, :lo12:output\n" \
    " ldp x1, x2, [x10]\n ldp x3, x4, [x10, #16]\n add x9, x10, #40\n mov x4, #56\n" \
    " ldr d0, [x9]\n ldr d1, [x9, #8]\n ldr d2, [x9, #16]\n ldr d3, [x9, #24]\n" \
    " ldr x12, [x9, #32]\n mov v0.d[1], x12\n ldr x12, [x9, #40]\n mov v1.d[1], x12\n" \
    " ldr x12, [x9, #48]\n mov v2.d[1], x12\n ldr x12, [x9, #56]\n mov v3.d[1], x12\n" \
    code "\n" \
    " stp x1, x2, [x11]\n stp x3, x4, [x11, #16]\n str x0, [x11, #32]\n add x9, x11, #40\n" \
    " str d0, [x9]\n str d1, [x9, #8]\n str d2, [x9, #16]\n str d3, [x9, #24]\n" \
    " mov x12, v0.d[1]\n str x12, [x9, #32]\n mov x12, v1.d[1]\n str x12, [x9, #40]\n" \
    " mov x12, v2.d[1]\n str x12, [x9, #48]\n mov x12, v3.d[1]\n str x12, [x9, #56]\n mov x0, #0\n ret\n"); \
  u64 test_##name(u64);
LOADS(FUNCTION)
STORES(FUNCTION)
#define ENTRY(name, code) {#name, test_##name},
static const struct test { const char *name; u64 (*function)(u64); } loads[] = {LOADS(ENTRY)},
  stores[] = {STORES(ENTRY)};

static u8 memory_at(u64 i) { return ((volatile u8 *)pages)[i]; }
static void fill(void) {
  for (u64 i = EDGE - 192; i < EDGE + 192; i++) ((volatile u8 *)pages)[i] = (u8)(i * 7 + (i >> 8));
}

// A number for all that the access has done, the address taken from the base.
static u64 digest(u64 from) {
  u64 hash = 0xcbf29ce484222325;
  u64 words[13];
  for (u64 i = 0; i < 4; i++) words[i] = output.x[i];
  words[4] = output.base > WINDOW && output.base < WINDOW + 0x20000 ? output.base - from : output.base;
  for (u64 i = 0; i < 8; i++) words[5 + i] = output.v[i];
  for (u64 i = 0; i < 13; i++) hash = (hash ^ words[i]) * 0x100000001b3 ^ hash >> 29;
  for (u64 i = EDGE - 192; i < EDGE + 192; i++) hash = (hash ^ memory_at(i)) * 0x100000001b3;
  return hash;
}

enum { SECOND_ABSENT, FIRST_ABSENT, SECOND_READ_ONLY, SECOND_UNACCESSED, KINDS };
static const char *const kind_names[] = {
  "second absent", "first absent", "second read-only", "second not accessed"};

static void run(u64 (*function)(u64), u64 address, u64 at_el1) {
  faults = 0;
  if (at_el1) call_el1((u64)function, address, (u64)stack + sizeof stack);
  else function(address);
}

static void test(const struct test *test, u64 kind, u64 at_el1) {
  static const u8 distances[] = {0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 60, 63, 64, 72};
  print(at_el1 ? "stage 2, " : "stage 1, ");
  print(kind_names[kind]);
  print(", ");
  print(test->name);
  print(":");
  u64 page = kind == FIRST_ABSENT ? 0 : 1, last = 0;
  for (u64 i = 0; i < sizeof distances; i++) {
    u64 offset = EDGE - distances[i];
    fill();
    run(test->function, PLAIN + offset, at_el1);
    u64 wanted = digest(PLAIN);
    fill();
    entry = at_el1 ? &s2l3[((u64)pages >> 12 & 511) + page] : &l3[page];
    entry_value = *entry;
    if (kind == SECOND_READ_ONLY) *entry = at_el1 ? entry_value & ~(2ul << 6) : entry_value | S1_READ_ONLY;
    else if (kind == SECOND_UNACCESSED) *entry = entry_value & ~S1_AF;
    else *entry = 0;
    flush();
    run(test->function, WINDOW + offset, at_el1);
    u64 taken = faults;
    *entry = entry_value;
    flush();
    u64 signature = taken ? far * 31 + (hpfar << 36) + level * 7 + esr : 0;
    print(" ");
    if (taken && i && signature == last) {
      print("=");
    } else if (taken) {
      print_number(level);
      print("/");
      print_number(esr);
      print("/");
      u64 from_edge = far - (WINDOW + EDGE);
      if ((long)from_edge < 0) print("-");
      print_number((long)from_edge < 0 ? -from_edge : from_edge);
      if (level == 1) { print("/"); print_number((hpfar << 8) - (u64)pages); }
    } else {
      print(".");
    }
    last = signature;
    if (taken && base_at_fault != WINDOW + offset) print("!");
    if (taken > 1 || digest(WINDOW) != wanted) print("#");
    cases++;
  }
  print("\n");
}

void guest_main(void) {
  print("partial\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  WRITE(cpacr_el1, 3 << 20);
  l1[0] = S1_BLOCK | S1_RAM;
  l1[2] = (u64)l2 | S1_TABLE;
  l1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  l2[0] = (u64)l3 | S1_TABLE;
  for (u64 i = 0; i < 2; i++) l3[i] = l3[16 + i] = (u64)pages[i] | S1_PAGE | S1_RAM | S1_EL0;
  // Stage 2: all as it is, the first 2 MiB by pages.
  s2l1[0] = (u64)s2l2 | S1_TABLE;
  s2l1[3] = 3 * GIB | S1_BLOCK | S1_AF | 3 << 6 | 1 << 2;
  for (u64 i = 0; i < 512; i++) {
    s2l2[i] = i << 21 | S1_BLOCK | S1_AF | S1_INNER | 3 << 6 | 15 << 2;
    s2l3[i] = i << 12 | S1_PAGE | S1_AF | S1_INNER | 3 << 6 | 15 << 2;
  }
  s2l2[(u64)pages >> 21] = (u64)s2l3 | S1_TABLE;
  for (u64 i = 0; i < 512; i++) s2l3[i] |= (u64)pages >> 21 << 21;
  for (u64 i = 0; i < 4; i++) input.x[i] = 0x0123456789abcdef * (i + 3);
  for (u64 i = 0; i < 8; i++) input.v[i] = 0xfedcba9876543210 * (i + 5);
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  WRITE(mair_el1, MAIR);
  WRITE(tcr_el1, 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23);
  WRITE(ttbr0_el1, l1);
  WRITE(vtcr_el2, 32 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 1ul << 31);
  WRITE(vttbr_el2, s2l1);
  flush();
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
  WRITE(sctlr_el1, 0x30d00800 | 1 | 1 << 2 | 1 << 12);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  for (u64 at_el1 = 0; at_el1 < 2; at_el1++) {
    for (u64 kind = 0; kind < KINDS; kind++) {
      if (kind != SECOND_READ_ONLY)
        for (u64 i = 0; i < sizeof loads / sizeof *loads; i++) test(&loads[i], kind, at_el1);
      for (u64 i = 0; i < sizeof stores / sizeof *stores; i++) test(&stores[i], kind, at_el1);
    }
  }
  WRITE(sctlr_el2, 0x30c50830);
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
