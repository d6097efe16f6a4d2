import Fabric

/// ARM-local block: what remains of the BCM2836's interrupt controller, and the ARM mailboxes
/// (BCM2711 ARM Peripherals, 6.5.2).
///
/// Address: 0xFF80_0000. Lines out: `mailboxes[4 × core + box]` (SPI 0 to 15), asserted while that mailbox
/// is not zero. Writing a set register ORs into its mailbox; writing a one to the clear register takes the
/// bit away again.
///
/// Not modelled: the legacy routing to the cores (with the GIC enabled nothing uses it), the local timer,
/// AXI counters: storage. The system counter runs at 54 MHz whatever control and prescaler say.
public final class ARMLocal: RegisterDevice {
  public enum Register: RegisterName {
    case control, prescaler, coreInterruptControl, monitorRouteSet, monitorRouteClear
    case peripheralRoute, axiQuietTime, localTimerControl, localTimerInterrupt
    case timerControl(Int)
    case mailboxControl(Int)
    case interruptSource(Int)
    case fastInterruptSource(Int)
    case mailboxSet(Int)
    case mailboxClear(Int)

    public var offset: UInt32 {
      switch self {
      case .control: 0x00
      case .prescaler: 0x08
      case .coreInterruptControl: 0x0c
      case .monitorRouteSet: 0x10
      case .monitorRouteClear: 0x14
      case .peripheralRoute: 0x24
      case .axiQuietTime: 0x30
      case .localTimerControl: 0x34
      case .localTimerInterrupt: 0x38
      case .timerControl(let core): Self.word(0x40, core)
      case .mailboxControl(let core): Self.word(0x50, core)
      case .interruptSource(let core): Self.word(0x60, core)
      case .fastInterruptSource(let core): Self.word(0x70, core)
      case .mailboxSet(let box): Self.word(0x80, box)
      case .mailboxClear(let box): Self.word(0xc0, box)
      }
    }

    private static func word(_ base: UInt32, _ index: Int) -> UInt32 {
      base &+ UInt32(truncatingIfNeeded: index) &* 4
    }
  }

  static let layout = RegisterLayout<Register>(size: 0x100) {
    $0.rw(.control, "ARM_CONTROL", mask: 0x1c0)
    $0.rw(.prescaler, "CORE_PRESCALER", reset: 0x8000_0000)
    $0.notModelled(.coreInterruptControl, "CORE_IRQ_CONTROL", mask: 0x73)
    $0.wo(.monitorRouteSet, "PMU_CONTROL_SET", mask: 0xff)
    $0.wo(.monitorRouteClear, "PMU_CONTROL_CLR", mask: 0xff)
    $0.notModelled(.peripheralRoute, "PERI_IRQ_ROUTE0")
    $0.notModelled(.axiQuietTime, "AXI_QUIET_TIME", mask: 0x1f_ffff)
    $0.notModelled(.localTimerControl, "LOCAL_TIMER_CONTROL")
    $0.notModelled(.localTimerInterrupt, "LOCAL_TIMER_IRQ")
    for core in 0..<4 {
      $0.notModelled(.timerControl(core), "TIMER_CNTRL\(core)", mask: 0xff)
      $0.notModelled(.mailboxControl(core), "MAILBOX_CNTRL\(core)", mask: 0xff)
      $0.ro(.interruptSource(core), "IRQ_SOURCE\(core)")
      $0.ro(.fastInterruptSource(core), "FIQ_SOURCE\(core)")
    }
    for box in 0..<16 {
      $0.wo(.mailboxSet(box), "MAILBOX_SET\(box)")
      $0.w1c(.mailboxClear(box), "MAILBOX_CLR\(box)")
    }
  }

  public static let windowSize: UInt64 = 0x1000
  public let name = "arm-local"
  public let registers: RegisterBlock<Register>
  /// SPI 0 to 15: box m of core c is number 4c + m.
  public let mailboxes = (0..<16).map { InterruptLine("arm-mailbox\($0)") }
  /// Routing of the performance monitors' interrupts to the cores.
  private var monitorRoute: UInt32 = 0

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "arm-local", log: log) }

  public func reset() {
    registers.reset()
    monitorRoute = 0
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("monitorRoute", &monitorRoute)
  }

  public func didLoadState() {
    for (box, line) in mailboxes.enumerated() { line.set(registers[.mailboxClear(box)] != 0) }
  }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .monitorRouteSet, .monitorRouteClear: return monitorRoute
    case .control, .prescaler, .coreInterruptControl, .peripheralRoute, .axiQuietTime,
      .localTimerControl, .localTimerInterrupt, .timerControl, .mailboxControl, .interruptSource,
      .fastInterruptSource, .mailboxSet, .mailboxClear:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .mailboxSet(let box):
      registers[.mailboxClear(box)] |= new
      mailboxes[box & 15].set(registers[.mailboxClear(box)] != 0)
    case .mailboxClear(let box): mailboxes[box & 15].set(new != 0)
    case .monitorRouteSet: monitorRoute |= new
    case .monitorRouteClear: monitorRoute &= ~new
    case .control, .prescaler, .coreInterruptControl, .peripheralRoute, .axiQuietTime,
      .localTimerControl, .localTimerInterrupt, .timerControl, .mailboxControl, .interruptSource,
      .fastInterruptSource:
      break
    }
  }
}
