import Fabric
import TestSupport
import Testing

@testable import CPU

/// Big-endian data (SCTLR_ELx.EE, SCTLR_EL1.E0E; Arm DDI 0487, B2.6): the bytes of each element are reversed,
/// instructions are not.
@Suite("Big-endian data", .everyEngine)
struct EndiannessTests {
  /// With the MMU off: SCTLR_ELx.EE is the byte order of translation tables, too.
  private let bench = CPUBench()
  private static let code: UInt64 = 0x10_0000
  private static let data: UInt64 = 0x80_0000
  private static let x0: UInt64 = 0x0102_0304_0506_0708
  private static let x1: UInt64 = 0x1112_1314_1516_1718
  private static let v0 = SIMD2<UInt64>(0x2122_2324_2526_2728, 0x3132_3334_3536_3738)
  private static let v1 = SIMD2<UInt64>(0x4142_4344_4546_4748, 0x5152_5354_5556_5758)
  private var core: Core { bench.core }

  /// Elements in the order of memory: each a number of `size` bytes.
  struct Access: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let store: [UInt32]
    let load: [UInt32]
    let size: Int
    /// Low half and high half of each element.
    let elements: [SIMD2<UInt64>]
  }

  private static func lanes(_ v: SIMD2<UInt64>, _ size: Int) -> [SIMD2<UInt64>] {
    [v[0], v[1]].flatMap { half in
      stride(from: 0, to: 64, by: size * 8).map { SIMD2((half >> UInt64($0)) & UInt64.mask(width: size * 8), 0) }
    }
  }

  private static func access(
    _ name: String, _ store: UInt32, _ load: UInt32, _ size: Int, _ elements: [SIMD2<UInt64>]
  ) -> Access {
    Access(testDescription: name, store: [store], load: [load], size: size, elements: elements)
  }

  static let accesses: [Access] = {
    let (a, b) = (SIMD2(x0, 0), SIMD2(x1, 0))
    var list: [Access] = []
    for size in 0...3 {
      list.append(access("STR \(1 << size)", A64.str(0, 20, size: size), A64.ldr(0, 20, size: size), 1 << size, [a]))
      list.append(access("STUR \(1 << size)", A64.stur(0, 20, size: size), A64.ldur(0, 20, size: size), 1 << size, [a]))
      list.append(access("STTR \(1 << size)", A64.sttr(0, 20, size: size), A64.ldtr(0, 20, size: size), 1 << size, [a]))
      list.append(access("STLR \(1 << size)", A64.stlr(0, 20, size: size), A64.ldar(0, 20, size: size), 1 << size, [a]))
      list.append(
        access(
          "STR indexed \(1 << size)", A64.strIndexed(0, 20, 31, size: size), A64.ldrIndexed(0, 20, 31, size: size),
          1 << size, [a]))
      list.append(
        Access(
          testDescription: "STXR \(1 << size)", store: [A64.ldxr(9, 20, size: size), A64.stxr(8, 0, 20, size: size)],
          load: [A64.ldxr(0, 20, size: size)], size: 1 << size, elements: [a]))
      list.append(access("ST1 of \(1 << size)", A64.st1(0, 20, size: size), A64.ld1(0, 20, size: size), 1 << size, lanes(v0, 1 << size)))
    }
    for size in 0...4 {
      list.append(access("STR V \(1 << size)", A64.strV(0, 20, size: size), A64.ldrV(0, 20, size: size), 1 << size, [v0]))
      // Register offset: opc and size as in the unsigned form, bits 24 and 21:10 differ.
      let indexed = UInt32(0x3c3f_6800) | 20 << 5
      let form = UInt32(size & 3) << 30 | UInt32(size >> 2) << 23
      list.append(access("STR V indexed \(1 << size)", indexed | form, indexed | form | 1 << 22, 1 << size, [v0]))
    }
    list.append(access("STP X", A64.stp(0, 1, 20), A64.ldp(0, 1, 20), 8, [a, b]))
    list.append(access("STP W", A64.stp(0, 1, 20, wide: false), A64.ldp(0, 1, 20, wide: false), 4, [a, b]))
    for size in 2...4 {
      list.append(access("STP V \(1 << size)", A64.stpV(0, 1, 20, size: size), A64.ldpV(0, 1, 20, size: size), 1 << size, [v0, v1]))
    }
    list.append(
      Access(
        testDescription: "STXP", store: [A64.ldxp(9, 10, 20), A64.stxp(8, 0, 1, 20)], load: [A64.ldxp(0, 1, 20)],
        size: 8, elements: [a, b]))
    return list
  }()

  private func image(_ access: Access) -> [UInt8] {
    access.elements.flatMap { element in
      (0..<access.size).reversed().map { byte in
        UInt8(truncatingIfNeeded: element[byte / 8] >> UInt64(byte % 8 * 8))
      }
    }
  }

  private func prepare(_ level: Int) {
    core.enter(level: level)
    core.change([SystemRegister.sctlrEL1, .sctlrEL1, .sctlrEL2, .sctlrEL3][level], set: level == 0 ? 1 << 24 : 1 << 25)
    core[x: 20] = Self.data
    core[x: 0] = Self.x0
    core[x: 1] = Self.x1
    core[v: 0] = Self.v0
    core[v: 1] = Self.v1
  }

  @Test("Stores write the most significant byte of each element first", arguments: accesses, 0...3)
  func stores(access: Access, level: Int) {
    prepare(level)
    bench.run(access.store, at: Self.code)
    #expect(bench.ram.bytes(at: Self.data, count: access.elements.count * access.size) == image(access))
  }

  @Test("Loads read it back", arguments: accesses, 0...3)
  func loads(access: Access, level: Int) {
    prepare(level)
    bench.ram.load(image(access), at: Self.data)
    bench.run(access.store, at: Self.code)
    let stored = (core[x: 0], core[x: 1], core[v: 0], core[v: 1])
    (core[x: 0], core[x: 1], core[v: 0], core[v: 1]) = (~0, ~0, SIMD2(~0, ~0), SIMD2(~0, ~0))
    bench.run(access.load, at: Self.code + 0x100)
    let mask = access.size >= 8 ? ~0 : UInt64.mask(width: access.size * 8)
    if access.testDescription.contains("ST1") {
      #expect(core[v: 0] == stored.2)
    } else if access.testDescription.contains("V") {
      #expect(core[v: 0] == SIMD2(Self.v0[0] & mask, access.size == 16 ? Self.v0[1] : 0))
    } else {
      #expect(core[x: 0] == Self.x0 & mask)
      if access.elements.count == 2 { #expect(core[x: 1] == Self.x1 & mask) }
    }
  }

  @Test("EL0 and EL1 have controls of their own")
  func controls() {
    bench.write(0x0102_0304_0506_0708, at: Self.data)
    core.enter(level: 1)
    core.change(.sctlrEL1, set: 1 << 24)
    core[x: 20] = Self.data
    bench.run([A64.ldr(0, 20)], at: Self.code)
    #expect(core[x: 0] == 0x0102_0304_0506_0708)
    core.enter(level: 0)
    bench.run([A64.ldr(0, 20)], at: Self.code)
    #expect(core[x: 0] == 0x0807_0605_0403_0201)
  }

  @Test("Literals are data")
  func literal() {
    prepare(1)
    bench.write(0x0102_0304_0506_0708, at: Self.code + 0x100)
    bench.run([A64.ldrLiteral(0, 0x100)], at: Self.code)
    #expect(core[x: 0] == 0x0807_0605_0403_0201)
  }
}
