import Fabric
import MMU

/// A halted machine does not stop its cores: Xen and Linux end in a loop like `1: wfi; b 1b` with interrupts
/// masked, and where an interrupt is pending each WFI falls through. The run loop would execute that for ever.
///
/// A core is in a dead end when its program can do nothing but go round a closed loop of hints, barriers and
/// unconditional branches, and no interrupt, should one come, could be taken. Nothing but a reset leads out:
/// no load could see another core's store.
extension Core {
  /// Whether only a reset or another core could ever make this core do something. Costs a few table walks;
  /// ask rarely.
  public var isInDeadEnd: Bool {
    if waiting == .stopped { return true }
    if waitsForAnotherCore { return true }
    guard level > 0, r[Slot.mode] & (BlockMode.softwareStep | BlockMode.breakpoints) == 0 else {
      return false
    }
    return !couldTakeInterrupt && goesRoundIdly(from: r[Slot.pc])
  }

  /// In WFE, as secondary cores are in the boot stub, with no interrupt that could be taken, no event stream
  /// and no monitor that could open: only another core's SEV ends that.
  private var waitsForAnotherCore: Bool {
    let hasEventStream = self[.cntkctlEL1].bit(2) || self[.cnthctlEL2].bit(2)
    return waiting == .event && r[Slot.event] == 0 && r[Slot.exclusive] == 0 && !hasEventStream
      && !couldTakeInterrupt
  }

  /// Whether an interrupt would be taken if the GIC signalled one. Secure FIQs and SErrors, which nothing on
  /// this board raises, count only when they are there.
  private var couldTakeInterrupt: Bool {
    let inputs = interruptInputs
    defer { interruptInputs = inputs }
    interruptInputs.formUnion([.irq, .virtualIRQ, .virtualFIQ])
    return hasUnmaskedInterrupt
  }

  private func goesRoundIdly(from start: UInt64) -> Bool {
    let isWaitTrapped =
      level < 2 && hcr & (1 &<< UInt64(HCR.twi) | 1 &<< UInt64(HCR.twe)) != 0
      || level < 3 && scr & (1 &<< UInt64(SCR.twi) | 1 &<< UInt64(SCR.twe)) != 0
    var visited: [UInt64] = []
    var pc = start
    for _ in 0..<16 {
      if visited.contains(pc) { return true }
      visited.append(pc)
      guard let word = instruction(at: pc) else { return false }
      switch word {
      case _ where word & 0xfc00_0000 == 0x1400_0000:  // B
        let offset = Int64(Int32(bitPattern: word &<< 6) &>> 4)
        pc = pc &+ UInt64(bitPattern: offset)
        continue
      case 0xd503_205f, 0xd503_207f:  // WFE, WFI
        if isWaitTrapped { return false }
      case _ where word & 0xffff_f01f == 0xd503_201f: break  // other hints
      case _ where [0xd503_309f, 0xd503_30bf, 0xd503_30df].contains(word & 0xffff_f0ff): break  // DSB, DMB, ISB
      default: return false
      }
      pc = pc &+ 4
    }
    return false
  }

  /// The instruction word at a virtual address, without any effect of fetching it.
  private func instruction(at pc: UInt64) -> UInt32? {
    guard pc & 3 == 0,
      case .success(let physical, _) = unit.probe(pc, .execute, exceptionLevel: currentEL, stages: .both),
      let bytes = bus.ram.bytes(at: physical.rawValue, count: 4)
    else { return nil }
    return bytes.reversed().reduce(0) { $0 &<< 8 | UInt32($1) }
  }
}
