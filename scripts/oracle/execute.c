// Executes single A64 instructions at EL0 on an AArch64 Linux, real or emulated, and answers what they did:
// the oracle of `conformance execute`, which builds and runs it.
//
// Freestanding. From stdin, again and again: a 64-bit count, and that many requests. To stdout: as many
// answers. Both are arrays of little-endian 64-bit words, of the layout of the structures below, which
// Sources/conformance/Execute/CaseLayout.swift repeats. Built for either byte order; the files and instructions are
// little-endian always.
//
// The instruction lies at SLOT + 4, behind a companion (a NOP, or a load-exclusive). Memory that it can
// access are the pages of the window, which hold a fixed pattern before each instruction.
#include "state.h"

#define WINDOW 0x800000ul
#define WINDOW_SIZE 0x2000ul
#define CODE 0x870000ul
#define CODE_SIZE 0x10000ul
#define SLOT 0x878000ul
#define EXIT 0x879000ul
#define CONTEXT 0x20000000ul
#define NOP 0xd503201fu
#define BREAK 0xd4200000u

struct request {
  struct state state;
  u64 words;  // the companion above the instruction
  u64 flags;  // bit 0: memory may change
};
enum { maximumChanges = 12 };
struct answer {
  struct state state;
  u64 signal;  // 0: executed
  u64 changes;
  struct { u64 offset, value; } memory[maximumChanges];
};
// At CONTEXT.
struct context {
  struct state state;
  u64 hostStack, signal;
};
#define context ((struct context *)CONTEXT)
#define window ((u64 *)WINDOW)
#define slot ((volatile u32 *)SLOT)

#ifdef __AARCH64EB__
static u32 little32(u32 v) { return __builtin_bswap32(v); }
static u64 little64(u64 v) { return __builtin_bswap64(v); }
// A quadword in memory begins with its high half.
static void orderHalves(struct state *s) {
  for (int i = 0; i < 32; i++) {
    u64 first = s->v[i][0];
    s->v[i][0] = s->v[i][1];
    s->v[i][1] = first;
  }
}
#else
static u32 little32(u32 v) { return v; }
static u64 little64(u64 v) { return v; }
static void orderHalves(struct state *s) {}
#endif
static void orderWords(void *data, u64 size) {
#ifdef __AARCH64EB__
  for (u64 *p = data; size; size -= 8, p++) *p = little64(*p);
#endif
}

static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
void *memset(void *p, int c, u64 n) { u8 *q = p; while (n--) *q++ = c; return p; }
void *memcpy(void *p, const void *s, u64 n) {
  u64 *q = p;
  const u64 *t = s;
  for (n /= 8; n--;) *q++ = *t++;
  return p;
}

// `enter` is copied to end at SLOT, `leave` to EXIT: both work at any place.
extern u32 enter[], enterEnd[], leave[], leaveEnd[], leaveAfterSignal[];
__asm__(
  ".text\n.p2align 4\nenter:\n"
  "  stp x19, x20, [sp, #-96]!\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
  "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
  "  movz x30, #0x2000, lsl #16\n  mov x0, sp\n  str x0, [x30, #800]\n"
  ALL_V("ldp")
  "  ldr x0, [x30, #256]\n  msr nzcv, x0\n  ldr x0, [x30, #264]\n  msr fpcr, x0\n"
  "  ldr x0, [x30, #272]\n  msr fpsr, x0\n  ldr x0, [x30, #248]\n  mov sp, x0\n"
  ALL_X("ldp")
  "  ldr x30, [x30, #240]\n"
  "enterEnd:\n"
  "leave:\n"
  "  msr tpidr_el0, x30\n"
  "  movz x30, #0x2000, lsl #16\n"
  ALL_X("stp")
  "  mrs x0, tpidr_el0\n  str x0, [x30, #240]\n  mov x0, sp\n  str x0, [x30, #248]\n"
  "  mrs x0, nzcv\n  str x0, [x30, #256]\n  mrs x0, fpcr\n  str x0, [x30, #264]\n"
  "  mrs x0, fpsr\n  str x0, [x30, #272]\n"
  "  movz x0, #0x0087, lsl #16\n  movk x0, #0x8008\n  str x0, [x30, #280]\n"
  "  str xzr, [x30, #808]\n"
  ALL_V("stp")
  "leaveAfterSignal:\n"
  "  msr fpcr, xzr\n"
  "  movz x30, #0x2000, lsl #16\n  ldr x0, [x30, #800]\n  mov sp, x0\n"
  "  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n  ldp x25, x26, [sp, #48]\n"
  "  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n  ldp x19, x20, [sp], #96\n  ret\n"
  "leaveEnd:\n");

// The kernel's signal frame on arm64, from ucontext: see arch/arm64/include/uapi/asm/{ucontext,sigcontext}.h.
struct frame {
  u8 header[176];
  u64 fault, x[31], sp, pc, pstate, align;
  u32 magic, size, fpsr, fpcr;
  u64 v[32][2];
};
static void handler(int signal, void *info, struct frame *c) {
  memcpy(context->state.x, c->x, sizeof c->x);
  context->state.x[31] = c->sp;
  context->state.nzcv = c->pstate & 0xf0000000;
  context->state.fpcr = c->fpcr;
  context->state.fpsr = c->fpsr;
  context->state.pc = c->pc;
  memcpy(context->state.v, c->v, sizeof c->v);
  // A signal at another place says where a branch went.
  context->signal = c->pc == SLOT || c->pc == SLOT + 4 ? signal : 0;
  c->pc = EXIT + ((u64)leaveAfterSignal - (u64)leave);
}
__asm__(".text\nreturnFromSignal: mov x8, #139\n svc 0\n");
extern u8 returnFromSignal[];

static u64 pattern[WINDOW_SIZE / 8];
static u64 mix(u64 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ul;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebul;
  return z ^ (z >> 31);
}

static void transfer(int number, void *data, u64 size) {
  for (u64 done = 0; done < size;) {
    long n = call(number, number == 64, (long)data + done, size - done, 0, 0, 0);
    if (n <= 0) call(93, number == 64 || done, 0, 0, 0, 0, 0);
    done += n;
  }
}
static void synchronize(void) {
  for (int i = 0; i < 3; i++) __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0" ::"r"(slot + i) : "memory");
  __asm__ volatile("dsb ish\n isb" ::: "memory");
}

enum { maximumCount = 4096 };
static struct request requests[maximumCount];
static struct answer answers[maximumCount];

static void execute(const struct request *request, struct answer *answer) {
  u32 word = little32(request->words), companion = little32(request->words >> 32);
  if (slot[1] != word || slot[0] != companion) {
    slot[0] = companion;
    slot[1] = word;
    synchronize();
  }
  context->state = request->state;
  orderHalves(&context->state);
  ((void (*)(void))(SLOT - ((u64)enterEnd - (u64)enter)))();
  answer->state = context->state;
  orderHalves(&answer->state);
  answer->signal = context->signal;
  answer->changes = 0;
  if (!(request->flags & 1)) return;
  for (u64 i = 0; i < WINDOW_SIZE / 8; i++) {
    if (window[i] == pattern[i]) continue;
    if (answer->changes < maximumChanges) {
      answer->memory[answer->changes].offset = i * 8;
      answer->memory[answer->changes].value = little64(window[i]);
    }
    answer->changes++;
    window[i] = pattern[i];
  }
}

void _start(void) {
  static u8 stack[65536] __attribute__((aligned(16)));
  struct { void *base; int flags; u64 size; } alternate = {stack, 0, sizeof stack};
  struct { void *handler; u64 flags; void *restorer; u64 mask; } action =
    {(void *)handler, 0x4 | 0x08000000 | 0x04000000 | 0x40000000, returnFromSignal, 0};
  call(132, (long)&alternate, 0, 0, 0, 0, 0);
  int signals[] = {4, 5, 7, 11};
  for (int i = 0; i < 4; i++) call(134, signals[i], (long)&action, 0, 8, 0, 0);
  call(222, WINDOW, WINDOW_SIZE, 3, 0x32, -1, 0);
  call(222, CODE, CODE_SIZE, 7, 0x32, -1, 0);
  call(222, CONTEXT, 4096, 3, 0x32, -1, 0);
  for (u64 i = 0; i < WINDOW_SIZE / 8; i++) window[i] = pattern[i] = little64(mix(i));
  for (u64 i = 0; i < CODE_SIZE / 4; i++) ((u32 *)CODE)[i] = little32(BREAK);
  u64 enterSize = enterEnd - enter;
  for (u64 i = 0; i < enterSize; i++) ((u32 *)SLOT)[i - enterSize] = enter[i];
  for (u64 i = 0; leave + i < leaveEnd; i++) ((u32 *)EXIT)[i] = leave[i];
  slot[0] = slot[1] = little32(NOP);
  slot[2] = little32(0x14000000 | (EXIT - SLOT - 8) / 4);
  synchronize();
  for (;;) {
    u64 count;
    transfer(63, &count, 8);
    orderWords(&count, 8);
    if (count > maximumCount) call(93, 2, 0, 0, 0, 0, 0);
    transfer(63, requests, count * sizeof requests[0]);
    orderWords(requests, count * sizeof requests[0]);
    for (u64 i = 0; i < count; i++) execute(&requests[i], &answers[i]);
    orderWords(answers, count * sizeof answers[0]);
    transfer(64, answers, count * sizeof answers[0]);
  }
}
