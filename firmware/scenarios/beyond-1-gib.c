// A driver gives a DMA channel a buffer that lies beyond what the channel reaches (docs/scenarios/README.md).
//
// On a board of more than 1 GiB a buffer may lie anywhere; channels 0 to 6 see the first GiB four times over and
// nothing else (BCM2711 ARM Peripherals, 4.1 and 1.2.4). With -DFIXED the driver has the data bounced.
#include "../guests/guest.h"
#include "../guests/dma.h"

#define BUFFER  0x50000000ul
#define LOWER   (BUFFER - GIB)
#define SIZE    0x1000u
#define CHANNEL 0

static void put(u64 address, u64 value) {
  for (u64 i = 0; i < SIZE; i += 8) *(volatile u64 *)(address + i) = value;
}

void guest_main(void) {
  put(BUFFER, 0x7265666675622061);
  put(LOWER, 0x7365736c65206120);
#ifdef FIXED
  for (u64 i = 0; i < SIZE; i += 8) *(volatile u64 *)(from + i) = *(volatile u64 *)(BUFFER + i);
  u32 source = LEGACY(from);
#else
  u32 source = BUFFER;
#endif
  fill_block(0, S_INC | D_INC, source, LEGACY(to), SIZE, 0, 0, 0);
  BARRIER();
  dma_write(CHANNEL, CONBLK_AD, LEGACY(blocks[0]));
  dma_write(CHANNEL, CS, 1);
  wait_idle(CHANNEL);
  u64 value = *(volatile u64 *)to;
  print(dma_read(CHANNEL, CS) >> 8 & 1 ? "driver: an error" : "driver: no error");
  print_field("copied", value);
  print(value == *(volatile u64 *)BUFFER ? ": the buffer\n"
        : value == *(volatile u64 *)LOWER ? ": not the buffer but what lies 1 GiB below it\n"
                                          : ": neither the buffer nor what lies 1 GiB below it\n");
}
