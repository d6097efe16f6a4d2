// Bare-metal integer loops, entered at 0x80000 at EL2 with the MMU off: ROUNDS rounds of KERNEL, then one
// line on the PL011 with a checksum. Built by Benchmarks/loop.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#ifndef ROUNDS
#define ROUNDS 1
#endif

__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "mrs x1, mpidr_el1\n"
      "and x1, x1, #3\n"
      "cbnz x1, 1f\n"
      "mov x1, #0x80000\n"
      "mov sp, x1\n"
      "b run\n"
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

static volatile u32 *const uart = (volatile u32 *)0xfe201000ul;

static void put(u8 byte) {
  while (uart[0x18 / 4] & 0x20) {}  // FR.TXFF
  uart[0] = byte;
}

__attribute__((used)) void run(void) {
  u64 sum = 0;
  for (u32 round = 0; round < ROUNDS; round++) sum = sum * 31 + KERNEL(sum);
  uart[0x30 / 4] = 0;      // CR: off
  uart[0x2c / 4] = 0x70;   // LCRH: 8 bits, FIFOs
  uart[0x30 / 4] = 0x301;  // CR: on, both directions
  for (const char *text = "LOOP-DONE "; *text; text++) put((u8)*text);
  for (int shift = 60; shift >= 0; shift -= 4) {
    u8 digit = sum >> shift & 15;
    put(digit < 10 ? '0' + digit : 'a' - 10 + digit);
  }
  put('\r');
  put('\n');
  for (;;) __asm__ volatile("wfe");
}
