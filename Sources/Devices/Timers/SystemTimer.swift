import Fabric

/// System timer: a free-running 1 MHz counter with four compares
/// (BCM2711 ARM Peripherals, chapter 10).
///
/// Address: 0xFE00_3000. Lines out: `interrupts[0…3]` (SPI 64 to 67), level until `CS` is cleared. A compare
/// matches when it equals the low word of the counter, that is once every 2^32 µs. Channels 0 and 2 belong
/// to the VideoCore on a real board; here they are free.
public final class SystemTimer: RegisterDevice {
  public enum Register: RegisterName {
    case status, counterLow, counterHigh
    case compare(Int)

    public var offset: UInt32 {
      switch self {
      case .status: 0x00
      case .counterLow: 0x04
      case .counterHigh: 0x08
      case .compare(let channel): 0x0c &+ UInt32(truncatingIfNeeded: channel) &* 4
      }
    }
  }

  static let layout = RegisterLayout<Register>(size: 0x1c) {
    $0.w1c(.status, "CS", mask: 0xf)
    $0.ro(.counterLow, "CLO")
    $0.ro(.counterHigh, "CHI")
    for channel in 0..<4 { $0.rw(.compare(channel), "C\(channel)") }
  }

  private static let clock = ClockDomain(frequency: 1_000_000)

  public static let windowSize: UInt64 = 0x1000
  public let name = "system-timer"
  public let registers: RegisterBlock<Register>
  /// SPI 64 to 67.
  public let interrupts = (0..<4).map { InterruptLine("system-timer\($0)") }

  private let time: VirtualTime
  private var events: [VirtualTime.Event] = []
  /// The counter value at which each channel matches next.
  private var matches = [UInt64](repeating: 1 << 32, count: 4)

  public init(time: VirtualTime, log: GuestLog) {
    self.time = time
    registers = RegisterBlock(Self.layout, name: "system-timer", log: log)
    for channel in 0..<4 {
      events.append(time.event("system-timer\(channel)") { [unowned self] _ in match(channel) })
    }
  }

  // MARK: State

  public func reset() {
    registers.reset()
    // The compares are zero again: they match when the low word wraps.
    matches = [UInt64](repeating: ((counter &>> 32) &+ 1) &<< 32, count: 4)
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("matches", &matches)
    if matches.count != 4 { matches = [UInt64](repeating: 1 << 32, count: 4) }
  }

  public func didLoadState() {
    for channel in 0..<4 { schedule(channel) }
    updateLines()
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .counterLow: return UInt32(truncatingIfNeeded: counter)
    case .counterHigh: return UInt32(truncatingIfNeeded: counter &>> 32)
    case .status, .compare: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .compare(let channel):
      let now = counter
      let distance = new &- UInt32(truncatingIfNeeded: now)
      matches[channel & 3] = now &+ UInt64(distance)
      schedule(channel & 3)
    case .status: updateLines()
    case .counterLow, .counterHigh: break
    }
  }

  // MARK: Counter

  private var counter: UInt64 { Self.clock.ticks(at: time.now) }

  private func schedule(_ channel: Int) {
    time.schedule(events[channel], at: Self.clock.nanoseconds(atTick: matches[channel]))
  }

  private func match(_ channel: Int) {
    registers[.status] |= 1 << UInt32(channel)
    matches[channel] &+= 1 << 32
    schedule(channel)
    updateLines()
  }

  private func updateLines() {
    let status = registers[.status]
    for (channel, line) in interrupts.enumerated() { line.set(status.bit(channel)) }
  }
}
