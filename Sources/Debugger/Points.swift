import CPU

/// Everything that a debugger waits for: what came in `Z` packets, and what `monitor` was asked for.
struct Points {
  enum Kind: UInt8 { case software = 0, hardware, write, read, access }

  /// Those of `Z` packets: addresses as the program uses them.
  private(set) var breakpoints: [Breakpoint: Set<Kind>] = [:]
  private(set) var watchpoints: Set<Watchpoint> = []
  /// Those of `monitor break` and `monitor watch`, by number.
  private(set) var breaks: [Int: Breakpoint] = [:]
  private(set) var watches: [Int: Watchpoint] = [:]
  private var nextNumber = 1

  static let limit = 4096

  mutating func insert(_ kind: Kind, _ address: UInt64, length: UInt64) -> Bool {
    guard breakpoints.count + watchpoints.count < Self.limit else { return false }
    if let watchpoint = Self.watchpoint(kind, address, length) {
      guard length > 0 else { return false }
      watchpoints.insert(watchpoint)
    } else {
      guard address & 3 == 0 else { return false }
      breakpoints[Breakpoint(address), default: []].insert(kind)
    }
    return true
  }

  mutating func remove(_ kind: Kind, _ address: UInt64, length: UInt64) {
    if let watchpoint = Self.watchpoint(kind, address, length) {
      watchpoints.remove(watchpoint)
    } else if var kinds = breakpoints[Breakpoint(address)] {
      kinds.remove(kind)
      breakpoints[Breakpoint(address)] = kinds.isEmpty ? nil : kinds
    }
  }

  private static func watchpoint(_ kind: Kind, _ address: UInt64, _ length: UInt64) -> Watchpoint? {
    switch kind {
    case .software, .hardware: nil
    case .write: Watchpoint(.write, address, length: length)
    case .read: Watchpoint(.read, address, length: length)
    case .access: Watchpoint(.access, address, length: length)
    }
  }

  mutating func add(_ breakpoint: Breakpoint) -> Int? {
    guard breaks.count + watches.count < Self.limit else { return nil }
    defer { nextNumber += 1 }
    breaks[nextNumber] = breakpoint
    return nextNumber
  }

  mutating func add(_ watchpoint: Watchpoint) -> Int? {
    guard breaks.count + watches.count < Self.limit else { return nil }
    defer { nextNumber += 1 }
    watches[nextNumber] = watchpoint
    return nextNumber
  }

  mutating func delete(_ number: Int) -> Bool {
    breaks.removeValue(forKey: number) != nil || watches.removeValue(forKey: number) != nil
  }

  /// Has the cores wait for them.
  func apply(to cluster: Cluster) {
    cluster.setDebuggerPoints(
      breakpoints: Set(breakpoints.keys).union(breaks.values), watchpoints: watchpoints.union(watches.values))
  }
}
