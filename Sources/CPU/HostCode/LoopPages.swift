import MMU

/// Which loads and stores of a loop stay in one page from round to round, and so need not look into the TLB each
/// time: they share the few pages that are remembered before its entries (`TLBLayout.pageWords`). So do those of the
/// stack, in a loop or not. A wrong guess costs time only.
struct LoopPages {
  /// Bit n: the value of slot n changes little from one round to the next.
  private var steady: UInt64 = 0
  private var sites: [Site] = []

  private struct Site: Equatable {
    var base: UInt8
    var index: UInt8
    var page: UInt64
    var bank: TLBLayout.PageBank
  }

  /// What a round may add to a register that is to stay in its page, mostly.
  private static let step: UInt64 = 512
  /// Bits of a number that moves an address about within a page, mostly.
  private static let fieldBits: UInt32 = 9

  /// Forgets the last loop's; of code that does not loop only the stack is remembered.
  mutating func clear() {
    steady = 0
    sites.removeAll(keepingCapacity: true)
  }

  /// Finds the registers with steady values in the blocks of a loop.
  mutating func find(in trace: HostTrace) {
    clear()
    var (written, unsteady): (UInt64, UInt64) = (0, 0)
    forEachWrite(in: trace) { u, slots in
      written |= slots
      if !LoopPages.isSmall(u) && LoopPages.sources(of: u) == nil { unsteady |= slots }
    }
    steady = ~written
    // Sums of steady values: a sum of sums needs a further look.
    for _ in 0..<3 {
      var isDerived = written & ~unsteady
      let known = steady
      forEachWrite(in: trace) { u, slots in
        if let sources = LoopPages.sources(of: u), !LoopPages.isSmall(u), sources & ~known != 0 {
          isDerived &= ~slots
        }
      }
      steady = ~written | isDerived
    }
  }

  private func forEachWrite(in trace: HostTrace, _ body: (MicroOp, UInt64) -> Void) {
    for block in trace.blocks {
      for index in 0..<Int(block.pointee.opCount) {
        let u = block.ops[index]
        let slots = HostLoop.registersWritten(by: u)
        if slots != 0 { body(u, slots) }
      }
    }
  }

  /// A step of the register itself, or a value of few bits.
  private static func isSmall(_ u: MicroOp) -> Bool {
    switch unsafeBitCast(u.op, to: Operation.self) {
    case .addI64, .addI32, .addsI64, .addsI32:
      return u.rd == u.rn && (u.imm <= step || 0 &- u.imm <= step)
    case .subsI64, .subsI32, .subsI64Branch, .subsI32Branch: return u.rd == u.rn && u.imm <= step
    case .ubfx: return u.imm <= UInt64(fieldBits)
    case .andI: return u.imm < 1 &<< UInt64(fieldBits)
    case .ldr8, .ldr8R, .movImmediate, .addPage, .addPC: return true
    default: return false
    }
  }

  /// The registers whose sum, or copy, is written; nil if the value is another.
  private static func sources(of u: MicroOp) -> UInt64? {
    let rn = 1 &<< UInt64(u.rn & 63)
    switch unsafeBitCast(u.op, to: Operation.self) {
    case .mov64, .mov32, .lslI64: return rn
    case .addI64, .addI32: return rn
    case .addR64, .addR32, .addShifted64: return rn | 1 &<< UInt64(u.rm & 63)
    default: return nil
    }
  }

  /// The number of the remembered page for a load or store; nil if it must look into the TLB.
  mutating func page(_ u: MicroOp, isIndexed: Bool, bank: TLBLayout.PageBank) -> Int? {
    if u.rn == UInt8(Slot.sp), !isIndexed, let page = bank.stack { return page }
    let used = 1 &<< UInt64(u.rn & 63) | (isIndexed ? 1 &<< UInt64(u.rm & 63) : 0)
    guard u.rn < 64, used & ~steady == 0 else { return nil }
    let site = Site(base: u.rn, index: isIndexed ? u.rm : 64, page: isIndexed ? 0 : u.imm &>> 12, bank: bank)
    var number = 0
    for known in sites where known.bank == bank {
      if known == site { return bank.first + number }
      number += 1
    }
    guard number < bank.count else { return nil }
    sites.append(site)
    return bank.first + number
  }
}
