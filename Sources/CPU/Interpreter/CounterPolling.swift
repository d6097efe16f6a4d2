import Fabric

/// A core that does nothing but read a counter until it reaches a value would cost host time in proportion
/// to the wait (Xen waits three seconds after "CONSOLE OUTPUT IS SYNCHRONOUS").
///
/// Rule (docs/time.md): reads of the counter at the same PC, each as many retired instructions after the one
/// before as that one, `window` at most, form a run: the turns of one loop. A loop that is left and entered
/// again takes other instructions in between, and so each wait is a run of its own. From the `threshold`-th
/// read on, each read moves the core ahead of the machine's time by 1/32 of what the run has waited so far: it
/// rests until the others have caught up. The wait ends at most one such rest late, and the read that ends it
/// rests, too: it takes a sixteenth longer at most. Any interrupt ends the rest.
struct CounterPolling {
  var pc: UInt64 = 0
  /// Instructions that the core had retired at the read before.
  var lastRetired: UInt64 = 0
  /// Instructions between the two reads before.
  var distance: UInt64 = 0
  var runLength: UInt64 = 0
  var runStart: UInt64 = 0

  static let window: UInt64 = 64
  static let threshold: UInt64 = 16
}

extension Core {
  /// Called after a read of CNTPCT_EL0 or CNTVCT_EL0 at `pc`, with `time.now` and the budget exact.
  func counterWasRead(pc: UInt64) {
    // Rests are no instructions: the distance is that of the loop, however long it rested.
    let position = r[Slot.retired] &+ (sliceInstructions &- r[Slot.budget])
    let distance = position &- polling.lastRetired
    if pc == polling.pc && distance == polling.distance && distance <= CounterPolling.window {
      polling.runLength &+= 1
    } else {
      polling.pc = pc
      polling.distance = distance
      polling.runLength = 0
      polling.runStart = time.now
    }
    polling.lastRetired = position
    guard polling.runLength >= CounterPolling.threshold else { return }
    let rest = (time.now &- polling.runStart) / 32
    guard rest > 0 else { return }
    stalledUntil = time.now &+ rest
    r[Slot.attention] |= Attention.waiting
  }
}
