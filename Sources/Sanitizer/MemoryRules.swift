import CPU
import Fabric
import MMU

/// Rules on what cores do to memory that masters use.
extension DMASanitizer: MemoryObserver {
  /// Has the cores tell of what the rules need.
  func watchMemory() {
    let cluster = board.cluster
    if plan[.staleCache] != .off || plan[.syncWrongPage] != .off {
      caches = CacheRules(self)
      cluster.observeMemory(by: self, all: true)
    } else if plan[.race] != .off {
      busy.onPage = { cluster.watchPage($0, $1) }
      cluster.observeMemory(by: self)
    }
  }

  public func master(_ port: DMAPort, did progress: DMAProgress) {
    switch progress {
    case .began(let parts):
      // What the SD host reads is left out: an operating system may let programs go on writing to a page on
      // its way to the card, and write it once more.
      guard plan[.race] != .off else { return }
      busy.begin(parts.filter { $0.isWrite || port.name != "emmc2" }, port, at: board.time.now)
    case .stopped: busy.end(port.name)
    case .completed(let left, let reason):
      busy.end(port.name)
      guard left > 0 else { return }
      var finding = finding(.partial, port.name, "says that all is done, and has not moved \(left) bytes")
      finding.facts.append(("left", reason))
      add(finding, note: reason)
    }
  }

  public func core(_ core: Core, willAccess physical: UInt64, _ count: UInt64, isWrite: Bool, _ info: TLBInfo)
  {
    let range = physical..<physical &+ count
    caches?.access(core, range, isWrite: isWrite, info)
    if isWrite, let part = busy.part(overlapping: range),
      !repeats(.race, part.master, pc: core.programCounter, note: "")
    {
      var finding = finding(
        .race, part.master, "is going to \(part.isWrite ? "write" : "read") what a core stores to")
      finding.accessedBy = place(of: core)
      finding.facts.append(("store", "\(count) bytes at physical \(physical.hex())"))
      let last = part.range.upperBound &- 1
      finding.facts.append(("under way", "physical \(part.range.lowerBound.hex())...\(last.hex())"))
      add(finding, note: "")
    }
  }

  public func core(_ core: Core, maintains operation: CacheOperation, at physical: UInt64?) {
    caches?.maintain(core, operation, at: physical)
  }

  /// Where a core is.
  func place(of core: Core) -> MasterStore {
    var store = store(
      of: "", 0,
      BusAccess(
        address: PhysicalAddress(0), size: 4, isSecure: false,
        initiator: BusInitiator(kind: .core, index: UInt8(truncatingIfNeeded: core.index))))
    store.time = board.time.now
    return store
  }
}
