import Fabric
import MMU

/// Cache maintenance as an observer of memory hears of it (Arm DDI 0487, D4.4.8).
public enum CacheOperation: Sendable {
  /// To the point of coherency: DC CVAC.
  case clean
  /// DC IVAC; what a guest behind stage 2 executes cleans too.
  case invalidate
  /// DC CIVAC.
  case cleanAndInvalidate
  /// By set and way, of whatever lies there: DC ISW, CSW, CISW.
  case setAndWay
}

/// Hears of cores' accesses to memory. It may look at everything and change nothing that a guest could see.
public protocol MemoryObserver: AnyObject {
  /// A core is about to load or store bytes of RAM, which do not leave their page; it is at the instruction.
  func core(_ core: Core, willAccess physical: UInt64, _ count: UInt64, isWrite: Bool, _ info: TLBInfo)
  /// A core executes an operation on the line at a physical address; without one for `setAndWay`.
  func core(_ core: Core, maintains operation: CacheOperation, at physical: UInt64?)
}

extension Cluster {
  /// From now on `observer` hears of stores to pages that are watched (`watchPage`), and of all accesses and
  /// of cache maintenance if it wants them; then each access takes the slow path. Nil ends it.
  public func observeMemory(by observer: (any MemoryObserver)?, all: Bool = false) {
    memoryObserver = observer
    observesAllMemory = all && observer != nil
    for core in cores { core.debuggerDidChange() }
  }

  /// Has the observer of memory hear of stores to the page of a physical address of RAM, or not any more.
  public func watchPage(_ physical: UInt64, _ isWatched: Bool) {
    guard bus.ram.isRAM(physical) else { return }
    let number = Int(truncatingIfNeeded: physical >> 12)
    guard isWatched else {
      bus.ram.pageFlags[number] &= ~PageFlag.watched
      return
    }
    guard bus.ram.pageFlags[number] & PageFlag.watched == 0 else { return }
    bus.ram.pageFlags[number] |= PageFlag.watched
    for core in cores { core.unit.dropWriteTags(physicalPage: physical) }
  }

  /// Whether accesses take the slow path because somebody looks at them.
  var looksAtAccesses: Bool { debugger.isWatching || observesAllMemory }
}

extension Core {
  /// A store to a watched page.
  @inline(never)
  func announceStore(
    _ physical: UInt64, _ size: UInt64, _ info: TLBInfo, _ block: BlockPointer, _ op: OpPointer
  ) {
    position(block, op)
    cluster.memoryObserver?.core(self, willAccess: physical, size, isWrite: true, info)
    resume(block, op)
  }

  /// Any access, while all are heard of; the core is positioned.
  @inline(never)
  func announceAccess(_ physical: UInt64, _ size: UInt64, isWrite: Bool, _ info: TLBInfo) {
    guard !info.contains(.io) else { return }
    cluster.memoryObserver?.core(self, willAccess: physical, size, isWrite: isWrite, info)
  }

  /// Maintenance by a virtual address that translates; others are of no interest.
  @inline(never)
  func announceMaintenance(_ behaviour: RegisterBehaviour, _ encoding: UInt32, at physical: UInt64?) {
    let operation: CacheOperation
    // CRm tells them apart (C5.3).
    switch (behaviour, encoding.bits(6, 3)) {
    case (.dcIVAC, _): operation = .invalidate
    case (.dcClean, 10): operation = .clean
    case (.dcClean, 14): operation = .cleanAndInvalidate
    case (.cacheNone, 6), (.cacheNone, 10), (.cacheNone, 14): operation = .setAndWay
    default: return
    }
    cluster.memoryObserver?.core(self, maintains: operation, at: physical)
  }
}
