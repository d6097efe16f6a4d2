// Stores to data in the page of the code that does it, as small programs and generated code do. The code stays as it
// is; a round costs what the first did.
#include "guest.h"

#define TIMES 20000ul
#define ROUNDS 4

static u64 l1[512] __attribute__((aligned(4096)));

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

// A counter in the line behind the loop.
__attribute__((noinline)) static u64 count(u64 times) {
  register u64 result __asm__("x0") = times;
  __asm__ volatile(
      "  b 2f\n  .balign 64\n1: .quad 0\n  .balign 64\n"
      "2: adr x1, 1b\n"
      "3: ldr x2, [x1]\n  add x2, x2, #1\n  str x2, [x1]\n  subs x0, x0, #1\n  b.ne 3b\n"
      "  mov x0, x2\n"
      : "+r"(result) : : "x1", "x2", "cc", "memory");
  return result;
}

void guest_main(void) {
  enable_mmu();
  u64 wrong = 0;
  for (u64 round = 1; round <= ROUNDS; round++) {
    u64 sum = count(TIMES);
    if (sum != round * TIMES) wrong++;
    print("round"); print_field("count", sum); print("\n");
  }
  if (wrong) { print_field("WRONG", wrong); print("\n"); }
  print("cases: "); print_number(ROUNDS * TIMES); print("\n");
  print(wrong ? "FAIL\n" : "PASS\n");
}
