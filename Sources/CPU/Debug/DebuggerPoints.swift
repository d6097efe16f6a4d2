import Fabric
import MMU

/// What an address of a debugger's breakpoint or watchpoint means.
public enum DebuggerSpace: String, Hashable, Sendable, CaseIterable {
  /// The address that the program uses.
  case virtual = "va"
  /// The output of stage 1 at EL1 and EL0.
  case intermediate = "ipa"
  /// The address on the bus.
  case physical = "pa"
}

/// For whom a debugger's breakpoint or watchpoint counts; nil for everybody.
public struct DebuggerCondition: Hashable, Sendable {
  /// The level whose translations are used: 1 for EL1 and EL0, 2, 3.
  public var regime: Int?
  /// VTTBR_EL2.VMID, for EL1 and EL0.
  public var vmid: UInt16?
  /// The core's number.
  public var core: Int?

  public init(regime: Int? = nil, vmid: UInt16? = nil, core: Int? = nil) {
    self.regime = regime
    self.vmid = vmid
    self.core = core
  }
}

/// A debugger's breakpoint: it is no change to memory, and the guest has no way to see it.
public struct Breakpoint: Hashable, Sendable {
  public var space: DebuggerSpace
  public var address: UInt64
  public var condition: DebuggerCondition

  public init(_ address: UInt64, in space: DebuggerSpace = .virtual, if condition: DebuggerCondition = .init()) {
    self.space = space
    self.address = address
    self.condition = condition
  }
}

/// A debugger's watchpoint.
public struct Watchpoint: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable { case write, read, access }

  public var kind: Kind
  public var space: DebuggerSpace
  public var address: UInt64
  /// Bytes.
  public var length: UInt64
  public var condition: DebuggerCondition

  public init(
    _ kind: Kind, _ address: UInt64, length: UInt64, in space: DebuggerSpace = .virtual,
    if condition: DebuggerCondition = .init()
  ) {
    self.kind = kind
    self.space = space
    self.address = address
    self.length = length
    self.condition = condition
  }

  /// The first watched byte of an access.
  func firstByte(of address: UInt64, size: UInt64) -> UInt64? {
    // Modulo 2^64, as addresses are.
    if address &- self.address < length { return address }
    return self.address &- address < size && length > 0 ? self.address : nil
  }
}

/// The points for which a debugger waits; the cores ask it.
public final class DebuggerPoints {
  public fileprivate(set) var breakpoints: Set<Breakpoint> = []
  public fileprivate(set) var watchpoints: Set<Watchpoint> = []
  /// The same in a fixed order.
  fileprivate(set) var orderedWatchpoints: [Watchpoint] = []
  /// Breakpoints by the offset of their instruction in its page, which no translation changes.
  fileprivate(set) var byOffset: [Int: [Breakpoint]] = [:]
  var isWatching: Bool { !watchpoints.isEmpty }
}

extension Cluster {
  /// Sets what a debugger waits for, in place of what it was; between turns, or while a core pauses.
  public func setDebuggerPoints(breakpoints: Set<Breakpoint>, watchpoints: Set<Watchpoint>) {
    if breakpoints != debugger.breakpoints {
      debugger.breakpoints = breakpoints
      debugger.byOffset = [:]
      let ordered = breakpoints.sorted { ($0.space.rawValue, $0.address) < ($1.space.rawValue, $1.address) }
      for breakpoint in ordered {
        debugger.byOffset[Int(truncatingIfNeeded: breakpoint.address & 0xffc), default: []].append(breakpoint)
      }
      cache.setCheckedOffsets(debugger.byOffset.keys)
    }
    guard watchpoints != debugger.watchpoints else { return }
    debugger.watchpoints = watchpoints
    debugger.orderedWatchpoints = watchpoints.sorted {
      ($0.space.rawValue, $0.address, $0.length, $0.kind.rawValue)
        < ($1.space.rawValue, $1.address, $1.length, $1.kind.rawValue)
    }
    for core in cores { core.debuggerDidChange() }
  }
}

extension Core {
  /// A debugger's watchpoints came or went: contexts are hidden or shown. What an interrupt waits for stays.
  func debuggerDidChange() {
    let attention = r[Slot.attention]
    updateDebugActivity()
    adoptContext()
    r[Slot.attention] = attention
  }

  /// Has a block that is about to be entered end when the budget does, or before a debugger's breakpoint. False: the
  /// core pauses in front of it.
  func cutsShort(_ block: BlockPointer, after budget: Int64) -> Bool {
    if block.pointee.guardCount == BlockHeader.checked { return entersChecked(block, budget: budget) }
    stop(block, after: budget)
    return true
  }

  /// Before a block in which a debugger's breakpoint may be is entered: cuts it before the breakpoint, or at the
  /// end of the slice if that comes first. False: the breakpoint is at its start, and the core pauses there.
  @inline(never)
  func entersChecked(_ block: BlockPointer, budget: Int64) -> Bool {
    let count = Int64(block.pointee.count)
    var limit = min(budget, count)
    let pc = r[Slot.pc]
    if observesBlocks { announceBlock() }
    for number in 0..<limit {
      let address = pc &+ UInt64(bitPattern: number) &* 4
      guard let breakpoint = breakpoint(at: address, block, number) else { continue }
      if number == 0 {
        if hasReported(pc, retiredSoFar) { continue }
        blockRest = count
        requestPause(.breakpoint(breakpoint))
        return false
      }
      limit = number
      pausing.reasonAtCut = .breakpoint(breakpoint)
      break
    }
    if limit < count { stop(block, after: limit) }
    return true
  }

  private func breakpoint(at address: UInt64, _ block: BlockPointer, _ number: Int64) -> Breakpoint? {
    guard let candidates = cluster.debugger.byOffset[Int(truncatingIfNeeded: address & 0xffc)] else { return nil }
    let physical = block.pointee.physical &+ UInt64(bitPattern: number) &* 4
    return candidates.first {
      holds($0.condition)
        && $0.address & ~3 == translated(address, physical, to: $0.space, .execute, level: currentEL)
    }
  }

  /// A debugger's watchpoint on an access that is about to be made, and where it begins.
  func debuggerWatches(
    _ address: UInt64, _ physical: UInt64, size: UInt64, isWrite: Bool, level: Int
  ) -> PauseReason? {
    for watchpoint in cluster.debugger.orderedWatchpoints
    where watchpoint.kind == .access || (watchpoint.kind == .write) == isWrite {
      guard holds(watchpoint.condition),
        let start = translated(address, physical, to: watchpoint.space, isWrite ? .write : .read, level: level),
        let first = watchpoint.firstByte(of: start, size: size)
      else { continue }
      return .watchpoint(watchpoint, address: first, isWrite: isWrite)
    }
    return nil
  }

  private func holds(_ condition: DebuggerCondition) -> Bool {
    if let core = condition.core, core != index { return false }
    if let regime = condition.regime, regime != max(1, level) { return false }
    guard let vmid = condition.vmid else { return true }
    return level < 2 && isNonSecure && vmid == self.vmid
  }

  /// An address in another space, given what it is in two; nil if it is nothing there.
  private func translated(
    _ address: UInt64, _ physical: UInt64, to space: DebuggerSpace, _ kind: AccessKind, level: Int
  ) -> UInt64? {
    switch space {
    case .virtual: return address
    case .physical: return physical
    case .intermediate:
      guard self.level < 2, isNonSecure,
        case .success(let result, _) = unit.probe(address, kind, exceptionLevel: level, stages: .one)
      else { return nil }
      return result.rawValue
    }
  }
}

extension TranslationCache {
  /// The offsets in a page at which blocks ask for breakpoints from now on.
  func setCheckedOffsets(_ offsets: some Sequence<Int>) {
    let new = Set(offsets)
    let changed = new.symmetricDifference(checkedOffsets)
    checkedOffsets = new
    guard !changed.isEmpty else { return }
    for number in livePages {
      let offset = Int(pageIndex[Int(number)]) * 16
      let table = TranslationCache.table((arenaBase + offset).assumingMemoryBound(to: CodePage.self))
      for position in changed {
        let last = position >> 2
        for slot in max(0, last - BlockBuilder.limit + 1)...last where table[slot] != 0 {
          var link: BlockPointer? = block(at: table[slot])
          while let block = link {
            link = block.pointee.alternate
            check(block)
          }
        }
      }
    }
  }

  /// Has a block ask for breakpoints, or not, as its instructions' offsets say. Host code knows no breakpoints.
  func check(_ block: BlockPointer) {
    guard block.isValid else { return }
    let start = Int(block.pointee.pageOffset)
    let count = Int(block.pointee.count)
    let isObserved = UInt64(block.pointee.mode) & BlockMode.observed != 0
    let isChecked = isObserved || checkedOffsets.contains { $0 >= start && $0 < start + count * 4 }
    guard isChecked != (block.pointee.guardCount == BlockHeader.checked) else { return }
    unlinkAll(block)
    host?.invalidate(block)
    block.pointee.guardCount = isChecked ? BlockHeader.checked : Int64(count)
    if !isChecked { block.pointee.heat = rules.threshold }
  }
}
