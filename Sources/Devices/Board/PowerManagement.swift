import Fabric

/// Power management: watchdog, reset and power domains (BCM2711).
///
/// Address: 0xFE10_0000. Lines out: none; `onReset` tells the board that the watchdog reset the chip.
/// Every write needs 0x5A in bits 31:24. `WDOG` counts down at 65536 Hz of virtual time from the moment it
/// is written; when it is zero while `RSTC` bits 5:4 select a full reset, the chip resets. The boot
/// partition number is spread over the even bits of `RSTS`: partition 63 means halt.
///
/// Not modelled: the power domains (`GRAFX`, `IMAGE`, `PROC`, `USB` …) are storage.
public final class PowerManagement: RegisterDevice {
  /// What the watchdog asked for.
  public enum Reset: Sendable {
    /// Start again.
    case reset
    /// Stay off.
    case halt
  }

  public enum Register: UInt32, RegisterName, CaseIterable {
    case generic = 0x00
    case audio = 0x04
    case status = 0x18
    case resetControl = 0x1c
    case resetStatus = 0x20
    case watchdog = 0x24
    case pads0 = 0x28
    case pads2 = 0x2c
    case pads3 = 0x30
    case pads4 = 0x34
    case pads5 = 0x38
    case pads6 = 0x3c
    case camera0 = 0x44
    case camera1 = 0x48
    case ccp2tx = 0x4c
    case dsi0 = 0x50
    case dsi1 = 0x54
    case hdmi = 0x58
    case usb = 0x5c
    case pixelLDO = 0x60
    case image = 0x108
    case graphics = 0x10c
    case processor = 0x110
  }

  private static let password: UInt8 = 0x5a

  static let layout = RegisterLayout<Register>(size: 0x114) {
    // What the power-up sequence of a domain finds when the firmware left it on: POWUP, POWOK, ISPOW,
    // MEMREP, MRDONE, ISFUNC, reset released.
    let domainOn: UInt32 = 0x7f
    $0.rw(.resetControl, "RSTC", reset: 0x102, password: password)
    $0.rw(.resetStatus, "RSTS", reset: 0x20, password: password)
    $0.rw(.watchdog, "WDOG", mask: 0xf_ffff, password: password)
    $0.rw(.graphics, "GRAFX", reset: domainOn, password: password)
    $0.rw(.image, "IMAGE", reset: domainOn, password: password)
    $0.rw(.processor, "PROC", reset: domainOn, password: password)
    let storage: [(Register, String)] = [
      (.generic, "GNRIC"), (.audio, "AUDIO"), (.status, "STATUS"), (.pads0, "PADS0"), (.pads2, "PADS2"),
      (.pads3, "PADS3"), (.pads4, "PADS4"), (.pads5, "PADS5"), (.pads6, "PADS6"), (.camera0, "CAM0"),
      (.camera1, "CAM1"), (.ccp2tx, "CCP2TX"), (.dsi0, "DSI0"), (.dsi1, "DSI1"), (.hdmi, "HDMI"),
      (.usb, "USB"), (.pixelLDO, "PXLDO"),
    ]
    for (register, name) in storage { $0.rw(register, name, password: password) }
  }

  /// The watchdog's clock.
  private static let clock = ClockDomain(frequency: 65_536)
  /// `RSTS`: all bits of the partition number, i.e. partition 63.
  private static let haltPartition: UInt32 = 0x555

  public static let windowSize: UInt64 = 0x1000
  public let name = "pm"
  public let registers: RegisterBlock<Register>
  /// Called when the watchdog expires with a full reset selected.
  public var onReset: (Reset) -> Void

  private let time: VirtualTime
  private var event: VirtualTime.Event?
  /// Virtual time at which the count is zero; zero when it has not been written since power-on.
  private var expiry: UInt64 = 0

  public init(time: VirtualTime, log: GuestLog, onReset: @escaping (Reset) -> Void) {
    self.time = time
    self.onReset = onReset
    registers = RegisterBlock(Self.layout, name: "pm", log: log)
    event = time.event("pm.watchdog") { [unowned self] _ in expire() }
  }

  // MARK: State

  public func reset() {
    registers.reset()
    expiry = 0
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("expiry", &expiry)
  }

  public func didLoadState() {
    if let event { time.schedule(event, at: isArmed ? max(expiry, time.now) : .max) }
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .watchdog: return remaining
    case .resetControl, .resetStatus, .graphics, .image, .processor, .generic, .audio, .status, .pads0,
      .pads2, .pads3, .pads4, .pads5, .pads6, .camera0, .camera1, .ccp2tx, .dsi0, .dsi1, .hdmi, .usb,
      .pixelLDO:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .watchdog:
      expiry = time.now &+ Self.clock.nanoseconds(atTick: UInt64(new))
      didLoadState()
    case .resetControl: didLoadState()
    case .resetStatus, .graphics, .image, .processor, .generic, .audio, .status, .pads0, .pads2, .pads3,
      .pads4, .pads5, .pads6, .camera0, .camera1, .ccp2tx, .dsi0, .dsi1, .hdmi, .usb, .pixelLDO:
      break
    }
  }

  // MARK: Watchdog

  /// `RSTC` bits 5:4, WRCFG: 2 is a full reset.
  public var isArmed: Bool { registers[.resetControl].bits(5, 4) == 2 }

  private var remaining: UInt32 {
    guard expiry > time.now else { return 0 }
    let ticks = Self.clock.ticks(at: expiry &- time.now)
    return UInt32(truncatingIfNeeded: min(ticks, 0xf_ffff))
  }

  private func expire() {
    guard isArmed else { return }
    let halts = registers[.resetStatus] & Self.haltPartition == Self.haltPartition
    registers[.resetControl] &= ~0x30
    onReset(halts ? .halt : .reset)
  }
}
