// The state of a core around an instruction or a program that is tried, and how to load and store it: shared by
// the programs of this folder. Offsets are those of `struct state`; Sources/conformance repeats them.
#pragma once
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

struct state {
  u64 x[32];  // x[31] is SP
  u64 nzcv, fpcr, fpsr, pc;
  u64 v[32][2];
};

// "ldp" or "stp" of all vectors, and of X0 to X29, by the address of a state in X30.
#define PAIR(op, a, b, offset) "  " op " q" #a ", q" #b ", [x30, #" #offset "]\n"
#define ALL_V(op) \
  PAIR(op, 0, 1, 288) PAIR(op, 2, 3, 320) PAIR(op, 4, 5, 352) PAIR(op, 6, 7, 384) \
  PAIR(op, 8, 9, 416) PAIR(op, 10, 11, 448) PAIR(op, 12, 13, 480) PAIR(op, 14, 15, 512) \
  PAIR(op, 16, 17, 544) PAIR(op, 18, 19, 576) PAIR(op, 20, 21, 608) PAIR(op, 22, 23, 640) \
  PAIR(op, 24, 25, 672) PAIR(op, 26, 27, 704) PAIR(op, 28, 29, 736) PAIR(op, 30, 31, 768)
#define ALL_X(op) \
  "  " op " x0, x1, [x30, #0]\n  " op " x2, x3, [x30, #16]\n  " op " x4, x5, [x30, #32]\n" \
  "  " op " x6, x7, [x30, #48]\n  " op " x8, x9, [x30, #64]\n  " op " x10, x11, [x30, #80]\n" \
  "  " op " x12, x13, [x30, #96]\n  " op " x14, x15, [x30, #112]\n  " op " x16, x17, [x30, #128]\n" \
  "  " op " x18, x19, [x30, #144]\n  " op " x20, x21, [x30, #160]\n  " op " x22, x23, [x30, #176]\n" \
  "  " op " x24, x25, [x30, #192]\n  " op " x26, x27, [x30, #208]\n  " op " x28, x29, [x30, #224]\n"
