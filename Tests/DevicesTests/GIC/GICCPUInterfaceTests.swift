import Fabric
import Testing

@testable import Devices

@Suite("GIC-400: CPU interface")
struct GICCPUInterfaceTests {
  /// A bench on which interrupt 40 is Group 0 and 41 Group 1, both pending at core 0, at Secure-view
  /// priorities; the interface lets everything through.
  private func twoGroups(_ priority0: UInt32, _ priority1: UInt32, control: UInt32 = 3) -> GICBench {
    let bench = GICBench()
    bench.write(.gicd, 0x084, 1 << 9, secure: true)
    bench.write(.gicd, 0x428, priority0 | priority1 << 8, secure: true)
    bench.write(.gicd, 0x828, 0x0101, secure: true)
    bench.write(.gicd, 0x104, 3 << 8, secure: true)
    bench.write(.gicd, 0x204, 3 << 8, secure: true)
    bench.write(.gicd, 0x000, 3, secure: true)
    bench.write(.gicc, 0x04, 0xff, secure: true)
    bench.write(.gicc, 0x00, control, secure: true)
    return bench
  }

  @Test("GICC_CTLR: the two layouts of one register (4.4.1)")
  func controlViews() {
    let bench = GICBench()
    bench.write(.gicc, 0, 0x1e7, secure: true)
    #expect(bench.read(.gicc, 0) == 0x61)
    bench.write(.gicc, 0, 0x201)
    #expect(bench.read(.gicc, 0, secure: true) == 0x467)
    bench.write(.gicc, 0, 0xffff_ffff)
    #expect(bench.read(.gicc, 0) == 0x261)
    #expect(bench.read(.gicc, 0, secure: true) == 0x5e7)
    bench.write(.gicc, 0, 0xffff_ffff, secure: true)
    #expect(bench.read(.gicc, 0, secure: true) == 0x7ff)
    #expect(bench.read(.gicc, 0, core: 1, secure: true) == 0)
  }

  @Test("GICC_PMR: Non-secure software moves only inside the lower half (4.4.2)")
  func priorityMaskViews() {
    let bench = GICBench()
    bench.write(.gicc, 4, 0xff, secure: true)
    #expect(bench.read(.gicc, 4, secure: true) == 0xf8)
    #expect(bench.read(.gicc, 4) == 0xf0)
    bench.write(.gicc, 4, 0x50)
    #expect(bench.read(.gicc, 4, secure: true) == 0xa8)
    bench.write(.gicc, 4, 0x40, secure: true)
    #expect(bench.read(.gicc, 4) == 0)
    bench.write(.gicc, 4, 0xff)
    #expect(bench.read(.gicc, 4, secure: true) == 0x40)
  }

  @Test("GICC_BPR and GICC_ABPR: minimum 2 and 3, banked, shared under CBPR (4.4.3, 4.4.8)")
  func binaryPointViews() {
    let bench = GICBench()
    bench.write(.gicc, 0x08, 0, secure: true)
    #expect(bench.read(.gicc, 0x08, secure: true) == 2)
    bench.write(.gicc, 0x08, 5, secure: true)
    bench.write(.gicc, 0x08, 4)
    #expect(bench.read(.gicc, 0x08, secure: true) == 5)
    #expect(bench.read(.gicc, 0x08) == 4)
    #expect(bench.read(.gicc, 0x1c, secure: true) == 4)
    bench.write(.gicc, 0x1c, 1, secure: true)
    #expect(bench.read(.gicc, 0x08) == 3)
    bench.write(.gicc, 0x1c, 6)
    #expect(bench.read(.gicc, 0x08) == 3)
    bench.write(.gicc, 0x00, 0x10, secure: true)
    #expect(bench.read(.gicc, 0x08) == 6)
    bench.write(.gicc, 0x08, 7)
    #expect(bench.read(.gicc, 0x1c, secure: true) == 3)
    bench.write(.gicc, 0x08, 7, secure: true)
    #expect(bench.read(.gicc, 0x08) == 7)
  }

  /// Who reads which register while which group has the highest-priority pending interrupt.
  struct AcknowledgeCase: Sendable {
    let group1First: Bool, secure: Bool, aliased: Bool, acknowledgeControl: Bool
    let result: UInt32
  }

  @Test("IAR, AIAR, HPPIR and AHPPIR by security state, group and AckCtl (3.4, 4.4.4-4.4.11)", arguments: [
    AcknowledgeCase(group1First: false, secure: true, aliased: false, acknowledgeControl: false, result: 40),
    AcknowledgeCase(
      group1First: false, secure: false, aliased: false, acknowledgeControl: false, result: 1023),
    AcknowledgeCase(group1First: false, secure: true, aliased: true, acknowledgeControl: false, result: 1023),
    AcknowledgeCase(group1First: true, secure: true, aliased: false, acknowledgeControl: false, result: 1022),
    AcknowledgeCase(group1First: true, secure: true, aliased: false, acknowledgeControl: true, result: 41),
    AcknowledgeCase(group1First: true, secure: true, aliased: true, acknowledgeControl: false, result: 41),
    AcknowledgeCase(group1First: true, secure: false, aliased: false, acknowledgeControl: false, result: 41),
  ])
  func acknowledgeMatrix(row: AcknowledgeCase) {
    let control: UInt32 = row.acknowledgeControl ? 7 : 3
    let bench = twoGroups(row.group1First ? 0x90 : 0x20, row.group1First ? 0x80 : 0xa0, control: control)
    let pending = bench.read(.gicc, row.aliased ? 0x28 : 0x18, secure: row.secure)
    #expect(pending == row.result)
    #expect(bench.read(.gicd, 0x304, secure: true) == 0)
    #expect(bench.read(.gicc, row.aliased ? 0x20 : 0x0c, secure: row.secure) == row.result)
    let active: UInt32 = row.result < 1020 ? 1 << (row.result - 32) : 0
    #expect(bench.read(.gicd, 0x304, secure: true) == active)
    #expect(bench.read(.gicd, 0x204, secure: true) == 0x300 & ~active)
  }

  @Test("Group 0 goes to FIQ only under FIQEn (4.4.1)")
  func fastInterrupts() {
    let bench = twoGroups(0x20, 0xa0)
    #expect(bench.lines() == [true, false, false, false])
    bench.write(.gicc, 0x00, 0xb, secure: true)
    #expect(bench.lines() == [false, true, false, false])
    bench.write(.gicd, 0x284, 1 << 8, secure: true)
    #expect(bench.lines() == [true, false, false, false])
    bench.write(.gicc, 0x00, 0x9, secure: true)
    #expect(bench.lines() == [false, false, false, false])
  }

  @Test("A group that the interface does not signal shows as none, and gives no other its place (4.4.7)")
  func disabledGroup() {
    let bench = twoGroups(0x20, 0xa0, control: 2)
    #expect(!bench.isIRQ)
    #expect(bench.read(.gicc, 0x18, secure: true) == 1023)
    #expect(bench.read(.gicc, 0x0c) == 1023)
    bench.write(.gicd, 0x000, 2, secure: true)
    #expect(bench.isIRQ)
    #expect(bench.read(.gicc, 0x0c) == 41)
  }

  @Test("Equal to the mask is masked; HPPIR shows the interrupt all the same (captured on a board)")
  func priorityMask() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(255, priority: 0x40)
    bench.enableInterface(mask: 0x40)
    bench.write(.gicd, 0x21c, 0x8000_0000)
    #expect(bench.isPending(255) && !bench.isIRQ)
    #expect(bench.read(.gicc, 0x18) == 255)
    #expect(bench.acknowledge() == 1023)
    #expect(bench.isPending(255) && !bench.isActive(255))
    bench.write(.gicc, 0x04, 0x50)
    #expect(bench.isIRQ && bench.acknowledge() == 255)
  }

  @Test("Active priorities, running priority and ICACTIVER after a priority drop, as captured on a board")
  func capturedActivePriorities() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(255, priority: 0x40)
    bench.enableInterface(control: 0x261)
    bench.write(.gicd, 0x21c, 0x8000_0000)
    #expect(bench.acknowledge() == 255)
    #expect(bench.read(.gicc, 0xd0) == 0x10)
    #expect(bench.read(.gicc, 0xe0) == 0)
    #expect(bench.read(.gicc, 0xe0, secure: true) == 0x0010_0000)
    #expect(bench.read(.gicc, 0xd0, secure: true) == 0)
    #expect(bench.read(.gicc, 0x14) == 0x40)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0xa0)
    bench.end(255)
    #expect(bench.read(.gicc, 0xd0) == 0)
    #expect(bench.isActive(255))
    bench.write(.gicd, 0x39c, 0x8000_0000)
    #expect(!bench.isActive(255))
    #expect(bench.read(.gicc, 0x14) == 0xff)
  }

  @Test("ISACTIVER makes an interrupt active without an acknowledge; DIR ends that (captured on a board)")
  func setActive() {
    let bench = GICBench(armstub: true)
    bench.enableSPI(255, priority: 0x40)
    bench.enableInterface(control: 0x261)
    bench.write(.gicd, 0x31c, 0x8000_0000)
    #expect(bench.isActive(255))
    #expect(bench.read(.gicc, 0x14) == 0xff)
    bench.write(.gicd, 0x21c, 0x8000_0000)
    #expect(bench.isPending(255) && bench.read(.gicc, 0x18) == 1023 && !bench.isIRQ)
    bench.deactivate(255)
    #expect(!bench.isActive(255) && bench.isIRQ)
  }

  /// Pending, active, HPPIR and RPR after each step of a re-pended interrupt in split mode.
  @Test("Re-pending while active: the sequence captured on a board", arguments: [false, true])
  func repending(edge: Bool) {
    let bench = GICBench(armstub: true)
    bench.enableSPI(255, priority: 0x40, edge: edge)
    bench.enableInterface(control: 0x261)
    func state() -> [UInt32] {
      let flags: [UInt32] = [bench.isPending(255) ? 1 : 0, bench.isActive(255) ? 1 : 0]
      return flags + [bench.read(.gicc, 0x18), bench.read(.gicc, 0x14)]
    }
    bench.write(.gicd, 0x21c, 0x8000_0000)
    #expect(state() == [1, 0, 255, 0xff])
    #expect(bench.acknowledge() == 255)
    #expect(state() == [0, 1, 1023, 0x40])
    bench.write(.gicd, 0x21c, 0x8000_0000)
    #expect(state() == [1, 1, 1023, 0x40])
    bench.end(255)
    #expect(state() == [1, 1, 1023, 0xff])
    bench.deactivate(255)
    #expect(state() == [1, 0, 255, 0xff])
    #expect(bench.acknowledge() == 255)
    bench.end(255)
    bench.deactivate(255)
    #expect(state() == [0, 0, 1023, 0xff])
  }

  /// Running and next priority and binary point in the Non-secure view, and whether the next preempts.
  static let preemptions: [(running: UInt32, next: UInt32, binaryPoint: UInt32, preempts: Bool)] = [
    (0x80, 0x70, 3, true), (0x80, 0x80, 3, false), (0x80, 0x90, 3, false), (0x80, 0x70, 6, true),
    (0xb0, 0x90, 6, false), (0xa0, 0x90, 4, true), (0x90, 0x80, 4, false), (0x90, 0x80, 5, false),
    (0x80, 0x70, 5, true), (0xe0, 0x00, 7, false),
  ]

  @Test("Only a strictly higher group priority preempts (3.3.3)", arguments: preemptions)
  func preemption(running: UInt32, next: UInt32, binaryPoint: UInt32, preempts: Bool) {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    bench.write(.gicc, 0x08, binaryPoint)
    bench.enableSPI(100, priority: running)
    bench.enableSPI(101, priority: next)
    bench.write(.gicd, 0x20c, 1 << 4)
    #expect(bench.acknowledge() == 100)
    bench.write(.gicd, 0x20c, 1 << 5)
    #expect(bench.isIRQ == preempts)
    #expect(bench.acknowledge() == (preempts ? 101 : 1023))
  }

  @Test("Nested interrupts drop in reverse order (3.2.1)")
  func nesting() {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    let ids: [UInt32] = [96, 97, 98]
    for (index, id) in ids.enumerated() {
      bench.enableSPI(Int(id), priority: 0xc0 - UInt32(index) * 0x40)
      bench.write(.gicd, 0x20c, 1 << (id - 96))
      #expect(bench.acknowledge() == id)
    }
    #expect(bench.read(.gicc, 0x14) == 0x40)
    #expect(bench.read(.gicc, 0xd0) == 0x1110)
    for (id, running) in zip(ids.reversed(), [UInt32(0x80), 0xc0, 0xff]) {
      bench.end(id)
      #expect(bench.read(.gicc, 0x14) == running)
      #expect(!bench.isActive(Int(id)))
    }
  }

  @Test("Under CBPR the Secure binary point rules Group 1 too (4.4.1)", arguments: [false, true])
  func commonBinaryPoint(isCommon: Bool) {
    let bench = twoGroups(0x98, 0xa0, control: isCommon ? 0x13 : 3)
    bench.write(.gicd, 0x084, 3 << 8, secure: true)
    bench.write(.gicd, 0x284, 1 << 8, secure: true)
    bench.write(.gicc, 0x08, 6, secure: true)
    #expect(bench.read(.gicc, 0x0c) == 41)
    #expect(bench.read(.gicc, 0x14, secure: true) == (isCommon ? 0x80 : 0xa0))
    bench.write(.gicd, 0x204, 1 << 8, secure: true)
    #expect(bench.isIRQ == !isCommon)
  }

  @Test("GICC_RPR in the Non-secure view is zero while Group 0 runs above the middle (4.4.6)")
  func runningPriorityViews() {
    let bench = twoGroups(0x28, 0xa0)
    #expect(bench.read(.gicc, 0x0c, secure: true) == 40)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0x28)
    #expect(bench.read(.gicc, 0x14) == 0)
    #expect(bench.read(.gicc, 0xd0, secure: true) == 1 << 5)
    #expect(bench.read(.gicc, 0xd0) == 0)
  }

  @Test("Priority drops are per group: a Non-secure EOIR cannot drop a Group 0 priority (4.4.5)")
  func dropsPerGroup() {
    let bench = twoGroups(0x28, 0xa0)
    #expect(bench.read(.gicc, 0x0c, secure: true) == 40)
    bench.end(40)
    bench.end(41)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0x28)
    #expect(bench.read(.gicd, 0x304, secure: true) == 1 << 8)
    bench.write(.gicc, 0x10, 41, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0x28)
    bench.write(.gicc, 0x10, 40, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0xff)
    #expect(bench.read(.gicd, 0x304, secure: true) == 0)
  }

  @Test("Secure software ends a Group 1 interrupt with AEOIR, or with EOIR under AckCtl (4.4.10)")
  func aliasedEnd() {
    let bench = twoGroups(0xc0, 0xa0)
    #expect(bench.read(.gicc, 0x20, secure: true) == 41)
    bench.write(.gicc, 0x10, 41, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0xa0)
    bench.write(.gicc, 0x24, 41, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0xff)
    bench.write(.gicd, 0x204, 1 << 9, secure: true)
    bench.write(.gicc, 0x00, 7, secure: true)
    #expect(bench.read(.gicc, 0x0c, secure: true) == 41)
    bench.write(.gicc, 0x10, 41, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 0xff)
    #expect(bench.read(.gicd, 0x304, secure: true) == 0)
  }

  @Test("Spurious and absent IDs do nothing in EOIR and DIR", arguments: [
    UInt32(1020), 1021, 1022, 1023, 256, 1000, 20, 0xffff_ffff,
  ])
  func spuriousEnds(id: UInt32) {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    bench.enableSPI(40)
    bench.gic.setSPI(8, level: true)
    #expect(bench.acknowledge() == 40)
    bench.end(id)
    bench.deactivate(id)
    #expect(bench.isActive(40) && bench.read(.gicc, 0x14) == 0xa0)
  }

  @Test("EOImode is per security state: S rules Secure, NS Non-secure accesses (4.4.1, 4.4.15)")
  func splitModes() {
    let bench = twoGroups(0x28, 0xa0, control: 3 | 1 << 9)
    #expect(bench.read(.gicc, 0x0c, secure: true) == 40)
    bench.write(.gicc, 0x10, 40, secure: true)
    #expect(bench.read(.gicd, 0x304, secure: true) == 1 << 8)
    #expect(bench.acknowledge() == 41)
    bench.end(41)
    #expect(bench.read(.gicd, 0x304, secure: true) == 1 << 8)
    // Non-secure DIR is off in its EOImode 0, and never reaches Group 0.
    bench.deactivate(40)
    bench.write(.gicc, 0x00, 0x201)
    bench.deactivate(40)
    #expect(bench.read(.gicd, 0x304, secure: true) == 1 << 8)
    bench.write(.gicc, 0x1000, 40, secure: true)
    #expect(bench.read(.gicd, 0x304, secure: true) == 0)
  }

  @Test("In EOImode 0 GICC_DIR does nothing")
  func deactivateWithoutSplit() {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    bench.enableSPI(40)
    bench.gic.setSPI(8, level: true)
    #expect(bench.acknowledge() == 40)
    bench.deactivate(40)
    #expect(bench.isActive(40))
  }

  @Test("Active priorities can be saved and restored through the Non-secure view (4.4.12)")
  func activePriorityRegisters() {
    let bench = GICBench(armstub: true)
    bench.write(.gicc, 0xd0, 0x0100)
    #expect(bench.read(.gicc, 0xe0, secure: true) == 0x0100_0000)
    #expect(bench.read(.gicc, 0x14) == 0x80)
    bench.write(.gicc, 0xe0, 0xffff_ffff)
    #expect(bench.read(.gicc, 0xe0, secure: true) == 0x0100_0000)
    bench.write(.gicc, 0xd0, 2, secure: true)
    #expect(bench.read(.gicc, 0x14, secure: true) == 8)
    bench.write(.gicc, 0xe0, 0, secure: true)
    bench.write(.gicc, 0xd0, 0, secure: true)
    #expect(bench.read(.gicc, 0x14) == 0xff)
  }

  @Test("Among equal priorities the lowest ID comes first; a higher priority comes before both")
  func order() {
    let bench = GICBench(armstub: true)
    bench.enableInterface()
    for id in [200, 45, 44] { bench.enableSPI(id) }
    bench.enableSPI(250, priority: 0x90)
    for id in [200, 45, 44, 250] { bench.gic.setSPI(id - 32, level: true) }
    var taken: [UInt32] = []
    for _ in 0..<4 {
      taken.append(bench.acknowledge())
      bench.write(.gicd, 0x180 + Int(taken[taken.count - 1]) / 32 * 4, 1 << (taken[taken.count - 1] % 32))
      bench.end(taken[taken.count - 1])
    }
    #expect(taken == [250, 44, 45, 200])
    #expect(bench.acknowledge() == 1023)
  }
}
