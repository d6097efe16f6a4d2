import Fabric
import Testing

@testable import CPU

/// One row of the routing and masking tables of Arm DDI 0487, D1.13.3 ("Physical interrupt target Exception
/// level when EL3 is AArch64" and the PSTATE masks): what happens to a physical interrupt.
struct RoutingCase: CustomTestStringConvertible, Sendable {
  var toEL3: Bool
  var nonSecure: Bool
  var toEL2: Bool
  var trapGeneral = false
  var level: Int
  var masked: Bool
  /// nil: stays pending.
  var target: Int?

  var testDescription: String {
    "SCR.x=\(toEL3) NS=\(nonSecure) HCR.xMO=\(toEL2) TGE=\(trapGeneral) EL\(level) masked=\(masked)"
  }
}

@Suite("Interrupts")
struct InterruptTests {
  static let routing: [RoutingCase] = {
    var rows: [RoutingCase] = []
    func add(
      _ toEL3: Bool, _ nonSecure: Bool, _ toEL2: Bool, _ tge: Bool, _ level: Int, _ open: Int?, _ masked: Int?
    ) {
      for (isMasked, target) in [(false, open), (true, masked)] {
        rows.append(
          RoutingCase(
            toEL3: toEL3, nonSecure: nonSecure, toEL2: toEL2, trapGeneral: tge, level: level,
            masked: isMasked, target: target))
      }
    }
    // Routed nowhere special: EL1, masked by PSTATE at EL0 and EL1, pending above.
    for secure in [false, true] {
      add(false, !secure, false, false, 0, 1, nil)
      add(false, !secure, false, false, 1, 1, nil)
      add(false, !secure, false, false, 3, nil, nil)
    }
    add(false, true, false, false, 2, nil, nil)
    // HCR_EL2.xMO: EL2, not maskable from below, maskable at EL2, pending at EL3.
    add(false, true, true, false, 0, 2, 2)
    add(false, true, true, false, 1, 2, 2)
    add(false, true, true, false, 2, 2, nil)
    add(false, true, true, false, 3, nil, nil)
    // TGE acts as xMO.
    add(false, true, false, true, 0, 2, 2)
    add(false, true, false, true, 2, 2, nil)
    // xMO means nothing in Secure state.
    add(false, false, true, false, 0, 1, nil)
    add(false, false, true, false, 1, 1, nil)
    // SCR_EL3.x: EL3, maskable only there.
    for toEL2 in [false, true] {
      add(true, true, toEL2, false, 0, 3, 3)
      add(true, true, toEL2, false, 1, 3, 3)
      add(true, true, toEL2, false, 2, 3, 3)
      add(true, true, toEL2, false, 3, 3, nil)
    }
    add(true, false, false, false, 1, 3, 3)
    return rows
  }()

  /// Input, mask bit, SCR_EL3 bit, HCR_EL2 bit, vector.
  static let kinds: [(InterruptInputs, UInt64, UInt64, UInt64, UInt64)] = [
    (.irq, 1 << 7, 1 << 1, 1 << 4, 0x80), (.fiq, 1 << 6, 1 << 2, 1 << 3, 0x100),
    (.sError, 1 << 8, 1 << 3, 1 << 5, 0x180),
  ]

  @Test("Physical interrupts are routed and masked as the manual's table says", arguments: routing)
  func physical(_ row: RoutingCase) throws {
    for (input, mask, scrBit, hcrBit, vector) in Self.kinds {
      let bench = try SystemBench()
      if row.toEL3 { bench.set(.scrEL3, scrBit) }
      if row.toEL2 { bench.set(.hcrEL2, hcrBit) }
      if row.trapGeneral { bench.set(.hcrEL2, 1 << 27) }
      // The other masks are the opposite: only the right one may count.
      let masks = row.masked ? mask : 0x3c0 & ~mask
      bench.enter(row.level, secure: !row.nonSecure, masks: masks, pc: 0x8888)
      bench.core.setInterrupt(input, level: true)
      #expect(bench.core.r[Slot.attention] != 0)
      #expect(bench.core.takePendingInterrupt() == (row.target != nil))
      #expect(bench.core.level == row.target ?? row.level)
      if let target = row.target {
        #expect(bench.core.banked(.elrEL1, target) == 0x8888)
        #expect(bench.core.r[Slot.pc] & 0x1ff == vector)
      } else {
        #expect(bench.core.r[Slot.attention] == 0, "no attention while it stays masked")
      }
    }
  }

  /// HCR_EL2 bits, level, Secure, PSTATE masks, whether taken.
  @Test(
    "Virtual interrupts need xMO, not TGE, Non-secure EL0 or EL1, and PSTATE",
    arguments: [
      (0x90, 1, false, 0, true), (0x90, 0, false, 0, true), (0x80, 1, false, 0, false),
      (0x90, 1, false, 0x80, false), (0x90, 2, false, 0, false), (0x90, 1, true, 0, false),
      (0x800_0090, 0, false, 0, false), (0x48, 1, false, 0, true), (0x48, 1, false, 0x40, false),
      (0x120, 1, false, 0, true), (0x120, 1, false, 0x100, false), (0x100, 1, false, 0, false),
    ] as [(UInt64, Int, Bool, UInt64, Bool)])
  func virtual(hcr: UInt64, level: Int, secure: Bool, masks: UInt64, taken: Bool) throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, hcr)
    bench.enter(level, secure: secure, masks: masks)
    #expect(bench.core.takePendingInterrupt() == taken)
    #expect(bench.core.level == (taken ? 1 : level))
  }

  @Test("The virtual input lines act as HCR_EL2.VI and VF")
  func virtualLines() throws {
    let rows: [(InterruptInputs, UInt64, UInt64)] = [(.virtualIRQ, 0x10, 0x280), (.virtualFIQ, 8, 0x300)]
    for (input, hcr, vector) in rows {
      let bench = try SystemBench()
      bench.set(.hcrEL2, hcr)
      bench.enter(1)
      bench.core.setInterrupt(input, level: true)
      #expect(bench.core.takePendingInterrupt())
      #expect(bench.core.level == 1)
      #expect(bench.core.r[Slot.pc] == vector)
    }
  }

  @Test("Taking a virtual SError clears HCR_EL2.VSE, and ESR_EL1 says SError")
  func virtualSError() throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, 1 << 5 | 1 << 8)
    bench.enter(1)
    #expect(bench.core.takePendingInterrupt())
    #expect(bench.core[.hcrEL2] & 1 << 8 == 0)
    #expect(bench.core[.esrEL1] >> 26 == 0x2f)
  }

  @Test("SError before FIQ before IRQ")
  func priority() throws {
    let bench = try SystemBench()
    bench.enter(1)
    for input in [InterruptInputs.irq, .fiq, .sError] { bench.core.setInterrupt(input, level: true) }
    #expect(bench.core.takePendingInterrupt())
    #expect(bench.core.r[Slot.pc] == 0x380)
    bench.enter(1)
    #expect(bench.core.takePendingInterrupt())
    #expect(bench.core.r[Slot.pc] == 0x300)
    bench.core.setInterrupt(.fiq, level: false)
    bench.enter(1)
    #expect(bench.core.takePendingInterrupt())
    #expect(bench.core.r[Slot.pc] == 0x280)
  }

  @Test("Unmasking, and a lower level after ERET, raise attention for what is asserted")
  func attention() throws {
    let bench = try SystemBench()
    let core = bench.core
    bench.enter(1, masks: 0x3c0)
    core.setInterrupt(.irq, level: true)
    #expect(!core.takePendingInterrupt())
    #expect(core.r[Slot.attention] == 0)
    #expect(core.msrImmediate(field: 0b011_111, imm: 2))
    #expect(core.r[Slot.attention] != 0)
    #expect(core.takePendingInterrupt())
    #expect(!core.takePendingInterrupt())
    #expect(core.r[Slot.attention] == 0)
    #expect(core.exceptionReturn())
    #expect(core.r[Slot.attention] != 0)
  }

  @Test("ISR_EL1 shows physical or virtual state as HCR_EL2 routes")
  func status() throws {
    let bench = try SystemBench()
    bench.core.setInterrupt(.irq, level: true)
    bench.enter(1, masks: 0x3c0)
    #expect(try bench.read("ISR_EL1") == 1 << 7)
    bench.set(.hcrEL2, 1 << 4 | 1 << 3 | 1 << 6)
    bench.enter(1, masks: 0x3c0)
    #expect(try bench.read("ISR_EL1") == 1 << 6)
    bench.enter(2, masks: 0x3c0)
    #expect(try bench.read("ISR_EL1") == 1 << 7)
  }
}

@Suite("WFI and WFE")
struct WaitingTests {
  @Test("WFI waits, and wakes for an interrupt that PSTATE masks")
  func interruptWakes() throws {
    let bench = try SystemBench()
    bench.enter(1, masks: 0x3c0)
    #expect(bench.core.waitForInterrupt())
    #expect(bench.core.waiting == .interrupt)
    #expect(!bench.core.wakeIfNeeded())
    bench.core.r[Slot.event] = 1
    #expect(!bench.core.wakeIfNeeded(), "an event is nothing to WFI")
    bench.core.setInterrupt(.irq, level: true)
    #expect(bench.core.wakeIfNeeded())
    #expect(bench.core.waiting == .running)
    #expect(bench.core.waitForInterrupt())
    #expect(bench.core.waiting == .running, "no wait while one is pending")
  }

  @Test("A virtual interrupt wakes WFI at EL1, not at EL2")
  func virtualWakes() throws {
    let bench = try SystemBench()
    bench.set(.hcrEL2, 1 << 4)
    bench.enter(1, masks: 0x3c0)
    #expect(bench.core.waitForInterrupt())
    bench.core.setInterrupt(.virtualIRQ, level: true)
    #expect(bench.core.wakeIfNeeded())
    bench.enter(2)
    #expect(bench.core.waitForInterrupt())
    #expect(bench.core.waiting == .interrupt)
  }

  @Test("WFE consumes the event register; masked interrupts do not wake it, events do")
  func eventWakes() throws {
    let bench = try SystemBench()
    bench.enter(1, masks: 0x3c0)
    bench.core.r[Slot.event] = 1
    #expect(bench.core.waitForEvent())
    #expect(bench.core.waiting == .running)
    #expect(bench.core.r[Slot.event] == 0)
    #expect(bench.core.waitForEvent())
    #expect(bench.core.waiting == .event)
    bench.core.setInterrupt(.irq, level: true)
    #expect(!bench.core.wakeIfNeeded())
    bench.cluster.sendEvent()
    #expect(bench.core.wakeIfNeeded())
    #expect(bench.core.r[Slot.event] == 0)
  }

  /// Level, control, bit, whether the bit must be clear to trap, target; WFE has ISS.TI = 1.
  @Test(
    "WFI and WFE trap when they would wait",
    arguments: [
      (0, .sctlrEL1, 16, true, 1, false), (0, .sctlrEL1, 18, true, 1, true),
      (1, .hcrEL2, 13, false, 2, false), (1, .hcrEL2, 14, false, 2, true), (1, .scrEL3, 12, false, 3, false),
      (2, .scrEL3, 13, false, 3, true),
    ] as [(Int, SystemRegister, Int, Bool, Int, Bool)])
  func traps(
    level: Int, control: SystemRegister, bit: Int, whenClear: Bool, target: Int, isEvent: Bool
  ) throws {
    let bench = try SystemBench()
    bench.set(.sctlrEL1, 1 << 16 | 1 << 18)
    if whenClear { bench.clear(control, 1 << UInt64(bit)) } else { bench.set(control, 1 << UInt64(bit)) }
    bench.enter(level, pc: 0x8000)
    #expect(!(isEvent ? bench.core.waitForEvent() : bench.core.waitForInterrupt()))
    #expect(bench.core.level == target)
    #expect(bench.core.banked(.esrEL1, target) == 1 << 26 | 1 << 25 | 0x1e0_0000 | (isEvent ? 1 : 0))
    #expect(bench.core.banked(.elrEL1, target) == 0x8000)
    // With something to wake it at once there is nothing to trap.
    bench.enter(level, masks: 0x3c0)
    bench.core.r[Slot.event] = 1
    if !isEvent { bench.core.setInterrupt(.irq, level: true) }
    #expect(isEvent ? bench.core.waitForEvent() : bench.core.waitForInterrupt())
    #expect(bench.core.level == level)
  }
}
