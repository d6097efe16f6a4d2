// Each mode of the DMA channels 0 to 10, memory to memory and to a register, and what it leaves in memory.
// BCM2711 ARM Peripherals, chapter 4.
#include "guest.h"
#include "dma.h"

static u32 failures, cases;

static void start(u32 channel) {
  BARRIER();
  dma_write(channel, CONBLK_AD, LEGACY(blocks[0]));
  dma_write(channel, CS, 1);
}

static void show(const char *name, u32 channel, u32 count) {
  if (!wait_idle(channel)) print("TIMEOUT ");
  BARRIER();
  print(name);
  print(": channel"); print_field("", channel);
  print_field("end", dma_read(channel, CS) >> 1 & 3);
  print_field("error", dma_read(channel, CS) >> 8 & 1);
  print_field("next", dma_read(channel, CONBLK_AD));
  print_field("left", dma_read(channel, TXFR_LEN));
  print_field("sum", checksum(to, count));
  print("\n");
  dma_write(channel, CS, 6);
  cases++;
}

static void check(const char *name, int good) {
  cases++;
  if (good) return;
  failures++;
  print("WRONG: "); print(name); print("\n");
}

static void copies(u32 channel) {
  prepare();
  fill_block(0, D_INC | S_INC, LEGACY(from + 16), LEGACY(to + 32), 0x1004, 0, 0, 0);
  start(channel);
  show("copy", channel, 0x2000);
  int good = to[31] == 0x55 && to[32 + 0x1004] == 0x55;
  for (u32 i = 0; i < 0x1004; i++) good &= to[32 + i] == from[16 + i];
  check("copy", good);
  check("addresses", dma_read(channel, SOURCE_AD) == LEGACY(from + 16 + 0x1004)
                         && dma_read(channel, DEST_AD) == LEGACY(to + 32 + 0x1004));
}

static void modes(u32 channel) {
  prepare();
  fill_block(0, D_INC, LEGACY(from + 64), LEGACY(to), 4096, 0, 0, 0);
  start(channel);
  show("fill", channel, sizeof to);

  prepare();
  fill_block(0, D_INC | S_WIDTH, LEGACY(from + 64), LEGACY(to), 4096, 0, 0, 0);
  start(channel);
  show("fill with 128 bits", channel, sizeof to);

  prepare();
  fill_block(0, S_INC, LEGACY(from), LEGACY(to + 64), 256, 0, 0, 0);
  start(channel);
  show("to one word", channel, sizeof to);

  prepare();
  fill_block(0, S_INC | D_INC | S_IGNORE, LEGACY(from), LEGACY(to + 64), 256, 0, 0, 0);
  start(channel);
  show("source ignored", channel, sizeof to);

  prepare();
  fill_block(0, S_INC | D_INC | D_IGNORE, LEGACY(from), LEGACY(to + 64), 256, 0, 0, 0);
  start(channel);
  show("destination ignored", channel, sizeof to);

  prepare();
  fill_block(0, D_INC | S_INC, LEGACY(from), LEGACY(to), 64, 0, LEGACY(blocks[2]), 0);
  fill_block(2, D_INC | S_INC, LEGACY(to), LEGACY(to + 100), 64, 0, LEGACY(blocks[1]), 0);
  fill_block(1, D_INC | S_INC, LEGACY(to + 100), LEGACY(to + 0x4000), 64, 0, 0, 0);
  start(channel);
  show("chain", channel, sizeof to);
  check("chain", checksum(from, 64) == checksum(to + 0x4000, 64));
}

// Rows of 16 bytes: one after the other from every 64th byte; and back from the last.
static void rows(u32 channel) {
  prepare();
  fill_block(0, TDMODE | D_INC | S_INC, LEGACY(from), LEGACY(to + 0x100), 7 << 16 | 16, 48, 0, 0);
  start(channel);
  show("2D", channel, sizeof to);
  prepare();
  fill_block(0, TDMODE | D_INC | S_INC, LEGACY(from), LEGACY(to + 0x1000), 7 << 16 | 16, 0xffe0u << 16, 0, 0);
  start(channel);
  show("2D, backwards", channel, sizeof to);
}

// INT, INT_STATUS, and the line at the GIC: SPI 80 to 86, 7 and 8 share 87, 9 and 10 share 88.
static void interrupts(u32 channel) {
  u32 line = 32 + 80 + (channel < 8 ? channel : channel == 8 ? 7 : 8);
  u64 pending = 0xff841200 + line / 32 * 4;
  fill_block(0, INTEN | D_INC | S_INC, LEGACY(from), LEGACY(to), 64, 0, 0, 0);
  start(channel);
  wait_idle(channel);
  u32 before = load32(pending) >> line % 32 & 1, status = load32(DMA + 0xfe0);
  dma_write(channel, CS, 4);
  print("interrupt: channel"); print_field("", channel);
  print_field("status", status);
  print_field("pending", before);
  print_field("then", load32(pending) >> line % 32 & 1);
  print_field("status", load32(DMA + 0xfe0));
  print("\n");
  cases++;
  dma_write(channel, CS, 2);
}

static void registers(void) {
  for (u32 channel = 0; channel < 11; channel++) {
    print("registers: channel"); print_field("", channel);
    print_field("CS", dma_read(channel, CS));
    print_field("DEBUG", dma_read(channel, DEBUG));
    dma_write(channel, CS, 0x00a50000);
    print_field("priority", dma_read(channel, CS) >> 16 & 0xff);
    dma_write(channel, CS, 1u << 31);
    print_field("reset", dma_read(channel, CS));
    print("\n");
    cases++;
  }
  print("ENABLE:"); print_field("", load32(DMA + 0xff0) & 0x7fff); print("\n");
}

// What is not enabled does not run; what is paused goes on.
static void control(void) {
  prepare();
  fill_block(0, D_INC | S_INC, LEGACY(from), LEGACY(to), 0x4000, 0, 0, 0);
  store32(DMA + 0xff0, 0x7fff & ~(1 << 3));
  start(3);
  for (u32 i = 0; i < 1000; i++) BARRIER();
  check("not enabled", to[0] == 0x55);
  store32(DMA + 0xff0, 0x7fff);
  show("enabled afterwards", 3, sizeof to);
  prepare();
  start(4);
  dma_write(4, CS, 0);
  print("paused:"); print_field("CS", dma_read(4, CS)); print_field("to", to[0x3fff]); print("\n");
  dma_write(4, CS, 1);
  show("paused and resumed", 4, sizeof to);
  dma_write(3, CS, 1u << 31);
  dma_write(4, CS, 1u << 31);
}

// The console's data register is at 0x7E215040.
static void console(void) {
  static const char text[] = "a register: written by DMA\n";
  static u32 words[sizeof text - 1];
  for (u32 i = 0; i < sizeof text - 1; i++) *(volatile u32 *)&words[i] = text[i];
  fill_block(0, S_INC, LEGACY(words), 0x7e215040, sizeof words, 0, 0, 0);
  start(10);
  check("console", wait_idle(10));
}

static void own_registers(void) {
  // Channel 5 writes CONBLK_AD and CS of channel 2 from a row of words that begins with CS.
  prepare();
  static u32 words[2];
  words[0] = 1;
  words[1] = LEGACY(blocks[1]);
  fill_block(0, S_INC | D_INC, LEGACY(words), 0x7e007200, 8, 0, 0, 0);
  fill_block(1, S_INC | D_INC, LEGACY(from), LEGACY(to), 64, 0, 0, 0);
  start(5);
  wait_idle(5);
  show("started by DMA", 2, sizeof to);
}

void guest_main(void) {
  registers();
  for (u32 channel = 0; channel < 11; channel++) copies(channel);
  modes(0);
  modes(9);
  rows(0);
  rows(6);
  for (u32 channel = 0; channel < 11; channel++) interrupts(channel);
  control();
  console();
  own_registers();
  print("cases: "); print_number(cases); print("\n");
  print(failures ? "FAIL\n" : "PASS\n");
}
