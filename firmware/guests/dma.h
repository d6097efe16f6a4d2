// The DMA controller (BCM2711 ARM Peripherals, chapter 4), with the MMU off. To be included after guest.h.
#pragma once

#define DMA 0xfe007000ul
#define LEGACY(pointer) (0xc0000000u | (u32)(u64)(pointer))

enum { CS = 0x00, CONBLK_AD = 0x04, TI = 0x08, SOURCE_AD = 0x0c, DEST_AD = 0x10, TXFR_LEN = 0x14, STRIDE = 0x18,
       NEXTCONBK = 0x1c, DEBUG = 0x20 };
enum { INTEN = 1, TDMODE = 2, D_INC = 1 << 4, D_WIDTH = 1 << 5, D_DREQ = 1 << 6, D_IGNORE = 1 << 7,
       S_INC = 1 << 8, S_WIDTH = 1 << 9, S_DREQ = 1 << 10, S_IGNORE = 1 << 11 };

static u32 blocks[16][8] __attribute__((aligned(32)));
static u8 from[0x8000] __attribute__((aligned(4096)));
static u8 to[0x8000] __attribute__((aligned(4096)));

static inline u32 dma_read(u32 channel, u32 offset) { return load32(DMA + channel * 0x100 + offset); }
static inline void dma_write(u32 channel, u32 offset, u32 value) { store32(DMA + channel * 0x100 + offset, value); }

__attribute__((unused)) static void prepare(void) {
  for (u32 i = 0; i < sizeof from; i++) from[i] = (u8)(i * 7 + (i >> 8) * 13);
  for (u32 i = 0; i < sizeof to; i++) to[i] = 0x55;
}

// FNV-1a.
__attribute__((unused)) static u32 checksum(const u8 *bytes, u32 count) {
  u32 sum = 0x811c9dc5;
  for (u32 i = 0; i < count; i++) sum = (sum ^ bytes[i]) * 0x01000193;
  return sum;
}

static void fill_block(u32 index, u32 w0, u32 w1, u32 w2, u32 w3, u32 w4, u32 w5, u32 w6) {
  u32 words[8] = {w0, w1, w2, w3, w4, w5, w6, 0};
  for (u32 i = 0; i < 8; i++) *(volatile u32 *)&blocks[index][i] = words[i];
}

// Waits until ACTIVE is clear, for at most 20 ms; whether it came.
__attribute__((unused)) static int wait_idle(u32 channel) {
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0) / 50;
  while (READ(cntpct_el0) < end)
    if (!(dma_read(channel, CS) & 1)) return 1;
  return 0;
}
