// Common parts of the bare-metal guests: start-up, console, power-off.
//
// A guest defines `guest_main`, which runs on core 0 at EL2 with a stack. The other cores stay in the boot
// stub. When it returns, the board is halted through the watchdog (partition 63). A guest that is entered at
// EL3, without the boot stub, comes through guest-el3.S.

#define AUX_ENABLES  0xfe215004
#define AUX_MU_IO    0xfe215040
#define AUX_MU_LSR   0x14              // from AUX_MU_IO
#define PM_RSTC      0xfe10001c
#define PM_RSTS      0xfe100020
#define PM_WDOG      0xfe100024
#define PASSWORD     0x5a000000

  .section .text.start, "ax"
  .globl _start
_start:
  mrs  x0, currentel
  cmp  x0, #12
  b.eq start_at_el3
  .globl start_at_el2
start_at_el2:
  ldr  x0, =__stack_top
  mov  sp, x0
  ldr  x0, =__bss_start
  ldr  x1, =__bss_end
1:
  cmp  x0, x1
  b.hs 2f
  stp  xzr, xzr, [x0], #16
  b    1b
2:
  ldr  x0, =AUX_ENABLES
  mov  w1, #1
  str  w1, [x0]
  bl   guest_main
  .globl power_off
power_off:
  ldr  x0, =PM_RSTS
  ldr  w1, =(PASSWORD | 0x555)
  str  w1, [x0]
  ldr  x0, =PM_WDOG
  ldr  w1, =(PASSWORD | 10)
  str  w1, [x0]
  ldr  x0, =PM_RSTC
  ldr  w1, =(PASSWORD | 0x20)
  str  w1, [x0]
3:
  wfi
  b    3b

  .text
  // x0 = zero-terminated text; clobbers x0 to x3.
  .globl print
print:
  ldr  x1, =AUX_MU_IO
4:
  ldrb w2, [x0], #1
  cbz  w2, 6f
5:
  ldr  w3, [x1, #AUX_MU_LSR]
  tbz  w3, #5, 5b
  str  w2, [x1]
  b    4b
6:
  ret

  // x0 = number, printed as 16 hexadecimal digits and a newline; clobbers x0 to x5.
  .globl print_hex
print_hex:
  ldr  x1, =AUX_MU_IO
  mov  w4, #60
7:
  lsr  x2, x0, x4
  and  w2, w2, #15
  cmp  w2, #10
  add  w3, w2, #'0'
  add  w5, w2, #('a' - 10)
  csel w2, w3, w5, lo
8:
  ldr  w3, [x1, #AUX_MU_LSR]
  tbz  w3, #5, 8b
  str  w2, [x1]
  subs w4, w4, #4
  b.pl 7b
  mov  w2, #10
  str  w2, [x1]
  ret
  .ltorg
