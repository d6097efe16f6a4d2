#if arch(x86_64)

  /// A general register of the host.
  struct X86Register: Equatable, Sendable {
    let number: UInt8
    init(_ number: UInt8) { self.number = number }

    static let rax = X86Register(0), rcx = X86Register(1), rdx = X86Register(2), rbx = X86Register(3)
    static let rsp = X86Register(4), rbp = X86Register(5), rsi = X86Register(6), rdi = X86Register(7)
    static let r8 = X86Register(8), r9 = X86Register(9), r10 = X86Register(10), r11 = X86Register(11)
    static let r12 = X86Register(12), r13 = X86Register(13), r14 = X86Register(14), r15 = X86Register(15)

    @inline(__always) var low: UInt8 { number & 7 }
    @inline(__always) var high: UInt8 { number &>> 3 }
  }

  /// Condition codes as they stand in Jcc, SETcc and CMOVcc; bit 0 inverts.
  enum X86Condition {
    static let overflow: UInt8 = 0, below: UInt8 = 2, aboveOrEqual: UInt8 = 3, equal: UInt8 = 4
    static let notEqual: UInt8 = 5, belowOrEqual: UInt8 = 6, above: UInt8 = 7, sign: UInt8 = 8, notSign: UInt8 = 9
    static let parity: UInt8 = 10
  }

  /// Operations with a register and a register or memory operand; the number is that of the immediate form.
  enum X86Arithmetic: UInt8 {
    case add, or, adc, sbb, and, sub, xor, cmp
  }

  enum X86Shift: UInt8 {
    case rol = 0, ror = 1, shl = 4, shr = 5, sar = 7
  }

  /// Writes x86-64 machine code (Intel SDM, volume 2) from `cursor` on. The caller makes sure of room.
  ///
  /// Memory operands are `[base + displacement]` or `[base + index * scale + displacement]`. `wide` chooses
  /// 64-bit operands; 32-bit ones clear the upper half of their destination.
  struct X86Assembler {
    var cursor: UnsafeMutablePointer<UInt8>

    typealias Place = UnsafeMutablePointer<UInt8>

    @inline(__always)
    mutating func byte(_ value: UInt8) {
      cursor.pointee = value
      cursor += 1
    }

    @inline(__always)
    mutating func word32(_ value: UInt32) {
      UnsafeMutableRawPointer(cursor).storeBytes(of: value, as: UInt32.self)
      cursor += 4
    }

    @inline(__always)
    mutating func word64(_ value: UInt64) {
      UnsafeMutableRawPointer(cursor).storeBytes(of: value, as: UInt64.self)
      cursor += 8
    }

    // MARK: Operands

    /// Optional REX prefix; `force` for byte registers SPL...DIL.
    @inline(__always)
    private mutating func rex(_ wide: Bool, _ reg: UInt8, _ index: UInt8, _ base: UInt8, force: Bool = false) {
      let bits = (wide ? 8 : 0) | (reg &<< 2) | (index &<< 1) | base
      if bits != 0 || force { byte(0x40 | bits) }
    }

    @inline(__always)
    private mutating func modRegister(_ reg: UInt8, _ rm: X86Register) { byte(0xc0 | (reg &<< 3) | rm.low) }

    @inline(__always)
    private mutating func modMemory(_ reg: UInt8, _ base: X86Register, _ displacement: Int32) {
      let needsSIB = base.low == 4
      if displacement == 0 && base.low != 5 {
        byte((reg &<< 3) | base.low)
        if needsSIB { byte(0x24) }
      } else if displacement >= -128 && displacement < 128 {
        byte(0x40 | (reg &<< 3) | base.low)
        if needsSIB { byte(0x24) }
        byte(UInt8(truncatingIfNeeded: displacement))
      } else {
        byte(0x80 | (reg &<< 3) | base.low)
        if needsSIB { byte(0x24) }
        word32(UInt32(bitPattern: displacement))
      }
    }

    @inline(__always)
    private mutating func modIndexed(
      _ reg: UInt8, _ base: X86Register, _ index: X86Register, _ scale: UInt8, _ displacement: Int32
    ) {
      let sib = (scale &<< 6) | (index.low &<< 3) | base.low
      if displacement == 0 && base.low != 5 {
        byte((reg &<< 3) | 4)
        byte(sib)
      } else if displacement >= -128 && displacement < 128 {
        byte(0x44 | (reg &<< 3))
        byte(sib)
        byte(UInt8(truncatingIfNeeded: displacement))
      } else {
        byte(0x84 | (reg &<< 3))
        byte(sib)
        word32(UInt32(bitPattern: displacement))
      }
    }

    // MARK: Moves

    mutating func move(_ to: X86Register, _ from: X86Register, wide: Bool = true) {
      rex(wide, from.high, 0, to.high)
      byte(0x89)
      modRegister(from.low, to)
    }

    /// The shortest form that makes `to` hold `value`, flags untouched.
    mutating func move(_ to: X86Register, immediate value: UInt64) {
      if value <= 0xffff_ffff {
        rex(false, 0, 0, to.high)
        byte(0xb8 | to.low)
        word32(UInt32(truncatingIfNeeded: value))
      } else if let short = Int32(exactly: Int64(bitPattern: value)) {
        rex(true, 0, 0, to.high)
        byte(0xc7)
        modRegister(0, to)
        word32(UInt32(bitPattern: short))
      } else {
        rex(true, 0, 0, to.high)
        byte(0xb8 | to.low)
        word64(value)
      }
    }

    mutating func load(_ to: X86Register, _ base: X86Register, _ displacement: Int32, wide: Bool = true) {
      rex(wide, to.high, 0, base.high)
      byte(0x8b)
      modMemory(to.low, base, displacement)
    }

    mutating func load(
      _ to: X86Register, _ base: X86Register, _ index: X86Register, _ scale: UInt8, _ displacement: Int32,
      wide: Bool = true
    ) {
      rex(wide, to.high, index.high, base.high)
      byte(0x8b)
      modIndexed(to.low, base, index, scale, displacement)
    }

    /// `[base + displacement]`, or `[base + index + displacement]`.
    @inline(__always)
    private mutating func modMemory(
      _ reg: UInt8, _ base: X86Register, _ index: X86Register?, _ displacement: Int32
    ) {
      if let index { modIndexed(reg, base, index, 0, displacement) } else { modMemory(reg, base, displacement) }
    }

    /// Load of 1 or 2 bytes with extension: MOVZX, MOVSX; of 4 bytes: MOVSXD or MOV; of 8 bytes: MOV.
    mutating func loadExtended(
      _ to: X86Register, _ base: X86Register, _ displacement: Int32, index: X86Register? = nil, bytes: UInt8,
      signed: Bool, wide: Bool
    ) {
      let high = index?.high ?? 0
      if bytes >= 4 {
        rex(signed || bytes == 8, to.high, high, base.high)
        byte(signed && bytes == 4 ? 0x63 : 0x8b)
      } else {
        rex(signed && wide, to.high, high, base.high)
        byte(0x0f)
        byte((signed ? 0xbe : 0xb6) | (bytes == 2 ? 1 : 0))
      }
      modMemory(to.low, base, index, displacement)
    }

    /// Register form of the same.
    mutating func extend(_ to: X86Register, _ from: X86Register, bytes: UInt8, signed: Bool, wide: Bool) {
      if bytes == 4 {
        rex(signed, to.high, 0, from.high)
        byte(signed ? 0x63 : 0x8b)
      } else {
        rex(signed && wide, to.high, 0, from.high, force: true)
        byte(0x0f)
        byte((signed ? 0xbe : 0xb6) | (bytes == 2 ? 1 : 0))
      }
      modRegister(to.low, from)
    }

    mutating func store(
      _ base: X86Register, _ displacement: Int32, index: X86Register? = nil, _ from: X86Register, bytes: UInt8 = 8
    ) {
      if bytes == 2 { byte(0x66) }
      rex(bytes == 8, from.high, index?.high ?? 0, base.high, force: bytes == 1)
      byte(bytes == 1 ? 0x88 : 0x89)
      modMemory(from.low, base, index, displacement)
    }

    /// Stores a sign-extended 32-bit immediate as 8 bytes.
    mutating func store(_ base: X86Register, _ displacement: Int32, immediate: Int32) {
      rex(true, 0, 0, base.high)
      byte(0xc7)
      modMemory(0, base, displacement)
      word32(UInt32(bitPattern: immediate))
    }

    mutating func lea(_ to: X86Register, _ base: X86Register, _ displacement: Int32, wide: Bool = true) {
      rex(wide, to.high, 0, base.high)
      byte(0x8d)
      modMemory(to.low, base, displacement)
    }

    mutating func lea(
      _ to: X86Register, _ base: X86Register, _ index: X86Register, _ scale: UInt8, _ displacement: Int32 = 0,
      wide: Bool = true
    ) {
      rex(wide, to.high, index.high, base.high)
      byte(0x8d)
      modIndexed(to.low, base, index, scale, displacement)
    }

    // MARK: Arithmetic

    mutating func arithmetic(_ op: X86Arithmetic, _ to: X86Register, _ from: X86Register, wide: Bool = true) {
      rex(wide, from.high, 0, to.high)
      byte((op.rawValue &<< 3) | 1)
      modRegister(from.low, to)
    }

    mutating func arithmetic(_ op: X86Arithmetic, _ to: X86Register, immediate: Int32, wide: Bool = true) {
      rex(wide, 0, 0, to.high)
      if immediate >= -128 && immediate < 128 {
        byte(0x83)
        modRegister(op.rawValue, to)
        byte(UInt8(truncatingIfNeeded: immediate))
      } else {
        byte(0x81)
        modRegister(op.rawValue, to)
        word32(UInt32(bitPattern: immediate))
      }
    }

    mutating func arithmetic(
      _ op: X86Arithmetic, _ to: X86Register, _ base: X86Register, _ displacement: Int32, wide: Bool = true
    ) {
      rex(wide, to.high, 0, base.high)
      byte((op.rawValue &<< 3) | 3)
      modMemory(to.low, base, displacement)
    }

    mutating func arithmetic(
      _ op: X86Arithmetic, _ to: X86Register, _ base: X86Register, _ index: X86Register, _ scale: UInt8,
      _ displacement: Int32, wide: Bool = true
    ) {
      rex(wide, to.high, index.high, base.high)
      byte((op.rawValue &<< 3) | 3)
      modIndexed(to.low, base, index, scale, displacement)
    }

    /// `op qword [base + displacement], immediate`.
    mutating func arithmetic(
      _ op: X86Arithmetic, memory base: X86Register, _ displacement: Int32, immediate: Int32
    ) {
      rex(true, 0, 0, base.high)
      let short = immediate >= -128 && immediate < 128
      byte(short ? 0x83 : 0x81)
      modMemory(op.rawValue, base, displacement)
      if short { byte(UInt8(truncatingIfNeeded: immediate)) } else { word32(UInt32(bitPattern: immediate)) }
    }

    mutating func test(_ a: X86Register, _ b: X86Register, wide: Bool = true) {
      rex(wide, b.high, 0, a.high)
      byte(0x85)
      modRegister(b.low, a)
    }

    mutating func test(_ a: X86Register, immediate: UInt32, wide: Bool = false) {
      rex(wide, 0, 0, a.high)
      byte(0xf7)
      modRegister(0, a)
      word32(immediate)
    }

    mutating func bitTest(_ a: X86Register, _ bit: UInt8, wide: Bool) {
      rex(wide, 0, 0, a.high)
      byte(0x0f)
      byte(0xba)
      modRegister(4, a)
      byte(bit)
    }

    mutating func shift(_ op: X86Shift, _ to: X86Register, _ amount: UInt8, wide: Bool = true) {
      rex(wide, 0, 0, to.high)
      byte(0xc1)
      modRegister(op.rawValue, to)
      byte(amount)
    }

    /// By CL.
    mutating func shift(_ op: X86Shift, byCL to: X86Register, wide: Bool) {
      rex(wide, 0, 0, to.high)
      byte(0xd3)
      modRegister(op.rawValue, to)
    }

    /// SHLX, SHRX, SARX (BMI2): flags untouched.
    mutating func shift(
      _ op: X86Shift, _ to: X86Register, _ from: X86Register, by amount: X86Register, wide: Bool
    ) {
      let prefix: UInt8 = op == .shl ? 1 : op == .shr ? 3 : 2
      byte(0xc4)
      byte(((to.high ^ 1) &<< 7) | 0x40 | ((from.high ^ 1) &<< 5) | 2)
      byte((wide ? 0x80 : 0) | ((~amount.number & 15) &<< 3) | prefix)
      byte(0xf7)
      modRegister(to.low, from)
    }

    mutating func bitTest(memory base: X86Register, _ displacement: Int32, _ bit: UInt8) {
      rex(true, 0, 0, base.high)
      byte(0x0f)
      byte(0xba)
      modMemory(4, base, displacement)
      byte(bit)
    }

    mutating func shiftDoubleRight(_ to: X86Register, _ from: X86Register, _ amount: UInt8, wide: Bool) {
      rex(wide, from.high, 0, to.high)
      byte(0x0f)
      byte(0xac)
      modRegister(from.low, to)
      byte(amount)
    }

    /// NOT (2), NEG (3), MUL (4), IMUL (5), DIV (6), IDIV (7) of one operand.
    mutating func unary(_ form: UInt8, _ to: X86Register, wide: Bool = true) {
      rex(wide, 0, 0, to.high)
      byte(0xf7)
      modRegister(form, to)
    }

    mutating func multiply(_ to: X86Register, _ from: X86Register, wide: Bool) {
      twoByte(0xaf, to, from, wide: wide)
    }

    /// `0F opcode` with a register destination and a register source.
    mutating func twoByte(
      _ opcode: UInt8, _ to: X86Register, _ from: X86Register, wide: Bool, prefix: UInt8 = 0
    ) {
      if prefix != 0 { byte(prefix) }
      rex(wide, to.high, 0, from.high)
      byte(0x0f)
      byte(opcode)
      modRegister(to.low, from)
    }

    mutating func conditionalMove(_ condition: UInt8, _ to: X86Register, _ from: X86Register, wide: Bool) {
      twoByte(0x40 | condition, to, from, wide: wide)
    }

    mutating func setByte(_ condition: UInt8, _ to: X86Register) {
      rex(false, 0, 0, to.high, force: true)
      byte(0x0f)
      byte(0x90 | condition)
      modRegister(0, to)
    }

    mutating func byteSwap(_ to: X86Register, wide: Bool) {
      rex(wide, 0, 0, to.high)
      byte(0x0f)
      byte(0xc8 | to.low)
    }

    // MARK: Flow

    mutating func push(_ register: X86Register) {
      rex(false, 0, 0, register.high)
      byte(0x50 | register.low)
    }

    mutating func pop(_ register: X86Register) {
      rex(false, 0, 0, register.high)
      byte(0x58 | register.low)
    }

    mutating func ret() { byte(0xc3) }

    mutating func jump(_ register: X86Register) {
      rex(false, 0, 0, register.high)
      byte(0xff)
      modRegister(4, register)
    }

    mutating func call(_ register: X86Register) {
      rex(false, 0, 0, register.high)
      byte(0xff)
      modRegister(2, register)
    }

    mutating func call(memory base: X86Register, _ displacement: Int32) {
      rex(false, 0, 0, base.high)
      byte(0xff)
      modMemory(2, base, displacement)
    }

    /// A forward jump; returns the place of its displacement, for `bind`.
    mutating func jump() -> Place {
      byte(0xe9)
      let place = cursor
      word32(0)
      return place
    }

    mutating func jump(if condition: UInt8) -> Place {
      byte(0x0f)
      byte(0x80 | condition)
      let place = cursor
      word32(0)
      return place
    }

    mutating func jump(to target: Place) {
      let place = jump()
      bind(place, to: target)
    }

    mutating func jump(if condition: UInt8, to target: Place) {
      let place = jump(if: condition)
      bind(place, to: target)
    }

    mutating func call(to target: Place) {
      byte(0xe8)
      let place = cursor
      word32(0)
      bind(place, to: target)
    }

    /// Makes the jump whose displacement is at `place` go to `target`.
    func bind(_ place: Place, to target: Place) {
      let distance = Int32(truncatingIfNeeded: target - (place + 4))
      UnsafeMutableRawPointer(place).storeBytes(of: distance, as: Int32.self)
    }

    func bind(_ place: Place) { bind(place, to: cursor) }

    // MARK: SSE

    /// `66 0F 38 opcode /r`, as SSSE3 and SSE4 have it.
    mutating func sse38(_ opcode: UInt8, _ to: UInt8, _ from: UInt8) {
      byte(0x66)
      rex(false, to &>> 3, 0, from &>> 3)
      byte(0x0f)
      byte(0x38)
      byte(opcode)
      byte(0xc0 | ((to & 7) &<< 3) | (from & 7))
    }

    /// `66 0F 3A opcode /r, immediate`: PEXTR and PINSR with a general register as the second operand, PALIGNR.
    mutating func sse3A(_ opcode: UInt8, _ xmm: UInt8, _ other: UInt8, _ immediate: UInt8, wide: Bool = false) {
      byte(0x66)
      rex(wide, xmm &>> 3, 0, other &>> 3)
      byte(0x0f)
      byte(0x3a)
      byte(opcode)
      byte(0xc0 | ((xmm & 7) &<< 3) | (other & 7))
      byte(immediate)
    }

    /// `66 0F opcode /form, immediate`: shifts by an immediate.
    mutating func sseShift(_ opcode: UInt8, _ form: UInt8, _ xmm: UInt8, _ immediate: UInt8) {
      byte(0x66)
      rex(false, 0, 0, xmm &>> 3)
      byte(0x0f)
      byte(opcode)
      byte(0xc0 | (form &<< 3) | (xmm & 7))
      byte(immediate)
    }

    /// A fused multiply-add, `VEX.66.0F38 opcode`.
    mutating func fused(_ opcode: UInt8, _ to: UInt8, _ a: UInt8, _ b: UInt8, double: Bool) {
      byte(0xc4)
      byte((((to &>> 3) ^ 1) &<< 7) | 0x40 | (((b &>> 3) ^ 1) &<< 5) | 2)
      byte((double ? 0x80 : 0) | ((~a & 15) &<< 3) | 1)
      byte(opcode)
      byte(0xc0 | ((to & 7) &<< 3) | (b & 7))
    }

    /// A legacy-encoded SSE instruction, `[prefix] 0F opcode /r`, register form.
    mutating func sse(_ opcode: UInt8, _ to: UInt8, _ from: UInt8, prefix: UInt8 = 0, wide: Bool = false) {
      if prefix != 0 { byte(prefix) }
      rex(wide, to &>> 3, 0, from &>> 3)
      byte(0x0f)
      byte(opcode)
      byte(0xc0 | ((to & 7) &<< 3) | (from & 7))
    }

    /// The same with a memory operand.
    mutating func sse(
      _ opcode: UInt8, _ xmm: UInt8, _ base: X86Register, _ displacement: Int32, index: X86Register? = nil,
      prefix: UInt8 = 0, wide: Bool = false
    ) {
      if prefix != 0 { byte(prefix) }
      rex(wide, xmm &>> 3, index?.high ?? 0, base.high)
      byte(0x0f)
      byte(opcode)
      modMemory(xmm & 7, base, index, displacement)
    }
  }
#endif
