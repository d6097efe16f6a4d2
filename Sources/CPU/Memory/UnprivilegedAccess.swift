import Fabric
import MMU

/// LDTR and STTR, and the memory interface of the vector structure loads and stores.
extension Core {
  /// Bits of `aux` in `unprivilegedLoad`.
  enum LoadForm {
    static let sizeMask: UInt32 = 15
    static let signed: UInt32 = 16
    static let to32: UInt32 = 32
  }

  /// The EL whose permissions LDTR and STTR use: EL0 when executed at EL1 (Arm DDI 0487, C6.2 LDTR).
  private var unprivilegedLevel: Int { currentEL == 1 ? 0 : currentEL }

  func unprivilegedLoad(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux & LoadForm.sizeMask)
    let address = r.x(u.rn) &+ u.imm
    let entry = unit.dataEntries + TLBLayout.dataIndex(address)
    let context = r[Slot.unprivilegedContext &+ Int(truncatingIfNeeded: (address &>> 55) & 1)]
    var value: UInt64
    if _fastPath(entry[0] == TLBLayout.tag(address, size: size, context: context)) {
      let pointer = host(address, entry)
      switch size {
      case 1: value = UInt64(pointer.load(as: UInt8.self))
      case 2: value = UInt64(pointer.loadUnaligned(as: UInt16.self))
      case 4: value = UInt64(pointer.loadUnaligned(as: UInt32.self))
      default: value = pointer.loadUnaligned(as: UInt64.self)
      }
    } else {
      guard readGuest(address, size, unprivilegedLevel, block, op) else { return false }
      value = r[Slot.result]
    }
    if u.aux & LoadForm.signed != 0 {
      value = extendSigned(value, UInt32(truncatingIfNeeded: size &* 8))
      if u.aux & LoadForm.to32 != 0 { value &= 0xffff_ffff }
    }
    r.setX(u.rd, value)
    return true
  }

  func unprivilegedStore(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let size = UInt64(u.aux & LoadForm.sizeMask)
    let address = r.x(u.rn) &+ u.imm
    let entry = unit.dataEntries + TLBLayout.dataIndex(address)
    let context = r[Slot.unprivilegedContext &+ Int(truncatingIfNeeded: (address &>> 55) & 1)]
    let value = r.x(u.rd)
    if _fastPath(entry[1] == TLBLayout.tag(address, size: size, context: context)) {
      let pointer = host(address, entry)
      pointer.store(value, size: size)
      return true
    }
    return writeGuest(address, size, value, unprivilegedLevel, block, op)
  }

  /// DC ZVA inside a block. Untrapped at EL2 and EL3, or with a TLB hit where no control forbids it;
  /// everything else goes the way of all system instructions.
  func zeroCacheLine(_ u: MicroOp, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let address = r.x(u.rn) & ~63
    let entry = unit.dataEntries + TLBLayout.dataIndex(address)
    let mayBeDevice = r[Slot.mode] & BlockMode.strictAlignment != 0
    if entry[1] == dataTag(r, address, 64) && !mayBeDevice && (currentEL >= 2 || isZeroingFree) {
      Core.clear64(host(address, entry))
      return true
    }
    if cluster.debugger.isWatching && (currentEL >= 2 || isZeroingFree) {
      // Where it faults, it faults in `zeroBlock`.
      if case .success(let physical, _) = unit.lookup(address, .write, exceptionLevel: currentEL),
        isWatchedByDebugger(address, physical.rawValue, 64, isWrite: true, currentEL, block, op)
      {
        return false
      }
    }
    return maintain(u, block, op)
  }

  /// Zeroes 64 bytes of RAM that are not zero already: a guest that scrubs memory which it never used
  /// (Xen does) must not make the host commit it.
  @inline(__always)
  static func clear64(_ pointer: UnsafeMutableRawPointer) {
    let words = pointer.assumingMemoryBound(to: SIMD8<UInt64>.self)
    if words.pointee != SIMD8<UInt64>(repeating: 0) { words.pointee = SIMD8<UInt64>(repeating: 0) }
  }

  /// HCR_EL2.TDZ and, for EL0, SCTLR_EL1.DZE let DC ZVA pass.
  private var isZeroingFree: Bool {
    !self[.hcrEL2].bit(28) && (currentEL == 1 || self[.sctlrEL1].bit(14))
  }

  /// DC ZVA at a virtual address: zeroes the aligned 64-byte block. False after an exception.
  func zeroBlock(at address: UInt64) -> Bool {
    let start = address & ~63
    switch unit.lookup(start, .write, exceptionLevel: currentEL, isAligned: false) {
    case .fault(let fault):
      // An address in Device memory is an Alignment fault (Arm DDI 0487, C6.2 DC ZVA). DC ZVA is no cache
      // maintenance: CM is 0 (D13.2.37), and so the fault counts as one of a write.
      dataAbort(fault, address: address, isWrite: true, syndrome: .none)
      return false
    case .success(let physical, let info):
      guard !info.contains(.io) else {
        externalAbort(address: address, isWrite: true)
        return false
      }
      if watchpointHit(address: start, size: 64, isWrite: true) { return false }
      if cluster.willStore(physical.rawValue, 64, from: index) || cluster.observesAllMemory {
        announceAccess(physical.rawValue, 64, isWrite: true, info)
      }
      Core.clear64(bus.ram.base + Int(truncatingIfNeeded: physical.rawValue))
      return true
    }
  }
}

/// Memory as `executeVectorMemory` sees it: each element goes through the fast path first.
struct BlockMemory: VectorMemory {
  unowned(unsafe) let core: Core
  let block: BlockPointer
  let op: OpPointer

  @inline(__always)
  func load(_ address: UInt64, size: Int) -> UInt64? {
    let (r, d) = (core.r, core.unit.dataEntries)
    switch size {
    case 1: return core.load8(r, d, address, block, op)
    case 2: return core.load16(r, d, address, block, op)
    case 4: return core.load32(r, d, address, block, op)
    default: return core.load64(r, d, address, block, op)
    }
  }

  @inline(__always)
  func store(_ address: UInt64, size: Int, value: UInt64) -> Bool {
    let (r, d) = (core.r, core.unit.dataEntries)
    switch size {
    case 1: return core.store8(r, d, address, value, block, op)
    case 2: return core.store16(r, d, address, value, block, op)
    case 4: return core.store32(r, d, address, value, block, op)
    default: return core.store64(r, d, address, value, block, op)
    }
  }
}

/// Memory when data is big-endian or must be aligned: each element on its own terms.
struct CheckedBlockMemory: VectorMemory {
  let memory: BlockMemory
  /// log2 of the size of an element.
  let elementSize: Int

  private var core: Core { memory.core }

  private func isAligned(_ address: UInt64, isWrite: Bool) -> Bool {
    let isStrict = core.r[Slot.mode] & BlockMode.strictAlignment != 0
    guard isStrict && address & UInt64.mask(width: elementSize) != 0 else { return true }
    core.misaligned(address, isWrite: isWrite, memory.block, memory.op)
    return false
  }

  /// Reverses the bytes of each element in the low `size` bytes of `value`.
  private func ordered(_ value: UInt64, _ size: Int) -> UInt64 {
    guard core.r[Slot.mode] & BlockMode.bigEndian != 0 else { return value }
    switch elementSize {
    case 0: return value
    case 1: return swapBytesInHalfwords(value)
    case 2: return rotateRight64(value.byteSwapped, 32)
    default: return value.byteSwapped
    }
  }

  func load(_ address: UInt64, size: Int) -> UInt64? {
    guard isAligned(address, isWrite: false) else { return nil }
    guard let value = memory.load(address, size: size) else { return nil }
    return ordered(value, size)
  }

  func store(_ address: UInt64, size: Int, value: UInt64) -> Bool {
    guard isAligned(address, isWrite: true) else { return false }
    return memory.store(address, size: size, value: ordered(value, size))
  }
}

extension Core {
  func vectorMemory(_ block: BlockPointer, _ op: OpPointer) -> Bool {
    let memory = BlockMemory(core: self, block: block, op: op)
    if _slowPath(r[Slot.mode] & (BlockMode.bigEndian | BlockMode.strictAlignment) != 0) {
      return executeVectorMemory(r, op, CheckedBlockMemory(memory: memory, elementSize: op.pointee.size & 3))
    }
    return executeVectorMemory(r, op, memory)
  }
}
