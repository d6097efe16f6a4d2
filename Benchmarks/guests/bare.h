// What bare-metal benchmarks share: types, descriptors, the line at the end.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#ifndef ROUNDS
#define ROUNDS 1
#endif

// Blocks of a gigabyte or of two megabytes: AF, inner shareable, RW, Write-Back; or Device-nGnRnE.
#define NORMAL_STAGE_2 (0x400 | 3 << 8 | 3 << 6 | 15 << 2 | 1)
#define DEVICE_STAGE_2 (0x400 | 3 << 6 | 1 << 2 | 1)
#define NORMAL_STAGE_1 (0x400 | 3 << 8 | 1)
#define DEVICE_STAGE_1 (0x400 | 1ul << 54 | 1 << 2 | 1)

// Sends the other three cores from where they wait (the boot stub's spin table) to rest in WFI: an emulator with a
// thread for each would spend the host's time on their waiting. For the assembly at the entry; uses x2 and x3.
#define REST_OTHERS \
  "adr x2, 8f\n" \
  "mov x3, #0xe0\n" \
  "stp x2, x2, [x3]\n" \
  "str x2, [x3, #16]\n" \
  "dsb sy\n" \
  "sev\n" \
  "b 9f\n" \
  "8: wfi\n" \
  "b 8b\n" \
  "9:\n"

static volatile u32 *const uart = (volatile u32 *)0xfe201000ul;

static void put(u8 byte) {
  while (uart[0x18 / 4] & 0x20) {}  // FR.TXFF
  uart[0] = byte;
}

// Prints the checksum and rests.
static void finish(u64 sum) {
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
  for (;;) __asm__ volatile("wfi");
}
