import Fabric

/// Watchpoints (Arm DDI 0487, D2.10): four.
///
/// While one may match, the data contexts in the register block are numbers that no TLB entry carries: every
/// access takes the slow path, which asks `watchpointHit`.
extension Core {
  /// A watchpoint may match in the current state.
  @inline(__always)
  public var hasWatchpoints: Bool { r[Slot.mode] & BlockMode.watchpoints != 0 }

  /// Takes the Watchpoint exception and returns true if an access of `size` bytes is watched.
  ///
  /// - Parameter isUnprivileged: LDTR and STTR at EL1 count as EL0.
  public func watchpointHit(
    address: UInt64, size: UInt64, isWrite: Bool, isUnprivileged: Bool = false
  ) -> Bool {
    guard hasWatchpoints, self[.mdscrEL1].bit(MDSCR.mde), generatesDebugExceptions else { return false }
    let level = isUnprivileged && self.level == 1 ? 0 : self.level
    for number in 0..<4 {
      let control = indexed(.dbgwcr0EL1, number)
      guard control.bit(0), control.bit(isWrite ? 4 : 3), debugStateMatches(control, level: level) else {
        continue
      }
      let value = indexed(.dbgwvr0EL1, number)
      guard Self.watches(address, size, value: value, control: control) else { continue }
      let isLinked = control.bit(20)
      if isLinked && !matchesLinkedContext(Int(truncatingIfNeeded: control.bits(19, 16))) { continue }
      takeDebugException(
        .watchpointLower, .watchpointSame, specific: (isWrite ? 1 &<< 6 : 0) | 0b100010,
        faultAddress: address)
      return true
    }
    return false
  }

  /// Whether any byte of the access is selected by DBGWVR, BAS and MASK.
  private static func watches(_ address: UInt64, _ size: UInt64, value: UInt64, control: UInt64) -> Bool {
    let relevant: UInt64 = 0x0001_ffff_ffff_ffff
    let maskBits = control.bits(28, 24)
    let select = control.bits(12, 5)
    // With bit 2 of DBGWVR set the unit is a word and BAS[7:4] are ignored.
    let unitBits: UInt64 = value.bit(2) ? 2 : 3
    let span = maskBits >= 3 ? (1 &<< maskBits) &- 1 : (1 &<< unitBits) &- 1
    for offset in 0..<min(size, 64) {
      let byte = address &+ offset
      guard (byte ^ value) & relevant & ~span == 0 else { continue }
      if maskBits >= 3 || (select &>> (byte & ((1 &<< unitBits) &- 1))) & 1 != 0 { return true }
    }
    return false
  }
}
