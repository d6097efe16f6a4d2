/// What one VMID's stage-2 tables map, as far as the trace tells.
struct StageTwoMap {
  struct Range: Equatable {
    var ipa: UInt64
    var size: UInt64
    var pa: UInt64
    /// `rwx`, `rw-`, with a `d` behind for Device memory.
    var rights: String

    /// The last byte, so that a range up to the end of the address space has one.
    var last: UInt64 { ipa &+ (size &- 1) }
  }

  /// Pages that faulted without a mapping: what lies there, and how often.
  struct Hole: Equatable {
    var page: UInt64
    var place: String
    var count: Int
  }

  var vmid: UInt64
  var domain: String?
  var ranges: [Range] = []
  var holes: [Hole] = []
  /// Whether the trace has the whole map, not only what walks passed.
  var isWhole = false
  var isIncomplete = false

  var name: String { domain ?? "VMID \(vmid)" }

  /// For each VMID that has anything, lowest first. VMID 0 is no guest's.
  static func all(_ trace: Trace) -> [StageTwoMap] {
    var maps: [UInt64: StageTwoMap] = [:]
    var seen: [UInt64: [UInt64: Range]] = [:]
    var holes: [UInt64: [UInt64: Hole]] = [:]
    for record in trace.records {
      let vmid = record.guest.vmid
      guard vmid != 0 else { continue }
      switch record.kind {
      case .stageTwoMap:
        let fields = trace.fields(of: record)
        var map = StageTwoMap(vmid: vmid, domain: trace.domain(record.guest), isWhole: true)
        map.ranges = fields.list("mappings").compactMap(range)
        map.isIncomplete = fields.flag("incomplete")
        maps[vmid] = map
      case .stageTwoFault:
        let facts = FaultFacts(record, trace.fields(of: record))
        for step in facts.stageOne {
          if let leaf = leaf(of: step.nested, at: step.address) { seen[vmid, default: [:]][leaf.ipa] = leaf }
        }
        guard let ipa = facts.ipa else { continue }
        if let leaf = leaf(of: facts.stageTwo, at: ipa) {
          seen[vmid, default: [:]][leaf.ipa] = leaf
        } else {
          let page = ipa & ~0xfff
          holes[vmid, default: [:]][page, default: Hole(page: page, place: facts.group, count: 0)].count += 1
        }
      default: continue
      }
    }
    for vmid in Set(seen.keys).union(holes.keys) {
      var map = maps[vmid] ?? StageTwoMap(vmid: vmid, domain: trace.domain(TraceGuest(vmid: vmid, vcpu: 0)))
      if !map.isWhole { map.ranges = (seen[vmid] ?? [:]).values.sorted { $0.ipa < $1.ipa } }
      map.holes = (holes[vmid] ?? [:]).values.sorted { $0.page < $1.page }
      maps[vmid] = map
    }
    return maps.values.sorted { $0.vmid < $1.vmid }.map { $0.joined() }
  }

  private static func range(_ value: TraceValue) -> Range? {
    guard case .list(let parts) = value, parts.count >= 4, case .hexadecimal(let ipa) = parts[0],
      case .hexadecimal(let size) = parts[1], case .hexadecimal(let pa) = parts[2], case .text(let rights) = parts[3],
      size > 0
    else { return nil }
    return Range(ipa: ipa, size: size, pa: pa, rights: rights)
  }

  private static func leaf(of walk: [WalkFacts], at ipa: UInt64) -> Range? {
    guard let last = walk.last, let output = last.output, let size = last.size, size > 0 else { return nil }
    let words = last.rights ?? ""
    var rights = words.hasPrefix("read-write") ? "rw" : words.hasPrefix("read-only") ? "r-" : words.hasPrefix("write-only") ? "-w" : "--"
    rights += words.contains("no execution") ? "-" : "x"
    if words.contains("device") { rights += "d" }
    return Range(ipa: ipa & ~(size - 1), size: size, pa: output, rights: rights)
  }

  /// Neighbours that go on in both address spaces become one.
  private func joined() -> StageTwoMap {
    var map = self
    map.ranges = []
    for range in ranges.sorted(by: { ($0.ipa, $0.size) < ($1.ipa, $1.size) }) {
      if let last = map.ranges.last, last.ipa &+ last.size == range.ipa, last.pa &+ last.size == range.pa,
        last.rights == range.rights, last.size.addingReportingOverflow(range.size).overflow == false
      {
        map.ranges[map.ranges.count - 1].size += range.size
      } else {
        map.ranges.append(range)
      }
    }
    return map
  }
}
