/// Finds out whether a block branches to its own start and which registers it then may keep in host registers
/// from round to round: all that it names, if they are few and nothing in it needs them in memory.
struct HostLoop {
  private(set) var exists = false
  /// Bit n: slot n is read or written, scratch slots not counted.
  private(set) var slots: UInt64 = 0
  /// Bit n: slot n is written, or may be.
  private(set) var written: UInt64 = 0

  /// Host registers that a generator has for guest registers.
  private static let limit = 10
  /// XZR is made where it is needed; its place as a destination and the scratch registers hold nothing over an
  /// instruction's end.
  private static let fleeting: UInt64 = 1 << UInt64(Slot.zr) | 1 << UInt64(Slot.sink) | 1 << UInt64(Slot.temporary)
    | 1 << UInt64(Slot.temporary2)

  mutating func find(in block: BlockPointer) {
    exists = false
    let last = Int(block.pointee.opCount) - 1
    let end = (block.ops + last).pointee
    guard last > 0, end.imm == 0, HostLoop.branches(unsafeBitCast(end.op, to: Operation.self)) else { return }
    var named: UInt64 = 1 &<< UInt64(end.rn & 63)
    written = 0
    for index in 0..<last {
      let u = block.ops[index]
      let operation = unsafeBitCast(u.op, to: Operation.self)
      switch operation {
      case .vector:
        if !u.vectorStaysInVectors { return }
        continue
      case .vectorMemory, .unprivilegedLoad, .unprivilegedStore, .loadExclusive, .storeExclusive,
        .loadExclusivePair, .storeExclusivePair, .mrs, .mrsNZCV, .msrNZCV, .sev, .crc32:
        return
      case .madd64, .madd32, .msub64, .msub32, .smaddl, .smsubl, .umaddl, .umsubl:
        named |= 1 &<< UInt64(u.aux & 63)
      default: break
      }
      // Slots from 64 on are vector registers, which stay in memory.
      if u.rn < 64 { named |= 1 &<< UInt64(u.rn) }
      if u.rm < 64 { named |= 1 &<< UInt64(u.rm) }
      if u.rd < 64 { named |= 1 &<< UInt64(u.rd) }
      let form = AccessForm(operation)
      if let form, form.isStore || form.isVector { continue }
      if u.rd < 64 { written |= 1 &<< UInt64(u.rd) }
      if let form, form.isPair, u.rm < 64 { written |= 1 &<< UInt64(u.rm) }
    }
    guard named.nonzeroBitCount <= HostLoop.limit else { return }
    slots = named & ~HostLoop.fleeting
    written &= slots
    exists = true
  }

  private static func branches(_ operation: Operation) -> Bool {
    switch operation {
    case .b, .bEQ, .bNE, .bCS, .bCC, .bMI, .bPL, .bVS, .bVC, .bHI, .bLS, .bGE, .bLT, .bGT, .bLE, .cbz64, .cbz32,
      .cbnz64, .cbnz32, .tbz, .tbnz:
      true
    default: false
    }
  }
}

extension MicroOp {
  /// Whether a vector micro-op reads and writes no general registers.
  var vectorStaysInVectors: Bool {
    switch vectorGroup {
    case .copy:
      switch operation(as: CopyOp.self) {
      case .movi, .dupElement, .dupScalar, .insElement: true
      default: false
      }
    case .floatConvert: false
    default: true
    }
  }
}
