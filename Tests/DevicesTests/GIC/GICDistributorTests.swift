import Fabric
import Testing

@testable import Devices

@Suite("GIC-400: distributor")
struct GICDistributorTests {
  @Test("GICD_CTLR: Non-secure bit 0 is the Secure EnableGrp1 (IHI 0048B, 4.3.1)")
  func controlViews() {
    let bench = GICBench()
    bench.write(.gicd, 0, 1)
    #expect(bench.read(.gicd, 0, secure: true) == 2)
    bench.write(.gicd, 0, 1, secure: true)
    #expect(bench.read(.gicd, 0) == 0)
    bench.write(.gicd, 0, 0xffff_ffff, secure: true)
    #expect(bench.read(.gicd, 0, secure: true) == 3)
    bench.write(.gicd, 0, 0)
    #expect(bench.read(.gicd, 0, secure: true) == 1)
  }

  @Test("Non-secure software neither sees nor changes Group 0 interrupts (4.2)", arguments: [
    0x100, 0x180, 0x200, 0x280, 0x300, 0x380,
  ])
  func groupZeroIsHidden(register: Int) {
    let bench = GICBench()
    // Of word 1, only interrupt 33 belongs to Group 1.
    bench.write(.gicd, 0x084, 2, secure: true)
    let set = register & ~0x80
    bench.write(.gicd, set + 4, 0xf, secure: true)
    #expect(bench.read(.gicd, register + 4) == 2)
    #expect(bench.read(.gicd, register + 4, secure: true) == 0xf)
    bench.write(.gicd, set | 0x84, 0xffff_ffff)
    #expect(bench.read(.gicd, register + 4, secure: true) == 0xd)
    bench.write(.gicd, set + 4, 0xffff_ffff)
    #expect(bench.read(.gicd, register + 4, secure: true) == 0xf)
  }

  @Test("Byte-wide registers hide Group 0 byte by byte, and the Non-secure priority is shifted (4.3.11)")
  func priorityViews() {
    let bench = GICBench()
    bench.write(.gicd, 0x084, 2, secure: true)
    bench.write(.gicd, 0x420, 0xffff_ffff)
    #expect(bench.read(.gicd, 0x420, secure: true) == 0x0000_f800)
    bench.write(.gicd, 0x420, 0x5fa7_c848, secure: true)
    #expect(bench.read(.gicd, 0x420, secure: true) == 0x58a0_c848)
    #expect(bench.read(.gicd, 0x420) == 0x0000_9000)
    bench.write(.gicd, 0x820, 0xffff_ffff)
    #expect(bench.read(.gicd, 0x820, secure: true) == 0x0000_0f00)
    bench.write(.gicd, 0xc08, 0xffff_ffff)
    #expect(bench.read(.gicd, 0xc08, secure: true) == 0x5555_555d)
    #expect(bench.read(.gicd, 0xc08) == 0x0000_000c)
  }

  @Test("GICD_IGROUPR is RAZ/WI for Non-secure software and banked for word 0 (4.3.4)")
  func groupRegister() {
    let bench = GICBench()
    bench.write(.gicd, 0x084, 0xffff_ffff)
    #expect(bench.read(.gicd, 0x084, secure: true) == 0)
    bench.write(.gicd, 0x080, 0xffff_ffff, core: 2, secure: true)
    #expect(bench.read(.gicd, 0x080, core: 2, secure: true) == 0xfe00_ffff)
    #expect(bench.read(.gicd, 0x080, core: 1, secure: true) == 0)
    #expect(bench.read(.gicd, 0x080, core: 2) == 0)
  }

  @Test("SGIs are always enabled; PPIs are enabled per core (4.3.5)")
  func privateEnables() {
    let bench = GICBench(armstub: true)
    bench.write(.gicd, 0x180, 0xffff_ffff)
    #expect(bench.read(.gicd, 0x100) == 0x0000_ffff)
    bench.write(.gicd, 0x100, 1 << 27, core: 3)
    #expect(bench.read(.gicd, 0x100, core: 3) == 0x0800_ffff)
    #expect(bench.read(.gicd, 0x180, core: 0) == 0x0000_ffff)
  }

  @Test("A level-sensitive interrupt follows its line; GICD_ICPENDR cannot clear it (4.3.7, 4.3.8)")
  func levelFollowsLine() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(93)
    bench.gic.setSPI(61, level: true)
    #expect(bench.isPending(93))
    bench.write(.gicd, 0x288, 1 << 29)
    #expect(bench.isPending(93))
    bench.gic.setSPI(61, level: false)
    #expect(!bench.isPending(93))
  }

  @Test("GICD_ISPENDR latches a level-sensitive interrupt until GICD_ICPENDR or acknowledge (4.3.7)")
  func levelLatch() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(93)
    bench.enableInterface()
    bench.write(.gicd, 0x208, 1 << 29)
    #expect(bench.isPending(93) && bench.isIRQ)
    bench.write(.gicd, 0x288, 1 << 29)
    #expect(!bench.isPending(93) && !bench.isIRQ)
    bench.write(.gicd, 0x208, 1 << 29)
    #expect(bench.acknowledge() == 93)
    #expect(!bench.isPending(93) && bench.isActive(93))
  }

  @Test("An edge-triggered interrupt latches a rising edge once, also while disabled")
  func edgeLatch() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(64, edge: true)
    bench.enableInterface()
    bench.write(.gicd, 0x188, 1)
    bench.gic.setSPI(32, level: true)
    bench.gic.setSPI(32, level: false)
    #expect(bench.isPending(64) && !bench.isIRQ)
    bench.write(.gicd, 0x108, 1)
    #expect(bench.isIRQ)
    bench.gic.setSPI(32, level: true)
    #expect(bench.acknowledge() == 64)
    #expect(!bench.isPending(64))
    bench.gic.setSPI(32, level: true)
    #expect(!bench.isPending(64))
    bench.gic.setSPI(32, level: false)
    bench.gic.setSPI(32, level: true)
    #expect(bench.isPending(64) && bench.isActive(64))
    bench.write(.gicd, 0x288, 1)
    #expect(!bench.isPending(64))
  }

  @Test("GICD_SPISR and GICD_PPISR show the wires, not the latches")
  func inputStatus() {
    let bench = GICBench(armstub: true)
    bench.gic.setSPI(0, level: true)
    bench.gic.setSPI(223, level: true)
    bench.write(.gicd, 0x204, 2)
    #expect(bench.read(.gicd, 0xd04) == 1)
    #expect(bench.read(.gicd, 0xd1c) == 0x8000_0000)
    bench.gic.setPPI(27, core: 1, level: true)
    bench.gic.setPPI(30, core: 1, level: true)
    #expect(bench.read(.gicd, 0xd00, core: 1) == 0x4800)
    #expect(bench.read(.gicd, 0xd00, core: 0) == 0)
  }

  @Test("Inputs that do not exist are ignored")
  func absentInputs() {
    let bench = GICBench(armstub: true)
    for spi in [-1, 224, 988, Int.max, Int.min] { bench.gic.setSPI(spi, level: true) }
    for ppi in [-1, 0, 15, 16, 24, 25, 32, Int.max] { bench.gic.setPPI(ppi, core: 0, level: true) }
    for core in [-1, 4, Int.max] { bench.gic.setPPI(27, core: core, level: true) }
    for word in 0..<8 { #expect(bench.read(.gicd, 0x200 + word * 4) == 0) }
  }

  @Test("A connected line delivers the level it has")
  func connectedLines() {
    let bench = GICBench(armstub: true)
    let uart = InterruptLine("uart")
    uart.set(true)
    bench.gic.connect(uart, toSPI: 61)
    #expect(bench.isPending(93))
    let timer = InterruptLine("timer")
    bench.gic.connect(timer, toPPI: 30, core: 2)
    timer.set(true)
    #expect(bench.isPending(30, core: 2) && !bench.isPending(30, core: 1))
  }

  // MARK: SGIs

  /// GICD_SGIR as core 1 writes it, and the cores it reaches, a bit each.
  static let filters: [(value: UInt32, reached: UInt32)] = [
    (0x000a_0003, 0b1010), (0x0100_0003, 0b1101), (0x02ff_0003, 0b0010), (0x03ff_0003, 0), (0x00f0_0003, 0),
  ]

  @Test(
    "GICD_SGIR filters: list, all others, self; the reserved filter does nothing (4.3.15)",
    arguments: filters)
  func sgiFilters(value: UInt32, reached: UInt32) {
    let bench = GICBench(armstub: true)
    bench.write(.gicd, 0xf00, value, core: 1)
    for core in 0..<4 {
      let isReached = reached >> UInt32(core) & 1 != 0
      #expect(bench.isPending(3, core: core) == isReached)
      #expect(bench.read(.gicd, 0xf20, core: core) == (isReached ? 0x0200_0000 : 0))
    }
  }

  @Test("GICD_SGIR forwards by group: Secure by NSATT, Non-secure Group 1 only (4.3.15)", arguments: [
    (true, false, true, false), (true, true, false, true), (false, false, false, true),
    (false, true, false, true),
  ])
  func sgiGroups(secure: Bool, attribute: Bool, reachesGroup0: Bool, reachesGroup1: Bool) {
    let bench = GICBench()
    bench.write(.gicd, 0x080, 1 << 5, core: 1, secure: true)
    bench.write(.gicd, 0xf00, 0x0003_0005 | (attribute ? 0x8000 : 0), core: 2, secure: secure)
    #expect((bench.read(.gicd, 0x200, core: 0, secure: true) == 1 << 5) == reachesGroup0)
    #expect((bench.read(.gicd, 0x200, core: 1, secure: true) == 1 << 5) == reachesGroup1)
  }

  @Test("An SGI is pending once per source; IAR takes the sources from the lowest (4.4.4)")
  func sgiSources() {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    bench.write(.gicd, 0xf00, 0x0001_0007, core: 3)
    bench.write(.gicd, 0xf00, 0x0001_0007, core: 1)
    bench.write(.gicd, 0xf00, 0x0001_0007, core: 1)
    #expect(bench.read(.gicd, 0xf14) == 0x0a00_0000)
    #expect(bench.read(.gicc, 0x18) == 0x407)
    #expect(bench.acknowledge() == 0x407)
    #expect(bench.isPending(7) && bench.isActive(7))
    bench.end(0x407)
    #expect(bench.acknowledge() == 0xc07)
    #expect(!bench.isPending(7))
    bench.end(0xc07)
    #expect(bench.acknowledge() == 1023)
  }

  @Test("GICD_SPENDSGIR and GICD_CPENDSGIR set and clear single sources, by byte (4.3.16, 4.3.17)")
  func sgiPendingRegisters() {
    let bench = GICBench(armstub: true)
    bench.write(.gicd, 0xf20 + 9, 0xff, core: 2, size: 1)
    #expect(bench.read(.gicd, 0xf28, core: 2) == 0x0000_0f00)
    #expect(bench.isPending(9, core: 2) && !bench.isPending(9, core: 1))
    bench.write(.gicd, 0xf10 + 9, 0x05, core: 2, size: 1)
    #expect(bench.read(.gicd, 0xf10 + 9, core: 2, size: 1) == 0x0a)
    bench.write(.gicd, 0xf18, 0x0000_0a00, core: 2)
    #expect(!bench.isPending(9, core: 2))
    // The ordinary pending registers do not change SGIs.
    bench.write(.gicd, 0x200, 0xffff, core: 2)
    #expect(bench.read(.gicd, 0x200, core: 2) == 0)
    bench.write(.gicd, 0xf24, 1, core: 2)
    bench.write(.gicd, 0x280, 0xffff, core: 2)
    #expect(bench.isPending(4, core: 2))
  }

  @Test("Group 0 SGIs are out of reach of Non-secure pending registers")
  func secureSGIs() {
    let bench = GICBench()
    bench.write(.gicd, 0x080, 2, secure: true)
    bench.write(.gicd, 0xf20, 0x0f0f)
    #expect(bench.read(.gicd, 0xf20, secure: true) == 0x0f00)
    bench.write(.gicd, 0xf20, 0x0f, secure: true)
    bench.write(.gicd, 0xf10, 0xffff)
    #expect(bench.read(.gicd, 0xf20, secure: true) == 0x000f)
    #expect(bench.read(.gicd, 0xf20) == 0)
  }

  // MARK: Targets

  @Test("An SPI goes to each target; the first acknowledge takes it from the others (1.4.3, 1-N)")
  func oneOfN() {
    let bench = GICBench(armstub: true)
    for core in 0..<4 { bench.enableInterface(core: core) }
    bench.enableSPI(100, targets: 0b0110)
    bench.gic.setSPI(68, level: true)
    #expect((0..<4).map { bench.gic.irq[$0].level } == [false, true, true, false])
    #expect(bench.acknowledge(core: 2) == 100)
    #expect((0..<4).map { bench.gic.irq[$0].level } == [false, false, false, false])
    #expect(bench.acknowledge(core: 1) == 1023)
    bench.end(100, core: 2)
    #expect((0..<4).map { bench.gic.irq[$0].level } == [false, true, true, false])
  }

  @Test("Moving a pending SPI to another core moves the request at once")
  func retarget() {
    let bench = GICBench(armstub: true)
    for core in 0..<2 { bench.enableInterface(core: core) }
    bench.enableSPI(50)
    bench.gic.setSPI(18, level: true)
    #expect(bench.gic.irq[0].level)
    bench.write(.gicd, 0x800 + 50, 2, size: 1)
    #expect(!bench.gic.irq[0].level && bench.gic.irq[1].level)
    bench.write(.gicd, 0x800 + 50, 0, size: 1)
    #expect(!bench.gic.irq[1].level)
  }

  @Test("Priority bytes can be written one by one; wider writes touch their bytes only")
  func narrowAccess() {
    let bench = GICBench(armstub: true)
    bench.write(.gicd, 0x440, 0x4030_2010)
    bench.write(.gicd, 0x441, 0xf0, size: 1)
    #expect(bench.read(.gicd, 0x440) == 0x4030_f010)
    bench.write(.gicd, 0x442, 0x8090, size: 2)
    #expect(bench.read(.gicd, 0x440) == 0x8090_f010)
    #expect(bench.read(.gicd, 0x442, size: 2) == 0x8090)
    bench.write64(.gicd, 0x440, 0x1020_3040_5060_7080)
    #expect(bench.read64(.gicd, 0x440) == 0x1020_3040_5060_7080)
    #expect(bench.read(.gicd, 0x444) == 0x1020_3040)
  }

  @Test("The distributor forwards a group only while its enable is set (4.3.1)")
  func forwarding() {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    bench.enableSPI(60)
    bench.gic.setSPI(28, level: true)
    #expect(bench.isIRQ)
    bench.write(.gicd, 0, 0)
    #expect(!bench.isIRQ)
    #expect(bench.isPending(60))
    #expect(bench.read(.gicc, 0x18) == 1023)
    #expect(bench.acknowledge() == 1023)
    bench.write(.gicd, 0, 1)
    #expect(bench.isIRQ)
  }
}
