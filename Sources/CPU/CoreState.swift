/// The registers of one core live in one raw, page-aligned block of 64-bit words, so that the hot path is
/// a load or store at a constant offset from one pointer and a code generator can address it likewise.
public typealias Regs = UnsafeMutablePointer<UInt64>

/// Word offsets in the register block.
public enum Slot {
  public static let x0 = 0
  /// The current stack pointer; the banked ones are `spEL0`… and are swapped when EL or SPSel changes.
  public static let sp = 31
  /// Always zero: XZR as a source.
  public static let zr = 32
  /// XZR as a destination.
  public static let sink = 33
  /// Address of the current block or, outside block execution, of the next instruction.
  public static let pc = 34
  /// PSTATE.N is bit 63 of this word.
  public static let flagN = 35
  /// PSTATE.Z is set when this word is zero.
  public static let flagZ = 36
  /// PSTATE.C: 0 or 1.
  public static let flagC = 37
  /// PSTATE.V: 0 or 1.
  public static let flagV = 38
  public static let fpcr = 39
  public static let fpsr = 40
  /// PSTATE.EL: 0...3.
  public static let currentEL = 41
  /// PSTATE.SP: 0 or 1.
  public static let spsel = 42
  /// PSTATE.DAIF in bits 9:6 (D = 9, A = 8, I = 7, F = 6), other bits zero.
  public static let daif = 43
  /// PSTATE.IL: 0 or 1.
  public static let illegal = 44
  /// PSTATE.SS: 0 or 1.
  public static let softwareStep = 45
  /// Banked stack pointers, SP_EL0...SP_EL3; the current one is stale here.
  public static let spEL0 = 46
  /// Instructions left in the slice; signed.
  public static let budget = 50
  /// Non-zero: the core must leave block execution and look at interrupts, mode or waiting state.
  public static let attention = 51
  /// The event register of WFE/SEV: 0 or 1.
  public static let event = 52
  /// Local exclusive monitor: physical address of the marked granule with bit 0 set, or 0 when open.
  public static let exclusive = 53
  /// TLB contexts for data at the current EL: lower (VA bit 55 = 0) and upper half.
  public static let dataContext = 54
  /// TLB contexts for LDTR/STTR: lower and upper half.
  public static let unprivilegedContext = 56
  /// TLB contexts for instruction fetch: lower and upper half.
  public static let fetchContext = 58
  /// The mode bits of the BlockKey for the current context.
  public static let mode = 60
  /// Retired instructions up to the start of the current slice.
  public static let retired = 61
  /// Scratch registers of multi-part micro-ops.
  public static let temporary = 62
  public static let temporary2 = 63
  /// V0...V31, two words each, low half first.
  public static let v0 = 64
  /// System register storage: `system + SystemRegister.rawValue`.
  public static let system = 128
  /// Results of the slow memory path.
  public static let result = 404
  public static let result2 = 405
  /// Bit NZCV of word `conditions + cond` tells whether the condition holds; constant.
  public static let conditions = 416
  public static let count = 512
}

extension UnsafeMutablePointer where Pointee == UInt64 {
  /// A register by a decoded 8-bit slot number.
  @inline(__always)
  func x(_ slot: UInt8) -> UInt64 { self[Int(truncatingIfNeeded: slot)] }
  @inline(__always)
  func w(_ slot: UInt8) -> UInt32 { UInt32(truncatingIfNeeded: self[Int(truncatingIfNeeded: slot)]) }
  @inline(__always)
  func setX(_ slot: UInt8, _ value: UInt64) { self[Int(truncatingIfNeeded: slot)] = value }
  @inline(__always)
  func setW(_ slot: UInt8, _ value: UInt32) { self[Int(truncatingIfNeeded: slot)] = UInt64(value) }

  /// The address of an access with a register offset.
  @inline(__always)
  func indexed(_ u: MicroOp) -> UInt64 { x(u.rn) &+ ((x(u.rm) & u.imm) &<< UInt64(u.aux)) }

  /// PSTATE.NZCV in bits 31:28, as in SPSR.
  @inline(__always)
  var nzcv: UInt64 {
    ((self[Slot.flagN] &>> 63) &<< 31) | (self[Slot.flagZ] == 0 ? 1 &<< 30 : 0)
      | (self[Slot.flagC] &<< 29) | (self[Slot.flagV] &<< 28)
  }

  @inline(__always)
  func setNZCV(_ value: UInt64) {
    self[Slot.flagN] = (value &>> 31) &<< 63
    self[Slot.flagZ] = (~value &>> 30) & 1
    self[Slot.flagC] = (value &>> 29) & 1
    self[Slot.flagV] = (value &>> 28) & 1
  }
}
