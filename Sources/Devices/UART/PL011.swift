import Fabric

/// Arm PrimeCell UART (Arm DDI 0183; BCM2711 ARM Peripherals, chapter 11), revision r1p5 with FIFOs of 32.
///
/// Addresses: 0xFE20_1000 (UART0), +0x400 to +0xA00 (UART2 to UART5). Line out: `interrupt`, the OR of the
/// masked sources; the board joins the five lines on SPI 121. UARTCLK is 48 MHz.
///
/// A disabled UART (`CR.UARTEN` clear) transmits all the same and says so once: early consoles rely on a
/// set-up that firmware made. The identification registers also show at the end of the 0x200-byte window,
/// where the AMBA bus code of Linux looks.
///
/// Requests for the DMA controller: `transmitRequest` while the transmit FIFO has room, `receiveRequest` while the
/// receive FIFO holds something (the single requests UARTTXDMASREQ and UARTRXDMASREQ), as UARTDMACR enables them.
///
/// Not modelled: modem lines and flow control, parity, framing and break errors, IrDA. A full receive FIFO holds
/// the sender back, so that an overrun never occurs.
public final class PL011: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case data = 0x00
    case receiveStatus = 0x04
    case flag = 0x18
    case lowPower = 0x20
    case integerBaud = 0x24
    case fractionalBaud = 0x28
    case lineControl = 0x2c
    case control = 0x30
    case fifoLevel = 0x34
    case interruptMask = 0x38
    case rawInterrupt = 0x3c
    case maskedInterrupt = 0x40
    case interruptClear = 0x44
    case dmaControl = 0x48
    case peripheralID0 = 0xfe0
    case peripheralID1 = 0xfe4
    case peripheralID2 = 0xfe8
    case peripheralID3 = 0xfec
    case cellID0 = 0xff0
    case cellID1 = 0xff4
    case cellID2 = 0xff8
    case cellID3 = 0xffc
  }

  static let layout = RegisterLayout<Register>(size: 0x1000, narrowWrite: .zeroExtends) {
    $0.wo(.data, "UARTDR", mask: 0xff)
    $0.wo(.receiveStatus, "UARTRSR/UARTECR", mask: 0xff)
    $0.ro(.flag, "UARTFR", reset: 0x90)
    $0.notModelled(.lowPower, "UARTILPR", mask: 0xff)
    $0.rw(.integerBaud, "UARTIBRD", mask: 0xffff)
    $0.rw(.fractionalBaud, "UARTFBRD", mask: 0x3f)
    $0.fields(
      .lineControl, "UARTLCR_H",
      [
        .notModelled("BRK", 0), .rw("PEN", 1), .rw("EPS", 2), .rw("STP2", 3), .rw("FEN", 4),
        .rw("WLEN", 5...6), .rw("SPS", 7),
      ])
    $0.fields(
      .control, "UARTCR", reset: 0x300,
      [
        .rw("UARTEN", 0), .notModelled("SIREN", 1), .rw("SIRLP", 2), .rw("LBE", 7), .rw("TXE", 8),
        .rw("RXE", 9), .rw("DTR", 10), .rw("RTS", 11), .rw("Out1", 12), .rw("Out2", 13),
        .notModelled("RTSEN", 14), .notModelled("CTSEN", 15),
      ])
    $0.rw(.fifoLevel, "UARTIFLS", reset: 0x12, mask: 0x3f)
    $0.rw(.interruptMask, "UARTIMSC", mask: 0x7ff)
    $0.ro(.rawInterrupt, "UARTRIS")
    $0.ro(.maskedInterrupt, "UARTMIS")
    // Eleven bits exist; drivers clear with 0xffff.
    $0.wo(.interruptClear, "UARTICR", mask: 0xffff)
    $0.fields(.dmaControl, "UARTDMACR", [.rw("RXDMAE", 0), .rw("TXDMAE", 1), .rw("DMAONERR", 2)])
    $0.ro(.peripheralID0, "UARTPeriphID0", reset: 0x11)
    $0.ro(.peripheralID1, "UARTPeriphID1", reset: 0x10)
    $0.ro(.peripheralID2, "UARTPeriphID2", reset: 0x34)
    $0.ro(.peripheralID3, "UARTPeriphID3", reset: 0x00)
    $0.ro(.cellID0, "UARTPCellID0", reset: 0x0d)
    $0.ro(.cellID1, "UARTPCellID1", reset: 0xf0)
    $0.ro(.cellID2, "UARTPCellID2", reset: 0x05)
    $0.ro(.cellID3, "UARTPCellID3", reset: 0xb1)
  }

  /// Bits of UARTRIS, UARTMIS, UARTIMSC and UARTICR that this model can raise.
  private enum Source {
    static let receive: UInt32 = 1 << 4
    static let transmit: UInt32 = 1 << 5
    static let receiveTimeout: UInt32 = 1 << 6
  }

  public static let windowSize: UInt64 = 0x200
  public let name: String
  public let registers: RegisterBlock<Register>
  /// UARTINTR.
  public let interrupt: InterruptLine
  public let transmitRequest: DREQLine
  public let receiveRequest: DREQLine
  /// Where transmitted bytes go.
  public var port: (any BytePort)?

  private let time: VirtualTime
  private let pacing: SerialPacing
  private let log: GuestLog
  private var transmitEvent: VirtualTime.Event?
  private var timeoutEvent: VirtualTime.Event?
  private var receiver = ByteQueue(capacity: 32)
  private var transmitter = ByteQueue(capacity: 32)
  /// Virtual time at which the byte in the shift register is out; zero when it is empty.
  private var shiftEnds: UInt64 = 0
  private var shiftByte: UInt8 = 0
  /// Virtual time at which waiting data raise the receive time-out; zero when it is not armed.
  private var timeoutAt: UInt64 = 0
  private var rawStatus: UInt32 = 0

  public init(
    name: String, time: VirtualTime, port: (any BytePort)?, log: GuestLog,
    pacing: SerialPacing = .immediate
  ) {
    self.name = name
    self.time = time
    self.port = port
    self.pacing = pacing
    self.log = log
    interrupt = InterruptLine(name)
    transmitRequest = DREQLine(name + ".transmit")
    receiveRequest = DREQLine(name + ".receive")
    registers = RegisterBlock(Self.layout, name: name, log: log)
    transmitEvent = time.event(name + ".transmit") { [unowned self] _ in byteSent() }
    timeoutEvent = time.event(name + ".receive-timeout") { [unowned self] _ in receiveTimedOut() }
  }

  // MARK: State

  public func reset() {
    registers.reset()
    receiver.removeAll()
    transmitter.removeAll()
    shiftEnds = 0
    shiftByte = 0
    timeoutAt = 0
    rawStatus = 0
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    receiver.visitState("receiver", &visitor)
    transmitter.visitState("transmitter", &visitor)
    visitor.visit("shiftEnds", &shiftEnds)
    visitor.visit("shiftByte", &shiftByte)
    visitor.visit("timeoutAt", &timeoutAt)
    visitor.visit("rawStatus", &rawStatus)
  }

  public func didLoadState() {
    if let transmitEvent { time.schedule(transmitEvent, at: shiftEnds == 0 ? .max : shiftEnds) }
    if let timeoutEvent { time.schedule(timeoutEvent, at: timeoutAt == 0 ? .max : timeoutAt) }
    updateLine()
  }

  // MARK: Host side

  /// Whether `receive` would take a byte now.
  public var canReceive: Bool {
    registers[.control].bit(0) && registers[.control].bit(9) && receiver.count < depth
  }

  /// A byte arrives on the line; false when it does not fit, so that the host can hold it back.
  public func receive(_ byte: UInt8) -> Bool {
    guard canReceive else { return false }
    accept(byte)
    return true
  }

  private func accept(_ byte: UInt8) {
    guard receiver.count < depth, receiver.push(byte) else { return }
    if receiver.count >= receiveTrigger { rawStatus |= Source.receive }
    // DDI 0183, 2.8: the time-out asserts when data wait and nothing arrives for 32 bit periods.
    timeoutAt = time.now &+ nanosecondsPerBit &* 32
    if let timeoutEvent { time.schedule(timeoutEvent, at: timeoutAt) }
    updateLine()
  }

  private func receiveTimedOut() {
    timeoutAt = 0
    if !receiver.isEmpty { rawStatus |= Source.receiveTimeout }
    updateLine()
  }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .data: return popReceived()
    case .flag: return flags
    case .rawInterrupt: return rawStatus
    case .maskedInterrupt: return rawStatus & registers[.interruptMask]
    case .receiveStatus, .interruptClear, .lowPower, .integerBaud, .fractionalBaud, .lineControl,
      .control, .fifoLevel, .interruptMask, .dmaControl, .peripheralID0, .peripheralID1, .peripheralID2,
      .peripheralID3, .cellID0, .cellID1, .cellID2, .cellID3:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .data: send(UInt8(truncatingIfNeeded: new))
    case .lineControl:
      // Changing FEN flushes both FIFOs.
      if (old ^ new).bit(4) {
        receiver.removeAll()
        transmitter.removeAll()
        rawStatus &= ~(Source.receive | Source.receiveTimeout)
      }
    case .control: startTransmitter()
    case .interruptClear: rawStatus &= ~new
    case .fifoLevel, .interruptMask, .receiveStatus, .flag, .lowPower, .integerBaud, .fractionalBaud,
      .rawInterrupt, .maskedInterrupt, .dmaControl, .peripheralID0, .peripheralID1, .peripheralID2,
      .peripheralID3, .cellID0, .cellID1, .cellID2, .cellID3:
      break
    }
    updateLine()
  }

  public func readUndeclared(offset: UInt32) -> UInt32? {
    guard offset >= 0x1e0, offset < 0x200 else { return nil }
    return Register(rawValue: offset &+ 0xe00).map { registers[$0] }
  }

  // MARK: Receiver

  /// 32 with `LCR_H.FEN`, otherwise one holding register.
  private var depth: Int { registers[.lineControl].bit(4) ? 32 : 1 }

  private var receiveTrigger: Int { depth == 1 ? 1 : Self.level(registers[.fifoLevel].bits(5, 3)) }
  private var transmitTrigger: Int { depth == 1 ? 0 : Self.level(registers[.fifoLevel].bits(2, 0)) }

  /// UARTIFLS: 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO; the other codes are reserved and act as 7/8.
  private static func level(_ code: UInt32) -> Int {
    switch code {
    case 0: 4
    case 1: 8
    case 2: 16
    case 3: 24
    default: 28
    }
  }

  private func popReceived() -> UInt32 {
    let byte = receiver.pop() ?? 0
    if receiver.count < receiveTrigger { rawStatus &= ~Source.receive }
    if receiver.isEmpty {
      rawStatus &= ~Source.receiveTimeout
      timeoutAt = 0
      if let timeoutEvent { time.cancel(timeoutEvent) }
    }
    updateLine()
    return UInt32(byte)
  }

  // MARK: Transmitter

  private func send(_ byte: UInt8) {
    if !registers[.control].bit(0) || !registers[.control].bit(8) {
      log.once(.odd, source: name, key: "disabled", message: "transmits while disabled")
    }
    guard pacing == .baudRate else {
      emit(byte)
      // The level rose above the trigger and fell back within the write.
      rawStatus |= Source.transmit
      return
    }
    guard transmitter.count < depth, transmitter.push(byte) else { return }
    startTransmitter()
  }

  private func startTransmitter() {
    guard pacing == .baudRate, shiftEnds == 0, let byte = transmitter.pop(), let transmitEvent else {
      return
    }
    shiftByte = byte
    shiftEnds = time.now &+ nanosecondsPerBit &* 10
    time.schedule(transmitEvent, at: shiftEnds)
    if transmitter.count == transmitTrigger { rawStatus |= Source.transmit }
  }

  private func byteSent() {
    guard shiftEnds != 0 else { return }
    shiftEnds = 0
    emit(shiftByte)
    startTransmitter()
    updateLine()
  }

  private func emit(_ byte: UInt8) {
    if registers[.control].bit(7) { accept(byte) } else { port?.transmit(byte) }
  }

  /// A bit takes 16 x (IBRD + FBRD / 64) cycles of 48 MHz; 115200 baud before the divisor is set.
  private var nanosecondsPerBit: UInt64 {
    let divisor = UInt64(registers[.integerBaud]) &* 64 &+ UInt64(registers[.fractionalBaud])
    return divisor == 0 ? 8681 : max(1, divisor &* 1000 / 192)
  }

  // MARK: Status

  /// UARTFR: 3 BUSY, 4 RXFE, 5 TXFF, 6 RXFF, 7 TXFE.
  private var flags: UInt32 {
    var value: UInt32 = 0
    if shiftEnds != 0 || !transmitter.isEmpty { value |= 1 << 3 }
    if receiver.isEmpty { value |= 1 << 4 }
    if transmitter.count >= depth { value |= 1 << 5 }
    if receiver.count >= depth { value |= 1 << 6 }
    if transmitter.isEmpty { value |= 1 << 7 }
    return value
  }

  private func updateLine() {
    interrupt.set(rawStatus & registers[.interruptMask] != 0)
    let dmaControl = registers[.dmaControl]
    transmitRequest.set(dmaControl.bit(1) && transmitter.count < depth)
    receiveRequest.set(dmaControl.bit(0) && !receiver.isEmpty)
  }
}
