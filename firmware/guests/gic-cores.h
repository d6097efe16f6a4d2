// Cores 1 to 3, which access registers when core 0 tells them to: much of the GIC is banked by core.
#pragma once
#include "gic.h"

static struct request { volatile u64 number, address, value, isWrite, done; u8 rest[24]; } requests[4];
static u8 stacks[4][4096] __attribute__((aligned(16)));
u64 core_stacks[4];

void secondary_entry(void);
__asm__(
  ".text\n .balign 4\n .globl secondary_entry\nsecondary_entry:\n"
  " mrs x0, mpidr_el1\n and x0, x0, #3\n adrp x1, core_stacks\n add x1, x1, :lo12:core_stacks\n"
  " ldr x1, [x1, x0, lsl #3]\n mov sp, x1\n b secondary_main\n");

void secondary_main(u64 core) {
  struct request *request = &requests[core];
  for (u64 number = 1;; number++) {
    while (request->number != number) __asm__ volatile("wfe" : : : "memory");
    if (request->isWrite) store32(request->address, request->value);
    else request->value = load32(request->address);
    __asm__ volatile("dsb sy" : : : "memory");
    request->done = number;
    __asm__ volatile("dsb sy\n sev" : : : "memory");
  }
}

static u64 remote(u64 core, u64 address, u64 value, u64 isWrite) {
  struct request *request = &requests[core];
  request->address = address;
  request->value = value;
  request->isWrite = isWrite;
  __asm__ volatile("dsb sy" : : : "memory");
  request->number++;
  __asm__ volatile("dsb sy\n sev" : : : "memory");
  while (request->done != request->number) {}
  return request->value;
}
static u32 load_on(u64 core, u64 address) { return remote(core, address, 0, 0); }
static void store_on(u64 core, u64 address, u32 value) { remote(core, address, value, 1); }

static void start_cores(void) {
  for (u64 core = 1; core < 4; core++) {
    core_stacks[core] = (u64)stacks[core] + sizeof stacks[core];
    u64 place = 0xd8 + 8 * core;
    *(volatile u64 *)place = (u64)secondary_entry;
    __asm__ volatile("dc cvac, %0" : : "r"(place) : "memory");
  }
  __asm__ volatile("dsb sy\n sev" : : : "memory");
  for (u64 core = 1; core < 4; core++) {
    store_on(core, GICC_PMR, 0xf0);
    store_on(core, GICC_BPR, 3);
    store_on(core, GICC_CTLR, 1);
    store_on(core, GICD_ISENABLER, 0xffff);
    for (u64 id = 0; id < 16; id += 4) store_on(core, GICD_IPRIORITYR + id, 0x80808080);
  }
}
