// Common parts of the bare-metal guests: entry at EL3, for guests that replace the boot stub, and calls to it.
//
// What it sets up is what the board's stub does (firmware/armstub), but that SMC is allowed and the EL3
// vectors are the guest's. The other cores sleep in WFI for good.

#define LOCAL_CONTROL    0xff800000
#define LOCAL_PRESCALER  0xff800008
#define GICD_BASE        0xff841000
#define GICC_BASE        0xff842000
#define SCR              0x531           // RW, HCE, RES1 5:4, NS
#define SPSR_EL2H        0x3c9

  .text
  .globl start_at_el3
start_at_el3:
  mrs  x7, mpidr_el1
  and  x7, x7, #3
  ldr  x0, =LOCAL_CONTROL
  str  wzr, [x0]
  mov  w1, #0x80000000
  str  w1, [x0, #(LOCAL_PRESCALER - LOCAL_CONTROL)]
  ldr  x0, =54000000
  msr  cntfrq_el0, x0
  msr  cntvoff_el2, xzr
  msr  cptr_el3, xzr
  msr  mdcr_el3, xzr
  mov  x0, #SCR
  msr  scr_el3, x0
  mov  x0, #0x73
  msr  actlr_el3, x0
  ldr  x0, =el3_vectors
  msr  vbar_el3, x0
  ldr  x0, =el3_stacks + 8192
  add  x0, x0, x7, lsl #13
  mov  sp, x0
  ldr  x0, =GICD_BASE
  mov  w1, #3
  str  w1, [x0]
  ldr  x1, =GICC_BASE
  mov  w2, #0x1e7
  str  w2, [x1]
  mov  w2, #0xff
  str  w2, [x1, #4]
  add  x0, x0, #0x80
  mov  w1, #-1
  mov  w2, #8
1:
  str  w1, [x0], #4
  subs w2, w2, #1
  b.ne 1b
  ldr  x0, =0x30c50830
  msr  sctlr_el2, x0
  mov  x0, #SPSR_EL2H
  msr  spsr_el3, x0
  ldr  x0, =start_at_el2
  cbz  x7, 2f
  adr  x0, secondary
2:
  msr  elr_el3, x0
  isb
  eret

secondary:
  wfi
  b    secondary

  // x0 = function, x1 = its argument.
  .globl call_el3
call_el3:
  smc  #0xfff
  ret
  .ltorg

  // In .data: the other cores may be here while core 0 clears .bss.
  .data
  .balign 16
el3_stacks: .skip 4 * 8192
