import Fabric

/// The part that works: fetches control blocks and moves data at points of virtual time, a bounded slice at
/// each, so that neither a long block nor an endless list holds the machine up. Nothing moves within a write
/// to a register, so that a transfer to the DMA controller's own registers is like any other.
final class DMAEngine {
  enum Phase: UInt8 {
    case idle
    /// A control block is being fetched.
    case fetching
    /// A control block is under way.
    case moving
  }

  enum AfterFailure {
    case goOn
    /// The channel stops, with the registers where it failed.
    case stop
    /// The block ends here.
    case endBlock
  }

  private(set) var phase = Phase.idle
  private(set) var block = DMABlock()
  /// A control block was fetched since the reset.
  private(set) var hasFetched = false
  /// CS.ACTIVE; the channel sets it, and again after a load.
  var isActive = false {
    didSet {
      if isActive != oldValue, phase == .moving { announceParts() }
    }
  }
  /// The channel's bit of ENABLE; likewise.
  var isEnabled = true
  weak var channel: (any DMAChannel)?

  private let time: VirtualTime
  private let requests: DMARequests
  private let mover: DMAMover
  private var event: VirtualTime.Event?
  /// Virtual time of the next fetch or slice; zero when there is none.
  private var deadline: UInt64 = 0
  /// Counts what takes the block away while it is moved.
  private var epoch = 0
  private var isMoving = false

  init(name: String, time: VirtualTime, requests: DMARequests, mover: DMAMover) {
    self.time = time
    self.requests = requests
    self.mover = mover
    event = time.event(name) { [unowned self] _ in fire() }
  }

  // MARK: State

  func reset() {
    stop()
    block = DMABlock()
    hasFetched = false
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("phase", &phase)
    visitor.visit("hasFetched", &hasFetched)
    visitor.visit("deadline", &deadline)
    block.visitState(&visitor)
  }

  func didLoadState() {
    if let event { time.schedule(event, at: deadline == 0 ? .max : deadline) }
  }

  // MARK: Commands

  /// Fetches the next block, if none is under way.
  func begin() {
    if phase == .idle { phase = .fetching }
    update()
  }

  func stop() {
    phase = .idle
    epoch &+= 1
    mover.port.announce(.stopped)
    update()
  }

  /// Leaves the block under way; the next one is fetched if there is one.
  func leaveBlock(hasNext: Bool) {
    phase = hasNext ? .fetching : .idle
    epoch &+= 1
    deadline = 0
    mover.port.announce(.stopped)
    update()
  }

  /// Whether the request that paces the block is low.
  var waitsForRequest: Bool {
    phase == .moving && block.isPaced && !requests.isRequesting(block.request)
  }

  /// Waits, pauses or goes on, as things now are. A request that falls is seen when the slice is due.
  func update() {
    if !isActive || !isEnabled || phase == .idle {
      deadline = 0
      if let event { time.cancel(event) }
    } else if deadline == 0, !isMoving, !waitsForRequest, let event {
      let cost = phase == .fetching ? DMABlock.fetchNanoseconds : slice.nanoseconds
      deadline = time.now &+ cost
      time.schedule(event, at: deadline)
    }
  }

  // MARK: Work

  private var slice: DMABlock.Slice { block.slice(toPeripheral: mover.reachesPeripheral(block)) }

  private func fire() {
    deadline = 0
    guard isActive, isEnabled else { return }
    switch phase {
    case .idle: break
    case .fetching:
      guard let fetched = channel?.fetchBlock() else { return stop() }
      block = fetched
      hasFetched = true
      phase = .moving
      announceParts()
    case .moving:
      isMoving = true
      moveSlice()
      isMoving = false
    }
    update()
  }

  private func moveSlice() {
    let started = epoch
    // A copy: the transfer may write this channel's registers.
    var current = block
    let slice = self.slice
    for _ in 0..<slice.rows {
      var left = slice.bytes
      repeat {
        if current.isPaced && !requests.isRequesting(current.request) { break }
        let count = current.isPaced ? min(left, 4) : pieceSize(current, left)
        let outcome = mover.move(current, count)
        guard epoch == started else { return }
        if !outcome.isGood {
          switch channel?.transferDidFail(outcome) ?? .stop {
          case .goOn: break
          case .stop:
            keep(current)
            return stop()
          case .endBlock:
            keep(current)
            return endBlock()
          }
        }
        current.advance(count)
        left &-= count
      } while left > 0
    }
    keep(current)
    if current.isDone { endBlock() }
  }

  /// Whole words with a peripheral, up to a page's end otherwise.
  private func pieceSize(_ block: DMABlock, _ left: UInt32) -> UInt32 {
    mover.reachesPeripheral(block) ? left : block.piece(of: left)
  }

  private func keep(_ current: DMABlock) {
    block = current
    channel?.show(current)
  }

  private func endBlock() {
    phase = channel?.blockDidEnd() ?? false ? .fetching : .idle
    mover.port.announce(.stopped)
  }

  private func announceParts() {
    mover.port.announce(isActive ? .began(block.parts(isPeripheral: mover.isPeripheral)) : .stopped)
  }
}
