import CPU
import Devices
import Fabric

/// What software did to the registers of one master.
final class MasterLog {
  /// The store that last gave the master something to do, or an address.
  var programmedBy: MasterStore?
  /// The last stores, the oldest first.
  private(set) var recent: [MasterStore] = []
  /// Pages that were their guest's when this transfer reached them first.
  var goodPages: Set<UInt64> = []

  static let recentLimit = 5
  static let pageLimit = 4096

  func note(_ store: MasterStore, isAddress: Bool) {
    if recent.count == Self.recentLimit { recent.removeFirst() }
    recent.append(store)
    guard isAddress else { return }
    programmedBy = store
    goodPages.removeAll(keepingCapacity: true)
  }

  /// The last stores but the one that programmed the transfer.
  var history: [MasterStore] { recent.filter { $0 != programmedBy } }
}

/// Which registers make a master of a device.
enum MasterKind {
  case dma
  case emmc2
  case mailbox

  /// The master whose register is at `offset`, and whether an address is told, or a start.
  func master(at offset: UInt64) -> (name: String, isAddress: Bool)? {
    switch self {
    case .dma:
      // CS, CONBLK_AD and, on the legacy channels, NEXTCONBK (BCM2711 ARM Peripherals, 4.2.1).
      let channel = offset >> 8
      guard channel < 15 else { return nil }
      let register = offset & 0xff
      return ("dma\(channel)", register == 0 || register == 4 || register == 0x1c)
    case .emmc2:
      // SDMA system address, ADMA system address; the command that starts it (SDHCI 3.00, 2.2).
      return ("emmc2", offset & ~3 == 0 || offset & ~3 == 0x58)
    case .mailbox: return offset & 0xff == 0x20 ? ("videocore", true) : nil
    }
  }
}
