import Machine

/// What can be wrong with a transfer, or with what a guest was told about transfers (docs/dma-check.md).
public enum DMARule: String, CaseIterable, Hashable, Sendable {
  case outOfWindow = "out-of-window"
  case missingOffset = "missing-offset"
  case doubleOffset = "double-offset"
  case aliasWrap = "alias-wrap"
  case wrongAlias = "wrong-alias"
  case overLimit = "over-limit"
  case peripheralAddress = "peripheral-address"
  case addressIsIPA = "ipa-as-pa"
  case foreignOwner = "foreign-owner"
  case protectedWrite = "protected-write"
  case useAfterUnmap = "use-after-unmap"
  case descriptor
  case uninitialised
  case partial
  case race
  case staleCache = "stale-cache"
  case syncWrongPage = "sync-wrong-page"
  case unmappedIPA = "unmapped-ipa"
  case deviceTreeMismatch = "dt-mismatch"
  case bounceAboveLimit = "bounce-above-limit"
  case noLowMemory = "no-low-memory"

  /// What is wrong, for somebody who ports a hypervisor.
  public var sentence: String {
    switch self {
    case .outOfWindow:
      "No memory is reached at this bus address: it is in none of the master's windows, or nothing is "
        + "behind it."
    case .missingOffset:
      "This is a physical address where a bus address belongs: it reaches memory through VideoCore's cache, "
        + "which the cores do not see."
    case .doubleOffset: "The bus offset is in this address once more than the master has it."
    case .aliasWrap:
      "This is a physical address beyond the first GiB: the bus drops its upper bits, and another page is "
        + "meant."
    case .wrongAlias: "Memory is reached through another alias than the one that the device tree tells."
    case .overLimit:
      "The transfer goes to memory that the master cannot reach, or over the end of what it can."
    case .peripheralAddress:
      "This is a peripheral's address as the cores see it; masters see peripherals at 0x7c000000."
    case .addressIsIPA:
      "This is an intermediate physical address of the guest that programmed it: its stage 2 maps it "
        + "elsewhere, and no stage 2 stands between this master and memory."
    case .foreignOwner:
      "The stage 2 of the guest that programmed the transfer does not map this page: it is not the guest's."
    case .protectedWrite: "A master writes to memory that only the hypervisor or the firmware may change."
    case .useAfterUnmap:
      "The page was the guest's when the transfer began, and is none of its stage 2 any more."
    case .descriptor: "What is to be transferred is described against the rules of the controller."
    case .uninitialised: "The transfer reads memory that nobody has written since power-on."
    case .partial: "The master says that all is done, and less was moved than it was told to."
    case .race: "A core stores to memory that a transfer under way has still to read or write."
    case .staleCache:
      "No master looks into the cores' caches: what is stored has to be cleaned before it is read, and what "
        + "a master wrote to be invalidated."
    case .syncWrongPage:
      "Caches were maintained for the bus address as if it were a physical one: another page's lines, and not "
        + "the buffer's."
    case .unmappedIPA:
      "The device tree says that devices are at this address, and the hypervisor has not given it to the "
        + "guest."
    case .deviceTreeMismatch: "The device tree tells another window than the master has on this board."
    case .bounceAboveLimit:
      "The bounce buffer lies beyond what all masters can reach: nothing can be bounced into it."
    case .noLowMemory:
      "Dom0 has no memory in the first GiB: not one of its pages can be reached by the masters that need it."
    }
  }

  /// What is usually done about it.
  public var remedy: String {
    switch self {
    case .outOfWindow, .overLimit:
      "Bounce the buffer into memory that the master reaches (its dma-ranges tell which)."
    case .missingOffset, .aliasWrap, .wrongAlias:
      "Give the device what phys_to_dma() makes of the address, not the address."
    case .doubleOffset:
      "Add the offset once; on C0 boards the EMMC2 controller has none (dma-ranges of emmc2bus)."
    case .peripheralAddress: "Use the bus address of the register: 0x7e000000 plus its offset."
    case .addressIsIPA:
      "Give the guest that drives the device its memory one to one, or let it learn machine addresses."
    case .foreignOwner, .useAfterUnmap: "Look who owns the page now: tayberry run --inspect \"who PA\" tells."
    case .protectedWrite: "Look where the address comes from: the history of the master's registers is below."
    case .descriptor: "Compare the descriptor with the controller's manual."
    case .uninitialised: "Fill the buffer before the device is told of it."
    case .partial: "Compare what was programmed with what the driver takes for done."
    case .race: "Leave the buffer alone from the start of the transfer until the master has told its end."
    case .staleCache: "Call the DMA API around the transfer: dma_map_*, dma_sync_*, or take coherent memory."
    case .syncWrongPage:
      "Maintain the physical address, or what dma_to_phys() makes of the bus address."
    case .unmappedIPA:
      "See that the hypervisor knows the bus (Xen: device_type = \"pci\" on pcie0), and maps its windows."
    case .deviceTreeMismatch:
      "Let the firmware edit the tree (--dma-ranges firmware), or take the tree of this stepping."
    case .bounceAboveLimit, .noLowMemory:
      "Have the hypervisor take Dom0's first bank below 1 GiB (Xen: dma_bitsize of the platform, since 4.14)."
    }
  }

  /// Whether it needs every access of the cores to be looked at: such a rule is off until it is asked for
  /// itself.
  public var isCostly: Bool { self == .staleCache || self == .syncWrongPage }

  /// Whether it is about the tables or the console rather than about one transfer.
  public var isStatic: Bool {
    switch self {
    case .deviceTreeMismatch, .bounceAboveLimit, .noLowMemory: true
    default: false
    }
  }
}

/// What happens when a rule is broken.
public typealias DMACheckMode = RunConfiguration.DMACheck

/// Which rules are looked at, and how.
public struct DMACheckPlan: Hashable, Sendable {
  private var modes: [DMARule: DMACheckMode] = [:]
  public var general: DMACheckMode

  public init(_ general: DMACheckMode) { self.general = general }

  public subscript(rule: DMARule) -> DMACheckMode {
    get { modes[rule] ?? (rule.isCostly ? .off : general) }
    set { modes[rule] = newValue }
  }

  public var isEmpty: Bool { DMARule.allCases.allSatisfy { self[$0] == .off } }
}
