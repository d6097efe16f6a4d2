// A guest whose first act is a line on the PL011. It is a raw program and an arm64 Image at once, so that it can
// stand in Xen's place with the real kernel and ramdisk beside it. Built by Benchmarks/run.

  .section .text.start, "ax"
  .global start
start:
  b run                     // the Image header (Linux, Documentation/arch/arm64/booting.rst)
  .word 0
  .quad 0                   // text_offset
  .quad 0x10000             // image_size
  .quad 0xa                 // flags: little-endian, 4 KiB pages, anywhere in memory
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .word 0

run:
  mrs x0, mpidr_el1
  and x0, x0, #3
  cbnz x0, 3f
  ldr x1, =0xfe201000
  str wzr, [x1, #0x30]      // CR: off
  mov w2, #0x70             // LCRH: 8 bits, FIFOs
  str w2, [x1, #0x2c]
  mov w2, #0x301            // CR: on, both directions
  str w2, [x1, #0x30]
  adr x2, text
1:
  ldrb w0, [x2], #1
  cbz w0, 3f
2:
  ldr w3, [x1, #0x18]       // FR.TXFF
  tbnz w3, #5, 2b
  str w0, [x1]
  b 1b
3:
  wfi
  b 3b
text:
  .asciz "STARTED\n"
