/// Where things are in a case and in its answer, both arrays of 64-bit words; scripts/oracle/execute.c has the
/// same as structures.
enum CaseLayout {
  // The state: X0 to X30 and SP, flags, FPCR, FPSR, PC, the halves of V0 to V31.
  static let sp = 31
  static let nzcv = 32
  static let fpcr = 33
  static let fpsr = 34
  static let pc = 35
  static let v = 36
  static let stateCount = 100
  // A case: the state before, the word with its companion above it, and flags.
  static let word = 100
  static let flags = 101
  static let caseCount = 102
  // An answer: the state after, the signal, how many words of memory changed, and which.
  static let signal = 100
  static let changes = 101
  static let memory = 102
  static let maximumChanges = 12
  static let answerCount = 126

  /// Flags: the instruction may store; it accesses memory; data is big-endian.
  static let stores: UInt64 = 1
  static let accesses: UInt64 = 2
  static let bigEndian: UInt64 = 4

  /// Memory an instruction can access; it holds `SplitMix.mix` of each doubleword's number before each case.
  static let window: UInt64 = 0x80_0000
  static let windowSize: UInt64 = 0x2000
  /// Memory an instruction can branch to.
  static let code: Range<UInt64> = 0x87_0000..<0x88_0000
  /// Where the companion is; the instruction is behind it.
  static let slot: UInt64 = 0x87_8000
  /// Parts of the oracle that no branch may enter.
  static let reserved: Range<UInt64> = 0x87_7000..<0x87_a000

  static let nop: UInt32 = 0xd503_201f

  /// The signals of Linux that stand for exceptions.
  enum Signal {
    static let executed: UInt64 = 0
    static let undefined: UInt64 = 4
    static let breakpoint: UInt64 = 5
    static let misaligned: UInt64 = 7
    static let fault: UInt64 = 11

    static func name(_ signal: UInt64) -> String {
      switch signal {
      case executed: "executed"
      case undefined: "UNDEFINED or trapped"
      case breakpoint: "breakpoint exception"
      case misaligned: "alignment fault"
      case fault: "data abort"
      default: "signal \(signal)"
      }
    }
  }
}

typealias CaseWords = UnsafeMutablePointer<UInt64>
