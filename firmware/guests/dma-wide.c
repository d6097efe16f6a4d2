// The DMA channels 11 to 14, with 40-bit addresses and control blocks of their own, and transfers that a UART
// paces, in its loop. BCM2711 ARM Peripherals, chapter 4; Arm DDI 0183, 2.4.3 (loopback), 2.6 (DMA).
#include "guest.h"
#include "dma.h"

enum { CB = 0x04, DEBUG4 = 0x0c, SRC = 0x14, SRCI = 0x18, DEST = 0x1c, DESTI = 0x20, LEN = 0x24 };
enum { INC = 1 << 12, IGNORE = 1 << 15 };
#define SIZE(code) ((u32)(code) << 13)
#define UART 0xfe201000ul

static u32 failures, cases;

static void check(const char *name, int good) {
  cases++;
  if (good) return;
  failures++;
  print("WRONG: "); print(name); print("\n");
}

static void run(const char *name, u32 channel) {
  BARRIER();
  dma_write(channel, CB, (u32)((u64)blocks[0] >> 5));
  dma_write(channel, CS, 1);
  int done = wait_idle(channel);
  u32 debug = dma_read(channel, DEBUG4);
  print(name);
  print(": channel"); print_field("", channel);
  print_field("done", done);
  print_field("end", dma_read(channel, CS) >> 1 & 3);
  print_field("error", debug & 0xf);
  print_field("again", dma_read(channel, DEBUG4) & 0xf);
  print_field("left", dma_read(channel, LEN));
  print_field("sum", checksum(to, sizeof to));
  print("\n");
  dma_write(channel, CS, 6);
  cases++;
}

static void block(u32 index, u32 ti, u64 source, u32 source_bits, u64 destination, u32 destination_bits, u32 length,
                  void *next) {
  fill_block(index, ti, (u32)source, (u32)(source >> 32) | source_bits, (u32)destination,
             (u32)(destination >> 32) | destination_bits, length, (u32)((u64)next >> 5));
}

static void modes(u32 channel) {
  u64 source = (u64)from, destination = (u64)to;
  prepare();
  block(0, INTEN, source + 3, INC, destination + 1, INC, 0x1235, 0);
  run("DMA4 copy", channel);
  check("copy", checksum(from + 3, 0x1235) == checksum(to + 1, 0x1235));
  prepare();
  block(0, 0, source, SIZE(1), destination, INC, 100, 0);
  run("DMA4 fill with 64 bits", channel);
  prepare();
  block(0, 0, source, INC | IGNORE, destination, INC, 100, 0);
  run("DMA4 zeros", channel);
  check("zeros", to[99] == 0 && to[100] == 0x55);
  prepare();
  block(0, 0, source, INC, destination, INC | IGNORE, 100, 0);
  run("DMA4 destination ignored", channel);
  prepare();
  block(0, TDMODE, source, INC | 48u << 16, destination + 0x1000, INC | 0xffe0u << 16, 7 << 16 | 16, 0);
  run("DMA4 2D", channel);
  prepare();
  block(0, 0, source, INC, destination, INC, 64, blocks[1]);
  block(1, 0, destination, INC, destination + 0x4000, INC, 64, 0);
  run("DMA4 chain", channel);
  check("chain", checksum(from, 64) == checksum(to + 0x4000, 64));
  prepare();
  block(0, 0, 0xff00000000, INC, destination, INC, 4, 0);
  run("DMA4 error", channel);
  // DEBUG and CS of channel 0, of Lite channel 7.
  prepare();
  block(0, 0, 0x47e007720, 0, destination, INC, 4, 0);
  run("DMA4 register", channel);
  check("register", *(u32 *)to == 0x14000000);
}

// What goes out of UART0 comes back to it; a channel feeds it, another takes from it.
static void loop(const char *name, u32 out, u32 in, u32 count) {
  static u32 words[256];
  for (u32 i = 0; i < count; i++) *(volatile u32 *)&words[i] = from[i];
  prepare();
  store32(UART + 0x30, 0);
  store32(UART + 0x24, 1);          // 3 MBaud
  store32(UART + 0x28, 0);
  store32(UART + 0x2c, 0x70);
  store32(UART + 0x30, 0x381);      // UARTEN, LBE, TXE, RXE
  store32(UART + 0x48, 3);
  fill_block(0, S_INC | D_DREQ | 12 << 16, LEGACY(words), 0x7e201000, count * 4, 0, 0, 0);
  fill_block(2, D_INC | S_DREQ | 14 << 16, 0x7e201000, LEGACY(to), count * 4, 0, 0, 0);
  BARRIER();
  dma_write(in, CONBLK_AD, LEGACY(blocks[2]));
  dma_write(in, CS, 1);
  dma_write(out, CONBLK_AD, LEGACY(blocks[0]));
  dma_write(out, CS, 1);
  int sent = wait_idle(out), received = wait_idle(in), good = 1;
  for (u32 i = 0; i < count; i++) good &= *(volatile u32 *)&to[i * 4] == words[i];
  print(name); print(": channels"); print_field("", out); print_field("", in);
  print_field("sent", sent); print_field("received", received); print_field("good", good);
  print_field("CS", dma_read(in, CS) & 0x21);
  print("\n");
  check(name, good && sent && received);
  dma_write(out, CS, 1u << 31);
  dma_write(in, CS, 1u << 31);
  store32(UART + 0x48, 0);
}

// Nothing drives the request of PCM: the channel waits, and says so.
static void waits(void) {
  prepare();
  fill_block(0, S_INC | D_INC | D_DREQ | 2 << 16, LEGACY(from), LEGACY(to), 64, 0, 0, 0);
  BARRIER();
  dma_write(1, CONBLK_AD, LEGACY(blocks[0]));
  dma_write(1, CS, 1);
  int done = wait_idle(1);
  print("paced by nothing:"); print_field("done", done); print_field("CS", dma_read(1, CS) & 0x29); print("\n");
  check("waits", !done && to[0] == 0x55);
  dma_write(1, CS, 1u << 31);
}

void guest_main(void) {
  for (u32 channel = 11; channel < 15; channel++) modes(channel);
  loop("paced by UART0", 2, 7, 200);
  loop("paced by UART0", 10, 0, 256);
  waits();
  print("cases: "); print_number(cases); print("\n");
  print(failures ? "FAIL\n" : "PASS\n");
}
