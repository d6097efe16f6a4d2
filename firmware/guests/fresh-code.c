// Jumps through 64 MiB of code that never ran before, three times: each round writes other instructions. The sum
// shows that each ran as it was written. For what keeps translated code: it neither leaks nor slows down.
// Arm DDI 0487, B2.4.4 (instruction caches).
#include "guest.h"

#define AREA 0x4000000ul
#define SIZE 0x4000000ul
#define LINE 64ul
#define ROUNDS 3

// add x0, x0, #amount; b to the next line.
static u64 line(u64 amount) { return 0x91000000u | amount << 10 | (0x14000000ul | (LINE - 4) / 4) << 32; }

// Whether the sum is right.
static u64 run(u64 round) {
  u64 words = line(round);
  for (u64 at = AREA; at < AREA + SIZE; at += LINE) *(volatile u64 *)at = words;
  *(volatile u64 *)(AREA + SIZE - LINE) = (words & 0xffffffff) | 0xd65f03c0ul << 32;  // ret
  __asm__ volatile("dsb sy\n ic iallu\n dsb sy\n isb" : : : "memory");
  u64 sum = ((u64(*)(u64))AREA)(0);
  print("round"); print_field("sum", sum); print("\n");
  return sum == round * (SIZE / LINE);
}

void guest_main(void) {
  u64 right = 0;
  for (u64 round = 1; round <= ROUNDS; round++) right += run(round);
  print("cases: "); print_number(ROUNDS); print("\n");
  print(right == ROUNDS ? "PASS\n" : "FAIL\n");
}
