import Fabric
import Testing

@testable import Devices

/// SD Host Controller Simplified Specification 3.00; values measured on a Pi 4.
@Suite("Empty card slots")
struct EmptyCardHostTests {
  let bench = Bench()
  let host: EmptyCardHost

  init() { host = EmptyCardHost(name: "emmc2", kind: .emmc2, log: bench.log) }

  @Test(
    "EMMC2 shows its capabilities and no card",
    arguments: [
      (0x40, 0x45ee_6432), (0x44, 0xa525), (0x48, 0x0008_0008), (0xfc, 0x1002_0000), (0x24, 0x1ffa_0000),
    ])
  func identity(offset: UInt64, value: UInt64) {
    #expect(host.load(offset) == value)
  }

  @Test("resets end at once and the clock is stable at once")
  func resets() {
    host.store(0x2f, 1, 1)
    #expect(host.load(0x2f, 1) == 0)
    host.store(0x2c, 0x0000_fa01)
    #expect(host.load(0x2c) == 0x0000_fa03)
    host.store(0x2c, 0x0700_0000)
    #expect(host.load(0x2c) == 0)
  }

  @Test("a command that expects a response times out, one that does not completes")
  func commands() {
    host.store(0x34, 0xffff_7fff)
    host.store(0x38, 0xffff_7fff)
    host.store(0x08, 0x1aa)
    host.store(0x0c, 0x081a_0000)  // CMD8, 48-bit response
    #expect(host.load(0x30) == 0x0001_8000)
    #expect(host.interrupt.level)
    host.store(0x30, 0x0001_8000)
    #expect(host.load(0x30) == 0)
    #expect(!host.interrupt.level)
    host.store(0x0c, 0)  // CMD0, no response
    #expect(host.load(0x30) == 1)
    #expect(host.interrupt.level)
  }

  @Test("a halfword write issues the command, one to the transfer mode does not")
  func halfwords() {
    host.store(0x34, 0xffff_7fff)
    host.store(0x0c, 0x13, 2)
    #expect(host.load(0x30) == 0)
    host.store(0x0e, 0x081a, 2)
    #expect(host.load(0x30) == 0x0001_8000)
  }

  @Test("the line drops when its enable does")
  func masking() {
    host.store(0x34, 0xffff_7fff)
    host.store(0x0c, 0x081a_0000)
    #expect(!host.interrupt.level)
    host.store(0x38, 0x0001_0000)
    #expect(host.interrupt.level)
    host.store(0x38, 0)
    #expect(!host.interrupt.level)
  }
}

@Suite("Ethernet without a cable")
struct EthernetControllerTests {
  let bench = Bench()
  let ethernet: EthernetController

  init() { ethernet = EthernetController(log: bench.log) }

  func mdioRead(_ phy: UInt64, _ register: UInt64) -> UInt64 {
    ethernet.store(0xe14, 1 << 29 | 2 << 26 | phy << 21 | register << 16)
    return ethernet.load(0xe14)
  }

  func mdioWrite(_ phy: UInt64, _ register: UInt64, _ value: UInt64) {
    ethernet.store(0xe14, 1 << 29 | 1 << 26 | phy << 21 | register << 16 | value)
  }

  @Test("is GENET v5")
  func revision() {
    #expect(ethernet.load(0x00) >> 24 & 0xf == 6)
  }

  @Test("MDIO ends at once; the transceiver at 1 has no link, no other answers")
  func mdio() {
    #expect(mdioRead(1, 2) & 0x3000_ffff == 0x600d)
    #expect(mdioRead(1, 3) & 0xffff == 0x84a2)
    #expect(mdioRead(1, 1) & 0x24 == 0)  // no link, negotiation not complete
    #expect(mdioRead(0, 2) & 0x3000_ffff == 0x1000_ffff)
    #expect(mdioRead(31, 2) & 0x3000_ffff == 0x1000_ffff)
  }

  @Test("the transceiver's reset and restart bits clear themselves")
  func selfClearing() {
    mdioWrite(1, 4, 0x0de1)
    mdioWrite(1, 0, 0x1340)
    #expect(mdioRead(1, 0) & 0xffff == 0x1140)
    #expect(mdioRead(1, 4) & 0xffff == 0x0de1)
    mdioWrite(1, 0, 0x8000)
    #expect(mdioRead(1, 0) & 0xffff == 0x1140)
    #expect(mdioRead(1, 4) & 0xffff == 0x01e1)
  }

  @Test("DMA shows itself stopped when it is disabled")
  func dmaStatus() {
    #expect(ethernet.load(0x3048) == 1)
    ethernet.store(0x3044, 1)
    #expect(ethernet.load(0x3048) == 0)
    #expect(ethernet.load(0x5048) == 1)
  }

  @Test("consumes transmitted frames and interrupts", arguments: [0, 3, 15, 16])
  func transmit(ring: UInt64) {
    let base = 0x4c00 + ring * 0x40
    ethernet.store(base + 0x0c, 1)
    #expect(ethernet.load(base + 0x08) == 0)
    ethernet.store(0x5044, 1)
    ethernet.store(0x214, 0xffff_ffff)
    ethernet.store(0x254, 0xffff_ffff)
    ethernet.store(base + 0x0c, 5)
    #expect(ethernet.load(base + 0x08) == 5)
    #expect(ethernet.interrupts.map(\.level) == [ring == 16, ring != 16])
    let status: UInt64 = ring == 16 ? 0x200 : 0x240
    #expect(ethernet.load(status) == (ring == 16 ? 1 << 16 : 1 << ring))
    ethernet.store(status + 8, 0xffff_ffff)
    #expect(ethernet.interrupts.map(\.level) == [false, false])
  }
}

@Suite("PCI Express without a device")
struct PCIeRootComplexTests {
  let bench = Bench()
  let pcie: PCIeRootComplex

  init() { pcie = PCIeRootComplex(log: bench.log) }

  @Test("is a root complex with its link down, after a bridge reset too")
  func linkDown() {
    pcie.store(0x9210, 3)
    pcie.store(0x9210, 0)
    #expect(pcie.load(0x4068) == 0x80)
    #expect(pcie.load(0x406c) >= 0x0303)
    #expect(pcie.load(0x0000) == 0x2711_14e4)
  }

  @Test("configuration space behind the root port reads as ones", arguments: [1, 2, 4])
  func configuration(size: UInt8) {
    pcie.store(0x9000, 1 << 20)
    pcie.store(0x8000, 0, size)
    #expect(pcie.load(0x8000, size) == UInt64.mask(width: Int(size) * 8))
    #expect(pcie.load(0x8ffc, 4) == 0xffff_ffff)
    #expect(pcie.load(0x9000) == 1 << 20)
  }

  @Test("windows are storage, MDIO is never busy, the class code follows its private register")
  func registers() {
    pcie.store(0x400c, 0xf800_0000)
    #expect(pcie.load(0x400c) == 0xf800_0000)
    pcie.store(0x1104, 0x8000_1100)
    #expect(pcie.load(0x1104) >> 31 == 0)
    #expect(pcie.load(0x1108) >> 31 == 1)
    pcie.store(0x043c, 0x06_0400)
    #expect(pcie.load(0x0008) >> 8 == 0x06_0400)
  }

  @Test("MSI has latches and a mask")
  func messages() {
    #expect(pcie.load(0x450c) == 0xffff_ffff)
    pcie.store(0x4504, 1)
    #expect(!pcie.interrupt.level)
    pcie.store(0x4514, 1)
    #expect(pcie.interrupt.level)
    pcie.store(0x4508, 1)
    #expect(!pcie.interrupt.level)
  }
}
