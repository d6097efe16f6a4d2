/// The mode bits of a BlockKey: what code is translated for, beside its physical address.
///
/// `Slot.mode` holds them for the current context; `Core.contextDidChange` computes them.
public enum BlockMode {
  /// PSTATE.EL.
  public static let levelMask: UInt64 = 3
  /// Advanced SIMD and floating-point instructions trap.
  public static let floatingPointTrapped: UInt64 = 1 << 2
  /// SP is not a multiple of 16 and SCTLR.SA (SA0) demands it.
  public static let stackMisaligned: UInt64 = 1 << 3
  /// Every access must be aligned: SCTLR.A, or stage 1 is off and all data Device memory.
  public static let strictAlignment: UInt64 = 1 << 4
  /// Data accesses are big-endian (SCTLR.EE, E0E).
  public static let bigEndian: UInt64 = 1 << 5
  /// Software step is active: one instruction, then a Software Step exception.
  public static let softwareStep: UInt64 = 1 << 6
  /// A breakpoint may match here.
  public static let breakpoints: UInt64 = 1 << 7
  /// PSTATE.IL: the next instruction takes an Illegal Execution state exception.
  public static let illegalState: UInt64 = 1 << 8
  /// A watchpoint may match here: every data access takes the slow path and asks `watchpointHit`.
  public static let watchpoints: UInt64 = 1 << 9
  /// An observer hears of each block that is entered; only the interpreter executes them.
  public static let observed: UInt64 = 1 << 10
}
