// Translation-table walks: a matrix of descriptors, probed by AT instructions. walks-accesses.c probes by accesses,
// walks-ranges.c what selects the tables. guest-walks.h says how to read the transcript.
#include "guest-walks.h"

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

// Both stages: attributes and shareability combine. `mixed`: 0 both Normal or both Device, 1 one of them, 2 one of
// them, the other Inner Non-cacheable.
static void combined(u64 cacheability, u64 mixed) {
  static const char *const names[] = {"attributes", "attributes, Device with Normal",
    "attributes, Device with Non-cacheable"};
  begin(names[mixed], 12, cacheability);
  u64 va = probe(12, 3), ipa = 0x340000000ul + ((u64)target & 0x3fffffff);
  for (u64 i = 0; i < 8 * 16 * 9; i++) {
    u64 attr1 = i & 7, attr2 = i >> 3 & 15, sh = i >> 7;
    if (attr2 == 4 || attr2 == 8 || attr2 == 12) continue;
    u64 kind = (attr1 < 4) == (attr2 < 4) ? 0 : attr1 == 4 || (attr1 < 4 && (attr2 & 3) == 1) ? 2 : 1;
    if (mixed != kind) continue;
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

// Stage 2 of the tables of stage 1: each level of the walk at each kind of stage-2 descriptor. `device`: with
// HCR_EL2.PTW, which makes faults of tables in Device memory, only those.
static void walks_of_walks(u64 ptw, u64 device) {
  begin(device ? "stage 2 of tables in Device memory" : "stage 2 of tables", 12, ptw);
  u64 va = probe(12, 3);
  path(one, 12, 1, 3, va, leaf_address(12, 3) | 3 | 5 << 2 | 1 << 10 | 1 << 6, 0);
  for (u64 level = 1; level <= 3; level++) {
    u64 table = (u64)one[level] + number(12, level, va) * 8;
    for (u64 i = 0; i < 512; i++) {
      u64 type = i & 3, ap = i >> 2 & 3, af = i >> 4 & 1, attr = i >> 5;
      if (attr == 4 || attr == 8 || attr == 12) continue;
      if (ptw && device != (attr < 4)) continue;
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

// AT does not fault: nothing comes here.
void el2_exception(struct frame *frame, u64 vector) {
  WRITE(sctlr_el2, 0x30c50830);
  print("\nlost:");
  print_field("esr", READ(esr_el2));
  print_field("elr", frame->elr);
  print("\n");
  for (;;) __asm__ volatile("wfi");
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
    combined(cd, 2);
  }
  WRITE(hcr_el2, HCR_RW | HCR_VM);
  identity_stage2();
  both_permissions();
  clear(two);
  for (u64 ptw = 0; ptw < 2; ptw++) {
    WRITE(hcr_el2, HCR_RW | HCR_VM | ptw << 2);
    for (u64 device = 0; device <= ptw; device++) walks_of_walks(ptw, device);
  }
  WRITE(hcr_el2, HCR_RW);
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
}
