import Fabric
import MMU

/// Exclusive monitors (Arm DDI 0487, B2.9). Granule: 64 bytes, by physical address.
///
/// Cores take turns, so another core can only store between a load-exclusive and its store-exclusive when
/// the slice ends there. Then, and only then, the page is flagged `monitored`: other cores' stores to it
/// take the slow path, which clears the monitor and signals the event, as the global monitor does.
extension Core {
  static let granuleMask: UInt64 = ~63

  /// Physical address of `address` for an exclusive access, or nil after the exception.
  private func exclusiveAddress(
    _ address: UInt64, _ size: UInt64, _ kind: AccessKind, _ block: BlockPointer, _ op: OpPointer
  ) -> (physical: UInt64, info: TLBInfo)? {
    if address & (size &- 1) != 0 {
      alignmentFault(address, isWrite: kind == .write, block, op)
      return nil
    }
    return translate(address, kind, currentEL, block, op)
  }

  /// LDXR, LDAXR: aux = size.
  func loadExclusive(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux)
    let address = r.x(u.rn)
    guard let (physical, _) = exclusiveAddress(address, size, .read, block, op) else { return false }
    guard readGuest(address, size, currentEL, block, op) else { return false }
    r[Slot.exclusive] = (physical & Core.granuleMask) | 1
    r.setX(u.rd, r[Slot.result])
    return true
  }

  /// LDXP, LDAXP: aux = size of one register.
  func loadExclusivePair(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux)
    let address = r.x(u.rn)
    guard let (physical, _) = exclusiveAddress(address, size &* 2, .read, block, op) else { return false }
    guard readGuest(address, size, currentEL, block, op) else { return false }
    let first = r[Slot.result]
    guard readGuest(address &+ size, size, currentEL, block, op) else { return false }
    r[Slot.exclusive] = (physical & Core.granuleMask) | 1
    r.setX(u.rd, first)
    r.setX(u.rm, r[Slot.result])
    return true
  }

  /// STXR, STLXR: rd = data, rm = status, aux = size.
  func storeExclusive(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux)
    let address = r.x(u.rn)
    guard let passed = storeExclusivePasses(address, size, block, op) else { return false }
    if passed {
      guard writeGuest(address, size, r.x(u.rd), currentEL, block, op) else { return false }
    }
    r.setX(u.rm, passed ? 0 : 1)
    return true
  }

  /// STXP, STLXP: rd, imm = data slots, rm = status, aux = size of one register.
  func storeExclusivePair(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux)
    let address = r.x(u.rn)
    guard let passed = storeExclusivePasses(address, size &* 2, block, op) else { return false }
    if passed {
      let second = r.x(UInt8(truncatingIfNeeded: u.imm))
      guard writeGuest(address, size, r.x(u.rd), currentEL, block, op),
        writeGuest(address &+ size, size, second, currentEL, block, op)
      else { return false }
    }
    r.setX(u.rm, passed ? 0 : 1)
    return true
  }

  /// ExclusiveMonitorsPass: nil after an exception. Clears the local monitor.
  private func storeExclusivePasses(
    _ address: UInt64, _ size: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool? {
    if address & (size &- 1) != 0 {
      alignmentFault(address, isWrite: true, block, op)
      return nil
    }
    guard r[Slot.exclusive] != 0 else { return false }
    guard let (physical, _) = translate(address, .write, currentEL, block, op) else { return nil }
    let passed = r[Slot.exclusive] == (physical & Core.granuleMask) | 1
    r[Slot.exclusive] = 0
    return passed
  }

  /// The core's turn ends with an open monitor: from here on other cores' stores must be seen.
  func exportMonitor() {
    let marked = r[Slot.exclusive]
    guard marked != 0 else { return }
    let page = marked & ~0xfff
    guard page < bus.ram.limit else { return }
    let number = Int(truncatingIfNeeded: page >> 12)
    guard bus.ram.pageFlags[number] & PageFlag.monitored == 0 else { return }
    bus.ram.pageFlags[number] |= PageFlag.monitored
    // This core's tags go, too: another core's monitor may come to the page while the flag is up.
    for core in cluster.cores { core.unit.dropWriteTags(physicalPage: page) }
  }
}

extension Cluster {
  /// Before a store of `size` bytes reaches RAM on the slow path. True: the page is watched.
  @discardableResult
  func willStore(_ physical: UInt64, _ size: UInt64, from index: Int) -> Bool {
    let number = Int(truncatingIfNeeded: physical >> 12)
    let flags = bus.ram.pageFlags[number]
    guard flags != 0 else { return false }
    if flags & PageFlag.code != 0 { cache.willWrite(physical, count: size) }
    if flags & PageFlag.monitored != 0 { clearMonitors(physical, size, except: index) }
    return flags & PageFlag.watched != 0
  }

  /// Clears other cores' monitors on the granules written and signals their event registers; drops the
  /// page's flag when no monitor is left in it.
  func clearMonitors(_ physical: UInt64, _ size: UInt64, except index: Int) {
    let first = physical & Core.granuleMask
    let last = (physical &+ (size &- 1)) & Core.granuleMask
    let page = physical & ~0xfff
    var remaining = false
    for core in cores {
      let marked = core.r[Slot.exclusive]
      guard marked != 0 else { continue }
      let granule = marked & ~1
      if core.index != index && granule >= first && granule <= last {
        core.r[Slot.exclusive] = 0
        core.r[Slot.event] = 1
      } else if granule & ~0xfff == page && core.index != index {
        remaining = true
      }
    }
    if !remaining { bus.ram.pageFlags[Int(truncatingIfNeeded: page >> 12)] &= ~PageFlag.monitored }
  }
}

extension Cluster {
  /// Before a master other than a core writes `count` bytes of RAM.
  public func willStoreFromOutside(_ physical: UInt64, _ count: UInt64) {
    var address = physical
    let (end, overflow) = physical.addingReportingOverflow(count)
    guard !overflow, end <= bus.ram.limit else { return }
    while address < end {
      let stop = min(end, (address & ~0xfff) &+ 0x1000)
      willStore(address, stop &- address, from: -1)
      address = stop
    }
  }
}
