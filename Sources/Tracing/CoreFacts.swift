import CPU
import Fabric
import MMU

/// What the tracer asks of a core that is telling it something.
extension Core {
  /// The virtual CPU by VMPIDR_EL2: Aff0 has four bits of it, Aff1 the rest, as Xen numbers them.
  var virtualCPU: UInt16 {
    let affinity = stored(.vmpidrEL2)
    return UInt16(truncatingIfNeeded: affinity & 0xf | (affinity >> 4) & 0xff0)
  }

  var guest: TraceEvent.VirtualCPU { TraceEvent.VirtualCPU(vmid: vmid, vcpu: virtualCPU) }

  /// HCR_EL2.VM.
  var isVirtualised: Bool { stored(.hcrEL2) & 1 != 0 }

  /// Whether the abort that EL2 took came from stage 2. Where EL2 takes aborts of stage 1 too (HCR_EL2.TGE), stage
  /// 1 of EL1&0 is off, and nothing else than stage 2 can fail.
  func hasStageTwoFault(_ exception: TakenException) -> Bool {
    isVirtualised && stored(.hcrEL2) & 1 << 27 == 0
  }

  /// Whether the core is at EL1's vector for synchronous exceptions with an abort in ESR_EL1.
  var isAtAbortHandler: Bool {
    let offset = programCounter &- stored(.vbarEL1)
    let exceptionClass = stored(.esrEL1) >> 26
    return [0x000, 0x200, 0x400].contains(offset) && [0x20, 0x21, 0x24, 0x25].contains(exceptionClass)
  }

  /// The walk of an address as a lower level would make it now.
  func explain(_ address: UInt64, _ kind: AccessKind, level: Int) -> WalkExplanation {
    prepareWalks()
    return unit.explain(address, kind, exceptionLevel: level)
  }

  /// The instruction at a VA of a level; nil where it cannot be read.
  func instruction(at address: UInt64, level: Int) -> UInt32? {
    prepareWalks()
    guard address & 3 == 0,
      case .success(let physical, _) = unit.probe(address, .execute, exceptionLevel: level, stages: .both),
      let host = bus.hostAddress(ofRAM: physical.rawValue)
    else { return nil }
    return host.load(as: UInt32.self).littleEndian
  }

  /// Bytes of RAM at a VA of a level, as they are now; nil where not all of them can be read.
  func guestBytes(at address: UInt64, count: Int, level: Int) -> [UInt8]? {
    guard count >= 0, count <= 1 << 16 else { return nil }
    prepareWalks()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let at = address &+ UInt64(bytes.count)
      guard case .success(let physical, _) = unit.probe(at, .read, exceptionLevel: level, stages: .both),
        let host = bus.hostAddress(ofRAM: physical.rawValue)
      else { return nil }
      let length = min(count - bytes.count, 4096 - Int(at & 0xfff))
      bytes += UnsafeRawBufferPointer(start: host, count: length)
    }
    return bytes
  }
}

extension TraceEvent.Call {
  var argumentList: [UInt64] { [arguments.0, arguments.1, arguments.2, arguments.3, arguments.4] }

  /// What it may be called in a filter: `memory_op`, `add_to_physmap`, `memory_op.add_to_physmap`.
  var names: [String] {
    guard let words else { return [] }
    return [words.name, words.qualifiedName] + (words.operation.map { [$0] } ?? [])
  }
}
