/// Encodings of the instructions that tests write by hand (Arm DDI 0487, C4.1). Registers are numbers, 31 is
/// XZR or SP as in the manual; sizes are log2 of bytes; offsets are in bytes.
public enum A64 {
  public static let nop: UInt32 = 0xd503_201f
  public static let brk: UInt32 = 0xd420_0000
  public static let isb: UInt32 = 0xd503_3fdf
  public static let dsb: UInt32 = 0xd503_3f9f
  public static let clrex: UInt32 = 0xd503_3f5f
  public static let eret: UInt32 = 0xd69f_03e0
  public static let wfe: UInt32 = 0xd503_205f
  public static let wfi: UInt32 = 0xd503_207f
  public static let sev: UInt32 = 0xd503_209f
  public static let svc: UInt32 = 0xd400_0001

  private static func field(_ value: Int, _ width: Int, _ position: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: value & ((1 << width) - 1)) << UInt32(position)
  }

  // MARK: Data processing

  public static func movz(_ d: Int, _ value: Int, shift: Int = 0) -> UInt32 {
    0xd280_0000 | field(shift / 16, 2, 21) | field(value, 16, 5) | field(d, 5, 0)
  }
  public static func add(_ d: Int, _ n: Int, _ immediate: Int) -> UInt32 {
    (immediate < 0 ? 0xd100_0000 : 0x9100_0000) | field(abs(immediate), 12, 10) | field(n, 5, 5) | field(d, 5, 0)
  }
  public static func subs(_ d: Int, _ n: Int, _ immediate: Int) -> UInt32 {
    0xf100_0000 | field(immediate, 12, 10) | field(n, 5, 5) | field(d, 5, 0)
  }
  public static func addRegister(_ d: Int, _ n: Int, _ m: Int) -> UInt32 {
    0x8b00_0000 | field(m, 5, 16) | field(n, 5, 5) | field(d, 5, 0)
  }

  // MARK: Branches

  public static func b(_ offset: Int) -> UInt32 { 0x1400_0000 | field(offset / 4, 26, 0) }
  public static func bl(_ offset: Int) -> UInt32 { 0x9400_0000 | field(offset / 4, 26, 0) }
  public static func br(_ n: Int) -> UInt32 { 0xd61f_0000 | field(n, 5, 5) }
  public static func ret(_ n: Int = 30) -> UInt32 { 0xd65f_0000 | field(n, 5, 5) }
  public static func cbnz(_ t: Int, _ offset: Int) -> UInt32 {
    0xb500_0000 | field(offset / 4, 19, 5) | field(t, 5, 0)
  }
  public static func cbz(_ t: Int, _ offset: Int) -> UInt32 {
    0xb400_0000 | field(offset / 4, 19, 5) | field(t, 5, 0)
  }

  // MARK: Loads and stores

  /// LDR or STR (unsigned offset).
  public static func ldr(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    0x3940_0000 | field(size, 2, 30) | field(offset >> size, 12, 10) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func str(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    0x3900_0000 | field(size, 2, 30) | field(offset >> size, 12, 10) | field(n, 5, 5) | field(t, 5, 0)
  }
  /// LDR or STR (register), unscaled index.
  public static func ldrIndexed(_ t: Int, _ n: Int, _ m: Int, size: Int = 3) -> UInt32 {
    0x3860_6800 | field(size, 2, 30) | field(m, 5, 16) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func strIndexed(_ t: Int, _ n: Int, _ m: Int, size: Int = 3) -> UInt32 {
    0x3820_6800 | field(size, 2, 30) | field(m, 5, 16) | field(n, 5, 5) | field(t, 5, 0)
  }
  /// LDUR and STUR.
  public static func ldur(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    0x3840_0000 | field(size, 2, 30) | field(offset, 9, 12) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func stur(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    0x3800_0000 | field(size, 2, 30) | field(offset, 9, 12) | field(n, 5, 5) | field(t, 5, 0)
  }
  /// LDR and STR, pre- or post-indexed.
  public static func ldrPre(_ t: Int, _ n: Int, _ offset: Int, size: Int = 3) -> UInt32 {
    ldur(t, n, offset, size: size) | 3 << 10
  }
  public static func ldrPost(_ t: Int, _ n: Int, _ offset: Int, size: Int = 3) -> UInt32 {
    ldur(t, n, offset, size: size) | 1 << 10
  }
  public static func strPre(_ t: Int, _ n: Int, _ offset: Int, size: Int = 3) -> UInt32 {
    stur(t, n, offset, size: size) | 3 << 10
  }
  public static func strPost(_ t: Int, _ n: Int, _ offset: Int, size: Int = 3) -> UInt32 {
    stur(t, n, offset, size: size) | 1 << 10
  }
  /// LDTR and STTR.
  public static func ldtr(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    ldur(t, n, offset, size: size) | 2 << 10
  }
  public static func sttr(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int = 3) -> UInt32 {
    stur(t, n, offset, size: size) | 2 << 10
  }
  /// LDR (literal), 64 bits.
  public static func ldrLiteral(_ t: Int, _ offset: Int) -> UInt32 {
    0x5800_0000 | field(offset / 4, 19, 5) | field(t, 5, 0)
  }

  /// How the offset of a pair is used.
  public enum Indexing: UInt32 { case post = 1, offset = 2, pre = 3 }

  /// LDP and STP of X registers, or of W registers with `wide: false`.
  public static func ldp(
    _ t: Int, _ t2: Int, _ n: Int, _ offset: Int = 0, _ indexing: Indexing = .offset, wide: Bool = true
  ) -> UInt32 {
    stp(t, t2, n, offset, indexing, wide: wide) | 1 << 22
  }
  public static func stp(
    _ t: Int, _ t2: Int, _ n: Int, _ offset: Int = 0, _ indexing: Indexing = .offset, wide: Bool = true
  ) -> UInt32 {
    let registers = field(t2, 5, 10) | field(n, 5, 5) | field(t, 5, 0)
    return 0x2800_0000 | (wide ? 1 << 31 : 0) | indexing.rawValue << 23
      | field(offset / (wide ? 8 : 4), 7, 15) | registers
  }
  /// LDP and STP of SIMD&FP registers; size 2, 3 or 4.
  public static func ldpV(_ t: Int, _ t2: Int, _ n: Int, _ offset: Int = 0, size: Int) -> UInt32 {
    stpV(t, t2, n, offset, size: size) | 1 << 22
  }
  public static func stpV(_ t: Int, _ t2: Int, _ n: Int, _ offset: Int = 0, size: Int) -> UInt32 {
    let registers = field(t2, 5, 10) | field(n, 5, 5) | field(t, 5, 0)
    return 0x2d00_0000 | field(size - 2, 2, 30) | field(offset >> size, 7, 15) | registers
  }
  /// LDR and STR of a SIMD&FP register (unsigned offset); size 0...4.
  public static func ldrV(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int) -> UInt32 {
    strV(t, n, offset, size: size) | 1 << 22
  }
  public static func strV(_ t: Int, _ n: Int, _ offset: Int = 0, size: Int) -> UInt32 {
    0x3d00_0000 | field(size & 3, 2, 30) | field(size >> 2, 1, 23) | field(offset >> size, 12, 10)
      | field(n, 5, 5) | field(t, 5, 0)
  }
  /// LD1 and ST1 of one whole 128-bit register, elements of 1 << size bytes.
  public static func ld1(_ t: Int, _ n: Int, size: Int) -> UInt32 {
    0x4c40_7000 | field(size, 2, 10) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func st1(_ t: Int, _ n: Int, size: Int) -> UInt32 {
    0x4c00_7000 | field(size, 2, 10) | field(n, 5, 5) | field(t, 5, 0)
  }

  // MARK: Exclusive and ordered

  public static func ldxr(_ t: Int, _ n: Int, size: Int = 3) -> UInt32 {
    0x085f_7c00 | field(size, 2, 30) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func stxr(_ s: Int, _ t: Int, _ n: Int, size: Int = 3) -> UInt32 {
    0x0800_7c00 | field(size, 2, 30) | field(s, 5, 16) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func ldxp(_ t: Int, _ t2: Int, _ n: Int) -> UInt32 {
    0xc87f_0000 | field(t2, 5, 10) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func stxp(_ s: Int, _ t: Int, _ t2: Int, _ n: Int) -> UInt32 {
    0xc820_0000 | field(s, 5, 16) | field(t2, 5, 10) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func ldar(_ t: Int, _ n: Int, size: Int = 3) -> UInt32 {
    0x08df_fc00 | field(size, 2, 30) | field(n, 5, 5) | field(t, 5, 0)
  }
  public static func stlr(_ t: Int, _ n: Int, size: Int = 3) -> UInt32 {
    0x089f_fc00 | field(size, 2, 30) | field(n, 5, 5) | field(t, 5, 0)
  }

  // MARK: System

  /// DC ZVA, Xt.
  public static func dcZVA(_ t: Int) -> UInt32 { 0xd50b_7420 | field(t, 5, 0) }
  /// IC IVAU, Xt.
  public static func icIVAU(_ t: Int) -> UInt32 { 0xd50b_7520 | field(t, 5, 0) }
  /// MRS of CNTVCT_EL0.
  public static func mrsCounter(_ t: Int) -> UInt32 { 0xd53b_e040 | field(t, 5, 0) }
}
