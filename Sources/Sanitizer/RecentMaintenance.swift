import CPU
import Fabric
import MMU

/// The last cache maintenance by address, as runs of lines, with who did it; and what guests asked Xen to
/// maintain.
final class RecentMaintenance {
  struct Run {
    var range: Range<UInt64>
    var place: MasterStore
    /// `DC CVAC`, or the hypercall.
    var name: String
  }

  /// For each core, the newest last.
  private var runs: [[Run]]
  private static let limit = 16
  /// What lies longer back than this, in virtual ns, has nothing to do with a transfer.
  private static let age: UInt64 = 50_000_000

  init(cores: Int) { runs = [[Run]](repeating: [], count: cores) }

  func note(_ range: Range<UInt64>, _ name: String, by core: Int, place: () -> MasterStore, at time: UInt64) {
    guard runs.indices.contains(core) else { return }
    if let last = runs[core].last, last.range.upperBound == range.lowerBound, last.name == name {
      let index = runs[core].count - 1
      runs[core][index].range = last.range.lowerBound..<range.upperBound
      runs[core][index].place.time = time
      return
    }
    if runs[core].count >= Self.limit { runs[core].removeFirst() }
    runs[core].append(Run(range: range, place: place(), name: name))
  }

  /// A run that has all of a range; with `start`, one that begins there.
  func run(with range: Range<UInt64>, startingAt start: UInt64? = nil, at time: UInt64) -> Run? {
    for held in runs {
      for run in held.reversed()
      where run.range.lowerBound <= range.lowerBound
        && run.range.upperBound >= range.upperBound && time &- run.place.time < Self.age
        && (start == nil || run.range.lowerBound == start)
      { return run }
    }
    return nil
  }
}

/// Hears of GNTTABOP_cache_flush, by which a guest has Xen maintain the caches of a page by its machine
/// address (Xen's public headers, grant_table.h: operation 12 of hypercall 20).
final class CacheFlushCalls: CoreObserver {
  private let note: (Range<UInt64>, Core) -> Void
  private static let limit: UInt64 = 32

  init(_ cluster: Cluster, _ note: @escaping (Range<UInt64>, Core) -> Void) {
    self.note = note
    cluster.observe(.exceptions, by: self)
  }

  func core(_ core: Core, didTake exception: TakenException) {
    // HVC #0xEA1 (D13.2.37, EC 0x16; Xen's arch-arm.h).
    guard exception.target == 2, exception.source == 1, exception.kind == .synchronous,
      exception.syndrome >> 26 == 0x16, exception.syndrome & 0xffff == 0xea1,
      core.generalRegister(16) & 0xffff_ffff == 20, core.generalRegister(0) & 0xffff_ffff == 12
    else { return }
    let list = core.generalRegister(1)
    for number in 0..<min(core.generalRegister(2) & 0xffff_ffff, Self.limit) {
      // dev_bus_addr, offset, length, op; with bit 31 of op it is a grant reference.
      guard let address = word(core, list &+ number &* 16), let rest = word(core, list &+ number &* 16 &+ 8),
        rest >> 63 == 0
      else { return }
      let start = address &+ (rest & 0xffff)
      let end = start.addingReportingOverflow(max(1, rest >> 16 & 0xffff))
      guard !end.overflow, end.partialValue < 1 << 48 else { return }
      note(start & ~63..<(end.partialValue &+ 63) & ~63, core)
    }
  }

  /// Eight bytes at a VA of EL1.
  private func word(_ core: Core, _ address: UInt64) -> UInt64? {
    core.prepareWalks()
    guard address & 7 == 0,
      case .success(let physical, _) = core.unit.probe(address, .read, exceptionLevel: 1, stages: .both),
      let host = core.bus.hostAddress(ofRAM: physical.rawValue)
    else { return nil }
    return host.load(as: UInt64.self).littleEndian
  }
}
