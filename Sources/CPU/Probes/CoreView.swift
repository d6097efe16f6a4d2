import Fabric
import MMU

/// What observers may read of a core in the middle of its turn. Nothing here has an effect.
extension Core {
  /// The stored word of a system register; what software reads may be a view of it.
  public func stored(_ register: SystemRegister) -> UInt64 { self[register] }

  /// The word of a register that exists at EL1, EL2 and EL3; `first` is the EL1 one, `level` 1...3.
  public func stored(_ first: SystemRegister, level: Int) -> UInt64 { banked(first, level) }

  /// X0...X30; XZR is 0.
  public func generalRegister(_ number: Int) -> UInt64 { number & 31 == 31 ? 0 : r[number & 31] }

  public var programCounter: UInt64 { r[Slot.pc] }

  /// Virtual ns of the instruction at hand. To be asked only by an observer that is being told something.
  public var observedTime: UInt64 { time.now }

  /// Instructions retired before the one at hand. To be asked only by an observer that is being told something.
  public var observedInstructions: UInt64 {
    let left = (sliceEnd &- time.now) / cluster.nanosecondsPerInstruction
    return r[Slot.retired] &+ sliceInstructions &- left
  }

  /// VTTBR_EL2.VMID, which has 8 bits on this core (D13.2.151).
  public var vmid: UInt16 { UInt16(truncatingIfNeeded: self[.vttbrEL2].bits(55, 48)) }
}

extension Core {
  /// Brings the translation unit up to date for a walk outside the current regime.
  public func prepareWalks() { flushTranslationControls() }
}
