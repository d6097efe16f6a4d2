/// What an access to a system register does, beside its storage. Reads and writes switch over it
/// exhaustively in `RegisterReads` and `RegisterWrites`, system instructions in `SystemInstructions`.
enum RegisterBehaviour: UInt8, CaseIterable, Sendable {
  /// Reads and writes the stored word.
  case storage
  /// Reads as its reset value.
  case constant
  /// Reads as zero, writes are ignored.
  case discard

  // Stored, and more than storage depends on it.
  /// Controls the EL1&0 translation regime or its second stage.
  case translation1
  case translation2
  case translation3
  /// Traps of floating point.
  case mode
  case hcr, scr
  /// Self-hosted debug: steps, breakpoints and watchpoints must be looked at again.
  case debugControl, mdscr
  /// MDCR_EL2 and MDCR_EL3: debug routing and what the performance monitors count.
  case monitorControl
  case eventStream, cntvoff

  // Views and special registers.
  case midr, mpidr, ccsidr, dczid, isr
  case stackPointer0, stackPointer1, stackPointer2, spsel, currentEL
  case nzcv, daif, fpcr, fpsr, fpexc
  case rmr
  case cntpct, cntvct, timerTVAL, timerCTL, timerCVAL
  case pmcr, pmSet, pmClear, pmswinc, pmccntr, pmccfiltr, pmevcntr, pmevtyper, pmxevcntr, pmxevtyper
  case oslar, oslsr, claimSet, claimClear

  // System instructions.
  case cacheNone, icIVAU, dcIVAC, dcClean, dcZVA, addressTranslation, tlbi
}

/// One system register or system instruction, ready for use.
struct RegisterRow: Sendable {
  /// op0:op1:CRn:CRm:op2.
  var encoding: UInt16
  /// Lowest Exception level that may read or write; 4 is none.
  var readLevel: UInt8
  var writeLevel: UInt8
  var behaviour: RegisterBehaviour
  /// Word of the register block, or `Slot.zr` when nothing is stored.
  var slot: UInt16
  /// Numbers of up to four trap rules, lowest byte first.
  var rules: UInt32
  var ruleCount: UInt8
  /// Bit n: some rule applies to accesses from EL n.
  var ruleLevels: UInt8
  /// For each rule, bit 2n: not for reads, bit 2n + 1: not for writes.
  var ruleExclusions: UInt8
  var reset: UInt64
  var mask: UInt64
  var ones: UInt64
  /// Index into the names of the table.
  var name: UInt16
}

/// One row of `TrapText`.
struct TrapRule: Sendable {
  enum Outcome: UInt8, Sendable { case el1 = 1, el2 = 2, el3 = 3, undefined = 4 }
  /// Bit n: applies to accesses from EL n.
  var levels: UInt8
  var reads: Bool
  var writes: Bool
  /// Word of the register block with the control.
  var control: UInt16
  var bits: UInt64
  /// True: holds when any of the bits is set; false: when all are clear.
  var whenSet: Bool
  var outcome: Outcome
  /// HCR_EL2.TGE acts as if MDCR_EL2.TDE, one of the bits, were set (D13.2: MDCR_EL2.TDE).
  var followsTGE: Bool
}
