/// System registers that are plain storage and that no control traps at the given level: MRS and MSR of
/// them become moves. Everything else goes through the access rules at run time.
enum UntrappedRegisters {
  private struct Row {
    let encoding: UInt32
    let register: SystemRegister
    /// Lowest Exception level that may read, and write; 4 = never as a plain move.
    let readLevel: Int
    let writeLevel: Int
  }

  private static func row(
    _ op1: UInt32, _ crn: UInt32, _ crm: UInt32, _ op2: UInt32, _ register: SystemRegister, _ readLevel: Int,
    _ writeLevel: Int
  ) -> Row {
    Row(
      encoding: (3 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2, register: register,
      readLevel: readLevel, writeLevel: writeLevel)
  }

  // ESR_EL1 and FAR_EL1 reads are trapped from EL1 by HCR_EL2.TRVM, so they are plain from EL2 only.
  private static let rows: [Row] = [
    row(3, 13, 0, 2, .tpidrEL0, 0, 0),
    row(3, 13, 0, 3, .tpidrroEL0, 0, 1),
    row(0, 13, 0, 4, .tpidrEL1, 1, 1),
    row(4, 13, 0, 2, .tpidrEL2, 2, 2),
    row(0, 4, 0, 1, .elrEL1, 1, 1),
    row(0, 4, 0, 0, .spsrEL1, 1, 4),
    row(4, 4, 0, 1, .elrEL2, 2, 2),
    row(4, 4, 0, 0, .spsrEL2, 2, 4),
    row(0, 5, 2, 0, .esrEL1, 2, 4),
    row(0, 6, 0, 0, .farEL1, 2, 2),
    row(4, 5, 2, 0, .esrEL2, 2, 4),
    row(4, 6, 0, 0, .farEL2, 2, 2),
    row(4, 6, 0, 4, .hpfarEL2, 2, 4),
  ]

  /// The word of the register block, or nil.
  static func slot(_ encoding: UInt32, exceptionLevel: Int, write: Bool) -> Int? {
    for row in rows where row.encoding == encoding {
      let lowest = write ? row.writeLevel : row.readLevel
      return exceptionLevel >= lowest ? Slot.system + row.register.rawValue : nil
    }
    return nil
  }
}
