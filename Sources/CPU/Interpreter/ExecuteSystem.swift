import Fabric
import MMU

extension Core {
  /// The micro-ops that end a block and are not branches. On true `Slot.pc` is the next instruction; on
  /// false an exception was taken or the core waits.
  @inline(never)
  func executeSystem(_ block: BlockPointer, _ op: OpPointer) -> Bool {
    let u = op.pointee
    position(block, op)
    let rt = UInt8(truncatingIfNeeded: u.imm)
    var completed = true
    switch unsafeBitCast(u.op, to: Operation.self) {
    case .msr: completed = writeSystemRegister(u.aux, value: r.x(u.rn), rt: rt)
    case .msrImmediate: completed = msrImmediate(field: u.aux, imm: UInt32(truncatingIfNeeded: u.imm))
    case .sys: completed = systemInstruction(u.aux, value: r.x(u.rn), rt: rt)
    case .sysl:
      // No SYSL exists, but HCR_EL2.TIDCP traps those that are IMPLEMENTATION DEFINED.
      _ = systemInstructionWithResult(u.aux, rt: rt)
      completed = false
    case .svc:
      supervisorCall(UInt16(truncatingIfNeeded: u.imm))
      completed = false
    case .hvc:
      hypervisorCall(UInt16(truncatingIfNeeded: u.imm))
      completed = false
    case .smc:
      secureMonitorCall(UInt16(truncatingIfNeeded: u.imm))
      completed = false
    case .brk:
      breakpointInstruction(UInt16(truncatingIfNeeded: u.imm))
      completed = false
    case .hlt:
      haltInstruction(UInt16(truncatingIfNeeded: u.imm))
      completed = false
    case .dcps, .drps, .undefined:
      undefinedInstruction()
      completed = false
    case .eret:
      _ = exceptionReturn()
      completed = false
    case .floatTrap:
      _ = floatingPointTrap()
      completed = false
    case .wfi, .wfe:
      let place = r[Slot.pc]
      let waits = unsafeBitCast(u.op, to: Operation.self) == .wfi ? waitForInterrupt() : waitForEvent()
      if waits {
        r[Slot.pc] = place &+ 4
        advanceSoftwareStep()
      }
      if waits && waiting == .running {
        // A pending interrupt that is masked keeps WFI from waiting: a core that does nothing else in this
        // slice gives it away, as with YIELD.
        fallenThrough &+= 1
        yielded = fallenThrough >= 4
        return !yielded
      }
      if waiting != .running { r[Slot.attention] |= Attention.waiting }
      return waits && waiting == .running
    case .yield:
      // The rest of the slice is given away (docs/time.md).
      r[Slot.pc] = r[Slot.pc] &+ 4
      advanceSoftwareStep()
      yielded = true
      return false
    case .isb: break
    default: break
    }
    if completed { r[Slot.pc] = r[Slot.pc] &+ 4 }
    return completed
  }
}

/// Bits of `Slot.attention`. Any bit makes the core leave block execution at the end of the block.
public enum Attention {
  /// An interrupt input or its mask changed: `takePendingInterrupt` decides.
  public static let interrupt: UInt64 = 1
  /// WFI or WFE.
  public static let waiting: UInt64 = 2
  /// The run is to end (`stopReason`).
  public static let stop: UInt64 = 8
  /// Software step or breakpoints are looked at before the next instruction.
  public static let debug: UInt64 = 16
  /// The core is to pause before its next instruction: `Core.requestPause`.
  public static let pause: UInt64 = 32
}
