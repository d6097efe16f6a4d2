// Runs single A64 instructions on a real (or emulated) AArch64 Linux and writes down what they did.
//
// Freestanding: build and run with record.sh. Input, from stdin: pairs of little-endian 32-bit words
// (instruction, seed). Output, to stdout, per pair: the pair, a byte saying how many changes follow (255:
// UNDEFINED), then the changes: a byte naming the place, and its new value.
//   0...31 V register, 16 bytes   32...62 X register, 8 bytes   63 SP, 8 bytes
//   64 NZCV, 4 bytes              65 FPSR, 4 bytes              66 FNV-1a of the memory window, 8 bytes
// The state before each instruction is a function of the seed alone; Tests/CPUTests/AdvancedSIMD/VectorState.swift
// computes the same one.
#include "../oracle/state.h"

enum { windowSize = 256 };
#define WINDOW 0x10000000ul

struct state context;       // what the trampoline loads and stores
struct state before;
u64 hostStack;
extern u32 slot[];
void trampoline(void);
static volatile int undefined;

static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
void *memset(void *p, int c, u64 n) { u8 *q = p; while (n--) *q++ = c; return p; }
void *memcpy(void *p, const void *s, u64 n) { u8 *q = p; const u8 *t = s; while (n--) *q++ = *t++; return p; }

__asm__(
  ".section .trampoline,\"awx\"\n"
  ".globl trampoline\n.globl slot\n.p2align 12\n"
  "trampoline:\n"
  "  stp x19, x20, [sp, #-96]!\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
  "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
  "  adrp x1, hostStack\n  mov x0, sp\n  str x0, [x1, :lo12:hostStack]\n"
  "  adrp x30, context\n  add x30, x30, :lo12:context\n"
  ALL_V("ldp")
  "  ldr x0, [x30, #256]\n  msr nzcv, x0\n  ldr x0, [x30, #264]\n  msr fpcr, x0\n"
  "  ldr x0, [x30, #272]\n  msr fpsr, x0\n  ldr x0, [x30, #248]\n  mov sp, x0\n"
  ALL_X("ldp")
  "  ldr x30, [x30, #240]\n"
  "slot:\n  nop\n"
  "  msr tpidr_el0, x30\n"
  "  adrp x30, context\n  add x30, x30, :lo12:context\n"
  ALL_X("stp")
  "  mrs x0, tpidr_el0\n  str x0, [x30, #240]\n  mov x0, sp\n  str x0, [x30, #248]\n"
  "  mrs x0, nzcv\n  str x0, [x30, #256]\n  mrs x0, fpsr\n  str x0, [x30, #272]\n"
  ALL_V("stp")
  "  msr fpcr, xzr\n"
  "  adrp x1, hostStack\n  ldr x0, [x1, :lo12:hostStack]\n  mov sp, x0\n"
  "  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n  ldp x25, x26, [sp, #48]\n"
  "  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n  ldp x19, x20, [sp], #96\n  ret\n"
  ".p2align 12\n.text\n");

// The saved PC lies at this offset of the kernel's ucontext on arm64: 168 bytes of header up to mcontext's
// registers (176 with fault_address), 31 registers, SP.
static void handler(int signal, void *info, u8 *ucontext) {
  u64 *registers = (u64 *)(ucontext + 176 + 8);
  registers[32] += 4;
  undefined = 1;
}
__asm__(".text\nreturnFromSignal: mov x8, #139\n svc 0\n");
extern u8 returnFromSignal[];

// ---- the state as a function of the seed ----
static u64 generator;
static u64 next(void) {
  u64 z = (generator += 0x9e3779b97f4a7c15ul);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ul;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebul;
  return z ^ (z >> 31);
}
// An adversarial datum with the given exponent and fraction widths.
static u64 special(int e, int f) {
  u64 r = next(), m = next();
  long top = (1l << e) - 1, bias = top >> 1, exponent;
  switch ((r >> 8) & 15) {
  case 0: exponent = 0; break;
  case 1: exponent = (r >> 16) & 3; break;
  case 2: exponent = top; break;
  case 3: exponent = top - ((r >> 16) & 3); break;
  case 4: exponent = bias - 1 + ((r >> 16) & 3); break;
  case 5: exponent = bias + f - 2 + ((r >> 16) & 3); break;
  case 6: exponent = bias + 28 + ((r >> 16) & 7); break;
  case 7: exponent = bias + 60 + ((r >> 16) & 7); break;
  case 8: exponent = bias - f - 2 + ((r >> 16) & 3); break;
  case 9: exponent = (bias >> 1) + ((r >> 16) & 3); break;
  case 10: exponent = bias - 1 + ((r >> 16) & 31); break;
  case 11: exponent = bias + 14 + ((r >> 16) & 3); break;
  case 12: exponent = bias - 16 + ((r >> 16) & 3); break;
  case 13: exponent = bias - 24 + ((r >> 16) & 15); break;
  case 14: exponent = bias + (bias >> 1) + ((r >> 16) & 3); break;
  default: exponent = (r >> 16) & top; break;
  }
  u64 mask = (1ul << f) - 1, fraction;
  switch ((r >> 32) & 7) {
  case 0: fraction = 0; break;
  case 1: fraction = 1; break;
  case 2: fraction = mask; break;
  case 3: fraction = 1ul << (f - 1); break;
  case 4: fraction = 1ul << (m % f); break;
  case 5: fraction = mask << (m % f); break;
  case 6: fraction = m & (mask << (f / 2)); break;
  default: fraction = m; break;
  }
  return ((r & 1) << (e + f)) | (((u64)exponent & top) << f) | (fraction & mask);
}
// An ordinary number: exponent within `spread` of the bias.
static u64 ordinary(int e, int f, int spread) {
  u64 r = next(), m = next();
  long bias = (1l << (e - 1)) - 1;
  u64 exponent = bias - spread + (r >> 8) % (2 * spread + 1);
  return ((r & 1) << (e + f)) | (exponent << f) | (m & ((1ul << f) - 1));
}
static u64 extreme(int bits) {
  u64 r = next();
  u64 mask = bits == 64 ? ~0ul : (1ul << bits) - 1, value;
  switch (r & 7) {
  case 0: value = 0; break;
  case 1: value = ~0ul; break;
  case 2: value = 1ul << (bits - 1); break;
  case 3: value = (1ul << (bits - 1)) - 1; break;
  case 4: value = 1; break;
  case 5: value = ((r >> 8) & 15) - 8; break;
  case 6: value = 1ul << ((r >> 8) % bits); break;
  default: value = r >> 5; break;
  }
  return value & mask;
}
static u64 half64(u32 flavour) {
  u64 w = 0;
  switch (flavour) {
  case 1: return special(11, 52);
  case 2: w = special(8, 23); return w | special(8, 23) << 32;
  case 3: for (int i = 0; i < 64; i += 16) w |= special(5, 10) << i; return w;
  case 4: return ordinary(11, 52, 20);
  case 5: w = ordinary(8, 23, 10); return w | ordinary(8, 23, 10) << 32;
  case 6: for (int i = 0; i < 64; i += 8) w |= extreme(8) << i; return w;
  case 7: for (int i = 0; i < 64; i += 16) w |= extreme(16) << i; return w;
  case 8: w = extreme(32); return w | extreme(32) << 32;
  case 9: return extreme(64);
  case 10: for (int i = 0; i < 64; i += 8) w |= (next() % 40) << i; return w;
  default: return next();
  }
}
static void prepare(u32 word, u32 seed) {
  generator = seed;
  u32 theme = seed >> 28;
  for (int i = 0; i < 32; i++)
    for (int j = 0; j < 2; j++) before.v[i][j] = half64(next() % 8 ? theme : next() & 15);
  for (int i = 0; i < 31; i++) before.x[i] = half64(next() % 2 ? theme : 9);
  before.x[31] = WINDOW + 96;
  u64 r = next();
  before.nzcv = r & 0xf0000000;
  before.fpcr = r & (1ul << 60) ? (r >> 8) & 0x07c00000 : 0;
  before.fpsr = r & (1ul << 61) ? 0x10 : r & (1ul << 62) ? (r >> 32) & 0x0800009f : 0;
  u64 *window = (u64 *)WINDOW;
  for (int i = 0; i < windowSize / 8; i++) window[i] = next();
  // Loads and stores of structures take their base from Rn.
  if ((word & 0xbe000000) == 0x0c000000) {
    u32 rn = (word >> 5) & 31;
    if (rn != 31) before.x[rn] = WINDOW + 64 + (r >> 40) % 32;
  }
}
static u64 fingerprint(void) {
  u64 h = 0xcbf29ce484222325ul;
  for (u64 i = 0; i < windowSize; i++) h = (h ^ ((u8 *)WINDOW)[i]) * 0x100000001b3ul;
  return h;
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
static void put(const void *p, u64 n) {
  const u8 *q = p;
  while (n--) output[outputCount++] = *q++;
}
static void change(u8 *count, u8 place, const void *value, u64 n) {
  (*count)++;
  put(&place, 1);
  put(value, n);
}

void run(void) {
  static u8 stack[65536];
  struct { void *base; int flags; u64 size; } alternate = {stack, 0, sizeof stack};
  struct { void *handler; u64 flags; void *restorer; u64 mask; } action =
    {(void *)handler, 0x4 | 0x08000000 | 0x04000000, returnFromSignal, 0};
  call(132, (long)&alternate, 0, 0, 0, 0, 0);
  call(134, 4, (long)&action, 0, 8, 0, 0);
  call(222, WINDOW, 4096, 3, 0x32, -1, 0);

  u32 pair[2];
  for (;;) {
    u64 got = 0;
    while (got < 8) {
      long n = call(63, 0, (long)pair + got, 8 - got, 0, 0, 0);
      if (n <= 0) { flush(); return; }
      got += n;
    }
    prepare(pair[0], pair[1]);
    memcpy(&context, &before, sizeof context);
    u64 memory = fingerprint();
    undefined = 0;
    slot[0] = pair[0];
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(slot) : "memory");
    trampoline();
    if (outputCount > sizeof output - 2048) flush();
    put(pair, 8);
    u8 *count = output + outputCount;
    put("", 1);
    if (undefined) { *count = 255; continue; }
    for (int i = 0; i < 32; i++)
      if (context.v[i][0] != before.v[i][0] || context.v[i][1] != before.v[i][1])
        change(count, i, context.v[i], 16);
    for (int i = 0; i < 32; i++)
      if (context.x[i] != before.x[i]) change(count, 32 + i, &context.x[i], 8);
    if (context.nzcv != before.nzcv) change(count, 64, &context.nzcv, 4);
    if (context.fpsr != before.fpsr) change(count, 65, &context.fpsr, 4);
    u64 after = fingerprint();
    if (after != memory) change(count, 66, &after, 8);
  }
}
void _start(void) {
  run();
  call(93, 0, 0, 0, 0, 0, 0);
}
