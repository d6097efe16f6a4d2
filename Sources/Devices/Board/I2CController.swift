import Fabric

/// Broadcom Serial Controller, an I2C master (BCM2711 ARM Peripherals, chapter 3), on an empty bus.
///
/// Addresses: 0xFE20_5000 and seven more. Line out: `interrupt`; the board joins all on SPI 117. A transfer
/// ends at once with DONE and ERR: nobody acknowledged the address.
///
/// Not modelled: devices on the bus, clock stretching, the time a transfer takes.
public final class I2CController: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case control = 0x00
    case status = 0x04
    case dataLength = 0x08
    case address = 0x0c
    case fifo = 0x10
    case divider = 0x14
    case delay = 0x18
    case clockStretch = 0x1c
  }

  static let layout = RegisterLayout<Register>(size: 0x20) {
    $0.fields(
      .control, "C",
      [
        .rw("READ", 0), .wo("CLEAR", 4...5), .wo("ST", 7), .rw("INTD", 8), .rw("INTT", 9),
        .rw("INTR", 10), .rw("I2CEN", 15),
      ])
    // TXD and TXE: the FIFO is empty.
    $0.fields(
      .status, "S", reset: 0x50,
      [.ro("TA", 0), .w1c("DONE", 1), .ro("FIFO", 2...7), .w1c("ERR", 8), .w1c("CLKT", 9)])
    $0.rw(.dataLength, "DLEN", mask: 0xffff)
    $0.rw(.address, "A", mask: 0x7f)
    $0.wo(.fifo, "FIFO", mask: 0xff)
    $0.rw(.divider, "DIV", reset: 0x5dc, mask: 0xffff)
    $0.rw(.delay, "DEL", reset: 0x0030_0030)
    $0.rw(.clockStretch, "CLKT", reset: 0x40, mask: 0xffff)
  }

  public static let windowSize: UInt64 = 0x200
  public let name: String
  public let registers: RegisterBlock<Register>
  public let interrupt: InterruptLine

  public init(name: String, log: GuestLog) {
    self.name = name
    interrupt = InterruptLine(name)
    registers = RegisterBlock(Self.layout, name: name, log: log)
  }

  public func reset() {
    registers.reset()
    updateLine()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() { updateLine() }
  public func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    if register == .control, new.bit(7), new.bit(15) { registers[.status] |= 1 << 1 | 1 << 8 }
    updateLine()
  }

  private func updateLine() {
    let isDone = registers[.status].bit(1)
    interrupt.set(isDone && registers[.control].bit(8) && registers[.control].bit(15))
  }
}
