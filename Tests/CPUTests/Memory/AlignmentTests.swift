import Fabric
import TestSupport
import Testing

@testable import CPU

/// SCTLR_ELx.A, SCTLR_ELx.SA, and accesses that must be aligned always (Arm DDI 0487, B2.5, D1.8.2).
@Suite("Alignment", .everyEngine)
struct AlignmentTests {
  private let bench = CPUBench(isTranslated: true)
  private static let code: UInt64 = 0x10_0000
  private static let data: UInt64 = 0x80_0000
  private var core: Core { bench.core }

  init() {
    core.enter(level: 1)
    core.set(.vbarEL1, 0x40_0000)
  }

  struct Access: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let word: UInt32
    /// What the address must be a multiple of.
    let alignment: UInt64
    let isStore: Bool
  }
  private static func access(_ name: String, _ word: UInt32, _ alignment: UInt64) -> Access {
    Access(testDescription: name, word: word, alignment: alignment, isStore: name.hasPrefix("ST"))
  }

  /// Base X20.
  static let ordinary: [Access] = [
    access("LDRH", A64.ldr(0, 20, size: 1), 2), access("LDR W", A64.ldr(0, 20, size: 2), 4),
    access("LDR X", A64.ldr(0, 20), 8), access("STRH", A64.str(0, 20, size: 1), 2),
    access("STR W", A64.str(0, 20, size: 2), 4), access("STR X", A64.str(0, 20), 8),
    access("LDR X, register", A64.ldrIndexed(0, 20, 31), 8),
    access("STR X, register", A64.strIndexed(0, 20, 31), 8), access("LDTR", A64.ldtr(0, 20), 8),
    access("STTR", A64.sttr(0, 20, size: 2), 4), access("LDP X", A64.ldp(0, 1, 20), 8),
    access("LDP W", A64.ldp(0, 1, 20, wide: false), 4), access("STP X", A64.stp(0, 1, 20), 8),
    access("STP W", A64.stp(0, 1, 20, wide: false), 4), access("LDR H", A64.ldrV(0, 20, size: 1), 2),
    access("LDR D", A64.ldrV(0, 20, size: 3), 8), access("LDR Q", A64.ldrV(0, 20, size: 4), 16),
    access("STR Q", A64.strV(0, 20, size: 4), 16), access("LDP Q", A64.ldpV(0, 1, 20, size: 4), 16),
    access("LDP S", A64.ldpV(0, 1, 20, size: 2), 4), access("STP D", A64.stpV(0, 1, 20, size: 3), 8),
    access("LD1 of halfwords", A64.ld1(0, 20, size: 1), 2),
    access("LD1 of doublewords", A64.ld1(0, 20, size: 3), 8), access("ST1 of words", A64.st1(0, 20, size: 2), 4),
  ]
  /// These must be aligned whatever SCTLR_ELx.A says.
  static let strict: [Access] = [
    access("LDXR", A64.ldxr(0, 20), 8), access("LDXR H", A64.ldxr(0, 20, size: 1), 2),
    access("LDXP", A64.ldxp(0, 1, 20), 16), access("STXP", A64.stxp(2, 0, 1, 20), 16),
    access("STXR", A64.stxr(2, 0, 20), 8), access("LDAR", A64.ldar(0, 20), 8),
    access("LDAR W", A64.ldar(0, 20, size: 2), 4), access("STLR", A64.stlr(0, 20, size: 1), 2),
  ]

  /// Executes the access at the address and tells whether it took an Alignment fault.
  private func faults(_ access: Access, at address: UInt64) -> Bool {
    core.enter(level: 1)
    core[x: 20] = address
    bench.run([A64.nop, access.word], at: Self.code)
    if core.pc == Self.code + 8 { return false }
    #expect(core.exceptionClass() == 0x25)
    #expect(core.syndrome() & 0x3f == 0x21, "DFSC")
    #expect(core.syndrome() & 0x40 == (access.isStore ? 0x40 : 0), "WnR")
    #expect(core.get(.farEL1) == address, "FAR_EL1")
    #expect(core.get(.elrEL1) == Self.code + 4)
    return true
  }

  @Test("With SCTLR_EL1.A each access must be aligned to its element", arguments: ordinary + strict)
  func checked(access: Access) {
    core.change(.sctlrEL1, set: 2)
    for offset in UInt64(0)..<32 {
      #expect(faults(access, at: Self.data + offset) == (offset % access.alignment != 0), "offset \(offset)")
    }
  }

  @Test("Without, ordinary accesses may lie anywhere", arguments: ordinary)
  func unchecked(access: Access) {
    for offset in UInt64(0)..<32 { #expect(!faults(access, at: Self.data + offset), "offset \(offset)") }
  }

  @Test("Without, exclusive and ordered accesses must be aligned all the same", arguments: strict)
  func alwaysChecked(access: Access) {
    for offset in UInt64(0)..<32 {
      #expect(faults(access, at: Self.data + offset) == (offset % access.alignment != 0), "offset \(offset)")
    }
  }

  @Test("Device memory must be accessed aligned", arguments: ordinary)
  func device(access: Access) {
    bench.map(Self.data..<(Self.data + 0x1000), as: CPUBench.Page.device)
    for offset in UInt64(0)..<32 {
      #expect(faults(access, at: Self.data + offset) == (offset % access.alignment != 0), "offset \(offset)")
    }
  }

  @Test("With stage 1 off all data is Device memory and must be accessed aligned", arguments: ordinary + strict)
  func stageOneOff(access: Access) {
    core.change(.sctlrEL1, clear: 1)
    for offset in UInt64(0)..<32 {
      #expect(faults(access, at: Self.data + offset) == (offset % access.alignment != 0), "offset \(offset)")
    }
  }

  @Test("With stage 1 off an address that is too large is looked at before its alignment", arguments: [0, 1])
  func addressSize(offset: UInt64) {
    core.change(.sctlrEL1, clear: 1)
    core[x: 20] = (1 << 44) + offset
    bench.run([A64.ldr(0, 20)], at: Self.code)
    #expect(core.syndrome() & 0x3f == 0)
    core.enter(level: 1)
    core.change(.sctlrEL1, set: 2)
    bench.run([A64.ldr(0, 20)], at: Self.code)
    #expect(core.syndrome() & 0x3f == (offset == 0 ? 0 : 0x21), "SCTLR_EL1.A comes before translation")
  }

  @Test("HCR_EL2.DC makes data with stage 1 off Normal memory", arguments: ordinary)
  func defaultCacheable(access: Access) {
    core.change(.sctlrEL1, clear: 1)
    for offset in UInt64(0)..<32 {
      core.enter(level: 1)
      // DC implies VM: stage 2 maps the first GiB to itself, as Normal Write-Back.
      bench.write(1 << 10 | 3 << 8 | 3 << 6 | 0xf << 2 | 1, at: 0xe0_0000)
      core.set(.vttbrEL2, 0xe0_0000)
      core.set(.vtcrEL2, 1 << 31 | 1 << 6 | 32)
      core.change(.hcrEL2, set: 1 << 12)
      core[x: 20] = Self.data + offset
      bench.run([A64.nop, access.word], at: Self.code)
      #expect(core.pc == Self.code + 8, "offset \(offset)")
    }
  }

  @Test("With stage 1 off DC ZVA is an Alignment fault, whatever was stored there before")
  func zeroDevice() {
    core.change(.sctlrEL1, clear: 1)
    core[x: 20] = Self.data
    bench.run([A64.str(0, 20), A64.dcZVA(20)], at: Self.code)
    #expect(core.syndrome() & 0x7f == 0x61)
    #expect(core.get(.elrEL1) == Self.code + 4)
  }

  @Test("With SCTLR_EL1.A a literal must be aligned to its size", arguments: [0, 4])
  func literal(offset: Int) {
    core.change(.sctlrEL1, set: 2)
    bench.run([A64.ldrLiteral(0, 0x100 + offset)], at: Self.code)
    #expect((core.pc == Self.code + 4) == (offset == 0))
  }

  // MARK: SP

  /// Accesses with SP as base.
  static let stackAccesses: [UInt32] = [
    A64.ldr(0, 31), A64.str(0, 31), A64.ldp(0, 1, 31), A64.stp(0, 1, 31), A64.ldrPre(0, 31, 16),
    A64.strPost(0, 31, -16), A64.ldrIndexed(0, 31, 30), A64.ldrV(0, 31, size: 4), A64.ldpV(0, 1, 31, size: 4),
    A64.ld1(0, 31, size: 3), A64.ldxr(0, 31), A64.ldar(0, 31), A64.ldtr(0, 31), A64.ldr(0, 31, size: 0),
  ]

  private func expectStackFault(at place: UInt64) {
    #expect(core.exceptionClass() == 0x26)
    #expect(core.get(.elrEL1) == place)
    #expect(core.pc == 0x40_0200)
  }

  @Test("A misaligned SP as base faults when SCTLR_EL1.SA is set", arguments: stackAccesses)
  func stackChecked(word: UInt32) {
    core[x: 30] = 0
    core.sp = Self.data + 8
    bench.run([A64.nop, word], at: Self.code)
    expectStackFault(at: Self.code + 4)
    core.enter(level: 1)
    core.sp = Self.data
    bench.run([A64.nop, word], at: Self.code)
    #expect(core.pc == Self.code + 8)
  }

  @Test("It does not when SCTLR_EL1.SA is clear", arguments: stackAccesses)
  func stackUnchecked(word: UInt32) {
    core.change(.sctlrEL1, clear: 1 << 3)
    core[x: 30] = 0
    core.sp = Self.data + 8
    bench.run([A64.nop, word], at: Self.code)
    #expect(core.pc == Self.code + 8)
  }

  @Test("At EL0 SCTLR_EL1.SA0 decides", arguments: [false, true])
  func stackOfEL0(isChecked: Bool) {
    core.change(.sctlrEL1, set: isChecked ? 1 << 4 : 1 << 3, clear: isChecked ? 1 << 3 : 1 << 4)
    bench.map(Self.code..<(Self.code + 0x1000), as: CPUBench.Page.userReadOnly)
    core.enter(level: 0)
    core.sp = Self.data + 8
    bench.run([A64.ldr(0, 31)], at: Self.code)
    #expect((core.exceptionClass() == 0x26) == isChecked)
  }

  /// Instructions that make SP (0x800000) misaligned.
  static let misaligning: [UInt32] = [
    A64.add(31, 31, 8), A64.add(31, 31, -8), A64.ldrPost(0, 31, 8), A64.strPre(0, 31, -8),
    A64.ldp(0, 1, 31, 24, .post), A64.add(31, 2, 0), 0xb27d_03ff,  // the last is orr sp, xzr, #8
    0x8b22_63ff,  // add sp, sp, x2
  ]

  @Test("An SP that becomes misaligned is noticed by the very next instruction", arguments: misaligning)
  func becomesMisaligned(word: UInt32) {
    core.sp = Self.data
    core[x: 2] = Self.data + 8
    bench.run([A64.nop, word, A64.nop, A64.ldr(3, 31), A64.nop], at: Self.code, count: 4)
    expectStackFault(at: Self.code + 12)
  }

  @Test("An SP that is misaligned for a while and not used then does not fault")
  func becomesAlignedAgain() {
    core.sp = Self.data
    core[x: 0] = 0
    bench.run(
      [A64.add(31, 31, 8), A64.add(0, 0, 1), A64.add(31, 31, 8), A64.str(0, 31), A64.ldr(2, 31)], at: Self.code)
    #expect(core.pc == Self.code + 20)
    #expect(core[x: 2] == 1)
    #expect(core.sp == Self.data + 16)
  }

  @Test("A prefetch with a misaligned SP does not fault")
  func prefetch() {
    core.sp = Self.data + 8
    bench.run([0xf980_03e0], at: Self.code)  // prfm pldl1keep, [sp]
    #expect(core.pc == Self.code + 4)
  }
}
