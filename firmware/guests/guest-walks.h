// What the guests of translation-table walks share: tables, the path to a leaf, AT, and the transcript.
//
// A line is a group of cells: how many, and a hash of what each gave (PAR_EL1 after an AT; level, ESR, FAR and
// HPFAR after an access). Built with -DVERBOSE (GUEST_FLAGS=-DVERBOSE scripts/build-guests) every cell is a
// line. Arm DDI 0487, D5.2 to D5.5.
#pragma once
#include "guest.h"
#pragma clang diagnostic ignored "-Wunused-function"

#define TABLE 8192
static u64 one[4][TABLE] __attribute__((aligned(65536)));   // stage 1 or EL2, by level
static u64 two[4][TABLE] __attribute__((aligned(65536)));   // stage 2
static u8 target[65536] __attribute__((aligned(65536)));

static u64 hash, cells, total;

static void mix(u64 value) {
  for (int i = 0; i < 64; i += 16) hash = (hash ^ (value >> i & 0xffff)) * 0x100000001b3;
}

#ifdef VERBOSE
#define CELL(...) { u64 v_[] = {__VA_ARGS__}; for (u64 i_ = 0; i_ < sizeof v_ / 8; i_++) { print_number(v_[i_]); \
  print(" "); } print("= "); }
#define VALUE(v) { print_number(v); print(" "); mix(v); }
#define END_CELL() print("\n")
#else
#define CELL(...)
#define VALUE(v) mix(v)
#define END_CELL()
#endif

static const char *group_name;
static void begin(const char *name, u64 a, u64 b) {
  group_name = name;
  hash = 0xcbf29ce484222325;
  cells = 0;
  print(name);
  print(" "); print_number(a);
  print(" "); print_number(b);
  print(":");
#ifdef VERBOSE
  print("\n");
#endif
}

static void end(void) {
  print_field("cells", cells);
  print_field("hash", hash);
  print("\n");
  total += cells;
}

static inline void flush(void) {
  __asm__ volatile("dsb sy\n tlbi alle1\n tlbi alle2\n dsb sy\n isb" : : : "memory");
}

#define AT(op, address) ({ __asm__ volatile("at " op ", %0\n isb" : : "r"((u64)(address)) : "memory"); READ(par_el1); })
static u64 translate(int op, u64 va) {
  switch (op) {
  case 0: return AT("s1e1r", va);
  case 1: return AT("s1e1w", va);
  case 2: return AT("s1e0r", va);
  case 3: return AT("s1e0w", va);
  case 4: return AT("s12e1r", va);
  case 5: return AT("s12e1w", va);
  case 6: return AT("s12e0r", va);
  case 7: return AT("s12e0w", va);
  case 8: return AT("s1e2r", va);
  default: return AT("s1e2w", va);
  }
}

// Bits of the address that level `level` resolves, for a granule of 1 << g bytes.
static u64 shift(u64 g, u64 level) { return g + (g - 3) * (3 - level); }
static u64 number(u64 g, u64 level, u64 va) { return va >> shift(g, level) & ((1ul << (g - 3)) - 1); }

// A path to `leaf` for `va`; `attributes` go into the last table descriptor.
static void path(u64 (*tables)[TABLE], u64 g, u64 start, u64 leaf, u64 va, u64 descriptor, u64 attributes) {
  for (u64 level = start; level < leaf; level++) {
    u64 extra = level == leaf - 1 ? attributes : 0;
    tables[level][number(g, level, va)] = (u64)tables[level + 1] | 3 | extra;
  }
  tables[leaf][number(g, leaf, va)] = descriptor;
}

static void unpath(u64 (*tables)[TABLE], u64 g, u64 start, u64 leaf, u64 va) {
  for (u64 level = start; level <= leaf; level++) tables[level][number(g, level, va)] = 0;
}

#define VA     0x1240000000ul                  // below 2^38 and not on the path of the code
#define MAIRS  0xbb4fff440c080400ul            // nGnRnE, nGnRE, nGRE, GRE, NC, WB, WT transient-like mixes, WT
#define TCR1(g, t0sz) ((t0sz) | 1 << 8 | 1 << 10 | 3 << 12 | ((g) == 16 ? 1 << 14 : 0) | 1 << 23 | 32 << 16 | 4ul << 32)
#define SCTLR_OFF 0x30d00800ul
#define SCTLR_AT (SCTLR_OFF | 1 | 4)           // M and C: without C, Normal memory is not cacheable
#define SCTLR_ON  0x30d0180dul

static u64 start_of(u64 g, u64 bits) { return 4 - (bits - g + (g - 3) - 1) / (g - 3); }

static void stage1(u64 g, u64 bits, u64 sctlr) {
  u64 start = start_of(g, bits);
  WRITE(mair_el1, MAIRS);
  WRITE(tcr_el1, TCR1(g, 64 - bits));
  WRITE(ttbr0_el1, one[start]);
  WRITE(sctlr_el1, sctlr);
}

// VTCR_EL2: PS 44 bits, write-back walks, inner shareable.
static u64 vtcr(u64 g, u64 start, u64 bits) {
  u64 sl0 = g == 12 ? 2 - start : 3 - start;
  return (64 - bits) | sl0 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1ul << 14 : 0) | 4 << 16 | 1ul << 31;
}

static void stage2(u64 g, u64 bits) {
  u64 start = start_of(g, bits);
  // Up to sixteen tables may be concatenated; here one is enough.
  WRITE(vtcr_el2, vtcr(g, start, bits));
  WRITE(vttbr_el2, two[start]);
}

static void clear(u64 (*tables)[TABLE]) {
  for (int level = 0; level < 4; level++) {
    for (int i = 0; i < TABLE; i++) tables[level][i] = 0;
  }
}

static u64 leaf_address(u64 g, u64 level) { return (u64)target & ~((1ul << shift(g, level)) - 1); }
// An address with the offset of `target` in its page or block, whose entries are not those of the code.
static u64 probe(u64 g, u64 level) {
  u64 apart = level == 3 ? (g == 12 ? 7ul << 21 | 5 << 12 : 100ul << 16) : level == 2 && g == 12 ? 7ul << 21 : 0;
  return VA + apart + ((u64)target & ((1ul << shift(g, level)) - 1));
}

static void at_range(int from, int to, u64 va) {
  flush();
  for (int op = from; op <= to; op++) {
    VALUE(translate(op, va));
    cells++;
  }
  END_CELL();
}

// Stage 1: type, AP, XN, AF, attributes; `from` and `to` are the AT operations.
static void stage1_matrix(const char *name, u64 g, u64 bits, u64 leaf, int from, int to) {
  begin(name, g, leaf);
  u64 start = start_of(g, bits), va = probe(g, leaf);
  for (u64 type = 0; type < 4; type++) {
    // A table descriptor instead of a leaf: its own matrix is below.
    if (leaf < 3 && type == 3) continue;
    for (u64 i = 0; i < 256; i++) {
      u64 ap = i & 3, xn = i >> 2 & 3, af = i >> 4 & 1, attr = i >> 5;
      u64 d = leaf_address(g, leaf) | type | ap << 6 | xn << 53 | af << 10 | attr << 2 | 2 << 8;
      path(one, g, start, leaf, va, d, 0);
      CELL(type, ap, xn, af, attr)
      at_range(from, to, va);
    }
  }
  unpath(one, g, start, leaf, va);
  end();
}
