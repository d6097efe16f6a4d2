import Fabric

/// Breakpoints (Arm DDI 0487, D2.9): six, of which the last two are context-aware.
extension Core {
  private static let contextAware = 4...5

  /// Whether an enabled breakpoint matches an instruction at `address` in the current state.
  public func breakpointMatches(_ address: UInt64) -> Bool {
    guard self[.mdscrEL1].bit(MDSCR.mde), generatesDebugExceptions else { return false }
    for number in 0..<6 where matchesBreakpoint(number, address) { return true }
    return false
  }

  private func matchesBreakpoint(_ number: Int, _ address: UInt64) -> Bool {
    let control = indexed(.dbgbcr0EL1, number)
    guard control.bit(0), debugStateMatches(control, level: level) else { return false }
    let kind = control.bits(23, 20)
    switch kind {
    case 0b0000, 0b0001:
      // BAS is always all bytes for A64; the address is compared as a 49-bit signed one.
      let value = indexed(.dbgbvr0EL1, number)
      guard (value ^ address) & 0x0001_ffff_ffff_fffc == 0 else { return false }
      return kind == 0 || matchesLinkedContext(Int(truncatingIfNeeded: control.bits(19, 16)))
    case 0b0010, 0b1000, 0b1010:
      return Self.contextAware.contains(number) && matchesContext(number)
    default:
      // The linked context types match only through another breakpoint or a watchpoint.
      return false
    }
  }

  /// The context half of a linked address breakpoint or watchpoint: breakpoint `number` must be enabled,
  /// context-aware and of a linked context type.
  func matchesLinkedContext(_ number: Int) -> Bool {
    guard Self.contextAware.contains(number) else { return false }
    let control = indexed(.dbgbcr0EL1, number)
    guard control.bit(0), control.bit(20), control.bits(23, 20) != 0b0001 else { return false }
    return matchesContext(number)
  }

  /// Compares CONTEXTIDR_EL1, VMID or both as DBGBCR.BT[3:1] asks; only EL0 and EL1 have a context.
  private func matchesContext(_ number: Int) -> Bool {
    guard level < 2 else { return false }
    let kind = indexed(.dbgbcr0EL1, number).bits(23, 20) & 0b1110
    let value = indexed(.dbgbvr0EL1, number)
    let isContextMatch = value.bits(31, 0) == self[.contextidrEL1].bits(31, 0)
    let isMachineMatch = isNonSecure && value.bits(39, 32) == self[.vttbrEL2].bits(55, 48)
    switch kind {
    case 0b0010: return isContextMatch
    case 0b1000: return isMachineMatch
    case 0b1010: return isContextMatch && isMachineMatch
    default: return false
    }
  }

  /// StateMatch(): HMC, SSC and PMC/PAC against the level and Security state (D2.9.3, D2.10.2).
  func debugStateMatches(_ control: UInt64, level: Int) -> Bool {
    let isHigher = control.bit(13)
    let security = control.bits(15, 14)
    let privilege = control.bits(2, 1)
    switch level {
    case 3: if !isHigher || security & 1 != 0 { return false }
    case 2: if !isHigher { return false }
    case 1: if privilege & 1 == 0 { return false }
    default: if privilege & 2 == 0 { return false }
    }
    let isSecure = level == 3 || !isNonSecure
    switch security {
    case 1: return !isSecure
    case 2: return isSecure
    default: return true
    }
  }
}
