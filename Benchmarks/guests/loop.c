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
