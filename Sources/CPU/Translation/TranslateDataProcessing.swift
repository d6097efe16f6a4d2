import Fabric

extension BlockBuilder {
  /// Data processing, immediate and register (Arm DDI 0487, C4.1.2, C4.1.5).
  mutating func translateDataProcessing(_ instruction: Instruction, _ word: UInt32) -> Bool {
    let wide = word.bit(31)
    let rd = Self.target(word.bits(4, 0))
    let rn = Self.source(word.bits(9, 5))
    let rm = Self.source(word.bits(20, 16))
    switch instruction {
    case .adr, .adrp: pcRelative(instruction, word)
    case .addImmediate, .subImmediate, .addsImmediate, .subsImmediate: addImmediate(instruction, word)
    case .andImmediate, .orrImmediate, .eorImmediate, .andsImmediate: logicalImmediate(instruction, word)
    case .movn, .movz, .movk: moveWide(instruction, word)
    case .sbfm, .bfm, .ubfm: bitfield(instruction, word)
    case .extr:
      let lsb = UInt64(word.bits(15, 10))
      if rn == rm {
        emit(wide ? .rorI64 : .rorI32, rd: rd, rn: rn, imm: lsb)
      } else if lsb == 0 {
        emit(wide ? .mov64 : .mov32, rd: rd, rn: rm)
      } else {
        emit(wide ? .extr64 : .extr32, rd: rd, rn: rn, rm: rm, imm: lsb)
      }
    case .andShifted: shifted(wide ? .and64 : .and32, word)
    case .bicShifted: shifted(wide ? .bic64 : .bic32, word)
    case .orrShifted:
      if word.bits(9, 5) == 31 && word.bits(15, 10) == 0 && word.bits(23, 22) == 0 {
        emit(wide ? .mov64 : .mov32, rd: rd, rn: rm)
      } else {
        shifted(wide ? .orr64 : .orr32, word, left: wide ? .orrLeft64 : nil)
      }
    case .ornShifted: shifted(wide ? .orn64 : .orn32, word)
    case .eorShifted:
      shifted(
        wide ? .eor64 : .eor32, word, left: wide ? .eorLeft64 : .eorLeft32,
        right: wide ? .eorRight64 : .eorRight32)
    case .eonShifted: shifted(wide ? .eon64 : .eon32, word)
    case .andsShifted: shifted(wide ? .ands64 : .ands32, word)
    case .bicsShifted: shifted(wide ? .bics64 : .bics32, word)
    case .addShifted:
      shifted(wide ? .addR64 : .addR32, word, left: wide ? .addShifted64 : nil)
    case .addsShifted: shifted(wide ? .addsR64 : .addsR32, word)
    case .subShifted: shifted(wide ? .subR64 : .subR32, word)
    case .subsShifted: shifted(wide ? .subsR64 : .subsR32, word)
    case .addExtended: extended(wide ? .addR64 : .addR32, word, setsFlags: false)
    case .addsExtended: extended(wide ? .addsR64 : .addsR32, word, setsFlags: true)
    case .subExtended: extended(wide ? .subR64 : .subR32, word, setsFlags: false)
    case .subsExtended: extended(wide ? .subsR64 : .subsR32, word, setsFlags: true)
    case .adc: emit(wide ? .adc64 : .adc32, rd: rd, rn: rn, rm: rm)
    case .adcs: emit(wide ? .adcs64 : .adcs32, rd: rd, rn: rn, rm: rm)
    case .sbc: emit(wide ? .sbc64 : .sbc32, rd: rd, rn: rn, rm: rm)
    case .sbcs: emit(wide ? .sbcs64 : .sbcs32, rd: rd, rn: rn, rm: rm)
    case .ccmnRegister, .ccmpRegister, .ccmnImmediate, .ccmpImmediate: conditionalCompare(instruction, word)
    case .csel: emit(wide ? .csel64 : .csel32, rd: rd, rn: rn, rm: rm, aux: word.bits(15, 12))
    case .csinc: emit(wide ? .csinc64 : .csinc32, rd: rd, rn: rn, rm: rm, aux: word.bits(15, 12))
    case .csinv: emit(wide ? .csinv64 : .csinv32, rd: rd, rn: rn, rm: rm, aux: word.bits(15, 12))
    case .csneg: emit(wide ? .csneg64 : .csneg32, rd: rd, rn: rn, rm: rm, aux: word.bits(15, 12))
    case .madd: multiplyAdd(wide ? .madd64 : .madd32, word)
    case .msub: multiplyAdd(wide ? .msub64 : .msub32, word)
    case .smaddl: multiplyAdd(.smaddl, word)
    case .smsubl: multiplyAdd(.smsubl, word)
    case .umaddl: multiplyAdd(.umaddl, word)
    case .umsubl: multiplyAdd(.umsubl, word)
    case .smulh: emit(.smulh, rd: rd, rn: rn, rm: rm)
    case .umulh: emit(.umulh, rd: rd, rn: rn, rm: rm)
    case .udiv: emit(wide ? .udiv64 : .udiv32, rd: rd, rn: rn, rm: rm)
    case .sdiv: emit(wide ? .sdiv64 : .sdiv32, rd: rd, rn: rn, rm: rm)
    case .lslv: emit(wide ? .lslR64 : .lslR32, rd: rd, rn: rn, rm: rm)
    case .lsrv: emit(wide ? .lsrR64 : .lsrR32, rd: rd, rn: rn, rm: rm)
    case .asrv: emit(wide ? .asrR64 : .asrR32, rd: rd, rn: rn, rm: rm)
    case .rorv: emit(wide ? .rorR64 : .rorR32, rd: rd, rn: rn, rm: rm)
    case .crc32b, .crc32h, .crc32w, .crc32x: emit(.crc32, rd: rd, rn: rn, rm: rm, aux: 1 << word.bits(11, 10))
    case .crc32cb, .crc32ch, .crc32cw, .crc32cx:
      emit(.crc32, rd: rd, rn: rn, rm: rm, aux: 128 | (1 << word.bits(11, 10)))
    case .rbit: emit(wide ? .rbit64 : .rbit32, rd: rd, rn: rn)
    case .rev16: emit(wide ? .rev16x64 : .rev16x32, rd: rd, rn: rn)
    case .rev32: emit(.rev32x64, rd: rd, rn: rn)
    case .rev: emit(wide ? .rev64 : .rev32, rd: rd, rn: rn)
    case .clz: emit(wide ? .clz64 : .clz32, rd: rd, rn: rn)
    case .cls: emit(wide ? .cls64 : .cls32, rd: rd, rn: rn)
    default: return false
    }
    return true
  }

  private mutating func pcRelative(_ instruction: Instruction, _ word: UInt32) {
    let rd = Self.target(word.bits(4, 0))
    let immediate = (UInt64(word.bits(23, 5)) << 2 | UInt64(word.bits(30, 29))).signExtended(from: 21)
    if instruction == .adr {
      emit(.addPC, rd: rd, imm: displacement &+ immediate)
    } else {
      emit(.addPage, rd: rd, imm: immediate &<< 12)
    }
  }

  private mutating func addImmediate(_ instruction: Instruction, _ word: UInt32) {
    let wide = word.bit(31)
    let immediate = UInt64(word.bits(21, 10)) &<< (word.bit(22) ? 12 : 0)
    let rn = Self.orSP(word.bits(9, 5))
    switch instruction {
    case .addImmediate, .subImmediate:
      let value = instruction == .addImmediate ? immediate : 0 &- immediate
      let rd = Self.orSP(word.bits(4, 0))
      if value == 0 {
        emit(wide ? .mov64 : .mov32, rd: rd, rn: rn)
      } else {
        emit(wide ? .addI64 : .addI32, rd: rd, rn: rn, imm: value)
      }
      let isAddedToStack = wide && word.bits(9, 5) == 31
      noteStackWrite(base: word.bits(4, 0), added: isAddedToStack ? value : 1)
    case .addsImmediate:
      emit(wide ? .addsI64 : .addsI32, rd: Self.target(word.bits(4, 0)), rn: rn, imm: immediate)
    default:
      emit(wide ? .subsI64 : .subsI32, rd: Self.target(word.bits(4, 0)), rn: rn, imm: immediate)
    }
  }

  /// DecodeBitMasks (Arm DDI 0487, J1.1): the logical immediate; the decoder excluded the reserved ones.
  static func bitMask(n: UInt32, imms: UInt32, immr: UInt32, wide: Bool) -> UInt64 {
    let combined = (n &<< 6) | (~imms & 0x3f)
    let length = 31 &- UInt32(truncatingIfNeeded: combined.leadingZeroBitCount)
    let size = UInt32(1) &<< (length & 7)
    let levels = size &- 1
    let s = imms & levels
    let rotation = immr & levels
    var element: UInt64 = UInt64.mask(width: Int(s) &+ 1)
    let sizeMask = UInt64.mask(width: Int(size))
    if rotation != 0 {
      element = ((element &>> UInt64(rotation)) | (element &<< UInt64(size &- rotation))) & sizeMask
    }
    var result: UInt64 = 0
    var position: UInt64 = 0
    while position < 64 {
      result |= element &<< position
      position &+= UInt64(size)
    }
    return wide ? result : result & 0xffff_ffff
  }

  private mutating func logicalImmediate(_ instruction: Instruction, _ word: UInt32) {
    let wide = word.bit(31)
    let mask = Self.bitMask(n: word.bits(22, 22), imms: word.bits(15, 10), immr: word.bits(21, 16), wide: wide)
    let rn = Self.source(word.bits(9, 5))
    if instruction == .andsImmediate {
      emit(wide ? .andsI64 : .andsI32, rd: Self.target(word.bits(4, 0)), rn: rn, imm: mask)
      return
    }
    let rd = Self.orSP(word.bits(4, 0))
    switch instruction {
    case .andImmediate: emit(.andI, rd: rd, rn: rn, imm: mask)
    case .orrImmediate:
      if word.bits(9, 5) == 31 {
        emit(.movImmediate, rd: rd, imm: mask)
      } else {
        emit(wide ? .orrI64 : .orrI32, rd: rd, rn: rn, imm: mask)
      }
    default: emit(wide ? .eorI64 : .eorI32, rd: rd, rn: rn, imm: mask)
    }
    noteStackWrite(base: word.bits(4, 0))
  }

  private mutating func moveWide(_ instruction: Instruction, _ word: UInt32) {
    let wide = word.bit(31)
    let rd = Self.target(word.bits(4, 0))
    let shift = word.bits(22, 21) &* 16
    let value = UInt64(word.bits(20, 5)) &<< UInt64(shift)
    switch instruction {
    case .movz: emit(.movImmediate, rd: rd, imm: value)
    case .movn: emit(.movImmediate, rd: rd, imm: wide ? ~value : ~value & 0xffff_ffff)
    default: emit(wide ? .movk64 : .movk32, rd: rd, aux: shift, imm: value)
    }
  }

  private mutating func bitfield(_ instruction: Instruction, _ word: UInt32) {
    let wide = word.bit(31)
    let size: UInt32 = wide ? 64 : 32
    let rd = Self.target(word.bits(4, 0))
    let rn = Self.source(word.bits(9, 5))
    let immr = word.bits(21, 16)
    let imms = word.bits(15, 10)
    if imms >= immr {
      let width = imms &- immr &+ 1
      let mask = UInt64.mask(width: Int(width))
      switch instruction {
      case .ubfm:
        if imms == size &- 1 {
          emit(wide ? .lsrI64 : .lsrI32, rd: rd, rn: rn, imm: UInt64(immr))
        } else if immr == 0 {
          emit(.andI, rd: rd, rn: rn, imm: mask)
        } else {
          emit(.ubfx, rd: rd, rn: rn, aux: immr, imm: mask)
        }
      case .sbfm:
        if imms == size &- 1 {
          emit(wide ? .asrI64 : .asrI32, rd: rd, rn: rn, imm: UInt64(immr))
        } else if wide && immr == 0 && width == 32 {
          emit(.sxtw, rd: rd, rn: rn)
        } else {
          emit(wide ? .sbfx64 : .sbfx32, rd: rd, rn: rn, aux: immr, imm: UInt64(width))
        }
      default: emit(wide ? .bfxil64 : .bfxil32, rd: destinationAsSource(rd), rn: rn, aux: immr, imm: mask)
      }
    } else {
      let width = imms &+ 1
      let lsb = size &- immr
      let mask = UInt64.mask(width: Int(width))
      switch instruction {
      case .ubfm:
        if imms &+ 1 == immr {
          emit(wide ? .lslI64 : .lslI32, rd: rd, rn: rn, imm: UInt64(lsb))
        } else {
          emit(.ubfiz, rd: rd, rn: rn, aux: lsb, imm: mask)
        }
      case .sbfm: emit(wide ? .sbfiz64 : .sbfiz32, rd: rd, rn: rn, aux: lsb, imm: UInt64(width))
      default: emit(wide ? .bfi64 : .bfi32, rd: destinationAsSource(rd), rn: rn, aux: lsb, imm: mask)
      }
    }
  }

  /// BFM reads its destination; XZR as destination writes the sink, whose old value does not matter.
  private func destinationAsSource(_ rd: UInt8) -> UInt8 { rd }

  /// The shifted operand goes through a scratch register unless the shift is zero, or `left` and `right` are
  /// the same operation with a shift of its own.
  private mutating func shifted(
    _ op: Operation, _ word: UInt32, left: Operation? = nil, right: Operation? = nil
  ) {
    let wide = word.bit(31)
    let amount = UInt64(word.bits(15, 10))
    var rm = Self.source(word.bits(20, 16))
    if amount != 0 {
      let kind = word.bits(23, 22)
      if let fused = kind == 0 ? left : kind == 1 ? right : nil {
        let (rd, rn) = (Self.target(word.bits(4, 0)), Self.source(word.bits(9, 5)))
        return emit(fused, rd: rd, rn: rn, rm: rm, aux: UInt32(truncatingIfNeeded: amount))
      }
      let shift: Operation
      switch kind {
      case 0: shift = wide ? .lslI64 : .lslI32
      case 1: shift = wide ? .lsrI64 : .lsrI32
      case 2: shift = wide ? .asrI64 : .asrI32
      default: shift = wide ? .rorI64 : .rorI32
      }
      emit(shift, rd: UInt8(Slot.temporary), rn: rm, imm: amount)
      rm = UInt8(Slot.temporary)
    }
    emit(op, rd: Self.target(word.bits(4, 0)), rn: Self.source(word.bits(9, 5)), rm: rm)
  }

  /// ExtendReg into a scratch register; returns the slot that holds the operand.
  mutating func extend(_ number: UInt32, option: UInt32, shift: UInt32) -> UInt8 {
    let rm = Self.source(number)
    let scratch = UInt8(Slot.temporary)
    switch option {
    case 0: emit(.ubfiz, rd: scratch, rn: rm, aux: shift, imm: 0xff)
    case 1: emit(.ubfiz, rd: scratch, rn: rm, aux: shift, imm: 0xffff)
    case 2: emit(.ubfiz, rd: scratch, rn: rm, aux: shift, imm: 0xffff_ffff)
    case 4: emit(.sxtb, rd: scratch, rn: rm, aux: shift)
    case 5: emit(.sxth, rd: scratch, rn: rm, aux: shift)
    case 6: emit(.sxtw, rd: scratch, rn: rm, aux: shift)
    default:
      if shift == 0 { return rm }
      emit(.lslI64, rd: scratch, rn: rm, imm: UInt64(shift))
    }
    return scratch
  }

  private mutating func extended(_ op: Operation, _ word: UInt32, setsFlags: Bool) {
    let operand = extend(word.bits(20, 16), option: word.bits(15, 13), shift: word.bits(12, 10))
    let rd = setsFlags ? Self.target(word.bits(4, 0)) : Self.orSP(word.bits(4, 0))
    emit(op, rd: rd, rn: Self.orSP(word.bits(9, 5)), rm: operand)
    if !setsFlags { noteStackWrite(base: word.bits(4, 0)) }
  }

  private mutating func conditionalCompare(_ instruction: Instruction, _ word: UInt32) {
    let wide = word.bit(31)
    let aux = word.bits(15, 12) | (word.bits(3, 0) &<< 28)
    let rn = Self.source(word.bits(9, 5))
    let rm = Self.source(word.bits(20, 16))
    let immediate = UInt64(word.bits(20, 16))
    switch instruction {
    case .ccmpImmediate: emit(wide ? .ccmpI64 : .ccmpI32, rn: rn, aux: aux, imm: immediate)
    case .ccmnImmediate: emit(wide ? .ccmnI64 : .ccmnI32, rn: rn, aux: aux, imm: immediate)
    case .ccmpRegister: emit(wide ? .ccmpR64 : .ccmpR32, rn: rn, rm: rm, aux: aux)
    default: emit(wide ? .ccmnR64 : .ccmnR32, rn: rn, rm: rm, aux: aux)
    }
  }

  private mutating func multiplyAdd(_ op: Operation, _ word: UInt32) {
    emit(
      op, rd: Self.target(word.bits(4, 0)), rn: Self.source(word.bits(9, 5)),
      rm: Self.source(word.bits(20, 16)), aux: UInt32(Self.source(word.bits(14, 10))))
  }
}
