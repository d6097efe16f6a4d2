import Fabric

/// The register file that SD host controllers share (SD Host Controller Simplified Specification 3.00, 2.1),
/// in words, with the vendor's words after 0x6C.
public enum SDHostRegister: UInt32, RegisterName, CaseIterable {
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

/// Which of the BCM2711's SD host controllers it is.
public enum SDHostKind: Sendable {
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

  var layout: RegisterLayout<SDHostRegister> {
    let (capabilities0, capabilities1, current, version) = identity
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
}

/// Bits of the interrupt status word (2.2.18, 2.2.19): normal interrupts below, errors from bit 16 up.
enum SDHostInterrupt {
  static let commandComplete: UInt32 = 1 << 0
  static let transferComplete: UInt32 = 1 << 1
  static let blockGap: UInt32 = 1 << 2
  static let dma: UInt32 = 1 << 3
  static let bufferWriteReady: UInt32 = 1 << 4
  static let bufferReadReady: UInt32 = 1 << 5
  static let cardInsertion: UInt32 = 1 << 6
  static let cardRemoval: UInt32 = 1 << 7
  /// Sums up the error bits.
  static let error: UInt32 = 1 << 15
  static let commandTimeout: UInt32 = 1 << 16
  static let commandCRC: UInt32 = 1 << 17
  static let commandIndex: UInt32 = 1 << 19
  static let dataTimeout: UInt32 = 1 << 20
  static let dataCRC: UInt32 = 1 << 21
  static let autoCommand: UInt32 = 1 << 24
  static let adma: UInt32 = 1 << 25
  /// Vendor's: the bus refused an address of an SDMA transfer.
  static let targetResponse: UInt32 = 1 << 28

  /// What a reset of the DAT circuit clears (2.2.16).
  static let ofDataCircuit = transferComplete | blockGap | dma | bufferWriteReady | bufferReadReady
}
