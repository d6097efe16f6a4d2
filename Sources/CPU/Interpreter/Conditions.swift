extension UnsafeMutablePointer where Pointee == UInt64 {
  /// PSTATE.NZCV as a number 0...15.
  @inline(__always)
  var nzcvIndex: UInt64 {
    ((self[Slot.flagN] &>> 63) &<< 3) | (self[Slot.flagZ] == 0 ? 4 : 0) | (self[Slot.flagC] &<< 1)
      | self[Slot.flagV]
  }

  /// ConditionHolds(cond) (Arm DDI 0487, J1.2.3), cond 0...15.
  @inline(__always)
  func holds(_ condition: UInt32) -> Bool {
    (self[Slot.conditions &+ Int(truncatingIfNeeded: condition & 15)] &>> nzcvIndex) & 1 != 0
  }

  /// Fills the constant condition table.
  func fillConditions() {
    for condition in 0..<16 {
      var mask: UInt64 = 0
      for flags in 0..<16 {
        let (n, z, c, v) = (flags & 8 != 0, flags & 4 != 0, flags & 2 != 0, flags & 1 != 0)
        var result: Bool
        switch condition >> 1 {
        case 0: result = z
        case 1: result = c
        case 2: result = n
        case 3: result = v
        case 4: result = c && !z
        case 5: result = n == v
        case 6: result = n == v && !z
        default: result = true
        }
        if condition & 1 != 0 && condition != 15 { result.toggle() }
        if result { mask |= 1 << UInt64(flags) }
      }
      self[Slot.conditions + condition] = mask
    }
  }

  @inline(__always)
  func setNZ64(_ value: UInt64) {
    self[Slot.flagN] = value
    self[Slot.flagZ] = value
  }

  @inline(__always)
  func setNZ32(_ value: UInt32) {
    self[Slot.flagN] = UInt64(value) &<< 32
    self[Slot.flagZ] = UInt64(value)
  }

  /// AddWithCarry with flags, 64 bits.
  @inline(__always)
  func addFlags64(_ a: UInt64, _ b: UInt64, _ carry: UInt64) -> UInt64 {
    let (partial, carry1) = a.addingReportingOverflow(b)
    let (result, carry2) = partial.addingReportingOverflow(carry)
    setNZ64(result)
    self[Slot.flagC] = carry1 || carry2 ? 1 : 0
    self[Slot.flagV] = ((a ^ result) & (b ^ result)) &>> 63
    return result
  }

  /// AddWithCarry with flags, 32 bits.
  @inline(__always)
  func addFlags32(_ a: UInt32, _ b: UInt32, _ carry: UInt32) -> UInt32 {
    let wide = UInt64(a) &+ UInt64(b) &+ UInt64(carry)
    let result = UInt32(truncatingIfNeeded: wide)
    setNZ32(result)
    self[Slot.flagC] = wide &>> 32
    self[Slot.flagV] = UInt64(((a ^ result) & (b ^ result)) &>> 31)
    return result
  }

  /// `a - b` with flags: the common case of AddWithCarry(a, NOT b, 1).
  @inline(__always)
  func subFlags64(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let result = a &- b
    setNZ64(result)
    self[Slot.flagC] = a >= b ? 1 : 0
    self[Slot.flagV] = ((a ^ b) & (a ^ result)) &>> 63
    return result
  }

  @inline(__always)
  func subFlags32(_ a: UInt32, _ b: UInt32) -> UInt32 {
    let result = a &- b
    setNZ32(result)
    self[Slot.flagC] = a >= b ? 1 : 0
    self[Slot.flagV] = UInt64(((a ^ b) & (a ^ result)) &>> 31)
    return result
  }

  @inline(__always)
  func logicalFlags64(_ value: UInt64) -> UInt64 {
    setNZ64(value)
    self[Slot.flagC] = 0
    self[Slot.flagV] = 0
    return value
  }

  @inline(__always)
  func logicalFlags32(_ value: UInt32) -> UInt32 {
    setNZ32(value)
    self[Slot.flagC] = 0
    self[Slot.flagV] = 0
    return value
  }
}
