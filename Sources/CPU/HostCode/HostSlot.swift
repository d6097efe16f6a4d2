import MMU

/// Words behind the register block proper: what generated code addresses from the same pointer, and what is
/// no state of the guest's core. The TLBs lie here, too, so that one host register reaches everything.
enum HostSlot {
  /// NZCV while host code runs: bit 15 = N, 14 = Z, 8 = not C, 0 = V; what LAHF and SETO make of a compare.
  static let flags = Slot.count
  /// The `Core`.
  static let core = Slot.count + 1
  /// Base of the translation cache's arena.
  static let blocks = Slot.count + 2
  /// The block and micro-op at which host code was left.
  static let exitBlock = Slot.count + 3
  static let exitOp = Slot.count + 4
  /// Not zero: MXCSR gathers the guest's floating-point exceptions, which FPSR does not have yet.
  static let floatIsArmed = Slot.count + 5
  /// MXCSR over a call to Swift.
  static let floatSaved = Slot.count + 6
  /// What makes a host address in RAM one as `Slot.exclusive` has it: the address before RAM's first byte.
  static let granuleBase = Slot.count + 7
  /// MXCSR without exceptions for each FPCR.RMode: nearest, up, down, to zero.
  static let floatClean = Slot.count + 8
  /// `InterruptInputs` at the core.
  static let interruptInputs = Slot.count + 12
  /// Not zero: control registers of another translation regime were written since the unit last heard of them.
  static let translationIsStale = Slot.count + 13
  /// Not zero: debug exceptions must be looked at on each change of context.
  static let debugIsActive = Slot.count + 14
  /// Vectors of equal lanes, 16-byte aligned: see `fillConstants`.
  static let ones = Slot.count + 16
  static let signs32 = Slot.count + 18
  static let signs64 = Slot.count + 20
  static let exponents32 = Slot.count + 22
  static let exponents64 = Slot.count + 24
  /// `TLBLayout.pageCount` limits, addresses and addends of pages.
  static let pageLimits = dataTLB - TLBLayout.pageWords
  static let pages = pageLimits + TLBLayout.pageCount
  static let pageAddends = pages + TLBLayout.pageCount
  static let dataTLB = Slot.count + 96
  static let fetchTLB = dataTLB + TLBLayout.dataWays * TLBLayout.dataWayWords
  static let count = fetchTLB + TLBLayout.fetchWays * TLBLayout.fetchWayWords
}

/// Why host code returned.
enum HostExit {
  /// `Slot.pc` is to be looked up.
  static let dispatch = 0
  /// Direct exit 0 or 1 of `exitBlock` is not linked; `Slot.pc` is that block's address.
  static let link0 = 1
  static let link1 = 2
  /// `exitBlock` is next: not compiled, invalid, or longer than the budget; or attention is wanted.
  static let head = 3
  /// The interpreter goes on at `exitOp` in `exitBlock`, whose instructions are paid for.
  static let resume = 4
  /// An exception was taken.
  static let exception = 5
}

extension UnsafeMutablePointer where Pointee == UInt64 {
  /// Fills in what generated code reads and never writes.
  func fillHostConstants() {
    self[HostSlot.floatClean] = 0x1f80
    self[HostSlot.floatClean + 1] = 0x5f80
    self[HostSlot.floatClean + 2] = 0x3f80
    self[HostSlot.floatClean + 3] = 0x7f80
    for half in 0...1 {
      self[HostSlot.ones + half] = ~0
      self[HostSlot.signs32 + half] = 0x8000_0000_8000_0000
      self[HostSlot.signs64 + half] = 0x8000_0000_0000_0000
      self[HostSlot.exponents32 + half] = 0x0000_00fd_0000_00fd
      self[HostSlot.exponents64 + half] = 0x0000_07fd
    }
  }
}
