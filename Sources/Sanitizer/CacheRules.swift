import CPU
import Fabric
import MMU

/// Rules on caches: no master of this board looks into the cores', so that software has to clean what they
/// read and to invalidate what they wrote (Arm DDI 0487, D4.4.1).
final class CacheRules {
  private unowned let sanitizer: DMASanitizer
  private let shadow: CacheShadow
  private let recent: RecentMaintenance
  private var calls: CacheFlushCalls?
  /// Who wrote a page last; forgotten when there are too many.
  private var writers: [UInt64: String] = [:]
  private static let writerLimit = 1 << 16

  init(_ sanitizer: DMASanitizer) {
    self.sanitizer = sanitizer
    shadow = CacheShadow(limit: sanitizer.board.ram.limit)
    recent = RecentMaintenance(cores: sanitizer.board.cluster.cores.count)
    if sanitizer.plan[.syncWrongPage] != .off {
      calls = CacheFlushCalls(sanitizer.board.cluster) { [unowned self] in
        note($0, "GNTTABOP_cache_flush", $1)
      }
    }
  }

  private func note(_ range: Range<UInt64>, _ name: String, _ core: Core) {
    recent.note(
      range, name, by: core.index, place: { sanitizer.place(of: core) }, at: sanitizer.board.time.now)
  }

  // MARK: Cores

  /// Write-back at both levels: what a Cortex-A72 caches.
  private static func isCached(_ info: TLBInfo) -> Bool {
    func isWriteBack(_ nibble: UInt8) -> Bool { nibble & 4 != 0 && nibble != 4 }
    let encoding = info.attributes.encoding
    return !info.contains(.deviceMemory) && isWriteBack(encoding >> 4) && isWriteBack(encoding & 0xf)
  }

  func access(_ core: Core, _ range: Range<UInt64>, isWrite: Bool, _ info: TLBInfo) {
    let isCached = Self.isCached(info)
    if isWrite { return shadow.store(range, isCached: isCached) }
    guard isCached, shadow.loadIsStale(range) else { return }
    let master = writers[range.lowerBound & ~0xfff] ?? "a master"
    if sanitizer.repeats(.staleCache, master, pc: core.programCounter, note: "load") { return }
    var finding = sanitizer.finding(.staleCache, master, "has written what a core reads out of its cache")
    finding.accessedBy = sanitizer.place(of: core)
    finding.facts.append(("load", "\(range.count) bytes at physical \(range.lowerBound.hex())"))
    finding.facts.append(
      (
        "line",
        "\((range.lowerBound & ~63).hex()), not invalidated (DC IVAC, CIVAC) since the master wrote it"
      ))
    sanitizer.add(finding, note: "load")
  }

  func maintain(_ core: Core, _ operation: CacheOperation, at physical: UInt64?) {
    guard let physical else { return shadow.removeAll() }
    shadow.maintain(physical, invalidates: operation != .clean)
    guard sanitizer.plan[.syncWrongPage] != .off else { return }
    let line = physical & ~63
    note(line..<line &+ 64, "DC \(operation.name)", core)
  }

  // MARK: Masters

  func transfer(_ transfer: DMATransfer, _ physical: UInt64) {
    guard transfer.window?.kind == .memory, transfer.count > 0 else { return }
    let range = physical..<physical &+ UInt64(clamping: transfer.count)
    guard sanitizer.board.ram.isRAM(physical, count: UInt64(clamping: transfer.count)) else { return }
    if transfer.isWrite {
      wrongPage(transfer, range)
      let line = shadow.write(range)
      noteWriter(transfer.port.name, range)
      guard let line else { return }
      var finding = sanitizer.finding(.staleCache, transfer)
      finding.facts.append(
        ("line", "physical \(line.hex()), dirty in a core's cache: to write it back undoes the transfer"))
      sanitizer.add(finding, note: "write")
    } else if let line = shadow.dirtyLine(read: range), !wrongPage(transfer, range) {
      var finding = sanitizer.finding(.staleCache, transfer)
      finding.facts.append(
        ("line", "physical \(line.hex()), stored to by a core and not cleaned (DC CVAC, CIVAC) since"))
      sanitizer.add(finding, note: "read")
    }
  }

  private func noteWriter(_ name: String, _ range: Range<UInt64>) {
    if writers.count > Self.writerLimit { writers = [:] }
    var page = range.lowerBound & ~0xfff
    while page < range.upperBound {
      writers[page] = name
      page &+= 0x1000
    }
  }

  /// Whether the page that is the transfer's address taken as a physical one was maintained in place of the
  /// page that is meant. True: it was, and that is said. For a write, that the buffer's own lines were not
  /// maintained and that the run begins where the transfer does has to tell it from chance.
  @discardableResult
  private func wrongPage(_ transfer: DMATransfer, _ range: Range<UInt64>) -> Bool {
    let address = transfer.address
    guard sanitizer.plan[.syncWrongPage] != .off, transfer.role == .data, address != range.lowerBound,
      address < 1 << 48
    else { return false }
    let now = sanitizer.board.time.now
    let end = address &+ UInt64(clamping: transfer.count)
    let start = address & ~63
    guard let run = recent.run(with: address..<end, startingAt: transfer.isWrite ? start : nil, at: now),
      recent.run(with: range, at: now) == nil
    else { return false }
    var finding = sanitizer.finding(.syncWrongPage, transfer)
    finding.accessedBy = run.place
    finding.facts.append(
      ("reaches", "physical page \((range.lowerBound & ~0xfff).hex()), which was not maintained"))
    finding.facts.append(
      (
        "maintained",
        "\(run.name) of \(run.range.lowerBound.hex())...\((run.range.upperBound &- 1).hex()): "
          + "the bus address, taken as a physical one"
      ))
    finding.facts.append(("expected", "the same of physical \(range.lowerBound.hex())"))
    sanitizer.add(finding, note: "")
    return true
  }
}

extension CacheOperation {
  fileprivate var name: String {
    switch self {
    case .clean: "CVAC"
    case .invalidate: "IVAC"
    case .cleanAndInvalidate: "CIVAC"
    case .setAndWay: "CISW"
    }
  }
}
