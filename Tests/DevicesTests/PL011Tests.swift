import Fabric
import Testing

@testable import Devices

/// Arm DDI 0183, chapter 3.
@Suite("PL011")
struct PL011Tests {
  enum Offset {
    static let data: UInt64 = 0x00
    static let flag: UInt64 = 0x18
    static let integerBaud: UInt64 = 0x24
    static let fractionalBaud: UInt64 = 0x28
    static let lineControl: UInt64 = 0x2c
    static let control: UInt64 = 0x30
    static let fifoLevel: UInt64 = 0x34
    static let mask: UInt64 = 0x38
    static let raw: UInt64 = 0x3c
    static let masked: UInt64 = 0x40
    static let clear: UInt64 = 0x44
  }

  let bench = Bench()
  let uart: PL011

  init() {
    uart = PL011(name: "uart0", time: bench.time, port: bench.console, log: bench.log)
    Self.enable(uart)
  }

  /// 115200 baud, FIFOs on, both directions enabled.
  static func enable(_ uart: PL011) {
    uart.store(Offset.integerBaud, 26)
    uart.store(Offset.fractionalBaud, 3)
    uart.store(Offset.lineControl, 0x70)
    uart.store(Offset.control, 0x301)
  }

  @Test("shows the reset values of the manual")
  func resetValues() {
    uart.reset()
    #expect(uart.load(Offset.flag) == 0x90)
    #expect(uart.load(Offset.control) == 0x300)
    #expect(uart.load(Offset.fifoLevel) == 0x12)
    #expect(uart.load(Offset.mask) == 0)
    #expect(uart.load(Offset.raw) == 0)
  }

  @Test("identifies itself as PrimeCell 0x00341011, at the end of its window too")
  func identification() {
    let bytes: [UInt64] = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1]
    for (index, byte) in bytes.enumerated() {
      #expect(uart.load(0xfe0 + UInt64(index) * 4) == byte)
      #expect(uart.load(0x1e0 + UInt64(index) * 4) == byte)
    }
  }

  @Test("sends at once, raises TXRIS with it, and ICR clears it")
  func transmit() {
    uart.store(Offset.mask, 0x20)
    #expect(!uart.interrupt.level)
    uart.store(Offset.data, 0x41, 1)
    #expect(bench.console.text == "A")
    #expect(uart.load(Offset.flag) == 0x90)
    #expect(uart.load(Offset.raw) == 0x20)
    #expect(uart.load(Offset.masked) == 0x20)
    #expect(uart.interrupt.level)
    uart.store(Offset.clear, 0x20)
    #expect(uart.load(Offset.raw) == 0)
    #expect(!uart.interrupt.level)
  }

  @Test(
    "raises RXRIS at the trigger level and drops it below",
    arguments: [(0, 4), (1, 8), (2, 16), (3, 24), (4, 28)])
  func receiveTrigger(code: Int, level: Int) {
    uart.store(Offset.fifoLevel, UInt64(code) << 3)
    uart.store(Offset.mask, 0x10)
    for byte in 0..<level {
      #expect(uart.load(Offset.raw) & 0x10 == 0)
      #expect(uart.receive(UInt8(byte)))
    }
    #expect(uart.interrupt.level)
    #expect(uart.load(Offset.data) == 0)
    #expect(uart.load(Offset.raw) & 0x10 == 0)
    #expect(!uart.interrupt.level)
  }

  @Test("raises the receive time-out 32 bit periods after the last byte, until the FIFO is empty")
  func receiveTimeout() {
    uart.store(Offset.mask, 0x50)
    #expect(uart.receive(0x61))
    #expect(!uart.interrupt.level)
    // 16 x (26 + 3/64) cycles of 48 MHz make a bit of 8682 ns.
    bench.time.advance(to: 32 * 8000)
    #expect(!uart.interrupt.level)
    bench.time.advance(to: 32 * 8700)
    #expect(uart.load(Offset.masked) == 0x40)
    #expect(uart.interrupt.level)
    #expect(uart.load(Offset.data) == 0x61)
    #expect(uart.load(Offset.raw) & 0x40 == 0)
    #expect(!uart.interrupt.level)
  }

  @Test("holds 32 bytes with FIFOs and one without")
  func depth() {
    for byte in UInt8(0)..<32 { #expect(uart.receive(byte)) }
    #expect(!uart.receive(32))
    #expect(uart.load(Offset.flag) & 0x50 == 0x40)
    uart.store(Offset.lineControl, 0x60)
    #expect(uart.load(Offset.flag) & 0x50 == 0x10)
    #expect(uart.receive(1))
    #expect(!uart.receive(2))
    #expect(uart.load(Offset.raw) & 0x10 == 0x10)
  }

  @Test("refuses bytes until it is enabled")
  func disabled() {
    uart.store(Offset.control, 0x300)
    #expect(!uart.receive(1))
    uart.store(Offset.control, 0x101)
    #expect(!uart.receive(1))
  }

  @Test("in loopback hears itself and says nothing")
  func loopback() {
    uart.store(Offset.control, 0x381)
    uart.store(Offset.data, 0x5a)
    #expect(uart.load(Offset.data) == 0x5a)
    #expect(bench.console.bytes.isEmpty)
  }

  @Test("with pacing is busy until the byte is out and interrupts when the FIFO drains to its trigger")
  func pacing() {
    let paced = PL011(
      name: "uart2", time: bench.time, port: bench.console, log: bench.log, pacing: .baudRate)
    Self.enable(paced)
    // Transmit trigger of 1/8: four bytes.
    paced.store(Offset.fifoLevel, 0)
    for byte in UInt64(0)..<6 { paced.store(Offset.data, byte) }
    #expect(paced.load(Offset.flag) & 0x88 == 0x08)
    #expect(paced.load(Offset.raw) & 0x20 == 0)
    bench.time.advance(to: 10 * 8700)
    #expect(bench.console.bytes == [0])
    #expect(paced.load(Offset.raw) & 0x20 == 0x20)
    bench.time.advance(to: 60 * 8700)
    #expect(bench.console.bytes == [0, 1, 2, 3, 4, 5])
    #expect(paced.load(Offset.flag) & 0x88 == 0x80)
  }
}
