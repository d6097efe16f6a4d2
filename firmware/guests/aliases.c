// Maps one page of code at a thousand addresses and calls it through each; writes it through another in each round.
// What was written through one address runs at all of them, and a round costs what the first did.
// Arm DDI 0487, B2.4.4, D5.10.2 (instruction caches are physically indexed and tagged: CTR_EL0.L1Ip of the Cortex-A72).
#include "guest.h"

#define COUNT 1000ul
#define BASE GIB
#define ROUNDS 6

static u64 l1[512] __attribute__((aligned(4096)));
static u64 l2[512] __attribute__((aligned(4096)));
static u64 l3[1024] __attribute__((aligned(4096)));
static u32 code[1024] __attribute__((aligned(4096)));

static void enable_mmu(void) {
  l1[0] = S1_BLOCK | S1_RAM;
  l1[1] = (u64)l2 | S1_TABLE;
  l1[3] = 3 * GIB | S1_BLOCK | S1_AF;
  l2[0] = (u64)l3 | S1_TABLE;
  l2[1] = (u64)(l3 + 512) | S1_TABLE;
  for (u64 i = 0; i < COUNT; i++) l3[i] = (u64)code | S1_PAGE | S1_RAM;
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  __asm__ volatile("dsb sy\n tlbi alle2" : : : "memory");
  BARRIER();
  WRITE(sctlr_el2, 0x30c50830 | 1 | 1 << 2 | 1 << 12);
}

void guest_main(void) {
  code[1] = 0xd65f03c0;
  enable_mmu();
  u64 wrong = 0;
  for (u64 round = 0; round < ROUNDS; round++) {
    u64 writer = BASE + (round * 163 % COUNT << 12);
    *(volatile u32 *)writer = 0x91000000u | (u32)(round + 1) << 10;  // add x0, x0, #(round + 1)
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic iallu\n dsb ish\n isb" : : "r"(writer) : "memory");
    u64 sum = 0;
    for (u64 i = 0; i < COUNT; i++) sum = ((u64(*)(u64))(BASE + (i << 12)))(sum);
    if (sum != (round + 1) * COUNT) wrong++;
    print("round"); print_field("sum", sum); print("\n");
  }
  if (wrong) { print_field("WRONG", wrong); print("\n"); }
  print("cases: "); print_number(ROUNDS * COUNT); print("\n");
  print(wrong ? "FAIL\n" : "PASS\n");
}
