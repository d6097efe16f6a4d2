import Fabric
import MMU

/// The effect of SYS instructions that exist and were not trapped.
///
/// Caches are not modelled: memory is coherent, and translated code is kept so by watching writes. Clean and
/// invalidate therefore only check the translation of their address, and IC IALLU does nothing.
extension Core {
  func execute(_ row: UnsafePointer<RegisterRow>, _ encoding: UInt32, _ value: UInt64) -> Bool {
    switch row.pointee.behaviour {
    case .cacheNone:
      if _slowPath(cluster.observesAllMemory) { announceMaintenance(.cacheNone, encoding, at: nil) }
      return true
    // At EL0 maintenance needs read permission, above it only a translation (D4.4.8).
    case .icIVAU, .dcClean:
      return checkMaintenance(row.pointee.behaviour, encoding, value, needsRead: level == 0, needsWrite: false)
    // DC IVAC needs write permission (D4.4.8).
    case .dcIVAC: return checkMaintenance(.dcIVAC, encoding, value, needsRead: false, needsWrite: true)
    case .dcZVA: return zeroBlock(at: value)
    case .addressTranslation: return translateAddress(encoding, value)
    case .tlbi:
      invalidateTLB(encoding, value)
      return true
    default:
      undefinedInstruction()
      return false
    }
  }
}
