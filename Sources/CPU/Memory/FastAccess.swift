import Fabric
import MMU

/// The inlined TLB hit: one tag compare, one host load or store. A device page, a page with code, a watched
/// page, a page crosser and a plain miss all fail the compare and take the slow path, which performs the
/// access. `nil` or `false` means that an exception was taken.
///
/// SAFETY: a matching tag was written by `TranslationUnit` together with the addend, for a RAM page that
/// stays mapped for the life of the machine; the compare covers the last byte of the access.
extension Core {
  @inline(__always)
  func dataTag(_ r: Regs, _ address: UInt64, _ size: UInt64) -> UInt64 {
    let context = r[Slot.dataContext &+ Int(truncatingIfNeeded: (address &>> 55) & 1)]
    return TLBLayout.tag(address, size: size, context: context)
  }

  @inline(__always)
  func host(_ address: UInt64, _ entry: UnsafeMutablePointer<UInt64>) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(truncatingIfNeeded: address &+ entry[2])).unsafelyUnwrapped
  }

  @inline(__always)
  func load8(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> UInt64? {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 1)) {
      return UInt64(host(address, entry).load(as: UInt8.self))
    }
    return loadSlow(address, 1, block, op) ? r[Slot.result] : nil
  }

  @inline(__always)
  func load16(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> UInt64? {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 2)) {
      return UInt64(host(address, entry).loadUnaligned(as: UInt16.self))
    }
    return loadSlow(address, 2, block, op) ? r[Slot.result] : nil
  }

  @inline(__always)
  func load32(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> UInt64? {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 4)) {
      return UInt64(host(address, entry).loadUnaligned(as: UInt32.self))
    }
    return loadSlow(address, 4, block, op) ? r[Slot.result] : nil
  }

  @inline(__always)
  func load64(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> UInt64? {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 8)) {
      return host(address, entry).loadUnaligned(as: UInt64.self)
    }
    return loadSlow(address, 8, block, op) ? r[Slot.result] : nil
  }

  @inline(__always)
  func store8(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ value: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 1)) {
      host(address, entry).storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      return true
    }
    return storeSlow(address, 1, value, block, op)
  }

  @inline(__always)
  func store16(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ value: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 2)) {
      host(address, entry).storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      return true
    }
    return storeSlow(address, 2, value, block, op)
  }

  @inline(__always)
  func store32(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ value: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 4)) {
      host(address, entry).storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      return true
    }
    return storeSlow(address, 4, value, block, op)
  }

  @inline(__always)
  func store64(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ value: UInt64, _ block: BlockPointer,
    _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 8)) {
      host(address, entry).storeBytes(of: value, as: UInt64.self)
      return true
    }
    return storeSlow(address, 8, value, block, op)
  }

  /// Two adjacent doublewords into `Slot.result` and `Slot.result2`.
  @inline(__always)
  func loadPair64(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 16)) {
      let pointer = host(address, entry)
      r[Slot.result] = pointer.loadUnaligned(as: UInt64.self)
      r[Slot.result2] = pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      return true
    }
    return loadPairSlow(address, 8, block, op)
  }

  @inline(__always)
  func loadPair32(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[0] == dataTag(r, address, 8)) {
      let pointer = host(address, entry)
      r[Slot.result] = UInt64(pointer.loadUnaligned(as: UInt32.self))
      r[Slot.result2] = UInt64(pointer.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      return true
    }
    return loadPairSlow(address, 4, block, op)
  }

  @inline(__always)
  func storePair64(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ first: UInt64, _ second: UInt64,
    _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 16)) {
      let pointer = host(address, entry)
      pointer.storeBytes(of: first, as: UInt64.self)
      pointer.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
      return true
    }
    return storePairSlow(address, 8, first, second, block, op)
  }

  @inline(__always)
  func storePair32(
    _ r: Regs, _ d: UnsafeMutablePointer<UInt64>, _ address: UInt64, _ first: UInt64, _ second: UInt64,
    _ block: BlockPointer, _ op: OpPointer
  ) -> Bool {
    let entry = d + TLBLayout.dataIndex(address)
    if _fastPath(entry[1] == dataTag(r, address, 8)) {
      let pointer = host(address, entry)
      pointer.storeBytes(of: UInt32(truncatingIfNeeded: first), as: UInt32.self)
      pointer.storeBytes(of: UInt32(truncatingIfNeeded: second), toByteOffset: 4, as: UInt32.self)
      return true
    }
    return storePairSlow(address, 4, first, second, block, op)
  }

  @inline(__always)
  func setVector(_ r: Regs, _ slot: UInt8, _ lowHalf: UInt64, _ highHalf: UInt64) {
    let index = Int(truncatingIfNeeded: slot)
    r[index] = lowHalf
    r[index &+ 1] = highHalf
  }
}

extension UnsafeMutableRawPointer {
  /// Stores the low `size` bytes of a value: 1, 2, 4 or 8.
  @inline(__always)
  func store(_ value: UInt64, size: UInt64) {
    switch size {
    case 1: storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    case 4: storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    default: storeBytes(of: value, as: UInt64.self)
    }
  }
}
