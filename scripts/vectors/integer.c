// Runs single A64 instructions of the base set on a real (or emulated) AArch64 Linux and writes down what they
// did to the registers, the flags, the PC and memory, faults included.
//
// Freestanding: build and run with record-integer.sh, for either byte order. Input, from stdin: pairs of
// little-endian 32-bit words (instruction, seed). Output, to stdout, per pair: the pair, a byte saying how many
// changes follow, then the changes: a byte naming the place, and its new value.
//   0...31 V register, 16 bytes   32...62 X register, 8 bytes   63 SP, 8 bytes
//   64 NZCV, 1 byte               65 PC, 8 bytes, unless the next instruction
//   66 memory, 4 bytes of offset in the window and 8 bytes found there
// A count of 255 stands for UNDEFINED, 254 for an access that faults, 253 for one that must be aligned and is
// not; the latter are followed by the changes of general registers alone (what a fault leaves in the others and
// in memory is open).
// The state before each instruction is a function of the pair alone;
// Tests/CPUTests/Interpreter/IntegerState.swift computes the same one.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define WINDOW 0x800000ul
#define WINDOW_PAGES 18ul
#define WINDOW_WORDS (WINDOW_PAGES * 512)
#define CODE 0x870000ul
#define SLOT 0x878000ul
#define BREAK 0xd4200000u

static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
void *memset(void *p, int c, u64 n) { u8 *q = p; while (n--) *q++ = c; return p; }
void *memcpy(void *p, const void *s, u64 n) { u8 *q = p; const u8 *t = s; while (n--) *q++ = *t++; return p; }

// Files and instructions are little-endian, whatever data is.
#ifdef __AARCH64EB__
enum { low = 1, high = 0 };  // halves of a V register in the signal frame
static u32 little32(u32 v) { return __builtin_bswap32(v); }
static u64 little64(u64 v) { return __builtin_bswap64(v); }
#else
enum { low = 0, high = 1 };
static u32 little32(u32 v) { return v; }
static u64 little64(u64 v) { return v; }
#endif

// The kernel's signal frame on arm64, from ucontext: see arch/arm64/include/uapi/asm/{ucontext,sigcontext}.h.
struct context {
  u8 header[176];
  u64 fault, x[31], sp, pc, pstate, align;
  u32 magic, size, fpsr, fpcr;
  u64 v[32][2];
};
static struct { u64 x[32], v[32][2], nzcv; } before;

// ---- the state as a function of the instruction and the seed ----
static u64 generator;
static u64 mix(u64 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ul;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebul;
  return z ^ (z >> 31);
}
static u64 next(void) { return mix(generator += 0x9e3779b97f4a7c15ul); }
static u64 value(void) {
  u64 r = next();
  u64 n = (r >> 8) & 63;
  switch (r & 15) {
  case 0: return 0;
  case 1: return ~0ul;
  case 2: return 1;
  case 3: return 1ul << 63;
  case 4: return ~0ul >> 1;
  case 5: return ((r >> 8) & 255) - 128;
  case 6: return 1ul << n;
  case 7: return (1ul << n) - 1;
  case 8: return ~(1ul << n);
  case 9: return 0x80000000ul;
  case 10: return 0x7ffffffful;
  case 11: return 0xfffffffful;
  case 12: return next() >> 32;
  case 13: return (long)next() >> 32;
  default: return next();
  }
}
static long extended(u64 v, int bits) { return (long)(v << (64 - bits)) >> (64 - bits); }

static int isLoadStore(u32 word) { return (word & 0x0a000000) == 0x08000000; }
static int isLiteral(u32 word) { return (word & 0x3b000000) == 0x18000000; }
static int isExclusiveOrOrdered(u32 word) { return (word & 0x3f000000) == 0x08000000; }
static int isStoreExclusive(u32 word) { return (word & 0x3fc00000) == 0x08000000; }

// Chooses the base (and index) of a load or store so that it accesses the window, mostly near the end of a page.
static void prepareAddress(u32 word, u32 seed) {
  u64 r = next();
  u32 rn = (word >> 5) & 31, rm = (word >> 16) & 31, size = word >> 30;
  u64 address = WINDOW + 0x1000 * (1 + (r & 15));
  if ((r & 0xf00) == 0xf00) address = WINDOW + 0x1000 * WINDOW_PAGES;
  address += r & 0x1000 ? (r >> 16) & 0xfff : ((r >> 16) & 63) - 32;
  u64 offset = 0;
  if (isExclusiveOrOrdered(word)) {
    u64 bytes = (1ul << size) << ((word >> 21) & 1);
    // An unaligned access that must be aligned is of interest if the recording machine checks it.
    int isChecked = !((word >> 23) & 1) && !(isStoreExclusive(word) && (seed & 3) == 0);
    if (!isChecked || r & 0xe000) address &= ~(bytes - 1);
  } else if ((word & 0x3a000000) == 0x28000000) {
    int scale = word & 0x04000000 ? 2 + size : 2 + (size >> 1);
    offset = extended(word >> 15, 7) << scale;
    if (((word >> 23) & 3) == 1) offset = 0;
  } else {
    int scale = word & 0x04800000 && (word & 0x04800000) == 0x04800000 && size == 0 ? 4 : size;
    if (word & 0x01000000) {
      offset = ((word >> 10) & 0xfff) << scale;
    } else if (word & 0x00200000) {
      u32 option = (word >> 13) & 7;
      u64 index = extended(r >> 32, 12);
      if ((r & 0x0e0000000000ul) == 0) index = value();
      else if (option == 2) index = (next() << 32) | (index & 0xfff);
      else if (option == 6) index = (next() << 32) | (index & 0xffffffff);
      if (rm == 31) index = 0; else before.x[rm] = index;
      offset = option == 2 ? (u64)(u32)index : option == 6 ? (u64)extended(index, 32) : index;
      if (word & 0x1000) offset <<= scale;
    } else if (((word >> 10) & 3) != 1) {
      offset = extended(word >> 12, 9);
    }
  }
  before.x[rn] = address - offset;
}
static void prepare(u32 word, u32 seed) {
  generator = seed * 0x100000001ul ^ word;
  for (int i = 0; i < 32; i++) before.x[i] = value();
  before.nzcv = next() & 0xf0000000;
  for (int i = 0; i < 32; i++) {
    before.v[i][0] = next();
    before.v[i][1] = next();
  }
  if (isLoadStore(word) && !isLiteral(word)) prepareAddress(word, seed);
}
// Three of four store-exclusives follow the load-exclusive of the same size and address.
static u32 companion(u32 word, u32 seed) {
  if (!isStoreExclusive(word) || (seed & 3) == 0) return BREAK;
  return (word & 0xffe003e0) | 0x00400000 | (word & 0x00200000 ? 0x741f : 0x7c1f);
}

static u8 output[1 << 16];
static u64 outputCount;
static void flush(void) {
  u64 done = 0;
  while (done < outputCount) {
    long n = call(64, 1, (long)output + done, outputCount - done, 0, 0, 0);
    if (n <= 0) call(93, 1, 0, 0, 0, 0, 0);
    done += n;
  }
  outputCount = 0;
}
static void put(u64 value, int n) {
  while (n--) {
    output[outputCount++] = value;
    value >>= 8;
  }
}

static u32 word, seed;
static u64 *const window = (u64 *)WINDOW;
static u32 *const slot = (u32 *)SLOT;

static void record(int signal, struct context *c) {
  put(word, 4);
  put(seed, 4);
  u8 *count = output + outputCount;
  put(0, 1);
  int faulted = (c->pc == SLOT || c->pc == SLOT - 4) && (signal == 7 || signal == 11);
  if (signal == 4) { *count = 255; return; }
  if (faulted) {
    *count = signal == 11 ? 254 : 253;
    count = output + outputCount;
    put(0, 1);
  }
  for (int i = 0; i < 32 && !faulted; i++)
    if (c->v[i][low] != before.v[i][0] || c->v[i][high] != before.v[i][1]) {
      (*count)++;
      put(i, 1);
      put(c->v[i][low], 8);
      put(c->v[i][high], 8);
    }
  for (int i = 0; i < 32; i++) {
    u64 now = i == 31 ? c->sp : c->x[i];
    if (now == before.x[i]) continue;
    (*count)++;
    put(32 + i, 1);
    put(now, 8);
  }
  u64 nzcv = c->pstate & 0xf0000000;
  if (nzcv != before.nzcv) { (*count)++; put(64, 1); put(nzcv >> 28, 1); }
  if (faulted) return;
  if (c->pc != SLOT + 4) { (*count)++; put(65, 1); put(c->pc, 8); }
}
// Puts memory back as it was; writes the changes down if `count` is not zero.
static void restore(u8 *count) {
  for (u64 i = 0; i < WINDOW_WORDS; i++) {
    u64 was = little64(mix(i));
    if (window[i] == was) continue;
    if (count) {
      (*count)++;
      put(66, 1);
      put(i * 8, 4);
      put(little64(window[i]), 8);
    }
    window[i] = was;
  }
}

static u8 input[1 << 13];
static u64 inputCount, inputUsed;
static u32 get(void) {
  if (inputUsed == inputCount) {
    inputUsed = inputCount = 0;
    while (inputCount < sizeof input) {
      long n = call(63, 0, (long)input + inputCount, sizeof input - inputCount, 0, 0, 0);
      if (n <= 0) break;
      inputCount += n;
    }
    if (inputCount < 8) { flush(); call(93, 0, 0, 0, 0, 0, 0); }
  }
  u8 *p = input + inputUsed;
  inputUsed += 4;
  return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

// Every instruction ends in a signal: the break behind it, or its own. The handler writes down what happened
// and returns to the next one.
static int isStarted;
static void handler(int signal, void *info, struct context *c) {
  if (isStarted) {
    if (outputCount > sizeof output - 4096) flush();
    u8 *count = output + outputCount + 8;
    record(signal, c);
    if (isLoadStore(word)) restore(*count < 253 ? count : 0);
  }
  isStarted = 1;
  word = get();
  seed = get();
  prepare(word, seed);
  for (int i = 0; i < 31; i++) c->x[i] = before.x[i];
  c->sp = before.x[31];
  c->pstate = before.nzcv;
  for (int i = 0; i < 32; i++) {
    c->v[i][low] = before.v[i][0];
    c->v[i][high] = before.v[i][1];
  }
  slot[-1] = little32(companion(word, seed));
  slot[0] = little32(word);
  c->pc = slot[-1] == little32(BREAK) ? SLOT : SLOT - 4;
  __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(slot) : "memory");
  __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(slot - 1) : "memory");
}
__asm__(".text\nreturnFromSignal: mov x8, #139\n svc 0\n");
extern u8 returnFromSignal[];

void run(void) {
  static u8 stack[65536] __attribute__((aligned(16)));
  struct { void *base; int flags; u64 size; } alternate = {stack, 0, sizeof stack};
  struct { void *handler; u64 flags; void *restorer; u64 mask; } action =
    {(void *)handler, 0x4 | 0x08000000 | 0x04000000 | 0x40000000, returnFromSignal, 0};
  call(132, (long)&alternate, 0, 0, 0, 0, 0);
  int signals[] = {4, 5, 7, 11};
  for (int i = 0; i < 4; i++) call(134, signals[i], (long)&action, 0, 8, 0, 0);
  call(222, WINDOW, WINDOW_PAGES * 4096, 3, 0x32, -1, 0);
  call(222, CODE, 0x10000, 7, 0x32, -1, 0);
  for (u32 *p = (u32 *)CODE; p < (u32 *)(CODE + 0x10000); p++) *p = little32(BREAK);
  restore(0);
  __asm__ volatile("brk 0");
}
void _start(void) { run(); }
