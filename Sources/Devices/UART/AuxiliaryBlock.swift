import Fabric

/// The auxiliary block with the mini UART (BCM2711 ARM Peripherals, chapter 2).
///
/// Address: 0xFE21_5000. Line out: `interrupt` (SPI 93), shared by the mini UART, SPI1 and SPI2.
/// The mini UART is the firmware's console and Xen's `dtuart=serial1`: a 16550 in miniature with FIFOs of
/// eight bytes. `IER` bit 0 is receive and bit 1 transmit (the datasheet's tables swap them). The transmit
/// interrupt is a level: asserted while enabled and the FIFO is empty. With `LCR` bit 7 set, `IO` and `IER`
/// reach a divisor latch that has no effect here: the rate comes from `BAUD`.
///
/// Not modelled: SPI1 and SPI2 (read as zero), modem lines, break, parity errors, seven-bit data, the
/// effect of `AUX_ENABLES` on register access. A full receive FIFO holds the sender back, so that an
/// overrun never occurs.
public final class AuxiliaryBlock: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case irq = 0x00
    case enables = 0x04
    case io = 0x40
    case interruptEnable = 0x44
    case interruptIdentity = 0x48
    case lineControl = 0x4c
    case modemControl = 0x50
    case lineStatus = 0x54
    case modemStatus = 0x58
    case scratch = 0x5c
    case control = 0x60
    case status = 0x64
    case baud = 0x68
  }

  static let layout = RegisterLayout<Register>(size: 0x100, narrowWrite: .zeroExtends) {
    $0.ro(.irq, "AUX_IRQ", mask: 7)
    // The firmware enables the mini UART before it starts the ARM.
    $0.fields(
      .enables, "AUX_ENABLES", reset: 1,
      [.rw("Mini_UART_enable", 0), .notModelled("SPI1_enable", 1), .notModelled("SPI2_enable", 2)])
    $0.wo(.io, "AUX_MU_IO_REG", mask: 0xff)
    $0.rw(.interruptEnable, "AUX_MU_IER_REG", mask: 0xff)
    $0.wo(.interruptIdentity, "AUX_MU_IIR_REG", mask: 0xff)
    $0.fields(
      .lineControl, "AUX_MU_LCR_REG", reset: 3,
      [
        .rw("data_size", 0...1), .rw("16550 stop and parity", 2...5), .notModelled("Break", 6),
        .rw("DLAB", 7),
      ])
    $0.rw(.modemControl, "AUX_MU_MCR_REG", mask: 0xff)
    $0.ro(.lineStatus, "AUX_MU_LSR_REG", mask: 0x63)
    $0.ro(.modemStatus, "AUX_MU_MSR_REG", reset: 0x10, mask: 0xff)
    $0.rw(.scratch, "AUX_MU_SCRATCH", mask: 0xff)
    $0.fields(
      .control, "AUX_MU_CNTL_REG", reset: 3,
      [
        .rw("Receiver_enable", 0), .rw("Transmitter_enable", 1),
        .notModelled("Receive auto-flow", 2), .notModelled("Transmit auto-flow", 3),
        .rw("RTS_AUTO_flow_level", 4...5), .rw("flow polarity", 6...7),
      ])
    $0.ro(.status, "AUX_MU_STAT_REG")
    // 115200 baud from a core clock of 500 MHz.
    $0.rw(.baud, "AUX_MU_BAUD_REG", reset: 541, mask: 0xffff)
  }

  public static let windowSize: UInt64 = 0x1000
  public let name = "aux"
  public let registers: RegisterBlock<Register>
  /// SPI 93.
  public let interrupt = InterruptLine("aux")
  /// Where transmitted bytes go.
  public var port: (any BytePort)?

  private let time: VirtualTime
  private let pacing: SerialPacing
  private var transmitEvent: VirtualTime.Event?
  private var receiver = ByteQueue(capacity: 8)
  private var transmitter = ByteQueue(capacity: 8)
  private var divisorLatch: UInt16 = 0
  /// Virtual time at which the byte in the shift register is out; zero when it is empty.
  private var shiftEnds: UInt64 = 0
  private var shiftByte: UInt8 = 0

  public init(time: VirtualTime, port: (any BytePort)?, log: GuestLog, pacing: SerialPacing = .immediate) {
    self.time = time
    self.port = port
    self.pacing = pacing
    registers = RegisterBlock(Self.layout, name: "aux", log: log)
    transmitEvent = time.event("aux.transmit") { [unowned self] _ in byteSent() }
  }

  // MARK: State

  public func reset() {
    registers.reset()
    receiver.removeAll()
    transmitter.removeAll()
    divisorLatch = 0
    shiftEnds = 0
    shiftByte = 0
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    receiver.visitState("receiver", &visitor)
    transmitter.visitState("transmitter", &visitor)
    visitor.visit("divisorLatch", &divisorLatch)
    visitor.visit("shiftEnds", &shiftEnds)
    visitor.visit("shiftByte", &shiftByte)
  }

  public func didLoadState() {
    if let transmitEvent { time.schedule(transmitEvent, at: shiftEnds == 0 ? .max : shiftEnds) }
    updateLine()
  }

  // MARK: Host side

  /// Whether `receive` would take a byte now.
  public var canReceive: Bool { !receiver.isFull && registers[.control].bit(0) }

  /// A byte arrives on the line; false when it does not fit, so that the host can hold it back.
  public func receive(_ byte: UInt8) -> Bool {
    guard canReceive, receiver.push(byte) else { return false }
    updateLine()
    return true
  }

  // MARK: Registers

  private var accessesDivisorLatch: Bool { registers[.lineControl].bit(7) }

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .irq: return interruptIsPending ? 1 : 0
    case .io:
      if accessesDivisorLatch { return UInt32(divisorLatch & 0xff) }
      let byte = receiver.pop() ?? 0
      updateLine()
      return UInt32(byte)
    case .interruptEnable: return accessesDivisorLatch ? UInt32(divisorLatch >> 8) : stored
    case .interruptIdentity: return interruptIdentity
    case .lineStatus: return lineStatus
    case .status: return status
    case .enables, .lineControl, .modemControl, .modemStatus, .scratch, .control, .baud: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .io:
      let byte = UInt8(truncatingIfNeeded: new)
      if accessesDivisorLatch {
        divisorLatch = divisorLatch & 0xff00 | UInt16(byte)
      } else {
        send(byte)
      }
    case .interruptEnable:
      if accessesDivisorLatch {
        divisorLatch = divisorLatch & 0x00ff | UInt16(truncatingIfNeeded: new) << 8
        registers[.interruptEnable] = old
      } else {
        updateLine()
      }
    case .interruptIdentity:
      // FCR of a 16550: bits 1 and 2 clear the FIFOs; the enable and trigger bits have no effect.
      if new.bit(1) { receiver.removeAll() }
      if new.bit(2) { transmitter.removeAll() }
      updateLine()
    case .control:
      startTransmitter()
      updateLine()
    case .irq, .enables, .lineControl, .modemControl, .lineStatus, .modemStatus, .scratch, .status, .baud:
      break
    }
  }

  // MARK: Transmitter

  private func send(_ byte: UInt8) {
    if pacing == .immediate, registers[.control].bit(1), transmitter.isEmpty {
      port?.transmit(byte)
      return
    }
    // A byte written to a full FIFO is lost.
    _ = transmitter.push(byte)
    startTransmitter()
    updateLine()
  }

  private func startTransmitter() {
    guard registers[.control].bit(1) else { return }
    if pacing == .immediate {
      while let byte = transmitter.pop() { port?.transmit(byte) }
      return
    }
    guard shiftEnds == 0, let byte = transmitter.pop(), let transmitEvent else { return }
    shiftByte = byte
    shiftEnds = time.now &+ nanosecondsPerByte
    time.schedule(transmitEvent, at: shiftEnds)
  }

  private func byteSent() {
    guard shiftEnds != 0 else { return }
    shiftEnds = 0
    port?.transmit(shiftByte)
    startTransmitter()
    updateLine()
  }

  /// Start bit, eight data bits, stop bit; a bit takes 8 x (BAUD + 1) cycles of the 500 MHz core clock.
  private var nanosecondsPerByte: UInt64 { 10 &* 8 &* 2 &* (UInt64(registers[.baud]) &+ 1) }

  // MARK: Status

  private var transmitterIsIdle: Bool { shiftEnds == 0 && transmitter.isEmpty }

  private var lineStatus: UInt32 {
    var value: UInt32 = receiver.isEmpty ? 0 : 1
    if !transmitter.isFull { value |= 1 << 5 }
    if transmitterIsIdle { value |= 1 << 6 }
    return value
  }

  private var receiveIsPending: Bool { registers[.interruptEnable].bit(0) && !receiver.isEmpty }
  private var transmitIsPending: Bool { registers[.interruptEnable].bit(1) && transmitter.isEmpty }
  private var interruptIsPending: Bool { receiveIsPending || transmitIsPending }

  /// Bits 7:6 always say that FIFOs are on; bit 0 is zero while something is pending.
  private var interruptIdentity: UInt32 {
    if receiveIsPending { return 0xc4 }
    return transmitIsPending ? 0xc2 : 0xc1
  }

  private var status: UInt32 {
    var value: UInt32 = 1 << 2  // The receiver is idle: bytes arrive whole.
    if !receiver.isEmpty { value |= 1 << 0 }
    if !transmitter.isFull { value |= 1 << 1 }
    if shiftEnds == 0 { value |= 1 << 3 }
    if transmitter.isFull { value |= 1 << 5 }
    if transmitter.isEmpty { value |= 1 << 8 }
    if transmitterIsIdle { value |= 1 << 9 }
    value |= UInt32(truncatingIfNeeded: receiver.count) << 16
    value |= UInt32(truncatingIfNeeded: transmitter.count) << 24
    return value
  }

  private func updateLine() { interrupt.set(interruptIsPending) }
}
