import Fabric

/// The system registers that steer translation, raw as the guest wrote them
/// (Arm DDI 0487, D13.2; D5.2 "The VMSAv8-64 address translation system").
public struct TranslationControls: Equatable, Sendable {
  public var sctlrEL1: UInt64 = 0
  public var tcrEL1: UInt64 = 0
  public var ttbr0EL1: UInt64 = 0
  public var ttbr1EL1: UInt64 = 0
  public var mairEL1: UInt64 = 0
  public var sctlrEL2: UInt64 = 0
  public var tcrEL2: UInt64 = 0
  public var ttbr0EL2: UInt64 = 0
  public var mairEL2: UInt64 = 0
  public var sctlrEL3: UInt64 = 0
  public var tcrEL3: UInt64 = 0
  public var ttbr0EL3: UInt64 = 0
  public var mairEL3: UInt64 = 0
  public var hcrEL2: UInt64 = 0
  public var vtcrEL2: UInt64 = 0
  public var vttbrEL2: UInt64 = 0
  public var scrEL3: UInt64 = 0

  public init() {}

  /// SCR_EL3.NS: EL0 and EL1 are Non-secure, and EL2 exists below EL3.
  public var isNonSecure: Bool { scrEL3.bit(0) }

  /// HCR_EL2 as it applies to EL1&0: in Secure state there is no EL2 in v8.0, so it reads as zero.
  var effectiveHCR: UInt64 { isNonSecure ? hcrEL2 : 0 }

  /// VTTBR_EL2.VMID; the Cortex-A72 has 8 bits (ID_AA64MMFR1_EL1.VMIDBits = 0).
  public var vmid: UInt16 { UInt16(truncatingIfNeeded: vttbrEL2.bits(55, 48)) }

  /// The VMID that tags EL1&0 translations now: none (0) in Secure state.
  var effectiveVMID: UInt16 { isNonSecure ? vmid : 0 }

  /// TCR_EL1.AS: the ASID has 16 bits, not 8.
  var hasWideASID: Bool { tcrEL1.bit(36) }

  /// The current ASID: TCR_EL1.A1 picks the TTBR, TCR_EL1.AS the size.
  public var asid: UInt16 {
    let base = tcrEL1.bit(22) ? ttbr1EL1 : ttbr0EL1
    return UInt16(truncatingIfNeeded: hasWideASID ? base.bits(63, 48) : base.bits(55, 48))
  }
}

/// HCR_EL2 bits that change a translation (D13.2.46).
enum HypervisorConfiguration {
  /// VM: stage 2 is enabled for EL1&0.
  static let virtualization: UInt64 = 1 << 0
  /// PTW: a stage-1 walk that stage 2 maps to Device memory is a stage-2 permission fault.
  static let protectedTableWalk: UInt64 = 1 << 2
  /// DC: stage 1 is off, its output is Normal Write-Back, and stage 2 is on.
  static let defaultCacheable: UInt64 = 1 << 12
  /// TGE: stage 1 of EL1&0 is off.
  static let trapGeneralExceptions: UInt64 = 1 << 27
  /// CD: stage 2 makes data accesses Non-cacheable.
  static let dataCacheDisable: UInt64 = 1 << 32
  /// ID: stage 2 makes instruction fetches Non-cacheable.
  static let instructionCacheDisable: UInt64 = 1 << 33
  static let all =
    virtualization | protectedTableWalk | defaultCacheable | trapGeneralExceptions
    | dataCacheDisable | instructionCacheDisable
}
