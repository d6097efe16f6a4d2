import Fabric
import Testing

@testable import Devices

/// A guest's view of the list registers. List-register values are those of IHI 0048B, 5.3.8: state in
/// bits 29:28, priority in 27:23.
@Suite("GIC-400: virtual CPU interface (GICV)")
struct GICVirtualCPUTests {
  /// A guest with Group 0 on and the mask open; `control` is GICV_CTLR.
  private func guest(control: UInt32 = 1, hcr: UInt32 = 1) -> GICBench {
    let bench = GICBench(armstub: true)
    bench.write(.gich, 0x000, hcr)
    bench.write(.gicv, 0x00, control)
    bench.write(.gicv, 0x04, 0xff)
    return bench
  }

  private func lists(_ bench: GICBench) -> [UInt32] { (0..<4).map { bench.read(.gich, 0x100 + $0 * 4) } }

  @Test("Acknowledge makes pending active; EOIR drops and deactivates in EOImode 0 (5.5.4, 5.5.5)")
  func simpleLifecycle() {
    let bench = guest()
    bench.write(.gich, 0x100, 0x1800_002a)
    #expect(bench.read(.gicv, 0x18) == 42)
    #expect(bench.read(.gicv, 0x0c) == 42)
    #expect(lists(bench)[0] == 0x2800_002a)
    #expect(bench.read(.gich, 0xf0) == 0x0001_0000)
    #expect(bench.read(.gicv, 0x14) == 0x80)
    #expect(!bench.gic.virtualIRQ[0].level)
    #expect(bench.read(.gicv, 0x0c) == 1023)
    bench.write(.gicv, 0x10, 42)
    #expect(lists(bench)[0] == 0x0800_002a)
    #expect(bench.read(.gich, 0xf0) == 0)
    #expect(bench.read(.gicv, 0x14) == 0xff)
    #expect(bench.read(.gich, 0x30) == 0xf)
  }

  @Test("Pending and active in split mode: DIR leaves it pending, and it is delivered again")
  func pendingAndActive() {
    let bench = guest(control: 0x201)
    bench.write(.gich, 0x100, 0x1800_002a)
    #expect(bench.read(.gicv, 0x0c) == 42)
    bench.write(.gich, 0x100, 0x3800_002a)
    #expect(bench.read(.gicv, 0x18) == 1023)
    bench.write(.gicv, 0x10, 42)
    #expect(lists(bench)[0] == 0x3800_002a)
    #expect(bench.read(.gicv, 0x14) == 0xff)
    #expect(bench.read(.gicv, 0x18) == 1023 && !bench.gic.virtualIRQ[0].level)
    bench.write(.gicv, 0x1000, 42)
    #expect(lists(bench)[0] == 0x1800_002a)
    #expect(bench.read(.gicv, 0x18) == 42 && bench.gic.virtualIRQ[0].level)
    #expect(bench.read(.gicv, 0x0c) == 42)
    bench.write(.gicv, 0x10, 42)
    bench.write(.gicv, 0x1000, 42)
    #expect(lists(bench)[0] == 0x0800_002a)
    #expect(bench.read(.gich, 0x000) == 1)
  }

  @Test("SGIs show their source in HPPIR and IAR, and end by the raw value (5.3.8, 5.5.7)")
  func sources() {
    let bench = guest(control: 0x201)
    bench.write(.gich, 0x100, 0x1200_0405)
    bench.write(.gich, 0x104, 0x1800_0c06)
    #expect(bench.read(.gicv, 0x18) == 0x405)
    #expect(bench.read(.gicv, 0x0c) == 0x405)
    #expect(lists(bench) == [0x2200_0405, 0x1800_0c06, 0, 0])
    #expect(bench.read(.gich, 0xf0) == 0x10)
    #expect(bench.read(.gicv, 0x18) == 0xc06)
    #expect(bench.read(.gich, 0x30) == 0xc)
    bench.write(.gicv, 0x10, 0x405)
    bench.write(.gicv, 0x1000, 0x405)
    #expect(lists(bench) == [0x0200_0405, 0x1800_0c06, 0, 0])
    #expect(bench.read(.gich, 0x30) == 0xd)
    #expect(bench.read(.gicv, 0x0c) == 0xc06)
    #expect(bench.read(.gich, 0xf0) == 0x0001_0000)
    bench.write(.gicv, 0x10, 0xc06)
    bench.write(.gicv, 0x1000, 0xc06)
    #expect(lists(bench) == [0x0200_0405, 0x0800_0c06, 0, 0])
  }

  @Test("One SGI listed from two cores: the source tells which one ends")
  func sameSGITwice() {
    let bench = guest()
    bench.write(.gich, 0x100, 0x2800_0403)
    bench.write(.gich, 0x104, 0x2800_0c03)
    bench.write(.gich, 0xf0, 0x10000)
    bench.write(.gicv, 0x10, 0xc03)
    #expect(lists(bench) == [0x2800_0403, 0x0800_0c03, 0, 0])
  }

  @Test("The highest priority comes first, then the lowest list register; preemption nests")
  func priorities() {
    let bench = guest()
    bench.write(.gich, 0x100, 0x1800_0028)
    bench.write(.gich, 0x104, 0x1800_0029)
    #expect(bench.read(.gicv, 0x0c) == 0x28)
    #expect(!bench.gic.virtualIRQ[0].level)
    bench.write(.gich, 0x108, 0x1400_002b)
    #expect(bench.gic.virtualIRQ[0].level)
    #expect(bench.read(.gicv, 0x0c) == 0x2b)
    #expect(bench.read(.gicv, 0x14) == 0x40)
    #expect(bench.read(.gich, 0xf0) == 0x0001_0100)
    bench.write(.gicv, 0x10, 0x2b)
    #expect(bench.read(.gicv, 0x14) == 0x80)
    bench.write(.gicv, 0x10, 0x28)
    #expect(bench.read(.gicv, 0x0c) == 0x29)
  }

  @Test("The guest's mask and binary point decide what is signalled")
  func maskAndBinaryPoint() {
    let bench = guest()
    bench.write(.gicv, 0x04, 0x80)
    bench.write(.gich, 0x100, 0x1800_0028)
    #expect(!bench.gic.virtualIRQ[0].level && bench.read(.gicv, 0x0c) == 1023)
    #expect(bench.read(.gicv, 0x18) == 0x28)
    bench.write(.gicv, 0x04, 0x88)
    #expect(bench.gic.virtualIRQ[0].level)
    bench.write(.gicv, 0x08, 6)
    #expect(bench.read(.gicv, 0x0c) == 0x28)
    bench.write(.gicv, 0x04, 0xff)
    // 0x80 and 0xb8 share bit 7; 0x78 does not.
    bench.write(.gich, 0x104, 0x1000_0029 | 0x17 << 23)
    #expect(!bench.gic.virtualIRQ[0].level)
    bench.write(.gich, 0x104, 0x1000_0029 | 0x0f << 23)
    #expect(bench.gic.virtualIRQ[0].level)
  }

  @Test("Group 1: its own enable, binary point and aliased registers; AckCtl lets IAR take it", arguments: [
    // GICV_CTLR, IAR, AIAR.
    (UInt32(0x3), UInt32(1022), UInt32(0x30)), (0x7, 0x30, 1023), (0x2, 1022, 0x30), (0x1, 1023, 1023),
  ])
  func groupOne(control: UInt32, acknowledge: UInt32, aliased: UInt32) {
    let bench = guest(control: control)
    bench.write(.gich, 0x100, 0x5800_0030)
    #expect(bench.gic.virtualIRQ[0].level == (control & 2 != 0))
    #expect(bench.read(.gicv, 0x18) == acknowledge)
    #expect(bench.read(.gicv, 0x28) == (control & 2 != 0 ? 0x30 : 1023))
    #expect(bench.read(.gicv, 0x0c) == acknowledge)
    #expect(bench.read(.gicv, 0x20) == aliased)
    guard control & 2 != 0 else { return }
    #expect(lists(bench)[0] == 0x6800_0030)
    bench.write(.gicv, 0x24, 0x30)
    #expect(lists(bench)[0] == 0x4800_0030)
    #expect(bench.read(.gich, 0xf0) == 0)
  }

  @Test("Group 1 preempts by GICV_ABPR, or by GICV_BPR under CBPR")
  func groupOneBinaryPoint() {
    let bench = guest(control: 7)
    bench.write(.gicv, 0x1c, 7)
    bench.write(.gich, 0x100, 0x4000_0030 | 1 << 28 | 0x1c << 23)
    #expect(bench.read(.gicv, 0x0c) == 0x30)
    #expect(bench.read(.gicv, 0x14) == 0x80)
    bench.write(.gich, 0x104, 0x4000_0031 | 1 << 28 | 0x10 << 23)
    #expect(!bench.gic.virtualIRQ[0].level)
    bench.write(.gich, 0xf0, 1 << 0x1c)
    bench.write(.gicv, 0x00, 0x17)
    #expect(bench.gic.virtualIRQ[0].level)
  }

  @Test("The EOI bit asks for maintenance when the interrupt ends (5.3.8)")
  func endRequest() {
    let bench = guest()
    bench.write(.gich, 0x104, 0x1808_002a)
    #expect(bench.read(.gicv, 0x0c) == 42)
    #expect(bench.read(.gich, 0x20) == 0 && !bench.isPending(25))
    bench.write(.gicv, 0x10, 42)
    #expect(bench.read(.gich, 0x20) == 2)
    #expect(bench.read(.gich, 0x10) == 1)
    #expect(bench.read(.gich, 0x30) == 0xd)
    #expect(bench.isPending(25))
    bench.write(.gich, 0x104, 0)
    #expect(bench.read(.gich, 0x30) == 0xf && !bench.isPending(25))
  }

  @Test("An end without a list register counts, if it dropped a priority; the count wraps (5.3.1)")
  func endCount() {
    let bench = guest(hcr: 5)
    bench.write(.gicv, 0x10, 42)
    #expect(bench.read(.gich, 0x000) == 5)
    bench.write(.gich, 0xf0, 0x10)
    bench.write(.gicv, 0x10, 42)
    #expect(bench.read(.gich, 0x000) == 0x0800_0005)
    #expect(bench.read(.gich, 0x10) == 4 && bench.isPending(25))
    bench.write(.gich, 0x000, 0xf800_0005)
    bench.write(.gich, 0xf0, 0x10)
    bench.write(.gicv, 0x10, 42)
    #expect(bench.read(.gich, 0x000) == 5 && !bench.isPending(25))
    // Spurious IDs end nothing.
    bench.write(.gich, 0xf0, 0x10)
    for id in UInt32(1020)...1023 { bench.write(.gicv, 0x10, id) }
    #expect(bench.read(.gich, 0x000) == 5 && bench.read(.gich, 0xf0) == 0x10)
  }

  @Test("In split mode DIR counts what no list register holds, EOIR does not; in EOImode 0 DIR is off")
  func deactivateCount() {
    let bench = guest(control: 0x201)
    bench.write(.gich, 0xf0, 0x10)
    bench.write(.gicv, 0x10, 42)
    #expect(bench.read(.gich, 0x000) == 1 && bench.read(.gich, 0xf0) == 0)
    bench.write(.gicv, 0x1000, 42)
    #expect(bench.read(.gich, 0x000) == 0x0800_0001)
    bench.write(.gicv, 0x00, 1)
    bench.write(.gicv, 0x1000, 42)
    #expect(bench.read(.gich, 0x000) == 0x0800_0001)
  }

  // MARK: Hardware interrupts

  /// Physical SPI 125 (INTID 157) taken by the hypervisor: acknowledged and dropped, not deactivated.
  private func passedThrough(control: UInt32 = 1, group0: Bool = false) -> GICBench {
    let bench = guest(control: control)
    bench.enableSPI(157)
    bench.enableInterface(control: 0x261)
    bench.gic.setSPI(125, level: true)
    #expect(bench.acknowledge() == 157)
    bench.end(157)
    bench.write(.gich, 0x100, 1 << 31 | 1 << 28 | 0x10 << 23 | 157 << 10 | 157)
    return bench
  }

  @Test("The guest's EOIR deactivates the physical interrupt of a hardware list register (5.3.8)")
  func hardwareEnd() {
    let bench = passedThrough()
    #expect(bench.gic.virtualIRQ[0].level && !bench.isIRQ)
    #expect(bench.read(.gicv, 0x0c) == 157)
    bench.gic.setSPI(125, level: false)
    #expect(bench.isActive(157))
    bench.write(.gicv, 0x10, 157)
    #expect(!bench.isActive(157))
    #expect(bench.read(.gich, 0x30) == 0xf)
    #expect(bench.read(.gich, 0x20) == 0)
    #expect(!bench.isIRQ)
  }

  @Test("A line that is still high interrupts again once the guest has ended the interrupt")
  func hardwareLevel() {
    let bench = passedThrough()
    #expect(bench.read(.gicv, 0x0c) == 157)
    #expect(!bench.isIRQ)
    bench.write(.gicv, 0x10, 157)
    #expect(bench.isIRQ && bench.acknowledge() == 157)
  }

  @Test("With virtual EOImode 1 the physical interrupt ends at GICV_DIR")
  func hardwareSplit() {
    let bench = passedThrough(control: 0x201)
    #expect(bench.read(.gicv, 0x0c) == 157)
    bench.write(.gicv, 0x10, 157)
    #expect(bench.isActive(157))
    bench.write(.gicv, 0x1000, 157)
    #expect(!bench.isActive(157))
  }

  @Test("A physical PPI ends on the guest's own core; SGI numbers and Group 0 are out of reach")
  func hardwareLimits() {
    let bench = guest()
    for core in 0..<2 { bench.write(.gicd, 0x300, 1 << 27 | 1 << 3, core: core) }
    bench.write(.gich, 0x1100, 1 << 31 | 2 << 28 | 27 << 10 | 27)
    bench.write(.gich, 0x1104, 1 << 31 | 2 << 28 | 3 << 10 | 40)
    bench.write(.gicv, 0x10, 27)
    bench.write(.gicv, 0x10, 40)
    #expect(!bench.isActive(27) && bench.isActive(27, core: 1))
    #expect(bench.isActive(3))
    bench.write(.gicd, 0x304, 1 << 9, secure: true)
    bench.write(.gicd, 0x084, ~(1 << 9), secure: true)
    bench.write(.gich, 0x100, 1 << 31 | 2 << 28 | 41 << 10 | 41)
    bench.write(.gicv, 0x10, 41)
    #expect(lists(bench)[0] & 0x3000_0000 == 0)
    #expect(bench.read(.gicd, 0x304, secure: true) == 1 << 9)
    for physical: UInt32 in [20, 256, 1023] {
      bench.write(.gich, 0x100, 1 << 31 | 2 << 28 | physical << 10 | 41)
      bench.write(.gicv, 0x10, 41)
      #expect(lists(bench)[0] & 0x3000_0000 == 0)
    }
  }
}
