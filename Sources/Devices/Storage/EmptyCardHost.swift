import Fabric

/// An SD host controller (SD Host Controller Simplified Specification 3.00) with nothing in its slot.
///
/// Addresses: 0xFE34_0000 (EMMC2, the SD card slot) and 0xFE30_0000 (legacy EMMC, WiFi). Line out:
/// `interrupt`; the board joins both on SPI 126. Every command that expects a response ends at once in a
/// command time-out error, which is what software expects of an empty slot; commands without response
/// complete. Resets end and the clock is stable at once.
///
/// Not modelled: a card, data transfer, DMA, tuning.
public final class EmptyCardHost: RegisterDevice {
  /// Which of the chip's controllers this is.
  public enum Kind: Sendable {
    case emmc2
    case legacy

    /// Capabilities 0 and 1, maximum current, slot status and version: measured on EMMC2; the legacy
    /// controller's capabilities read as zero and its driver brings its own.
    var identity: (UInt32, UInt32, UInt32, UInt32) {
      switch self {
      case .emmc2: (0x45ee_6432, 0x0000_a525, 0x0008_0008, 0x1002_0000)
      case .legacy: (0, 0, 0, 0x9902_0000)
      }
    }
  }

  public enum Register: UInt32, RegisterName, CaseIterable {
    case systemAddress = 0x00
    case block = 0x04
    case argument = 0x08
    case command = 0x0c
    case response0 = 0x10
    case response1 = 0x14
    case response2 = 0x18
    case response3 = 0x1c
    case buffer = 0x20
    case presentState = 0x24
    case hostControl = 0x28
    case clockControl = 0x2c
    case interruptStatus = 0x30
    case statusEnable = 0x34
    case signalEnable = 0x38
    case hostControl2 = 0x3c
    case capabilities0 = 0x40
    case capabilities1 = 0x44
    case maximumCurrent = 0x48
    case forceEvent = 0x50
    case admaError = 0x54
    case admaAddress = 0x58
    case preset0 = 0x60
    case preset1 = 0x64
    case preset2 = 0x68
    case preset3 = 0x6c
    case bootTimeout = 0x70
    case debugSelect = 0x74
    case fifoConfiguration = 0x80
    case fifoEnable = 0x84
    case tuneStep = 0x88
    case tuneStepsStandard = 0x8c
    case tuneStepsDoubleRate = 0x90
    case spiInterrupt = 0xf0
    case slotStatus = 0xfc
  }

  static func layout(_ kind: Kind) -> RegisterLayout<Register> {
    let (capabilities0, capabilities1, current, version) = kind.identity
    return RegisterLayout(size: 0x100) {
      $0.rw(.systemAddress, "SDMA system address / argument 2")
      $0.rw(.block, "block size and count")
      $0.rw(.argument, "argument")
      $0.rw(.command, "transfer mode and command", mask: 0x3ffb_003f)
      $0.ro(.response0, "response 1:0")
      $0.ro(.response1, "response 3:2")
      $0.ro(.response2, "response 5:4")
      $0.ro(.response3, "response 7:6")
      $0.wo(.buffer, "buffer data port")
      // State stable, write-protect pin high, DAT and CMD lines high; no card, card-detect pin low.
      $0.ro(.presentState, "present state", reset: 0x1ffa_0000)
      $0.fields(
        .hostControl, "host, power, block gap and wake-up control", reset: 1 << 23,
        [.rw("control", 0...22), .ro("bit 23", 23), .rw("wake-up", 24...31)])
      $0.fields(
        .clockControl, "clock, time-out and reset control",
        [
          .rw("internal clock enable", 0), .ro("internal clock stable", 1), .rw("SD clock enable", 2),
          .rw("generator select", 5), .rw("frequency select", 6...15), .rw("time-out", 16...19),
          .wo("reset all", 24), .wo("reset CMD", 25), .wo("reset DAT", 26),
        ])
      $0.w1c(.interruptStatus, "interrupt status")
      $0.rw(.statusEnable, "interrupt status enable", mask: ~0x8000)
      $0.rw(.signalEnable, "interrupt signal enable", mask: ~0x8000)
      $0.fields(
        .hostControl2, "auto-command error and host control 2",
        [
          .ro("auto-command error", 0...15), .rw("mode", 16...21), .wo("execute tuning", 22),
          .rw("sampling clock select", 23), .rw("options", 30...31),
        ])
      $0.ro(.capabilities0, "capabilities 0", reset: capabilities0)
      $0.ro(.capabilities1, "capabilities 1", reset: capabilities1)
      $0.ro(.maximumCurrent, "maximum current", reset: current)
      $0.wo(.forceEvent, "force event")
      $0.ro(.admaError, "ADMA error status")
      $0.rw(.admaAddress, "ADMA system address")
      $0.ro(.preset0, "preset value 1:0")
      $0.ro(.preset1, "preset value 3:2")
      $0.ro(.preset2, "preset value 5:4")
      $0.ro(.preset3, "preset value 7:6")
      $0.rw(.bootTimeout, "boot time-out")
      $0.rw(.debugSelect, "debug select")
      $0.rw(.fifoConfiguration, "extension FIFO configuration")
      $0.rw(.fifoEnable, "extension FIFO enable")
      $0.rw(.tuneStep, "tune step")
      $0.rw(.tuneStepsStandard, "tune steps, single data rate")
      $0.rw(.tuneStepsDoubleRate, "tune steps, double data rate")
      $0.rw(.spiInterrupt, "SPI interrupt support")
      $0.ro(.slotStatus, "slot interrupt status and version", reset: version)
    }
  }

  private enum Status {
    static let commandComplete: UInt32 = 1 << 0
    static let error: UInt32 = 1 << 15
    static let commandTimeout: UInt32 = 1 << 16
  }

  public static let windowSize: UInt64 = 0x1000
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine

  public init(name: String, kind: Kind, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    registers = RegisterBlock(Self.layout(kind), name: name, log: log)
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
    case .systemAddress, .block, .argument, .command, .response0, .response1, .response2, .response3,
      .buffer, .presentState, .hostControl, .statusEnable, .signalEnable, .hostControl2,
      .capabilities0, .capabilities1, .maximumCurrent, .forceEvent, .admaError, .admaAddress, .preset0,
      .preset1, .preset2, .preset3, .bootTimeout, .debugSelect, .fifoConfiguration, .fifoEnable,
      .tuneStep, .tuneStepsStandard, .tuneStepsDoubleRate, .spiInterrupt:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .command:
      // 2.2.6: writing the upper byte of the command register issues the command.
      if registers.writtenLanes & 0xff00_0000 != 0 { issue(new) }
    case .clockControl:
      if new.bit(24) { return reset() }
      if new.bit(25) { registers[.interruptStatus] &= ~Status.commandComplete }
    case .statusEnable: registers[.interruptStatus] &= new
    case .forceEvent: latch(new & 0xffff_0000)
    case .systemAddress, .block, .argument, .response0, .response1, .response2, .response3, .buffer,
      .presentState, .hostControl, .interruptStatus, .signalEnable, .hostControl2, .capabilities0,
      .capabilities1, .maximumCurrent, .admaError, .admaAddress, .preset0, .preset1, .preset2, .preset3,
      .bootTimeout, .debugSelect, .fifoConfiguration, .fifoEnable, .tuneStep, .tuneStepsStandard,
      .tuneStepsDoubleRate, .spiInterrupt, .slotStatus:
      break
    }
    updateLine()
  }

  /// Bits 17:16 of the word: response type, 0 is none.
  private func issue(_ command: UInt32) {
    latch(command.bits(17, 16) == 0 ? Status.commandComplete : Status.commandTimeout)
  }

  /// A status bit latches only while it is enabled.
  private func latch(_ bits: UInt32) { registers[.interruptStatus] |= bits & registers[.statusEnable] }

  /// Bit 15 sums up the error bits.
  private var status: UInt32 {
    let latched = registers[.interruptStatus] & ~Status.error
    return latched >> 16 != 0 ? latched | Status.error : latched
  }

  private func updateLine() {
    interrupt.set(registers[.interruptStatus] & registers[.signalEnable] & ~Status.error != 0)
  }
}
