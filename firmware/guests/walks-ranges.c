// Translation-table walks: what selects the tables. Both halves of the address space with all sizes, EPDn, TBIn and
// granule encodings; concatenated tables of stage 2; the regime of EL2; and which ASID counts. Starts at EL3, so
// that SCTLR_EL2.M may be 1. guest-walks.h says how to read the transcript. Arm DDI 0487, D5.2.
// Left out: TnSZ beyond 16 to 39, which is CONSTRAINED UNPREDICTABLE.
#include "guest-walks.h"

#define SCR_BASE 0x531ul
#define SCTLR_EL2_AT (0x30c50830ul | 1 | 4)

static u64 concatenated[16 * TABLE] __attribute__((aligned(1 << 20)));

// TG0 and TG1 encode the granule in different ways (TCR_EL1).
static u64 tg0(u64 g) { return g == 12 ? 0 : 1; }
static u64 tg1(u64 g) { return g == 12 ? 2 : 3; }

static u64 tcr(u64 half, u64 g, u64 size, u64 more) {
  u64 other = 23 - (half ? 16 : 0);            // EPD of the other half
  u64 fields = size | 1 << 8 | 1 << 10 | 3 << 12 | (half ? tg1(g) : tg0(g)) << 14;
  return fields << (half ? 16 : 0) | 1ul << other | 4ul << 32 | more;
}

static void all_entries(u64 g, u64 start) {
  for (u64 i = 0; i < TABLE; i++) {
    // Blocks where the level has them, else a table of the next level, which has.
    u64 is_block = g == 12 ? start > 0 : start > 1;
    one[start][i] = is_block ? leaf_address(g, start) | (start == 3 ? 3 : 1) | 5 << 2 | 1 << 10 : (u64)one[start + 1] | 3;
    if (!is_block) one[start + 1][i] = leaf_address(g, start + 1) | 1 | 5 << 2 | 1 << 10;
  }
}

static void clear_tables(void) { clear(one); }

// Addresses around the ends of a range of 64 - size bits, in the half or outside of it, with and without tags.
static u64 probe_address(u64 half, u64 size, u64 o) {
  u64 top = half ? ~0ul << (64 - size) : 0, last = half ? ~0ul : (1ul << (64 - size)) - 1;
  switch (o) {
  case 0: return top;
  case 1: return last & ~7ul;
  case 2: return half ? top - 8 : last + 1;
  case 3: return top + (1ul << (63 - size));
  case 4: return top ^ 1ul << 63;
  case 5: return top ^ 1ul << 56;
  case 6: return top ^ 1ul << 55;
  case 7: return last ^ 0xa5ul << 56;
  case 8: return half ? 0 : ~7ul;
  case 9: return top ^ 1ul << 54;
  default: return (half ? top - 8 : last + 1) ^ 0x5aul << 56;
  }
}

static void ranges(u64 half, u64 g) {
  begin(half ? "TTBR1 ranges" : "TTBR0 ranges", g, 0);
  for (u64 size = 16; size <= 39; size++) {
    u64 start = start_of(g, 64 - size);
    clear_tables();
    all_entries(g, start);
    for (u64 i = 0; i < 16; i++) {
      // EPD and TBI of this half and of the other.
      u64 epd = (i & 1) << (half ? 23 : 7), tbi = (i >> 1 & 1) << (half ? 38 : 37);
      u64 more = (i >> 2 & 1) << (half ? 37 : 38), a1 = (i >> 3) << 22;
      WRITE(tcr_el1, tcr(half, g, size, epd | tbi | more | a1));
      WRITE(ttbr0_el1, half ? 0 : (u64)one[start]);
      WRITE(ttbr1_el1, half ? (u64)one[start] : 0);
      for (u64 o = 0; o < 11; o++) {
        CELL(size, i, o)
        u64 va = probe_address(half, size, o);
        flush();
        VALUE(translate(0, va));
        VALUE(translate(3, va));
        cells += 2;
        END_CELL();
      }
    }
  }
  clear_tables();
  end();
}

// Both halves at once: each has its size, granule and tables.
static void halves(void) {
  for (u64 g0 = 12; g0 <= 16; g0 += 4) {
    for (u64 g1 = 12; g1 <= 16; g1 += 4) {
      begin("both halves", g0, g1);
      for (u64 size = 25; size <= 33; size += 8) {
        u64 s0 = start_of(g0, 64 - size), s1 = start_of(g1, 64 - 25);
        clear_tables();
        for (u64 i = 0; i < TABLE; i++) {
          one[s0][i] = leaf_address(g0, 2) | 1 | 5 << 2 | 1 << 10;
          two[s1][i] = leaf_address(g1, 2) | 1 | 4 << 2 | 1 << 10;
        }
        WRITE(tcr_el1, (tcr(0, g0, size, 0) & ~(1ul << 23)) | (tcr(1, g1, 25, 0) & ~(1ul << 7)));
        WRITE(ttbr0_el1, one[s0]);
        WRITE(ttbr1_el1, two[s1]);
        for (u64 o = 0; o < 22; o++) {
          u64 half = o >= 11, va = probe_address(half, half ? 25 : size, o % 11);
          CELL(size, o)
          flush();
          VALUE(translate(0, va));
          VALUE(translate(2, va));
          cells += 2;
          END_CELL();
        }
      }
      clear_tables();
      clear(two);
      end();
    }
  }
}

// All encodings of the granule. 16 KiB, which the Cortex-A72 does not have, and reserved ones act as one that it has
// (D13.2.120, TCR_EL1): as which is IMPLEMENTATION DEFINED.
static void granules(u64 half) {
  for (u64 code = 0; code < 4; code++) {
    begin(half ? "TG1" : "TG0", code, 0);
    for (u64 size = 22; size <= 32; size += 5) {
      clear_tables();
      // Under each reading of the table the output tells the granule.
      for (u64 level = 0; level < 4; level++) {
        for (u64 i = 0; i < TABLE; i++) one[level][i] = (u64)(level < 2 ? one[level + 1] : one[2]) | 3;
      }
      for (u64 i = 0; i < TABLE; i++) one[2][i] = (i & 63) << 29 | 1 | 5 << 2 | 1 << 10;
      u64 value = tcr(half, 12, size, 0) & ~(3ul << (half ? 30 : 14));
      WRITE(tcr_el1, value | code << (half ? 30 : 14));
      WRITE(ttbr0_el1, one[1]);
      WRITE(ttbr1_el1, one[1]);
      for (u64 o = 0; o < 11; o++) {
        CELL(size, o)
        flush();
        VALUE(translate(0, probe_address(half, size, o)));
        cells++;
        END_CELL();
      }
    }
    clear_tables();
    end();
  }
}

// Stage 2: every start level with every size: one table, up to sixteen, or too many or too few bits.
static void concatenation(u64 g) {
  for (u64 sl0 = 0; sl0 < 3; sl0++) {
    u64 start = g == 12 ? 2 - sl0 : 3 - sl0;
    begin("concatenated", g, start);
    WRITE(sctlr_el1, SCTLR_OFF);
    WRITE(hcr_el2, HCR_RW | HCR_VM);
    u64 is_block = g == 12 ? start > 0 : start > 1, entries = (1ul << (g - 3)) * 16;
    u64 next = leaf_address(g, start + (start < 3)) | 1 | 15 << 2 | 3 << 6 | 1 << 10;
    for (u64 i = 0; i < TABLE; i++) two[start < 3 ? start + 1 : 3][i] = next;
    for (u64 i = 0; i < entries; i++) {
      u64 leaf = leaf_address(g, start) | (start == 3 ? 3 : 1) | 15 << 2 | 3 << 6 | 1 << 10;
      // Each table has something else to say: another output.
      u64 different = (i >> (g - 3)) << shift(g, start > 1 ? start : 2);
      concatenated[i] = is_block ? leaf ^ (different & 0xfff00000000) : (u64)two[start + 1] | 3;
    }
    for (u64 size = 20; size <= 39; size++) {
      WRITE(vtcr_el2, size | sl0 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1ul << 14 : 0) | 4 << 16 | 1ul << 31);
      WRITE(vttbr_el2, concatenated);
      for (u64 bit = shift(g, start); bit <= 44; bit++) {
        for (u64 k = 0; k < 2; k++) {
          u64 ipa = k ? (1ul << bit) - 8 : 1ul << bit;
          if (bit == 44 && !k) continue;
          CELL(size, bit, k)
          flush();
          VALUE(translate(4, ipa));
          cells++;
          END_CELL();
        }
      }
    }
    WRITE(hcr_el2, HCR_RW);
    clear(two);
    end();
  }
}

static void el2(u64 g) {
  u64 bits = 48, start = start_of(g, bits);
  WRITE(mair_el2, MAIRS);
  for (u64 tbi = 0; tbi < 2; tbi++) {
    WRITE(tcr_el2, 0x80800000ul | (64 - bits) | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1 << 14 : 0) | 4 << 16 | tbi << 20);
    WRITE(ttbr0_el2, one[start]);
    WRITE(sctlr_el2, SCTLR_EL2_AT);
    for (u64 leaf = start; leaf <= 3 && !tbi; leaf++) stage1_matrix("stage 1 of EL2", g, bits, leaf, 8, 9);
    WRITE(sctlr_el2, SCTLR_EL2_AT | 1 << 19);
    for (u64 leaf = start; leaf <= 3 && !tbi; leaf++) stage1_matrix("stage 1 of EL2, WXN", g, bits, leaf, 8, 9);
    begin(tbi ? "EL2 ranges, TBI" : "EL2 ranges", g, 0);
    for (u64 size = 16; size <= 39; size++) {
      u64 first = start_of(g, 64 - size);
      clear_tables();
      all_entries(g, first);
      for (u64 ps = 0; ps < 6; ps++) {
        WRITE(tcr_el2, 0x80800000ul | size | 1 << 8 | 1 << 10 | 3 << 12 | (g == 16 ? 1 << 14 : 0) | ps << 16 | tbi << 20);
        WRITE(ttbr0_el2, one[first]);
        for (u64 o = 0; o < 11; o++) {
          CELL(size, ps, o)
          at_range(8, 9, probe_address(0, size, o));
        }
      }
    }
    clear_tables();
    WRITE(sctlr_el2, 0x30c50830);
    end();
  }
}

// ---- ASIDs ----

// An entry that is not global is filled under one ASID, its descriptor changed, and read under another: it must be
// new ("n") where the ASIDs differ; where they are the same, the board still has the old one.
static u64 l1[512] __attribute__((aligned(4096))), l2[512] __attribute__((aligned(4096)));
static u64 frames[2][512] __attribute__((aligned(4096)));
static u8 stack[8192] __attribute__((aligned(16)));
static u64 asid_first, asid_second, asid_seen;

#define ASID_VA (1ul << 30)
static u64 load64(u64 va) {
  u64 value;
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(va) : "memory");
  return value;
}

static void asids(u64 value) {
  WRITE(ttbr0_el1, (u64)l1 | (value & 0xffff) << 48);
  WRITE(ttbr1_el1, (u64)l1 | (value >> 16) << 48);
}

static u64 read_twice(u64 unused) {
  asids(asid_first);
  load64(ASID_VA);
  l2[0] = (u64)frames[1] | 3 | 5 << 2 | 3 << 8 | 1 << 10 | 1 << 11;
  __asm__ volatile("dsb ish" : : : "memory");
  asids(asid_second);
  asid_seen = load64(ASID_VA);
  return 0;
}

static void asid(const char *name, u64 tcr_bits, u64 first, u64 second, u64 must) {
  l1[0] = 0 | 1 | 5 << 2 | 3 << 8 | 1 << 10;
  l1[1] = (u64)concatenated | 3;
  concatenated[0] = (u64)l2 | 3;
  l2[0] = (u64)frames[0] | 3 | 5 << 2 | 3 << 8 | 1 << 10 | 1 << 11;
  frames[1][0] = 1;
  WRITE(mair_el1, MAIRS);
  WRITE(tcr_el1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1ul << 23 | 25ul << 16 | 2ul << 30 | 4ul << 32 | tcr_bits);
  asid_first = first;
  asid_second = second;
  asids(first);
  WRITE(sctlr_el1, SCTLR_ON);
  flush();
  call_el1_from_el3((u64)read_twice, 0, (u64)stack + sizeof stack);
  WRITE(sctlr_el1, SCTLR_OFF);
  print("ASID "); print(name);
  print(must ? ": required " : ": may stay ");
  print(asid_seen ? "n" : "o");
  if (must && !asid_seen) print(" STALE");
  print("\n");
  total++;
}

#define A1 (1ul << 22)
#define AS (1ul << 36)
static void asid_cases(void) {
  WRITE(vbar_el1, el1_vectors);
  asid("8 bits, same", 0, 1, 1, 0);
  asid("8 bits, other", 0, 1, 2, 1);
  asid("8 bits, other above bit 7", 0, 0x101, 0x001, 0);
  asid("16 bits, other above bit 7", AS, 0x101, 0x001, 1);
  asid("16 bits, same", AS, 0xff01, 0xff01, 0);
  asid("A1=0, TTBR1's other", 0, 0x20001, 0x30001, 0);
  asid("A1=0, TTBR0's other", 0, 0x20001, 0x20002, 1);
  asid("A1=1, TTBR1's other", A1, 0x20001, 0x30001, 1);
  asid("A1=1, TTBR0's other", A1, 0x20001, 0x20002, 0);
  asid("A1=1, 16 bits, TTBR1's other", A1 | AS, 0x1000001, 0x2000001, 1);
}

static u64 everything(u64 unused) {
  WRITE(vbar_el2, el2_vectors);
  WRITE(scr_el3, SCR_BASE);
  WRITE(hcr_el2, HCR_RW);
  WRITE(mair_el1, MAIRS);
  WRITE(sctlr_el1, SCTLR_AT);
  for (u64 g = 12; g <= 16; g += 4) {
    ranges(0, g);
    ranges(1, g);
  }
  halves();
  granules(0);
  granules(1);
  for (u64 g = 12; g <= 16; g += 4) {
    concatenation(g);
    el2(g);
  }
  asid_cases();
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
  return 0;
}

void el3_exception(struct frame *frame, u64 vector) {
  if (READ(esr_el3) == 0x5e000fff && (frame->spsr & 12) == 4) leave_el1_from_el3(frame->x[0]);
  if (el3_call(frame)) return;
  print("lost:");
  print_field("esr", READ(esr_el3));
  print_field("elr", frame->elr);
  print("\n");
  for (;;) __asm__ volatile("wfi");
}

void el2_exception(struct frame *frame, u64 vector) { __asm__ volatile("smc #2"); }
void el1_exception(struct frame *frame, u64 vector) { __asm__ volatile("smc #1"); }

void guest_main(void) {
  print("walks-ranges\n");
  call_el3(everything, 0);
}
