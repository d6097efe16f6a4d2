// What the bare-metal guests in C share: registers, console, and the way between the exception levels.
#pragma once

typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long u64;

#define READ(name) ({ u64 value_; __asm__ volatile("mrs %0, " #name : "=r"(value_) : : "memory"); value_; })
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0\n isb" : : "r"((u64)(value)) : "memory")
#define BARRIER() __asm__ volatile("dsb sy\n isb" : : : "memory")

// Single instructions without writeback, so that a hypervisor can emulate them (ESR_EL2.ISV).
static inline u32 load32(u64 address) {
  u32 value;
  __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void store32(u64 address, u32 value) {
  __asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}

// guest.S: the console.
void print(const char *text);

__attribute__((unused)) static void print_number(u64 value) {
  char digits[20], *end = digits + 19;
  *end = 0;
  do {
    *--end = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value);
  print("0x");
  print(end);
}

// " name=0xvalue"
__attribute__((unused)) static void print_field(const char *name, u64 value) {
  print(" ");
  print(name);
  print("=");
  print_number(value);
}

// guest-levels.S: vectors of EL3 to EL1 that save a frame and call the functions below; a vector is the
// offset in the table (Arm DDI 0487, D1.10.2). What the handler leaves in the frame is what is returned to.
struct frame { u64 x[31], elr, spsr; };
extern char el3_vectors[], el2_vectors[], el1_vectors[];
void el3_exception(struct frame *frame, u64 vector);
void el2_exception(struct frame *frame, u64 vector);
void el1_exception(struct frame *frame, u64 vector);

// Runs a function one level (or more) lower, all interrupts masked. It comes back through HVC #0xfff from
// EL1 and SVC #0xfff from EL0, whose handler calls leave_el1 or leave_el0.
#define LEAVE 0xfff
u64 call_el1(u64 function, u64 argument, u64 stack);
u64 call_el0(u64 function, u64 argument, u64 stack);
u64 call_el0_from_el2(u64 function, u64 argument, u64 stack);
u64 call_el1_from_el3(u64 function, u64 argument, u64 stack);
__attribute__((noreturn)) void leave_el1(u64 result);
__attribute__((noreturn)) void leave_el0(u64 result);
__attribute__((noreturn)) void leave_el1_from_el3(u64 result);

// guest-el3.S, in guests that say "Starts at EL3": calls a function at EL3 by SMC #0xfff. el3_exception
// begins with el3_call and is done when that was it.
u64 call_el3(u64 (*function)(u64), u64 argument);
__attribute__((unused)) static int el3_call(struct frame *frame) {
  if (READ(esr_el3) != 0x5e000fff) return 0;
  frame->x[0] = ((u64 (*)(u64))frame->x[0])(frame->x[1]);
  return 1;
}

#define HCR_VM  (1ul << 0)
#define HCR_FMO (1ul << 3)
#define HCR_IMO (1ul << 4)
#define HCR_TWI (1ul << 13)
#define HCR_TSC (1ul << 19)
#define HCR_TVM (1ul << 26)
#define HCR_TGE (1ul << 27)
#define HCR_RW  (1ul << 31)

// Stage-1 descriptors of the 4 KiB granule. Attribute index 0 is Device-nGnRnE, 1 is Normal write-back.
#define MAIR         0xff00ul
#define S1_TABLE     3ul
#define S1_PAGE      3ul
#define S1_BLOCK     1ul
#define S1_NORMAL    (1ul << 2)
#define S1_EL0       (1ul << 6)
#define S1_READ_ONLY (1ul << 7)
#define S1_INNER     (3ul << 8)
#define S1_AF        (1ul << 10)
#define S1_UXN       (1ul << 54)
#define S1_RAM       (S1_NORMAL | S1_INNER | S1_AF)
#define GIB          (1ul << 30)
