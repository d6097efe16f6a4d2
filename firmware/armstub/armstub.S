// Boot stub at physical address 0: what the four cores of the board execute at EL3 before a kernel sees them.
//
// It leaves the state that Raspberry Pi's own stub leaves (docs: boot; armstub8), because guests can observe
// it: all interrupts in Group 1, non-secure EL2, SMC undefined, the counter's frequency, the spin table.
// The VideoCore firmware (here: FirmwareStage) fills the words at 0xF0 to 0xFC after loading the file.

#define LOCAL_CONTROL    0xff800000      // ARM_LOCAL: core timer control
#define LOCAL_PRESCALER  0xff800008      // ARM_LOCAL: core timer prescaler
#define GICD_BASE        0xff841000
#define GICD_IGROUPR     0x080
#define GICC_BASE        0xff842000
#define GICC_PMR         0x004
#define GROUP_WORDS      8               // 256 interrupt lines

#define TIMER_HZ         54000000
#define L2CTLR_LATENCY   0x22            // data RAM: 3 cycles and set-up
#define SCR              0x5b1           // RW, HCE, SMD, RES1 5:4, NS
#define ACTLR            0x73            // lower levels may use CPUACTLR, CPUECTLR, L2CTLR, L2ECTLR, L2ACTLR
#define SMPEN            0x40
#define SCTLR_EL2_RESET  0x30c50830
#define SPSR_EL2H        0x3c9           // EL2h, D A I F masked
#define GICC_CTLR_BOTH   0x1e7           // both groups, acknowledge and bypass controls as the board has them
#define GICD_CTLR_BOTH   3

  .text
  .globl _start
_start:
  // Timer block of the ARM-local peripherals: crystal clock, increments of one.
  ldr   x0, =LOCAL_CONTROL
  str   wzr, [x0]
  mov   w1, #0x80000000
  str   w1, [x0, #(LOCAL_PRESCALER - LOCAL_CONTROL)]

  mrs   x0, s3_1_c11_c0_2                // L2CTLR_EL1
  mov   x1, #L2CTLR_LATENCY
  orr   x0, x0, x1
  msr   s3_1_c11_c0_2, x0

  ldr   x0, =TIMER_HZ
  msr   cntfrq_el0, x0
  msr   cntvoff_el2, xzr

  msr   cptr_el3, xzr
  mov   x0, #SCR
  msr   scr_el3, x0
  mov   x0, #ACTLR
  msr   actlr_el3, x0
  mov   x0, #SMPEN
  msr   s3_1_c15_c2_1, x0                // CPUECTLR_EL1

  mrs   x7, mpidr_el1
  and   x7, x7, #3
  b     interrupts

  .org  0xd8
spin_table:                              // one release address per core
  .quad 0, 0, 0
magic:                                   // core 3's release address once the firmware has cleared both words
  .word 0x5afe570b
version:
  .word 0
device_tree:
  .word 0
kernel:
  .word 0

  // Everything to Group 1, so that non-secure software owns all interrupts. Only secondaries switch the
  // distributor on: they come last on the board.
interrupts:
  ldr   x0, =GICD_BASE
  cbz   x7, 1f
  mov   w1, #GICD_CTLR_BOTH
  str   w1, [x0]
1:
  ldr   x1, =GICC_BASE
  mov   w2, #GICC_CTLR_BOTH
  str   w2, [x1]
  mov   w2, #0xff
  str   w2, [x1, #GICC_PMR]
  add   x0, x0, #GICD_IGROUPR
  mov   w1, #-1
  mov   w2, #GROUP_WORDS
2:
  str   w1, [x0], #4
  subs  w2, w2, #1
  b.ne  2b

  ldr   x0, =SCTLR_EL2_RESET
  msr   sctlr_el2, x0
  mov   x0, #SPSR_EL2H
  msr   spsr_el3, x0
  adr   x0, at_el2
  msr   elr_el3, x0
  eret

at_el2:
  cbnz  x7, secondary
  ldr   w4, kernel
  ldr   w0, device_tree
  b     enter

secondary:
  adr   x5, spin_table
3:
  wfe
  ldr   x4, [x5, x7, lsl #3]
  cbz   x4, 3b
  mov   x0, #0
enter:
  mov   x1, #0
  mov   x2, #0
  mov   x3, #0
  br    x4

  .ltorg
