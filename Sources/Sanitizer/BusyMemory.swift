import Fabric

/// Memory that masters have been told to read or write and have not yet.
final class BusyMemory {
  final class Part {
    let master: String
    let isWrite: Bool
    /// What is left of it, physically.
    fileprivate(set) var range: Range<UInt64>
    fileprivate let first: UInt64

    init(_ master: String, isWrite: Bool, _ range: Range<UInt64>) {
      self.master = master
      self.isWrite = isWrite
      self.range = range
      first = range.lowerBound & ~0xfff
    }
  }

  /// A page has a part in it now, or has none any more.
  var onPage: ((_ page: UInt64, _ isBusy: Bool) -> Void)?

  private var parts: [String: [Part]] = [:]
  private var pages: [UInt64: [Part]] = [:]
  /// Of one master; what is beyond is not looked at.
  private static let pageLimit: UInt64 = 256
  /// Of all masters, in one page.
  private static let partLimit = 16
  /// Pages that are looked at within one virtual ms: more than masters can move, so that blocks which are
  /// started only to be stopped again do not slow the run without bound.
  private static let pagesPerMillisecond: UInt64 = 4096
  private var millisecond: UInt64 = 0
  private var pagesUsed: UInt64 = 0

  /// A master begins: what it had before is over.
  func begin(_ new: [DMAPart], _ port: DMAPort, at time: UInt64) {
    end(port.name)
    if time / 1_000_000 != millisecond {
      millisecond = time / 1_000_000
      pagesUsed = 0
    }
    var left = min(Self.pageLimit, Self.pagesPerMillisecond - min(pagesUsed, Self.pagesPerMillisecond))
    let allowed = left
    defer { pagesUsed &+= allowed - left }
    for one in new where one.count > 0 && left > 0 {
      guard let window = port.window(of: BusAddress(one.address), count: one.count), window.kind == .memory
      else {
        continue
      }
      let start = window.physical &+ (one.address &- window.bus.lowerBound)
      let page = start & ~0xfff
      let end = min(start &+ one.count, page &+ left << 12)
      left &-= (end &- page &+ 0xfff) >> 12
      add(Part(port.name, isWrite: one.isWrite, start..<end))
    }
  }

  private func add(_ part: Part) {
    parts[part.master, default: []].append(part)
    var page = part.range.lowerBound & ~0xfff
    while page < part.range.upperBound {
      if pages[page] == nil { onPage?(page, true) }
      if pages[page, default: []].count < Self.partLimit { pages[page, default: []].append(part) }
      page &+= 0x1000
    }
  }

  func end(_ master: String) {
    for part in parts.removeValue(forKey: master) ?? [] {
      var page = part.first
      while page < part.range.upperBound {
        if var held = pages[page] {
          held.removeAll { $0.master == master }
          pages[page] = held.isEmpty ? nil : held
          if held.isEmpty { onPage?(page, false) }
        }
        page &+= 0x1000
      }
    }
  }

  /// A master has come to some of what it has to do.
  func progress(_ master: String, _ range: Range<UInt64>, isWrite: Bool) {
    guard let held = parts[master] else { return }
    for part in held where part.isWrite == isWrite && part.range.contains(range.lowerBound) {
      part.range = min(range.upperBound, part.range.upperBound)..<part.range.upperBound
      return
    }
  }

  /// What of a range of one page is under way.
  func part(overlapping range: Range<UInt64>) -> Part? {
    pages.isEmpty ? nil : pages[range.lowerBound & ~0xfff]?.first { $0.range.overlaps(range) }
  }
}
