import Fabric

/// A core that does nothing but read a counter until it reaches a value would cost host time in proportion
/// to the wait (Xen waits three seconds after "CONSOLE OUTPUT IS SYNCHRONOUS").
///
/// Rule (docs/time.md): reads of the counter at the same PC, each at most `window` retired instructions
/// after the one before, form a run. From the `threshold`-th read on, each read moves the core ahead of
/// the machine's time by 1/16 of what the run has waited so far: it rests until the others have caught up.
/// It therefore overshoots by at most a sixteenth of the wait. Any interrupt ends the rest.
struct CounterPolling {
  var pc: UInt64 = 0
  var lastRetired: UInt64 = 0
  var runLength: UInt64 = 0
  var runStart: UInt64 = 0

  static let window: UInt64 = 64
  static let threshold: UInt64 = 16
}

extension Core {
  /// Called after a read of CNTPCT_EL0 or CNTVCT_EL0 at `pc`, with `time.now` exact.
  func counterWasRead(pc: UInt64) {
    let ns = cluster.nanosecondsPerInstruction
    // Retired so far, from exact time: `now` counts instructions and rests alike, so rests are removed.
    let position = time.now / ns
    if pc == polling.pc && position &- polling.lastRetired <= CounterPolling.window {
      polling.runLength &+= 1
    } else {
      polling.pc = pc
      polling.runLength = 0
      polling.runStart = time.now
    }
    polling.lastRetired = position
    guard polling.runLength >= CounterPolling.threshold else { return }
    let rest = (time.now &- polling.runStart) / 16
    guard rest > 0 else { return }
    stalledUntil = time.now &+ rest
    r[Slot.attention] |= Attention.waiting
  }

  /// The rest is over, or ended by an interrupt: the next read is as near as if there had been none.
  func didRest() {
    stalledUntil = 0
    polling.lastRetired = time.now / cluster.nanosecondsPerInstruction
  }
}
