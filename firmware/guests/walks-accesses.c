// Translation-table walks: a matrix of descriptors, probed by accesses at EL2, EL1 and EL0. guest-walks.h says how to
// read the transcript.
#include "guest-walks.h"

static u64 code[512] __attribute__((aligned(4096)));        // level 3 of the first 2 MiB, for EL1 and EL0
static u8 stack[16384] __attribute__((aligned(16)));
extern char __text_end[];

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

// Faults of stage 2 on the walk of stage 1, by access; with HCR_EL2.PTW those in Device memory apart.
static void walk_accesses(u64 hcr, u64 device) {
  begin(device ? "EL1 and EL0, stage 2 of tables in Device memory" : "EL1 and EL0, stage 2 of tables", 12, hcr >> 2 & 1);
  u64 va = probe(12, 3);
  map_code(12);
  WRITE(vbar_el1, el1_vectors);
  stage1(12, 39, SCTLR_ON);
  stage2(12, 39);
  path(one, 12, 1, 3, va, leaf_address(12, 3) | 3 | 5 << 2 | 1 << 10 | 1 << 6 | 3 << 8, 0);
  u64 page = (u64)one[3];
  for (u64 i = 0; i < 64; i++) {
    u64 type = i & 1 ? 3 : 1, ap = i >> 1 & 3, af = i >> 3 & 1, attr = (i >> 4) * 5;
    if (hcr >> 2 & 1 && device != (attr < 4)) continue;
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
  print("walks-accesses\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(sctlr_el2, 0x30c50830);
  for (u64 g = 12; g <= 16; g += 4) {
    for (u64 leaf = g == 12 ? 1 : 2; leaf <= 3; leaf++) {
      stage1_accesses(g, leaf, 0);
      stage1_accesses(g, leaf, 1);
      stage2_accesses(g, leaf);
      el2_accesses(g, leaf, 0);
      el2_accesses(g, leaf, 1);
    }
  }
  walk_accesses(HCR_VM, 0);
  walk_accesses(HCR_VM | 1 << 2, 0);
  walk_accesses(HCR_VM | 1 << 2, 1);
  print("cases: "); print_number(total); print("\n");
  print("PASS\n");
}
