import Fabric
import MMU

/// A system register as a debugger sees it.
public struct DebuggerRegister: Sendable {
  /// As the manual writes it: `ESR_EL2`.
  public let name: String
  /// The lowest level to which it belongs by name, or the kind: `el0`…`el3`, `identification`, `debug`,
  /// `performance`, `timer`.
  public let group: String
  /// op0:op1:CRn:CRm:op2.
  public let encoding: UInt32
  public let isWritable: Bool

  /// All that can be read, in the order of their encodings' table.
  public static let all: [DebuggerRegister] = {
    let table = SystemRegisterTable.shared
    var registers: [DebuggerRegister] = []
    for number in 1..<table.rowCount {
      let row = table.rows[number]
      let name = table.name(table.rows + number)
      guard row.readLevel <= 3, !name.isEmpty, isShown(row.behaviour), row.encoding >> 14 >= 2 else { continue }
      registers.append(
        DebuggerRegister(
          name: name, group: group(name, row), encoding: UInt32(row.encoding),
          isWritable: row.writeLevel <= 3 && isWritable(row.behaviour)))
    }
    return registers
  }()

  private static func isShown(_ behaviour: RegisterBehaviour) -> Bool {
    switch behaviour {
    case .discard, .nzcv, .daif, .spsel, .fpcr, .fpsr, .oslar, .pmswinc, .pmxevcntr, .pmxevtyper, .cacheNone,
      .icIVAU, .dcIVAC, .dcClean, .dcZVA, .addressTranslation, .tlbi:
      return false
    default: return true
    }
  }

  private static func isWritable(_ behaviour: RegisterBehaviour) -> Bool {
    switch behaviour {
    case .storage, .translation1, .translation2, .translation3, .mode, .hcr, .scr, .stackPointer0, .stackPointer1,
      .stackPointer2:
      return true
    default: return false
    }
  }

  private static func group(_ name: String, _ row: RegisterRow) -> String {
    if row.behaviour == .constant || name.hasPrefix("ID_") { return "identification" }
    if name.hasPrefix("PM") { return "performance" }
    if name.hasPrefix("CNT") { return "timer" }
    if row.encoding >> 14 == 2 || name.hasPrefix("DBG") || name.hasPrefix("MDSCR") { return "debug" }
    guard let level = name.last?.wholeNumberValue, name.dropLast().hasSuffix("_EL"), level < 4 else { return "el1" }
    return "el\(level)"
  }
}

/// What a debugger reads and writes of a core that stands still. Reads change nothing that the guest could see,
/// and nothing traps.
extension Core {
  /// PSTATE as SPSR_ELx holds it.
  public func setProcessorState(_ value: UInt64) {
    r.setNZCV(value)
    r[Slot.daif] = value & Mask.all
    r[Slot.softwareStep] = value.bits(21, 21)
    r[Slot.illegal] = value.bits(20, 20)
    // AArch64 states only; EL0 has but SP_EL0.
    let target = Int(truncatingIfNeeded: value.bits(3, 2))
    if value & 0x12 == 0 && (target > 0 || value & 1 == 0) {
      switchStackPointer(level: target, selection: value & 1)
      r[Slot.currentEL] = UInt64(truncatingIfNeeded: target)
    }
    debuggerDidWrite()
  }

  public func setProgramCounter(_ value: UInt64) {
    guard value != r[Slot.pc] else { return }
    r[Slot.pc] = value
    debuggerDidWrite()
  }

  /// X0...X30, and 31 for the current stack pointer.
  public func setGeneralRegister(_ number: Int, _ value: UInt64) {
    r[number & 31] = value
    if number & 31 == Slot.sp { debuggerDidWrite() }
  }

  public var stackPointer: UInt64 { r[Slot.sp] }

  /// V0...V31 as two words, low half first.
  public func vectorRegister(_ number: Int) -> (UInt64, UInt64) {
    let slot = Slot.v0 + (number & 31) * 2
    return (r[slot], r[slot + 1])
  }

  public func setVectorRegister(_ number: Int, _ low: UInt64, _ high: UInt64) {
    let slot = Slot.v0 + (number & 31) * 2
    r[slot] = low
    r[slot + 1] = high
  }

  /// FPSR and FPCR, read and written without a trap.
  public var floatingPointStatus: UInt64 {
    get { r[Slot.fpsr] }
    set { r[Slot.fpsr] = newValue & 0xf800_009f }
  }
  public var floatingPointControl: UInt64 {
    get { r[Slot.fpcr] }
    set { r[Slot.fpcr] = newValue & 0x07c0_0000 }
  }

  /// The register's value as the highest level that may read it sees it.
  public func read(_ register: DebuggerRegister) -> UInt64 {
    let row = system.table.row(register.encoding)
    let stored = r[Int(truncatingIfNeeded: row.pointee.slot)] | row.pointee.ones
    let now = time.now
    time.now = currentTime
    defer { time.now = now }
    switch row.pointee.behaviour {
    case .midr: return row.pointee.reset
    case .mpidr: return multiprocessorAffinity
    case .dczid: return row.pointee.reset
    case .stackPointer0: return stackPointer(0)
    case .fpexc: return stored
    case .cntpct: return count(.physical)
    case .cntvct: return count(.virtual)
    case .timerTVAL: return readTimerValue(timerKind(register.encoding))
    case .pmcr: return Core.pmcrConstant | (self[.pmcrEL0] & Core.pmcrMask)
    case .pmSet, .pmClear, .pmccntr, .pmccfiltr, .pmevcntr, .pmevtyper:
      // As of when they were counted last.
      return r[Int(truncatingIfNeeded: row.pointee.slot)]
    case .nzcv, .daif, .spsel, .fpcr, .fpsr, .discard, .pmswinc, .pmxevcntr, .pmxevtyper, .oslar, .cacheNone,
      .icIVAU, .dcIVAC, .dcClean, .dcZVA, .addressTranslation, .tlbi:
      return 0
    default: return readSpecial(row, register.encoding) ?? 0
    }
  }

  /// False: the register is not writable.
  public func write(_ register: DebuggerRegister, _ value: UInt64) -> Bool {
    guard register.isWritable else { return false }
    let row = system.table.row(register.encoding)
    if row.pointee.behaviour == .stackPointer0 {
      setStackPointer(0, value)
    } else {
      _ = writeSpecial(row, register.encoding, value)
    }
    debuggerDidWrite()
    return true
  }

  /// State was changed from outside: what derives from it is made anew, and what was left of a block counts no
  /// more.
  private func debuggerDidWrite() {
    blockRest = 0
    linkFrom = nil
    contextDidChange()
  }

  /// The control registers of all regimes.
  public var translationControls: TranslationControls { controlsOfUnit }

  /// Where the core's program finds `address` now, at the level that it is at or another one.
  public func translate(_ address: UInt64, level: Int? = nil) -> Result<UInt64, TranslationFault> {
    unit.translate(address, with: translationControls, exceptionLevel: level ?? currentEL)
  }
}
