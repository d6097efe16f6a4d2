// Runs random programs as a Linux process does, for `conformance fuzz` (UserModeOracle.swift).
//
// Freestanding. Reads records from stdin: X0 to X30, SP, NZCV, FPCR, the address of the code, the seed of the
// data, V0 to V31, 96 words of code, which end with a branch to EXIT. Writes for each: X0 to X30, SP, NZCV,
// FPCR, FPSR, a hash of the data, the signal that ended it or zero, zero, V0 to V31. X18 is lost at the end.
typedef unsigned int u32;
typedef unsigned long u64;

#define CODE 0x100000ul
#define EXIT 0x103000ul
#define DATA 0x200000ul
#define DATA_WORDS (0x20000 / 8)

struct input {
  u64 x[31], sp, nzcv, fpcr, code, seed, v[64];
  u32 words[96];
} in;
struct output {
  u64 x[31], sp, nzcv, fpcr, fpsr, hash, signal, zero, v[64];
} out;
u64 host_stack;
void run(void);
void leave(void);
void restorer(void);

static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
void *memset(void *p, int c, u64 n) { char *q = p; while (n--) *q++ = c; return p; }

#define V(op, a, b, base) "  " op " q" #a ", q" #b ", [" base "], #32\n"
#define ALL_V(op, base) \
  V(op, 0, 1, base) V(op, 2, 3, base) V(op, 4, 5, base) V(op, 6, 7, base) V(op, 8, 9, base) \
  V(op, 10, 11, base) V(op, 12, 13, base) V(op, 14, 15, base) V(op, 16, 17, base) V(op, 18, 19, base) \
  V(op, 20, 21, base) V(op, 22, 23, base) V(op, 24, 25, base) V(op, 26, 27, base) V(op, 28, 29, base) \
  V(op, 30, 31, base)

__asm__(
  ".text\n.arch armv8-a+fp+simd\n.globl run\nrun:\n"
  "  stp x29, x30, [sp, #-96]!\n  stp x19, x20, [sp, #16]\n  stp x21, x22, [sp, #32]\n"
  "  stp x23, x24, [sp, #48]\n  stp x25, x26, [sp, #64]\n  stp x27, x28, [sp, #80]\n"
  "  adrp x18, host_stack\n  mov x0, sp\n  str x0, [x18, :lo12:host_stack]\n"
  "  adrp x18, in\n  add x18, x18, :lo12:in\n"
  "  add x0, x18, #288\n"
  ALL_V("ldp", "x0")
  "  ldr x0, [x18, #248]\n  mov sp, x0\n  ldr x0, [x18, #256]\n  msr nzcv, x0\n"
  "  ldr x0, [x18, #264]\n  msr fpcr, x0\n  msr fpsr, xzr\n  msr tpidr_el0, xzr\n"
  "  ldp x0, x1, [x18]\n  ldp x2, x3, [x18, #16]\n  ldp x4, x5, [x18, #32]\n  ldp x6, x7, [x18, #48]\n"
  "  ldp x8, x9, [x18, #64]\n  ldp x10, x11, [x18, #80]\n  ldp x12, x13, [x18, #96]\n"
  "  ldp x14, x15, [x18, #112]\n  ldp x16, x17, [x18, #128]\n  ldr x19, [x18, #152]\n"
  "  ldp x20, x21, [x18, #160]\n  ldp x22, x23, [x18, #176]\n  ldp x24, x25, [x18, #192]\n"
  "  ldp x26, x27, [x18, #208]\n  ldp x28, x29, [x18, #224]\n  ldr x30, [x18, #240]\n"
  "  ldr x18, [x18, #272]\n  br x18\n"
  ".globl leave\nleave:\n"
  "  adrp x18, out\n  add x18, x18, :lo12:out\n"
  "  stp x0, x1, [x18]\n  stp x2, x3, [x18, #16]\n  stp x4, x5, [x18, #32]\n  stp x6, x7, [x18, #48]\n"
  "  stp x8, x9, [x18, #64]\n  stp x10, x11, [x18, #80]\n  stp x12, x13, [x18, #96]\n"
  "  stp x14, x15, [x18, #112]\n  stp x16, x17, [x18, #128]\n  str x19, [x18, #152]\n"
  "  stp x20, x21, [x18, #160]\n  stp x22, x23, [x18, #176]\n  stp x24, x25, [x18, #192]\n"
  "  stp x26, x27, [x18, #208]\n  stp x28, x29, [x18, #224]\n  str x30, [x18, #240]\n"
  "  mov x0, sp\n  str x0, [x18, #248]\n  mrs x0, nzcv\n  str x0, [x18, #256]\n"
  "  mrs x0, fpcr\n  str x0, [x18, #264]\n  mrs x0, fpsr\n  str x0, [x18, #272]\n"
  "  add x0, x18, #304\n"
  ALL_V("stp", "x0")
  ".globl back\nback:\n  adrp x18, host_stack\n  ldr x0, [x18, :lo12:host_stack]\n  mov sp, x0\n"
  "  msr fpcr, xzr\n  ldp x19, x20, [sp, #16]\n  ldp x21, x22, [sp, #32]\n  ldp x23, x24, [sp, #48]\n"
  "  ldp x25, x26, [sp, #64]\n  ldp x27, x28, [sp, #80]\n  ldp x29, x30, [sp], #96\n  ret\n"
  ".globl restorer\nrestorer:\n  mov x8, #139\n  svc #0\n"
  ".globl _start\n_start:\n  b begin\n");
void back(void);

// A signal ends the program: the context is changed to go on at `back`.
static void handle(int number, void *info, char *context) {
  out.signal = number;
  // ucontext: uc_mcontext at 176; fault address, x[31], sp, pc.
  *(u64 *)(context + 176 + 8 + 32 * 8) = (u64)back;
}

static long read_all(void *to, u64 size) {
  u64 done = 0;
  while (done < size) {
    long n = call(63, 0, (long)to + done, size - done, 0, 0, 0);
    if (n <= 0) return 0;
    done += n;
  }
  return 1;
}

static void map(u64 address, u64 size, int protection) {
  // MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED
  if (call(222, address, size, protection, 0x32, -1, 0) != (long)address) call(94, 3, 0, 0, 0, 0, 0);
}

void begin(void) {
  map(CODE, 0x4000, 7);
  map(DATA, DATA_WORDS * 8, 3);
  volatile u32 *stub = (u32 *)EXIT;
  stub[0] = 0x58000052;              // ldr x18, .+8
  stub[1] = 0xd61f0240;              // br x18
  *(volatile u64 *)(EXIT + 8) = (u64)leave;
  static char other_stack[16384] __attribute__((aligned(16)));
  u64 stack[3] = { (u64)other_stack, 0, sizeof other_stack };
  call(132, (long)stack, 0, 0, 0, 0, 0);
  // SA_SIGINFO, SA_NODEFER, SA_ONSTACK, SA_RESTORER
  u64 action[4] = { (u64)handle, 4 | 0x40000000 | 0x08000000 | 0x04000000, (u64)restorer, 0 };
  // SIGALRM, too: a program that never leaves is ended.
  static const int signals[5] = { 4, 5, 7, 11, 14 };
  for (int i = 0; i < 5; i++) call(134, signals[i], (long)action, 0, 8, 0, 0);
  // A thread that starts this may have them blocked, SIGALRM too (those of a test runner do), and what it starts
  // inherits that.
  u64 unblocked = 0;
  call(135, 2, (long)&unblocked, 0, 8, 0, 0);
  while (read_all(&in, sizeof in)) {
    memset(&out, 0, sizeof out);
    u64 *data = (u64 *)DATA;
    for (u64 i = 0; i < DATA_WORDS; i++) {
      u64 mixed = (in.seed ^ i) * 0x9e3779b97f4a7c15;
      data[i] = mixed ^ mixed >> 29;
    }
    u32 *code = (u32 *)in.code;
    for (u64 i = 0; i < 96; i++) code[i] = in.words[i];
    for (u64 i = 0; i < 96 * 4; i += 16) {
      __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0" : : "r"(in.code + i));
    }
    __asm__ volatile("dsb ish\n isb" : : : "memory");
    u64 limit[4] = { 0, 0, 0, 500000 }, none[4] = { 0, 0, 0, 0 };
    call(103, 0, (long)limit, 0, 0, 0, 0);
    run();
    call(103, 0, (long)none, 0, 0, 0, 0);
    u64 hash = 0;
    for (u64 i = 0; i < DATA_WORDS; i++) {
      hash = (hash ^ data[i]) * 0x100000001b3;
      hash ^= hash >> 31;
    }
    out.hash = hash;
    call(64, 1, (long)&out, sizeof out, 0, 0, 0);
  }
  call(94, 0, 0, 0, 0, 0, 0);
}
