import Fabric
import Testing

@testable import Devices

@Suite("GIC-400: virtual interface control (GICH)")
struct GICHypervisorTests {
  private static let pending: UInt32 = 1 << 28
  private static let active: UInt32 = 2 << 28

  private func list(_ id: UInt32, _ state: UInt32, priority: UInt32 = 0x80) -> UInt32 {
    id | (priority >> 3) << 23 | state
  }

  @Test("Registers are banked by accessing core; 0x1000 + 0x200 n reaches core n's from anywhere (5.3)")
  func banking() {
    let bench = GICBench()
    bench.write(.gich, 0x100, 0x1111_0001, core: 0)
    bench.write(.gich, 0x100, 0x1111_0002, core: 2)
    #expect(bench.read(.gich, 0x1100, core: 3) == 0x1101_0001)
    #expect(bench.read(.gich, 0x1500, core: 3) == 0x1101_0002)
    bench.write(.gich, 0x1604, 0xffff_ffff, core: 0)
    bench.write(.gich, 0x1600, 0xffff_ffff, core: 0)
    #expect(bench.read(.gich, 0x000, core: 3) == 0xf800_00ff)
    #expect(bench.read(.gich, 0x000, core: 0) == 0)
    for absent in 4..<8 {
      bench.write(.gich, 0x1000 + absent * 0x200, 1)
      #expect(bench.read(.gich, 0x1000 + absent * 0x200) == 0)
      #expect(bench.read(.gich, 0x1004 + absent * 0x200) == 0)
    }
  }

  @Test("Reserved bits of HCR, VMCR and LR read as zero")
  func reservedBits() {
    let bench = GICBench()
    bench.write(.gich, 0x000, 0xffff_ffff)
    #expect(bench.read(.gich, 0x000) == 0xf800_00ff)
    bench.write(.gich, 0x008, 0xffff_ffff)
    #expect(bench.read(.gich, 0x008) == 0xf8fc_021f)
    for index in 0..<4 {
      bench.write(.gich, 0x100 + index * 4, 0xffff_ffff)
      #expect(bench.read(.gich, 0x100 + index * 4) == 0xff8f_ffff)
    }
    bench.write(.gich, 0x0f0, 0x8000_0001)
    #expect(bench.read(.gich, 0x0f0) == 0x8000_0001)
    #expect(bench.read(.gicv, 0x0d0) == 0x8000_0001)
  }

  @Test("GICH_VMCR and the guest's registers are the same state (5.3.3)")
  func machineControl() {
    let bench = GICBench()
    bench.write(.gicv, 0x00, 0xffff_ffff)
    bench.write(.gicv, 0x04, 0xa7)
    bench.write(.gicv, 0x08, 5)
    bench.write(.gicv, 0x1c, 6)
    #expect(bench.read(.gicv, 0x00) == 0x21f)
    #expect(bench.read(.gicv, 0x04) == 0xa0)
    #expect(bench.read(.gich, 0x008) == 0xa0b8_021f)
    bench.write(.gich, 0x008, 0xf800_0001)
    #expect(bench.read(.gicv, 0x00) == 1)
    #expect(bench.read(.gicv, 0x04) == 0xf8)
    // Binary points below the minimum take it.
    #expect(bench.read(.gicv, 0x08) == 2)
    #expect(bench.read(.gicv, 0x1c) == 3)
    #expect(bench.read(.gich, 0x008) == 0xf84c_0001)
    bench.write(.gicv, 0x08, 0)
    bench.write(.gicv, 0x1c, 0)
    #expect(bench.read(.gich, 0x008) == 0xf84c_0001)
  }

  @Test("ELRSR and EISR by state, HW and EOI bit (5.3.5, 5.3.6)", arguments: [
    // List register, free, ended.
    (UInt32(0), true, false), (0x0008_0000, false, true), (0x8008_0000, true, false),
    (0x1008_0020, false, false), (0x2008_0020, false, false), (0x3000_0020, false, false),
    (0x9000_8020, false, false), (0x0fff_0000, false, true),
  ])
  func listStatus(value: UInt32, isFree: Bool, isEnded: Bool) {
    let bench = GICBench()
    bench.write(.gich, 0x108, value)
    #expect(bench.read(.gich, 0x30) == (isFree ? 0xf : 0xb))
    #expect(bench.read(.gich, 0x20) == (isEnded ? 4 : 0))
    #expect(bench.read(.gich, 0x10) == (isEnded ? 1 : 0))
  }

  /// Conditions of GICH_MISR: HCR, list registers, VMCR and the expected status.
  struct MaintenanceCase: Sendable {
    var control: UInt32
    var lists: [UInt32] = []
    var machine: UInt32 = 0
    let status: UInt32
  }

  @Test("GICH_MISR and PPI 25: each condition, under its enable and HCR.En (5.3.4)", arguments: [
    MaintenanceCase(control: 0x01, status: 0),
    MaintenanceCase(control: 0x03, status: 0x02),
    MaintenanceCase(control: 0x03, lists: [0x1000_0020], status: 0x02),
    MaintenanceCase(control: 0x03, lists: [0x1000_0020, 0x2000_0021], status: 0),
    MaintenanceCase(control: 0x02, status: 0x02),
    MaintenanceCase(control: 0x05, status: 0),
    MaintenanceCase(control: 0x0800_0005, status: 0x04),
    MaintenanceCase(control: 0xf800_0001, status: 0),
    MaintenanceCase(control: 0x09, status: 0x08),
    MaintenanceCase(control: 0x09, lists: [0x1000_0020], status: 0),
    MaintenanceCase(control: 0x09, lists: [0x2000_0020, 0x3000_0021], status: 0x08),
    MaintenanceCase(control: 0xf1, status: 0xa0),
    MaintenanceCase(control: 0xf1, machine: 1, status: 0x90),
    MaintenanceCase(control: 0xf1, machine: 2, status: 0x60),
    MaintenanceCase(control: 0xf1, machine: 3, status: 0x50),
    MaintenanceCase(control: 0x51, machine: 0, status: 0),
    MaintenanceCase(control: 0x01, lists: [0x0008_0020], status: 0x01),
  ])
  func maintenance(row: MaintenanceCase) {
    let bench = GICBench(armstub: true)
    bench.enablePrivate(25, core: 1)
    bench.enableInterface(core: 1)
    bench.write(.gich, 0x008, row.machine, core: 1)
    for (index, list) in row.lists.enumerated() { bench.write(.gich, 0x100 + index * 4, list, core: 1) }
    bench.write(.gich, 0x000, row.control, core: 1)
    let isAsserted = row.control & 1 != 0 && row.status != 0
    #expect(bench.read(.gich, 0x10, core: 1) == row.status)
    #expect(bench.isPending(25, core: 1) == isAsserted)
    #expect(bench.gic.irq[1].level == isAsserted)
    #expect(bench.read(.gicd, 0xd00, core: 1) == (isAsserted ? 0x200 : 0))
    #expect(!bench.isPending(25, core: 0))
    if isAsserted { #expect(bench.acknowledge(core: 1) == 25) }
    bench.write(.gich, 0x000, 0, core: 1)
    #expect(!bench.isPending(25, core: 1))
  }

  @Test("Only a pending list register raises the virtual line, only under HCR.En (5.3.1)")
  func virtualLine() {
    let bench = GICBench()
    bench.write(.gich, 0x008, 0xf800_0001)
    bench.write(.gich, 0x10c, list(42, Self.pending))
    #expect(bench.lines() == [false, false, false, false])
    #expect(bench.read(.gicv, 0x0c) == 1023)
    bench.write(.gich, 0x000, 1)
    #expect(bench.lines() == [false, false, true, false])
    for state in [0, Self.active, Self.active | Self.pending] {
      bench.write(.gich, 0x10c, list(42, state))
      #expect(bench.lines() == [false, false, false, false])
    }
    bench.write(.gich, 0x10c, list(42, Self.pending))
    bench.write(.gicv, 0x00, 0x9)
    #expect(bench.lines() == [false, false, false, true])
    bench.write(.gicv, 0x00, 0)
    #expect(bench.lines() == [false, false, false, false])
  }

  @Test("Another core's list registers drive that core's lines")
  func remoteInjection() {
    let bench = GICBench()
    bench.write(.gich, 0x1408, 0xf800_0001, core: 0)
    bench.write(.gich, 0x1400, 1, core: 0)
    bench.write(.gich, 0x1500, list(33, Self.pending), core: 0)
    #expect(bench.lines(0) == [false, false, false, false])
    #expect(bench.lines(2) == [false, false, true, false])
    #expect(bench.read(.gicv, 0x0c, core: 2) == 33)
  }
}
