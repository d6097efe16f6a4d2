import Fabric
import MMU

/// The four cores and what they share: broadcast TLB maintenance, events, the global exclusive monitor and
/// the translation cache.
public final class Cluster {
  public private(set) var cores: [Core] = []
  public let bus: PhysicalBus
  public let time: VirtualTime
  let cache: TranslationCache
  /// Virtual nanoseconds that one retired instruction takes.
  public let nanosecondsPerInstruction: UInt64
  /// The highest system count that a core has read. It is no state: at the end of a slice time is beyond it.
  var latestCount: UInt64 = 0

  /// Hear of what cores do (`observe(_:by:)`).
  var observers: [Observing] = []
  /// Hears of accesses to memory (`observeMemory(by:all:)`).
  var memoryObserver: (any MemoryObserver)?
  var observesAllMemory = false

  /// What a debugger waits for.
  public let debugger = DebuggerPoints()
  /// Whether code is run as host code, where there is a generator.
  var usesHostCode = true {
    didSet {
      for core in cores { core.enterHostCode = usesHostCode ? cache.host?.enter : nil }
    }
  }

  /// Hears of what cores execute; nil but in comparisons.
  package var listener: (any ExecutionListener)?

  /// - Parameter codeArenaSize: bytes of address space for translated code; when they are used up,
  ///   translation starts afresh.
  /// - Parameter rules: how code is cut into blocks.
  public init(
    coreCount: Int = 4, bus: PhysicalBus, time: VirtualTime, log: GuestLog,
    nanosecondsPerInstruction: UInt64 = 1, codeArenaSize: Int = 1 << 28,
    rules: TranslationRules = .standard
  ) {
    self.bus = bus
    cache = TranslationCache(ram: bus.ram, arenaSize: codeArenaSize, rules: rules)
    self.time = time
    self.nanosecondsPerInstruction = max(1, nanosecondsPerInstruction)
    for index in 0..<coreCount {
      cores.append(Core(index: index, bus: bus, time: time, log: log, cluster: self))
    }
    cache.pageGainedCode = { [unowned self] page in
      for core in cores { core.unit.dropWriteTags(physicalPage: page) }
    }
  }

  /// What executes instructions: `hostCode` only where there is a generator for this host.
  public var engine: ExecutionEngine { cache.host == nil ? .interpreter : .hostCode }
  /// Blocks of which host code was made so far.
  public var compiledBlocks: UInt64 { cache.host?.compiledBlocks ?? 0 }

  /// SEV, and every other broadcast event: sets the event register of all cores.
  func sendEvent() {
    for core in cores { core.r[Slot.event] = 1 }
  }
}
