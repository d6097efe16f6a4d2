// A loop of integer arithmetic with a data-dependent branch, without memory: the speed of the plain engine.
// Prints the checksum; x19 counts down iterations of 12 instructions.

  .text
  .globl guest_main
guest_main:
  stp  x29, x30, [sp, #-16]!
  adr  x0, text
  bl   print
  ldr  x19, =20000000
  mov  x20, #1
  mov  x21, #0
  ldr  x22, =0x9e3779b97f4a7c15
1:
  add  x20, x20, x22
  eor  x23, x20, x20, lsr #30
  mul  x23, x23, x22
  eor  x21, x21, x23
  ror  x21, x21, #7
  tst  x23, #4
  b.eq 2f
  add  x21, x21, #3
2:
  ubfx x24, x21, #3, #9
  add  x21, x21, x24
  subs x19, x19, #1
  b.ne 1b
  mov  x0, x21
  bl   print_hex
  ldp  x29, x30, [sp], #16
  ret
text:
  .asciz "integer-loop "
  .balign 4
  .ltorg
