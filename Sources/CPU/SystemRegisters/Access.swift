import Fabric

/// MRS, MSR (register), MSR (immediate), SYS and SYSL: existence, privilege and traps, then the effect.
///
/// An access that is UNDEFINED or trapped has taken its exception when nil or false comes back.
extension Core {
  /// MRS.
  ///
  /// - Parameters:
  ///   - encoding: instruction bits 20:5, op0:op1:CRn:CRm:op2.
  ///   - rt: the destination, for the syndrome.
  public func readSystemRegister(_ encoding: UInt32, rt: UInt8) -> UInt64? {
    let row = system.table.row(encoding)
    guard UInt8(truncatingIfNeeded: level) >= row.pointee.readLevel else {
      rejectAccess(encoding, row, rt: rt, isRead: true)
      return nil
    }
    if hasRules(row) && isTrapped(row, encoding, rt: rt, isRead: true) { return nil }
    if row.pointee.behaviour == .storage {
      return r[Int(truncatingIfNeeded: row.pointee.slot)] | row.pointee.ones
    }
    return readSpecial(row, encoding)
  }

  /// MSR (register).
  public func writeSystemRegister(_ encoding: UInt32, value: UInt64, rt: UInt8) -> Bool {
    let row = system.table.row(encoding)
    guard UInt8(truncatingIfNeeded: level) >= row.pointee.writeLevel else {
      rejectAccess(encoding, row, rt: rt, isRead: false)
      return false
    }
    if hasRules(row) && isTrapped(row, encoding, rt: rt, isRead: false) { return false }
    if row.pointee.behaviour == .storage {
      store(row, value)
      return true
    }
    return writeSpecial(row, encoding, value)
  }

  /// SYS: cache, TLB and address translation instructions; `value` is Xt.
  public func systemInstruction(_ encoding: UInt32, value: UInt64, rt: UInt8) -> Bool {
    let row = system.table.row(encoding)
    guard UInt8(truncatingIfNeeded: level) >= row.pointee.writeLevel else {
      rejectAccess(encoding, row, rt: rt, isRead: false)
      return false
    }
    if hasRules(row) && isTrapped(row, encoding, rt: rt, isRead: false) { return false }
    return execute(row, encoding, value)
  }

  /// SYSL: the Cortex-A72 has none.
  public func systemInstructionWithResult(_ encoding: UInt32, rt: UInt8) -> UInt64? {
    rejectAccess(encoding, system.table.rows, rt: rt, isRead: true)
    return nil
  }

  /// Merges the writable bits into the stored word.
  @inline(__always)
  func store(_ row: UnsafePointer<RegisterRow>, _ value: UInt64) {
    let slot = Int(truncatingIfNeeded: row.pointee.slot)
    let mask = row.pointee.mask
    r[slot] = (r[slot] & ~mask) | (value & mask) | row.pointee.ones
  }

  // MARK: UNDEFINED and traps

  /// UNDEFINED, with a word to the person when the register does not exist at all.
  private func rejectAccess(
    _ encoding: UInt32, _ row: UnsafePointer<RegisterRow>, rt: UInt8, isRead: Bool
  ) {
    // HCR_EL2.TIDCP traps unallocated IMPLEMENTATION DEFINED encodings as well (D13.2.46).
    let isImplementationDefined = encoding.bits(10, 7) & 0b1011 == 0b1011 && encoding.bits(14, 14) == 1
    if isImplementationDefined && level == 1 && isNonSecure && hcr.bit(20) {
      takeSynchronous(to: 2, Syndrome.systemRegister(encoding, rt: rt, isRead: isRead))
      return
    }
    if row == system.table.rows {
      let name = SystemRegisterTable.genericName(encoding)
      log.once(
        .notModelled, source: "cpu", key: name,
        message: "system register \(name) does not exist on this core, first at pc \(r[Slot.pc].hex())")
    }
    undefinedInstruction()
  }

  /// Whether any rule of the register applies to accesses from the current level.
  @inline(__always)
  private func hasRules(_ row: UnsafePointer<RegisterRow>) -> Bool {
    (row.pointee.ruleLevels &>> UInt8(truncatingIfNeeded: level)) & 1 != 0
  }

  /// Checks the rules of a register; takes the trap and returns true when one holds.
  private func isTrapped(
    _ row: UnsafePointer<RegisterRow>, _ encoding: UInt32, rt: UInt8, isRead: Bool
  ) -> Bool {
    let level = self.level
    var exclusions = row.pointee.ruleExclusions
    var numbers = row.pointee.rules
    for _ in 0..<Int(truncatingIfNeeded: row.pointee.ruleCount) {
      let isExcluded = exclusions & (isRead ? 1 : 2) != 0
      let rule = system.table.rules + Int(truncatingIfNeeded: numbers & 0xff)
      exclusions &>>= 2
      numbers &>>= 8
      if isExcluded || !holds(rule, level: level, isRead: isRead) { continue }
      takeTrap(rule.pointee.outcome, encoding, rt: rt, isRead: isRead)
      return true
    }
    return false
  }

  private func holds(_ rule: UnsafePointer<TrapRule>, level: Int, isRead: Bool) -> Bool {
    let rule = rule.pointee
    guard (rule.levels &>> UInt8(truncatingIfNeeded: level)) & 1 != 0 else { return false }
    guard isRead ? rule.reads : rule.writes else { return false }
    if rule.outcome == .el2 && !isNonSecure { return false }
    if rule.followsTGE && hcr.bit(HCR.tge) { return true }
    let isSet = r[Int(truncatingIfNeeded: rule.control)] & rule.bits != 0
    return isSet == rule.whenSet
  }

  private func takeTrap(_ outcome: TrapRule.Outcome, _ encoding: UInt32, rt: UInt8, isRead: Bool) {
    let syndrome = Syndrome.systemRegister(encoding, rt: rt, isRead: isRead)
    switch outcome {
    case .undefined: undefinedInstruction()
    case .el1: takeSynchronous(to: trapsGeneral ? 2 : 1, syndrome)
    case .el2: takeSynchronous(to: 2, syndrome)
    case .el3: takeSynchronous(to: 3, syndrome)
    }
  }

  // MARK: MSR (immediate)

  /// MSR (immediate): DAIFSet, DAIFClr and SPSel (C6.2.187).
  ///
  /// - Parameters:
  ///   - field: op1:op2 of the instruction.
  ///   - imm: CRm, 0...15.
  public func msrImmediate(field: UInt32, imm: UInt32) -> Bool {
    let el = level
    switch field {
    case 0b011_110, 0b011_111:
      if el == 0 && !self[.sctlrEL1].bit(9) {
        // SCTLR_EL1.UMA; op0 = 0, CRn = 4 in the syndrome.
        let encoding: UInt32 = (3 &<< 11) | (4 &<< 7) | ((imm & 15) &<< 3) | (field & 7)
        takeTrap(.el1, encoding, rt: 31, isRead: false)
        return false
      }
      let bits = UInt64(imm & 15) &<< 6
      setInterruptMasks(field & 1 == 0 ? r[Slot.daif] | bits : r[Slot.daif] & ~bits)
      return true
    case 0b000_101 where el > 0:
      selectStackPointer(UInt64(imm & 1))
      return true
    default:
      undefinedInstruction()
      return false
    }
  }

  /// Does in mid-block what may be trapped, with PC and time as the instruction has them. False: it was trapped.
  @inline(__always)
  private func atInstruction(_ block: BlockPointer, _ op: OpPointer, _ succeeds: () -> Bool) -> Bool {
    position(block, op)
    guard succeeds() else {
      abandon(block, op)
      return false
    }
    resume(block, op)
    return true
  }

  /// MSR to a register of which `SystemRegister.isStored` is true, inside a block. False: it was trapped.
  func writeStored(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    atInstruction(block, op) { writeSystemRegister(u.aux, value: r.x(u.rn), rt: UInt8(truncatingIfNeeded: u.imm)) }
  }

  /// Cache maintenance inside a block. False: an exception was taken.
  func maintain(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    atInstruction(block, op) { systemInstruction(u.aux, value: r.x(u.rn), rt: UInt8(truncatingIfNeeded: u.imm)) }
  }

  /// DAIFClr and MSR DAIF, right before the end of a block: the next one is looked up if the mode may change.
  func clearInterruptMasks(_ value: UInt64) {
    setInterruptMasks(value)
    if system.guestDebugIsActive { r[Slot.attention] |= Core.interruptAttention }
  }

  /// Sets PSTATE.DAIF.
  @inline(__always)
  func setInterruptMasks(_ value: UInt64) {
    r[Slot.daif] = value & Mask.all
    if system.debugIsActive {
      adoptContext()
    } else {
      raiseAttentionIfInterruptible()
    }
  }
}
