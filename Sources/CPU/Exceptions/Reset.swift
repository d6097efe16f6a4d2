import Fabric
import MMU

/// Cold reset of a Cortex-A72 (Arm DDI 0487, D1.9), and the core's state for hash, save and load.
extension Core: Stateful {
  /// Wires timers and monitors into virtual time and resets; called once when the core is made.
  func connectSystem() {
    connectTimer()
    connectPerformanceMonitor()
    reset()
  }

  public func reset() { resetCore() }

  /// EL3h at address 0 (RVBAR_EL3), everything masked, MMU off. General registers, which are UNKNOWN, are
  /// zero.
  public func resetCore() {
    for slot in 0..<Slot.count { r[slot] = 0 }
    r.fillConditions()
    let table = system.table
    for number in 0..<table.rowCount {
      let row = table.rows[number]
      let slot = Int(truncatingIfNeeded: row.slot)
      guard slot != Slot.zr, row.behaviour != .constant else { continue }
      r[slot] |= row.reset | row.ones
    }
    self[.vmpidrEL2] = multiprocessorAffinity
    self[.osLock] = 1
    r[Slot.flagZ] = 1
    r[Slot.currentEL] = 3
    r[Slot.spsel] = 1
    r[Slot.daif] = Mask.all
    interruptInputs.subtract(.sError)
    waiting = .running
    stalledUntil = 0
    polling = CounterPolling()
    linkFrom = nil
    blockRest = 0
    pausing = Pausing()
    stopReason = nil
    system.monitor.lastCycle = 0
    system.monitor.level = 3
    system.monitor.divider = 0
    unit.flushAll()
    deriveSystemState()
  }

  /// Everything that software or time can see. What derives from it (TLB contexts, mode bits, lines) is not
  /// visited: `didLoadState` computes it.
  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    // Flags have many forms, and scratch words hold what the engine left.
    r.setNZCV(r.nzcv)
    // Nothing that a debugger asks for is the guest's.
    let pause = r[Slot.attention] & Attention.pause
    r[Slot.attention] ^= pause
    defer { r[Slot.attention] |= pause }
    for slot in [Slot.sink, Slot.temporary, Slot.temporary2, Slot.result, Slot.result2] { r[slot] = 0 }
    visitor.visit("general", words: UnsafeMutableBufferPointer(start: r, count: Slot.dataContext))
    let rest = Slot.retired
    visitor.visit(
      "vectors and system", words: UnsafeMutableBufferPointer(start: r + rest, count: Slot.count - rest))
    var inputs = interruptInputs.rawValue
    visitor.visit("interrupt inputs", &inputs)
    interruptInputs = InterruptInputs(rawValue: inputs)
    visitor.visit("waiting", &waiting)
    visitor.visit("stalled until", &stalledUntil)
    visitor.visit("slice end", &sliceEnd)
    visitor.visit("slice instructions", &sliceInstructions)
    visitor.visit("polling pc", &polling.pc)
    visitor.visit("polling position", &polling.lastRetired)
    visitor.visit("polling distance", &polling.distance)
    visitor.visit("polling length", &polling.runLength)
    visitor.visit("polling start", &polling.runStart)
    let timer = system.timer
    visitor.visit("recorded virtual stream", &timer.recordedStreams.0)
    visitor.visit("recorded physical stream", &timer.recordedStreams.1)
    let monitor = system.monitor
    visitor.visit("monitor cycle", &monitor.lastCycle)
    visitor.visit("monitor level", &monitor.level)
    visitor.visit("monitor divider", &monitor.divider)
  }

  public func didLoadState() {
    linkFrom = nil
    unit.flushAll()
    deriveSystemState()
  }

  /// Computes everything that derives from registers.
  private func deriveSystemState() {
    system.translationIsStale = true
    updateDebugActivity()
    for kind in GenericTimer.Kind.allCases { updateTimer(kind) }
    restartEventStreamIfWaiting()
    updatePerformanceMonitor()
    contextDidChange()
  }

  private func restartEventStreamIfWaiting() {
    if waiting == .event { scheduleEventStream() }
  }
}
