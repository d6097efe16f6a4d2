import Fabric

/// The performance monitors of one core, PMUv3 with six event counters (Arm DDI 0487, D7; ID_AA64DFR0).
///
/// Line out: `overflow`, level. The BCM2711 brings it out as SPI 16 + core.
/// Counted: CPU_CYCLES and INST_RETIRED, both one per nanosecond-step of the core's virtual time, SW_INCR and
/// CHAIN; nothing counts while the core waits in WFI or WFE. Not modelled: every other event (counts zero),
/// PMCR_EL0.X; time that a polling core rests counts as if it had executed.
///
/// Counters are brought up to date when somebody looks and whenever the context changes, because level and
/// Security state decide what counts.
public final class PerformanceMonitor {
  /// PMIRQ: an enabled counter has overflowed.
  public let overflow: InterruptLine
  var event: VirtualTime.Event?
  /// PMCR_EL0.E or an HPME, and some counter enabled.
  var isCounting = false
  /// Cycle number up to which the counters are right.
  var lastCycle: UInt64 = 0
  /// Level in which the cycles since `lastCycle` were spent.
  var level = 3
  /// Cycles towards the next 64 of PMCR_EL0.D.
  var divider: UInt64 = 0

  init(index: Int) { overflow = InterruptLine("cpu\(index).pmu") }
}

extension Core {
  private static let counterCount = 6
  private static let cycleCounter = 31
  /// PMCR_EL0: E, D, X, DP and LC are stored, N = 6, IMP and IDCODE are constant.
  static let pmcrConstant: UInt64 = 0x4102_3000
  static let pmcrMask: UInt64 = 0x79
  private static let typeMask: UInt64 = 0xfe00_03ff
  private static let counterBits: UInt64 = 0x8000_003f

  /// The overflow interrupt of the core's performance monitors.
  public var performanceMonitorLine: InterruptLine { system.monitor.overflow }

  func connectPerformanceMonitor() {
    system.monitor.event = time.event("cpu\(index).pmu") { [unowned self] _ in
      countEvents()
      scheduleOverflow()
    }
  }

  private var cycleNumber: UInt64 { time.now / cluster.nanosecondsPerInstruction }

  // MARK: Counting

  /// PMCR_EL0.E or MDCR_EL2.HPME, whichever governs the counter (MDCR_EL2.HPMN).
  private func isGoverned(_ counter: Int) -> Bool {
    let mdcr = self[.mdcrEL2]
    let reserved = counter < Core.counterCount && UInt64(truncatingIfNeeded: counter) >= mdcr.bits(4, 0)
    return reserved ? mdcr.bit(7) : self[.pmcrEL0].bit(0)
  }

  /// CountEvents(): enabled, not prohibited, not filtered at `level`.
  private func counts(_ counter: Int, filter: UInt64, level: Int) -> Bool {
    guard (self[.pmcnten] &>> UInt64(truncatingIfNeeded: counter)) & 1 != 0, isGoverned(counter) else {
      return false
    }
    let isSecure = level == 3 || !isNonSecure
    if isSecure && !self[.mdcrEL3].bit(MDCR.spme) {
      // Counting is prohibited; the cycle counter only with PMCR_EL0.DP.
      if counter != Core.cycleCounter || self[.pmcrEL0].bit(5) { return false }
    }
    let p = filter.bit(31), u = filter.bit(30)
    switch level {
    case 0: return isSecure ? !u : u == filter.bit(28)
    case 1: return isSecure ? !p : p == filter.bit(29)
    case 2: return filter.bit(27)
    default: return p == filter.bit(26)
    }
  }

  /// How far an event advances in `cycles`.
  private func advance(event: UInt64, cycles: UInt64) -> UInt64 {
    // INST_RETIRED, CPU_CYCLES.
    event & 0x3ff == 0x08 || event & 0x3ff == 0x11 ? cycles : 0
  }

  /// CHAIN: an odd counter that counts the overflows of the even one below it (D7.10, event 0x1e).
  private func isChained(_ counter: Int, _ type: UInt64) -> Bool { counter & 1 != 0 && type & 0x3ff == 0x1e }

  /// Advances an event counter if it counts at `level`, and returns how often it overflowed.
  private func advanceCounter(_ counter: Int, by amount: UInt64, level: Int) -> UInt64 {
    let type = indexed(.pmevtyper0EL0, counter)
    guard amount != 0, counts(counter, filter: type, level: level) else { return 0 }
    let value = indexed(.pmevcntr0EL0, counter) &+ amount
    setIndexed(.pmevcntr0EL0, counter, value & 0xffff_ffff)
    return value >> 32
  }

  /// Brings all counters up to now.
  func countEvents() {
    let monitor = system.monitor
    let now = cycleNumber
    let cycles = now &- monitor.lastCycle
    monitor.lastCycle = now
    let level = monitor.level
    monitor.level = self.level
    guard monitor.isCounting, cycles != 0, cycles < 1 &<< 63 else { return }
    var overflowed: UInt64 = 0
    var carries: UInt64 = 0
    for counter in 0..<Core.counterCount {
      let type = indexed(.pmevtyper0EL0, counter)
      let amount = isChained(counter, type) ? carries : advance(event: type, cycles: cycles)
      carries = advanceCounter(counter, by: amount, level: level)
      if carries != 0 { overflowed |= 1 &<< UInt64(truncatingIfNeeded: counter) }
    }
    if counts(Core.cycleCounter, filter: self[.pmccfiltrEL0], level: level) {
      var steps = cycles
      if self[.pmcrEL0].bit(3) && !self[.pmcrEL0].bit(6) {
        monitor.divider &+= cycles
        steps = monitor.divider / 64
        monitor.divider %= 64
      }
      let old = self[.pmccntrEL0]
      let value = old &+ steps
      let isWrapped = self[.pmcrEL0].bit(6) ? value < old : value >> 32 != old >> 32
      if isWrapped { overflowed |= 1 &<< 31 }
      self[.pmccntrEL0] = value
    }
    guard overflowed != 0 else { return }
    self[.pmovs] |= overflowed
    updateOverflowLine()
  }

  /// The core begins to wait.
  func settleEvents() {
    countEvents()
    scheduleOverflow()
  }

  /// The core waited since the counters were right: nothing to count.
  func skipEvents() {
    system.monitor.lastCycle = cycleNumber
    scheduleOverflow()
  }

  /// What is counted depends on the level: settle what the old level did.
  func monitorContextDidChange() {
    guard system.monitor.level != level else { return }
    countEvents()
    scheduleOverflow()
  }

  private func updateOverflowLine() {
    let pending = self[.pmovs] & self[.pminten]
    var isAsserted = false
    for counter in 0..<32 where (pending &>> UInt64(truncatingIfNeeded: counter)) & 1 != 0 {
      if isGoverned(counter) { isAsserted = true }
    }
    system.monitor.overflow.set(isAsserted)
  }

  /// After a change of any control: line, whether anything counts, and when the next overflow is due.
  func updatePerformanceMonitor() {
    let isEnabled = self[.pmcrEL0].bit(0) || self[.mdcrEL2].bit(7)
    system.monitor.isCounting = isEnabled && self[.pmcnten] & Core.counterBits != 0
    updateOverflowLine()
    scheduleOverflow()
  }

  /// Schedules the earliest overflow with an enabled interrupt among the counters that advance in the
  /// current context; a change of context schedules again.
  func scheduleOverflow() {
    guard let event = system.monitor.event else { return }
    var remaining = UInt64.max
    let watched = self[.pmcnten] & self[.pminten]
    if system.monitor.isCounting && watched != 0 && waiting == .running {
      let level = system.monitor.level
      for counter in 0..<Core.counterCount where watched.bit(counter) {
        let type = indexed(.pmevtyper0EL0, counter)
        guard counts(counter, filter: type, level: level) else { continue }
        let value = indexed(.pmevcntr0EL0, counter)
        if isChained(counter, type) {
          // With the even counter below one of 64 bits.
          let below = indexed(.pmevtyper0EL0, counter - 1)
          guard advance(event: below, cycles: 1) != 0, counts(counter - 1, filter: below, level: level) else {
            continue
          }
          let left = 0 &- (value &<< 32 | indexed(.pmevcntr0EL0, counter - 1))
          if left != 0 { remaining = min(remaining, left) }
        } else if advance(event: type, cycles: 1) != 0 {
          remaining = min(remaining, (1 &<< 32) &- value)
        }
      }
      if watched.bit(31) && counts(Core.cycleCounter, filter: self[.pmccfiltrEL0], level: level) {
        let value = self[.pmccntrEL0]
        let left = self[.pmcrEL0].bit(6) ? 0 &- value : (1 &<< 32) &- (value & 0xffff_ffff)
        if left != 0 { remaining = min(remaining, left) }
      }
    }
    let (delay, isHuge) = remaining.multipliedReportingOverflow(by: cluster.nanosecondsPerInstruction)
    let (deadline, isFar) = time.now.addingReportingOverflow(delay)
    time.schedule(event, at: isHuge || isFar ? .max : deadline)
  }

  // MARK: Registers

  /// The counter that PMSELR_EL0 or CRm:op2 of PMEVCNTRn, PMEVTYPERn select; nil for none.
  private func selectedCounter(_ behaviour: RegisterBehaviour, _ encoding: UInt32) -> Int? {
    let number: Int
    switch behaviour {
    case .pmxevcntr, .pmxevtyper: number = Int(truncatingIfNeeded: self[.pmselrEL0] & 31)
    default: number = Int(truncatingIfNeeded: encoding & 7)
    }
    return number == Core.cycleCounter || isAccessible(number) ? number : nil
  }

  /// Counters from MDCR_EL2.HPMN on belong to EL2.
  private func isAccessible(_ counter: Int) -> Bool {
    guard counter < Core.counterCount else { return false }
    if level >= 2 || !isNonSecure { return true }
    return UInt64(truncatingIfNeeded: counter) < self[.mdcrEL2].bits(4, 0)
  }

  /// The counters that set and clear registers show at this level.
  private var visibleCounters: UInt64 {
    var visible: UInt64 = 1 &<< 31
    for counter in 0..<Core.counterCount where isAccessible(counter) {
      visible |= 1 &<< UInt64(truncatingIfNeeded: counter)
    }
    return visible
  }

  func readPerformanceMonitor(
    _ row: UnsafePointer<RegisterRow>, _ encoding: UInt32
  ) -> UInt64 {
    countEvents()
    let behaviour = row.pointee.behaviour
    switch behaviour {
    case .pmcr:
      // N shows HPMN to EL1 and EL0.
      let value = Core.pmcrConstant | (self[.pmcrEL0] & Core.pmcrMask)
      return level < 2 && isNonSecure ? value.replacing(15, 11, with: self[.mdcrEL2].bits(4, 0)) : value
    case .pmSet, .pmClear: return r[Int(truncatingIfNeeded: row.pointee.slot)] & visibleCounters
    case .pmccntr: return self[.pmccntrEL0]
    case .pmccfiltr: return self[.pmccfiltrEL0]
    case .pmevcntr, .pmxevcntr:
      guard let counter = selectedCounter(behaviour, encoding), counter < Core.counterCount else { return 0 }
      return indexed(.pmevcntr0EL0, counter)
    case .pmevtyper, .pmxevtyper:
      guard let counter = selectedCounter(behaviour, encoding) else { return 0 }
      return counter == Core.cycleCounter ? self[.pmccfiltrEL0] : indexed(.pmevtyper0EL0, counter)
    default: return 0
    }
  }

  func writePerformanceMonitor(_ row: UnsafePointer<RegisterRow>, _ encoding: UInt32, _ value: UInt64) {
    countEvents()
    let behaviour = row.pointee.behaviour
    let slot = Int(truncatingIfNeeded: row.pointee.slot)
    switch behaviour {
    case .pmcr: writeMonitorControl(value)
    case .pmSet: r[slot] |= value & visibleCounters
    case .pmClear: r[slot] &= ~(value & visibleCounters)
    case .pmswinc: incrementBySoftware(value)
    case .pmccntr: self[.pmccntrEL0] = value
    case .pmccfiltr: self[.pmccfiltrEL0] = value & 0xfc00_0000
    case .pmevcntr, .pmxevcntr:
      if let counter = selectedCounter(behaviour, encoding), counter < Core.counterCount {
        setIndexed(.pmevcntr0EL0, counter, value & 0xffff_ffff)
      }
    case .pmevtyper, .pmxevtyper:
      if let counter = selectedCounter(behaviour, encoding) {
        if counter == Core.cycleCounter {
          self[.pmccfiltrEL0] = value & 0xfc00_0000
        } else {
          setIndexed(.pmevtyper0EL0, counter, value & Core.typeMask)
        }
      }
    default: break
    }
    updatePerformanceMonitor()
  }

  /// PMCR_EL0: P resets the event counters that the level may access, C the cycle counter.
  private func writeMonitorControl(_ value: UInt64) {
    self[.pmcrEL0] = value & Core.pmcrMask
    if value.bit(1) {
      for counter in 0..<Core.counterCount where isAccessible(counter) {
        setIndexed(.pmevcntr0EL0, counter, 0)
      }
    }
    if value.bit(2) {
      self[.pmccntrEL0] = 0
      system.monitor.divider = 0
    }
  }

  private func incrementBySoftware(_ value: UInt64) {
    var carries: UInt64 = 0
    for counter in 0..<Core.counterCount {
      let type = indexed(.pmevtyper0EL0, counter)
      var amount: UInt64 = 0
      if isChained(counter, type) {
        amount = carries
      } else if type & 0x3ff == 0 && value.bit(counter) && isAccessible(counter) {
        amount = 1
      }
      carries = advanceCounter(counter, by: amount, level: level)
      if carries != 0 { self[.pmovs] |= 1 &<< UInt64(truncatingIfNeeded: counter) }
    }
  }
}
