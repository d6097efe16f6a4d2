import Fabric

/// One frame of the GIC-400 as a device on the bus; see ``GIC400``.
///
/// The state belongs to the ``GIC400``. The distributor's adapter describes it, so that whoever walks the
/// devices of the bus meets it once; the adapters of the other frames have none.
public final class GICFrame: Device {
  enum Kind: String { case distributor, cpuInterface, hypervisor, virtualCPU }

  private let gic: GIC400
  private let kind: Kind

  init(_ gic: GIC400, _ kind: Kind) {
    self.gic = gic
    self.kind = kind
  }

  public var name: String { "gic." + kind.rawValue }

  public func registerName(at offset: UInt64) -> String? { GICRegisterNames.name(kind, offset) }

  public func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    let word = Int(truncatingIfNeeded: offset & 0xffff_fffc)
    let shift = (offset & 3) &* 8
    let low = UInt64(readWord(word, access)) &>> shift
    switch access.size {
    case 4: return low
    case 1: return low & 0xff
    case 2: return low & 0xffff
    default: return low | UInt64(readWord(word &+ 4, access)) &<< 32
    }
  }

  /// Narrow writes change only their bytes. IHI 0048B (4.1.4) defines them for the byte-per-interrupt
  /// registers; elsewhere the bytes not written count as unchanged or, where a one acts, as zero.
  public func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    let word = Int(truncatingIfNeeded: offset & 0xffff_fffc)
    let shift = UInt32(truncatingIfNeeded: offset & 3) &* 8
    let low = UInt32(truncatingIfNeeded: value)
    switch access.size {
    case 4: writeWord(word, low &<< shift, ~0 &<< shift, access)
    case 1: writeWord(word, low &<< shift, 0xff &<< shift, access)
    case 2: writeWord(word, low &<< shift, 0xffff &<< shift, access)
    default:
      writeWord(word, low, ~0, access)
      writeWord(word &+ 4, UInt32(truncatingIfNeeded: value &>> 32), ~0, access)
    }
  }

  /// The accessing core; everything that is not a core counts as core 0.
  @inline(__always)
  private func core(of access: BusAccess) -> Int {
    let index = Int(truncatingIfNeeded: access.initiator.index)
    return access.initiator.kind == .core && index < gic.cores ? index : 0
  }

  /// The core whose registers an offset of the hypervisor frame names; nil past the last one.
  @inline(__always)
  private func owner(_ offset: Int, _ access: BusAccess) -> Int? {
    guard offset & 0x1000 != 0 else { return core(of: access) }
    let index = offset &>> 9 & 7
    return index < gic.cores ? index : nil
  }

  private func readWord(_ offset: Int, _ access: BusAccess) -> UInt32 {
    switch kind {
    case .distributor: return gic.readDistributor(offset, core(of: access), access.isSecure)
    case .cpuInterface: return gic.readInterface(offset, core(of: access), access.isSecure)
    case .hypervisor:
      guard let owner = owner(offset, access) else { return 0 }
      return gic.readHypervisor(offset, owner)
    case .virtualCPU: return gic.readVirtual(offset, core(of: access))
    }
  }

  private func writeWord(_ offset: Int, _ value: UInt32, _ mask: UInt32, _ access: BusAccess) {
    switch kind {
    case .distributor: gic.writeDistributor(offset, value, mask, core(of: access), access.isSecure)
    case .cpuInterface: gic.writeInterface(offset, value, mask, core(of: access), access.isSecure)
    case .hypervisor:
      guard let owner = owner(offset, access) else { return }
      gic.writeHypervisor(offset, value, mask, owner)
    case .virtualCPU: gic.writeVirtual(offset, value, mask, core(of: access))
    }
  }

  public func reset() {
    if kind == .distributor { gic.reset() }
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    if kind == .distributor { gic.visitState(&visitor) }
  }

  public func didLoadState() {
    if kind == .distributor { gic.didLoadState() }
  }
}
