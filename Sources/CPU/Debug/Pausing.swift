import Fabric

/// Why a core paused: for a debugger, and for whoever else controls the run.
public enum PauseReason: Hashable, Sendable {
  /// A step is done.
  case step
  /// A debugger's breakpoint is at the instruction that is next.
  case breakpoint(Breakpoint)
  /// The instruction that is next makes an access that a debugger watches.
  case watchpoint(Watchpoint, address: UInt64, isWrite: Bool)
  /// Something that was to be waited for, in words.
  case event(String)
  /// Somebody asked.
  case request
}

/// What a core knows of its pauses. Nothing of it is state of the guest's core.
struct Pausing {
  /// Why the core is to pause before its next instruction, or why it did.
  var reasons: [PauseReason] = []
  /// The turn is not over; `continueTurn` goes on with it.
  var isPaused = false
  /// Pause when one more instruction is executed, or an exception taken.
  var isStepping = false
  /// Where the last pause was, by address and by instructions since reset: what is there has been reported, and
  /// the instruction is to be executed now.
  var reportedPC: UInt64 = 0
  var reportedPosition = UInt64.max
  /// Why the block that is being executed was cut, other than for the end of the slice.
  var reasonAtCut: PauseReason? {
    didSet { wasCut = reasonAtCut != nil }
  }
  /// Whether there is such a reason; asked at the end of every slice.
  private(set) var wasCut = false
  /// Instructions taken from the slice, to be given back.
  var heldBack: UInt64 = 0

  static let reasonLimit = 16
}

/// Pauses in the midst of a core's turn.
///
/// A run with pauses is the run without them: the turn goes on in the same slice with the same budget, and an
/// interrupt that came in the midst of a block is taken at the end of that block, paused or not. For this
/// `blockRest` says how many instructions of the block were still to come; they are executed first, with
/// `Slot.attention` out of sight. Executing fewer instructions than the slice has is no different from a
/// shorter slice that ends at the core's same time: budget, `sliceInstructions` and `sliceEnd` move together.
extension Core {
  /// The turn is not over: `continueTurn` goes on with it, and until then no other core may run.
  public var isPaused: Bool { pausing.isPaused }
  /// Why the core paused; several reasons may hold for one instruction.
  public var pauseReasons: [PauseReason] { pausing.reasons }

  /// Makes the core pause before its next instruction; may be called while one is being executed, at an
  /// exception for instance, and when it is not the core's turn.
  ///
  /// Exact where the instruction ends a block, as all that change the context do, those that take an exception,
  /// return from one, maintain TLBs or wait. Behind another, such as an access to a device, the pause comes at
  /// the end of the block unless `Cluster.pausesExactly`.
  public func requestPause(_ reason: PauseReason) {
    if pausing.reasons.count < Pausing.reasonLimit && !pausing.reasons.contains(reason) {
      pausing.reasons.append(reason)
    }
    r[Slot.attention] |= Attention.pause
  }

  /// Makes the core pause when it has executed one more instruction or taken an exception; false lets it be.
  public var isStepping: Bool {
    get { pausing.isStepping }
    set { pausing.isStepping = newValue }
  }

  /// Instructions since reset, those of the turn in whose midst it pauses included.
  public var executedInstructions: UInt64 { isPaused ? retiredSoFar : retiredInstructions }

  /// The core's own time, paused or not.
  public var currentTime: UInt64 {
    guard isPaused else { return time.now }
    let left = UInt64(bitPattern: max(0, Int64(bitPattern: r[Slot.budget]))) &* cluster.nanosecondsPerInstruction
    return sliceEnd &- min(left, sliceEnd)
  }

  // MARK: For the dispatcher

  /// Takes `count` instructions off the slice for now.
  func holdBack(_ count: UInt64) {
    pausing.heldBack &+= count
    r[Slot.budget] = r[Slot.budget] &- count
    sliceInstructions = sliceInstructions &- count
    sliceEnd = sliceEnd &- count &* cluster.nanosecondsPerInstruction
  }

  func giveBack(_ count: UInt64) {
    pausing.heldBack &-= count
    r[Slot.budget] = r[Slot.budget] &+ count
    sliceInstructions = sliceInstructions &+ count
    sliceEnd = sliceEnd &+ count &* cluster.nanosecondsPerInstruction
  }

  /// The turn is interrupted here.
  @inline(never)
  func pauseTurn() {
    r[Slot.attention] &= ~Attention.pause
    pausing.isPaused = true
    pausing.isStepping = false
    pausing.reportedPC = r[Slot.pc]
    pausing.reportedPosition = retiredSoFar
  }

  /// Whether the last pause was before the instruction at `pc` that is number `position` since reset.
  func hasReported(_ pc: UInt64, _ position: UInt64) -> Bool {
    position == pausing.reportedPosition && pc == pausing.reportedPC
  }

  /// In the midst of a block, `Slot.pc` being exact: pauses before the current instruction, of which nothing has
  /// had an effect.
  func pauseBefore(_ block: BlockPointer, _ op: OpPointer, _ reason: PauseReason) {
    let rest = Int64(block.pointee.count) &- Int64(block.instructionIndex(of: op))
    r[Slot.budget] = r[Slot.budget] &+ UInt64(bitPattern: rest)
    blockRest = rest
    requestPause(reason)
  }

  /// A pause was asked for by the current instruction, which does not end its block: ends it there. Host code does
  /// not see that.
  @inline(never)
  func cut(_ block: BlockPointer, behind op: OpPointer) {
    let next = block.instructionIndex(of: op) + 1
    guard next < Int(block.pointee.count) else { return }
    if stoppedAt != nil {
      if stoppedRest >= Int64(block.pointee.count) &- Int64(next) { return }
      restoreStopped()
    }
    stop(block, after: Int64(next))
  }

  /// Executes what is left of the block in whose midst the core paused. An interrupt comes after that.
  func finishBlock() {
    let rest = min(blockRest, Int64(bitPattern: r[Slot.budget]))
    let left = blockRest
    let isStoppedByRequest = r[Slot.attention] & Attention.pause != 0
    guard rest > 0, !isStoppedByRequest else { return }
    let attention = r[Slot.attention]
    r[Slot.attention] = 0
    let held = r[Slot.budget] &- UInt64(bitPattern: rest)
    holdBack(held)
    runBlock()
    let executed = rest &- Int64(bitPattern: r[Slot.budget])
    giveBack(held)
    r[Slot.attention] |= attention
    if blockRest != 0 { blockRest = max(0, left &- executed) }
  }
}

extension Cluster {
  /// Leaves everything to the interpreter, so that a pause that an instruction asks for comes right behind it,
  /// whatever the instruction. The run is the same.
  public var pausesExactly: Bool {
    get { !usesHostCode }
    set { usesHostCode = !newValue }
  }
}
