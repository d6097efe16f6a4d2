#if arch(x86_64)
  /// V0 to V31 in XMM registers within a block. Swift keeps none of these over a call: what calls it writes them
  /// back and loads them again.
  extension X86Generator {
    /// Displacement of a vector register or its upper half.
    @inline(__always)
    static func vector(_ number: UInt8, upper: Bool = false) -> Int32 {
      at(Slot.v0 + Int(number & 31) * 2 + (upper ? 1 : 0))
    }

    /// The XMM register that holds a vector register, loaded if need be.
    func useVector(_ number: UInt8) -> UInt8 {
      if let register = vectors.find(number & 31) { return register.number }
      let xmm = takeVector(number)
      a.sse(0x28, xmm, .rbp, X86Generator.vector(number))
      return xmm
    }

    /// The XMM register that will hold a vector register, its old value lost unless it is there; not dirty yet,
    /// so that a slow path between may write memory and load it from there.
    func claimVector(_ number: UInt8) -> UInt8 {
      vectors.find(number & 31)?.number ?? takeVector(number)
    }

    /// The same, about to be written.
    func defineVector(_ number: UInt8) -> UInt8 {
      let xmm = claimVector(number)
      markWritten(xmm)
      return xmm
    }

    /// Says that an XMM register differs from memory and which of its upper bits are known to be zero.
    func markWritten(_ xmm: UInt8, zeroFrom64: Bool = false, zeroFrom32: Bool = false) {
      vectors.markDirty(X86Register(xmm))
      let bit: UInt16 = 1 &<< UInt16(xmm & 15)
      self.zeroFrom64 = zeroFrom64 || zeroFrom32 ? self.zeroFrom64 | bit : self.zeroFrom64 & ~bit
      self.zeroFrom32 = zeroFrom32 ? self.zeroFrom32 | bit : self.zeroFrom32 & ~bit
    }

    /// Whether all bits but those of a scalar are known to be zero.
    func isScalar(_ xmm: UInt8, double: Bool) -> Bool {
      (double ? zeroFrom64 : zeroFrom32) & (1 &<< UInt16(xmm & 15)) != 0
    }

    private func takeVector(_ number: UInt8) -> UInt8 {
      let (register, evicted) = vectors.assign(number & 31)
      if let evicted { a.sse(0x29, register.number, .rbp, X86Generator.vector(evicted)) }
      let bit: UInt16 = 1 &<< UInt16(register.number & 15)
      zeroFrom64 &= ~bit
      zeroFrom32 &= ~bit
      return register.number
    }

    /// What is in XMM registers is of no use any more.
    func forgetVectors() {
      vectors.reset()
      zeroFrom64 = 0
      zeroFrom32 = 0
    }

    func writeBack(vectors slots: (UInt64, UInt64), _ dirty: UInt16) {
      var rest = dirty
      while rest != 0 {
        let host = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
        rest &= rest &- 1
        let word = host < 8 ? slots.0 : slots.1
        let number = UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8))
        a.sse(0x29, host, .rbp, X86Generator.vector(number))
      }
    }

    /// Loads what a call to Swift has left in memory.
    func reload(vectors slots: (UInt64, UInt64)) {
      if slots.0 & slots.1 == ~0 { return }
      for host: UInt8 in 0..<16 {
        let word = host < 8 ? slots.0 : slots.1
        let number = UInt8(truncatingIfNeeded: word &>> (UInt64(host & 7) &* 8))
        if number != X86Registers.none { a.sse(0x28, host, .rbp, X86Generator.vector(number)) }
      }
    }

    // MARK: Results

    @inline(__always) func copyVector(_ to: UInt8, _ from: UInt8) { if to != from { a.sse(0x28, to, from) } }

    /// The destination `d` = XMM0, whose upper half becomes zero unless `whole`.
    func putVector(_ d: UInt8, whole: Bool) {
      if whole { copyVector(d, 0) } else { a.sse(0x7e, d, 0, prefix: 0xf3) }
      markWritten(d, zeroFrom64: !whole)
    }

    /// The destination `d` = the scalar in XMM0, all above it zero, as `isClear` says that it is already.
    func putScalar(_ d: UInt8, double: Bool, isClear: Bool) {
      if isClear {
        copyVector(d, 0)
      } else if double {
        a.sse(0x7e, d, 0, prefix: 0xf3)
      } else {
        a.sse(0x57, d, d)
        a.sse(0x10, d, 0, prefix: 0xf3)
      }
      markWritten(d, zeroFrom64: true, zeroFrom32: !double)
    }

    /// A vector register = a general register of the host, zero-extended.
    func putGeneral(_ number: UInt8, _ register: X86Register, wide: Bool) {
      let d = defineVector(number)
      a.sse(0x6e, d, register.number, prefix: 0x66, wide: wide)
      markWritten(d, zeroFrom64: true, zeroFrom32: !wide)
    }

    // MARK: Memory

    /// Loads `bytes` at `base` + RCX + `offset`, zero-extended; uses RDX.
    func loadVector(_ d: UInt8, _ base: X86Register, _ offset: Int32, _ bytes: UInt8) {
      switch bytes {
      case 16: a.sse(0x10, d, base, offset, index: .rcx)
      case 8: a.sse(0x7e, d, base, offset, index: .rcx, prefix: 0xf3)
      case 4: a.sse(0x6e, d, base, offset, index: .rcx, prefix: 0x66)
      default:
        a.loadExtended(.rdx, base, offset, index: .rcx, bytes: bytes, signed: false, wide: false)
        a.sse(0x6e, d, 2, prefix: 0x66)
      }
      markWritten(d, zeroFrom64: bytes < 16, zeroFrom32: bytes < 8)
    }

    /// Stores the low `bytes` at `base` + RCX + `offset`, or those of the upper half; uses RDX and XMM0.
    func storeVector(_ xmm: UInt8, _ base: X86Register, _ offset: Int32, _ bytes: UInt8, upper: Bool = false) {
      var from = xmm
      if upper {
        a.sse(0x70, 0, xmm, prefix: 0x66)
        a.byte(0xee)
        from = 0
      }
      switch bytes {
      case 16: a.sse(0x11, from, base, offset, index: .rcx)
      case 8: a.sse(0xd6, from, base, offset, index: .rcx, prefix: 0x66)
      case 4: a.sse(0x7e, from, base, offset, index: .rcx, prefix: 0x66)
      default:
        a.sse(0x7e, from, 2, prefix: 0x66)
        a.store(base, offset, index: .rcx, .rdx, bytes: bytes)
      }
    }
  }
#endif
