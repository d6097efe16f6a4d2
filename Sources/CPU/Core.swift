import Fabric
import MMU

/// One Cortex-A72 core: registers, translation unit and the inputs from outside. Execution is in
/// `Interpreter/`, exceptions in `Exceptions/`, system registers in `SystemRegisters/`.
public final class Core {
  /// Position in the cluster, MPIDR_EL1.Aff0.
  public let index: Int
  /// The register block; see `Slot`.
  public let r: Regs
  public let bus: PhysicalBus
  public let time: VirtualTime
  public let unit: TranslationUnit
  public let log: GuestLog
  /// System registers' wiring and derived values.
  let system: CoreSystem
  /// SAFETY: the cluster owns its cores and outlives them; a counted reference would cost the hot path.
  unowned(unsafe) let cluster: Cluster
  let cache: TranslationCache
  /// The way into host code, if there is any; here, because counting references would cost the hot path.
  var enterHostCode: HostCode.Enter?

  /// Levels at the core's interrupt inputs; set through `setInterrupt`.
  public internal(set) var interruptInputs: InterruptInputs {
    get { InterruptInputs(rawValue: UInt8(truncatingIfNeeded: r[HostSlot.interruptInputs])) }
    set { r[HostSlot.interruptInputs] = UInt64(newValue.rawValue) }
  }
  /// Why the core does not execute, if it does not.
  public internal(set) var waiting: Waiting = .running
  /// A core that polls a counter is ahead of the machine's time until this ns (docs/time.md).
  public internal(set) var stalledUntil: UInt64 = 0
  /// Virtual ns at which the slice ends, given the budget: `now = sliceEnd - budget × nsPerInstruction`.
  public internal(set) var sliceEnd: UInt64 = 0
  /// Instructions of the slice; with the budget it tells how many are retired.
  var sliceInstructions: UInt64 = 0
  /// What any of the cluster's observers wants to hear of; empty without one.
  var observed: Observations = []
  /// Observers hear of each block that is entered.
  public var observesBlocks = false {
    didSet { r[Slot.mode] = r[Slot.mode] & ~BlockMode.observed | (observesBlocks ? BlockMode.observed : 0) }
  }
  /// Set when the core reached something that ends the run (AArch32 entry, …).
  public internal(set) var stopReason: String?

  /// YIELD: the core gives the rest of its slice away.
  var yielded = false
  /// WFI and WFE of this slice that did not wait.
  var fallenThrough = 0
  /// The instruction that is being stepped; only between its dispatch and its end.
  var steppedWord: UInt32 = 0
  /// The block whose exit `linkExit` reached code that was not linked yet, and its address then.
  var linkFrom: BlockPointer?
  var linkExit = 0
  var linkPC: UInt64 = 0
  /// Where that exit leads: an interrupt or a debugger may have changed `Slot.pc` since.
  var linkTarget: UInt64 = 0
  /// The micro-op that `stop(_:after:)` replaced, while a block runs that the budget cuts short.
  var stoppedAt: OpPointer?
  var stoppedOp = MicroOp()
  /// The operation of a compare-and-branch before `stoppedAt`, cut in two; 0 = none.
  var stoppedFusion: UInt8 = 0
  /// Instructions of the block behind `stoppedAt`.
  var stoppedRest: Int64 = 0
  /// Instructions left of the block in whose midst execution ended; 0 at the end of a block.
  var blockRest: Int64 = 0
  var pausing = Pausing()
  /// The counter-polling rule's state: see `counterWasRead`.
  var polling = CounterPolling()

  public enum Waiting: UInt8, Sendable {
    case running
    /// WFI: until an interrupt is pending at the core.
    case interrupt
    /// WFE: until an event, too.
    case event
    /// Halted for good (`stopReason` says why).
    case stopped
  }

  init(index: Int, bus: PhysicalBus, time: VirtualTime, log: GuestLog, cluster: Cluster) {
    self.index = index
    self.bus = bus
    self.time = time
    self.log = log
    self.cluster = cluster
    cache = cluster.cache
    enterHostCode = cluster.cache.host?.enter
    // SAFETY: owned by this object, released in deinit; every access is at a constant or masked offset.
    let raw = UnsafeMutableRawPointer.allocate(byteCount: HostSlot.count * 8, alignment: 4096)
    r = raw.initializeMemory(as: UInt64.self, repeating: 0, count: HostSlot.count)
    system = CoreSystem(index: index, registers: r)
    unit = TranslationUnit(bus: bus, data: r + HostSlot.dataTLB, fetch: r + HostSlot.fetchTLB)
    r.fillHostConstants()
    r[HostSlot.core] = UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    r[HostSlot.granuleBase] = UInt64(UInt(bitPattern: bus.ram.base)) &- 1
    r[HostSlot.blocks] = UInt64(UInt(bitPattern: cache.arenaBase))
    connectSystem()
  }

  deinit { r.deallocate() }

  /// PSTATE.EL.
  public var currentEL: Int { Int(truncatingIfNeeded: r[Slot.currentEL] & 3) }

  /// Who this core is on the bus.
  public var initiator: BusInitiator {
    BusInitiator(
      kind: .core, index: UInt8(truncatingIfNeeded: index),
      exceptionLevel: UInt8(truncatingIfNeeded: r[Slot.currentEL]), vmid: unit.vmid)
  }
}

/// The four interrupt inputs of a core and its pending SError.
public struct InterruptInputs: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let irq = InterruptInputs(rawValue: 1)
  public static let fiq = InterruptInputs(rawValue: 2)
  public static let virtualIRQ = InterruptInputs(rawValue: 4)
  public static let virtualFIQ = InterruptInputs(rawValue: 8)
  public static let sError = InterruptInputs(rawValue: 16)
}

extension Core {
  /// Instructions retired since reset.
  public var retiredInstructions: UInt64 { r[Slot.retired] }

  /// Where the core is and what it does, in words: `EL2 at 0x0000000000264f3c, waits for an interrupt`.
  public var place: String {
    let doing: String
    switch waiting {
    case .running: doing = "running"
    case .interrupt: doing = "waits for an interrupt"
    case .event: doing = "waits for an event"
    case .stopped: doing = "stopped"
    }
    let masks = (r[Slot.daif] >> 6) & 0xf
    let masked = masks == 0 ? "" : ", DAIF \(String(masks, radix: 2)) masked"
    return "EL\(currentEL) at \(r[Slot.pc].hex(16)), \(doing)\(masked)"
  }
}
