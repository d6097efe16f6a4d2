import Fabric

/// A channel's registers, and how it goes from block to block; the engine does the work. Both kinds of
/// channel share what follows below; CS.ACTIVE, END and INT have the same places in both (BCM2711 ARM
/// Peripherals, 4.2.1).
protocol DMAChannel: RegisterClient {
  /// The registers that are of both kinds.
  static var shared: DMASharedRegisters<Register> { get }
  var registers: RegisterBlock<Register> { get }
  var interrupt: InterruptLine { get }
  var engine: DMAEngine { get }
  var requests: DMARequests { get }

  /// Reads the control block that is next; nil if that failed, which the channel has noted.
  func fetchBlock() -> DMABlock?
  /// Puts into the registers where `block` is.
  func show(_ block: DMABlock)
  /// A piece could not be moved; how to go on.
  func transferDidFail(_ outcome: DMAMover.Outcome) -> DMAEngine.AfterFailure
  /// The block is done; whether there is another.
  func blockDidEnd() -> Bool
}

/// What both kinds of channel call alike.
struct DMASharedRegisters<Register: RegisterName> {
  let status: Register
  let controlBlock: Register
  let information: Register
  let nextControlBlock: Register
}

/// Bits of CS that are the same in both kinds of channel.
enum DMAStatus {
  static let active: UInt32 = 1 << 0
  static let end: UInt32 = 1 << 1
  static let interrupt: UInt32 = 1 << 2
  static let request: UInt32 = 1 << 3
}

// MARK: State

extension DMAChannel {
  func reset() {
    registers.reset()
    engine.isActive = false
    engine.reset()
    updateLine()
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    engine.visitState(&visitor)
  }

  func didLoadState() {
    engine.isActive = isActive
    engine.didLoadState()
    updateLine()
  }

  func updateLine() { interrupt.set(registers[Self.shared.status] & DMAStatus.interrupt != 0) }
}

// MARK: Control

extension DMAChannel {
  var isActive: Bool { registers[Self.shared.status] & DMAStatus.active != 0 }

  /// A channel starts by whichever write makes it active with a block (CS.ACTIVE), and stays active when
  /// there is nothing to do.
  func start() {
    engine.isActive = isActive
    if isActive && registers[Self.shared.controlBlock] != 0 { engine.begin() } else { engine.update() }
  }

  func deactivate() {
    registers[Self.shared.status] &= ~DMAStatus.active
    engine.isActive = false
  }

  /// END, and INT if the block asks for it (TI.INTEN).
  func complete() {
    registers[Self.shared.status] |= DMAStatus.end
    if registers[Self.shared.information].bit(0) { registers[Self.shared.status] |= DMAStatus.interrupt }
  }

  /// On to the next block; with none, ACTIVE clears.
  func advanceList() -> Bool {
    registers[Self.shared.controlBlock] = registers[Self.shared.nextControlBlock]
    if registers[Self.shared.controlBlock] != 0 { return true }
    deactivate()
    return false
  }

  func blockDidEnd() -> Bool {
    complete()
    let hasNext = advanceList()
    updateLine()
    return hasNext
  }

  /// The request that is to pace `block`.
  func pace(_ block: inout DMABlock, by request: UInt32) {
    block.request = request
    guard !requests.isWired(request) else { return }
    registers.log.once(
      .notModelled, source: registers.name, key: "DREQ \(request)",
      message: "waits for DREQ \(request) (\(DMARequests.name(request))), which nothing drives")
  }
}
