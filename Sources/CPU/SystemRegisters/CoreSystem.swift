import Fabric

/// What the system side of a core keeps beside the register block: values derived from control registers,
/// and the wiring of its timers and performance monitors.
final class CoreSystem {
  /// Words per Exception level in `levels`.
  static let levelWords = 2

  let table = SystemRegisterTable.shared
  /// For each Exception level: mode bits, and `SCTLR.SA` of that level (0 or 1).
  /// SAFETY: 4 × `levelWords` words owned by this object; the level is always masked to 0...3.
  let levels: UnsafeMutablePointer<UInt64>
  /// Control registers of another translation regime were written since the unit last heard of them.
  var translationIsStale: Bool {
    get { registers[HostSlot.translationIsStale] != 0 }
    set { registers[HostSlot.translationIsStale] = newValue ? 1 : 0 }
  }
  /// Debug must be looked at on each change of context: MDSCR_EL1.SS or MDE may have an effect, or a debugger
  /// has watchpoints.
  var debugIsActive: Bool { registers[HostSlot.debugIsActive] != 0 }
  /// The same for what the guest does itself.
  var guestDebugIsActive: Bool { registers[HostSlot.debugIsActive] & 1 != 0 }

  func setDebugActivity(guest: Bool, debugger: Bool) {
    registers[HostSlot.debugIsActive] = (guest ? 1 : 0) | (debugger ? 2 : 0)
  }
  /// SAFETY: the core's register block, which outlives this object.
  private let registers: Regs
  let timer: GenericTimer
  let monitor: PerformanceMonitor

  init(index: Int, registers: Regs) {
    self.registers = registers
    levels = UnsafeMutablePointer<UInt64>.allocate(capacity: 4 * Self.levelWords)
    levels.initialize(repeating: 0, count: 4 * Self.levelWords)
    timer = GenericTimer(index: index)
    monitor = PerformanceMonitor(index: index)
    translationIsStale = true
  }

  deinit { levels.deallocate() }

  @inline(__always)
  func level(_ exceptionLevel: Int) -> UnsafeMutablePointer<UInt64> {
    levels + (exceptionLevel & 3) &* Self.levelWords
  }
}
