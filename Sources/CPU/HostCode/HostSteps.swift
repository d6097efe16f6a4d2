import Fabric
import MMU

/// What generated code leaves to Swift: one micro-op, executed as the interpreter does.
extension Core {
  /// Executes a micro-op that is no end of a block. False: an exception was taken.
  func step(_ block: BlockPointer, _ op: OpPointer) -> Bool {
    let u = op.pointee
    let operation = unsafeBitCast(u.op, to: Operation.self)
    switch operation {
    case .vector: executeVector(r, op)
    case .vectorMemory: return vectorMemory(block, op)
    case .unprivilegedLoad: return unprivilegedLoad(u, block, op)
    case .unprivilegedStore: return unprivilegedStore(u, block, op)
    case .loadExclusive: return loadExclusive(u, block, op)
    case .storeExclusive: return storeExclusive(u, block, op)
    case .loadExclusivePair: return loadExclusivePair(u, block, op)
    case .storeExclusivePair: return storeExclusivePair(u, block, op)
    case .zeroCacheLine: return zeroCacheLine(u, block, op)
    case .mrs:
      position(block, op)
      guard let value = readSystemRegister(u.aux, rt: UInt8(truncatingIfNeeded: u.imm)) else {
        abandon(block, op)
        return false
      }
      resume(block, op)
      r.setX(u.rd, value)
    case .msrStored: return writeStored(u, block, op)
    case .maintain: return maintain(u, block, op)
    case .daifClear: clearInterruptMasks(r[Slot.daif] & ~u.imm)
    case .msrDAIF: clearInterruptMasks(r.x(u.rn))
    case .mrsNZCV: r.setX(u.rd, r.nzcv)
    case .msrNZCV: r.setNZCV(r.x(u.rn))
    case .sev: cluster.sendEvent()
    case .crc32:
      r.setW(u.rd, CPU.crc32(r.w(u.rn), r.x(u.rm), bytes: u.aux & 15, castagnoli: u.aux & 128 != 0))
    default:
      guard let form = AccessForm(operation) else { return true }
      return perform(form, block, op)
    }
    return true
  }
}

/// The C entries of `step` and `executeVector`, whose addresses generated code holds.
enum HostSteps {
  typealias Step =
    @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Bool
  typealias Vector = @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void

  /// SAFETY: generated code passes the core that runs it, which is alive, and a block and micro-op of the
  /// translation cache.
  static let step: Step = { core, block, op in
    Unmanaged<Core>.fromOpaque(core)._withUnsafeGuaranteedRef {
      $0.step(
        block.assumingMemoryBound(to: BlockHeader.self), op.assumingMemoryBound(to: MicroOp.self))
    }
  }

  /// SAFETY: as `step`. What became of it is in the core's state.
  typealias Finish = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
  static let finish: Finish = { core, block, op in
    Unmanaged<Core>.fromOpaque(core)._withUnsafeGuaranteedRef {
      _ = $0.executeSystem(
        block.assumingMemoryBound(to: BlockHeader.self), op.assumingMemoryBound(to: MicroOp.self))
    }
  }

  static let vector: Vector = { registers, op in
    executeVector(
      registers.assumingMemoryBound(to: UInt64.self), op.assumingMemoryBound(to: MicroOp.self))
  }
}

extension Core {
  /// Where host code was left. SAFETY: it stored addresses of the translation cache.
  var exitBlock: BlockPointer {
    BlockPointer(bitPattern: UInt(truncatingIfNeeded: r[HostSlot.exitBlock])).unsafelyUnwrapped
  }
  var exitOp: OpPointer {
    OpPointer(bitPattern: UInt(truncatingIfNeeded: r[HostSlot.exitOp])).unsafelyUnwrapped
  }

  /// Runs host code from `block` on until it leaves. Nil: the interpreter goes on at the head of `block`, or at
  /// `resumed`, if that is set, in its midst.
  @inline(__always)
  func runHostCode(
    _ enter: HostCode.Enter, _ block: inout BlockPointer, _ resumed: inout OpPointer?
  ) -> BlockExit? {
    let reason = enter(r, UInt(truncatingIfNeeded: block.pointee.hostCode))
    switch reason {
    case HostExit.head:
      block = exitBlock
      return r[Slot.attention] != 0 ? .dispatch : nil
    case HostExit.resume:
      block = exitBlock
      resumed = exitOp
      return nil
    case HostExit.link0, HostExit.link1:
      guard let next = follow(exitBlock, reason == HostExit.link0 ? 0 : 1) else {
        return linkFrom == nil ? .dispatch : .link
      }
      block = next
      return nil
    case HostExit.exception: return .exception
    default: return .dispatch
    }
  }

  /// Makes host code of a block that has run often, unless the host has no generator.
  @inline(never)
  func compile(_ block: BlockPointer) {
    guard cache.plantedDifference == .hostIncrement else {
      cache.host?.compile(block, blocks: cache.arenaBase, registers: r)
      return
    }
    let ops = UnsafeMutableBufferPointer(start: block.ops, count: Int(block.pointee.opCount))
    let sound = Array(ops)
    for index in ops.indices where ops[index].op == Operation.csinc64.rawValue {
      ops[index].op = Operation.csel64.rawValue
    }
    cache.host?.compile(block, blocks: cache.arenaBase, registers: r)
    _ = ops.update(fromContentsOf: sound)
  }

  /// Takes direct exit `exit` of `block`, whose host code has no link there: the next block if it is known; else
  /// nil, with `linkFrom` set if the dispatcher may link what it finds.
  func follow(_ block: BlockPointer, _ exit: Int) -> BlockPointer? {
    let end = (block.ops + Int(block.pointee.opCount) - 1).pointee
    let pc = r[Slot.pc]
    r[Slot.pc] = pc &+ (exit == 0 ? end.imm : UInt64(end.aux))
    linkFrom = nil
    if r[Slot.attention] != 0 { return nil }
    if let next = exit == 0 ? block.pointee.chain0 : block.pointee.chain1, next.isValid {
      cache.host?.link(block, exit, to: next, blocks: cache.arenaBase, registers: r)
      return next
    }
    linkPC = pc
    linkTarget = r[Slot.pc]
    linkFrom = block
    linkExit = exit
    return nil
  }
}
