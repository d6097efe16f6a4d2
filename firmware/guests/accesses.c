// Alignment and exclusives at EL2 with stage 1 on. Alignment: every kind of access at every offset of a 16-byte
// block, in Normal and in Device memory, with SCTLR_EL2.A clear and set; a letter each, "." done, "a" alignment
// fault, "?" another exception (Arm DDI 0487, B2.5, D4.5). Exclusives: the status of a STXR after an LDXR and one event, 0 is
// success (B2.9). Only events with one permitted outcome are here.
#include "guest.h"

static u64 l1[512] __attribute__((aligned(4096))), l2[512] __attribute__((aligned(4096)));
static u8 buffer[4096] __attribute__((aligned(4096)));
static u64 cases;
static volatile u64 taken;

#define KINDS(X) \
  X(ldrb, "ldrb w1, [x0]") X(ldrh, "ldrh w1, [x0]") X(ldr_w, "ldr w1, [x0]") X(ldr_x, "ldr x1, [x0]") \
  X(strh, "strh wzr, [x0]") X(str_w, "str wzr, [x0]") X(str_x, "str xzr, [x0]") X(ldp_w, "ldp w1, w2, [x0]") \
  X(ldp_x, "ldp x1, x2, [x0]") X(stp_x, "stp xzr, xzr, [x0]") X(ldpsw, "ldpsw x1, x2, [x0]") \
  X(ldr_b, ".inst 0x3d400000") X(ldr_h, ".inst 0x7d400000") X(ldr_s, ".inst 0xbd400000") \
  X(ldr_d, ".inst 0xfd400000") X(ldr_q, ".inst 0x3dc00000") X(str_q, ".inst 0x3d800000") \
  X(ldp_q, ".inst 0xad400400") X(ld1_16b, ".inst 0x4c407000") X(ld1_8h, ".inst 0x4c407400") \
  X(ld1_4s, ".inst 0x4c407800") X(ld1_2d, ".inst 0x4c407c00") X(st1_4s, ".inst 0x4c007800") \
  X(ldar_h, "ldarh w1, [x0]") X(ldar_w, "ldar w1, [x0]") X(ldar_x, "ldar x1, [x0]") X(stlr_w, "stlr wzr, [x0]") \
  X(stlr_x, "stlr xzr, [x0]") X(ldxr_h, "ldxrh w1, [x0]") X(ldxr_w, "ldxr w1, [x0]") X(ldxr_x, "ldxr x1, [x0]") \
  X(ldxp_w, "ldxp w1, w2, [x0]") X(ldxp_x, "ldxp x1, x2, [x0]") X(ldaxr_x, "ldaxr x1, [x0]") \
  X(ldtr, "ldtr x1, [x0]") X(ldur, "ldur x1, [x0, #0]") X(prfm, "prfm pldl1keep, [x0]") X(dc_cvac, "dc cvac, x0")
#define FUNCTION(name, code) \
  __asm__(".text\n .balign 4\ntest_" #name ":\n mov x9, x30\n" code "\n ret x9\n"); void test_##name(u64);
KINDS(FUNCTION)
#define ENTRY(name, code) {#name, test_##name},
static const struct { const char *name; void (*function)(u64); } kinds[] = {KINDS(ENTRY)};

void el2_exception(struct frame *frame, u64 vector) {
  u64 esr = READ(esr_el2);
  if (esr == 0x5a000000 + LEAVE) leave_el1(frame->x[0]);
  if (esr == 0x5a000010) return;
  taken = esr;
  frame->elr = frame->x[9];
}

static void alignment(const char *where, u64 address) {
  for (int a = 0; a < 2; a++) {
    WRITE(sctlr_el2, 0x30c51835 | a << 1);
    for (u64 k = 0; k < sizeof kinds / sizeof *kinds; k++) {
      print(where);
      print(a ? ", A=1, " : ", A=0, ");
      print(kinds[k].name);
      print(": ");
      char text[17];
      for (u64 i = 0; i < 16; i++) {
        taken = 0;
        kinds[k].function(address + i);
        u64 status = taken & 0x3f;
        text[i] = !taken ? '.' : taken >> 26 == 0x25 && status == 0x21 ? 'a' : '?';
        cases++;
      }
      text[16] = 0;
      print(text);
      print("\n");
    }
  }
  WRITE(sctlr_el2, 0x30c51835);
}

#define EXCLUSIVE(name, load, event, store) { \
    u64 status_, x_ = (u64)buffer; \
    __asm__ volatile("mov x9, x30\n clrex\n" load "\n" event "\n" store "\n mov %0, x12\n mov x30, x9" : "=r"(status_) : "r"(x_) \
      : "x0", "x1", "x2", "x3", "x4", "x9", "x10", "x11", "x12", "memory", "cc"); \
    print("exclusive, " name ":"); print_field("status", status_ & 1); print("\n"); cases++; \
  }
#define LDXR "mov x0, %1\n ldxr x10, [x0]"
#define STXR "stxr w12, x10, [x0]"

void guest_main(void) {
  print("accesses\n");
  WRITE(vbar_el2, el2_vectors);
  WRITE(hcr_el2, HCR_RW);
  WRITE(cptr_el2, 0x33ff);
  l1[0] = (u64)l2 | S1_TABLE;
  for (u64 i = 0; i < 512; i++) l2[i] = i << 21 | S1_BLOCK | S1_RAM;
  l1[1] = S1_BLOCK | S1_AF | S1_UXN;                 // the first GiB again, as Device
  l1[3] = 3 * GIB | S1_BLOCK | S1_AF | S1_UXN;
  WRITE(mair_el2, MAIR);
  WRITE(tcr_el2, 0x80800000 | 32 | 1 << 8 | 1 << 10 | 3 << 12);
  WRITE(ttbr0_el2, l1);
  __asm__ volatile("dsb sy\n tlbi alle2\n dsb sy\n isb" : : : "memory");
  WRITE(sctlr_el2, 0x30c51835);
  alignment("Normal", (u64)buffer);
  alignment("Device", (u64)buffer + GIB);
  EXCLUSIVE("nothing between", LDXR, "nop", STXR)
  EXCLUSIVE("without LDXR", "mov x0, %1", "nop", STXR)
  EXCLUSIVE("CLREX", LDXR, "clrex", STXR)
  EXCLUSIVE("exception and return", LDXR, "hvc #0x10", STXR)
  EXCLUSIVE("STXR before", LDXR "\n stxr w12, x10, [x0]", "nop", STXR)
  EXCLUSIVE("STXR elsewhere before", LDXR "\n add x11, x0, #256\n stxr w12, x10, [x11]", "nop", STXR)
  EXCLUSIVE("a load between", LDXR, "ldr x11, [x0]", STXR)
  EXCLUSIVE("a load elsewhere", LDXR, "ldr x11, [x0, #512]", STXR)
  EXCLUSIVE("a barrier between", LDXR, "dmb sy\n dsb sy\n isb", STXR)
  EXCLUSIVE("LDXR elsewhere", LDXR, "add x11, x0, #1024\n ldxr x11, [x11]", STXR)
  EXCLUSIVE("LDXR elsewhere, there", LDXR, "add x0, x0, #1024\n ldxr x10, [x0]", STXR)
  EXCLUSIVE("pair", "mov x0, %1\n ldxp x10, x11, [x0]", "nop", "stxp w12, x10, x11, [x0]")
  EXCLUSIVE("pair, CLREX", "mov x0, %1\n ldxp x10, x11, [x0]", "clrex", "stxp w12, x10, x11, [x0]")
  EXCLUSIVE("acquire and release", "mov x0, %1\n ldaxr x10, [x0]", "nop", "stlxr w12, x10, [x0]")
  EXCLUSIVE("byte", "mov x0, %1\n ldxrb w10, [x0]", "nop", "stxrb w12, w10, [x0]")
  EXCLUSIVE("halfword, CLREX", "mov x0, %1\n ldxrh w10, [x0]", "clrex", "stxrh w12, w10, [x0]")
  WRITE(sctlr_el2, 0x30c50830);
  print("cases: "); print_number(cases); print("\n");
  print("PASS\n");
}
