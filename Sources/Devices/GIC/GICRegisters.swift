import Fabric

/// One row of a register table: a register, or `count` of them in adjacent words.
struct GICRegister<Name: GICRegisterName>: Sendable {
  enum Access: Sendable { case readWrite, readOnly, writeOnly, zero }

  /// Which accesses see copies of their own.
  enum Banking: Sendable {
    /// One register for all.
    case common
    /// One for each core; for arrays of the distributor, only the words of SGIs and PPIs.
    case perCore
    /// One view for each security state.
    case bySecurity
    case perCoreAndSecurity
  }

  let name: Name
  let label: String
  let offset: Int
  let count: Int
  let access: Access
  let banking: Banking
  /// Value at power-on of every word, as Secure software on core 0 reads it; nil where words differ.
  let reset: UInt32?

  init(
    _ name: Name, _ label: String, _ offset: Int, words count: Int = 1,
    _ access: Access, _ banking: Banking, reset: UInt32? = 0
  ) {
    self.name = name
    self.label = label
    self.offset = offset
    self.count = count
    self.access = access
    self.banking = banking
    self.reset = reset
  }
}

/// The registers of one frame.
protocol GICRegisterName: RawRepresentable, Sendable where RawValue == UInt8 {
  /// What answers where the table has no row: reads as zero, ignores writes.
  static var reserved: Self { get }
  static var table: [GICRegister<Self>] { get }
}

/// The distributor (IHI 0048B, 4.1.2; what the GIC-400 adds: DDI 0471).
enum GICDRegister: UInt8, GICRegisterName {
  case reserved, control, type, identification, group, setEnable, clearEnable, setPending, clearPending
  case setActive, clearActive, priority, target, configuration, privateStatus, sharedStatus
  case nonSecureAccess, generateSGI, clearSGI, setSGI, peripheralID, componentID

  static let table: [GICRegister<Self>] = [
    .init(.control, "GICD_CTLR", 0x000, .readWrite, .bySecurity),
    .init(.type, "GICD_TYPER", 0x004, .readOnly, .common, reset: 0xfc67),
    .init(.identification, "GICD_IIDR", 0x008, .readOnly, .common, reset: 0x0200_143b),
    .init(.group, "GICD_IGROUPR", 0x080, words: 32, .readWrite, .perCoreAndSecurity),
    .init(.setEnable, "GICD_ISENABLER", 0x100, words: 32, .readWrite, .perCore, reset: nil),
    .init(.clearEnable, "GICD_ICENABLER", 0x180, words: 32, .readWrite, .perCore, reset: nil),
    .init(.setPending, "GICD_ISPENDR", 0x200, words: 32, .readWrite, .perCore),
    .init(.clearPending, "GICD_ICPENDR", 0x280, words: 32, .readWrite, .perCore),
    .init(.setActive, "GICD_ISACTIVER", 0x300, words: 32, .readWrite, .perCore),
    .init(.clearActive, "GICD_ICACTIVER", 0x380, words: 32, .readWrite, .perCore),
    .init(.priority, "GICD_IPRIORITYR", 0x400, words: 255, .readWrite, .perCoreAndSecurity),
    .init(.target, "GICD_ITARGETSR", 0x800, words: 255, .readWrite, .perCore, reset: nil),
    .init(.configuration, "GICD_ICFGR", 0xc00, words: 64, .readWrite, .perCore, reset: nil),
    .init(.privateStatus, "GICD_PPISR", 0xd00, .readOnly, .perCore),
    .init(.sharedStatus, "GICD_SPISR", 0xd04, words: 15, .readOnly, .common),
    .init(.nonSecureAccess, "GICD_NSACR", 0xe00, words: 64, .zero, .common),
    .init(.generateSGI, "GICD_SGIR", 0xf00, .writeOnly, .bySecurity),
    .init(.clearSGI, "GICD_CPENDSGIR", 0xf10, words: 4, .readWrite, .perCore),
    .init(.setSGI, "GICD_SPENDSGIR", 0xf20, words: 4, .readWrite, .perCore),
    .init(.peripheralID, "GICD_PIDR", 0xfd0, words: 8, .readOnly, .common, reset: nil),
    .init(.componentID, "GICD_CIDR", 0xff0, words: 4, .readOnly, .common, reset: nil),
  ]
}

/// The CPU interface (IHI 0048B, 4.1.3).
enum GICCRegister: UInt8, GICRegisterName {
  case reserved, control, priorityMask, binaryPoint, acknowledge, endOfInterrupt, runningPriority
  case highestPending, aliasedBinaryPoint, aliasedAcknowledge, aliasedEndOfInterrupt
  case aliasedHighestPending, activePriorities, nonSecureActivePriorities, identification, deactivate
  /// Priority registers that an interface with 32 levels does not need: RAZ/WI (IHI 0048B, 4.4.12).
  case unusedPriorities

  static let table: [GICRegister<Self>] = [
    .init(.control, "GICC_CTLR", 0x00, .readWrite, .perCoreAndSecurity),
    .init(.priorityMask, "GICC_PMR", 0x04, .readWrite, .perCoreAndSecurity),
    .init(.binaryPoint, "GICC_BPR", 0x08, .readWrite, .perCoreAndSecurity, reset: 2),
    .init(.acknowledge, "GICC_IAR", 0x0c, .readOnly, .perCoreAndSecurity, reset: 1023),
    .init(.endOfInterrupt, "GICC_EOIR", 0x10, .writeOnly, .perCoreAndSecurity),
    .init(.runningPriority, "GICC_RPR", 0x14, .readOnly, .perCoreAndSecurity, reset: 0xff),
    .init(.highestPending, "GICC_HPPIR", 0x18, .readOnly, .perCoreAndSecurity, reset: 1023),
    .init(.aliasedBinaryPoint, "GICC_ABPR", 0x1c, .readWrite, .perCoreAndSecurity, reset: 3),
    .init(.aliasedAcknowledge, "GICC_AIAR", 0x20, .readOnly, .perCoreAndSecurity, reset: 1023),
    .init(.aliasedEndOfInterrupt, "GICC_AEOIR", 0x24, .writeOnly, .perCoreAndSecurity),
    .init(.aliasedHighestPending, "GICC_AHPPIR", 0x28, .readOnly, .perCoreAndSecurity, reset: 1023),
    .init(.activePriorities, "GICC_APR0", 0xd0, .readWrite, .perCoreAndSecurity),
    .init(.unusedPriorities, "GICC_APR1", 0xd4, words: 3, .readOnly, .common),
    .init(.nonSecureActivePriorities, "GICC_NSAPR0", 0xe0, .readWrite, .perCoreAndSecurity),
    .init(.unusedPriorities, "GICC_NSAPR1", 0xe4, words: 3, .readOnly, .common),
    .init(.identification, "GICC_IIDR", 0xfc, .readOnly, .common, reset: 0x0202_143b),
    .init(.deactivate, "GICC_DIR", 0x1000, .writeOnly, .perCoreAndSecurity),
  ]
}

/// The virtual interface control registers (IHI 0048B, 5.3); reset values of DDI 0471.
enum GICHRegister: UInt8, GICRegisterName {
  case reserved, control, type, machineControl, maintenanceStatus, endStatus, emptyStatus
  case activePriorities, list

  static let table: [GICRegister<Self>] = [
    .init(.control, "GICH_HCR", 0x00, .readWrite, .perCore),
    .init(.type, "GICH_VTR", 0x04, .readOnly, .common, reset: 0x9000_0003),
    .init(.machineControl, "GICH_VMCR", 0x08, .readWrite, .perCore, reset: 0x004c_0000),
    .init(.maintenanceStatus, "GICH_MISR", 0x10, .readOnly, .perCore),
    .init(.endStatus, "GICH_EISR", 0x20, words: 2, .readOnly, .perCore),
    .init(.emptyStatus, "GICH_ELRSR", 0x30, words: 2, .readOnly, .perCore, reset: nil),
    .init(.activePriorities, "GICH_APR", 0xf0, .readWrite, .perCore),
    .init(.list, "GICH_LR", 0x100, words: 4, .readWrite, .perCore),
  ]
}

/// The virtual CPU interface (IHI 0048B, 5.5).
enum GICVRegister: UInt8, GICRegisterName {
  case reserved, control, priorityMask, binaryPoint, acknowledge, endOfInterrupt, runningPriority
  case highestPending, aliasedBinaryPoint, aliasedAcknowledge, aliasedEndOfInterrupt
  case aliasedHighestPending, activePriorities, identification, deactivate
  /// GICV_APR1 to APR3: RAZ/WI with 32 levels.
  case unusedPriorities

  static let table: [GICRegister<Self>] = [
    .init(.control, "GICV_CTLR", 0x00, .readWrite, .perCore),
    .init(.priorityMask, "GICV_PMR", 0x04, .readWrite, .perCore),
    .init(.binaryPoint, "GICV_BPR", 0x08, .readWrite, .perCore, reset: 2),
    .init(.acknowledge, "GICV_IAR", 0x0c, .readOnly, .perCore, reset: 1023),
    .init(.endOfInterrupt, "GICV_EOIR", 0x10, .writeOnly, .perCore),
    .init(.runningPriority, "GICV_RPR", 0x14, .readOnly, .perCore, reset: 0xff),
    .init(.highestPending, "GICV_HPPIR", 0x18, .readOnly, .perCore, reset: 1023),
    .init(.aliasedBinaryPoint, "GICV_ABPR", 0x1c, .readWrite, .perCore, reset: 3),
    .init(.aliasedAcknowledge, "GICV_AIAR", 0x20, .readOnly, .perCore, reset: 1023),
    .init(.aliasedEndOfInterrupt, "GICV_AEOIR", 0x24, .writeOnly, .perCore),
    .init(.aliasedHighestPending, "GICV_AHPPIR", 0x28, .readOnly, .perCore, reset: 1023),
    .init(.activePriorities, "GICV_APR0", 0xd0, .readWrite, .perCore),
    .init(.unusedPriorities, "GICV_APR1", 0xd4, words: 3, .readOnly, .common),
    .init(.identification, "GICV_IIDR", 0xfc, .readOnly, .common, reset: 0x0202_143b),
    .init(.deactivate, "GICV_DIR", 0x1000, .writeOnly, .perCore),
  ]
}

/// A table laid out flat: a byte per word of the frame. Its owner deallocates it.
struct GICRegisterMap {
  /// SAFETY: `count` initialised bytes until `deallocate`; every index is checked against `count`.
  private let names: UnsafeMutablePointer<UInt8>
  private let count: Int
  /// Marks a word without a register whose first access was reported; no register has this value.
  private static let reported: UInt8 = 0xff

  /// - Parameter aliases: offsets at which the whole table repeats.
  init<Name: GICRegisterName>(_ table: [GICRegister<Name>], size: Int, aliases: [Int] = [0]) {
    count = size / 4
    names = .allocate(capacity: count)
    names.initialize(repeating: Name.reserved.rawValue, count: count)
    for alias in aliases {
      for row in table {
        for index in 0..<row.count {
          let word = (alias + row.offset) / 4 + index
          if word < count { names[word] = row.name.rawValue }
        }
      }
    }
  }

  func deallocate() { names.deallocate() }

  @inline(__always)
  func register<Name: GICRegisterName>(at offset: Int, as: Name.Type) -> Name {
    let word = offset &>> 2
    guard word >= 0, word < count else { return .reserved }
    return Name(rawValue: names[word]) ?? .reserved
  }

  /// Whether the reserved word at `offset` has not been reported before; it counts as reported from now.
  func markReported(_ offset: Int) -> Bool {
    let word = offset &>> 2
    guard word >= 0, word < count, names[word] != GICRegisterMap.reported else { return false }
    names[word] = GICRegisterMap.reported
    return true
  }
}

extension GIC400 {
  /// Tells the log, once per word, of an access that no register answers.
  func report(_ map: GICRegisterMap, _ offset: Int, _ source: String, _ direction: String) {
    guard let log, map.markReported(offset) else { return }
    let place = UInt32(truncatingIfNeeded: offset).hex(3)
    log.once(.notModelled, source: source, key: place, message: "\(direction) of reserved offset \(place)")
  }
}
