// What the guests about the GIC-400 share: the registers of the distributor and the CPU interface (Arm IHI
// 0048B, 4.1), and values that are checked against the ones beside them.
#pragma once
#include "guest.h"

#define GICD 0xff841000ul
#define GICC 0xff842000ul
enum {
  GICD_CTLR = GICD, GICD_TYPER = GICD + 4, GICD_IIDR = GICD + 8, GICD_IGROUPR = GICD + 0x80,
  GICD_ISENABLER = GICD + 0x100, GICD_ICENABLER = GICD + 0x180, GICD_ISPENDR = GICD + 0x200,
  GICD_ICPENDR = GICD + 0x280, GICD_ISACTIVER = GICD + 0x300, GICD_ICACTIVER = GICD + 0x380,
  GICD_IPRIORITYR = GICD + 0x400, GICD_ITARGETSR = GICD + 0x800, GICD_ICFGR = GICD + 0xc00,
  GICD_NSACR = GICD + 0xe00, GICD_SGIR = GICD + 0xf00, GICD_CPENDSGIR = GICD + 0xf10,
  GICD_SPENDSGIR = GICD + 0xf20,
  GICC_CTLR = GICC, GICC_PMR = GICC + 4, GICC_BPR = GICC + 8, GICC_IAR = GICC + 0xc, GICC_EOIR = GICC + 0x10,
  GICC_RPR = GICC + 0x14, GICC_HPPIR = GICC + 0x18, GICC_ABPR = GICC + 0x1c, GICC_AIAR = GICC + 0x20,
  GICC_AHPPIR = GICC + 0x28, GICC_APR = GICC + 0xd0, GICC_NSAPR = GICC + 0xe0, GICC_IIDR = GICC + 0xfc,
  GICC_DIR = GICC + 0x1000
};
#define SPURIOUS 1023

static u64 cases, wrong;

static void section(const char *text) {
  print(text);
  print("\n");
}

static void want(const char *what, u64 got, u64 wanted) {
  print("  ");
  print(what);
  print(" ");
  print_number(got);
  cases++;
  if (got != wanted) {
    wrong++;
    print(" WANTED ");
    print_number(wanted);
  }
  print("\n");
}

static void finish(void) {
  section("end");
  print("cases: ");
  print_number(cases);
  print("\n");
  want("values that are not the wanted ones", wrong, 0);
  print("PASS\n");
}

// The bit of an interrupt in an array of registers.
static u64 word(u64 base, u32 id) { return base + id / 32 * 4; }
static u32 mask(u32 id) { return 1u << id % 32; }
static u32 is(u64 base, u32 id) { return load32(word(base, id)) >> id % 32 & 1; }
static void act(u64 base, u32 id) { store32(word(base, id), mask(id)); }
// Pending in bit 0, active in bit 1.
static u32 state(u32 id) { return is(GICD_ISPENDR, id) | is(GICD_ISACTIVER, id) << 1; }
