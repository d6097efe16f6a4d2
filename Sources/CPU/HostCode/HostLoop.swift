/// Finds out whether a block branches to its own start, or blocks to each other in a circle, and which registers then
/// may stay in host registers from round to round: all that they name, if they are few and nothing in them needs
/// them in memory.
struct HostLoop {
  private(set) var exists = false
  /// Bit n: slot n is read or written, scratch slots not counted.
  private(set) var slots: UInt64 = 0
  /// Bit n: slot n is written, or may be.
  private(set) var written: UInt64 = 0
  /// Bit n: Vn is read or written, and all of them fit; else none.
  private(set) var vectors: UInt32 = 0
  /// It does floating-point arithmetic and leaves FPCR and FPSR alone.
  private(set) var computesFloat = false

  /// Host registers that a generator has for guest registers.
  private static let limit = 10
  private static let vectorLimit = 12
  /// XZR is made where it is needed; its place as a destination and the scratch registers hold nothing over an
  /// instruction's end.
  private static let fleeting: UInt64 = 1 << UInt64(Slot.zr) | 1 << UInt64(Slot.sink) | 1 << UInt64(Slot.temporary)
    | 1 << UInt64(Slot.temporary2)

  mutating func find(in trace: HostTrace) {
    exists = false
    named = 0
    written = 0
    vectors = 0
    computesFloat = false
    movesControl = false
    isSingle = trace.blocks.count == 1
    if isSingle {
      let block = trace.blocks[0]
      let end = block.ops[Int(block.pointee.opCount) - 1]
      guard block.pointee.opCount > 1, end.imm == 0, HostLoop.branches(unsafeBitCast(end.op, to: Operation.self))
      else { return }
    }
    for block in trace.blocks {
      let last = Int(block.pointee.opCount) - 1
      for index in 0..<last { guard add(block.ops[index]) else { return } }
      let end = block.ops[last]
      if HostLoop.looksAtRegister(unsafeBitCast(end.op, to: Operation.self)) {
        named |= 1 &<< UInt64(end.rn & 63)
      }
    }
    guard named.nonzeroBitCount <= HostLoop.limit else { return }
    slots = named & ~HostLoop.fleeting
    written &= slots
    if vectors.nonzeroBitCount > HostLoop.vectorLimit { vectors = 0 }
    if movesControl { computesFloat = false }
    exists = true
  }

  private var named: UInt64 = 0
  private var movesControl = false
  private var isSingle = false

  /// Adds the registers of a micro-op; false if it wants them in memory.
  private mutating func add(_ u: MicroOp) -> Bool {
    let operation = unsafeBitCast(u.op, to: Operation.self)
    written |= HostLoop.registersWritten(by: u)
    switch operation {
    case .vector:
      let use = VectorUse(u)
      vectors |= use.vectors
      if use.isFloat { computesFloat = true }
      named |= use.general
      return true
    case .mrsSlot, .msrSlot:
      movesControl = movesControl || u.imm == UInt64(Slot.fpcr) || u.imm == UInt64(Slot.fpsr)
    case .vectorMemory, .mrs, .mrsNZCV, .msrNZCV, .sev, .crc32: return false
    // Such a block by itself tries again, which is rare: it is to be part of a trace rather than a loop.
    case .loadExclusive, .loadExclusivePair: if isSingle { return false }
    case .storeExclusivePair: named |= 1 &<< (u.imm & 63)
    case .madd64, .madd32, .msub64, .msub32, .smaddl, .smsubl, .umaddl, .umsubl:
      named |= 1 &<< UInt64(u.aux & 63)
    default: break
    }
    if u.rn < 64 { named |= 1 &<< UInt64(u.rn) }
    if u.rm < 64 { named |= 1 &<< UInt64(u.rm) }
    if u.rd < 64 { named |= 1 &<< UInt64(u.rd) }
    // Slots from 64 on are halves of vector registers.
    if let form = AccessForm(operation) {
      if u.rd >= 64 { vectors |= 1 &<< UInt32((u.rd &>> 1) & 31) }
      if form.isPair && u.rm >= 64 { vectors |= 1 &<< UInt32((u.rm &>> 1) & 31) }
    }
    return true
  }

  /// Bit n: general slot n is written, or may be.
  static func registersWritten(by u: MicroOp) -> UInt64 {
    let operation = unsafeBitCast(u.op, to: Operation.self)
    if operation == .vector { return VectorUse(u).general }
    let rd = u.rd < 64 ? 1 &<< UInt64(u.rd) : 0
    let rm = u.rm < 64 ? 1 &<< UInt64(u.rm) : 0
    switch operation {
    case .loadExclusive, .loadExclusivePair, .storeExclusive, .storeExclusivePair: return rd | rm
    default: break
    }
    guard let form = AccessForm(operation) else { return rd }
    if form.isStore || form.isVector { return 0 }
    return form.isPair ? rd | rm : rd
  }

  private static func looksAtRegister(_ operation: Operation) -> Bool {
    switch operation {
    case .cbz64, .cbz32, .cbnz64, .cbnz32, .tbz, .tbnz: true
    default: false
    }
  }

  private static func branches(_ operation: Operation) -> Bool {
    switch operation {
    case .b, .bEQ, .bNE, .bCS, .bCC, .bMI, .bPL, .bVS, .bVC, .bHI, .bLS, .bGE, .bLT, .bGT, .bLE: true
    default: looksAtRegister(operation)
    }
  }
}

/// The registers that a vector micro-op names: none left out, perhaps some too many.
struct VectorUse {
  /// Bit n: Vn.
  var vectors: UInt32 = 0
  /// Bit n: general slot n.
  var general: UInt64 = 0
  /// It may be arithmetic for which FPCR must be asked.
  var isFloat = false

  init(_ u: MicroOp) {
    let (d, n, m) = (VectorUse.bit(u.rd), VectorUse.bit(u.rn), VectorUse.bit(u.rm))
    switch u.vectorGroup {
    case .copy:
      switch u.operation(as: CopyOp.self) {
      case .movi, .orrImmediate, .andImmediate: vectors = d
      case .dupElement, .dupScalar, .insElement: vectors = d | n
      case .umov, .smovX, .smovW:
        vectors = n
        general = 1 &<< UInt64(u.rd & 63)
      case .insGeneral, .dupGeneral:
        vectors = d
        general = 1 &<< UInt64(u.rn & 63)
      }
    case .shiftImmediate: vectors = d | n
    case .floatConvert:
      switch u.operation(as: FloatConvertOp.self) {
      case .moveToW, .moveToX, .moveTopToX, .singleToGeneral, .doubleToGeneral:
        vectors = n
        general = 1 &<< UInt64(u.rd & 63)
      case .moveFromW, .moveFromX, .moveTopFromX, .generalToSingle, .generalToDouble:
        vectors = d
        general = 1 &<< UInt64(u.rn & 63)
      default: vectors = d | n
      }
      isFloat = true
    case .floatFused:
      vectors = d | n | m | VectorUse.bit(u.high8Register)
      isFloat = true
    case .floatCompare:
      vectors = n | m
      isFloat = true
    case .floatScalar, .floatVector:
      vectors = d | n | m
      isFloat = true
    default: vectors = d | n | m
    }
  }

  private static func bit(_ number: UInt8) -> UInt32 { 1 &<< UInt32(number & 31) }
}
