import Fabric
import TestSupport
import Testing

@testable import CPU

/// Accesses that fault leave the registers they would have written, and where they fault half-way, memory too
/// (stricter than Arm DDI 0487, D1.14, demands of pairs, and what Linux's fix-ups like best).
@Suite("Accesses that fault", .everyEngine)
struct FaultTests {
  private let bench = CPUBench()
  private static let code: UInt64 = 0x10_0000
  private static let page: UInt64 = 0x80_0000
  private static let next: UInt64 = page + 0x1000
  private var core: Core { bench.core }

  init() {
    bench.enableTranslation()
    bench.map(Self.code..<(Self.code + 0x1000), as: CPUBench.Page.kernel)
    // For all levels, so that LDTR and STTR fault as the others do.
    bench.map(Self.page..<Self.next, as: CPUBench.Page.user)
    core.enter(level: 1)
    core.set(.vbarEL1, 0x40_0000)
    core.change(.sctlrEL1, clear: 1 << 3)
  }

  struct Access: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let word: UInt32
    /// Bytes from X20 to where the access starts, and how many it has.
    let offset: Int
    let size: Int
    let isStore: Bool
    var isStructure = false
  }

  private static func access(_ name: String, _ word: UInt32, _ size: Int, offset: Int = 0) -> Access {
    Access(testDescription: name, word: word, offset: offset, size: size, isStore: name.hasPrefix("ST"))
  }

  static let accesses: [Access] = [
    access("LDRH", A64.ldr(0, 20, size: 1), 2), access("LDR W", A64.ldr(0, 20, size: 2), 4),
    access("LDR X", A64.ldr(0, 20), 8), access("LDR X of its own base", A64.ldr(20, 20), 8),
    access("LDR X, pre-indexed", A64.ldrPre(0, 20, 8), 8, offset: 8),
    access("LDR X, post-indexed", A64.ldrPost(0, 20, 8), 8), access("LDUR X", A64.ldur(0, 20, -3), 8, offset: -3),
    access("LDR X, register", A64.ldrIndexed(0, 20, 21), 8, offset: 16),
    access("LDTR X", A64.ldtr(0, 20), 8),
    access("LDP X", A64.ldp(0, 1, 20), 16), access("LDP X of its own base", A64.ldp(0, 20, 20), 16),
    access("LDP X, pre-indexed", A64.ldp(0, 1, 20, -16, .pre), 16, offset: -16),
    access("LDP X, post-indexed", A64.ldp(0, 1, 20, 16, .post), 16),
    access("LDP W", A64.ldp(0, 1, 20, wide: false), 8), access("LDPSW", 0x6940_0680, 8),
    access("LDR D", A64.ldrV(0, 20, size: 3), 8), access("LDR Q", A64.ldrV(0, 20, size: 4), 16),
    access("LDP S", A64.ldpV(0, 1, 20, size: 2), 8), access("LDP D", A64.ldpV(0, 1, 20, size: 3), 16),
    access("LDP Q", A64.ldpV(0, 1, 20, size: 4), 32), access("LD1", A64.ld1(0, 20, size: 0), 16),
    access("STRH", A64.str(0, 20, size: 1), 2), access("STR W", A64.str(0, 20, size: 2), 4),
    access("STR X", A64.str(0, 20), 8), access("STR X, pre-indexed", A64.strPre(0, 20, 8), 8, offset: 8),
    access("STR X, post-indexed", A64.strPost(0, 20, 8), 8),
    access("STR X, register", A64.strIndexed(0, 20, 21), 8, offset: 16),
    access("STTR X", A64.sttr(0, 20), 8), access("STP X", A64.stp(0, 1, 20), 16),
    access("STP X, pre-indexed", A64.stp(0, 1, 20, -16, .pre), 16, offset: -16),
    access("STP X, post-indexed", A64.stp(0, 1, 20, 16, .post), 16),
    access("STP W", A64.stp(0, 1, 20, wide: false), 8), access("STR Q", A64.strV(0, 20, size: 4), 16),
    access("STP S", A64.stpV(0, 1, 20, size: 2), 8), access("STP D", A64.stpV(0, 1, 20, size: 3), 16),
    access("STP Q", A64.stpV(0, 1, 20, size: 4), 32),
  ]

  private func prepare(_ access: Access, at address: UInt64) {
    for index in 0..<31 { core[x: index] = 0x1111_1111_1111_1111 &* UInt64(index % 15 + 1) }
    for index in 0..<32 { core[v: index] = SIMD2(~UInt64(index), UInt64(index)) }
    core[x: 20] = address &- UInt64(bitPattern: Int64(access.offset))
    core[x: 21] = 16
    core.enter(level: 1)
    // Somewhere in a block, not first.
    bench.run([A64.nop, A64.nop, access.word, A64.nop], at: Self.code, count: 3)
  }

  /// Checks that nothing changed but the state of the exception.
  private func expectUntouched(_ access: Access, at address: UInt64, fault: UInt64, status: UInt64) {
    for index in 0..<31 where index < 20 || index > 21 {
      #expect(core[x: index] == 0x1111_1111_1111_1111 &* UInt64(index % 15 + 1), "X\(index)")
    }
    #expect(core[x: 20] == address &- UInt64(bitPattern: Int64(access.offset)), "base")
    for index in 0..<32 { #expect(core[v: index] == SIMD2(~UInt64(index), UInt64(index)), "V\(index)") }
    #expect(core.get(.elrEL1) == Self.code + 8)
    #expect(core.exceptionClass() == 0x25)
    #expect(core.syndrome() & 0x3f == status, "DFSC")
    #expect(core.syndrome() & 0x40 == (access.isStore ? 0x40 : 0), "WnR")
    #expect(core.syndrome() & 0x100 == 0, "CM")
    #expect(core.get(.farEL1) == fault, "FAR_EL1")
  }

  @Test("Only the second page is missing", arguments: accesses)
  func secondPageMissing(access: Access) {
    for before in 1..<access.size {
      let address = Self.next - UInt64(before)
      for offset in 1...6 { bench.write(0x5a5a_5a5a, at: Self.next - UInt64(offset * 8)) }
      prepare(access, at: address)
      expectUntouched(access, at: address, fault: Self.next, status: 7)
      for offset in 1...6 { #expect(bench.read(at: Self.next - UInt64(offset * 8)) == 0x5a5a_5a5a) }
    }
  }

  @Test("Only the first page is missing", arguments: accesses)
  func firstPageMissing(access: Access) {
    for before in 1..<access.size {
      let address = Self.page - UInt64(before)
      for offset in 0..<4 { bench.write(0x5a5a_5a5a, at: Self.page + UInt64(offset * 8)) }
      prepare(access, at: address)
      expectUntouched(access, at: address, fault: address, status: 7)
      for offset in 0..<4 { #expect(bench.read(at: Self.page + UInt64(offset * 8)) == 0x5a5a_5a5a) }
    }
  }

  @Test("The second page is read-only", arguments: accesses.filter(\.isStore))
  func secondPageReadOnly(access: Access) {
    bench.map(Self.next..<(Self.next + 0x1000), as: CPUBench.Page.userReadOnly)
    for before in 1..<access.size {
      let address = Self.next - UInt64(before)
      for offset in 1...6 { bench.write(0x5a5a_5a5a, at: Self.next - UInt64(offset * 8)) }
      prepare(access, at: address)
      expectUntouched(access, at: address, fault: Self.next, status: 15)
      for offset in 1...6 { #expect(bench.read(at: Self.next - UInt64(offset * 8)) == 0x5a5a_5a5a) }
    }
  }

  @Test("The pages that a crossing access joins may lie anywhere", arguments: accesses)
  func scattered(access: Access) {
    bench.map(Self.page..<Self.next, as: CPUBench.Page.user, to: 0x90_0000)
    bench.map(Self.next..<(Self.next + 0x1000), as: CPUBench.Page.user, to: 0x70_0000)
    let bytes = (0..<64).map { UInt8($0 * 3 + 1) }
    for before in 1..<access.size {
      bench.ram.load(Array(bytes[0..<32]), at: 0x90_0000 + 0x1000 - 32)
      bench.ram.load(Array(bytes[32..<64]), at: 0x70_0000)
      let address = Self.next - UInt64(before)
      prepare(access, at: address)
      #expect(core.pc == Self.code + 12)
      let expected = Array(bytes[(32 - before)..<(32 - before + access.size)])
      let registers = dataRegisters(access)
      if access.isStore {
        let first = bench.ram.bytes(at: 0x90_0000 + 0x1000 - UInt64(before), count: before) ?? []
        let second = bench.ram.bytes(at: 0x70_0000, count: access.size - before) ?? []
        #expect(first + second == registers)
      } else {
        #expect(registers == expected)
      }
    }
  }

  private func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  /// The data registers as memory holds them.
  private func dataRegisters(_ access: Access) -> [UInt8] {
    let name = access.testDescription
    let parts = name.dropFirst(2).hasPrefix("P") ? 2 : 1
    let each = access.size / parts
    if name.contains(" Q") || name.contains(" D") || name.contains(" S") || name.contains("1") {
      return (0..<parts).flatMap { part in
        Array((bytes(core[v: part][0], 8) + bytes(core[v: part][1], 8)).prefix(each))
      }
    }
    let base = name.contains("own base") ? 20 : nil
    let registers = parts == 2 ? [0, base ?? 1] : [base ?? 0]
    return registers.flatMap { bytes(core[x: $0], each) }
  }

  @Test("A fetch that crosses into a missing page faults there and nowhere else")
  func fetch() {
    bench.put([A64.add(0, 0, 1), A64.add(0, 0, 1)], at: Self.code + 0xff8)
    core.pc = Self.code + 0xff8
    #expect(bench.run(3) == 3)
    #expect(core[x: 0] == 2)
    #expect(core.get(.elrEL1) == Self.code + 0x1000)
    #expect(core.get(.farEL1) == Self.code + 0x1000)
    #expect(core.exceptionClass() == 0x21)
  }

  @Test("A store-exclusive that faults writes neither its status nor memory")
  func storeExclusive() {
    bench.map(Self.next..<(Self.next + 0x1000), as: CPUBench.Page.kernelReadOnly)
    core[x: 20] = Self.next
    core[x: 3] = 0x77
    bench.run([A64.ldxr(0, 20), A64.stxr(3, 1, 20)], at: Self.code)
    #expect(core[x: 3] == 0x77)
    #expect(core.get(.elrEL1) == Self.code + 4)
    #expect(core.syndrome() & 0x7f == 0x4f)
  }

  @Test("A load from where nothing is aborts synchronously and touches nothing")
  func external() {
    let bench = CPUBench()
    let core = bench.core
    core.enter(level: 1)
    core.set(.vbarEL1, 0x40_0000)
    core[x: 20] = 0x1_0000_0000
    core[x: 0] = 5
    bench.run([A64.nop, A64.ldrPost(0, 20, 8)], at: Self.code)
    #expect(core[x: 0] == 5)
    #expect(core[x: 20] == 0x1_0000_0000)
    #expect(core.get(.elrEL1) == Self.code + 4)
    #expect(core.syndrome() & 0x3f == 0x10)
    #expect(core.get(.farEL1) == 0x1_0000_0000)
  }
}
