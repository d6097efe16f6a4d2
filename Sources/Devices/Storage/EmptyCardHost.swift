import Fabric

/// An SD host controller (SD Host Controller Simplified Specification 3.00) with nothing in its slot, ever.
///
/// Addresses: 0xFE30_0000 (legacy EMMC, WiFi), and 0xFE34_0000 (EMMC2) on a board without an SD card. Line
/// out: `interrupt`; the board joins both on SPI 126. Every command that expects a response ends at once in a
/// command time-out error, which is what software expects of an empty slot; commands without response
/// complete. Resets end and the clock is stable at once.
///
/// Not modelled: a card, data transfer, DMA, tuning.
public final class EmptyCardHost: RegisterDevice {
  public typealias Register = SDHostRegister

  public static let windowSize: UInt64 = 0x1000
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine

  public init(name: String, kind: SDHostKind, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    registers = RegisterBlock(kind.layout, name: name, log: log)
  }

  public func reset() {
    registers.reset()
    updateLine()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() { updateLine() }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .clockControl: return stored.bit(0) ? stored | 2 : stored & ~2
    case .interruptStatus: return status
    case .slotStatus: return stored | (interrupt.level ? 1 : 0)
    default: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .command:
      // 2.2.6: writing the upper byte of the command register issues the command.
      if registers.writtenLanes & 0xff00_0000 != 0 { issue(new) }
    case .clockControl:
      if new.bit(24) { return reset() }
      if new.bit(25) { registers[.interruptStatus] &= ~SDHostInterrupt.commandComplete }
    case .statusEnable: registers[.interruptStatus] &= new
    case .forceEvent: latch(new & 0xffff_0000)
    default: break
    }
    updateLine()
  }

  /// Bits 17:16 of the word: response type, 0 is none.
  private func issue(_ command: UInt32) {
    latch(command.bits(17, 16) == 0 ? SDHostInterrupt.commandComplete : SDHostInterrupt.commandTimeout)
  }

  /// A status bit latches only while it is enabled.
  private func latch(_ bits: UInt32) { registers[.interruptStatus] |= bits & registers[.statusEnable] }

  /// Bit 15 sums up the error bits.
  private var status: UInt32 {
    let latched = registers[.interruptStatus] & ~SDHostInterrupt.error
    return latched >> 16 != 0 ? latched | SDHostInterrupt.error : latched
  }

  private func updateLine() {
    let pending = registers[.interruptStatus] & registers[.signalEnable] & ~SDHostInterrupt.error
    interrupt.set(pending != 0)
  }
}
