import CPU

/// What `conformance execute` does not cover: the rows whose effect a program at EL0 cannot see. Every other
/// row gets cases; a test compares this list with the table.
enum EL0Rows {
  /// Rows without cases, and why.
  static let coveredByGuests: [Instruction: String] = [
    .svc: "enters the oracle's operating system: covered by guests",
    .wfe: "waits: covered by guests",
    .wfi: "waits: covered by guests",
  ]

  /// The rows that EL0 shows in part or not at all: a guest that is compared with QEMU must execute each. A test
  /// compares this with firmware/guests/instruction-rows.txt.
  static let neededFromGuests: Set<Instruction> = [
    .svc, .wfe, .wfi, .hvc, .smc, .hlt, .dcps1, .dcps2, .dcps3, .eret, .drps, .msrImmediate, .sys, .sysl, .mrs,
    .msrRegister, .yield, .sev, .sevl, .hint, .clrex, .dsb, .dmb, .isb, .brk,
  ]

  /// What a reader must know about the cases of a row.
  static func note(_ row: InstructionRow) -> String {
    switch row.instruction {
    case .hvc, .smc, .hlt, .dcps1, .dcps2, .dcps3, .eret, .drps, .msrImmediate, .sysl:
      "UNDEFINED or trapped at EL0; the rest is covered by guests"
    case .mrs, .msrRegister, .sys:
      "registers and operations of EL0, and privileged ones refused; the rest is covered by guests"
    case .yield, .sev, .sevl, .hint, .nop, .clrex, .dsb, .dmb, .isb:
      "leaves all registers alone"
    default: ""
    }
  }
}
