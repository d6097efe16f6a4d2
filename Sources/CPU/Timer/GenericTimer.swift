import Fabric

/// The generic timer of one core (Arm DDI 0487, D11): four timers on one 54 MHz system counter.
///
/// Lines out: `lines`, levels, to the core's private interrupts: CNTP 30, CNTV 27, CNTHP 26, CNTPS 29.
/// The counter is virtual time; it starts at 0 with the machine and never stops.
/// Not modelled: the memory-mapped counter and timer frames, CNTFRQ_EL0 does not change the rate.
public final class GenericTimer {
  /// The timers; raw values order their registers in `SystemRegister`.
  public enum Kind: Int, CaseIterable, Sendable {
    /// CNTP: EL1 physical timer, PPI 30.
    case physical = 0
    /// CNTV: virtual timer, PPI 27.
    case virtual = 1
    /// CNTHP: EL2 physical timer, PPI 26.
    case hypervisor = 2
    /// CNTPS: Secure EL1 physical timer, PPI 29.
    case secure = 3
  }

  /// The system counter's clock: the 54 MHz crystal.
  public static let clock = ClockDomain(frequency: 54_000_000)

  /// Outputs by `Kind.rawValue`.
  public let lines: [InterruptLine]
  var events: [VirtualTime.Event] = []
  var streamEvent: VirtualTime.Event?
  /// Ticks of the event streams (CNTKCTL_EL1, CNTHCTL_EL2) already recorded in the event register.
  var recordedStreams: (UInt64, UInt64) = (0, 0)

  init(index: Int) {
    lines = ["cntp", "cntv", "cnthp", "cntps"].map { InterruptLine("cpu\(index).\($0)") }
  }
}

extension Core {
  /// The output of one of the core's timers.
  public func timerLine(_ kind: GenericTimer.Kind) -> InterruptLine { system.timer.lines[kind.rawValue] }

  /// All timer outputs, by `GenericTimer.Kind.rawValue`.
  public var timerLines: [InterruptLine] { system.timer.lines }

  /// The physical count now. Within a slice a core may come to a time at which another has already been;
  /// system time must not go backwards from the one to the other (D11.1.2), so that the count waits.
  @inline(__always)
  var physicalCount: UInt64 { max(GenericTimer.clock.ticks(at: time.now), cluster.latestCount) }

  /// The count that a timer compares with: CNTVCT_EL0 for the virtual one.
  @inline(__always)
  func count(_ kind: GenericTimer.Kind) -> UInt64 { physicalCount &- offset(kind) }

  private func offset(_ kind: GenericTimer.Kind) -> UInt64 { kind == .virtual ? self[.cntvoffEL2] : 0 }

  /// Declares the timer's events; called once, in the order of the cores.
  func connectTimer() {
    for kind in GenericTimer.Kind.allCases {
      let event = time.event(system.timer.lines[kind.rawValue].name) { [unowned self] _ in
        updateTimer(kind)
      }
      system.timer.events.append(event)
    }
    system.timer.streamEvent = time.event("cpu\(index).event stream") { [unowned self] _ in
      recordEventStream()
    }
  }

  // MARK: Conditions

  /// CNTx_CTL.ISTATUS: enabled, and the count has reached the compare value (D11.2.4; all unsigned).
  func timerCondition(_ kind: GenericTimer.Kind) -> Bool {
    indexed(.cntpctlEL0, kind.rawValue) & 1 != 0 && count(kind) >= indexed(.cntpcvalEL0, kind.rawValue)
  }

  /// Sets the line of a timer and schedules the moment at which it will change by itself.
  func updateTimer(_ kind: GenericTimer.Kind) {
    let number = kind.rawValue
    guard number < system.timer.events.count else { return }
    let event = system.timer.events[number]
    let control = indexed(.cntpctlEL0, number)
    let isMet = timerCondition(kind)
    // ENABLE and not IMASK.
    let isOpen = control & 3 == 1
    system.timer.lines[number].set(isOpen && isMet)
    guard isOpen else {
      time.cancel(event)
      return
    }
    let now = physicalCount
    let count = now &- offset(kind)
    // Met until the count wraps to zero, else until it reaches the compare value.
    let remaining = isMet ? 0 &- count : indexed(.cntpcvalEL0, number) &- count
    let (target, overflow) = now.addingReportingOverflow(remaining)
    let isNever = overflow || remaining == 0
    time.schedule(event, at: isNever ? .max : GenericTimer.clock.nanoseconds(atTick: target))
  }

  // MARK: Registers (D11.2)

  /// CNTPCT_EL0 and CNTVCT_EL0.
  func readCounter(_ kind: GenericTimer.Kind) -> UInt64 {
    let count = physicalCount
    cluster.latestCount = count
    return count &- offset(kind)
  }

  /// Which timer a register belongs to, from its op1 and CRm.
  @inline(__always)
  func timerKind(_ encoding: UInt32) -> GenericTimer.Kind {
    switch encoding.bits(13, 11) {
    case 4: return .hypervisor
    case 7: return .secure
    default: return encoding.bits(6, 3) == 3 ? .virtual : .physical
    }
  }

  func readTimerControl(_ kind: GenericTimer.Kind) -> UInt64 {
    (indexed(.cntpctlEL0, kind.rawValue) & 3) | (timerCondition(kind) ? 4 : 0)
  }

  func writeTimerControl(_ kind: GenericTimer.Kind, _ value: UInt64) {
    setIndexed(.cntpctlEL0, kind.rawValue, value & 3)
    updateTimer(kind)
  }

  func writeTimerCompare(_ kind: GenericTimer.Kind, _ value: UInt64) {
    setIndexed(.cntpcvalEL0, kind.rawValue, value)
    updateTimer(kind)
  }

  /// TVAL: the distance to the compare value as a signed 32-bit number.
  func readTimerValue(_ kind: GenericTimer.Kind) -> UInt64 {
    (indexed(.cntpcvalEL0, kind.rawValue) &- count(kind)) & 0xffff_ffff
  }

  func writeTimerValue(_ kind: GenericTimer.Kind, _ value: UInt64) {
    writeTimerCompare(kind, count(kind) &+ value.signExtended(from: 32))
  }
}
