import Fabric
import TestSupport
import Testing

@testable import CPU

/// LDTR and STTR have the rights of EL0 at EL1, and those of their own level elsewhere (Arm DDI 0487, C6.2).
@Suite("Unprivileged loads and stores", .everyEngine)
struct UnprivilegedTests {
  private let bench = CPUBench(isTranslated: true)
  private static let code: UInt64 = 0x10_0000
  private static let data: UInt64 = 0x80_0000
  private var core: Core { bench.core }

  init() {
    bench.map(Self.code..<(Self.code + 0x1000), as: CPUBench.Page.userReadOnly)
    bench.write(0x8182_8384_8586_8788, at: Self.data)
  }

  /// Executes one instruction with X20 at the data; the status of the abort, or nil.
  private func status(_ word: UInt32, level: Int, page: UInt64) -> UInt64? {
    bench.map(Self.data..<(Self.data + 0x1000), as: page)
    core.enter(level: level)
    core[x: 20] = Self.data
    // The privileged translation is at hand already; it must not serve the unprivileged access.
    bench.run([A64.ldr(1, 20), word], at: Self.code)
    if core.pc == Self.code + 8 { return nil }
    return core.syndrome(at: max(1, level)) & 0x3f
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let page: UInt64
    let level: Int
    /// What LDTR and STTR report: permission fault at level 3, or nothing.
    let load: UInt64?
    let store: UInt64?
  }
  static let cases = [
    Case(testDescription: "privileged page at EL1", page: CPUBench.Page.kernel, level: 1, load: 15, store: 15),
    Case(testDescription: "page of EL0 at EL1", page: CPUBench.Page.user, level: 1, load: nil, store: nil),
    Case(testDescription: "read-only page of EL0 at EL1", page: CPUBench.Page.userReadOnly, level: 1, load: nil, store: 15),
    Case(testDescription: "read-only privileged page at EL1", page: CPUBench.Page.kernelReadOnly, level: 1, load: 15, store: 15),
    Case(testDescription: "page at EL2", page: CPUBench.Page.user, level: 2, load: nil, store: nil),
    Case(testDescription: "read-only page at EL2", page: CPUBench.Page.userReadOnly, level: 2, load: nil, store: 15),
    Case(testDescription: "page at EL3", page: CPUBench.Page.user, level: 3, load: nil, store: nil),
    Case(testDescription: "page of EL0 at EL0", page: CPUBench.Page.user, level: 0, load: nil, store: nil),
  ]

  @Test("Rights", arguments: cases)
  func rights(rule: Case) {
    for size in 0...3 {
      #expect(status(A64.ldtr(0, 20, size: size), level: rule.level, page: rule.page) == rule.load)
      #expect(status(A64.sttr(0, 20, size: size), level: rule.level, page: rule.page) == rule.store)
    }
  }

  @Test("An abort of STTR is that of a store at the same level")
  func syndrome() {
    #expect(status(A64.sttr(0, 20, 8), level: 1, page: CPUBench.Page.kernel) == 15)
    #expect(core.exceptionClass() == 0x25)
    #expect(core.syndrome() & 0x40 != 0)
    #expect(core.get(.farEL1) == Self.data + 8)
  }

  @Test("LDTRSB and relatives extend the sign")
  func signs() {
    // ldtrsb x0, ldtrsb w0, ldtrsh x0, ldtrsh w0, ldtrsw x0 of [x20]
    let expected: [(UInt32, UInt64)] = [
      (0x3880_0a80, 0xffff_ffff_ffff_ff88), (0x38c0_0a80, 0xffff_ff88), (0x7880_0a80, 0xffff_ffff_ffff_8788),
      (0x78c0_0a80, 0xffff_8788), (0xb880_0a80, 0xffff_ffff_8586_8788),
    ]
    for (word, value) in expected {
      #expect(status(word, level: 1, page: CPUBench.Page.user) == nil)
      #expect(core[x: 0] == value)
    }
  }

  // MARK: DC ZVA

  @Test("DC ZVA clears the 64 bytes around its address and no others", arguments: [0, 1, 63, 64, 100] as [UInt64])
  func zero(offset: UInt64) {
    for index in UInt64(0)..<32 { bench.write(~0, at: Self.data + index * 8) }
    core.enter(level: 1)
    core[x: 0] = Self.data + offset
    bench.run([A64.dcZVA(0)], at: Self.code)
    for index in UInt64(0)..<32 {
      let isCleared = index / 8 == offset / 64
      #expect(bench.read(at: Self.data + index * 8) == (isCleared ? 0 : ~0), "doubleword \(index)")
    }
  }

  @Test(
    "A DC ZVA that faults is a store that faults, not cache maintenance",
    arguments: [(CPUBench.Page.absent, 7), (CPUBench.Page.userReadOnly, 15), (CPUBench.Page.device, 0x21)]
      as [(UInt64, UInt64)])
  func zeroFaults(page: UInt64, status: UInt64) {
    bench.map(Self.data..<(Self.data + 0x1000), as: page)
    core.enter(level: 0)
    core[x: 0] = Self.data + 72
    bench.run([A64.dcZVA(0)], at: Self.code)
    #expect(core.exceptionClass() == 0x24)
    #expect(core.syndrome() & 0x1ff == 0x40 | status, "CM = 0, WnR = 1")
    #expect(core.get(.farEL1) == Self.data + 72)
  }
}
