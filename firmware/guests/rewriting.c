// Rewrites its own code in a loop: a function of another page, one of the page it is called from, and an instruction
// a few places ahead. What was written is what runs, and each round costs what the first did.
// Arm DDI 0487, B2.4.4.
#include "guest.h"

#define TIMES 3000ul
#define ROUNDS 4

static u64 l1[512] __attribute__((aligned(4096)));
static u32 far_code[1024] __attribute__((aligned(4096)));

static void enable_mmu(void) {
  l1[0] = S1_BLOCK | S1_RAM;
  l1[3] = 3 * GIB | S1_BLOCK | S1_AF;
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  __asm__ volatile("dsb sy\n tlbi alle2" : : : "memory");
  BARRIER();
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
}

// Makes an instruction what it is to be, for this core (B2.4.4).
#define SYNCHRONIZE "dc cvau, %[at]\n dsb ish\n ic ivau, %[at]\n dsb ish\n isb\n"

static void put(u32 *at, u32 word) {
  *(volatile u32 *)at = word;
  __asm__ volatile(SYNCHRONIZE : : [at] "r"(at) : "memory");
}

static u32 movz(u64 value) { return 0xd2800000u | (u32)(value & 0xffff) << 5; }

static u64 other_page(u64 value) {
  put(far_code, movz(value));
  return ((u64(*)(void))far_code)();
}

// The function lies behind its caller, in one page with it.
static u64 same_page(u64 value) {
  register u64 result __asm__("x0");
  register u64 word __asm__("x1") = movz(value);
  __asm__ volatile(
      "  b 2f\n  .balign 256\n1: movz x0, #0\n  ret\n"
      "2: adr x2, 1b\n  str w1, [x2]\n  dc cvau, x2\n  dsb ish\n  ic ivau, x2\n  dsb ish\n  isb\n  bl 1b\n"
      : "=r"(result), "+r"(word) : : "x2", "x30", "memory");
  return result;
}

static u64 ahead(u64 value) {
  register u64 result __asm__("x0");
  register u64 word __asm__("x1") = movz(value);
  __asm__ volatile(
      "  adr x2, 1f\n  str w1, [x2]\n  dc cvau, x2\n  dsb ish\n  ic ivau, x2\n  dsb ish\n  isb\n"
      "1: movz x0, #0\n"
      : "=r"(result), "+r"(word) : : "x2", "memory");
  return result;
}

void guest_main(void) {
  enable_mmu();
  far_code[1] = 0xd65f03c0;
  u64 (*const ways[])(u64) = {other_page, same_page, ahead};
  u64 wrong = 0;
  for (u64 round = 0; round < ROUNDS; round++) {
    u64 sum = 0;
    for (u64 i = 0; i < TIMES; i++) {
      u64 value = i * 7 + round;
      for (u64 way = 0; way < 3; way++) {
        u64 result = ways[way](value);
        if (result != (value & 0xffff)) wrong++;
        sum += result;
      }
    }
    print("round"); print_field("sum", sum); print("\n");
  }
  if (wrong) { print_field("WRONG", wrong); print("\n"); }
  print("cases: "); print_number(ROUNDS * TIMES * 3); print("\n");
  print(wrong ? "FAIL\n" : "PASS\n");
}
