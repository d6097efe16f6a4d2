import Fabric

extension Core {
  /// AArch64.BranchAddr (Arm DDI 0487, J1.1.3): with top-byte-ignore the tag of a branch target does not
  /// reach the PC. Applied when a fetch misses, which a tagged address always does first.
  func canonicalBranchTarget(_ pc: UInt64) -> UInt64 {
    switch currentEL {
    case 0, 1:
      let control = self[.tcrEL1]
      let ignoresTop = pc.bit(55) ? control.bit(38) : control.bit(37)
      return ignoresTop ? pc.signExtended(from: 56) : pc
    case 2: return self[.tcrEL2].bit(20) ? pc & 0x00ff_ffff_ffff_ffff : pc
    default: return self[.tcrEL3].bit(20) ? pc & 0x00ff_ffff_ffff_ffff : pc
    }
  }

  /// After one instruction that began in `mode`, which has a bit of debug.
  func didStep(_ exit: BlockExit, mode: UInt64) {
    if mode & BlockMode.softwareStep != 0 && exit != .exception { advanceSoftwareStep() }
    contextDidChange()
    // The step became inactive (MSR DAIFSet): if it is active again, it is not by what was stepped here.
    if r[Slot.mode] & BlockMode.softwareStep == 0 { r[Slot.softwareStep] &= 1 }
  }
}
