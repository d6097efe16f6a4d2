import Fabric

/// One TLB maintenance instruction (Arm DDI 0487, D5.10.2), with everything of the issuing core that its
/// scope depends on; the inner-shareable forms are the same value applied to every core.
public struct TLBInvalidation: Equatable, Sendable {
  public enum Operation: UInt8, Sendable, CaseIterable {
    // Stage 1 of EL1&0, current VMID.
    case vmalle1, vae1, aside1, vaae1, vale1, vaale1
    // Stage 2 of EL1&0, current VMID, by IPA.
    case ipas2e1, ipas2le1
    // EL1&0: both stages of the current VMID; everything of the security state.
    case vmalls12e1, alle1
    case alle2, vae2, vale2
    case alle3, vae3, vale3
  }

  public var operation: Operation
  /// Xt: ASID in 63:48, VA[55:12] in 43:0, or IPA[47:12] in 35:0. The ASID is already limited to the size
  /// that the issuing core uses.
  public var operand: UInt64
  /// VMID of the issuing core.
  public var vmid: UInt16
  /// The EL1&0 regime meant is the Secure one: SCR_EL3.NS is 0.
  public var isSecure: Bool

  public init(_ operation: Operation, operand: UInt64 = 0, vmid: UInt16 = 0, isSecure: Bool = false) {
    self.operation = operation
    self.operand = operand
    self.vmid = vmid
    self.isSecure = isSecure
  }

  /// Bits 55:12 of the virtual address.
  var virtualAddress: UInt64 { (operand & 0x0fff_ffff_ffff) &<< 12 }
  var asid: UInt64 { operand &>> 48 }

  /// Which contexts and entries the operation means.
  var scope: InvalidationScope {
    let stageOneRegime: TranslationRegime = isSecure ? .secureEL10 : .nonSecureEL10
    let machine = ContextRecord(regime: stageOneRegime, vmid: isSecure ? 0 : vmid, asid: 0).rawValue
    let regimeMask: UInt64 = 0x3_0000_0000
    switch operation {
    case .vmalle1, .vmalls12e1, .ipas2e1, .ipas2le1, .vaae1, .vaale1:
      return InvalidationScope(mask: ContextRecord.spaceMask, value: machine)
    case .vae1, .vale1:
      return InvalidationScope(
        mask: ContextRecord.spaceMask, value: machine, asid: asid, limitsASID: true, includesGlobal: true)
    case .aside1:
      return InvalidationScope(mask: ContextRecord.spaceMask, value: machine, asid: asid, limitsASID: true)
    case .alle1:
      return InvalidationScope(mask: regimeMask, value: machine & regimeMask)
    case .alle2, .vae2, .vale2:
      return InvalidationScope(
        mask: regimeMask, value: ContextRecord(regime: .el2, vmid: 0, asid: 0).rawValue)
    case .alle3, .vae3, .vale3:
      return InvalidationScope(
        mask: regimeMask, value: ContextRecord(regime: .el3, vmid: 0, asid: 0).rawValue)
    }
  }

  /// Only finished stage-1 translations are meant, not the steps of walks.
  var isLastLevelOnly: Bool {
    switch operation {
    case .vale1, .vaale1, .vale2, .vale3, .ipas2e1, .ipas2le1: return true
    default: return false
    }
  }

  /// Stage 2 is meant, too.
  var coversStageTwo: Bool {
    switch operation {
    case .ipas2e1, .ipas2le1, .vmalls12e1, .alle1: return true
    default: return false
    }
  }

  /// The operation names one virtual address.
  var isByAddress: Bool {
    switch operation {
    case .vae1, .vaae1, .vale1, .vaale1, .vae2, .vale2, .vae3, .vale3: return true
    default: return false
    }
  }
}

/// A set of TLB entries, by context record and the global flag.
struct InvalidationScope {
  var mask: UInt64
  var value: UInt64
  var asid: UInt64 = 0
  var limitsASID = false
  /// With `limitsASID`: global entries of any ASID's context are meant, too.
  var includesGlobal = false

  /// Entries of a touched context may remain.
  var isPartial: Bool { limitsASID }

  /// Whether any entry of the context can be meant.
  @inline(__always)
  func touches(_ record: ContextRecord) -> Bool {
    guard record.rawValue & mask == value else { return false }
    return !limitsASID || includesGlobal || record.asid == asid
  }

  @inline(__always)
  func contains(_ record: ContextRecord, isGlobal: Bool) -> Bool {
    guard record.rawValue & mask == value else { return false }
    if !limitsASID { return true }
    return isGlobal ? includesGlobal : record.asid == asid
  }
}
