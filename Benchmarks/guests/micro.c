// What hypervisors and kernels do often, one thing at a time: ROUNDS rounds of KERNEL at EL1 under stage 2 with a
// minimal hypervisor at EL2, the MMU on at both, then one line on the PL011 with a checksum. Entered at 0x80000
// at EL2. Built by Benchmarks/run.
#include "bare.h"

#define TABLE __attribute__((aligned(4096)))
#define PAGE 2  // a descriptor of level 3, or of a table
#define TABLE_ENTRY 3

// Virtual addresses, a gigabyte each: memory, PAGED, TRAPPED, peripherals, memory for EL0, memory through pages.
#define PAGED 0x40000000ul    // IPA of 512 pages that EL2 maps one by one
#define TRAPPED 0x80000000ul  // no memory there: EL2 emulates a device
#define USER 0x100000000ul
#define STRIDED 0x140000000ul
#define LARGE 0x10000000ul    // 32 MiB of memory, 4 KiB pages in both stages, at STRIDED
#define LARGE_PAGES 8192ul

static u64 stage_1[512] TABLE, stage_1_large[512] TABLE, stage_1_pages[LARGE_PAGES] TABLE;
static u64 stage_2[512] TABLE, stage_2_memory[512] TABLE, stage_2_pages[LARGE_PAGES] TABLE;
static u64 stage_2_paged[512] TABLE, stage_2_last[512] TABLE;
static u64 stage_2_devices[512] TABLE, stage_2_interrupts[512] TABLE;
static u64 hypervisor_stage_1[512] TABLE;
static u64 page_pool[512] TABLE;

#define READ(name) ({ u64 value_; __asm__ volatile("mrs %0, " #name : "=r"(value_)); value_; })
#define WRITE(name, value) ({ __asm__ volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory"); })
#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB() __asm__ volatile("dsb ish" ::: "memory")

static volatile u32 *const distributor = (volatile u32 *)0xff841000ul;
static volatile u32 *const interface = (volatile u32 *)0xff842000ul;
static volatile u32 *const hypervisor = (volatile u32 *)0xff844000ul;

// MARK: EL2

struct frame { u64 x[31], elr, spsr; };

// All that is a guest's: general registers, and EL1's system registers.
struct guest {
  struct frame frame;
  u64 sctlr, tcr, ttbr0, ttbr1, mair, vbar, sp0, sp1, elr, spsr, esr, far, tpidr0, tpidr1, tpidrro, context, cpacr;
  u64 vttbr, vmpidr;
};
static struct guest guests[2];
static u32 current;
static u64 emulated[16], faults;

// The compiler copies structures with it.
void *memcpy(void *to, const void *from, u64 size) {
  for (u64 i = 0; i < size / 8; i++) ((volatile u64 *)to)[i] = ((const u64 *)from)[i];
  return to;
}

static void save(struct guest *g) {
  g->sctlr = READ(sctlr_el1), g->tcr = READ(tcr_el1), g->ttbr0 = READ(ttbr0_el1), g->ttbr1 = READ(ttbr1_el1);
  g->mair = READ(mair_el1), g->vbar = READ(vbar_el1), g->sp0 = READ(sp_el0), g->sp1 = READ(sp_el1);
  g->elr = READ(elr_el1), g->spsr = READ(spsr_el1), g->esr = READ(esr_el1), g->far = READ(far_el1);
  g->tpidr0 = READ(tpidr_el0), g->tpidr1 = READ(tpidr_el1), g->tpidrro = READ(tpidrro_el0);
  g->context = READ(contextidr_el1), g->cpacr = READ(cpacr_el1);
}
static void restore(const struct guest *g) {
  WRITE(sctlr_el1, g->sctlr), WRITE(tcr_el1, g->tcr), WRITE(ttbr0_el1, g->ttbr0), WRITE(ttbr1_el1, g->ttbr1);
  WRITE(mair_el1, g->mair), WRITE(vbar_el1, g->vbar), WRITE(sp_el0, g->sp0), WRITE(sp_el1, g->sp1);
  WRITE(elr_el1, g->elr), WRITE(spsr_el1, g->spsr), WRITE(esr_el1, g->esr), WRITE(far_el1, g->far);
  WRITE(tpidr_el0, g->tpidr0), WRITE(tpidr_el1, g->tpidr1), WRITE(tpidrro_el0, g->tpidrro);
  WRITE(contextidr_el1, g->context), WRITE(cpacr_el1, g->cpacr);
  WRITE(vttbr_el2, g->vttbr), WRITE(vmpidr_el2, g->vmpidr);
  ISB();
}

static void unmap_all(void) {
  for (u32 i = 0; i < 512; i++) stage_2_last[i] = 0;
  DSB();
  __asm__ volatile("tlbi vmalls12e1is");
  DSB();
  ISB();
}
static void map(u64 page) {
  stage_2_last[page] = (u64)page_pool | NORMAL_STAGE_2 | PAGE;
  DSB();
}
static void unmap(u64 page) {
  stage_2_last[page] = 0;
  DSB();
  __asm__ volatile("tlbi ipas2e1is, %0" ::"r"((PAGED >> 12) + page));
  DSB();
  __asm__ volatile("tlbi vmalle1is");
  DSB();
  ISB();
}

__attribute__((used)) void enter_el2(struct frame *f) {
  u64 syndrome = READ(esr_el2);
  switch (syndrome >> 26) {
  case 0x16:  // HVC
    switch (syndrome & 15) {
    case 0: f->x[0] = f->x[0] * 3 + f->x[1]; return;
    case 1: hypervisor[0x100 / 4] = 1u << 28 | 20u << 23 | (u32)f->x[0]; return;  // GICH_LR0: pending
    case 2:
      guests[current].frame = *f;
      save(&guests[current]);
      current ^= 1;
      restore(&guests[current]);
      *f = guests[current].frame;
      return;
    case 3: unmap_all(); return;
    case 4: f->x[0] = faults; return;
    }
    return;
  case 0x24: {  // data abort
    u64 page = READ(hpfar_el2) << 8;
    if (page >= PAGED && page < PAGED + (512ul << 12)) {
      faults++;
      page = page - PAGED >> 12;
      map(page);
      if (f->x[20]) unmap(page - 1 & 511);
      return;
    }
    u64 *cell = &emulated[READ(far_el2) >> 3 & 15], reg = syndrome >> 16 & 31;
    if (syndrome & 64) {
      *cell += reg == 31 ? 0 : f->x[reg];
    } else if (reg != 31) {
      f->x[reg] = *cell;
    }
    f->elr += 4;
    return;
  }
  case 0x18: {  // MSR CONTEXTIDR_EL1
    u64 reg = syndrome >> 5 & 31;
    WRITE(contextidr_el1, reg == 31 ? 0 : f->x[reg]);
    f->elr += 4;
    return;
  }
  }
  put('?');
  for (;;) {}
}

// MARK: EL1

static volatile u64 interrupts;
static u64 calls;
__attribute__((used)) void enter_el1(struct frame *f) {
  u64 class = READ(esr_el1) >> 26;
  if (class == 0x3c) {  // BRK: EL0 is done, and EL1 goes on behind it
    f->elr = f->elr + 4 - USER;
    f->spsr = 0x3c5;
    return;
  }
  if (class != 0x15) {
    put('!');
    for (;;) {}
  }
  calls++;
  f->x[0] = f->x[0] * 5 + calls;
}
__attribute__((used)) void interrupt_el1(void) {
  u32 id = interface[0xc / 4];
  if (id == 27) WRITE(cntv_ctl_el0, 0);
  interrupts += id;
  interface[0x10 / 4] = id;
}

// clang-format off
#define SAVE(level) \
  "sub sp, sp, #272\n stp x0, x1, [sp]\n stp x2, x3, [sp, #16]\n stp x4, x5, [sp, #32]\n" \
  "stp x6, x7, [sp, #48]\n stp x8, x9, [sp, #64]\n stp x10, x11, [sp, #80]\n stp x12, x13, [sp, #96]\n" \
  "stp x14, x15, [sp, #112]\n stp x16, x17, [sp, #128]\n stp x18, x19, [sp, #144]\n" \
  "stp x20, x21, [sp, #160]\n stp x22, x23, [sp, #176]\n stp x24, x25, [sp, #192]\n" \
  "stp x26, x27, [sp, #208]\n stp x28, x29, [sp, #224]\n" \
  "mrs x21, elr_" level "\n mrs x22, spsr_" level "\n stp x30, x21, [sp, #240]\n str x22, [sp, #256]\n mov x0, sp\n"
#define RESTORE(level) \
  "ldp x30, x21, [sp, #240]\n ldr x22, [sp, #256]\n msr elr_" level ", x21\n msr spsr_" level ", x22\n" \
  "ldp x0, x1, [sp]\n ldp x2, x3, [sp, #16]\n ldp x4, x5, [sp, #32]\n" \
  "ldp x6, x7, [sp, #48]\n ldp x8, x9, [sp, #64]\n ldp x10, x11, [sp, #80]\n ldp x12, x13, [sp, #96]\n" \
  "ldp x14, x15, [sp, #112]\n ldp x16, x17, [sp, #128]\n ldp x18, x19, [sp, #144]\n" \
  "ldp x20, x21, [sp, #160]\n ldp x22, x23, [sp, #176]\n ldp x24, x25, [sp, #192]\n" \
  "ldp x26, x27, [sp, #208]\n ldp x28, x29, [sp, #224]\n add sp, sp, #272\n eret\n"
__asm__(
  ".text\n .balign 2048\n vectors_el2:\n .skip 0x400\n b sync_el2\n"
  "sync_el2:\n" SAVE("el2") "bl enter_el2\n" RESTORE("el2")
  ".balign 2048\n vectors_el1:\n .skip 0x280\n b irq_el1\n .skip 0x17c\n b sync_el1\n"
  "sync_el1:\n" SAVE("el1") "bl enter_el1\n" RESTORE("el1")
  "irq_el1:\n" SAVE("el1") "bl interrupt_el1\n" RESTORE("el1")
);
// clang-format on

// MARK: Kernels: each is called once with the number of rounds and gives a checksum.

static u64 call_el2(u64 a, u64 b) {
  register u64 x0 __asm__("x0") = a;
  register u64 x1 __asm__("x1") = b;
  __asm__ volatile("hvc #0" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
}
static u64 count_faults(void) {
  register u64 x0 __asm__("x0") = 0;
  __asm__ volatile("hvc #4" : "+r"(x0)::"memory");
  return x0;
}

// A hypercall: all registers saved, one function called, all restored.
static u64 hypercall(u64 rounds) {
  u64 sum = 1;
  for (u64 i = 0; i < rounds; i++) sum = call_el2(sum, i);
  return sum;
}

// One load per page; EL2 maps what faults, and the load is executed again. After 512 all are unmapped.
static u64 touch(u64 rounds, u64 unmaps) {
  u64 sum = 0;
  register u64 x20 __asm__("x20") = unmaps;
  page_pool[0] = 7;
  for (u64 i = 0; i < rounds; i++) {
    if (i % 512 == 0 && !unmaps) __asm__ volatile("hvc #3" ::: "memory");
    u64 value;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(PAGED + (i % 512 << 12)), "r"(x20) : "memory");
    sum += value;
  }
  return sum + count_faults();
}
static u64 stage2_fault(u64 rounds) { return touch(rounds, 0); }
// The same, and the page before is unmapped again, with maintenance.
static u64 stage2_unmap(u64 rounds) { return touch(rounds, 1); }

// A device that EL2 emulates: a store and a load.
static u64 trapped_mmio(u64 rounds) {
  volatile u64 *device = (volatile u64 *)TRAPPED;
  u64 sum = 0;
  for (u64 i = 0; i < rounds; i++) {
    device[i & 15] = i;
    sum = sum * 3 + device[i >> 1 & 15];
  }
  return sum;
}

// HCR_EL2.TVM: EL2 writes CONTEXTIDR_EL1.
static u64 trapped_sysreg(u64 rounds) {
  u64 sum = 0;
  for (u64 i = 0; i < rounds; i++) {
    WRITE(contextidr_el1, i);
    sum += READ(contextidr_el1);
  }
  return sum;
}

// Devices that nobody traps: a UART and the interrupt controller, read and written.
static u64 mmio(u64 rounds) {
  u64 sum = 0;
  for (u64 i = 0; i < rounds; i++) {
    sum += uart[0x18 / 4] & 8;
    distributor[0x400 / 4 + 10] = 0xa0a0a0a0u;
    interface[1] = 0xf0;
    sum = sum * 3 + interface[1];
  }
  return sum;
}

static void allow_interrupts(void) { __asm__ volatile("msr daifclr, #2" ::: "memory"); }

// EL2 injects through a list register, EL1 acknowledges and ends at the virtual CPU interface.
static u64 virtual_interrupt(u64 rounds) {
  interface[1] = 0xf8;
  interface[0] = 1;
  allow_interrupts();
  u64 sum = 0;
  for (u64 i = 0; i < rounds; i++) {
    u64 before = interrupts;
    register u64 x0 __asm__("x0") = 40 + (i & 7);
    __asm__ volatile("hvc #1" ::"r"(x0) : "memory");
    while (interrupts == before) {}
    sum = sum * 3 + interrupts;
  }
  return sum;
}

// The virtual timer fires, is masked and armed again.
static u64 timer_interrupt(u64 rounds) {
  distributor[0x100 / 4] = 1u << 27;
  distributor[0x400 / 4 + 6] = 0xa0a0a0a0u;
  distributor[0] = 1;
  interface[1] = 0xf0;
  interface[0] = 1;
  allow_interrupts();
  for (u64 i = 0; i < rounds; i++) {
    u64 before = interrupts;
    WRITE(cntv_cval_el0, 0);
    WRITE(cntv_ctl_el0, 1);
    ISB();
    while (interrupts == before) {}
  }
  return interrupts;
}

// Two guests that call each other: general and system registers, VTTBR_EL2.
static u64 other_stack[64];
static u64 shared;
__attribute__((used)) void other_guest(void) {
  for (u64 i = 0;; i++) {
    shared = shared * 3 + i;
    __asm__ volatile("hvc #2" ::: "memory");
  }
}
static u64 world_switch(u64 rounds) {
  for (u64 i = 0; i < rounds; i++) {
    shared ^= i;
    __asm__ volatile("hvc #2" ::: "memory");
  }
  return shared;
}

// System calls from EL0, which runs the same code at other addresses.
static u64 svc(u64 rounds) {
  u64 code;
  register u64 x0 __asm__("x0") = 1;
  register u64 x1 __asm__("x1") = rounds;
  __asm__ volatile(
      "adr %0, 1f\n add %0, %0, %3\n msr elr_el1, %0\n msr spsr_el1, xzr\n"
      "eret\n"
      "1: svc #0\n subs x1, x1, #1\n b.ne 1b\n brk #0\n"
      : "=&r"(code), "+r"(x0), "+r"(x1) : "r"(USER) : "memory", "cc");
  return x0;
}

// System registers that a kernel reads and writes without a trap.
static u64 sysreg(u64 rounds) {
  u64 sum = 0, time = 0;
  for (u64 i = 0; i < rounds; i++) {
    WRITE(tpidr_el0, i), WRITE(tpidr_el1, sum), WRITE(tpidrro_el0, i);
    sum += READ(tpidr_el0) + READ(tpidr_el1) + READ(tpidrro_el0);
    WRITE(elr_el1, i), WRITE(spsr_el1, 0x3c5), WRITE(sp_el0, sum & -16);
    sum += READ(elr_el1) + READ(spsr_el1) + READ(sp_el0);
    sum += READ(esr_el1) + READ(far_el1) + READ(currentel);
    time ^= READ(cntvct_el0);
    __asm__ volatile("msr daifset, #2" ::: "memory");
    sum += READ(daif);
    __asm__ volatile("msr daifclr, #2" ::: "memory");
    sum += READ(daif);
    __asm__ volatile("msr spsel, #0\n nop\n msr spsel, #1" ::: "memory");
    u64 masks = READ(daif);
    WRITE(daif, masks);
    sum += READ(sctlr_el1) + READ(tcr_el1) + READ(ttbr0_el1) + READ(mpidr_el1);
    time ^= READ(cntvct_el0);
    WRITE(contextidr_el1, i);
    ISB();
  }
  return sum + (time >> 63);  // Nothing, but the compiler does not know.
}

// More pages than any TLB holds, one load in each: a walk of both stages for each.
static u64 tlb_miss(u64 rounds) {
  u64 sum = 0;
  for (u64 i = 0; i < rounds; i++)
    for (u64 page = 0; page < LARGE_PAGES; page++) {
      sum += *(volatile u64 *)(STRIDED + (page << 12) + (page & 31) * 64);
    }
  return sum;
}

// A new ASID, 16 pages, one of them invalidated.
static u64 tlb_asid(u64 rounds) {
  u64 sum = 0, table = READ(ttbr0_el1);
  for (u64 i = 0; i < rounds; i++) {
    u64 page = i * 7 & 255, asid = (i & 7) + 1;
    WRITE(ttbr0_el1, table | asid << 48);
    ISB();
    for (u64 j = 0; j < 16; j++) sum += *(volatile u64 *)(STRIDED + (page + j << 12) + j * 64);
    DSB();
    __asm__ volatile("tlbi vae1is, %0" ::"r"(asid << 48 | (STRIDED >> 12) + page));
    DSB();
    ISB();
    sum += *(volatile u64 *)(STRIDED + (page << 12));
  }
  return sum;
}

// Fresh code: 64 KiB of functions of 15 instructions, each called a number of times.
static u64 translate(u64 rounds, u64 times) {
  static u32 code[1 << 14] TABLE;
  u64 sum = 1;
  for (u64 i = 0; i < rounds; i++) {
    for (u32 f = 0; f < sizeof code / 64; f++) {
      u32 *at = code + f * 16, seed = (u32)(i * 1021 + f);
      for (u32 k = 0; k < 13; k += 4) {
        at[k] = 0x91000000 | (seed + k & 0xfff) << 10;     // add x0, x0, #
        at[k + 1] = 0xca400001 | (k + 3) << 10;            // eor x1, x0, x0, lsr #
        at[k + 2] = 0x8b010800;                            // add x0, x0, x1, lsl #2
        at[k + 3] = 0xd3400000 | 1 << 16 | 63 << 10 | 1;   // lsr x1, x0, #1
      }
      at[13] = 0xb4000040;  // cbz x0, +8
      at[14] = 0x91000400;  // add x0, x0, #1
      at[15] = 0xd65f03c0;  // ret
      __asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
    }
    DSB();
    for (u32 f = 0; f < sizeof code / 64; f++) __asm__ volatile("ic ivau, %0" ::"r"(code + f * 16) : "memory");
    DSB();
    ISB();
    for (u64 n = 0; n < times; n++)
      for (u32 f = 0; f < sizeof code / 64; f++) sum = ((u64 (*)(u64))(code + f * 16))(sum);
  }
  return sum;
}
static u64 translate_once(u64 rounds) { return translate(rounds, 1); }
static u64 translate_warm(u64 rounds) { return translate(rounds, 25); }

// A function that is changed and called again.
static u64 patch(u64 rounds) {
  static u32 code[16] TABLE;
  u64 sum = 1;
  for (u64 i = 0; i < rounds; i++) {
    code[0] = 0x91000000 | (u32)(i & 0xfff) << 10;  // add x0, x0, #
    code[1] = 0xca400c00;                            // eor x0, x0, x0, lsr #3
    code[2] = 0xd65f03c0;                            // ret
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(code) : "memory");
    sum = ((u64 (*)(u64))code)(sum);
  }
  return sum;
}

// One page of code at a thousand addresses.
static u64 alias(u64 rounds) {
  u32 *code = (u32 *)LARGE;
  code[0] = 0x91000c00;  // add x0, x0, #3
  code[1] = 0xca400c00;  // eor x0, x0, x0, lsr #3
  code[2] = 0xd65f03c0;  // ret
  for (u32 i = 0; i < 1024; i++) stage_1_pages[i] = LARGE | NORMAL_STAGE_1 | 0x800 | PAGE;
  __asm__ volatile("dsb ish\n tlbi vmalle1is\n ic ialluis\n dsb ish\n isb" ::: "memory");
  u64 sum = 1;
  for (u64 i = 0; i < rounds; i++)
    for (u64 page = 0; page < 1024; page++) sum = ((u64 (*)(u64))(STRIDED + (page << 12)))(sum);
  return sum;
}

// A spinlock that is free, around a counter.
static u64 lock(u64 rounds) {
  static u32 word;
  static u64 counter;
  for (u64 i = 0; i < rounds; i++) {
    u32 held, failed;
    __asm__ volatile("1: ldaxr %w0, [%2]\n cbnz %w0, 1b\n stxr %w1, %w3, [%2]\n cbnz %w1, 1b"
                     : "=&r"(held), "=&r"(failed) : "r"(&word), "r"(1) : "memory");
    counter += i;
    __asm__ volatile("stlr wzr, [%0]" ::"r"(&word) : "memory");
  }
  return counter;
}

// Loads and stores with EL0's rights, as copies from and to a process use.
static u64 unprivileged(u64 rounds) {
  static u64 from[64], to[64];
  u64 *user_from = (u64 *)((u64)from + USER), *user_to = (u64 *)((u64)to + USER), sum = 0;
  for (u64 i = 0; i < rounds; i++) {
    from[i & 63] = i;
    for (u64 j = 0; j < 64; j++) {
      u64 value;
      __asm__ volatile("ldtr %0, [%1]\n sttr %0, [%2]" : "=&r"(value) : "r"(user_from + j), "r"(user_to + j) : "memory");
    }
    sum = sum * 3 + to[i >> 1 & 63];
  }
  return sum;
}

// MARK: Start

__attribute__((used)) void run(void) { finish(KERNEL(ROUNDS)); }

static int is(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x

__attribute__((used)) void setup(void) {
  const char *kernel = TEXT(KERNEL);
  hypervisor_stage_1[0] = NORMAL_STAGE_1 | 0x40;
  hypervisor_stage_1[3] = 0xc0000000ul | DEVICE_STAGE_1 | 0x40;

  stage_1[0] = NORMAL_STAGE_1;
  stage_1[1] = PAGED | NORMAL_STAGE_1;
  stage_1[2] = TRAPPED | DEVICE_STAGE_1;
  stage_1[3] = 0xc0000000ul | DEVICE_STAGE_1;
  stage_1[USER >> 30] = NORMAL_STAGE_1 | 0x840;  // EL0, not global
  stage_1[STRIDED >> 30] = (u64)stage_1_large | TABLE_ENTRY;
  for (u64 i = 0; i < LARGE_PAGES; i++) {
    stage_1_pages[i] = LARGE + (i << 12) | NORMAL_STAGE_1 | 0x800 | PAGE;
    stage_2_pages[i] = LARGE + (i << 12) | NORMAL_STAGE_2 | PAGE;
    *(volatile u64 *)(LARGE + (i << 12) + (i & 31) * 64) = i;
  }
  for (u64 i = 0; i < LARGE_PAGES / 512; i++) stage_1_large[i] = (u64)(stage_1_pages + i * 512) | TABLE_ENTRY;

  for (u64 i = 0; i < 512; i++) {
    stage_2_memory[i] = i << 21 | NORMAL_STAGE_2;
    stage_2_devices[i] = 0xc0000000ul + (i << 21) | DEVICE_STAGE_2;
    stage_2_interrupts[i] = 0xff800000ul + (i << 12) | DEVICE_STAGE_2 | PAGE;
  }
  for (u64 i = 0; i < LARGE_PAGES / 512; i++)
    stage_2_memory[(LARGE >> 21) + i] = (u64)(stage_2_pages + i * 512) | TABLE_ENTRY;
  stage_2_devices[0x3f800000ul >> 21] = (u64)stage_2_interrupts | TABLE_ENTRY;
  u64 control = 0x80000001;  // HCR_EL2: RW, VM
  if (is(kernel, "virtual_interrupt")) {
    stage_2_interrupts[0x42] = 0xff846000ul | DEVICE_STAGE_2 | PAGE;  // GICV where the guest looks for GICC
    stage_2_interrupts[0x43] = 0xff847000ul | DEVICE_STAGE_2 | PAGE;
    hypervisor[0] = 1;
    control |= 1 << 4;  // IMO
  }
  if (is(kernel, "trapped_sysreg")) control |= 1 << 26;  // TVM
  stage_2_paged[0] = (u64)stage_2_last | TABLE_ENTRY;
  stage_2[0] = (u64)stage_2_memory | TABLE_ENTRY;
  stage_2[1] = (u64)stage_2_paged | TABLE_ENTRY;
  stage_2[3] = (u64)stage_2_devices | TABLE_ENTRY;

  WRITE(cptr_el2, 0x33ff), WRITE(cpacr_el1, 0x300000);
  WRITE(cnthctl_el2, 3), WRITE(cntvoff_el2, 0);
  WRITE(ttbr0_el2, hypervisor_stage_1), WRITE(tcr_el2, 0x80823519), WRITE(mair_el2, 0xff);
  WRITE(vttbr_el2, (u64)stage_2 | 1ul << 48), WRITE(vtcr_el2, 0x80023559);
  WRITE(ttbr0_el1, (u64)stage_1 | 1ul << 48), WRITE(tcr_el1, 0x200803519), WRITE(mair_el1, 0xff);
  extern u8 vectors_el1[], vectors_el2[];
  WRITE(vbar_el1, vectors_el1), WRITE(vbar_el2, vectors_el2);
  WRITE(contextidr_el1, 0), WRITE(tpidr_el0, 0), WRITE(tpidr_el1, 0), WRITE(tpidrro_el0, 0);
  WRITE(elr_el1, 0), WRITE(spsr_el1, 0), WRITE(esr_el1, 0), WRITE(far_el1, 0), WRITE(ttbr1_el1, 0);
  WRITE(sctlr_el1, 0x30d0181d), WRITE(hcr_el2, control);
  ISB();
  __asm__ volatile("tlbi alle1\n tlbi alle2\n dsb sy\n isb");
  WRITE(sctlr_el2, 0x30c51835);
  ISB();
  save(&guests[1]);
  guests[1].vttbr = (u64)stage_2 | 2ul << 48, guests[1].vmpidr = READ(vmpidr_el2);
  guests[0].vttbr = (u64)stage_2 | 1ul << 48, guests[0].vmpidr = READ(vmpidr_el2);
  guests[1].frame.elr = (u64)other_guest, guests[1].frame.spsr = 0x3c5;
  guests[1].sp1 = (u64)(other_stack + 64);
  WRITE(sp_el1, 0x7f000), WRITE(spsr_el2, 0x3c5), WRITE(elr_el2, run);
  ISB();
  __asm__ volatile("eret");
}

__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "mrs x1, mpidr_el1\n"
      "and x1, x1, #3\n"
      "cbnz x1, 1f\n"
      REST_OTHERS
      "mov x1, #0x80000\n"
      "mov sp, x1\n"
      "bl setup\n"
      "1: wfe\n"
      "b 1b\n");
}
