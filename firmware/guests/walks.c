// Translation-table walks: a matrix of descriptors, probed by AT instructions and by accesses at EL2, EL1, EL0.
//
// A line is a group of cells: how many, and a hash of what each gave (PAR_EL1 after an AT; level, ESR, FAR and
// HPFAR after an access). Built with -DVERBOSE (GUEST_FLAGS=-DVERBOSE scripts/build-guests) every cell is a
// line. Arm DDI 0487, D5.2 to D5.5.
#include "guest.h"

#define TABLE 8192
static u64 one[4][TABLE] __attribute__((aligned(65536)));   // stage 1 or EL2, by level
static u64 two[4][TABLE] __attribute__((aligned(65536)));   // stage 2
static u64 code[512] __attribute__((aligned(4096)));        // level 3 of the first 2 MiB, for EL1 and EL0
static u8 target[65536] __attribute__((aligned(65536)));
static u8 stack[16384] __attribute__((aligned(16)));
extern char __text_end[];

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

// Stage 1: the other bits of a leaf, one at a time and all pairs with shareability.
static void stage1_bits(u64 g, u64 bits, u64 leaf, int from, int to) {
  begin("bits", g, leaf);
  u64 start = start_of(g, bits), va = probe(g, leaf);
  u64 d = leaf_address(g, leaf) | (leaf == 3 ? 3 : 1) | 5 << 2 | 1 << 10;
  for (u64 bit = 5; bit < 64; bit++) {
    // The shareability 0b01 is reserved: UNPREDICTABLE.
    if (bit == 8) continue;
    path(one, g, start, leaf, va, d ^ 1ul << bit, 0);
    CELL(bit)
    at_range(from, to, va);
  }
  unpath(one, g, start, leaf, va);
  end();
}

// Stage 1: hierarchical controls of the last table.
static void stage1_tables(u64 g, u64 bits, u64 leaf, int from, int to) {
  begin("tables", g, leaf);
  u64 start = start_of(g, bits), va = probe(g, leaf);
  for (u64 i = 0; i < 256; i++) {
    u64 d = leaf_address(g, leaf) | (leaf == 3 ? 3 : 1) | 5 << 2 | 1 << 10 | (i & 3) << 6 | (i >> 2 & 3) << 53;
    path(one, g, start, leaf, va, d, (i >> 4) << 59);
    CELL(i)
    at_range(from, to, va);
  }
  unpath(one, g, start, leaf, va);
  end();
}

// Stage 1: table addresses beyond the physical size, types of table entries.
static void stage1_table_faults(u64 g, u64 bits, u64 leaf, int from, int to) {
  begin("table faults", g, leaf);
  u64 start = start_of(g, bits), va = probe(g, leaf);
  for (u64 level = start; level < leaf; level++) {
    for (u64 bit = 0; bit < 48; bit++) {
      if (bit >= 2 && bit < 44 && bit > 15) continue;
      u64 d = leaf_address(g, leaf) | (leaf == 3 ? 3 : 1) | 5 << 2 | 1 << 10;
      path(one, g, start, leaf, va, d, 0);
      one[level][number(g, level, va)] ^= 1ul << bit;
      // Low bits of the address of a table are RES0.
      if (bit >= 2 && bit < g) one[level][number(g, level, va)] ^= 1ul << bit;
      CELL(level, bit)
      at_range(from, to, va);
    }
  }
  unpath(one, g, start, leaf, va);
  end();
}

// Stage 2 alone: type, S2AP, XN, AF, attributes.
static void stage2_matrix(u64 g, u64 bits, u64 leaf) {
  begin("stage 2", g, leaf);
  stage2(g, bits);
  u64 start = start_of(g, bits), ipa = probe(g, leaf);
  for (u64 type = 0; type < 4; type++) {
    if (leaf < 3 && type == 3) continue;
    for (u64 i = 0; i < 256; i++) {
      u64 ap = i & 3, xn = i >> 2 & 1, af = i >> 3 & 1, attr = i >> 4;
      // Memory attributes 0b0100, 0b1000 and 0b1100 are reserved.
      if (attr == 4 || attr == 8 || attr == 12) continue;
      u64 d = leaf_address(g, leaf) | type | ap << 6 | xn << 54 | af << 10 | attr << 2 | 3 << 8;
      path(two, g, start, leaf, ipa, d, 0);
      CELL(type, ap, xn, af, attr)
      at_range(0, 7, ipa);
    }
  }
  for (u64 bit = 11; bit < 64; bit++) {
    u64 d = leaf_address(g, leaf) | (leaf == 3 ? 3 : 1) | 3 << 6 | 15 << 2 | 1 << 10;
    path(two, g, start, leaf, ipa, d ^ 1ul << bit, 0);
    CELL(bit)
    at_range(4, 7, ipa);
  }
  unpath(two, g, start, leaf, ipa);
  end();
}

// Both stages: attributes and shareability combine.
static void combined(u64 cacheability, u64 mixed) {
  begin(mixed ? "attributes, Device with Normal" : "attributes", 12, cacheability);
  u64 va = probe(12, 3), ipa = 0x340000000ul + ((u64)target & 0x3fffffff);
  for (u64 i = 0; i < 8 * 16 * 9; i++) {
    u64 attr1 = i & 7, attr2 = i >> 3 & 15, sh = i >> 7;
    if (attr2 == 4 || attr2 == 8 || attr2 == 12) continue;
    if (mixed != ((attr1 < 4) != (attr2 < 4))) continue;
    u64 sh1 = sh % 3, sh2 = sh / 3;
    sh1 += sh1 > 0; sh2 += sh2 > 0;
    path(one, 12, 1, 3, va, ipa | 3 | attr1 << 2 | 1 << 10 | sh1 << 8, 0);
    path(two, 12, 1, 3, ipa, leaf_address(12, 3) | 3 | attr2 << 2 | 3 << 6 | 1 << 10 | sh2 << 8, 0);
    CELL(attr1, attr2, sh1, sh2)
    at_range(4, 4, va);
  }
  unpath(one, 12, 1, 3, va);
  unpath(two, 12, 1, 3, ipa);
  end();
}

// Permissions of both stages.
static void both_permissions(void) {
  begin("permissions of both", 12, 3);
  u64 va = probe(12, 3), ipa = 0x340000000ul + ((u64)target & 0x3fffffff);
  for (u64 i = 0; i < 128; i++) {
    u64 ap1 = i & 3, ap2 = i >> 2 & 3, xn1 = i >> 4 & 3, xn2 = i >> 6;
    path(one, 12, 1, 3, va, ipa | 3 | 5 << 2 | 1 << 10 | ap1 << 6 | xn1 << 53, 0);
    path(two, 12, 1, 3, ipa, leaf_address(12, 3) | 3 | 15 << 2 | ap2 << 6 | 1 << 10 | xn2 << 54, 0);
    CELL(ap1, ap2, xn1, xn2)
    at_range(4, 7, va);
  }
  unpath(one, 12, 1, 3, va);
  unpath(two, 12, 1, 3, ipa);
  end();
}

static void identity_stage2(void) {
  for (u64 i = 0; i < 512; i++) two[1][i] = i << 30 | 1 | 15 << 2 | 3 << 6 | 3 << 8 | 1 << 10;
}

static void clear(u64 (*tables)[TABLE]) {
  for (int level = 0; level < 4; level++) {
    for (int i = 0; i < TABLE; i++) tables[level][i] = 0;
  }
}

// Stage 2 of the tables of stage 1: each level of the walk at each kind of stage-2 descriptor.
static void walks_of_walks(u64 ptw) {
  begin("stage 2 of tables", 12, ptw);
  u64 va = probe(12, 3);
  path(one, 12, 1, 3, va, leaf_address(12, 3) | 3 | 5 << 2 | 1 << 10 | 1 << 6, 0);
  for (u64 level = 1; level <= 3; level++) {
    u64 table = (u64)one[level] + number(12, level, va) * 8;
    for (u64 i = 0; i < 512; i++) {
      u64 type = i & 3, ap = i >> 2 & 3, af = i >> 4 & 1, attr = i >> 5;
      if (attr == 4 || attr == 8 || attr == 12) continue;
      // The first 2 MiB by pages: only the page of the table is another.
      two[1][0] = (u64)two[2] | 3;
      for (u64 b = 1; b < 512; b++) two[2][b] = b << 21 | 1 | 15 << 2 | 3 << 6 | 1 << 10;
      two[2][0] = 1 | 15 << 2 | 3 << 6 | 1 << 10;
      two[2][table >> 21] = (u64)two[3] | 3;
      for (u64 p = 0; p < 512; p++) two[3][p] = (table >> 21 << 21) | p << 12 | 3 | 15 << 2 | 3 << 6 | 1 << 10;
      two[3][table >> 12 & 511] = (table & ~4095ul) | type | ap << 6 | af << 10 | attr << 2;
      CELL(level, type, ap, af, attr)
      at_range(4, 6, va);
      if (i >= 32 && !ptw) break;
    }
  }
  unpath(one, 12, 1, 3, va);
  clear(two);
  end();
}

// TCR_EL1: sizes of the input range and of the output.
static void sizes(u64 g) {
  begin("sizes", g, 0);
  static const u64 offsets[] = {0, 1ul << 30, 1ul << 36, 1ul << 38, 1ul << 41, 1ul << 47, 1ul << 48, 0xfful << 56,
    1ul << 55, 0xffff000000000000, 0xffffff8000000000, 0xffffffff80000000};
  for (u64 t0sz = 16; t0sz <= 39; t0sz++) {
    u64 start = start_of(g, 64 - t0sz);
    for (u64 level = 0; level < 4; level++) {
      for (u64 i = 0; i < TABLE; i++) one[level][i] = 0;
    }
    for (u64 i = 0; i < 512; i++) one[start][i] = (g == 12 ? start > 0 : start > 1) ? (u64)target | 1 | 1 << 10 : 0;
    for (u64 ips = 0; ips < 6; ips++) {
      u64 tcr = (TCR1(g, t0sz) & ~(7ul << 32)) | ips << 32;
      for (u64 variant = 0; variant < 4; variant++) {
        WRITE(mair_el1, MAIRS);
        WRITE(tcr_el1, (tcr | (variant & 1) << 37) ^ (variant >> 1) << 7);
        WRITE(ttbr0_el1, one[start]);
        for (u64 o = 0; o < sizeof offsets / 8; o++) {
          CELL(t0sz, ips, variant, o)
          at_range(0, 0, offsets[o]);
        }
      }
    }
  }
  clear(one);
  end();
}

// ---- Accesses ----

__asm__(
  ".text\n .balign 4\n"
  "do_read: mov x9, x30\n ldr w0, [x0]\n ret x9\n"
  "do_write: mov x9, x30\n str wzr, [x0]\n ret x9\n"
  "do_fetch: mov x9, x30\n blr x0\n ret x9\n"
  "do_user_read: mov x9, x30\n ldtr w0, [x0]\n ret x9\n"
  "do_user_write: mov x9, x30\n sttr wzr, [x0]\n ret x9\n");
u64 do_read(u64), do_write(u64), do_fetch(u64), do_user_read(u64), do_user_write(u64);

static volatile u64 taken_level, taken_esr, taken_far, taken_hpfar;

static void note(struct frame *frame, u64 level, u64 esr, u64 far, u64 hpfar) {
  taken_level = level;
  taken_esr = esr;
  taken_far = far;
  taken_hpfar = hpfar;
  frame->elr = frame->x[9];
}

static void lost(struct frame *frame, u64 esr, u64 level) {
  WRITE(sctlr_el2, 0x30c50830);
  print("\nlost:");
  print_field("level", level);
  print_field("esr", esr);
  print_field("elr", frame->elr);
  print_field("far", level == 1 ? READ(far_el1) : READ(far_el2));
  print("\n");
  for (;;) __asm__ volatile("wfi");
}

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2), class = esr >> 26;
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (class == 0x16) lost(frame, esr, 1);
  if (class != 0x20 && class != 0x21 && class != 0x24 && class != 0x25) lost(frame, esr, 2);
  u64 is_two = vector == 0x400;
  note(frame, 2, esr, READ(far_el2), is_two ? READ(hpfar_el2) : 0);
}

void el1_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el1), class = esr >> 26;
  if (esr == 0x56000000 + LEAVE) leave_el0(frame->x[0]);
  if (class != 0x20 && class != 0x21 && class != 0x24 && class != 0x25) __asm__ volatile("hvc #0x123");
  note(frame, 1, esr, READ(far_el1), 0);
}

static u64 access_va, access_count;
static void forget(void) { taken_level = taken_esr = taken_far = taken_hpfar = 0; }
static struct { u64 level, esr, far, hpfar; } results[8];
static void keep(void) {
  results[access_count].level = taken_level;
  results[access_count].esr = taken_esr;
  results[access_count].far = taken_far;
  results[access_count++].hpfar = taken_hpfar;
}

static u64 accesses_at_el1(u64 unused) {
  forget(); do_read(access_va); keep();
  forget(); do_write(access_va); keep();
  forget(); do_user_read(access_va); keep();
  forget(); do_user_write(access_va); keep();
  forget(); call_el0((u64)do_read, access_va, 0); keep();
  forget(); call_el0((u64)do_write, access_va, 0); keep();
  // The write has spoilt what is fetched.
  return 0;
}

static u64 fetches_at_el1(u64 unused) {
  forget(); do_fetch(access_va); keep();
  forget(); call_el0((u64)do_fetch, access_va, 0); keep();
  return 0;
}

static void refill(void) {
  for (u64 i = 0; i < 64; i += 4) *(volatile u32 *)(target + i) = 0xd65f03c0;
  __asm__ volatile("dc cvau, %0\n dsb ish\n ic ialluis\n dsb ish\n isb" : : "r"(target) : "memory");
}

static void accesses(u64 va) {
  access_va = va;
  access_count = 0;
  flush();
  u64 top = (u64)stack + sizeof stack;
  call_el1((u64)accesses_at_el1, 0, top);
  refill();
  call_el1((u64)fetches_at_el1, 0, top);
  for (u64 i = 0; i < access_count; i++) {
    VALUE(results[i].level << 60 | results[i].esr << 16 | (results[i].hpfar & 0xffff));
    mix(results[i].far);
    mix(results[i].hpfar);
    cells++;
  }
  END_CELL();
}

// Maps what EL1 and EL0 run, into an address space of 39 bits with the 4 KiB granule or 42 with 64 KiB.
static void map_code(u64 g) {
  if (g == 12) {
    one[1][0] = (u64)one[2] | 3;
    one[2][0] = (u64)code | 3;
    for (u64 i = 0; i < 512; i++) {
      u64 ap = i << 12 < (u64)__text_end ? 3 << 6 : 0;
      code[i] = i << 12 | 3 | 5 << 2 | 3 << 8 | 1 << 10 | ap;
    }
  } else {
    one[2][0] = (u64)one[3] | 3;
    for (u64 i = 0; i < 64; i++) {
      u64 ap = i << 16 < (u64)__text_end ? 3 << 6 : 0;
      one[3][i] = i << 16 | 3 | 5 << 2 | 3 << 8 | 1 << 10 | ap;
    }
  }
}

static void stage1_accesses(u64 g, u64 leaf, u64 wxn) {
  begin(wxn ? "EL1 and EL0, WXN" : "EL1 and EL0", g, leaf);
  u64 bits = g == 12 ? 39 : 42, start = start_of(g, bits), va = probe(g, leaf);
  map_code(g);
  WRITE(vbar_el1, el1_vectors);
  stage1(g, bits, SCTLR_ON | (wxn << 19));
  for (u64 i = 0; i < 64; i++) {
    u64 type = i & 1 ? (leaf == 3 ? 3 : 1) : (leaf == 3 ? 1 : 0), ap = i >> 1 & 3, xn = i >> 3 & 3, af = i >> 5;
    path(one, g, start, leaf, va, leaf_address(g, leaf) | type | ap << 6 | xn << 53 | af << 10 | 5 << 2 | 3 << 8, 0);
    CELL(type, ap, xn, af)
    accesses(va);
  }
  clear(one);
  WRITE(sctlr_el1, SCTLR_OFF);
  end();
}

static void stage2_accesses(u64 g, u64 leaf) {
  begin("EL1 and EL0, stage 2", g, leaf);
  u64 bits = g == 12 ? 39 : 42, start = start_of(g, bits), ipa = probe(g, leaf);
  WRITE(vbar_el1, el1_vectors);
  WRITE(sctlr_el1, SCTLR_OFF);
  stage2(g, bits);
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  // The guest itself: the first block of the address space.
  u64 block = g == 12 ? 1 : 2;
  two[block][0] = 0 | 1 | 15 << 2 | 3 << 6 | 3 << 8 | 1 << 10;
  for (u64 i = 0; i < 32; i++) {
    u64 type = i & 1 ? (leaf == 3 ? 3 : 1) : (leaf == 3 ? 1 : 0), ap = i >> 1 & 3, xn = i >> 3 & 1, af = i >> 4;
    path(two, g, start, leaf, ipa, leaf_address(g, leaf) | type | ap << 6 | xn << 54 | af << 10 | 15 << 2 | 3 << 8, 0);
    CELL(type, ap, xn, af)
    accesses(ipa);
  }
  clear(two);
  WRITE(hcr_el2, HCR_RW);
  end();
}

// Faults of stage 2 on the walk of stage 1, by access.
static void walk_accesses(u64 hcr) {
  begin("EL1 and EL0, stage 2 of tables", 12, hcr >> 2 & 1);
  u64 va = probe(12, 3);
  map_code(12);
  WRITE(vbar_el1, el1_vectors);
  stage1(12, 39, SCTLR_ON);
  stage2(12, 39);
  path(one, 12, 1, 3, va, leaf_address(12, 3) | 3 | 5 << 2 | 1 << 10 | 1 << 6 | 3 << 8, 0);
  u64 page = (u64)one[3];
  for (u64 i = 0; i < 64; i++) {
    u64 type = i & 1 ? 3 : 1, ap = i >> 1 & 3, af = i >> 3 & 1, attr = (i >> 4) * 5;
    two[1][0] = (u64)two[2] | 3;
    for (u64 b = 0; b < 512; b++) two[2][b] = b << 21 | 1 | 15 << 2 | 3 << 6 | 3 << 8 | 1 << 10;
    two[2][page >> 21] = (u64)two[3] | 3;
    for (u64 p = 0; p < 512; p++) {
      two[3][p] = (page >> 21 << 21) | p << 12 | 3 | 15 << 2 | 3 << 6 | 3 << 8 | 1 << 10;
    }
    two[3][page >> 12 & 511] = (page & ~4095ul) | type | ap << 6 | af << 10 | attr << 2 | 3 << 8;
    CELL(type, ap, af, attr)
    WRITE(hcr_el2, HCR_RW | hcr);
    accesses(va);
    WRITE(hcr_el2, HCR_RW);
  }
  clear(one);
  clear(two);
  WRITE(sctlr_el1, SCTLR_OFF);
  end();
}

static void el2_accesses(u64 g, u64 leaf, u64 wxn) {
  begin(wxn ? "EL2, WXN" : "EL2", g, leaf);
  u64 bits = g == 12 ? 39 : 42, start = start_of(g, bits), va = probe(g, leaf);
  WRITE(mair_el2, MAIRS);
  WRITE(tcr_el2, 0x80800000ul | (64 - bits) | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1 << 14 : 0) | 4 << 16);
  WRITE(ttbr0_el2, one[start]);
  for (u64 i = 0; i < 64; i++) {
    u64 type = i & 1 ? (leaf == 3 ? 3 : 1) : (leaf == 3 ? 1 : 0), ap = i >> 1 & 3, xn = i >> 3 & 3, af = i >> 5;
    clear(one);
    // Text read-only, so that WXN leaves it executable.
    map_code(g);
    path(one, g, start, leaf, va, leaf_address(g, leaf) | type | ap << 6 | xn << 53 | af << 10 | 5 << 2 | 3 << 8, 0);
    CELL(type, ap, xn, af)
    flush();
    refill();
    WRITE(sctlr_el2, 0x30c51835 | wxn << 19);
    access_count = 0;
    forget(); do_read(va); keep();
    forget(); do_fetch(va); keep();
    forget(); do_write(va); keep();
    WRITE(sctlr_el2, 0x30c50830);
    for (u64 k = 0; k < access_count; k++) {
      VALUE(results[k].level << 60 | results[k].esr << 16);
      mix(results[k].far);
      cells++;
    }
    END_CELL();
  }
  clear(one);
  end();
}

void guest_main(void) {
  print("walks\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(sctlr_el2, 0x30c50830);
  for (u64 g = 12; g <= 16; g += 4) {
    u64 bits = g == 12 ? 48 : 48, start = start_of(g, bits);
    stage1(g, bits, SCTLR_AT);
    for (u64 leaf = start; leaf <= 3; leaf++) {
      stage1_matrix("stage 1", g, bits, leaf, 0, 3);
      stage1_bits(g, bits, leaf, 0, 3);
      if (leaf > start) stage1_tables(g, bits, leaf, 0, 3);
      if (leaf > start) stage1_table_faults(g, bits, leaf, 0, 0);
    }
    WRITE(mair_el2, MAIRS);
    WRITE(tcr_el2, 0x80800000ul | (64 - bits) | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1 << 14 : 0) | 4 << 16);
    WRITE(ttbr0_el2, one[start]);
    WRITE(sctlr_el1, SCTLR_OFF);
    for (u64 leaf = start; leaf <= 3; leaf++) stage1_matrix("stage 1 of EL2, off", g, bits, leaf, 8, 9);
    sizes(g);
    WRITE(sctlr_el1, SCTLR_OFF);
    WRITE(hcr_el2, HCR_RW | HCR_VM);
    for (u64 leaf = g == 12 ? 1 : 2; leaf <= 3; leaf++) stage2_matrix(g, g == 12 ? 39 : 42, leaf);
    WRITE(hcr_el2, HCR_RW);
  }
  stage1(12, 39, SCTLR_AT);
  stage2(12, 39);
  for (u64 cd = 0; cd < 4; cd++) {
    WRITE(hcr_el2, HCR_RW | HCR_VM | cd << 32);
    identity_stage2();
    combined(cd, 0);
    combined(cd, 1);
  }
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  identity_stage2();
  both_permissions();
  clear(two);
  for (u64 ptw = 0; ptw < 2; ptw++) {
    WRITE(hcr_el2, HCR_RW | HCR_VM | ptw << 2);
    walks_of_walks(ptw);
  }
  WRITE(hcr_el2, HCR_RW);
  for (u64 g = 12; g <= 16; g += 4) {
    for (u64 leaf = g == 12 ? 1 : 2; leaf <= 3; leaf++) {
      stage1_accesses(g, leaf, 0);
      stage1_accesses(g, leaf, 1);
      stage2_accesses(g, leaf);
      el2_accesses(g, leaf, 0);
      el2_accesses(g, leaf, 1);
    }
  }
  walk_accesses(HCR_VM);
  walk_accesses(HCR_VM | 1 << 2);
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
}
