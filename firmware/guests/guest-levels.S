// Common parts of the bare-metal guests: exception vectors of EL3 to EL1, and calls to lower levels.

#define FRAME 272                      // x0 to x30, ELR, SPSR, padding to 16

  .macro vector level, offset
  .org \level\()_vectors + \offset
  sub  sp, sp, #FRAME
  stp  x0, x1, [sp]
  mov  x1, #\offset
  b    \level\()_common
  .endm

  .macro common level
\level\()_common:
  stp  x2, x3, [sp, #16]
  stp  x4, x5, [sp, #32]
  stp  x6, x7, [sp, #48]
  stp  x8, x9, [sp, #64]
  stp  x10, x11, [sp, #80]
  stp  x12, x13, [sp, #96]
  stp  x14, x15, [sp, #112]
  stp  x16, x17, [sp, #128]
  stp  x18, x19, [sp, #144]
  stp  x20, x21, [sp, #160]
  stp  x22, x23, [sp, #176]
  stp  x24, x25, [sp, #192]
  stp  x26, x27, [sp, #208]
  stp  x28, x29, [sp, #224]
  mrs  x2, elr_\level
  mrs  x3, spsr_\level
  stp  x30, x2, [sp, #240]
  str  x3, [sp, #256]
  mov  x0, sp
  bl   \level\()_exception
  ldr  x3, [sp, #256]
  ldp  x30, x2, [sp, #240]
  msr  elr_\level, x2
  msr  spsr_\level, x3
  ldp  x2, x3, [sp, #16]
  ldp  x4, x5, [sp, #32]
  ldp  x6, x7, [sp, #48]
  ldp  x8, x9, [sp, #64]
  ldp  x10, x11, [sp, #80]
  ldp  x12, x13, [sp, #96]
  ldp  x14, x15, [sp, #112]
  ldp  x16, x17, [sp, #128]
  ldp  x18, x19, [sp, #144]
  ldp  x20, x21, [sp, #160]
  ldp  x22, x23, [sp, #176]
  ldp  x24, x25, [sp, #192]
  ldp  x26, x27, [sp, #208]
  ldp  x28, x29, [sp, #224]
  ldp  x0, x1, [sp], #FRAME
  eret
  .endm

  .macro vectors level
  .balign 2048
  .globl \level\()_vectors
\level\()_vectors:
  .irp offset, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380
  vector \level, \offset
  .endr
  .irp offset, 0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
  vector \level, \offset
  .endr
  common \level
  .endm

  // x0 = function, x1 = its argument, x2 = its stack; returns what it returned.
  .macro call lower, level, stack, state, instruction
  .globl call_\lower
call_\lower:
  stp  x29, x30, [sp, #-96]!
  stp  x27, x28, [sp, #16]
  stp  x25, x26, [sp, #32]
  stp  x23, x24, [sp, #48]
  stp  x21, x22, [sp, #64]
  stp  x19, x20, [sp, #80]
  ldr  x3, =\level\()_stack
  mov  x4, sp
  str  x4, [x3]
  msr  \stack, x2
  mov  x3, #\state
  msr  spsr_\level, x3
  msr  elr_\level, x0
  mov  x0, x1
  adr  x30, 1f
  eret
1:
  \instruction #0xfff
  .globl leave_\lower
leave_\lower:
  ldr  x3, =\level\()_stack
  ldr  x4, [x3]
  mov  sp, x4
  ldp  x19, x20, [sp, #80]
  ldp  x21, x22, [sp, #64]
  ldp  x23, x24, [sp, #48]
  ldp  x25, x26, [sp, #32]
  ldp  x27, x28, [sp, #16]
  ldp  x29, x30, [sp], #96
  ret
  .endm

  .weak el3_exception
  .weak el2_exception
  .weak el1_exception
  .text
  vectors el3
  vectors el2
  vectors el1
  call el1, el2, sp_el1, 0x3c5, hvc
  call el0, el1, sp_el0, 0x3c0, svc
  call el0_from_el2, el2, sp_el0, 0x3c0, svc
  call el1_from_el3, el3, sp_el1, 0x3c5, smc
  .ltorg

  .bss
  .balign 8
el2_stack: .skip 8
el1_stack: .skip 8
el3_stack: .skip 8
