import Fabric
import Testing

@testable import Devices

/// BCM2711 ARM Peripherals, chapter 2, with the known errata of its tables.
@Suite("Mini UART")
struct AuxiliaryBlockTests {
  enum Offset {
    static let irq: UInt64 = 0x00
    static let enables: UInt64 = 0x04
    static let io: UInt64 = 0x40
    static let ier: UInt64 = 0x44
    static let iir: UInt64 = 0x48
    static let lcr: UInt64 = 0x4c
    static let msr: UInt64 = 0x58
    static let lsr: UInt64 = 0x54
    static let scratch: UInt64 = 0x5c
    static let control: UInt64 = 0x60
    static let status: UInt64 = 0x64
    static let baud: UInt64 = 0x68
  }

  let bench = Bench()
  let uart: AuxiliaryBlock

  init() { uart = AuxiliaryBlock(time: bench.time, port: bench.console, log: bench.log) }

  @Test("is idle with the firmware's set-up at hand-off")
  func handOff() {
    #expect(uart.load(Offset.enables) == 1)
    #expect(uart.load(Offset.lsr) == 0x60)
    #expect(uart.load(Offset.iir) == 0xc1)
    #expect(uart.load(Offset.status) == 0x30e)
    #expect(uart.load(Offset.control) == 3)
    #expect(uart.load(Offset.baud) == 541)
    #expect(uart.load(Offset.msr) == 0x10)
    #expect(uart.load(Offset.ier) == 0)
    #expect(!uart.interrupt.level)
  }

  @Test("sends bytes in order and is ready again at once")
  func transmit() {
    for byte in "Xen\r\n".utf8 {
      uart.store(Offset.io, UInt64(byte))
      #expect(uart.load(Offset.lsr) == 0x60)
    }
    #expect(bench.console.text == "Xen\r\n")
  }

  @Test("takes 16 bytes between two looks at LSR, as Xen sends them")
  func bursts() {
    for byte in UInt64(0)..<16 { uart.store(Offset.io, byte) }
    #expect(bench.console.bytes == Array(0..<16))
  }

  @Test("accepts byte and halfword writes")
  func narrowWrites() {
    uart.store(Offset.io, 0x41, 1)
    uart.store(Offset.io, 0x42, 2)
    #expect(bench.console.text == "AB")
    #expect(uart.load(Offset.lsr, 1) == 0x60)
  }

  @Test("with DLAB set reaches a divisor latch, transmits nothing and leaves IER alone")
  func divisorLatch() {
    uart.store(Offset.ier, 1)
    uart.store(Offset.lcr, 0x83)
    #expect(uart.load(Offset.io) == 0)
    #expect(uart.load(Offset.ier) == 0)
    uart.store(Offset.io, 0x34)
    uart.store(Offset.ier, 0x12)
    #expect(uart.load(Offset.io) == 0x34)
    #expect(uart.load(Offset.ier) == 0x12)
    uart.store(Offset.lcr, 0x03)
    #expect(uart.load(Offset.ier) == 1)
    #expect(bench.console.bytes.isEmpty)
    #expect(uart.load(Offset.baud) == 541)
  }

  @Test("with DLAB set keeps received bytes for later")
  func divisorLatchKeepsReceivedBytes() {
    #expect(uart.receive(0x41))
    uart.store(Offset.lcr, 0x83)
    _ = uart.load(Offset.io)
    uart.store(Offset.lcr, 0x03)
    #expect(uart.load(Offset.io) == 0x41)
  }

  @Test("shows FIFOs to Xen's probe of IIR after FCR")
  func fifoProbe() {
    uart.store(Offset.iir, 0xc7)
    #expect(uart.load(Offset.iir) & 0xc0 == 0xc0)
  }

  @Test("asserts the receive interrupt while bytes wait and IER bit 0 is set")
  func receiveInterrupt() {
    #expect(uart.receive(0x61))
    #expect(!uart.interrupt.level)
    #expect(uart.load(Offset.iir) == 0xc1)
    uart.store(Offset.ier, 1)
    #expect(uart.interrupt.level)
    #expect(uart.load(Offset.iir) == 0xc4)
    #expect(uart.load(Offset.irq) == 1)
    #expect(uart.load(Offset.lsr) == 0x61)
    #expect(uart.load(Offset.status) == 0x1_030f)
    #expect(uart.load(Offset.io) == 0x61)
    #expect(!uart.interrupt.level)
    #expect(uart.load(Offset.iir) == 0xc1)
    #expect(uart.load(Offset.irq) == 0)
    #expect(uart.load(Offset.lsr) == 0x60)
  }

  @Test("asserts the transmit interrupt as a level while IER bit 1 is set; reading IIR does not clear it")
  func transmitInterrupt() {
    uart.store(Offset.ier, 2)
    #expect(uart.interrupt.level)
    #expect(uart.load(Offset.iir) == 0xc2)
    #expect(uart.load(Offset.iir) == 0xc2)
    uart.store(Offset.ier, 0)
    #expect(!uart.interrupt.level)
    #expect(uart.load(Offset.iir) == 0xc1)
  }

  @Test("names the receive interrupt first")
  func priority() {
    uart.store(Offset.ier, 3)
    _ = uart.receive(1)
    #expect(uart.load(Offset.iir) == 0xc4)
    _ = uart.load(Offset.io)
    #expect(uart.load(Offset.iir) == 0xc2)
  }

  @Test("holds eight received bytes and refuses the ninth")
  func receiveFIFO() {
    for byte in UInt8(0)..<8 { #expect(uart.receive(byte)) }
    #expect(!uart.canReceive)
    #expect(!uart.receive(8))
    for byte in UInt64(0)..<8 { #expect(uart.load(Offset.io) == byte) }
    #expect(uart.load(Offset.io) == 0)
    #expect(uart.load(Offset.lsr) == 0x60)
  }

  @Test("FCR bit 1 empties the receive FIFO and drops the line")
  func clearReceiver() {
    uart.store(Offset.ier, 1)
    _ = uart.receive(1)
    uart.store(Offset.iir, 2)
    #expect(!uart.interrupt.level)
    #expect(uart.load(Offset.lsr) == 0x60)
  }

  @Test("does not receive while the receiver is off")
  func receiverOff() {
    uart.store(Offset.control, 2)
    #expect(!uart.receive(1))
    uart.store(Offset.control, 3)
    #expect(uart.receive(1))
  }

  @Test("keeps what is written while the transmitter is off, and sends it afterwards")
  func transmitterOff() {
    uart.store(Offset.control, 0)
    for byte in UInt64(0)..<9 { uart.store(Offset.io, byte) }
    #expect(uart.load(Offset.lsr) == 0x00)
    #expect(bench.console.bytes.isEmpty)
    uart.store(Offset.control, 3)
    #expect(bench.console.bytes == Array(0..<8))
    #expect(uart.load(Offset.lsr) == 0x60)
  }

  @Test("keeps the scratch byte")
  func scratch() {
    uart.store(Offset.scratch, 0x1a5)
    #expect(uart.load(Offset.scratch) == 0xa5)
  }

  @Test("with pacing sends one byte in ten bit times")
  func pacing() {
    let paced = AuxiliaryBlock(time: bench.time, port: bench.console, log: bench.log, pacing: .baudRate)
    paced.store(Offset.ier, 2)
    paced.store(Offset.io, 0x41)
    paced.store(Offset.io, 0x42)
    #expect(paced.load(Offset.lsr) == 0x20)
    #expect(!paced.interrupt.level)
    // 10 bits x 8 x 542 cycles of 2 ns.
    bench.time.advance(to: 86_719)
    #expect(bench.console.text == "")
    bench.time.advance(to: 86_720)
    #expect(bench.console.text == "A")
    #expect(paced.interrupt.level)
    bench.time.advance(to: 173_440)
    #expect(bench.console.text == "AB")
    #expect(paced.load(Offset.lsr) == 0x60)
  }
}
