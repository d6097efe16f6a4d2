#if arch(x86_64)

  /// Which host register holds which slot of the register block, within one block of code: one table for
  /// general registers, another for vectors, whose slots are their numbers.
  ///
  /// RAX, RCX, RDX and XMM0 to XMM3 are scratch, RBP the base, R15 the budget; ten general registers and twelve
  /// of XMM hold the guest's. A dirty one differs from memory. Registers used by the current micro-op are pinned.
  struct X86Registers {
    /// Slots of the block, 0...63, are looked up here; 16 = not in a host register.
    private let hosts: UnsafeMutablePointer<UInt8>
    /// The slot held by each host register; `none` if free.
    let slots: UnsafeMutablePointer<UInt8>
    private let stamps: UnsafeMutablePointer<UInt32>
    private(set) var dirty: UInt16 = 0
    private var pinned: UInt16 = 0
    private var clock: UInt32 = 0

    static let none: UInt8 = 255
    /// RBX, RSI, RDI, R8...R14.
    static let general: UInt16 = 0b0111_1111_1100_1000
    /// XMM4...XMM15.
    static let vectors: UInt16 = 0xfff0
    private let pool: UInt16

    init(pool: UInt16) {
      self.pool = pool
      hosts = .allocate(capacity: 64)
      slots = .allocate(capacity: 16)
      stamps = .allocate(capacity: 16)
      reset()
    }

    func deallocate() {
      hosts.deallocate()
      slots.deallocate()
      stamps.deallocate()
    }

    private func clearTables() {
      hosts.initialize(repeating: 16, count: 64)
      slots.initialize(repeating: X86Registers.none, count: 16)
      stamps.initialize(repeating: 0, count: 16)
    }

    /// Forgets everything; nothing may be dirty that is still needed.
    mutating func reset() {
      clearTables()
      dirty = 0
      pinned = 0
      clock = 0
    }

    @inline(__always) mutating func unpinAll() { pinned = 0 }
    @inline(__always) mutating func markDirty(_ register: X86Register) { dirty |= 1 &<< UInt16(register.number) }
    @inline(__always) mutating func markAllClean() { dirty = 0 }
    @inline(__always)
    func isDirty(_ register: X86Register) -> Bool { dirty & (1 &<< UInt16(register.number)) != 0 }

    /// The host register of `slot`, if there is one.
    @inline(__always)
    mutating func find(_ slot: UInt8) -> X86Register? {
      let host = hosts[Int(truncatingIfNeeded: slot & 63)]
      guard host < 16 else { return nil }
      clock &+= 1
      stamps[Int(truncatingIfNeeded: host)] = clock
      pinned |= 1 &<< UInt16(host)
      return X86Register(host)
    }

    /// The number of the host register of `slot`; 16 = none.
    @inline(__always)
    func host(of slot: UInt8) -> UInt8 { hosts[Int(truncatingIfNeeded: slot & 63)] }

    /// A host register for `slot`, which has none: a free one, or else the one least recently used. `evicted`
    /// is the dirty slot that must be stored first.
    mutating func assign(_ slot: UInt8) -> (register: X86Register, evicted: UInt8?) {
      var best: UInt8 = 16
      var oldest = UInt32.max
      var candidates = pool & ~pinned
      while candidates != 0 {
        let host = UInt8(truncatingIfNeeded: candidates.trailingZeroBitCount)
        candidates &= candidates &- 1
        let index = Int(truncatingIfNeeded: host)
        if slots[index] == X86Registers.none {
          best = host
          break
        }
        if stamps[index] < oldest {
          oldest = stamps[index]
          best = host
        }
      }
      // An operation pins at most five of ten, or of twelve.
      let index = Int(truncatingIfNeeded: best & 15)
      let register = X86Register(best & 15)
      var evicted: UInt8?
      let old = slots[index]
      if old != X86Registers.none {
        hosts[Int(truncatingIfNeeded: old & 63)] = 16
        if isDirty(register) { evicted = old }
        dirty &= ~(1 &<< UInt16(best & 15))
      }
      slots[index] = slot
      hosts[Int(truncatingIfNeeded: slot & 63)] = best
      clock &+= 1
      stamps[index] = clock
      pinned |= 1 &<< UInt16(best & 15)
      return (register, evicted)
    }

    /// Makes the table what a snapshot says.
    mutating func restore(_ snapshot: (UInt64, UInt64), dirty: UInt16) {
      reset()
      self.dirty = dirty
      for host in 0..<16 {
        let word = host < 8 ? snapshot.0 : snapshot.1
        let slot = UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8))
        slots[host] = slot
        if slot != X86Registers.none { hosts[Int(slot & 63)] = UInt8(host) }
      }
    }

    @inline(__always) var isEmpty: Bool { snapshot.0 & snapshot.1 == ~0 }

    /// The slots as two words, for stubs that are written later.
    @inline(__always)
    var snapshot: (UInt64, UInt64) {
      let raw = UnsafeRawPointer(slots)
      return (raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
  }
#endif
