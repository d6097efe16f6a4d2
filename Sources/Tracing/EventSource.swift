import CPU
import Fabric
import MMU
import XenNames

/// Takes what happened.
public protocol EventSink: AnyObject {
  func take(_ event: TraceEvent)
}

/// Turns what cores and bus do into the events that somebody asked for.
public final class EventSource {
  /// What goes to `recorder`, with its number, and what to `stopper`.
  public private(set) var recorded: EventSelection
  public private(set) var stops: EventSelection
  public weak var recorder: (any EventSink)?
  public weak var stopper: (any EventSink)?
  /// Called when EL2 returns to another virtual CPU than it came from on this core.
  public var onGuest: ((Core) -> Void)?
  /// The stage-2 tables that were in use.
  public let roots = StageTwoRoots()

  private let cluster: Cluster
  private let bus: PhysicalBus
  private var nextNumber: UInt64 = 0

  typealias VirtualCPU = TraceEvent.VirtualCPU
  /// Which virtual CPU each core ran last below EL2.
  private var lastGuest: [VirtualCPU?]
  private var openFaults: [VirtualCPU: OpenFault] = [:]
  private var openCalls: [VirtualCPU: OpenCall] = [:]
  /// Against an EL2 that makes up virtual CPUs and never returns to them.
  private static let openLimit = 4096

  private struct OpenFault {
    var number: UInt64?
    var fault: TraceEvent.Fault
    var pc: UInt64
    var level: Int
  }

  /// Where EL2 has been since it took a stage-2 fault, by core: addresses at which blocks begin, each once.
  private var paths: [Path]

  private struct Path {
    var places: [UInt64] = []
    var known: Set<UInt64> = []
    /// Handling that goes on for so long is none of the fault any more.
    static let limit = 2048

    mutating func add(_ place: UInt64) {
      if places.count < Self.limit && known.insert(place).inserted { places.append(place) }
    }
  }

  private struct OpenCall {
    var event: UInt64?
    var number: UInt64
    var arguments: [UInt64]
    var level: Int
    /// The instruction behind the HVC.
    var next: UInt64
  }

  public init(cluster: Cluster, bus: PhysicalBus, recorded: EventSelection, stops: EventSelection) {
    self.cluster = cluster
    self.bus = bus
    self.recorded = recorded
    self.stops = stops
    lastGuest = [VirtualCPU?](repeating: nil, count: cluster.cores.count)
    paths = [Path](repeating: Path(), count: cluster.cores.count)
    connect()
  }

  /// From now on, these.
  public func select(recorded: EventSelection, stops: EventSelection) {
    self.recorded = recorded
    self.stops = stops
    connect()
  }

  private func connect() {
    for core in cluster.cores { roots.see(core.stored(.vttbrEL2)) }
    // Which tables are in use is known from the start, or not at all; guests change them seldom.
    let observations = Self.observations.reduce(into: Observations.controls) { all, entry in
      if entry.kinds.contains(where: wants) { all.insert(entry.observation) }
    }
    cluster.observe(observations, by: self)
    let onBus: [EventKind] = [.mmio, .acknowledge, .listRegister, .maintenance, .dma]
    if onBus.contains(where: wants) { bus.attach(self) } else { bus.detach(self) }
  }

  private static let observations: [(observation: Observations, kinds: [EventKind])] = [
    (
      .exceptions,
      [
        .stageOneFault, .stageTwoFault, .stageTwoFaultEnd, .trap, .hypercall, .hypercallEnd, .hvc, .smc,
        .exception, .irq, .virtualIRQ,
      ]
    ),
    (.returns, [.stageTwoFaultEnd, .hypercallEnd, .worldSwitch, .exceptionReturn]),
    (.maintenance, [.tlbi]),
    (.controls, [.vttbr, .hcr]),
    (.waits, [.wait]),
  ]

  private func wants(_ kind: EventKind) -> Bool { recorded.wants(kind) || stops.wants(kind) }

  // MARK: Passing on

  private func event(
    _ kind: EventKind, _ core: Core, level: UInt8, pc: UInt64, _ detail: TraceEvent.Detail
  ) -> TraceEvent {
    TraceEvent(
      kind: kind, time: core.observedTime, core: UInt8(truncatingIfNeeded: core.index),
      instructions: core.observedInstructions, level: level, vmid: core.vmid, vcpu: core.virtualCPU, pc: pc,
      detail: detail)
  }

  /// Gives the event to whoever wants it.
  ///
  /// - Returns: its number in the record, if it is in it.
  @discardableResult
  private func pass(
    _ event: @autoclosure () -> TraceEvent, _ kind: EventKind, _ facts: (inout EventFilter.Facts) -> Void = { _ in },
    names: () -> (name: [String], register: String?) = { ([], nil) }
  ) -> UInt64? {
    guard wants(kind) else { return nil }
    var event = event()
    var known = EventFilter.Facts()
    known.core = Int(event.core)
    known.vmid = event.vmid
    known.level = Int(event.level)
    known.pc = event.pc
    facts(&known)
    var number: UInt64?
    if recorded.matches(kind, known, names: names) {
      event.number = nextNumber
      number = nextNumber
      nextNumber &+= 1
      recorder?.take(event)
    }
    if stops.matches(kind, known, names: names) { stopper?.take(event) }
    return number
  }

  /// The run is over: tells what each VMID's stage 2 maps.
  public func finish() {
    guard wants(.stageTwoMap), let core = cluster.cores.first else { return }
    core.prepareWalks()
    for (vmid, vttbr) in roots.all {
      let map = core.unit.stageTwoMap(vttbr: vttbr)
      let event = TraceEvent(
        kind: .stageTwoMap, time: cluster.time.now, core: 0, instructions: 0, level: 2, vmid: vmid, vcpu: 0, pc: 0,
        detail: .map(map))
      pass(event, .stageTwoMap)
    }
  }

  /// A line that the guest printed.
  public func console(_ line: String) {
    let event = TraceEvent(
      kind: .console, time: cluster.time.now, core: 0, instructions: 0, level: 0, vmid: 0, vcpu: 0, pc: 0, detail: .line(line))
    pass(event, .console, names: { ([line], nil) })
  }
}

// MARK: Cores

extension EventSource: CoreObserver {
  public func core(_ core: Core, didTake exception: TakenException) {
    let pc = exception.returnAddress
    pass(
      event(
        .exception, core, level: exception.source, pc: pc,
        .exception(
          kind: exception.kind, target: exception.target, syndrome: exception.syndrome,
          faultAddress: exception.faultAddress, isVirtual: exception.isVirtual)),
      .exception
    ) {
      $0.exceptionClass = exception.kind == .synchronous ? exception.syndrome >> 26 : nil
      $0.address = exception.faultAddress
    }
    switch exception.kind {
    case .irq, .fiq:
      let kind: EventKind = exception.isVirtual ? .virtualIRQ : .irq
      pass(
        event(
          kind, core, level: exception.source, pc: pc,
          .interrupt(target: exception.target, isFIQ: exception.kind == .fiq)),
        kind)
    case .sError: break
    case .synchronous: didTakeSynchronous(exception, core)
    }
  }

  private func didTakeSynchronous(_ exception: TakenException, _ core: Core) {
    switch exception.syndrome >> 26 {
    case 0x20, 0x21, 0x24, 0x25:
      didAbort(exception, core)
    case 0x16:
      didCall(exception, core)
    case 0x17:
      passCall(.smc, firmwareCall(core, exception), exception, core)
    default:
      guard exception.target == 2, exception.source < 2 else { return }
      pass(
        event(
          .trap, core, level: exception.source, pc: exception.returnAddress,
          .trap(syndrome: exception.syndrome, faultAddress: exception.faultAddress)),
        .trap
      ) { $0.exceptionClass = exception.syndrome >> 26 }
    }
  }

  // MARK: Calls

  private func call(_ core: Core, _ exception: TakenException, arguments first: Int, number: UInt64)
    -> TraceEvent.Call
  {
    func x(_ offset: Int) -> UInt64 { core.generalRegister(first + offset) }
    return TraceEvent.Call(
      immediate: UInt16(truncatingIfNeeded: exception.syndrome), number: number,
      arguments: (x(0), x(1), x(2), x(3), x(4)))
  }

  /// A call by the SMC Calling Convention: the function in W0.
  private func firmwareCall(_ core: Core, _ exception: TakenException) -> TraceEvent.Call {
    let function = core.generalRegister(0) & 0xffff_ffff
    var call = call(core, exception, arguments: 1, number: function)
    call.words = FirmwareCalls.decode(
      function: UInt32(truncatingIfNeeded: function), arguments: call.argumentList)
    return call
  }

  private func didCall(_ exception: TakenException, _ core: Core) {
    guard exception.source < 2, exception.syndrome & 0xffff == UInt64(XenInterface.immediate) else {
      passCall(.hvc, firmwareCall(core, exception), exception, core)
      return
    }
    guard wants(.hypercall) || wants(.hypercallEnd) else { return }
    var call = call(core, exception, arguments: 0, number: core.generalRegister(16) & 0xffff_ffff)
    let arguments = call.argumentList
    let level = Int(exception.source)
    if wants(.hypercall) {
      call.words = XenInterface.decode(number: call.number, arguments: arguments) {
        core.guestBytes(at: $0, count: $1, level: level)
      }
    }
    let number = passCall(.hypercall, call, exception, core)
    if openCalls.count >= Self.openLimit { openCalls.removeAll() }
    openCalls[core.guest] = OpenCall(
      event: number, number: call.number, arguments: arguments, level: level, next: exception.returnAddress)
  }

  @discardableResult
  private func passCall(
    _ kind: EventKind, _ call: TraceEvent.Call, _ exception: TakenException, _ core: Core
  ) -> UInt64? {
    pass(
      event(kind, core, level: exception.source, pc: exception.returnAddress &- (kind == .smc ? 0 : 4), .call(call)), kind,
      { $0.number = call.number }, names: { (call.names, nil) })
  }

  // MARK: Aborts

  private func didAbort(_ exception: TakenException, _ core: Core) {
    let status = exception.syndrome & 0x3f
    // Translation, access flag, permission and address size faults (D13.2.37, DFSC).
    guard status < 0x10 else { return }
    let isStageTwo = exception.target == 2 && exception.source < 2 && core.hasStageTwoFault(exception)
    guard wants(isStageTwo ? .stageTwoFault : .stageOneFault) || (isStageTwo && wants(.stageTwoFaultEnd)) else {
      return
    }
    let address = exception.faultAddress ?? exception.returnAddress
    var fault = TraceEvent.Fault(syndrome: exception.syndrome, target: exception.target, address: address)
    let kind: AccessKind = fault.isFetch ? .execute : fault.isWrite ? .write : .read
    if isStageTwo {
      fault.ipa = core.stored(.hpfarEL2) << 8 | address & 0xfff
      fault.walk = core.explain(address, kind, level: Int(exception.source))
    }
    fault.instruction = fault.isFetch ? nil : core.instruction(at: exception.returnAddress, level: Int(exception.source))
    let event = event(
      isStageTwo ? .stageTwoFault : .stageOneFault, core, level: exception.source, pc: exception.returnAddress,
      .fault(fault))
    let number = pass(event, event.kind) {
      $0.address = address
      $0.physical = fault.ipa
      $0.access = fault.access
      $0.walkLevel = status < 0x10 ? Int(status & 3) : nil
      $0.exceptionClass = exception.syndrome >> 26
    }
    guard isStageTwo, wants(.stageTwoFaultEnd) else { return }
    if openFaults.count >= Self.openLimit { openFaults.removeAll() }
    fault.walk = nil
    openFaults[core.guest] = OpenFault(
      number: number, fault: fault, pc: exception.returnAddress, level: Int(exception.source))
    paths[core.index] = Path()
    core.observesBlocks = true
  }

  // MARK: Returns

  public func core(_ core: Core, didReturnFrom source: Int, at address: UInt64) {
    let level = core.currentEL
    pass(
      event(
        .exceptionReturn, core, level: UInt8(truncatingIfNeeded: source), pc: address,
        .exceptionReturn(target: UInt8(truncatingIfNeeded: level), address: core.programCounter)),
      .exceptionReturn)
    guard source == 2, level < 2, core.isVirtualised else { return }
    let guest = core.guest
    core.observesBlocks = false
    if let open = openFaults.removeValue(forKey: guest) { didHandle(open, core) }
    if let open = openCalls[guest] { didReturn(to: open, guest, core) }
    guard lastGuest[core.index] != guest else { return }
    let event = event(
      .worldSwitch, core, level: UInt8(truncatingIfNeeded: source), pc: core.programCounter,
      .worldSwitch(from: lastGuest[core.index], to: guest))
    lastGuest[core.index] = guest
    onGuest?(core)
    pass(event, .worldSwitch)
  }

  private func didReturn(to open: OpenCall, _ guest: VirtualCPU, _ core: Core) {
    // Xen has a hypercall continued by letting the guest execute its HVC again; interrupts of the guest may be
    // taken in between.
    let isContinued = core.programCounter == open.next &- 4
    guard isContinued || core.programCounter == open.next else { return }
    openCalls[guest] = nil
    guard wants(.hypercallEnd) else { return }
    let value = core.generalRegister(0)
    let (meaning, outputs) = XenInterface.result(number: open.number, arguments: open.arguments, value: value) {
      core.guestBytes(at: $0, count: $1, level: open.level)
    }
    let end = TraceEvent.CallEnd(
      event: open.event, number: open.number, result: value, isContinued: isContinued, meaning: meaning,
      outputs: isContinued ? [] : outputs)
    pass(
      event(.hypercallEnd, core, level: 2, pc: core.programCounter, .callEnd(end)), .hypercallEnd,
      { $0.number = open.number }, names: { ([XenInterface.name(of: open.number)], nil) })
  }

  private func didHandle(_ open: OpenFault, _ core: Core) {
    let pc = core.programCounter
    let outcome: TraceEvent.Outcome
    if pc == open.pc {
      let kind: AccessKind = open.fault.isFetch ? .execute : open.fault.isWrite ? .write : .read
      let isMapped = core.explain(open.fault.address, kind, level: open.level).physical != nil
      outcome = isMapped ? .mapped : .retried
    } else if pc == open.pc &+ 4 {
      // ISS.ISV and SRT tell where a load went.
      let isLoad = open.fault.syndrome & (1 << 24) != 0 && !open.fault.isWrite
      let register = Int(open.fault.syndrome >> 16 & 31)
      outcome = .emulated(value: isLoad ? core.generalRegister(register) : nil)
    } else if core.isAtAbortHandler {
      outcome = .injected(syndrome: core.stored(.esrEL1))
    } else {
      outcome = .moved
    }
    pass(
      event(
        .stageTwoFaultEnd, core, level: 2, pc: pc,
        .faultEnd(of: open.number, outcome, path: paths[core.index].places)), .stageTwoFaultEnd
    ) {
      $0.address = open.fault.address
      $0.physical = open.fault.ipa
      $0.access = open.fault.access
    }
  }

  // MARK: The rest

  public func core(_ core: Core, didInvalidate encoding: UInt32, operand: UInt64) {
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    pass(
      event(
        .tlbi, core, level: level, pc: core.programCounter, .invalidation(encoding: encoding, operand: operand)),
      .tlbi)
  }

  public func core(_ core: Core, didWrite register: SystemRegister, old: UInt64, new: UInt64) {
    guard old != new else { return }
    if register == .vttbrEL2 { roots.see(new) }
    let kind: EventKind = register == .hcrEL2 ? .hcr : .vttbr
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    pass(event(kind, core, level: level, pc: core.programCounter, .control(old: old, new: new)), kind)
  }

  public func coreEntersBlock(_ core: Core) {
    paths[core.index].add(core.programCounter)
  }

  public func core(_ core: Core, waits forEvent: Bool) {
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    pass(event(.wait, core, level: level, pc: core.programCounter, .wait(forEvent: forEvent)), .wait)
  }
}

// MARK: Bus

extension EventSource: BusObserver {
  public func device(_ device: any Device, at offset: UInt64, didRead value: UInt64, _ access: BusAccess) {
    didAccess(device, offset, value, access, isWrite: false)
    // GICC_IAR and GICV_IAR (IHI 0048B, 4.4.4 and 5.5.4); 1020 and above are no interrupts.
    guard offset == 0xc, value & 0x3ff < 1020, access.initiator.kind == .core else { return }
    let isVirtual = device.name == "gic.virtualCPU"
    guard isVirtual || device.name == "gic.cpuInterface", let core = core(of: access) else { return }
    let interrupt = UInt32(truncatingIfNeeded: value & 0x3ff)
    acknowledge(.acknowledge, core, isVirtual, interrupt)
    // The maintenance interrupt is PPI 25 (BCM2711 ARM Peripherals, 6.3).
    if !isVirtual && interrupt == 25 { acknowledge(.maintenance, core, isVirtual, interrupt) }
  }

  private func acknowledge(_ kind: EventKind, _ core: Core, _ isVirtual: Bool, _ interrupt: UInt32) {
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    pass(
      event(
        kind, core, level: level, pc: core.programCounter, .acknowledge(isVirtual: isVirtual, interrupt: interrupt)),
      kind, { $0.number = UInt64(interrupt) })
  }

  public func device(_ device: any Device, at offset: UInt64, willWrite value: UInt64, _ access: BusAccess) {
    didAccess(device, offset, value, access, isWrite: true)
    // GICH_LR0...LR63 (IHI 0048B, 5.3).
    guard offset & 0x1ff >= 0x100, offset < 0x200 || offset >= 0x1000, device.name == "gic.hypervisor",
      wants(.listRegister), let core = core(of: access)
    else { return }
    let number = Int(offset & 0xff) / 4
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    let word = UInt32(truncatingIfNeeded: value)
    pass(
      event(.listRegister, core, level: level, pc: core.programCounter, .listRegister(number: number, value: word)),
      .listRegister, { $0.number = UInt64(word & 0x3ff) })
  }

  public func master(willMake transfer: DMATransfer) {
    let name = transfer.port.name
    let physical = transfer.physical
    let isWrite = transfer.isWrite
    let transfer = TraceEvent.Transfer(
      master: name, bus: transfer.address, physical: physical, count: transfer.count, isWrite: isWrite)
    let event = TraceEvent(
      kind: .dma, time: cluster.time.now, core: 0, instructions: 0, level: 0, vmid: 0, vcpu: 0, pc: 0,
      detail: .transfer(transfer))
    pass(
      event, .dma,
      {
        $0.physical = physical
        $0.access = isWrite ? .write : .read
      }, names: { ([name], nil) })
  }

  private func core(of access: BusAccess) -> Core? {
    let index = Int(access.initiator.index)
    return access.initiator.kind == .core && index < cluster.cores.count ? cluster.cores[index] : nil
  }

  private func didAccess(
    _ device: any Device, _ offset: UInt64, _ value: UInt64, _ access: BusAccess, isWrite: Bool
  ) {
    guard wants(.mmio), let core = core(of: access) else { return }
    let register = device.registerName(at: offset)
    let name = device.name
    let detail = TraceEvent.Access(
      device: name, register: register, offset: offset, physical: access.address.rawValue, size: access.size,
      isWrite: isWrite, value: value)
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    pass(
      event(.mmio, core, level: level, pc: core.programCounter, .access(detail)), .mmio,
      {
        $0.physical = access.address.rawValue
        $0.access = isWrite ? .write : .read
      }, names: { ([name], register) })
  }
}
