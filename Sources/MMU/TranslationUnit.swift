import Fabric

/// What an access wants to do.
public enum AccessKind: UInt8, Sendable { case read, write, execute }

/// The MMU of one core: control registers as last set, contexts, TLB and walks.
public final class TranslationUnit {
  public let bus: PhysicalBus
  /// SAFETY: `TLBLayout.dataEntries × entryWords` words owned by this object.
  public let dataEntries: UnsafeMutablePointer<UInt64>
  /// SAFETY: `TLBLayout.fetchEntries × entryWords` words owned by this object.
  public let fetchEntries: UnsafeMutablePointer<UInt64>

  public init(bus: PhysicalBus) {
    self.bus = bus
    let dataWords = TLBLayout.dataEntries * TLBLayout.entryWords
    let fetchWords = TLBLayout.fetchEntries * TLBLayout.entryWords
    dataEntries = UnsafeMutablePointer<UInt64>.allocate(capacity: dataWords)
    dataEntries.initialize(repeating: TLBLayout.empty, count: dataWords)
    fetchEntries = UnsafeMutablePointer<UInt64>.allocate(capacity: fetchWords)
    fetchEntries.initialize(repeating: TLBLayout.empty, count: fetchWords)
  }

  deinit {
    dataEntries.deallocate()
    fetchEntries.deallocate()
  }

  /// VTTBR_EL2.VMID.
  public var vmid: UInt16 { 0 }
}
