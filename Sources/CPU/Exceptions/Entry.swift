import Fabric

/// Taking an exception: AArch64.TakeException() of Arm DDI 0487, J1.1.2, and D1.10.
extension Core {
  /// Where in each quarter of the vector table a kind of exception enters (D1.10.2).
  enum Vector: UInt64 {
    case synchronous = 0x000, irq = 0x080, fiq = 0x100, sError = 0x180

    var kind: TakenException.Kind {
      switch self {
      case .synchronous: .synchronous
      case .irq: .irq
      case .fiq: .fiq
      case .sError: .sError
      }
    }
  }

  /// PSTATE in the format of SPSR_ELx (C5.2.18).
  public var processorState: UInt64 {
    var value = r.nzcv
    value |= (r[Slot.softwareStep] & 1) &<< 21
    value |= (r[Slot.illegal] & 1) &<< 20
    value |= r[Slot.daif] & Mask.all
    value |= (r[Slot.currentEL] & 3) &<< 2
    return value | (r[Slot.spsel] & 1)
  }

  /// Enters the exception handler at `target` (1...3, not below the current level).
  ///
  /// - Parameters:
  ///   - target: the Exception level that takes it.
  ///   - vector: the kind of exception.
  ///   - returnAddress: the preferred return address, for ELR_ELx.
  ///   - syndrome: ESR_ELx; nil leaves it (IRQ and FIQ).
  ///   - faultAddress: FAR_ELx; nil leaves it.
  ///   - isVirtual: whether an interrupt is the virtual one; only observers ask.
  func takeException(
    to target: Int, _ vector: Vector, returnAddress: UInt64, syndrome: UInt64?, faultAddress: UInt64? = nil,
    isVirtual: Bool = false
  ) {
    let source = level
    var offset = vector.rawValue
    if target > source {
      // Lower levels are AArch64: this core never executes AArch32.
      offset |= 0x400
    } else if r[Slot.spsel] & 1 != 0 {
      offset |= 0x200
    }
    setBanked(.spsrEL1, target, processorState)
    setBanked(.elrEL1, target, returnAddress)
    if let syndrome { setBanked(.esrEL1, target, syndrome) }
    if let faultAddress { setBanked(.farEL1, target, faultAddress) }

    switchStackPointer(level: target, selection: 1)
    r[Slot.currentEL] = UInt64(truncatingIfNeeded: target)
    r[Slot.daif] = Mask.all
    r[Slot.illegal] = 0
    r[Slot.softwareStep] = 0
    r[Slot.pc] = banked(.vbarEL1, target) &+ offset
    waiting = waiting == .stopped ? .stopped : .running
    adoptContext()
    if _slowPath(!observed.isEmpty) {
      announce(
        TakenException(
          kind: vector.kind, source: UInt8(truncatingIfNeeded: source), target: UInt8(truncatingIfNeeded: target),
          syndrome: syndrome ?? 0, faultAddress: faultAddress, returnAddress: returnAddress,
          isVirtual: isVirtual))
    }
  }

  /// A synchronous exception whose preferred return address is the current instruction.
  func takeSynchronous(to target: Int, _ syndrome: UInt64, faultAddress: UInt64? = nil) {
    takeException(
      to: target, .synchronous, returnAddress: r[Slot.pc], syndrome: syndrome, faultAddress: faultAddress)
  }

  /// The level for synchronous exceptions that nothing routes specially: EL1 from EL0 (EL2 with
  /// HCR_EL2.TGE), else the current level.
  var defaultTarget: Int {
    let source = level
    if source == 0 { return trapsGeneral ? 2 : 1 }
    return source
  }

  // MARK: Stack pointers (D1.7.2)

  /// The bank of the current stack pointer: SP_EL0 or SP_ELx.
  @inline(__always)
  private var stackBank: Int { r[Slot.spsel] & 1 != 0 ? level : 0 }

  /// Banks the current stack pointer and makes that of `level` and `selection` (PSTATE.SP) current; the
  /// caller sets PSTATE.EL.
  @inline(__always)
  func switchStackPointer(level target: Int, selection: UInt64) {
    r[Slot.spEL0 &+ stackBank] = r[Slot.sp]
    r[Slot.spsel] = selection & 1
    r[Slot.sp] = r[Slot.spEL0 &+ (selection & 1 != 0 ? target & 3 : 0)]
  }

  /// Reads SP_EL0...SP_EL3, whichever is current.
  public func stackPointer(_ bank: Int) -> UInt64 {
    bank & 3 == stackBank ? r[Slot.sp] : r[Slot.spEL0 &+ (bank & 3)]
  }

  public func setStackPointer(_ bank: Int, _ value: UInt64) {
    r[Slot.spEL0 &+ (bank & 3)] = value
    if bank & 3 == stackBank { r[Slot.sp] = value }
  }

  /// MSR SPSel.
  func selectStackPointer(_ selection: UInt64) {
    switchStackPointer(level: level, selection: selection)
    adoptContext()
  }
}
