// Bare-metal loops, entered at 0x80000 at EL2: ROUNDS rounds of KERNEL, then one line on the PL011 with a
// checksum. They run at EL1 with caches on, under stage 2, or with -DFLAT at EL2 without translation. Built by
// Benchmarks/run.

#include "bare.h"

// One gigabyte an entry, to itself: memory, and the peripherals in the fourth.
__attribute__((aligned(4096))) u64 stage_1[512] = {
    NORMAL_STAGE_1, 0x40000000 | NORMAL_STAGE_1, 0, 0xc0000000ul | DEVICE_STAGE_1};
__attribute__((aligned(4096))) u64 stage_2[512] = {
    NORMAL_STAGE_2, 0x40000000 | NORMAL_STAGE_2, 0, 0xc0000000ul | DEVICE_STAGE_2};

__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "mrs x1, mpidr_el1\n"
      "and x1, x1, #3\n"
      "cbnz x1, 1f\n"
      REST_OTHERS
      "mov x1, #0x80000\n"
      "mov sp, x1\n"
      "mov x2, #0x33ff\n"  // CPTR_EL2: no traps
      "msr cptr_el2, x2\n"
      "mov x2, #0x300000\n"  // CPACR_EL1.FPEN
      "msr cpacr_el1, x2\n"
      "isb\n"
#ifndef FLAT
      "msr sp_el1, x1\n"
      "adrp x2, stage_2\n"
      "msr vttbr_el2, x2\n"
      "ldr x2, =0x80023559\n"  // VTCR_EL2: 39 bits, from level 1, Write-Back, inner shareable, 40-bit addresses
      "msr vtcr_el2, x2\n"
      "adrp x2, stage_1\n"
      "msr ttbr0_el1, x2\n"
      "ldr x2, =0x200803519\n"  // TCR_EL1: the same for the lower half, none for the upper
      "msr tcr_el1, x2\n"
      "mov x2, #0xff\n"  // MAIR_EL1: 0 Write-Back, 1 Device-nGnRnE
      "msr mair_el1, x2\n"
      "ldr x2, =0x30d01805\n"  // SCTLR_EL1: M, C, I
      "msr sctlr_el1, x2\n"
      "ldr x2, =0x80000001\n"  // HCR_EL2: RW, VM
      "msr hcr_el2, x2\n"
      "mov x2, #0x3c5\n"
      "msr spsr_el2, x2\n"
      "adr x2, run\n"
      "msr elr_el2, x2\n"
      "isb\n"
      "tlbi alle1\n"
      "dsb sy\n"
      "isb\n"
      "eret\n"
#else
      "b run\n"
#endif
      "1: wfe\n"
      "b 1b\n");
}

static u8 memory[1 << 16];

// Registers only: shifts, multiplications, dependent arithmetic.
static u64 alu(u64 seed) {
  u64 a = seed | 1, b = ~seed, c = 0;
  for (u32 i = 0; i < 1000000; i++) {
    a ^= a << 13;
    a ^= a >> 7;
    a ^= a << 17;
    b = b * 6364136223846793005ul + a;
    c += (b >> 33) ^ i;
  }
  return a ^ b ^ c;
}

// Byte stores and loads with strides, and hard-to-guess branches.
static u64 sieve(u64 seed) {
  u64 count = seed & 1;
  for (u32 i = 2; i < sizeof memory; i++) memory[i] = 1;
  for (u32 i = 2; i < sizeof memory; i++) {
    if (!memory[i]) continue;
    count++;
    for (u32 j = i * 2; j < sizeof memory; j += i) memory[j] = 0;
  }
  return count;
}

// Table look-ups over words.
static u64 crc(u64 seed) {
  static u32 table[256];
  for (u32 i = 0; i < 256; i++) {
    u32 value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[i] = value;
  }
  u32 value = (u32)seed;
  for (u32 i = 0; i < sizeof memory; i++) {
    memory[i] = (u8)(i * 7 + value);
    value = value >> 8 ^ table[(value ^ memory[i]) & 255];
  }
  return value;
}

// Word loads and stores, one after the other.
static u64 copy(u64 seed) {
  static u64 from[1 << 12], to[1 << 12];
  u64 sum = seed;
  for (u32 i = 0; i < 1 << 12; i++) from[i] = seed + i;
  for (u32 pass = 0; pass < 16; pass++)
    for (u32 i = 0; i < 1 << 12; i++) to[i] = from[i] + pass;
  for (u32 i = 0; i < 1 << 12; i++) sum += to[i];
  return sum;
}

// Recursion, comparisons, exchanges: calls and returns, hard-to-guess branches.
static void quicksort(u32 *low, u32 *high) {
  while (low < high) {
    u32 pivot = low[(high - low) / 2], *i = low, *j = high;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        u32 held = *i;
        *i++ = *j;
        *j-- = held;
      }
    }
    quicksort(low, j);
    low = i;
  }
}
static u64 sort(u64 seed) {
  static u32 values[1 << 13];
  u32 state = (u32)seed | 1, sum = 0;
  for (u32 i = 0; i < 1 << 13; i++) values[i] = state = state * 1664525 + 1013904223;
  quicksort(values, values + (1 << 13) - 1);
  for (u32 i = 0; i < 1 << 13; i++) sum = sum * 31 + values[i];
  return sum;
}

// A binary tree, filled and searched: loads whose addresses are the result of loads.
static u64 tree(u64 seed) {
  static struct node { u32 key; struct node *child[2]; } nodes[1 << 12];
  u32 state = (u32)seed | 1, found = 0;
  for (u32 i = 0; i < 1 << 12; i++) {
    nodes[i].key = state = state * 1664525 + 1013904223;
    nodes[i].child[0] = nodes[i].child[1] = 0;
    for (struct node *at = nodes; i > 0;) {
      struct node **next = &at->child[nodes[i].key > at->key];
      if (!*next) {
        *next = &nodes[i];
        break;
      }
      at = *next;
    }
  }
  for (u32 i = 0; i < 1 << 13; i++) {
    state = state * 1664525 + 1013904223;
    for (struct node *at = nodes; at; at = at->child[state > at->key]) found++;
  }
  return found;
}

// An interpreter of bytecode: an indirect branch for each of its instructions.
static u64 machine(u64 seed) {
  static const u8 code[] = {0, 3, 1, 4, 2, 5, 0, 4, 1, 3, 5, 2, 4, 0, 6};
  static void *const labels[] = {&&add, &&shift, &&mix, &&sub, &&invert, &&rotate, &&loop};
  u64 a = seed, b = ~seed, rounds = 100000;
  const u8 *at = code;
#define NEXT goto *labels[*at++]
  NEXT;
add: a += b; NEXT;
shift: b ^= a << 7; NEXT;
mix: a ^= b >> 9; NEXT;
sub: b -= a; NEXT;
invert: a = ~a; NEXT;
rotate: b = b << 13 | b >> 51; NEXT;
loop:
  if (--rounds == 0) return a ^ b;
  at = code;
  NEXT;
}

// A stream over four MiB, larger than the host's second cache.
static u64 stream(u64 seed) {
  static u64 big[1 << 19];
  u64 sum = 0;
  for (u32 i = 0; i < 1 << 19; i++) big[i] = seed ^ i;
  for (u32 i = 0; i < 1 << 19; i++) sum += big[i];
  return sum;
}

// Loads whose address is the last one's result, all over a MiB.
static u64 chase(u64 seed) {
  static u32 next[1 << 18];
  u32 at = 0, state = 1;
  if (!next[0])
    for (u32 i = 0; i < 1 << 18; i++) {
      u32 to = state = state * 5 + 1 & ((1 << 18) - 1);
      next[at] = to;
      at = to;
    }
  at = (u32)seed & ((1 << 18) - 1);
  for (u32 i = 0; i < 1 << 18; i++) at = next[at];
  return at;
}

// Calls and returns.
static __attribute__((noinline)) u64 fib(u64 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static u64 call(u64 seed) { return fib(20 + (seed & 1)); }

// Calls through a table.
static __attribute__((noinline)) u64 first(u64 a) { return a + 3; }
static __attribute__((noinline)) u64 second(u64 a) { return a ^ a >> 3; }
static __attribute__((noinline)) u64 third(u64 a) { return a * 5; }
static __attribute__((noinline)) u64 fourth(u64 a) { return a - 7; }
static u64 indirect(u64 seed) {
  static u64 (*volatile const table[])(u64) = {first, second, third, fourth};
  u64 a = seed;
  for (u32 i = 0; i < 200000; i++) a = table[a >> 2 & 3](a);
  return a;
}

#ifndef __ARM_FP
#define KERNELS_WITHOUT_FP
#else
// A point of the Mandelbrot set after another: dependent multiplications and additions.
static u64 fp(u64 seed) {
  u64 inside = seed & 1;
  for (u32 y = 0; y < 64; y++)
    for (u32 x = 0; x < 64; x++) {
      double cr = x * (3.0 / 64) - 2, ci = y * (2.0 / 64) - 1, r = 0, i = 0;
      u32 n = 0;
      while (n < 50 && r * r + i * i < 4) {
        double t = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = t;
        n++;
      }
      inside += n;
    }
  return inside;
}

// Roots, quotients, conversions.
static u64 fpdiv(u64 seed) {
  double sum = (double)(seed & 255);
  for (u32 i = 1; i < 20000; i++) sum += __builtin_sqrt((double)i) / (sum + 1);
  return (u64)(sum * 1000);
}

typedef float f4 __attribute__((vector_size(16)));
typedef double d2 __attribute__((vector_size(16)));
typedef u8 b16 __attribute__((vector_size(16)));
typedef u32 w4 __attribute__((vector_size(16)));

// Four singles and two doubles at a time.
static u64 fpvector(u64 seed) {
  static f4 x[1024], y[1024];
  static d2 z[1024];
  for (u32 i = 0; i < 1024; i++) {
    float v = (float)(i + (seed & 7));
    x[i] = (f4){v, v + 1, v + 2, v + 3};
    y[i] = (f4){1, 2, 3, 4};
    z[i] = (d2){v, -v};
  }
  f4 sum = {0, 0, 0, 0};
  d2 other = {0, 0};
  for (u32 pass = 0; pass < 16; pass++)
    for (u32 i = 0; i < 1024; i++) {
      y[i] = y[i] * 0.5f + x[i];
      sum += y[i];
      other += z[i] * 0.25;
    }
  return (u64)(sum[0] + sum[3]) + (u64)(other[0] - other[1]);
}

// Bytes and words, sixteen and four at a time.
static u64 neon(u64 seed) {
  static b16 from[1024], to[1024];
  w4 sum = {0, 0, 0, 0};
  for (u32 i = 0; i < 1024; i++) from[i] = (b16){} + (u8)(i * 31 + seed);
  for (u32 pass = 0; pass < 16; pass++)
    for (u32 i = 0; i < 1024; i++) {
      b16 a = from[i], b = to[i];
      to[i] = (a + b) ^ (a > b) & 0x55;
      sum += (w4)to[i] * 3 + ((w4)a >> 5);
    }
  return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}
#endif

__attribute__((used)) void run(void) {
  u64 sum = 0;
  for (u32 round = 0; round < ROUNDS; round++) sum = sum * 31 + KERNEL(sum);
  finish(sum);
}
