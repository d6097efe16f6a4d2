import Fabric
import MMU

/// Why block execution returned to the dispatcher.
enum BlockExit {
  /// The budget of the slice is spent.
  case budget
  /// `Slot.pc` has no known block, or the block must be looked up again.
  case dispatch
  /// As `dispatch`, and the exit of `Core.linkFrom` may be linked to what is found.
  case link
  /// An exception was taken, or the core stopped or waits.
  case exception
}

extension Core {
  /// Executes from `first` until something needs the dispatcher. One function, one switch: the compiler
  /// turns it into one indirect jump per micro-op.
  ///
  /// During a block `Slot.pc` holds the address of its first instruction; `immediate` operands that depend
  /// on the address are relative to it, so blocks are position-independent.
  @inline(never)
  func executeBlocks(_ first: BlockPointer) -> BlockExit {
    let r = self.r
    let d = unit.dataEntries
    let fetchEntries = unit.fetchEntries
    let arena = cache.arenaBase
    let enter = enterHostCode
    var block = first
    /// Where host code left its block to the interpreter.
    var resumed: OpPointer?
    while true {
      let count = block.pointee.guardCount
      let budget = Int64(bitPattern: r[Slot.budget])
      if _slowPath(budget < count) {
        guard block.isValid else { return .dispatch }
        guard budget > 0 else { return .budget }
        guard cutsShort(block, after: budget) else { return .exception }
        r[Slot.budget] = UInt64(bitPattern: budget &- Int64(block.pointee.count))
      } else if let enter, block.pointee.hostCode != 0, r[Slot.attention] == 0 {
        if let exit = runHostCode(enter, &block, &resumed) { return exit }
        if resumed == nil { continue }
      } else {
        block.pointee.heat &-= 1
        if _slowPath(block.pointee.heat == 0) {
          compile(block)
          continue
        }
        r[Slot.budget] = UInt64(bitPattern: budget &- count)
      }
      var op = resumed ?? block.ops
      resumed = nil
      /// The exit taken: 0 = branch, 1 = fall through, 2 = `Slot.pc` is set already.
      var exit = 2
      body: while true {
        let u = op.pointee
        switch unsafeBitCast(u.op, to: Operation.self) {
        // MARK: Moves
        case .movImmediate: r.setX(u.rd, u.imm)
        case .mov64: r.setX(u.rd, r.x(u.rn))
        case .mov32: r.setW(u.rd, r.w(u.rn))
        case .movk64: r.setX(u.rd, (r.x(u.rd) & ~(0xffff &<< UInt64(u.aux))) | u.imm)
        case .movk32: r.setW(u.rd, (r.w(u.rd) & ~(0xffff &<< u.aux)) | low(u.imm))
        case .addPC: r.setX(u.rd, r[Slot.pc] &+ u.imm)
        case .addPage: r.setX(u.rd, (r[Slot.pc] & ~0xfff) &+ u.imm)

        // MARK: Add and subtract
        case .addI64: r.setX(u.rd, r.x(u.rn) &+ u.imm)
        case .addI32: r.setW(u.rd, r.w(u.rn) &+ low(u.imm))
        case .addR64: r.setX(u.rd, r.x(u.rn) &+ r.x(u.rm))
        case .addR32: r.setW(u.rd, r.w(u.rn) &+ r.w(u.rm))
        case .subR64: r.setX(u.rd, r.x(u.rn) &- r.x(u.rm))
        case .subR32: r.setW(u.rd, r.w(u.rn) &- r.w(u.rm))
        case .addShifted64: r.setX(u.rd, r.x(u.rn) &+ (r.x(u.rm) &<< UInt64(u.aux)))
        case .eorLeft64: r.setX(u.rd, r.x(u.rn) ^ (r.x(u.rm) &<< UInt64(u.aux)))
        case .eorLeft32: r.setW(u.rd, r.w(u.rn) ^ (r.w(u.rm) &<< u.aux))
        case .eorRight32: r.setW(u.rd, r.w(u.rn) ^ (r.w(u.rm) &>> u.aux))
        case .eorRight64: r.setX(u.rd, r.x(u.rn) ^ (r.x(u.rm) &>> UInt64(u.aux)))
        case .orrLeft64: r.setX(u.rd, r.x(u.rn) | (r.x(u.rm) &<< UInt64(u.aux)))
        case .addsI64: r.setX(u.rd, r.addFlags64(r.x(u.rn), u.imm, 0))
        case .addsI32: r.setW(u.rd, r.addFlags32(r.w(u.rn), low(u.imm), 0))
        case .subsI64: r.setX(u.rd, r.subFlags64(r.x(u.rn), u.imm))
        case .subsI32: r.setW(u.rd, r.subFlags32(r.w(u.rn), low(u.imm)))
        case .addsR64: r.setX(u.rd, r.addFlags64(r.x(u.rn), r.x(u.rm), 0))
        case .addsR32: r.setW(u.rd, r.addFlags32(r.w(u.rn), r.w(u.rm), 0))
        case .subsR64: r.setX(u.rd, r.subFlags64(r.x(u.rn), r.x(u.rm)))
        case .subsR32: r.setW(u.rd, r.subFlags32(r.w(u.rn), r.w(u.rm)))
        case .adc64: r.setX(u.rd, r.x(u.rn) &+ r.x(u.rm) &+ r[Slot.flagC])
        case .adc32: r.setW(u.rd, r.w(u.rn) &+ r.w(u.rm) &+ low(r[Slot.flagC]))
        case .sbc64: r.setX(u.rd, r.x(u.rn) &+ ~r.x(u.rm) &+ r[Slot.flagC])
        case .sbc32: r.setW(u.rd, r.w(u.rn) &+ ~r.w(u.rm) &+ low(r[Slot.flagC]))
        case .adcs64: r.setX(u.rd, r.addFlags64(r.x(u.rn), r.x(u.rm), r[Slot.flagC]))
        case .adcs32: r.setW(u.rd, r.addFlags32(r.w(u.rn), r.w(u.rm), low(r[Slot.flagC])))
        case .sbcs64: r.setX(u.rd, r.addFlags64(r.x(u.rn), ~r.x(u.rm), r[Slot.flagC]))
        case .sbcs32: r.setW(u.rd, r.addFlags32(r.w(u.rn), ~r.w(u.rm), low(r[Slot.flagC])))

        // MARK: Logical
        case .andI: r.setX(u.rd, r.x(u.rn) & u.imm)
        case .orrI64: r.setX(u.rd, r.x(u.rn) | u.imm)
        case .orrI32: r.setW(u.rd, r.w(u.rn) | low(u.imm))
        case .eorI64: r.setX(u.rd, r.x(u.rn) ^ u.imm)
        case .eorI32: r.setW(u.rd, r.w(u.rn) ^ low(u.imm))
        case .and64: r.setX(u.rd, r.x(u.rn) & r.x(u.rm))
        case .and32: r.setW(u.rd, r.w(u.rn) & r.w(u.rm))
        case .orr64: r.setX(u.rd, r.x(u.rn) | r.x(u.rm))
        case .orr32: r.setW(u.rd, r.w(u.rn) | r.w(u.rm))
        case .eor64: r.setX(u.rd, r.x(u.rn) ^ r.x(u.rm))
        case .eor32: r.setW(u.rd, r.w(u.rn) ^ r.w(u.rm))
        case .bic64: r.setX(u.rd, r.x(u.rn) & ~r.x(u.rm))
        case .bic32: r.setW(u.rd, r.w(u.rn) & ~r.w(u.rm))
        case .orn64: r.setX(u.rd, r.x(u.rn) | ~r.x(u.rm))
        case .orn32: r.setW(u.rd, r.w(u.rn) | ~r.w(u.rm))
        case .eon64: r.setX(u.rd, r.x(u.rn) ^ ~r.x(u.rm))
        case .eon32: r.setW(u.rd, r.w(u.rn) ^ ~r.w(u.rm))
        case .andsI64: r.setX(u.rd, r.logicalFlags64(r.x(u.rn) & u.imm))
        case .andsI32: r.setW(u.rd, r.logicalFlags32(r.w(u.rn) & low(u.imm)))
        case .ands64: r.setX(u.rd, r.logicalFlags64(r.x(u.rn) & r.x(u.rm)))
        case .ands32: r.setW(u.rd, r.logicalFlags32(r.w(u.rn) & r.w(u.rm)))
        case .bics64: r.setX(u.rd, r.logicalFlags64(r.x(u.rn) & ~r.x(u.rm)))
        case .bics32: r.setW(u.rd, r.logicalFlags32(r.w(u.rn) & ~r.w(u.rm)))

        // MARK: Shifts and bit fields
        case .lslI64: r.setX(u.rd, r.x(u.rn) &<< u.imm)
        case .lslI32: r.setW(u.rd, r.w(u.rn) &<< low(u.imm))
        case .lsrI64: r.setX(u.rd, r.x(u.rn) &>> u.imm)
        case .lsrI32: r.setW(u.rd, r.w(u.rn) &>> low(u.imm))
        case .asrI64: r.setX(u.rd, arithmeticRight64(r.x(u.rn), u.imm))
        case .asrI32: r.setW(u.rd, arithmeticRight32(r.w(u.rn), low(u.imm)))
        case .rorI64: r.setX(u.rd, rotateRight64(r.x(u.rn), u.imm))
        case .rorI32: r.setW(u.rd, rotateRight32(r.w(u.rn), low(u.imm)))
        case .lslR64: r.setX(u.rd, r.x(u.rn) &<< r.x(u.rm))
        case .lslR32: r.setW(u.rd, r.w(u.rn) &<< r.w(u.rm))
        case .lsrR64: r.setX(u.rd, r.x(u.rn) &>> r.x(u.rm))
        case .lsrR32: r.setW(u.rd, r.w(u.rn) &>> r.w(u.rm))
        case .asrR64: r.setX(u.rd, arithmeticRight64(r.x(u.rn), r.x(u.rm)))
        case .asrR32: r.setW(u.rd, arithmeticRight32(r.w(u.rn), r.w(u.rm)))
        case .rorR64: r.setX(u.rd, rotateRight64(r.x(u.rn), r.x(u.rm)))
        case .rorR32: r.setW(u.rd, rotateRight32(r.w(u.rn), r.w(u.rm)))
        // aux = least significant bit, imm = mask of the field at bit 0
        case .ubfx: r.setX(u.rd, (r.x(u.rn) &>> UInt64(u.aux)) & u.imm)
        case .ubfiz: r.setX(u.rd, (r.x(u.rn) & u.imm) &<< UInt64(u.aux))
        // aux = lsb, imm = width
        case .sbfx64: r.setX(u.rd, extendSigned(r.x(u.rn) &>> UInt64(u.aux), low(u.imm)))
        case .sbfx32: r.setW(u.rd, low(extendSigned(r.x(u.rn) &>> UInt64(u.aux), low(u.imm))))
        case .sbfiz64: r.setX(u.rd, extendSigned(r.x(u.rn), low(u.imm)) &<< UInt64(u.aux))
        case .sbfiz32: r.setW(u.rd, low(extendSigned(r.x(u.rn), low(u.imm)) &<< UInt64(u.aux)))
        // aux = lsb, imm = mask at bit 0
        case .bfi64:
          r.setX(u.rd, (r.x(u.rd) & ~(u.imm &<< UInt64(u.aux))) | ((r.x(u.rn) & u.imm) &<< UInt64(u.aux)))
        case .bfi32:
          r.setW(
            u.rd, low((r.x(u.rd) & ~(u.imm &<< UInt64(u.aux))) | ((r.x(u.rn) & u.imm) &<< UInt64(u.aux))))
        case .bfxil64: r.setX(u.rd, (r.x(u.rd) & ~u.imm) | ((r.x(u.rn) &>> UInt64(u.aux)) & u.imm))
        case .bfxil32: r.setW(u.rd, low((r.x(u.rd) & ~u.imm) | ((r.x(u.rn) &>> UInt64(u.aux)) & u.imm)))
        case .extr64: r.setX(u.rd, (r.x(u.rm) &>> u.imm) | (r.x(u.rn) &<< (64 &- u.imm)))
        case .extr32: r.setW(u.rd, (r.w(u.rm) &>> low(u.imm)) | (r.w(u.rn) &<< (32 &- low(u.imm))))
        // Extension and shift of an operand register: aux = shift
        case .sxtb: r.setX(u.rd, extendSigned(r.x(u.rn), 8) &<< UInt64(u.aux))
        case .sxth: r.setX(u.rd, extendSigned(r.x(u.rn), 16) &<< UInt64(u.aux))
        case .sxtw: r.setX(u.rd, extendSigned(r.x(u.rn), 32) &<< UInt64(u.aux))

        // MARK: Multiply, divide, bits
        case .madd64: r.setX(u.rd, r.x(UInt8(truncatingIfNeeded: u.aux)) &+ r.x(u.rn) &* r.x(u.rm))
        case .madd32: r.setW(u.rd, r.w(UInt8(truncatingIfNeeded: u.aux)) &+ r.w(u.rn) &* r.w(u.rm))
        case .msub64: r.setX(u.rd, r.x(UInt8(truncatingIfNeeded: u.aux)) &- r.x(u.rn) &* r.x(u.rm))
        case .msub32: r.setW(u.rd, r.w(UInt8(truncatingIfNeeded: u.aux)) &- r.w(u.rn) &* r.w(u.rm))
        case .smaddl:
          r.setX(
            u.rd,
            r.x(UInt8(truncatingIfNeeded: u.aux)) &+ extendSigned(r.x(u.rn), 32)
              &* extendSigned(r.x(u.rm), 32))
        case .smsubl:
          r.setX(
            u.rd,
            r.x(UInt8(truncatingIfNeeded: u.aux)) &- extendSigned(r.x(u.rn), 32)
              &* extendSigned(r.x(u.rm), 32))
        case .umaddl:
          r.setX(u.rd, r.x(UInt8(truncatingIfNeeded: u.aux)) &+ UInt64(r.w(u.rn)) &* UInt64(r.w(u.rm)))
        case .umsubl:
          r.setX(u.rd, r.x(UInt8(truncatingIfNeeded: u.aux)) &- UInt64(r.w(u.rn)) &* UInt64(r.w(u.rm)))
        case .smulh: r.setX(u.rd, multiplyHighSigned(r.x(u.rn), r.x(u.rm)))
        case .umulh: r.setX(u.rd, multiplyHighUnsigned(r.x(u.rn), r.x(u.rm)))
        case .udiv64: r.setX(u.rd, divideUnsigned64(r.x(u.rn), r.x(u.rm)))
        case .udiv32: r.setW(u.rd, divideUnsigned32(r.w(u.rn), r.w(u.rm)))
        case .sdiv64: r.setX(u.rd, divideSigned64(r.x(u.rn), r.x(u.rm)))
        case .sdiv32: r.setW(u.rd, divideSigned32(r.w(u.rn), r.w(u.rm)))
        case .rbit64: r.setX(u.rd, reverseBits64(r.x(u.rn)))
        case .rbit32: r.setX(u.rd, reverseBits64(r.x(u.rn)) &>> 32)
        case .rev16x64: r.setX(u.rd, swapBytesInHalfwords(r.x(u.rn)))
        case .rev16x32: r.setW(u.rd, low(swapBytesInHalfwords(r.x(u.rn))))
        case .rev32x64: r.setX(u.rd, rotateRight64(r.x(u.rn).byteSwapped, 32))
        case .rev64: r.setX(u.rd, r.x(u.rn).byteSwapped)
        case .rev32: r.setW(u.rd, r.w(u.rn).byteSwapped)
        case .clz64: r.setX(u.rd, UInt64(truncatingIfNeeded: r.x(u.rn).leadingZeroBitCount))
        case .clz32: r.setX(u.rd, UInt64(truncatingIfNeeded: r.w(u.rn).leadingZeroBitCount))
        case .cls64:
          let value = r.x(u.rn)
          r.setX(
            u.rd,
            UInt64(truncatingIfNeeded: (value ^ arithmeticRight64(value, 63)).leadingZeroBitCount &- 1))
        case .cls32:
          let value = r.w(u.rn)
          r.setX(
            u.rd,
            UInt64(truncatingIfNeeded: (value ^ arithmeticRight32(value, 31)).leadingZeroBitCount &- 1))
        // aux = bytes, bit 7 = Castagnoli
        case .crc32:
          r.setW(u.rd, CPU.crc32(r.w(u.rn), r.x(u.rm), bytes: u.aux & 15, castagnoli: u.aux & 128 != 0))

        // MARK: Conditional (aux = condition)
        case .csel64: r.setX(u.rd, r.holds(u.aux) ? r.x(u.rn) : r.x(u.rm))
        case .csel32: r.setW(u.rd, r.holds(u.aux) ? r.w(u.rn) : r.w(u.rm))
        case .csinc64: r.setX(u.rd, r.holds(u.aux) ? r.x(u.rn) : r.x(u.rm) &+ 1)
        case .csinc32: r.setW(u.rd, r.holds(u.aux) ? r.w(u.rn) : r.w(u.rm) &+ 1)
        case .csinv64: r.setX(u.rd, r.holds(u.aux) ? r.x(u.rn) : ~r.x(u.rm))
        case .csinv32: r.setW(u.rd, r.holds(u.aux) ? r.w(u.rn) : ~r.w(u.rm))
        case .csneg64: r.setX(u.rd, r.holds(u.aux) ? r.x(u.rn) : 0 &- r.x(u.rm))
        case .csneg32: r.setW(u.rd, r.holds(u.aux) ? r.w(u.rn) : 0 &- r.w(u.rm))
        // aux bits 3:0 = condition, 31:28 = NZCV otherwise; imm = immediate operand
        case .ccmpI64:
          if r.holds(u.aux) { _ = r.subFlags64(r.x(u.rn), u.imm) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmpI32:
          if r.holds(u.aux) { _ = r.subFlags32(r.w(u.rn), low(u.imm)) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmpR64:
          if r.holds(u.aux) { _ = r.subFlags64(r.x(u.rn), r.x(u.rm)) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmpR32:
          if r.holds(u.aux) { _ = r.subFlags32(r.w(u.rn), r.w(u.rm)) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmnI64:
          if r.holds(u.aux) { _ = r.addFlags64(r.x(u.rn), u.imm, 0) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmnI32:
          if r.holds(u.aux) { _ = r.addFlags32(r.w(u.rn), low(u.imm), 0) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmnR64:
          if r.holds(u.aux) { _ = r.addFlags64(r.x(u.rn), r.x(u.rm), 0) } else { r.setNZCV(UInt64(u.aux)) }
        case .ccmnR32:
          if r.holds(u.aux) { _ = r.addFlags32(r.w(u.rn), r.w(u.rm), 0) } else { r.setNZCV(UInt64(u.aux)) }

        // MARK: Loads
        case .ldr8:
          guard let v = load8(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr16:
          guard let v = load16(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr32:
          guard let v = load32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr64:
          guard let v = load64(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldrs8x64:
          guard let v = load8(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 8))
        case .ldrs8x32:
          guard let v = load8(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setW(u.rd, low(extendSigned(v, 8)))
        case .ldrs16x64:
          guard let v = load16(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 16))
        case .ldrs16x32:
          guard let v = load16(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setW(u.rd, low(extendSigned(v, 16)))
        case .ldrs32x64:
          guard let v = load32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 32))
        case .ldr8R:
          guard let v = load8(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr16R:
          guard let v = load16(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr32R:
          guard let v = load32(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldr64R:
          guard let v = load64(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, v)
        case .ldrs8x64R:
          guard let v = load8(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 8))
        case .ldrs8x32R:
          guard let v = load8(r, d, r.indexed(u), block, op) else { return .exception }
          r.setW(u.rd, low(extendSigned(v, 8)))
        case .ldrs16x64R:
          guard let v = load16(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 16))
        case .ldrs16x32R:
          guard let v = load16(r, d, r.indexed(u), block, op) else { return .exception }
          r.setW(u.rd, low(extendSigned(v, 16)))
        case .ldrs32x64R:
          guard let v = load32(r, d, r.indexed(u), block, op) else { return .exception }
          r.setX(u.rd, extendSigned(v, 32))

        // MARK: Stores (rd = data; vector registers are slots too)
        case .str8:
          guard store8(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), block, op) else { return .exception }
        case .str16:
          guard store16(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), block, op) else { return .exception }
        case .str32:
          guard store32(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), block, op) else { return .exception }
        case .str64:
          guard store64(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), block, op) else { return .exception }
        case .str8R:
          guard store8(r, d, r.indexed(u), r.x(u.rd), block, op) else { return .exception }
        case .str16R:
          guard store16(r, d, r.indexed(u), r.x(u.rd), block, op) else { return .exception }
        case .str32R:
          guard store32(r, d, r.indexed(u), r.x(u.rd), block, op) else { return .exception }
        case .str64R:
          guard store64(r, d, r.indexed(u), r.x(u.rd), block, op) else { return .exception }

        // MARK: Pairs (rd, rm = data)
        case .ldp64:
          guard loadPair64(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, r[Slot.result])
          r.setX(u.rm, r[Slot.result2])
        case .ldp32:
          guard loadPair32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, r[Slot.result])
          r.setX(u.rm, r[Slot.result2])
        case .ldpsw:
          guard loadPair32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          r.setX(u.rd, extendSigned(r[Slot.result], 32))
          r.setX(u.rm, extendSigned(r[Slot.result2], 32))
        case .stp64:
          guard storePair64(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), r.x(u.rm), block, op) else { return .exception }
        case .stp32:
          guard storePair32(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), r.x(u.rm), block, op) else { return .exception }

        // MARK: SIMD&FP registers
        case .ldrV8:
          guard let v = load8(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV16:
          guard let v = load16(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV32:
          guard let v = load32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV64:
          guard let v = load64(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV128:
          guard loadPair64(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, r[Slot.result], r[Slot.result2])
        case .ldrV8R:
          guard let v = load8(r, d, r.indexed(u), block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV16R:
          guard let v = load16(r, d, r.indexed(u), block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV32R:
          guard let v = load32(r, d, r.indexed(u), block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV64R:
          guard let v = load64(r, d, r.indexed(u), block, op) else { return .exception }
          setVector(r, u.rd, v, 0)
        case .ldrV128R:
          guard loadPair64(r, d, r.indexed(u), block, op) else { return .exception }
          setVector(r, u.rd, r[Slot.result], r[Slot.result2])
        case .strV128:
          guard storePair64(r, d, r.x(u.rn) &+ u.imm, r.x(u.rd), r.x(u.rd &+ 1), block, op)
          else { return .exception }
        case .strV128R:
          guard
            storePair64(
              r, d, r.indexed(u), r.x(u.rd), r.x(u.rd &+ 1), block, op)
          else { return .exception }
        case .ldpV32:
          guard loadPair32(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, r[Slot.result], 0)
          setVector(r, u.rm, r[Slot.result2], 0)
        case .ldpV64:
          guard loadPair64(r, d, r.x(u.rn) &+ u.imm, block, op) else { return .exception }
          setVector(r, u.rd, r[Slot.result], 0)
          setVector(r, u.rm, r[Slot.result2], 0)
        case .ldpV128: guard loadPair128(u, block, op) else { return .exception }
        case .stpV128: guard storePair128(u, block, op) else { return .exception }
        case .vector: executeVector(r, op)
        case .vectorMemory:
          guard vectorMemory(block, op) else { return .exception }

        // MARK: Less frequent memory operations
        case .unprivilegedLoad: guard unprivilegedLoad(u, block, op) else { return .exception }
        case .unprivilegedStore: guard unprivilegedStore(u, block, op) else { return .exception }
        case .loadExclusive: guard loadExclusive(u, block, op) else { return .exception }
        case .storeExclusive: guard storeExclusive(u, block, op) else { return .exception }
        case .loadExclusivePair: guard loadExclusivePair(u, block, op) else { return .exception }
        case .storeExclusivePair: guard storeExclusivePair(u, block, op) else { return .exception }
        case .clearExclusive: r[Slot.exclusive] = 0
        case .zeroCacheLine: guard zeroCacheLine(u, block, op) else { return .exception }
        // rn + imm must be a multiple of aux bytes; rd: 1 a store, plus 2 whatever the memory
        case .checkAlignment:
          if _slowPath((r.x(u.rn) &+ u.imm) & UInt64(u.aux &- 1) != 0) {
            misaligned(r.x(u.rn) &+ u.imm, isWrite: u.rd & 1 != 0, isOrdered: u.rd & 2 != 0, block, op)
            return .exception
          }
        case .requireAlignedSP:
          if _slowPath(r[Slot.sp] & 15 != 0) {
            position(block, op)
            spAlignmentFault()
            abandon(block, op)
            return .exception
          }
        case .checkStackPointer:
          // SP was written: what follows is translated for another mode when its alignment changed.
          let misaligned = r[Slot.sp] & 15 != 0 ? BlockMode.stackMisaligned : 0
          if _slowPath(misaligned != r[Slot.mode] & BlockMode.stackMisaligned) {
            if stackAlignmentDidChange(block, op) { return .dispatch }
          }
        case .byteSwap:
          switch u.aux {
          case 2: r.setX(u.rd, UInt64(UInt16(truncatingIfNeeded: r.x(u.rn)).byteSwapped))
          case 4: r.setX(u.rd, UInt64(r.w(u.rn).byteSwapped))
          default: r.setX(u.rd, r.x(u.rn).byteSwapped)
          }

        // MARK: System operations inside a block
        case .mrs:
          position(block, op)
          guard let value = readSystemRegister(u.aux, rt: UInt8(truncatingIfNeeded: u.imm)) else {
            abandon(block, op)
            return .exception
          }
          resume(block, op)
          r.setX(u.rd, value)
        case .mrsStackPointer0: r.setX(u.rd, r[Slot.spEL0])
        case .mrsSlot: r.setX(u.rd, r[Int(truncatingIfNeeded: u.imm & 511)])
        case .msrSlot: r[Int(truncatingIfNeeded: u.imm & 511)] = r.x(u.rn)
        case .mrsNZCV: r.setX(u.rd, r.nzcv)
        case .msrNZCV: r.setNZCV(r.x(u.rn))
        case .daifSet: r[Slot.daif] |= u.imm
        case .msrStored: guard writeStored(u, block, op) else { return .exception }
        case .maintain: guard maintain(u, block, op) else { return .exception }
        case .daifClear: clearInterruptMasks(r[Slot.daif] & ~u.imm)
        case .msrDAIF: clearInterruptMasks(r.x(u.rn))
        case .sevl: r[Slot.event] = 1
        case .sev: cluster.sendEvent()
        case .pstateGate:
          if r[Slot.spsel] == 0 {
            // MRS/MSR SP_EL0 while SP_EL0 is the current stack pointer: UNDEFINED.
            position(block, op)
            undefinedInstruction()
            abandon(block, op)
            return .exception
          }

        // MARK: Ends of blocks (imm = displacement if taken, aux = if not)
        case .b:
          exit = 0
          break body
        case .bl:
          r[30] = r[Slot.pc] &+ UInt64(u.aux)
          exit = 0
          break body
        case .bEQ:
          exit = r[Slot.flagZ] == 0 ? 0 : 1
          break body
        case .bNE:
          exit = r[Slot.flagZ] == 0 ? 1 : 0
          break body
        case .bCS:
          exit = r[Slot.flagC] != 0 ? 0 : 1
          break body
        case .bCC:
          exit = r[Slot.flagC] != 0 ? 1 : 0
          break body
        case .bMI:
          exit = Int(truncatingIfNeeded: (~r[Slot.flagN]) &>> 63)
          break body
        case .bPL:
          exit = Int(truncatingIfNeeded: r[Slot.flagN] &>> 63)
          break body
        case .bVS:
          exit = r[Slot.flagV] != 0 ? 0 : 1
          break body
        case .bVC:
          exit = r[Slot.flagV] != 0 ? 1 : 0
          break body
        case .bHI:
          exit = r[Slot.flagC] != 0 && r[Slot.flagZ] != 0 ? 0 : 1
          break body
        case .bLS:
          exit = r[Slot.flagC] != 0 && r[Slot.flagZ] != 0 ? 1 : 0
          break body
        case .bGE:
          exit = Int(truncatingIfNeeded: (r[Slot.flagN] &>> 63) ^ r[Slot.flagV])
          break body
        case .bLT:
          exit = Int(truncatingIfNeeded: (r[Slot.flagN] &>> 63) ^ r[Slot.flagV] ^ 1)
          break body
        case .bGT:
          exit = (r[Slot.flagN] &>> 63) == r[Slot.flagV] && r[Slot.flagZ] != 0 ? 0 : 1
          break body
        case .bLE:
          exit = (r[Slot.flagN] &>> 63) == r[Slot.flagV] && r[Slot.flagZ] != 0 ? 1 : 0
          break body
        // As subs; the branch in the next micro-op is taken when the condition in its rm holds.
        case .subsI64Branch:
          r.setX(u.rd, r.subFlags64(r.x(u.rn), u.imm))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .subsI32Branch:
          r.setW(u.rd, r.subFlags32(r.w(u.rn), low(u.imm)))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .subsR64Branch:
          r.setX(u.rd, r.subFlags64(r.x(u.rn), r.x(u.rm)))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .subsR32Branch:
          r.setW(u.rd, r.subFlags32(r.w(u.rn), r.w(u.rm)))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .andsI64Branch:
          r.setX(u.rd, r.logicalFlags64(r.x(u.rn) & u.imm))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .andsI32Branch:
          r.setW(u.rd, r.logicalFlags32(r.w(u.rn) & low(u.imm)))
          op += 1
          exit = r.holds(UInt32(op.pointee.rm)) ? 0 : 1
          break body
        case .cbz64:
          exit = r.x(u.rn) == 0 ? 0 : 1
          break body
        case .cbz32:
          exit = r.w(u.rn) == 0 ? 0 : 1
          break body
        case .cbnz64:
          exit = r.x(u.rn) != 0 ? 0 : 1
          break body
        case .cbnz32:
          exit = r.w(u.rn) != 0 ? 0 : 1
          break body
        // rm = bit number
        case .tbz:
          exit = Int(truncatingIfNeeded: (r.x(u.rn) &>> UInt64(u.rm)) & 1)
          break body
        case .tbnz:
          exit = Int(truncatingIfNeeded: ((r.x(u.rn) &>> UInt64(u.rm)) & 1) ^ 1)
          break body
        case .next:
          exit = 1
          break body
        case .br:
          r[Slot.pc] = r.x(u.rn)
          break body
        case .blr:
          let target = r.x(u.rn)
          r[30] = r[Slot.pc] &+ UInt64(u.aux)
          r[Slot.pc] = target
          break body
        case .sliceEnd:
          r[Slot.pc] = r[Slot.pc] &+ (UInt64(u.aux) &<< 2)
          r[Slot.budget] = r[Slot.budget] &+ UInt64(truncatingIfNeeded: block.pointee.count) &- UInt64(u.aux)
          return .budget
        case .msr, .msrImmediate, .sys, .sysl, .svc, .hvc, .smc, .brk, .hlt, .dcps, .eret, .drps, .wfi, .wfe,
          .yield, .isb, .undefined, .floatTrap:
          guard executeSystem(block, op) else { return .exception }
          break body
        }
        op += 1
      }
      // MARK: Next block
      if exit != 2 {
        let u = op.pointee
        let next = exit == 0 ? block.pointee.chain0 : block.pointee.chain1
        let pc = r[Slot.pc]
        r[Slot.pc] = pc &+ (exit == 0 ? u.imm : UInt64(u.aux))
        if _slowPath(r[Slot.attention] != 0) { return .dispatch }
        if let next {
          block = next
          continue
        }
        linkPC = pc
        linkTarget = r[Slot.pc]
        linkFrom = block
        linkExit = exit
        return .link
      }
      if _slowPath(r[Slot.attention] != 0) { return .dispatch }
      let pc = r[Slot.pc]
      let context = r[Slot.fetchContext &+ Int(truncatingIfNeeded: (pc &>> 55) & 1)]
      let tag = (pc & ~0xfff) | context
      guard pc & 3 == 0, let entry = TLBLayout.fetchEntry(fetchEntries, tag), entry[2] != 0 else { return .dispatch }
      // SAFETY: word 2 of a fetch entry is 0 or the address of a CodePage that this module put there.
      let table = UnsafePointer<UInt32>(bitPattern: UInt(truncatingIfNeeded: entry[2])).unsafelyUnwrapped
      let offset = table[Int(truncatingIfNeeded: (pc & 0xfff) &>> 2)]
      guard offset != 0 else { return .dispatch }
      let candidate = BlockPointer(arenaOffset: offset, base: arena)
      guard UInt64(candidate.pointee.mode) == r[Slot.mode] else { return .dispatch }
      block = candidate
    }
  }
}
