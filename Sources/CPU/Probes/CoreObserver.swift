/// What of the cores' doings an observer wants to hear of. Nothing of it is asked about where instructions run:
/// each is a thing for which the engines call Swift anyway, and there it is one test.
public struct Observations: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Exceptions taken, interrupts among them.
  public static let exceptions = Observations(rawValue: 1 << 0)
  /// Exception returns.
  public static let returns = Observations(rawValue: 1 << 1)
  /// TLBI.
  public static let maintenance = Observations(rawValue: 1 << 2)
  /// Writes of VTTBR_EL2 and HCR_EL2.
  public static let controls = Observations(rawValue: 1 << 3)
  /// WFI and WFE that wait.
  public static let waits = Observations(rawValue: 1 << 4)
}

/// An exception as it was taken (Arm DDI 0487, D1.10). The core is at its handler already; `Core.registers` has the
/// rest of what it left: SPSR_ELx, ELR_ELx, HPFAR_EL2.
public struct TakenException: Sendable {
  public enum Kind: UInt8, Sendable { case synchronous, irq, fiq, sError }
  public var kind: Kind
  /// The Exception levels left and entered.
  public var source: UInt8
  public var target: UInt8
  /// ESR_ELx; 0 for IRQ and FIQ.
  public var syndrome: UInt64
  /// FAR_ELx, where the exception set it.
  public var faultAddress: UInt64?
  /// The preferred return address.
  public var returnAddress: UInt64
  /// For IRQ and FIQ: whether it is the virtual one.
  public var isVirtual: Bool
}

/// Hears of what cores do, of that which it asked for. It may look at everything and change nothing that a
/// guest could see.
public protocol CoreObserver: AnyObject {
  func core(_ core: Core, didTake exception: TakenException)
  /// The core executed an ERET and is where that led.
  ///
  /// - Parameters:
  ///   - source: the Exception level that was left.
  ///   - address: of the ERET.
  func core(_ core: Core, didReturnFrom source: Int, at address: UInt64)
  /// - Parameters:
  ///   - encoding: op0:op1:CRn:CRm:op2 of the TLBI.
  ///   - operand: Xt.
  func core(_ core: Core, didInvalidate encoding: UInt32, operand: UInt64)
  /// VTTBR_EL2 or HCR_EL2 was written.
  func core(_ core: Core, didWrite register: SystemRegister, old: UInt64, new: UInt64)
  /// The core enters a block: code without branches, of which the first instruction is at the PC. Heard of only
  /// while `Core.observesBlocks`.
  func coreEntersBlock(_ core: Core)
  /// The core waits: WFI, or WFE when `forEvent`.
  func core(_ core: Core, waits forEvent: Bool)
}

/// An observer and what it wants to hear of.
struct Observing {
  let observer: any CoreObserver
  var observations: Observations
}

extension Cluster {
  /// From now on, `observer` hears of `observations` too, in place of what it heard of before; nil ends all
  /// observing.
  public func observe(_ observations: Observations, by observer: (any CoreObserver)?) {
    if let observer {
      if let index = observers.firstIndex(where: { $0.observer === observer }) {
        observers[index].observations = observations
      } else {
        observers.append(Observing(observer: observer, observations: observations))
      }
    } else {
      observers = []
    }
    let all = observers.reduce(into: Observations()) { $0.formUnion($1.observations) }
    for core in cores {
      core.observed = all
      core.observesBlocks = false
    }
  }

  func tell(_ observation: Observations, _ say: (any CoreObserver) -> Void) {
    for one in observers where one.observations.contains(observation) { say(one.observer) }
  }
}

extension Core {
  @inline(never)
  func announce(_ exception: @autoclosure () -> TakenException) {
    guard observed.contains(.exceptions) else { return }
    let taken = exception()
    cluster.tell(.exceptions) { $0.core(self, didTake: taken) }
  }

  @inline(never)
  func announceReturn(from source: Int, at address: UInt64) {
    cluster.tell(.returns) { $0.core(self, didReturnFrom: source, at: address) }
  }

  @inline(never)
  func announceInvalidation(_ encoding: UInt32, _ operand: UInt64) {
    cluster.tell(.maintenance) { $0.core(self, didInvalidate: encoding, operand: operand) }
  }

  @inline(never)
  func announceWait(forEvent: Bool) {
    cluster.tell(.waits) { $0.core(self, waits: forEvent) }
  }

  @inline(never)
  func announceBlock() {
    for one in cluster.observers { one.observer.coreEntersBlock(self) }
  }

  /// Writes VTTBR_EL2 or HCR_EL2 and says so; other registers are only written.
  @inline(never)
  func storeAnnounced(_ row: UnsafePointer<RegisterRow>, _ value: UInt64) {
    let register: SystemRegister
    switch Int(row.pointee.slot) &- Slot.system {
    case SystemRegister.vttbrEL2.rawValue: register = .vttbrEL2
    case SystemRegister.hcrEL2.rawValue: register = .hcrEL2
    default:
      store(row, value)
      return
    }
    let old = self[register]
    store(row, value)
    guard observed.contains(.controls) else { return }
    cluster.tell(.controls) { $0.core(self, didWrite: register, old: old, new: self[register]) }
  }
}

/// Who does not ask for something need not answer to it.
extension CoreObserver {
  public func core(_ core: Core, didTake exception: TakenException) {}
  public func core(_ core: Core, didReturnFrom source: Int, at address: UInt64) {}
  public func core(_ core: Core, didInvalidate encoding: UInt32, operand: UInt64) {}
  public func core(_ core: Core, didWrite register: SystemRegister, old: UInt64, new: UInt64) {}
  public func coreEntersBlock(_ core: Core) {}
  public func core(_ core: Core, waits forEvent: Bool) {}
}
