import Fabric
import Testing

@testable import Devices

/// Register sequences of the software that runs on the board, in its order.
@Suite("GIC-400: what Xen and Linux do")
struct GICScenarioTests {
  /// Xen's distributor and per-core set-up.
  private func xen() -> GICBench {
    let bench = GICBench(armstub: true)
    let own = bench.read(.gicd, 0x800) & 0xff
    bench.write(.gicd, 0x000, 0)
    for word in 2..<16 { bench.write(.gicd, 0xc00 + word * 4, 0) }
    for word in 8..<64 { bench.write(.gicd, 0x800 + word * 4, own * 0x0101_0101) }
    for word in 8..<64 { bench.write(.gicd, 0x400 + word * 4, 0xa0a0_a0a0) }
    for word in 1..<8 {
      bench.write(.gicd, 0x180 + word * 4, 0xffff_ffff)
      bench.write(.gicd, 0x380 + word * 4, 0xffff_ffff)
    }
    bench.write(.gicd, 0x000, 1)
    for core in 0..<4 {
      bench.write(.gicd, 0x380, 0xffff_ffff, core: core)
      bench.write(.gicd, 0x180, 0xffff_0000, core: core)
      bench.write(.gicd, 0x100, 0x0000_ffff, core: core)
      for word in 0..<4 { bench.write(.gicd, 0x400 + word * 4, 0x9090_9090, core: core) }
      for word in 4..<8 { bench.write(.gicd, 0x400 + word * 4, 0xa0a0_a0a0, core: core) }
      bench.write(.gicc, 0x04, 0xff, core: core)
      bench.write(.gicc, 0x08, 0, core: core)
      bench.write(.gicc, 0x00, 0x201, core: core)
      for ppi in [25, 26, 27, 30] { bench.write(.gicd, 0x100, 1 << UInt32(ppi), core: core) }
    }
    return bench
  }

  @Test("Xen finds its CPU masks, 256 lines and four list registers")
  func discovery() {
    let bench = xen()
    #expect((0..<4).map { bench.read(.gicd, 0x800, core: $0) & 0xff } == [1, 2, 4, 8])
    #expect(32 * ((bench.read(.gicd, 0x004) & 0x1f) + 1) == 256)
    #expect((bench.read(.gich, 0x004) & 0x3f) + 1 == 4)
    #expect(bench.log.entries.isEmpty)
  }

  @Test("IPIs among four cores: SGIR, IAR with the sender, EOIR and DIR with the raw value")
  func interProcessor() {
    let bench = xen()
    for sender in 0..<4 {
      bench.write(.gicd, 0xf00, 0x0100_0002, core: sender)
      for core in 0..<4 {
        #expect(bench.gic.irq[core].level == (core != sender))
        guard core != sender else { continue }
        let value = bench.acknowledge(core: core)
        #expect(value == 2 | UInt32(sender) << 10)
        bench.end(value, core: core)
        #expect(bench.isActive(2, core: core))
        bench.deactivate(value, core: core)
        #expect(!bench.isActive(2, core: core) && !bench.gic.irq[core].level)
      }
    }
  }

  @Test("Split mode (Linux at EL2): EOIR lets others in, DIR lets the same one in again")
  func linuxSplitMode() {
    let bench = xen()
    bench.enableSPI(125, targets: 1)
    bench.enableSPI(126, targets: 1)
    bench.gic.setSPI(93, level: true)
    bench.gic.setSPI(94, level: true)
    #expect(bench.acknowledge() == 125)
    #expect(!bench.isIRQ)
    bench.end(125)
    #expect(bench.isIRQ)
    #expect(bench.acknowledge() == 126)
    bench.end(126)
    #expect(!bench.isIRQ)
    bench.deactivate(126)
    #expect(bench.isIRQ)
    #expect(bench.acknowledge() == 126)
  }

  @Test("The hypervisor timer's level: pending again after EOIR and DIR as long as the line is high")
  func hypervisorTimer() {
    let bench = xen()
    bench.gic.setPPI(26, core: 3, level: true)
    #expect((0..<4).map { bench.gic.irq[$0].level } == [false, false, false, true])
    #expect(bench.acknowledge(core: 3) == 26)
    bench.end(26, core: 3)
    #expect(!bench.gic.irq[3].level)
    bench.deactivate(26, core: 3)
    #expect(bench.gic.irq[3].level)
    #expect(bench.acknowledge(core: 3) == 26)
    bench.gic.setPPI(26, core: 3, level: false)
    bench.end(26, core: 3)
    bench.deactivate(26, core: 3)
    #expect(!bench.gic.irq[3].level && !bench.isPending(26, core: 3))
    #expect(bench.acknowledge(core: 3) == 1023)
  }

  @Test("A line that falls before the acknowledge leaves a spurious interrupt")
  func spurious() {
    let bench = xen()
    bench.gic.setPPI(27, core: 0, level: true)
    #expect(bench.isIRQ)
    bench.gic.setPPI(27, core: 0, level: false)
    #expect(!bench.isIRQ && bench.acknowledge() == 1023)
  }

  @Test("A device interrupt of Dom0: Xen drops, Dom0's GICC is GICV, its EOIR frees the line")
  func deviceForDom0() {
    let bench = xen()
    bench.enableSPI(158)
    bench.write(.gich, 0x000, 1)
    bench.write(.gicv, 0x00, 1)
    bench.write(.gicv, 0x04, 0xf0)
    for round in 0..<5 {
      bench.gic.setSPI(126, level: true)
      #expect(bench.acknowledge() == 158)
      bench.end(158)
      let free = bench.read(.gich, 0x30)
      #expect(free == 0xf)
      let index = free.trailingZeroBitCount
      bench.write(.gich, 0x100 + index * 4, 1 << 31 | 1 << 28 | 0x14 << 23 | 158 << 10 | 158)
      #expect(bench.lines() == [false, false, true, false], "round \(round)")
      #expect(bench.read(.gicv, 0x0c) == 158)
      #expect(bench.lines() == [false, false, false, false])
      bench.gic.setSPI(126, level: false)
      bench.write(.gicv, 0x10, 158)
      #expect(!bench.isActive(158) && !bench.isPending(158))
    }
  }

  @Test("More virtual interrupts than list registers: underflow maintenance asks for the rest")
  func underflow() {
    let bench = xen()
    bench.write(.gicv, 0x00, 1)
    bench.write(.gicv, 0x04, 0xf0)
    bench.write(.gich, 0x000, 3)
    #expect(bench.acknowledge() == 25)
    for index in 0..<4 { bench.write(.gich, 0x100 + index * 4, 0x1a00_0028 + UInt32(index)) }
    bench.end(25)
    bench.deactivate(25)
    #expect(!bench.isIRQ)
    for left in (0..<4).reversed() {
      let id = bench.read(.gicv, 0x0c)
      #expect(id == 43 - UInt32(left))
      #expect(!bench.isIRQ)
      bench.write(.gicv, 0x10, id)
      if left > 1 { #expect(!bench.isIRQ) } else {
        #expect(bench.isIRQ)
        #expect(bench.read(.gich, 0x10) == 2)
        break
      }
    }
    // Xen refills and takes UIE away: the request drops although 25 is active.
    #expect(bench.acknowledge() == 25)
    bench.write(.gich, 0x000, 1)
    bench.end(25)
    bench.deactivate(25)
    #expect(!bench.isIRQ && !bench.isPending(25))
  }

  @Test("A world switch: saved VMCR, APR and list registers come back as they were")
  func worldSwitch() {
    let bench = xen()
    bench.write(.gich, 0x000, 1)
    bench.write(.gicv, 0x00, 1)
    bench.write(.gicv, 0x04, 0xf0)
    bench.write(.gich, 0x100, 0x1a00_0028)
    bench.write(.gich, 0x104, 0x1500_0029)
    #expect(bench.read(.gicv, 0x0c) == 0x29)
    let offsets = [0x008, 0x0f0, 0x100, 0x104, 0x108, 0x10c]
    let saved = offsets.map { bench.read(.gich, $0) }
    bench.write(.gich, 0x000, 0)
    for offset in offsets { bench.write(.gich, offset, 0) }
    #expect(bench.lines() == [false, false, false, false])
    for (offset, value) in zip(offsets, saved) { bench.write(.gich, offset, value) }
    bench.write(.gich, 0x000, 1)
    #expect(bench.read(.gicv, 0x14) == 0x50)
    #expect(!bench.gic.virtualIRQ[0].level)
    bench.write(.gicv, 0x10, 0x29)
    #expect(bench.gic.virtualIRQ[0].level && bench.read(.gicv, 0x0c) == 0x28)
  }

  @Test("The virtual timer for a guest: physical 27 is masked at its source, the virtual one is software")
  func virtualTimer() {
    let bench = xen()
    bench.write(.gich, 0x000, 1, core: 1)
    bench.write(.gicv, 0x00, 1, core: 1)
    bench.write(.gicv, 0x04, 0xf0, core: 1)
    bench.gic.setPPI(27, core: 1, level: true)
    #expect(bench.acknowledge(core: 1) == 27)
    bench.gic.setPPI(27, core: 1, level: false)
    bench.write(.gich, 0x100, 0x1a00_001b, core: 1)
    bench.end(27, core: 1)
    bench.deactivate(27, core: 1)
    #expect(bench.lines(1) == [false, false, true, false])
    #expect(bench.read(.gicv, 0x0c, core: 1) == 27)
    bench.write(.gicv, 0x10, 27, core: 1)
    #expect(bench.read(.gich, 0x30, core: 1) == 0xf && !bench.isPending(27, core: 1))
  }
}
