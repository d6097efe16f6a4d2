// Identifies an SD card as a driver does, reads its registers, and moves blocks by the data port, SDMA and ADMA2
// (SD Host Controller Simplified Specification 3.00; SD Physical Layer Simplified Specification 3.01).
//
// The card is at EMMC2, or at the controller that QEMU's board has it at. One line for each answer: tests compare
// the transcript of both boards. Sectors 2048 to 2303 are written.
#include "../guests/guest.h"

enum { SDMA_ADDRESS = 0x00, BLOCK = 0x04, ARGUMENT = 0x08, COMMAND = 0x0c, RESPONSE = 0x10, DATA = 0x20, PRESENT = 0x24,
       HOST = 0x28, CLOCK = 0x2c, STATUS = 0x30, ENABLE = 0x34, SIGNALS = 0x38, CAPABILITIES = 0x40, ADMA_ERROR = 0x54,
       ADMA_ADDRESS = 0x58 };
// Transfer mode and command (2.2.5, 2.2.6).
enum { USE_DMA = 1, COUNT = 2, AUTO_STOP = 4, READS = 16, MULTIPLE = 32,
       R2 = 0x09 << 16, R3 = 0x02 << 16, R1 = 0x1a << 16, R1B = 0x1b << 16, HAS_DATA = 0x20 << 16 };
// Interrupt status (2.2.18).
enum { COMPLETE = 1, TRANSFERRED = 2, WRITE_READY = 16, READ_READY = 32, ERROR = 1 << 15 };
#define BLOCKS 32
#define BUS(pointer) (0xc0000000u | (u32)(u64)(pointer))

static u64 host;
static u32 failures, rca, is_high_capacity, capacity;
static u8 buffer[BLOCKS * 512] __attribute__((aligned(4096)));
static u8 pattern[BLOCKS * 512] __attribute__((aligned(4096)));
static u32 table[8][2] __attribute__((aligned(64)));

static u32 get(u32 at) { return load32(host + at); }
static void put(u32 at, u32 value) { store32(host + at, value); }

static int wait_for(u32 at, u32 mask, u32 value) {
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0);
  while (READ(cntpct_el0) < end)
    if ((get(at) & mask) == value) return 1;
  return 0;
}

// FNV-1a.
static u32 checksum(const u8 *bytes, u32 count) {
  u32 sum = 0x811c9dc5;
  for (u32 i = 0; i < count; i++) sum = (sum ^ bytes[i]) * 0x01000193;
  return sum;
}

static void line(const char *name) { print(name); print(":"); }

static void check(const char *name, int good) {
  if (good) return;
  failures++;
  print("WRONG: "); print(name); print("\n");
}

// The interrupt status at the end of the command.
static u32 command(u32 index, u32 kind, u32 argument) {
  wait_for(PRESENT, kind & HAS_DATA ? 3 : 1, 0);
  put(STATUS, ~0u);
  put(ARGUMENT, argument);
  put(COMMAND, index << 24 | kind);
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0);
  while (READ(cntpct_el0) < end) {
    u32 status = get(STATUS);
    if (status & (COMPLETE | ERROR)) return status;
  }
  return 0;
}

// After an error: both circuits anew, one after the other (3.10).
static void recover(void) {
  for (u32 circuit = 2 << 24; circuit <= 4 << 24; circuit <<= 1) {
    put(CLOCK, get(CLOCK) | circuit);
    wait_for(CLOCK, circuit, 0);
  }
  put(STATUS, ~0u);
}

static u32 application(u32 index, u32 kind, u32 argument) {
  command(55, R1, rca << 16);
  return command(index, kind, argument);
}

static void show(const char *name, u32 status) {
  line(name);
  if (status & ERROR) {
    print_field("error", status & 0xffff0000);
    recover();
  } else {
    print_field("response", get(RESPONSE));
  }
  print("\n");
}

// ---- Data ----

static u32 address(u32 sector) { return is_high_capacity ? sector : sector * 512; }

// Through the data port, a block at a time.
static void move_words(u8 *bytes, u32 size, u32 count, int reads) {
  for (u32 block = 0; block < count; block++) {
    if (!wait_for(STATUS, reads ? READ_READY : WRITE_READY, reads ? READ_READY : WRITE_READY)) return;
    put(STATUS, reads ? READ_READY : WRITE_READY);
    for (u32 i = 0; i < size; i += 4) {
      volatile u32 *word = (volatile u32 *)(bytes + block * size + i);
      if (reads) *word = get(DATA); else put(DATA, *word);
    }
  }
}

static u32 finish(void) {
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0);
  while (READ(cntpct_el0) < end) {
    u32 status = get(STATUS);
    if (status & (TRANSFERRED | ERROR)) return status;
    // SDMA stops at a boundary; the address that is there goes on (1.4.1).
    if (status & 8) {
      put(STATUS, 8);
      if (!(get(HOST) & 0x18)) put(SDMA_ADDRESS, get(SDMA_ADDRESS));
    }
  }
  return 0;
}

enum { PORT, SDMA, ADMA };
static u32 transfer(u32 index, u32 kind, u32 argument, u8 *bytes, u32 size, u32 count, int way) {
  int reads = (kind & READS) != 0;
  // SDMA's boundaries: 4 KiB.
  put(BLOCK, count << 16 | size);
  put(HOST, (get(HOST) & ~0x18u) | (way == ADMA ? 0x10 : 0));
  if (way == SDMA) put(SDMA_ADDRESS, BUS(bytes));
  if (way == ADMA) {
    u32 half = size * count / 2;
    table[0][0] = half << 16 | 0x21;
    table[0][1] = BUS(bytes);
    table[1][0] = 0x31;                             // a link over a hole
    table[1][1] = BUS(table[3]);
    table[3][0] = half << 16 | 0x23;
    table[3][1] = BUS(bytes + half);
    put(ADMA_ADDRESS, BUS(table));
  }
  BARRIER();
  u32 status = command(index, kind | HAS_DATA | (way == PORT ? 0 : USE_DMA), argument);
  if (status & ERROR || !status) { recover(); return status; }
  if (way == PORT) move_words(bytes, size, count, reads);
  status = finish();
  BARRIER();
  if (status & ERROR) { line("error"); print_field("status", status); print("\n"); recover(); }
  return status;
}

static void clear(u8 *bytes, u32 count) { for (u32 i = 0; i < count; i++) bytes[i] = 0x55; }

static void show_block(const char *name, u32 size) {
  line(name);
  print_field("sum", checksum(buffer, size));
  for (u32 i = 0; i < 16 && i < size; i += 8) print_field(i ? "then" : "first", *(volatile u64 *)(buffer + i));
  print("\n");
}

static const u32 multiple = MULTIPLE | COUNT | AUTO_STOP;

static void reads(const char *name, u32 sector, u32 count, int way) {
  clear(buffer, sizeof buffer);
  u32 kind = READS | R1 | (count > 1 ? multiple : 0);
  u32 status = transfer(count > 1 ? 18 : 17, kind, address(sector), buffer, 512, count, way);
  line(name);
  print_field("blocks", count);
  print_field("ended", status >> 1 & 1);
  print_field("sum", checksum(buffer, count * 512));
  print_field("beyond", buffer[count * 512 % sizeof buffer]);
  print("\n");
}

static void writes(const char *name, u32 sector, u32 count, int way) {
  for (u32 i = 0; i < sizeof pattern; i++) pattern[i] = (u8)(i * 11 + (i >> 9) * 17 + sector + (u32)way);
  u32 kind = R1 | (count > 1 ? multiple : 0);
  u32 status = transfer(count > 1 ? 25 : 24, kind, address(sector), pattern, 512, count, way);
  line(name);
  print_field("blocks", count);
  print_field("ended", status >> 1 & 1);
  print("\n");
  check("waits for the card", wait_for(PRESENT, 1 << 20, 1 << 20));
  clear(buffer, sizeof buffer);
  transfer(18, READS | R1 | multiple, address(sector), buffer, 512, count, PORT);
  check(name, checksum(buffer, count * 512) == checksum(pattern, count * 512));
}

// ---- The card ----

static void set_clock(u32 divisor) {
  put(CLOCK, 0xe0000);
  put(CLOCK, 0xe0000 | divisor << 8 | 1);
  check("clock", wait_for(CLOCK, 2, 2));
  put(CLOCK, 0xe0000 | divisor << 8 | 5);
}

static void identify(void) {
  put(CLOCK, 1 << 24);
  check("reset", wait_for(CLOCK, 1 << 24, 0));
  line("reset");
  print_field("block", get(BLOCK)); print_field("argument", get(ARGUMENT)); print_field("command", get(COMMAND));
  print_field("host", get(HOST)); print_field("clock", get(CLOCK)); print_field("status", get(STATUS));
  print_field("enable", get(ENABLE)); print_field("signals", get(SIGNALS));
  print("\n");
  line("present"); print_field("bits", get(PRESENT) >> 16 & 15); print("\n");
  put(HOST, 0xf00);
  set_clock(0x80);
  put(ENABLE, ~0u);
  u32 status = command(0, 0, 0);
  line("CMD0"); print_field("error", status & 0xffff0000); print("\n");
  show("CMD8", command(8, R1, 0x1aa));
  show("CMD5, which only SDIO has", command(5, R3, 0));
  u64 end = READ(cntpct_el0) + READ(cntfrq_el0);
  u32 ocr;
  do {
    application(41, R3, 0x40ff8000);
    ocr = get(RESPONSE);
  } while (!(ocr >> 31) && READ(cntpct_el0) < end);
  is_high_capacity = ocr >> 30 & 1;
  line("ACMD41"); print_field("OCR", ocr); print("\n");
  status = command(2, R2, 0);
  line("CMD2"); print_field("error", status & 0xffff0000);
  for (int i = 0; i < 4; i++) print_field("CID", get(RESPONSE + 4 * i));
  print("\n");
  show("CMD3", command(3, R1, 0));
  rca = get(RESPONSE) >> 16;
}

static void describe(void) {
  u32 status = command(9, R2, rca << 16);
  // The host leaves the CRC out: register bit 8 is bit 0 of the response (2.2.7).
  u32 csd[4];
  for (int i = 0; i < 4; i++) csd[i] = get(RESPONSE + 4 * i);
  line("CMD9"); print_field("error", status & 0xffff0000);
  for (int i = 0; i < 4; i++) print_field("CSD", csd[i]);
  print("\n");
  u32 version = csd[3] >> 22 & 3;
  if (version == 1) {
    capacity = (csd[1] >> 8 & 0x3fffff) * 1024 + 1024;
  } else {
    u32 size = (csd[2] & 3) << 10 | csd[1] >> 22, multiplier = csd[1] >> 7 & 7, length = csd[2] >> 8 & 15;
    capacity = (size + 1) << (multiplier + 2) << (length - 9);
  }
  line("capacity"); print_field("version", version); print_field("sectors", capacity); print("\n");
  show("CMD13, standing by", command(13, R1, rca << 16));
  show("CMD7", command(7, R1B, rca << 16));
  show("CMD13, selected", command(13, R1, rca << 16));
  show("CMD16", command(16, R1, 512));
  clear(buffer, 64);
  command(55, R1, rca << 16);
  transfer(51, READS | R1, 0, buffer, 8, 1, PORT);
  show_block("ACMD51, SCR", 8);
  show("ACMD6, four lines", application(6, R1, 2));
  put(HOST, get(HOST) | 2);
  set_clock(1);
  clear(buffer, 64);
  command(55, R1, rca << 16);
  transfer(13, READS | R1, 0, buffer, 64, 1, PORT);
  show_block("ACMD13, SD status", 64);
  clear(buffer, 64);
  transfer(6, READS | R1, 0x00fffff1, buffer, 64, 1, PORT);
  line("CMD6, can high speed"); print_field("functions", buffer[13]); print_field("selected", buffer[16] & 15); print("\n");
  clear(buffer, 64);
  transfer(6, READS | R1, 0x80fffff1, buffer, 64, 1, PORT);
  line("CMD6, high speed"); print_field("selected", buffer[16] & 15); print("\n");
}

static void wrong(void) {
  show("CMD17 beyond the end", command(17, READS | R1 | HAS_DATA, address(capacity)));
  recover();
  show("CMD13, after that", command(13, R1, rca << 16));
  show("CMD13, once more", command(13, R1, rca << 16));
  show("CMD13 to another card", command(13, R1, (rca ^ 0x10) << 16));
  show("CMD41 without CMD55", command(41, R3, 0));
  show("CMD13, the last", command(13, R1, rca << 16));
}

static void erase(void) {
  show("CMD32", command(32, R1, address(2048)));
  show("CMD33", command(33, R1, address(2055)));
  show("CMD38", command(38, R1B, 0));
  wait_for(PRESENT, 1 << 20, 1 << 20);
  reads("erased", 2048, 8, PORT);
}

void guest_main(void) {
  host = 0xfe340000;
  if (!(get(PRESENT) & 1 << 16)) host = 0xfe300000;
  line("host"); print_field("at", host); print_field("capabilities", get(CAPABILITIES)); print("\n");
  u32 capabilities = get(CAPABILITIES);
  identify();
  describe();
  reads("port", 0, 1, PORT);
  reads("port", 1, 8, PORT);
  reads("port, the last sector", capacity - 1, 1, PORT);
  writes("port, one", 2048, 1, PORT);
  writes("port, many", 2049, 8, PORT);
  // An open end: CMD18 without a count, ended by CMD12.
  clear(buffer, sizeof buffer);
  put(BLOCK, 512);
  command(18, READS | R1 | HAS_DATA | MULTIPLE, address(2049));
  move_words(buffer, 512, 3, 1);
  show("CMD12", command(12, R1B | 0xc0 << 16, 0));
  recover();
  line("open end"); print_field("sum", checksum(buffer, 3 * 512)); print("\n");
  show("CMD13, afterwards", command(13, R1, rca << 16));
  erase();
  wrong();
  if (capabilities & 1 << 22) {
    reads("SDMA", 0, 1, SDMA);
    reads("SDMA", 1, 24, SDMA);
    writes("SDMA, one", 2100, 1, SDMA);
    writes("SDMA, many", 2101, 20, SDMA);
  } else {
    print("SDMA: none\n");
  }
  if (capabilities & 1 << 19) {
    reads("ADMA2", 0, 1, ADMA);
    reads("ADMA2", 1, 24, ADMA);
    writes("ADMA2, one", 2200, 1, ADMA);
    writes("ADMA2, many", 2201, 20, ADMA);
  } else {
    print("ADMA2: none\n");
  }
  reads("port, for comparison", 1, 24, PORT);
  print(failures ? "FAIL\n" : "PASS\n");
}
